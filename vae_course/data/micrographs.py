"""Microstructures from micrographs: a folder of PNG, TIFF or JPEG files becomes a pattern set."""

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_course.data.pattern_set import LEVELS, PARAMETERS, PatternFileError, PatternSet
from vae_course.progress import Counted, one_bar

SUFFIXES = (".png", ".tif", ".tiff", ".jpg", ".jpeg", ".bmp")
LARGEST_FILE = 512 * 2**20
MOST_PIXELS = 64 * 2**20
"""Of one micrograph; 8,192 × 8,192. A small file can claim to be far larger than memory."""

MOST_NAMED = 10
UNKNOWN_CASE = 0
"""Value of `parameters["case"]` for what was not simulated."""


def micrograph_files(folder: str | os.PathLike[str]) -> list[Path]:
    """List the micrographs of a folder.

    Args:
        folder: The folder; what is in folders inside of it is not taken.

    Returns:
        Its files with a suffix in `SUFFIXES`, by name.

    Raises:
        FileNotFoundError: If there is no such folder.
        PatternFileError: If it holds no such file.

    Examples:
        >>> Path("pictures").mkdir()
        >>> for name in ("b.png", "a.TIF", "notes.txt"):
        ...     Path("pictures", name).touch()
        >>> [path.name for path in micrograph_files("pictures")]
        ['a.TIF', 'b.png']
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: expected a folder of micrographs; there is none")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not files:
        raise PatternFileError(f"{folder}: expected files {', '.join(SUFFIXES)}; found none")
    return files


def read_grey(path: str | os.PathLike[str]) -> NDArray[np.float64]:
    """Read a picture as grey levels.

    Colours are weighed as the eye sees them (0.2125 red, 0.7154 green, 0.0721 blue); transparency
    is ignored. The size is checked before any pixel is read.

    Args:
        path: PNG, TIFF, JPEG or BMP; 8 or 16 bit, or floating point; grey, RGB or a palette.

    Returns:
        Grey levels as the file has them (0 to 255 for 8 bit, 0 to 65,535 for 16), shape
        (height, width).

    Raises:
        PatternFileError: If it is not such a picture, or too large, or has several pages.

    Examples:
        To the eye, green is lighter than red:

        >>> from PIL import Image
        >>> Image.fromarray(np.array([[[255, 0, 0], [0, 255, 0]]], dtype=np.uint8)).save("dots.png")
        >>> read_grey("dots.png").round()
        array([[ 54., 182.]])
    """
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise PatternFileError(f"{path}: larger than {LARGEST_FILE >> 20} MiB")
        pixels = _decoded(path)
    except PatternFileError:
        raise
    except Exception as error:  # each format's reader has errors of its own
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise PatternFileError(f"{path}: expected a picture that can be read; {why}") from None
    grey = _as_grey(pixels)
    if grey.ndim != 2:
        raise PatternFileError(f"{path}: expected one picture; found shape {pixels.shape}")
    if not np.isfinite(grey).all():
        raise PatternFileError(f"{path}: expected finite grey levels; some are not")
    return grey


def _decoded(path: Path) -> NDArray[Any]:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 (slow to load)

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large pictures: the size is looked at below
            picture = Image.open(path)
    except Image.DecompressionBombError as error:
        raise PatternFileError(f"{path}: more than {MOST_PIXELS:,} pixels") from error
    except UnidentifiedImageError:
        if path.suffix.lower() in (".tif", ".tiff"):
            return _decoded_tiff(path)  # such as 16 bit RGB, which Pillow does not know
        raise PatternFileError(f"{path}: expected a picture; its format is not known") from None
    with picture:
        pages = getattr(picture, "n_frames", 1)
        if pages > 1:
            raise PatternFileError(f"{path}: {pages} pages; save each as a file")
        _check_size(path, picture.width * picture.height)
        if picture.mode in ("1", "P", "PA", "CMYK", "YCbCr", "LAB", "HSV"):
            return np.asarray(picture.convert("L" if picture.mode == "1" else "RGB"))
        return np.asarray(picture)


def _decoded_tiff(path: Path) -> NDArray[Any]:
    import tifffile  # noqa: PLC0415

    with tifffile.TiffFile(path) as file:
        if len(file.pages) > 1:
            raise PatternFileError(f"{path}: {len(file.pages)} pages; save each as a file")
        page = file.pages[0]
        _check_size(path, int(np.prod(page.shape)))
        return np.asarray(page.asarray())


def _check_size(path: Path, pixels: int) -> None:
    if pixels > MOST_PIXELS:
        raise PatternFileError(f"{path}: {pixels:,} pixels; {MOST_PIXELS:,} are the most")


def _as_grey(pixels: NDArray[Any]) -> NDArray[np.float64]:
    if pixels.ndim == 3 and pixels.shape[2] in (1, 2):
        return np.asarray(pixels[..., 0], dtype=np.float64)
    if pixels.ndim == 3 and pixels.shape[2] in (3, 4):
        return np.asarray(pixels[..., :3] @ np.array([0.2125, 0.7154, 0.0721]))
    return np.asarray(pixels, dtype=np.float64)


def binarise(
    grey: NDArray[np.floating[Any]], threshold: float | None = None, background: float = 0.0
) -> NDArray[np.uint8]:
    """Binarise grey levels: 1 where they are above a threshold.

    Args:
        grey: Grey levels, shape (height, width).
        threshold: The threshold; by default that of Otsu, which makes the variance within both
            classes smallest (Otsu 1979, doi:10.1109/TSMC.1979.4310076).
        background: Standard deviation in pixels of a Gaussian that is much wider than the domains;
            its blur of the picture is taken for uneven light and divided out. 0 for even light.

    Returns:
        0 and 1, of the same shape.

    Raises:
        ValueError: If all grey levels are the same, or background is negative, or it is given
            together with a threshold (whose levels it would change).

    Examples:
        Part of the pixels that are right where the light is uneven, without and with `background`:

        >>> stripes = np.tile(np.arange(64) // 4 % 2, (64, 1))
        >>> grey = (60 + 80 * stripes) * np.linspace(0.5, 1.5, 64)
        >>> [float((binarise(grey, background=blur) == stripes).mean()) for blur in (0, 8)]
        [0.875, 1.0]
    """
    if background < 0:
        raise ValueError(f"background must not be negative; got {background:g}")
    if background and threshold is not None:
        raise ValueError("threshold must be None where background is given: it changes the levels")
    if grey.min() == grey.max():
        raise ValueError(f"grey must have two levels or more; all are {grey.flat[0]:g}")
    if background:
        from scipy.ndimage import gaussian_filter  # noqa: PLC0415

        blurred = gaussian_filter(np.asarray(grey, dtype=np.float64), background, mode="reflect")
        grey = grey / np.maximum(blurred, 1e-12 + 1e-6 * abs(blurred).max())
    if threshold is None:
        from skimage.filters import threshold_otsu  # noqa: PLC0415

        threshold = float(threshold_otsu(grey))
    return np.asarray(grey > threshold, dtype=np.uint8)


def tile(image: NDArray[Any], size: int = 64) -> NDArray[Any]:
    """Cut an image into square tiles that do not overlap.

    Args:
        image: Shape (height, width).
        size: Side of a tile in pixels.

    Returns:
        The tiles, row by row from the upper left, shape (N, size, size). What is left over at the
        right and at the bottom is cut off, not stretched.

    Raises:
        ValueError: If the image is smaller than a tile, or size is less than 1.

    Examples:
        >>> tile(np.arange(20).reshape(4, 5), size=2)[:, 0, 0]  # the fifth column is left over
        array([ 0,  2, 10, 12])
    """
    if size < 1:
        raise ValueError(f"size must be at least 1; got {size}")
    rows, columns = image.shape[0] // size, image.shape[1] // size
    if image.ndim != 2 or not rows or not columns:
        shape = " × ".join(map(str, image.shape))
        raise ValueError(f"image must have {size} × {size} pixels or more; got {shape}")
    whole = image[: rows * size, : columns * size]
    return whole.reshape(rows, size, columns, size).swapaxes(1, 2).reshape(-1, size, size)


def read_micrographs(
    folder: str | os.PathLike[str],
    size: int = 64,
    threshold: float | None = None,
    background: float = 0.0,
    cut: tuple[int, int, int, int] = (0, 0, 0, 0),
    reduce: int = 1,
    dark_is_1: bool = False,
    skip_unreadable: bool = False,
    progress: Counted | None = None,
) -> PatternSet:
    """Read a folder of micrographs, binarise them, and cut them into tiles.

    All tiles of a micrograph get the same number in `simulation`: they resemble each other as
    frames of one simulation do, so that `PatternSet.split` keeps them on one side.

    Args:
        folder: Folder of PNG, TIFF, JPEG or BMP files, one micrograph each.
        size: Side of a tile in pixels.
        threshold: Grey level above which a pixel is light; by default that of Otsu, for each
            micrograph.
        background: As in `binarise`: standard deviation in pixels of the blur that is taken for
            uneven light.
        cut: Pixels to cut off at the top, right, bottom and left, such as a scale bar.
        reduce: Blocks of this many pixels by as many are averaged, so that domains get the width in
            pixels that a model was trained on.
        dark_is_1: Whether dark is phase 1; by default light is.
        skip_unreadable: Whether to warn of micrographs that cannot be used and go on with the
            others.
        progress: Called with the number of files read and of all; by default a bar is shown.

    Returns:
        The tiles. `simulation` is the place of the micrograph in `micrograph_files(folder)`; time
        and strain energy are not known (not a number), case is 0.

    Raises:
        FileNotFoundError: If there is no such folder.
        PatternFileError: If it holds no micrograph, or one that cannot be used; all such files are
            named.
        ValueError: If size or reduce is less than 1, or cut or background is negative.

    Examples:
        Above its scale bar, a picture of 200 × 176 pixels has room for 3 × 2 tiles:

        >>> from vae_course.data import synthetic_micrographs
        >>> phases = synthetic_micrographs("micrographs", count=1)
        >>> patterns = read_micrographs("micrographs", cut=(0, 0, 24, 0), progress=lambda *_: None)
        >>> patterns.images.shape, patterns.simulation
        ((6, 64, 64), array([0, 0, 0, 0, 0, 0]))
    """
    if size < 1 or reduce < 1:
        raise ValueError(f"size and reduce must be at least 1; got {size} and {reduce}")
    if min(cut) < 0 or len(cut) != 4:
        raise ValueError(f"cut must be four numbers of pixels, none negative; got {cut}")
    if progress is None:
        with one_bar("Reading micrographs") as bar:
            return read_micrographs(
                *(folder, size, threshold, background, cut, reduce, dark_is_1, skip_unreadable, bar)
            )
    files = micrograph_files(folder)
    tiles, groups, bad = list[NDArray[np.uint8]](), list[int](), list[str]()
    for number, path in enumerate(files):
        try:
            image = _prepared(read_grey(path), cut, reduce)
            own = tile(binarise(image, threshold, background), size)
        except ValueError as error:
            bad.append(str(error) if isinstance(error, PatternFileError) else f"{path}: {error}")
        else:
            tiles.append(1 - own if dark_is_1 else own)
            groups += [number] * len(own)
        progress(number + 1, len(files))
    if bad and not (skip_unreadable and tiles):
        named = "; ".join(bad[:MOST_NAMED])
        more = f"; and {len(bad) - MOST_NAMED} more" if len(bad) > MOST_NAMED else ""
        raise PatternFileError(f"{named}{more}")
    for reason in bad:
        warnings.warn(f"Left out: {reason}", stacklevel=2)
    images = np.concatenate(tiles)
    unknown = np.full(len(images), np.nan)
    return PatternSet(
        images=images,
        simulation=np.array(groups),
        time=unknown,
        strain_energy=np.tile(unknown[:, None], (1, LEVELS)),
        parameters=np.array([(UNKNOWN_CASE, np.nan, np.nan, 0, 0)] * len(images), PARAMETERS),
    )


def _prepared(
    grey: NDArray[np.float64], cut: tuple[int, int, int, int], reduce: int
) -> NDArray[np.float64]:
    top, right, bottom, left = cut
    grey = grey[top : len(grey) - bottom, left : grey.shape[1] - right]
    rows, columns = len(grey) // reduce, grey.shape[1] // reduce
    if not rows or not columns:
        raise ValueError("nothing is left of it after cutting and reducing")
    whole = grey[: rows * reduce, : columns * reduce]
    return np.asarray(whole.reshape(rows, reduce, columns, reduce).mean(axis=(1, 3)))
