"""How well energies are predicted: errors, baselines, and the calibration of an uncertainty."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from vae_course.arrays import Floats
from vae_course.latent.baselines import two_point_baseline, volume_fraction_baseline
from vae_course.latent.properties import Calibration

NORMAL_90 = 1.6449
"""90 % of a normal distribution lie within this many standard deviations."""


def measure_baselines(
    images: NDArray[np.uint8],
    energy: Floats,
    test: tuple[NDArray[np.uint8], Floats],
    progress: Callable[[str, float, str], None],
) -> dict[str, dict[str, float]]:
    """Measure what knows the volume fraction, or the two-point correlation, on the same test.

    Args:
        images: Fitted to, shape (N, n, n).
        energy: Their energies, shape (N,).
        test: Images and energies to predict.
        progress: Called as the work goes on.

    Returns:
        Errors by the name of the baseline.
    """
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


def calibrate(mean: Floats, spread: Floats, true: Floats) -> Calibration:
    """Fit a calibration by maximum likelihood of normal errors.

    Args:
        mean: Predicted, shape (N,).
        spread: Standard deviation between the members, shape (N,).
        true: By finite elements, shape (N,).

    Returns:
        The calibration.
    """
    error = np.asarray(true - mean)

    def negative_log_likelihood(logs: Floats) -> float:
        variance = np.exp(2 * logs[0]) + np.exp(2 * logs[1]) * spread**2
        return float(np.mean(np.log(variance) + error**2 / variance))

    start = [np.log(np.sqrt(np.mean(error**2))), 0.0]
    base, factor = np.exp(minimize(negative_log_likelihood, start, method="Nelder-Mead").x)
    return Calibration(float(base), float(factor))


def measure(
    mean: Floats, spread: Floats, true: Floats, calibration: Calibration
) -> dict[str, float]:
    """Measure predictions with their uncertainty.

    Args:
        mean: Predicted, shape (N,).
        spread: Standard deviation between the members, shape (N,).
        true: By finite elements, shape (N,).
        calibration: Makes an uncertainty of the spread.

    Returns:
        R², mean absolute error and coverage.
    """
    inside = np.abs(mean - true) <= NORMAL_90 * calibration(spread)
    return {**_errors(mean, true), "coverage of the 90 % interval": float(inside.mean())}


def _errors(predicted: Floats, true: Floats) -> dict[str, float]:
    error = predicted - true
    return {
        "images": len(true),
        "r2": float(1 - np.mean(error**2) / np.var(true)),
        "mean absolute error": float(np.abs(error).mean()),
    }
