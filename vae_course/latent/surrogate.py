"""The strain energy of decoded codes as one function, written so that gradients pass through it."""

from functools import lru_cache
from typing import Any

from keras import ops

from vae_course.latent.strain_energy_model import StrainEnergyModel
from vae_course.vae import VAE, load_pretrained


@lru_cache(maxsize=1)
def surrogate_models() -> tuple[VAE, StrainEnergyModel]:
    """Load the models that the surrogate consists of, once.

    Returns:
        The pretrained VAE `case1`, whose samples look like microstructures, and the pretrained
        `StrainEnergyModel`.

    Examples:
        >>> vae, energies = surrogate_models()
        >>> vae.latent, energies.size
        (64, 64)
    """
    return load_pretrained("case1"), StrainEnergyModel.load_pretrained("case1")


def surrogate_energy(z: Any) -> Any:
    """Predict the strain energy of the microstructures that codes are decoded to.

    W(z) = mean over the ensemble of f(sigmoid(D(z))), with the decoder D and the networks f of
    `StrainEnergyModel`. The decoded pictures keep their grey pixels, so that W(z) is smooth.

    Args:
        z: Codes of the pretrained VAE `case1`, a tensor of shape (N, 64).

    Returns:
        Energies at a displacement of 0.5, for Young's moduli of 10 and 1, a tensor of shape (N,).

    Examples:
        >>> surrogate_energy(ops.zeros((3, 64))).shape[0]
        3
    """
    vae, model = surrogate_models()
    phase = ops.sigmoid(vae.decoder(z, training=False)[..., 0])
    return ops.mean(model.image_network(phase, training=False), axis=1)
