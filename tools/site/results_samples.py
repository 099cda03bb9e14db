"""Results of the flow: whether its samples can be told from simulations."""

from collections.abc import Sequence
from typing import Any

from measured import Measured
from results_tables import table

CASES = ("case 1", "case 2", "case 3")
MEASURES = ("volume fraction", "perimeter", "Euler number", "domain size", "strain energy")
CURVES = ("two-point correlation", "lineal path")
BESIDE = {
    "fresh simulations": "other fresh simulations",
    "rebuilt": "the same, encoded and decoded",
    "prior, all-cases-fine": "codes of N(0, 1), decoded by `all-cases-fine` and cut",
    "prior, all-cases": "codes of N(0, 1), decoded by `all-cases`",
}


def flow(results: Measured) -> str:
    """Distances beside their floors, and how well classifiers tell samples from data."""
    found, kinds = [results["samples"][case] for case in CASES], results["samples"]["classifiers"]
    rows = [
        [name, *(f"{one['distance'][name]:.3f} ({one['floor'][name]:.3f})" for one in found)]
        for name in MEASURES
    ]
    rows += [
        [f"{name}, mean", *(f"{one['curve'][name]:.4f} ({one['band'][name]:.4f})" for one in found)]
        for name in CURVES
    ]
    head = ["Distance to data (floor)", *(case.capitalize() for case in CASES)]
    told = [
        ["**samples of the flow**", *(f"{best(one['auc'], kinds):.2f}" for one in found)],
        *(
            [words, *(f"{best(one['auc beside'][name], kinds):.2f}" for one in found)]
            for name, words in BESIDE.items()
        ),
    ]
    names = ", ".join(f"`{name}`" for name in kinds)
    second = [
        f"Told from data by {names}: area under the curve",
        *(case.capitalize() for case in CASES),
    ]
    near = [
        ["to the nearest training pattern", *(pair(one["nearest"]) for one in found)],
        ["to the nearest other one", *(pair(one["diversity"]) for one in found)],
    ]
    third = ["Pixels that differ, samples (data)", *(case.capitalize() for case in CASES)]
    errors = [
        f"{min(row['median error'] for row in one['asked for an energy']):.1%} to "
        f"{max(row['median error'] for row in one['asked for an energy']):.1%}"
        for one in found
    ]
    return (
        f"{table(head, rows)}\n\n{table(second, told)}\n\n{table(third, near)}\n\n"
        "Asked for five energies at one volume fraction, the median sample misses them by "
        f"{errors[0]} (Case 1), {errors[1]} (Case 2) and {errors[2]} (Case 3), by finite elements."
    )


def best(auc: Measured, kinds: Sequence[str]) -> float:
    """What the classifier reaches that tells most."""
    return max(float(auc[name]) for name in kinds)


def pair(values: Any) -> str:
    """Of samples, and of data."""
    return f"{values[0]:.3f} ({values[1]:.3f})"
