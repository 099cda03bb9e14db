"""How far predictions are off: fields, sets of samples, and what a materials scientist measures."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chisquare
from skimage.metrics import structural_similarity

from vae_course.arrays import Floats
from vae_course.physics import descriptors


def field_errors(predicted: Floats, truth: Floats, unchanged: Floats) -> dict[str, float]:
    """Compare predicted fields with true ones.

    Args:
        predicted: Shape (N, n, n).
        truth: Fields or 0 and 1, shape (N, n, n).
        unchanged: The last field given, which a model has to beat, shape (N, n, n).

    Returns:
        "rmse / nothing changes" (roots of the mean squares over all fields), "mse", "accuracy" (of
        the phases, cut at ½), "ssim", and the mean absolute errors of volume fraction (drift),
        domain size (relative; 1 where a single phase is predicted) and Euler number.

    Source: SSIM: Z. Wang et al. (2004), doi:10.1109/TIP.2003.819861.

    Examples:
        >>> halves = np.zeros((1, 8, 8))
        >>> halves[:, :, :4] = 1
        >>> found = field_errors(halves, halves, 1 - halves)
        >>> found["rmse / nothing changes"], found["accuracy"], round(found["ssim"], 6)
        (0.0, 1.0, 1.0)
    """
    mse = float(np.mean((predicted - truth) ** 2))
    phases, true = predicted > 0.5, truth > 0.5
    sizes = [np.atleast_1d(descriptors.domain_size(one)) for one in (phases, true)]
    pairs = zip(predicted, truth, strict=True)
    similar = [structural_similarity(one, other, data_range=1.0) for one, other in pairs]
    euler = [np.asarray(descriptors.euler_number(one)) for one in (phases, true)]
    return {
        "rmse / nothing changes": float(np.sqrt(mse / np.mean((unchanged - truth) ** 2))),
        "mse": mse,
        "accuracy": float(np.mean(phases == true)),
        "ssim": float(np.mean(similar)),
        "drift": float(np.mean(np.abs(predicted.mean((1, 2)) - truth.mean((1, 2))))),
        "domain size": float(np.mean(np.nan_to_num(np.abs(sizes[0] / sizes[1] - 1), nan=1.0))),
        "euler number": float(np.mean(np.abs(euler[0] - euler[1]))),
    }


def energy_score(samples: ArrayLike, truth: ArrayLike) -> Floats:
    """How well samples stand for what is not known: lower is better, and only honesty is lowest.

    ES = mean |x_i − y| − ½ mean_{i ≠ j} |x_i − x_j|, |·| the root mean square over the pixels: the
    CRPS of pictures. In expectation no other distribution scores lower than the true one.

    Args:
        samples: Shape (N, m, n, n), m at least 2.
        truth: Shape (N, n, n).

    Returns:
        Shape (N,).

    Source: T. Gneiting and A. Raftery (2007), doi:10.1198/016214506000001437.

    Examples:
        >>> energy_score(np.ones((1, 2, 4, 4)), np.zeros((1, 4, 4)))
        array([1.])
    """
    drawn, true = np.asarray(samples, dtype=float), np.asarray(truth, dtype=float)
    count = drawn.shape[1]
    flat = drawn.reshape(len(drawn), count, -1)
    off = np.sqrt(np.mean((flat - true.reshape(len(true), 1, -1)) ** 2, axis=2)).mean(axis=1)
    apart = np.zeros(len(drawn))
    for k in range(1, count):
        distance = np.sqrt(np.mean((flat[:, k:] - flat[:, :-k]) ** 2, axis=2))
        apart += distance.sum(axis=1)
    return np.asarray(off - apart / (count * (count - 1)))


def ranks(values: ArrayLike, truth: ArrayLike, seed: int = 0) -> NDArray[np.int64]:
    """Rank of the truth among samples, ties broken at random: evenly spread if it is one of them.

    Args:
        values: A number of each sample, shape (N, m).
        truth: The same of the truth, shape (N,).
        seed: Of the ties.

    Returns:
        How many times each rank of 0 to m occurs, shape (m + 1,).

    Examples:
        >>> ranks([[1.0, 3.0], [1.0, 3.0]], [2.0, 9.0]).tolist()
        [0, 1, 1]
    """
    drawn, true = np.asarray(values), np.asarray(truth)[:, None]
    below, same = np.sum(drawn < true, axis=1), np.sum(drawn == true, axis=1)
    rank = below + np.random.default_rng(seed).integers(0, same + 1)
    return np.bincount(rank, minlength=drawn.shape[1] + 1)


def evenness(counts: ArrayLike) -> float:
    """Probability (χ²) that even ranks would be spread at least as unevenly as these.

    Args:
        counts: Occurrences of each rank, shape (m + 1,).

    Returns:
        The p value.

    Examples:
        >>> evenness([5, 5, 5]), evenness([30, 0, 0]) < 1e-6
        (1.0, True)
    """
    return float(chisquare(np.asarray(counts)).pvalue)


def skill(predicted: ArrayLike, truth: ArrayLike) -> dict[str, float]:
    """R² and median relative error of numbers.

    Args:
        predicted: Shape (N,).
        truth: Shape (N,).

    Returns:
        "r2" and "median error".

    Examples:
        >>> skill([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
        {'r2': 1.0, 'median error': 0.0}
    """
    one, true = np.asarray(predicted, dtype=float), np.asarray(truth, dtype=float)
    left = float(np.sum((one - true) ** 2) / np.sum((true - true.mean()) ** 2))
    return {"r2": 1 - left, "median error": float(np.median(np.abs(one / true - 1)))}


def spread(images: NDArray[Any]) -> float:
    """Mean part of the pixels in which two of several pictures differ.

    Args:
        images: 0 and 1, shape (k, n, n), k at least 2.

    Returns:
        The mean over all pairs.

    Examples:
        >>> spread(np.array([[[0, 1]], [[1, 1]]]))
        0.5
    """
    ones, count = np.sum(images, axis=0, dtype=float), len(images)
    return float(np.mean(2 * ones * (count - ones)) / (count * (count - 1)))
