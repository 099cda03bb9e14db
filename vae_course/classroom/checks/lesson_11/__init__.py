"""Checks of lesson 11, From VAE to flow."""

from collections.abc import Callable
from typing import Any

import numpy as np

from vae_course.arrays import Floats
from vae_course.classroom.check import Student, exercise
from vae_course.classroom.checks.lesson_11.following import require_guided, require_heun
from vae_course.classroom.checks.lesson_11.matching import reference_loss, require_matching
from vae_course.classroom.checks.lesson_11.telling import reference_auc, require_auc
from vae_course.classroom.compare import Known, compare, require

CLOUDS, AXES = 40, 5


def _aggregate_gap(means: Any, log_variances: Any) -> tuple[Floats, float]:
    variances = np.exp(log_variances)
    squared = np.sum(means**2 + variances, axis=1)
    whole = variances.mean(axis=0) + means.var(axis=0)
    return np.asarray(whole), float(np.sqrt(squared.mean() / means.shape[1]))


def _path(noise: Any, code: Any, tau: Any) -> tuple[Any, Any]:
    return (1 - tau) * noise + tau * code, code - noise


def _heun(velocity: Any, noise: Any, steps: int) -> Any:
    x, h = noise, 1 / steps
    for i in range(steps):
        first = velocity(x, i * h)
        x = x + h / 2 * (first + velocity(x + h * first, (i + 1) * h))
    return x


def _guided(velocity: Any, condition: Any, strength: float) -> Callable[[Any, Any], Any]:
    def wanted(x: Any, tau: Any) -> Any:
        nothing = velocity(x, tau, (0, 0))
        return nothing + strength * (velocity(x, tau, condition) - nothing)

    return wanted


@exercise("11.1", stars=2, takes="means, log_variances", reference=_aggregate_gap, gives_array=True)
def aggregate_gap(student: Student) -> None:
    """The variance of the aggregate posterior on each axis, and its relative length."""
    rng = np.random.default_rng(1)
    means = rng.normal([0.5, -1.0, 0.0, 2.0, 0.3], [1.0, 0.2, 1.5, 0.7, 2.0], (CLOUDS, AXES))
    logs = rng.normal(-1.0, 0.8, (CLOUDS, AXES))
    what = "aggregate_gap(means, log_variances)"
    found = student(means, logs)
    require(
        isinstance(found, tuple) and len(found) == 2,
        f"{what} must return two things.",
        "End with `return variance, length`.",
        "a tuple of two",
        type(found).__name__ if not isinstance(found, tuple) else f"a tuple of {len(found)}",
    )
    variances, right = np.exp(logs), _aggregate_gap(means, logs)
    not_exp = logs.mean(axis=0) + means.var(axis=0)
    compare(
        f"The first of {what}",
        found[0],
        right[0],
        (
            Known(
                means.var(axis=0),
                "This is the variance of the means alone. Codes are drawn "
                "from clouds: add the mean of their variances.",
            ),
            Known(
                variances.mean(axis=0),
                "This is the mean variance of the clouds alone. The "
                "clouds lie in different places: add the variance of their means.",
            ),
            Known(np.sqrt(right[0]), "This is the standard deviation. Leave the root away."),
            Known(not_exp, "The encoder returns *logarithms* of variances: np.exp first."),
            Known(
                np.exp(0.5 * logs).mean(axis=0) + means.var(axis=0),
                "exp(0.5 · log_variance) "
                "is the standard deviation. The variance is exp(log_variance).",
            ),
            Known(
                right[0].mean(),
                "You averaged over the axes, too. Return one variance for each axis: axis=0.",
            ),
            Known(
                variances.mean(axis=1) + means.var(axis=1),
                "The mean went over the axes of each picture. Take it over the pictures: axis=0.",
            ),
            Known(
                variances.mean(axis=0) + np.mean(means**2, axis=0),
                "You added the mean square "
                "of the means. That is a variance only where they are 0 on average: take "
                "means.var(axis=0).",
            ),
        ),
        "It is the mean of the variances plus the variance of the means, each over the pictures.",
    )
    squared = np.sum(means**2 + variances, axis=1)
    compare(
        f"The second of {what}",
        found[1],
        right[1],
        (
            Known(
                np.sqrt(squared.mean()),
                "This is the length itself. Divide by √k, so that the prior has 1.",
            ),
            Known(squared.mean() / AXES, "This is the mean square. Take the root."),
            Known(
                np.sqrt(np.sum(means**2, axis=1).mean() / AXES),
                "This is the length of the "
                "means alone. Codes drawn from the clouds are longer: add the variances.",
            ),
            Known(np.sqrt(squared.mean()) / AXES, "Divide by √k, not by k."),
            Known(
                np.sqrt(right[0].mean()),
                "This is the spread about the mean of all codes. The "
                "length is measured from 0: use means², not their variance.",
            ),
            Known(
                np.mean(np.sqrt(squared / AXES)),
                "You took the root before the mean over the "
                "pictures. The mean of the squares comes first.",
            ),
        ),
        "The root of the mean of Σ (m² + s²) over the pictures, divided by √k.",
    )


