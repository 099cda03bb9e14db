"""Whether a function counts how often the interval of an ensemble holds the truth."""

from typing import Any

import numpy as np

from vae_course.arrays import Floats
from vae_course.classroom.check import Student
from vae_course.classroom.compare import Known, as_array, compare, describe, require


def reference_coverage(ensemble: Any, truth: Any, level: float = 0.8) -> float:
    """Share of the presents whose interval of samples holds the truth.

    The interval of S samples ends at the quantiles (1 ∓ level)/2, where the quantile of p lies at
    place p (S + 1) of the sorted samples: then a perfect ensemble has a coverage equal to the
    level, whatever its distribution.

    Args:
        ensemble: A number that describes each sample, shape (N, S).
        truth: The same number of the truth, shape (N,).
        level: Nominal level, between 0 and 1.

    Returns:
        The coverage.
    """
    tail = (1 - level) / 2
    low, high = np.quantile(ensemble, [tail, 1 - tail], axis=1, method="weibull")
    return float(np.mean((truth >= low) & (truth <= high)))


def require_coverage(student: Student) -> None:
    """Examine a learner's coverage on ensembles with known quantiles."""
    _require_intervals_of_their_own(student)
    rng = np.random.default_rng(5)
    shift = 3 * rng.standard_normal((600, 1))
    values = rng.exponential(size=(600, 19)) + shift
    truth = (rng.exponential(size=(600, 1)) * 1.4 + shift)[:, 0]  # a little unlike the samples
    for level in (0.8, 0.5):
        _compare_coverage(student, values, truth, level)
    few = values[:, :9]
    _compare_coverage(student, few, truth, 0.8)
    same = np.full((5, 9), 2.0)
    found = float(as_array("coverage", student(same, same[:, 0], 0.8)))
    require(
        bool(np.isclose(found, 1.0)),
        "Where all samples equal the truth, your interval does not hold it.",
        "Both ends belong to the interval: >= and <=. Whole numbers, such as counts of domains, "
        "often lie exactly on an end.",
        "1",
        describe(found),
    )


def _require_intervals_of_their_own(student: Student) -> None:
    """As many presents as samples, so that the two axes can be confused without an error."""
    rng = np.random.default_rng(3)
    shift = np.linspace(-40, 40, 199)[:, None]
    values = rng.standard_normal((199, 199)) + shift
    truth = (1.6 * rng.standard_normal((199, 1)) + shift)[:, 0]
    found = as_array("coverage(ensemble, truth, level)", student(values, truth, 0.8))
    for method in ("weibull", "linear"):
        low, high = np.quantile(values, [0.1, 0.9], axis=0, method=method)
        require(
            found.shape != () or not np.isclose(found, np.mean((truth >= low) & (truth <= high))),
            "coverage(ensemble, truth, level) is not right.",
            "The quantiles were taken over the presents. Each present has an interval of its own: "
            "quantiles over its samples, axis=1.",
        )


def _compare_coverage(student: Student, values: Floats, truth: Floats, level: float) -> None:
    tail, samples = (1 - level) / 2, values.shape[1]

    def held(low: Any, high: Any) -> float:
        return float(np.mean((truth >= low) & (truth <= high)))

    def between(first: float, last: float, axis: int | None = 1, how: Any = "weibull") -> float:
        return held(*np.quantile(values, [first, last], axis=axis, method=how))

    right = between(tail, 1 - tail)
    low, high = np.quantile(values, [tail, 1 - tail], axis=1, method="weibull")
    by_default = (
        "This is the default of np.quantile, which takes the smallest sample for the quantile of "
        "0. With few samples the interval is then too short, and a perfect model looks too sure. "
        "The quantile of p lies at place p · (S + 1): method='weibull'."
    )
    normal = (
        "Mean and standard deviation give the right interval for a normal distribution alone. "
        "These numbers are skewed: use quantiles."
    )
    everything = (
        "The quantiles were taken over everything. Each present has an interval of its own: "
        "quantiles over its samples, axis=1."
    )
    width = {0.8: 1.2816, 0.5: 0.6745}[level]
    centre = values.mean(axis=1)
    mistakes = [
        Known(between(tail, 1 - tail, how="linear"), by_default),
        Known(between(tail, 1 - tail, axis=None), everything),
        Known(between(tail, 1 - tail, axis=None, how="linear"), everything),
        Known(
            (truth >= low) & (truth <= high),
            "This says for each present whether the interval holds the truth. Take the mean.",
        ),
        Known(
            np.sum((truth >= low) & (truth <= high)),
            "This is a number of presents. Take the mean, not the sum.",
        ),
        Known(100 * right, "This is per cent. Return a share between 0 and 1."),
        Known(1 - right, "This is the share of the presents whose interval misses the truth."),
        Known(
            held(values.min(axis=1), values.max(axis=1)),
            "From the smallest to the largest sample is an interval of (S − 1)/(S + 1), whatever "
            "level is asked for. Take the quantiles that belong to the level.",
        )
        if samples > 9
        else Known(np.nan, ""),
        Known(1.0, "Every truth is in your interval: join the two conditions by `&`, not by `|`."),
    ]
    for how in ("weibull", "linear"):
        mistakes += [
            Known(
                between(0, level, how=how),
                "The interval must leave out as much below as above: (1 − level)/2 on either side.",
            ),
            Known(
                between(1 - level, level, how=how) if level > 0.5 else np.nan,
                "You left out 1 − level on *either* side: the interval holds too little. It is "
                "(1 − level)/2 on either side.",
            ),
        ]
    if level != 0.8:
        mistakes += [
            Known(
                between(0.1, 0.9),
                "The interval is that of level 0.8, whatever level is asked for. Use the argument.",
            )
        ]
    mistakes += [
        Known(
            held(centre - width * spread, centre + width * spread),
            normal,
        )
        for spread in (values.std(axis=1), values.std(axis=1, ddof=1))
    ]
    compare(
        f"coverage(ensemble, truth, {level:g}) of {samples} samples",
        student(values, truth, level),
        right,
        mistakes,
        "Ends at the quantiles (1 − level)/2 and 1 − (1 − level)/2 of the samples of each present; "
        "then the share of the truths from low to high.",
        rtol=0.0,
        atol=1e-6,
    )
