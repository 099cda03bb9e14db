"""Figures: microstructures in one colour map throughout, phase 1 light and phase 0 dark.

Figures have a white ground of their own, so that they read the same in a light and a dark page.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from vae_course.data.pattern_set import replacing

PHASES = LinearSegmentedColormap.from_list("phases", ["#12324d", "#7f9bab", "#fbf3df"])
"""Colours of the fraction of phase 1 from 0 to 1, of evenly rising lightness."""

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#8a8a8a")
"""Line colours that colour-blind people can tell apart (M. Okabe and K. Ito, 2008)."""


def show_pattern(ax: Axes, image: ArrayLike, colour: str | None = None) -> None:
    """Draw one microstructure, without ticks, at pixel sharpness.

    Args:
        ax: Where to draw.
        image: Fraction of phase 1, shape (n, n).
        colour: Colour of the frame; none if not given.
    """
    ax.imshow(np.asarray(image, dtype=float), cmap=PHASES, vmin=0, vmax=1, interpolation="nearest")
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(colour is not None)
        spine.set_color(colour)
        spine.set_linewidth(2.5)


def pattern_table(
    rows: Sequence[Sequence[ArrayLike | None]],
    row_labels: Sequence[str],
    column_labels: Sequence[str],
    captions: Sequence[Sequence[str]] | None = None,
    highlight: int | None = None,
    side: float = 1.15,
) -> Figure:
    """Draw a table of microstructures.

    Args:
        rows: Images by row, each of shape (n, n), None for an empty place.
        row_labels: A label for each row.
        column_labels: A label for each column.
        captions: Text below each image, by row.
        highlight: Column whose images are framed.
        side: Width of an image in inches.

    Returns:
        The figure.

    Raises:
        ValueError: If there are no rows or they differ in length.
    """
    columns = {len(row) for row in rows}
    if len(columns) != 1:
        raise ValueError(f"rows must be one or more of one length; got lengths {sorted(columns)}")
    width = columns.pop()
    left = 0.1 + 0.075 * max(len(line) for label in row_labels for line in label.split("\n"))
    height = side + (0.24 if captions else 0.06)
    figure = Figure(
        figsize=(left + width * (side + 0.06) + 0.05, len(rows) * height + 0.35), facecolor="white"
    )
    total_width, total_height = figure.get_size_inches()
    for r, row in enumerate(rows):
        for k, image in enumerate(row):
            box = (
                (left + k * (side + 0.06)) / total_width,
                1 - (0.32 + r * height + side) / total_height,
                side / total_width,
                side / total_height,
            )
            if r == 0:
                figure.text(
                    box[0] + box[2] / 2,
                    1 - 0.27 / total_height,
                    column_labels[k],
                    ha="center",
                    fontsize=9,
                )
            if image is None:
                continue
            ax = figure.add_axes(box)
            show_pattern(ax, image, COLOURS[1] if k == highlight else None)
            if captions:
                ax.set_xlabel(captions[r][k], fontsize=7.5, labelpad=2.5, color="#333333")
        figure.text(
            (left - 0.1) / total_width,
            1 - (0.32 + r * height + side / 2) / total_height,
            row_labels[r],
            ha="right",
            va="center",
            fontsize=9,
        )
    return figure


def line_plot(
    lines: dict[str, tuple[ArrayLike, ArrayLike]],
    xlabel: str,
    ylabel: str,
    log_x: bool = False,
) -> Figure:
    """Draw lines with markers over one pair of axes that starts at zero.

    Args:
        lines: x and y of each line by its label.
        xlabel: Label of the horizontal axis, with its unit.
        ylabel: Label of the vertical axis, with its unit.
        log_x: Whether the horizontal axis is logarithmic; it then marks the first line's points.

    Returns:
        The figure.
    """
    figure = Figure(figsize=(6.2, 3.4), facecolor="white", layout="constrained")
    ax = figure.add_subplot()
    styles = zip(lines.items(), COLOURS, "os^D", strict=False)
    for (label, (x, y)), colour, marker in styles:
        ax.plot(np.asarray(x), np.asarray(y), color=colour, marker=marker, label=label)
    if log_x:
        ticks = np.asarray(next(iter(lines.values()))[0])
        ax.set_xscale("log")
        ax.set_xticks(ticks, [f"{tick:.3g}" for tick in ticks])
        ax.minorticks_off()
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    ax.set_ylim(bottom=0)
    ax.grid(color="#dddddd", linewidth=0.6)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False)
    return figure


def save_figure(figure: Figure, path: Path, dpi: int = 130) -> None:
    """Write a figure as PNG; the file appears whole or not at all.

    Args:
        figure: The figure.
        path: Where to write.
        dpi: Pixels an inch.
    """
    FigureCanvasAgg(figure)
    options: dict[str, Any] = {"dpi": dpi, "metadata": {"Software": None}}
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png", **options)
