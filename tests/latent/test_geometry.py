"""Moving in the latent space: end points, lengths, and what an axis changes."""

import keras
import numpy as np
import pytest

from vae_course.latent import interpolate, rank_axes, traverse
from vae_course.vae import VAE
from vae_course.vae.networks import build_encoder

Z0, Z1 = np.random.default_rng(0).normal(size=(2, 5))


def test_traverse_changes_one_axis_and_leaves_its_input_alone():
    before = Z0.copy()
    codes = traverse(Z0, 2, [-3.0, 0.0, 3.0])
    np.testing.assert_array_equal(codes[:, 2], [-3, 0, 3])
    np.testing.assert_array_equal(np.delete(codes, 2, axis=1), np.tile(np.delete(Z0, 2), (3, 1)))
    np.testing.assert_array_equal(Z0, before)


@pytest.mark.parametrize("mode", ["linear", "spherical"])
def test_paths_start_and_end_at_their_codes(mode):
    path = interpolate(Z0, Z1, 7, mode)
    assert path.shape == (7, 5)
    np.testing.assert_array_equal(path[0], Z0)
    np.testing.assert_array_equal(path[-1], Z1)


def test_a_linear_path_has_equal_steps():
    steps = np.diff(interpolate(Z0, Z1, 9), axis=0)
    np.testing.assert_allclose(steps, np.tile((Z1 - Z0) / 8, (8, 1)))


def test_a_spherical_path_keeps_the_length_and_turns_evenly():
    first, last = 3 * Z0 / np.linalg.norm(Z0), 3 * Z1 / np.linalg.norm(Z1)
    path = interpolate(first, last, 6, "spherical")
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), 3)
    cosines = (path[:-1] * path[1:]).sum(axis=1) / 9
    np.testing.assert_allclose(cosines, cosines[0])


def test_a_spherical_path_between_parallel_or_zero_codes_is_the_chord():
    np.testing.assert_allclose(interpolate(Z0, 2 * Z0, 3, "spherical")[1], 1.5 * Z0)
    np.testing.assert_allclose(interpolate(0 * Z0, Z0, 3, "spherical")[1], 0.5 * Z0)


def test_axes_are_ranked_by_what_they_change_in_the_picture():
    code = keras.Input((3,))
    logits = keras.layers.Dense(64, use_bias=False)
    decoder = keras.Model(code, keras.layers.Reshape((8, 8, 1))(logits(code)))
    strength = np.array([0.1, 2.0, 0.5], dtype=np.float32)
    logits.set_weights([np.tile(strength[:, None], (1, 64))])
    vae = VAE(build_encoder(3, (4,), size=8), decoder)
    codes = np.zeros((2, 3))
    np.testing.assert_array_equal(rank_axes(vae, codes), [1, 2, 0])
    np.testing.assert_array_equal(rank_axes(vae, codes, [100.0, 0.01, 0.01]), [0, 1, 2])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: traverse(np.zeros((2, 3)), 0, [0.0]), r"z must have shape \(latent,\)"),
        (lambda: traverse(Z0, 5, [0.0]), "axis must lie between 0 and 4"),
        (lambda: traverse(Z0, 0, 1.0), r"values must have shape \(k,\)"),
        (lambda: interpolate(Z0, Z1[:3], 3), "z0 and z1 must have shape"),
        (lambda: interpolate(Z0, Z1, 1), "n must be at least 2"),
        (lambda: interpolate(Z0, Z1, 3, "cubic"), 'mode must be "linear" or "spherical"'),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
