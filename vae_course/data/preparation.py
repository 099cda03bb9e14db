"""From grey levels to patterns, one way for all: cut, level, reduce, binarise, crop."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vae_course.arrays import Images
from vae_course.data.oddities import MOST_LEVELS, oddities_of

HOT = 0.1
"""Per cent of the pixels at each end of the grey levels that may be hot, or dead."""

HOT_RATIO = 2.0
"""How much wider they must make the range of grey levels to be taken for hot pixels."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Preparation:
    """How a picture is prepared.

    Args:
        size: Side of a pattern in pixels.
        threshold: Grey level above which a pixel is light; "otsu" for Otsu's, chosen without hot
            pixels; "40%" for the level that 40 % of the pixels do not exceed.
        background: Standard deviation in pixels of a Gaussian much wider than the domains, whose
            blur is taken for uneven light and divided out. 0 for even light.
        cut: Pixels to cut off at the top, right, bottom and left, such as a data bar.
        reduce: By what factor the picture is made smaller, at least 1: blocks of whole numbers of
            pixels are averaged, other factors interpolate between smoothed pixels.
        dark_is_1: Whether dark is phase 1; by default light is.
        crop: "tiles" for all squares that fit, "centre" for the one in the middle, or the column
            and row of the upper left corner of one, after cutting and reducing.
        levels: For a map of labels: the phase of each level; levels not named are phase 0.
        keep_one_phase: Whether squares of one phase are kept.

    Raises:
        ValueError: If a setting is out of range.

    Examples:
        >>> Preparation(threshold="40%", cut=(0, 0, 24, 0)).crop
        'tiles'
    """

    size: int = 64
    threshold: float | str = "otsu"
    background: float = 0.0
    cut: tuple[int, int, int, int] = (0, 0, 0, 0)
    reduce: float = 1.0
    dark_is_1: bool = False
    crop: Literal["tiles", "centre"] | tuple[int, int] = "tiles"
    levels: Mapping[float, int] = field(default_factory=dict)
    keep_one_phase: bool = False

    def __post_init__(self) -> None:
        """Refuse settings that make no sense."""
        if self.size < 1 or not 1 <= self.reduce <= 1e4:
            raise ValueError(
                f"size and reduce must be at least 1; got {self.size} and {self.reduce:g}"
            )
        if len(self.cut) != 4 or min(self.cut) < 0:
            raise ValueError(f"cut must be four numbers of pixels, none negative; got {self.cut}")
        if not 0 <= self.background < np.inf:
            raise ValueError(f"background must not be negative; got {self.background:g}")
        self.percentile()
        if self.background and not isinstance(self.threshold, str):
            raise ValueError(
                "threshold must be otsu or a percentage where background is given: it changes the "
                "levels"
            )
        if not isinstance(self.crop, str) and (len(self.crop) != 2 or min(self.crop) < 0):
            raise ValueError(f"crop must be tiles, centre or two numbers x, y; got {self.crop}")
        if isinstance(self.crop, str) and self.crop not in ("tiles", "centre"):
            raise ValueError(f"crop must be tiles, centre or two numbers x, y; got {self.crop!r}")
        if any(phase not in (0, 1) for phase in self.levels.values()):
            raise ValueError(f"levels must give each level a phase, 0 or 1; got {self.levels}")

    def percentile(self) -> float | None:
        """Get the percentage of a threshold such as "40%"; None for another threshold.

        Raises:
            ValueError: If the threshold is neither a number, "otsu" nor a percentage.
        """
        if not isinstance(self.threshold, str) or self.threshold == "otsu":
            return None
        try:
            share = float(self.threshold.removesuffix("%"))
        except ValueError:
            share = -1.0
        if not (self.threshold.endswith("%") and 0 < share < 100):
            raise ValueError(
                f"threshold must be otsu, a grey level, or a percentage such as 40%; got "
                f"{self.threshold!r}"
            )
        return share


