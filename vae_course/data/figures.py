"""A contact sheet: what was read of pictures, and what was made of it."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from vae_course.data.micrographs import Picture
from vae_course.physics.descriptors import domain_size
from vae_course.plotting import COLOURS, show_pattern

MOST_SHOWN = 12


def contact_sheet(pictures: Sequence[Picture], width: float = 3.2) -> Figure:
    """Draw pictures as read, with what was cut off and taken, and their phases beside them.

    Args:
        pictures: The pictures; the first twelve are drawn.
        width: Width of a picture in inches.

    Returns:
        The figure: a row for each picture, grey with the cut (dashed) and the squares taken
        (lines), phases 0 and 1, and numbers.

    Examples:
        >>> from pathlib import Path
        >>> from vae_course.data.micrographs import read_pictures
        >>> from vae_course.data.preparation import Preparation
        >>> np.save("wave.npy", np.tile(np.sin(np.arange(96) / 4), (80, 1)))
        >>> figure = contact_sheet(read_pictures([Path("wave.npy")], Preparation()))
        >>> len(figure.axes)
        2
    """
    shown = list(pictures[:MOST_SHOWN])
    shapes = [one.prepared.grey.shape for one in shown]
    heights = [width * min(max(height / wide, 0.25), 2.0) + 0.75 for height, wide in shapes]
    figure = Figure((2 * width + 0.4, sum(heights)), facecolor="white", layout="constrained")
    grid = figure.add_gridspec(len(shown), 2, height_ratios=heights)
    for row, one in enumerate(shown):
        found = one.prepared
        grey, phases = (figure.add_subplot(grid[row, k]) for k in range(2))
        finite = found.grey[np.isfinite(found.grey)]
        low, high = np.percentile(finite, (0.5, 99.5))
        grey.imshow(found.grey, cmap="gray", vmin=low, vmax=high, interpolation="nearest")
        top, bottom, left, right = found.box
        edge = (left - 0.5, top - 0.5)
        grey.add_patch(_frame(edge, right - left, bottom - top, "--"))
        size = found.images.shape[1]
        for place in found.corners:
            y, x = place * found.reduce + (top, left) - 0.5
            side = size * found.reduce
            grey.add_patch(_frame((x, y), side, side))
            corner = (place[1] - 0.5, place[0] - 0.5)
            phases.add_patch(_frame(corner, size, size))
        grey.set_axis_off()
        show_pattern(phases, found.phases)
        height, wide = found.grey.shape
        grey.set_title(f"{one.name}\n{height} × {wide}, {taken(one)}", fontsize=8, loc="left")
        phases.set_title(described(one), fontsize=8, loc="left")
    if len(pictures) > len(shown):
        figure.suptitle(f"The first {len(shown)} of {len(pictures)} pictures", fontsize=9)
    return figure


def _frame(
    corner: tuple[float, float], width: float, height: float, linestyle: str = "-"
) -> Rectangle:
    return Rectangle(
        corner, width, height, fill=False, edgecolor=COLOURS[1], linewidth=1.2, linestyle=linestyle
    )


def taken(picture: Picture) -> str:
    """Say which squares of a picture were taken.

    Args:
        picture: The picture.

    Returns:
        Such as "4 squares of 64 × 64".

    Examples:
        >>> from pathlib import Path
        >>> from vae_course.data.micrographs import read_pictures
        >>> from vae_course.data.preparation import Preparation
        >>> np.save("wave.npy", np.tile(np.sin(np.arange(96) / 4), (80, 1)))
        >>> taken(read_pictures([Path("wave.npy")], Preparation(crop=(30, 2)))[0])
        '64 × 64 at x=30, y=2'
    """
    found = picture.prepared
    count, size = len(found.images), found.images.shape[1]
    if count != 1:
        return f"{count} squares of {size} × {size}"
    if found.phases.shape == (size, size):
        return "taken whole"
    row, column = found.corners[0]
    return f"{size} × {size} at x={column}, y={row}"


def described(picture: Picture) -> str:
    """Say the numbers of a picture in a line: threshold, volume fraction, domain size.

    Args:
        picture: The picture.

    Returns:
        Such as "φ 0.47, domains of 12.3 pixels, threshold 126".

    Examples:
        >>> from pathlib import Path
        >>> from vae_course.data.micrographs import read_pictures
        >>> from vae_course.data.preparation import Preparation
        >>> np.save("wave.npy", np.tile(np.sin(np.arange(96) / 4), (80, 1)))
        >>> described(read_pictures([Path("wave.npy")], Preparation(threshold=0.0))[0])
        'φ 0.500, domains of 24.0 pixels, threshold 0'
    """
    found = picture.prepared
    side = max(found.phases.shape)
    size = side * float(domain_size(found.phases))
    above = "labels" if np.isnan(found.threshold) else f"threshold {found.threshold:.4g}"
    return f"φ {found.volume_fraction:.3f}, domains of {size:.1f} pixels, {above}"
