"""What the figures of a model share: two plots above two rows of pictures."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from numpy.typing import NDArray

from vae_course.plotting import show_pattern


def two_plots(height: float, ratio: float) -> tuple[Figure, Axes, Axes, SubFigure]:
    """Make a figure with two plots side by side and room for pictures below."""
    figure = Figure(figsize=(9.2, height), facecolor="white", layout="constrained")
    top, bottom = figure.subfigures(2, 1, squeeze=False, height_ratios=(ratio, 1)).ravel()
    left, right = top.subplots(1, 2)
    for ax in (left, right):
        ax.spines[["top", "right"]].set_visible(False)
    return figure, left, right, bottom


def two_rows(room: SubFigure, **rows: NDArray[Any]) -> NDArray[Any]:
    """Draw two rows of pictures, as many as the shorter row has.

    Args:
        room: Where to draw.
        **rows: Pictures by the name of the row, shape (M, n, n).

    Returns:
        The axes, shape (2, M).
    """
    axes: NDArray[Any] = room.subplots(2, min(map(len, rows.values())), squeeze=False)
    for row, (name, images) in zip(axes, rows.items(), strict=True):
        row[0].set_ylabel(name, fontsize=9)
        for ax, image in zip(row, images, strict=False):
            show_pattern(ax, image)
    return axes
