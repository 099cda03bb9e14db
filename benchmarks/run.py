"""Run all benchmarks, one after the other, and write their numbers into results.json.

Run with: make bench, or for some of them: make bench ARGS="--only dataset,scaling". All together
take hours, and need the machine for themselves. Stopped, the same command goes on with the
benchmark in which it was; what each printed is in runs/bench/.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.table import Table

from vae_course.files import replacing
from vae_course.progress import one_bar

FOLDER = Path(__file__).parent
BENCHMARKS = {  # and what they measure
    "hyperelasticity": "finite elements",
    "plasticity": "the curve of a pattern that flows, and finer elements",
    "simulation": "phase-field solver, beside py-pde",
    "dataset": "reading the real dataset",
    "cluster": "one process and two, simulating and training",
    "scaling": "how cost grows",
    "training": "training, beside a published architecture and PCA; what a leak does",
    "evolution": "future and past, beside baselines; simulates training sets first",
    "design": "strain energy and design; solves training frames first",
    "strength": "models of proof and flow stress, and designs by them",
    "beyond": "designs beyond the data, beside topology optimisation",
    "identification": "constants found from frames, and forecasts with them",
    "suite": "all baselines on the suite of `vae-course benchmark`; trains three networks",
    "explorer": "the Explorer in a browser, beside Python; needs the built site",
    "samples": "samples of the flow against fresh simulations; simulates them first",
}


def chosen(text: str) -> list[str]:
    """Read a list of benchmarks."""
    names = text.split(",")
    if unknown := sorted(set(names) - set(BENCHMARKS)):
        raise argparse.ArgumentTypeError(
            f"benchmarks are {', '.join(BENCHMARKS)}; got {', '.join(unknown)}"
        )
    return names


def run(names: list[str], work: Path, folder: Path = FOLDER) -> dict[str, float]:
    """Run benchmarks that are not done yet.

    Args:
        names: Which ones, in this order.
        work: Where logs go, and what is kept for a run that goes on.
        folder: Where the scripts are.

    Returns:
        Seconds of each, by name; -1 for those that failed.
    """
    work.mkdir(parents=True, exist_ok=True)
    state = work / "done.json"
    done: dict[str, float] = json.loads(state.read_text()) if state.exists() else {}
    failed = {}
    with one_bar("Benchmarks") as report:
        for count, name in enumerate(names):
            report(count, len(names))
            if name in done:
                continue
            start = perf_counter()
            with (work / f"{name}.log").open("w") as printed:
                ended = subprocess.run(
                    [sys.executable, folder / f"{name}.py", "--write"],
                    stdout=printed,
                    stderr=subprocess.STDOUT,
                    check=False,
                )
            if ended.returncode:
                failed[name] = -1.0
                continue
            done[name] = round(perf_counter() - start, 1)
            with replacing(state) as temporary:
                temporary.write_text(json.dumps(done))
        report(len(names), len(names))
    if all(name in done for name in names):
        state.unlink(missing_ok=True)  # the next run measures all anew
    return {name: done.get(name, failed.get(name, -1.0)) for name in names}


def main() -> None:
    """Run, and say how each ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", type=chosen, default=list(BENCHMARKS), help=",".join(BENCHMARKS))
    parser.add_argument("--work", type=Path, default=Path("runs/bench"), help="folder of logs")
    settings = parser.parse_args()
    try:
        found = run(settings.only, settings.work)
    except KeyboardInterrupt:
        raise SystemExit("Stopped. The same command goes on.") from None
    table = Table("benchmark", "what", "time")
    for name, seconds in found.items():
        table.add_row(name, BENCHMARKS[name], "failed" if seconds < 0 else f"{seconds:,.0f} s")
    Console().print(table)
    if bad := [name for name, seconds in found.items() if seconds < 0]:
        raise SystemExit(f"Look at {', '.join(str(settings.work / f'{name}.log') for name in bad)}")
    Console().print(
        "Numbers: benchmarks/results.json. Page: Results, when the site is built again."
    )


if __name__ == "__main__":
    main()
