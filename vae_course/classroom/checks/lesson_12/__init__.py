"""Checks of lesson 12, Which equation?"""

from typing import Any

import numpy as np

from vae_course.arrays import Floats
from vae_course.classroom.check import Student, exercise
from vae_course.classroom.checks.lesson_12.fitting import (
    reference_fit,
    reference_interval,
    require_fit,
    require_interval,
)
from vae_course.classroom.checks.lesson_12.judging import reference_verdict, require_verdict
from vae_course.classroom.checks.lesson_12.laws import Watched, fading, noisy
from vae_course.classroom.compare import Known, compare, require

_CONSTANTS = (30.0, 0.2)


def _misfit(model: Any, constants: Any, frames: Any) -> float:
    predicted = model(constants, frames[0], len(frames) - 1)
    return float(np.sqrt(np.mean((predicted - frames[1:]) ** 2)))


def _scale_out(b: float, lam: float, length: float, time: float) -> tuple[float, float]:
    return b * time / length**2, lam * time / length**4


@exercise("12.1", stars=2, takes="model, constants, frames", reference=_misfit)
def misfit(student: Student) -> None:
    """The root mean square of predicted minus seen, over the frames that were predicted."""
    what = "misfit(model, constants, frames)"
    frames, trial = noisy(fading, _CONSTANTS, 6, noise=0.05, seed=1), (24.0, 0.3)
    model = Watched(fading)
    found = student(model, trial, frames)
    require(model.calls > 0, "The model is never asked.", "predicted = model(constants, …).")
    predicted = fading(trial, frames[0], 5)
    steps = np.concatenate([fading(trial, one, 1) for one in frames[:-1]])
    last = fading(trial, frames[-1], 5)
    _compare_misfit(what, found, predicted, frames, steps, last)
    require(
        model.calls == 1,
        "The model is asked more than once.",
        "A simulation takes its time. Ask once, for all pictures together.",
        1,
        model.calls,
    )


def _compare_misfit(
    what: str, found: Any, predicted: Floats, frames: Floats, steps: Floats, last: Floats
) -> None:
    off = predicted - frames[1:]
    late = fading((24.0, 0.3), frames[0], 6)
    mistakes = (
        Known(
            np.mean(off**2),
            "This is the mean square. Take the root: then it can be compared with the noise.",
        ),
        Known(
            np.sqrt(np.sum(off**2)),
            "You summed the squares. With their mean, more frames do not make it worse.",
        ),
        Known(np.sum(off**2), "This is the sum of squares. Take the mean, and the root."),
        Known(
            np.abs(off).mean(),
            "This is the mean of the absolute differences. Square them, "
            "take the mean, and the root: so the fit of 12.3 makes it smallest.",
        ),
        Known(off.mean(), "Differences of both signs cancel. Square them first."),
        Known(
            np.std(off),
            "The standard deviation leaves out what all pixels are off by "
            "together. Take the root of the mean square.",
        ),
        Known(
            np.sqrt(np.mean(off[-1] ** 2)),
            "This is the last frame alone. All frames that were predicted count.",
        ),
        Known(
            np.sqrt(np.mean(off**2, axis=(1, 2))),
            "This is one number for each frame. Take "
            "the mean over the frames, too, before the root.",
        ),
        Known(
            np.sqrt(np.mean(off**2, axis=(1, 2))).mean(),
            "You took the root for each frame. The mean over everything comes first.",
        ),
        Known(
            np.sqrt(np.mean((predicted - frames[:-1]) ** 2)),
            "You compared each picture with "
            "the frame before. The model's pictures follow the first: frames[1:].",
        ),
        Known(
            np.sqrt(np.mean((late - frames) ** 2)),
            "You compared with all frames, from the "
            "first on, which nothing predicted. The model's pictures belong to frames[1:].",
        ),
        Known(
            np.sqrt(np.sum(off**2) / frames.size),
            "The first frame counts here as if it had "
            "been predicted without a fault. Take the mean over the others.",
        ),
        Known(
            np.sqrt(np.mean((steps - frames[1:]) ** 2)),
            "You predicted each frame from the "
            "one before, whose noise is new each time. Start from frames[0] alone.",
        ),
        Known(
            np.sqrt(np.mean((last - frames[1:]) ** 2)),
            "You started from the last frame. It is the first one that the others follow.",
        ),
        Known(
            np.sqrt(np.mean(off**2)) / np.std(frames[1:]),
            "You divided by the spread of the "
            "frames. Leave it as it is, to compare it with the noise.",
        ),
    )
    compare(
        what,
        found,
        np.sqrt(np.mean(off**2)),
        mistakes,
        "predicted = model(constants, frames[0], len(frames) - 1); then the root of the mean of "
        "(predicted − frames[1:])².",
    )