@dataclass(frozen=True)
class Prepared:
    """A picture and the patterns that were made of it.

    Attributes:
        grey: Grey levels as read, shape (height, width).
        box: Top, bottom, left and right of what was kept of it.
        reduce: By what factor that was made smaller.
        threshold: The grey level above which a pixel counted as light; not a number for labels.
        phases: 0 and 1 of all that was kept, made smaller.
        images: The patterns, shape (N, size, size).
        corners: Row and column of the upper left corner of each, in `phases`, shape (N, 2).
        one_phase: How many squares of one phase were left out.
        warnings: What is odd about the picture, in sentences.

    Examples:
        >>> columns = np.tile(np.arange(96.0) // 12 % 2, (70, 1))
        >>> found = prepare(columns, Preparation(cut=(0, 0, 6, 0), crop="centre"))
        >>> found.box, found.corners.tolist(), found.threshold < 1
        ((0, 64, 0, 96), [[0, 16]], True)
    """

    grey: Floats
    box: tuple[int, int, int, int]
    reduce: float
    threshold: float
    phases: Images
    images: Images
    corners: NDArray[np.int64]
    one_phase: int
    warnings: tuple[str, ...]

    @property
    def volume_fraction(self) -> float:
        """Part of phase 1 in all that was kept."""
        return float(self.phases.mean())


def prepare(grey: Floats, how: Preparation) -> Prepared:
    """Make patterns of a picture.

    Args:
        grey: Grey levels, shape (height, width).
        how: The settings.

    Returns:
        The patterns, and what there is to see and to say of them.

    Raises:
        ValueError: If nothing is left, a grey level that is left is no number, there is one level
            only, the picture is smaller than a pattern, or every square holds one phase.

    Examples:
        >>> stripes = np.tile(np.arange(128) // 8 % 2, (64, 1)) * 100.0
        >>> found = prepare(stripes, Preparation())
        >>> found.images.shape, found.volume_fraction
        ((2, 64, 64), 0.5)
    """
    top, right, bottom, left = how.cut
    box = (top, len(grey) - bottom, left, grey.shape[1] - right)
    kept = grey[box[0] : max(box[1], 0), box[2] : max(box[3], 0)]
    if not kept.size:
        height, width = grey.shape
        raise ValueError(
            f"cut must leave something of {height} × {width} pixels; nothing is left of it after "
            f"cut={','.join(map(str, how.cut))}"
        )
    _require_numbers(kept, how)
    found = list(oddities_of(kept, how.cut, bool(how.levels)))
    if how.levels:
        phases, threshold = _labelled(kept, how), np.nan
    else:
        phases, threshold = threshold_of(kept, how)
    images, corners, alone = _cropped(phases, how)
    if alone:
        found.append(f"{alone} square{'s' if alone > 1 else ''} of one phase left out")
    return Prepared(grey, box, how.reduce, threshold, phases, images, corners, alone, tuple(found))


def grey_square(prepared: Prepared, how: Preparation, place: int = 0) -> Floats:
    """Return the grey levels of a pattern, levelled and made smaller as its phases were.

    Args:
        prepared: What `prepare` made.
        how: The same settings.
        place: Which pattern.

    Returns:
        Grey levels, larger where phase 1 is, shape (size, size).

    Examples:
        >>> ramp = np.tile(np.arange(64.0), (64, 1))
        >>> how = Preparation(size=32, reduce=2)
        >>> grey_square(prepare(ramp, how), how)[0, :3]
        array([0.5, 2.5, 4.5])
    """
    top, bottom, left, right = prepared.box
    kept = _smaller(_levelled(prepared.grey[top:bottom, left:right], how.background), how.reduce)
    row, column = prepared.corners[place]
    square = kept[row : row + how.size, column : column + how.size]
    return -square if how.dark_is_1 else square


def _require_numbers(kept: Floats, how: Preparation) -> None:
    bad = ~np.isfinite(kept)
    if bad.any():
        rows, columns = np.flatnonzero(bad.any(axis=1)), np.flatnonzero(bad.any(axis=0))
        top, _, _, left = how.cut
        raise ValueError(
            f"{int(bad.sum()):,} grey levels are no finite numbers, in rows {rows[0] + top} to "
            f"{rows[-1] + top} and columns {columns[0] + left} to {columns[-1] + left}: cut these "
            "off (cut, --cut TOP,RIGHT,BOTTOM,LEFT)"
        )


def threshold_of(kept: Floats, how: Preparation) -> tuple[Images, float]:
    """Level, make smaller and binarise a picture.

    Args:
        kept: Grey levels, shape (height, width); nothing is cut off.
        how: The settings.

    Returns:
        0 and 1, and the threshold.

    Raises:
        ValueError: If there is one grey level only.

    Examples:
        >>> threshold_of(np.array([[1.0, 9.0]]), Preparation(threshold=5.0, dark_is_1=True))[0]
        array([[1, 0]], dtype=uint8)
    """
    if kept.min() == kept.max():
        raise ValueError(f"a picture must have two levels or more; all are {kept.flat[0]:g}")
    levelled = _smaller(_levelled(kept, how.background), how.reduce)
    if levelled.min() == levelled.max():
        raise ValueError("a picture must have two levels or more; reduced, all are the same")
    share = how.percentile()
    if share is not None:
        threshold = float(np.percentile(levelled, share))
    elif how.threshold == "otsu":
        threshold = otsu(levelled)
    else:
        threshold = float(how.threshold)
    light = levelled > threshold
    return np.asarray(light ^ how.dark_is_1, dtype=np.uint8), threshold


