"""From microstructure to property, in a millisecond instead of a finite-element solve.

A small ensemble of convolutional networks learns a property of `vae_course.physics`, or any other
number, from images of patterns that were solved. Its spread, calibrated on simulations that were
held out, says how far off it may be.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_course.arrays import Floats, Images
from vae_course.latent._property_training import Settings, calibrate, train
from vae_course.progress import Progress, silent
from vae_course.vae._manifest import load_card, load_model
from vae_course.vae.batches import check_images
from vae_course.vae.networks import run_in_batches

PACKAGE = "vae_course.latent.pretrained"

STRENGTH = "strength"
"""The model of proof and flow stress: two ensembles that share all but their last layers."""

_MARGIN = 0.005  # of the volume fraction, beyond the images trained on, without a warning
_HELD_OUT = 0.1  # part of the simulations that a calibration is fitted to


@dataclass(frozen=True)
class Calibration:
    """Turns the spread s of an ensemble into a standard deviation: √(base² eᵏ + (factor · s)²).

    k = growth · (φ − ½): what the members have in common depends on the volume fraction φ.

    Attributes:
        base: The part that the members have in common at φ = ½, in units of the property.
        factor: Of the spread.
        growth: Of the part that they have in common.

    Examples:
        >>> Calibration(base=3.0, factor=2.0)(np.array([0.0, 2.0]), 0.5).tolist()
        [3.0, 5.0]
    """

    base: float
    factor: float
    growth: float = 0.0

    def __call__(self, spread: Floats, volume_fraction: ArrayLike = 0.5) -> Floats:
        """Return the standard deviation, of the shape of `spread`."""
        common = self.base**2 * np.exp(self.growth * (np.asarray(volume_fraction) - 0.5))
        return np.asarray(np.sqrt(common + (self.factor * spread) ** 2))


@dataclass(frozen=True)
class TrainedRange:
    """What was trained on.

    Attributes:
        volume_fraction: Of phase 1: 1st and 99th percentile, of those images that vary most.
        values: Least and greatest of the property.

    Examples:
        >>> low, high = PropertyModel.load_pretrained("flow-stress").trained.values
        >>> low < 2.0 < high
        True
    """

    volume_fraction: tuple[float, float]
    values: tuple[float, float]


class PropertyModel:
    """Predicts a property of images.

    Args:
        image_network: From images (N, n, n) to values (N, members).
        image_calibration: Of the ensemble.
        trained: Range of what was trained on.
        mirrored: Whether predictions are means over the four mirror images of a pattern, which have
            one value: more accurate, and four times as slow.

    Examples:
        >>> from vae_course.data import load_embedded
        >>> from vae_course.physics.material_property import FLOW_STRESS
        >>> image = load_embedded().images[100]
        >>> model = PropertyModel.load_pretrained("flow-stress")
        >>> bool(abs(model.predict(image[None])[0] / FLOW_STRESS.solve(image) - 1) < 0.03)
        True
    """

    def __init__(
        self,
        image_network: keras.Model,
        image_calibration: Calibration,
        trained: TrainedRange,
        mirrored: bool = False,
    ) -> None:
        self.image_network, self.image_calibration = image_network, image_calibration
        self.trained, self.mirrored = trained, mirrored

    @classmethod
    def load_pretrained(cls, name: str) -> "PropertyModel":
        """Load a model that comes with the package.

        Args:
            name: "proof-stress" or "flow-stress", trained on fresh simulations and on four fifths
                of the embedded ones, those that `split(test=0.2, seed=0)` gives for training.

        Returns:
            The model.

        Raises:
            ValueError: If there is no model of that name.
            PretrainedFileError: If a file is damaged or replaced.
        """
        both = load_card(PACKAGE, STRENGTH)["properties"]
        if name not in both:
            raise ValueError(f"name must be one of {', '.join(both)}; got {name!r}")
        joined = load_model(PACKAGE, STRENGTH)
        network = keras.Model(joined.input, joined.outputs[list(both).index(name)])
        return PropertyModel(network, *read_card(both[name]), mirrored=True)

    @classmethod
    def fit(
        cls,
        patterns: ArrayLike,
        values: ArrayLike,
        simulation: ArrayLike | None = None,
        turns: bool = False,
        members: int = 3,
        steps: int = 1500,
        seed: int = 0,
        progress: Progress = silent,
    ) -> "PropertyModel":
        """Train an ensemble on patterns whose property is known.

        Every pattern is also shown mirrored and turned by a half, and by a quarter where that keeps
        its value. A tenth of the simulations is held out; the uncertainty is calibrated on it.
        Three members take a quarter of a second a step on one core.

        Args:
            patterns: Values 0 and 1, shape (N, n, n), at least 20.
            values: The property of each, finite, shape (N,).
            simulation: Patterns of one simulation are trained on or held out together: its number
                for each, shape (N,). By default each is by itself.
            turns: Whether a turn by a quarter keeps the value.
            members: Networks.
            steps: Batches of 64 that it is trained on.
            seed: Seed of weights and batches.
            progress: Called as the work goes on.

        Returns:
            The model.

        Raises:
            ValueError: If an argument has the wrong shape or lies outside its range.

        Examples:
            >>> patterns = np.random.default_rng(0).integers(0, 2, (20, 8, 8))
            >>> model = PropertyModel.fit(patterns, patterns.mean(axis=(1, 2)), members=2, steps=2)
            >>> model.predict(patterns).shape
            (20,)
        """
        images, known, groups = _checked_data(patterns, values, simulation)
        if members < 2 or steps < 1:
            raise ValueError(
                f"members must be at least 2 and steps at least 1; got {members}, {steps}"
            )
        held_out = groups % round(1 / _HELD_OUT) == 0
        settings = Settings(members=members, steps=steps, seed=seed, turns=turns)
        network = train(images[~held_out], known[~held_out], settings, progress)
        return cls.calibrated(network, images, known, held_out)

    @classmethod
    def calibrated(
        cls, network: keras.Model, images: Images, values: Floats, held_out: NDArray[np.bool_]
    ) -> "PropertyModel":
        """Make a model of an ensemble, calibrated on the images that it was not trained on.

        Args:
            network: From images (N, n, n) to values (N, members).
            images: All of them, shape (N, n, n).
            values: The property of each, shape (N,).
            held_out: Which it was not trained on, shape (N,).

        Returns:
            The model.
        """
        mean, spread = mirrored_mean_and_spread(network, images[held_out])
        fraction = images.mean(axis=(1, 2))
        found = calibrate(mean, spread, values[held_out], fraction[held_out])
        low, high = np.percentile(fraction, (1, 99))
        trained = TrainedRange(
            (float(low), float(high)), (float(values.min()), float(values.max()))
        )
        return PropertyModel(network, Calibration(*found), trained, mirrored=True)

    @property
    def size(self) -> int:
        """Pixels along a side of an image."""
        return int(self.image_network.input_shape[1])

    def predict(self, images: ArrayLike) -> Floats:
        """Predict the property of images: the mean of the ensemble.

        Args:
            images: Values between 0 and 1, shape (N, 64, 64).

        Returns:
            Values in the unit of the property, shape (N,).

        Raises:
            ValueError: If images has another shape or other values.
        """
        return self.predict_with_uncertainty(images)[0]

    def predict_with_uncertainty(self, images: ArrayLike) -> tuple[Floats, Floats]:
        """Predict the property of images, and how far off that may be.

        Warns where an image has a volume fraction that was not trained on.

        Args:
            images: Values between 0 and 1, shape (N, 64, 64).

        Returns:
            Mean and standard deviation, each of shape (N,), the latter calibrated on simulations
            that were held out.

        Raises:
            ValueError: If images has another shape or other values.
        """
        array = np.asarray(images)
        check_images(array, self.size)
        checked = array.astype(np.float32)
        fraction = checked.mean(axis=(1, 2))
        self._warn_of_extrapolation(fraction)
        find = mirrored_mean_and_spread if self.mirrored else mean_and_spread
        mean, spread = find(self.image_network, checked)
        return mean, self.image_calibration(spread, fraction)

    def _warn_of_extrapolation(self, volume_fraction: NDArray[np.float32]) -> None:
        low, high = self.trained.volume_fraction
        outside = (volume_fraction < low - _MARGIN) | (volume_fraction > high + _MARGIN)
        if outside.any():
            first = int(np.flatnonzero(outside)[0])
            one_phase = " (one phase only)" if volume_fraction[first] in (0, 1) else ""
            warnings.warn(
                f"trained on volume fractions from {low:.3f} to {high:.3f}, got {outside.sum()} of "
                f"{len(outside)} images outside: images[{first}] has "
                f"{volume_fraction[first]:.3f}{one_phase}; what is predicted of them may be far "
                "off, solve them",
                stacklevel=4,
            )


def read_card(card: Mapping[str, Any]) -> tuple[Calibration, TrainedRange]:
    """Read calibration and range of a model of the package off its card.

    Examples:
        >>> calibration, trained = read_card(load_card(PACKAGE, "strain-energy-case1"))
        >>> trained.values[0] < 1.0 < trained.values[1]
        True
    """
    known = card["range"]
    trained = TrainedRange(tuple(known["volume_fraction"]), tuple(known["values"]))
    return Calibration(**card["calibration"]), trained


def _checked_data(
    patterns: ArrayLike, values: ArrayLike, simulation: ArrayLike | None
) -> tuple[Images, Floats, NDArray[np.int64]]:
    """Require patterns and values that belong together; simulations are numbered anew."""
    images, known = np.asarray(patterns), np.asarray(values, dtype=np.float64)
    check_images(images)
    if known.shape != (len(images),) or not np.isfinite(known).all():
        raise ValueError(
            f"values must be finite and have shape ({len(images)},), one for each pattern; got "
            f"{known.shape} with {np.count_nonzero(~np.isfinite(known))} that are not finite"
        )
    groups = np.arange(len(images)) if simulation is None else np.asarray(simulation)
    if groups.shape != (len(images),):
        raise ValueError(f"simulation must have shape ({len(images)},); got {groups.shape}")
    numbered = np.unique(groups, return_inverse=True)[1]
    if numbered.max() < 1 / _HELD_OUT or len(images) < 20:
        raise ValueError(
            "patterns must be at least 20, from more than 10 simulations, of which some are held "
            f"out; got {len(images)} from {numbered.max() + 1}"
        )
    return images, known, numbered


def mean_and_spread(network: keras.Model, inputs: NDArray[np.float32]) -> tuple[Floats, Floats]:
    """Return mean and standard deviation over the members of an ensemble, each of shape (N,).

    Examples:
        >>> from vae_course.latent.property_networks import build_image_network
        >>> network = build_image_network(members=2, widths=(4,), blocks=0, size=8)
        >>> [one.shape for one in mean_and_spread(network, np.zeros((3, 8, 8), np.float32))]
        [(3,), (3,)]
    """
    (members,) = run_in_batches(network, inputs)
    found = members.astype(np.float64)
    return found.mean(axis=1), found.std(axis=1)


def mirrored_mean_and_spread(network: keras.Model, images: NDArray[Any]) -> tuple[Floats, Floats]:
    """Return the same of an ensemble each member of which is asked for all four mirror images.

    Examples:
        >>> from vae_course.latent.property_networks import build_image_network
        >>> network, images = build_image_network(members=2, size=8), np.eye(8)[None]
        >>> same = [mirrored_mean_and_spread(network, one) for one in (images, images[:, ::-1])]
        >>> bool(np.allclose(*same))
        True
    """
    turned = (images, images[:, ::-1], images[:, :, ::-1], images[:, ::-1, ::-1])
    members = [run_in_batches(network, one.astype(np.float32))[0] for one in turned]
    found = np.mean(members, axis=0, dtype=np.float64)
    return found.mean(axis=1), found.std(axis=1)
