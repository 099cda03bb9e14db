"""Running a filled-in lesson under nbval, and reading what came of its checks."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any, Literal, get_args

import nbformat

from vae_course.classroom.outcome import STRICT, Kind
from vae_course.grading import record_cells, supervised
from vae_course.grading.lesson_files import Exercise, Lesson, filled_in

ResultKind = Literal["passed", "failed", "error", "not attempted", "suspicious", "not graded"]
"""The four outcomes of a check, and two of grading."""

ANSWER_SHARE = 0.25
"""Part of the time for a cell that one with an answer gets: it only defines something."""
DETAILS = ("expected", "found", "why", "code")


@dataclass(frozen=True)
class Limits:
    """Bounds on what a submission may take.

    Args:
        minutes: For a submission in all.
        memory: For it in all, in GiB.
        cell_seconds: For a cell with a check; a cell with an answer gets a quarter of it.
        threads: For numerical libraries.
    """

    minutes: float = 15.0
    memory: float = 6.0
    cell_seconds: float = 240.0
    threads: int = 1


@dataclass(frozen=True)
class Result:
    """What came of an exercise.

    Args:
        exercise: The exercise.
        kind: One of the outcomes.
        message: What happened, in a sentence.
        details: What else the check says: expected, found, why, code.
    """

    exercise: Exercise
    kind: ResultKind
    message: str
    details: dict[str, str] = field(default_factory=dict)

    @property
    def points(self) -> int:
        """Its stars if it was passed, else 0."""
        return self.exercise.stars if self.kind == "passed" else 0


@dataclass(frozen=True)
class Reached:
    """What a run of a notebook reached.

    Args:
        results: Of the checks that ended, by number.
        displayed: Numbers of exercises whose own cells displayed what only a check displays.
        cell: Id of the cell in which the run broke; empty if it did not break in one.
        broken: What broke it; empty if it came to its end.
        over: Whether it was the time for the whole submission that ended it.
    """

    results: dict[str, Result]
    displayed: tuple[str, ...] = ()
    cell: str = ""
    broken: str = ""
    over: bool = False


def run_notebook(
    lesson: Lesson,
    answers: Mapping[str, str],
    without: Iterable[str],
    limits: Limits,
    deadline: float,
    stop: Event,
) -> Reached:
    """Run a lesson with somebody's answers in it, in a process of its own.

    Raises:
        InterruptedError: If it was ended by `stop`.
    """
    notebook = filled_in(lesson, answers, ANSWER_SHARE * limits.cell_seconds)
    for cell in notebook.cells:
        if cell.id in set(without):
            cell.source = ""
    with (
        tempfile.TemporaryDirectory(prefix="vae-course-", ignore_cleanup_errors=True) as first,
        tempfile.TemporaryDirectory(prefix="vae-course-", ignore_cleanup_errors=True) as second,
    ):
        scratch, kept = Path(first), Path(second)
        work, record, output = scratch / "work", kept / "record.jsonl", kept / "output.txt"
        work.mkdir()
        (kept / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        nbformat.write(notebook, work / "lesson.ipynb")  # type: ignore[no-untyped-call]
        variables = supervised.environment(scratch, limits.threads) | {
            STRICT: "1",
            record_cells.RECORD: str(record),
            record_cells.MEMORY: str(limits.memory),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        left = max(0.0, deadline - time.monotonic())
        ended = supervised.run(
            _command(kept, limits), work, variables, output, left, limits.memory, stop
        )
        if stop.is_set():
            raise InterruptedError("grading was interrupted")
        over = bool(ended) and time.monotonic() >= deadline
        reached = read_record(lesson, _lines(record), ended, over)
        if reached.broken and not reached.cell and not over:
            return Reached(reached.results, broken=f"{reached.broken} {_tail(output)}".strip())
        return reached


def _command(settings: Path, limits: Limits) -> list[str]:
    return [
        *(sys.executable, "-m", "pytest", "lesson.ipynb", "--nbval-lax", "--nbval-current-env"),
        *("-p", "nbval.plugin", "-p", record_cells.__name__, "-p", "no:cacheprovider"),
        *("-c", str(settings / "pytest.ini"), "--rootdir", os.curdir, "--noconftest"),
        *("--nbval-cell-timeout", f"{limits.cell_seconds:g}"),
        *("--nbval-kernel-startup-timeout", "120", "--color", "no", "--tb", "no", "-q"),
    ]


def _lines(record: Path) -> list[dict[str, Any]]:
    """Read what was recorded; the last line can be half a line."""
    lines = []
    text = record.read_text(encoding="utf-8") if record.exists() else ""
    for line in text.splitlines(keepends=True):
        if line.endswith("\n"):
            lines.append(json.loads(line))
    return lines


def _tail(output: Path) -> str:
    with output.open("rb") as file:
        file.seek(max(0, output.stat().st_size - 400))
        return " ".join(file.read().decode("utf-8", "replace").split())


def read_record(
    lesson: Lesson, lines: Iterable[Mapping[str, Any]], ended: str, over: bool
) -> Reached:
    """Say what came of each exercise, from the record of a run."""
    by_cell: dict[str, Mapping[str, Any]] = {}
    running, broken = "", ""
    for line in lines:
        running = line["cell"] if line["event"] == "start" else ""
        if line["event"] == "end":
            by_cell[line["cell"]] = line
            if line["broken"]:
                running, broken = line["cell"], line["broken"]
                break
    results = {
        exercise.number: judge(exercise, by_cell[exercise.check], by_cell.get(exercise.answer))
        for exercise in lesson.exercises
        if exercise.check in by_cell and exercise.check != running
    }
    displayed = tuple(
        exercise.number
        for exercise in lesson.exercises
        if by_cell.get(exercise.answer, {}).get("outcomes")
    )
    if ended:
        broken = f"{ended[0].upper()}{ended[1:]}."
    elif not broken and lesson.exercises[-1].check not in by_cell:
        broken = "The notebook did not run to its end."
    return Reached(results, displayed, running, broken, over)


def judge(exercise: Exercise, check: Mapping[str, Any], answer: Mapping[str, Any] | None) -> Result:
    """Judge an exercise by what its check displayed."""
    outcomes = check["outcomes"]
    if not outcomes and not check["passed"]:
        failed = answer is not None and not answer["passed"]
        return Result(exercise, "error", answer["error"] if failed and answer else check["error"])
    if len(outcomes) != 1:
        found = f"{len(outcomes)} results" if outcomes else "no result"
        return Result(exercise, "suspicious", f"The check displayed {found}, not one.")
    outcome = outcomes[0]
    if not _genuine(exercise, outcome, check["passed"]):
        return Result(exercise, "suspicious", "The check displayed a result that is not its own.")
    details = {name: outcome[name] for name in DETAILS if outcome[name]}
    return Result(exercise, outcome["kind"], outcome["message"], details)


def _genuine(exercise: Exercise, outcome: Any, passed: bool) -> bool:
    if not isinstance(outcome, dict):
        return False
    texts = [outcome.get(name) for name in ("message", *DETAILS)]
    return (
        all(isinstance(text, str) for text in texts)
        and outcome.get("kind") in get_args(Kind)
        and (outcome.get("exercise"), outcome.get("name")) == (exercise.number, exercise.name)
        and (outcome["kind"] == "passed") == passed
    )
