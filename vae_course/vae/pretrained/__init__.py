"""Models that come with the package, trained on simulations that no embedded pattern is from.

`manifest.json` names the files with their SHA-256; beside each model lies its model card.
"""

import hashlib
import json
from importlib.resources import as_file, files
from typing import Any

import keras

from vae_course.vae.model import VAE


class PretrainedFileError(ValueError):
    """A file of a pretrained model is not the one that the manifest describes."""


def load_pretrained(name: str = "case1") -> VAE:
    """Load a model that comes with the package.

    - `case1`: Case 1 (mean ½), a code of 64 numbers.
    - `case1-latent16`: Case 1, a code of 16 numbers.
    - `case1-fine`: Case 1, a code of 8 × 8 × 4 numbers, which loses nearly nothing.
    - `all-cases`: Cases 1, 2 and 3, a code of 64 numbers.

    What each was trained on and how well it does is in its card: see `pretrained_card`.

    Args:
        name: One of these names.

    Returns:
        The model; `compile` it to train it further.

    Raises:
        ValueError: If there is no model of that name.
        PretrainedFileError: If its file is damaged or replaced.
    """
    expected = _entry(name)["sha256"]
    with as_file(files(__name__).joinpath(f"{name}.keras")) as path:
        if not path.is_file():
            raise PretrainedFileError(f"{path.name} is missing: install the package again")
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != expected:
            raise PretrainedFileError(
                f"{path.name}: expected SHA-256 {expected[:12]}…; found {found[:12]}…: install the "
                "package again"
            )
        vae = keras.saving.load_model(path, compile=False, safe_mode=True)
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
    """
    _entry(name)
    text = files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8")
    card: dict[str, Any] = json.loads(text)
    return card


def _entry(name: str) -> dict[str, str]:
    text = files(__name__).joinpath("manifest.json").read_text(encoding="utf-8")
    models: dict[str, dict[str, str]] = json.loads(text)["models"]
    if name not in models:
        raise ValueError(f"name must be one of {', '.join(sorted(models))}; got {name!r}")
    return models[name]
