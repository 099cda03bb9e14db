"""The sampling layer: a random code from a mean and a log variance."""

from typing import Any

import keras
from keras import ops

from vae_course.vae.losses import check_same_shape


@keras.saving.register_keras_serializable(package="vae_course")
class Sampling(keras.layers.Layer):
    """Draw z = mean + exp(½ log_variance) · ε with ε ~ N(0, 1) (reparameterisation).

    The noise is drawn anew for each image and each axis, and the gradient passes to mean and
    log_variance. The layer owns its seed, so that equal seeds give equal draws on one backend.

    Args:
        seed: Seed of the noise.
        **kwargs: Passed on to `keras.layers.Layer`.

    Source: D. P. Kingma and M. Welling (2014), arXiv:1312.6114.

    Examples:
        >>> mean, variance = ops.zeros((10_000, 1)), ops.full((10_000, 1), 4.0)
        >>> z = Sampling(seed=0)((mean, ops.log(variance)))
        >>> round(float(ops.std(z)), 1)
        2.0
    """

    def __init__(self, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs: Any) -> Any:
        """Draw codes.

        Args:
            inputs: Pair (mean, log_variance), each of shape (N, latent).

        Returns:
            Codes, shape (N, latent).

        Raises:
            ValueError: If the two shapes differ.
        """
        mean, log_variance = inputs
        check_same_shape("log_variance", log_variance, "mean", mean)
        noise = keras.random.normal(
            ops.shape(mean), dtype=self.compute_dtype, seed=self.seed_generator
        )
        return mean + ops.exp(0.5 * log_variance) * noise

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the codes: that of the mean."""
        return input_shape[0]

    def get_config(self) -> dict[str, Any]:
        """Return what is needed to build the layer again."""
        return {**super().get_config(), "seed": self.seed}
