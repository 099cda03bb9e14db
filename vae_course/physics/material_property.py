"""Properties of a pattern, each with the solver that finds it: stiffness, strength, or any other.

What is designed or predicted for one property is designed or predicted for any: all that is asked
of it is a number for each pattern, and what the symmetries of the square do to that number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_course.physics.energy_bounds import check_energy
from vae_course.physics.hyperelasticity import strain_energy
from vae_course.physics.plasticity import STRAINS, flow_stress, proof_stress, stress_strain

DISPLACEMENT = 0.5
"""The level of displacement at which strain energies are learned."""

YOUNG = (10.0, 1.0)
"""Young's modulus of the pixels of value 0 and of value 1, where strain energies are learned."""

_UP_TO_PROOF = STRAINS[:8]  # the hard phase alone has its proof stress before a strain of 0.006


@dataclass(frozen=True)
class Property:
    """A property, by the solver that has the last word on it.

    Attributes:
        name: What it is called, in words joined by hyphens.
        solve: Finds its value, above 0, for a pattern (n, n) of 0 and 1.
        symbol: What it is called in a figure.
        turns: Whether a pattern keeps its value when it is turned by a quarter. It is taken for
            granted that it does when it is turned by a half, or mirrored.
        check: Raises a ValueError for a target, at a volume fraction or None, that no pattern has.

    Examples:
        Any function of a pattern will do:

        >>> light = Property("light", lambda pattern: float(np.mean(pattern)), turns=True)
        >>> light.solve(np.array([[0, 1], [1, 1]]))
        0.75
    """

    name: str
    solve: Callable[[NDArray[Any]], float]
    symbol: str = "value"
    turns: bool = False
    check: Callable[[float, float | None], None] = lambda target, fraction: None


def _energy(pattern: NDArray[Any]) -> float:
    return float(strain_energy(pattern, (DISPLACEMENT,), YOUNG)[0])


def _proof(pattern: NDArray[Any]) -> float:
    return proof_stress(_UP_TO_PROOF, stress_strain(pattern, _UP_TO_PROOF))


def _flow(pattern: NDArray[Any]) -> float:
    return flow_stress(STRAINS, stress_strain(pattern))


def _between_phases(
    solve: Callable[[NDArray[Any]], float], what: str
) -> Callable[[float, float | None], None]:
    """Refuse what is weaker than the soft phase alone, or stronger than the hard one."""

    def check(target: float, fraction: float | None) -> None:
        low, high = (solve(np.full((2, 2), phase)) for phase in (1, 0))
        if not low <= target <= high:
            raise ValueError(
                f"target must lie between {low:.4g} and {high:.4g}, the {what} of the soft phase "
                f"alone and of the hard one; got {target:.4g}"
            )

    return check


STRAIN_ENERGY = Property("strain-energy", _energy, "W", turns=True, check=check_energy)
"""Strain energy at d = 0.5, in units of `YOUNG` times the area: how stiff it is."""

PROOF_STRESS = Property(
    "proof-stress", _proof, "Rp0.2", check=_between_phases(_proof, "proof stress")
)
"""Proof stress at 0.2 % offset along x, in units of the soft phase's yield stress."""

FLOW_STRESS = Property("flow-stress", _flow, "σ(2 %)", check=_between_phases(_flow, "flow stress"))
"""Flow stress at 2 % strain along x, in units of the soft phase's yield stress."""

PROPERTIES = {one.name: one for one in (STRAIN_ENERGY, PROOF_STRESS, FLOW_STRESS)}
"""Those for which models come with the package, by name."""


def named_property(name: "str | Property") -> Property:
    """Find a property by its name.

    Args:
        name: One of `PROPERTIES`; a property is returned as it is.

    Returns:
        The property.

    Raises:
        ValueError: If there is none of that name.

    Examples:
        >>> named_property("flow-stress").turns  # it is pulled along x
        False
    """
    if isinstance(name, Property):
        return name
    if name not in PROPERTIES:
        raise ValueError(
            f"property must be one of {', '.join(PROPERTIES)}, or a Property; got {name!r}"
        )
    return PROPERTIES[name]
