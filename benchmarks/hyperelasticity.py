"""Patterns a second for the strain energy, on one core: hyperelasticity.py [--write]."""

import argparse
import os
from pathlib import Path
from statistics import median
from time import perf_counter

os.environ.update(
    dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
)

import numpy as np
from numpy.typing import NDArray
from results import RESULTS, machine, write_entry

from vae_course.physics import cahn_hilliard, hyperelasticity

KEY = "hyperelasticity"
SIZE = 64
LIMIT = 0.8  # seconds a pattern, the aim of the design
YOUNG = {"ones_soft": (10.0, 1.0), "ones_stiff": (1.0, 10.0)}


def phase_separated_patterns(count: int) -> NDArray[np.uint8]:
    """Simulate patterns of all three means, young and old in turn."""
    patterns = []
    for seed in range(count):
        mean, time = (0.5, 0.63, 0.75)[seed % 3], (1.2e-3, 3e-3, 1e-2)[seed // 3 % 3]
        start = cahn_hilliard.initial_condition(mean, 20 + seed, 2 * SIZE, seed)
        field = cahn_hilliard.simulate(start, 85.0, 0.0175, [time])[0]
        patterns.append(field.reshape(SIZE, 2, SIZE, 2).mean(axis=(1, 3)) >= 0.5)
    return np.array(patterns, dtype=np.uint8)


def seconds_a_pattern(
    patterns: NDArray[np.uint8], displacements: tuple[float, ...], young: tuple[float, float]
) -> list[float]:
    """Time each pattern by itself, after a first one that sets up the grid."""
    hyperelasticity.strain_energy(patterns[0], displacements, young)
    seconds = []
    for pattern in patterns:
        start = perf_counter()
        hyperelasticity.strain_energy(pattern, displacements, young)
        seconds.append(perf_counter() - start)
    return seconds


def summary(seconds: list[float]) -> dict[str, float]:
    """Reduce times to what is reported."""
    return {
        "patterns_per_second": round(len(seconds) / sum(seconds), 2),
        "median_seconds": round(median(seconds), 3),
        "slowest_seconds": round(max(seconds), 3),
    }


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patterns", type=int, default=18, help="how many are timed")
    parser.add_argument("--write", action="store_true", help="put the numbers into results.json")
    parser.add_argument("--output", type=Path, default=RESULTS, help="JSON file to write into")
    arguments = parser.parse_args()
    patterns = phase_separated_patterns(arguments.patterns)
    runs = {
        "seven_levels": hyperelasticity.DISPLACEMENTS,
        "last_level_only": hyperelasticity.DISPLACEMENTS[-1:],
    }
    entry: dict[str, object] = {
        "what": f"strain energy of {len(patterns)} patterns of {SIZE} x {SIZE} pixels, one core",
        "limit_seconds": LIMIT,
        "machine": machine("numpy", "scipy", "scikit-fem"),
    }
    for run, levels in runs.items():
        for phases, young in YOUNG.items():
            result = summary(seconds_a_pattern(patterns, levels, young))
            entry[f"{run}_{phases}"] = result
            print(
                f"{run:16} {phases:11} {result['patterns_per_second']:6.2f} patterns/s, median "
                f"{result['median_seconds']:.3f} s, slowest {result['slowest_seconds']:.3f} s "
                f"(limit {LIMIT} s)"
            )
    if arguments.write:
        write_entry(arguments.output, KEY, entry)


if __name__ == "__main__":
    main()
