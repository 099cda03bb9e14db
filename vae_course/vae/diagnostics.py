"""What a trained VAE has learned: its bound, its rate, the use of its code, its errors by age."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from vae_course.data.pattern_set import PatternSet
from vae_course.plotting import COLOURS, show_pattern
from vae_course.vae.losses import bernoulli_nll, kl_per_axis
from vae_course.vae.model import VAE

STAGES = (0.0, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, math.inf)
"""Edges of the time intervals that errors are reported for (simulation units)."""

_BATCH = 512  # pictures decoded at once


@dataclass(frozen=True)
class RateDistortion:
    """The two terms of the negative ELBO, averaged over images.

    Attributes:
        rate: Mean KL of q(z | x) from the prior, in nats an image.
        distortion: Mean −log p(x | z) with z drawn from q(z | x), in nats an image.
    """

    rate: float
    distortion: float


@dataclass(frozen=True, eq=False)
class StageErrors:
    """Errors of reconstruction by interval of time: edges[k] ≤ t < edges[k + 1].

    Attributes:
        edges: Edges of the K intervals (simulation units), shape (K + 1,).
        count: Patterns in each interval, shape (K,).
        squared_error: Mean squared error a pixel, not a number where empty, shape (K,).
        accuracy: Part of the pixels of the right phase, not a number where empty, shape (K,).
    """

    edges: NDArray[np.float64]
    count: NDArray[np.int64]
    squared_error: NDArray[np.float64]
    accuracy: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Report:
    """What `report` found.

    Attributes:
        images: Number of patterns.
        squared_error: Mean squared error a pixel over all patterns.
        accuracy: Part of the pixels of the right phase over all patterns.
        stages: Both by interval of time.
        kl: Mean KL of each axis in nats, shape (latent,).
        variance: Variance over images of each axis's posterior mean, shape (latent,).
        threshold: Variance above which an axis is active.
        rate_distortion: The two terms of the negative ELBO.
        bound: Importance-weighted bound on log p(x) in nats of bound_images patterns.
        samples: Codes drawn for each of these.
        examples: Originals and reconstructions, young to old, shape (2, M, n, n).
        example_times: Their times (simulation units), shape (M,).
    """

    images: int
    squared_error: float
    accuracy: float
    stages: StageErrors
    kl: NDArray[np.float64]
    variance: NDArray[np.float64]
    threshold: float
    rate_distortion: RateDistortion
    bound: NDArray[np.float64]
    samples: int
    examples: NDArray[np.float32]
    example_times: NDArray[np.float64]

    @property
    def active_units(self) -> int:
        """Number of active axes."""
        return int(np.sum(self.variance > self.threshold))

    def as_dict(self) -> dict[str, Any]:
        """Return all but the pictures as plain numbers and lists, for JSON.

        What is not finite (an empty stage, the open end of the last) becomes None.
        """
        return {
            "images": self.images,
            "squared_error": self.squared_error,
            "accuracy": self.accuracy,
            "stages": {name: _plain(values) for name, values in vars(self.stages).items()},
            "kl_by_axis": _plain(self.kl),
            "active_units": self.active_units,
            "active_threshold": self.threshold,
            "rate": self.rate_distortion.rate,
            "distortion": self.rate_distortion.distortion,
            "importance_weighted_bound": float(self.bound.mean()),
            "bound_images": len(self.bound),
            "bound_samples": self.samples,
        }

    def figure(self) -> Figure:
        """Draw error by stage, KL by axis, and originals beside reconstructions."""
        figure = Figure(figsize=(9.2, 5.6), facecolor="white", layout="constrained")
        top, bottom = figure.subfigures(2, 1, squeeze=False, height_ratios=(1.25, 1)).ravel()
        left, right = top.subplots(1, 2)
        for ax in (left, right):
            ax.spines[["top", "right"]].set_visible(False)
        stages, places = self.stages, np.arange(len(self.stages.count))
        left.bar(places, np.nan_to_num(stages.squared_error), color=COLOURS[0])
        for place, count, error in zip(places, stages.count, stages.squared_error, strict=True):
            height = np.nan_to_num(error)
            left.text(place, height, f"n = {count}", ha="center", va="bottom", fontsize=8)
        left.set_xticks(places, _interval_labels(stages.edges))
        left.set(xlabel="time (10⁻³ simulation units)", ylabel="mean squared error a pixel")
        order, ranks = np.argsort(-self.kl), np.arange(1, len(self.kl) + 1)
        active = (self.variance > self.threshold)[order]
        kinds = ((active, COLOURS[0], "active"), (~active, COLOURS[1], "not active"))
        for chosen, colour, name in kinds:
            if chosen.any():
                label = f"{name} ({np.sum(chosen)})"
                right.bar(ranks[chosen], self.kl[order][chosen], color=colour, label=label)
        right.set(xlabel="axis of the code, by rank", ylabel="mean KL (nats)")
        right.legend(frameon=False)
        axes = bottom.subplots(2, self.examples.shape[1], squeeze=False)
        for row, images, name in zip(axes, self.examples, ("original", "rebuilt"), strict=True):
            for ax, image in zip(row, images, strict=True):
                show_pattern(ax, image)
            row[0].set_ylabel(name, fontsize=9)
        for ax, time in zip(axes[0], self.example_times, strict=True):
            ax.set_title("t unknown" if np.isnan(time) else f"t = {time:.3g}", fontsize=8)
        return figure


def kl_by_axis(vae: VAE, images: ArrayLike) -> NDArray[np.float64]:
    """Compute the KL of each axis of the code from its prior, averaged over images.

    Args:
        vae: The model.
        images: Values between 0 and 1, shape (N, n, n).

    Returns:
        Nats, shape (latent,).

    Raises:
        ValueError: If images has another shape or other values.
    """
    kl = ops.convert_to_numpy(kl_per_axis(*vae.posterior(images)))
    return np.asarray(kl.mean(axis=0, dtype=np.float64))


def active_units(vae: VAE, images: ArrayLike, threshold: float = 0.01) -> int:
    """Count the axes of the code that say something: Var_x(E[z | x]) > threshold.

    Args:
        vae: The model.
        images: Values between 0 and 1, shape (N, n, n).
        threshold: Variance over images of the posterior mean.

    Returns:
        Number of active axes.

    Raises:
        ValueError: If images has another shape or other values, or threshold is negative.

    Source: Y. Burda, R. Grosse and R. Salakhutdinov (2016), arXiv:1509.00519.
    """
    if not threshold >= 0:
        raise ValueError(f"threshold must not be negative; got {threshold}")
    return int(np.sum(vae.encode(images).var(axis=0, dtype=np.float64) > threshold))


def importance_weighted_bound(
    vae: VAE, images: ArrayLike, samples: int = 64, seed: int = 0
) -> NDArray[np.float64]:
    """Estimate a lower bound on log p(x) that tightens with the number of samples K.

        L_K = log (1/K) Σ_k p(x | z_k) p(z_k) / q(z_k | x),   z_k ~ q(z | x)

    K = 1 gives a one-sample estimate of the ELBO. Pictures are decoded in small batches.

    Args:
        vae: The model.
        images: Values between 0 and 1, shape (N, n, n).
        samples: Codes K drawn for each image.
        seed: Seed of the draws.

    Returns:
        Nats, shape (N,).

    Raises:
        ValueError: If images has another shape or other values, or samples is below 1.

    Source: Y. Burda, R. Grosse and R. Salakhutdinov (2016), arXiv:1509.00519.
    """
    if samples < 1:
        raise ValueError(f"samples must be at least 1; got {samples}")
    draws = _draws(vae, images, samples, seed)
    rows = np.concatenate([log_ratio - nll for nll, log_ratio in draws]).reshape(-1, samples)
    largest = rows.max(axis=1)  # taken out, so that exp neither overflows nor vanishes
    return np.asarray(largest + np.log(np.exp(rows - largest[:, None]).mean(axis=1)))


def rate_distortion(vae: VAE, images: ArrayLike, seed: int = 0) -> RateDistortion:
    """Compute the two terms of the negative ELBO (at β = 1): rate + distortion = −ELBO.

    Args:
        vae: The model.
        images: Values between 0 and 1, shape (N, n, n).
        seed: Seed of the codes, one drawn for each image.

    Returns:
        Rate and distortion, in nats an image.

    Raises:
        ValueError: If images has another shape or other values.

    Source: A. A. Alemi et al. (2018), arXiv:1711.00464.
    """
    distortion = np.concatenate([nll for nll, _ in _draws(vae, images, 1, seed)])
    return RateDistortion(float(kl_by_axis(vae, images).sum()), float(distortion.mean()))


def reconstruction_by_stage(
    vae: VAE, patterns: PatternSet, edges: Sequence[float] = STAGES
) -> StageErrors:
    """Compute the errors of reconstruction (of the mean code) by interval of time.

    Args:
        vae: The model.
        patterns: Patterns; those of unknown time belong to no interval.
        edges: Edges of the intervals, rising (simulation units).

    Returns:
        Count, mean squared error and pixel accuracy of each interval.

    Raises:
        ValueError: If edges does not rise or the model takes images of another size.
    """
    return _by_stage(patterns.time, _errors(vae, patterns.images), edges)


def report(
    vae: VAE,
    patterns: PatternSet,
    samples: int = 64,
    seed: int = 0,
    bound_images: int = 128,
    threshold: float = 0.01,
) -> Report:
    """Compute all diagnostics of a model; `Report.figure` draws them.

    All patterns are used, except for the importance-weighted bound, which costs `samples` times
    as much: there, `bound_images` of them drawn by `seed`.

    Args:
        vae: The model.
        patterns: Patterns, best of simulations that the model has not seen.
        samples: Codes drawn for each image of the bound.
        seed: Seed of all draws.
        bound_images: Patterns that the bound is computed for, at most.
        threshold: Variance above which an axis is active.

    Returns:
        The report.

    Raises:
        ValueError: If the model takes images of another size, or an argument is out of range.
    """
    if not (bound_images >= 1 and threshold >= 0):
        raise ValueError(
            f"bound_images must be at least 1 and threshold 0; got {bound_images} and {threshold}"
        )
    images, errors = patterns.images, _errors(vae, patterns.images)
    drawn = np.sort(np.random.default_rng(seed).permutation(len(images))[:bound_images])
    ranks = np.linspace(0, len(images) - 1, min(8, len(images))).round().astype(int)
    shown = np.argsort(patterns.time, kind="stable")[ranks]
    return Report(
        images=len(images),
        squared_error=float(errors[0].mean()),
        accuracy=float(errors[1].mean()),
        stages=_by_stage(patterns.time, errors, STAGES),
        kl=kl_by_axis(vae, images),
        variance=vae.encode(images).var(axis=0, dtype=np.float64),
        threshold=float(threshold),
        rate_distortion=rate_distortion(vae, images, seed),
        bound=importance_weighted_bound(vae, images[drawn], samples, seed),
        samples=samples,
        examples=np.stack([images[shown].astype(np.float32), vae.reconstruct(images[shown])]),
        example_times=patterns.time[shown],
    )


def _draws(
    vae: VAE, images: ArrayLike, samples: int, seed: int
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Yield −log p(x | z) and log p(z) − log q(z | x) of pairs (image, draw), in order."""
    mean, log_variance = vae.posterior(images)
    array, rng = np.asarray(images), np.random.default_rng(seed)
    total = len(array) * samples
    for start in range(0, total, _BATCH):
        of = np.arange(start, min(start + _BATCH, total)) // samples
        noise = rng.standard_normal((len(of), mean.shape[1]))
        z = mean[of] + np.exp(0.5 * log_variance[of]) * noise
        nll = bernoulli_nll(array[of].astype(np.float32), vae.decode_logits(z))
        log_ratio = 0.5 * np.sum(noise**2 + log_variance[of] - z**2, axis=1)
        yield ops.convert_to_numpy(nll).astype(np.float64), log_ratio


