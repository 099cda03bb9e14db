"""The conditional VAE, on a question whose two answers are known."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import ops
from scipy.stats import norm

from vae_course.vae import ConditionalVAE
from vae_course.vae.conditional import build_conditional_vae
from vae_course.vae.schedules import WarmUp

NOISE = 0.1


def two_answers(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Conditions c in 1..2 and answers x = (c, −c) or (−c, c), each with small noise."""
    rng = np.random.default_rng(seed)
    condition = rng.uniform(1, 2, (count, 1)).astype(np.float32)
    sign = rng.choice([-1, 1], (count, 1))
    x = sign * condition * [1, -1] + NOISE * rng.standard_normal((count, 2))
    return x.astype(np.float32), condition


def small(**arguments: Any) -> ConditionalVAE:
    return build_conditional_vae(2, 1, latent=2, width=32, depth=1, **arguments)


@pytest.fixture(scope="module")
def trained() -> ConditionalVAE:
    vae = small(seed=0)
    vae.fit(two_answers(4096, 0), batch_size=64, epochs=25, callbacks=[WarmUp(200)], verbose=0)
    return vae


def test_samples_are_both_answers_and_not_their_mean(trained):
    condition = np.linspace(1.1, 1.9, 9)[:, None]
    found = trained.sample(condition, samples=400, seed=1)
    assert found.shape == (9, 400, 2)
    distance = np.abs(np.abs(found) - condition[:, None]).max(axis=-1)
    assert np.mean(distance < 4 * NOISE) > 0.8
    first = (found[..., 0] > 0).mean(axis=1)
    assert np.all((first > 0.35) & (first < 0.65))
    assert np.abs(found.mean(axis=1)).max() < 0.6 * condition.min()  # the grey mean is no answer


def test_the_variance_learned_is_near_that_of_the_noise(trained):
    learned = float(np.exp(0.5 * ops.convert_to_numpy(trained.log_variance)))
    assert 0.7 * NOISE < learned < 2 * NOISE


def test_batches_of_a_dataset_are_taken_too():
    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 4

        def __getitem__(self, index):
            return (two_answers(16, index),)

    history = small().fit(Batches(), epochs=1, verbose=0).history
    assert set(history) == {"loss", "reconstruction", "kl"}


def test_the_loss_is_the_one_of_the_formula(trained):
    x, condition = two_answers(32, 3)
    pair = tuple(map(ops.convert_to_tensor, (x, condition)))
    decoded, mean, log_variance, prior_mean, prior_log_variance = (
        ops.convert_to_numpy(part) for part in trained(pair)
    )
    predicted = [
        ops.convert_to_tensor(part)
        for part in (decoded, mean, log_variance, prior_mean, prior_log_variance)
    ]
    loss = float(trained.compute_loss(x=pair, y_pred=predicted))
    scale = np.exp(0.5 * float(ops.convert_to_numpy(trained.log_variance)))
    nll = -norm.logpdf(x, decoded, scale).sum(axis=1)
    variance, prior_variance = np.exp(log_variance), np.exp(prior_log_variance)
    kl = 0.5 * (
        np.log(prior_variance / variance)
        + (variance + (mean - prior_mean) ** 2) / prior_variance
        - 1
    )
    assert loss == pytest.approx((nll + kl.sum(axis=1)).mean(), rel=1e-4)


def test_the_prior_is_conditioned():
    vae = small(seed=0)
    rng = np.random.default_rng(0)
    condition = rng.uniform(-1, 1, (2048, 1)).astype(np.float32)
    x = (condition * [3, 3] + 0.3 * rng.standard_normal((2048, 2))).astype(np.float32)
    vae.fit((x, condition), batch_size=64, epochs=3, verbose=0)
    low, high = vae.prior_of([[-0.9]])[0], vae.prior_of([[0.9]])[0]
    assert np.abs(high - low).max() > 1e-2


