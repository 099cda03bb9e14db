"""Figures: microstructures in one colour map throughout, phase 1 light and phase 0 dark.

Figures have a white ground of their own, so that they read the same in a light and a dark page.
"""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter
from numpy.typing import ArrayLike

from vae_course.files import replacing
from vae_course.notebook import display

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

    Examples:
        >>> ax = Figure().add_subplot()
        >>> show_pattern(ax, np.eye(4))
        >>> ax.images[0].get_clim()  # one scale for all, so that figures can be compared
        (0.0, 1.0)
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

    Examples:
        >>> stripes = np.indices((8, 8))[0] // 2 % 2
        >>> rows = [[stripes, None, 1 - stripes]]
        >>> figure = pattern_table(rows, ["φ = ½"], ["as is", "", "swapped"])
        >>> len(figure.axes)
        2
    """
    columns = {len(row) for row in rows}
    if len(columns) != 1:
        raise ValueError(f"rows must be one or more of one length; got lengths {sorted(columns)}")
    width = columns.pop()
    left = 0.12 + 0.08 * max(len(line) for label in row_labels for line in label.split("\n"))
    height = side + (0.24 if captions else 0.06)
    inches = (left + width * (side + 0.06) + 0.05, len(rows) * height + 0.35)
    figure = Figure(figsize=inches, facecolor="white")

    def place(x: float, y: float) -> tuple[float, float]:
        """Turn inches from the upper left into parts of the figure from the lower left."""
        return x / inches[0], 1 - y / inches[1]

    starts = [left + k * (side + 0.06) for k in range(width)]
    for k, start in enumerate(starts):
        figure.text(*place(start + side / 2, 0.27), column_labels[k], ha="center", fontsize=9)
    for r, row in enumerate(rows):
        top = 0.32 + r * height
        middle = place(left - 0.1, top + side / 2)
        figure.text(*middle, row_labels[r], ha="right", va="center", fontsize=9)
        for k, image in enumerate(row):
            if image is None:
                continue
            corner = place(starts[k], top + side)
            ax = figure.add_axes((*corner, side / inches[0], side / inches[1]))
            show_pattern(ax, image, COLOURS[1] if k == highlight else None)
            if captions:
                ax.set_xlabel(captions[r][k], fontsize=7.5, labelpad=2.5, color="#333333")
    return figure


def line_plot(
    lines: dict[str, tuple[ArrayLike, ArrayLike]], xlabel: str, ylabel: str, log_x: bool = False
) -> Figure:
    """Draw lines with markers over one pair of axes that starts at zero.

    Args:
        lines: x and y of each line by its label.
        xlabel: Label of the horizontal axis, with its unit.
        ylabel: Label of the vertical axis, with its unit.
        log_x: Whether the horizontal axis is logarithmic; it then marks the first line's points.

    Returns:
        The figure.

    Examples:
        >>> figure = line_plot({"model": ([1, 2, 4], [0.3, 0.2, 0.1])}, "time", "error", log_x=True)
        >>> ax = figure.axes[0]
        >>> [tick.get_text() for tick in ax.get_xticklabels()], float(ax.get_ylim()[0])
        (['1', '2', '4'], 0.0)
    """
    figure, ax = _chart(xlabel, ylabel)
    for (label, (x, y)), colour, marker in zip(lines.items(), COLOURS, "os^D", strict=False):
        ax.plot(x, y, color=colour, marker=marker, label=label)
    if log_x:
        ticks = np.asarray(next(iter(lines.values()))[0])
        ax.set_xscale("log")
        ax.set_xticks(ticks, [f"{tick:.3g}" for tick in ticks])
        ax.minorticks_off()
    ax.set_ylim(bottom=0)
    ax.legend(frameon=False)
    return figure


def histogram(
    samples: dict[str, ArrayLike],
    xlabel: str,
    bins: int = 40,
    curve: tuple[ArrayLike, ArrayLike, str] | None = None,
) -> Figure:
    """Draw the distributions of samples, scaled to an area of 1, over one pair of axes.

    Args:
        samples: Values by their label, each of shape (N,).
        xlabel: Label of the horizontal axis, with its unit.
        bins: Number of bins, the same for all.
        curve: x, y and label of a density to draw as a line.

    Returns:
        The figure.

    Examples:
        >>> codes = np.random.default_rng(0).standard_normal(1000)
        >>> figure = histogram({"codes": codes}, "z")
        >>> figure.axes[0].get_ylabel()
        'density'
    """
    figure, ax = _chart(xlabel, "density", height=3.2, grid=False)
    arrays = {label: np.ravel(np.asarray(values)) for label, values in samples.items()}
    together = np.concatenate(list(arrays.values()))
    edges = np.linspace(together.min(), together.max() + 1e-9, bins + 1).tolist()
    for (label, values), colour in zip(arrays.items(), COLOURS, strict=False):
        ax.hist(values, bins=edges, density=True, histtype="stepfilled", alpha=0.25, color=colour)
        ax.hist(
            values, bins=edges, density=True, histtype="step", lw=1.6, color=colour, label=label
        )
    if curve is not None:
        x, y, label = curve
        ax.plot(x, y, color="#222222", lw=1.6, label=label)
    ax.legend(frameon=False)
    return figure


def scatter(points: dict[str, tuple[ArrayLike, ArrayLike]], xlabel: str, ylabel: str) -> Figure:
    """Draw clouds of points over two axes of equal scale, with 0 in the middle.

    Args:
        points: x and y of each cloud by its label.
        xlabel: Label of the horizontal axis, with its unit.
        ylabel: Label of the vertical axis, with its unit.

    Returns:
        The figure.

    Examples:
        >>> figure = scatter({"codes": ([1, 2], [0.5, -1])}, "z₁", "z₂")
        >>> [round(float(end), 2) for end in figure.axes[0].get_ylim()]
        [-2.1, 2.1]
    """
    figure, ax = _chart(xlabel, ylabel, height=3.9)
    for (label, (x, y)), colour, marker in zip(points.items(), COLOURS, "os^D", strict=False):
        ax.plot(x, y, marker, color=colour, ms=3.5, alpha=0.6, mew=0, label=label)
    reach = 1.05 * max(np.abs(np.concatenate([x, y])).max() for x, y in points.values())
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    figure.legend(
        *ax.get_legend_handles_labels(), loc="outside right upper", frameon=False, markerscale=1.8
    )
    return figure


def curve_plot(
    curves: dict[str, tuple[ArrayLike, ArrayLike]],
    xlabel: str,
    ylabel: str,
    log: bool = False,
    span: tuple[float, float, str] | None = None,
) -> Figure:
    """Draw smooth curves, without markers, over one pair of axes.

    Args:
        curves: x and y of each curve by its label.
        xlabel: Label of the horizontal axis, with its unit.
        ylabel: Label of the vertical axis, with its unit.
        log: Whether both axes are logarithmic; a power law is then a straight line.
        span: First and last x of a part to shade, and its label.

    Returns:
        The figure.

    Examples:
        Domains that grow as t^(1/3) give a straight line:

        >>> t = np.geomspace(1e-4, 1e-2, 20)
        >>> figure = curve_plot({"t^(1/3)": (t, t ** (1 / 3))}, "time", "domain size", log=True)
        >>> figure.axes[0].get_xscale(), figure.axes[0].get_yscale()
        ('log', 'log')
    """
    figure, ax = _chart(xlabel, ylabel)
    styles = zip(curves.items(), COLOURS, ("-", "--", "-.", ":"), strict=False)
    for (label, (x, y)), colour, dashes in styles:
        ax.plot(x, y, dashes, color=colour, lw=1.8, label=label)
    if log:
        ax.set(xscale="log", yscale="log")
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_major_formatter("{x:g}")
        ax.yaxis.set_minor_formatter(NullFormatter())
    if span is not None:
        ax.axvspan(*span[:2], color="#888888", alpha=0.18, lw=0, label=span[2])
    ax.legend(frameon=False)
    return figure


def _chart(xlabel: str, ylabel: str, height: float = 3.4, grid: bool = True) -> tuple[Figure, Axes]:
    """Make a figure with one pair of axes, open above and at the right."""
    figure = Figure(figsize=(6.2, height), facecolor="white", layout="constrained")
    ax = figure.add_subplot(xlabel=xlabel, ylabel=ylabel)
    if grid:
        ax.grid(color="#dddddd", linewidth=0.6)
    ax.spines[["top", "right"]].set_visible(False)
    return figure, ax


def micrograph_row(images: Sequence[ArrayLike], titles: Sequence[str], side: float = 2.3) -> Figure:
    """Draw micrographs side by side in shades of grey, each from its darkest to its lightest.

    Args:
        images: Grey levels, each of shape (height, width).
        titles: Text above each.
        side: Width of a picture in inches.

    Returns:
        The figure.

    Examples:
        >>> figure = micrograph_row([np.eye(8), 200 * np.eye(8)], ["dim", "bright"])
        >>> [float(ax.images[0].get_clim()[1]) for ax in figure.axes]
        [1.0, 200.0]
    """
    height = 0.3 + side * max(np.shape(image)[0] / np.shape(image)[1] for image in images)
    figure = Figure(figsize=(side * len(images), height), facecolor="white", layout="constrained")
    for k, (image, title) in enumerate(zip(images, titles, strict=True)):
        ax = figure.add_subplot(1, len(images), k + 1)
        ax.imshow(np.asarray(image, dtype=float), cmap="gray", interpolation="nearest")
        ax.set_title(title, fontsize=9)
        ax.set_axis_off()
    return figure


def show(figure: Figure, alt: str, dpi: int = 100) -> None:
    """Show a figure in the notebook that is running, with a text for those who cannot see it.

    Args:
        figure: The figure.
        alt: What the figure shows, in a sentence or two.
        dpi: Pixels an inch.

    Raises:
        ValueError: If alt is empty.

    Examples:
        >>> show(scatter({"codes": ([1], [2])}, "z₁", "z₂"), alt="")
        Traceback (most recent call last):
        ValueError: alt must say what the figure shows; it is empty
    """
    if not alt.strip():
        raise ValueError("alt must say what the figure shows; it is empty")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    width, height = (round(inches * dpi) for inches in figure.get_size_inches())
    display(_Picture(buffer.getvalue(), alt, width, height))


@dataclass(frozen=True)
class _Picture:
    """A PNG as notebooks keep it, with its alternative text."""

    png: bytes
    alt: str
    width: int
    height: int

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data = {"image/png": base64.b64encode(self.png).decode(), "text/plain": self.alt}
        return data, {"image/png": {"alt": self.alt, "width": self.width, "height": self.height}}


def save_figure(figure: Figure, path: Path, dpi: int = 130) -> None:
    """Write a figure as PNG; the file appears whole or not at all.

    Args:
        figure: The figure.
        path: Where to write.
        dpi: Pixels an inch.

    Examples:
        >>> save_figure(scatter({"codes": ([1], [2])}, "z₁", "z₂"), Path("codes.png"))
        >>> Path("codes.png").read_bytes()[1:4]
        b'PNG'
    """
    options: dict[str, Any] = {"dpi": dpi, "metadata": {"Software": None}}
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png", **options)
