"""Whether a model's pictures are microstructures: what a materials scientist measures on them."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray
from scipy.stats import ks_2samp, wasserstein_distance

from vae_course.arguments import at_least
from vae_course.arrays import Floats
from vae_course.physics.descriptors import (
    perimeter,
    radial_average,
    two_point_correlation,
    volume_fraction,
)
from vae_course.plotting import COLOURS
from vae_course.vae._figures import two_plots, two_rows
from vae_course.vae.model import VAE

_SHOWN = 8  # pictures of each kind in a figure


@dataclass(frozen=True)
class DescriptorErrors:
    """How far descriptors of rebuilt patterns lie from those of the originals.

    Attributes:
        volume_fraction: Mean of |φ′ − φ|.
        two_point_correlation: Mean of |S₂′ − S₂| over all lags and images.
        perimeter: Mean of |P′ − P| / P over the images with an interface (not a number without).

    Examples:
        >>> image = np.eye(8)[None]
        >>> descriptor_errors(image, image)
        DescriptorErrors(volume_fraction=0.0, two_point_correlation=0.0, perimeter=0.0)
    """

    volume_fraction: float
    two_point_correlation: float
    perimeter: float

    def as_dict(self) -> dict[str, float]:
        """Return the numbers, for JSON."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class SampleStatistics:
    """Descriptors of samples from the prior beside those of data.

    Attributes:
        sample_fraction: Volume fraction of each sample, shape (K,).
        data_fraction: Volume fraction of each pattern, shape (N,).
        sample_correlation: Two-point correlation over distance, shape (K, n / 2).
        data_correlation: The same of the patterns, shape (N, n / 2).
        samples: Some samples, shape (8, n, n) or fewer.
        data: Some patterns, shape (8, n, n) or fewer.

    Examples:
        >>> from vae_course.data import load_embedded
        >>> from vae_course.vae import load_pretrained
        >>> found = sample_statistics(load_pretrained(), load_embedded().images[:20], count=50)
        >>> found.sample_fraction.shape, found.sample_correlation.shape
        ((50,), (50, 32))
    """

    sample_fraction: Floats
    data_fraction: Floats
    sample_correlation: Floats
    data_correlation: Floats
    samples: NDArray[np.uint8]
    data: NDArray[np.uint8]

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison as plain numbers, for JSON."""
        difference = self.sample_correlation.mean(axis=0) - self.data_correlation.mean(axis=0)
        return {
            "samples": len(self.sample_fraction),
            "patterns": len(self.data_fraction),
            "volume_fraction": {
                "mean": [float(self.sample_fraction.mean()), float(self.data_fraction.mean())],
                "sd": [float(self.sample_fraction.std()), float(self.data_fraction.std())],
                "wasserstein_distance": float(
                    wasserstein_distance(self.sample_fraction, self.data_fraction)
                ),
                "kolmogorov_smirnov": float(
                    ks_2samp(self.sample_fraction, self.data_fraction).statistic
                ),
            },
            "two_point_correlation": {
                "mean_absolute_difference": float(np.abs(difference).mean()),
                "largest_difference": float(np.abs(difference).max()),
            },
        }

    def figure(self) -> Figure:
        """Draw both distributions, and samples above patterns."""
        figure, left, right, bottom = two_plots(height=5.4, ratio=1.35)
        kinds = (
            ("samples from the prior", COLOURS[1], self.sample_fraction, self.sample_correlation),
            ("data held out", COLOURS[0], self.data_fraction, self.data_correlation),
        )
        both = np.concatenate([self.sample_fraction, self.data_fraction])
        bins = np.linspace(both.min(), both.max() + 1e-9, 41).tolist()
        size = self.data.shape[-1]
        lags = np.arange(self.data_correlation.shape[1]) / size
        for name, colour, fraction, correlation in kinds:
            left.hist(fraction, bins=bins, density=True, histtype="step", lw=1.8, color=colour)
            low, middle, high = np.percentile(correlation, (10, 50, 90), axis=0)
            right.plot(lags, middle, color=colour, lw=1.8, label=name)
            right.fill_between(lags, low, high, color=colour, alpha=0.18, lw=0)
        left.set(xlabel="volume fraction of phase 1", ylabel="density")
        right.set(
            xlabel="distance (units of the side)", ylabel="two-point correlation", ylim=(0, None)
        )
        right.legend(frameon=False, title="median, 10 % to 90 %")
        two_rows(bottom, samples=self.samples, data=self.data)
        return figure


def squared_error(predicted: ArrayLike, truth: ArrayLike) -> Floats:
    """Compute the mean squared error of each image, (1 / n²) Σ (p − x)².

    Args:
        predicted: Probabilities p of phase 1, shape (..., n, n).
        truth: Images x, values 0 and 1, of a shape that broadcasts to it.

    Returns:
        Mean over the pixels, shape (...).

    Examples:
        >>> squared_error([[0.2, 0.4], [1.0, 0.0]], [[0, 1], [1, 0]])
        array(0.1)
    """
    difference = np.asarray(predicted, dtype=np.float64) - np.asarray(truth)
    return np.asarray(np.mean(difference**2, axis=(-2, -1)))


def pixel_accuracy(predicted: ArrayLike, truth: ArrayLike) -> Floats:
    """Compute the part of the pixels of each image whose phase is right, binarised at ½.

    Args:
        predicted: Probabilities of phase 1, shape (..., n, n).
        truth: Images of a shape that broadcasts to it.

    Returns:
        Part of the pixels, shape (...).

    Examples:
        >>> pixel_accuracy([[0.2, 0.4], [1.0, 0.0]], [[0, 1], [1, 0]])
        array(0.75)
    """
    right = (np.asarray(predicted) > 0.5) == (np.asarray(truth) > 0.5)
    return np.asarray(np.mean(right, axis=(-2, -1)))


def descriptor_errors(images: ArrayLike, rebuilt: ArrayLike) -> DescriptorErrors:
    """Compare volume fraction, two-point correlation and perimeter of originals and rebuilt ones.

    Args:
        images: Originals, values 0 and 1, shape (N, n, n).
        rebuilt: Probabilities of phase 1, taken as 1 from ½ on, shape (N, n, n).

    Returns:
        The three errors.

    Raises:
        ValueError: If the shapes differ or are others, or values lie outside 0 to 1.

    Examples:
        Swapped phases: a quarter becomes three quarters, and the interface stays where it is.

        >>> image = np.zeros((1, 8, 8))
        >>> image[:, :2] = 1
        >>> errors = descriptor_errors(image, 1 - image)
        >>> errors.volume_fraction, errors.perimeter
        (0.5, 0.0)
    """
    originals, others = np.asarray(images), np.asarray(rebuilt)
    if originals.ndim != 3 or originals.shape != others.shape:
        raise ValueError(
            "images and rebuilt must have one shape, (N, n, n); "
            f"got {originals.shape} and {others.shape}"
        )
    if not (others.size and others.min() >= 0 and others.max() <= 1):  # False for NaN, too
        raise ValueError("rebuilt must have values between 0 and 1; got others, or none")
    binary = (others >= 0.5).astype(np.uint8)
    correlation = np.abs(two_point_correlation(binary) - two_point_correlation(originals))
    length, found = np.asarray(perimeter(originals)), np.asarray(perimeter(binary))
    there = length > 0
    change = np.abs(found[there] - length[there]) / length[there]
    return DescriptorErrors(
        float(np.abs(np.asarray(volume_fraction(binary)) - volume_fraction(originals)).mean()),
        float(correlation.mean()),
        float(change.mean()) if there.any() else float("nan"),
    )


def sample_statistics(
    vae: VAE, images: ArrayLike, count: int = 1000, seed: int = 0
) -> SampleStatistics:
    """Decode codes drawn from the prior N(0, 1) and describe the pictures, beside data.

    Args:
        vae: The model.
        images: Patterns to compare with, never trained on; values 0 and 1, shape (N, n, n).
        count: Number of samples.
        seed: Seed of the draw.

    Returns:
        Descriptors of both.

    Raises:
        ValueError: If images has another shape or other values, or count is below 1.

    Examples:
        Samples from the prior spread much wider in volume fraction than the data do:

        >>> from vae_course.data import load_embedded
        >>> from vae_course.vae import load_pretrained
        >>> found = sample_statistics(load_pretrained(), load_embedded().images[:20], count=50)
        >>> bool(found.sample_fraction.std() > 5 * found.data_fraction.std())
        True
    """
    patterns = np.asarray(images)
    if patterns.ndim != 3 or patterns.shape[1:] != (vae.size, vae.size) or not len(patterns):
        raise ValueError(
            f"images must have shape (N, {vae.size}, {vae.size}); got {patterns.shape}"
        )
    at_least(1, count=count)
    codes = np.random.default_rng(seed).standard_normal((count, vae.latent), dtype=np.float32)
    samples = (vae.decode(codes) >= 0.5).astype(np.uint8)
    evenly = np.linspace(0, len(patterns) - 1, _SHOWN).astype(int)
    return SampleStatistics(
        np.atleast_1d(volume_fraction(samples)),
        np.atleast_1d(volume_fraction(patterns)),
        radial_average(two_point_correlation(samples)),
        radial_average(two_point_correlation(patterns)),
        samples[:_SHOWN],
        patterns[evenly].astype(np.uint8),
    )
