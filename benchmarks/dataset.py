"""How long reading the real dataset takes, and how much memory, at its true size.

Run with: python benchmarks/dataset.py [--write]. Files of the dataset's own form and number of rows
are written into a scratch folder (900 MB for the three cases) from the embedded patterns, repeated;
what reading costs does not depend on which patterns they are.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from results import RESULTS, machine, write_entry
from rich.console import Console
from rich.table import Table

from vae_course.data import PatternSet, load_embedded, read_mechanical_mnist
from vae_course.data.mechanical_mnist import TABLE
from vae_course.progress import one_bar

KEY = "dataset"
ROWS = {1: 37_523, 2: 37_680, 3: 29_610}
FRAMES = 51  # of a simulation, about as in the dataset
LIMIT, LIMIT_AGAIN = 60.0, 1.0  # seconds of the first and of later reads, the aims


def write_copy(folder: Path, case: int, patterns: PatternSet) -> None:
    """Write the files of one case, in the form of the dataset.

    Args:
        folder: Where to write.
        case: 1, 2 or 3.
        patterns: What to write, with energies of 0 where they are not known.
    """
    with (folder / f"Case{case}_input_patterns_64_x_64.txt").open("w") as file:
        file.writelines(" ".join(map(str, one.ravel())) + "\n" for one in patterns.images)
    with (folder / f"Case{case}_strain_energy.txt").open("w") as file:
        for one in np.nan_to_num(patterns.strain_energy):
            file.write(" ".join(f"{value:.6e}" for value in one) + "\n")
    table = folder / TABLE
    new = not table.exists()
    with table.open("a") as file:
        if new:
            file.write(
                "Image_Number Case Coefficient_'b' lambda Grid_Size Seed "
                "Cahn_Hilliard_Simulation_Index Displacement_Result_File_Number "
                "Displacement_Result_Index Delta_Psi_Reaction_Force_Result_Index\n"
            )
        for k, (p, simulation) in enumerate(
            zip(patterns.parameters, patterns.simulation, strict=True)
        ):
            file.write(
                f"{k + 1} {case} {p['b']:.4f} {p['lam']:.6f} {p['grid']} {p['seed']} {simulation} "
                f"{k // 1000 + 1} {k % 1000 + 1} {k + 1}\n"
            )


def repeated(case: int, rows: int) -> PatternSet:
    """Repeat the embedded patterns of a case, numbered as simulations of `FRAMES` frames.

    Args:
        case: 1, 2 or 3.
        rows: Number of patterns.

    Returns:
        The patterns.
    """
    patterns = load_embedded(case)
    places = np.arange(rows)
    simulation = 10_000 * case + places // FRAMES
    return replace(patterns.select(places % len(patterns)), simulation=simulation)


def measure(folder: Path, case: int) -> dict[str, Any]:
    """Read a case in a process of its own.

    Args:
        folder: Folder of the dataset.
        case: 1, 2 or 3.

    Returns:
        Seconds, peak memory in MiB beyond what the imports take, and the number of patterns.
    """
    done = subprocess.run(
        [sys.executable, __file__, "--read", str(folder), str(case)],
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def read(folder: Path, case: int) -> None:
    """Read a case, and print what it took as JSON."""
    before, start = memory("VmRSS"), perf_counter()
    patterns: PatternSet = read_mechanical_mnist(folder, case, progress=lambda *_: None)
    seconds, taken = perf_counter() - start, memory("VmHWM") - before
    Console(width=200).print_json(
        json.dumps({"seconds": seconds, "MiB": taken, "patterns": len(patterns)}),
        indent=None,
    )


def memory(name: str) -> float:
    """Memory of this process in MiB: VmRSS is what it holds now, VmHWM the most it has held.

    Not `resource.getrusage`: a new process starts with the peak of the one that has started it.
    """
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split(f"{name}:")[1].split()[0]) / 1024


def main() -> None:
    """Write the copies, read each twice, and once more after a change."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the numbers into results.json")
    parser.add_argument(
        "--copy",
        nargs=2,
        type=Path,
        metavar=("PATTERNS", "FOLDER"),
        help="write PATTERNS, one case from `vae-course simulate`, in the dataset's form, and stop",
    )
    parser.add_argument("--read", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.copy:
        patterns, folder = PatternSet.load(arguments.copy[0]), arguments.copy[1]
        folder.mkdir(parents=True)
        write_copy(folder, int(patterns.parameters["case"][0]), patterns)
        return
    if arguments.read:
        read(Path(arguments.read[0]), int(arguments.read[1]))
        return
    table = Table("case", "patterns", "first read", "rows a second", "peak", "later read")
    entry: dict[str, Any] = {"cases": {}, "machine": machine("numpy")}
    with tempfile.TemporaryDirectory() as scratch, one_bar("dataset") as report:
        folder = Path(scratch)
        for case, rows in ROWS.items():
            write_copy(folder, case, repeated(case, rows))
        for done, case in enumerate(ROWS):
            report(done, len(ROWS))
            first, again = measure(folder, case), measure(folder, case)
            assert first["patterns"] == again["patterns"] == ROWS[case]
            text = folder / f"Case{case}_strain_energy.txt"
            text.write_text(text.read_text().replace("\n", " \n", 1))
            changed = measure(folder, case)
            assert changed["seconds"] > 2 * again["seconds"], "a changed file was not read anew"
            entry["cases"][str(case)] = {
                "patterns": ROWS[case],
                "first read, seconds": round(first["seconds"], 2),
                "first read, peak MiB": round(first["MiB"]),
                "later read, seconds": round(again["seconds"], 3),
                "text, MB": round(np.ceil(ROWS[case] * 8192 / 1e6)),
            }
            table.add_row(
                str(case),
                f"{ROWS[case]:,}",
                f"{first['seconds']:.1f} s" + ("" if first["seconds"] <= LIMIT else " over"),
                f"{ROWS[case] / first['seconds']:,.0f}",
                f"{first['MiB']:.0f} MiB",
                f"{again['seconds']:.2f} s" + ("" if again["seconds"] <= LIMIT_AGAIN else " over"),
            )
        report(len(ROWS), len(ROWS))
    Console().print(table)
    if arguments.write:
        write_entry(RESULTS, KEY, entry)


if __name__ == "__main__":
    main()
