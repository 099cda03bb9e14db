"""What the models here share: a likelihood, the weight of the KL term, and the bound they lower."""

import math
from typing import Any, ClassVar, Literal, Self

import keras
import numpy as np
from keras import ops
from numpy.typing import ArrayLike

from vae_course.arrays import Floats32
from vae_course.vae.batches import SeededBatches
from vae_course.vae.layers import Sampling
from vae_course.vae.losses import (
    bernoulli_nll,
    free_bits,
    gaussian_nll,
    kl_between_gaussians_per_axis,
    kl_per_axis,
)
from vae_course.vae.networks import run_in_batches

LOG_VARIANCES = (-30.0, 30.0)
"""Between which a log variance counts, so that no KL divergence is infinite."""

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

    Examples:
        A code that says nothing costs nothing; the pixels then cost what fair coins do, log 2:

        >>> model = ElboModel(beta=1.0, seed=0, likelihood="bernoulli", free_bits=0.0)
        >>> logits, mean, log_variance = ops.zeros((1, 10)), ops.zeros((1, 2)), ops.zeros((1, 2))
        >>> loss = model.compute_loss(ops.ones((1, 10)), y_pred=(logits, mean, log_variance))
        >>> round(float(loss) / 10, 3)
        0.693
    """

    parts: ClassVar[tuple[str, ...]] = ()
    """Names of the networks, which a model keeps as attributes and takes by keyword."""

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
        """Train, as `keras.Model.fit` does; `SeededBatches` come in the order of their seed.

        Args:
            x: As Keras takes it.
            *args: The same.
            **kwargs: The same.

        Returns:
            The history.

        Raises:
            ValueError: If x is an array with values that the likelihood cannot have.
        """
        self._check_values(x)
        if isinstance(x, SeededBatches):
            x, kwargs["shuffle"] = x.as_dataset(), False  # Keras would deal them anew, by no seed
        return super().fit(x, *args, **kwargs)

    def predict(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """Run the model, as `keras.Model.predict` does.

        Args:
            x: As Keras takes it.
            *args: The same.
            **kwargs: The same.

        Returns:
            What `call` returns.

        Raises:
            ValueError: If x is an array with values that the likelihood cannot have.
        """
        self._check_values(x)
        return super().predict(x, *args, **kwargs)

    def _check_values(self, x: Any) -> None:
        """Refuse an array, or the first of a pair, whose values the likelihood cannot have."""
        first = x[0] if isinstance(x, tuple) and x else x
        if not isinstance(first, np.ndarray) or not first.size or first.dtype.kind not in "buif":
            return  # batches are not looked at in advance
        if not np.isfinite(first).all():
            raise ValueError("x must be finite; it has values that are not")
        if self.likelihood == "bernoulli" and not (first.min() >= 0 and first.max() <= 1):
            raise ValueError(
                f"x must have values between 0 and 1; got {first.min()} to {first.max()}"
            )

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
            x: What is to be rebuilt, shape (N, ...), or a pair of it and its condition.
            y: Not used: x is its own target.
            y_pred: What `call` returned: logits or means of x; mean and log_variance of the code;
                and the same two of its prior, where that is not N(0, 1).
            sample_weight: Not used.
            training: Not used.

        Returns:
            −log p + β KL averaged over the batch, in nats; free bits count in it alone.
        """
        # In mixed precision, too, sums over thousands of pixels need float32.
        decoded, *code = (ops.cast(part, "float32") for part in y_pred)
        code[1::2] = [ops.clip(part, *LOG_VARIANCES) for part in code[1::2]]
        target = ops.cast(x[0] if isinstance(x, (tuple, list)) else x, "float32")
        kl_of_axes = kl_per_axis(*code) if len(code) == 2 else kl_between_gaussians_per_axis(*code)
        if self.likelihood == "gaussian":
            nll = gaussian_nll(target, decoded, self.log_variance)
        else:
            nll = bernoulli_nll(target, decoded)
        reconstruction = ops.mean(nll)
        kl = ops.mean(ops.sum(kl_of_axes, axis=-1))
        self.reconstruction_tracker.update_state(reconstruction)
        self.kl_tracker.update_state(kl)
        return reconstruction + self.beta * (
            free_bits(kl_of_axes, self.free_bits) if self.free_bits else kl
        )

    def _run(self, network: keras.Model, **inputs: ArrayLike) -> list[Floats32]:
        """Run a network on inputs given by name, once they are known to be what it takes."""
        arrays: list[Floats32] = []
        for (name, values), taken in zip(inputs.items(), network.inputs, strict=True):
            array, shape = np.asarray(values, dtype=np.float32), tuple(taken.shape[1:])
            count = len(arrays[0]) if arrays else "N"
            if array.shape[1:] != shape or count not in ("N", len(array)) or not array.size:
                expected = ", ".join(map(str, (count, *shape)))
                raise ValueError(
                    f"{name} must have shape ({expected}) with N >= 1; got {array.shape}"
                )
            if not np.isfinite(array).all():
                raise ValueError(f"{name} must be finite; it has values that are not")
            arrays.append(array)
        return run_in_batches(network, *arrays)

    def _mean_of(self, decoded: Floats32) -> Floats32:
        """Compute the mean of x from what the decoder returns: a probability if Bernoulli."""
        if self.likelihood == "gaussian":
            return decoded
        return np.asarray(0.5 * (1 + np.tanh(0.5 * decoded)))  # the logistic function, no overflow

    def get_config(self) -> dict[str, Any]:
        """Return what is needed to build the model again."""
        networks = {name: getattr(self, name) for name in self.parts}
        return {
            **super().get_config(),
            "beta": float(ops.convert_to_numpy(self.beta)),
            "seed": self._seed,
            "likelihood": self.likelihood,
            "free_bits": self.free_bits,
            **{name: keras.saving.serialize_keras_object(one) for name, one in networks.items()},
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """Build the model that `get_config` described."""
        networks = {
            name: keras.saving.deserialize_keras_object(config.pop(name), custom_objects)
            for name in cls.parts
        }
        return cls(**networks, **config)
