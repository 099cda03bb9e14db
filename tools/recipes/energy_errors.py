"""How well energies are predicted: errors, baselines, and the calibration of an uncertainty."""

import numpy as np

from vae_course.arrays import Floats, Images
from vae_course.latent.baselines import two_point_baseline, volume_fraction_baseline
from vae_course.progress import Progress

NORMAL_90 = 1.6449
"""90 % of a normal distribution lie within this many standard deviations."""


def measure_baselines(
    images: Images,
    energy: Floats,
    test: tuple[Images, Floats],
    progress: Progress,
) -> dict[str, dict[str, float]]:
    """Measure what knows the volume fraction, or the two-point correlation, on the same test."""
    components = min(100, len(images) - 1)
    found: dict[str, dict[str, float]] = {}
    for name, baseline in (
        ("volume fraction", volume_fraction_baseline()),
        ("two-point correlation", two_point_baseline(components)),
    ):
        progress("Baselines", len(found) / 2, name)
        predicted = baseline.fit(images, energy).predict(test[0])
        found[name] = _errors(predicted, test[1])
    progress("Baselines", 1.0, "")
    return found


def measure(mean: Floats, sd: Floats, true: Floats) -> dict[str, float]:
    """Measure R², mean absolute error and coverage of predictions with their deviation."""
    inside = np.abs(mean - true) <= NORMAL_90 * sd
    return {**_errors(mean, true), "coverage of the 90 % interval": float(inside.mean())}


def _errors(predicted: Floats, true: Floats) -> dict[str, float]:
    error = predicted - true
    return {
        "images": len(true),
        "r2": float(1 - np.mean(error**2) / np.var(true)),
        "mean absolute error": float(np.abs(error).mean()),
    }
