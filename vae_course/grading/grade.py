"""Grading: each student's answers, put into the lesson as handed out, run under nbval, counted."""

import hashlib
import json
import re
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from threading import Event
from typing import Any, Literal

import psutil

import vae_course
from vae_course.files import write_json
from vae_course.grading.answers import Taken
from vae_course.grading.lesson_files import Exercise, Lesson
from vae_course.grading.notebook_run import Limits, Reached, Result, run_notebook
from vae_course.grading.submissions import Submission
from vae_course.progress import Counted

Status = Literal["graded", "missing", "unreadable", "suspicious", "stopped"]
"""What became of a submission; only "graded" needs nobody's look."""

WORST: tuple[Status, ...] = ("suspicious", "stopped", "unreadable", "missing", "graded")
LEAST_MEMORY = 2.0  # Keras itself takes one
SPARE_BREAKS = 2
"""How often cells of the lesson itself may break before grading gives up on a submission."""


@dataclass(frozen=True)
class Grade:
    """What a submission is worth.

    Args:
        submission: What was handed in.
        status: What became of it.
        results: Of all exercises, in order.
        notes: What an instructor may want to know, in sentences.
    """

    submission: Submission
    status: Status
    results: tuple[Result, ...]
    notes: tuple[str, ...]

    @property
    def points(self) -> int:
        """Points reached."""
        return sum(result.points for result in self.results)


@dataclass
class _Marked:
    """What running a submission has found so far."""

    results: dict[str, Result]
    notes: list[str]
    stopped: bool = False


def grade(
    submissions: Sequence[Submission],
    limits: Limits,
    processes: int,
    parts: Path,
    run_suspicious: bool = False,
    progress: Counted = lambda done, total: None,
) -> list[Grade]:
    """Grade submissions, several at a time; what is done is kept, so that grading can go on."""
    stop = Event()
    done = 0
    progress(0, len(submissions))
    with ThreadPoolExecutor(simultaneous(processes, limits.memory)) as pool:
        waiting: list[Future[Grade]] = [
            pool.submit(grade_one, submission, limits, parts, run_suspicious, stop)
            for submission in submissions
        ]
        try:
            for future in as_completed(waiting):
                future.result()
                done += 1
                progress(done, len(waiting))
        except BaseException:
            stop.set()  # ends what runs, with all its processes
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return [future.result() for future in waiting]


def grade_one(
    submission: Submission, limits: Limits, parts: Path, run_suspicious: bool, stop: Event
) -> Grade:
    """Grade a submission.

    Raises:
        InterruptedError: If it was ended by `stop`.
    """
    lesson, taken = submission.lesson, submission.taken
    if taken is None:
        why = submission.notes[-1] if submission.notes else ""
        none = tuple(Result(exercise, "not graded", why) for exercise in lesson.exercises)
        return Grade(submission, submission.problem or "missing", none, submission.notes)
    fixed = {
        exercise.number: _before(exercise, taken, run_suspicious) for exercise in lesson.exercises
    }
    answers = {
        number: taken.answers[number].source for number, result in fixed.items() if result is None
    }
    marked = _marked(lesson, answers, limits, parts, stop)
    results = tuple(
        _with_hint(fixed[exercise.number] or marked.results[exercise.number], taken)
        for exercise in lesson.exercises
    )
    notes = [*submission.notes, *_findings(taken, run_suspicious), *marked.notes]
    return Grade(submission, _status(submission, taken, results, marked), results, tuple(notes))


def _before(exercise: Exercise, taken: Taken, run_suspicious: bool) -> Result | None:
    """Say what can be said without running an answer; None if it is to be run."""
    answer = taken.answers.get(exercise.number)
    if answer is None:
        return Result(exercise, "not attempted", "The notebook has no cell for it.")
    if answer.error:
        details = {"code": answer.line} if answer.line else {}
        return Result(exercise, "error", answer.error, details)
    if answer.findings and not (run_suspicious and answer.attempted and answer.runs):
        reasons = "; ".join(map(str, answer.findings))
        return Result(exercise, "suspicious", f"Not run: {reasons}.")
    if not answer.attempted:
        return Result(exercise, "not attempted", "Nothing is filled in yet.")
    return None


def _findings(taken: Taken, run_suspicious: bool) -> list[str]:
    if not run_suspicious:
        return []
    return [
        f"Exercise {number} was run although {'; '.join(map(str, answer.findings))}."
        for number, answer in taken.answers.items()
        if answer.findings and answer.runs
    ]


def _status(
    submission: Submission, taken: Taken, results: Sequence[Result], marked: _Marked
) -> Status:
    found = any(answer.findings for answer in taken.answers.values())
    if submission.problem == "suspicious" or found:
        return "suspicious"
    if any(result.kind == "suspicious" for result in results):
        return "suspicious"
    return "stopped" if marked.stopped else "graded"


