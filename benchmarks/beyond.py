"""Designs for more than the data have, against topology optimisation: beyond.py [--write].

At volume fractions of ½ ± 0.02, for targets beyond what any embedded pattern of Case 1 has: how far
off the best design is after its first four solves, after four and after sixteen more, with what
`design` does and without parts of it. The same number of solves is spent on topology optimisation
by finite-element sensitivities from the best of the first four: pixels change phase where the
filtered density of energy (of work, in plastic flow) is highest and lowest, which is the
topological derivative of the property up to a factor. A long run of it, with 80 solves, tells what
can be reached. Takes half an hour on one core.
"""

import argparse
import os
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

os.environ.update(
    dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
)

import numpy as np
from numpy.typing import NDArray
from results import RESULTS, machine, write_entry
from scipy.ndimage import gaussian_filter

from vae_course.arrays import Floats
from vae_course.data import load_embedded
from vae_course.latent import _design_refit, _design_rounds, _design_search, design
from vae_course.physics import hyperelasticity, plasticity
from vae_course.physics.energy_bounds import TOLERANCE
from vae_course.physics.hyperelasticity import lame_parameters
from vae_course.physics.material_property import DISPLACEMENT, PROPERTIES, YOUNG
from vae_course.physics.neo_hookean_law import NeoHookeanLaw
from vae_course.progress import one_bar

KEY = "beyond"
TARGETS = {"strain-energy": (0.95, 1.52, 1.55, 1.6), "flow-stress": (1.75, 1.8, 2.55, 2.6)}
CANDIDATES, FRACTION, MORE = 4, 0.5, (0, 4, 16)
LONG = 80  # solves that tell what can be reached
YIELD, HARDENING = np.array([3.0, 1.0]), 10.0
STEP, BLUR = 0.05, 1.0  # part of the pixels that change at most in a step; radius of the filter
WITHOUT = {
    "as it is": (),
    "without trust region": ("trust",),
    "without trust region and refit": ("trust", "refit"),
}


def energy(pattern: NDArray[Any]) -> tuple[float, Floats]:
    """Strain energy, and its density in each pixel."""
    found = hyperelasticity.solve(pattern, (DISPLACEMENT,), YOUNG)
    n, u = len(pattern), found.displacement_fields[0]
    along = (u[:, 1:] - u[:, :-1]) * n
    up = (u[:-1] - u[1:]) * n
    gradient = np.concatenate([along[1:] + along[:-1], up[:, 1:] + up[:, :-1]], axis=2) / 2
    xx, yx, xy, yy = gradient.reshape(n * n, 4).T
    mu, lam = (one[pattern.ravel()] for one in lame_parameters(YOUNG, 0.3))
    density = NeoHookeanLaw(mu, lam).stored(np.stack([xx, xy, yx, yy])[:, None])
    return float(found.strain_energy[0]), density.reshape(n, n)


def flow(pattern: NDArray[Any]) -> tuple[float, Floats]:
    """Flow stress, and the plastic work of each pixel in the last step."""
    found = plasticity.solve(pattern, yield_stress=YIELD, hardening=(HARDENING, HARDENING))
    last, before = found.plastic_strain[-1], found.plastic_strain[-2]
    work = (YIELD[pattern] + HARDENING * last) * (last - before)
    return float(found.stress[-1]), work


SENSITIVITIES: dict[str, Callable[[NDArray[Any]], tuple[float, Floats]]] = {
    "strain-energy": energy,
    "flow-stress": flow,
}


def optimised(name: str, start: NDArray[Any], target: float, solves: int) -> list[float]:
    """Optimise the topology of a pattern: the values found, one for each solve.

    A step that passes the target is taken again from where it began, shortened by the secant.
    """
    solve = SENSITIVITIES[name]
    pattern = start.astype(np.int64)
    size = pattern.size
    value, density = solve(pattern)  # known, and not counted: the start has been solved
    found: list[float] = []
    old, count = None, max(1, int(STEP * size / 2))
    sign = np.sign(target - value)
    room = 0.95 * TOLERANCE  # of the volume fraction
    least, most = np.ceil((FRACTION - room) * size), np.floor((FRACTION + room) * size)
    while len(found) < solves:
        smooth = gaussian_filter(density, BLUR, mode="reflect")
        smooth = smooth if old is None else (smooth + old) / 2
        wish = (sign * smooth).ravel()
        flat = pattern.ravel()
        soft, hard = np.flatnonzero(flat == 1), np.flatnonzero(flat == 0)
        # More of what serves the target, as far as the volume fraction allows.
        spare = int(len(soft) - least if sign > 0 else most - len(soft))
        harden, soften = (count, count - spare) if sign > 0 else (count - spare, count)
        up = soft[np.argsort(-wish[soft])][: max(0, harden)]
        down = hard[np.argsort(wish[hard])][: max(0, soften)]
        changed = flat.copy()
        changed[up], changed[down] = 0, 1
        changed = changed.reshape(pattern.shape)
        reached, fresh = solve(changed)
        found.append(reached)
        if sign * (target - reached) < 0:
            count = max(1, int(count * abs(target - value) / abs(reached - value)))
            continue
        pattern, value, density, old = changed, reached, fresh, smooth
    return found


