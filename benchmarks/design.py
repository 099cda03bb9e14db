"""Strain energy and design, on patterns never trained on: errors by finite elements, and times.

Run with: python benchmarks/design.py --write, as a whole or in parts (--parts energy,free).
The nearest neighbours are looked for among the frames of the training simulations whose energies
`tools.recipes.strain_energy` has solved; --work names its folder.
"""

import argparse
import json
import os
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from results import RESULTS, fastest, machine, write_entry
from rich.console import Console
from rich.table import Table

from tools.recipes import strain_energy as build
from tools.recipes.energy_errors import NORMAL_90
from vae_course.arrays import Images
from vae_course.data import PatternSet, load_embedded
from vae_course.latent.design import Design, design
from vae_course.latent.properties import PACKAGE
from vae_course.latent.strain_energy_model import StrainEnergyModel
from vae_course.physics import descriptors, hyperelasticity
from vae_course.physics.energy_bounds import TOLERANCE, energy_bounds
from vae_course.physics.material_property import DISPLACEMENT, YOUNG
from vae_course.progress import one_bar
from vae_course.vae._manifest import load_card

CORES = 2
PARTS = ("energy", "free", "near", "times")
KEYS = {"energy": "strain_energy", "free": "design", "near": "design", "times": "strain_energy"}
FACTORS = (0.85, 1.15)
ENERGY_TOLERANCE = 0.02  # of a nearest neighbour
FRACTION = 0.5
OLD = 1e-3  # time from which a pattern no longer counts as young
LOOK = {"perimeter": descriptors.perimeter, "euler_number": descriptors.euler_number}


@dataclass(frozen=True)
class Neighbours:
    """Solved frames of the training simulations.

    Attributes:
        images: Shape (N, n, n).
        energy: Shape (N,).
    """

    images: Images
    energy: NDArray[np.float64]

    def change(self, near: Images, target: float) -> float | None:
        """Return the part of pixels changed by the nearest one that meets the constraints.

        The neighbours may be turned and mirrored. None if there is none.
        """
        fraction = self.images.mean(axis=(1, 2))
        meets = np.abs(self.energy / target - 1) <= ENERGY_TOLERANCE
        meets &= np.abs(fraction - near.mean()) <= TOLERANCE
        if not meets.any():
            return None
        chosen = self.images[meets]
        turned = [np.rot90(near, k) for k in range(4)]
        turned += [one[::-1] for one in turned]
        return float(min((chosen != one).mean(axis=(1, 2)).min() for one in turned))


def solved_frames(work: Path) -> Neighbours:
    """Load the frames that the models of energy were trained on; solve them where need be."""
    found = build.solved_frames(build.FAMILIES["case1"], work, CORES)
    return Neighbours(found.images, found.energy)


def energy(model: StrainEnergyModel, embedded: PatternSet) -> dict[str, Any]:
    """Measure errors of energies, from images and from codes, and repeat those of the baselines."""
    true = embedded.strain_energy[:, -1]
    codes = model.vae.encode(embedded.images)
    entry: dict[str, Any] = {"images_tested": len(true)}
    for name, (mean, sd) in {
        "from images": model.predict_with_uncertainty(embedded.images),
        "from codes": model.predict_codes_with_uncertainty(codes),
    }.items():
        inside = np.abs(mean - true) <= NORMAL_90 * sd
        entry[name] = {
            "r2": float(1 - np.mean((mean - true) ** 2) / true.var()),
            "mean absolute error": float(np.abs(mean - true).mean()),
            "coverage of the 90 % interval": float(inside.mean()),
        }
    return {
        **entry,
        "baselines, from the card": load_card(PACKAGE, "strain-energy-case1")["baselines"],
    }


def free(embedded: PatternSet, targets: int, candidates: int) -> dict[str, Any]:
    """Design for targets over the 5–95 % range of energies, the volume fraction being ½."""
    levels = np.quantile(embedded.strain_energy[:, -1], np.linspace(0.05, 0.95, targets))
    found, seconds = [], []
    with one_bar("Free designs") as report:
        for k, level in enumerate(levels):
            start = perf_counter()
            found.append(
                design(float(level), volume_fraction=FRACTION, candidates=candidates, seed=k)
            )
            seconds.append(perf_counter() - start)
            report(k + 1, targets)
    return {
        "targets": targets,
        "volume fraction": FRACTION,
        "error": percentiles([one.error[0] for one in found]),
        "error of all candidates": percentiles(np.concatenate([one.error for one in found])),
        "most off in volume fraction": float(
            max(abs(one.volume_fraction[0] - FRACTION) for one in found)
        ),
        "seconds a design, median": float(np.median(seconds)),
        "candidates": candidates,
        "solves a design": float(np.mean([one.solves for one in found])),
        "look": look(embedded, found),
    }


