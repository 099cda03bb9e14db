"""Checks of lesson 06, Predicting the future."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from vae_course.arrays import Floats
from vae_course.classroom.check import Student, exercise
from vae_course.classroom.checks.lesson_06.dynamics_training import (
    require_learning,
    require_residual,
    require_shapes,
)
from vae_course.classroom.checks.lesson_06.time_steps import compare_paths, frames_of, require_pairs
from vae_course.classroom.compare import Known, MistakeError, as_array, compare, require


def _skill(prediction: Floats, truth: Floats, baseline: Floats) -> float:
    return float(1 - np.mean((prediction - truth) ** 2) / np.mean((baseline - truth) ** 2))


def _extrapolate(z0: Floats, t0: Floats, z1: Floats, t1: Floats, t: Floats) -> Floats:
    steps = np.log(t / t1) / np.log(t1 / t0)
    return np.asarray(z1 + steps[:, None] * (z1 - z0))


def _training_pairs(
    z: Floats, time: Floats, simulation: NDArray[np.int64], factor: float
) -> tuple[Floats, Floats, Floats]:
    ratio = time[None, :] / time[:, None]
    same = simulation[None, :] == simulation[:, None]
    now, later = np.nonzero(same & (ratio > 1) & (ratio <= factor))
    return z[now], z[later], np.log(ratio[now, later])[:, None]


def _build_dynamics(latent: int) -> keras.Model:
    depth = latent // 64
    z, log_factor = keras.Input((latent,)), keras.Input((1,))
    told = layers.Reshape((8, 8, 1))(layers.RepeatVector(64)(log_factor))
    x = layers.Concatenate()([layers.Reshape((8, 8, depth))(z), told])
    x = layers.Conv2D(32, 3, padding="same", activation="gelu")(x)
    for _ in range(3):
        x = x + layers.Conv2D(32, 3, padding="same", activation="gelu")(x)
    x = layers.Conv2D(depth, 3, padding="same", kernel_initializer="zeros")(x)
    return keras.Model([z, log_factor], z + log_factor * layers.Flatten()(x))


def _roll_out(step: Callable[[Any], Any], z: Floats, n: int) -> Floats:
    path = [as_array("step(z)", z)]
    for _ in range(n):
        path.append(as_array("step(z)", step(path[-1])))
    return np.stack(path, axis=1)


@exercise("6.1", stars=1, takes="prediction, truth, baseline", reference=_skill)
def skill(student: Student) -> None:
    """One minus the ratio of two mean squared errors."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, (5, 8, 8)).astype(np.float64)
    spread = np.linspace(0.1, 0.6, 5)[:, None, None]
    prediction = np.clip(truth + 0.7 * spread * rng.standard_normal(truth.shape), 0, 1)
    baseline = np.clip(truth + 1.5 * spread[::-1] * rng.standard_normal(truth.shape), 0, 1)
    error, of_baseline = (prediction - truth) ** 2, (baseline - truth) ** 2
    ratio = error.mean() / of_baseline.mean()
    by_image = 1 - error.mean(axis=(1, 2)) / of_baseline.mean(axis=(1, 2))
    right_pixels = (prediction > 0.5) == (truth > 0.5)
    mistakes = (
        Known(
            right_pixels.mean(),
            "This is an accuracy. It does not ask what the baseline would have got: where little "
            "changes, every prediction looks good.",
        ),
        Known(1 - error.mean(), "The baseline is missing: divide the MSE by that of the baseline."),
        Known(error.mean(), "This is the MSE of the prediction alone. Compare it with a baseline."),
        Known(
            ratio, "This is the ratio of the errors, 0 for a perfect prediction. Skill is 1 − it."
        ),
        Known(ratio - 1, "The sign is the wrong way round: a perfect prediction has the skill 1."),
        Known(
            1 - 1 / ratio,
            "Prediction and baseline are swapped: the error of the baseline is the denominator.",
        ),
        Known(1 - np.sqrt(ratio), "You took the roots of the errors. Divide the MSEs themselves."),
        Known(
            1 - np.abs(prediction - truth).mean() / np.abs(baseline - truth).mean(),
            "These are mean absolute differences. The differences must be squared.",
        ),
        Known(
            1 - (prediction - truth).mean() / (baseline - truth).mean(),
            "The differences are not squared, so that positive and negative ones cancel.",
        ),
        Known(by_image, "This is one skill for each image. Average both errors over everything."),
        Known(
            by_image.mean(),
            "You averaged one skill for each image. An image that hardly changes has a tiny "
            "denominator and outweighs all others. Average both errors first, then divide.",
        ),
        Known(
            1 - error.mean() / truth.var(),
            "You divided by the variance of the truth (that is R²). Divide by the error of the "
            "baseline that was given.",
        ),
        Known(
            1 - ((prediction - baseline) ** 2).mean() / of_baseline.mean(),
            "The prediction is compared with the baseline. Both must be compared with the truth.",
        ),
        Known(
            1 - error.mean() / ((prediction - baseline) ** 2).mean(),
            "The denominator compares baseline and prediction. It must be the baseline and truth.",
        ),
        Known(
            of_baseline.mean() - error.mean(),
            "Divide by the MSE of the baseline: a difference "
            "of errors depends on how much changes.",
        ),
    )
    compare(
        "skill(prediction, truth, baseline)",
        student(prediction, truth, baseline),
        1 - ratio,
        mistakes,
        "It is 1 − MSE(prediction, truth) / MSE(baseline, truth).",
    )
    worse = 1 - prediction
    negative = 1 - np.mean((worse - truth) ** 2) / of_baseline.mean()
    compare(
        "skill of a prediction that is worse than the baseline",
        student(worse, truth, baseline),
        negative,
        [Known(0.0, "You cut negative skill off. Worse than the baseline has to show as such.")],
        "It is negative: 1 minus a ratio above 1.",
    )


