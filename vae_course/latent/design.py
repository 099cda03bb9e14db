"""From property to structure: microstructures with given properties, proved by solving them.

A code is moved until the decoded picture has, by the networks of `PropertyModel`, the values asked
for. The picture is then solved by the solver of each property, and the last layer of each network
learns from all that has been solved; what is still missed shifts the aim of the next round. So a
network need not be right, only its slope.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_course.arguments import Start, check_design
from vae_course.arrays import Floats
from vae_course.latent._design_rounds import Wish, searched
from vae_course.latent._design_search import Search, choose, search_for
from vae_course.latent.properties import PropertyModel
from vae_course.physics.material_property import (
    PROPERTIES,
    STRAIN_ENERGY,
    Property,
    named_property,
)
from vae_course.progress import Progress, silent

_ERROR_UNIT = 0.01  # relative error of a property that costs ½


@dataclass(frozen=True)
class Design:
    """Microstructures designed for a property, or several, the best first.

    First come those whose volume fraction is as asked for, by their error; or, near another
    microstructure, by their distance as long as the error is at most 1 %.

    Attributes:
        images: Values 0 and 1, shape (k, 64, 64), uint8.
        predicted: Value by the network, shape (k,), or (k, properties) for several.
        verified: Value by the solver of the property, of the same shape.
        volume_fraction: Of phase 1, shape (k,).
        distance: Part of the pixels that differ from `near`, shape (k,); None without it.
        target: The value asked for, or those of several properties, shape (properties,).
        solves: Solves that it took, each of all properties.

    Examples:
        >>> found = Design(np.zeros((1, 64, 64), np.uint8), *np.ones((3, 1)), None, 0.8, 1)
        >>> found.error.round(2).tolist()
        [0.25]
    """

    images: NDArray[np.uint8]
    predicted: Floats
    verified: Floats
    volume_fraction: Floats
    distance: Floats | None
    target: float | Floats
    solves: int

    @property
    def error(self) -> Floats:
        """Relative error |verified / target − 1|, of several properties the largest, shape (k,)."""
        errors = np.abs(self.verified / np.asarray(self.target) - 1)
        return np.asarray(errors.reshape(len(errors), -1).max(axis=1))


def design(
    target: float | Sequence[float],
    near: ArrayLike | None = None,
    volume_fraction: float | None = None,
    candidates: int = 8,
    seed: int = 0,
    rounds: int = 3,
    progress: Progress = silent,
    start: Start | None = None,
    property: str | Property | Sequence[str | Property] = STRAIN_ENERGY,
    model: PropertyModel | Sequence[PropertyModel] | None = None,
) -> Design:
    """Design microstructures with a property, and verify each by its solver.

    Codes z of a pretrained VAE are moved by Adam to lower

        ½ ((P(z) / P* − 1)² + (s(z) / P*)²) / 0.01²
            + ½ max(0, |φ(z) − φ*| − 0.012)² / 0.003² + R(z),

    P the value of the decoded, sharpened picture by the ensemble of networks, s its calibrated
    spread, which keeps the code where the members agree, and φ the volume fraction; of several
    properties each has such terms. For a free design R = (‖z‖ − √latent)², which keeps the code
    where samples of the prior are. Near a given picture R counts the pixels that change, dearly for
    the first candidate, cheaply for the last; and logits are moved by as much as the decoder's are,
    so that the code of the picture gives back the very picture. The pictures of each round are
    solved; the last layers learn from them, by Bayesian regression, and P* is shifted for each by
    what is still missed.

    A free design starts from those samples of the prior whose value is nearest; or from samples of
    a flow (`LatentFlow`), asked for the energy where that is given, which are changed as little as
    a given picture would be. Volume fractions far from ½ are for the models of all cases, and the
    flow.

    Args:
        target: Value P* of the property; one for each of several.
        near: Microstructure to change as little as possible, values 0 and 1, shape (64, 64).
        volume_fraction: φ* of phase 1, to be met within 0.02; by default that of `near`, or any.
        candidates: Designs that are tried and returned.
        seed: Seed of the codes that designs start from.
        rounds: Rounds of optimisation and verification; twice as many if no error is below 1 %.
        progress: Called as the work goes on.
        start: "prior" or "flow", of a free design; by default "prior" where its models know the
            volume fraction, else "flow".
        property: Name of one of `PROPERTIES` ("strain-energy", "proof-stress", "flow-stress"), or
            a `Property` of your own; or several.
        model: Of a property of your own: what `PropertyModel.fit` gave; of several, one for each.

    Returns:
        The designs.

    Raises:
        ValueError: If an argument is out of range, or no pattern of that volume fraction can have
            the target, or the prior does not know the volume fraction, or a property of your own
            has no model.

    Source: inverse design in the latent space of a VAE: R. Gómez-Bombarelli et al. (2018),
    doi:10.1021/acscentsci.7b00572.

    Examples:
        >>> found = design(1.25, volume_fraction=0.5, candidates=1, rounds=1)
        >>> bool(found.error[0] < 0.05), abs(float(found.images.mean()) - 0.5) < 0.03
        (True, True)
    """
    several, properties = asked_properties(property)
    targets = np.atleast_1d(np.asarray(target, dtype=np.float64))
    if targets.shape != (len(properties),):
        raise ValueError(
            f"target must be one number for each of {len(properties)} properties; got {target}"
        )
    wanted = {one.name: float(value) for one, value in zip(properties, targets, strict=True)}
    fraction = check_design(wanted, near, volume_fraction, candidates, seed, rounds)
    for one in properties:
        one.check(wanted[one.name], fraction)
    models = given_models(properties, model)
    picture = None if near is None else np.asarray(near, dtype=np.uint8)
    family, begin = choose(fraction, picture, start)
    search = search_for(family, begin != "prior", properties, models)
    _warn_of_extrapolation(wanted, fraction, search)
    found, solves = searched(
        search,
        properties,
        Wish(targets, np.full(len(targets), _ERROR_UNIT), fraction, picture),
        begin,
        candidates,
        seed,
        rounds,
        progress,
    )
    ranked = sorted(found, key=lambda one: one.rank)
    images = np.stack([one.image for one in ranked])
    predicted, verified = search.predict(images), np.array([one.verified for one in ranked])
    return Design(
        images,
        predicted if several else predicted[:, 0],
        verified if several else verified[:, 0],
        images.mean(axis=(1, 2)),
        None if picture is None else (images != picture).mean(axis=(1, 2)),
        targets if several else float(targets[0]),
        solves,
    )


def asked_properties(
    given: str | Property | Sequence[str | Property],
) -> tuple[bool, tuple[Property, ...]]:
    """Find the properties, and say whether several were asked for.

    Examples:
        >>> several, properties = asked_properties(["strain-energy", "flow-stress"])
        >>> several, len(properties)
        (True, 2)
    """
    if isinstance(given, str | Property):
        return False, (named_property(given),)
    found = tuple(named_property(one) for one in given)
    if len({one.name for one in found}) != len(found) or not found:
        raise ValueError(f"property must be one or several different ones; got {given!r}")
    return True, found


def given_models(
    properties: Sequence[Property], given: PropertyModel | Sequence[PropertyModel] | None
) -> tuple[PropertyModel, ...] | None:
    """Require a model for each property that has none in the package.

    Examples:
        >>> given_models([Property("light", lambda pattern: float(pattern.mean()))], None)
        Traceback (most recent call last):
        ValueError: model must be given for 'light', a property of your own: what ...
    """
    if given is None:
        for one in properties:
            if PROPERTIES.get(one.name) is not one:
                raise ValueError(
                    f"model must be given for {one.name!r}, a property of your own: what "
                    "PropertyModel.fit returns"
                )
        return None
    models = (given,) if isinstance(given, PropertyModel) else tuple(given)
    if len(models) != len(properties) or {one.size for one in models} != {64}:
        raise ValueError(
            f"model must be one for each of {len(properties)} properties, of images of 64 × 64; "
            f"got {len(models)}, of {sorted({one.size for one in models})} pixels a side"
        )
    return models


def _warn_of_extrapolation(
    wanted: dict[str, float], fraction: float | None, search: Search
) -> None:
    for (name, target), model in zip(wanted.items(), search.models, strict=True):
        low, high = model.trained.values
        if not low <= target <= high:
            what = "energies" if name == STRAIN_ENERGY.name else f"values of {name}"
            warnings.warn(
                f"target {target:.4g} is possible, but the models know {what} from {low:.4g} to "
                f"{high:.4g} only: look at the verified ones",
                stacklevel=3,
            )
        low, high = model.trained.volume_fraction
        if fraction is not None and not low <= fraction <= high:
            warnings.warn(
                f"the models know volume fractions from {low:.3f} to {high:.3f} only, got "
                f"{fraction:.3f}: look at the verified values and volume fractions",
                stacklevel=3,
            )
