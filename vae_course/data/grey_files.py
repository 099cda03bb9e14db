"""Grey pictures and fields as files have them: PNG, TIFF, JPEG, BMP, and arrays of NumPy."""

import os
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_course.data.pattern_set import PatternFileError

SUFFIXES = (".png", ".tif", ".tiff", ".jpg", ".jpeg", ".bmp")
FIELDS = (".npy", ".npz")
"""Arrays of grey levels, such as a phase-field code writes: one field, or a series of them."""

LARGEST_FILE = 512 * 2**20
MOST_PIXELS = 64 * 2**20
"""Of one picture; 8,192 × 8,192. A small file can claim to be far larger than memory."""

MOST_PAGES = 10_000
NEW_SUBFILE, BITS, PHOTOMETRIC, PLANES, SAMPLE_FORMAT = 254, 258, 262, 284, 339
WHITE_IS_ZERO, SEPARATE, SIGNED = 0, 2, 2
COLOURS = (3, 4)


def read_grey(path: str | os.PathLike[str], page: int | None = None) -> NDArray[np.float64]:
    """Read a picture, or a field of NumPy, as grey levels: the larger, the lighter.

    Colours are weighed as the eye sees them (0.2125 red, 0.7154 green, 0.0721 blue); transparency
    is ignored, a picture of a camera is turned upright, and levels that a file counts from white
    are counted from black. The size is checked before any pixel is read.

    Args:
        path: PNG, TIFF, JPEG or BMP; 8 or 16 bit, or floating point; grey, RGB or a palette. Or
            .npy or .npz with one array: a field (height, width), a series (pages, height, width),
            or colours (height, width, 3 or 4).
        page: Which page of a stack, from 1. By default the only one that is no thumbnail.

    Returns:
        Grey levels as the file has them (0 to 255 for 8 bit, 0 to 65,535 for 16), shape
        (height, width). Not a number where a file of floating point says so.

    Raises:
        PatternFileError: If it is not such a picture, is too large, has no such page, or several of
            which none is chosen.

    Examples:
        To the eye, green is lighter than red:

        >>> from PIL import Image
        >>> Image.fromarray(np.array([[[255, 0, 0], [0, 255, 0]]], dtype=np.uint8)).save("dots.png")
        >>> read_grey("dots.png").round()
        array([[ 54., 182.]])
    """
    path = Path(path)
    places: list[int] = _guarded(path, _places_of)
    count = len(places)
    if page is None and count > 1:
        raise PatternFileError(
            f"{path}: {count} pages; choose one (page=1, --page 1) or all (page='all', --page all)"
        )
    if page is not None and not 1 <= page <= count:
        raise PatternFileError(f"{path}: page must be from 1 to {count}; got {page}")
    grey: NDArray[np.float64] = _guarded(path, _grey_at, places[(page or 1) - 1])
    return grey


def read_grey_pages(path: str | os.PathLike[str]) -> Iterator[NDArray[np.float64]]:
    """Read all pages of a file, one after the other.

    Args:
        path: As for `read_grey`.

    Yields:
        Grey levels of each page.

    Raises:
        PatternFileError: If one cannot be read.

    Examples:
        >>> np.save("series.npy", np.arange(8).reshape(2, 2, 2))
        >>> [page.max() for page in read_grey_pages("series.npy")]
        [np.float64(3.0), np.float64(7.0)]
    """
    path = Path(path)
    for place in _guarded(path, _places_of):
        yield _guarded(path, _grey_at, place)


def count_pages(path: str | os.PathLike[str]) -> int:
    """Count the pages of a file; smaller copies of one, as cameras keep, do not count.

    Args:
        path: As for `read_grey`.

    Returns:
        1, or the number of pictures of a stack.

    Raises:
        PatternFileError: If it cannot be read.

    Examples:
        >>> np.save("series.npy", np.zeros((3, 4, 4)))
        >>> count_pages("series.npy")
        3
    """
    return len(_guarded(Path(path), _places_of))


