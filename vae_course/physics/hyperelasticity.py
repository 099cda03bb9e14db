"""Large deformation: the strain energy of a two-phase square pulled equally on its four sides.

    W(d) = min over u of ∫ ψ(I + ∇u) dA,
    ψ = μ/2 (F:F − 3 − 2 ln J) + λ/2 (½ (J² − 1) − ln J),   J = det F,

a compressible neo-Hookean solid in plane strain (F₃₃ = 1). μ = E / 2(1 + ν) and
λ = E ν / (1 + ν)(1 − 2ν) follow from the Young's modulus E of each pixel and Poisson's ratio ν.
Each side of the unit square moves outwards by d/2 and its points are free to slide along it.
E is in any unit of stress; energies are then in that unit times the area of the square, forces in
that unit times its side (both for unit thickness).

Each pixel is one bilinear quadrilateral of scikit-fem. Newton's method starts from the affine
deformation; load steps are halved where it does not converge.

Source: the law, the loading and the levels are those of H. Kobeissi, S. Mohammadzadeh and
E. Lejeune (2022), arXiv:2203.04183.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from vae_course.arrays import Floats
from vae_course.physics._pixel_body import NotConvergedError, PixelBody, solved
from vae_course.physics.material_law import ImpossibleError
from vae_course.physics.neo_hookean_law import NeoHookeanLaw
from vae_course.physics.pixel_grid import SIDES, PixelGrid, checked_pattern, pixel_grid

__all__ = ["DISPLACEMENTS", "SIDES", "ConvergenceError", "Solution", "solve", "strain_energy"]


DISPLACEMENTS = (0.0, 0.001, 0.1, 0.2, 0.3, 0.4, 0.5)
"""The levels of displacement d of the dataset, in units of the side of the square."""

_TOLERANCE = 1e-12  # for the last fall of the energy, relative to it; what remains is its square
_NEWTON_STEPS = 15
_LOAD_STEPS = 100  # attempts a level
_SMALLEST_LOAD_STEP = 2.0**-12  # relative to the step between two levels


class ConvergenceError(RuntimeError):
    """No equilibrium was found, even with small load steps.

    Examples:
        >>> solve(np.eye(4), [-0.999], young=(1e9, 1))
        Traceback (most recent call last):
        vae_course.physics.hyperelasticity.ConvergenceError: no equilibrium found beyond d = ...
    """


@dataclass(frozen=True)
class Solution:
    """Equilibrium of one pattern at each level of displacement.

    Attributes:
        displacements: Levels d, in units of the side, shape (levels,).
        strain_energy: Energy W(d) − W(0), shape (levels,).
        reaction_forces: Force of the support on each side of the square, in the order of `SIDES`
            and the sign of the dataset: its component along x (to the right) for left and right,
            along y (upwards) for top and bottom, so that left and bottom are negative where the
            square is pulled. dW/dd = (−left + right + top − bottom) / 2. Shape (levels, 4).
        displacement_fields: Displacement (u_x, u_y) of the corners of the pixels, laid out like the
            image: [level, i, j] is the point x = j/n, y = 1 − i/n. Shape (levels, n + 1, n + 1, 2).
        load_steps: Newton solves that each level took: 1, or more where the load was stepped.
            Shape (levels,).

    Examples:
        A uniform square deforms uniformly; its upper edge moves upwards by d/2:

        >>> solution = solve(np.zeros((2, 2)), displacements=[0.5])
        >>> print(solution.displacement_fields[0, 0].round(6).tolist())
        [[-0.25, 0.25], [0.0, 0.25], [0.25, 0.25]]
    """

    displacements: Floats
    strain_energy: Floats
    reaction_forces: Floats
    displacement_fields: Floats
    load_steps: NDArray[np.int64]


def strain_energy(
    pattern: ArrayLike,
    displacements: Sequence[float] = DISPLACEMENTS,
    young: Sequence[float] = (10.0, 1.0),
    poisson: float = 0.3,
) -> Floats:
    """Compute the strain energy W(d) − W(0) of a pattern, or of each pattern of a batch.

    A uniform pattern has exactly W = μ ((1+d)² − 1 − 2 ln(1+d)) + λ/2 (½ ((1+d)⁴ − 1) − 2 ln(1+d)),
    which is 0.520888316 E at d = 0.5 and ν = 0.3. A 64 × 64 pattern takes about 0.4 s for the seven
    levels, one of 128 × 128 nine times as long. One thread is used.

    Args:
        pattern: Phases, values 0 and 1, shape (n, n) or (N, n, n) with n ≥ 2.
        displacements: Levels d in units of the side, ascending, above −1, shape (levels,).
        young: Young's modulus of the pixels of value 0 and of value 1, in any unit of stress.
        poisson: Poisson's ratio of both phases, above −1 and below 0.5.

    Returns:
        Strain energy in units of `young` times the area of the square, shape (levels,), or
        (N, levels) for a batch.

    Raises:
        ValueError: If an argument has the wrong shape or lies outside its range.
        ConvergenceError: If no equilibrium is found at a level.

    Source: H. Kobeissi, S. Mohammadzadeh and E. Lejeune (2022), arXiv:2203.04183.

    Examples:
        >>> strain_energy([np.zeros((4, 4)), np.ones((4, 4))], displacements=[0.1, 0.5]).round(6)
        array([[0.194046, 5.208883],
               [0.019405, 0.520888]])
    """
    images = np.asarray(pattern)
    if images.ndim == 2:
        return solve(images, displacements, young, poisson).strain_energy
    if images.ndim != 3:
        raise ValueError(
            "pattern must have shape (n, n) or (N, n, n) with values 0 and 1; "
            f"got {images.shape} {images.dtype}"
        )
    levels = _checked_displacements(displacements)
    energies = [solve(image, levels, young, poisson).strain_energy for image in images]
    return np.array(energies, dtype=np.float64).reshape(len(images), len(levels))


def solve(
    pattern: ArrayLike,
    displacements: Sequence[float] | Floats = DISPLACEMENTS,
    young: Sequence[float] = (10.0, 1.0),
    poisson: float = 0.3,
) -> Solution:
    """Find the equilibrium of one pattern: energies, reaction forces and displacement fields.

    Args:
        pattern: Phases, values 0 and 1, shape (n, n) with n ≥ 2. Row 0 is at the top.
        displacements: As for `strain_energy`, and so are the others.
        young: Young's modulus of the pixels of value 0 and of value 1, in any unit of stress.
        poisson: Poisson's ratio of both phases.

    Returns:
        The solution at each level.

    Raises:
        ValueError: If an argument has the wrong shape or lies outside its range.
        ConvergenceError: If no equilibrium is found at a level.

    Examples:
        The forces are the slope of the energy:

        >>> solution = solve(np.eye(4), displacements=[0.0999, 0.1, 0.1001])
        >>> energy, forces = solution.strain_energy, solution.reaction_forces
        >>> print(np.round([(energy[2] - energy[0]) / 2e-4, forces[1] @ [-1, 1, 1, -1] / 2], 4))
        [1.9668 1.9668]
    """
    phases = checked_pattern(pattern)
    levels = _checked_displacements(displacements)
    mu, lam = lame_parameters(young, poisson)
    body = _Body(pixel_grid(len(phases)), phases, mu, lam)
    fields = np.zeros((len(levels), *body.grid.affine.shape))
    load_steps = np.zeros(len(levels), dtype=np.int64)
    pulled, pushed = np.flatnonzero(levels > 0), np.flatnonzero(levels < 0)[::-1]
    with threadpool_limits(limits=1, user_api="blas"):  # faster here, and the same bits everywhere
        for indices in (pulled, pushed):
            for k, (u, count) in zip(indices, body.march(levels[indices]), strict=True):
                fields[k], load_steps[k] = u, count
    energies = np.array([body.energy(u) for u in fields])
    forces = [body.forces(body.law.respond(body.deformation(u), None).stress) for u in fields]
    reactions = np.array(
        [[f[component, nodes].sum() for component, nodes in body.grid.sides] for f in forces]
    )
    images = fields[:, :, body.grid.corners].transpose(0, 2, 3, 1)
    return Solution(levels, energies, reactions, images, load_steps)


def _checked_displacements(displacements: Sequence[float] | Floats) -> Floats:
    levels = np.array(displacements, dtype=np.float64)
    if levels.ndim != 1 or levels.size == 0:
        raise ValueError(f"displacements must have shape (levels,); got {levels.shape}")
    if not np.isfinite(levels).all() or levels[0] <= -1 or (np.diff(levels) <= 0).any():
        raise ValueError(
            f"displacements must be finite, above -1 and ascending; got {levels.tolist()}"
        )
    return levels


def lame_parameters(young: Sequence[float], poisson: float) -> tuple[Floats, Floats]:
    """Compute Lamé's parameters μ = E / 2(1 + ν) and λ = E ν / (1 + ν)(1 − 2ν) of both phases.

    Args:
        young: Young's modulus of the pixels of value 0 and of value 1.
        poisson: Poisson's ratio of both phases.

    Returns:
        μ and λ, each of shape (2,).

    Raises:
        ValueError: If a modulus is not positive, or poisson is not between −1 and 0.5.

    Examples:
        >>> lame_parameters(young=(26, 2.6), poisson=0.3)
        (array([10.,  1.]), array([15. ,  1.5]))
    """
    moduli = np.array(young, dtype=np.float64)
    if moduli.shape != (2,) or not np.isfinite(moduli).all() or (moduli <= 0).any():
        raise ValueError(f"young must be two finite numbers above 0; got {young}")
    if not -1 < poisson < 0.5:
        raise ValueError(f"poisson must lie above -1 and below 0.5; got {poisson}")
    lam = moduli * poisson / ((1 + poisson) * (1 - 2 * poisson))
    return moduli / (2 * (1 + poisson)), lam


class _Body(PixelBody[None]):
    """One pattern on its grid, and its equilibrium."""

    def __init__(self, grid: PixelGrid, phases: NDArray[np.int64], mu: Floats, lam: Floats) -> None:
        phase = phases.ravel()[grid.pixels]
        b = np.einsum("ajq,ik->ijqak", grid.gradients, np.eye(2))
        super().__init__(grid, NeoHookeanLaw(mu[phase], lam[phase]), b.reshape(4, -1, 8))

    def energy(self, u: Floats) -> float:
        """W of a displacement."""
        return self.total(self.law.stored(self.deformation(u), None))

    def newton(self, guess: Floats) -> Floats:
        """Find the equilibrium with the sides where they are in the guess."""
        u = guess.copy()
        for _ in range(_NEWTON_STEPS):
            deformation = self.deformation(u)
            try:
                response = self.law.respond(deformation, None)
            except ImpossibleError:
                raise NotConvergedError from None
            residual = self.forces(response.stress).ravel()[self.grid.free]
            change = solved(self.factor(self.tangents(response.tangent())), residual)
            u.ravel()[self.grid.free] -= change
            if change @ residual <= _TOLERANCE * self.total(self.law.stored(deformation, None)):
                return u
        raise NotConvergedError

    def march(self, levels: Floats) -> list[tuple[Floats, int]]:
        """Follow the equilibrium from d = 0 through levels of one sign and rising magnitude."""
        solved: list[tuple[float, Floats]] = []
        results = []
        d = 0.0
        for level in levels:
            step = level - d
            smallest = abs(step) * _SMALLEST_LOAD_STEP
            attempts = 0
            while d != level:
                if attempts == _LOAD_STEPS or abs(step) < smallest:
                    raise ConvergenceError(
                        f"no equilibrium found beyond d = {d:.6g} on the way to {level:.6g}, in "
                        f"{attempts} load steps, the last of {abs(step):.2g}; try smaller "
                        "displacements or a smaller contrast of `young`"
                    )
                attempts += 1
                target = level if abs(level - d) <= 1.5 * abs(step) else d + step
                try:
                    u = self.newton(_extrapolated(solved, target, self.grid.affine))
                except NotConvergedError:
                    step = (target - d) / 2
                else:
                    solved.append((target, u))
                    d, step = target, 2 * step
            results.append((u, attempts))
        return results


def _extrapolated(solved: list[tuple[float, Floats]], d: float, affine: Floats) -> Floats:
    """Guess the displacement at d: u/d is extrapolated by a parabola through the last solutions.

    Solutions much closer together than the step to d are left out: they would be magnified.
    """
    if not solved:
        return d * affine
    known = [solved[-1]]
    for other in reversed(solved[-3:-1]):
        if abs(known[-1][0] - other[0]) < abs(d - solved[-1][0]) / 2:
            break
        known.append(other)
    guess = np.zeros_like(affine)
    for a, u in known:
        weight = np.prod([(d - b) / (a - b) for b, _ in known if b != a])
        guess += weight * d / a * u
    return guess
