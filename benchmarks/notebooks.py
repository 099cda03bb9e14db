"""How long the lessons take, cell by cell, run strictly as nbval runs them.

Run with: python benchmarks/notebooks.py [03 …]. Prints a table: seconds of all cells but the first
one with code, which imports Keras, on two cores.
"""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import nbformat
from nbclient import NotebookClient
from rich.console import Console
from rich.table import Table

from vae_course.progress import one_bar

ROOT = Path(__file__).parents[1]
CORES = 2
LIMIT = 60.0
"""Seconds that the cells of a lesson may take on two cores, imports aside."""


@dataclass(frozen=True)
class Times:
    """Seconds of a notebook.

    Attributes:
        name: Name of the notebook.
        imports: Of the first cell with code.
        cells: Of the others, with the first line of each.
    """

    name: str
    imports: float
    cells: list[tuple[float, str]]

    @property
    def total(self) -> float:
        """Seconds of all cells but the first."""
        return sum(seconds for seconds, _ in self.cells)


def measure(path: Path, strict: bool) -> Times:
    """Run a notebook and take the time of its cells.

    Args:
        path: The notebook.
        strict: Whether every exercise must pass.

    Returns:
        The times.
    """
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    started: dict[int, float] = {}
    cells: list[tuple[float, str]] = []

    def start(cell: Any, cell_index: int) -> None:
        started[cell_index] = perf_counter()

    def end(cell: Any, cell_index: int, **_: Any) -> None:
        if cell.cell_type == "code":
            cells.append((perf_counter() - started[cell_index], cell.source.partition("\n")[0]))

    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_start=start,
        on_cell_executed=end,  # on_cell_complete is called before
    )
    variables = {**os.environ, "VAE_COURSE_STRICT": str(int(strict)), "TF_CPP_MIN_LOG_LEVEL": "3"}
    client.execute(env=variables)
    return Times(path.stem, cells[0][0], cells[1:])


def main() -> None:
    """Measure the lessons that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lessons", nargs="*", help="numbers of lessons; all by default")
    wanted = parser.parse_args().lessons
    paths = [
        (folder, path)
        for path in sorted((ROOT / "solutions").glob("*.ipynb"))
        for folder in ("solutions", "lessons")
        if not wanted or path.name[:2] in wanted
    ]
    if not paths:
        parser.error(f"no notebook of {', '.join(wanted)} in {ROOT / 'solutions'}")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    table = Table("notebook", "imports", "cells", "slowest cell")
    with one_bar("notebooks") as report:
        for done, (folder, path) in enumerate(paths):
            report(done, len(paths))
            times = measure(ROOT / folder / path.name, folder == "solutions")
            slowest, line = max(times.cells)
            mark = "" if times.total <= LIMIT else "[red] over[/]"
            table.add_row(
                f"{folder}/{times.name}",
                f"{times.imports:.1f} s",
                f"{times.total:.1f} s{mark}",
                f"{slowest:.1f} s  {line[:50]}",
            )
        report(len(paths), len(paths))
    Console().print(table)


if __name__ == "__main__":
    main()
