"""Whether functions follow a velocity by Heun's method, and strengthen a condition."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from vae_course.arrays import Floats
from vae_course.classroom.check import Student
from vae_course.classroom.compare import Known, as_array, compare, require


def _field(x: Floats, tau: float) -> Floats:
    return np.asarray(np.sin(2 * x) + 3 * tau**2 - x * tau)


def _stepped(noise: Floats, steps: int, step: Callable[[Floats, float, float], Floats]) -> Floats:
    x, h = noise, 1 / steps
    for i in range(steps):
        x = step(x, i * h, h)
    return x


def require_heun(student: Student, right: Callable[..., Any]) -> None:
    """Compare with Heun's method on a field that depends on x and τ, and count its looks."""
    noise = np.random.default_rng(4).normal(size=(7, 2))
    for steps in (3, 1, 8):
        what = f"heun(velocity, noise, {steps})"
        compare(
            what,
            student(_field, noise, steps),
            right(_field, noise, steps),
            _of_heun(noise, steps),
            "In each step: the velocity at x and τ, the one at x + "
            "h · v and τ + h, then on with h times their mean.",
        )
    looks = SimpleNamespace(count=0)

    def counted(x: Floats, tau: float) -> Floats:
        looks.count += 1
        return _field(x, tau)

    student(counted, noise, 5)
    require(
        looks.count == 10,
        "The velocity is not asked twice a step.",
        "A network takes its time. Ask once at the start of the step, and once at its end.",
        "10 times in 5 steps",
        f"{looks.count} times",
    )


def _of_heun(noise: Floats, steps: int) -> list[Known]:
    def euler(x: Floats, tau: float, h: float) -> Floats:
        return x + h * _field(x, tau)

    def late(x: Floats, tau: float, h: float) -> Floats:
        first = _field(x, tau + h)
        return x + h / 2 * (first + _field(x + h * first, tau + h))

    def early(x: Floats, tau: float, h: float) -> Floats:
        first = _field(x, tau)
        return x + h / 2 * (first + _field(x + h * first, tau))

    def same_place(x: Floats, tau: float, h: float) -> Floats:
        return x + h / 2 * (_field(x, tau) + _field(x, tau + h))

    def not_halved(x: Floats, tau: float, h: float) -> Floats:
        first = _field(x, tau)
        return x + h * (first + _field(x + h * first, tau + h))

    def second_alone(x: Floats, tau: float, h: float) -> Floats:
        return x + h * _field(x + h * _field(x, tau), tau + h)

    def middle(x: Floats, tau: float, h: float) -> Floats:
        return x + h * _field(x + h / 2 * _field(x, tau), tau + h / 2)

    def from_one(x: Floats, tau: float, h: float) -> Floats:
        first = _field(x, 1 - tau)
        return x - h / 2 * (first + _field(x - h * first, 1 - tau - h))

    def turned(x: Floats, tau: float, h: float) -> Floats:
        first = _field(x, 1 - tau)
        return x + h / 2 * (first + _field(x + h * first, 1 - tau - h))

    def whole(x: Floats, tau: float, h: float) -> Floats:
        first = _field(x, tau)
        return x + (first + _field(x + first, tau + h)) / 2

    said = {
        euler: "This is Euler's method, which looks once a step. Look again where its step ends, "
        "and take the mean of both velocities.",
        late: "τ is that of the end of the step in both looks. The first is at its start, i · h.",
        early: "τ is that of the start of the step in both looks. The second is at (i + 1) · h.",
        same_place: "Both looks are at the same x. The second is where Euler's step ends: "
        "x + h · first.",
        not_halved: "The two velocities are added, not averaged: each step is twice as long.",
        second_alone: "You went on with the second velocity alone. Take the mean of both.",
        middle: "This is the midpoint method. It is as good; but Heun's looks at start and end, "
        "and the loss of a flow is compared by it below.",
        from_one: "You went from τ = 1 to 0, from codes to noise. It is from 0 to 1.",
        turned: "τ runs from 1 to 0 while the points run from noise to codes. Let it grow.",
        whole: "Each step has a length of 1. It is h = 1 / steps.",
    }
    return [Known(_stepped(noise, steps, step), why) for step, why in said.items()]


class _Told:
    """A velocity that says which condition it was told."""

    def __init__(self) -> None:
        self.kept = SimpleNamespace(told=[])

    def __call__(self, x: Any, tau: Any, condition: Any) -> Any:
        told = np.asarray(condition, dtype=float)
        self.kept.told.append((np.asarray(x), tau, told))
        return np.asarray(x) * (1 + told[0]) + tau * told[1] + 0.5


def require_guided(student: Student) -> None:
    """Compare with what guidance makes of a velocity whose answers are known."""
    what = "guided(velocity, condition, strength)"
    x, tau, condition = np.random.default_rng(6).normal(size=(5, 2)), 0.3, (0.7, 1.0)
    nothing = x + 0.5
    something = x * 1.7 + 0.3 + 0.5
    for strength in (2.0, 1.0, 0.0, 0.4):
        velocity = _Told()
        made = student(velocity, condition, strength)
        require(
            callable(made),
            f"{what} did not return a function.",
            "`heun` asks it again and again, at other x and τ. Return the function that you "
            "define inside, without parentheses.",
            "a function of x and tau",
            type(made).__name__,
        )
        velocity.kept.told.clear()
        found = as_array("The velocity", made(x, tau))
        told = [tuple(one[2]) for one in velocity.kept.told]
        require(
            strength != 2 or (0.0, 0.0) in told or condition not in told,
            "The velocity is never asked without the condition.",
            "v₀ is what a flow does that is told nothing: velocity(x, tau, (0, 0)).",
        )
        require(
            strength != 2 or condition in told,
            "The condition is never told to the velocity.",
            "v_c is velocity(x, tau, condition).",
            condition,
            told,
        )
        way = something - nothing
        compare(
            f"The velocity of strength {strength:g}",
            found,
            nothing + strength * way,
            (
                Known(
                    strength * something,
                    "You made the conditional velocity longer. Then points "
                    "run past where the codes are. Only the *difference* to v₀ is scaled.",
                ),
                Known(
                    something + strength * way,
                    "You began at v_c. With strength 1 that goes "
                    "twice as far as was learned: begin at v₀.",
                ),
                Known(
                    nothing - strength * way,
                    "This goes away from the condition: v_c − v₀, not v₀ − v_c.",
                ),
                Known(
                    strength * nothing + (1 - strength) * something,
                    "The two are exchanged: strength 1 must give v_c.",
                ),
                Known(strength * way, "This is the difference alone. Add it to v₀."),
                Known(something, "The strength is not used."),
                Known(nothing, "The condition has no effect: whatever the strength, this is v₀."),
            ),
            "v₀ + strength · (v_c − v₀), both at the same x and τ.",
        )
    velocity = _Told()
    made = student(velocity, condition, 2.0)
    for place, moment in ((x, 0.9), (x + 1, 0.2)):
        compare(
            "The velocity at another x and τ",
            made(place, moment),
            place + 0.5 + 2 * (0.7 * place + moment),
            (),
            "Ask the velocity at the x and τ that the function is given, each time anew.",
        )
