"""What a trained VAE has learned: its bound, its rate, the use of its code, its errors."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from vae_course.arguments import at_least
from vae_course.arrays import Floats
from vae_course.data.pattern_set import PatternSet
from vae_course.plotting import COLOURS
from vae_course.vae._figures import two_plots, two_rows
from vae_course.vae.losses import bernoulli_nll, kl_per_axis
from vae_course.vae.model import VAE
from vae_course.vae.stage_errors import StageErrors, errors_by_image

_BATCH = 512  # pictures decoded at once


@dataclass(frozen=True)
class RateDistortion:
    """The two terms of the negative ELBO, averaged over images.

    Attributes:
        rate: Mean KL of q(z | x) from the prior, in nats an image.
        distortion: Mean −log p(x | z) with z drawn from q(z | x), in nats an image.

    Examples:
        >>> terms = RateDistortion(rate=185.0, distortion=366.0)
        >>> -(terms.rate + terms.distortion)  # the ELBO
        -551.0
    """

    rate: float
    distortion: float


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

    Examples:
        >>> from vae_course.data import load_embedded
        >>> from vae_course.vae import load_pretrained
        >>> found = report(load_pretrained(), load_embedded().select(range(20)), samples=2)
        >>> found.kl.shape, found.variance.shape, found.bound.shape, found.examples.shape
        ((64,), (64,), (20,), (2, 8, 64, 64))
    """

    images: int
    squared_error: float
    accuracy: float
    stages: StageErrors
    kl: Floats
    variance: Floats
    threshold: float
    rate_distortion: RateDistortion
    bound: Floats
    samples: int
    examples: NDArray[np.float32]
    example_times: Floats

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
        figure, left, right, bottom = two_plots(height=5.6, ratio=1.25)
        stages, heights = self.stages, np.nan_to_num(self.stages.squared_error)
        places = np.arange(len(heights))
        left.bar(places, heights, color=COLOURS[0])
        for place, (count, height) in enumerate(zip(stages.count, heights, strict=True)):
            left.text(place, height, f"n = {count}", ha="center", va="bottom", fontsize=8)
        left.set_xticks(places, stages.labels)
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
        axes = two_rows(bottom, original=self.examples[0], rebuilt=self.examples[1])
        for ax, time in zip(axes[0], self.example_times, strict=True):
            ax.set_title("t unknown" if np.isnan(time) else f"t = {time:.3g}", fontsize=8)
        return figure


def kl_by_axis(vae: VAE, images: ArrayLike) -> Floats:
    """Compute the KL of each axis of the code from its prior, averaged over images.

    Args:
        vae: The model.
        images: Values between 0 and 1, shape (N, n, n).

    Returns:
        Nats, shape (latent,).

    Raises:
        ValueError: If images has another shape or other values.

    Examples:
        For an empty picture, a new encoder returns the prior, which costs nothing:

        >>> from vae_course.vae.model import build_vae
        >>> kl_by_axis(build_vae(latent=2, size=8, channels=(4,)), np.zeros((5, 8, 8)))
        array([0., 0.])
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

    Examples:
        Every axis says something about many pictures, and none about one picture again and again:

        >>> from vae_course.data import load_embedded
        >>> from vae_course.vae import load_pretrained
        >>> vae, images = load_pretrained("case1-latent16"), load_embedded().images[:50]
        >>> active_units(vae, images), active_units(vae, images[[0, 0, 0]])
        (16, 0)
    """
    if not threshold >= 0:
        raise ValueError(f"threshold must not be negative; got {threshold}")
    return int(np.sum(vae.encode(images).var(axis=0, dtype=np.float64) > threshold))


def importance_weighted_bound(
    vae: VAE, images: ArrayLike, samples: int = 64, seed: int = 0
) -> Floats:
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

    Examples:
        >>> from vae_course.data import load_embedded
        >>> from vae_course.vae import load_pretrained
        >>> vae, images = load_pretrained(), load_embedded().images[:5]
        >>> one, many = (importance_weighted_bound(vae, images, samples) for samples in (1, 16))
        >>> bool(many.mean() > one.mean())
        True
    """
    at_least(1, samples=samples)
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

    Examples:
        >>> from vae_course.data import load_embedded
        >>> from vae_course.vae import load_pretrained
        >>> terms = rate_distortion(load_pretrained(), load_embedded().images[:5])
        >>> round(terms.rate), round(terms.distortion)
        (185, 366)
    """
    distortion = np.concatenate([nll for nll, _ in _draws(vae, images, 1, seed)])
    return RateDistortion(float(kl_by_axis(vae, images).sum()), float(distortion.mean()))


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

    Examples:
        >>> from vae_course.data import load_embedded
        >>> from vae_course.vae import load_pretrained
        >>> found = report(load_pretrained(), load_embedded().select(range(20)), samples=2)
        >>> found.images, round(found.accuracy, 2), found.active_units
        (20, 0.98, 64)
    """
    if not (bound_images >= 1 and threshold >= 0):
        raise ValueError(
            f"bound_images must be at least 1 and threshold 0; got {bound_images} and {threshold}"
        )
    images, errors = patterns.images, errors_by_image(vae, patterns.images)
    drawn = np.sort(np.random.default_rng(seed).permutation(len(images))[:bound_images])
    ranks = np.linspace(0, len(images) - 1, min(8, len(images))).round().astype(int)
    shown = np.argsort(patterns.time, kind="stable")[ranks]
    return Report(
        images=len(images),
        squared_error=float(errors[0].mean()),
        accuracy=float(errors[1].mean()),
        stages=StageErrors.of(patterns.time, errors),
        kl=kl_by_axis(vae, images),
        variance=vae.encode(images).var(axis=0, dtype=np.float64),
        threshold=float(threshold),
        rate_distortion=rate_distortion(vae, images, seed),
        bound=importance_weighted_bound(vae, images[drawn], samples, seed),
        samples=samples,
        examples=np.stack([images[shown].astype(np.float32), vae.reconstruct(images[shown])]),
        example_times=patterns.time[shown],
    )


def _draws(vae: VAE, images: ArrayLike, samples: int, seed: int) -> Iterator[tuple[Floats, Floats]]:
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


def _plain(array: NDArray[Any]) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in array.tolist()]