@exercise("12.2", stars=1, takes="b, lam, length, time", reference=_scale_out)
def scale_out(student: Student) -> None:
    """Constants without units, on a square of side 1."""
    what = "scale_out(b, lam, length, time)"
    for b, lam, length, time in ((6.4, 1.6, 20.0, 5000.0), (3.0, 0.7, 0.5, 0.2)):
        found = student(b, lam, length, time)
        require(
            (isinstance(found, tuple | list) and len(found) == 2) or np.shape(found) == (2,),
            f"{what} must return two numbers.",
            "End with `return b_new, lam_new`.",
        )
        right = _scale_out(b, lam, length, time)
        require(
            not np.allclose(found, right[::-1]),
            "The two constants are exchanged.",
            "b comes first, then λ.",
            right,
            tuple(found),
        )
        inverse = "This is the way back, from our units to the laboratory's. Take b · T / ℓ²."
        compare(
            f"The first of {what}",
            found[0],
            right[0],
            (
                Known(b * time / length, "Two derivatives in space stand in front of b: ℓ²."),
                Known(b * time / length**4, "b has two derivatives in front of it: ℓ², not ℓ⁴."),
                Known(b * length**2 / time, inverse),
                Known(
                    b * time * length**2,
                    "In sides ℓ of the picture, lengths are numbers x/ℓ: "
                    "each derivative gives a 1/ℓ, not an ℓ.",
                ),
                Known(
                    b / (time * length**2),
                    "1/T stands on the left side. Multiplied by T, the right side has a T on top.",
                ),
                Known(b / length**2, "The unit of time is missing: multiply by T."),
                Known(b * time, "The side of the picture is missing: divide by ℓ²."),
                Known(b, "b is left as it was. It has a unit, too: length²/time."),
            ),
            "b · T / ℓ², as D in the worked example.",
        )
        compare(
            f"The second of {what}",
            found[1],
            right[1],
            (
                Known(
                    lam * time / length**2,
                    "λ has ∇² in front of it twice, that is four derivatives: ℓ⁴.",
                ),
                Known(
                    lam * time / length**3,
                    "Count again: ∇² outside, ∇² in the bracket. That makes four.",
                ),
                Known(lam * length**4 / time, "This is the way back. Take λ · T / ℓ⁴."),
                Known(lam / length**4, "The unit of time is missing in λ: multiply by T."),
                Known(
                    lam / length**2,
                    "λ is not divided by b here: it has a time in its unit, and ℓ⁴.",
                ),
                Known(lam * time**2 / length**4, "There is one derivative in time: T, not T²."),
                Known(lam, "λ is left as it was. It has a unit, too: length⁴/time."),
            ),
            "λ · T / ℓ⁴: four derivatives in space, one in time.",
        )


@exercise("12.3", stars=3, takes="model, frames, start", reference=reference_fit, gives_array=True)
def fit(student: Student) -> None:
    """Constants by Gauss–Newton in their logarithms."""
    require_fit(student)


@exercise(
    "12.4",
    stars=2,
    takes="model, constants, frames, draws, seed",
    reference=reference_interval,
    gives_array=True,
)
def interval(student: Student) -> None:
    """An interval whose noise is in all frames."""
    require_interval(student)


@exercise("12.5", stars=2, takes="models, frames, noise", reference=reference_verdict)
def verdict(student: Student) -> None:
    """The model that predicts frames that it was not fitted to, or none."""
    require_verdict(student)
