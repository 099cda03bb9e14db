"""Descriptors of two-phase microstructures: how much, how long, how connected, how coarse.

Every function takes one image (H, W) or a batch (N, H, W) and describes phase 1. Pixels are
squares; lengths are in units of the longer side of the image, so that a square image is the unit
square of the simulations, except lags and segments, which are counted in pixels. The walls let
nothing through (no-flux): they are neither periodic nor an interface.

Source: S. Torquato (2002), Random Heterogeneous Materials, doi:10.1007/978-1-4757-6355-3.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.fft import dctn, irfft2, next_fast_len, rfft2
from skimage import measure

from vae_course.arrays import Floats

_CHUNK = 256  # images at a time, to keep padded transforms of large batches out of memory


def volume_fraction(images: ArrayLike) -> float | Floats:
    """Compute the volume fraction φ of phase 1, the mean of the pixels.

    Args:
        images: Values 0 and 1, shape (H, W) or (N, H, W).

    Returns:
        φ, dimensionless; a number, or shape (N,) for a batch.

    Raises:
        ValueError: If the shape is another one or a value is neither 0 nor 1.

    Examples:
        >>> checkerboard = np.indices((8, 8)).sum(axis=0) % 2
        >>> volume_fraction([checkerboard, np.eye(8)])
        array([0.5  , 0.125])
    """
    return _number_each(lambda batch: batch.mean(axis=(1, 2)), _checked(images))


def two_point_correlation(images: ArrayLike) -> Floats:
    """Compute S₂(r), the probability that two pixels a lag r apart are both of phase 1.

    S₂(r) = Σₓ I(x) I(x + r) / (number of pixels x for which x + r lies in the image),

    by a zero-padded FFT: walls are not periodic, and no lag is biased towards zero by them.
    S₂(0) = φ, and S₂ → φ² far apart in a pattern without order.

    Args:
        images: Values 0 and 1, shape (H, W) or (N, H, W).

    Returns:
        S₂, of the shape of `images`. Lags up to half a side, in all directions, in the order of
        the FFT: [i, j] is the lag of i rows and j columns, [-i, j] that of −i rows; [0, 0] is lag
        zero. `np.fft.fftshift(..., axes=(-2, -1))` brings it to the middle.

    Raises:
        ValueError: If the shape is another one or a value is neither 0 nor 1.

    Source: S. Torquato (2002), chapter 2, doi:10.1007/978-1-4757-6355-3.

    Examples:
        On a checkerboard, two neighbours are never of one phase:

        >>> checkerboard = np.indices((8, 8)).sum(axis=0) % 2
        >>> two_point_correlation(checkerboard)[0, :4]
        array([0.5, 0. , 0.5, 0. ])
    """
    return _each(_two_point_correlation, _checked(images))


def _two_point_correlation(batch: Floats) -> Floats:
    sides = batch.shape[1:]
    padded = [next_fast_len(side + side // 2, real=True) for side in sides]
    power = np.abs(rfft2(batch, padded)) ** 2
    rows, columns = (_lags(side) for side in sides)
    pairs = np.rint(irfft2(power, padded)[:, rows[:, None], columns])  # whole numbers
    possible = np.outer(sides[0] - np.abs(rows), sides[1] - np.abs(columns))
    return np.asarray(pairs / possible, dtype=np.float64)


def radial_average(correlation: ArrayLike) -> Floats:
    """Average a map of lags, as `two_point_correlation` returns it, over all directions.

    Args:
        correlation: Map with lag zero at [0, 0], shape (H, W) or (N, H, W).

    Returns:
        Mean over the lags whose length rounds to r pixels, for r = 0 to ⌈min(H, W)/2⌉ − 1,
        shape (⌈min(H, W)/2⌉,) or (N, ⌈min(H, W)/2⌉).

    Raises:
        ValueError: If the shape is another one or a value is not finite.

    Examples:
        Without any order, S₂ falls from φ to φ² within a pixel:

        >>> noise = np.random.default_rng(0).random((256, 256)) < 0.5
        >>> radial_average(two_point_correlation(noise))[:4].round(2)
        array([0.5 , 0.25, 0.25, 0.25])
    """
    maps = _checked_fields(correlation, "correlation")
    rows, columns = (_lags(side) for side in maps.shape[-2:])
    radius = np.rint(np.hypot(rows[:, None], columns)).astype(np.int64)
    return _each(lambda batch: _binned_mean(batch, radius, (min(radius.shape) + 1) // 2), maps)


def lineal_path(images: ArrayLike) -> Floats:
    """Compute the lineal-path function: how likely a straight segment lies wholly in phase 1.

    Segments run along rows and columns, both of which count alike. It falls faster than S₂, which
    asks for the two ends only: the difference tells how connected phase 1 is along lines.

    Args:
        images: Values 0 and 1, shape (H, W) or (N, H, W).

    Returns:
        Fraction of all segments of k + 1 pixels that lie in phase 1, for k = 0 to min(H, W) − 1;
        its first value is φ. Shape (min(H, W),) or (N, min(H, W)).

    Raises:
        ValueError: If the shape is another one or a value is neither 0 nor 1.

    Source: B. Lu and S. Torquato (1992), doi:10.1103/PhysRevA.45.922.

    Examples:
        Stripes of two pixels hold half of the long segments along them, and none across:

        >>> stripes = np.indices((8, 8))[0] // 2 % 2
        >>> lineal_path(stripes)[2:]
        array([0.25, 0.25, 0.25, 0.25, 0.25, 0.25])
    """
    return _each(_lineal_path, _checked(images))


def _lineal_path(batch: Floats) -> Floats:
    along_rows = batch.astype(bool)
    along_columns = along_rows.swapaxes(1, 2)
    paths = []
    for phase in (along_rows, along_columns):
        inside = phase
        path = [inside.mean(axis=(1, 2))]
        for k in range(1, min(batch.shape[1:])):
            inside = inside[:, :, :-1] & phase[:, :, k:]
            path.append(inside.mean(axis=(1, 2)))
        paths.append(np.stack(path, axis=1))
    return np.asarray(np.mean(paths, axis=0))


def perimeter(images: ArrayLike) -> float | Floats:
    """Compute the length of the interface between the phases by Crofton's formula.

    Lines in four directions are counted where they cross the interface; the mean over directions
    is free of the staircase error of counting pixel edges. Walls are not counted.

    Args:
        images: Values 0 and 1, shape (H, W) or (N, H, W).

    Returns:
        Length in units of the longer side of the image; a number, or shape (N,) for a batch.

    Raises:
        ValueError: If the shape is another one or a value is neither 0 nor 1.

    Source: Crofton's formula as in scikit-image; G. Lehmann and D. Legland (2012),
    hdl:10380/3342.

    Examples:
        A disc of radius 1/4 has π/2, though its edge is a staircase:

        >>> disc = np.hypot(*(np.indices((128, 128)) - 63.5)) < 32
        >>> round(perimeter(disc) / (np.pi / 2), 2)
        1.0
    """
    return _number_each(_perimeter, _checked(images))


def _perimeter(batch: Floats) -> Floats:
    # scikit-image counts the walls of phase 1 as interface. Those of both phases together are
    # those of a full image, and the interface is counted twice: once from either side.
    walls = measure.perimeter_crofton(np.ones(batch.shape[1:], dtype=np.uint8))
    twice = [
        measure.perimeter_crofton(image) + measure.perimeter_crofton(1 - image) - walls
        for image in batch.astype(np.uint8)
    ]
    return np.asarray(np.array(twice) / (2 * max(batch.shape[1:])), dtype=np.float64)


def euler_number(images: ArrayLike, connectivity: int = 2) -> int | NDArray[np.int64]:
    """Compute the Euler number of phase 1: its connected parts minus its holes.

    Args:
        images: Values 0 and 1, shape (H, W) or (N, H, W).
        connectivity: 2 where pixels that touch at a corner are connected (as finite elements that
            share a node are), 1 where they must share an edge.

    Returns:
        Euler number; a number, or shape (N,) for a batch.

    Raises:
        ValueError: If the shape is another one, a value is neither 0 nor 1, or connectivity is
            neither 1 nor 2.

    Examples:
        A disc is one part; a ring is one part with one hole:

        >>> distance = np.hypot(*(np.indices((32, 32)) - 15.5))
        >>> euler_number(distance < 12), euler_number((distance < 12) & (distance > 6))
        (1, 0)
    """
    if connectivity not in {1, 2}:
        raise ValueError(f"connectivity must be 1 or 2; got {connectivity}")
    binary = _checked(images).astype(np.uint8)
    batch = binary.reshape(-1, *binary.shape[-2:])
    numbers = np.array([measure.euler_number(image, connectivity) for image in batch])
    return int(numbers[0]) if binary.ndim == 2 else numbers.astype(np.int64)


def structure_factor(images: ArrayLike) -> tuple[Floats, Floats]:
    """Compute the structure factor S(q), the power of the waves that make up the image.

    The cosine transform (DCT-II) splits the image into waves cos(π m y) cos(π k x), which have no
    slope at the walls, with wave numbers q = π √(m² + k²). S(q) is the mean over the waves with q
    within π/2 of a multiple of π of their contribution to the variance φ(1 − φ) of the image. The
    mean of the image (q = 0) is left out.

    Args:
        images: Values 0 and 1, or any field such as a concentration, shape (H, W) or (N, H, W).

    Returns:
        Wave numbers q = π, 2π, ... (radians per longer side), shape (min(H, W) − 1,), and S(q),
        dimensionless, shape (min(H, W) − 1,) or (N, min(H, W) − 1).

    Raises:
        ValueError: If the shape is another one, a side is below 2, or a value is not finite.

    Examples:
        A wave of two periods has all its power at q = 4π:

        >>> wave = np.cos(4 * np.pi * (np.arange(16) + 0.5) / 16)
        >>> wave_numbers, power = structure_factor(np.tile(wave, (16, 1)))
        >>> np.flatnonzero(power > 1e-12), wave_numbers[:4] / np.pi
        (array([3]), array([1., 2., 3., 4.]))
    """
    fields = _checked_fields(images, "images")
    height, width = sides = fields.shape[-2:]
    if min(sides) < 2:
        raise ValueError(f"images must have at least 2 rows and columns; got {fields.shape}")
    m = np.arange(height)[:, None] * max(sides) / height
    k = np.arange(width) * max(sides) / width
    shell = np.rint(np.hypot(m, k)).astype(np.int64)

    def power(batch: Floats) -> Floats:
        deviation = batch - batch.mean(axis=(1, 2), keepdims=True)
        waves = dctn(deviation, type=2, norm="ortho", axes=(1, 2)) ** 2 / (height * width)
        return _binned_mean(waves, shell, min(sides))[:, 1:]

    return np.pi * np.arange(1, min(sides)), _each(power, fields)


def domain_size(images: ArrayLike) -> float | Floats:
    """Compute the domain size L = 2π/⟨q⟩, ⟨q⟩ = Σ q S(q) / Σ S(q), from the structure factor.

    It is about the period of the pattern, a domain of phase 1 and one of phase 0: exactly that for
    a wave with no slope at the walls, 0.8 to 0.9 of it where such a wave is made sharp (its edges
    are made of shorter waves).

    Args:
        images: Values 0 and 1, or any field such as a concentration, shape (H, W) or (N, H, W).

    Returns:
        L in units of the longer side; a number, or shape (N,) for a batch. Not a number for a
        uniform image, which has no domains.

    Raises:
        ValueError: If the shape is another one, a side is below 2, or a value is not finite.

    Source: the first moment of the circularly averaged structure factor, as in T. M. Rogers,
    K. R. Elder and R. C. Desai (1988), doi:10.1103/PhysRevB.37.9638.

    Examples:
        For a wave it is the wavelength, here of two periods to the side:

        >>> wave = np.cos(4 * np.pi * (np.arange(16) + 0.5) / 16)
        >>> round(domain_size(np.tile(wave, (16, 1))), 6)
        0.5
    """
    wave_numbers, power = structure_factor(images)
    total, moment = power.sum(axis=-1), (power * wave_numbers).sum(axis=-1)
    some = total > 1e-20  # rounding leaves about 1e-30
    size = np.divide(2 * np.pi * total, moment, out=np.full_like(total, np.nan), where=some)
    return float(size) if size.ndim == 0 else np.asarray(size, dtype=np.float64)


def _checked(images: ArrayLike) -> NDArray[np.generic]:
    array = np.asarray(images)
    shaped = array.ndim in {2, 3} and array.size > 0
    if not shaped or not np.isin(array, (0, 1)).all():
        found = f"{array.shape} {array.dtype}"
        if shaped:
            found += f" with values {np.setdiff1d(array, (0, 1))[:3].tolist()}"
        raise ValueError(
            f"images must have shape (N, H, W) or (H, W) with values 0 and 1; got {found}"
        )
    return array


def _checked_fields(fields: ArrayLike, name: str) -> NDArray[np.generic]:
    array = np.asarray(fields)
    if array.ndim not in {2, 3} or array.size == 0:
        raise ValueError(
            f"{name} must have shape (N, H, W) or (H, W); got {array.shape} {array.dtype}"
        )
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite; got values that are not")
    return array


def _each(describe: Callable[[Floats], Floats], images: NDArray[np.generic]) -> Floats:
    """Describe images a chunk at a time, as float64; one image gives one row."""
    batch = images.reshape(-1, *images.shape[-2:])
    chunks = [batch[i : i + _CHUNK].astype(np.float64) for i in range(0, len(batch), _CHUNK)]
    rows = np.concatenate([describe(chunk) for chunk in chunks])
    return rows if images.ndim == 3 else np.asarray(rows[0])


def _number_each(
    describe: Callable[[Floats], Floats], images: NDArray[np.generic]
) -> float | Floats:
    numbers = _each(describe, images)
    return float(numbers) if numbers.ndim == 0 else numbers


def _lags(side: int) -> NDArray[np.int64]:
    """0, 1, ..., −2, −1: the lags up to half a side in the order of the FFT."""
    return (np.arange(side, dtype=np.int64) + side // 2) % side - side // 2


def _binned_mean(batch: Floats, bins: NDArray[np.int64], count: int) -> Floats:
    """Mean of each image over the pixels of each of the first bins, shape (N, count)."""
    pixels = np.bincount(bins.ravel(), minlength=count)[:count]
    sums = [np.bincount(bins.ravel(), image.ravel(), count)[:count] for image in batch]
    return np.asarray(sums, dtype=np.float64) / pixels
