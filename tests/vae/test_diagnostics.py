"""The diagnostics against closed forms, quadrature and counts by hand."""

import json

import keras
import numpy as np
import pytest

from vae_course.data.pattern_set import PARAMETERS, PatternSet
from vae_course.vae import VAE, diagnostics
from vae_course.vae.networks import build_decoder, build_encoder

SIZE = 4


def linear_vae(mean_kernel, mean_bias, log_variance, logit_kernel, logit_bias) -> VAE:
    """Build a VAE with codes and logits linear in pixels and codes, its weights given."""
    latent = len(mean_bias)
    image = keras.Input((SIZE, SIZE, 1))
    flat = keras.layers.Flatten()(image)
    layers = [keras.layers.Dense(latent), keras.layers.Dense(latent)]
    encoder = keras.Model(image, [layer(flat) for layer in layers])
    layers[0].set_weights([np.asarray(mean_kernel), np.asarray(mean_bias)])
    layers[1].set_weights([np.zeros((SIZE * SIZE, latent)), np.asarray(log_variance)])
    code = keras.Input((latent,))
    dense = keras.layers.Dense(SIZE * SIZE)
    decoder = keras.Model(code, keras.layers.Reshape((SIZE, SIZE, 1))(dense(code)))
    dense.set_weights([np.asarray(logit_kernel), np.asarray(logit_bias)])
    return VAE(encoder, decoder)


def prior_vae(logits, latent=2) -> VAE:
    """Build a VAE whose posterior is the prior and whose decoder ignores the code."""
    zeros = np.zeros(latent)
    kernel = np.zeros((SIZE * SIZE, latent))
    return linear_vae(kernel, zeros, zeros, kernel.T, np.ravel(logits))


def quadrature_vae() -> VAE:
    """Build a VAE with a code of one axis and a posterior that is only roughly right."""
    slopes = np.random.default_rng(3).normal(size=(1, SIZE * SIZE))
    return linear_vae(0.1 * slopes.T, [0.1], [-0.5], slopes, np.full(SIZE * SIZE, 0.2))


def patterns(times, seed=0, size=SIZE) -> PatternSet:
    count = len(times)
    images = np.random.default_rng(seed).integers(0, 2, (count, size, size), dtype=np.uint8)
    parameters = np.zeros(count, dtype=PARAMETERS)
    return PatternSet(
        images, np.arange(count), np.asarray(times), np.full((count, 7), np.nan), parameters
    )


def log_likelihood(images, logits) -> np.ndarray:
    """Compute log p(x | z) in double precision, for logits of shape (..., n, n)."""
    return np.sum(images * logits - np.logaddexp(0, logits), axis=(-2, -1))


IMAGES = patterns(np.zeros(6)).images


@pytest.mark.parametrize("samples", [1, 7, 700])
def test_the_bound_is_log_p_for_any_samples_where_the_posterior_is_exact(samples):
    logits = np.random.default_rng(1).normal(size=(SIZE, SIZE))
    found = diagnostics.importance_weighted_bound(prior_vae(logits), IMAGES, samples)
    np.testing.assert_allclose(found, log_likelihood(IMAGES, logits), rtol=1e-5)


def test_the_bound_rises_with_samples_to_log_p_by_quadrature():
    vae = quadrature_vae()
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    logits = np.random.default_rng(3).normal(size=(SIZE, SIZE)) * nodes[:, None, None] + 0.2
    conditional = log_likelihood(IMAGES[:, None], logits)  # (6, 80)
    exact = np.log(np.exp(conditional) @ weights / np.sqrt(2 * np.pi))
    repeated = np.repeat(IMAGES, 200, axis=0)
    means = [
        diagnostics.importance_weighted_bound(vae, repeated, k, seed=1).mean() for k in (1, 4, 32)
    ]
    assert means[0] < means[1] < means[2] < exact.mean()
    many = diagnostics.importance_weighted_bound(vae, IMAGES, 5000)
    np.testing.assert_allclose(many, exact, atol=0.05)


def test_one_sample_gives_the_elbo_on_average():
    vae = quadrature_vae()
    images = np.repeat(IMAGES, 500, axis=0)
    elbo = diagnostics.importance_weighted_bound(vae, images, samples=1, seed=2).mean()
    terms = diagnostics.rate_distortion(vae, images, seed=3)
    assert elbo == pytest.approx(-terms.rate - terms.distortion, abs=0.15)


def test_the_bound_does_not_depend_on_how_it_is_batched(monkeypatch):
    vae = quadrature_vae()
    whole = diagnostics.importance_weighted_bound(vae, IMAGES, 9, seed=4)
    monkeypatch.setattr(diagnostics, "_BATCH", 5)
    pieces = diagnostics.importance_weighted_bound(vae, IMAGES, 9, seed=4)
    np.testing.assert_allclose(pieces, whole, atol=1e-4)
    assert not np.allclose(diagnostics.importance_weighted_bound(vae, IMAGES, 9, 5), whole)


