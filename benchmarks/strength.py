"""Models of strength on patterns never trained on, and designs by them: strength.py [--write].

Takes a quarter of an hour on one core: 12 designs of each property, of 4 candidates each, and a
front of strength against stiffness.
"""

import argparse
import os
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

os.environ.update(
    dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
)

import numpy as np
from results import RESULTS, machine, write_entry

from tools.recipes.energy_errors import measure
from tools.recipes.strength import values
from vae_course.data import PatternSet, load_embedded
from vae_course.latent import PropertyModel, design, design_front
from vae_course.latent.properties import PACKAGE, STRENGTH
from vae_course.progress import bars, one_bar, stages
from vae_course.vae._manifest import load_card

KEY = "strength"
NAMES = ("proof-stress", "flow-stress")
TARGETS, CANDIDATES, FRACTION = 12, 4, 0.5
POINTS = 8  # of the front


def errors(name: str, tests: dict[int, PatternSet]) -> dict[str, Any]:
    """Measure the model of a property on simulations that it never saw, by case."""
    model, found = PropertyModel.load_pretrained(name), {}
    for case, test in tests.items():
        mean, sd = model.predict_with_uncertainty(test.images)
        found[f"case {case}"] = measure(mean, sd, values(name, test))
    return found | {"baselines, from the card": load_card(PACKAGE, STRENGTH)["baselines"][name]}


def designs(name: str, test: PatternSet) -> dict[str, Any]:
    """Design for targets over the 5–95 % range of what unseen patterns have."""
    levels = np.quantile(values(name, test), np.linspace(0.05, 0.95, TARGETS))
    error, seconds, solves = [], [], []
    with one_bar(f"Designs for {name}") as report:
        for k, level in enumerate(levels):
            start = perf_counter()
            found = design(
                float(level),
                volume_fraction=FRACTION,
                candidates=CANDIDATES,
                seed=k,
                property=name,
            )
            seconds.append(perf_counter() - start)
            error.append(float(found.error[0]))
            solves.append(found.solves)
            report(k + 1, TARGETS)
    return {
        "targets": TARGETS,
        "error": {"median": median(error), "worst": max(error)},
        "solves": median(solves),
        "seconds": round(median(seconds), 1),
    }


def front() -> dict[str, Any]:
    """Ask for stiffness and strength at once, and compare with the data."""
    with bars() as shown:
        found = design_front(
            volume_fraction=FRACTION, points=POINTS, candidates=2, progress=stages(shown)
        )
    known = load_embedded(1)
    both = np.stack([known.strain_energy[:, -1], values("flow-stress", known)], axis=1)
    beaten = [
        bool(((both >= one).all(axis=1) & (both > one).any(axis=1)).any())
        for one in found.values[found.best]
    ]
    return {
        "designs": len(found.values),
        "on the front": int(found.best.sum()),
        "of them beaten by data": sum(beaten),
        "patterns of the data": len(both),
        "solves": found.solves,
        "points": [
            {"strain energy": round(float(w), 4), "flow stress": round(float(s), 4)}
            for w, s in found.values[found.best]
        ],
    }


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the numbers into results.json")
    parser.add_argument("--output", type=Path, default=RESULTS, help="JSON file to write into")
    arguments = parser.parse_args()
    tests = {case: load_embedded(case).split(test=0.2, seed=0)[1] for case in (1, 2, 3)}
    entry: dict[str, Any] = {
        "machine": machine("keras", "numpy"),
        "models": {name: errors(name, tests) for name in NAMES},
        "designs": {name: designs(name, tests[1]) for name in NAMES},
        "front": front(),
    }
    for part in ("models", "designs", "front"):
        print(part, entry[part])
    if arguments.write:
        write_entry(arguments.output, KEY, entry)


if __name__ == "__main__":
    main()
