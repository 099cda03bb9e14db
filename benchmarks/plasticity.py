"""The curve of a pattern that flows: seconds, and how fine its pixels are: plasticity.py [--write].

Takes five minutes on one core.
"""

import argparse
import os
from pathlib import Path
from statistics import median
from time import perf_counter

os.environ.update(
    dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
)

import numpy as np
from results import RESULTS, machine, write_entry

from vae_course.data import load_embedded
from vae_course.physics import plasticity
from vae_course.progress import one_bar

KEY = "plasticity"
LIMIT = 1.5  # seconds a pattern, the aim
EACH = 4  # patterns of each case that are timed, young and old
STRAINS = (0.001, 0.002, 0.004, 0.007, 0.012, 0.02)  # at which meshes are compared
FINER = (2, 4)


def timed() -> dict[str, float]:
    """Time patterns of all cases, each by itself, at twenty strains."""
    seconds = []
    plasticity.stress_strain(np.eye(64))  # sets up the grid
    for case in (1, 2, 3):
        images = load_embedded(case).images
        for k in np.linspace(0, len(images) - 1, EACH).round().astype(int):
            start = perf_counter()
            plasticity.stress_strain(images[k])
            seconds.append(perf_counter() - start)
    return {
        "patterns": len(seconds),
        "median_seconds": round(median(seconds), 2),
        "slowest_seconds": round(max(seconds), 2),
    }


def meshes() -> dict[str, dict[str, float]]:
    """Compare curves of pixels with those of finer elements, for a pattern of each case."""
    found: dict[str, dict[str, float]] = {}
    work = [(case, times) for case in (1, 2, 3) for times in FINER]
    with one_bar("Finer elements") as report:
        for done, (case, times) in enumerate(work, 1):
            pattern = load_embedded(case).images[100]
            finer = np.kron(pattern, np.ones((times, times), dtype=int))
            curves = [plasticity.stress_strain(one, STRAINS) for one in (pattern, finer)]
            off = float(np.abs(curves[0] / curves[1] - 1).max())
            found.setdefault(str(case), {})[f"{64 * times}"] = round(off, 4)
            report(done, len(work))
    return found


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the numbers into results.json")
    parser.add_argument("--output", type=Path, default=RESULTS, help="JSON file to write into")
    arguments = parser.parse_args()
    entry: dict[str, object] = {
        "limit_seconds": LIMIT,
        "machine": machine("numpy", "scipy", "scikit-fem"),
        "times": timed(),
        "meshes": meshes(),
    }
    print(entry["times"], entry["meshes"], f"(limit {LIMIT} s)", sep="\n")
    if arguments.write:
        write_entry(arguments.output, KEY, entry)


if __name__ == "__main__":
    main()
