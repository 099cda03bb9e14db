"""Checks of loops that search: by gradients, and by true solves."""

from collections.abc import Callable
from typing import Any

import numpy as np
from keras import ops

from vae_course.arrays import Floats
from vae_course.classroom.check import Student
from vae_course.classroom.compare import MistakeError, as_array, require

CLOSE = 0.005
"""Relative error that three solves must reach where the surrogate is off by a tenth."""


def pair(what: str, found: Any) -> tuple[Any, Any]:
    """Take apart what must be two things."""
    require(
        isinstance(found, tuple | list) and len(found) == 2,
        f"{what} must return two things.",
        "`return first, second` returns both.",
        "two things",
        type(found).__name__,
    )
    first, second = found
    return first, second


def _valley(z: Any) -> Any:
    """Two quadratic valleys of unlike steepness along each axis, with the lowest point at 2, -1."""
    lowest, steepness = np.array([2.0, -1.0], np.float32), np.array([1.0, 4.0], np.float32)
    return ops.sum(steepness * ops.square(z - lowest), axis=-1) / 2


def require_arrival(student: Student) -> None:
    """Examine a search by gradients: it must arrive at the lowest point of a valley, row by row."""
    what = "optimise(objective, z0, steps)"
    z0 = np.array([[-1.0, 1.0], [4.0, 2.0], [2.5, -1.5]], np.float32)
    still = as_array(what, student(_valley, z0, 0))
    if still.shape != z0.shape:
        raise MistakeError(
            f"{what} has the wrong shape.",
            "Return where the search has arrived, a code for each row, not the objective there."
            if still.shape == z0.shape[:1]
            else "Return the codes, of the shape of z0.",
            f"shape {z0.shape}",
            f"shape {still.shape}",
        )
    require(
        bool(np.allclose(still, z0)),
        "With steps = 0 the codes must stay where they are.",
        "The loop must run as often as `steps` says.",
    )
    before, first = _values(z0), _values(as_array(what, student(_valley, z0, 1)))
    require(
        bool((first < before).all()),
        "After one step the objective has not become smaller.",
        "A step goes against the gradient: `adam.apply([gradient], [z])` does so by itself, and "
        "in a formula of your own there is a minus sign. And is the step made on the variable that "
        "you return?",
        "less than " + ", ".join(f"{one:.3g}" for one in before),
        ", ".join(f"{one:.3g}" for one in first),
    )
    arrived = as_array(what, student(_valley, z0, 200))
    after = _values(arrived)
    require(
        not np.allclose(after, first),
        "200 steps lead no further than a single one.",
        "The loop must make `steps` steps, each from where the last one ended.",
    )
    straight = _steps_by_the_first_gradient(arrived, z0)
    require(
        not straight,
        "All steps go in the same direction, that of the first gradient.",
        "Compute the gradient anew in each round, at the present value of z.",
    )
    require(
        bool((after < 0.01 * before + 1e-3).all()),
        "After 200 steps the search has not arrived at the lowest point.",
        "Adam with a rate of 0.08 arrives there. Is the optimiser made once, before the loop? Is "
        "the gradient computed in each round?",
        "objective below " + ", ".join(f"{0.01 * one + 1e-3:.2g}" for one in before),
        ", ".join(f"{one:.2g}" for one in after),
    )
    ended = as_array(what, student(_canyon, z0, 200))
    require(
        bool(np.isfinite(ended).all() and np.abs(ended - 1).max() < 0.15),
        "In a narrow valley the search does not arrive, in 200 steps.",
        "One direction is 10,000 times as steep as the other, as in latent spaces. Gradient "
        "descent of one rate is too slow along the valley, or flies out of it. Adam divides each "
        "axis by the size of its own gradients.",
        "within 0.15 of the lowest point",
        f"up to {np.abs(ended - 1).max():.3g} away",
    )


def _canyon(z: Any) -> Any:
    return 1e4 * ops.square(z[:, 0] - 1) + ops.square(z[:, 1] - 1)


def _values(z: Any) -> Floats:
    return np.asarray(ops.convert_to_numpy(_valley(np.asarray(z, np.float32))), dtype=np.float64)