def designed(
    name: str, target: float, seed: int, without: tuple[str, ...]
) -> list[tuple[NDArray[Any], float]]:
    """Design, and list all pictures that were solved, with their values."""
    solved: list[tuple[NDArray[Any], float]] = []
    solve = _design_rounds._solved

    def watch(image: NDArray[np.uint8], properties: Any) -> Floats:
        values = solve(image, properties)
        solved.append((image, float(values[0])))
        return values

    parts = {
        "refit": patch.object(_design_refit.Lessons, "learn", lambda *_: None),
        "trust": patch.object(_design_search.Search, "_doubt", lambda *_: 0.0),
    }
    _design_search._search.cache_clear()  # the loss is compiled with what it trusts
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")  # that targets lie beyond the data is the point
        stack.enter_context(patch.object(_design_rounds, "_solved", watch))
        for part in without:
            stack.enter_context(parts[part])
        design(
            target,
            volume_fraction=FRACTION,
            candidates=CANDIDATES,
            seed=seed,
            property=PROPERTIES[name],
        )
    return solved


def after(values: list[float], target: float) -> list[float]:
    """Least relative error after the first four solves, and after more, of values in order."""
    errors = np.minimum.accumulate(np.abs(np.array(values) / target - 1))
    return [float(errors[min(CANDIDATES + more, len(errors)) - 1]) for more in MORE]


def compare(name: str, target: float, seeds: int) -> dict[str, Any]:
    """Compare at one target."""
    found: dict[str, Any] = {key: [] for key in WITHOUT} | {"topology optimisation": []}
    for seed in range(seeds):
        for key, without in WITHOUT.items():
            solved = designed(name, target, seed, without)
            found[key].append(after([value for _, value in solved], target))
            if not without:
                first = solved[:CANDIDATES]
        start = min(first, key=lambda one: abs(one[1] - target))[0]
        reached = optimised(name, start, target, LONG if seed == seeds - 1 else MORE[-1])
        values = [value for _, value in first] + reached
        found["topology optimisation"].append(after(values, target))
    best = min(reached, key=lambda one: abs(one - target))
    medians = {key: [median(one) for one in zip(*runs, strict=True)] for key, runs in found.items()}
    return {"target": target, "reached by a long run": best} | medians


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="of each design")
    parser.add_argument("--property", choices=list(TARGETS), help="one alone, to look at")
    parser.add_argument("--write", action="store_true", help="put the numbers into results.json")
    parser.add_argument("--output", type=Path, default=RESULTS, help="JSON file to write into")
    arguments = parser.parse_args()
    names = [arguments.property] if arguments.property else list(TARGETS)
    data = load_embedded(1)
    known = {"strain-energy": data.strain_energy[:, -1], "flow-stress": data.stress_strain[:, -1]}
    work = [(name, target) for name in names for target in TARGETS[name]]
    entry: dict[str, Any] = {
        "machine": machine("keras", "numpy"),
        "solves after the first four": list(MORE),
        "seeds": arguments.seeds,
        "properties": {
            name: {"data": [float(known[name].min()), float(known[name].max())], "targets": []}
            for name in names
        },
    }
    with one_bar("Beyond the data") as report:
        for done, (name, target) in enumerate(work):
            row = compare(name, target, arguments.seeds)
            entry["properties"][name]["targets"].append(row)
            print(name, {k: np.round(v, 4).tolist() for k, v in row.items()}, flush=True)
            report(done + 1, len(work))
    if arguments.write:
        write_entry(arguments.output, KEY, entry)


if __name__ == "__main__":
    main()
