"""The two terms of the evidence lower bound, each one number an image, in nats."""

from typing import Any

from keras import ops


def bernoulli_nll(x: Any, logits: Any) -> Any:
    """Negative log-likelihood of binary pixels, summed over the pixels of an image.

    −log p(x | z) = Σ log(1 + exp(logit)) − x · logit, which does not overflow for large logits.

    Args:
        x: Pixels between 0 and 1, shape (N, ...).
        logits: Logits of the probability of phase 1, the same shape.

    Returns:
        Nats for each image, shape (N,).
    """
    nll = ops.softplus(logits) - x * logits
    return ops.sum(ops.reshape(nll, (ops.shape(nll)[0], -1)), axis=-1)


def kl_divergence(mean: Any, log_variance: Any) -> Any:
    """Kullback–Leibler divergence of N(mean, exp(log_variance)) from N(0, 1), summed over axes.

    KL = ½ Σ (mean² + exp(log_variance) − 1 − log_variance)

    Args:
        mean: Means of the codes, shape (N, latent).
        log_variance: Logarithms of their variances, shape (N, latent).

    Returns:
        Nats for each image, shape (N,).

    Source: D. P. Kingma and M. Welling (2014), arXiv:1312.6114, appendix B.
    """
    return ops.sum(kl_per_axis(mean, log_variance), axis=-1)


def kl_per_axis(mean: Any, log_variance: Any) -> Any:
    """Kullback–Leibler divergence from N(0, 1) of each axis of the code.

    Args:
        mean: Means of the codes, shape (N, latent).
        log_variance: Logarithms of their variances, shape (N, latent).

    Returns:
        Nats for each image and axis, shape (N, latent).
    """
    return 0.5 * (ops.square(mean) + ops.exp(log_variance) - 1.0 - log_variance)
