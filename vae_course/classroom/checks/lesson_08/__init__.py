"""Checks of lesson 08, From structure to stiffness."""

from typing import Any

import keras
import numpy as np
from sklearn.metrics import r2_score
from sklearn.preprocessing import PowerTransformer

from vae_course.arrays import Floats
from vae_course.classroom.check import Student, exercise
from vae_course.classroom.checks.lesson_08.regression import require_network, require_prediction
from vae_course.classroom.checks.lesson_08.scaling import require_scaler
from vae_course.classroom.compare import Known, MistakeError, as_array, compare, require
from vae_course.physics.hyperelasticity import strain_energy

UNIFORM = 0.520888316
"""Energy of a uniform square with E = 1 at a displacement of 0.5."""


def _energy_bounds(volume_fraction: Any) -> tuple[Any, Any]:
    phi = volume_fraction
    return UNIFORM / ((1 - phi) / 10 + phi), UNIFORM * (10 * (1 - phi) + phi)


def _fit_scaler(train: Any) -> PowerTransformer:
    return PowerTransformer().fit(train)


def _r2_by_group(true: Any, predicted: Any, group: Any) -> Floats:
    masks = [group == number for number in np.unique(group)]
    return np.array([r2_score(true[mask], predicted[mask]) for mask in masks])


def _build_regressor(shape: tuple[int, int, int]) -> keras.Model:
    convolutions = [keras.layers.Conv2D(32, 3, padding="same", activation="relu") for _ in range(3)]
    ends = [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(1)]
    flat = keras.Input((int(np.prod(shape)),))
    return keras.Sequential([flat, keras.layers.Reshape(shape), *convolutions, *ends])


def _finite_element_error(image: Any, predicted: float) -> float:
    solved = strain_energy(image, displacements=(0.5,))[0]
    return float(predicted / solved - 1)


@exercise("8.1", stars=2, takes="volume_fraction", reference=_energy_bounds, gives_array=True)
def energy_bounds(student: Student) -> None:
    """Uniform-stress and uniform-strain estimates of the energy."""
    what = "energy_bounds(volume_fraction)"
    phi = np.array([0.0, 0.2, 0.5, 0.65, 0.9, 1.0])
    found = student(phi)
    require(
        isinstance(found, (tuple, list, np.ndarray)) and len(found) == 2,
        f"{what} must return two arrays.",
        "Return both bounds: `return lower, upper`.",
        "lower, upper",
        type(found).__name__,
    )
    lower, upper = (as_array(what, one) for one in found)
    right = _energy_bounds(phi)
    if lower.shape == upper.shape == phi.shape and np.allclose([upper, lower], right, 1e-4):
        raise MistakeError(
            f"{what} returns the bounds in the wrong order.",
            "The lower one comes first. If you took the average of the moduli for the lower "
            "one: it is the upper. Uniform strain can only store too much.",
        )
    compare(f"The upper bound of {what}", upper, right[1], _upper_mistakes(phi), _FORMULAS)
    compare(f"The lower bound of {what}", lower, right[0], _lower_mistakes(phi), _FORMULAS)


_FORMULAS = "At φ = 0 both must be 10 · UNIFORM, and at φ = 1 both UNIFORM."


def _upper_mistakes(phi: Floats) -> tuple[Known, ...]:
    return (
        Known(
            UNIFORM * (10 * phi + 1 - phi),
            "The phases are exchanged. φ is the share of phase 1, the soft one: E = 10 belongs to "
            "1 − φ.",
        ),
        Known(
            10 * (1 - phi) + phi, "This is the mean modulus. Multiply by UNIFORM to get an energy."
        ),
        Known(
            np.full_like(phi, 5.5 * UNIFORM),
            "You averaged the moduli with equal weights. The weights are 1 − φ and φ.",
        ),
        Known(
            UNIFORM * 10 ** (1 - phi),
            "This is a geometric mean of the moduli. With uniform strain energies add up: take the "
            "arithmetic one.",
        ),
    )


