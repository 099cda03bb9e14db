"""What a body asks of the material of its points: one interface for every law.

A law holds the constants of each element. Deformation, stress and tangent have four components; a
law says which. The tangent is symmetric, so that ten of its sixteen components are enough.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from vae_course.arrays import Floats

State = TypeVar("State")

PAIRS: tuple[NDArray[np.int64], NDArray[np.int64]] = np.triu_indices(4)
"""The components (c, d) of a tangent, in the order in which they are kept."""


class ImpossibleError(ArithmeticError):
    """A deformation that no piece of matter can have: it is turned inside out.

    Examples:
        >>> from vae_course.physics.neo_hookean_law import NeoHookeanLaw
        >>> NeoHookeanLaw(np.ones(1), np.ones(1)).respond(-2 * np.ones((4, 1, 1)))
        Traceback (most recent call last):
        vae_course.physics.material_law.ImpossibleError: a point is turned inside out
    """


@dataclass(frozen=True)
class Response(Generic[State]):
    """What a law answers.

    Attributes:
        stress: Work-conjugate to the deformation, shape (4, points, elements).
        state: What has changed for good, to be given to the next step.
        tangent: Computes the derivative of the stress by the deformation, in the order of `PAIRS`,
            shape (10, points, elements).

    Examples:
        >>> nothing = np.zeros((4, 1, 1))
        >>> Response(nothing, None, lambda: np.zeros((10, 1, 1))).tangent().shape
        (10, 1, 1)
    """

    stress: Floats
    state: State
    tangent: Callable[[], Floats]


class MaterialLaw(Protocol[State]):
    """A law: how a point answers a deformation, and what it then stores.

    Examples:
        >>> from vae_course.physics.neo_hookean_law import NeoHookeanLaw
        >>> law: MaterialLaw[None] = NeoHookeanLaw(np.ones(1), np.ones(1))
        >>> float(law.stored(np.zeros((4, 1, 1)), law.at_rest(1))[0, 0])
        0.0
    """

    def at_rest(self, points: int) -> State:
        """Return the state of each element's points before anything was done to them."""

    def respond(self, deformation: Floats, state: State) -> Response[State]:
        """Answer a deformation (4, points, elements), from the state that the last step left.

        Raises:
            ImpossibleError: If no matter can be deformed like this.
        """

    def stored(self, deformation: Floats, state: State) -> Floats:
        """Compute the energy that is stored, shape (points, elements)."""
