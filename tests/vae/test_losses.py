"""The two terms of the ELBO against closed forms, Monte Carlo and scikit-learn."""

import numpy as np
import pytest
from keras import ops
from sklearn.metrics import log_loss

from vae_course.vae.losses import bernoulli_nll, kl_divergence, kl_per_axis

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
