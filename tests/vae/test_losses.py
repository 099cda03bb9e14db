"""The terms of the ELBO against closed forms, Monte Carlo, SciPy and scikit-learn."""

import numpy as np
import pytest
from keras import ops
from scipy.stats import norm
from sklearn.metrics import log_loss

from vae_course.vae.losses import (
    bernoulli_nll,
    free_bits,
    gaussian_nll,
    kl_between_gaussians,
    kl_between_gaussians_per_axis,
    kl_divergence,
    kl_per_axis,
)

RNG = np.random.default_rng(0)


def numpy(tensor) -> np.ndarray:
    return ops.convert_to_numpy(tensor)


def test_bernoulli_nll_is_the_log_loss_summed_over_pixels():
    x = RNG.integers(0, 2, (3, 8, 8)).astype("float32")
    logits = RNG.normal(size=(3, 8, 8)).astype("float32")
    found = numpy(bernoulli_nll(x, logits))
    for k in range(3):
        probability = 1 / (1 + np.exp(-logits[k].ravel().astype(float)))
        expected = log_loss(x[k].ravel(), probability, normalize=False)
        assert found[k] == pytest.approx(expected, rel=1e-5)


def test_bernoulli_nll_of_large_logits_is_finite_and_right():
    x = np.array([[1.0, 0.0], [0.0, 1.0]], dtype="float32")
    logits = np.array([[500.0, -500.0], [500.0, -500.0]], dtype="float32")
    np.testing.assert_allclose(numpy(bernoulli_nll(x, logits)), [0.0, 1000.0])


def test_kl_divergence_agrees_with_monte_carlo():
    mean = np.array([[0.5, -1.0, 0.0]], dtype="float32")
    log_variance = np.array([[0.3, -0.7, 0.0]], dtype="float32")
    z = mean + np.exp(0.5 * log_variance) * RNG.normal(size=(400_000, 3))
    log_q = -0.5 * ((z - mean) ** 2 / np.exp(log_variance) + log_variance)
    log_p = -0.5 * z**2
    estimate = (log_q - log_p).sum(axis=1).mean()
    assert numpy(kl_divergence(mean, log_variance))[0] == pytest.approx(estimate, abs=0.01)


def test_kl_divergence_is_zero_for_the_prior_and_the_sum_over_axes():
    zeros = np.zeros((2, 4), dtype="float32")
    np.testing.assert_array_equal(numpy(kl_divergence(zeros, zeros)), 0)
    mean, log_variance = RNG.normal(size=(2, 5, 4)).astype("float32")
    np.testing.assert_allclose(
        numpy(kl_divergence(mean, log_variance)),
        numpy(kl_per_axis(mean, log_variance)).sum(axis=1),
        rtol=1e-6,
    )


@pytest.mark.parametrize("shape", [(), (1,), (4, 8), (3, 1, 1), (3, 4, 8)])
def test_gaussian_nll_is_the_log_density_summed_over_pixels(shape):
    x, mean = RNG.normal(size=(2, 3, 4, 8)).astype("float32")
    log_variance = RNG.normal(size=shape).astype("float32")
    density = norm.logpdf(x.astype(float), mean, np.exp(0.5 * log_variance.astype(float)))
    found = numpy(gaussian_nll(x, mean, log_variance))
    assert found.shape == (3,)
    np.testing.assert_allclose(found, -density.sum(axis=(1, 2)), rtol=1e-5)


def test_gaussian_nll_is_lowest_where_the_variance_is_the_mean_squared_error():
    x, mean = RNG.normal(size=(2, 5, 6, 6)).astype("float32")
    best = np.log(np.mean((x - mean) ** 2))
    lowest, below, above = (
        float(ops.mean(gaussian_nll(x, mean, best + step))) for step in (0, -0.1, 0.1)
    )
    assert lowest < min(below, above)


def test_gaussian_nll_takes_integer_images_and_refuses_means_of_another_shape():
    x = np.ones((2, 4, 4), dtype="uint8")
    mean = np.zeros((2, 4, 4), dtype="float32")
    np.testing.assert_allclose(numpy(gaussian_nll(x, mean, 0.0)), -16 * norm.logpdf(1), rtol=1e-6)
    with pytest.raises(ValueError, match=r"shape of x, \(2, 4, 4\); got \(2, 4, 4, 1\)"):
        gaussian_nll(x, mean[..., None], 0.0)


