"""What is odd about a picture: a map of labels, a data bar, a scale bar."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

MOST_LEVELS = 10
"""A picture of three to so many levels is a map of labels rather than a micrograph."""

Floats = NDArray[np.float64]


def oddities_of(
    kept: Floats, cut: tuple[int, int, int, int] = (0, 0, 0, 0), labelled: bool = False
) -> Iterator[str]:
    """Say what is odd about a picture, in sentences.

    Args:
        kept: Grey levels of what was kept of it, shape (height, width).
        cut: What was cut off at the top, right, bottom and left.
        labelled: Whether the phase of each level is known.

    Yields:
        A sentence for a map of labels, one for a data bar, one for a bar or box within.

    Examples:
        >>> labels = np.tile(np.arange(12) // 3 * 60, (9, 1))
        >>> [said.partition(",")[0] for said in oddities_of(labels)]
        ['4 grey levels (0']
    """
    levels = np.unique(kept)
    if 3 <= len(levels) <= MOST_LEVELS:
        if not labelled:
            shown = ", ".join(f"{level:g}" for level in levels)
            yield (
                f"{len(levels)} grey levels ({shown}), as a map of labels has: say which are phase "
                f"1 (levels, --levels {levels[-1]:g}=1), or cut a strip off"
            )
        return
    if len(levels) <= MOST_LEVELS:
        return
    strip = find_strip(kept) or (0, 0, 0, 0)
    if any(strip):
        whole = [a + b for a, b in zip(cut, strip, strict=True)]
        yield (
            "a strip of nearly one level at an edge, as a microscope's data bar: cut it off "
            f"(cut, --cut {','.join(map(str, whole))})"
        )
    top, right, bottom, left = strip
    within = kept[top : len(kept) - bottom, left : kept.shape[1] - right]
    if (bar := find_bar(within)) is not None:
        y, x, height, width = bar
        yield (
            f"a bar or box of one level, {width} × {height} pixels at x={x + left + cut[3]}, "
            f"y={y + top + cut[0]}, as a scale bar or writing: cut it off (cut), or take a square "
            "beside it (crop)"
        )


def find_strip(grey: Floats) -> tuple[int, int, int, int] | None:
    """Find a data bar: rows or columns at an edge in which most pixels have the very same level.

    Args:
        grey: Grey levels, shape (height, width).

    Returns:
        How much to cut at the top, right, bottom and left; None if there is no such strip.

    Examples:
        >>> grey = np.random.default_rng(0).normal(120, 30, (80, 80)).round()
        >>> grey[70:] = 0
        >>> find_strip(grey)
        (0, 0, 10, 0)
    """
    same = np.array([_commonest(row) for row in grey])
    across = np.array([_commonest(column) for column in grey.T])
    top, bottom = _run(same), _run(same[::-1])
    left, right = _run(across), _run(across[::-1])
    found = (top, right, bottom, left)
    least = max(4, round(0.01 * max(grey.shape)))
    large = tuple(depth if depth >= least else 0 for depth in found)
    top, right, bottom, left = large
    whole = max(found) >= min(grey.shape) / 2
    return (top, right, bottom, left) if any(large) and not whole else None


def find_bar(grey: Floats) -> tuple[int, int, int, int] | None:
    """Find what was drawn into a picture: a rectangle with edges of the very same level.

    Args:
        grey: Grey levels, shape (height, width).

    Returns:
        Row and column of its upper left corner, its height and width; None if there is none.

    Examples:
        >>> grey = np.random.default_rng(0).normal(120, 30, (80, 80)).round().clip(0, 255)
        >>> grey[70:73, 50:75] = 255
        >>> find_bar(grey)
        (70, 50, 3, 25)
    """
    from scipy.ndimage import binary_opening, find_objects, label  # noqa: PLC0415 (slow to load)

    least = max(16, round(0.05 * grey.shape[1]))
    for level in (grey.max(), grey.min()):
        alike = grey == level
        solid = binary_opening(alike, np.ones((2, least)))  # rid of saturated noise
        for y, x in find_objects(label(solid)[0]):
            part = solid[y, x]
            edges = (part[0], part[-1], part[:, 0], part[:, -1])
            around = alike[max(y.start - 1, 0) : y.stop + 1, max(x.start - 1, 0) : x.stop + 1]
            outside = (around.sum() - alike[y, x].sum()) / max(around.size - part.size, 1)
            if min(edge.mean() for edge in edges) > 0.95 and outside < 0.3:
                return y.start, x.start, *part.shape
    return None


def _commonest(values: Floats) -> float:
    """Get the part of values that have the commonest level."""
    _, counts = np.unique(values, return_counts=True)
    return float(counts.max() / len(values))


def _run(shares: Floats) -> int:
    """Count from the edge inward how far a strip goes; rows of writing may lie in between."""
    plain = shares > max(0.4, 0.3 + float(np.median(shares)))
    if not plain[:3].all():
        return 0
    last = 0
    for k, is_plain in enumerate(plain):
        if is_plain:
            last = k + 1
        elif k - last > 2:
            break
    return last
