"""Models that come with the package, trained on simulations that no embedded pattern is from.

`manifest.json` names the files with their SHA-256; beside each model lies its model card.
"""

from typing import Any

from vae_course.vae._manifest import load_card, load_model
from vae_course.vae.model import VAE


def load_pretrained(name: str = "case1") -> VAE:
    """Load a model that comes with the package.

    - `case1`: Case 1 (mean ½), a code of 64 numbers.
    - `case1-latent16`: Case 1, a code of 16 numbers.
    - `case1-fine`: Case 1, a code of 8 × 8 × 4 numbers, which loses nearly nothing.
    - `all-cases`: Cases 1, 2 and 3, a code of 64 numbers.
    - `all-cases-fine`: volume fractions from 0.22 to 0.78, a code of 8 × 8 × 4 numbers.

    What each was trained on and how well it does is in its card: see `pretrained_card`.

    Args:
        name: One of these names.

    Returns:
        The model; `compile` it to train it further.

    Raises:
        ValueError: If there is no model of that name.
        PretrainedFileError: If its file is damaged or replaced.

    Examples:
        >>> vae = load_pretrained("case1-fine")
        >>> vae.size, vae.latent, vae.likelihood
        (64, 256, 'bernoulli')
    """
    vae = load_model(__name__, name)
    assert isinstance(vae, VAE)
    return vae


def pretrained_card(name: str = "case1") -> dict[str, Any]:
    """Load the model card of a pretrained model: data, training, and errors on unseen simulations.

    Args:
        name: As for `load_pretrained`.

    Returns:
        The card.

    Raises:
        ValueError: If there is no model of that name.

    Examples:
        >>> card = pretrained_card("case1-latent16")
        >>> card["split"]["how"], card["training"]["latent"]
        ('by simulation', 16)
    """
    return load_card(__name__, name)
