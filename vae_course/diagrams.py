"""Diagrams of models: boxes, the pictures and codes that pass through them, and arrows."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from numpy.typing import ArrayLike

from vae_course.plotting import COLOURS, show_pattern

INCHES = (1.42, 1.55)
"""Width of a column and height of a row."""

HALF = 0.33
"""Half the width of a part, in columns, and half the height of numbers, in rows."""

LOW = 0.2
"""Half the height of a box, in rows."""

DARKEST = 2.0
"""A number of a code that is drawn as dark as can be."""

LINE = 0.1
"""Height of a line of a caption, in rows."""

PAPER = "#e8f1f8"
"""Colour of a box."""

SIGNS = LinearSegmentedColormap.from_list("signs", [COLOURS[0], "#ffffff", COLOURS[1]])
"""Colours of a number of a code: blue below 0, orange above."""

Part = tuple[float, float] | tuple[float, float, ArrayLike]


def diagram(
    parts: Mapping[str, Part],
    arrows: Sequence[str],
    notes: Mapping[str, str] | None = None,
) -> Figure:
    """Draw how a model works on one example.

    Args:
        parts: What it is made of, by name: column and row, counted from 0 at the top left, for a
            box with the name in it; and, for numbers, an array: a picture, shape (n, n), or a code,
            shape (k,), drawn as k cells, blue below 0 and orange above.
        arrows: Which part leads to which, such as `"picture -> encoder -> code"`.
        notes: What stands below a part, by its name, beside the name of pictures and codes.

    Returns:
        The figure.

    Raises:
        ValueError: If an arrow names no part, or an array is neither picture nor code.

    Examples:
        >>> picture = np.eye(8)
        >>> parts = {"picture": (0, 0, picture), "encoder": (1, 0), "code": (2, 0, [0.3, -1.0])}
        >>> figure = diagram(parts, ["picture -> encoder -> code"])
        >>> len(figure.axes[0].child_axes)  # a picture and a code
        2
        >>> diagram(parts, ["picture -> decoder"])
        Traceback (most recent call last):
        ValueError: no part is called 'decoder'; expected one of picture, encoder, code
    """
    columns = max(part[0] for part in parts.values()) + 1
    rows = max(part[1] for part in parts.values()) + 1
    figure = Figure(figsize=(INCHES[0] * columns, INCHES[1] * (rows + 0.1)))
    whole = figure.add_axes((0, 0, 1, 1))
    whole.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.4, -0.5))
    whole.axis("off")
    captions: dict[str, float] = {}
    for name, part in parts.items():
        below = (notes or {}).get(name, "")
        if len(part) == 2:
            _box(whole, part, name, below)
        else:
            below = f"{name}\n{below}".strip()
            _numbers(whole, part[:2], np.asarray(part[2], dtype=float), below)
        captions[name] = LINE * len(below.splitlines())
    for arrow in arrows:
        names = [name.strip() for name in arrow.split("->")]
        if unknown := [name for name in names if name not in parts]:
            raise ValueError(
                f"no part is called {unknown[0]!r}; expected one of {', '.join(parts)}"
            )
        for begin, end in pairwise(names):
            _arrow(whole, parts[begin], parts[end], captions[begin])
    return figure


def _box(ax: Axes, place: tuple[float, float], name: str, below: str) -> None:
    pad = 0.06
    corner = (place[0] - HALF + pad, place[1] - LOW + pad)
    box = FancyBboxPatch(corner, 2 * (HALF - pad), 2 * (LOW - pad), f"round,pad={pad}")
    box.set(facecolor=PAPER, edgecolor=COLOURS[0])
    ax.add_patch(box)
    ax.text(*place, name, ha="center", va="center", fontsize=9)
    ax.text(place[0], place[1] + LOW + 0.03, below, ha="center", va="top", fontsize=8)


def _numbers(ax: Axes, place: tuple[float, float], values: np.ndarray, name: str) -> None:
    """Draw a picture, or a code as cells laid out as nearly a square as its length allows."""
    column, row = place
    inset = ax.inset_axes((column - HALF, row - HALF, 2 * HALF, 2 * HALF), transform=ax.transData)
    if values.ndim == 2 and values.shape[0] == values.shape[1]:
        show_pattern(inset, values)
    elif values.ndim == 1 and values.size:
        height = next(n for n in range(int(values.size**0.5), 0, -1) if values.size % n == 0)
        cells = values.reshape(height, -1)
        inset.imshow(cells, cmap=SIGNS, vmin=-DARKEST, vmax=DARKEST)
        inset.set(xticks=[], yticks=[])
    else:
        raise ValueError(f"{name!r} must be a picture (n, n) or a code (k,); got {values.shape}")
    ax.text(column, row + HALF + 0.03, name, ha="center", va="top", fontsize=8)


def _arrow(ax: Axes, begin: Part, end: Part, caption: float) -> None:
    """Draw an arrow from the edge of one part to that of the other; downward, from its caption."""
    start, stop = (np.array(part[:2], dtype=float) for part in (begin, end))
    way = stop - start
    style = {"arrowstyle": "-|>", "color": COLOURS[3], "shrinkA": 4, "shrinkB": 4}
    first, last = start + _edge(begin, way), stop - _edge(end, way)
    if not way[0] and way[1] > 0:
        first[1] += caption
    ax.annotate("", last, first, arrowprops=style)


def _edge(part: Part, way: np.ndarray) -> np.ndarray:
    """How far a part reaches from its middle on the way to another."""
    size = np.array([HALF, LOW if len(part) == 2 else HALF])
    return np.asarray(way * min(size[axis] / abs(way[axis]) for axis in (0, 1) if way[axis]))
