"""The law of metals: von Mises plasticity (J₂) with isotropic hardening, at small strain.

    σ = κ tr(ε) 1 + 2 μ (dev ε − ε_p),        q = √(3/2) |dev σ| ≤ σ_y(α),
    ε̇_p = α̇ (3/2) dev σ / q,                  σ_y(α) = σ₀ (1 + H α / (m σ₀))ᵐ,

with the accumulated plastic strain α. H is the slope dσ_y/dα where yielding begins; m = 1 is linear
hardening, any m between 0 and 1 a power law. A step is backward Euler: stress and strain at its end
obey all of this, with the direction of flow at the end ("radial return").

Source: J. C. Simo and T. J. R. Hughes (1998), Computational Inelasticity, section 3.3.
"""

from dataclasses import dataclass

import numpy as np

from vae_course.arrays import Floats
from vae_course.physics.material_law import PAIRS, Response

State = tuple[Floats, Floats]
"""Plastic strain (4, points, elements), and the accumulated one α, shape (points, elements)."""

_VOLUME = np.array([1.0, 1.0, 1.0, 0.0])
_DEVIATOR = np.diag([1.0, 1.0, 1.0, 0.5]) - np.outer(_VOLUME, _VOLUME) / 3  # of engineering shear
_LOCAL_STEPS = 40
_LOCAL_TOLERANCE = 1e-13  # relative to the largest stress


@dataclass(frozen=True)
class J2Law:
    """The law, with constants of each element, in any unit of stress.

    Strains are (xx, yy, zz, xy) with the engineering shear γ = 2 ε_xy, stresses have σ_xy.

    Attributes:
        bulk: κ of each element, shape (elements,).
        shear: μ of each element.
        initial: σ₀ of each element.
        slope: H of each element.
        exponent: m of all.

    Examples:
        In pure shear, stress grows to σ₀/√3 and stays there:

        >>> steel = J2Law(*np.array([[2000.0], [800.0], [1.0], [0.0]]), exponent=1.0)
        >>> sheared = np.array([0, 0, 0, 0.01]).reshape(4, 1, 1)
        >>> found = steel.respond(sheared, steel.at_rest(points=1))
        >>> print(found.stress.ravel().round(4), round(3**-0.5, 4))
        [0.     0.     0.     0.5774] 0.5774
    """

    bulk: Floats
    shear: Floats
    initial: Floats
    slope: Floats
    exponent: float

    def resistance(self, accumulated: Floats) -> tuple[Floats, Floats]:
        """σ_y(α) and dσ_y/dα."""
        if self.exponent == 1:
            return self.initial + self.slope * accumulated, np.broadcast_to(
                self.slope, accumulated.shape
            )
        m = self.exponent
        base = 1 + self.slope * accumulated / (m * self.initial)
        return self.initial * base**m, self.slope * base ** (m - 1)

    def hardening_energy(self, accumulated: Floats) -> Floats:
        """Integral of σ_y − σ₀ up to α."""
        if self.exponent == 1:
            return self.slope * accumulated**2 / 2
        m = self.exponent
        scale = np.where(self.slope > 0, self.slope, 1) / (m * self.initial)
        grown = (1 + scale * accumulated) ** (m + 1) - 1
        energy = self.initial * (grown / (scale * (m + 1)) - accumulated)
        return np.where(self.slope > 0, energy, 0.0)

    def at_rest(self, points: int) -> State:
        """No plastic strain."""
        shape = (points, self.bulk.size)
        return np.zeros((4, *shape)), np.zeros(shape)

    def respond(self, deformation: Floats, state: State) -> Response[State]:
        """Radial return from the plastic strain of the last step; see `MaterialLaw`.

        With n = dev σ / |dev σ| the consistent tangent is κ 1 ⊗ 1 + 2 μ (θ dev − θ̄ n ⊗ n).
        """
        plastic, accumulated = state
        volume = deformation[:3].sum(axis=0)
        trial = deformation - plastic
        trial[:3] -= volume / 3
        trial[3] /= 2
        trial *= 2 * self.shear
        size = np.sqrt((trial[:3] ** 2).sum(axis=0) + 2 * trial[3] ** 2)
        q = np.sqrt(1.5) * size
        growth = self._growth(q, accumulated)
        safe = np.where(size > 0, size, 1.0)
        direction = trial / safe
        theta = 1 - 3 * self.shear * growth / (np.sqrt(1.5) * safe)
        stress = theta * trial
        stress[:3] += self.bulk * volume
        flow = np.sqrt(1.5) * growth * direction
        flow[3] *= 2  # engineering shear
        after = plastic + flow, accumulated + growth

        def tangent() -> Floats:
            _, slope = self.resistance(after[1])
            softer = 1 / (1 + slope / (3 * self.shear)) - (1 - theta)
            along = np.sqrt(2 * self.shear * np.where(growth > 0, softer, 0.0)) * direction
            around = 2 * self.shear * theta
            found = -along[PAIRS[0]] * along[PAIRS[1]]
            for place, (c, d) in enumerate(zip(*PAIRS, strict=True)):
                if _DEVIATOR[c, d]:
                    found[place] += _DEVIATOR[c, d] * around
                if c < 3 and d < 3:
                    found[place] += self.bulk
            return np.asarray(found)

        return Response(stress, after, tangent)

    def stored(self, deformation: Floats, state: State) -> Floats:
        """Compute the elastic energy, and that of hardening."""
        plastic, accumulated = state
        elastic = deformation - plastic
        volume = elastic[:3].sum(axis=0)
        deviator = elastic - _VOLUME[:, None, None] * volume / 3
        size = (deviator[:3] ** 2).sum(axis=0) + deviator[3] ** 2 / 2
        elastic_energy = self.bulk * volume**2 / 2 + self.shear * size
        return np.asarray(elastic_energy + self.hardening_energy(accumulated))

    def dissipated(self, state: State) -> Floats:
        """Compute what has become heat, shape (points, elements)."""
        return self.initial * state[1]

    def _growth(self, q: Floats, accumulated: Floats) -> Floats:
        """Solve q − 3 μ Δα = σ_y(α + Δα), 0 where that is not reached; σ_y is concave in α."""
        resistance, slope = self.resistance(accumulated)
        excess = np.maximum(q - resistance, 0.0)
        growth = excess / (3 * self.shear + slope)
        if self.exponent == 1:
            return growth
        for _ in range(_LOCAL_STEPS):
            resistance, slope = self.resistance(accumulated + growth)
            left = np.where(excess > 0, q - 3 * self.shear * growth - resistance, 0.0)
            growth += left / (3 * self.shear + slope)
            if np.abs(left).max(initial=0.0) <= _LOCAL_TOLERANCE * q.max(initial=1.0):
                break
        return growth
