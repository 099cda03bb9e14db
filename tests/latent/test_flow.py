"""The flow that draws microstructures: what it promises, on fields whose answers are known."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import ops

from vae_course.latent.coarsening import cut
from vae_course.latent.flow import LatentFlow, Trained
from vae_course.latent.velocity import CONDITIONS, Scales
from vae_course.vae import build_vae

LATENT = 3
SCALES = Scales((-5.0, 1.0), (0.5, 0.1), (0.0, 0.0, -2.0, 1.0), 0.1)
FRACTIONS = np.linspace(0.3, 0.7, 801)
SEEN = np.stack([np.exp(-5 + 10 * (FRACTIONS - 0.5)), FRACTIONS, np.exp(1 - 2 * FRACTIONS)], axis=1)
TRAINED = Trained(SCALES, (1e-4, 0.05), (0.3, 0.7), (0.5, 2.0), SEEN.tolist())


def network(field):
    moving = keras.Input((LATENT,))
    place = keras.Input((1 + 2 * len(CONDITIONS),))
    return keras.Model([moving, place], field(moving, place))


def flow(field, steps=40):
    vae = build_vae(latent=LATENT, size=8, channels=(4,))
    return LatentFlow(vae, network(field), TRAINED, steps)


def stretching(rate):
    return lambda x, place: keras.layers.Rescaling(rate)(x) + 0 * place[:, :LATENT]


@pytest.mark.parametrize("rate", [-1.0, 0.0, 0.7])
def test_the_density_of_a_stretched_normal_is_the_closed_form(rate):
    some = flow(stretching(rate))
    z = np.random.default_rng(1).normal(size=(50, LATENT)) * np.exp(rate)
    sd = np.exp(rate)
    right = -0.5 * np.sum((z / sd) ** 2 + np.log(2 * np.pi * sd**2), axis=1)
    np.testing.assert_allclose(some.log_density(z, probes=2), right, atol=5e-3)


def test_the_divergence_is_right_where_axes_are_coupled():
    matrix = np.array([[0.3, 0.5, 0.0], [-0.4, -0.2, 0.1], [0.2, 0.0, 0.4]], np.float32)

    def coupled(x, place):
        return ops.matmul(x, ops.convert_to_tensor(matrix)) + 0 * place[:, :LATENT]

    some = flow(coupled)
    noise = np.random.default_rng(2).normal(size=(30, LATENT)).astype(np.float32)
    z = some.transport(noise, np.zeros((30, 6), np.float32))
    normal = -0.5 * np.sum(noise**2 + np.log(2 * np.pi), axis=1)
    found = some.log_density(z, probes=400)
    np.testing.assert_allclose(found, normal - np.trace(matrix), atol=0.05)


def test_the_volume_fraction_is_met_to_the_pixel():
    some = flow(stretching(0.0))
    asked = np.linspace(0.32, 0.68, 9)
    found = some.sample(9, volume_fraction=asked)
    assert found.dtype == np.uint8
    assert set(np.unique(found)) == {0, 1}
    np.testing.assert_array_equal(found.sum(axis=(1, 2)), np.rint(64 * asked))


def test_volume_fractions_that_are_not_asked_for_are_drawn_as_the_data_have_them():
    fractions = flow(stretching(0.0)).sample(400, seed=3).mean(axis=(1, 2))
    assert fractions.min() >= 0.3 - 1 / 64
    assert fractions.max() <= 0.7 + 1 / 64
    assert fractions.mean() == pytest.approx(0.5, abs=0.02)
    assert fractions.std() == pytest.approx(0.4 / 12**0.5, abs=0.02)


def test_an_energy_chooses_the_volume_fractions_that_can_have_it():
    some = flow(stretching(0.0))
    target = np.exp(1 - 2 * 0.4)  # the mean energy at a volume fraction of 0.4
    fractions = some.sample(300, strain_energy=target).mean(axis=(1, 2))
    assert fractions.mean() == pytest.approx(0.4, abs=0.02)
    assert fractions.std() < 0.08


def test_equal_seeds_give_equal_samples_and_others_others():
    some = flow(stretching(0.3))
    first, again, other = (some.sample(4, seed=seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)


def pushed(x, place):
    """To the side by the time that is told, in standard deviations."""
    return 0 * x + place[:, 1:2] * place[:, 2:3]


def test_guidance_goes_from_nothing_told_to_more_than_was_told():
    some = flow(pushed)
    time = float(np.exp(-4.0))  # one standard deviation above the mean
    free, once, twice = (some.draw(5, time=time, guidance=g)[0] for g in (0.0, 1.0, 2.0))
    np.testing.assert_allclose(once - free, 1, atol=1e-4)
    np.testing.assert_allclose(twice - free, 2, atol=1e-4)


@pytest.mark.parametrize(
    ("asked", "low", "high"),
    [
        ({"volume_fraction": 0.6}, 0.97, 1.03),
        ({"strain_energy": float(np.exp(1 - 2 * 0.4))}, -1.03, -0.97),
        ({"time": float(np.exp(-5.0))}, 0.0, 0.0),
        ({}, -2.0, 2.0),
    ],
)
def test_what_is_not_asked_for_goes_with_what_is_as_in_the_data(asked, low, high):
    some = flow(pushed)
    moved = some.draw(200, **asked)[0] - some.draw(200, **asked, guidance=0.0)[0]
    assert moved.min() >= low - 0.05
    assert moved.max() <= high + 0.05
    if not asked:
        assert moved[:, 0].std() == pytest.approx(4 / 12**0.5, rel=0.1)


def test_few_examples_of_what_goes_together_are_enough():
    some = flow(pushed)
    few = LatentFlow(some.vae, some.network, replace(TRAINED, seen=SEEN[:3].tolist()))
    assert few.sample(5).shape == (5, 8, 8)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"count": 0}, "count must be at least 1; got 0"),
        ({"count": 2, "seed": -1}, "seed must not be negative"),
        ({"count": 2, "volume_fraction": 1.0}, "volume_fraction must lie between 0 and 1"),
        ({"count": 2, "volume_fraction": [0.5] * 3}, r"must be a number or have shape \(2,\)"),
        ({"count": 2, "time": 0.0}, "time must be positive and finite; got 0.0"),
        ({"count": 2, "strain_energy": float("nan")}, "strain_energy must be positive"),
        ({"count": 2, "guidance": -1.0}, "guidance must be a number of at least 0; got -1"),
        ({"count": 2, "guidance": float("inf")}, "guidance must be a number"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        flow(stretching(0.0)).sample(**arguments)


def test_what_lies_outside_of_the_training_is_said_with_the_range():
    some = flow(stretching(0.0))
    with pytest.warns(UserWarning, match=r"volume_fraction of 0.9 to 0.9: the flow knows 0.3 to 0"):
        some.sample(2, volume_fraction=0.9)
    with pytest.warns(UserWarning, match="time of 1 to 1"):
        some.sample(2, time=1.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"codes": np.zeros((2, 4))}, r"codes must be finite and have shape \(N, 3\)"),
        ({"codes": np.full((2, 3), np.nan)}, "codes must be finite"),
        ({"codes": np.zeros((2, 3)), "probes": 0}, "probes must be at least 1"),
        ({"codes": np.zeros((2, 3)), "strain_energy": 1.0}, "together with volume_fraction"),
    ],
)
def test_densities_that_make_no_sense_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        flow(stretching(0.0)).log_density(**arguments)


def test_a_flow_that_is_told_nothing_of_this_says_so():
    some = LatentFlow(build_vae(latent=LATENT, size=8, channels=(4,)), network(stretching(0.0)))
    with pytest.raises(ValueError, match="told neither age, nor volume fraction"):
        some.sample(1)


def test_a_cut_leaves_the_highest_logits():
    logits = np.random.default_rng(0).normal(size=(3, 6, 6))
    found = cut(logits, [0.0, 0.25, 1.0])
    assert found.sum(axis=(1, 2)).tolist() == [0, 9, 36]
    assert logits[1][found[1] == 1].min() > logits[1][found[1] == 0].max()
