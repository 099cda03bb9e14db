"""A square of pixels that is pulled along x, in equilibrium by Newton's method."""

import numpy as np
from scipy.linalg import LinAlgError, cho_solve_banded, cholesky_banded

from vae_course.arrays import Floats
from vae_course.physics.hyperelasticity import ConvergenceError
from vae_course.physics.j2_law import J2Law
from vae_course.physics.pixel_grid import SIDES, PixelGrid

_TOLERANCE = 1e-6  # of the forces that are out of balance, relative to the largest of a node
_NEWTON_STEPS = 20
_SMALLEST_STEP = 2.0**-10  # relative to the step between two strains
_TOP, _RIGHT = SIDES.index("top"), SIDES.index("right")
_DEVIATOR = np.eye(4) - np.outer([1, 1, 1, 0], [1, 1, 1, 0]) / 3  # of (xx, yy, zz, xy)


class _NotConvergedError(Exception):
    """Newton's method failed at this strain; a smaller step may do."""


def _strains_of_displacements(gradients: Floats) -> tuple[Floats, Floats]:
    """B̄ (4 components, 4 points, 8 displacements), and B̄ᵀ dev B̄ of each point (4, 8, 8)."""
    b = np.zeros((4, gradients.shape[2], 4, 2))
    dilation = gradients.mean(axis=2, keepdims=True) - gradients
    for axis in (0, 1):
        b[axis, :, :, axis] = gradients[:, axis].T
        b[3, :, :, axis] = gradients[:, 1 - axis].T
    b[:3] += dilation.transpose(2, 0, 1) / 3
    flat = b.reshape(4, -1, 8)
    weights = _DEVIATOR.copy()
    weights[3, 3] = 0.5
    return flat, np.einsum("cqa,cd,dqb->qab", flat, weights, flat)


