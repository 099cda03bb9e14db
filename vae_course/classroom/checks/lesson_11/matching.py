"""Whether a loss is that of flow matching: what the velocity is asked, and what comes of it."""

from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
from keras import ops

from vae_course.arrays import Floats
from vae_course.classroom.check import Student
from vae_course.classroom.compare import Known, as_array, compare, require, require_tensors

ROWS, AXES = 4000, 3
WHAT = "flow_matching_loss(velocity, code, seed_generator)"


def reference_loss(velocity: Any, code: Any, seed_generator: Any) -> Any:
    """Mean squared error of velocities at random points of random paths to codes."""
    noise = keras.random.normal(ops.shape(code), seed=seed_generator)
    tau = keras.random.uniform((ops.shape(code)[0], 1), seed=seed_generator)
    x = (1 - tau) * noise + tau * code
    return ops.mean(ops.square(velocity(x, tau) - (code - noise)))


class _Recorder:
    """A velocity that remembers what it is asked."""

    def __init__(self) -> None:
        self.kept = SimpleNamespace(asked=[])

    def __call__(self, *asked: Any) -> Any:
        self.kept.asked.append(asked)
        return 0.5 * ops.convert_to_tensor(asked[0]) + 0.25


def _codes() -> Floats:
    return np.random.default_rng(3).normal(2.0, 0.5, (ROWS, AXES)).astype("float32")


def _asked(student: Student, seeds: Any, code: Any) -> tuple[Floats, Floats, Floats]:
    """Call the loss, and return it with the x and the τ that the velocity was asked."""
    recorder = _Recorder()
    found = as_array(WHAT, student(recorder, ops.convert_to_tensor(code), seeds))
    require(
        len(recorder.kept.asked) > 0,
        f"{WHAT} never asks the velocity.",
        "Compare velocity(x, tau) with the velocity of the path.",
    )
    asked = recorder.kept.asked[-1]
    require(
        len(asked) == 2,
        "The velocity is not told τ.",
        "At the same x, other paths lead by early and late: ask velocity(x, tau).",
        "two arguments",
        len(asked),
    )
    x, tau = (
        as_array(f"The {name} of the velocity", one) for name, one in zip("xτ", asked, strict=True)
    )
    require(
        x.shape == code.shape,
        "The x that the velocity is asked has the wrong shape.",
        "It has the shape of the codes.",
        code.shape,
        x.shape,
    )
    return found, x, tau


def require_matching(student: Student) -> None:
    """Examine what the velocity is asked, the value of the loss, and its random numbers."""
    code, seeds = _codes(), keras.random.SeedGenerator(5)
    found, x, tau = _asked(student, seeds, code)
    _require_times(tau)
    noise = (x - tau * code) / (1 - tau)
    early = tau[:, 0] < 0.7  # near the end noise cannot be read off
    backward = (x - (1 - tau) * code) / np.maximum(tau, 1e-3)
    require(
        not _normal(backward[tau[:, 0] > 0.3]) or _normal(noise[early]),
        "τ runs the wrong way: at τ = 0 the velocity is asked at the code.",
        "At τ = 0 there is noise: x = (1 − τ) · noise + τ · code, as `path` has it.",
    )
    require(
        not np.allclose(x, code),
        "The velocity is asked at the codes themselves.",
        "It has to lead there: ask it on the way, at the x that `path` returns.",
    )
    spread = noise[early].std()
    require(
        _normal(noise[early]),
        "The noise that the paths begin at is not N(0, 1).",
        "keras.random.normal(ops.shape(code), seed=seed_generator): mean 0, standard deviation 1, "
        "for each number one of its own.",
        "mean 0, standard deviation 1",
        f"mean {noise[early].mean():.2f}, standard deviation {spread:.2f}",
    )
    rows = noise[early]
    require(
        float(np.abs(np.corrcoef(rows.T) - np.eye(AXES)).max()) < 0.1
        and bool(np.ptp(rows, axis=0).min() > 1),
        "The same noise is used for several numbers.",
        "Each code and each axis gets noise of its own: the shape is ops.shape(code).",
    )
    _compare_loss(found, x, code, code - noise)
    _, other, _ = _asked(student, seeds, code)
    require(
        not np.allclose(other, x),
        "Two calls ask the velocity at the same points.",
        "Noise that is drawn once is learned by heart. Draw it in the function, by "
        "seed=seed_generator.",
    )
    _, again, _ = _asked(student, keras.random.SeedGenerator(5), code)
    require(
        np.allclose(again, x, atol=1e-5),
        "Two equal seed generators give different random numbers.",
        "Draw noise and τ by keras.random, with seed=seed_generator.",
    )
    require_tensors(
        WHAT,
        lambda code: student(lambda x, tau: 0.5 * x, code, keras.random.SeedGenerator(1)),
        (8, AXES),
    )


def _normal(noise: Floats) -> bool:
    return bool(abs(noise.mean()) < 0.1 and abs(noise.std() - 1) < 0.08)


def _require_times(tau: Floats) -> None:
    require(
        tau.size == 1 or bool(np.ptp(tau) > 1e-6),
        "All codes of the batch have one τ.",
        "Then a step of training sees one moment alone. Draw one for each row: shape "
        "(ops.shape(code)[0], 1).",
    )
    require(
        tau.size > 1,
        "τ is one number for the whole batch.",
        "Draw one for each row: shape (ops.shape(code)[0], 1).",
    )
    require(
        tau.shape == (ROWS, 1),
        "τ has the wrong shape.",
        "One for each code, in a column, so that it fits to all axes.",
        (ROWS, 1),
        tau.shape,
    )
    uniform = tau.min() >= 0 and tau.max() <= 1 and abs(tau.mean() - 0.5) < 0.05
    require(
        bool(uniform and abs(tau.std() - 12**-0.5) < 0.03),
        "τ is not uniform between 0 and 1.",
        "keras.random.uniform(…, seed=seed_generator).",
        "from 0 to 1, mean 0.5",
        f"from {tau.min():.2f} to {tau.max():.2f}, mean {tau.mean():.2f}",
    )


def _compare_loss(found: Floats, x: Floats, code: Floats, target: Floats) -> None:
    predicted = 0.5 * x + 0.25
    errors = (predicted - target) ** 2
    mistakes = (
        Known(errors.mean(axis=1), "Keras needs one number: take the mean over the batch, too."),
        Known(errors.sum(axis=1).mean(), "You summed over the axes. Take the mean over all."),
        Known(errors.sum(), "This is the sum. Take the mean over batch and axes."),
        Known(
            np.abs(predicted - target).mean(),
            "This is the mean absolute error, which learns "
            "the median. The mean velocity needs the square.",
        ),
        Known(np.sqrt(errors.mean()), "Leave the root away."),
        Known(
            np.mean((predicted + target) ** 2),
            "The target points from the code to noise. It is code − noise.",
        ),
        Known(
            np.mean((predicted - code) ** 2),
            "You compared the velocity with the code. It is to be code − noise.",
        ),
        Known(
            np.mean((predicted - (code - x)) ** 2),
            "You compared with the way that is left, "
            "code − x. The velocity of the path is code − noise.",
        ),
        Known(
            np.mean((predicted - (code - target)) ** 2),
            "You compared the velocity with the noise. It is to be code − noise.",
        ),
    )
    compare(
        WHAT,
        found,
        errors.mean(),
        mistakes,
        "The mean of (velocity(x, tau) − (code − noise))² over batch and axes.",
        rtol=2e-3,
        atol=1e-3,
    )
