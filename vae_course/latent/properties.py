"""From microstructure to strain energy, in a millisecond instead of a finite-element solve.

The energy is that of `vae_course.physics.hyperelasticity` at a displacement of 0.5, with Young's
moduli of 10 (pixels of value 0) and 1 (value 1). Two small ensembles of convolutional networks
learn it: one from images, one from the codes of a pretrained VAE.
"""

import warnings
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_course.arrays import Floats
from vae_course.latent._networks import Trend, ensemble
from vae_course.vae import VAE, load_pretrained
from vae_course.vae._manifest import load_card, load_model
from vae_course.vae.networks import run_in_batches

PACKAGE = "vae_course.latent.pretrained"

DISPLACEMENT = 0.5
"""The level of displacement at which energies are learned."""

YOUNG = (10.0, 1.0)
"""Young's modulus of the pixels of value 0 and of value 1."""

_MARGIN = 0.005  # of the volume fraction, beyond the images trained on, without a warning


@dataclass(frozen=True)
class Calibration:
    """Turns the spread s of an ensemble into a standard deviation: √(base² + (factor · s)²).

    Attributes:
        base: The part that the members have in common, in units of energy.
        factor: Of the spread.

    Examples:
        >>> Calibration(base=3.0, factor=2.0)(np.array([0.0, 2.0])).tolist()
        [3.0, 5.0]
    """

    base: float
    factor: float

    def __call__(self, spread: Floats) -> Floats:
        """Return the standard deviation, of the shape of `spread`."""
        return np.sqrt(self.base**2 + (self.factor * spread) ** 2)


@dataclass(frozen=True)
class TrainedRange:
    """What was trained on.

    Attributes:
        volume_fraction: Of phase 1: 1st and 99th percentile of the decoded images, which vary most.
        strain_energy: Least and greatest, in units of `YOUNG` times the area of the square.

    Examples:
        >>> low, high = StrainEnergyModel.load_pretrained().trained.strain_energy
        >>> low < 1.25 < high
        True
    """

    volume_fraction: tuple[float, float]
    strain_energy: tuple[float, float]


class StrainEnergyModel:
    """Predicts the strain energy W at d = 0.5, for Young's moduli of 10 and 1.

    Args:
        image_network: From images (N, n, n) to energies (N, members).
        code_network: From codes of `vae` (N, latent) to energies (N, members).
        vae: The VAE whose codes `predict_codes` takes.
        image_calibration: Of the ensemble on images.
        code_calibration: Of the ensemble on codes.
        trained: Range of what was trained on.

    Examples:
        >>> from vae_course.data import load_embedded
        >>> patterns = load_embedded().select([100, 200])
        >>> energy = StrainEnergyModel.load_pretrained().predict(patterns.images)
        >>> bool((abs(energy / patterns.strain_energy[:, -1] - 1) < 0.05).all())
        True
    """

    def __init__(
        self,
        image_network: keras.Model,
        code_network: keras.Model,
        vae: VAE,
        image_calibration: Calibration,
        code_calibration: Calibration,
        trained: TrainedRange,
    ) -> None:
        self.image_network, self.code_network, self.vae = image_network, code_network, vae
        self.image_calibration, self.code_calibration = image_calibration, code_calibration
        self.trained = trained

    @classmethod
    def load_pretrained(cls, name: str = "case1") -> "StrainEnergyModel":
        """Load the model that comes with the package.

        Its codes are those of the pretrained VAE `case1-fine` or `all-cases-fine` (8 × 8 × 4
        numbers). No embedded pattern is from a simulation that it was trained on.

        Args:
            name: "case1" (volume fractions near ½), or "all-cases" (from 0.22 to 0.78).

        Returns:
            The model.

        Raises:
            ValueError: If there is no model of that name.
            PretrainedFileError: If a file is damaged or replaced.
        """
        names = (f"strain-energy-{name}", f"strain-energy-{name}-codes")
        images, codes = (load_card(PACKAGE, one) for one in names)
        return cls(
            load_model(PACKAGE, names[0]),
            load_model(PACKAGE, names[1]),
            load_pretrained(codes["model"]["codes"]),
            Calibration(**images["calibration"]),
            Calibration(**codes["calibration"]),
            TrainedRange(
                tuple(images["range"]["volume_fraction"]), tuple(images["range"]["strain_energy"])
            ),
        )

    @property
    def size(self) -> int:
        """Pixels along a side of an image."""
        return int(self.image_network.input_shape[1])

    def predict(self, images: ArrayLike) -> Floats:
        """Predict the strain energy of images: the mean of the ensemble.

        Args:
            images: Values between 0 and 1, shape (N, 64, 64).

        Returns:
            Energies in units of Young's modulus (10 and 1) times the area of the square, shape
            (N,).

        Raises:
            ValueError: If images has another shape or other values.
        """
        return self.predict_with_uncertainty(images)[0]

    def predict_with_uncertainty(self, images: ArrayLike) -> tuple[Floats, Floats]:
        """Predict the strain energy of images, and how far off that may be.

        Warns where an image has a volume fraction that was not trained on.

        Args:
            images: Values between 0 and 1, shape (N, 64, 64).

        Returns:
            Mean and standard deviation, each of shape (N,), the latter calibrated on simulations
            that were held out.

        Raises:
            ValueError: If images has another shape or other values.
        """
        checked = _checked_images(images, self.size)
        self._warn_of_extrapolation(checked.mean(axis=(1, 2)))
        return _mean_and_sd(self.image_network, checked, self.image_calibration)

    def predict_codes(self, z: ArrayLike) -> Floats:
        """Predict the strain energy of the microstructures that codes of `vae` stand for.

        Args:
            z: Codes, shape (N, latent).

        Returns:
            Energies, shape (N,); see `predict`.

        Raises:
            ValueError: If z has another shape or values that are not finite.
        """
        return self.predict_codes_with_uncertainty(z)[0]

    def predict_codes_with_uncertainty(self, z: ArrayLike) -> tuple[Floats, Floats]:
        """Predict the strain energy of codes, and how far off that may be.

        Args:
            z: Codes, shape (N, latent).

        Returns:
            Mean and standard deviation, each of shape (N,).

        Raises:
            ValueError: If z has another shape or values that are not finite.
        """
        codes = np.asarray(z, dtype=np.float32)
        latent = self.vae.latent
        if codes.ndim != 2 or codes.shape[1] != latent or len(codes) == 0:
            raise ValueError(f"z must have shape (N, {latent}) with N >= 1; got {codes.shape}")
        if not np.isfinite(codes).all():
            raise ValueError("z must be finite; it has values that are not")
        return _mean_and_sd(self.code_network, codes, self.code_calibration)

    def _warn_of_extrapolation(self, volume_fraction: NDArray[np.float32]) -> None:
        low, high = self.trained.volume_fraction
        outside = (volume_fraction < low - _MARGIN) | (volume_fraction > high + _MARGIN)
        if outside.any():
            first = int(np.flatnonzero(outside)[0])
            one_phase = " (one phase only)" if volume_fraction[first] in (0, 1) else ""
            warnings.warn(
                f"trained on volume fractions from {low:.3f} to {high:.3f}, got {outside.sum()} of "
                f"{len(outside)} images outside: images[{first}] has "
                f"{volume_fraction[first]:.3f}{one_phase}; their energies may be far off, use "
                "hyperelasticity.strain_energy for them",
                stacklevel=4,
            )


