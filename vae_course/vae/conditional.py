"""A VAE that answers a question with many answers: p(x | condition)."""

from collections.abc import Sequence
from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops
from numpy.typing import ArrayLike

from vae_course.arguments import at_least
from vae_course.arrays import Floats32
from vae_course.vae.elbo import ElboModel, Likelihood
from vae_course.vae.optimizers import Muon


@keras.saving.register_keras_serializable(package="vae_course")
class ConditionalVAE(ElboModel):
    """Variational autoencoder of x given a condition c, with a learned prior of its codes.

    Training lowers, averaged over the pairs (x, c) of a batch,

        loss = −log p(x | z, c) + β KL(q(z | x, c) ‖ p(z | c)),   z ~ q(z | x, c).

    Where one c has many possible x (one present, many pasts), regression returns their mean,
    which may be none of them. Here z says which one, and p(z | c) which ones c allows.

    x may be vectors (such as codes of microstructures) or images; `fit((x, c))`, or batches that
    are `((x, c),)`. `fit` and `evaluate` report the means of `loss`, `reconstruction` and `kl`.

    Args:
        encoder: Model from [x, c] to (mean, log_variance) of q, each (N, latent).
        prior: Model from c to (mean, log_variance) of p(z | c), each (N, latent).
        decoder: Model from [z, c] to logits or means, of the shape of x.
        beta: Weight β of the KL term.
        seed: Seed of the sampling layer.
        likelihood: "gaussian" (one learned variance) or "bernoulli" (x between 0 and 1).
        free_bits: Nats an axis that cost nothing; 0 is off.
        **kwargs: Passed on to `keras.Model`.

    Attributes:
        log_variance: Weight, logarithm of the variance of x; None if Bernoulli.

    Raises:
        ValueError: If likelihood is another, beta or free_bits is not a finite number of at least
            0, or the parts do not fit together.

    Source: K. Sohn, H. Lee and X. Yan (2015),
    https://papers.nips.cc/paper/2015/hash/8d55a249e6baa5c06772297520da2051-Abstract.html.

    Examples:
        >>> vae = build_conditional_vae(features=3, condition=1, latent=2, width=8)
        >>> vae.sample(np.zeros((5, 1)), samples=4).shape
        (5, 4, 3)
    """

    parts: ClassVar[tuple[str, ...]] = ("encoder", "prior", "decoder")

    def __init__(
        self,
        encoder: keras.Model,
        prior: keras.Model,
        decoder: keras.Model,
        beta: float = 1.0,
        seed: int | None = None,
        likelihood: Likelihood = "gaussian",
        free_bits: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(beta, seed, likelihood, free_bits, **kwargs)
        _check_parts(encoder, prior, decoder)
        self.encoder, self.prior, self.decoder = encoder, prior, decoder

    @property
    def latent(self) -> int:
        """Length of the code."""
        return int(self.decoder.input_shape[0][1])

    def call(self, inputs: Any) -> tuple[Any, ...]:
        """Encode, sample, decode.

        Args:
            inputs: Pair (x, condition).

        Returns:
            logits or means of x; of q mean and log_variance; of the prior mean and log_variance.
        """
        x, condition = (ops.cast(one, self.compute_dtype) for one in inputs)
        posterior = self.encoder([x, condition])
        decoded = self.decoder([self.sampling(tuple(posterior)), condition])
        return decoded, *posterior, *self.prior(condition)

    def posterior(self, x: ArrayLike, condition: ArrayLike) -> tuple[Floats32, Floats32]:
        """Compute mean and log variance of q(z | x, condition).

        Args:
            x: Shape (N, ...).
            condition: Shape (N, ...).

        Returns:
            mean and log_variance, each of shape (N, latent).

        Raises:
            ValueError: If a shape or length is another, a value is not finite, or, if the
                likelihood is Bernoulli, a value of x is not between 0 and 1.
        """
        array = np.asarray(x, dtype=np.float32)
        if self.likelihood == "bernoulli" and np.any((array < 0) | (array > 1)):
            raise ValueError(f"x must lie between 0 and 1; got {array.min()} to {array.max()}")
        mean, log_variance = self._run(self.encoder, x=array, condition=condition)
        return mean, log_variance

    def prior_of(self, condition: ArrayLike) -> tuple[Floats32, Floats32]:
        """Compute mean and log variance of p(z | condition).

        Args:
            condition: Shape (N, ...).

        Returns:
            mean and log_variance, each of shape (N, latent).

        Raises:
            ValueError: If the shape is another or a value is not finite.
        """
        mean, log_variance = self._run(self.prior, condition=condition)
        return mean, log_variance

    def decode(self, z: ArrayLike, condition: ArrayLike) -> Floats32:
        """Compute the mean of x: probabilities if the likelihood is Bernoulli.

        Args:
            z: Codes, shape (N, latent).
            condition: Shape (N, ...).

        Returns:
            Shape (N, ...), as x.

        Raises:
            ValueError: If a shape or length is another or a value is not finite.
        """
        return self._mean_of(self._run(self.decoder, z=z, condition=condition)[0])

    def sample(self, condition: ArrayLike, samples: int = 16, seed: int = 0) -> Floats32:
        """Draw possible x for each condition: codes from p(z | condition), decoded to means.

        Args:
            condition: Shape (N, ...).
            samples: How many for each.
            seed: Seed of the draw.

        Returns:
            Shape (N, samples, ...).

        Raises:
            ValueError: If the shape is another, a value is not finite, or samples is below 1.
        """
        at_least(1, samples=samples)
        given = np.asarray(condition, dtype=np.float32)
        mean, log_variance = self.prior_of(given)
        noise = np.random.default_rng(seed).standard_normal(
            (len(given), samples, self.latent), dtype=np.float32
        )
        codes = mean[:, None] + np.exp(0.5 * log_variance)[:, None] * noise
        decoded = self.decode(codes.reshape(-1, self.latent), np.repeat(given, samples, axis=0))
        return decoded.reshape(len(given), samples, *decoded.shape[1:])


def _check_parts(encoder: keras.Model, prior: keras.Model, decoder: keras.Model) -> None:
    """Refuse parts of a conditional VAE whose shapes do not fit."""
    x, condition = encoder.input_shape
    code = decoder.input_shape[0]
    wanted = {
        "encoder": (encoder.output_shape, [code, code]),
        "prior": ([prior.input_shape, *prior.output_shape], [condition, code, code]),
        "decoder": ([decoder.input_shape[1], decoder.output_shape], [condition, x]),
    }
    for name, (found, expected) in wanted.items():
        if list(map(tuple, found)) != list(map(tuple, expected)):
            raise ValueError(f"{name} must have shapes {expected}; got {list(found)}")


def build_conditional_vae(
    features: int,
    condition: int,
    latent: int = 16,
    width: int = 256,
    depth: int = 2,
    beta: float = 1.0,
    seed: int = 0,
    free_bits: float = 0.0,
) -> ConditionalVAE:
    """Build a conditional VAE of vectors from residual multilayer perceptrons, compiled with Muon.

    Args:
        features: Length of x.
        condition: Length of the condition.
        latent: Length of the code.
        width: Units of the hidden layers.
        depth: Residual blocks of each network.
        beta: Weight of the KL term.
        seed: Seed of the weights and of the sampling.
        free_bits: Nats an axis that cost nothing; 0 is off.

    Returns:
        A compiled model with new weights and a Gaussian likelihood.

    Raises:
        ValueError: If a size is below 1.

    Examples:
        Before training, every condition allows the same codes, of variance 1:

        >>> vae = build_conditional_vae(features=3, condition=1, latent=2, width=8)
        >>> mean, log_variance = vae.prior_of([[0.0], [1.0]])
        >>> print(log_variance)
        [[0. 0.]
         [0. 0.]]
    """
    at_least(1, features=features, condition=condition, latent=latent, width=width, depth=depth)
    seeds = np.random.default_rng(seed)

    def dense(units: int, x: Any, activation: str | None = None, zeros: bool = False) -> Any:
        draw = keras.initializers.GlorotUniform(seed=int(seeds.integers(2**31)))
        kernel = "zeros" if zeros else draw
        return keras.layers.Dense(units, activation=activation, kernel_initializer=kernel)(x)

    def network(inputs: dict[str, int], outputs: Sequence[int], name: str) -> keras.Model:
        arguments = [keras.Input((size,), name=part) for part, size in inputs.items()]
        x = keras.layers.Concatenate()(arguments) if len(arguments) > 1 else arguments[0]
        x = dense(width, x, "gelu")
        for _ in range(depth):
            change = dense(width, dense(width, x, "gelu"), zeros=True)
            x = keras.layers.Add()([x, change])
        # Only the first of two outputs (a mean) starts at random; a log variance starts at 0.
        found = [dense(size, x, zeros=place > 0) for place, size in enumerate(outputs)]
        first = arguments if len(arguments) > 1 else arguments[0]
        return keras.Model(first, found if len(found) > 1 else found[0], name=name)

    vae = ConditionalVAE(
        network({"x": features, "condition": condition}, (latent, latent), "encoder"),
        network({"condition": condition}, (latent, latent), "prior"),
        network({"code": latent, "condition": condition}, (features,), "decoder"),
        beta,
        seed,
        free_bits=free_bits,
    )
    vae.compile(optimizer=Muon(4e-3))
    return vae
