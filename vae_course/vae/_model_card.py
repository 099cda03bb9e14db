"""The model card: what a trained VAE is, what it was trained on, and how well it does."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np

from vae_course.data import PatternSet
from vae_course.files import sha256, write_json, write_text
from vae_course.plotting import save_figure
from vae_course.vae.diagnostics import Report, report
from vae_course.vae.model import VAE

MODEL = "model.keras"
"""File of the best model in a training folder."""

CARD = "card.json"
"""File of the model card in a training folder."""

_GROWN = 1e-3  # time (simulation units) from which on domains have formed

_USE = (
    "For teaching and research on two-phase microstructures like those it was trained on; it "
    "knows no physics, so check what it predicts by simulation. "
    "On other microstructures, magnifications or grey images it can be wrong without any sign of "
    "it, and young patterns with fine detail come out blurred."
)


def write_card(
    out: Path, vae: VAE, fitted: PatternSet, held_out: PatternSet, state: dict[str, Any]
) -> dict[str, Any]:
    """Evaluate a model on held-out simulations; write `card.json`, `card.md` and `report.png`."""
    settings = state["settings"]
    found = report(vae, held_out, seed=settings["seed"])
    sets = {"trained on": fitted, "held out": held_out}
    weights = vae.encoder.count_params() + vae.decoder.count_params()
    best = state["history"][state["best_epoch"] - 1]
    card: dict[str, Any] = {
        "model": {
            "what": f"variational autoencoder, {vae.size} × {vae.size} pixels, {vae.likelihood} "
            f"likelihood, code of {vae.latent} numbers, {weights:,} weights",
            "file": MODEL,
            "sha256": sha256(out / MODEL),
        },
        "data": {
            "source": state["source"],
            "cases": settings["case"],
            "images": len(fitted) + len(held_out),
            "simulations": sum(len(np.unique(one.simulation)) for one in sets.values()),
            "sha256_of_images": settings["data"],
        },
        "split": {
            "how": "by simulation",
            "seed": settings["seed"],
            "part held out": state["test"],
            **{f"simulations {n}": len(np.unique(s.simulation)) for n, s in sets.items()},
            **{f"images {name}": len(one) for name, one in sets.items()},
        },
        "training": {
            **{name: value for name, value in settings.items() if name not in ("data", "case")},
            "epochs": state["epoch"],
            "minutes": round(state["seconds"] / 60, 3),
            "images seen": state["step"] * settings["batch_size"],
            "best epoch (held-out squared error)": best["epoch"],
        },
        "held-out simulations": _metrics(found),
        "versions": versions(),
        "machine": {"cores": _cores(), "cpu": _cpu(), "devices": state["devices"]},
        "use and limits": _USE,
    }
    save_figure(found.figure(), out / "report.png", dpi=110)
    write_text(out / "card.md", _markdown(card))
    write_json(out / CARD, card)
    return card


def _metrics(found: Report) -> dict[str, Any]:
    """Take from a report what a card tells; errors of grown patterns only where times are known."""
    stages, numbers = found.stages, found.as_dict()
    grown = (stages.edges[:-1] >= _GROWN) & (stages.count > 0)
    result: dict[str, Any] = {
        "images": found.images,
        "squared_error": found.squared_error,
        "accuracy": found.accuracy,
    }
    for name in ("squared_error", "accuracy"):
        if grown.any():
            mean = np.average(getattr(stages, name)[grown], weights=stages.count[grown])
            result[f"{name} (t ≥ {_GROWN:g})"] = float(mean)
    names = ("active_units", "rate", "distortion", "importance_weighted_bound", "stages")
    return result | {name: numbers[name] for name in names}


def versions(*more: str) -> dict[str, str]:
    """Versions of Python, of the packages that a training depends on, and of more packages."""
    names = ("vae-course", "keras", str(keras.backend.backend()), "numpy", *more)
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _markdown(card: dict[str, Any]) -> str:
    """Lay out a card as a page: a table a section, and one of the errors by time."""
    lines = ["# Model card", ""]
    for heading, content in card.items():
        lines += [f"## {heading.capitalize()}", ""]
        if isinstance(content, str):
            lines += [content, ""]
            continue
        lines += ["| | |", "|---|---|"]
        lines += [f"| {_words(k)} | {_text(v)} |" for k, v in content.items() if k != "stages"]
        lines.append("")
        if "stages" in content:
            lines += _stage_table(content["stages"])
    return "\n".join([*lines, "![What the model has learned](report.png)", ""])


def _stage_table(stages: dict[str, list[Any]]) -> list[str]:
    lines = ["| time from | to | images | squared error | accuracy |", "|---|---|---|---|---|"]
    edges = zip(stages["edges"][:-1], stages["edges"][1:], strict=True)
    columns = (stages["count"], stages["squared_error"], stages["accuracy"])
    for (low, high), *row in zip(edges, *columns, strict=True):
        lines.append("| " + " | ".join(map(_text, (low, high, *row))) + " |")
    return [*lines, ""]


def _words(name: str) -> str:
    return name.replace("_", " ")


def _text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
