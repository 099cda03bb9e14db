"""Models that come with a package: files named with their SHA-256, and their model cards.

A folder of them holds `manifest.json`, and for each model `NAME.keras` and `NAME.json`, its card.
"""

import json
from importlib.resources import as_file, files
from typing import Any

import keras

from vae_course.files import sha256


class PretrainedFileError(ValueError):
    """A file of a pretrained model is not the one that the manifest describes."""


def load_model(package: str, name: str) -> keras.Model:
    """Load a model of a package after comparing its file with the manifest.

    Raises:
        ValueError: If there is no model of that name.
        PretrainedFileError: If its file is damaged or replaced.
    """
    expected = _entry(package, name)["sha256"]
    with as_file(files(package).joinpath(f"{name}.keras")) as path:
        if not path.is_file():
            raise PretrainedFileError(f"{path.name} is missing: install the package again")
        found = sha256(path)
        if found != expected:
            raise PretrainedFileError(
                f"{path.name}: expected SHA-256 {expected[:12]}…; found {found[:12]}…: install the "
                "package again"
            )
        return keras.saving.load_model(path, compile=False, safe_mode=True)


def load_card(package: str, name: str) -> dict[str, Any]:
    """Load the card of a model.

    Raises:
        ValueError: If there is no model of that name.
    """
    _entry(package, name)
    text = files(package).joinpath(f"{name}.json").read_text(encoding="utf-8")
    card: dict[str, Any] = json.loads(text)
    return card


def _entry(package: str, name: str) -> dict[str, str]:
    text = files(package).joinpath("manifest.json").read_text(encoding="utf-8")
    models: dict[str, dict[str, str]] = json.loads(text)["models"]
    if name not in models:
        raise ValueError(f"name must be one of {', '.join(sorted(models))}; got {name!r}")
    return models[name]
