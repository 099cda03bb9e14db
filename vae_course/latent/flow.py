"""Microstructures drawn at random, or with a wanted age, volume fraction or energy, by a flow.

Codes of the prior N(0, 1) decode to pictures that are no microstructures, as codes of real ones
fill only a part of the latent space. A flow leads from N(0, 1) to just that part.
"""

import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import ArrayLike

from vae_course.arguments import at_least, check_samples
from vae_course.arrays import Floats, Floats32, Images
from vae_course.latent.coarsening import cut
from vae_course.latent.gradients import value_and_gradient
from vae_course.latent.velocity import CONDITIONS, Scales, heun, told
from vae_course.vae import VAE, load_pretrained
from vae_course.vae._manifest import load_card, load_model
from vae_course.vae.networks import run_in_batches

PACKAGE = "vae_course.latent.pretrained"

STEPS = 12
"""Steps of Heun's method from noise to codes; with more, no measured number changes."""

_TOLERANCE = 0.01  # relative, beyond what was trained on, without a warning
_NEAREST = 30  # examples of the data, of which one gives what is not asked for


@dataclass(frozen=True)
class Trained:
    """What a flow was trained on.

    Attributes:
        scales: How conditions are told.
        time: Lowest and highest time.
        volume_fraction: Lowest and highest volume fraction.
        strain_energy: Lowest and highest energy.
        seen: Times, volume fractions and energies that occurred together, shape (M, 3).

    Examples:
        >>> trained = LatentFlow.load_pretrained("all-cases").trained
        >>> bool(trained.volume_fraction[0] < 0.25), bool(trained.volume_fraction[1] > 0.75)
        (True, True)
    """

    scales: Scales
    time: tuple[float, float]
    volume_fraction: tuple[float, float]
    strain_energy: tuple[float, float]
    seen: Sequence[Sequence[float]]

    @classmethod
    def of(cls, card: dict[str, Any]) -> "Trained":
        """Read it from a model card, as `as_dict` wrote it."""
        rest = {name: tuple(card[name]) for name in (*CONDITIONS, "seen")}
        scales: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in card["scales"].items()
        }
        return cls(Scales(**scales), **rest)

    def as_dict(self) -> dict[str, Any]:
        """Return it for a model card."""
        return asdict(self)


