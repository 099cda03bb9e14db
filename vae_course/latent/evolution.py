"""Predicting how a microstructure goes on, and where it may have come from, in the latent space.

Coarsening is self-similar: domains grow as the cube root of time, so that how a pattern changes
from t to r t depends on the pattern and on the ratio r alone, not on t. Forward, it is
determined; backward, it is not: diffusion forgets, and one present has many pasts.
"""

import warnings
from dataclasses import dataclass
from typing import Literal

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_course.arguments import LARGEST_FACTOR, at_least, check_factors, check_phases
from vae_course.arrays import Floats32
from vae_course.data.generate import simulate_on
from vae_course.latent.coarsening import Clock, Conservation, conserve
from vae_course.latent.flow import LatentFlow
from vae_course.progress import Counted
from vae_course.vae import VAE, ConditionalVAE, load_pretrained
from vae_course.vae._manifest import load_card, load_model
from vae_course.vae.networks import run_in_batches

PACKAGE = "vae_course.latent.pretrained"
NAMES = ("case1", "all-cases")

TYPICAL_B, TYPICAL_LAM = 85.0, 0.0175
"""The middle of the dataset's ranges, for patterns whose b and λ are not known."""

_STEPS = 8  # of the flow from noise to codes; with more, no error changes
_TOLERANCE = 0.02  # of the volume fraction, beyond that of the patterns trained on


