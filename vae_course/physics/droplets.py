"""Droplets put into a microstructure by hand: another past with, nearly, the same future."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import distance_transform_edt

_GAP = 2.0
"""Least distance in pixels between a droplet and the nearest interface or other droplet."""


def add_droplets(image: ArrayLike, count: int, radius: float, seed: int) -> NDArray[np.uint8]:
    """Put round droplets of each phase into the domains of the other.

    Half of them are of phase 1, half of phase 0, all of one shape, so that the volume fraction
    stays as it is. They lie where there is room: never across an interface, and apart.

    Args:
        image: Values 0 and 1, shape (n, n).
        count: How many droplets, an even number.
        radius: Their radius in pixels.
        seed: Seed of their places.

    Returns:
        The image with droplets, values 0 and 1, shape (n, n).

    Raises:
        ValueError: If image is no square of 0 and 1, count is not an even number of at least 0,
            radius is not positive, or there is no room for so many.

    Examples:
        Two discs of 13 pixels in either phase leave the volume fraction as it is:

        >>> halves = np.repeat([[0], [1]], 16, axis=0).repeat(32, axis=1)
        >>> image = add_droplets(halves, count=4, radius=2, seed=0)
        >>> int((image != halves).sum()), float(image.mean())
        (52, 0.5)
    """
    result = np.array(image)
    if result.ndim != 2 or len(set(result.shape)) != 1 or not np.isin(result, (0, 1)).all():
        raise ValueError(f"image must have shape (n, n) and values 0 and 1; got {result.shape}")
    if count < 0 or count % 2:
        raise ValueError(f"count must be an even number of at least 0; got {count}")
    if not radius > 0:
        raise ValueError(f"radius must be positive; got {radius}")
    result = result.astype(np.uint8)
    original = result.copy()
    rng = np.random.default_rng(seed)
    rows, columns = np.indices(result.shape)
    for number in range(count):
        phase = number % 2
        # Walls count as interfaces: a droplet there would be cut, and change the volume fraction.
        inside = np.pad((result != phase) & (original != phase), 1)
        room = distance_transform_edt(inside)[1:-1, 1:-1] > radius + _GAP
        if not room.any():
            raise ValueError(
                f"there is room for {number} droplets of radius {radius:g}; got {count}"
            )
        row, column = rng.choice(np.argwhere(room))
        result[np.hypot(rows - row, columns - column) <= radius] = phase
    return result
