"""The two terms of the evidence lower bound in nats, and the floor that free bits put on one."""

import math
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

    Raises:
        ValueError: If the shapes of x and logits differ.

    Examples:
        A fair coin costs log 2 nats a pixel:

        >>> nats = bernoulli_nll(ops.ones((1, 8, 8)), ops.zeros((1, 8, 8)))
        >>> round(float(nats[0]) / 64, 3)
        0.693
    """
    x, logits = ops.convert_to_tensor(x), ops.convert_to_tensor(logits)
    check_same_shape("logits", logits, "x", x)
    return _sum_over_pixels(ops.softplus(logits) - x * logits)


def gaussian_nll(x: Any, mean: Any, log_variance: Any) -> Any:
    """Negative log-likelihood of pixels with Gaussian noise, summed over the pixels of an image.

    −log p(x | z) = ½ Σ (log 2π + log_variance + (x − mean)² exp(−log_variance))

    With one trainable scalar log_variance, the variance learned is the mean squared error, and the
    weight between the two terms of the bound need not be chosen by hand. Densities can exceed 1,
    so the result can be negative; it cannot be compared with the one of `bernoulli_nll`.

    Args:
        x: Pixels, shape (N, ...).
        mean: Means of the pixels, the same shape.
        log_variance: Logarithm of their variance: a scalar, or a shape that broadcasts to x's.

    Returns:
        Nats for each image, shape (N,).

    Raises:
        ValueError: If the shapes of x and mean differ, or log_variance does not broadcast to it.

    Source: O. Rybkin, K. Daniilidis and S. Levine (2021), arXiv:2006.13202.

    Examples:
        A pixel at its mean, of variance 1, costs ½ log 2π nats:

        >>> nats = gaussian_nll(ops.zeros((1, 8, 8)), ops.zeros((1, 8, 8)), 0.0)
        >>> round(float(nats[0]) / 64, 3)
        0.919
    """
    x, mean = ops.convert_to_tensor(x), ops.convert_to_tensor(mean)
    log_variance = ops.convert_to_tensor(log_variance)
    check_same_shape("mean", mean, "x", x)
    lengths = zip(reversed(log_variance.shape), reversed(mean.shape), strict=False)
    if len(log_variance.shape) > len(mean.shape) or any(
        a not in (1, None) and b is not None and a != b for a, b in lengths
    ):
        raise ValueError(
            f"log_variance must be a scalar or broadcast to the shape of x, {tuple(x.shape)}; "
            f"got {tuple(log_variance.shape)}"
        )
    scaled = ops.square(ops.subtract(x, mean)) * ops.exp(-log_variance)
    return _sum_over_pixels(0.5 * (math.log(2 * math.pi) + log_variance + scaled))


def kl_divergence(mean: Any, log_variance: Any) -> Any:
    """Kullback–Leibler divergence of N(mean, exp(log_variance)) from N(0, 1), summed over axes.

    KL = ½ Σ (mean² + exp(log_variance) − 1 − log_variance)

    Args:
        mean: Means of the codes, shape (N, latent).
        log_variance: Logarithms of their variances, shape (N, latent).

    Returns:
        Nats for each image, shape (N,).

    Source: D. P. Kingma and M. Welling (2014), arXiv:1312.6114, appendix B.

    Examples:
        >>> float(kl_divergence([[0.0, 0.0]], [[0.0, 0.0]])[0])  # N(0, 1) from itself
        0.0
        >>> float(kl_divergence([[1.0, 1.0]], [[0.0, 0.0]])[0])  # half of mean² on each axis
        1.0
    """
    return ops.sum(kl_per_axis(mean, log_variance), axis=-1)


def kl_per_axis(mean: Any, log_variance: Any) -> Any:
    """Kullback–Leibler divergence from N(0, 1) of each axis of the code.

    Args:
        mean: Means of the codes, shape (N, latent).
        log_variance: Logarithms of their variances, shape (N, latent).

    Returns:
        Nats for each image and axis, shape (N, latent).

    Raises:
        ValueError: If the shapes differ or are not (N, latent).

    Examples:
        >>> print(ops.convert_to_numpy(kl_per_axis([[0.0, 2.0]], [[0.0, 0.0]])))
        [[0. 2.]]
    """
    mean, log_variance = _codes(mean=mean, log_variance=log_variance)
    return 0.5 * (ops.square(mean) + ops.exp(log_variance) - 1.0 - log_variance)


def kl_between_gaussians(
    mean: Any, log_variance: Any, prior_mean: Any, prior_log_variance: Any
) -> Any:
    """Kullback–Leibler divergence of one diagonal Gaussian from another, summed over axes.

    Args:
        mean: Means of the first, shape (N, latent).
        log_variance: Logarithms of its variances, the same shape.
        prior_mean: Means of the second, the same shape.
        prior_log_variance: Logarithms of its variances, the same shape.

    Returns:
        Nats for each image, shape (N,).

    Raises:
        ValueError: If the shapes differ.

    Examples:
        Of variance 1 both, their means 2 apart:

        >>> float(kl_between_gaussians([[3.0]], [[0.0]], [[1.0]], [[0.0]])[0])
        2.0
    """
    axes = kl_between_gaussians_per_axis(mean, log_variance, prior_mean, prior_log_variance)
    return ops.sum(axes, axis=-1)


def kl_between_gaussians_per_axis(
    mean: Any, log_variance: Any, prior_mean: Any, prior_log_variance: Any
) -> Any:
    """Kullback–Leibler divergence of N(m, v) from N(m', v'), axis by axis.

    KL = ½ (log v' − log v + (v + (m − m')²) / v' − 1)

    Args:
        mean: Means m, shape (N, latent).
        log_variance: Logarithms of the variances v, the same shape.
        prior_mean: Means m', the same shape.
        prior_log_variance: Logarithms of the variances v', the same shape.

    Returns:
        Nats for each image and axis, shape (N, latent).

    Raises:
        ValueError: If the shapes differ or are not (N, latent).

    Examples:
        It is not symmetric: variance 1 from variance 4, and the other way round.

        >>> mean, four = [[0.0, 0.0]], math.log(4)
        >>> kl = kl_between_gaussians_per_axis(mean, [[0.0, four]], mean, [[four, 0.0]])
        >>> print(ops.convert_to_numpy(kl).round(3))
        [[0.318 0.807]]
    """
    mean, log_variance, prior_mean, prior_log_variance = _codes(
        mean=mean,
        log_variance=log_variance,
        prior_mean=prior_mean,
        prior_log_variance=prior_log_variance,
    )
    ratio = ops.exp(log_variance - prior_log_variance)
    squared = ops.square(mean - prior_mean) * ops.exp(-prior_log_variance)
    return 0.5 * (prior_log_variance - log_variance + ratio + squared - 1.0)


def free_bits(kl: Any, floor: float) -> Any:
    """Sum over axes of the mean KL of a batch, no axis counted as less than a floor.

    Σ_j max(floor, mean over images of KL_j). An axis below the floor has no gradient, so that
    making it carry nothing at all gains nothing: each axis has `floor` nats for free.

    Args:
        kl: Nats for each image and axis, shape (N, latent); see `kl_per_axis`.
        floor: Nats an axis, at least 0 (one bit is log 2 = 0.693 nats).

    Returns:
        A scalar, in nats.

    Raises:
        ValueError: If kl has another shape, or floor is negative or not finite.

    Source: D. P. Kingma et al. (2016), arXiv:1606.04934.

    Examples:
        >>> float(free_bits([[0.0, 2.0]], floor=0.5))  # the axis that says nothing counts, too
        2.5
    """
    kl = ops.convert_to_tensor(kl)
    if len(kl.shape) != 2:
        raise ValueError(f"kl must have shape (N, latent); got {tuple(kl.shape)}")
    if not 0 <= floor < math.inf:
        raise ValueError(f"floor must be finite and at least 0 nats; got {floor}")
    return ops.sum(ops.maximum(ops.mean(kl, axis=0), floor))


def _sum_over_pixels(nll: Any) -> Any:
    return ops.sum(ops.reshape(nll, (ops.shape(nll)[0], -1)), axis=-1)


def _codes(**parts: Any) -> list[Any]:
    """Convert what describes Gaussians to tensors, all of the shape (N, latent) of the first."""
    tensors = {name: ops.convert_to_tensor(part) for name, part in parts.items()}
    mean = tensors["mean"]
    if len(mean.shape) != 2:
        raise ValueError(f"mean must have shape (N, latent); got {tuple(mean.shape)}")
    for name, part in tensors.items():
        check_same_shape(name, part, "mean", mean)
    return list(tensors.values())


def check_same_shape(name: str, part: Any, other_name: str, other: Any) -> None:
    """Compare two shapes; while Keras traces a model, a length can be None: not known yet.

    Args:
        name: Name of the first, for the message.
        part: The first tensor.
        other_name: Name of the second.
        other: The second tensor.

    Raises:
        ValueError: If the shapes differ.

    Examples:
        >>> check_same_shape("mean", ops.zeros((2, 3)), "x", ops.zeros((2, 4)))
        Traceback (most recent call last):
        ValueError: mean must have the shape of x, (2, 4); got (2, 3)
    """
    found, expected = tuple(part.shape), tuple(other.shape)
    same = len(found) == len(expected) and all(
        a == b or a is None or b is None for a, b in zip(found, expected, strict=True)
    )
    if not same:
        raise ValueError(f"{name} must have the shape of {other_name}, {expected}; got {found}")
