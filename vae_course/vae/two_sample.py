"""Whether samples can be told from data: by what a materials scientist measures, and by a network.

A number that compares two finite sets is not zero where both are of one kind. So each is given
beside its floor: the same number between two sets of data of the same size.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import keras
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist
from scipy.stats import ks_2samp
from sklearn.metrics import roc_auc_score

from vae_course.arrays import Floats, Images
from vae_course.physics import descriptors
from vae_course.plotting import COLOURS
from vae_course.progress import Progress, silent
from vae_course.vae._figures import two_plots, two_rows
from vae_course.vae.batches import SeededBatches, random_symmetry
from vae_course.vae.networks import run_in_batches
from vae_course.vae.optimizers import Muon

DESCRIPTORS: Final[dict[str, Callable[[Images], Any]]] = {
    "volume fraction": descriptors.volume_fraction,
    "perimeter": descriptors.perimeter,
    "Euler number": descriptors.euler_number,
    "domain size": descriptors.domain_size,
}
"""What is measured of each picture."""

CURVES: Final[dict[str, Callable[[Images], Floats]]] = {
    "two-point correlation": lambda images: descriptors.radial_average(
        descriptors.two_point_correlation(images)
    ),
    "lineal path": descriptors.lineal_path,
}

CLASSIFIERS: Final = {"small": (16, 32), "deep": (16, 32, 48, 64), "wide": (32, 64, 96)}
"""Channels of the networks that `two_sample_auc` knows; each convolution halves the picture."""

_STEPS, _BATCH, _RATE = 400, 64, 4e-3
_SHOWN = 8
_RESAMPLED = 200


@dataclass(frozen=True, eq=False)
class TwoSample:
    """What `two_sample_test` found.

    Attributes:
        distance: Kolmogorov–Smirnov distance of each descriptor between samples and data.
        floor: The same between two sets of data.
        curve: Largest difference of each mean curve from that of the data.
        band: The same that 95 % of pairs of sets of data stay below, whole simulations redrawn.
        auc: By classifier: area under the curve of a network told to tell samples from data.
        nearest: Median distance of samples to the nearest training pattern, and of data.
        diversity: Median distance of samples to the nearest other sample, and of data to the
            nearest of another simulation.
        values: Descriptors by name: of samples, of data.
        samples: Some samples, for the figure.
        data: Some patterns.

    Examples:
        >>> from vae_course.data import load_embedded
        >>> patterns = load_embedded()
        >>> half = patterns.simulation < np.median(patterns.simulation)
        >>> one, other = patterns.select(half), patterns.select(~half)
        >>> found = two_sample_test(one.images, other.images, one.images, other.simulation)
        >>> found.passed("perimeter")
        True
    """

    distance: dict[str, float]
    floor: dict[str, float]
    curve: dict[str, float]
    band: dict[str, float]
    auc: dict[str, float]
    nearest: tuple[float, ...] | None
    diversity: tuple[float, ...]
    values: dict[str, tuple[Floats, Floats]]
    samples: Images
    data: Images

    def passed(self, name: str, factor: float = 1.5) -> bool:
        """Say whether a descriptor lies within a multiple of its floor."""
        return self.distance[name] <= factor * self.floor[name]

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers, for JSON."""
        names = ("distance", "floor", "curve", "band", "auc", "nearest", "diversity")
        return {name: getattr(self, name) for name in names}

    def figure(self) -> Figure:
        """Draw distances beside their floors, the domain sizes, and samples above data."""
        figure, left, right, bottom = two_plots(height=5.4, ratio=1.35)
        place = np.arange(len(self.distance))
        left.barh(place - 0.2, list(self.distance.values()), 0.4, color=COLOURS[1])
        left.barh(place + 0.2, list(self.floor.values()), 0.4, color=COLOURS[0])
        left.set_yticks(place, list(self.distance))
        left.invert_yaxis()
        left.set(xlabel="Kolmogorov–Smirnov distance to data")
        samples, data = self.values["domain size"]
        both = np.concatenate([samples, data])
        bins = np.linspace(np.nanmin(both), np.nanmax(both) + 1e-9, 31).tolist()
        for values, colour, label in ((samples, COLOURS[1], "samples"), (data, COLOURS[0], "data")):
            right.hist(values, bins, density=True, histtype="step", lw=1.8, color=colour)
            right.plot([], [], color=colour, lw=1.8, label=label)
        right.set(xlabel="domain size (units of the side)", ylabel="density")
        right.legend(frameon=False)
        two_rows(bottom, samples=self.samples, data=self.data)
        return figure


