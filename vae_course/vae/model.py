"""The variational autoencoder as a Keras model."""

from collections.abc import Sequence
from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops
from numpy.typing import ArrayLike

from vae_course.arrays import Floats32
from vae_course.vae.batches import check_images
from vae_course.vae.elbo import ElboModel, Likelihood
from vae_course.vae.networks import (
    ACTIVATION,
    CODE,
    Latent,
    build_decoder,
    build_encoder,
    default_channels,
    run_in_batches,
)
from vae_course.vae.optimizers import Muon


@keras.saving.register_keras_serializable(package="vae_course")
class VAE(ElboModel):
    """Variational autoencoder with a Bernoulli or a Gaussian likelihood of each pixel.

    Training lowers, averaged over the images x of a batch,

        loss = −log p(x | z) + β KL(q(z | x) ‖ N(0, 1)),   z ~ q(z | x),

    both terms in nats: the first summed over pixels, the second over the axes of the code. At
    β = 1 this is the negative evidence lower bound (ELBO).

    What the decoder returns are, with a Bernoulli likelihood (binary images), the logits of
    phase 1; with a Gaussian one (grey images), the means of the pixels themselves. The variance
    around them is then the same for all pixels and learned: one trainable weight, `log_variance`.

    With free bits, the loss counts each axis of the code as at least that many nats (mean over
    the batch), so that it gains nothing by switching axes off.

    `fit` and `evaluate` report the means of `loss`, `reconstruction` (the first term) and `kl`
    (the true one: free bits change the loss alone).

    Args:
        encoder: Model from (N, n, n, 1) to (mean, log_variance), each (N, latent).
        decoder: Model from (N, latent) to logits or means, (N, n, n, 1).
        beta: Weight β of the KL term.
        seed: Seed of the sampling layer.
        likelihood: "bernoulli" or "gaussian".
        free_bits: Nats an axis that cost nothing; 0 is off.
        **kwargs: Passed on to `keras.Model`.

    Attributes:
        log_variance: Weight, logarithm of the variance of a pixel; None if Bernoulli.

    Raises:
        ValueError: If likelihood is another, or beta or free_bits is not a finite number of at
            least 0.

    Source: D. P. Kingma and M. Welling (2014), arXiv:1312.6114; β: I. Higgins et al. (2017),
    https://openreview.net/forum?id=Sy2fzU9gl; learned variance: O. Rybkin et al. (2021),
    arXiv:2006.13202; free bits: D. P. Kingma et al. (2016), arXiv:1606.04934.

    Examples:
        >>> vae = VAE(build_encoder(2, (4,), size=8), build_decoder(2, (4,), size=8))
        >>> codes = vae.encode(np.zeros((5, 8, 8)))
        >>> codes.shape, vae.decode(codes).shape
        ((5, 2), (5, 8, 8))
    """

    parts: ClassVar[tuple[str, ...]] = ("encoder", "decoder")

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        beta: float = 1.0,
        seed: int | None = None,
        likelihood: Likelihood = "bernoulli",
        free_bits: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(beta, seed, likelihood, free_bits, **kwargs)
        self.encoder, self.decoder = encoder, decoder

    @property
    def size(self) -> int:
        """Pixels along a side of an image."""
        return int(self.encoder.input_shape[1])

    @property
    def latent(self) -> int:
        """Length of the code."""
        return int(self.decoder.input_shape[1])

    def call(self, inputs: Any) -> tuple[Any, Any, Any]:
        """Encode, sample, decode.

        Args:
            inputs: Images, shape (N, n, n).

        Returns:
            logits or means of the pixels (N, n, n), and of the code mean (N, latent) and
            log_variance (N, latent).
        """
        images = ops.expand_dims(ops.cast(inputs, self.compute_dtype), -1)
        mean, log_variance = self.encoder(images)
        decoded = self.decoder(self.sampling((mean, log_variance)))
        return ops.squeeze(decoded, -1), mean, log_variance

    def encode(self, images: ArrayLike) -> Floats32:
        """Compute the codes of images: the means of q(z | x).

        Args:
            images: Values between 0 and 1, shape (N, n, n).

        Returns:
            Codes, shape (N, latent).

        Raises:
            ValueError: If images has another shape or other values.
        """
        return self.posterior(images)[0]

    def posterior(self, images: ArrayLike) -> tuple[Floats32, Floats32]:
        """Compute mean and log variance of q(z | x).

        Args:
            images: Values between 0 and 1, shape (N, n, n).

        Returns:
            mean and log_variance, each of shape (N, latent).

        Raises:
            ValueError: If images has another shape or other values.
        """
        array = np.asarray(images, dtype=np.float32)
        check_images(array, self.size)
        mean, log_variance = run_in_batches(self.encoder, array[..., None])
        return mean, log_variance

    def decode_logits(self, z: ArrayLike) -> Floats32:
        """Compute the logits of the probability of phase 1.

        Args:
            z: Codes, shape (N, latent).

        Returns:
            Logits, shape (N, n, n).

        Raises:
            ValueError: If z has another shape or values that are not finite, or if the likelihood
                is Gaussian: there are no logits then.
        """
        if self.likelihood != "bernoulli":
            raise ValueError(
                "decode_logits needs a VAE with likelihood 'bernoulli'; "
                f"got {self.likelihood!r}, whose decoder returns means: use decode"
            )
        return self._run(self.decoder, z=z)[0][..., 0]

    def decode(self, z: ArrayLike) -> Floats32:
        """Compute the probability of phase 1 in each pixel; if Gaussian, the pixel's mean.

        Args:
            z: Codes, shape (N, latent).

        Returns:
            Probabilities, or means clipped to 0..1, shape (N, n, n).

        Raises:
            ValueError: If z has another shape or values that are not finite.
        """
        return np.clip(self._mean_of(self._run(self.decoder, z=z)[0][..., 0]), 0, 1)

    def reconstruct(self, images: ArrayLike) -> Floats32:
        """Encode images and decode their codes.

        Args:
            images: Values between 0 and 1, shape (N, n, n).

        Returns:
            Probabilities of phase 1, or means clipped to 0..1, shape (N, n, n); see `decode`.

        Raises:
            ValueError: If images has another shape or other values.
        """
        return self.decode(self.encode(images))


