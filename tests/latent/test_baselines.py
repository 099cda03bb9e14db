"""Extrapolation in log time, and looking up the past of the nearest known pattern."""

import numpy as np
import pytest

from vae_course.data import load_embedded
from vae_course.latent import extrapolate, extrapolate_images, nearest_past
from vae_course.latent.dynamics import frame_pairs
from vae_course.vae.model import build_vae

RNG = np.random.default_rng(0)
OFFSET, VELOCITY = RNG.normal(size=(2, 4, 3))


def steady(t: float) -> np.ndarray:
    return OFFSET + VELOCITY * np.log(t)


def test_codes_that_are_steady_in_log_time_are_predicted_exactly_both_ways():
    times = [1e-4, 5e-4, 4e-3, 2e-2]
    found = extrapolate(steady(1e-3), 1e-3, steady(2e-3), 2e-3, times)
    assert found.shape == (4, 4, 3)
    for k, t in enumerate(times):
        np.testing.assert_allclose(found[:, k], steady(t))


def test_the_known_codes_come_back_at_their_times():
    z0, z1 = steady(1e-3), steady(3e-3)
    found = extrapolate(z0, 1e-3, z1, 3e-3, [1e-3, 3e-3])
    np.testing.assert_allclose(found[:, 0], z0)
    np.testing.assert_allclose(found[:, 1], z1)


def test_one_code_gives_one_path():
    path = extrapolate(steady(1e-3)[0], 1e-3, steady(2e-3)[0], 2e-3, [4e-3])
    np.testing.assert_allclose(path, steady(4e-3)[:1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"z1": np.zeros((4, 2))}, "codes|z0 and z1 must have one shape"),
        ({"t1": 1e-3}, "t0 other than t1"),
        ({"t0": 0.0}, "times must be positive"),
        ({"t": [-1.0]}, "times must be positive"),
        ({"t": 1.0}, r"t must have shape \(k,\)"),
    ],
)
def test_bad_input_is_named(arguments, message):
    call = {"z0": OFFSET, "t0": 1e-3, "z1": VELOCITY, "t1": 2e-3, "t": [1e-2], **arguments}
    with pytest.raises(ValueError, match=message):
        extrapolate(**call)


@pytest.fixture(scope="module")
def vae():
    return build_vae(4, size=16, seed=0)


IMAGES = np.random.default_rng(1).integers(0, 2, (2, 3, 16, 16)).astype(np.uint8)


def test_predicted_images_start_at_the_known_frame_and_reach_the_decoded_path(vae):
    first, second = IMAGES
    found = extrapolate_images(vae, first, 1e-3, second, 2e-3, [2e-3, 0.2])
    assert found.shape == (3, 2, 16, 16)
    np.testing.assert_allclose(found[:, 0], second, atol=1e-6)
    codes = extrapolate(vae.encode(first), 1e-3, vae.encode(second), 2e-3, [0.2])[:, 0]
    np.testing.assert_allclose(found[:, 1], vae.decode(codes), atol=1e-5)


def test_predicted_images_are_probabilities(vae):
    found = extrapolate_images(vae, IMAGES[0], 1e-3, IMAGES[1], 2e-3, [1e-3, 1.9e-3, 2.1e-3])
    assert found.min() >= 0
    assert found.max() <= 1


@pytest.fixture(scope="module")
def patterns():
    whole = load_embedded(1)
    return whole.select(whole.simulation < 8)


def test_a_known_pattern_is_found_under_every_symmetry_with_its_own_past(patterns):
    early, late = frame_pairs(patterns)
    ratio = patterns.time[late] / patterns.time[early]
    pick = int(np.flatnonzero(np.abs(ratio - 2) < 0.05)[0])
    now, past = (patterns.images[index[pick]] for index in (late, early))
    turned = [now, now.T, now[::-1], 1 - now, np.rot90(1 - now)]
    expected = [past, past.T, past[::-1], 1 - past, np.rot90(1 - past)]
    found = nearest_past(patterns, np.stack(turned), float(1 / ratio[pick]), tolerance=1e-6)
    assert np.array_equal(found, np.stack(expected))


def test_without_swapped_phases_the_swapped_pattern_is_not_found(patterns):
    early, late = frame_pairs(patterns)
    now = patterns.images[late[:1]]
    factor = float(patterns.time[early[0]] / patterns.time[late[0]])
    found = nearest_past(patterns, 1 - now, factor, 1e-6, swap_phases=False)
    assert not np.array_equal(found[0], 1 - patterns.images[early[0]])


def test_nearest_past_names_what_is_wrong(patterns):
    images = patterns.images[:1]
    with pytest.raises(ValueError, match="factor must lie between 0 and 1; got 2"):
        nearest_past(patterns, images, 2.0)
    with pytest.raises(ValueError, match=r"images must have shape \(N, n, n\) as patterns"):
        nearest_past(patterns, images[:, :32, :32], 0.5)
    with pytest.raises(ValueError, match=r"no two frames of a simulation at a ratio of 0\.999"):
        nearest_past(patterns, images, 0.999, tolerance=1e-9)
