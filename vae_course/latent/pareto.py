"""Two wishes at once: the front of what can be had of one property for each value of another."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_course.arguments import check_design
from vae_course.arrays import Floats
from vae_course.latent._design_rounds import Candidate, Wish, searched
from vae_course.latent._design_search import choose, search_for
from vae_course.latent.design import asked_properties, given_models
from vae_course.latent.properties import PropertyModel
from vae_course.physics.energy_bounds import TOLERANCE
from vae_course.physics.material_property import FLOW_STRESS, STRAIN_ENERGY, Property
from vae_course.progress import Progress, silent

_ERRORS = (0.01, 0.015)  # relative errors that cost ½: of what shall be met, of what shall be high
_HIGH = 1.3  # times the highest value that is known: more than can be
_SAMPLES = 256  # of the prior, that say between which values the front is looked for
_BEST = 16  # of them with most of the second property: where the front begins
_BEYOND = 0.5  # of the range of the first, which designs reach beyond what samples have


@dataclass(frozen=True)
class Front:
    """Microstructures, each with two properties, by the first.

    Attributes:
        images: Values 0 and 1, shape (k, 64, 64), uint8.
        values: Both properties of each, by their solvers, shape (k, 2).
        best: Which of them no other one beats in both, shape (k,).
        solves: Pictures that were solved.

    Examples:
        >>> values = np.array([[1.0, 2.0], [1.5, 1.0]])
        >>> Front(np.zeros((2, 64, 64), np.uint8), values, np.array([True, True]), 2).solves
        2
    """

    images: NDArray[np.uint8]
    values: Floats
    best: NDArray[np.bool_]
    solves: int


def non_dominated(values: ArrayLike) -> NDArray[np.bool_]:
    """Find the Pareto front: those that no other one beats or equals in all, and beats in one.

    Args:
        values: The more the better, shape (N, properties).

    Returns:
        Which lie on the front, shape (N,).

    Raises:
        ValueError: If values has another shape, or is not a number somewhere.

    Examples:
        >>> non_dominated([[1, 3], [2, 2], [1, 2], [3, 1]]).tolist()
        [True, True, False, True]
    """
    array: Floats = np.asarray(values, dtype=np.float64)
    if array.ndim != 2 or np.isnan(array).any():
        raise ValueError(
            f"values must have shape (N, properties) and be numbers; got {array.shape}"
        )
    at_least = np.all(array[None] >= array[:, None], axis=2)
    more = np.any(array[None] > array[:, None], axis=2)
    return np.asarray(~np.any(at_least & more, axis=1))


def design_front(
    property: Sequence[str | Property] = (STRAIN_ENERGY, FLOW_STRESS),
    volume_fraction: float = 0.5,
    points: int = 5,
    candidates: int = 2,
    seed: int = 0,
    rounds: int = 3,
    progress: Progress = silent,
    model: Sequence[PropertyModel] | None = None,
) -> Front:
    """Design microstructures that have much of two properties, and verify each by its solvers.

    Values of the first are asked for one after the other, evenly spaced from what the samples of
    the prior with most of the second have to somewhat more than any sample has; at each the second
    is to be as high as can be.

    Args:
        property: Two, as for `design`.
        volume_fraction: Of phase 1, met within 0.02; near ½, where the prior knows it.
        points: Values of the first property that are asked for.
        candidates: Designs at each.
        seed: Seed of the codes that designs start from.
        rounds: Rounds of optimisation and verification.
        progress: Called as the work goes on.
        model: As for `design`.

    Returns:
        All designs, by the first property, and which of them lie on the front.

    Raises:
        ValueError: If an argument is out of range.

    Examples:
        >>> front = design_front(points=1, candidates=1, rounds=1)
        >>> front.values.shape, front.best.tolist()
        ((1, 2), [True])
    """
    _, properties = asked_properties(tuple(property))
    if len(properties) != 2 or points < 1:
        raise ValueError(
            "property must be two, and points at least 1; got "
            f"{[one.name for one in properties]} and {points}"
        )
    names = dict.fromkeys((one.name for one in properties), 1.0)
    fraction = check_design(names, None, volume_fraction, candidates, seed, rounds)
    family, _ = choose(fraction, None, "prior")
    search = search_for(family, False, properties, given_models(properties, model))
    drawn = search.samples(_SAMPLES, np.random.default_rng(seed))
    near = np.abs(drawn.mean(axis=(1, 2)) - volume_fraction) <= TOLERANCE
    known = search.predict(drawn[near] if near.any() else drawn)
    most = _HIGH * known[:, 1].max()
    found: list[Candidate] = []
    solves = 0
    low = known[np.argsort(known[:, 1])[-_BEST:], 0].mean()
    high = known[:, 0].max() + _BEYOND * np.ptp(known[:, 0])
    for k, first in enumerate(np.linspace(low, high, points)):
        wish = Wish(
            np.array([first, most]), np.array(_ERRORS), fraction, met=np.array([True, False])
        )

        def tell(stage: str, part: float, note: str, k: int = k) -> None:
            progress(stage, (k + part) / points, note)

        designs, count = searched(
            search, properties, wish, "prior", candidates, seed + k, rounds, tell
        )
        found, solves = found + designs, solves + count
    found.sort(key=lambda one: float(one.verified[0]))
    values = np.array([one.verified for one in found])
    images = np.stack([one.image for one in found])
    return Front(images, values, non_dominated(values), solves)
