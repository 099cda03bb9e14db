"""Constants found from frames against those of the simulations, and forecasts with them.

Simulations were never used for anything else (their seed is their own); ten frames of each are
given, on 64 × 64 pixels: grey with 2 % noise, and binary. A forecast begins at the last of ten
frames, and asks for 90 more; it is compared with the simulation itself and with "nothing changes".
Run with: python benchmarks/identification.py --write
"""

import argparse
import json
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from results import RESULTS, machine, write_entry
from rich.console import Console
from rich.table import Table

from vae_course.data.generate import draw_parameters, mean_of
from vae_course.physics import cahn_hilliard
from vae_course.physics.identification import Identified, identify

KEY = "identification"
SEED = 777
SIZE = 64
GIVEN, AHEAD = 10, 90
FIRST, INTERVAL = 3e-3, 2e-4
NOISE = 0.02
WHAT = f"{GIVEN} frames of 64 x 64 pixels, grey with 2 % noise and binary, seed {SEED}"
CONSTANTS = ("speed", "width", "rate", "age")


def frames_of(case: int, index: int) -> tuple[NDArray[np.float64], dict[str, float]]:
    """Grey frames of a simulation at 64 × 64 pixels, and its true constants."""
    row = draw_parameters(index + 1, case, SEED)[index]
    b, lam = float(row["b"]), float(row["lam"])
    start = cahn_hilliard.initial_condition(
        mean_of(row), int(row["grid"]), 2 * SIZE, int(row["seed"])
    )
    times = FIRST + INTERVAL * np.arange(GIVEN + AHEAD)
    fields = cahn_hilliard.simulate(start, b, lam, times)
    frames = fields.reshape(len(times), SIZE, 2, SIZE, 2).mean(axis=(2, 4))
    rate = float(np.sqrt(2 * b * lam) / 6)
    return frames, {"speed": b, "width": lam / b, "rate": rate, "age": float(times[GIVEN - 1])}


def measured(case: int, index: int) -> dict[str, Any]:
    """Identify one simulation from grey and from binary frames, and forecast it."""
    frames, truth = frames_of(case, index)
    times = INTERVAL * np.arange(GIVEN)
    rng = np.random.default_rng([SEED, case, index])
    given = {
        "grey": frames[:GIVEN] + rng.normal(0, NOISE, frames[:GIVEN].shape),
        "binary": (frames[:GIVEN] > 0.5).astype(float),
    }
    found: dict[str, Any] = {"case": case}
    for kind, series in given.items():
        one = identify(series, times)
        found[kind] = {
            "unexplained": one.unexplained,
            "unexplained otherwise": one.unexplained_otherwise,
            "conserved": one.conserved,
            "forecast": forecast(one, frames, kind),
        }
        for name in CONSTANTS:
            if estimate := getattr(one, name):
                found[kind][name] = {
                    "error": estimate.value / truth[name] - 1,
                    "held": bool(estimate.low <= truth[name] <= estimate.high),
                }
    return found


def forecast(one: Identified, frames: NDArray[np.float64], kind: str) -> dict[str, float]:
    """Root mean square error over the frames ahead, beside that of "nothing changes"."""
    truth, last = frames[GIVEN:], frames[GIVEN - 1]
    if kind == "binary":
        truth, last = truth > 0.5, last > 0.5
    predicted = one.simulate(AHEAD)
    if kind == "binary":
        predicted = predicted > 0.5
    return {
        "error": float(np.sqrt(np.mean((predicted * 1.0 - truth) ** 2))),
        "persistence": float(np.sqrt(np.mean((last * 1.0 - truth) ** 2))),
    }


def summary(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians over simulations."""
    entry: dict[str, Any] = {"simulations": len(found)}
    for kind in ("grey", "binary"):
        rows = [one[kind] for one in found]
        ratio = [row["forecast"]["error"] / row["forecast"]["persistence"] for row in rows]
        entry[kind] = {
            name: {
                "median error": round(
                    float(np.median([abs(row[name]["error"]) for row in rows])), 5
                ),
                "held": round(float(np.mean([row[name]["held"] for row in rows])), 3),
            }
            for name in CONSTANTS
            if name in rows[0]
        } | {
            "forecast / persistence": round(float(np.median(ratio)), 4),
            "forecast / persistence, 90th percentile": round(float(np.quantile(ratio, 0.9)), 4),
            "said to be conserved": round(float(np.mean([row["conserved"] for row in rows])), 3),
        }
    return entry


def main() -> None:
    """Measure, print and, if asked, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=40, help="of the three cases in turn")
    parser.add_argument("--processes", type=int, default=-1)
    parser.add_argument("--write", action="store_true", help="into results.json")
    settings = parser.parse_args()
    jobs = [(1 + k % 3, k // 3) for k in range(settings.simulations)]
    run = Parallel(settings.processes, return_as="generator", verbose=10)
    found = list(run(delayed(measured)(*job) for job in jobs))
    entry = summary(found)
    table = Table(title="Constants, and forecasts")
    for column in ("frames", "what", "median error", "intervals that hold the truth"):
        table.add_column(column)
    for kind in ("grey", "binary"):
        for name in CONSTANTS:
            if name in entry[kind]:
                one = entry[kind][name]
                table.add_row(kind, name, f"{one['median error']:.2%}", f"{one['held']:.0%}")
        table.add_row(kind, "forecast / persistence", f"{entry[kind]['forecast / persistence']}")
    Console().print(table)
    for job, one in zip(jobs, found, strict=True):
        print(job, json.dumps(one))
    if settings.write:
        write_entry(RESULTS, KEY, {"what": WHAT} | entry | {"machine": machine()})


if __name__ == "__main__":
    main()
