"""Velocity fields between noise and codes: how they are told what is wanted, learned and followed.

Flow matching: for a code y, noise e ~ N(0, 1) and τ uniform in 0..1, a network sees
x = (1 − τ) e + τ y and learns y − e by mean squared error. Its best answer is the mean velocity of
all pairs (e, y) whose line passes x at τ; followed from τ = 0 to 1, it turns noise into codes.

Source: Y. Lipman et al. (2023), arXiv:2210.02747; dropped conditions: J. Ho and T. Salimans
(2022), arXiv:2207.12598.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_course.arguments import at_least
from vae_course.arrays import Floats, Floats32, Images
from vae_course.latent._networks import told_network
from vae_course.vae import VAE
from vae_course.vae.batches import SeededBatches, random_symmetry

CONDITIONS = ("time", "volume_fraction", "strain_energy")
"""What a flow can be told of the microstructures that are wanted."""

_ALL_DROPPED = 0.1  # part of the examples that are told nothing
_KEPT = (0.5, 0.9, 0.7)  # of the others, part told each condition

Velocity = Callable[[Floats32, float], Floats32]
"""From points (N, k) and τ to velocities (N, k)."""


def heun(velocity: Velocity, start: Floats32, steps: int, backward: bool = False) -> Floats32:
    """Follow a velocity field from τ = 0 to 1 by Heun's method; or back, from 1 to 0.

    A step of length h goes x + h/2 · (v(x, τ) + v(x + h v(x, τ), τ + h)): its error falls as h².

    Args:
        velocity: The field.
        start: Points to start from, shape (N, k).
        steps: Number of steps.
        backward: Whether to go back.

    Returns:
        Where the points arrive, shape (N, k).

    Raises:
        ValueError: If steps is below 1.

    Examples:
        dx/dτ = x leads from 1 to e:

        >>> round(float(heun(lambda x, tau: x, np.ones((1, 1)), steps=50)[0, 0]), 2)
        2.72
    """
    at_least(1, steps=steps)
    taus = [k / steps for k in range(steps + 1)]
    if backward:
        taus.reverse()
    h = np.float32(taus[1] - taus[0])
    x = start
    for tau, after in pairwise(taus):
        first = velocity(x, tau)
        x = x + h / 2 * (first + velocity(x + h * first, after))
    return x


@dataclass(frozen=True)
class Scales:
    """Turns conditions into numbers of mean 0 and standard deviation 1, as the training data have.

    An energy W is told as (log W − p(φ)) / s, p a cubic fitted to the data, as most of what W
    varies comes from the volume fraction φ; so it can be told only together with φ.

    Attributes:
        log_time: Mean and standard deviation of log t.
        volume_fraction: The same of φ.
        log_energy: Coefficients of p, the highest power first.
        spread: Standard deviation s about it.

    Examples:
        >>> scales = Scales((-5.0, 2.0), (0.5, 0.1), (0.0, 0.0, 0.0, 0.0), 0.1)
        >>> scales.numbers(np.exp(-3.0), 0.6, np.nan).round(6).tolist()
        [1.0, 1.0, nan]
    """

    log_time: tuple[float, float]
    volume_fraction: tuple[float, float]
    log_energy: tuple[float, ...]
    spread: float

    @classmethod
    def fit(cls, time: Floats, fraction: Floats, energy: Floats) -> "Scales":
        """Fit them to training data, shapes (N,); energies that are not known are not numbers.

        Examples:
            >>> rng = np.random.default_rng(0)
            >>> fraction = rng.uniform(0.3, 0.7, 500)
            >>> found = Scales.fit(np.exp(rng.normal(size=500)), fraction, np.exp(-2 * fraction))
            >>> bool(found.spread < 1e-6), round(found.volume_fraction[0], 1)
            (True, 0.5)
        """
        known = np.isfinite(energy)
        log_energy = np.log(energy[known])
        cubic = np.polyfit(fraction[known], log_energy, 3)
        spread = np.std(log_energy - np.polyval(cubic, fraction[known]))
        logs = np.log(time)
        return cls(
            (float(logs.mean()), float(logs.std())),
            (float(fraction.mean()), float(fraction.std())),
            tuple(map(float, cubic)),
            float(spread),
        )

    def numbers(self, time: ArrayLike, fraction: ArrayLike, energy: ArrayLike) -> Floats:
        """Scale conditions; what is not a number stays so. Returns shape (..., 3)."""
        given = np.broadcast_arrays(*(np.asarray(one, float) for one in (time, fraction, energy)))
        excess = np.log(given[2]) - np.polyval(self.log_energy, given[1])
        return np.stack(
            [
                (np.log(given[0]) - self.log_time[0]) / self.log_time[1],
                (given[1] - self.volume_fraction[0]) / self.volume_fraction[1],
                excess / self.spread,
            ],
            axis=-1,
        )


def told(numbers: Floats) -> Floats32:
    """Lay out conditions for a network: each as its number and 1; not a number, as 0 and 0.

    Args:
        numbers: Scaled conditions, shape (N, 3); not a number where nothing is asked for.

    Returns:
        Shape (N, 6).

    Examples:
        >>> told(np.array([[1.5, np.nan, -2.0]])).tolist()
        [[1.5, 1.0, 0.0, 0.0, -2.0, 1.0]]
    """
    known = np.isfinite(numbers)
    pairs = np.stack([np.where(known, numbers, 0.0), known], axis=-1)
    return pairs.reshape(len(numbers), -1).astype(np.float32)


def build_flow(
    code: tuple[int, int, int], width: int = 64, blocks: int = 6, seed: int = 0
) -> keras.Model:
    """Build the velocity field of a flow from noise to codes of microstructures.

    Args:
        code: Shape of a code, (side, side, k).
        width: Channels of the network.
        blocks: Its residual blocks.
        seed: Seed of the first weights.

    Returns:
        Model from [moving code, (N, 7): τ and what `told` returned] to a velocity.

    Raises:
        ValueError: If a size is below 1.

    Examples:
        >>> build_flow((8, 8, 4), width=8, blocks=1).output_shape
        (None, 256)
    """
    numbers = 1 + 2 * len(CONDITIONS)
    return told_network({"moving": code}, numbers, code, width, blocks, seed, "flow")


class NoisyCodes(SeededBatches):
    """Batches ((moving code, τ and what is told), velocity): for `build_flow`.

    Each image is under a symmetry of its own, and each is told its conditions or some of them or
    none, so that the field can be asked with any of them.

    Args:
        vae: Encodes the images; not one that is trained on them.
        images: 0 and 1, shape (N, n, n).
        numbers: Scaled conditions, shape (N, 3); not a number where not known.
        batches: Batches an epoch.
        batch_size: Images a batch.
        seed: Seed of the draw.
        rows: Indices of images that are drawn from, all alike often; by default all.

    Examples:
        >>> from vae_course.data import load_embedded
        >>> from vae_course.vae import load_pretrained
        >>> images, unknown = load_embedded().images[:9], np.full((9, 3), np.nan)
        >>> batches = NoisyCodes(load_pretrained("case1-fine"), images, unknown, 1, batch_size=2)
        >>> (moving, place), velocity = batches[0]
        >>> moving.shape, place.shape, velocity.shape
        ((2, 256), (2, 7), (2, 256))
    """

    def __init__(
        self,
        vae: VAE,
        images: Images,
        numbers: Floats,
        batches: int,
        batch_size: int = 64,
        seed: int = 0,
        rows: NDArray[np.intp] | None = None,
    ) -> None:
        super().__init__(seed)
        self.vae, self.images, self.numbers = vae, images, numbers
        self.batches, self.batch_size = batches, batch_size
        self.rows = np.arange(len(images)) if rows is None else rows

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return self.batches

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        """Draw one batch."""
        rng = self.rng(index)
        chosen = self.rows[rng.integers(len(self.rows), size=self.batch_size)]
        codes = self.vae.encode(random_symmetry(self.images[chosen], rng))
        kept = rng.random((len(chosen), 3)) < _KEPT
        kept &= rng.random((len(chosen), 1)) >= _ALL_DROPPED
        kept[:, 2] &= kept[:, 1]  # an energy is told together with the volume fraction
        conditions = told(np.where(kept, self.numbers[chosen], np.nan))
        noise = rng.standard_normal(codes.shape, dtype=np.float32)
        tau = rng.random((len(codes), 1), dtype=np.float32)
        moving = (1 - tau) * noise + tau * codes
        return (moving, np.concatenate([tau, conditions], axis=1)), codes - noise
