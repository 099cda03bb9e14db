"""Running the answers of a submission in a sandbox of its own, and reading what came of them."""

import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Event
from typing import Any, Literal
from uuid import uuid4

from vae_course.grading import judging, supervised
from vae_course.grading.lesson_files import Exercise, Lesson, by_number, cells_for, imported
from vae_course.grading.one_answer import Job
from vae_course.grading.sandbox import Sandbox

ResultKind = Literal["passed", "failed", "error", "not attempted", "suspicious", "not graded"]
"""The four outcomes of a check, and two of grading."""

ANSWER_SHARE = 0.25
"""Part of the time for a check that the cell of an answer gets: it only defines something."""


@dataclass(frozen=True)
class Limits:
    """Bounds on what a submission may take.

    Args:
        minutes: For a submission in all.
        memory: For it in all, in GiB.
        cell_seconds: For a check; a cell with an answer gets a quarter of it.
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
        credit: Points for a try that was not passed.
        given: Points that the instructor has given by hand; None if none were.
        comment: The instructor's.
    """

    exercise: Exercise
    kind: ResultKind
    message: str
    details: dict[str, str] = field(default_factory=dict)
    credit: float = 0.0
    given: float | None = None
    comment: str = ""

    @property
    def points(self) -> float:
        """Points given by hand, else its stars if it was passed, else what the try is worth."""
        if self.given is not None:
            return self.given
        return float(self.exercise.stars) if self.kind == "passed" else self.credit


@dataclass
class Marked:
    """What running a submission has found.

    Attributes:
        results: By the numbers of the exercises.
        notes: In sentences.
        remarks: For the instructor alone.
        stopped: Whether it ended before all was judged.
    """

    results: dict[str, Result]
    notes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    stopped: bool = False


def run_answers(
    lesson: Lesson, answers: Mapping[str, str], limits: Limits, sandbox: Sandbox, stop: Event
) -> Marked:
    """Judge answers, each in a process of its own, all in one sandbox.

    Raises:
        InterruptedError: If it was ended by `stop`.
    """
    wanted = [exercise for exercise in lesson.exercises if exercise.number in answers]
    jobs = [asdict(_job(lesson, exercise, answers, limits)) for exercise in wanted]
    work = {
        "lesson": lesson.number,
        "imports": imported(lesson),
        "alone": sandbox.alone,
        "jobs": jobs,
    }
    run = f"vae-course-{uuid4().hex}"
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="vae-course-", ignore_cleanup_errors=True) as scratch:
        try:
            ended = supervised.run(
                sandbox.command(run, ["-c", judging.START], limits.memory),
                Path(scratch),
                supervised.environment(Path(scratch), limits.threads),
                json.dumps(work).encode(),
                60 * limits.minutes,
                limits.memory,
                stop,
            )
        finally:
            sandbox.end(run)
    if stop.is_set():
        raise InterruptedError("grading was interrupted")
    marked = read(wanted, ended.said)
    missing = [one for one in wanted if one.number not in marked.results]
    if missing:
        marked.stopped = True
        seconds = time.monotonic() - started
        told = ended.why or f"it ended after {seconds:.0f} s with exit code {ended.code}"
        marked.notes.append(
            " ".join(f"Stopped: {told}. {ended.errors if not ended.why else ''}".split())
        )
    for exercise in missing:
        why = "Grading was stopped before its check had ended."
        marked.results[exercise.number] = Result(exercise, "not graded", why)
    return marked


def _job(lesson: Lesson, exercise: Exercise, answers: Mapping[str, str], limits: Limits) -> Job:
    cells, place = cells_for(lesson, exercise, answers)
    return Job(
        exercise.number,
        exercise.name,
        cells,
        place,
        lesson_seconds=limits.cell_seconds,
        answer_seconds=ANSWER_SHARE * limits.cell_seconds,
        check_seconds=limits.cell_seconds,
        memory=limits.memory,
    )


def read(exercises: Sequence[Exercise], said: bytes) -> Marked:
    """Read what a supervisor wrote; a line that is none of its own counts for nothing."""
    wanted = by_number(exercises)
    marked = Marked({})
    for line in said.splitlines():
        try:
            one = json.loads(line)
            exercise = wanted[one["number"]]
            result = _result(exercise, one)
        except (ValueError, KeyError, TypeError, RecursionError):
            marked.notes.append("The sandbox wrote a line that is no result.")
            marked.stopped = True
            break
        marked.results[exercise.number] = result
        if one.get("copied"):
            marked.remarks.append(f"The answer to {exercise.number} is a copy of the course's own.")
    return marked


def _result(exercise: Exercise, one: Mapping[str, Any]) -> Result:
    if one["changed"]:
        return Result(exercise, "suspicious", f"It changed {one['changed']} while it ran.")
    if one["own"] and one["kind"] == "passed":
        return Result(exercise, "suspicious", "It is the course's own function.")
    again = one.get("again", one["kind"])
    if again != one["kind"]:
        return Result(exercise, "suspicious", f"Judged twice, it was {one['kind']} and {again}.")
    return Result(exercise, one["kind"], one["message"], one["details"])
