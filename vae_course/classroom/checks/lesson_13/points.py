"""Whether one point of a metal flows as return mapping has it."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from vae_course.arrays import Floats
from vae_course.classroom.check import Student
from vae_course.classroom.compare import Known, as_array, compare, require

WHAT = "return_mapping(strain, plastic, alpha, metal)"
METAL = SimpleNamespace(kappa=7.0, mu=4.0, initial=1.5, slope=3.0)


def deviator(tensor: Any) -> Any:
    """Take a third of the trace off the diagonal."""
    return tensor - np.trace(tensor) / 3 * np.eye(3)


def von_mises(stress: Any) -> Any:
    """Von Mises stress."""
    return np.sqrt(1.5 * np.sum(deviator(stress) ** 2))


def reference_mapping(strain: Any, plastic: Any, alpha: Any, metal: Any) -> tuple[Any, Any, Any]:
    """Stress, plastic strain and α after a step."""
    trial = 2 * metal.mu * deviator(strain - plastic)
    beyond = von_mises(trial) - metal.initial - metal.slope * alpha
    if beyond > 0:
        grown = beyond / (3 * metal.mu + metal.slope)
        plastic = plastic + grown * 1.5 * trial / von_mises(trial)
        alpha = alpha + grown
    stress = metal.kappa * np.trace(strain) * np.eye(3)
    return stress + 2 * metal.mu * deviator(strain - plastic), plastic, alpha


def _symmetric(rng: np.random.Generator, size: float) -> Floats:
    tensor = rng.normal(size=(3, 3))
    return np.asarray(size * (tensor + tensor.T))


def require_mapping(student: Student) -> None:
    """Ask for a step that flows, after some flow and without, and for two that stay elastic."""
    rng = np.random.default_rng(3)
    fresh, nothing = _symmetric(rng, 0.3), np.zeros((3, 3))
    plastic = deviator(_symmetric(rng, 0.05))
    # Within the yield stress of the metal as it is now, beyond that of the fresh one.
    inside = plastic + 2.1 / 2 / METAL.mu * deviator(fresh) / von_mises(fresh) + 0.1 * np.eye(3)
    _require_flow(student, fresh + 0.2 * np.eye(3), plastic, 0.3)
    _require_flow(student, fresh, nothing, 0.0)
    _require_elastic(student, 0.05 * fresh, nothing, 0.0)
    _require_elastic(student, inside, plastic, 0.3)


def _answer(student: Student, strain: Floats, plastic: Floats, alpha: float) -> Any:
    found = student(strain.copy(), plastic.copy(), alpha, METAL)
    require(
        isinstance(found, tuple | list) and len(found) == 3,
        f"{WHAT} must return three things.",
        "End with `return stress, plastic, alpha`.",
    )
    return found


def _require_elastic(student: Student, strain: Floats, plastic: Floats, alpha: float) -> None:
    """Nothing flows: plastic strain and α stay, and the stress is Hooke's."""
    stress, after, grown = _answer(student, strain, plastic, alpha)
    trial = 2 * METAL.mu * deviator(strain - plastic)
    right = METAL.kappa * np.trace(strain) * np.eye(3) + trial
    resistance = METAL.initial + METAL.slope * alpha
    changed = as_array(f"The third of {WHAT}", grown)
    require(
        changed.shape == () and np.isclose(changed, alpha),
        "A step below the yield stress makes it flow.",
        "Is the try compared with σ₀ + H α, and is anything done only where f > 0? A metal that "
        "has flowed is harder: α counts."
        if changed.shape == () and changed > alpha
        else "Where f is at most 0, α stays as it is. It never falls.",
        alpha,
        grown,
    )
    compare(
        f"The plastic strain of a step below the yield stress ({resistance:g})",
        after,
        plastic,
        (Known(np.zeros((3, 3)), "The plastic strain is forgotten. What has flowed stays."),),
        "Where nothing flows it stays as it is.",
    )
    compare(
        "The stress of a step below the yield stress",
        stress,
        right,
        _stress_mistakes(strain, plastic, right, trial),
        "κ tr(ε) 1 + 2 μ dev(ε − ε_p).",
    )


def _stress_mistakes(strain: Floats, plastic: Floats, right: Floats, shear: Floats) -> list[Known]:
    pressure = np.trace(strain) * np.eye(3)
    found = [
        Known(shear, "The pressure is missing: add κ tr(ε) 1."),
        Known(
            shear + METAL.kappa * np.trace(strain),
            "κ tr(ε) is added to all nine entries. Pressure acts on the diagonal: times np.eye(3).",
        ),
        Known(shear + METAL.kappa * pressure / 3, "κ is multiplied by tr(ε), not by a third."),
        Known(
            shear / 2 + METAL.kappa * pressure,
            "The deviator of the strain is multiplied by 2 μ, not by μ.",
        ),
    ]
    found.append(
        Known(
            METAL.kappa * pressure + 2 * METAL.mu * (strain - plastic),
            "The second part takes the deviator of the strain, not all of it.",
        )
    )
    if plastic.any():
        found.append(
            Known(
                METAL.kappa * pressure + 2 * METAL.mu * deviator(strain),
                "The stress is that of the whole strain. Take the plastic strain off first.",
            )
        )
    return found


