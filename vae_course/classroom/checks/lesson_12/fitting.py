"""Whether constants are fitted by Gauss–Newton, and whether their intervals hold all noise."""

from typing import Any

import numpy as np
from scipy.optimize import least_squares

from vae_course.arrays import Floats
from vae_course.classroom.check import Student
from vae_course.classroom.checks.lesson_12.laws import CELLS, Watched, fading, noisy
from vae_course.classroom.compare import Known, MistakeError, as_array, compare, require

STEPS, LONGEST, LITTLE = 6, 0.7, 0.02
LEVEL = 1.645
_TRUE, _START = (30.0, 0.2), (80.0, 0.5)
_DRAWS = 1500


def slopes(model: Any, constants: Any, first: Any, count: int) -> tuple[Floats, Floats]:
    """Predicted pixels, and their slopes in the logarithms of the constants."""
    constants = np.asarray(constants, dtype=float)
    predicted = model(constants, first, count)
    columns = []
    for k in range(len(constants)):
        more = constants.copy()
        more[k] *= np.exp(LITTLE)
        columns.append((model(more, first, count) - predicted).ravel() / LITTLE)
    return predicted.ravel(), np.stack(columns, axis=1)


def _change(model: Any, constants: Any, frames: Any) -> Floats:
    predicted, columns = slopes(model, constants, frames[0], len(frames) - 1)
    return np.asarray(np.linalg.lstsq(columns, frames[1:].ravel() - predicted, rcond=None)[0])


def reference_fit(model: Any, frames: Any, start: Any) -> Floats:
    """Six steps of Gauss–Newton, none longer than a factor of two."""
    constants = np.array(start, dtype=float)
    for _ in range(STEPS):
        constants = constants * np.exp(
            np.clip(_change(model, constants, frames), -LONGEST, LONGEST)
        )
    return constants


def reference_interval(model: Any, constants: Any, frames: Any, draws: int, seed: int) -> Floats:
    """Interval of 90 % with new noise in all frames."""
    rng = np.random.default_rng(seed)
    count = len(frames) - 1
    predicted, columns = slopes(model, constants, frames[0], count)
    noise = np.std(frames[1:].ravel() - predicted)
    kept = []
    for _ in range(draws):
        new = noise * rng.standard_normal(frames.shape)
        again = model(constants, frames[0] + new[0], count)
        missing = predicted + new[1:].ravel() - again.ravel()
        kept.append(np.linalg.lstsq(columns, missing, rcond=None)[0])
    spread = np.std(kept, axis=0)
    return np.stack([constants * np.exp(sign * LEVEL * spread) for sign in (-1, 1)])


def require_fit(student: Student) -> None:
    """Compare with another package's fit of a law in closed form, from near and from far."""
    what = "fit(model, frames, start)"
    frames = noisy(fading, _TRUE, 7, noise=0.01, seed=2)
    model = Watched(fading)
    found = as_array(what, student(model, frames, _START))
    require(
        found.shape == (2,),
        f"{what} must return two constants.",
        "The constants after the last step, shape (2,).",
        "shape (2,)",
        f"shape {found.shape}",
    )
    require(bool(np.isfinite(found).all()), f"{what} is not finite.", "A step was far too long.")
    right = _by_scipy(frames)
    begin = np.array(_START)
    said = (
        Known(
            begin,
            "These are the constants of the start. Change them in each step: constants "
            "= constants * np.exp(delta).",
        ),
        Known(np.log(right), "These are logarithms. Return the constants: np.exp."),
        Known(
            _with_mistake(frames, steps=1),
            "This is one step. The lines are not quite straight: repeat it, from where "
            "you are, with new slopes.",
        ),
        Known(
            _with_mistake(frames, sign=-1),
            "Each step leads away. `r` is seen minus predicted, and the change is added "
            "to the logarithm.",
        ),
        Known(
            _with_mistake(frames, added=True),
            "`delta` changes the logarithm. So a constant is multiplied by "
            "np.exp(delta); it is not a change of the constant itself.",
        ),
        Known(
            _with_mistake(frames, old_slopes=True),
            "The slopes are those of the start in all steps. "
            "Take them anew where you are; else six steps do not arrive.",
        ),
        Known(
            _with_mistake(frames, gradient=True),
            "This goes down the gradient, Jᵀr, by a length that means nothing. Least squares "
            "divides by JᵀJ: np.linalg.lstsq.",
        ),
    )
    compare(
        what,
        found,
        right,
        said,
        "In each step: slopes and prediction at the present constants, `r = frames[1:].ravel() - "
        "predicted`, `delta` by least squares, and constants times np.exp(delta).",
        rtol=3e-4,
    )
    require(
        all(np.array_equal(one, frames[0]) for one in model.firsts),
        "The model is not always started from the first frame.",
        "slopes(model, constants, frames[0], len(frames) − 1).",
    )
    require(
        model.calls <= 3 * STEPS + 6,
        "The model is asked too often.",
        "A simulation takes its time. Six steps need 18: in each, one prediction and one for each "
        "constant.",
        f"{3 * STEPS} simulations",
        f"{model.calls}",
    )
    _require_short_steps(student, frames)


