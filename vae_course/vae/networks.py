"""Encoder and decoder: strided convolutions down to a code, and back up to logits."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

CHANNELS = (16, 32, 64, 64)


def build_encoder(
    latent: int, channels: Sequence[int] = CHANNELS, size: int = 64, seed: int | None = None
) -> keras.Model:
    """Build the network from an image to the mean and log variance of its code.

    Each convolution (4 × 4) halves the side of the picture.

    Args:
        latent: Length of the code.
        channels: Channels of the convolutions.
        size: Pixels along a side; a multiple of 2 to the number of convolutions.
        seed: Seed of the first weights.

    Returns:
        Model from (N, size, size, 1) to (mean, log_variance), each (N, latent).

    Raises:
        ValueError: If an argument is out of range.
    """
    _check(latent, channels, size)
    draw = _initializers(seed)
    image = keras.Input((size, size, 1), name="image")
    x = image
    for width in channels:
        x = keras.layers.Conv2D(width, 4, strides=2, padding="same", activation="gelu", **draw())(x)
    x = keras.layers.Flatten()(x)
    mean = keras.layers.Dense(latent, name="mean", **draw())(x)
    log_variance = keras.layers.Dense(
        latent, name="log_variance", kernel_initializer="zeros", bias_initializer="zeros"
    )(x)
    return keras.Model(image, [mean, log_variance], name="encoder")


def build_decoder(
    latent: int, channels: Sequence[int] = CHANNELS, size: int = 64, seed: int | None = None
) -> keras.Model:
    """Build the network from a code to the logits of an image: the encoder, mirrored.

    Args:
        latent: Length of the code.
        channels: Channels of the encoder's convolutions, used in reverse.
        size: Pixels along a side; a multiple of 2 to the number of convolutions.
        seed: Seed of the first weights.

    Returns:
        Model from (N, latent) to logits, (N, size, size, 1).

    Raises:
        ValueError: If an argument is out of range.
    """
    _check(latent, channels, size)
    draw = _initializers(seed)
    code = keras.Input((latent,), name="code")
    side = size // 2 ** len(channels)
    x = keras.layers.Dense(side * side * channels[-1], activation="gelu", **draw())(code)
    x = keras.layers.Reshape((side, side, channels[-1]))(x)
    for width in reversed(channels[:-1]):
        x = keras.layers.Conv2DTranspose(
            width, 4, strides=2, padding="same", activation="gelu", **draw()
        )(x)
    logits = keras.layers.Conv2DTranspose(1, 4, strides=2, padding="same", name="logits", **draw())(
        x
    )
    return keras.Model(code, logits, name="decoder")


def _initializers(seed: int | None) -> Callable[[], dict[str, Any]]:
    """Give each layer an initialiser of its own, all from one seed."""
    seeds = np.random.default_rng(seed)
    return lambda: {
        "kernel_initializer": keras.initializers.GlorotUniform(seed=int(seeds.integers(2**31)))
    }


def _check(latent: int, channels: Sequence[int], size: int) -> None:
    if latent < 1:
        raise ValueError(f"latent must be at least 1; got {latent}")
    if not channels or min(channels) < 1:
        raise ValueError(f"channels must hold at least one positive number; got {channels}")
    factor = 2 ** len(channels)
    if size < factor or size % factor:
        raise ValueError(
            f"size must be a multiple of {factor} for {len(channels)} convolutions; got {size}"
        )