class Body:
    """One pattern on its grid, and how it yields."""

    def __init__(self, grid: PixelGrid, law: J2Law) -> None:
        self.grid, self.law = grid, law
        self.b, self.deviatoric = _strains_of_displacements(grid.gradients)
        self.places = np.argsort(grid.pixels)  # of the elements, in the order of pixels
        self.size = grid.affine.shape[1]
        self.top = grid.sides[_TOP][1]
        dilation = self.b[:3].sum(axis=0).mean(axis=0)
        volumetric = np.outer(dilation, dilation).ravel()[:, None] * (len(self.b[0]) * law.bulk)
        shear = self.deviatoric.sum(axis=0).ravel()[:, None] * (2 * law.shear)
        self.elastic = grid.weight * (volumetric + shear)  # (64, elements)
        self.dofs = np.stack([grid.nodes, grid.nodes + self.size], axis=1).reshape(8, -1)
        upper = np.isin(grid.nodes, self.top)
        self.upper = np.flatnonzero(upper.any(axis=0))  # elements below the top
        # Which displacements of an element move with the top: those along y of its upper nodes.
        self.moves = np.stack([np.zeros_like(upper), upper], axis=1).reshape(8, -1)[:, self.upper]

    def strain(self, u: Floats) -> Floats:
        """Strain (4, points, elements) of displacements (2, nodes)."""
        flat = self.b.reshape(-1, 8) @ u.ravel()[self.dofs]
        return np.asarray(flat.reshape(4, len(self.b[0]), -1))

    def forces(self, stress: Floats) -> Floats:
        """Forces (2, nodes) of a stress."""
        local = self.b.reshape(-1, 8).T @ stress.reshape(-1, stress.shape[2])
        total = np.bincount(self.dofs.ravel(), local.ravel(), 2 * self.size)
        return np.asarray(self.grid.weight * total.reshape(2, -1))

    def tangents(self, direction: Floats, theta: Floats, bar: Floats) -> Floats:
        """Tangents of the elements, shape (64, elements)."""
        scale = 2 * self.grid.weight * self.law.shear
        softer = self.deviatoric.reshape(-1, 64).T @ (scale * (1 - theta))
        tangent = (self.elastic - softer).reshape(8, 8, -1)
        along = np.einsum("cqa,cqe->aqe", self.b, direction) * np.sqrt(scale * bar)
        for a in range(8):  # it is symmetric
            product = (along[a] * along[a:]).sum(axis=1)
            tangent[a, a:] -= product
            tangent[a + 1 :, a] -= product[1:]
        return np.asarray(tangent.reshape(64, -1))

    def newton(
        self, guess: Floats, plastic: Floats, accumulated: Floats
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """Find the equilibrium: displacements, stress, growth of α and its direction."""
        u, grid = guess.copy(), self.grid
        for _ in range(_NEWTON_STEPS):
            found = self.law.return_mapping(self.strain(u), plastic, accumulated)
            stress, growth, direction = found[:3]
            forces = self.forces(stress)
            free, lifted = forces.ravel()[grid.free], forces[1, self.top].sum()
            scale = np.abs(forces).max() * np.sqrt(self.top.size)
            if np.hypot(np.linalg.norm(free), lifted) <= _TOLERANCE * scale:
                return u, stress, growth, direction
            tangent = self.tangents(*found[2:])
            shape = (grid.free.size, grid.band_height)
            values = tangent.ravel()[grid.entries]
            band = np.bincount(grid.places, values, shape[0] * shape[1]).astype(float, copy=False)
            try:
                factor = cholesky_banded(
                    band.reshape(shape).T, overwrite_ab=True, check_finite=False
                )
            except LinAlgError:  # the tangent is not positive definite
                break
            # The top moves as one: one more unknown, which all displacements below it feel.
            local = tangent[:, self.upper].reshape(8, 8, -1)
            pulled = np.einsum("abe,be->ae", local, self.moves)
            places = self.dofs[:, self.upper].ravel()
            column = np.bincount(places, pulled.ravel(), 2 * self.size)[grid.free]
            sides = np.stack([free, column], axis=1)
            solved = cho_solve_banded((factor, False), sides, check_finite=False)
            stiffness = (pulled * self.moves).sum() - column @ solved[:, 1]
            lift = -(lifted - column @ solved[:, 0]) / stiffness
            u.ravel()[grid.free] -= solved[:, 0] + lift * solved[:, 1]
            u[1, self.top] += lift
        raise _NotConvergedError

    def pull(self, levels: Floats) -> list[Floats]:
        """Follow the square through all strains, by smaller steps where it must be."""
        shape = (4, len(self.b[0]), self.grid.pixels.size)
        plastic, accumulated = np.zeros(shape), np.zeros(shape[1:])
        u, before, at, last = np.zeros((2, self.size)), np.zeros((2, self.size)), 0.0, 0.0
        records = []
        for level in levels:
            step = level - at
            smallest = step * _SMALLEST_STEP
            while at < level:
                target = level if at + 1.5 * step >= level else at + step
                guess = self._guess(u, before, at, last, target)
                try:
                    fresh, stress, growth, direction = self.newton(guess, plastic, accumulated)
                except _NotConvergedError:
                    step = (target - at) / 2
                    if step < smallest:
                        raise ConvergenceError(
                            f"no equilibrium found beyond a strain of {at:.6g} on the way to "
                            f"{level:.6g}; try smaller strains or some hardening"
                        ) from None
                    continue
                flow = np.sqrt(1.5) * growth * direction
                flow[3] *= 2  # engineering shear
                plastic, accumulated = plastic + flow, accumulated + growth
                before, last, u, at = u, at, fresh, target
            records.append(self._record(u, stress, plastic, accumulated))
        return [np.array(one) for one in zip(*records, strict=True)]

    def _guess(self, u: Floats, before: Floats, at: float, last: float, target: float) -> Floats:
        """Go on as in the last step; the sides as they must be."""
        if at == last:
            guess = target * (self.grid.affine + 0.5) * np.array([[1.0], [0.0]])
        else:
            guess = u + (target - at) / (at - last) * (u - before)
        guess[0, self.grid.sides[_RIGHT][1]] = target
        return np.asarray(guess)

    def _record(
        self, u: Floats, stress: Floats, plastic: Floats, accumulated: Floats
    ) -> tuple[float, float, Floats, Floats, float, float]:
        """What is kept of a step: means, fields of pixels, and energies."""
        law, weight = self.law, self.grid.weight
        n = len(self.grid.corners) - 1
        elastic = self.strain(u) - plastic
        energy = (stress * elastic).sum(axis=0) / 2 + law.hardening_energy(accumulated)
        return (
            float(weight * stress[0].sum()),
            float(u[1, self.top].mean()),
            accumulated.mean(axis=0)[self.places].reshape(n, n),
            stress.mean(axis=1)[:, self.places].reshape(4, n, n),
            float(weight * energy.sum()),
            float(weight * (law.initial * accumulated).sum()),
        )