def _steps_by_the_first_gradient(arrived: Any, z0: Any) -> bool:
    """Whether a search went past the valley along its first direction, as Adam then does."""
    moved = np.abs(arrived - z0)
    return bool((moved > 10).all() and np.ptp(moved) < 0.1 * moved.max())


def require_correction(student: Student) -> None:
    """Examine a loop that corrects an aim by true solves, with solvers off in known ways."""
    what = "corrected_design(make, solve, target, solves)"
    target = 1.3
    truths: tuple[Callable[[float], float], ...] = (lambda x: x + 0.15, lambda x: 1.08 * x - 0.2)
    for truth in truths:
        solved: list[float] = []
        design, energy = pair(what, student(_make, _counted(truth, solved), target, 3))
        require(
            bool(solved), f"{what} does not solve anything.", "Call solve(design) in each round."
        )
        energy = as_array("The energy returned", energy)
        require(
            energy.ndim == 0,
            "The second thing returned is not an energy.",
            "Return the design first, and its energy second.",
            "a number",
            f"shape {energy.shape}",
        )
        off = abs(float(energy) / target - 1)
        _what_was_solved(solved, truth, target, off)
        require(
            bool(np.isclose(truth(_value(design)), float(energy))),
            "The energy returned is not that of the design returned.",
            "Keep a design and its energy together.",
            f"{truth(_value(design)):.4g}",
            f"{float(energy):.4g}",
        )
    _keeps_the_best(what, student, target)


def _make(aim: float) -> Floats:
    return np.full((2, 2), float(aim))


def _value(design: Any) -> float:
    return float(as_array("The design returned", design).mean())


def _counted(truth: Callable[[float], float], solved: list[float]) -> Callable[[Any], float]:
    def solve(design: Any) -> float:
        solved.append(_value(design))
        return truth(_value(design))

    return solve


def _what_was_solved(
    solved: list[float], truth: Callable[[float], float], target: float, off: float
) -> None:
    require(
        len(solved) > 2,
        "With solves = 3, fewer than three designs were solved.",
        "Do not stop early, and do not count the first design out: each round makes one design "
        "and solves it.",
        "3 solves",
        f"{len(solved)}",
    )
    require(
        len(solved) == 3,
        "With solves = 3, three designs are to be made and each solved once.",
        "A solve is expensive: keep what it returned in a variable.",
        "3 solves",
        f"{len(solved)}",
    )
    first = truth(solved[0]) - target
    require(bool(np.isclose(solved[0], target)), "The first aim must be the target itself.")
    require(
        not np.isclose(solved[1], solved[0]),
        "The second design is made for the same aim as the first.",
        "Correct the aim before you make the next design.",
    )
    require(
        not np.isclose(solved[1], target + first),
        "The aim is corrected in the wrong direction.",
        "If the truth is above the target, ask for less: aim + (target − energy).",
    )
    again = truth(solved[1]) - target
    require(
        not np.isclose(solved[2], target - again) or bool(abs(again) < 1e-9 + CLOSE * abs(first)),
        "The correction starts from the target each time, and forgets the one before.",
        "Add up: aim = aim + target - energy.",
    )
    require(
        off < CLOSE,
        "After three solves the design is still off.",
        "Correct the aim by target − energy in each round, and return the best.",
        f"less than {CLOSE:.1%}",
        f"{off:.1%}",
    )


def _keeps_the_best(what: str, student: Student, target: float) -> None:
    """With a solver whose second answer is the best, that design must come back."""
    answers = [1.50, 1.31, 1.60]
    _, energy = pair(what, student(_make, lambda _: answers.pop(0), target, 3))
    energy = float(energy)
    require(
        not np.isclose(energy, 1.60),
        "The last design came back, and not the best.",
        "A round can make things worse. Compare with the best so far by |energy − target|.",
    )
    require(
        not np.isclose(energy, 1.50),
        "The first design came back, and not the best.",
        "Compare by |energy − target|, and replace the best where the new one is nearer.",
    )
    require(
        bool(np.isclose(energy, 1.31)),
        "What came back is not the energy of the best design.",
        "Return the best design and the energy that solve returned for it.",
        "1.31",
        f"{energy:.4g}",
    )
