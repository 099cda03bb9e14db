"""What `vae-course train` is asked, read before Keras is loaded, which takes seconds."""

import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from vae_course.commands.terminal import console
from vae_course.progress import one_bar

HELD_OUT = 0.2
"""Part of the simulations that a training holds out."""

if TYPE_CHECKING:
    from vae_course.commands.pictures import Reading
    from vae_course.data import PatternSet
    from vae_course.data.micrographs import Picture


def code_shape(text: str) -> int | tuple[int, int, int]:
    """Read the length of a code, or its shape.

    Raises:
        ValueError: If text is something else.
    """
    if not re.fullmatch(r"[1-9]\d*(x[1-9]\d*x[1-9]\d*)?", text, re.ASCII):
        raise ValueError(
            f"latent must be a number such as 32, or a shape such as 4x4x4; got {text}"
        )
    shape = [int(part) for part in text.split("x")]
    return shape[0] if len(shape) == 1 else (shape[0], shape[1], shape[2])


def read_data(
    data: str, case: str, reading: "Reading | None" = None
) -> tuple["PatternSet", list["Picture"]]:
    """Read the patterns that --data and --case name.

    Returns:
        The patterns, and the pictures that they were taken out of, if they were.

    Raises:
        ValueError: If there are none, or a file is damaged or foreign.
    """
    from vae_course.data import PatternSet, load_embedded  # noqa: PLC0415 (slow to load)
    from vae_course.data.micrographs import UNKNOWN_CASE, patterns_of  # noqa: PLC0415

    if case not in ("1", "2", "3", "all"):
        raise ValueError(f"case must be 1, 2, 3 or all; got {case}")
    cases = [1, 2, 3] if case == "all" else [int(case)]
    if data == "embedded":
        return PatternSet.concatenate([load_embedded(one) for one in cases]), []
    path = Path(data)
    if not path.exists():
        raise ValueError(
            f"data must be `embedded`, a .npz file, a picture or a folder; there is no {data}"
        )
    pictures = _read_pictures(path, reading)
    if pictures:
        return patterns_of(pictures), pictures
    patterns = _read_sets(path, cases)
    if case == "all":
        return patterns, []
    found = patterns.parameters["case"]
    chosen = patterns.select((found == cases[0]) | (found == UNKNOWN_CASE))
    if not len(chosen):
        raise ValueError(f"{data} holds no patterns of case {case}; give another --case")
    return chosen, []


def _read_pictures(path: Path, reading: "Reading | None") -> list["Picture"]:
    """Read pictures, if a path is one or a folder of them and of nothing else."""
    from vae_course.data.grey_files import SUFFIXES  # noqa: PLC0415
    from vae_course.data.micrographs import (  # noqa: PLC0415
        micrograph_files,
        oddities,
        read_pictures,
    )
    from vae_course.data.preparation import Preparation  # noqa: PLC0415

    kinds = (*SUFFIXES, ".npy")
    if path.is_dir():
        beside = [one for one in path.iterdir() if one.name[0] != "."]
        shown = [one for one in beside if one.suffix.lower() in kinds]
        if any(one.suffix == ".npz" or _of_dataset(one) for one in beside):
            if shown:
                warnings.warn(
                    f"{path}: {len(shown)} pictures beside the pattern files are not read",
                    stacklevel=2,
                )
            return []
        files = micrograph_files(path) if shown else []
    else:
        files = [path] if path.suffix.lower() in kinds else []
    if not files:
        return []
    how = reading.how if reading else Preparation()
    page = reading.page if reading else None
    skip = bool(reading and reading.skip_unreadable)
    with one_bar("Reading pictures", console) as progress:
        pictures = read_pictures(files, how, page, skip, progress)
    for reason in oddities(pictures):
        warnings.warn(reason, stacklevel=2)
    return pictures


def _of_dataset(path: Path) -> bool:
    return path.match("Case*_input_patterns_64_x_64.txt")


def _read_sets(path: Path, cases: list[int]) -> "PatternSet":
    from vae_course.data import PatternSet, read_mechanical_mnist  # noqa: PLC0415 (slow to load)

    if not path.is_dir():
        return PatternSet.load(path)
    if any(_of_dataset(one) for one in path.iterdir()):
        return PatternSet.concatenate([read_mechanical_mnist(path, one) for one in cases])
    files = sorted(path.glob("*.npz"))
    if not files:
        raise ValueError(
            f"{path}: expected files of the dataset, .npz files or micrographs; found none"
        )
    return PatternSet.concatenate([PatternSet.load(file) for file in files])


def check_patterns(
    patterns: "PatternSet", latent: int | tuple[int, int, int], batch_size: int, seed: int
) -> None:
    """Refuse patterns that cannot be trained on as asked, before Keras is loaded.

    Raises:
        ValueError: If they are of one origin alone, fewer than a batch, or of a size that no
            network makes such a code of; it names the option to change.
    """
    origins, size = len(set(patterns.simulation.tolist())), patterns.images.shape[-1]
    if origins < 2:
        raise ValueError(
            "data must come from two micrographs or simulations or more: one is held out, to judge "
            f"the model; got {origins}"
        )
    trained_on = len(patterns.split(HELD_OUT, seed)[0])
    if batch_size > trained_on:
        raise ValueError(
            f"batch_size must not exceed the patterns to train on, {trained_on} of "
            f"{len(patterns)}; got {batch_size}"
        )
    side = latent[0] if isinstance(latent, tuple) else 1
    halvings = [size // 2**k for k in range(1, size.bit_length()) if size % 2**k == 0]
    if isinstance(latent, tuple) and not halvings:
        raise ValueError(f"size must be even, to be halved; got {size}")
    if isinstance(latent, tuple) and side not in halvings:
        fitting = next((one for one in halvings if one <= 8), halvings[-1])
        raise ValueError(
            f"latent must have a side that is {size} halved, as {fitting}x{fitting}x{latent[2]} "
            f"(--latent); got {'x'.join(map(str, latent))} for patterns of {size} × {size}"
        )
