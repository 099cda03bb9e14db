"""Training curves that lesson 04 shows: of models that were trained, well and less well."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from vae_course.plotting import COLOURS

FILE = Path(__file__).with_name("training_curves.json")
NAMES = {"A": "overfits", "B": "healthy", "C": "split by frame", "D": "collapsed"}
"""Under which letter each run is shown."""


def load_curves() -> dict[str, dict[str, Any]]:
    """Read the curves that come with the package, made by `tools.recipes.training_curves`.

    Returns:
        For each letter: −ELBO in nats by epoch on "training", "validation" and "new" simulations,
        the "kl" on validation pictures, and how many "pictures" it was trained on.
    """
    runs = json.loads(FILE.read_text(encoding="utf-8"))
    return {letter: runs[name] for letter, name in NAMES.items()}


def curves_figure(curves: dict[str, dict[str, Any]], new: bool = False) -> Figure:
    """Draw training curves side by side.

    Args:
        curves: As `load_curves` returns them.
        new: Whether to draw the loss on new simulations, too.

    Returns:
        The figure: the loss above, the KL below, a column for each run.
    """
    figure = Figure(figsize=(9.6, 4.6), facecolor="white", layout="constrained")
    axes = figure.subplots(2, len(curves), sharex="col", height_ratios=(2, 1))
    lines = {"training": "-", "validation": "--", **({"new": ":"} if new else {})}
    for k, (letter, run) in enumerate(curves.items()):
        epoch = np.arange(1, len(run["training"]) + 1)
        for (name, dashes), colour in zip(lines.items(), COLOURS, strict=False):
            label = "new simulations" if name == "new" else name
            axes[0, k].plot(epoch, run[name], dashes, color=colour, lw=1.8, label=label)
        axes[1, k].plot(epoch, run["kl"], color="#444444", lw=1.8)
        axes[0, k].set_title(f"{letter}: {run['pictures']:,} pictures", fontsize=10)
        axes[1, k].set_xlabel("epoch")
        axes[0, k].set_ylim(0, 4400)
        axes[1, k].set_ylim(0, max(20.0, 1.05 * max(run["kl"])))
        for ax in axes[:, k]:
            ax.grid(color="#dddddd", linewidth=0.6)
            ax.spines[["top", "right"]].set_visible(False)
    axes[0, 0].set_ylabel("−ELBO (nats)")
    axes[1, 0].set_ylabel("KL (nats)")
    axes[0, -1].legend(frameon=False, fontsize=8, loc="lower right")
    return figure
