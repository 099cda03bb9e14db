"""From property to structure: microstructures with a given strain energy, proved by solving them.

A code is moved until the decoded picture has, by the network of `StrainEnergyModel`, the energy
asked for. The picture is then solved by finite elements; the error found is added to the aim of the
next round, so that the network need not be right, only its slope.
"""

import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import ArrayLike, NDArray

from vae_course.arguments import Start, check_design
from vae_course.arrays import Floats, Floats32
from vae_course.latent.coarsening import cut, levels
from vae_course.latent.flow import LatentFlow
from vae_course.latent.gradients import value_and_gradient
from vae_course.latent.properties import DISPLACEMENT, YOUNG, StrainEnergyModel
from vae_course.physics.energy_bounds import TOLERANCE, check_energy
from vae_course.physics.hyperelasticity import ConvergenceError, strain_energy
from vae_course.progress import Progress, silent
from vae_course.vae import VAE, load_pretrained

FREE_CODES, NEAR_CODES = "case1", {"case1": "case1-fine", "all-cases": "all-cases-fine"}
"""The VAE of free designs from its prior, and those of changes to a microstructure."""

_BAND = 0.6 * TOLERANCE  # beyond this the loss rises
_WIDEST = 0.95 * TOLERANCE  # beyond this a picture is cut at another level
_SHARPNESS = 3.0  # of the logits: what is solved has no grey pixels
_POOL = 256  # samples that free designs start from
_ENERGY_UNIT = 0.01  # relative error of the energy that costs ½
_FRACTION_UNIT = 0.003
_CHANGE_UNITS = (0.002, 0.02)  # part of the pixels changed that costs 1: first, last candidate
_LOOSE_UNITS = (0.03, 0.03)  # the same of a flow's samples, which nobody has asked to keep
_GOOD_ENOUGH = 0.01  # relative error of the energy below which fewer changed pixels count more
_RATE = 0.08  # of Adam
_STEPS = {False: 40, True: 80}  # in the first round of free designs, and of those near another
_FURTHER_STEPS = 25  # in each further round
_WRONG_SIDE = 0.3  # logit given to a pixel of `near` that the decoder gets wrong


