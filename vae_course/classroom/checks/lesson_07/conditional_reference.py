"""The conditional VAE that lesson 07 asks for."""

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from vae_course.vae.losses import bernoulli_nll, kl_between_gaussians


class ConditionalReference(keras.Model):
    """A VAE of pasts given the present, as lesson 07 asks for it.

    Args:
        encoder: From past and present, joined, to mean and log variance, joined.
        prior: From the present to mean and log variance, joined.
        decoder: From code and present, joined, to logits.
    """

    def __init__(self, encoder: Any, prior: Any, decoder: Any) -> None:
        super().__init__()
        self.encoder, self.prior, self.decoder = encoder, prior, decoder
        self.seed_generator = keras.random.SeedGenerator(0)
        self.reconstruction_tracker = keras.metrics.Mean(name="reconstruction")
        self.kl_tracker = keras.metrics.Mean(name="kl")

    def call(self, inputs: Any) -> tuple[Any, ...]:
        """Encode, sample, decode.

        Args:
            inputs: Pair (past, present), each (N, pixels).

        Returns:
            Logits, and mean and log variance of the encoder's cloud and of the prior's.
        """
        past, present = inputs
        joined = ops.concatenate([past, present], axis=-1)
        mean, log_variance = ops.split(self.encoder(joined), 2, axis=-1)
        z = _sample((mean, log_variance), self.seed_generator)
        logits = self.decoder(ops.concatenate([z, present], axis=-1))
        return logits, mean, log_variance, *ops.split(self.prior(present), 2, axis=-1)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """Return the loss of a batch and record its two terms.

        Args:
            x: Pair (past, present).
            y: Not used: the past is its own target.
            y_pred: What `call` returned.
            sample_weight: Not used.
            training: Not used.

        Returns:
            A scalar, in nats.
        """
        logits, *clouds = y_pred
        reconstruction = ops.mean(bernoulli_nll(x[0], logits))
        kl = ops.mean(kl_between_gaussians(*clouds))
        self.reconstruction_tracker.update_state(reconstruction)
        self.kl_tracker.update_state(kl)
        return reconstruction + kl

    def draw(self, present: Any, seed: Any) -> NDArray[np.float32]:
        """Draw one past of each present.

        Args:
            present: Shape (N, pixels).
            seed: Seed of the draw.

        Returns:
            Probabilities of phase 1, shape (N, pixels).
        """
        z = _sample(ops.split(self.prior(present), 2, axis=-1), seed)
        logits = self.decoder(ops.concatenate([z, ops.convert_to_tensor(present)], axis=-1))
        return np.asarray(ops.convert_to_numpy(ops.sigmoid(logits)))


def _sample(cloud: Any, seed: Any) -> Any:
    mean, log_variance = cloud
    return mean + ops.exp(0.5 * log_variance) * keras.random.normal(ops.shape(mean), seed=seed)
