"""The schedules of β: their values by hand, and that training feels them."""

import keras
import numpy as np
import pytest

from vae_course.vae import VAE
from vae_course.vae.networks import build_decoder, build_encoder
from vae_course.vae.schedules import Cyclical, StepBudget, TimeBudget, WarmUp, cyclical, warm_up

IMAGES = np.random.default_rng(0).integers(0, 2, (8, 8, 8)).astype(np.float32)


def tiny_vae() -> VAE:
    vae = VAE(build_encoder(2, (4,), size=8, seed=0), build_decoder(2, (4,), size=8, seed=0))
    vae.compile(optimizer=keras.optimizers.Adam(1e-3))
    return vae


class Watch(keras.callbacks.Callback):
    """Keep the running means of loss, reconstruction and kl after each batch."""

    def __init__(self) -> None:
        super().__init__()
        self.means: list[list[float]] = []

    def on_train_batch_end(self, batch, logs=None):
        self.means.append([logs[name] for name in ("loss", "reconstruction", "kl")])


def beta_in_the_loss(vae: VAE, callback: keras.callbacks.Callback, batches: int) -> np.ndarray:
    """Train for one epoch and solve loss = reconstruction + β · kl of each batch for β."""
    images, watch = np.tile(IMAGES, (batches, 1, 1)), Watch()
    vae.fit(images, batch_size=len(IMAGES), callbacks=[callback, watch], verbose=0)
    sums = np.array(watch.means) * np.arange(1, batches + 1)[:, None]
    loss, reconstruction, kl = np.diff(sums, axis=0, prepend=0).T
    assert np.all(kl > 0.01)
    return (loss - reconstruction) / kl


def test_warm_up_rises_linearly_to_its_final_value():
    found = [warm_up(step, steps=4, beta=0.5) for step in range(7)]
    np.testing.assert_allclose(found, [0, 0.125, 0.25, 0.375, 0.5, 0.5, 0.5])
    assert warm_up(0, steps=0, beta=0.5) == 0.5


def test_a_cycle_rises_in_its_first_part_and_rests_in_the_other():
    found = [cyclical(step, period=8, beta=2.0, ramp=0.5) for step in range(18)]
    cycle = [0, 0.5, 1, 1.5, 2, 2, 2, 2]
    np.testing.assert_allclose(found, [*cycle, *cycle, 0, 0.5])


def test_the_ramp_can_fill_a_cycle_or_be_left_out():
    saw = [cyclical(step, period=4, ramp=1.0) for step in range(6)]
    np.testing.assert_allclose(saw, [0, 0.25, 0.5, 0.75, 0, 0.25])
    assert [cyclical(step, period=4, beta=0.3, ramp=0.0) for step in range(6)] == [0.3] * 6


@pytest.mark.parametrize(
    ("callback", "expected"),
    [
        (WarmUp(4, beta=0.5), [0, 0.125, 0.25, 0.375, 0.5, 0.5, 0.5]),
        (Cyclical(4, beta=2.0, ramp=0.5), [0, 1, 2, 2, 0, 1, 2]),
    ],
)
def test_training_feels_the_schedule_and_a_second_fit_goes_on_with_it(callback, expected):
    vae = tiny_vae()
    found = np.concatenate([beta_in_the_loss(vae, callback, batches) for batches in (3, 4)])
    np.testing.assert_allclose(found, expected, atol=0.01)
    assert callback.step == 7


def test_a_restarted_schedule_goes_on_from_the_step_it_is_given():
    callback = Cyclical(4, ramp=0.5)
    callback.step = 5
    np.testing.assert_allclose(beta_in_the_loss(tiny_vae(), callback, 2), [0.5, 1], atol=0.01)


@pytest.mark.parametrize(
    ("build", "arguments", "message"),
    [
        (WarmUp, (-1,), "steps and beta must be finite and not negative; got 0, -1 and 1.0"),
        (WarmUp, (4, np.nan), "got 0, 4 and nan"),
        (Cyclical, (0,), "period must be finite and at least 1; got 0"),
        (Cyclical, (4, -1.0), "step and beta must be finite and not negative; got 0 and -1.0"),
        (Cyclical, (4, 1.0, 1.5), "ramp must lie between 0 and 1; got 1.5"),
        (Cyclical, (4, 1.0, np.nan), "ramp must lie between 0 and 1; got nan"),
        (warm_up, (-1, 4), "step, steps and beta .* got -1, 4 and 1.0"),
        (cyclical, (-1, 4), "step and beta .* got -1 and 1.0"),
    ],
)
def test_bad_schedules_are_named_before_training(build, arguments, message):
    with pytest.raises(ValueError, match=message):
        build(*arguments)


class Rates(keras.callbacks.Callback):
    """Keep the learning rate of each batch."""

    def __init__(self) -> None:
        super().__init__()
        self.rates: list[float] = []

    def on_train_batch_end(self, batch, logs=None):
        self.rates.append(float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)))


def test_a_budget_of_steps_rises_falls_to_a_hundredth_and_stops():
    budget, watch = StepBudget(40, 1e-2, ramp=4), Rates()
    tiny_vae().fit(IMAGES, batch_size=1, epochs=100, callbacks=[budget, watch], verbose=0)
    assert len(watch.rates) == budget.step == 40
    cosine = 0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * np.arange(40) / 40))
    expected = 1e-2 * cosine * np.minimum(1, np.arange(1, 41) / 4)
    np.testing.assert_allclose(watch.rates, expected, rtol=1e-5)


def test_a_restarted_budget_goes_on_from_where_it_was():
    budget, watch = StepBudget(40, 1e-2, ramp=4), Rates()
    budget.step = 38
    tiny_vae().fit(IMAGES, batch_size=1, epochs=100, callbacks=[budget, watch], verbose=0)
    assert len(watch.rates) == 2
    spent = TimeBudget(100.0, 1e-2, ramp=4, spent=50.0)
    spent.step, watch = 10, Rates()
    tiny_vae().fit(IMAGES, batch_size=8, callbacks=[spent, watch], verbose=0)
    assert watch.rates[0] == pytest.approx(1e-2 * 0.505, rel=0.01)
    assert 50 <= spent.spent < 60


@pytest.mark.parametrize("build", [lambda: StepBudget(0), lambda: TimeBudget(1.0, spent=-1.0)])
def test_bad_budgets_are_named(build):
    with pytest.raises(ValueError, match=r"got 0, 0.001 and 100|spent .* got -1.0"):
        build()
