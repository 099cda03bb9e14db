"""What `vae-course train` is asked, read before Keras is loaded, which takes seconds."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vae_course.data import PatternSet


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


def read_data(data: str, case: str) -> "PatternSet":
    """Read the patterns that --data and --case name.

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