def _guarded(path: Path, read: Any, *args: Any) -> Any:
    """Call a reader, and turn whatever it raises into an error that names the file."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise PatternFileError(f"{path}: larger than {LARGEST_FILE >> 20} MiB")
        return read(path, *args)
    except PatternFileError:
        raise
    except Exception as error:  # each format's reader has errors of its own
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise PatternFileError(f"{path}: expected a picture that can be read; {why}") from None


def _places_of(path: Path) -> list[int]:
    """List the places in a file, from 0, at which its pages lie."""
    if path.suffix.lower() in FIELDS:
        field = _field(path)
        return list(range(len(field) if field.ndim == 3 else 1))
    picture = _opened(path)
    if picture is None:
        import tifffile  # noqa: PLC0415

        with tifffile.TiffFile(path) as file:
            pages = file.pages[:MOST_PAGES]
            reduced = [bool(getattr(page, "is_reduced", False)) for page in pages]
            return _no_thumbnails([page.shape for page in pages], reduced)
    with picture:
        _check_size(path, picture.width * picture.height)
        if picture.format == "MPO":  # a phone's picture, with others of its own making
            return [0]
        sizes: list[Sequence[int]] = []
        reduced = []
        for place in range(min(getattr(picture, "n_frames", 1), MOST_PAGES)):
            picture.seek(place)
            sizes.append(picture.size)
            reduced.append(bool(getattr(picture, "tag_v2", {}).get(NEW_SUBFILE, 0) & 1))
        return _no_thumbnails(sizes, reduced)


def _no_thumbnails(sizes: Sequence[Sequence[int]], reduced: Sequence[bool]) -> list[int]:
    """List the places of what is neither said to be reduced nor, on a side, half of the largest."""
    largest = max(sizes, key=lambda size: size[0] * size[1])[:2]
    return [
        place
        for place, size in enumerate(sizes)
        if size[0] > largest[0] / 2 and size[1] > largest[1] / 2 and not reduced[place]
    ] or [0]


def _opened(path: Path) -> Any:
    """Open a picture by Pillow; None if it is a TIFF that it cannot read, as of RGB in 16 bit."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 (slow to load)

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large pictures: the size is looked at by us
            picture = Image.open(path)
    except Image.DecompressionBombError:
        raise PatternFileError(f"{path}: more than {MOST_PIXELS:,} pixels") from None
    except UnidentifiedImageError:
        if path.suffix.lower() in (".tif", ".tiff"):
            return None
        raise PatternFileError(f"{path}: expected a picture; its format is not known") from None
    tags = getattr(picture, "tag_v2", {})
    if tags.get(PLANES) == SEPARATE and max(tags.get(BITS, (8,))) > 8:
        picture.close()
        return None
    picture.filename = ""  # else Pillow maps the file, and tears TIFF files that lie on their side
    return picture


def _grey_at(path: Path, place: int) -> NDArray[np.float64]:
    if path.suffix.lower() in FIELDS:
        field = _field(path)
        return _as_grey(field[place] if field.ndim == 3 else field)
    picture = _opened(path)
    pixels = _decoded_tiff(path, place) if picture is None else _decoded(path, picture, place)
    if pixels.dtype.kind not in "buif":
        raise PatternFileError(f"{path}: expected real grey levels; found {pixels.dtype}")
    grey = _as_grey(pixels)
    if grey.ndim != 2:
        raise PatternFileError(f"{path}: expected one picture; found shape {pixels.shape}")
    return grey


