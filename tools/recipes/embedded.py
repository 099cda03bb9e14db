"""Make the embedded dataset anew: `python -m tools.recipes.embedded`.

It takes about 70 minutes on one core.
"""

from pathlib import Path

import typer

from tools.recipes.recipe import RUNS, Out, Processes, Simulations, Work, write_manifest
from vae_course.files import sha256

SEED = 2026
FRAMES = 12
COUNTS = {1: 400, 2: 100, 3: 100}


def main(
    work: Work = RUNS, out: Out = Path("vae_course/data/embedded"), processes: Processes = -1
) -> None:
    """Simulate the three cases and write their files and the manifest.

    Example: python -m tools.recipes.embedded --work runs
    """
    entries = {}
    for case, count in COUNTS.items():
        simulations = Simulations(case, count, SEED, FRAMES, energies=True)
        patterns = simulations.patterns(work / f"embedded-case{case}.npz", processes)
        path = out / f"case{case}.npz"
        patterns.save(path)
        entries[path.name] = {
            "sha256": sha256(path),
            "case": case,
            "seed": SEED,
            "simulations": count,
            "images": len(patterns),
        }
    write_manifest(out, "python -m tools.recipes.embedded", frames=FRAMES, files=entries)


if __name__ == "__main__":
    typer.run(main)
