"""Ensembles of small networks, from images or from codes to a property."""

import keras
import numpy as np

from vae_course.latent._networks import Trend, ensemble


def build_image_network(
    members: int = 3,
    widths: tuple[int, ...] = (16, 32, 64),
    blocks: int = 2,
    size: int = 64,
    offset: float = 0.0,
    scale: float = 1.0,
    seed: int = 0,
    outputs: int = 1,
) -> keras.Model:
    """Build an ensemble of networks from images to values of a property.

    Like an energy W = ∫ ψ dA, each member is an average over places; what it averages has seen,
    through strided convolutions and residual blocks, the neighbourhood of each place.

    Args:
        members: Networks, independent of each other.
        widths: Channels of the strided convolutions.
        blocks: Residual blocks after them.
        size: Pixels along a side of an image.
        offset: Mean of the values.
        scale: Standard deviation of the values.
        seed: Seed of the first weights.
        outputs: Values that each member finds.

    Returns:
        Model from images (N, size, size) to values (N, members · outputs), those of a member side
        by side.

    Raises:
        ValueError: If there is no member, or a negative number of blocks.

    Examples:
        >>> build_image_network(members=2, widths=(4,), blocks=0).output_shape
        (None, 2)
    """
    inputs = keras.Input((size, size), name="images")
    x = keras.layers.Rescaling(2.0, -1.0)(keras.layers.Reshape((size, size, 1))(inputs))
    return ensemble(inputs, x, members, widths, 2, blocks, offset, scale, seed, outputs)


def with_trend(network: keras.Model, trend: Trend) -> keras.Model:
    """Put what the volume fraction alone says of the property behind a network of the rest.

    Args:
        network: From images (N, n, n) to residuals (N, members).
        trend: What is added.

    Returns:
        Model from images to values (N, members).

    Examples:
        >>> flat = Trend([0.0], [0.0])  # W = 1 + r
        >>> inner = build_image_network(members=2, widths=(4,), blocks=0)
        >>> with_trend(inner, flat).output_shape
        (None, 2)
    """
    return keras.Model(network.input, trend([network.output, network.input]))


def build_code_network(
    shape: tuple[int, int, int],
    members: int = 3,
    width: int = 48,
    blocks: int = 2,
    offset: float = 0.0,
    scale: float = 1.0,
    seed: int = 0,
) -> keras.Model:
    """Build an ensemble of networks from codes that are small pictures to values of a property.

    Args:
        shape: Shape of a code, (side, side, k).
        members: Networks, independent of each other.
        width: Channels of the convolutions.
        blocks: Residual blocks.
        offset: Mean of the values.
        scale: Standard deviation of the values.
        seed: Seed of the first weights.

    Returns:
        Model from codes (N, side · side · k) to values (N, members).

    Raises:
        ValueError: If there is no member, or a negative number of blocks.

    Examples:
        >>> build_code_network((8, 8, 4), members=2, width=4, blocks=0).output_shape
        (None, 2)
    """
    inputs = keras.Input((int(np.prod(shape)),), name="codes")
    x = keras.layers.Reshape(shape)(inputs)
    return ensemble(inputs, x, members, (width,), 1, blocks, offset, scale, seed)
