"""What the models here share: a likelihood, the weight of the KL term, and the bound they lower."""

import math
from typing import Any, Literal

import keras
import numpy as np
from keras import ops

from vae_course.vae.batches import SymmetricBatches
from vae_course.vae.layers import Sampling
from vae_course.vae.losses import bernoulli_nll, free_bits, gaussian_nll

Likelihood = Literal["bernoulli", "gaussian"]


class ElboModel(keras.Model):
    """A Keras model that is trained by its negative evidence lower bound (ELBO).

    Args:
        beta: Weight β of the KL term.
        seed: Seed of the sampling layer.
        likelihood: "bernoulli" or "gaussian" (one learned variance).
        free_bits: Nats an axis that cost nothing; 0 is off.
        **kwargs: Passed on to `keras.Model`.

    Raises:
        ValueError: If likelihood is another, or beta or free_bits is not a finite number of at
            least 0.
    """

    def __init__(
        self,
        beta: float,
        seed: int | None,
        likelihood: Likelihood,
        free_bits: float,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if likelihood not in ("bernoulli", "gaussian"):
            raise ValueError(f"likelihood must be 'bernoulli' or 'gaussian'; got {likelihood!r}")
        weights: dict[str, Any] = {"beta": beta, "free_bits": free_bits}
        for name, value in weights.items():
            if not (isinstance(value, (int, float, np.floating)) and 0 <= value < math.inf):
                raise ValueError(f"{name} must be a finite number of at least 0; got {value!r}")
        self.sampling = Sampling(seed)
        self.beta = self.add_weight(
            name="beta", shape=(), trainable=False, initializer=keras.initializers.Constant(beta)
        )
        self.likelihood, self.free_bits = likelihood, float(free_bits)
        # A weight only where it is used, so that files of Bernoulli models keep their weights.
        self.log_variance = (
            self.add_weight(name="log_variance", shape=(), initializer="zeros")
            if likelihood == "gaussian"
            else None
        )
        self.reconstruction_tracker = keras.metrics.Mean(name="reconstruction")
        self.kl_tracker = keras.metrics.Mean(name="kl")
        self._seed = seed

    def build(self, input_shape: Any) -> None:
        """Mark the model as built: its parts come built."""
        self.built = True

    def fit(self, x: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Train, as `keras.Model.fit` does; `SymmetricBatches` come in the order of their seed.

        Args:
            x: As Keras takes it.
            *args: The same.
            **kwargs: The same.

        Returns:
            The history.
        """
        if isinstance(x, SymmetricBatches):
            x, kwargs["shuffle"] = x.as_dataset(), False  # Keras would deal them anew, by no seed
        return super().fit(x, *args, **kwargs)

    def negative_elbo(self, target: Any, decoded: Any, kl_of_axes: Any) -> Any:
        """Compute the loss of a batch and record its two terms.

        Args:
            target: What is to be rebuilt, shape (N, ...).
            decoded: Logits or means of it, the same shape, float32.
            kl_of_axes: Nats for each axis of the code, shape (N, latent).

        Returns:
            −log p + β KL averaged over the batch, in nats; free bits count in it alone.
        """
        images = ops.cast(target, "float32")
        if self.likelihood == "gaussian":
            nll = gaussian_nll(images, decoded, self.log_variance)
        else:
            nll = bernoulli_nll(images, decoded)
        reconstruction = ops.mean(nll)
        kl = ops.mean(ops.sum(kl_of_axes, axis=-1))
        self.reconstruction_tracker.update_state(reconstruction)
        self.kl_tracker.update_state(kl)
        return reconstruction + self.beta * (
            free_bits(kl_of_axes, self.free_bits) if self.free_bits else kl
        )

    def get_config(self) -> dict[str, Any]:
        """Return the settings that are shared."""
        return {
            **super().get_config(),
            "beta": float(ops.convert_to_numpy(self.beta)),
            "seed": self._seed,
            "likelihood": self.likelihood,
            "free_bits": self.free_bits,
        }