def test_free_bits_raise_each_axis_to_the_floor_after_the_mean_over_the_batch():
    # Means over the batch: 0.2, 0.5 and 2; the first is raised, though one image has 0.4 there.
    kl = np.array([[0.4, 0.9, 1.0], [0.0, 0.1, 3.0]], dtype="float32")
    assert float(free_bits(kl, 0.3)) == pytest.approx(0.3 + 0.5 + 2.0)
    assert float(free_bits(kl, 1.0)) == pytest.approx(1.0 + 1.0 + 2.0)
    assert float(free_bits(kl, 0.0)) == pytest.approx(kl.sum(axis=1).mean())


def test_free_bits_take_the_gradient_from_axes_below_the_floor_and_from_no_other():
    kl = np.array([[0.4, 1.0], [0.0, 3.0]], dtype="float32")  # means 0.2 and 2
    step = 0.125
    slope = np.empty(2)
    for axis in range(2):
        raised = kl.copy()
        raised[:, axis] += step
        slope[axis] = (float(free_bits(raised, 0.5)) - float(free_bits(kl, 0.5))) / step
    np.testing.assert_allclose(slope, [0, 1], atol=1e-5)


def test_bad_free_bits_are_named():
    with pytest.raises(ValueError, match=r"kl must have shape \(N, latent\); got \(3,\)"):
        free_bits(np.zeros(3, dtype="float32"), 0.1)
    for floor in (-0.1, np.nan, np.inf):
        with pytest.raises(ValueError, match=f"floor must be finite .* got {floor}"):
            free_bits(np.zeros((2, 3), dtype="float32"), floor)


def test_kl_between_gaussians_is_its_monte_carlo_estimate():
    mean, log_variance, prior_mean, prior_log_variance = RNG.normal(size=(4, 3, 2))
    z = mean + np.exp(0.5 * log_variance) * RNG.standard_normal((200_000, 3, 2))
    density, prior = (
        norm.logpdf(z, m, np.exp(0.5 * s)).sum(axis=2)
        for m, s in ((mean, log_variance), (prior_mean, prior_log_variance))
    )
    estimate = (density - prior).mean(axis=0)
    parts = [part.astype("f4") for part in (mean, log_variance, prior_mean, prior_log_variance)]
    found = numpy(kl_between_gaussians(*map(ops.convert_to_tensor, parts)))
    np.testing.assert_allclose(found, estimate, rtol=0.02)


def test_kl_from_the_standard_normal_is_a_special_case():
    mean, log_variance = (ops.convert_to_tensor(RNG.normal(size=(3, 2)).astype("f4")) for _ in "ab")
    zeros = ops.zeros((3, 2))
    found = kl_between_gaussians_per_axis(mean, log_variance, zeros, zeros)
    np.testing.assert_allclose(numpy(found), numpy(kl_per_axis(mean, log_variance)), rtol=1e-5)
    same = kl_between_gaussians(mean, log_variance, mean, log_variance)
    np.testing.assert_allclose(numpy(same), 0, atol=1e-6)


@pytest.mark.parametrize(
    ("loss", "shapes", "message"),
    [
        (bernoulli_nll, ((2, 4, 4), (2, 4)), r"logits must have the shape of x, \(2, 4, 4\)"),
        (kl_per_axis, ((2, 3), (2, 4)), r"log_variance .* of mean, \(2, 3\); got \(2, 4\)"),
        (kl_divergence, ((2, 3), (3,)), r"got \(3,\)"),
        (kl_divergence, ((3,), (3,)), r"mean must have shape \(N, latent\); got \(3,\)"),
        (gaussian_nll, ((2, 4, 4), (2, 4, 4), (5, 2, 4, 4)), r"log_variance .*\(5, 2, 4, 4\)"),
        (gaussian_nll, ((2, 4, 4), (2, 4, 4), (2, 3)), r"of x, \(2, 4, 4\); got \(2, 3\)"),
        (kl_between_gaussians, ((2, 3), (2, 3), (1, 3), (2, 3)), "prior_mean must have the shape"),
    ],
)
def test_shapes_that_do_not_fit_are_named(loss, shapes, message):
    with pytest.raises(ValueError, match=message):
        loss(*(ops.zeros(shape) for shape in shapes))
