"""Rounds of a design: move codes, solve what they decode to, learn from that, and aim again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae_course.arguments import Start
from vae_course.arrays import Floats
from vae_course.latent._design_refit import Lessons
from vae_course.latent._design_search import Search
from vae_course.physics.energy_bounds import TOLERANCE
from vae_course.physics.hyperelasticity import ConvergenceError
from vae_course.physics.material_property import STRAIN_ENERGY, Property
from vae_course.progress import Progress

_CHANGE_UNITS = (0.002, 0.02)  # part of the pixels changed that costs 1: first, last candidate
_LOOSE_UNITS = (0.03, 0.03)  # the same of a flow's samples, which nobody has asked to keep
_GOOD_ENOUGH = 0.01  # relative error below which other things count more
_STEPS = {False: 40, True: 80}  # in the first round of free designs, and of those near another
_FURTHER_STEPS = 25  # in each further round


@dataclass(frozen=True)
class Wish:
    """What is asked for.

    Attributes:
        targets: Value of each property; of one that shall only be high, more than it can be.
        errors: Relative error of each that costs ½, shape (properties,).
        fraction: Volume fraction, or any.
        picture: What shall change as little as possible, if anything.
        met: Which targets shall be met; all if not given.
    """

    targets: Floats
    errors: Floats
    fraction: float | None
    picture: NDArray[np.uint8] | None = None
    met: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Candidate:
    """A picture that was solved; of two, the one of lesser rank is better."""

    image: NDArray[np.uint8]
    verified: Floats
    rank: tuple[bool, float, float]


def searched(
    search: Search,
    properties: Sequence[Property],
    wish: Wish,
    begin: Start | None,
    candidates: int,
    seed: int,
    rounds: int,
    progress: Progress,
) -> tuple[list[Candidate], int]:
    """Search, and return the best of each candidate, and how many pictures were solved."""
    targets, fraction, picture = wish.targets, wish.fraction, wish.picture
    met = np.ones(len(targets), dtype=bool) if wish.met is None else wish.met
    rng = np.random.default_rng(seed)
    if picture is not None:
        z, base = search.near(picture, candidates, rng)
        kept = picture[None]
    elif begin == "flow":
        names = [one.name for one in properties]
        asked = STRAIN_ENERGY.name in names
        energy = float(targets[names.index(STRAIN_ENERGY.name)]) if asked else None
        z, base, kept = search.from_flow(targets, fraction, energy, candidates, seed)
    else:
        z, base = search.from_prior(targets, fraction, candidates, rng)
        kept = np.zeros_like(base, dtype=np.uint8)
    units = np.geomspace(*(_LOOSE_UNITS if picture is None else _CHANGE_UNITS), candidates)
    aims, solves, lessons = np.tile(targets, (candidates, 1)), 0, Lessons(search.layers)
    best: list[Candidate | None] = [None] * candidates
    for k in range(2 * rounds):
        if k >= rounds and min(one.rank[:2] for one in best if one) <= (False, _GOOD_ENOUGH):
            break
        progress("Designing", min(k, 0.9 * rounds + 0.05 * k) / rounds, f"round {k + 1}")
        solves += candidates
        steps = _FURTHER_STEPS if k else _STEPS[picture is not None]
        z = search.optimised(z, aims, wish.errors, fraction, base, kept, units, steps, lessons)
        images = search.images(z, base, fraction)
        verified = np.array([_solved(image, properties) for image in images])
        for i, (image, values) in enumerate(zip(images, verified, strict=True)):
            found = Candidate(image, values, _rank(image, values, wish, met))
            best[i] = min(best[i] or found, found, key=lambda one: one.rank)
        said, features = search.seen(z, base)
        short = aims - lessons.corrected(said, features)  # what the rest of the loss has cost
        lessons.learn(features, verified - said)
        off = np.nan_to_num(lessons.corrected(said, features) - verified, posinf=0, neginf=0)
        aims = np.clip(targets + met * (short + off), 0.5 * targets, 1.5 * targets)
    progress("Designing", 1.0, "verified")
    return [one for one in best if one], solves


def _solved(image: NDArray[np.uint8], properties: Sequence[Property]) -> Floats:
    """Find the properties of a picture; infinite, so that it ranks last, where there are none."""
    try:
        values = np.array([one.solve(image) for one in properties], dtype=np.float64)
    except ConvergenceError:
        return np.full(len(properties), np.inf)
    return np.where(np.isfinite(values), values, np.inf)


def _rank(
    image: NDArray[np.uint8], values: Floats, wish: Wish, met: NDArray[np.bool_]
) -> tuple[bool, float, float]:
    """Order solved pictures: volume fraction, then error; with more to wish, error above 1 % only.

    More to wish is few changed pixels, or high values of what needs not be met.
    """
    misses = wish.fraction is not None and bool(abs(image.mean() - wish.fraction) > TOLERANCE)
    off = np.abs(values / wish.targets - 1)
    error = float(off[met].max())
    if not met.all():
        return misses, max(error, _GOOD_ENOUGH), float(off[~met].sum())
    if wish.picture is None:
        return misses, error, 0.0
    return misses, max(error, _GOOD_ENOUGH), float((image != wish.picture).mean())
