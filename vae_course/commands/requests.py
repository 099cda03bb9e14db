"""What commands are asked to do, checked at once: before Keras is loaded, which takes seconds."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vae_course.data import PatternSet


def check_out(out: Path) -> None:
    """Refuse a folder that cannot be written to, before hours are spent on what belongs there.

    Args:
        out: A folder, which need not exist yet.

    Raises:
        ValueError: If it, or the folder that it would be made in, is a file or read-only.
    """
    nearest = next(path for path in (out, *out.absolute().parents) if path.exists())
    if not nearest.is_dir():
        raise ValueError(f"out must be a folder; {nearest} is a file")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise ValueError(f"out must be a folder that you may write to; {nearest} is read-only")


def code_shape(text: str) -> int | tuple[int, int, int]:
    """Read the length of a code, or its shape.

    Args:
        text: Such as 32 or 4x4x4.

    Returns:
        A number, or three.

    Raises:
        ValueError: If text is something else.
    """
    if not re.fullmatch(r"[1-9]\d*(x[1-9]\d*x[1-9]\d*)?", text, re.ASCII):
        raise ValueError(
            f"latent must be a number such as 32, or a shape such as 4x4x4; got {text}"
        )
    shape = [int(part) for part in text.split("x")]
    return shape[0] if len(shape) == 1 else (shape[0], shape[1], shape[2])


def check_training_folder(out: Path, resume: bool) -> None:
    """Refuse the wrong use of --resume.

    Args:
        out: Folder of the training.
        resume: Whether to go on.

    Raises:
        ValueError: If there is nothing to go on with, or something that would be overwritten.
    """
    check_out(out)
    state = out / "state.json"
    if resume and not state.is_file():
        raise ValueError(f"{state}: expected a checkpoint to go on from; there is none")
    if not resume and state.exists():
        raise ValueError(f"{out} holds a training: give --resume, or choose a new folder")


def read_data(data: str, case: str) -> "PatternSet":
    """Read the patterns that --data and --case name.

    Args:
        data: `embedded`, a .npz file, or a folder of them, of the dataset's files or of
            micrographs.
        case: 1, 2, 3 or all; micrographs have no case, and are taken with each.

    Returns:
        The patterns.

    Raises:
        ValueError: If there are none, or a file is damaged or foreign.
    """
    from vae_course.data import (  # noqa: PLC0415 (slow to load)
        PatternSet,
        load_embedded,
        read_mechanical_mnist,
        read_micrographs,
    )
    from vae_course.data.micrographs import SUFFIXES, UNKNOWN_CASE  # noqa: PLC0415

    if case not in ("1", "2", "3", "all"):
        raise ValueError(f"case must be 1, 2, 3 or all; got {case}")
    cases = [1, 2, 3] if case == "all" else [int(case)]
    if data == "embedded":
        return PatternSet.concatenate([load_embedded(one) for one in cases])
    path = Path(data)
    if not path.exists():
        raise ValueError(f"data must be `embedded`, a .npz file or a folder; there is no {data}")
    if path.is_dir():
        if any(path.glob("Case*_input_patterns_64_x_64.txt")):
            return PatternSet.concatenate([read_mechanical_mnist(path, one) for one in cases])
        files = sorted(path.glob("*.npz"))
        if not files and any(file.suffix.lower() in SUFFIXES for file in path.iterdir()):
            return read_micrographs(path)
        if not files:
            raise ValueError(
                f"{path}: expected files of the dataset, .npz files or micrographs; found none"
            )
        patterns = PatternSet.concatenate([PatternSet.load(file) for file in files])
    else:
        patterns = PatternSet.load(path)
    if case == "all":
        return patterns
    found = patterns.parameters["case"]
    chosen = patterns.select((found == cases[0]) | (found == UNKNOWN_CASE))
    if not len(chosen):
        raise ValueError(f"{data} holds no patterns of case {case}; give another --case")
    return chosen