@exercise("6.2", stars=2, takes="z0, t0, z1, t1, t", reference=_extrapolate, gives_array=True)
def extrapolate(student: Student) -> None:
    """A straight line over the logarithm of time."""
    # As many codes as numbers in a code: a forgotten [:, None] then gives numbers, not an error.
    _compare_lines(student, 4, 4)
    _compare_lines(student, 5, 3)


def _compare_lines(student: Student, count: int, latent: int) -> None:
    rng = np.random.default_rng(count)
    z0, z1 = rng.standard_normal((2, count, latent))
    t0 = 1e-3 * rng.uniform(1, 3, count)
    t1 = t0 * rng.uniform(1.3, 1.9, count)
    t = t1 * rng.uniform(1.2, 4, count)
    change, column = z1 - z0, (slice(None), None)
    log_ahead, log_behind = np.log(t / t1), np.log(t1 / t0)
    right = _extrapolate(z0, t0, z1, t1, t)
    known = [
        (
            z1 + ((t - t1) / (t1 - t0))[column] * change,
            "This line is straight over t. Coarsening slows down, so it runs too far: draw it over "
            "log t.",
        ),
        (
            z0 + (log_ahead / log_behind)[column] * change,
            "The line starts at z0. log(t / t1) counts from t1, where the code is z1.",
        ),
        (
            z1 + (np.log(t / t0) / log_behind)[column] * change,
            "You go on from z1, but count the time from t0: log(t / t1), not log(t / t0).",
        ),
        (
            z1 - (log_ahead / log_behind)[column] * change,
            "This goes backward: the change is z1 − z0, later minus earlier.",
        ),
        (
            z1 + log_ahead[column] * change,
            "The change z1 − z0 took a time of its own. Divide by log(t1 / t0).",
        ),
        (
            z1 + (log_behind / log_ahead)[column] * change,
            "The fraction is upside down: log(t / t1) is on top.",
        ),
        (
            z1 + (t / t1)[column] / (t1 / t0)[column] * change,
            "The logarithms are missing: take them of both ratios.",
        ),
        (
            z1 + (log_ahead / log_behind)[0] * change,
            "All codes are carried on by the times of the first. Each row has times of its own.",
        ),
        (
            z1 + (log_ahead / log_behind)[column] * change.mean(axis=0),
            "All codes get the same mean velocity. Each has one of its own.",
        ),
        (z1, "This is persistence: the code z1 as it was."),
    ]
    if count == latent:
        known.append(
            (
                z1 + log_ahead / log_behind * change,
                "The steps multiply the columns, not the rows: give them the shape (N, 1) by "
                "[:, None].",
            )
        )
    compare(
        "extrapolate(z0, t0, z1, t1, t)",
        student(z0, t0, z1, t1, t),
        right,
        [Known(value, why) for value, why in known],
        "At t = t1 it must give z1, at t = t0 it must give z0.",
    )


_FACTOR = 3.0