def _lower_mistakes(phi: Floats) -> tuple[Known, ...]:
    compliance = (1 - phi) / 10 + phi
    return (
        Known(
            UNIFORM * compliance,
            "You averaged the inverses of the moduli, but did not invert the average: divide "
            "UNIFORM by it.",
        ),
        Known(
            UNIFORM / (phi / 10 + 1 - phi),
            "The phases are exchanged. φ is the share of phase 1, the soft one: 1/10 belongs to "
            "1 − φ.",
        ),
        Known(1 / compliance, "This is a modulus. Multiply by UNIFORM to get an energy."),
        Known(
            UNIFORM / (10 * (1 - phi) + phi),
            "Under uniform stress it is 1/E that is averaged, and then inverted. You inverted the "
            "average of E.",
        ),
        Known(
            np.full_like(phi, UNIFORM),
            "This is the energy of a square that is all soft. It is below all patterns, but the "
            "stiff phase helps even under uniform stress.",
        ),
        Known(
            UNIFORM * 10 ** (1 - phi),
            "This is a geometric mean. Under uniform stress the inverses of the moduli are "
            "averaged.",
        ),
    )


@exercise("8.2", stars=2, takes="train", reference=_fit_scaler)
def fit_scaler(student: Student) -> None:
    """A scaler that was fitted to the training set and to nothing else."""
    require_scaler(student)


@exercise("8.3", stars=2, takes="true, predicted, group", reference=_r2_by_group, gives_array=True)
def r2_by_group(student: Student) -> None:
    """R² within groups, of the predictions as they are."""
    what = "r2_by_group(true, predicted, group)"
    rng = np.random.default_rng(2)
    group = rng.permutation(np.repeat([7, 1, 4], [40, 25, 60]))
    true = rng.standard_normal(125) * (1 + group / 5) + group
    predicted = 0.4 + 0.7 * true + 0.5 * rng.standard_normal(125)
    right = _r2_by_group(true, predicted, group)
    found = student(true, predicted, group)
    require(
        not isinstance(found, dict),
        f"{what} returned a dictionary.",
        "Return an array of shape (G,), in the order of np.unique(group).",
    )
    compare(what, found, right, _r2_mistakes(true, predicted, group, right), _R2)
    useless = np.zeros(6)
    compare(
        f"{what} for a prediction worse than the mean",
        student(np.array([1.0, 2, 3, 1, 2, 4]), useless, np.array([0, 0, 0, 1, 1, 1])),
        _r2_by_group(np.array([1.0, 2, 3, 1, 2, 4]), useless, np.array([0, 0, 0, 1, 1, 1])),
        why="A bad prediction may have an R² below 0. Do not cut it off.",
    )


_R2 = "1 − Σ(W − Ŵ)² / Σ(W − W̄)², each within the group."


def _r2_mistakes(true: Floats, predicted: Floats, group: Any, right: Floats) -> list[Known]:
    numbers = np.unique(group)

    def each(score: Any) -> Floats:
        return np.array([score(true[group == one], predicted[group == one]) for one in numbers])

    first_seen = [int(np.flatnonzero(numbers == one)[0]) for one in dict.fromkeys(group.tolist())]
    sizes = [np.sum(group == one) for one in numbers]
    return [
        Known(
            each(lambda t, p: r2_score(p, t)),
            "The arguments are exchanged: the truth comes first. The spread of the truth is what "
            "a prediction has to explain.",
        ),
        Known(
            each(lambda t, p: np.corrcoef(t, p)[0, 1] ** 2),
            "This is the squared correlation. It recalibrates the prediction by the best line "
            "through the test set, and so forgives any wrong factor and offset.",
        ),
        Known(
            each(lambda t, p: np.corrcoef(t, p)[0, 1]),
            "This is the correlation. It is not R²: it forgives any wrong factor and offset.",
        ),
        Known(
            each(lambda t, p: 1 - np.var(t - p) / np.var(t)),
            "The mean of the error was taken away: that recalibrates the offset on the test set. "
            "Use the mean squared error.",
        ),
        Known(
            each(lambda t, p: 1 - np.mean((t - p) ** 2) / np.var(true)),
            "The denominator is the spread of all patterns. Each group has its own mean and "
            "spread.",
        ),
        Known(
            each(lambda t, p: 1 - np.mean((t - p) ** 2) / np.mean((t - true.mean()) ** 2)),
            "The mean in the denominator is that of all patterns. Each group has its own.",
        ),
        Known(
            each(lambda t, p: 1 - np.mean((t - p) ** 2) / np.var(t, ddof=1)),
            "The variance was divided by N − 1, the squared error by N. Both are sums over the "
            "same patterns.",
        ),
        Known(
            each(lambda t, p: 1 - np.sqrt(np.mean((t - p) ** 2)) / np.std(t)),
            "Squares are missing: R² compares the mean *squared* error with the variance.",
        ),
        Known(
            each(lambda t, p: np.mean((t - p) ** 2) / np.var(t)),
            "This is the unexplained share. R² is 1 minus that.",
        ),
        Known(
            each(lambda t, p: np.mean((t - p) ** 2)),
            "This is the mean squared error. Compare it with the variance of the truth.",
        ),
        Known(right.mean(), "You averaged over the groups. Return one number for each."),
        Known(np.average(right, weights=sizes), "You averaged over the groups. Return one each."),
        Known(r2_score(true, predicted), "This is one number for all. Return one for each group."),
        Known(right[first_seen], "The groups are not in the order of np.unique(group)."),
        Known(right[::-1], "The groups are in reverse order."),
    ]