class Evolution:
    """Carries microstructures forward and backward in time.

    Args:
        vae: Encodes and decodes.
        dynamics: From [code, log r] to the later code; see `build_forward`.
        past: Velocity field of a flow from noise to codes of the past; see `build_past`.
        clock: Estimates times.
        conservation: Of the volume fraction.
        past_vae: Another model of the past, for comparison; see `build_past_vae`.
        temperature: Standard deviation of the noise that the flow starts from. Above 1, samples
            differ more: a flow that was trained on a finite set is a little too sure on new ones.

    Examples:
        >>> from vae_course.data import load_embedded
        >>> evolution, now = Evolution.load_pretrained(), load_embedded().images[8:9]
        >>> evolution.forward(now, 2.0).shape, evolution.backward(now, 0.5, samples=2).shape
        ((1, 64, 64), (1, 2, 64, 64))
        >>> bool((abs(evolution.forward(now, 1.001) - now) < 0.5).mean() > 0.99)
        True
    """

    def __init__(
        self,
        vae: VAE,
        dynamics: keras.Model,
        past: keras.Model,
        clock: Clock,
        conservation: Conservation,
        past_vae: ConditionalVAE | None = None,
        temperature: float = 1.0,
    ) -> None:
        self.vae, self.dynamics, self.past, self.past_vae = vae, dynamics, past, past_vae
        self.clock, self.conservation, self.temperature = clock, conservation, temperature
        self._flow = LatentFlow(vae, past, steps=_STEPS)

    @classmethod
    def load_pretrained(cls, name: str = "case1") -> "Evolution":
        """Load the models that come with the package.

        They work on codes of the pretrained VAEs `case1-fine` and `all-cases-fine` (8 × 8 × 4
        numbers), and were trained on the same simulations; no embedded pattern is from any of them.

        Args:
            name: "case1" (mean ½), or "all-cases" (volume fractions from 0.22 to 0.78), whose
                past has the flow alone.

        Returns:
            The evolution.

        Raises:
            ValueError: If there is no model of that name.
            PretrainedFileError: If a file is damaged or replaced.
        """
        if name not in NAMES:
            raise ValueError(f"name must be one of {', '.join(NAMES)}; got {name!r}")
        card = load_card(PACKAGE, f"evolution-{name}-forward")
        parts = {p: load_model(PACKAGE, f"evolution-{name}-{p}") for p in ("forward", "past")}
        past_vae = None
        if name == "case1":
            past_vae = load_model(PACKAGE, f"evolution-{name}-past-vae")
            assert isinstance(past_vae, ConditionalVAE)
        return cls(
            load_pretrained(card["model"]["codes"]),
            parts["forward"],
            parts["past"],
            Clock(**card["clock"]),
            Conservation(**card["volume fraction"]),
            past_vae,
            load_card(PACKAGE, f"evolution-{name}-past")["temperature"],
        )

    def knows(self, images: ArrayLike) -> bool:
        """Say whether the volume fractions of images, shape (N, n, n), are those trained on.

        Examples:
            >>> stripes = np.tile(np.arange(64) % 16 < 4, (1, 64, 1))
            >>> [Evolution.load_pretrained(name).knows(stripes) for name in ("case1", "all-cases")]
            [False, True]
        """
        fractions = np.asarray(images).mean(axis=(1, 2))
        low, high = self.conservation.lowest - _TOLERANCE, self.conservation.highest + _TOLERANCE
        return bool(np.all((fractions >= low) & (fractions <= high)))

    def forward(self, images: ArrayLike, factor: ArrayLike) -> Floats32:
        """Predict microstructures at a later time.

        The codes are carried on by z(r t) = z(t) + log r · f(z(t), log r) and decoded.

        Args:
            images: Values between 0 and 1, shape (N, n, n).
            factor: Ratio r of times, t_new / t_now, 1 to 10: a number, or one for each image.

        Returns:
            Probability of phase 1, shape (N, n, n).

        Raises:
            ValueError: If images has another shape or other values, or holds an image of one
                phase alone, or if factor is out of range.
        """
        codes, factors = self._checked(images, factor, 1.0, LARGEST_FACTOR)
        (later,) = run_in_batches(self.dynamics, codes, np.log(factors)[:, None])
        return self.vae.decode(later)

    def backward(
        self,
        images: ArrayLike,
        factor: ArrayLike,
        samples: int = 16,
        seed: int = 0,
        method: Literal["flow", "vae"] = "flow",
    ) -> Floats32:
        """Draw pasts that microstructures may have come from.

        Each sample is made to conserve the phases: its logits are shifted by a constant, so that
        its volume fraction is that of the present but for a draw from `Conservation`.

        Args:
            images: Values between 0 and 1, shape (N, n, n).
            factor: Ratio r of times, t_new / t_now, 0.1 to 1: a number, or one for each image.
            samples: How many for each image.
            seed: Seed of the draw.
            method: "flow" follows a velocity field from noise to codes (best calibrated); "vae"
                samples a conditional VAE (faster).

        Returns:
            Probability of phase 1, shape (N, samples, n, n).

        Raises:
            ValueError: If images has another shape or other values, or holds an image of one
                phase alone, if factor is out of range, samples is below 1 or method unknown.
        """
        at_least(1, samples=samples)
        at_least(0, seed=seed)
        codes, factors = self._checked(images, factor, 1 / LARGEST_FACTOR, 1.0)
        logs = np.log(factors)[:, None]
        rng = np.random.default_rng(seed)
        if method == "flow":
            many, far = np.repeat(codes, samples, axis=0), np.repeat(logs, samples, axis=0)
            noise = self.temperature * rng.standard_normal(many.shape, dtype=np.float32)
            earlier = self._flow.transport(noise, far, many)
            logits = self.vae.decode_logits(earlier).astype(np.float64)
        elif method == "vae" and self.past_vae is not None:
            condition = np.concatenate([codes, logs], axis=1)
            pasts = self.past_vae.sample(condition, samples, int(rng.integers(2**31)))
            pasts = pasts.reshape(-1, *pasts.shape[2:]).astype(np.float64)
            logits = np.log(np.clip(pasts, 1e-7, None) / np.clip(1 - pasts, 1e-7, None))
        else:
            raise ValueError(f"method must be 'flow' or 'vae', and its model there; got {method!r}")
        fractions = np.repeat(np.asarray(images).mean(axis=(1, 2)), samples)
        spread = self.conservation.base + self.conservation.growth * np.abs(logs[:, 0])
        fractions += np.repeat(spread, samples) * rng.standard_normal(len(fractions))
        shifted = conserve(logits, np.clip(fractions, 0.001, 0.999))
        return shifted.reshape(len(codes), samples, *shifted.shape[1:]).astype(np.float32)

    def _checked(
        self, images: ArrayLike, factor: ArrayLike, low: float, high: float
    ) -> tuple[Floats32, Floats32]:
        """Return codes and ratios of times, one for each image, or say what is wrong with them."""
        codes = self.vae.encode(images)
        check_phases(images)
        if not self.knows(images):
            fractions = np.asarray(images).mean(axis=(1, 2))
            warnings.warn(
                f"volume fractions of {fractions.min():.2f} to {fractions.max():.2f}: the model "
                f"knows {self.conservation.lowest:.2f} to {self.conservation.highest:.2f} only and "
                "may be wrong beyond",
                stacklevel=3,
            )
        factors = np.asarray(factor, dtype=np.float64)
        if factors.shape not in ((), (len(codes),)):
            raise ValueError(
                f"factor must be a number or have shape ({len(codes)},); got {factors.shape}"
            )
        check_factors(factors, low, high)
        return codes, np.broadcast_to(factors, (len(codes),)).astype(np.float32)


