"""Between which limits the strain energy of any pattern with a given volume fraction lies.

For the square, the law and the loading of `vae_course.physics.hyperelasticity`, with stretch
s = 1 + d of the sides and the volume fractions φₖ of the phases (φ₁ = φ, φ₀ = 1 − φ).

Upper: the equilibrium has the least energy of all deformations, so no more than the affine one,
F = s I: W ≤ Σ φₖ ψₖ(s I) (Voigt).

Lower: the area means of F₁₁ and F₂₂ are s, and that of J = det F is s², the deformed area; the
sides prescribe all three. In the plane F:F − 1 = F₁₁² + F₂₂² + F₁₂² + F₂₁² is at least 2J, and so,
for any 0 ≤ t ≤ 1, at least t (F₁₁ + F₂₂)² + (2 − 4t) J: both sides are equal for F = s I. With this
the energy is at least

    μₖ/2 (t (F₁₁ + F₂₂)² + (2 − 4t) J − 2 − 2 ln J) + λₖ/2 (½ (J² − 1) − ln J),

which is convex in F₁₁ + F₂₂ and J (the law is polyconvex). By Jensen's inequality each phase has at
least the value at its own means 2aₖ and Jₖ, for any choice of tₖ:

    W ≥ min Σ φₖ [μₖ/2 (4 tₖ aₖ² + (2 − 4tₖ) Jₖ − 2 − 2 ln Jₖ) + λₖ/2 (½ (Jₖ² − 1) − ln Jₖ)],
    Σ φₖ aₖ = s,  Σ φₖ Jₖ = s².

The minimum of the terms in a is 2 s² / Σ(φₖ / tₖ μₖ) (Reuss); that over J is found where its
derivatives with respect to the two Jₖ agree. The best of a grid of t₀ and t₁ is taken.

Source: J. M. Ball (1977), doi:10.1007/BF00279992 (polyconvexity); bounds of Voigt and Reuss:
S. Torquato (2002), chapter 21, doi:10.1007/978-1-4757-6355-3.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from vae_course.arrays import Floats
from vae_course.physics.hyperelasticity import lame_parameters

TOLERANCE = 0.02
"""How far the volume fraction of a design may be from the one asked for."""

_HALVINGS = 50  # of the share of the area
_WEIGHTS = np.linspace(0, 1, 21)  # t


def energy_bounds(
    volume_fraction: ArrayLike,
    displacement: float = 0.5,
    young: Sequence[float] = (10.0, 1.0),
    poisson: float = 0.3,
) -> tuple[Floats, Floats]:
    """Compute bounds of the strain energy of every pattern with a volume fraction.

    A uniform square (volume fraction 0 or 1) has both bounds at its exact energy.

    Args:
        volume_fraction: Of phase 1, between 0 and 1, any shape.
        displacement: Level d in units of the side, above −1.
        young: Young's modulus of the pixels of value 0 and of value 1, in any unit of stress.
        poisson: Poisson's ratio of both phases, at least 0 (below, the energy is not convex in J)
            and below 0.5.

    Returns:
        lower and upper, each of the shape of `volume_fraction`, in units of `young` times the
        area of the square.

    Raises:
        ValueError: If an argument lies outside its range.

    Examples:
        A uniform square has no choice; one of both phases has:

        >>> lower, upper = energy_bounds([0, 0.5, 1])
        >>> print(lower.round(3), upper.round(3))
        [5.209 0.957 0.521] [5.209 2.865 0.521]
    """
    phi = np.asarray(volume_fraction, dtype=np.float64)
    if not ((phi >= 0) & (phi <= 1)).all():  # False for NaN, too
        raise ValueError(
            f"volume_fraction must lie between 0 and 1; got {np.min(phi)} to {np.max(phi)}"
        )
    if not -1 < displacement < np.inf:
        raise ValueError(f"displacement must be finite and above -1; got {displacement}")
    if poisson < 0:
        raise ValueError(f"poisson must be at least 0 for these bounds; got {poisson}")
    mu, lam = lame_parameters(young, poisson)
    area = (1.0 + displacement) ** 2
    log_area = np.log(area)
    uniform = mu * (area - 1 - log_area) + lam / 2 * ((area**2 - 1) / 2 - log_area)
    upper = (1 - phi) * uniform[0] + phi * uniform[1]
    inner = (phi > 0) & (phi < 1)
    lower = np.array(upper)
    values, places = np.unique(phi[inner], return_inverse=True)
    lower[inner] = np.minimum(_lower(values, area, mu, lam)[places], upper[inner])
    return lower, np.asarray(upper)


def check_energy(target: float, volume_fraction: float | None = None) -> None:
    """Refuse a strain energy that no pattern can have, whatever its geometry.

    Args:
        target: Strain energy at a displacement of 0.5, for Young's moduli of 10 and 1.
        volume_fraction: Of phase 1, met within `TOLERANCE`; any if not given.

    Raises:
        ValueError: If the target lies outside `energy_bounds`.

    Examples:
        >>> check_energy(3.0)
        >>> check_energy(3.0, volume_fraction=0.9)  # with so little of the stiff phase
        Traceback (most recent call last):
        ValueError: target must lie between 0.5656 and 1.083, the bounds of the strain energy of ...
    """
    ends = (0.0, 1.0)
    if volume_fraction is not None:
        ends = (volume_fraction - TOLERANCE, volume_fraction + TOLERANCE)
    lower, upper = energy_bounds(np.clip(ends, 0, 1))
    if not lower.min() <= target <= upper.max():
        at = (
            "of both phases"
            if volume_fraction is None
            else f"with a volume fraction of {volume_fraction:.3g}"
        )
        raise ValueError(
            f"target must lie between {lower.min():.4g} and {upper.max():.4g}, the bounds of the "
            f"strain energy of every pattern {at} (within {TOLERANCE}); got {target:.4g}"
        )


def _lower(phi: Floats, area: float, mu: Floats, lam: Floats) -> Floats:
    """Lower bounds for volume fractions above 0 and below 1, shape (k,)."""
    weights = np.array(np.meshgrid(_WEIGHTS, _WEIGHTS)).reshape(2, -1, 1)  # (phases, choices, 1)
    parts = np.stack([1 - phi, phi])[:, None]  # (phases, 1, k)
    shear, bulk = mu[:, None, None], lam[:, None, None]
    linear = shear * (1 - 2 * weights)
    low, high = np.zeros((2, weights.shape[1], len(phi)))
    high = high + 1
    for _ in range(_HALVINGS):
        share = (low + high) / 2  # of the deformed area, that phase 0 has
        j = np.stack([share, 1 - share]) * area / parts
        slopes = linear + bulk / 2 * j - (shear + bulk / 2) / j
        rises = slopes[0] > slopes[1]
        low, high = np.where(rises, low, share), np.where(rises, share, high)
    log_j = np.log(j)
    energies = linear * j - shear * (1 + log_j) + bulk / 2 * ((j**2 - 1) / 2 - log_j)
    with np.errstate(divide="ignore"):
        reuss = 2 * area / (parts / (weights * shear)).sum(axis=0)
    return np.asarray((reuss + (parts * energies).sum(axis=0)).max(axis=0))
