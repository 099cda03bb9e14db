"""Synthetic micrographs: pictures with the faults of real ones, of phases that are known."""

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vae_course.physics import cahn_hilliard

WIDTH, HEIGHT = 200, 176
"""Pixels of a micrograph, without the strip below it."""

STRIP = 24
"""Height in pixels of the strip at the bottom, with the scale bar."""

SCALE_BAR = 48
"""Length of the scale bar in pixels: one unit of length of the simulations of the dataset."""

_MEAN = 0.63  # of Case 2
_B, _LAM, _TIME = 60.0, 0.015, 4e-3  # b lies outside the range of the dataset, [70, 100]
_TOLERANCE = 4e-3  # ten times coarser than for data: nobody compares these with a reference
_DARK, _LIGHT, _NOISE = 70.0, 145.0, 9.0  # grey levels
_SHADING = 0.5  # how much brighter one side is than the other, relative to the middle
_VIGNETTE = 0.25  # how much darker the corners are than the middle, relative to the middle


def synthetic_micrographs(
    folder: str | os.PathLike[str], count: int = 12, seed: int = 0
) -> NDArray[np.uint8]:
    """Write pictures that look like micrographs of a two-phase material, as PNG files of 8 bit.

    Each is a simulation of its own, with the mean composition of Case 2, at another scale than the
    dataset: 48 pixels to the unit of length where the dataset has 64, and far from walls. Phase 1
    is light. As with a real microscope, the light is uneven (another side is bright in each), every
    pixel has noise, and a strip with a scale bar is printed over the bottom.

    Args:
        folder: Folder to write `micrograph-01.png` and so on into; made where it is missing.
        count: How many.
        seed: Seed of all that is random. Micrograph k of a seed is the same whatever the count.

    Returns:
        The true phases, 0 and 1, without the strips: shape (count, HEIGHT, WIDTH).

    Raises:
        ValueError: If count is below 1 or seed is negative.

    Examples:
        >>> synthetic_micrographs("micrographs", count=1).shape
        (1, 176, 200)
        >>> [path.name for path in Path("micrographs").iterdir()]
        ['micrograph-01.png']
    """
    from PIL import Image  # noqa: PLC0415 (slow to load)

    if count < 1 or seed < 0:
        raise ValueError(f"count must be at least 1 and seed at least 0; got {count} and {seed}")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    phases = np.empty((count, HEIGHT, WIDTH), dtype=np.uint8)
    for index in range(count):
        rng = np.random.default_rng([seed, index])
        field = _field(rng)
        phases[index] = field > 0.5
        levels = np.concatenate([_grey(field, rng), _strip(index + 1)])
        picture = Image.fromarray(np.rint(levels).clip(0, 255).astype(np.uint8))
        picture.save(folder / f"micrograph-{index + 1:02d}.png")
    return phases


def _field(rng: np.random.Generator) -> NDArray[np.float64]:
    """Simulate a square of WIDTH / SCALE_BAR units, as one of the unit square (see `simulate`)."""
    side = WIDTH / SCALE_BAR
    initial = cahn_hilliard.initial_condition(
        _MEAN, WIDTH // 2, WIDTH, seed=int(rng.integers(2**31))
    )
    time = _TIME * rng.uniform(0.8, 1.25)
    # Lengths shrink by the side: so does λ by its square, and, with mobility 1, time likewise.
    fields = cahn_hilliard.simulate(
        initial, _B, _LAM / side**2, [time / side**2], tolerance=_TOLERANCE
    )
    return np.asarray(fields[0, :HEIGHT])


def _grey(field: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Turn fractions of phase 1 into grey levels, unevenly lit and noisy."""
    y, x = np.mgrid[: field.shape[0], : field.shape[1]] / (max(field.shape) - 1) - 0.5
    angle = rng.uniform(0, 2 * np.pi)
    light = 1 + _SHADING * (np.cos(angle) * x + np.sin(angle) * y) - _VIGNETTE * 2 * (x**2 + y**2)
    levels = _DARK + (_LIGHT - _DARK) * field
    return np.asarray(levels * light + rng.normal(0, _NOISE, field.shape))


def _strip(number: int) -> NDArray[np.float64]:
    """Draw the strip at the bottom: a white scale bar on black, and the number."""
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 (slow to load)

    strip = Image.new("L", (WIDTH, STRIP), 0)
    draw = ImageDraw.Draw(strip)
    draw.rectangle((8, 9, 8 + SCALE_BAR - 1, 13), fill=255)
    draw.text(
        (SCALE_BAR + 16, 6), f"1 unit   synthetic {number:02d}", 255, ImageFont.load_default()
    )
    return np.asarray(strip, dtype=np.float64)