@dataclass(frozen=True)
class Resimulation:
    """Pasts carried back to the present by the Cahn–Hilliard equation.

    Attributes:
        images: Where each past arrives, 0 and 1, shape (N, samples, n, n), uint8.
        agreement: Part of the pixels in the phase of the known present, shape (N, samples).

    Examples:
        >>> found = Resimulation(np.zeros((1, 2, 4, 4), np.uint8), np.array([[0.9, 0.97]]))
        >>> int(found.agreement.argmax())  # the past that physics likes best
        1
    """

    images: NDArray[np.uint8]
    agreement: NDArray[np.float64]


def resimulate(
    pasts: ArrayLike,
    factor: float,
    present: ArrayLike,
    time: ArrayLike,
    b: ArrayLike = TYPICAL_B,
    lam: ArrayLike = TYPICAL_LAM,
    *,
    processes: int = 1,
    progress: Counted | None = None,
) -> Resimulation:
    """Integrate pasts forward to the present, and compare with the known one.

    No network has a say in this: a past is possible if physics leads from it to the present. The
    equation is solved on twice as many cells, from the binarised past at factor · time to time.

    Args:
        pasts: Probability of phase 1, shape (N, samples, n, n).
        factor: Ratio of the times of past and present, below 1.
        present: Values 0 and 1, shape (N, n, n).
        time: Time of each present in simulation units, a number or shape (N,); `Clock` estimates
            it where it is not known.
        b: Height of the barrier, a number or shape (N,).
        lam: Gradient-energy coefficient λ, a number or shape (N,).
        processes: Number of processes; -1 for one a core.
        progress: Called with the number of simulations done and their total.

    Returns:
        Where the pasts arrive, and the agreement.

    Raises:
        ValueError: If shapes do not fit, or factor is not between 0 and 1.

    Examples:
        >>> from vae_course.data import load_embedded
        >>> patterns = load_embedded().select([7, 8])  # two frames of one simulation
        >>> ratio, one = patterns.time[0] / patterns.time[1], patterns.parameters[0]
        >>> past, now = patterns.images[:1, None], patterns.images[1:]
        >>> found = resimulate(past, ratio, now, patterns.time[1:], one["b"], one["lam"])
        >>> bool(found.agreement[0, 0] > 0.95)  # the true past leads to the present
        True
    """
    drawn, now = np.asarray(pasts), np.asarray(present)
    if drawn.ndim != 4 or now.shape != (len(drawn), *drawn.shape[2:]) or not drawn.size:
        raise ValueError(
            "pasts must have shape (N, samples, n, n) and present (N, n, n); "
            f"got {drawn.shape} and {now.shape}"
        )
    if not 0 < factor < 1:
        raise ValueError(f"factor must lie between 0 and 1; got {factor}")
    samples = drawn.shape[1]
    times, barriers, gradients = (
        np.repeat(np.broadcast_to(one, len(drawn)), samples) for one in (time, b, lam)
    )
    found = simulate_on(
        drawn.reshape(-1, *now.shape[1:]) > 0.5,
        (1 - factor) * times[:, None],
        barriers,
        gradients,
        processes=processes,
        progress=progress,
    ).reshape(drawn.shape)
    agreement = np.mean(found == now[:, None], axis=(2, 3))
    return Resimulation(found, agreement)