def two_sample_test(
    samples: ArrayLike,
    data: ArrayLike,
    others: ArrayLike,
    simulation: ArrayLike,
    *,
    training: ArrayLike | None = None,
    measures: dict[str, tuple[Floats, Floats, Floats]] | None = None,
    classifiers: Sequence[str] = (),
    seeds: int = 3,
    seed: int = 0,
    progress: Progress = silent,
) -> TwoSample:
    """Compare samples of a model with data that it has never seen.

    Args:
        samples: 0 and 1, shape (K, n, n).
        data: Patterns of fresh simulations, shape (N, n, n).
        others: Patterns of still other simulations, for the floor, shape (M, n, n).
        simulation: Simulation of each of `data`, shape (N,).
        training: Patterns that the model was trained on, to find samples that are copies.
        measures: More to be compared, by name: of samples, data and others; energies, say.
        classifiers: Names of networks in `CLASSIFIERS` to be trained.
        seeds: Trainings of each, whose mean is given.
        seed: Seed of all that is drawn.
        progress: Called as the work goes on.

    Returns:
        The comparison.

    Raises:
        ValueError: If shapes do not fit, or a classifier is not known.

    Source: classifier two-sample tests: D. Lopez-Paz and M. Oquab (2017), arXiv:1610.06545.

    Examples:
        >>> stripes = np.zeros((6, 64, 64), np.uint8)
        >>> stripes[:, :32] = 1
        >>> found = two_sample_test(stripes, stripes, stripes, simulation=[0, 0, 1, 1, 2, 2])
        >>> found.distance["perimeter"], found.diversity
        (0.0, (0.0, 0.0))
    """
    shown, known, beside = (np.asarray(one) for one in (samples, data, others))
    for name, one in (("samples", shown), ("data", known), ("others", beside)):
        if one.ndim != 3 or one.shape[1:] != shown.shape[1:] or not len(one):
            raise ValueError(f"{name} must have shape (N, n, n), the same n; got {one.shape}")
    groups = np.asarray(simulation)
    if groups.shape != (len(known),):
        raise ValueError(f"simulation must have shape ({len(known)},); got {groups.shape}")
    if unknown := set(classifiers) - set(CLASSIFIERS):
        raise ValueError(f"classifiers must be of {', '.join(CLASSIFIERS)}; got {unknown}")
    triples = {
        name: tuple(np.asarray(measure(one), dtype=float) for one in (shown, known, beside))
        for name, measure in DESCRIPTORS.items()
    } | (measures or {})
    auc: dict[str, float] = {}
    for name in classifiers:
        found = []
        for k in range(seeds):
            progress("Telling apart", (len(auc) * seeds + k) / (len(classifiers) * seeds), name)
            found.append(two_sample_auc(shown, known, groups, classifier=name, seed=seed + k))
        auc[name] = float(np.mean(found))
    curves = {name: tuple(map(curve, (shown, known))) for name, curve in CURVES.items()}
    few = min(len(shown), len(known), 500)
    trained_on = None if training is None else np.asarray(training)
    return TwoSample(
        {name: _distance(one, two) for name, (one, two, _) in triples.items()},
        {name: _distance(three, two) for name, (_, two, three) in triples.items()},
        {name: _gap(one, two) for name, (one, two) in curves.items()},
        {name: _band(two, groups, seed) for name, (_, two) in curves.items()},
        auc,
        None
        if trained_on is None
        else tuple(
            float(np.median(nearest_distance(one, trained_on)))
            for one in (shown[:few], _spaced(known, few))
        ),
        (
            _among(shown[:few], np.arange(few)),
            _among(_spaced(known, few), _spaced(groups, few)),
        ),
        {name: (one, two) for name, (one, two, _) in triples.items()},
        shown[:_SHOWN],
        _spaced(known, _SHOWN),
    )


