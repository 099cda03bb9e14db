"""Grading: each student's answers, run in a sandbox with the lesson as handed out, counted."""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from threading import Event, Lock
from typing import Any, Literal

import psutil

import vae_course
from vae_course.classroom import quiz
from vae_course.files import write_json, write_text
from vae_course.grading.answers import Taken
from vae_course.grading.lesson_files import Exercise, Lesson, by_number
from vae_course.grading.run_answers import Limits, Marked, Result, run_answers
from vae_course.grading.sandbox import Sandbox
from vae_course.grading.submissions import Submission
from vae_course.progress import Counted

Status = Literal["graded", "missing", "unreadable", "suspicious", "stopped"]
"""What became of a submission; only "graded" needs nobody's look."""

WORST: tuple[Status, ...] = ("suspicious", "stopped", "unreadable", "missing", "graded")
LEAST_MEMORY = 2.0  # Keras itself takes one


@dataclass(frozen=True)
class Grade:
    """What a submission is worth.

    Args:
        submission: What was handed in.
        status: What became of it.
        results: Of all exercises, in order.
        notes: What there is to say, in sentences.
        remarks: For the instructor alone.
        days_late: Days begun after the deadline.
        kept: Part of the points that being late leaves.
    """

    submission: Submission
    status: Status
    results: tuple[Result, ...]
    notes: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    days_late: int = 0
    kept: float = 1.0

    @property
    def points(self) -> float:
        """Points reached."""
        return round(self.kept * sum(result.points for result in self.results), 2)

    def code(self, number: str) -> str:
        """Get what the student wrote for an exercise; empty if nothing."""
        answers = self.submission.taken.answers if self.submission.taken else {}
        answer = answers.get(number)
        return answer.written if answer and (answer.attempted or answer.error) else ""


@dataclass(frozen=True)
class How:
    """How submissions are run.

    Args:
        limits: Bounds on what each may take.
        sandbox: Where its code runs.
        run_suspicious: Whether code that no answer needs is run, too.
    """

    limits: Limits
    sandbox: Sandbox
    run_suspicious: bool = False


def grade(
    submissions: Sequence[Submission],
    how: How,
    processes: int,
    parts: Path,
    progress: Counted = lambda done, total: None,
) -> list[Grade]:
    """Grade submissions, several at a time; what is done is kept, so that grading can go on."""
    stop = Event()
    done = 0
    kept = parts if how.sandbox.alone else None  # else a submission could write there
    progress(0, len(submissions))
    with ThreadPoolExecutor(simultaneous(processes, how.limits.memory)) as pool:
        waiting: list[Future[Grade]] = [
            pool.submit(grade_one, submission, how, kept, stop) for submission in submissions
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


def grade_one(submission: Submission, how: How, parts: Path | None, stop: Event) -> Grade:
    """Grade a submission; whatever goes wrong with it ends as "stopped", for it alone.

    Raises:
        InterruptedError: If it was ended by `stop`.
    """
    lesson, taken = submission.lesson, submission.taken
    if taken is None:
        why = submission.notes[-1] if submission.notes else ""
        none = tuple(Result(exercise, "not graded", why) for exercise in lesson.exercises)
        return Grade(submission, submission.problem or "missing", none, submission.notes)
    fixed = {
        exercise.number: _before(exercise, taken, how.run_suspicious)
        for exercise in lesson.exercises
    }
    answers = {
        number: taken.answers[number].source for number, result in fixed.items() if result is None
    }
    try:
        marked = _marked(lesson, answers, how, parts, stop)
    except InterruptedError:
        raise
    except Exception as error:  # of one student; the others' grades must not be lost
        why = f"It could not be graded: {type(error).__name__}."
        failed = {k: Result(e, "not graded", why) for k, e in by_number(lesson.exercises).items()}
        marked = Marked(failed, [f"Stopped: {type(error).__name__}: {error}"], stopped=True)
    results = tuple(
        _with_hint(fixed[exercise.number] or marked.results[exercise.number], taken)
        for exercise in lesson.exercises
    )
    notes = [*submission.notes, *_findings(taken, how.run_suspicious), *marked.notes]
    status = _status(submission, taken, results, marked)
    remarks = (*taken.remarks, *marked.remarks)
    return Grade(submission, status, results, tuple(notes), remarks)


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
    if exercise.asks_for_code:
        return None
    outcome = quiz.find(exercise.number).outcome(answer.given)
    return Result(
        exercise, outcome.kind, outcome.message, {"why": outcome.why} if outcome.why else {}
    )


def _findings(taken: Taken, run_suspicious: bool) -> list[str]:
    if not run_suspicious:
        return []
    return [
        f"Exercise {number} was run although {'; '.join(map(str, answer.findings))}."
        for number, answer in taken.answers.items()
        if answer.findings and answer.runs
    ]


def _status(
    submission: Submission, taken: Taken, results: Sequence[Result], marked: Marked
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
    lesson: Lesson, answers: Mapping[str, str], how: How, parts: Path | None, stop: Event
) -> Marked:
    """Run answers, or read what an earlier run of the very same found."""
    if not answers:
        return Marked({})
    part = parts / f"{_key(lesson, answers, how)}.json" if parts else None
    if part is not None and (kept := _read_part(part, lesson)) is not None:
        return kept
    marked = run_answers(lesson, answers, how.limits, how.sandbox, stop)
    if part is not None and not marked.stopped:
        _write_part(part, marked)
    return marked


@cache
def _package_digest() -> str:
    """SHA-256 of the package's code: another check can come to another result."""
    folder = Path(vae_course.__file__).parent
    digest = hashlib.sha256(vae_course.__version__.encode())
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _key(lesson: Lesson, answers: Mapping[str, str], how: How) -> str:
    bounds = [how.limits.minutes, how.limits.memory, how.limits.cell_seconds, how.sandbox.name]
    text = json.dumps([_package_digest(), lesson.digest, dict(sorted(answers.items())), bounds])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _read_part(part: Path, lesson: Lesson) -> Marked | None:
    """Read what an earlier run kept; what is not whole and signed is run again."""
    try:
        kept: dict[str, Any] = json.loads(part.read_text(encoding="utf-8"))
        signed = hmac.compare_digest(kept["signature"], _signature(part, kept["marked"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not signed:
        return None
    exercises = by_number(lesson.exercises)
    results = {
        number: Result(exercises[number], one["kind"], one["message"], one["details"])
        for number, one in kept["marked"]["results"].items()
    }
    return Marked(results, kept["marked"]["notes"], kept["marked"]["remarks"])


def _write_part(part: Path, marked: Marked) -> None:
    results = {
        number: {"kind": one.kind, "message": one.message, "details": one.details}
        for number, one in marked.results.items()
    }
    kept = {"results": results, "notes": marked.notes, "remarks": marked.remarks}
    write_json(part, {"marked": kept, "signature": _signature(part, kept)})


def _signature(part: Path, kept: Any) -> str:
    """Sign what is kept under a name, by a key that lies in the same folder."""
    key = part.with_name("key")
    with _KEY:
        if not key.exists():
            write_text(key, secrets.token_hex(32))
            key.chmod(0o600)
        secret = key.read_text(encoding="utf-8")
    text = json.dumps([part.name, kept], sort_keys=True)
    return hmac.new(secret.encode(), text.encode("utf-8", "surrogatepass"), "sha256").hexdigest()


_KEY = Lock()


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
