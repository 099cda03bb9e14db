"""Errors of reconstruction by the age of a pattern: young ones have the finest detail."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_course.arrays import Floats
from vae_course.data.pattern_set import PatternSet
from vae_course.vae.fidelity import pixel_accuracy, squared_error
from vae_course.vae.model import VAE

STAGES = (0.0, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, math.inf)
"""Edges of the time intervals that errors are reported for (simulation units)."""

_BATCH = 512  # pictures rebuilt at once


@dataclass(frozen=True, eq=False)
class StageErrors:
    """Errors of reconstruction by interval of time: edges[k] ≤ t < edges[k + 1].

    Attributes:
        edges: Edges of the K intervals (simulation units), shape (K + 1,).
        count: Patterns in each interval, shape (K,).
        squared_error: Mean squared error a pixel, not a number where empty, shape (K,).
        accuracy: Part of the pixels of the right phase, not a number where empty, shape (K,).

    Examples:
        >>> errors = np.array([[0.02, 0.01], [0.96, 0.98]])
        >>> found = StageErrors.of(np.array([3e-4, 4e-4]), errors, edges=(0, 5e-4, 1e-3))
        >>> list(zip(found.labels, found.squared_error.tolist()))
        [('0–0.5', 0.015), ('0.5–1', nan)]
    """

    edges: Floats
    count: NDArray[np.int64]
    squared_error: Floats
    accuracy: Floats

    @classmethod
    def of(cls, time: Floats, errors: Floats, edges: Sequence[float] = STAGES) -> "StageErrors":
        """Average errors of images over each interval.

        Args:
            time: Times of N images; those of unknown time belong to no interval.
            errors: Squared error and accuracy of each, shape (2, N).
            edges: Edges of the intervals, rising.

        Returns:
            The means.

        Raises:
            ValueError: If edges does not rise.
        """
        borders = np.asarray(edges, dtype=np.float64)
        if borders.ndim != 1 or len(borders) < 2 or not np.all(borders[1:] > borders[:-1]):
            raise ValueError(f"edges must be two or more rising numbers; got {edges}")
        inside = (time >= borders[:-1, None]) & (time < borders[1:, None])  # (K, N)
        count = inside.sum(axis=1)
        sums = inside.astype(np.float64) @ errors.T  # (K, 2)
        means = np.where(count[:, None] > 0, sums / np.maximum(count, 1)[:, None], np.nan)
        return cls(borders, count, means[:, 0], means[:, 1])

    @property
    def labels(self) -> list[str]:
        """The intervals in 10⁻³ simulation units, for a figure."""
        pairs = zip(1e3 * self.edges[:-1], 1e3 * self.edges[1:], strict=True)
        return [f"{a:g}–{b:g}" if np.isfinite(b) else f"≥ {a:g}" for a, b in pairs]


def errors_by_image(vae: VAE, images: NDArray[Any]) -> Floats:
    """Compute the errors of reconstruction (of the mean code) of each image.

    Args:
        vae: The model.
        images: Values 0 and 1, shape (N, n, n).

    Returns:
        Mean squared error a pixel, and part of the pixels of the right phase, shape (2, N).

    Raises:
        ValueError: If images has another shape or other values.

    Examples:
        >>> from vae_course.data import load_embedded
        >>> from vae_course.vae import load_pretrained
        >>> errors = errors_by_image(load_pretrained(), load_embedded().images[:20])
        >>> errors.shape
        (2, 20)
    """
    parts = []
    for start in range(0, max(1, len(images)), _BATCH):  # an empty set reaches the model's check
        batch = images[start : start + _BATCH]
        found = vae.reconstruct(batch)
        parts.append([squared_error(found, batch), pixel_accuracy(found, batch)])
    return np.concatenate(parts, axis=1)


def reconstruction_by_stage(
    vae: VAE, patterns: PatternSet, edges: Sequence[float] = STAGES
) -> StageErrors:
    """Compute the errors of reconstruction (of the mean code) by interval of time.

    Args:
        vae: The model.
        patterns: Patterns; those of unknown time belong to no interval.
        edges: Edges of the intervals, rising (simulation units).

    Returns:
        Count, mean squared error and pixel accuracy of each interval.

    Raises:
        ValueError: If edges does not rise or the model takes images of another size.

    Examples:
        The younger, the finer, the larger the error:

        >>> from vae_course.data import load_embedded
        >>> from vae_course.vae import load_pretrained
        >>> found = reconstruction_by_stage(load_pretrained(), load_embedded().select(range(30)))
        >>> found.squared_error.round(2).tolist()
        [0.04, 0.03, 0.01, 0.0, 0.0, 0.0]
    """
    return StageErrors.of(patterns.time, errors_by_image(vae, patterns.images), edges)
