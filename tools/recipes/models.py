"""How networks are trained epoch by epoch, and how models are written with their cards."""

import io
import json
import math
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

from tools.recipes.recipe import NetworkRecipe, write_manifest
from vae_course.files import replacing, sha256, write_json
from vae_course.progress import Progress
from vae_course.vae import ConditionalVAE
from vae_course.vae._model_card import versions
from vae_course.vae.batches import SeededBatches
from vae_course.vae.optimizers import Muon
from vae_course.vae.schedules import StepBudget, WarmUp

LARGEST = 4_000_000
"""Bytes that the file of a model may have."""


def fit(
    model: keras.Model,
    loss: Any,
    batches: Callable[[int], SeededBatches],
    recipe: NetworkRecipe,
    folder: Path,
    progress: Progress,
) -> list[float]:
    """Train a network with Muon; after a stop, go on behind the last epoch that was finished.

    Args:
        model: The network.
        loss: Loss, or its name in Keras; None if the network has its own.
        batches: Gives the batches of an epoch; its number alone says which.
        recipe: Epochs, highest learning rate, and when it begins again.
        folder: Where weights and losses are kept.
        progress: Called as the work goes on.

    Returns:
        The loss of each epoch.

    Raises:
        FloatingPointError: If the training diverged; the epoch before that is kept.
    """
    model.compile(Muon(recipe.rate), loss)
    state = folder / "losses.json"
    losses: list[float] = json.loads(state.read_text("utf-8")) if state.exists() else []
    length = len(batches(0))
    if losses:
        model.fit(batches(0), steps_per_epoch=1, verbose=0)  # makes what is loaded into
        model.load_weights(folder / f"{len(losses)}.weights.h5")
    for first, end in pairwise([0, *recipe.restarts, recipe.epochs]):

        def tell(part: float, logs: dict[str, float], first: int = first, end: int = end) -> None:
            whole = (first + part * (end - first)) / recipe.epochs
            progress("Training", whole, f"loss {logs['loss']:.3g}")

        budget = StepBudget((end - first) * length, recipe.rate, progress=tell)
        budget.step = max(0, len(losses) - first) * length
        schedules: list[StepBudget | WarmUp] = [budget]
        if isinstance(model, ConditionalVAE):
            schedules.append(WarmUp(length))
            schedules[1].step = len(losses) * length
        for epoch in range(len(losses), end):
            drawn = batches(epoch).as_dataset()
            fitted = model.fit(drawn, shuffle=False, verbose=0, callbacks=schedules)
            losses.append(float(fitted.history["loss"][-1]))
            if not math.isfinite(losses[-1]):
                raise FloatingPointError(f"the training diverged in epoch {epoch + 1}")
            folder.mkdir(parents=True, exist_ok=True)
            model.save_weights(folder / f"{epoch + 1}.weights.h5")  # counts once the losses do
            write_json(state, losses, indent=None)
            (folder / f"{epoch}.weights.h5").unlink(missing_ok=True)
    return losses


def publish(
    model: keras.Model, path: Path, command: str, card: dict[str, Any], half: bool = False
) -> dict[str, Any]:
    """Write a model without its optimizer, its card, and the manifest of all models beside it.

    Args:
        model: The model.
        path: Its file.
        command: What makes it.
        card: What else is to be said of it, by headings, "model" among them.
        half: Whether its weights are rounded to half precision, which halves the file.

    Returns:
        The card, with file, checksum, versions and command.

    Raises:
        ValueError: If the file would be too large; then nothing is written.
    """
    with replacing(path) as temporary:
        _bare(model).save(temporary)
        if half:
            _halve(temporary)
        if (size := temporary.stat().st_size) > LARGEST:
            raise ValueError(f"{path}: {size:,} bytes; at most {LARGEST:,}")
    about = card["model"] | {"file": path.name, "sha256": sha256(path)}
    card = card | {"model": about, "versions": versions(), "command": command}
    write_json(path.with_suffix(".json"), card)
    write_models(path.parent)
    return card


def write_models(out: Path) -> None:
    """Write the manifest of the models in a folder, from their files and their cards."""
    models, commands = {}, set()
    for name in sorted(path.stem for path in out.glob("*.json")):
        if (path := out / f"{name}.keras").is_file():
            models[name] = {"sha256": sha256(path)}
            command = json.loads(path.with_suffix(".json").read_text("utf-8"))["command"]
            commands.add(" ".join(command.split()[:3]))  # python -m MODULE
    write_manifest(out, ", ".join(sorted(commands)), models=models)


def _halve(path: Path) -> None:
    """Write the weights in the file of a model in half precision; Keras reads them as they were."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    weights = io.BytesIO(parts["model.weights.h5"])
    smaller = io.BytesIO()
    with h5py.File(weights, "r") as whole, h5py.File(smaller, "w") as halved:

        def copy(name: str, found: Any) -> None:
            if isinstance(found, h5py.Dataset):
                values = found[()]
                single = values.dtype == np.float32
                halved[name] = values.astype(np.float16) if single else values
            else:
                halved.require_group(name)
            for key, value in found.attrs.items():
                halved[name].attrs[key] = value

        whole.visititems(copy)
        for key, value in whole.attrs.items():
            halved.attrs[key] = value
    parts["model.weights.h5"] = smaller.getvalue()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def _bare(model: keras.Model) -> keras.Model:
    """Return a model without its optimizer, which would double the size of the file."""
    if not model.compiled:
        return model
    if not isinstance(model, ConditionalVAE):
        return keras.Model(model.input, model.output, name=model.name)
    parts = (model.encoder, model.prior, model.decoder)
    bare = ConditionalVAE(*parts, seed=0, likelihood=model.likelihood, name=model.name)
    bare.build(None)
    return bare