def _labelled(kept: Floats, how: Preparation) -> Images:
    there = np.unique(kept)
    if strange := sorted(set(how.levels) - set(there.tolist())):
        shown = ", ".join(f"{level:g}" for level in there[:MOST_LEVELS])
        raise ValueError(f"levels must be of the picture ({shown}); got {strange[0]:g}")
    ones = np.isin(kept, [level for level, phase in how.levels.items() if phase == 1])
    return np.asarray(_smaller(ones.astype(np.float64), how.reduce) > 0.5, dtype=np.uint8)


def otsu(grey: Floats) -> float:
    """Choose the threshold that makes the variance within both classes smallest.

    Where the darkest and the lightest 0.1 % of the pixels make the range twice as wide or wider,
    they do not count: so a hot pixel moves nothing.

    Source: N. Otsu (1979), doi:10.1109/TSMC.1979.4310076.

    Args:
        grey: Grey levels of any shape.

    Returns:
        The threshold; pixels above it are light.

    Examples:
        >>> 10 <= otsu(np.array([10.0] * 500 + [200.0] * 500 + [1e6])) < 200
        True
    """
    from skimage.filters import threshold_otsu  # noqa: PLC0415 (slow to load)

    low, high = np.percentile(grey, [HOT, 100 - HOT])
    if 0 < HOT_RATIO * (high - low) < np.ptp(grey):
        grey = np.clip(grey, low, high)
    return float(threshold_otsu(grey))


def _levelled(grey: Floats, background: float) -> Floats:
    """Divide uneven light out."""
    if not background:
        return grey
    from scipy.ndimage import gaussian_filter  # noqa: PLC0415 (slow to load)

    blurred = gaussian_filter(grey, background, mode="reflect")
    return np.asarray(grey / np.maximum(blurred, 1e-12 + 1e-6 * abs(blurred).max()))


def _smaller(grey: Floats, factor: float) -> Floats:
    """Make a picture smaller by a factor."""
    if factor == 1:
        return grey
    whole = round(factor)
    rows, columns = int(len(grey) / factor), int(grey.shape[1] / factor)
    if not rows or not columns:
        raise ValueError(f"nothing is left of {len(grey)} × {grey.shape[1]} pixels after reducing")
    if abs(factor - whole) < 1e-9:
        blocks = grey[: rows * whole, : columns * whole].reshape(rows, whole, columns, whole)
        return np.asarray(blocks.mean(axis=(1, 3)))
    from skimage.transform import resize  # noqa: PLC0415 (slow to load)

    used = grey[: int(rows * factor), : int(columns * factor)]
    return np.asarray(resize(used, (rows, columns), order=1, anti_aliasing=True))


def _cropped(phases: Images, how: Preparation) -> tuple[Images, NDArray[np.int64], int]:
    """Take squares out of a picture; count those of one phase that are left out."""
    size, (height, width) = how.size, phases.shape
    if height < size or width < size:
        raise ValueError(
            f"a picture must have {size} × {size} pixels or more after cutting and reducing; got "
            f"{height} × {width} (make size smaller, or reduce less)"
        )
    if how.crop == "tiles":
        rows, columns = np.mgrid[: height // size, : width // size] * size
        corners = np.stack([rows.ravel(), columns.ravel()], axis=1)
    elif how.crop == "centre":
        corners = np.array([[(height - size) // 2, (width - size) // 2]])
    else:
        column, row = how.crop
        if row + size > height or column + size > width:
            raise ValueError(
                f"crop must leave room for {size} × {size} pixels in {height} × {width}; got "
                f"x={column}, y={row}"
            )
        corners = np.array([[row, column]])
    images = np.stack([phases[r : r + size, c : c + size] for r, c in corners])
    one_phase = images.min(axis=(1, 2)) == images.max(axis=(1, 2))
    if how.keep_one_phase:
        one_phase[:] = False
    if one_phase.all():
        raise ValueError(
            f"every square of {size} × {size} pixels holds one phase: the domains are larger than "
            "that; make the picture smaller (reduce)"
        )
    return images[~one_phase], corners[~one_phase], int(one_phase.sum())