@pytest.mark.parametrize("logit", [500.0, -500.0])
def test_huge_logits_give_finite_right_numbers(logit):
    vae = prior_vae(np.full((SIZE, SIZE), logit))
    wrong = ((logit > 0) != IMAGES).sum(axis=(1, 2))
    found = diagnostics.importance_weighted_bound(vae, IMAGES, 16)
    np.testing.assert_allclose(found, -500.0 * wrong)
    assert diagnostics.rate_distortion(vae, IMAGES).distortion == pytest.approx(500 * wrong.mean())


def test_kl_by_axis_is_the_closed_form_and_sums_to_the_rate():
    log_variance = np.array([0.0, 0.0, np.log(4.0)])
    kernel = np.zeros((SIZE * SIZE, 3))
    vae = linear_vae(kernel, [0, 2.0, 0], log_variance, kernel.T, np.zeros(SIZE * SIZE))
    expected = [0, 2.0, 0.5 * (4 - 1 - np.log(4.0))]
    np.testing.assert_allclose(diagnostics.kl_by_axis(vae, IMAGES), expected, rtol=1e-5, atol=1e-6)
    terms = diagnostics.rate_distortion(vae, IMAGES)
    assert terms.rate == pytest.approx(sum(expected), rel=1e-5)
    assert terms.distortion == pytest.approx(SIZE * SIZE * np.log(2), rel=1e-5)


def test_axes_that_do_not_follow_the_image_are_not_active():
    kernel = np.zeros((SIZE * SIZE, 4))
    kernel[0, 1], kernel[1, 3] = 1.0, 0.1
    vae = linear_vae(kernel, [5.0, 0, 0, 0], np.zeros(4), kernel.T, np.zeros(SIZE * SIZE))
    images = np.zeros((4, SIZE, SIZE))
    images[:2, 0, 0] = images[::2, 0, 1] = 1  # variances 1/4 and 1/400
    assert diagnostics.active_units(vae, images) == 1
    assert diagnostics.active_units(vae, images, threshold=0.002) == 2
    assert diagnostics.active_units(vae, images, threshold=0.3) == 0


@pytest.fixture(scope="module")
def found() -> diagnostics.Report:
    vae = VAE(build_encoder(3, (4, 8), 16, seed=0), build_decoder(3, (4, 8), 16, seed=0))
    table = patterns(np.geomspace(1e-4, 4e-3, 20)[::-1], size=16)
    return diagnostics.report(vae, table, samples=4, bound_images=5, threshold=1e-9)


def test_a_report_comes_back_from_json_as_it_was(found):
    as_dict = found.as_dict()
    assert json.loads(json.dumps(as_dict, allow_nan=False)) == as_dict
    assert as_dict["images"] == 20
    assert as_dict["bound_images"] == len(found.bound) == 5
    assert as_dict["rate"] == pytest.approx(sum(as_dict["kl_by_axis"]))
    assert as_dict["stages"]["edges"][-1] is None
    assert as_dict["stages"]["squared_error"][-1] is None
    assert sum(as_dict["stages"]["count"]) == 20


def test_the_figure_shows_stages_axes_and_examples_from_young_to_old(found):
    axes = found.figure().get_axes()
    assert len(axes) == 2 + 2 * 8
    assert axes[0].get_xlabel() == "time (10⁻³ simulation units)"
    assert axes[0].get_ylabel() == "mean squared error a pixel"
    labels = [tick.get_text() for tick in axes[0].get_xticklabels()]
    assert labels == ["0–0.5", "0.5–1", "1–2.5", "2.5–5", "5–10", "≥ 10"]
    assert axes[1].get_ylabel() == "mean KL (nats)"
    heights = [bar.get_height() for bar in axes[1].patches]
    np.testing.assert_allclose(heights, np.sort(found.kl)[::-1])
    assert [axes[2].get_ylabel(), axes[10].get_ylabel()] == ["original", "rebuilt"]
    assert np.all(np.diff(found.example_times) > 0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda v: diagnostics.importance_weighted_bound(v, IMAGES, 0), "samples must be at least"),
        (lambda v: diagnostics.active_units(v, IMAGES, -1), "threshold must not be negative"),
        (lambda v: diagnostics.report(v, patterns([0.1]), bound_images=0), "bound_images must be"),
        (lambda v: diagnostics.report(v, patterns([])), r"images must have shape .* got \(0, 4, 4"),
        (lambda v: diagnostics.kl_by_axis(v, np.zeros((4, 4))), "images must have shape"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(prior_vae(np.zeros((SIZE, SIZE))))
