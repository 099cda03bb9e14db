"""One microstructure by its name: a pattern file of the dataset, a picture, or an embedded one."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vae_course.data.embedded import load_embedded
from vae_course.data.mechanical_mnist import read_pattern
from vae_course.data.micrographs import SUFFIXES, read_grey
from vae_course.data.pattern_set import PatternFileError

SIZE = 64


@dataclass(frozen=True)
class Microstructure:
    """One image, with what is known of the simulation that it comes from.

    Attributes:
        image: 0 and 1, shape (64, 64), uint8.
        time: Time in simulation units; None if not known.
        b: Height of the barrier; None if not known.
        lam: Gradient-energy coefficient λ; None if not known.

    Examples:
        >>> halves = np.repeat([[0], [1]], 32, axis=0).repeat(64, axis=1).astype(np.uint8)
        >>> Microstructure(halves, time=0.01).b is None  # not known
        True
    """

    image: NDArray[np.uint8]
    time: float | None = None
    b: float | None = None
    lam: float | None = None


def read_microstructure(name: str) -> Microstructure:
    """Read a microstructure.

    Args:
        name: `embedded:17` for image 17 of the embedded Case 1; the path of a pattern file
            (`ImageK.txt`, 400 × 400 values of 0 and 1); or that of a square picture with two
            grey levels or more, whose side is a multiple of 64 pixels. Light is phase 1: blocks
            are averaged and binarised halfway between the darkest and the lightest.

    Returns:
        The microstructure.

    Raises:
        PatternFileError: If the file is damaged, foreign or too large, or of another shape.
        FileNotFoundError: If there is no such file.
        ValueError: If there is no such embedded image.

    Examples:
        >>> found = read_microstructure("embedded:17")
        >>> found.image.shape, found.time, round(found.b, 2)
        ((64, 64), 0.0025, 74.78)
    """
    if name.startswith("embedded:"):
        return _embedded(name)
    path = Path(name)
    if not path.is_file():
        raise FileNotFoundError(f"{name}: expected a file, or embedded:NUMBER; there is none")
    if path.suffix.lower() == ".txt":
        return Microstructure(read_pattern(path))
    if path.suffix.lower() in SUFFIXES:
        return Microstructure(_picture(path))
    raise PatternFileError(f"{name}: expected .txt or one of {', '.join(SUFFIXES)}")


def _embedded(name: str) -> Microstructure:
    patterns = load_embedded(1)
    number = name.removeprefix("embedded:")
    if not re.fullmatch(r"\d{1,9}", number, re.ASCII) or int(number) >= len(patterns):
        raise ValueError(f"{name}: expected embedded:0 to embedded:{len(patterns) - 1}")
    index = int(number)
    parameters = patterns.parameters[index]
    return Microstructure(
        patterns.images[index],
        float(patterns.time[index]),
        float(parameters["b"]),
        float(parameters["lam"]),
    )


def _picture(path: Path) -> NDArray[np.uint8]:
    grey = read_grey(path)
    side = grey.shape[0]
    if grey.shape[1] != side or side % SIZE or not side:
        raise PatternFileError(
            f"{path}: expected a square picture whose side is a multiple of {SIZE} pixels; "
            f"found {' × '.join(map(str, grey.shape))}"
        )
    block = side // SIZE
    means = grey.reshape(SIZE, block, SIZE, block).mean(axis=(1, 3))
    return np.asarray(means > (grey.min() + grey.max()) / 2, dtype=np.uint8)
