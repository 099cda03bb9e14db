"""Compute the stress–strain curves of the embedded patterns: `python -m tools.recipes.plasticity`.

7,200 patterns at twenty strains take two hours and a quarter on one core. The curves are added to
the files that `tools.recipes.embedded` wrote.
"""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import joblib
import numpy as np
import typer

from tools.recipes.embedded import COUNTS
from tools.recipes.recipe import RUNS, Out, Processes, Work, kept, write_manifest
from vae_course.arrays import Floats, Images
from vae_course.data import PatternSet
from vae_course.files import sha256
from vae_course.physics.plasticity import stress_strain
from vae_course.progress import one_bar

CHUNK = 120  # curves in a file
DECIMALS = 3  # of what is embedded: less than a tenth of what the mesh leaves open


def main(
    work: Work = RUNS, out: Out = Path("vae_course/data/embedded"), processes: Processes = -1
) -> None:
    """Pull every embedded pattern, and put its curve beside it.

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


def curves(images: Images, folder: Path, processes: int) -> Floats:
    """Curves of images, in chunks named by the index of their first one, shape (N, strains)."""
    found = []
    with one_bar(f"Pulling {folder.name}") as report:
        for start in range(0, len(images), CHUNK):
            chunk = images[start : start + CHUNK]
            found.append(kept(folder / f"{start:06d}.npy", partial(pulled, chunk, processes)))
            report(start + len(chunk), len(images))
    return np.concatenate(found)


def pulled(images: Images, processes: int) -> Floats:
    """Curves of some images."""
    work = (joblib.delayed(stress_strain)(image) for image in images)
    return np.array(joblib.Parallel(processes)(work))


if __name__ == "__main__":
    typer.run(main)
