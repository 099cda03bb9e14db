"""Compute stress–strain curves to learn strength from: `python -m tools.recipes.plasticity`.

Those of the embedded patterns, 7,200 at twenty strains, take two hours and a quarter on one core,
and are added to the files that `tools.recipes.embedded` wrote. Those of fresh simulations, which
are for training alone and stay in the work folder, take two hours.
"""

import json
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import joblib
import numpy as np
import typer

from tools.recipes.embedded import COUNTS
from tools.recipes.recipe import RUNS, Out, Processes, Simulations, Work, kept, write_manifest
from vae_course.arrays import Floats, Images
from vae_course.data import PatternSet, load_embedded
from vae_course.files import sha256
from vae_course.physics.plasticity import STRAINS, stress_strain
from vae_course.progress import one_bar

CHUNK = 120  # curves in a file
DECIMALS = 3  # of what is embedded: less than a tenth of what the mesh leaves open
FRESH = {
    1: Simulations(1, 255, 5001, frames=4),
    2: Simulations(2, 375, 5002, frames=4),
    3: Simulations(3, 375, 5003, frames=4),
}
FEWER_STRAINS = (0.001, 0.002, 0.003, 0.004, 0.005, 0.008, 0.013, 0.02)
"""Strains of the fresh curves: all that the proof stress needs, in half the time."""
PAIRS = 40  # patterns of each case that are pulled both ways


@dataclass(frozen=True)
class Pulled:
    """Patterns of fresh simulations.

    Attributes:
        images: Shape (N, 64, 64).
        curves: At `FEWER_STRAINS`, shape (N, strains).
        simulations: How many they are from.
    """

    images: Images
    curves: Floats
    simulations: int


def main(
    work: Work = RUNS, out: Out = Path("vae_course/data/embedded"), processes: Processes = -1
) -> None:
    """Pull every embedded pattern and put its curve beside it, then those of fresh simulations.

    Example: python -m tools.recipes.plasticity --work runs
    """
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    for case in COUNTS:
        path = out / f"case{case}.npz"
        patterns = PatternSet.load(path)
        found = curves(patterns.images, work / f"curves{case}", processes)
        replace(patterns, stress_strain=found.round(DECIMALS)).save(path)
        manifest["files"][path.name]["sha256"] = sha256(path)
    commands = "python -m tools.recipes.embedded, python -m tools.recipes.plasticity"
    write_manifest(out, commands, frames=manifest["frames"], files=manifest["files"])
    for case in FRESH:
        fresh(case, work, processes)


def fresh(case: int, work: Path, processes: int = -1) -> Pulled:
    """Simulate patterns, each as it is and turned by a quarter, and pull them.

    With fewer strains backward Euler finds stresses that are lower by 0.1 % at most. What it lacks
    on average is measured on some of the embedded patterns, and added.
    """
    patterns = FRESH[case].patterns(work / f"strength{case}.npz", processes)
    both = np.stack([patterns.images, patterns.images.transpose(0, 2, 1)], axis=1)
    images = both.reshape(-1, *both.shape[2:])
    found = curves(images, work / f"fresh{case}", processes, FEWER_STRAINS)
    train, _ = load_embedded(case).split(test=0.2, seed=0)
    known = train.select(np.linspace(0, len(train) - 1, PAIRS).astype(int))
    again = curves(known.images, work / f"pairs{case}", processes, FEWER_STRAINS)
    places = np.searchsorted(STRAINS, FEWER_STRAINS)
    lacking = known.stress_strain[:, places].mean(axis=0) / again.mean(axis=0)
    return Pulled(images, found * lacking, FRESH[case].count)


def curves(
    images: Images, folder: Path, processes: int, strains: tuple[float, ...] = STRAINS
) -> Floats:
    """Curves of images, in chunks named by the index of their first one, shape (N, strains)."""
    found = []
    with one_bar(f"Pulling {folder.name}") as report:
        for start in range(0, len(images), CHUNK):
            chunk = images[start : start + CHUNK]
            compute = partial(pulled, chunk, processes, strains)
            found.append(kept(folder / f"{start:06d}.npy", compute))
            report(start + len(chunk), len(images))
    return np.concatenate(found)


def pulled(images: Images, processes: int, strains: tuple[float, ...]) -> Floats:
    """Curves of some images."""
    work = (joblib.delayed(stress_strain)(image, strains) for image in images)
    return np.array(joblib.Parallel(processes)(work))


if __name__ == "__main__":
    typer.run(main)
