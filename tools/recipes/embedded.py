"""Make the embedded dataset anew: `python -m tools.recipes.embedded`.

It takes about 70 minutes on one core, and goes on where it was stopped.
"""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from vae_course.data.generate import discard_parts, generate
from vae_course.files import replacing
from vae_course.progress import one_bar

SEED = 2026
FRAMES = 12
SIMULATIONS = {1: 400, 2: 100, 3: 100}
HERE = Path(__file__).parent


def main(
    out: Annotated[Path, typer.Option(help="Folder of the files.")] = HERE,
    parts: Annotated[Path, typer.Option(help="Folder for finished simulations.")] = Path("runs"),
    processes: Annotated[int, typer.Option(help="Processes; -1 for one a core.")] = -1,
) -> None:
    """Simulate the three cases and write their files and the manifest."""
    entries = {}
    for case, simulations in SIMULATIONS.items():
        folder = parts / f"embedded-case{case}"
        with one_bar(f"Case {case}") as progress:
            patterns = generate(
                simulations,
                case,
                SEED,
                frames=FRAMES,
                processes=processes,
                folder=folder,
                progress=progress,
            )
        path = out / f"case{case}.npz"
        patterns.save(path)
        discard_parts(folder)
        entries[path.name] = {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "case": case,
            "seed": SEED,
            "simulations": simulations,
            "images": len(patterns),
        }
    manifest = {
        "command": "python -m tools.recipes.embedded",
        "version": version("vae-course"),
        "frames": FRAMES,
        "files": entries,
    }
    with replacing(out / "manifest.json") as temporary:
        temporary.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
