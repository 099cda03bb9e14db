"""Checks of lesson 04, Training a VAE that works."""

from typing import Any

import numpy as np

from vae_course.arrays import Floats
from vae_course.classroom.check import Student, exercise
from vae_course.classroom.compare import Known, MistakeError, as_array, compare, require
from vae_course.classroom.curves import NAMES
from vae_course.vae import schedules


def _beta_in_nats(beta: float, pixels: int, reduction: str) -> float:
    return beta * {"mean": pixels / 2, "sum": 0.5}[reduction]


def _kl(mean: Any, log_variance: Any) -> Floats:
    return np.asarray(0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance))


def _axis_report(mean: Any, log_variance: Any, threshold: float) -> tuple[Floats, int]:
    active = int(np.sum(mean.var(axis=0) > threshold))
    return _kl(mean, log_variance).mean(axis=0), active


def _free_bits(kl: Any, floor: float) -> float:
    return float(np.maximum(kl.mean(axis=0), floor).sum())


def _diagnose(run: str) -> str:
    return NAMES[run]


def _log_mean_exp(log_weights: Any) -> Floats:
    largest = log_weights.max(axis=0)
    return np.asarray(largest + np.log(np.mean(np.exp(log_weights - largest), axis=0)))


@exercise("4.1", stars=2, takes="step, steps, beta", reference=schedules.warm_up)
def warm_up(student: Student) -> None:
    """A straight rise from 0 to beta, then level; none if steps is 0."""
    what = "warm_up(step, steps, beta)"
    steps, beta = 40, 2.5
    at = np.array([0, 1, 10, 20, 39, 40, 41, 400])
    found = np.array([as_array(what, student(int(step), steps, beta)) for step in at])
    part = at / steps
    right = beta * np.minimum(1, part)
    mistakes = (
        Known(beta * part, "β never stops rising. After the warm-up it stays at beta."),
        Known(np.minimum(1, part), "The final value is 1. It must be beta."),
        Known(beta * (1 - np.minimum(1, part)), "β falls. It must rise from 0 to beta."),
        Known(
            np.where(at < steps, 0, beta), "β jumps. It must rise in a straight line: is `//` used?"
        ),
        Known(np.minimum(beta, part), "The rise ends early or late: beta times the part that is "
              "over, which is 1 at most."),
        Known(np.full(8, beta), "There is no rise: β is beta from the first step on."),
        Known(np.where(at < steps, beta * part, 1.0), "After the warm-up β is beta, not 1."),
        Known(beta * np.minimum(1, (at + 1) / steps), "At step 0 β must be 0."),
        Known(beta * np.minimum(1, part) ** 2, "The rise is curved: make it a straight line."),
    )  # fmt: skip
    compare(f"{what} at steps {at.tolist()}", found, right, mistakes, "beta · min(1, step/steps)")
    try:
        none = as_array(what, student(0, 0, beta))
    except ZeroDivisionError:
        raise MistakeError(
            f"{what} divides by zero where there is no warm-up.",
            "With steps = 0 there is none: β is beta at once. Look at that case first.",
        ) from None
    require(
        bool(np.allclose(none, beta)),
        "With steps = 0 there is no warm-up: β is beta at once.",
        "Look at that case first.",
        beta,
        str(none),
    )


@exercise("4.2", stars=3, takes="beta, pixels, reduction", reference=_beta_in_nats)
def beta_in_nats(student: Student) -> None:
    """Times half the number of pixels for a mean, times one half for a sum."""
    what = 'beta_in_nats(beta, pixels, "mean")'
    beta, pixels = 3e-4, 900
    mistakes = (
        Known(beta, "The weight is unchanged. A mean over pixels is far smaller than a sum."),
        Known(beta * pixels, "The ½ of the Gaussian is lost: it is ½ of the squared error."),
        Known(2 * beta / pixels, "You divided. To bring the error to ½ Σ it is multiplied by P/2, "
              "and so is the KL."),
        Known(beta / pixels, "You divided by the pixels. Multiply, by P/2."),
        Known(beta * 2 * pixels, "A factor of four too much: multiply by P/2, not by 2P."),
        Known(beta * pixels**0.5 / 2, "`pixels` is the number of all pixels already."),
        Known(beta * pixels**2 / 2, "`pixels` is the number of all pixels already: no square."),
        Known(beta / 2, "That is right for a sum. A mean is a sum divided by P."),
    )  # fmt: skip
    compare(what, student(beta, pixels, "mean"), beta * pixels / 2, mistakes, "β · P/2.", 1e-6, 0)
    what = 'beta_in_nats(beta, pixels, "sum")'
    of_sum = (
        Known(beta * pixels / 2, 'This is the answer for "mean". Is `reduction` used?'),
        Known(beta, "The ½ of the Gaussian is lost: a sum is multiplied by ½."),
        Known(2 * beta, "Multiply by ½, do not divide by it."),
        Known(beta / (2 * pixels), "A sum needs no pixels: multiply by ½ alone."),
    )
    compare(what, student(beta, pixels, "sum"), beta / 2, of_sum, "β / 2.", 1e-6, 0)


