"""Microstructures from micrographs: a folder of pictures becomes a pattern set."""

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vae_course.data.grey_files import SUFFIXES, read_grey, read_grey_pages
from vae_course.data.pattern_set import LEVELS, PARAMETERS, PatternFileError, PatternSet
from vae_course.data.preparation import Preparation, Prepared, prepare, threshold_of
from vae_course.progress import Counted, one_bar

MOST_NAMED = 10
NOT_READ = (
    *(".gif", ".webp", ".heic", ".dm3", ".dm4", ".ser", ".emd", ".mrc", ".czi", ".lif", ".nd2"),
    *(".oib", ".svs", ".h5", ".hdf5", ".mat", ".vtk"),
)
"""Files of pictures that other programs must export first."""

UNKNOWN_CASE = 0
"""Value of `parameters["case"]` for what was not simulated."""


@dataclass(frozen=True)
class Picture:
    """A page of a file, and what was made of it.

    Attributes:
        path: The file.
        page: Which page of it, from 1; 0 if there is no other.
        prepared: The patterns.
        number: The place of the file among those that were read together.

    Examples:
        >>> wave = np.tile(np.sin(np.arange(64) / 4), (64, 1))
        >>> Picture(Path("stack.tif"), 3, prepare(wave, Preparation())).name
        'stack.tif, page 3'
    """

    path: Path
    page: int
    prepared: Prepared
    number: int = 0

    @property
    def name(self) -> str:
        """What to call it."""
        return f"{self.path.name}, page {self.page}" if self.page else self.path.name