def test_samples_depend_on_the_seed_alone(trained):
    condition = [[1.5], [1.2]]
    keras.utils.set_random_seed(1)
    first = trained.sample(condition, 5, seed=4)
    keras.utils.set_random_seed(2)
    np.testing.assert_array_equal(trained.sample(condition, 5, seed=4), first)
    assert np.abs(trained.sample(condition, 5, seed=5) - first).max() > 0


def test_a_saved_model_gives_equal_numbers(trained, tmp_path):
    trained.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    x, condition = two_answers(8, 5)
    for mine, theirs in zip(
        trained.posterior(x, condition), again.posterior(x, condition), strict=True
    ):
        np.testing.assert_allclose(theirs, mine, atol=1e-6)
    np.testing.assert_allclose(again.sample(condition, 3), trained.sample(condition, 3), atol=1e-6)


def test_images_of_two_phases_have_probabilities():
    x, condition = keras.Input((4, 4)), keras.Input((1,))
    code, given = keras.Input((2,)), keras.Input((1,))
    flat = keras.layers.Concatenate()([keras.layers.Flatten()(x), condition])
    dense = keras.layers.Dense
    decoded = keras.layers.Reshape((4, 4))(dense(16)(keras.layers.Concatenate()([code, given])))
    vae = ConditionalVAE(
        keras.Model([x, condition], [dense(2)(flat), dense(2)(flat)]),
        keras.Model(given, [dense(2)(given), dense(2)(given)]),
        keras.Model([code, given], decoded),
        likelihood="bernoulli",
    )
    images = np.random.default_rng(0).integers(0, 2, (8, 4, 4)).astype(np.float32)
    vae.compile(optimizer=keras.optimizers.Adam())
    vae.fit((images, images.mean(axis=(1, 2))[:, None]), verbose=0)
    found = vae.sample([[0.5]], 3)
    assert found.shape == (1, 3, 4, 4)
    assert 0 < found.min() <= found.max() < 1
    with pytest.raises(ValueError, match=r"x must lie between 0 and 1; got 0\.0 to 2\.0"):
        vae.posterior(2 * images, np.zeros((8, 1)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda v: v.posterior(np.zeros((3, 4)), np.zeros((3, 1))), r"x must have shape \(N, 2\)"),
        (lambda v: v.posterior(np.zeros((0, 2)), np.zeros((0, 1))), r"N >= 1; got \(0, 2\)"),
        (lambda v: v.posterior(np.zeros((3, 2)), np.zeros((2, 1))), r"\(3, 1\) .*; got \(2, 1\)"),
        (lambda v: v.prior_of(np.zeros(3)), r"condition must have shape \(N, 1\) .*; got \(3,\)"),
        (lambda v: v.prior_of([[np.nan]]), "condition must be finite"),
        (lambda v: v.decode(np.zeros((2, 3)), np.zeros((2, 1))), r"z must have shape \(N, 2\)"),
        (lambda v: v.decode([[0, np.inf]], [[1]]), "z must be finite"),
        (lambda v: v.sample([[1]], samples=0), "samples must be at least 1; got 0"),
    ],
)
def test_bad_input_is_refused(call, message, trained):
    with pytest.raises(ValueError, match=message):
        call(trained)


def test_parts_that_do_not_fit_are_refused():
    one, other = small(), build_conditional_vae(2, 1, latent=3, width=8, depth=1)
    with pytest.raises(
        ValueError, match=r"prior must have shapes .*\(None, 2\)\]; got .*\(None, 3\)\]"
    ):
        ConditionalVAE(one.encoder, other.prior, one.decoder)
    with pytest.raises(ValueError, match="likelihood must be 'bernoulli' or 'gaussian'; got 'x'"):
        ConditionalVAE(one.encoder, one.prior, one.decoder, likelihood="x")
    with pytest.raises(ValueError, match="beta must be a finite number of at least 0; got -1"):
        small(beta=-1)
    with pytest.raises(ValueError, match="depth must be at least 1; got 0"):
        build_conditional_vae(2, 1, depth=0)