def two_sample_auc(
    samples: ArrayLike,
    data: ArrayLike,
    simulation: ArrayLike,
    classifier: str = "small",
    seed: int = 0,
) -> float:
    """Train a network to tell samples from data, and judge it on simulations it has never seen.

    Half of the simulations, and half of the samples, are trained on; pictures are turned and
    mirrored at random.

    Args:
        samples: 0 and 1, shape (K, n, n).
        data: Shape (N, n, n).
        simulation: Simulation of each of `data`, shape (N,).
        classifier: Name of a network in `CLASSIFIERS`.
        seed: Seed of split, weights and batches.

    Returns:
        Area under its ROC curve: ½ if it cannot tell, 1 if it always can.

    Raises:
        ValueError: If there are fewer than two simulations or samples.

    Examples:
        >>> two_sample_auc(np.zeros((2, 8, 8)), np.ones((2, 8, 8)), simulation=[0, 1])
        1.0
    """
    shown, known, groups = np.asarray(samples), np.asarray(data), np.asarray(simulation)
    rng = np.random.default_rng(seed)
    names = rng.permutation(np.unique(groups))
    if len(names) < 2 or len(shown) < 2:
        raise ValueError(
            "there must be two simulations and two samples, to train on one and judge by the other"
        )
    learned = np.isin(groups, names[: len(names) // 2])
    mine = rng.permutation(len(shown)) < len(shown) // 2
    network = _classifier(shown.shape[1], CLASSIFIERS[classifier], seed)
    network.compile(
        Muon(keras.optimizers.schedules.CosineDecay(_RATE, _STEPS)),
        keras.losses.BinaryCrossentropy(from_logits=True),
    )
    batches = _Mixed(shown[mine], known[learned], seed)
    network.fit(batches.as_dataset(), shuffle=False, verbose=0)
    judged = np.concatenate([shown[~mine], known[~learned]]).astype(np.float32)
    truth = np.repeat([1, 0], [np.sum(~mine), np.sum(~learned)])
    return float(roc_auc_score(truth, run_in_batches(network, judged)[0][:, 0]))


class _Mixed(SeededBatches):
    """Batches half of samples (1), half of data (0), under random symmetries."""

    def __init__(self, samples: Images, data: Images, seed: int) -> None:
        super().__init__(seed)
        self.kinds = (samples, data)

    def __len__(self) -> int:
        return _STEPS

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        rng, half = self.rng(index), _BATCH // 2
        drawn = [one[rng.integers(len(one), size=half)] for one in self.kinds]
        pictures = random_symmetry(np.concatenate(drawn), rng)
        return pictures.astype(np.float32), np.repeat([[1.0], [0.0]], half, 0).astype(np.float32)


def _classifier(size: int, channels: Sequence[int], seed: int) -> keras.Model:
    seeds = np.random.default_rng(seed)
    image = keras.Input((size, size))
    x = keras.layers.Rescaling(2.0, -1.0)(keras.layers.Reshape((size, size, 1))(image))
    for width in channels:
        start = keras.initializers.HeNormal(seed=int(seeds.integers(2**31)))
        layer = keras.layers.Conv2D(
            width, 5, 2, padding="same", activation="leaky_relu", kernel_initializer=start
        )
        x = layer(x)
    start = keras.initializers.GlorotUniform(seed=int(seeds.integers(2**31)))
    pooled = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, keras.layers.Dense(1, kernel_initializer=start)(pooled))


def nearest_distance(images: ArrayLike, known: ArrayLike) -> Floats:
    """Part of the pixels in which each image differs from the nearest known one.

    Known ones are looked at under all eight symmetries of the square.

    Args:
        images: 0 and 1, shape (N, n, n).
        known: Shape (M, n, n).

    Returns:
        Shape (N,).

    Examples:
        >>> image = np.array([[[1, 1], [0, 0]]])
        >>> nearest_distance(np.rot90(image, axes=(1, 2)), image)
        array([0.])
    """
    rows, others = np.asarray(images), np.asarray(known)
    flat = rows.reshape(len(rows), -1).astype(np.float32)
    found = np.full(len(rows), np.inf)
    length = np.sum(flat, axis=1)[:, None]
    for start in range(0, len(others), 2000):
        chunk = others[start : start + 2000]
        for k in range(8):
            turned = np.rot90(chunk, k % 4, axes=(1, 2))
            turned = turned[:, ::-1] if k >= 4 else turned
            other = turned.reshape(len(chunk), -1).astype(np.float32)
            differing = length + np.sum(other, axis=1) - 2 * flat @ other.T
            found = np.minimum(found, differing.min(axis=1))
    return found / flat.shape[1]


def _among(images: Images, groups: NDArray[Any]) -> float:
    """Median distance to the nearest one of another group."""
    flat = images.reshape(len(images), -1).astype(bool)
    apart = cdist(flat, flat, "hamming")
    apart[groups[:, None] == groups] = np.inf
    return float(np.median(apart.min(axis=1)))


def _spaced(images: NDArray[Any], count: int) -> NDArray[Any]:
    return np.asarray(images[np.linspace(0, len(images) - 1, count).astype(int)])


def _distance(one: Floats, other: Floats) -> float:
    return float(ks_2samp(one[np.isfinite(one)], other[np.isfinite(other)]).statistic)


def _gap(one: Floats, other: Floats) -> float:
    return float(np.abs(one.mean(axis=0) - other.mean(axis=0)).max())


def _band(curves: Floats, groups: NDArray[Any], seed: int) -> float:
    """Draw pairs of sets of whole simulations, and find what 95 % of their gaps stay below."""
    names, rng = np.unique(groups), np.random.default_rng(seed)
    sums = np.stack([curves[groups == name].sum(axis=0) for name in names])
    counts = np.array([np.sum(groups == name) for name in names])
    gaps = []
    for _ in range(_RESAMPLED):
        one, other = rng.integers(len(names), size=(2, len(names)))
        means = [sums[rows].sum(axis=0) / counts[rows].sum() for rows in (one, other)]
        gaps.append(np.abs(means[0] - means[1]).max())
    return float(np.quantile(gaps, 0.95))
