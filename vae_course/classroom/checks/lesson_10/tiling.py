"""What binary tiles of a micrograph must hold to."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from skimage.filters import threshold_otsu

from vae_course.arrays import Floats
from vae_course.classroom.check import Student
from vae_course.classroom.compare import Known, as_array, compare, require
from vae_course.data.micrographs import tile

NEARLY = 0.005
"""Part of the pixels that may differ, for thresholds that were searched for in coarser steps."""


def binary_tiles(image: Floats, size: int) -> NDArray[np.uint8]:
    """Binarise a grey image by Otsu's threshold and cut it.

    Args:
        image: Grey levels, shape (height, width).
        size: Side of a tile.

    Returns:
        0 and 1, shape (N, size, size).
    """
    return tile(_light(image), size)


def _light(image: Floats) -> NDArray[np.uint8]:
    """Return 1 above Otsu's threshold as scikit-image has it, which every pixel has a say in."""
    return np.asarray(image > threshold_otsu(image), dtype=np.uint8)


def _micrograph(height: int, width: int) -> Floats:
    """Make a light phase with few dark islands, some noise, and a few specks of bright dust.

    The mean lies within the hump of the light phase, the middle of the range above it; Otsu's
    threshold lies in a wide and empty valley, so that it does not matter where in it.
    """
    rng = np.random.default_rng(7)
    smooth = gaussian_filter(rng.standard_normal((height, width)), 3)
    light = smooth > np.quantile(smooth, 0.1)
    grey = np.where(light, 1.0, 0.4) + 0.05 * rng.standard_normal((height, width)).clip(-3, 3)
    grey.ravel()[rng.choice(grey.size, 4, replace=False)] = 3.0
    return np.asarray(grey)


def require_tiles(student: Student) -> None:
    """Require Otsu's threshold of the whole image, and tiles row by row."""
    what = "binary_tiles(image, size)"
    size, image = 16, _micrograph(75, 110)
    right = binary_tiles(image, size)
    found = as_array(what, student(image, size))
    _count_of_tiles(what, found, right, image.shape, size)
    if found.shape != right.shape or np.mean(found != right) > NEARLY:
        compare(
            what,
            found,
            right,
            _wrong_tiles(image, size, right),
            "Compare with `image > threshold_otsu(image)`, cut tile by tile.",
        )
    exact = image[:64, :96]
    fitting = as_array(what, student(exact, size))
    require(
        fitting.shape == (24, size, size),
        "An image that tiles fill exactly loses some of them.",
        "`height // size` is the number of rows of tiles; nothing is to be taken off it.",
        "shape (24, 16, 16) for an image of 64 × 96",
        f"shape {fitting.shape}",
    )


def _count_of_tiles(
    what: str, found: NDArray[Any], right: NDArray[Any], shape: tuple[int, ...], size: int
) -> None:
    """Recognise from the shape what became of the remainder."""
    rows, columns = -(-shape[0] // size), -(-shape[1] // size)
    full = found.shape[1:] == (size, size)
    require(
        not (full and len(found) == rows * columns),
        "There are tiles too many: the remainder at the edge was filled up to whole tiles.",
        "Cut it off. Stretching it changes the width of domains, and padding adds pixels that "
        "nobody has seen.",
        f"{len(right)} tiles",
        f"{len(found)}",
    )
    require(
        not (full and len(found) > rows * columns),
        "The tiles overlap.",
        "Move on by `size` pixels from tile to tile: the same pixels in two tiles would be counted "
        "twice, and could lie on both sides of a split.",
        f"{len(right)} tiles",
        f"{len(found)}",
    )
    require(
        found.shape != (shape[0] // size, shape[1] // size, size, size),
        "The tiles stand in rows and columns.",
        "Put them one after the other: `.reshape(-1, size, size)`.",
        f"shape {right.shape}",
        f"shape {found.shape}",
    )
    require(
        found.shape != shape,
        "The image is not cut into tiles yet.",
        "Cut it after binarising: tiles of size × size pixels, one after the other.",
        f"shape {right.shape}",
        f"shape {found.shape}",
    )


def _wrong_tiles(image: Floats, size: int, right: NDArray[np.uint8]) -> Iterable[Known]:
    own = tile(image, size)
    whole = _light(image)[: len(image) // size * size, : image.shape[1] // size * size]
    rows, columns = (n // size for n in image.shape)
    by_columns = right.reshape(rows, columns, size, size).swapaxes(0, 1).reshape(right.shape)
    turned = right.swapaxes(1, 2)
    cropped = own > image.mean()
    return (
        Known(1 - right, "The phases are the wrong way round: 1 where the grey level is above."),
        Known(255 * right, "The light phase is 255. It must be 1: the decoder's phases are 0, 1."),
        Known(own, "The tiles are still grey. Compare with the threshold before you cut."),
        Known(
            np.stack([_light(one) for one in own]),
            "Each tile has a threshold of its own. Otsu always finds two classes, even in a tile "
            "of one phase and noise. Take one threshold for the whole image.",
        ),
        Known(
            cropped,
            "The threshold is the mean grey level. That lies within the hump of the commoner "
            "phase, not in the valley: use Otsu's.",
        ),
        Known(
            own > np.median(image),
            "The threshold is the median, which makes any picture half light and half dark. Use "
            "Otsu's.",
        ),
        Known(
            own > 0.5 * (image.min() + image.max()),
            "The threshold is the middle between the darkest and the lightest pixel. A single "
            "speck of dust moves it. Use Otsu's.",
        ),
        Known(
            np.zeros_like(right),
            "No pixel is above the threshold. Do not take a fixed level such as 128: after "
            "division by the light, grey levels are about 1.",
        ),
        Known(
            whole.reshape(-1, size, size),
            "Pixels are in the wrong tiles: reshape alone reads along whole rows of the image. "
            "Reshape to (rows, size, columns, size), swap the middle two axes, then reshape.",
        ),
        Known(by_columns, "The tiles go column by column. Let them go row by row."),
        Known(turned, "Each tile is transposed: its rows and columns are swapped."),
    )
