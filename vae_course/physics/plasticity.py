"""Strength: the stress–strain curve of a two-phase square that is pulled until it flows.

Small strain, plane strain, von Mises plasticity with isotropic hardening (`j2_law`). Stresses are
in any unit, the same for the modulus E, the yield stress σ₀ and the slope of hardening H.

The unit square is pulled along x with straight sides and without friction: the left side is held
in x, the right one is moved by the strain, the bottom held in y; the top stays straight and is free
of net force. A uniform square is in the same state everywhere: σ_yy = 0, ε_zz = 0.

Each pixel is one bilinear quadrilateral of scikit-fem whose dilation is the mean of its points (B̄):
plastic flow keeps the volume, and bilinear elements without it would lock. Each step of the strain
is backward Euler, found by Newton's method with the consistent tangent, and halved where it fails.

Sources: J. C. Simo and T. J. R. Hughes (1998), Computational Inelasticity, chapters 3 and 4;
T. J. R. Hughes (1980), International Journal for Numerical Methods in Engineering 15, 1413 (B̄).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from threadpoolctl import threadpool_limits

from vae_course.arrays import Floats
from vae_course.physics._pulled_body import Body
from vae_course.physics.hyperelasticity import ConvergenceError, lame_parameters
from vae_course.physics.j2_law import J2Law
from vae_course.physics.pixel_grid import checked_pattern, pixel_grid

__all__ = [
    "STRAINS",
    "ConvergenceError",
    "Solution",
    "flow_stress",
    "proof_stress",
    "solve",
    "stress_strain",
]

STRAINS = tuple(np.linspace(0.001, 0.02, 20).round(6).tolist())
"""Strains at which the stress is computed, unless others are asked for."""


@dataclass(frozen=True)
class Solution:
    """The square at each strain.

    Attributes:
        strains: Strain ε along x, shape (strains,).
        stress: Mean stress along x, shape (strains,).
        contraction: Strain of the height, negative, shape (strains,).
        plastic_strain: Accumulated plastic strain α, the mean of each pixel, shape (strains, n, n).
        stress_fields: Components xx, yy, zz, xy, means of pixels, shape (strains, 4, n, n).
        stored: Energy that is stored, elastic and by hardening, shape (strains,).
        dissipated: Energy that has become heat, shape (strains,).

    Examples:
        A uniform square flows at 2/√3 of its yield stress:

        >>> solution = solve(np.ones((2, 2)), [0.001, 0.01], hardening=(0.0, 0.0))
        >>> print(solution.stress.round(3), solution.plastic_strain[1].round(4).tolist())
        [1.099 1.154] [[0.0103, 0.0103], [0.0103, 0.0103]]
    """

    strains: Floats
    stress: Floats
    contraction: Floats
    plastic_strain: Floats
    stress_fields: Floats
    stored: Floats
    dissipated: Floats


def _checked_strains(strains: Sequence[float] | Floats) -> Floats:
    levels = np.array(strains, dtype=np.float64)
    if levels.ndim != 1 or levels.size == 0:
        raise ValueError(f"strains must have shape (strains,); got {levels.shape}")
    if not np.isfinite(levels).all() or levels[0] <= 0 or (np.diff(levels) <= 0).any():
        raise ValueError(f"strains must be finite, above 0 and ascending; got {levels.tolist()}")
    return levels


def _pair(name: str, values: Sequence[float], positive: bool) -> Floats:
    """Read a number of each phase, above 0, or else 0 or more."""
    pair = np.array(values, dtype=np.float64)
    low = pair <= 0 if positive else pair < 0
    if pair.shape != (2,) or not np.isfinite(pair).all() or low.any():
        least = "above 0" if positive else "0 or more"
        raise ValueError(f"{name} must be two finite numbers {least}; got {values}")
    return pair


def _curve(strains: ArrayLike, stress: ArrayLike) -> tuple[Floats, Floats]:
    x, y = np.asarray(strains, dtype=float), np.asarray(stress, dtype=float)
    if x.shape != y.shape or x.ndim != 1 or not x.size:
        raise ValueError(
            f"strains and stress must have one shape (points,); got {x.shape}, {y.shape}"
        )
    return x, y


def stress_strain(
    pattern: ArrayLike,
    strains: Sequence[float] | Floats = STRAINS,
    young: Sequence[float] = (1000.0, 1000.0),
    poisson: float = 0.3,
    yield_stress: Sequence[float] = (3.0, 1.0),
    hardening: Sequence[float] = (10.0, 10.0),
    exponent: float = 1.0,
) -> Floats:
    """Compute the stress–strain curve of a pattern, or of each pattern of a batch.

    Args:
        pattern: Phases, values 0 and 1, shape (n, n) or (N, n, n) with n ≥ 2.
        strains: Strains along x, ascending, above 0, shape (strains,).
        young: Young's modulus of the pixels of value 0 and of value 1, in a unit of stress.
        poisson: Poisson's ratio of both phases, above −1 and below 0.5.
        yield_stress: σ₀ of both phases, in the same unit.
        hardening: H of both phases, in the same unit, 0 or more.
        exponent: m of the power law, above 0 and 1 at most; 1 is linear hardening.

    Returns:
        Mean stress along x in the same unit, shape (strains,), or (N, strains) for a batch.

    Raises:
        ValueError: If an argument has the wrong shape or lies outside its range.
        ConvergenceError: If no equilibrium is found.

    Examples:
        Without plastic flow the modulus of plane strain is E / (1 − ν²):

        >>> print(stress_strain(np.eye(4), [1e-4, 2e-4]).round(4), round(0.1 / (1 - 0.3**2), 4))
        [0.1099 0.2198] 0.1099
    """
    images = np.asarray(pattern)
    if images.ndim == 2:
        return solve(images, strains, young, poisson, yield_stress, hardening, exponent).stress
    if images.ndim != 3:
        raise ValueError(
            "pattern must have shape (n, n) or (N, n, n) with values 0 and 1; "
            f"got {images.shape} {images.dtype}"
        )
    levels = _checked_strains(strains)
    law = (young, poisson, yield_stress, hardening, exponent)
    curves = [solve(image, levels, *law).stress for image in images]
    return np.array(curves, dtype=np.float64).reshape(len(images), len(levels))


def proof_stress(strains: ArrayLike, stress: ArrayLike, offset: float = 0.002) -> float:
    """Find the stress at which a curve meets its elastic line, moved by an offset of the strain.

    The elastic line has the slope of the first point; between points the curve is straight.

    Args:
        strains: Strains, ascending, above 0; the first one is elastic. Shape (points,).
        stress: Stress at each, shape (points,).
        offset: Plastic strain at which the stress is read.

    Returns:
        The stress, in the unit of `stress`; nan if the curve ends before.

    Raises:
        ValueError: If the shapes differ or the offset is not positive.

    Examples:
        >>> proof_stress([0.001, 0.004], [1.0, 1.0])  # flows at 1 from a strain of 0.001 on
        1.0
    """
    x, y = _curve(strains, stress)
    if not offset > 0:
        raise ValueError(f"offset must be above 0; got {offset}")
    x, y = np.append(0.0, x), np.append(0.0, y)
    above = y - y[1] / x[1] * (x - offset)
    if not (above < 0).any():
        return float(y[-1]) if above[-1] == 0 else float("nan")
    k = int(np.argmax(above < 0))
    part = above[k - 1] / (above[k - 1] - above[k])
    return float(y[k - 1] + part * (y[k] - y[k - 1]))


def flow_stress(strains: ArrayLike, stress: ArrayLike, strain: float = 0.02) -> float:
    """Read the stress at a strain off a curve; between points it is straight.

    Args:
        strains: Strains, ascending, shape (points,).
        stress: Stress at each, shape (points,).
        strain: Where to read it.

    Returns:
        The stress, in the unit of `stress`.

    Raises:
        ValueError: If the shapes differ, or the curve does not reach the strain.

    Examples:
        >>> flow_stress([0.01, 0.02], [1.0, 1.5])
        1.5
    """
    x, y = _curve(strains, stress)
    if not x[0] <= strain <= x[-1]:
        raise ValueError(f"strain must lie between {x[0]:g} and {x[-1]:g}; got {strain}")
    return float(np.interp(strain, x, y))


def solve(
    pattern: ArrayLike,
    strains: Sequence[float] | Floats = STRAINS,
    young: Sequence[float] = (1000.0, 1000.0),
    poisson: float = 0.3,
    yield_stress: Sequence[float] = (3.0, 1.0),
    hardening: Sequence[float] = (10.0, 10.0),
    exponent: float = 1.0,
) -> Solution:
    """Pull one pattern: its curve, and its fields of stress and plastic strain.

    Args:
        pattern: Phases, values 0 and 1, shape (n, n) with n ≥ 2. Row 0 is at the top.
        strains: As for `stress_strain`, and so are the others.
        young: Young's modulus of both phases.
        poisson: Poisson's ratio of both phases.
        yield_stress: σ₀ of both phases.
        hardening: H of both phases.
        exponent: m of the power law.

    Returns:
        The solution at each strain.

    Raises:
        ValueError: If an argument has the wrong shape or lies outside its range.
        ConvergenceError: If no equilibrium is found.

    Examples:
        What is done to it is stored, or becomes heat:

        >>> strains = np.linspace(0.0002, 0.01, 50)
        >>> solution = solve(np.eye(4), strains)
        >>> work = np.trapezoid(np.append(0, solution.stress), np.append(0, strains))
        >>> print(round(float(solution.stored[-1] + solution.dissipated[-1]) / work, 2))
        1.0
    """
    phases = checked_pattern(pattern)
    levels = _checked_strains(strains)
    mu, lam = lame_parameters(young, poisson)
    initial, slope = _pair("yield_stress", yield_stress, True), _pair("hardening", hardening, False)
    if not 0 < exponent <= 1:
        raise ValueError(f"exponent must be above 0 and 1 at most; got {exponent}")
    grid = pixel_grid(len(phases))
    phase = phases.ravel()[grid.pixels]
    law = J2Law((lam + 2 * mu / 3)[phase], mu[phase], initial[phase], slope[phase], exponent)
    with threadpool_limits(limits=1, user_api="blas"):  # faster here, and the same bits everywhere
        found = Body(grid, law).pull(levels)
    return Solution(levels, *found)
