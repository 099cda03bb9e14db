"""What a design moves and down which slope: codes of a VAE, the loss of what they decode to."""

import warnings
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray
from scipy.special import expit

from vae_course.arguments import Start
from vae_course.arrays import Floats, Floats32, Images
from vae_course.data import PatternSet, load_embedded
from vae_course.latent._design_refit import LastLayer, Lessons, with_features
from vae_course.latent.coarsening import cut, levels
from vae_course.latent.flow import LatentFlow
from vae_course.latent.gradients import value_and_gradient
from vae_course.latent.properties import PropertyModel
from vae_course.latent.strain_energy_model import StrainEnergyModel
from vae_course.physics.energy_bounds import TOLERANCE
from vae_course.physics.material_property import STRAIN_ENERGY, Property
from vae_course.vae import VAE, load_pretrained
from vae_course.vae.networks import run_in_batches

FREE_CODES, NEAR_CODES = "case1", {"case1": "case1-fine", "all-cases": "all-cases-fine"}
"""The VAE of free designs from its prior, and those of changes to a microstructure."""

_BAND = 0.6 * TOLERANCE  # beyond this the loss rises
_WIDEST = 0.95 * TOLERANCE  # beyond this a picture is cut at another level
_SHARPNESS = 3.0  # of the logits: what is solved has no grey pixels
_POOL = 256  # samples that free designs start from
_FLOW_POOL = 4  # samples of the flow for each candidate, where it cannot be asked for the property
_FRACTION_UNIT = 0.003
_RATE = 0.08  # of Adam
_KNOWN = 64  # pictures that say how much the features of known ones vary
_WRONG_SIDE = 0.3  # logit given to a pixel of `near` that the decoder gets wrong


