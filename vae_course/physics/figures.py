"""Figures of stretched patterns and of their energies: between bounds, and against predictions."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from vae_course.plotting import COLOURS, PHASES

_STYLES = tuple(zip(COLOURS, "os^D", ("-", "--", "-.", ":"), strict=True))


def stretched_patterns(
    image: ArrayLike, fields: Sequence[ArrayLike], titles: Sequence[str], side: float = 2.4
) -> Figure:
    """Draw one pattern under displacements, side by side and to one scale.

    Args:
        image: Phases, shape (n, n).
        fields: Displacement (u_x, u_y) of the corners of the pixels in units of the side, as
            `vae_course.physics.hyperelasticity.Solution` has them, each of shape (n+1, n+1, 2).
        titles: Text above each.
        side: Width of a picture in inches.

    Returns:
        The figure.

    Examples:
        >>> from vae_course.physics.hyperelasticity import solve
        >>> fields = solve(np.eye(8), displacements=[0, 0.5]).displacement_fields
        >>> figure = stretched_patterns(np.eye(8), fields, ["d = 0", "d = 0.5"])
        >>> [float(np.ptp(ax.get_xlim()).round(6)) for ax in figure.axes]  # both to one scale
        [1.5, 1.5]
    """
    phases = np.asarray(image, dtype=float)
    steps = np.linspace(0, 1, len(phases) + 1)
    x, y = np.meshgrid(steps, 1 - steps)
    reach = max(float(np.abs(np.asarray(field)).max()) for field in fields)
    figure = Figure(
        figsize=(side * len(fields), side + 0.3), facecolor="white", layout="constrained"
    )
    for k, (field, title) in enumerate(zip(fields, titles, strict=True)):
        ax = figure.add_subplot(1, len(fields), k + 1)
        u = np.asarray(field)
        ax.pcolormesh(x + u[..., 0], y + u[..., 1], phases, cmap=PHASES, vmin=0, vmax=1)
        ax.set(xlim=(-reach, 1 + reach), ylim=(-reach, 1 + reach), aspect="equal")
        ax.set_title(title, fontsize=9)
        ax.set_axis_off()
    return figure


def points_and_curves(
    points: dict[str, tuple[ArrayLike, ArrayLike]],
    curves: dict[str, tuple[ArrayLike, ArrayLike]],
    xlabel: str,
    ylabel: str,
) -> Figure:
    """Draw clouds of points, and curves in black, over one pair of axes.

    Args:
        points: x and y of each cloud by its label.
        curves: x and y of each curve by its label.
        xlabel: Label of the horizontal axis, with its unit.
        ylabel: Label of the vertical axis, with its unit.

    Returns:
        The figure.

    Examples:
        >>> from vae_course.physics.energy_bounds import energy_bounds
        >>> phi = np.linspace(0, 1, 11)
        >>> curves = {"lower": (phi, energy_bounds(phi)[0]), "upper": (phi, energy_bounds(phi)[1])}
        >>> figure = points_and_curves({"uniform": ([0, 1], [5.209, 0.521])}, curves, "φ", "energy")
        >>> [line.get_label() for line in figure.axes[0].lines]
        ['lower', 'upper', 'uniform']
    """
    figure = Figure(figsize=(6.2, 3.6), facecolor="white", layout="constrained")
    ax = figure.add_subplot()
    for (label, (x, y)), (_, _, dashes) in zip(curves.items(), _STYLES, strict=False):
        ax.plot(np.asarray(x), np.asarray(y), dashes, color="#222222", lw=1.4, label=label)
    for (label, (x, y)), (colour, marker, _) in zip(points.items(), _STYLES, strict=False):
        ax.plot(
            np.asarray(x),
            np.asarray(y),
            marker,
            color=colour,
            ms=3,
            alpha=0.5,
            mew=0,
            label=label,
            zorder=3,
        )
    _finish(ax, xlabel, ylabel)
    ax.legend(frameon=False, markerscale=2)
    return figure


def against_truth(
    true: ArrayLike, predicted: dict[str, ArrayLike], quantity: str, side: float = 2.5
) -> Figure:
    """Draw predictions against the truth, a panel each, with the line where they agree.

    Args:
        true: Shape (N,).
        predicted: Predictions by their name, each of shape (N,).
        quantity: What is predicted, with its unit.
        side: Width of a panel in inches.

    Returns:
        The figure.

    Examples:
        >>> figure = against_truth([1.0, 2.0], {"exact": [1, 2], "too low": [0.9, 1.8]}, "energy")
        >>> [ax.get_title() for ax in figure.axes]
        ['exact', 'too low']
    """
    truth = np.asarray(true, dtype=float)
    values = {name: np.asarray(one, dtype=float) for name, one in predicted.items()}
    together = np.concatenate([truth, *values.values()])
    ends = [float(together.min()), float(together.max())]
    figure = Figure(
        figsize=(side * len(values) + 0.5, side + 0.6), facecolor="white", layout="constrained"
    )
    for k, (name, one) in enumerate(values.items()):
        ax = figure.add_subplot(1, len(values), k + 1)
        ax.plot(ends, ends, color="#222222", lw=1.2)
        ax.plot(truth, one, "o", color=COLOURS[0], ms=3, alpha=0.4, mew=0)
        ax.set_aspect("equal")
        ax.set_title(name, fontsize=9)
        _finish(ax, f"{quantity}, true", f"{quantity}, predicted" if k == 0 else "")
    return figure


def _finish(ax: Axes, xlabel: str, ylabel: str) -> None:
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    ax.grid(color="#dddddd", linewidth=0.6)
    ax.spines[["top", "right"]].set_visible(False)