def _with_hint(result: Result, taken: Taken) -> Result:
    """Say where a name is that an answer misses: a helper in a cell that does not count."""
    match = re.match(r"NameError: name '(\w+)'", result.message)
    if match is None or match[1] not in taken.elsewhere:
        return result
    why = (
        f"{match[1]} is defined in another cell of the notebook. Only the cells of exercises are "
        "taken: what they need belongs into them."
    )
    return replace(result, details={**result.details, "why": why})


def _marked(
    lesson: Lesson, answers: Mapping[str, str], limits: Limits, parts: Path, stop: Event
) -> _Marked:
    """Run answers, or read what an earlier run of the very same found."""
    if not answers:
        return _Marked({}, [])
    part = parts / f"{_key(lesson, answers, limits)}.json"
    if (kept := _read_part(part, lesson)) is not None:
        return kept
    marked = _run(lesson, answers, limits, stop)
    if not marked.stopped:
        _write_part(part, marked)
    return marked


def _run(lesson: Lesson, answers: Mapping[str, str], limits: Limits, stop: Event) -> _Marked:
    """Run answers; where one breaks the run, mark it and run the others once more."""
    deadline = time.monotonic() + 60 * limits.minutes
    by_cell = {e.answer: e for e in lesson.exercises} | {e.check: e for e in lesson.exercises}
    marked, broken = _Marked({}, []), dict[str, Result]()
    left, without, spare = dict(answers), list[str](), SPARE_BREAKS
    while left:
        reached = run_notebook(lesson, left, without, limits, deadline, stop)
        marked.results |= {k: one for k, one in reached.results.items() if k in left}
        marked.notes += _displayed(reached, marked.notes)
        exercise = by_cell.get(reached.cell)
        if not reached.broken:
            break
        if exercise is not None and exercise.number in left and not reached.over:
            broken[exercise.number] = Result(exercise, "error", reached.broken)
            del left[exercise.number]
        elif spare and not reached.over:
            spare -= 1
            without += [reached.cell] if reached.cell else []
            marked.notes.append(f"A cell of the lesson broke: {reached.broken}")
        else:
            marked.stopped = True
            marked.notes.append(f"Stopped: {reached.broken}")
            break
    marked.results |= broken
    for exercise in lesson.exercises:
        if exercise.number in answers and exercise.number not in marked.results:
            why = "Grading was stopped before its check had ended."
            marked.results[exercise.number] = Result(exercise, "not graded", why)
    return marked


def _displayed(reached: Reached, notes: Sequence[str]) -> list[str]:
    texts = (
        f"The cell of exercise {number} displayed a result like that of a check; it did not count."
        for number in reached.displayed
    )
    return [text for text in texts if text not in notes]


@cache
def _package_digest() -> str:
    """SHA-256 of the package's code: another check can come to another result."""
    folder = Path(vae_course.__file__).parent
    digest = hashlib.sha256(vae_course.__version__.encode())
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _key(lesson: Lesson, answers: Mapping[str, str], limits: Limits) -> str:
    bounds = [limits.minutes, limits.memory, limits.cell_seconds]
    text = json.dumps([_package_digest(), lesson.digest, dict(sorted(answers.items())), bounds])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _read_part(part: Path, lesson: Lesson) -> _Marked | None:
    if not part.exists():
        return None
    kept: dict[str, Any] = json.loads(part.read_text(encoding="utf-8"))
    by_number = {exercise.number: exercise for exercise in lesson.exercises}
    results = {
        number: Result(by_number[number], one["kind"], one["message"], one["details"])
        for number, one in kept["results"].items()
    }
    return _Marked(results, kept["notes"])


def _write_part(part: Path, marked: _Marked) -> None:
    results = {
        number: {"kind": one.kind, "message": one.message, "details": one.details}
        for number, one in marked.results.items()
    }
    write_json(part, {"results": results, "notes": marked.notes})


def check_limits(
    minutes: float, memory: float, cell_seconds: float, processes: int, fail_under: float
) -> Limits:
    """Refuse bounds that make no sense.

    Raises:
        ValueError: If an argument is out of range.
    """
    if not 0 < minutes <= 24 * 60:
        raise ValueError(f"minutes must be more than 0, up to {24 * 60}; got {minutes:g}")
    if not memory >= LEAST_MEMORY:
        raise ValueError(f"memory must be at least {LEAST_MEMORY:g} GiB; got {memory:g}")
    if not 0 < cell_seconds <= 24 * 3600:
        raise ValueError(
            f"cell_seconds must be more than 0, up to {24 * 3600}; got {cell_seconds:g}"
        )
    if processes == 0 or processes < -1:
        raise ValueError(f"processes must be -1 or at least 1; got {processes}")
    if not 0 <= fail_under <= 100:
        raise ValueError(f"fail_under must be from 0 to 100; got {fail_under:g}")
    threads = (psutil.cpu_count() or 1) // simultaneous(processes, memory)
    return Limits(minutes, memory, cell_seconds, max(1, threads))


def simultaneous(processes: int, memory: float) -> int:
    """Choose how many submissions to grade at a time."""
    if processes > 0:
        return processes
    room = psutil.virtual_memory().available / 2**30 / memory
    return max(1, min((psutil.cpu_count() or 1) // 2, int(room)))