@dataclass(frozen=True)
class Design:
    """Microstructures designed for a strain energy, the best first.

    Energies are those at a displacement of 0.5, for Young's moduli of 10 (value 0) and 1 (value 1).
    First come those whose volume fraction is as asked for, by their error; or, near another
    microstructure, by their distance as long as the error is at most 1 %.

    Attributes:
        images: Values 0 and 1, shape (k, 64, 64), uint8.
        predicted: Energy by the network, shape (k,).
        verified: Energy by finite elements, shape (k,).
        volume_fraction: Of phase 1, shape (k,).
        distance: Part of the pixels that differ from `near`, shape (k,); None without it.
        target: The energy asked for.
        solves: Finite-element solves that it took.

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
    target: float
    solves: int

    @property
    def error(self) -> Floats:
        """Relative error |verified / target − 1|, shape (k,)."""
        return np.abs(self.verified / self.target - 1)


def design(
    target: float,
    near: ArrayLike | None = None,
    volume_fraction: float | None = None,
    candidates: int = 8,
    seed: int = 0,
    rounds: int = 3,
    progress: Progress = silent,
    start: Start | None = None,
) -> Design:
    """Design microstructures with a strain energy, and verify each by finite elements.

    Codes z of a pretrained VAE are moved by Adam to lower

        ½ (W(z) / W* − 1)² / 0.01² + ½ max(0, |φ(z) − φ*| − 0.012)² / 0.003² + R(z),

    W the network's energy of the decoded, sharpened picture and φ its volume fraction. For a free
    design R = (‖z‖ − √latent)², which keeps the code where samples of the prior are. Near a given
    picture R counts the pixels that change, dearly for the first candidate, cheaply for the last;
    and logits are moved by as much as the decoder's are, so that the code of the picture gives back
    the very picture. The pictures of each round are solved by finite elements, and W* is shifted
    for each by the error found.

    A free design starts from those samples of the prior whose energy is nearest; or from samples of
    a flow that was asked for the energy (`LatentFlow`), which are changed as little as a given
    picture would be. Volume fractions far from ½ are for the models of all cases, and the flow.

    Args:
        target: Energy W* at d = 0.5, for Young's moduli 10 and 1.
        near: Microstructure to change as little as possible, values 0 and 1, shape (64, 64).
        volume_fraction: φ* of phase 1, to be met within 0.02; by default that of `near`, or any.
        candidates: Designs that are tried and returned.
        seed: Seed of the codes that designs start from.
        rounds: Rounds of optimisation and verification; twice as many if no error is below 1 %.
        progress: Called as the work goes on.
        start: "prior" or "flow", of a free design; by default "prior" where its models know the
            volume fraction, else "flow".

    Returns:
        The designs.

    Raises:
        ValueError: If an argument is out of range, or no pattern of that volume fraction can have
            the target, or the prior does not know the volume fraction.

    Source: inverse design in the latent space of a VAE: R. Gómez-Bombarelli et al. (2018),
    doi:10.1021/acscentsci.7b00572.

    Examples:
        >>> found = design(1.25, volume_fraction=0.5, candidates=1, rounds=1)
        >>> bool(found.error[0] < 0.05), abs(float(found.images.mean()) - 0.5) < 0.03
        (True, True)
    """
    fraction = check_design(target, near, volume_fraction, candidates, seed, rounds)
    check_energy(target, fraction)
    picture = None if near is None else np.asarray(near, dtype=np.uint8)
    family, begin = _models(fraction, picture, start)
    search = _search(family, begin != "prior")
    _warn_of_extrapolation(target, fraction, search.model)
    rng = np.random.default_rng(seed)
    if picture is not None:
        z, base = search.near(picture, candidates, rng)
        kept = picture[None]
    elif begin == "flow":
        z, base, kept = search.from_flow(target, fraction, candidates, seed)
    else:
        z, base = search.from_prior(target, fraction, candidates, rng)
        kept = np.zeros_like(base, dtype=np.uint8)
    units = np.geomspace(*(_LOOSE_UNITS if picture is None else _CHANGE_UNITS), candidates)
    aims, solves = np.full(candidates, float(target)), 0
    best: list[_Found | None] = [None] * candidates
    for k in range(2 * rounds):
        if k >= rounds and min(one.rank[:2] for one in best if one) <= (False, _GOOD_ENOUGH):
            break
        progress("Designing", min(k, 0.9 * rounds + 0.05 * k) / rounds, f"round {k + 1}")
        solves += candidates
        steps = _FURTHER_STEPS if k else _STEPS[picture is not None]
        z = search.optimised(z, aims, fraction, base, kept, units, steps)
        images = search.images(z, base, fraction)
        verified = np.array([_solved(image) for image in images])
        for i, (image, energy) in enumerate(zip(images, verified, strict=True)):
            found = _Found(image, float(energy), _rank(image, energy, target, fraction, picture))
            best[i] = min(best[i] or found, found, key=lambda one: one.rank)
        missed = np.nan_to_num(target - verified, posinf=0.0, neginf=0.0)
        aims = np.clip(aims + missed, 0.5 * target, 1.5 * target)
    progress("Designing", 1.0, "verified")
    ranked = sorted((one for one in best if one), key=lambda one: one.rank)
    images = np.stack([one.image for one in ranked])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the energies are verified
        predicted = search.model.predict(images)
    return Design(
        images,
        predicted,
        np.array([one.verified for one in ranked]),
        images.mean(axis=(1, 2)),
        None if picture is None else (images != picture).mean(axis=(1, 2)),
        float(target),
        solves,
    )


def _solved(image: NDArray[np.uint8]) -> float:
    """Energy by finite elements; infinite, so that it ranks last, where no equilibrium is found."""
    try:
        return float(strain_energy(image, (DISPLACEMENT,), YOUNG)[0])
    except ConvergenceError:
        return float("inf")


@dataclass(frozen=True)
class _Found:
    """A picture that was solved; of two, the one of lesser rank is better."""

    image: NDArray[np.uint8]
    verified: float
    rank: tuple[bool, float, float]


class _Search:
    """The models of a search, and its compiled loss."""

    def __init__(self, vae: VAE, model: StrainEnergyModel, changing: bool) -> None:
        self.vae, self.model, self.changing = vae, model, changing
        self.evaluate = value_and_gradient(self._loss)

    def near(
        self, picture: NDArray[np.uint8], candidates: int, rng: np.random.Generator
    ) -> tuple[Floats32, Floats32]:
        """Return codes about that of a picture, and what is added to the decoder's logits."""
        code = self.vae.encode(picture[None])
        decoded = self.vae.decode_logits(code)
        signs = 2.0 * picture - 1
        base = np.where(decoded * signs > 0, decoded, _WRONG_SIDE * signs) - decoded
        z = code + 0.1 * rng.standard_normal((candidates, self.vae.latent))
        return z.astype(np.float32), base.astype(np.float32)

    def from_prior(
        self, target: float, fraction: float | None, candidates: int, rng: np.random.Generator
    ) -> tuple[Floats32, Floats32]:
        """Return the codes of the prior whose pictures are nearest to what is asked for."""
        draws = rng.standard_normal((max(_POOL, candidates), self.vae.latent))
        samples = draws.astype(np.float32)
        base = np.zeros((1, self.vae.size, self.vae.size), dtype=np.float32)
        images = self.images(samples, base)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # samples vary in volume fraction; the best is chosen
            cost = ((self.model.predict(images) / target - 1) / 0.1) ** 2
        if fraction is not None:
            cost = cost + ((images.mean(axis=(1, 2)) - fraction) / TOLERANCE) ** 2
        return samples[np.argsort(cost, kind="stable")[:candidates]], base

    def from_flow(
        self, target: float, fraction: float | None, candidates: int, seed: int
    ) -> tuple[Floats32, Floats32, NDArray[np.uint8]]:
        """Return codes of a flow, what shifts their logits to the volume fraction, and pictures."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what lies outside was said
            z, fractions = _flow().draw(
                candidates, volume_fraction=fraction, strain_energy=target, seed=seed
            )
        logits = self.vae.decode_logits(z)
        return z, -levels(logits, fractions).astype(np.float32), cut(logits, fractions)

    def optimised(
        self,
        z: Floats32,
        aims: Floats,
        fraction: float | None,
        base: Floats32,
        kept: NDArray[np.uint8],
        units: Floats,
        steps: int,
    ) -> Floats32:
        """Move codes down the loss by Adam, with a rate that falls to zero."""
        given = np.array([-1.0 if fraction is None else fraction])
        mean, square = np.zeros_like(z), np.zeros_like(z)
        for k in range(1, steps + 1):
            _, gradient = self.evaluate(z, aims, given, base, kept, units)
            mean = 0.9 * mean + 0.1 * gradient
            square = 0.99 * square + 0.01 * gradient**2
            step = mean / (1 - 0.9**k) / (np.sqrt(square / (1 - 0.99**k)) + 1e-8)
            z = z - _RATE * (1 - (k - 1) / steps) * step
        return z

    def images(
        self, z: Floats32, base: Floats32, fraction: float | None = None
    ) -> NDArray[np.uint8]:
        """Return the pictures of codes, 0 and 1, cut where the volume fraction is near enough."""
        logits = self.vae.decode_logits(z) + base
        low, high = (0, 1) if fraction is None else (fraction - _WIDEST, fraction + _WIDEST)
        return cut(logits, np.clip((logits > 0).mean(axis=(1, 2)), low, high))

    def _loss(self, z: Any, aims: Any, fraction: Any, base: Any, picture: Any, units: Any) -> Any:
        logits = self.vae.decoder(z, training=False)[..., 0] + base
        phase = ops.sigmoid(_SHARPNESS * logits)
        energy = ops.mean(self.model.image_network(phase, training=False), axis=1)
        off = ops.abs(ops.mean(phase, axis=(1, 2)) - fraction)
        off = ops.where(fraction < 0, 0.0, ops.maximum(off - _BAND, 0.0))
        loss = ops.square((energy / aims - 1) / _ENERGY_UNIT) / 2
        loss += ops.square(off / _FRACTION_UNIT) / 2
        if self.changing:
            return loss + ops.mean(ops.abs(phase - picture), axis=(1, 2)) / units
        length = ops.sqrt(ops.sum(ops.square(z), axis=1))
        return loss + ops.square(length - self.vae.latent**0.5)


def _models(
    fraction: float | None, picture: NDArray[np.uint8] | None, start: Start | None
) -> tuple[str, Start | None]:
    """Choose the family of models by the volume fraction, and where a free design starts."""
    if start not in (None, "prior", "flow"):
        raise ValueError(f"start must be 'prior' or 'flow'; got {start!r}")
    low, high = _energies("case1").trained.volume_fraction
    known = fraction is None or low - TOLERANCE <= fraction <= high + TOLERANCE
    if picture is not None:
        return "case1" if known else "all-cases", None
    if start == "prior" and not known:
        raise ValueError(
            f"start must be 'flow' for a volume fraction of {fraction:.3g}: the prior knows "
            f"{low:.2f} to {high:.2f}"
        )
    begin: Start = start or ("prior" if known else "flow")
    return ("case1" if begin == "prior" else "all-cases"), begin


_energies = lru_cache(maxsize=2)(StrainEnergyModel.load_pretrained)
_flow = lru_cache(maxsize=1)(LatentFlow.load_pretrained)


@lru_cache(maxsize=3)
def _search(family: str, changing: bool) -> _Search:
    """Load and compile what a search needs, once."""
    vae = load_pretrained(NEAR_CODES[family] if changing else FREE_CODES)
    return _Search(vae, _energies(family), changing)


def _rank(
    image: NDArray[np.uint8],
    energy: float,
    target: float,
    fraction: float | None,
    picture: NDArray[np.uint8] | None,
) -> tuple[bool, float, float]:
    """Order solved pictures: volume fraction, then error; near another, error above 1 % only."""
    misses = fraction is not None and bool(abs(image.mean() - fraction) > TOLERANCE)
    error = abs(energy / target - 1)
    if picture is None:
        return misses, error, 0.0
    return misses, max(error, _GOOD_ENOUGH), float((image != picture).mean())


def _warn_of_extrapolation(target: float, fraction: float | None, model: StrainEnergyModel) -> None:
    low, high = model.trained.strain_energy
    if not low <= target <= high:
        warnings.warn(
            f"target {target:.4g} is possible, but the models know energies from {low:.4g} to "
            f"{high:.4g} only: look at the verified energies",
            stacklevel=3,
        )
    low, high = model.trained.volume_fraction
    if fraction is not None and not low <= fraction <= high:
        warnings.warn(
            f"the models know volume fractions from {low:.3f} to {high:.3f} only, got "
            f"{fraction:.3f}: look at the verified energies and volume fractions",
            stacklevel=3,
        )