@exercise("8.4", stars=3, takes="shape", reference=_build_regressor, seconds=240)
def build_regressor(student: Student) -> None:
    """A network that learns energies from codes, better than two-point correlations do."""
    network = require_network(student((8, 8, 4)))
    require_prediction(network)


@exercise("8.5", stars=1, takes="image, predicted", reference=_finite_element_error)
def finite_element_error(student: Student) -> None:
    """Relative error of a prediction against a finite-element solution."""
    what = "finite_element_error(image, predicted)"
    image = np.zeros((16, 16), dtype=np.uint8)
    image[3:11, :13] = 1
    levels = strain_energy(image)
    true = float(levels[-1])
    predicted, low = round(1.1 * true, 2), round(0.85 * true, 2)
    swapped = strain_energy(1 - image, (0.5,))[0]
    share = float(image.mean())
    upper, lower = _energy_bounds(share)[::-1]
    with np.errstate(divide="ignore"):  # nothing is stored at d = 0
        ratios = predicted / levels - 1
    mistakes = (
        Known(predicted - true, "This is the absolute error. Divide it by the true energy."),
        Known(
            (predicted - true) / predicted,
            "You divided by the prediction. Errors are relative to the truth.",
        ),
        Known(
            (true - predicted) / true,
            "The sign is the wrong way round: positive where the prediction is too large.",
        ),
        Known(true / predicted - 1, "Truth and prediction are exchanged."),
        Known(predicted / true, "This is the ratio. The error is the ratio less 1."),
        Known(100 * (predicted / true - 1), "This is in percent. Return the plain number."),
        Known(
            ratios,
            "You solved at all seven displacements. Only the last one, 0.5, is asked for.",
        ),
        Known(
            ratios[1:],
            "You solved at several displacements. Only the last one, 0.5, is asked for.",
        ),
        Known(ratios[-2], "This is the energy at d = 0.4. Asked for is d = 0.5."),
        Known(
            predicted / swapped - 1,
            "The phases are exchanged. Phase 0 is the stiff one, as strain_energy has it.",
        ),
        Known(predicted / upper - 1, "This is the upper bound, not a finite-element solution."),
        Known(predicted / lower - 1, "This is the lower bound, not a finite-element solution."),
        Known(true, "This is the true energy. Compare the prediction with it."),
        Known(
            [predicted / true - 1], "This is an array of shape (1,). Take the number out: `[0]`."
        ),
    )
    compare(what, student(image, predicted), predicted / true - 1, mistakes, "(Ŵ − W) / W.")
    compare(
        f"{what} of a prediction that is too low",
        student(image, low),
        low / true - 1,
        (Known(1 - low / true, "The sign is lost. Too low and too high differ."),),
        "(Ŵ − W) / W.",
    )