class LatentFlow:
    """Draws codes by following a learned velocity field from noise.

    Args:
        vae: Decodes them.
        network: Velocity field; see `vae_course.latent.velocity.build_flow`, or
            `vae_course.latent.dynamics.build_past` for codes of the past.
        trained: What it was trained on; None if it is not told age, volume fraction and energy.
        steps: Steps from noise to codes.

    Examples:
        >>> flow = LatentFlow.load_pretrained("all-cases")
        >>> flow.sample(2, volume_fraction=[0.3, 0.7]).mean(axis=(1, 2)).round(2).tolist()
        [0.3, 0.7]
    """

    def __init__(
        self, vae: VAE, network: keras.Model, trained: Trained | None = None, steps: int = STEPS
    ) -> None:
        self.vae, self.network, self.steps = vae, network, steps
        self._trained = trained
        self._pull = value_and_gradient(self._along)

    @classmethod
    def load_pretrained(cls, name: str = "all-cases") -> "LatentFlow":
        """Load the flow that comes with the package.

        It leads to codes of the pretrained VAE `all-cases-fine`. No embedded pattern is from a
        simulation that it was trained on.

        Args:
            name: "all-cases".

        Returns:
            The flow of all volume fractions from 0.22 to 0.78.

        Raises:
            ValueError: If there is no model of that name.
            PretrainedFileError: If a file is damaged or replaced.
        """
        card = load_card(PACKAGE, f"flow-{name}")
        network = load_model(PACKAGE, f"flow-{name}")
        return cls(load_pretrained(card["model"]["codes"]), network, Trained.of(card["trained"]))

    @property
    def trained(self) -> Trained:
        """What the flow was trained on.

        Raises:
            ValueError: If it is not told age, volume fraction and energy.
        """
        if self._trained is None:
            raise ValueError("this flow is told neither age, nor volume fraction, nor energy")
        return self._trained

    def sample(
        self,
        count: int,
        time: ArrayLike | None = None,
        volume_fraction: ArrayLike | None = None,
        strain_energy: ArrayLike | None = None,
        guidance: float = 1.0,
        seed: int = 0,
    ) -> Images:
        """Draw microstructures.

        The decoded logits are cut where they leave the right number of pixels in phase 1, so that
        the volume fraction is the one asked for, to the pixel.

        Args:
            count: How many.
            time: Age in simulation units: a number, or one for each, shape (count,); None draws it
                as the data have it together with what is asked for.
            volume_fraction: The same of phase 1; None draws it likewise.
            strain_energy: The same, by finite elements at d = 0.5 with Young's moduli 10 and 1;
                None leaves it open.
            guidance: Strength g of the conditions: the velocity is v₀ + g (v − v₀), v₀ that of a
                flow that is told nothing. 1 is what was learned; more exaggerates.
            seed: Seed of the draw.

        Returns:
            0 and 1, shape (count, n, n), uint8.

        Raises:
            ValueError: If an argument is out of range or has another shape.
        """
        z, fractions = self.draw(count, time, volume_fraction, strain_energy, guidance, seed)
        return cut(self.vae.decode_logits(z), fractions)

    def draw(
        self,
        count: int,
        time: ArrayLike | None = None,
        volume_fraction: ArrayLike | None = None,
        strain_energy: ArrayLike | None = None,
        guidance: float = 1.0,
        seed: int = 0,
    ) -> tuple[Floats32, Floats]:
        """Draw codes, shape (count, latent), and the volume fractions to cut them at, (count,).

        Arguments and errors are those of `sample`.
        """
        check_samples(count, time, volume_fraction, strain_energy, guidance, seed)
        given = self._checked(count, time, volume_fraction, strain_energy)
        rng = np.random.default_rng(seed)
        given = self._filled(given, rng)
        numbers = told(self.trained.scales.numbers(*given))
        noise = rng.standard_normal((count, self.vae.latent), dtype=np.float32)
        return self.transport(noise, numbers, guidance=guidance), given[1]

    def log_density(
        self,
        codes: ArrayLike,
        time: ArrayLike | None = None,
        volume_fraction: ArrayLike | None = None,
        strain_energy: ArrayLike | None = None,
        probes: int = 4,
        seed: int = 0,
    ) -> Floats:
        """Compute how likely codes are: the logarithm of their density under the flow.

        Followed back to noise e, log p(z) = log N(e; 0, 1) − ∫ ∇·v dτ. The divergence is estimated
        by Hutchinson's trick: the mean of εᵀ (∂v/∂x) ε over random signs ε.

        Args:
            codes: Codes of `vae`, shape (N, latent).
            time: As for `sample`; None is any.
            volume_fraction: The same.
            strain_energy: The same; only together with volume_fraction.
            probes: Vectors ε for each code; the estimate varies less with more.
            seed: Seed of them.

        Returns:
            Log densities in nats, shape (N,).

        Raises:
            ValueError: If an argument is out of range or has another shape.

        Source: W. Grathwohl et al. (2019), arXiv:1810.01367.
        """
        z = np.asarray(codes, dtype=np.float32)
        if z.ndim != 2 or z.shape[1] != self.vae.latent or not np.isfinite(z).all():
            raise ValueError(
                f"codes must be finite and have shape (N, {self.vae.latent}); got {z.shape}"
            )
        at_least(1, probes=probes)
        if strain_energy is not None and volume_fraction is None:
            raise ValueError("strain_energy must be given together with volume_fraction")
        check_samples(len(z), time, volume_fraction, strain_energy, seed=seed)
        given = self._checked(len(z), time, volume_fraction, strain_energy)
        numbers = told(self.trained.scales.numbers(*given))
        signs = np.random.default_rng(seed).choice([-1.0, 1.0], (probes, *z.shape))
        gained = np.zeros(len(z))

        def velocity(x: Floats32, tau: float) -> Floats32:
            nonlocal gained
            place = _place(numbers, tau)
            rates = [np.sum(one * self._pull(x, place, one)[1], axis=1) for one in signs]
            gained += np.mean(rates, axis=0) / (2 * self.steps)  # Heun looks twice a step
            return self.velocity(x, tau, numbers)

        noise = heun(velocity, z, self.steps, backward=True).astype(np.float64)
        normal = -0.5 * np.sum(noise**2 + np.log(2 * np.pi), axis=1)
        return np.asarray(normal - gained)

    def transport(
        self,
        noise: Floats32,
        numbers: Floats32,
        code: Floats32 | None = None,
        guidance: float = 1.0,
    ) -> Floats32:
        """Follow the velocity field from noise to codes.

        Args:
            noise: Shape (N, latent).
            numbers: What the network is told beside τ, shape (N, k).
            code: A code that it is told, too, shape (N, latent), if it takes one.
            guidance: As for `sample`.

        Returns:
            Codes, shape (N, latent).
        """
        velocity = partial(self.velocity, numbers=numbers, code=code, guidance=guidance)
        return heun(velocity, noise, self.steps)

    def velocity(
        self,
        x: Floats32,
        tau: float,
        numbers: Floats32,
        code: Floats32 | None = None,
        guidance: float = 1.0,
    ) -> Floats32:
        """Ask the network for velocities at x, shape (N, latent); arguments as for `transport`."""
        codes = [] if code is None else [code]
        found: Floats32 = run_in_batches(self.network, x, *codes, _place(numbers, tau))[0]
        if guidance == 1:
            return found
        nothing = _place(np.zeros_like(numbers), tau)
        free: Floats32 = run_in_batches(self.network, x, *codes, nothing)[0]
        return free + np.float32(guidance) * (found - free)

    def _along(self, x: Any, place: Any, signs: Any) -> Any:
        return ops.sum(self.network([x, place], training=False) * signs, axis=1)

    def _filled(self, given: list[Floats], rng: np.random.Generator) -> list[Floats]:
        """Draw times and volume fractions not given from what the data have near what is."""
        seen = _places(np.asarray(self.trained.seen))
        wanted = _places(np.stack(given, axis=1))
        away = rng.uniform(0, 1e-9, (len(wanted), len(seen)))  # in a tie, any of them
        for one, known in zip(wanted.T, seen.T, strict=True):
            away += np.nan_to_num((one[:, None] - known) / known.std()) ** 2
        most = min(_NEAREST, len(seen))
        near = np.argpartition(away, most - 1, axis=1)[:, :most]
        chosen = near[np.arange(len(near)), rng.integers(most, size=len(near))]
        drawn = np.asarray(self.trained.seen)[chosen].T
        filled = [np.where(np.isnan(a), b, a) for a, b in zip(given, drawn, strict=True)]
        return [*filled[:2], given[2]]  # an energy is told only where one is asked for

    def _checked(self, count: int, *given: ArrayLike | None) -> list[Floats]:
        """Return one number for each sample and condition, not a number where none is given."""
        known = self.trained.time, self.trained.volume_fraction, self.trained.strain_energy
        result = []
        for name, one, seen in zip(CONDITIONS, given, known, strict=True):
            array = np.asarray(np.nan if one is None else one, dtype=np.float64)
            result.append(np.broadcast_to(array, (count,)))
            low, high = seen
            slack = _TOLERANCE * high
            if one is not None and (array.min() < low - slack or array.max() > high + slack):
                warnings.warn(
                    f"{name} of {array.min():.3g} to {array.max():.3g}: the flow knows {low:.3g} "
                    f"to {high:.3g} only and may be wrong beyond",
                    stacklevel=4,
                )
        return result


def _places(conditions: Floats) -> Floats:
    """Lay times, volume fractions and energies, shape (N, 3), on axes that can be compared."""
    time, fraction, energy = conditions.T
    return np.stack([np.log(time), fraction, np.log(energy)], axis=1)


def _place(numbers: Floats32, tau: float) -> Floats32:
    """Put τ before what the network is told, shape (N, 1 + k)."""
    return np.concatenate([np.full((len(numbers), 1), tau, dtype=np.float32), numbers], axis=1)
