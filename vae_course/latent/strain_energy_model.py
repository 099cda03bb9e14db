"""From microstructure to strain energy, from images and from the codes of a VAE.

The energy is that of `vae_course.physics.hyperelasticity` at a displacement of 0.5, with Young's
moduli of 10 (pixels of value 0) and 1 (value 1).
"""

import keras
import numpy as np
from numpy.typing import ArrayLike

from vae_course.arrays import Floats
from vae_course.latent.properties import (
    PACKAGE,
    Calibration,
    PropertyModel,
    TrainedRange,
    mean_and_spread,
    read_card,
)
from vae_course.vae import VAE, load_pretrained
from vae_course.vae._manifest import load_card, load_model


class StrainEnergyModel(PropertyModel):
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
        super().__init__(image_network, image_calibration, trained)
        self.code_network, self.vae, self.code_calibration = code_network, vae, code_calibration

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
        codes = load_card(PACKAGE, names[1])
        calibration, trained = read_card(load_card(PACKAGE, names[0]))
        return StrainEnergyModel(
            load_model(PACKAGE, names[0]),
            load_model(PACKAGE, names[1]),
            load_pretrained(codes["model"]["codes"]),
            calibration,
            Calibration(**codes["calibration"]),
            trained,
        )

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
        mean, spread = mean_and_spread(self.code_network, codes)
        return mean, self.code_calibration(spread)
