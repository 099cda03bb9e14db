"""Laws in closed form, which checks use as models: they take no time, and their fits are known."""

from typing import Any

import numpy as np

from vae_course.arrays import Floats
from vae_course.classroom.compare import require

CELLS = 8
_RNG = np.random.default_rng(12)
_SHAPES = _RNG.uniform(0.3, 1.0, (2, CELLS, CELLS))


def fading(constants: Any, first: Any, count: int) -> Floats:
    """Let what a picture shows fade at a rate b, and another picture appear with a strength λ."""
    b, lam = constants
    k = np.arange(1, count + 1)[:, None, None]
    rest = (np.asarray(first) - 0.5) * np.exp(-k * b / 100)
    return np.asarray(0.5 + rest + 0.3 * np.tanh(lam * k) * _SHAPES[0])


def waving(constants: Any, first: Any, count: int) -> Floats:
    """Let a picture swing at a frequency b, and a third one appear with a strength λ."""
    b, lam = constants
    k = np.arange(1, count + 1)[:, None, None]
    rest = (np.asarray(first) - 0.5) * np.cos(k * b / 100)
    return np.asarray(0.5 + rest - 0.3 * np.sqrt(lam * k) * _SHAPES[1])


def noisy(
    model: Any, constants: tuple[float, float], length: int, noise: float, seed: int
) -> Floats:
    """Make frames by a law, the first one at random, with noise in all of them."""
    rng = np.random.default_rng(seed)
    first = rng.uniform(0.1, 0.9, (CELLS, CELLS))
    frames = np.concatenate([first[None], model(constants, first, length - 1)])
    return np.asarray(frames + noise * rng.standard_normal(frames.shape))


class Watched:
    """A model that remembers what it was asked.

    Args:
        model: The model.

    Attributes:
        firsts: The pictures it was given to start from.
        counts: How many pictures it was asked for, each time.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.firsts: list[Any] = []
        self.counts: list[int] = []

    @property
    def calls(self) -> int:
        """How often it was asked."""
        return len(self.counts)

    def __call__(self, constants: Any, first: Any, count: int) -> Floats:
        """Note what is asked, and answer."""
        require(
            np.shape(first) == (CELLS, CELLS),
            "The model is not given one picture to start from.",
            "It starts from the first one, frames[0].",
            f"shape {(CELLS, CELLS)}",
            f"shape {np.shape(first)}",
        )
        self.firsts.append(np.array(first))
        self.counts.append(int(count))
        return np.asarray(self.model(constants, first, int(count)))