def micrograph_files(folder: str | os.PathLike[str]) -> list[Path]:
    """List the micrographs of a folder.

    Args:
        folder: The folder; what is in folders inside of it is not taken, nor is a hidden file,
            whose name begins with a dot. Pictures of other kinds are warned of.

    Returns:
        Its pictures and series of fields (.npy), by name.

    Raises:
        FileNotFoundError: If there is no such folder.
        PatternFileError: If it holds no such file.

    Examples:
        >>> Path("pictures").mkdir()
        >>> for name in ("b.png", "a.TIF", "._a.TIF", "notes.txt"):
        ...     Path("pictures", name).touch()
        >>> [path.name for path in micrograph_files("pictures")]
        ['a.TIF', 'b.png']
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: expected a folder of micrographs; there is none")
    kinds = (*SUFFIXES, ".npy")
    shown = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    files = [path for path in shown if path.suffix.lower() in kinds]
    passed = [path.suffix.lower() for path in shown if path.suffix.lower() in NOT_READ]
    others = f"{len(passed)} of kinds that cannot be read ({', '.join(sorted(set(passed)))})"
    if not files:
        found = f"{others}: export them as TIFF or PNG" if passed else "none"
        raise PatternFileError(f"{folder}: expected files {', '.join(kinds)}; found {found}")
    if passed:
        warnings.warn(f"{folder}: passed over {others}", stacklevel=3)
    return files


def binarise(
    grey: NDArray[np.floating[Any]], threshold: float | str = "otsu", background: float = 0.0
) -> NDArray[np.uint8]:
    """Binarise grey levels: 1 where they are above a threshold.

    Args:
        grey: Grey levels, shape (height, width).
        threshold: A grey level, or as in `Preparation`: by default that of Otsu, which makes the
            variance within both classes smallest (Otsu 1979, doi:10.1109/TSMC.1979.4310076).
        background: Standard deviation in pixels of a Gaussian that is much wider than the domains;
            its blur of the picture is taken for uneven light and divided out. 0 for even light.

    Returns:
        0 and 1, of the same shape.

    Raises:
        ValueError: If all grey levels are the same, or background is negative, or it is given
            together with a grey level as threshold (whose levels it would change).

    Examples:
        Part of the pixels that are right where the light is uneven, without and with `background`:

        >>> stripes = np.tile(np.arange(64) // 4 % 2, (64, 1))
        >>> grey = (60 + 80 * stripes) * np.linspace(0.5, 1.5, 64)
        >>> [float((binarise(grey, background=blur) == stripes).mean()) for blur in (0, 8)]
        [0.875, 1.0]
    """
    how = Preparation(threshold=threshold, background=background)
    return threshold_of(np.asarray(grey, dtype=np.float64), how)[0]


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


def read_pictures(
    files: Sequence[Path],
    how: Preparation,
    page: int | Literal["all"] | None = None,
    skip_unreadable: bool = False,
    progress: Counted = lambda done, total: None,
) -> list[Picture]:
    """Read pictures and prepare them.

    Args:
        files: The files.
        how: How they are prepared.
        page: Which page of stacks, from 1, or "all" of them.
        skip_unreadable: Whether to warn of files that cannot be used and go on with the others.
        progress: Called with the number of files read and of all.

    Returns:
        A picture for each page.

    Raises:
        PatternFileError: If one cannot be used, or all; all such files are named.

    Examples:
        >>> np.save("wave.npy", np.tile(np.sin(np.arange(64) / 4), (64, 1)))
        >>> [found] = read_pictures([Path("wave.npy")], Preparation())
        >>> found.name, found.prepared.images.shape
        ('wave.npy', (1, 64, 64))
    """
    found, bad = list[Picture](), list[str]()
    for number, path in enumerate(files):
        try:
            found += [replace(one, number=number) for one in _pages(path, how, page)]
        except ValueError as error:
            bad.append(str(error) if isinstance(error, PatternFileError) else f"{path}: {error}")
        progress(number + 1, len(files))
    if bad and not (skip_unreadable and found):
        named = "; ".join(bad[:MOST_NAMED])
        more = f"; and {len(bad) - MOST_NAMED} more" if len(bad) > MOST_NAMED else ""
        raise PatternFileError(f"{named}{more}")
    for reason in bad:
        warnings.warn(f"Left out: {reason}", stacklevel=3)
    return found


def _pages(path: Path, how: Preparation, page: int | Literal["all"] | None) -> list[Picture]:
    if page != "all":
        return [Picture(path, page or 0, prepare(read_grey(path, page), how))]
    found = [prepare(grey, how) for grey in read_grey_pages(path)]
    return [Picture(path, k if len(found) > 1 else 0, one) for k, one in enumerate(found, start=1)]


def patterns_of(pictures: Sequence[Picture]) -> PatternSet:
    """Collect the patterns of pictures.

    Args:
        pictures: The pictures.

    Returns:
        Their patterns. Those of one file, and of all its pages, have the number of the file in
        `simulation`: they resemble each other as frames of one simulation do, so that
        `PatternSet.split` keeps them on one side. Time and strain energy are not known (not a
        number), case is 0.

    Examples:
        >>> np.save("wave.npy", np.tile(np.sin(np.arange(128) / 4), (64, 1)))
        >>> patterns = patterns_of(read_pictures([Path("wave.npy")], Preparation()))
        >>> patterns.images.shape, patterns.simulation
        ((2, 64, 64), array([0, 0]))
    """
    groups = [one.number for one in pictures for _ in one.prepared.images]
    unknown = np.full(len(groups), np.nan)
    return PatternSet(
        images=np.concatenate([one.prepared.images for one in pictures]),
        simulation=np.array(groups),
        time=unknown,
        strain_energy=np.tile(unknown[:, None], (1, LEVELS)),
        parameters=np.array([(UNKNOWN_CASE, np.nan, np.nan, 0, 0)] * len(groups), PARAMETERS),
    )


def read_micrographs(
    folder: str | os.PathLike[str],
    size: int = 64,
    threshold: float | str = "otsu",
    background: float = 0.0,
    cut: tuple[int, int, int, int] = (0, 0, 0, 0),
    reduce: float = 1.0,
    dark_is_1: bool = False,
    levels: Mapping[float, int] | None = None,
    keep_one_phase: bool = False,
    page: int | Literal["all"] | None = None,
    skip_unreadable: bool = False,
    progress: Counted | None = None,
) -> PatternSet:
    """Read a folder of micrographs, binarise them, and cut them into tiles.

    Args:
        folder: Folder of PNG, TIFF, JPEG or BMP files, or fields of NumPy, one micrograph each.
        size: Side of a tile in pixels.
        threshold: Grey level above which a pixel is light; by default that of Otsu, for each
            micrograph; or as in `Preparation`.
        background: As in `binarise`: standard deviation in pixels of the blur that is taken for
            uneven light.
        cut: Pixels to cut off at the top, right, bottom and left, such as a scale bar.
        reduce: By what factor a picture is made smaller, so that domains get the width in pixels
            that a model was trained on.
        dark_is_1: Whether dark is phase 1; by default light is.
        levels: For maps of labels: the phase, 0 or 1, of each level.
        keep_one_phase: Whether tiles of one phase are kept; else they are left out and counted.
        page: Which page of stacks, from 1, or "all" of them.
        skip_unreadable: Whether to warn of micrographs that cannot be used and go on with the
            others.
        progress: Called with the number of files read and of all; by default a bar is shown.

    Returns:
        The tiles, as `patterns_of` has them. What is odd about a picture is warned of.

    Raises:
        FileNotFoundError: If there is no such folder.
        PatternFileError: If it holds no micrograph, or one that cannot be used; all such files are
            named.
        ValueError: If a setting is out of range.

    Examples:
        Above its data bar, a picture of 200 × 176 pixels has room for 3 × 2 tiles:

        >>> from vae_course.data import synthetic_micrographs
        >>> phases = synthetic_micrographs("micrographs", count=1)
        >>> patterns = read_micrographs("micrographs", cut=(0, 0, 24, 0), progress=lambda *_: None)
        >>> patterns.images.shape, patterns.simulation
        ((6, 64, 64), array([0, 0, 0, 0, 0, 0]))
    """
    how = Preparation(
        *(size, threshold, background, cut, reduce, dark_is_1),
        levels=levels or {},
        keep_one_phase=keep_one_phase,
    )
    files = micrograph_files(folder)
    if progress is None:
        with one_bar("Reading micrographs") as bar:
            pictures = read_pictures(files, how, page, skip_unreadable, bar)
    else:
        pictures = read_pictures(files, how, page, skip_unreadable, progress)
    for reason in oddities(pictures):
        warnings.warn(reason, stacklevel=2)
    return patterns_of(pictures)


def oddities(pictures: Sequence[Picture]) -> list[str]:
    """List what is odd about pictures, in sentences; what holds of several is said once.

    Args:
        pictures: The pictures.

    Returns:
        The sentences.

    Examples:
        >>> oddities([])
        []
    """
    said: dict[str, list[str]] = {}
    for one in pictures:
        for reason in one.prepared.warnings:
            said.setdefault(reason, []).append(one.name)
    return [
        f"{names[0]}{f' and {len(names) - 1} more' if len(names) > 1 else ''}: {reason}"
        for reason, names in said.items()
    ]