class Search:
    """The models of a search, and its compiled loss.

    The loss sums ½ ((value / aim − 1)² + (sd / aim)²) / unit² over the properties, where the value
    is corrected by what solves have taught; what else it has, `design` says.

    Args:
        vae: The VAE.
        models: Of each property.
        changing: Whether a picture is changed, or a sample of the flow; else the prior is drawn.
        known: Pictures that the networks know, shape (N, 64, 64).
    """

    def __init__(
        self, vae: VAE, models: Sequence[PropertyModel], changing: bool, known: Images
    ) -> None:
        self.vae, self.models, self.changing = vae, models, changing
        self.networks = [with_features(model.image_network) for model in models]
        self.layers = [LastLayer(told) for _, told in self._told(known)]
        self.evaluate = value_and_gradient(self._loss)

    def predict(self, images: NDArray[Any]) -> Floats:
        """Values of pictures by the networks, shape (N, properties)."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is outside was said, or is solved
            return np.stack([model.predict(images) for model in self.models], axis=1)

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
        self, targets: Floats, fraction: float | None, candidates: int, rng: np.random.Generator
    ) -> tuple[Floats32, Floats32]:
        """Return the codes of the prior whose pictures are nearest to what is asked for."""
        samples, base = self._drawn(max(_POOL, candidates), rng)
        images = self.images(samples, base)
        cost = self._misses(images, targets)
        if fraction is not None:
            cost = cost + ((images.mean(axis=(1, 2)) - fraction) / TOLERANCE) ** 2
        return samples[np.argsort(cost, kind="stable")[:candidates]], base

    def samples(self, count: int, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Return pictures of codes drawn from the prior."""
        return self.images(*self._drawn(count, rng))

    def _drawn(self, count: int, rng: np.random.Generator) -> tuple[Floats32, Floats32]:
        draws = rng.standard_normal((count, self.vae.latent)).astype(np.float32)
        return draws, np.zeros((1, self.vae.size, self.vae.size), dtype=np.float32)

    def from_flow(
        self, targets: Floats, fraction: float | None, energy: float | None, count: int, seed: int
    ) -> tuple[Floats32, Floats32, NDArray[np.uint8]]:
        """Return codes of the flow, what shifts their logits to the volume fraction, and pictures.

        It can be asked for an energy; of what else is wanted, the nearest of some are taken.
        """
        drawn = count if energy is not None else _FLOW_POOL * count
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what lies outside was said
            z, fractions = _flow().draw(
                drawn, volume_fraction=fraction, strain_energy=energy, seed=seed
            )
        logits = self.vae.decode_logits(z)
        pictures, shift = cut(logits, fractions), -levels(logits, fractions).astype(np.float32)
        if energy is None:
            chosen = np.argsort(self._misses(pictures, targets), kind="stable")[:count]
            z, shift, pictures = z[chosen], shift[chosen], pictures[chosen]
        return z, shift, pictures

    def _misses(self, images: NDArray[np.uint8], targets: Floats) -> Floats:
        return np.asarray((((self.predict(images) / targets - 1) / 0.1) ** 2).sum(axis=1))

    def optimised(
        self,
        z: Floats32,
        aims: Floats,
        errors: Floats,
        fraction: float | None,
        base: Floats32,
        kept: NDArray[np.uint8],
        units: Floats,
        steps: int,
        lessons: Lessons,
    ) -> Floats32:
        """Move codes down the loss by Adam, with a rate that falls to zero."""
        given = np.array([-1.0 if fraction is None else fraction])
        mean, square = np.zeros_like(z), np.zeros_like(z)
        for k in range(1, steps + 1):
            _, gradient = self.evaluate(
                z, aims, errors, given, base, kept, units, *lessons.corrections
            )
            mean = 0.9 * mean + 0.1 * gradient
            square = 0.99 * square + 0.01 * gradient**2
            step = mean / (1 - 0.9**k) / (np.sqrt(square / (1 - 0.99**k)) + 1e-8)
            z = z - _RATE * (1 - (k - 1) / steps) * step
        return z

    def seen(self, z: Floats32, base: Floats32) -> tuple[Floats, list[Floats]]:
        """Return what the networks make of codes, as the loss shows them.

        Returns:
            Values, shape (N, properties), and the features of each property, shape (N, k).
        """
        logits = self.vae.decode_logits(z) + base
        told = self._told(expit(_SHARPNESS * logits))
        return np.stack([value for value, _ in told], axis=1), [features for _, features in told]

    def _told(self, pictures: NDArray[Any]) -> list[tuple[Floats, Floats]]:
        found = [run_in_batches(one, pictures.astype(np.float32)) for one in self.networks]
        return [(each.mean(axis=1, dtype=np.float64), told.astype(float)) for each, told in found]

    def images(
        self, z: Floats32, base: Floats32, fraction: float | None = None
    ) -> NDArray[np.uint8]:
        """Return the pictures of codes, 0 and 1, cut where the volume fraction is near enough."""
        logits = self.vae.decode_logits(z) + base
        low, high = (0, 1) if fraction is None else (fraction - _WIDEST, fraction + _WIDEST)
        return cut(logits, np.clip((logits > 0).mean(axis=(1, 2)), low, high))

    def _loss(
        self,
        z: Any,
        aims: Any,
        errors: Any,
        fraction: Any,
        base: Any,
        picture: Any,
        units: Any,
        *corrections: Any,
    ) -> Any:
        logits = self.vae.decoder(z, training=False)[..., 0] + base
        phase = ops.sigmoid(_SHARPNESS * logits)
        loss = 0.0
        for k, (network, model) in enumerate(zip(self.networks, self.models, strict=True)):
            members, told = network(phase, training=False)
            value = ops.mean(members, axis=1) + corrections[k][0]
            value += ops.sum(told * corrections[k][1:], axis=1)
            missed = ops.square(value / aims[:, k] - 1)
            missed += self._doubt(model, members) / ops.square(aims[:, k])
            loss += missed / ops.square(errors[k]) / 2
        off = ops.abs(ops.mean(phase, axis=(1, 2)) - fraction)
        off = ops.where(fraction < 0, 0.0, ops.maximum(off - _BAND, 0.0))
        loss += ops.square(off / _FRACTION_UNIT) / 2
        if self.changing:
            return loss + ops.mean(ops.abs(phase - picture), axis=(1, 2)) / units
        length = ops.sqrt(ops.sum(ops.square(z), axis=1))
        return loss + ops.square(length - self.vae.latent**0.5)

    @staticmethod
    def _doubt(model: PropertyModel, members: Any) -> Any:
        """Return how far off an ensemble may be, by its calibrated spread, squared, shape (N,)."""
        return model.image_calibration.factor**2 * ops.var(members, axis=1)


energies = lru_cache(maxsize=2)(StrainEnergyModel.load_pretrained)
_flow = lru_cache(maxsize=1)(LatentFlow.load_pretrained)
_named = lru_cache(maxsize=4)(PropertyModel.load_pretrained)


def choose(
    fraction: float | None, picture: NDArray[np.uint8] | None, start: Start | None
) -> tuple[str, Start | None]:
    """Choose the family of models by the volume fraction, and where a free design starts.

    Raises:
        ValueError: If the prior does not know the volume fraction.
    """
    if start not in (None, "prior", "flow"):
        raise ValueError(f"start must be 'prior' or 'flow'; got {start!r}")
    low, high = energies("case1").trained.volume_fraction
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


def search_for(
    family: str,
    changing: bool,
    properties: tuple[Property, ...],
    models: tuple[PropertyModel, ...] | None,
) -> Search:
    """Load and compile what a search needs, once for each choice of it.

    Raises:
        ValueError: If a property has no model.
    """
    if models is None:
        models = tuple(_model(one, family) for one in properties)
    return _search(family, changing, models)


def _model(wanted: Property, family: str) -> PropertyModel:
    return energies(family) if wanted is STRAIN_ENERGY else _named(wanted.name)


@lru_cache(maxsize=6)
def _search(family: str, changing: bool, models: tuple[PropertyModel, ...]) -> Search:
    vae = load_pretrained(NEAR_CODES[family] if changing else FREE_CODES)
    cases = (1,) if family == "case1" else (1, 2, 3)
    known = PatternSet.concatenate([load_embedded(case) for case in cases]).images
    return Search(vae, models, changing, known[:: len(known) // _KNOWN])
