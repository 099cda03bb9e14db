"""Whether a proof stress is read where a curve meets its elastic line, moved by 0.2 %."""

from typing import Any

import numpy as np

from vae_course.arrays import Floats
from vae_course.classroom.check import Student
from vae_course.classroom.compare import Known, as_array, compare, require

WHAT = "proof_stress(strain, stress)"
OFFSET = 0.002


def reference_proof_stress(strain: Any, stress: Any) -> Any:
    """Stress at the offset; between points the curve is straight."""
    return _crossing(strain, stress, stress[0] / strain[0], OFFSET)[1]


def _crossing(strain: Floats, stress: Floats, slope: float, offset: float) -> tuple[float, float]:
    """Strain and stress where a moved line is met; not a number where it is not."""
    gap = stress - slope * (strain - offset)
    if not (gap < 0).any() or gap[0] < 0:
        return float("nan"), float("nan")
    k = int(np.argmax(gap < 0))
    part = gap[k - 1] / (gap[k - 1] - gap[k])
    return (
        float(strain[k - 1] + part * (strain[k] - strain[k - 1])),
        float(stress[k - 1] + part * (stress[k] - stress[k - 1])),
    )


def _curve(strain: Floats, modulus: float, limit: float, power: float) -> Floats:
    """Elastic up to a limit, and then a power of the strain beyond it."""
    beyond = np.maximum(strain - limit / modulus, 0)
    hardened = 40 * limit * beyond**power * 0.01 ** (1 - power)
    return np.asarray(np.minimum(modulus * strain, limit) + hardened)


def require_proof(student: Student) -> None:
    """Ask for two curves that are sampled in different ways, and for that of the text."""
    uneven = np.array([0.0005, 0.001, 0.0023, 0.0027, 0.0047, 0.006, 0.011, 0.02])
    _require(student, uneven, _curve(uneven, 820.0, 0.9, 0.5))
    even = np.linspace(0.001, 0.02, 20)
    _require(student, even, _curve(even, 1099.0, 1.25, 0.7))
    _require(student, np.array([0.001, 0.003, 0.005]), np.array([1.0, 2.0, 2.2]))


def _require(student: Student, strain: Floats, stress: Floats) -> None:
    found = as_array(WHAT, student(strain.copy(), stress.copy()))
    require(
        found.size == 1,
        f"{WHAT} must return one number.",
        "Take the first point at which the curve is below the moved line, and the one before.",
        "a number",
        f"{found.size} numbers",
    )
    slope = float(stress[0] / strain[0])
    where, right = _crossing(strain, stress, slope, OFFSET)
    k = int(np.searchsorted(strain, where))
    fitted = float(np.polyfit(strain[:3], stress[:3], 1)[0])
    left = float(np.interp(OFFSET, strain, stress))
    departs = int(np.argmax(np.abs(stress / strain / slope - 1) > 1e-6))
    mistakes = [
        Known(where, "This is the strain at which they meet. Return the stress there."),
        Known(
            left,
            "This is the stress at a total strain of 0.002. The offset is plastic strain: where "
            "does the curve meet the elastic line that is moved by 0.002?",
        ),
        Known(stress[k], "This is the stress at the first point beyond. They meet before it."),
        Known(stress[k - 1], "This is the stress at the last point before. They meet after it."),
        Known(
            (stress[k] + stress[k - 1]) / 2,
            "They do not meet in the middle between two points. Where is the gap 0, if it changes "
            "along a straight line?",
        ),
        Known(
            stress[departs],
            "This is where the curve leaves the elastic line. The line is moved by 0.002 first.",
        ),
        Known(
            stress[departs - 1],
            "This is the last elastic point. The line is moved by 0.002 first.",
        ),
        Known(stress[-1], "This is the last stress of the curve. Is an offset of 0.2 % 0.002?"),
        Known(stress.max(), "This is the highest stress. Where does the curve meet the line?"),
        Known(
            _crossing(strain, stress, 1000.0, OFFSET)[1],
            "The slope of the line is 1000 here. It is that of the beginning of the curve, "
            "stress[0] / strain[0], whatever the metal.",
        ),
        Known(
            _crossing(strain, stress, fitted, OFFSET)[1],
            "The slope is fitted to several points, of which some have flowed. Take the first: "
            "stress[0] / strain[0].",
        ),
        Known(_crossing(strain, stress, slope, 0.001)[1], "The line is moved by 0.001, not 0.002."),
        Known(_crossing(strain, stress, slope, 0.02)[1], "The line is moved by 2 %, not by 0.2 %."),
        Known(
            slope * OFFSET,
            "This is the elastic line at a strain of 0.002. Where does the curve meet the line "
            "that is moved by as much?",
        ),
    ]
    wrong_part = 1 - (right - stress[k - 1]) / (stress[k] - stress[k - 1])
    mistakes.append(
        Known(
            stress[k - 1] + wrong_part * (stress[k] - stress[k - 1]),
            "The part of the way is the other one: above / (above − below), from the point before.",
        )
    )
    usable = [one for one in mistakes if not np.isclose(np.asarray(one.value), right, rtol=3e-3)]
    compare(
        WHAT,
        found.reshape(()),
        right,
        usable,
        "Where is stress − slope · (strain − 0.002) zero? Between points both are straight.",
        rtol=2e-3,
    )
