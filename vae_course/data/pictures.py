"""One microstructure by its name: a pattern file of the dataset, a picture, or an embedded one."""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_course.data.embedded import load_embedded
from vae_course.data.grey_files import FIELDS, SUFFIXES
from vae_course.data.mechanical_mnist import read_pattern
from vae_course.data.micrographs import Picture, oddities, read_pictures
from vae_course.data.pattern_set import PatternFileError
from vae_course.data.preparation import Preparation
from vae_course.physics.descriptors import domain_size


@dataclass(frozen=True)
class Microstructure:
    """One image, with what is known of the simulation that it comes from.

    Attributes:
        image: 0 and 1, shape (64, 64), uint8.
        time: Time in simulation units; None if not known.
        b: Height of the barrier; None if not known.
        lam: Gradient-energy coefficient λ; None if not known.
        picture: What it was taken out of; None if it is no picture.

    Examples:
        >>> halves = np.repeat([[0], [1]], 32, axis=0).repeat(64, axis=1).astype(np.uint8)
        >>> Microstructure(halves, time=0.01).b is None  # not known
        True
    """

    image: NDArray[np.uint8]
    time: float | None = None
    b: float | None = None
    lam: float | None = None
    picture: Picture | None = None


def read_microstructure(
    name: str, how: Preparation | None = None, page: int | None = None
) -> Microstructure:
    """Read a microstructure.

    Args:
        name: `embedded:17` for image 17 of the embedded Case 1; the path of a pattern file
            (`ImageK.txt`, 400 × 400 values of 0 and 1); or that of a picture, or a field of NumPy.
        how: How a picture is prepared. One square of 64 × 64 pixels is taken, by default that in
            the middle.
        page: Which page of a stack, from 1.

    Returns:
        The microstructure. What is odd about a picture is warned of.

    Raises:
        PatternFileError: If the file is damaged, foreign, too large or too small.
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
    if path.suffix.lower() not in (*SUFFIXES, *FIELDS):
        raise PatternFileError(f"{name}: expected .txt or one of {', '.join((*SUFFIXES, *FIELDS))}")
    how = how or Preparation()
    if how.crop == "tiles":
        how = replace(how, crop="centre")
    [picture] = read_pictures([path], how, page)
    for reason in oddities([picture]):
        warnings.warn(reason, stacklevel=2)
    return Microstructure(picture.prepared.images[0], picture=picture)


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


@cache
def _trained_on() -> dict[str, tuple[float, float]]:
    """Get ranges of the embedded patterns: of 98 % of Case 1 in domain size, of all cases in φ."""
    sizes = domain_size(load_embedded(1).images)
    high = float(load_embedded(3).images.mean(axis=(1, 2)).max())
    return {
        "volume fraction": (1 - high, high),  # phases may be swapped
        "domain size": (float(np.percentile(sizes, 1)), float(np.percentile(sizes, 99))),
    }


def unfamiliar(image: ArrayLike, picture: Picture | None = None) -> Iterator[str]:
    """Say, in sentences, in what an image is unlike all that the shipped models were trained on.

    Args:
        image: 0 and 1, shape (64, 64).
        picture: What it was taken out of, whose domains are measured, being more; None if nothing.

    Yields:
        A sentence for the domain size, one for the volume fraction, where they lie outside.

    Examples:
        >>> stripes = np.tile(np.arange(64) // 32, (64, 1))
        >>> [said.partition(" of ")[0] for said in unfamiliar(stripes)]
        ['domain size']
    """
    pixels = np.asarray(image, dtype=np.float64)
    phases = pixels if picture is None else picture.prepared.phases
    low, high = (len(pixels) * value for value in _trained_on()["domain size"])
    size = max(phases.shape) * float(domain_size(phases))
    if not low <= size <= high:
        done = 1.0 if picture is None else picture.prepared.reduce
        fits = done * min(phases.shape) / len(pixels)
        wanted = done * size / np.sqrt(low * high)
        if size < low:
            remedy = "reduce it less, or take a picture of higher magnification"
        elif wanted <= fits:
            remedy = f"make it smaller (--reduce {wanted:.2g})"
        else:
            remedy = "take a picture of lower magnification, with more domains"
        yield (
            f"domain size of {size:.1f} pixels: the models were trained on {low:.1f} to "
            f"{high:.1f}; {remedy}"
        )
    low, high = _trained_on()["volume fraction"]
    fraction = float(pixels.mean())
    if not low <= fraction <= high:
        yield (
            f"volume fraction of {fraction:.3f}: the models were trained on {low:.3f} to "
            f"{high:.3f}, and what they predict for it is a guess"
        )