@exercise("11.2", stars=1, takes="noise, code, tau", reference=_path)
def path(student: Student) -> None:
    """Points on straight paths from noise to codes, and their velocities."""
    rng = np.random.default_rng(2)
    noise, code = rng.normal(size=(2, 6, 3))
    tau = np.linspace(0.1, 0.8, 6)[:, None]
    what = "path(noise, code, tau)"
    found = student(noise, code, tau)
    require(
        isinstance(found, tuple | list) and len(found) == 2,
        f"{what} must return two things.",
        "Where the paths are, and their velocities: `return x, velocity`.",
    )
    point, velocity = (1 - tau) * noise + tau * code, code - noise
    compare(
        f"The first of {what}",
        found[0],
        point,
        (
            Known(
                tau * noise + (1 - tau) * code,
                "At τ = 0 this is the code, at τ = 1 noise. It "
                "is the other way round: (1 − τ) · noise + τ · code.",
            ),
            Known(velocity, "You returned the velocity first. The points come first."),
            Known(noise + code * tau, "The noise must fade: (1 − τ) · noise."),
            Known(
                np.sqrt(1 - tau**2) * noise + tau * code,
                "These paths are bent (so that the "
                "variance stays 1). Here they are straight: (1 − τ) · noise.",
            ),
        ),
        "A straight path: (1 − τ) · noise + τ · code.",
    )
    compare(
        f"The second of {what}",
        found[1],
        velocity,
        (
            Known(
                -velocity,
                "This leads from the code to noise. The velocity is end minus start: code − noise.",
            ),
            Known(
                point,
                "You returned the points twice. The velocity is what they change by: code − noise.",
            ),
            Known(
                code - point,
                "This is the way that is left, and gets shorter. The velocity is "
                "that of the whole path, code − noise.",
            ),
            Known(
                tau * velocity,
                "This is how far the point has come. Its velocity does not depend on τ.",
            ),
            Known(code, "This is the end of the path. From where? Take the noise off it."),
        ),
        "The derivative of (1 − τ) · noise + τ · code with respect to τ.",
    )


@exercise(
    "11.3", stars=3, takes="velocity, code, seed_generator", reference=reference_loss, seconds=90
)
def flow_matching_loss(student: Student) -> None:
    """The mean squared error of velocities on random paths."""
    require_matching(student)


@exercise("11.4", stars=2, takes="velocity, noise, steps", reference=_heun, gives_array=True)
def heun(student: Student) -> None:
    """Heun's method from τ = 0 to 1."""
    require_heun(student, _heun)


@exercise("11.5", stars=2, takes="velocity, condition, strength", reference=_guided)
def guided(student: Student) -> None:
    """A velocity that follows a condition with a strength."""
    require_guided(student)


@exercise("11.6", stars=2, takes="samples, patterns, groups, classifier", reference=reference_auc)
def two_sample_auc(student: Student) -> None:
    """How well a classifier tells samples from data, on simulations that it has not seen."""
    require_auc(student)
