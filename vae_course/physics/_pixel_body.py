"""A square of pixels that obeys a law: strains, forces, and the tangent of its unknowns."""

from typing import Generic

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_solve_banded, cholesky_banded

from vae_course.arrays import Floats
from vae_course.physics.material_law import PAIRS, MaterialLaw, State
from vae_course.physics.pixel_grid import PixelGrid

_UPPER = np.triu_indices(8)
_NUMBER = np.zeros((8, 8), dtype=np.int64)  # of each entry of a symmetric matrix among _UPPER
_NUMBER[_UPPER] = np.arange(len(_UPPER[0]))
_NUMBER = np.maximum(_NUMBER, _NUMBER.T)


class NotConvergedError(Exception):
    """Newton's method failed at this load; a smaller step may do."""


class PixelBody(Generic[State]):
    """One pattern on its grid; displacements are (2, nodes).

    Args:
        grid: Its finite elements.
        law: The law of its points.
        b: Deformation of the displacements of an element, shape (4, points, 8); those are ordered
            by nodes, x before y.
    """

    def __init__(self, grid: PixelGrid, law: MaterialLaw[State], b: Floats) -> None:
        self.grid, self.law = grid, law
        self.points, self.size = b.shape[1], grid.affine.shape[1]
        self.b = b.reshape(-1, 8)
        self.dofs = np.stack([grid.nodes, grid.nodes + self.size], axis=1).reshape(8, -1)
        left, right = b[PAIRS[0]], b[PAIRS[1]]  # (10, points, 8)
        both = left[..., _UPPER[0]] * right[..., _UPPER[1]]
        crossed = right[..., _UPPER[0]] * left[..., _UPPER[1]]
        different = (PAIRS[0] != PAIRS[1])[:, None, None]
        # Entries of an element's tangent, of the components of the law's at all its points.
        self.assemble = grid.weight * (both + different * crossed).reshape(-1, len(_UPPER[0])).T
        kind, element = np.divmod(grid.entries, grid.pixels.size)
        self.entries = _NUMBER.ravel()[kind] * grid.pixels.size + element

    def deformation(self, u: Floats) -> Floats:
        """Deformation at all points, shape (4, points, elements)."""
        return np.asarray((self.b @ u.ravel()[self.dofs]).reshape(4, self.points, -1))

    def forces(self, stress: Floats) -> Floats:
        """Forces (2, nodes) of a stress (4, points, elements)."""
        local = self.b.T @ stress.reshape(-1, stress.shape[2])
        total = np.bincount(self.dofs.ravel(), local.ravel(), 2 * self.size)
        return np.asarray(self.grid.weight * total.reshape(2, -1))

    def tangents(self, tangent: Floats) -> Floats:
        """Tangents of the elements, entries of `_UPPER`: shape (36, elements)."""
        return np.asarray(self.assemble @ tangent.reshape(-1, tangent.shape[2]))

    def factor(self, tangents: Floats) -> Floats:
        """Cholesky factor of the tangent of all unknowns, the upper band of LAPACK.

        Raises:
            NotConvergedError: If it is not positive definite.
        """
        shape = (self.grid.free.size, self.grid.band_height)
        band = np.bincount(self.grid.places, tangents.ravel()[self.entries], shape[0] * shape[1])
        upper = band.astype(float, copy=False).reshape(shape).T
        try:
            return np.asarray(cholesky_banded(upper, overwrite_ab=True, check_finite=False))
        except LinAlgError:
            raise NotConvergedError from None

    def total(self, density: Floats) -> float:
        """Integrate what is known at all points over the area."""
        return float(self.grid.weight * density.sum())


def solved(factor: Floats, right: Floats) -> Floats:
    """Solve for the unknowns with a factor of `PixelBody.factor`."""
    return np.asarray(cho_solve_banded((factor, False), right, check_finite=False))


def whole(tangents: Floats, elements: NDArray[np.int64]) -> Floats:
    """The full tangents of some elements, shape (8, 8, elements)."""
    return np.asarray(tangents[:, elements][_NUMBER])