def _by_scipy(frames: Floats) -> Floats:
    """The constants of the least misfit, by another package."""
    seen = frames[1:].ravel()
    found = least_squares(
        lambda logs: fading(np.exp(logs), frames[0], len(frames) - 1).ravel() - seen,
        np.log(_TRUE),
        xtol=1e-12,
        ftol=1e-12,
        gtol=1e-12,
    )
    return np.asarray(np.exp(found.x))


def _with_mistake(
    frames: Floats,
    steps: int = STEPS,
    sign: int = 1,
    added: bool = False,
    old_slopes: bool = False,
    gradient: bool = False,
) -> Floats:
    constants = np.array(_START)
    _, old = slopes(fading, constants, frames[0], len(frames) - 1)
    for _ in range(steps):
        predicted, columns = slopes(fading, constants, frames[0], len(frames) - 1)
        columns = old if old_slopes else columns
        missing = frames[1:].ravel() - predicted
        inverse = columns.T if gradient else np.linalg.pinv(columns)
        delta = sign * np.clip(inverse @ missing, -LONGEST, LONGEST)
        constants = constants + delta if added else constants * np.exp(delta)
    return constants


def _require_short_steps(student: Student, frames: Floats) -> None:
    """From far away, no constant may be changed by more than a factor of two at once."""
    asked: list[Floats] = []

    def model(constants: Any, first: Any, count: int) -> Floats:
        asked.append(np.array(constants, dtype=float))
        return fading(constants, first, count)

    student(model, frames, (150.0, 1.5))
    logs = np.log(np.maximum(np.array(asked), 1e-300))
    longest = float(np.abs(np.diff(logs, axis=0)).max())
    require(
        longest <= LONGEST + 3 * LITTLE,
        "A step is too long.",
        "Far from the truth a straight line leads anywhere: np.clip(delta, -0.7, 0.7).",
        "a factor of 2 at most",
        f"a factor of {np.exp(longest):.3g}",
    )


_RNG = np.random.default_rng(5)
_CARRIED = 0.9
_FRAMES = 4
# Each constant of this law moves the pictures its own way, in proportion to its logarithm, and
# noise of the first picture stays in all others: so the interval is known exactly.
_WAYS = _RNG.normal(0.1, 0.3, (2, CELLS, CELLS))


def _straight(constants: Any, first: Any, count: int) -> Floats:
    k = np.arange(1, count + 1)[:, None, None]
    b, lam = np.log(np.asarray(constants) / _TRUE)
    return np.asarray(_CARRIED * np.asarray(first) + b * _WAYS[0] + lam * k * _WAYS[1])


