"""Run a lesson with other right answers: `python -m tools.answers 03`.

Every answer that the tests list as right must carry the rest of its lesson: all cells run, and all
numbers that are compared with a band lie inside. In the first run each exercise is answered by
its first right answer, in the second by its second, and so on. Minutes for a lesson that trains.
"""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from tools.seeds import numbers
from vae_course.authoring.linter import checks_of
from vae_course.authoring.source import Source, build, read_source, source_paths
from vae_course.progress import one_bar


def right_answers(source: Source) -> dict[str, list[str]]:
    """Find the names of the right answers to each exercise, as the tests list them."""
    sys.path.insert(0, str(source.misconceptions.parent.resolve()))
    listed: dict[str, Any] = importlib.import_module(source.misconceptions.stem).EXERCISES
    return {name: [one.__name__ for one in listed[name].right] for name in listed}


def rounds(answers: dict[str, list[str]]) -> Iterator[dict[str, str]]:
    """Choose one right answer to each exercise, until each has been chosen."""
    for count in range(max(map(len, answers.values()))):
        yield {name: given[count % len(given)] for name, given in answers.items()}


def answered(source: Source, chosen: dict[str, str]) -> str:
    """Write the code of a lesson with its exercises answered by functions of its tests."""
    names = {number: name for number, (_, name) in checks_of(source).items()}
    lines = []
    for cell in build(source, "solution").cells:
        if cell.cell_type == "code":
            about = cell.metadata.get("vae_course", {})
            text = cell.source
            if about.get("role") == "answer":
                name = names[about["exercise"]]
                text = f"from {source.misconceptions.stem} import {chosen[name]} as {name}"
            lines.append(text)
    return "\n".join(lines)


def main(lesson: Annotated[str, typer.Argument(help="Its number, two digits.")]) -> None:
    """Run a lesson with other right answers, and say where it breaks.

    Example: python -m tools.answers 03
    """
    paths = source_paths(Path())
    if lesson not in paths:
        raise typer.BadParameter(f"must be one of {', '.join(paths)}; got {lesson!r}")
    source = read_source(paths[lesson])
    console = Console()
    trials = list(rounds(right_answers(source)))
    failed = 0
    with one_bar("runs", Console(stderr=True)) as show:
        for done, chosen in enumerate(trials, 1):
            faults = outside(source, chosen)
            for fault in faults:
                console.print(f"{', '.join(chosen.values())}: {fault}", markup=False)
            failed += bool(faults)
            show(done, len(trials))
    console.print(f"lesson {lesson}: {len(trials)} runs with other right answers, {failed} broken")
    raise typer.Exit(failed > 0)


def broken(source: Source, chosen: dict[str, str]) -> str:
    """Run a lesson with chosen answers, trainings cut short: what failed, if anything."""
    try:
        numbers(answered(source, chosen), short=True)
    except RuntimeError as error:
        return str(error)
    return ""


def outside(source: Source, chosen: dict[str, str]) -> list[str]:
    """Run a lesson with chosen answers: what failed, and which numbers lie outside their bands."""
    try:
        found = numbers(answered(source, chosen))
    except RuntimeError as error:
        return [str(error)]
    return [
        f"{what}: {value:.4g}, expected between {low:g} and {high:g}"
        for what, value, low, high in found
        if not low <= value <= high
    ]


if __name__ == "__main__":
    typer.run(main)
