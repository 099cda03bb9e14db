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
        >>> before = np.zeros((4, 1, 1))
        >>> sheared = np.zeros((4, 1, 1))
        >>> sheared[3] = 0.01
        >>> stress, *_ = steel.return_mapping(sheared, before, before[0])
        >>> print(stress.ravel().round(4), round(3**-0.5, 4))
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

    def return_mapping(
        self, strain: Floats, plastic: Floats, accumulated: Floats
    ) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Radial return from the plastic strain of the last step.

        Args:
            strain: Shape (4, points, elements).
            plastic: Plastic strain before, the same shape; it keeps the volume.
            accumulated: α before, shape (points, elements).

        Returns:
            Stress, growth of α, direction n = dev σ / |dev σ|, and the two factors of the
            consistent tangent, θ of the deviator and θ̄ of n ⊗ n.
        """
        volume = strain[:3].sum(axis=0)
        deviator = strain - plastic
        deviator[:3] -= volume / 3
        deviator[3] /= 2
        trial = 2 * self.shear * deviator
        size = np.sqrt((trial[:3] ** 2).sum(axis=0) + 2 * trial[3] ** 2)
        q = np.sqrt(1.5) * size
        growth = self._growth(q, accumulated)
        safe = np.where(size > 0, size, 1.0)
        direction = trial / safe
        _, slope = self.resistance(accumulated + growth)
        theta = 1 - 3 * self.shear * growth / (np.sqrt(1.5) * safe)
        bar = np.where(growth > 0, 1 / (1 + slope / (3 * self.shear)) - (1 - theta), 0.0)
        stress = theta * trial
        stress[:3] += self.bulk * volume
        return stress, growth, direction, theta, bar

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
