"""When the dataset's simulations are photographed.

The simulations of Mechanical MNIST Cahn–Hilliard end at t = 0.025, and frames are taken at fixed
times: densely while the pattern changes fast, sparsely later; the first once the phases have
separated.

Source: H. Kobeissi, S. Mohammadzadeh and E. Lejeune (2022), arXiv:2203.04183.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

MEANS: Final = {1: 0.5, 2: 0.63, 3: 0.75}
"""Mean fraction of phase 1 in Cases 1, 2 and 3."""

ANY_MEAN: Final = 4
"""Number of the case that is none of the dataset's: each simulation draws a mean of its own."""

MEANS_DRAWN: Final = (0.5, 0.78)
"""Lowest and highest mean that is drawn in case `ANY_MEAN`."""

_TIME_STEP = 5e-6
_EVERY = ((10, 101), (20, 202), (50, 1002), (100, 2002), (200, 5001))  # steps: spacing, below


def _frame_times() -> NDArray[np.float64]:
    steps: list[int] = []
    for spacing, below in _EVERY:
        start = steps[-1] if steps else 0
        steps.extend(range(start + spacing, below, spacing))
    return np.array(steps) * _TIME_STEP


FRAME_TIMES: Final = _frame_times()
"""The 56 times at which a frame may be taken, from 5e-5 to 0.025."""


def is_separated(c: ArrayLike) -> NDArray[np.bool_]:
    """Tell which fields have separated: 80th percentile ≥ 0.92 and 20th ≤ 0.46.

    Args:
        c: Fraction of phase 1, shape (..., n, n).

    Returns:
        Booleans of shape (...).

    Examples:
        >>> mixture, halves = np.full((8, 8), 0.5), np.tile([0, 0, 0, 0, 1, 1, 1, 1], (8, 1))
        >>> is_separated([mixture, halves])
        array([False,  True])
    """
    low, high = np.percentile(np.asarray(c), (20, 80), axis=(-2, -1))
    return np.asarray((high >= 0.92) & (low <= 0.46))


def times_of_frames(count: int) -> NDArray[np.float64]:
    """Times of the frames of a simulation, counted back from its last at t = 0.025.

    Args:
        count: Number of frames of the simulation.

    Returns:
        Times, ascending, shape (count,).

    Raises:
        ValueError: If the schedule has fewer frames than count.

    Examples:
        >>> times_of_frames(3)
        array([0.023, 0.024, 0.025])
    """
    if not 0 <= count <= len(FRAME_TIMES):
        raise ValueError(f"a simulation has 0 to {len(FRAME_TIMES)} frames; got {count}")
    return FRAME_TIMES[len(FRAME_TIMES) - count :]


def spread(times: NDArray[np.float64], frames: int) -> NDArray[np.intp]:
    """Choose frames spread evenly over the logarithm of time.

    Args:
        times: Times to choose from, ascending, shape (k,).
        frames: How many to choose.

    Returns:
        Ascending indices of at most `frames` different times, the first and the last included.

    Examples:
        >>> times = np.arange(1, 9)
        >>> times[spread(times, frames=4)]
        array([1, 2, 4, 8])
    """
    if len(times) <= frames:
        return np.arange(len(times))
    wanted = np.linspace(np.log(times[0]), np.log(times[-1]), frames)
    chosen: list[int] = []
    for k, target in enumerate(wanted):
        low = chosen[-1] + 1 if chosen else 0
        high = len(times) - (frames - k) + 1  # leave enough for the rest
        chosen.append(low + int(np.argmin(np.abs(np.log(times[low:high]) - target))))
    return np.array(chosen)