@exercise(
    "4.3", stars=2, takes="mean, log_variance, threshold", reference=_axis_report, gives_array=True
)
def axis_report(student: Student) -> None:
    """KL of each axis, averaged over pictures, and the axes whose means vary."""
    what = "axis_report(mean, log_variance, threshold)"
    rng = np.random.default_rng(0)
    spread = [2.0, 0.08, 1.0, 0.3, 0.02, 0.15, 0.4]
    mean = rng.standard_normal((30, 7)) * spread + [0, 3, 0, 0, 0.5, 1, 0]
    log_variance = rng.normal(-1.5, 0.3, (30, 7))
    threshold = 0.05
    found = student(mean, log_variance, threshold)
    require(
        isinstance(found, tuple | list) and len(found) == 2,
        f"{what} must return two things.",
        "`return kl, active` returns both.",
        "two things",
        type(found).__name__,
    )
    kl, active = _kl(mean, log_variance), int(np.sum(mean.var(axis=0) > threshold))
    mistakes = (
        Known(kl.mean(axis=1), "You averaged over the axes: one number for each picture."),
        Known(kl.sum(axis=0), "You summed over the pictures. Take their mean."),
        Known(kl.sum(axis=1), "You summed over the axes: one number for each picture."),
        Known(kl.mean(), "You averaged over everything. One number for each axis is asked for."),
        Known(kl, "The mean over the pictures is missing."),
        Known(2 * kl.mean(axis=0), "The ½ of the KL is lost."),
        Known(-kl.mean(axis=0), "The sign of the KL: it is never negative."),
        Known(
            (0.5 * (mean**2 + log_variance - 1 - np.exp(log_variance))).mean(axis=0),
            "σ² and log σ² are exchanged: σ² is np.exp(log_variance), and log σ² has the minus.",
        ),
    )
    compare(f"The KL of {what}", found[0], kl.mean(axis=0), mistakes, "½(μ² + σ² − 1 − log σ²)")
    counts = (
        Known(int(np.sum(mean.var(axis=1) > threshold)), "You took the variance over the axes. "
              "It is that over pictures, of each axis."),
        Known(int(np.sum(mean.std(axis=0) > threshold)), "You compared the standard deviation. "
              "The threshold is a variance."),
        Known(int(np.sum((mean**2).mean(axis=0) > threshold)), "You took the mean square. A mean "
              "that is large but always the same says nothing: take the variance."),
        Known(int(np.sum(kl.mean(axis=0) > threshold)), "You compared the KL. Active units are "
              "counted by the variance of the means."),
        Known(int(np.sum(mean.var(axis=0) > 0.01)), "You wrote a threshold of 0.01 into the "
              "function. Use the argument."),
        Known(7 - active, "These are the inactive ones: is > meant?"),
        Known(mean.var(axis=0) > threshold, "These are booleans. Count them: np.sum."),
        Known(mean.var(axis=0), "These are the variances. Count those above the threshold."),
    )  # fmt: skip
    compare(f"The active units of {what}", found[1], active, counts)


