"""All baselines on the frozen suite of `vae-course benchmark`.

Run with: python benchmarks/suite.py --write. Takes an hour and a half on two cores, a third of it
for training three networks; a run that is stopped goes on with the model in which it was.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from results import RESULTS, machine, write_entry

from vae_course.commands.terminal import NEEDS_LOOK
from vae_course.suite import data

FOLDER = Path(__file__).parent / "evolution_suite"
MODELS = {
    "nothing changes": "baselines.py:NothingChanges",
    "latent velocity": "baselines.py:LatentVelocity",
    "solver on a coarse grid": "baselines.py:CoarseSolver",
    "U-Net": "networks.py:UNet",
    "Fourier operator": "networks.py:FourierOperator",
    "ConvLSTM": "networks.py:ConvLSTM",
    "the course's networks": "baselines.py:Course",
    "identified physics": "baselines.py:IdentifiedPhysics",
    "physics from the network's past": "baselines.py:Pasts",
}
SEED = 12345  # of the fresh simulations, which are then the same for all


def rounded(value: Any) -> Any:
    """Round all numbers of a nested structure to four digits."""
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(one) for one in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def main() -> None:
    """Try each model, and write what it reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", help=",".join(MODELS))
    parser.add_argument("--work", type=Path, default=Path("runs/suite"), help="folder of reports")
    parser.add_argument("--write", action="store_true", help="into results.json")
    settings = parser.parse_args()
    names = settings.models.split(",") if settings.models else list(MODELS)
    if unknown := sorted(set(names) - set(MODELS)):
        parser.error(f"models are {', '.join(MODELS)}; got {', '.join(unknown)}")
    reports = {}
    for name in names:
        out = settings.work / MODELS[name].partition(":")[2]
        kept = out / "done.json"
        if not kept.exists():
            command = [sys.executable, "-m", "vae_course.cli", "benchmark", FOLDER / MODELS[name]]
            done = subprocess.run([*command, "--seed", str(SEED), "--out", out], check=False)
            if done.returncode not in (0, NEEDS_LOOK):
                raise SystemExit(f"{name} was not tried to the end")
            (out / "benchmark.json").rename(kept)
        reports[name] = rounded(json.loads(kept.read_text())) | {"model": MODELS[name]}
    if settings.write:
        what = f"suite {data.FROZEN[:12]}, a process for each model, fresh seed {SEED}"
        known = json.loads(RESULTS.read_text("utf-8")).get("suite", {})
        if known.get("what") == what:  # what was tried on the same suite before stays
            reports = known["models"] | reports
        write_entry(
            RESULTS,
            "suite",
            {"what": what, "models": reports, "machine": machine("keras", "numpy", threads=2)},
        )


if __name__ == "__main__":
    main()
