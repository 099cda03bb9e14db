"""A square of pixels that is pulled along x, in equilibrium by Newton's method."""

import numpy as np

from vae_course.arrays import Floats
from vae_course.physics._pixel_body import NotConvergedError, PixelBody, solved, whole
from vae_course.physics.hyperelasticity import ConvergenceError
from vae_course.physics.j2_law import J2Law, State
from vae_course.physics.material_law import Response
from vae_course.physics.pixel_grid import SIDES, PixelGrid

_TOLERANCE = 1e-6  # of the forces that are out of balance, relative to the largest of a node
_NEWTON_STEPS = 20
_SMALLEST_STEP = 2.0**-10  # relative to the step between two strains
_TOP, _RIGHT = SIDES.index("top"), SIDES.index("right")


def _strains_of_displacements(gradients: Floats) -> Floats:
    """B̄, shape (4 components, 4 points, 8 displacements)."""
    b = np.zeros((4, gradients.shape[2], 4, 2))
    dilation = gradients.mean(axis=2, keepdims=True) - gradients
    for axis in (0, 1):
        b[axis, :, :, axis] = gradients[:, axis].T
        b[3, :, :, axis] = gradients[:, 1 - axis].T
    b[:3] += dilation.transpose(2, 0, 1) / 3
    return b.reshape(4, -1, 8)


class Body(PixelBody[State]):
    """One pattern on its grid, and how it yields."""

    def __init__(self, grid: PixelGrid, law: J2Law) -> None:
        super().__init__(grid, law, _strains_of_displacements(grid.gradients))
        self.metal = law
        self.places = np.argsort(grid.pixels)  # of the elements, in the order of pixels
        self.top = grid.sides[_TOP][1]
        upper = np.isin(grid.nodes, self.top)
        self.upper = np.flatnonzero(upper.any(axis=0))  # elements below the top
        # Which displacements of an element move with the top: those along y of its upper nodes.
        self.moves = np.stack([np.zeros_like(upper), upper], axis=1).reshape(8, -1)[:, self.upper]

    def newton(self, guess: Floats, state: State) -> tuple[Floats, Response[State]]:
        """Find the equilibrium: displacements, and how the law answers them."""
        u, grid = guess.copy(), self.grid
        for _ in range(_NEWTON_STEPS):
            found = self.law.respond(self.deformation(u), state)
            forces = self.forces(found.stress)
            free, lifted = forces.ravel()[grid.free], forces[1, self.top].sum()
            scale = np.abs(forces).max() * np.sqrt(self.top.size)
            if np.hypot(np.linalg.norm(free), lifted) <= _TOLERANCE * scale:
                return u, found
            tangents = self.tangents(found.tangent())
            factor = self.factor(tangents)
            # The top moves as one: one more unknown, which all displacements below it feel.
            pulled = np.einsum("abe,be->ae", whole(tangents, self.upper), self.moves)
            places = self.dofs[:, self.upper].ravel()
            column = np.bincount(places, pulled.ravel(), 2 * self.size)[grid.free]
            both = solved(factor, np.stack([free, column], axis=1))
            stiffness = (pulled * self.moves).sum() - column @ both[:, 1]
            lift = -(lifted - column @ both[:, 0]) / stiffness
            u.ravel()[grid.free] -= both[:, 0] + lift * both[:, 1]
            u[1, self.top] += lift
        raise NotConvergedError

    def pull(self, levels: Floats) -> list[Floats]:
        """Follow the square through all strains, by smaller steps where it must be."""
        state = self.law.at_rest(self.points)
        u, before, at, last = np.zeros((2, self.size)), np.zeros((2, self.size)), 0.0, 0.0
        records = []
        for level in levels:
            step = level - at
            smallest = step * _SMALLEST_STEP
            while at < level:
                target = level if at + 1.5 * step >= level else at + step
                guess = self._guess(u, before, at, last, target)
                try:
                    fresh, found = self.newton(guess, state)
                except NotConvergedError:
                    step = (target - at) / 2
                    if step < smallest:
                        raise ConvergenceError(
                            f"no equilibrium found beyond a strain of {at:.6g} on the way to "
                            f"{level:.6g}; try smaller strains or some hardening"
                        ) from None
                    continue
                state = found.state
                before, last, u, at = u, at, fresh, target
            records.append(self._record(u, found))
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
        self, u: Floats, found: Response[State]
    ) -> tuple[float, float, Floats, Floats, float, float]:
        """What is kept of a step: means, fields of pixels, and energies."""
        n = len(self.grid.corners) - 1
        return (
            self.total(found.stress[0]),
            float(u[1, self.top].mean()),
            found.state[1].mean(axis=0)[self.places].reshape(n, n),
            found.stress.mean(axis=1)[:, self.places].reshape(4, n, n),
            self.total(self.law.stored(self.deformation(u), found.state)),
            self.total(self.metal.dissipated(found.state)),
        )
