"""Encoder and decoder: strided convolutions down to a code, and back up to logits."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from vae_course.arguments import at_least
from vae_course.vae._compiled import compiled

CHANNELS = (16, 32, 64, 64)
"""Channels of the default network's convolutions."""

Latent = int | tuple[int, int, int]
"""Length of a flat code, or (side, side, channels) of a code that is itself a small picture."""

ACTIVATION = "leaky_relu"
"""The default activation: on CPU, a sixth more images a second than with "gelu"."""

CODE: Latent = (4, 4, 4)
"""The default code: 64 numbers, four for each of 4 × 4 places."""


def default_channels(latent: Latent, size: int = 64) -> tuple[int, ...]:
    """Return those channels of the default network that lead from an image to a code.

    Args:
        latent: Length of the code, or (side, side, k).
        size: Pixels along a side of the image.

    Returns:
        `CHANNELS` for a flat code; for a code (side, side, k) as many as it takes halvings from
        size to side, the last of `CHANNELS` again and again if need be.

    Examples:
        >>> default_channels(latent=16), default_channels(latent=(8, 8, 4))
        ((16, 32, 64, 64), (16, 32, 64))
    """
    if not isinstance(latent, tuple) or not latent:
        return CHANNELS
    sides = [size // 2**count for count in range(1, size.bit_length())]
    count = sides.index(latent[0]) + 1 if latent[0] in sides else len(CHANNELS)
    return (CHANNELS + count * CHANNELS[-1:])[:count]


def build_encoder(
    latent: Latent,
    channels: Sequence[int] = CHANNELS,
    size: int = 64,
    seed: int | None = None,
    blocks: int = 0,
    activation: str = ACTIVATION,
) -> keras.Model:
    """Build the network from an image to the mean and log variance of its code.

    Each convolution (4 × 4) halves the side of the picture. A flat code is read off the last one
    by dense layers, each of its numbers from the whole picture. A code of shape (side, side, k) is
    read off by convolutions, k numbers from each neighbourhood; it comes out flattened.

    Args:
        latent: Length of the code, or (side, side, k) where side is size / 2 ** len(channels).
        channels: Channels of the convolutions.
        size: Pixels along a side; a multiple of 2 to the number of convolutions.
        seed: Seed of the first weights.
        blocks: Residual blocks (two 3 × 3 convolutions each) after every convolution.
        activation: Keras's name of the function after each layer but the last.

    Returns:
        Model from (N, size, size, 1) to (mean, log_variance), each of shape (N, latent) or
        (N, side · side · k).

    Raises:
        ValueError: If an argument is out of range.

    Examples:
        >>> build_encoder(latent=3, channels=(4, 8), size=16).output_shape
        [(None, 3), (None, 3)]
        >>> build_encoder(latent=(4, 4, 2), channels=(4, 8), size=16).output_shape
        [(None, 32), (None, 32)]
    """
    shape = _code_shape(latent, channels, size, blocks)
    draw = _initializers(seed)
    image = keras.Input((size, size, 1), name="image")
    x = image
    for width in channels:
        x = keras.layers.Conv2D(
            width, 4, strides=2, padding="same", activation=activation, **draw()
        )(x)
        for _ in range(blocks):
            x = _residual_block(x, draw, activation)
    zeros = {"kernel_initializer": "zeros", "bias_initializer": "zeros"}
    if len(shape) == 1:
        x = keras.layers.Flatten()(x)
        mean = keras.layers.Dense(shape[0], name="mean", **draw())(x)
        log_variance = keras.layers.Dense(shape[0], name="log_variance", **zeros)(x)
    else:
        flat = keras.layers.Flatten()
        mean = flat(keras.layers.Conv2D(shape[-1], 3, padding="same", name="mean", **draw())(x))
        log_variance = flat(
            keras.layers.Conv2D(shape[-1], 3, padding="same", name="log_variance", **zeros)(x)
        )
    return keras.Model(image, [mean, log_variance], name="encoder")


def build_decoder(
    latent: Latent,
    channels: Sequence[int] = CHANNELS,
    size: int = 64,
    seed: int | None = None,
    blocks: int = 0,
    activation: str = ACTIVATION,
) -> keras.Model:
    """Build the network from a code to the logits of an image: the encoder, mirrored.

    Args:
        latent: Length of the code, or (side, side, k) where side is size / 2 ** len(channels).
        channels: Channels of the encoder's convolutions, used in reverse.
        size: Pixels along a side; a multiple of 2 to the number of convolutions.
        seed: Seed of the first weights.
        blocks: Residual blocks (two 3 × 3 convolutions each) before every transposed convolution.
        activation: Keras's name of the function after each layer but the last.

    Returns:
        Model from codes, (N, latent) or (N, side · side · k), to logits, (N, size, size, 1).

    Raises:
        ValueError: If an argument is out of range.

    Examples:
        >>> build_decoder(latent=3, channels=(4, 8), size=16).output_shape
        (None, 16, 16, 1)
    """
    shape = _code_shape(latent, channels, size, blocks)
    draw = _initializers(seed)
    code = keras.Input((int(np.prod(shape)),), name="code")
    side = size // 2 ** len(channels)
    if len(shape) == 1:
        x = keras.layers.Dense(side * side * channels[-1], activation=activation, **draw())(code)
        x = keras.layers.Reshape((side, side, channels[-1]))(x)
    else:
        x = keras.layers.Reshape(shape)(code)
        x = keras.layers.Conv2D(channels[-1], 3, padding="same", activation=activation, **draw())(x)
    for width in [*reversed(channels[:-1]), None]:
        for _ in range(blocks):
            x = _residual_block(x, draw, activation)
        x = keras.layers.Conv2DTranspose(
            width or 1,
            4,
            strides=2,
            padding="same",
            activation=activation if width else None,
            name=None if width else "logits",
            **draw(),
        )(x)
    return keras.Model(code, x, name="decoder")


def run_in_batches(model: keras.Model, *inputs: Any, batch: int = 256) -> list[Any]:
    """Run a model on arrays of any length, in batches that fit in memory.

    Args:
        model: A functional model.
        *inputs: Its inputs, NumPy arrays of equal length.
        batch: Largest number of examples at once.

    Returns:
        Its outputs as NumPy arrays of float32; a list of one if there is one.

    Examples:
        >>> encoder = build_encoder(latent=3, channels=(4, 8), size=16)
        >>> mean, log_variance = run_in_batches(encoder, np.zeros((1000, 16, 16, 1), np.float32))
        >>> mean.shape, log_variance.shape
        ((1000, 3), (1000, 3))
    """
    call, parts = compiled(model), list[list[Any]]()
    for start in range(0, len(inputs[0]), batch):
        found = call([one[start : start + batch] for one in inputs])
        found = found if isinstance(found, (list, tuple)) else [found]
        parts.append([np.asarray(keras.ops.convert_to_numpy(one), np.float32) for one in found])
    return [np.concatenate(part) for part in zip(*parts, strict=True)]


def _residual_block(x: Any, draw: Callable[[], dict[str, Any]], activation: str) -> Any:
    """Add to x what two convolutions make of it; at first, nothing."""
    width = x.shape[-1]
    change = keras.layers.Conv2D(width, 3, padding="same", activation=activation, **draw())(x)
    change = keras.layers.Conv2D(width, 3, padding="same", kernel_initializer="zeros")(change)
    return keras.layers.Add()([x, change])


def _initializers(seed: int | None) -> Callable[[], dict[str, Any]]:
    """Give each layer an initialiser of its own, all from one seed."""
    seeds = np.random.default_rng(seed)
    return lambda: {
        "kernel_initializer": keras.initializers.GlorotUniform(seed=int(seeds.integers(2**31)))
    }


def _code_shape(
    latent: Latent, channels: Sequence[int], size: int, blocks: int
) -> tuple[int] | tuple[int, int, int]:
    """Check the arguments of a network and return the shape of its code."""
    if not channels or min(channels) < 1:
        raise ValueError(f"channels must hold at least one positive number; got {channels}")
    at_least(0, blocks=blocks)
    factor = 2 ** len(channels)
    if size < factor or size % factor:
        raise ValueError(
            f"size must be a multiple of {factor} for {len(channels)} convolutions; got {size}"
        )
    if isinstance(latent, (int, np.integer)):
        at_least(1, latent=int(latent))
        return (int(latent),)
    shape = tuple(latent)
    side = size // factor
    if len(shape) != 3 or shape[:2] != (side, side) or shape[2] < 1:
        raise ValueError(
            f"latent must be a number or ({side}, {side}, k) for {len(channels)} convolutions "
            f"of {size} pixels; got {latent}"
        )
    return shape