def build_image_network(
    members: int = 3,
    widths: tuple[int, ...] = (16, 32, 64),
    blocks: int = 2,
    size: int = 64,
    offset: float = 0.0,
    scale: float = 1.0,
    seed: int = 0,
) -> keras.Model:
    """Build an ensemble of networks from images to energies.

    Like W = ∫ ψ dA, each member is an average over places; what it averages has seen, through
    strided convolutions and residual blocks, the neighbourhood of each place.

    Args:
        members: Networks, independent of each other.
        widths: Channels of the strided convolutions.
        blocks: Residual blocks after them.
        size: Pixels along a side of an image.
        offset: Mean of the energies.
        scale: Standard deviation of the energies.
        seed: Seed of the first weights.

    Returns:
        Model from images (N, size, size) to energies (N, members).

    Raises:
        ValueError: If there is no member, or a negative number of blocks.

    Examples:
        >>> build_image_network(members=2, widths=(4,), blocks=0).output_shape
        (None, 2)
    """
    inputs = keras.Input((size, size), name="images")
    x = keras.layers.Rescaling(2.0, -1.0)(keras.layers.Reshape((size, size, 1))(inputs))
    return ensemble(inputs, x, members, widths, 2, blocks, offset, scale, seed)


def with_trend(network: keras.Model, trend: Trend) -> keras.Model:
    """Put what the volume fraction alone says of the energy behind a network of the rest.

    Args:
        network: From images (N, n, n) to residuals (N, members).
        trend: What is added.

    Returns:
        Model from images to energies (N, members).

    Examples:
        >>> flat = Trend([0.0], [0.0])  # W = 1 + r
        >>> inner = build_image_network(members=2, widths=(4,), blocks=0)
        >>> with_trend(inner, flat).output_shape
        (None, 2)
    """
    return keras.Model(network.input, trend([network.output, network.input]))


def build_code_network(
    shape: tuple[int, int, int],
    members: int = 3,
    width: int = 48,
    blocks: int = 2,
    offset: float = 0.0,
    scale: float = 1.0,
    seed: int = 0,
) -> keras.Model:
    """Build an ensemble of networks from codes that are small pictures to energies.

    Args:
        shape: Shape of a code, (side, side, k).
        members: Networks, independent of each other.
        width: Channels of the convolutions.
        blocks: Residual blocks.
        offset: Mean of the energies.
        scale: Standard deviation of the energies.
        seed: Seed of the first weights.

    Returns:
        Model from codes (N, side · side · k) to energies (N, members).

    Raises:
        ValueError: If there is no member, or a negative number of blocks.

    Examples:
        >>> build_code_network((8, 8, 4), members=2, width=4, blocks=0).output_shape
        (None, 2)
    """
    inputs = keras.Input((int(np.prod(shape)),), name="codes")
    x = keras.layers.Reshape(shape)(inputs)
    return ensemble(inputs, x, members, (width,), 1, blocks, offset, scale, seed)


def _checked_images(images: ArrayLike, size: int) -> NDArray[np.float32]:
    array = np.asarray(images)
    if array.ndim != 3 or array.shape[1:] != (size, size) or len(array) == 0:
        raise ValueError(
            f"images must have shape (N, {size}, {size}) with N >= 1; got {array.shape}"
        )
    array = array.astype(np.float32)
    if not (array.min() >= 0 and array.max() <= 1):  # False for NaN, too
        raise ValueError(
            f"images must have values between 0 and 1; got {array.min()} to {array.max()}"
        )
    return array


def _mean_and_sd(
    network: keras.Model, inputs: NDArray[np.float32], calibration: Calibration
) -> tuple[Floats, Floats]:
    (members,) = run_in_batches(network, inputs)
    energies = members.astype(np.float64)
    return energies.mean(axis=1), calibration(energies.std(axis=1))