def require_interval(student: Student) -> None:
    """Compare with the interval of a law that is straight in the logarithms and in its start."""
    what = "interval(model, constants, frames, draws, seed)"
    frames = noisy(_straight, _TRUE, _FRAMES, noise=0.03, seed=3)
    constants = np.array(_TRUE)
    model = Watched(_straight)
    found = as_array(what, student(model, constants, frames, _DRAWS, 0))
    require(
        found.shape == (2, 2),
        f"{what} has the wrong shape.",
        "Two rows: the lower ends of both constants, then the upper ends.",
        "shape (2, 2)",
        f"shape {found.shape}",
    )
    require(bool(np.isfinite(found).all()), f"{what} is not finite.", "Look at its logarithms.")
    exact = _spreads(frames, constants)
    logs = LEVEL * exact["right"]
    for wrong, why in (
        (np.log(constants) + np.outer([-1, 1], logs), "These are ends of logarithms: np.exp."),
        (
            constants + np.outer([-1, 1], logs),
            "You added the spread of the logarithm to the "
            "constant itself. Multiply by np.exp(± 1.645 · spread).",
        ),
        (
            constants * np.exp(np.outer([1, -1], logs)),
            "The upper ends come first. The lower ones are the first row.",
        ),
        (
            (constants * np.exp(np.outer([-1, 1], logs))).T,
            "Rows and columns are exchanged: the first row is the lower ends of both constants.",
        ),
    ):
        near = np.abs(found - wrong) <= 0.25 * np.abs(wrong - wrong.mean(axis=0)) + 1e-9
        require(not near.all(), f"{what} is not right.", why)
    require(
        bool((found > 0).all() and (found[0] <= found[1]).all()),
        "Lower ends lie above upper ends, or below 0.",
        "constants · np.exp(−1.645 · spread) and constants · np.exp(1.645 · spread).",
    )
    half = np.log(found[1] / found[0]) / 2
    _require_width(half / LEVEL, exact)
    middle = np.log(np.sqrt(found[0] * found[1]) / constants)
    require(
        bool((np.abs(middle) <= 0.3 * half).all()),
        "The interval does not lie about the constants that were fitted.",
        "It goes as far down as up, in the logarithm.",
    )
    require(
        model.calls <= 4 * _DRAWS,
        "The model is asked too often.",
        "One step of Gauss–Newton is enough for each draw, with the slopes that you have: one "
        "simulation a draw.",
        f"{_DRAWS + 3} simulations",
        f"{model.calls}",
    )
    again, other = (as_array(what, student(_straight, constants, frames, 50, s)) for s in (1, 2))
    require(
        np.allclose(student(_straight, constants, frames, 50, 1), again),
        "The same seed gives two different intervals.",
        "Draw from np.random.default_rng(seed).",
    )
    require(
        not np.allclose(again, other),
        "All seeds give the same interval.",
        "Draw from np.random.default_rng(seed), made once, before the loop.",
    )


def _spreads(frames: Floats, constants: Floats) -> dict[str, Floats]:
    """Standard deviations of the logarithms, exactly, and with mistakes."""
    count = len(frames) - 1
    predicted, columns = slopes(_straight, constants, frames[0], count)
    noise = np.std(frames[1:].ravel() - predicted)
    inverse = np.linalg.pinv(columns)
    later = inverse @ inverse.T
    carried = inverse @ np.tile(_CARRIED * np.eye(CELLS**2), (count, 1))
    first = carried @ carried.T
    return {
        "right": noise * np.sqrt(np.diag(later + first)),
        "later": noise * np.sqrt(np.diag(later)),
        "first": noise * np.sqrt(np.diag(first)),
        "noise": np.asarray(noise),
    }


def _require_width(found: Floats, exact: dict[str, Floats]) -> None:
    right = exact["right"]
    others = (
        (
            right / LEVEL,
            "This is one standard deviation to either side, which holds 68 %. For "
            "90 % it is 1.645.",
        ),
        (
            right * 2 / LEVEL,
            "With 1.96 or 2 standard deviations an interval holds 95 %. For 90 % it is 1.645.",
        ),
        (right * 2.576 / LEVEL, "This is an interval of 99 %. For 90 % it is 1.645."),
        (
            right / 2,
            "The interval is half as wide as it should be: 1.645 standard deviations to "
            "*either* side.",
        ),
        (
            right / np.sqrt(_DRAWS),
            "You divided by the root of the number of draws. That is how "
            "well you know the mean of the draws; one fit is off as far as one draw.",
        ),
        (
            exact["later"],
            "This is the textbook's interval: the first frame has no new noise. "
            "Start the model from frames[0] + new[0].",
        ),
        (
            exact["first"],
            "The noise of the later frames is missing: compare with predicted + new[1:].",
        ),
        (right**2, "This is the variance. Take the standard deviation of the draws."),
        (
            right / exact["noise"],
            "The new noise has a standard deviation of 1. Take that of what the fit has left.",
        ),
    )

    def near(width: Floats) -> bool:
        return bool(np.all(np.abs(found / width - 1) < 0.09))

    if near(right):
        return
    require(
        bool((found > 1e-9 * right).all()),
        "All draws give the same change.",
        "New noise in each draw: make the generator once, before the loop, and draw inside it.",
    )
    why = next((why for width, why in others if near(width)), "")
    raise MistakeError(
        "The interval does not have the width that it should.",
        why
        or "In each draw: noise for all frames, the model from frames[0] + new[0], and the "
        "change that brings its pictures to predicted + new[1:].",
        f"spreads of the logarithms near {right[0]:.3g} and {right[1]:.3g}",
        f"{found[0]:.3g} and {found[1]:.3g}",
    )
