"""Draw the pictures of the site: `python docs/figures.py`, after `make demo` for its report.

Takes two pictures from the demo's report, and draws the embedded dataset.
"""

import shutil
from pathlib import Path

import numpy as np

from vae_course.data import load_embedded
from vae_course.plotting import pattern_table, save_figure

ROOT = Path(__file__).parents[1]
ASSETS = ROOT / "docs" / "assets"
SIMULATION = 2


def main() -> None:
    """Write docs/assets/demo-*.png and data-card.png."""
    for name in ("evolution", "axes"):
        shutil.copyfile(ROOT / "report" / f"{name}.png", ASSETS / f"demo-{name}.png")
    rows = []
    for case in (1, 2, 3):
        patterns = load_embedded(case)
        frames = patterns.images[patterns.simulation == SIMULATION]
        rows.append(list(frames[np.linspace(0, len(frames) - 1, 7).astype(int)]))
    ages = ["youngest", *[""] * 5, "oldest"]
    figure = pattern_table(rows, [f"Case {case}" for case in (1, 2, 3)], ages)
    save_figure(figure, ASSETS / "data-card.png")


if __name__ == "__main__":
    main()