@exercise("4.4", stars=2, takes="kl, floor", reference=_free_bits, gives_array=True)
def free_bits(student: Student) -> None:
    """Mean over pictures, floor on each axis, sum over axes; in this order."""
    what = "free_bits(kl, floor)"
    kl = np.random.default_rng(1).gamma(1.0, [[0.1, 0.7, 1.0, 3.0, 0.4]], (20, 5))
    floor = 0.8
    axes = kl.mean(axis=0)
    right = np.maximum(axes, floor).sum()
    mistakes = (
        Known(axes.sum(), "The floor is missing, or it is on the sum. Each axis has its own."),
        Known(np.maximum(kl, floor).mean(axis=0).sum(), "The floor comes before the mean over "
              "pictures. Then an axis that is silent for one picture is paid for it."),
        Known(np.minimum(axes, floor).sum(), "This is a ceiling: take the larger of both."),
        Known(np.maximum(axes, floor), "The sum over the axes is missing."),
        Known(np.maximum(axes, floor).mean(), "You averaged over the axes. Sum them."),
        Known(np.maximum(kl.mean(axis=1), floor).sum(), "You averaged over the axes and summed "
              "over the pictures: it is the other way round."),
        Known(np.maximum(axes - floor, 0).sum(), "You subtracted the floor. It is what an axis "
              "counts at least."),
        Known((axes + floor).sum(), "You added the floor to each axis."),
        Known(np.maximum(kl.sum(axis=0), floor).sum(), "You summed over the pictures. Take their "
              "mean first."),
        Known(axes[axes > floor].sum(), "Axes below the floor are left out. They count as floor."),
    )  # fmt: skip
    compare(what, student(kl, floor), right, mistakes, "np.maximum(mean over pictures, floor), sum")


WHY = {
    "healthy": "Both losses fall side by side with a small gap, on thousands of pictures.",
    "collapsed": "Look at the KL: the code says nothing.",
    "overfits": "The training loss goes on falling while the validation loss turns and rises.",
    "split by frame": "Few pictures, and yet the validation loss falls to the end: frames of one "
    "simulation are on both sides.",
}


@exercise("4.5", stars=1, takes="run", reference=_diagnose)
def diagnose(student: Student) -> None:
    """What happened in each of the four trainings."""
    for run, right in NAMES.items():
        found = student(run)
        if found is None:
            raise MistakeError("diagnose(run) returned None.", "Is a `return` missing?")
        names = ", ".join(f'"{name}"' for name in WHY)
        require(
            isinstance(found, str) and found in WHY,
            f'diagnose("{run}") must be one of the four texts.',
            "Mind the spelling.",
            names,
            repr(found),
        )
        pair = {str(found), right}
        if found != right and pair == {"healthy", "split by frame"}:
            why = (
                "In both the validation loss falls to the end. But one saw only 160 pictures, "
                "the other on thousands. Too good to be true is not true."
            )
        elif found != right and pair == {"healthy", "collapsed"}:
            why = "Is a KL of zero healthy? Then the decoder draws the same for all pictures."
        elif found != right and pair == {"healthy", "overfits"}:
            why = "Look at the validation loss: in one run it turns and rises."
        else:
            why = f'Look at "{run}" once more. {WHY[right]}'
        require(found == right, f'Run {run} is not "{found}".', why)


@exercise("4.6", stars=3, takes="log_weights", reference=_log_mean_exp, gives_array=True)
def log_mean_exp(student: Student) -> None:
    """Log of the mean over draws, of each picture, without overflow."""
    what = "log_mean_exp(log_weights)"
    rng = np.random.default_rng(2)
    small = rng.normal(0, 2, (7, 4))
    right = _log_mean_exp(small)
    mistakes = (
        Known(small.mean(axis=0), "This is the mean of the logarithms: the ELBO again, which does "
              "not get tighter. Average the weights, then take the logarithm."),
        Known(right + np.log(7), "This is the logarithm of the sum. Divide by the draws."),
        Known(_log_mean_exp(small.T), "You averaged over the pictures. Draws are the first axis."),
        Known(np.log(np.exp(small).mean()), "You averaged over everything: one number for each "
              "picture is asked for."),
        Known(right.mean(), "You averaged over the pictures. Return one number for each."),
        Known(small.max(axis=0), "This is the largest weight alone."),
        Known(right - small.max(axis=0), "The largest is taken out and not added back."),
        Known(np.exp(small).mean(axis=0), "The logarithm is missing."),
        Known(-right, "The sign is turned."),
    )  # fmt: skip
    compare(what, student(small), right, mistakes, "m + log(mean(exp(a − m))) over the draws.")
    large = np.stack([small[:, 0] - 900, small[:, 1] + 900, [-1e4, *([-2e4] * 6)]], axis=1)
    found = as_array(what, student(large))
    require(
        bool(np.isfinite(found).all()),
        f"{what} overflows.",
        "On a computer e⁻⁹⁰⁰ is 0 and e⁹⁰⁰ infinite. Take the largest of each picture out first.",
        "finite numbers",
        str(found),
    )
    compare(
        f"{what} for pictures of unlike size",
        found,
        _log_mean_exp(large),
        why="Is one maximum taken for all pictures? Each needs its own: `max(axis=0)`.",
    )
