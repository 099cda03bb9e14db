"""Checkpoints of a training: what is needed to go on, whole at every instant."""

import csv
import json
import math
import shutil
import warnings
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras

from vae_course.arguments import CHECKPOINT, STATE, CheckpointError
from vae_course.files import replacing, sha256, write_json
from vae_course.vae._model_card import MODEL
from vae_course.vae.model import VAE

_FORMAT = 1


@dataclass
class TrainingState:
    """All of `state.json`: where a training stands, and which files belong to it."""

    settings: dict[str, Any]
    budget: dict[str, float]
    files: dict[str, dict[str, str]] = field(default_factory=dict)  # role: name and SHA-256
    epoch: int = 0
    step: int = 0
    seconds: float = 0.0
    best_epoch: int = 0
    best: float = math.inf  # its mean squared error; null in the file until there is one
    history: list[dict[str, float]] = field(default_factory=list)


def keep(out: Path, state: TrainingState, vae: VAE) -> None:
    """Write a checkpoint: its files under new names, then the state that names them."""
    state.files["last"] = _save(vae, out / CHECKPOINT / f"last-{state.epoch:06d}.keras")
    error = state.history[-1]["squared_error"] if state.history else math.inf
    if not state.files.get("best") or error < state.best:
        state.best, state.best_epoch = error, state.epoch
        best = VAE(vae.encoder, vae.decoder, state.settings["beta"], state.settings["seed"])
        best.build(None)  # without its optimizer: for use, not to go on from
        state.files["best"] = _save(best, out / CHECKPOINT / f"best-{state.epoch:06d}.keras")
    best_error = state.best if math.isfinite(state.best) else None  # JSON has no infinity
    saved = {**asdict(state), "best": best_error, "format": _FORMAT}
    write_json(out / STATE, saved)
    tidy(out, state)


def tidy(out: Path, state: TrainingState) -> None:
    """Bring `model.keras` and `history.csv` to the state, and delete older checkpoints."""
    best = out / CHECKPOINT / state.files["best"]["name"]
    model = out / MODEL
    if not model.exists() or sha256(model) != state.files["best"]["sha256"]:
        with replacing(model) as temporary:
            shutil.copyfile(best, temporary)
    if state.history:
        with replacing(out / "history.csv") as temporary, temporary.open("w", newline="") as file:
            table = csv.DictWriter(file, list(state.history[0]), lineterminator="\n")
            table.writeheader()
            table.writerows(state.history)
    named = {one["name"] for one in state.files.values()}
    for path in (out / CHECKPOINT).iterdir():
        if path.suffix == ".keras" and path.name not in named:
            path.unlink()


def _save(vae: VAE, path: Path) -> dict[str, str]:
    with replacing(path) as temporary:
        vae.save(temporary)
    return {"name": path.name, "sha256": sha256(path)}


def checked(out: Path, state: TrainingState, role: str) -> Path:
    """Return the path of a file of the checkpoint, once it is known to be as it was written.

    Raises:
        CheckpointError: If the file is missing or damaged.
    """
    path = out / CHECKPOINT / state.files[role]["name"]
    if not path.is_file():
        raise CheckpointError(f"{path}: expected a file of the checkpoint; there is none")
    if sha256(path) != state.files[role]["sha256"]:
        raise CheckpointError(f"{path}: damaged or replaced; it is not the file that was written")
    return path


def load(out: Path, state: TrainingState, role: str) -> VAE:
    """Load a model of the checkpoint.

    Raises:
        CheckpointError: If the file is missing, damaged or holds no VAE.
    """
    path = checked(out, state, role)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # such as: some weights were skipped
            vae = keras.saving.load_model(path, safe_mode=True)
    except Exception as error:  # Keras passes on whatever it met in the file
        said = f"{error}".strip().splitlines() or [type(error).__name__]
        raise CheckpointError(f"{path}: expected a model saved by Keras; {said[0]}") from error
    if not isinstance(vae, VAE):
        raise CheckpointError(f"{path}: expected a VAE; got {type(vae).__name__}")
    return vae


def read_state(out: Path, settings: dict[str, Any], budget: dict[str, float]) -> TrainingState:
    """Read where a training stands, and refuse other settings.

    Raises:
        CheckpointError: If the file is missing or foreign, or a setting is another; it is named.
    """
    path = out / STATE
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        if saved.pop("format") != _FORMAT:
            raise ValueError("it has another format")
        state = TrainingState(**saved)
        state.best = math.inf if state.best is None else state.best
        for role in ("last", "best"):
            name = state.files[role]["name"]
            if Path(name).name != name or not state.files[role]["sha256"]:
                raise ValueError(f"{name!r} is not a file name")
        kept = {name: state.settings[name] for name in settings}
        (kind,) = state.budget
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise CheckpointError(
            f"{path}: expected the state of a training; {type(error).__name__}: {error}"
        ) from error
    for name, value in settings.items():
        if kept[name] != value:
            raise CheckpointError(
                f"{name} must be that of the training in {out}, {kept[name]}; got {value}"
            )
    if kind not in budget:
        raise CheckpointError(f"the training in {out} was given {kind}: go on with --{kind}")
    state.budget = budget
    return state