def _require_flow(student: Student, strain: Floats, plastic: Floats, alpha: float) -> None:
    """It flows: α first, then where to, then the stress that is left."""
    stress, after, grown = _answer(student, strain, plastic, alpha)
    trial = 2 * METAL.mu * deviator(strain - plastic)
    q, resistance = von_mises(trial), METAL.initial + METAL.slope * alpha
    factor = 3 * METAL.mu + METAL.slope
    delta = (q - resistance) / factor
    pressure = METAL.kappa * np.trace(strain) * np.eye(3)

    def of(q: Any, resistance: float = resistance, factor: float = factor) -> float:
        return float(alpha + (q - resistance) / factor)

    whole = 2 * METAL.mu * deviator(strain)
    mistakes = [
        Known(
            of(np.sqrt(1.5 * np.sum((trial + pressure) ** 2))),
            "Pressure is counted: the von Mises stress is that of the deviator. A metal does not "
            "mind being squeezed from all sides.",
        ),
        Known(
            of(np.linalg.norm(trial)),
            "The size of the deviator is not the von Mises stress yet: times √(3/2).",
        ),
        Known(
            of(q, factor=3 * METAL.mu),
            "It flows too far: while it flows, it hardens. Divide by 3 μ + H.",
        ),
        Known(of(q, factor=2 * METAL.mu + METAL.slope), "f is divided by 3 μ + H, not by 2 μ + H."),
        Known(of(q, factor=METAL.slope), "f is divided by H alone: elastic strain gives way, too."),
        Known(
            of(q, factor=1.0),
            "f is a stress, and α a strain. Divide f by 3 μ + H.",
        ),
        Known(alpha, "α has not changed, though the try lies beyond the yield stress."),
        Known(
            of(q / 2),
            "The try is half as large as it should be: 2 μ times the deviator of the strain.",
        ),
    ]
    if alpha:
        mistakes += [
            Known(delta, "This is how far it flows in this step. Add what has flowed before."),
            Known(
                of(q, resistance=METAL.initial),
                "It flows as if it were fresh. The yield stress has grown to σ₀ + H α.",
            ),
            Known(
                of(von_mises(whole)),
                "The try is that of the whole strain. What has flowed makes no stress: take "
                "dev(ε − ε_p).",
            ),
        ]
    compare(
        f"α after a step that flows, by {WHAT},",
        grown,
        alpha + delta,
        mistakes,
        "Δα = f / (3 μ + H).",
    )
    flow = delta * 1.5 * trial / q
    mistakes = [
        Known(plastic, "α has grown, and the plastic strain has not."),
        Known(
            plastic + delta * trial / q,
            "The factor 3/2 of the flow is missing: Δα · 3/2 · s*/q*.",
        ),
        Known(
            plastic + delta * trial / np.linalg.norm(trial),
            "The flow is divided by the size of s*. Divide by its von Mises stress q*, times 3/2.",
        ),
        Known(
            plastic + 1.5 * delta * trial / np.linalg.norm(trial),
            "The flow is divided by the size of s*. Divide by its von Mises stress q*.",
        ),
        Known(
            plastic + 1.5 * delta * trial,
            "The flow has the size of a stress. Divide s* by q*.",
        ),
        Known(plastic - flow, "It flows the wrong way: add the flow."),
        Known(
            plastic + 1.5 * delta * (trial + pressure) / q,
            "Pressure makes it flow here. The direction is that of the deviator.",
        ),
    ]
    if alpha:
        mistakes.append(Known(flow, "This is the flow of this step. Add it to what has flowed."))
    compare(
        "The plastic strain after a step that flows",
        after,
        plastic + flow,
        mistakes,
        "Δα · 3/2 · s*/q*.",
    )
    left = trial - 2 * METAL.mu * flow
    mistakes = [
        Known(
            trial + pressure,
            "This is the stress of the try. It has flowed since: compute the stress from the new "
            "plastic strain.",
        ),
        Known(trial, "This is the try, and the pressure is missing. Compute it from the new ε_p."),
        Known(
            (trial + pressure) * (q - 3 * METAL.mu * delta) / q,
            "The pressure is scaled down, too. Flow changes the deviator alone.",
        ),
        *_stress_mistakes(strain, plastic + flow, left + pressure, left),
    ]
    compare(
        "The stress after a step that flows",
        stress,
        left + pressure,
        mistakes,
        "κ tr(ε) 1 + 2 μ dev(ε − ε_p), with the new ε_p.",
    )