def build_vae(
    latent: Latent = CODE,
    size: int = 64,
    beta: float = 1.0,
    seed: int = 0,
    likelihood: Likelihood = "bernoulli",
    free_bits: float = 0.0,
    channels: Sequence[int] | None = None,
    blocks: int = 0,
    activation: str = ACTIVATION,
) -> VAE:
    """Build a VAE of the course's default architecture, compiled with Muon.

    Args:
        latent: Length of the code, or (side, side, k); see `build_encoder`.
        size: Pixels along a side of an image.
        beta: Weight of the KL term.
        seed: Seed of the weights and of the sampling.
        likelihood: "bernoulli" or "gaussian"; see `VAE`.
        free_bits: Nats an axis that cost nothing; 0 is off.
        channels: Channels of the encoder's convolutions, mirrored by the decoder; see
            `default_channels`.
        blocks: Residual blocks at each size of the picture.
        activation: Keras's name of the function between layers.

    Returns:
        A compiled model with new weights.

    Raises:
        ValueError: If an argument is out of range.

    Examples:
        >>> vae = build_vae(latent=2, size=8, channels=(4,))
        >>> history = vae.fit(np.zeros((64, 8, 8)), epochs=2, verbose=0).history
        >>> {name: len(values) for name, values in sorted(history.items())}
        {'kl': 2, 'loss': 2, 'reconstruction': 2}
    """
    channels = channels or default_channels(latent, size)
    vae = VAE(
        build_encoder(latent, channels, size, seed, blocks, activation),
        build_decoder(latent, channels, size, seed, blocks, activation),
        beta,
        seed,
        likelihood,
        free_bits,
    )
    vae.compile(optimizer=Muon(4e-3))
    return vae
