"""What stands in for a VAE in lesson 05: what each axis of its codes changes is known."""

from typing import Any

import numpy as np

from vae_course.arrays import Floats


class Painter:
    """Axis j changes a quarter of the pixels, some up and others down, by a known strength.

    What the last axis changes grows with the first one, so that it depends on the place.
    """

    def __init__(self, strength: Floats) -> None:
        rng = np.random.default_rng(1)
        signs = np.repeat([1.0, -1.0], 32) * rng.choice([-1.0, 1.0], (len(strength), 1))
        self.latent, self.signs = len(strength), signs[-1].copy()
        for row in signs:
            row[rng.permutation(64)[16:]] = 0
            row[:] = rng.permutation(row)
        self.weights = signs * strength[:, None]

    def decode(self, z: Any) -> Floats:
        """Return pictures of 8 × 8 probabilities."""
        codes = np.asarray(z, dtype=np.float64)
        logits = codes @ self.weights + 0.6 * codes[:, :1] * codes[:, -1:] * self.signs
        return np.asarray(1 / (1 + np.exp(-logits))).reshape(-1, 8, 8)
