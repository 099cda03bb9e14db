"""Figures of evolution and design, each picture with the number that physics gives it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from vae_course.latent.design import Design
from vae_course.plotting import pattern_table, show_pattern

Row = tuple[list[NDArray[Any] | None], list[str]]


def pasts_row(
    present: NDArray[Any],
    pasts: NDArray[Any],
    agreement: NDArray[Any],
    arrived: NDArray[Any],
    shown: int = 5,
    truth: NDArray[Any] | None = None,
) -> list[Row]:
    """Lay out possible pasts of one present, and below each where physics leads from it.

    Args:
        present: Shape (n, n).
        pasts: Probability of phase 1, shape (samples, n, n).
        agreement: Part of the pixels of the present that each past leads to, shape (samples,).
        arrived: Where each past leads, shape (samples, n, n).
        shown: How many samples.
        truth: The true past, where it is known.

    Returns:
        Two rows of images with captions.

    Examples:
        >>> picture = np.eye(4)
        >>> above, below = pasts_row(picture, picture[None], np.array([0.97]), picture[None])
        >>> above[1], below[1]
        (['given', 'sample 1'], ['', '97.0% as given'])
    """
    known = [present] if truth is None else [present, truth]
    names = ["given", "true past"][: len(known)]
    first: Row = (
        [*known, *pasts[:shown]],
        names + [f"sample {k + 1}" for k in range(len(pasts[:shown]))],
    )
    captions = [f"{part:.1%} as given" for part in agreement[:shown]]
    none = [None] * len(known)
    second: Row = ([*none, *arrived[:shown]], [""] * len(known) + captions)
    return [first, second]


def evolution_figure(rows: Sequence[Row], labels: Sequence[str]) -> Figure:
    """Draw rows of different length as one table.

    Args:
        rows: Images with captions.
        labels: A label for each row.

    Returns:
        The figure.

    Examples:
        >>> rows = [([np.eye(4), np.eye(4)], ["given", "2 t"]), ([np.eye(4)], ["given"])]
        >>> len(evolution_figure(rows, ["future", "past"]).axes)
        3
    """
    width = max(len(images) for images, _ in rows)
    images = [[*row, *[None] * (width - len(row))] for row, _ in rows]
    captions = [[*texts, *[""] * (width - len(texts))] for _, texts in rows]
    return pattern_table(images, labels, [""] * width, captions, highlight=0)


def design_figure(
    found: Design,
    near: NDArray[Any] | None = None,
    symbols: Sequence[str] = ("W",),
    columns: int = 4,
) -> Figure:
    """Draw designs, each with its properties by finite elements, best first.

    Args:
        found: The designs.
        near: The microstructure that they were to stay near to, shape (n, n).
        symbols: Of the properties.
        columns: Designs a row.

    Returns:
        The figure.

    Examples:
        >>> found = Design(np.zeros((2, 8, 8), np.uint8), *np.ones((3, 2)), None, 1.0, 2)
        >>> len(design_figure(found).axes)
        2
    """
    images = [*found.images] if near is None else [near, *found.images]
    captions = [] if near is None else ["given"]
    for k in range(len(found.images)):
        changed = "" if found.distance is None else f", {found.distance[k]:.1%} changed"
        values = zip(symbols, np.atleast_1d(found.verified[k]), strict=True)
        captions.append(", ".join(f"{symbol} = {one:.3f}" for symbol, one in values) + changed)
    return captioned_figure(images, captions, columns)


def captioned_figure(
    images: Sequence[NDArray[Any]], captions: Sequence[str], columns: int = 4
) -> Figure:
    """Draw microstructures, each with a caption, in rows.

    Args:
        images: Each of shape (n, n).
        captions: One for each.
        columns: Images a row.

    Returns:
        The figure.

    Examples:
        >>> len(captioned_figure([np.eye(4)] * 5, list("abcde")).axes)
        5
    """
    missing = -len(images) % columns
    padded, texts = [*images, *[None] * missing], [*captions, *[""] * missing]
    rows = range(0, len(padded), columns)
    return pattern_table(
        [padded[start : start + columns] for start in rows],
        [""] * len(rows),
        [""] * columns,
        [texts[start : start + columns] for start in rows],
        side=1.5,
    )


def plane_figure(
    points: ArrayLike, images: ArrayLike, values: ArrayLike, label: str, columns: int = 9
) -> Figure:
    """Draw a plane of codes twice: as points coloured by a property, and as thumbnails.

    Args:
        points: Where each microstructure lies, shape (N, 2).
        images: The microstructures, shape (N, n, n).
        values: The property, shape (N,).
        label: Its name, with its unit.
        columns: Thumbnails across; each is the microstructure nearest to its place.

    Returns:
        The figure.

    Examples:
        >>> points = np.random.default_rng(0).normal(size=(40, 2))
        >>> figure = plane_figure(points, np.zeros((40, 8, 8)), points[:, 0], "age")
        >>> figure.axes[0].get_xlabel()
        'first direction of the codes'
    """
    xy, pictures = np.asarray(points, dtype=float), np.asarray(images)
    reach = 1.02 * np.abs(np.quantile(xy, (0.005, 0.995), axis=0)).max()
    figure = Figure(figsize=(9.6, 4.4), facecolor="white", layout="constrained")
    left, right = figure.subplots(1, 2)
    dots = left.scatter(*xy.T, c=np.asarray(values), s=7, cmap="viridis", linewidths=0)
    figure.colorbar(dots, ax=left, label=label, shrink=0.85)
    side = 2 * reach / columns
    centres = np.linspace(-reach + side / 2, reach - side / 2, columns)
    for x in centres:
        for y in centres:
            distance = np.abs(xy - (x, y)).max(axis=1)
            nearest = int(distance.argmin())
            if distance[nearest] < side / 2:
                place = (x - 0.47 * side, y - 0.47 * side, 0.94 * side, 0.94 * side)
                inset = right.inset_axes(place, transform=right.transData)
                show_pattern(inset, pictures[nearest])
    for ax in (left, right):
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        ax.set_xlabel("first direction of the codes")
        ax.set_ylabel("second direction of the codes")
        ax.spines[["top", "right"]].set_visible(False)
    return figure