def _decoded(path: Path, picture: Any, place: int) -> NDArray[Any]:
    from PIL import ImageOps  # noqa: PLC0415

    with picture:
        picture.seek(place)
        _check_size(path, picture.width * picture.height)
        tags = getattr(picture, "tag_v2", {})
        from_white = tags.get(PHOTOMETRIC) == WHITE_IS_ZERO and picture.mode not in ("1", "L", "P")
        upright = ImageOps.exif_transpose(picture)
        if upright.mode in ("1", "P", "PA", "CMYK", "YCbCr", "LAB", "HSV"):
            upright = upright.convert("L" if upright.mode == "1" else "RGB")
        pixels = np.asarray(upright)
        if upright.mode == "L" and SIGNED in np.ravel(tags.get(SAMPLE_FORMAT, 1)):
            pixels = pixels.view(np.int8)
        return _from_black(pixels) if from_white else pixels


def _decoded_tiff(path: Path, place: int) -> NDArray[Any]:
    import tifffile  # noqa: PLC0415

    with tifffile.TiffFile(path) as file:
        chosen = file.pages.get(place)
        if not isinstance(chosen, tifffile.TiffPage):
            raise PatternFileError(f"{path}: expected page {place + 1}; it has no description")
        _check_size(path, int(np.prod(chosen.shape)))
        pixels = np.asarray(chosen.asarray())
        if pixels.ndim == 3 and chosen.planarconfig == tifffile.PLANARCONFIG.SEPARATE:
            pixels = np.moveaxis(pixels, 0, 2)
        tag = chosen.tags.get("Orientation")
        pixels = _upright(pixels, int(tag.value) if tag else 1)
        white = chosen.photometric == tifffile.PHOTOMETRIC.MINISWHITE
        return _from_black(pixels) if white else pixels


def _upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Turn and mirror as the tag Orientation, 1 to 8, of a camera says."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels[::-1] if orientation in (3, 4, 7, 8) else pixels


def _from_black(pixels: NDArray[Any]) -> NDArray[Any]:
    """Turn levels that are counted from white."""
    if pixels.dtype.kind == "u":
        return np.asarray(np.iinfo(pixels.dtype).max - pixels)
    return np.asarray(-pixels.astype(np.float64))


def _field(path: Path) -> NDArray[Any]:
    """Read the one array of a file of NumPy, without running anything that it holds."""
    if path.suffix.lower() == ".npy":
        found = np.load(path, mmap_mode="r", allow_pickle=False)
    else:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > LARGEST_FILE:
                raise PatternFileError(f"{path}: larger than {LARGEST_FILE >> 20} MiB unpacked")
        with np.load(path, allow_pickle=False) as arrays:
            names = arrays.files
            if len(names) != 1:
                raise PatternFileError(
                    f"{path}: expected one array; found {', '.join(names)[:80]} (save the one that "
                    "is meant as .npy)"
                )
            found = arrays[names[0]]
    if found.ndim > 3:
        found = np.squeeze(found)  # a batch of one, a channel of one
    if found.ndim == 3 and found.shape[2] in COLOURS and min(found.shape[:2]) > max(COLOURS):
        found = _as_grey(found)
    if found.ndim not in (2, 3) or found.dtype.kind not in "buif":
        raise PatternFileError(
            f"{path}: expected a field (height, width) or a series (pages, height, width) of real "
            f"numbers; found shape {found.shape}, {found.dtype}"
        )
    _check_size(path, int(np.prod(found.shape[-2:])))
    return np.asarray(found)


def _check_size(path: Path, pixels: int) -> None:
    if pixels > MOST_PIXELS:
        raise PatternFileError(f"{path}: {pixels:,} pixels; {MOST_PIXELS:,} are the most")


def _as_grey(pixels: NDArray[Any]) -> NDArray[np.float64]:
    if pixels.ndim == 3 and pixels.shape[2] in (1, 2):
        return np.asarray(pixels[..., 0], dtype=np.float64)
    if pixels.ndim == 3 and pixels.shape[2] in COLOURS:
        return np.asarray(pixels[..., :3] @ np.array([0.2125, 0.7154, 0.0721]))
    return np.asarray(pixels, dtype=np.float64)