def near(
    embedded: PatternSet, neighbours: Neighbours, pairs: int, candidates: int
) -> dict[str, Any]:
    """Change held-out patterns to 85 or 115 % of their energy, against nearest neighbours.

    Left out are targets beyond the physical bounds, and those no training frame meets.
    """
    rng = np.random.default_rng(0)
    old = rng.permutation(np.flatnonzero(embedded.time >= OLD * (1 - 1e-9)))
    found: list[Design] = []
    baseline: list[float] = []
    off, seconds, impossible, unmet = [], [], 0, 0
    with one_bar("Designs near a pattern") as report:
        for picked in old:
            for factor in FACTORS:
                picture = embedded.images[picked]
                target = float(factor * embedded.strain_energy[picked, -1])
                if target < energy_bounds(picture.mean() + TOLERANCE)[0]:
                    impossible += 1
                    continue
                change = neighbours.change(picture, target)
                if change is None:
                    unmet += 1
                    continue
                start = perf_counter()
                one = design(target, near=picture, candidates=candidates)
                seconds.append(perf_counter() - start)
                found.append(one)
                baseline.append(change)
                off.append(abs(one.volume_fraction[0] - picture.mean()))
                report(len(found), pairs)
            if len(found) >= pairs:
                break
    changed = [float(one.distance[0]) for one in found if one.distance is not None]
    return {
        "pairs of pattern and target": len(found),
        "left out: beyond the bounds": impossible,
        "left out: no training frame meets the target": unmet,
        "error": percentiles([one.error[0] for one in found]),
        "most off in volume fraction": float(max(off)),
        "pixels changed": percentiles(changed),
        "pixels changed, nearest neighbour": percentiles(baseline),
        "ratio of pixels changed": percentiles(np.array(changed) / np.array(baseline)),
        "seconds a design, median": float(np.median(seconds)),
        "candidates": candidates,
        "solves a design": float(np.mean([one.solves for one in found])),
        "look": look(embedded, found),
    }


def times(model: StrainEnergyModel, embedded: PatternSet, repeats: int = 5) -> dict[str, Any]:
    """Time predictions and finite-element solves on one and the same core."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
    if cores:
        os.sched_setaffinity(0, cores[:1])
    images = embedded.images[:256]
    model.predict(images)  # the first call is slower
    solve = fastest(
        lambda: hyperelasticity.strain_energy(images[0], (DISPLACEMENT,), YOUNG), repeats
    )
    single = fastest(lambda: model.predict(images[:1]), repeats)
    batch = fastest(lambda: model.predict(images), repeats) / len(images)
    if cores:
        os.sched_setaffinity(0, cores)
    return {
        "seconds a solve": solve,
        "seconds a prediction, single": single,
        "seconds a prediction, in a batch of 256": batch,
        "ratio, single": solve / single,
        "ratio, batch": solve / batch,
    }


def look(embedded: PatternSet, found: list[Design]) -> dict[str, Any]:
    """Compare the looks of the best designs with those of the data (5, 50, 95 %)."""
    best = np.stack([one.images[0] for one in found])
    return {
        name: {
            "designs": np.percentile(describe(best), (5, 50, 95)).tolist(),
            "data": np.percentile(describe(embedded.images), (5, 50, 95)).tolist(),
        }
        for name, describe in LOOK.items()
    }


def percentiles(values: Any) -> dict[str, float]:
    """Median, 95th percentile and greatest."""
    median, high, greatest = np.percentile(np.asarray(values), (50, 95, 100))
    return {"median": float(median), "95th percentile": float(high), "greatest": float(greatest)}


def table(entry: dict[str, Any], title: str) -> Table:
    """Lay out what was measured, a line a number."""
    shown = Table("measured", "value", title=title)

    def add(prefix: str, content: dict[str, Any]) -> None:
        for name, value in content.items():
            label = f"{prefix}{name}"
            if isinstance(value, dict):
                add(f"{label}: ", value)
            elif isinstance(value, list):
                shown.add_row(label, "  ".join(f"{one:.4g}" for one in value))
            else:
                shown.add_row(label, f"{value:.4g}" if isinstance(value, float) else str(value))

    add("", entry)
    return shown


def use_two_cores() -> None:
    """Hold the process to two cores, and TensorFlow to as many threads."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf  # noqa: PLC0415 (only this knows how to set its threads)

        tf.config.threading.set_intra_op_parallelism_threads(CORES)
        tf.config.threading.set_inter_op_parallelism_threads(CORES)


def parts(text: str) -> list[str]:
    """Read the names of parts."""
    chosen = text.split(",")
    if unknown := sorted(set(chosen) - set(PARTS)):
        raise argparse.ArgumentTypeError(f"there are {', '.join(PARTS)}; got {', '.join(unknown)}")
    return chosen


def main() -> None:
    """Measure, print and, if asked, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=parts, default=list(PARTS), help=",".join(PARTS))
    parser.add_argument("--targets", type=int, default=50, help="of free designs")
    parser.add_argument("--pairs", type=int, default=40, help="of patterns and targets near them")
    parser.add_argument("--candidates", type=int, default=4, help="tried for each target")
    parser.add_argument("--work", type=Path, default=Path("runs"), help="folder of solved frames")
    parser.add_argument("--write", action="store_true", help="merge into the results")
    parser.add_argument("--output", type=Path, default=RESULTS, help="JSON file to write into")
    settings = parser.parse_args()
    use_two_cores()
    model, embedded = StrainEnergyModel.load_pretrained("case1"), load_embedded(1)
    run = {
        "energy": lambda: energy(model, embedded),
        "free": lambda: free(embedded, settings.targets, settings.candidates),
        "near": lambda: near(
            embedded, solved_frames(settings.work), settings.pairs, settings.candidates
        ),
        "times": lambda: times(model, embedded),
    }
    known: dict[str, Any] = {}
    if settings.write and settings.output.exists():
        known = json.loads(settings.output.read_text())
    entries = {KEYS[part]: dict(known.get(KEYS[part], {})) for part in settings.parts}
    for part in settings.parts:
        entry = entries[KEYS[part]]
        entry["what"] = "embedded set, Case 1, never trained on"
        found = {"machine": machine("keras", "numpy", threads=1 if part == "times" else CORES)}
        found |= run[part]()
        entry[part] = found
        Console().print(table(found, part))
        if settings.write:
            write_entry(settings.output, KEYS[part], entry)
    if settings.write:
        print(f"written to {settings.output} under {', '.join(entries)}")


if __name__ == "__main__":
    main()