@exercise("6.3", stars=2, takes="z, time, simulation, factor", reference=_training_pairs)
def training_pairs(student: Student) -> None:
    """Pairs of frames of one simulation, the later up to factor times as old."""
    rng = np.random.default_rng(0)
    order = rng.permutation(13)
    simulation = np.repeat([7, 2, 8], (5, 4, 4))[order]
    steps = np.concatenate([np.arange(5), np.arange(4) + 0.4, np.arange(4) + 0.7])
    time = 1e-3 * 1.55 ** steps[order]
    z = rng.standard_normal((13, 3))
    what = "training_pairs(z, time, simulation, factor)"
    found = student(z, time, simulation, _FACTOR)
    require(
        isinstance(found, (tuple, list)) and len(found) == 3,
        f"{what} must return three arrays.",
        "Codes now, codes later and log r: `return now, later, log_factor`.",
        "three arrays",
        f"{len(found)} entries" if isinstance(found, (tuple, list)) else type(found).__name__,
    )
    now, later = (
        as_array(f"The codes {part} of {what}", x)
        for part, x in zip(("now", "later"), found[:2], strict=True)
    )
    for name, part in (("now", now), ("later", later)):
        require(
            part.ndim == 2 and part.shape[1] == 3 and len(part) == len(now) and len(part) > 0,
            f"The codes {name} have the wrong shape.",
            "Index z by the numbers of the frames: z[now] and z[later] have one row a pair.",
            "shape (P, 3)",
            f"shape {part.shape}",
        )
    first = frames_of(now, z, "now")
    second = frames_of(later, z, "later")
    require_pairs(first, second, time, simulation, _FACTOR)
    ratio = time[second] / time[first]
    right = np.log(ratio)[:, None]
    mistakes = (
        Known(right[:, 0], "The shape must be (P, 1), for a network: add [:, None]."),
        Known(ratio[:, None], "This is the ratio of times itself. Return its logarithm."),
        Known(ratio, "This is the ratio of times itself. Return its logarithm, shape (P, 1)."),
        Known(-right, "The sign is the wrong way round: log r is positive where later is later."),
        Known(
            (time[second] - time[first])[:, None],
            "This is the difference of times. What counts is the ratio: log(later / now).",
        ),
        Known(np.log10(ratio)[:, None], "This is the logarithm to base 10. Take the natural one."),
        Known(
            np.log(time[second])[:, None],
            "This is the logarithm of the later time. Take that of the ratio.",
        ),
    )
    compare(
        "The log r of your pairs", found[2], right, mistakes, "It is log(later time / time now)."
    )


@exercise("6.4", stars=3, takes="latent", reference=_build_dynamics, seconds=180)
def build_dynamics(student: Student) -> None:
    """A residual network that is exact at r = 1 and learns."""
    require_shapes(student)
    require_residual(student)
    require_learning(student)


@exercise("6.5", stars=2, takes="step, z, n", reference=_roll_out, gives_array=True)
def roll_out(student: Student) -> None:
    """All states of a repeated step, the start first."""
    turn = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.3, 1.1]])
    z = np.random.default_rng(0).standard_normal((5, 3))
    calls: list[int] = []

    def step(state: Any) -> Floats:
        calls.append(1)
        if np.shape(state) != z.shape:
            raise MistakeError(
                "step was called with an array of another shape than z.",
                "Hand it all N codes at once, as they came from the last step.",
                f"shape {z.shape}",
                f"shape {np.shape(state)}",
            )
        return np.asarray(np.tanh(np.asarray(state) @ turn + 0.1))

    n = 4
    path = [z]
    for _ in range(n):
        path.append(step(path[-1]))
    calls.clear()
    what = "roll_out(step, z, n)"
    result = student(step, z, n)
    require(
        not ops.is_tensor(result),
        f"{what} returned a tensor.",
        "Return a NumPy array, as np.stack does: the next cells go on with NumPy.",
        "a NumPy array",
        type(result).__name__,
    )
    found = as_array(what, result)
    used = len(calls)
    compare_paths(what, found, path, step(path[-1]))
    require(
        used == n,
        f"step was called {used} times for {n} steps.",
        "Call it once a step, and keep the result: a step may take long.",
    )
    one = as_array(what, student(step, z, 0))
    require(
        one.shape == (5, 1, 3),
        "With n = 0 there is only the start.",
        "The number of steps must come from n.",
        "shape (5, 1, 3)",
        f"shape {one.shape}",
    )
    _pictures_too(student)


def _pictures_too(student: Student) -> None:
    """The same must work for pictures."""
    pictures = np.random.default_rng(1).random((3, 4, 4)).astype(np.float32)
    what = "roll_out(step, pictures, 2)"
    right = np.stack([pictures, 0.5 * pictures, 0.25 * pictures], axis=1)
    found = as_array(what, student(lambda x: 0.5 * x, pictures, 2))
    require(
        found.shape == right.shape,
        f"{what} has the wrong shape.",
        "The code works for codes only. np.stack(path, axis=1) works for any shape.",
        f"shape {right.shape}",
        f"shape {found.shape}",
    )
    compare(what, found, right, (), "Pictures are passed on as codes are.")
