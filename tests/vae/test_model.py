"""The VAE: what it reports, what it returns, that it learns, and that it can be kept."""

import itertools
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
from keras import ops
from sklearn.decomposition import PCA

from vae_course.vae import VAE
from vae_course.vae.batches import SymmetricBatches
from vae_course.vae.losses import bernoulli_nll, kl_divergence
from vae_course.vae.model import build_vae
from vae_course.vae.networks import CODE, build_decoder, build_encoder
from vae_course.vae.schedules import TimeBudget, WarmUp


def stripes(count: int, size: int = 16, seed: int = 0) -> np.ndarray:
    """Half-planes at random angles and offsets: the simplest two-phase patterns."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size] / size - 0.5
    angle, offset = rng.uniform(0, 2 * np.pi, count), rng.uniform(-0.3, 0.3, count)
    planes = np.cos(angle)[:, None, None] * x + np.sin(angle)[:, None, None] * y
    return (planes > offset[:, None, None]).astype(np.uint8)


def small_vae(beta: float = 1.0, seed: int = 0, **arguments: Any) -> VAE:
    vae = VAE(
        build_encoder(3, (8, 16), size=16, seed=seed),
        build_decoder(3, (8, 16), size=16, seed=seed),
        beta,
        seed,
        **arguments,
    )
    vae.compile(optimizer=keras.optimizers.Adam(5e-3))
    return vae


@pytest.fixture(scope="module")
def trained() -> VAE:
    vae = small_vae()
    batches = SymmetricBatches(stripes(512), batch_size=32, seed=0)
    vae.fit(batches, epochs=20, callbacks=[WarmUp(100)], verbose=0)
    return vae


def test_fit_and_evaluate_report_loss_reconstruction_and_kl(trained):
    images = stripes(64, seed=1).astype(np.float32)
    history = small_vae().fit(images, epochs=1, batch_size=32, verbose=0).history
    assert set(history) == {"loss", "reconstruction", "kl"}
    scores = trained.evaluate(images, verbose=0, return_dict=True)
    assert set(scores) == {"loss", "reconstruction", "kl"}
    assert scores["loss"] == pytest.approx(scores["reconstruction"] + scores["kl"], rel=1e-4)


def test_the_loss_is_the_negative_elbo_computed_by_hand(trained):
    images = stripes(8, seed=2).astype(np.float32)
    predicted = trained(images)
    logits, mean, log_variance = predicted
    by_hand = ops.mean(bernoulli_nll(images, logits)) + ops.mean(kl_divergence(mean, log_variance))
    assert float(trained.compute_loss(images, y_pred=predicted)) == pytest.approx(float(by_hand))


def test_training_beats_the_mean_image_on_patterns_never_seen(trained):
    train, test = stripes(512), stripes(128, seed=9)
    error = np.mean((trained.reconstruct(test) - test) ** 2)
    assert error < 0.25 * np.mean((train.mean(axis=0) - test) ** 2)


def test_the_decoder_does_not_ignore_its_code(trained):
    images = stripes(64, seed=3)
    codes = trained.encode(images)
    right = np.mean((trained.decode(codes) - images) ** 2)
    shuffled = np.mean((trained.decode(codes[::-1]) - images) ** 2)
    assert shuffled > 3 * right


def test_shapes_and_ranges(trained):
    images = stripes(5)
    mean, log_variance = trained.posterior(images)
    assert mean.shape == log_variance.shape == (5, 3)
    np.testing.assert_array_equal(trained.encode(images), mean)
    pictures = trained.decode(mean)
    assert pictures.shape == (5, 16, 16)
    assert pictures.min() >= 0
    assert pictures.max() <= 1
    np.testing.assert_allclose(pictures, 1 / (1 + np.exp(-trained.decode_logits(mean))), atol=1e-6)


def test_many_images_give_what_each_gives_alone(trained):
    images = stripes(300)
    np.testing.assert_allclose(
        trained.encode(images)[[0, 299]], trained.encode(images[[0, 299]]), atol=1e-5
    )


def test_a_saved_model_gives_equal_numbers(trained, tmp_path):
    path = tmp_path / "vae.keras"
    trained.save(path)
    loaded = keras.models.load_model(path)  # safe mode is the default
    images = stripes(6, seed=4)
    np.testing.assert_array_equal(loaded.reconstruct(images), trained.reconstruct(images))
    assert float(loaded.beta) == float(trained.beta)


@pytest.fixture(scope="module")
def linear() -> tuple[VAE, np.ndarray]:
    """Return a linear VAE and images from two smooth patterns, with noise of variance 0.0025."""
    rng = np.random.default_rng(0)
    patterns = np.linalg.qr(rng.normal(size=(16, 2)))[0].T
    images = 0.5 + rng.normal(size=(256, 2)) * [0.4, 0.3] @ patterns
    images = (images + 0.05 * rng.normal(size=images.shape)).reshape(-1, 4, 4).astype("float32")

    image, code = keras.Input((4, 4, 1)), keras.Input((2,))
    flat = keras.layers.Flatten()(image)
    draw = keras.initializers.GlorotUniform
    mean = keras.layers.Dense(2, kernel_initializer=draw(seed=1))(flat)
    log_variance = keras.layers.Dense(2, kernel_initializer="zeros")(flat)
    pixels = keras.layers.Dense(16, kernel_initializer=draw(seed=2))(code)
    decoder = keras.Model(code, keras.layers.Reshape((4, 4, 1))(pixels))
    vae = VAE(keras.Model(image, [mean, log_variance]), decoder, seed=0, likelihood="gaussian")
    rate = keras.optimizers.schedules.CosineDecay(2e-2, 1000)
    vae.compile(optimizer=keras.optimizers.Adam(rate))
    vae.fit(np.tile(images, (1000, 1, 1)), batch_size=256, shuffle=False, verbose=0)
    return vae, images


def test_the_learned_variance_is_the_residual_variance(linear):
    vae, images = linear
    residual = np.mean([(ops.convert_to_numpy(vae(images)[0]) - images) ** 2 for _ in range(20)])
    assert float(ops.exp(vae.log_variance)) == pytest.approx(residual, rel=0.05)


def test_a_linear_gaussian_vae_finds_the_noise_of_probabilistic_pca(linear):
    # The evidence lower bound of a linear VAE is highest at the solution of probabilistic PCA
    # (J. Lucas et al. 2019, arXiv:1911.02469), whose noise has a closed form.
    vae, images = linear
    noise = PCA(2).fit(images.reshape(len(images), -1)).noise_variance_
    assert float(ops.exp(vae.log_variance)) == pytest.approx(noise, rel=0.05)


def test_a_gaussian_vae_decodes_means_between_0_and_1_and_has_no_logits(linear):
    vae, _ = linear
    codes = np.array([[50.0, -50.0], [0.0, 0.0]])
    means = ops.convert_to_numpy(vae.decoder(codes))[..., 0]
    assert means.min() < 0
    assert means.max() > 1
    np.testing.assert_allclose(vae.decode(codes), np.clip(means, 0, 1), atol=1e-6)
    with pytest.raises(ValueError, match="needs a VAE with likelihood 'bernoulli'; got 'gaussian'"):
        vae.decode_logits(codes)
    with pytest.raises(ValueError, match=r"z must have shape \(N, 2\)"):
        vae.decode(np.zeros((1, 3)))


def test_free_bits_keep_a_code_that_a_large_beta_would_switch_off():
    images = stripes(256).astype(np.float32)
    kl = {}
    for floor in (0.0, 0.5):
        vae = small_vae(beta=50.0, free_bits=floor)
        rate = keras.optimizers.schedules.CosineDecay(2e-3, 120)
        vae.compile(optimizer=keras.optimizers.Adam(rate))
        vae.fit(images, batch_size=32, epochs=15, shuffle=False, verbose=0)
        scores = vae.evaluate(images, verbose=0, return_dict=True)
        kl[floor] = scores["kl"]
    assert kl[0.0] < 0.05
    assert 1.0 < kl[0.5] < 2.0  # three axes of about 0.5 nats
    # The scores are of the last model: its loss counts the floor, its kl is the true one.
    mean, log_variance = vae.posterior(images)
    true = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance)
    assert scores["kl"] == pytest.approx(true.sum(axis=1).mean(), rel=1e-4)
    # Batches of 32 are floored one by one, as `evaluate` made them.
    floored = np.maximum(true.reshape(8, 32, 3).mean(axis=1), 0.5).sum(axis=1).mean()
    assert scores["loss"] == pytest.approx(scores["reconstruction"] + 50 * floored, rel=1e-4)


def test_likelihood_variance_and_free_bits_survive_saving(tmp_path):
    vae = small_vae(beta=0.25, likelihood="gaussian", free_bits=0.125)
    images = stripes(32).astype(np.float32)
    vae.fit(images, batch_size=8, epochs=1, verbose=0)
    vae.save(tmp_path / "vae.keras")
    loaded = keras.models.load_model(tmp_path / "vae.keras")
    assert (loaded.likelihood, loaded.free_bits) == ("gaussian", 0.125)
    assert float(loaded.beta) == 0.25
    assert float(loaded.log_variance) == float(vae.log_variance) != 0
    np.testing.assert_array_equal(loaded.reconstruct(images), vae.reconstruct(images))
    copy = VAE.from_config(vae.get_config())
    assert (copy.likelihood, copy.free_bits, float(copy.beta)) == ("gaussian", 0.125, 0.25)


def test_a_bernoulli_vae_has_no_variance_to_learn():
    bernoulli, gaussian = small_vae(), small_vae(likelihood="gaussian")
    assert bernoulli.log_variance is None
    assert len(gaussian.trainable_variables) == len(bernoulli.trainable_variables) + 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"likelihood": "poisson"}, "likelihood must be 'bernoulli' or 'gaussian'; got 'poisson'"),
        ({"free_bits": -0.5}, "free_bits must be a finite number of at least 0; got -0.5"),
        ({"free_bits": np.nan}, "free_bits must be .* got nan"),
        ({"free_bits": "0.5"}, "free_bits must be .* got '0.5'"),
        ({"beta": -1.0}, "beta must be a finite number of at least 0; got -1.0"),
    ],
)
def test_bad_arguments_of_the_model_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        build_vae(2, size=16, **arguments)


def test_equal_seeds_give_equal_weights_and_others_do_not():
    first, second, third = (build_vae(4, seed=s).get_weights() for s in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, third, strict=True))


def test_a_time_budget_raises_and_lowers_the_learning_rate_and_stops(monkeypatch):
    ticks = itertools.count(step=0.01)  # seconds that go by from look to look at the clock
    clock = SimpleNamespace(monotonic=lambda: next(ticks))
    monkeypatch.setattr("vae_course.vae.schedules.time", clock)
    vae = small_vae()
    parts: list[float] = []
    rates: list[float] = []

    def watch(part: float, logs: dict[str, float]) -> None:
        parts.append(part)
        # On JAX, only a callback's own .model has its weights at hand during an epoch.
        rates.append(float(budget.model.optimizer.learning_rate))

    budget = TimeBudget(1.5, 1e-3, ramp=4, progress=watch)
    vae.fit(stripes(64).astype(np.float32), epochs=10_000, callbacks=[budget], verbose=0)
    assert parts == sorted(parts)
    assert parts[-1] == 1.0
    assert rates[0] == pytest.approx(0.25e-3)
    assert max(rates[:6]) == pytest.approx(1e-3, rel=0.3)
    assert rates[6:] == sorted(rates[6:], reverse=True)
    assert rates[-1] < 0.05e-3


@pytest.mark.parametrize("arguments", [{"seconds": 0}, {"learning_rate": -1}, {"ramp": 0}])
def test_a_bad_time_budget_is_named(arguments):
    with pytest.raises(ValueError, match="must be positive and ramp at least 1; got"):
        TimeBudget(**{"seconds": 1.0, **arguments})


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((16, 16)), r"images must have shape \(N, 16, 16\) .* got \(16, 16\)"),
        (np.zeros((2, 8, 8)), r"got \(2, 8, 8\)"),
        (np.zeros((0, 16, 16)), r"N >= 1; got \(0, 16, 16\)"),
        (np.full((1, 16, 16), 2.0), "values between 0 and 1; got 2.0"),
        (np.full((1, 16, 16), np.nan), "values between 0 and 1; got nan"),
    ],
)
def test_bad_images_are_named(trained, images, message):
    with pytest.raises(ValueError, match=message):
        trained.encode(images)


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (np.zeros(3), r"z must have shape \(N, 3\) .* got \(3,\)"),
        (np.zeros((2, 4)), r"got \(2, 4\)"),
        (np.full((1, 3), np.inf), "z must be finite"),
    ],
)
def test_bad_codes_are_named(trained, codes, message):
    with pytest.raises(ValueError, match=message):
        trained.decode(codes)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"latent": 0}, "latent must be at least 1"),
        ({"channels": ()}, "channels must hold"),
        ({"size": 60}, "size must be a multiple of 16"),
    ],
)
@pytest.mark.parametrize("build", [build_encoder, build_decoder])
def test_bad_networks_are_named(build, arguments, message):
    with pytest.raises(ValueError, match=message):
        build(**{"latent": 2, **arguments})


@pytest.mark.parametrize("size", [32, 64, 128])
@pytest.mark.parametrize("latent", [4, CODE])
def test_another_image_size_needs_one_argument(latent, size):
    vae = build_vae(latent, size=size)
    assert vae.reconstruct(np.zeros((1, size, size))).shape == (1, size, size)
