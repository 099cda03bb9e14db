"""Velocity fields: how they are followed, told of conditions, and trained."""

import numpy as np
import pytest

from vae_course.data import load_embedded
from vae_course.latent.velocity import CONDITIONS, NoisyCodes, Scales, build_flow, heun, told
from vae_course.vae import build_vae

RNG = np.random.default_rng(0)


def curved(x, tau):
    return np.sin(x) + tau


@pytest.mark.any_backend
def test_the_error_of_heun_s_method_falls_as_the_square_of_the_step():
    start = RNG.normal(size=(20, 2))
    exact = heun(curved, start, 2000)
    errors = [np.abs(heun(curved, start, steps) - exact).max() for steps in (8, 16, 32)]
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.2)
    assert errors[1] / errors[2] == pytest.approx(4, rel=0.2)


@pytest.mark.any_backend
def test_back_and_forth_ends_where_it_began():
    start = RNG.normal(size=(20, 2))
    there = heun(curved, start, 100)
    np.testing.assert_allclose(heun(curved, there, 100, backward=True), start, atol=1e-3)


@pytest.mark.any_backend
def test_heun_needs_a_step():
    with pytest.raises(ValueError, match="steps must be at least 1; got 0"):
        heun(curved, np.ones((1, 1)), 0)


@pytest.mark.any_backend
def test_scaled_conditions_have_mean_0_and_standard_deviation_1():
    time, fraction = np.exp(RNG.normal(-5, 2, 3000)), RNG.uniform(0.2, 0.8, 3000)
    energy = np.exp(-3 * fraction + 0.1 * RNG.normal(size=3000))
    energy[::3] = np.nan  # as where it is not known
    numbers = Scales.fit(time, fraction, energy).numbers(time, fraction, energy)
    assert numbers.shape == (3000, len(CONDITIONS))
    np.testing.assert_array_equal(np.isnan(numbers[:, 2]), np.isnan(energy))
    np.testing.assert_allclose(np.nanmean(numbers, axis=0), 0, atol=1e-2)
    np.testing.assert_allclose(np.nanstd(numbers, axis=0), 1, atol=1e-2)


@pytest.mark.any_backend
def test_what_is_not_known_is_told_as_such():
    found = told(np.array([[0.5, np.nan, np.nan], [0.0, -1.0, 2.0]]))
    np.testing.assert_array_equal(found, [[0.5, 1, 0, 0, 0, 0], [0, 1, -1, 1, 2, 1]])


def test_batches_lead_from_noise_to_codes_and_drop_conditions():
    vae, images = build_vae(latent=3, size=64, channels=(4, 4, 4)), load_embedded().images[:50]
    numbers = np.tile([[1.0, 2.0, 3.0]], (50, 1))
    rows = np.arange(7)
    batches = NoisyCodes(vae, images, numbers, 2, batch_size=2000, rows=rows)
    (moving, place), velocity = batches[0]
    tau, conditions = place[:, :1], place[:, 1:]
    noise = moving - tau * velocity  # at τ = 0
    assert abs(noise.mean()) < 0.05
    assert noise.std() == pytest.approx(1, abs=0.03)
    assert tau.min() >= 0
    assert tau.max() <= 1
    kept = conditions[:, 1::2].astype(bool)
    np.testing.assert_array_equal(conditions[:, ::2], np.where(kept, [1, 2, 3], 0))
    assert not (kept[:, 2] & ~kept[:, 1]).any()  # no energy without the volume fraction
    none = np.mean(~kept.any(axis=1))
    assert 0.1 < none < 0.25
    codes = noise + velocity
    of_rows = vae.encode(np.concatenate([_views(images[row]) for row in rows]))
    gaps = np.abs(codes[:100, None] - of_rows[None]).max(axis=2).min(axis=1)
    assert gaps.max() < 1e-4  # only the rows are drawn from, under the eight symmetries


def _views(image):
    turned = [np.rot90(image, k) for k in range(4)]
    return np.stack([*turned, *(one.T for one in turned)])


def test_the_network_is_told_the_time_on_the_way_and_every_condition():
    network = build_flow((4, 4, 2), width=4, blocks=1)
    assert [tuple(one.shape[1:]) for one in network.inputs] == [(32,), (1 + 2 * len(CONDITIONS),)]
    assert network.output_shape == (None, 32)
