"""Encoder and decoder: shapes, sizes and what they refuse."""

import keras
import numpy as np
import pytest

from vae_course.vae.model import build_vae
from vae_course.vae.networks import build_decoder, build_encoder, default_channels

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("blocks", [0, 1])
@pytest.mark.parametrize(
    ("latent", "channels", "size", "codes"),
    [(5, (4, 8), 16, 5), ((4, 4, 3), (4, 8), 16, 48), (np.int64(7), (4, 4, 4), 32, 7)],
)
def test_decoder_mirrors_encoder(latent, channels, size, codes, blocks):
    encoder = build_encoder(latent, channels, size, 0, blocks)
    decoder = build_decoder(latent, channels, size, 0, blocks)
    images = RNG.random((2, size, size, 1)).astype("float32")
    mean, log_variance = encoder(images)
    assert mean.shape == log_variance.shape == (2, codes)
    assert decoder(mean).shape == (2, size, size, 1)


def test_a_new_encoder_has_unit_variance_so_that_kl_starts_small():
    encoder = build_encoder(3, (4,), 8, 0)
    log_variance = keras.ops.convert_to_numpy(encoder(RNG.random((2, 8, 8, 1)))[1])
    assert not log_variance.any()


def test_residual_blocks_change_nothing_at_first():
    images = RNG.random((2, 16, 16, 1)).astype("float32")
    with_blocks = build_encoder(3, (4,), 16, 0, blocks=2)
    plain = build_encoder(3, (4,), 16, 0)
    convolution = next(x for x in plain.layers if isinstance(x, keras.layers.Conv2D))
    twin = next(x for x in with_blocks.layers if isinstance(x, keras.layers.Conv2D))
    twin.set_weights(convolution.get_weights())
    with_blocks.get_layer("mean").set_weights(plain.get_layer("mean").get_weights())
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(with_blocks(images)[0]),
        keras.ops.convert_to_numpy(plain(images)[0]),
        atol=1e-6,
    )


def test_a_code_that_is_a_picture_keeps_its_place():
    # Changing one corner of the image moves codes near that corner only.
    encoder = build_encoder((8, 8, 2), (4, 4, 4), 64, 0)
    image = np.zeros((2, 64, 64, 1), dtype="float32")
    image[1, :8, :8] = 1
    mean = keras.ops.convert_to_numpy(encoder(image)[0]).reshape(2, 8, 8, 2)
    moved = np.abs(mean[1] - mean[0]).max(axis=-1) > 0
    assert moved[0, 0]
    assert not moved[4:, 4:].any()


def test_equal_seeds_give_equal_weights_and_other_seeds_do_not():
    first, same, other = (build_encoder(3, (4,), 8, seed).get_weights() for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, same, strict=True))
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"latent": 0}, "latent must be at least 1; got 0"),
        ({"latent": (4, 4, 4)}, r"latent must be a number or \(8, 8, k\) .* got \(4, 4, 4\)"),
        ({"latent": (8, 8, 0)}, r"got \(8, 8, 0\)"),
        (
            {"latent": 4, "channels": ()},
            r"channels must hold at least one positive number; got \(\)",
        ),
        ({"latent": 4, "size": 20}, "size must be a multiple of 8 for 3 convolutions; got 20"),
        ({"latent": 4, "blocks": -1}, "blocks must not be negative; got -1"),
    ],
)
@pytest.mark.parametrize("build", [build_encoder, build_decoder])
def test_arguments_out_of_range_are_named(build, arguments, message):
    with pytest.raises(ValueError, match=message):
        build(**{"channels": (4, 4, 4), **arguments})


@pytest.mark.parametrize(
    ("latent", "size", "channels"),
    [
        (32, 64, (16, 32, 64, 64)),
        ((4, 4, 4), 64, (16, 32, 64, 64)),
        ((8, 8, 2), 64, (16, 32, 64)),
        ((8, 8, 2), 32, (16, 32)),
        ((4, 4, 4), 128, (16, 32, 64, 64, 64)),
        ((2, 2, 8), 128, (16, 32, 64, 64, 64, 64)),
        ((5, 5, 2), 64, (16, 32, 64, 64)),
    ],
)
def test_the_default_channels_lead_to_the_side_of_the_code(latent, size, channels):
    assert default_channels(latent, size) == channels


def test_the_default_vae_has_a_code_of_64_numbers():
    assert build_vae().latent == 64
    assert build_vae((8, 8, 4)).latent == 256


def test_a_vae_with_a_picture_as_its_code_is_saved_and_loaded(tmp_path):
    vae = build_vae((4, 4, 2), size=16, channels=(4, 8), blocks=1)
    assert vae.latent == 32
    vae.save(tmp_path / "vae.keras")
    again = keras.saving.load_model(tmp_path / "vae.keras")
    images = RNG.integers(0, 2, (3, 16, 16))
    np.testing.assert_allclose(again.reconstruct(images), vae.reconstruct(images), atol=1e-6)