def _errors(vae: VAE, images: NDArray[Any]) -> NDArray[np.float64]:
    """Compute squared error and accuracy of each image, shape (2, N)."""
    parts = []
    for start in range(0, max(1, len(images)), _BATCH):  # an empty set reaches the model's check
        batch = images[start : start + _BATCH]
        found = vae.reconstruct(batch)
        pair = ((found - batch) ** 2, (found > 0.5) == (batch > 0.5))
        parts.append([part.mean(axis=(1, 2), dtype=np.float64) for part in pair])
    return np.concatenate(parts, axis=1)


def _by_stage(
    time: NDArray[np.float64], errors: NDArray[np.float64], edges: Sequence[float]
) -> StageErrors:
    borders = np.asarray(edges, dtype=np.float64)
    if borders.ndim != 1 or len(borders) < 2 or not np.all(borders[1:] > borders[:-1]):
        raise ValueError(f"edges must be two or more rising numbers; got {edges}")
    inside = (time >= borders[:-1, None]) & (time < borders[1:, None])  # (K, N)
    count = inside.sum(axis=1)
    sums = inside.astype(np.float64) @ errors.T  # (K, 2)
    means = np.where(count[:, None] > 0, sums / np.maximum(count, 1)[:, None], np.nan)
    return StageErrors(borders, count, means[:, 0], means[:, 1])


def _plain(array: NDArray[Any]) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in array.tolist()]


def _interval_labels(edges: NDArray[np.float64]) -> list[str]:
    pairs = zip(1e3 * edges[:-1], 1e3 * edges[1:], strict=True)
    return [f"{a:g}–{b:g}" if np.isfinite(b) else f"≥ {a:g}" for a, b in pairs]
