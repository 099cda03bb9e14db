"""Draw the pictures of the site: `python tools/site/figures.py`, after `make demo` for its report.

Takes pictures from the demo's report, and draws the embedded dataset and the pretrained models.
"""

import shutil
from pathlib import Path

import numpy as np

from vae_course.data import load_embedded
from vae_course.plotting import pattern_table, save_figure
from vae_course.vae import load_pretrained
from vae_course.vae.fidelity import sample_statistics

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "docs" / "assets"
SIMULATION = 2


def main() -> None:
    """Write docs/assets/demo-*.png, data-card.png and pretrained-*.png."""
    for name in ("evolution", "pasts", "design", "axes"):
        shutil.copyfile(ROOT / "report" / f"{name}.png", ASSETS / f"demo-{name}.png")
    rows = []
    for case in (1, 2, 3):
        patterns = load_embedded(case)
        frames = patterns.images[patterns.simulation == SIMULATION]
        rows.append(list(frames[np.linspace(0, len(frames) - 1, 7).astype(int)]))
    ages = ["youngest", *[""] * 5, "oldest"]
    figure = pattern_table(rows, [f"Case {case}" for case in (1, 2, 3)], ages)
    save_figure(figure, ASSETS / "data-card.png")
    pretrained()


def pretrained() -> None:
    """Draw what the pretrained models rebuild, and what they make of the prior."""
    patterns = load_embedded(1)
    chosen = patterns.select(patterns.simulation == SIMULATION)
    chosen = chosen.select(np.linspace(0, len(chosen) - 1, 7).round().astype(int))
    models = ("case1-fine", "case1", "case1-latent16")
    rebuilt = [list(load_pretrained(name).reconstruct(chosen.images)) for name in models]
    numbers = ["256 numbers", "64 numbers", "16 numbers"]
    times = [f"t = {time:.2g}" for time in chosen.time]
    figure = pattern_table([list(chosen.images), *rebuilt], ["original", *numbers], times)
    save_figure(figure, ASSETS / "pretrained-rebuilt.png")
    found = sample_statistics(load_pretrained("case1"), patterns.images)
    save_figure(found.figure(), ASSETS / "pretrained-samples.png")


if __name__ == "__main__":
    main()
