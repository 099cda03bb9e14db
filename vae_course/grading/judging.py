"""What runs inside of a sandbox: `python -c` with `START`, and a job on stdin.

The process that reads the job imports the lesson's checks and modules, once, and never runs
anything of a student. For each answer it forks a process that runs the lesson's cells which the
answer needs, the answer, and its check, and tells what came of it through a pipe. What was passed
is judged once more, in another new process. Results leave through a pipe that no student's code
sees: the standard output, which is put out of reach before the first answer runs.
"""

import ctypes
import gc
import importlib
import json
import os
import re
import select
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, get_args

from vae_course.classroom import check
from vae_course.classroom.outcome import Kind
from vae_course.grading import copies, one_answer
from vae_course.grading.bounded import lower_limits, write_all
from vae_course.grading.one_answer import Job

START = "import gc; gc.disable(); from vae_course.grading.judging import main; main()"
"""Keras makes a million objects that stay: it is there a second sooner if nobody counts them."""

LONGEST = 100_000
"""Bytes that a process may say of an answer."""

MOST_PROCESSES = 256
COUNTED_BY_SANDBOX = (5, 14)
"""The Linux that counts the processes of a user in each sandbox for itself."""

DETAILS = ("expected", "found", "why", "code")
NOT_DUMPABLE = 4, 0
"""prctl(PR_SET_DUMPABLE, 0): other processes of the user cannot reach into this one."""


def main() -> None:
    """Judge the answers of a job, and write a line of JSON for each."""
    work = json.loads(sys.stdin.buffer.read())
    results = _out_of_reach(work["alone"])
    jobs = [Job(**job) for job in work["jobs"]]
    checks = {one.number: one for one in check.exercises(work["lesson"])}
    for module in work["imports"]:
        importlib.import_module(module)  # once, for all that is forked
    gc.freeze()
    gc.enable()

    judge = check.Check.outcome
    for job in jobs:
        examine = partial(judge, checks[job.number])
        first = judged(job, examine, work["alone"])
        reference = copies.source_of(checks[job.number].reference)
        first["copied"] = copies.is_copy(job.cells[job.place], reference)
        if first["kind"] == "passed":
            second = judged(job, examine, work["alone"])
            first["again"] = second["kind"]
            first["changed"] = first["changed"] or second["changed"]
        results.write(json.dumps({"number": job.number, **first}) + "\n")
        results.flush()


def _out_of_reach(alone: bool) -> Any:
    """Take standard output away from whatever runs here later; bound how much can run here."""
    results = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(*NOT_DUMPABLE, 0, 0, 0)
    if alone and sys.platform == "linux" and _release() >= COUNTED_BY_SANDBOX:
        lower_limits(RLIMIT_NPROC=MOST_PROCESSES)
    return results


def _release() -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", os.uname().release)[:2])


def judged(job: Job, examine: Callable[[Any], Any], alone: bool) -> dict[str, Any]:
    """Judge an answer in a new process."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _in_the_child(job, examine, reading, writing)
    os.close(writing)
    try:
        return _verdict(job, reading)
    finally:
        os.close(reading)
        _end(child, alone)


def _in_the_child(job: Job, examine: Callable[[Any], Any], reading: int, writing: int) -> None:
    """Run an answer, say what came of it, and end, whatever happens."""
    try:
        os.setsid()
        os.close(reading)
        os.closerange(3, writing)
        os.closerange(writing + 1, 256)
        one_answer.run(job, examine, lambda line: _say(writing, line))
    finally:
        os._exit(0)


def _say(pipe: int, line: Mapping[str, Any]) -> None:
    write_all(pipe, json.dumps(line).encode() + b"\n")


def _verdict(job: Job, pipe: int) -> dict[str, Any]:
    """Wait for what a process says, as long as each step may take."""
    said = _Lines(pipe)
    for doing, seconds, event in (
        ("The lesson's own cells", job.lesson_seconds, "ready"),
        ("The cell", job.answer_seconds, "defined"),
        ("The check", job.check_seconds, "verdict"),
    ):
        line = said.next(seconds)
        match line:
            case {"event": "verdict"}:
                return _sound(job, line)
            case {"event": "late"}:
                return _result("error", f"{doing} did not end within {seconds:g} seconds.")
            case {"event": "end"}:
                return _result("error", "It ended the notebook's Python.")
            case {"event": found} if found == event:
                continue
        break
    return _result("suspicious", "It said something else than a check says.")


class _Lines:
    """Lines of JSON from a pipe."""

    def __init__(self, pipe: int) -> None:
        self.pipe, self.text = pipe, b""

    def next(self, seconds: float) -> Any:
        """Wait for the next line; one that is too long, or no JSON, is None."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self.text and len(self.text) <= LONGEST:
            left = max(0.0, deadline - time.monotonic())
            if not select.select([self.pipe], [], [], left)[0]:
                return {"event": "late"}
            more = os.read(self.pipe, LONGEST)
            if not more:
                return {"event": "end"}
            self.text += more
        line, _, self.text = self.text.partition(b"\n")
        try:
            return json.loads(line)
        except (ValueError, RecursionError):
            return None


def _sound(job: Job, line: Mapping[str, Any]) -> dict[str, Any]:
    """Take a verdict only if it is like one of a check."""
    outcome, changed = line.get("outcome"), line.get("changed")
    if not isinstance(outcome, dict) or not isinstance(changed, str):
        return _result("suspicious", "It said something else than a check says.")
    texts = {name: outcome.get(name) for name in ("message", *DETAILS)}
    sound = (
        all(isinstance(text, str) for text in texts.values())
        and outcome.get("kind") in get_args(Kind)
        and outcome.get("exercise", job.number) == job.number
    )
    if not sound:
        return _result("suspicious", "It said something else than a check says.")
    return {
        "kind": outcome["kind"],
        "message": texts.pop("message"),
        "details": {name: text for name, text in texts.items() if text},
        "changed": changed,
        "own": line.get("own") is True,
    }


def _result(kind: str, message: str) -> dict[str, Any]:
    return {"kind": kind, "message": message, "details": {}, "changed": "", "own": False}


def _end(child: int, alone: bool) -> None:
    """End a process and what it has started; alone in a sandbox, all else that runs there."""
    with suppress(OSError):
        os.killpg(child, signal.SIGKILL)
    if alone:
        with suppress(OSError):
            os.kill(-1, signal.SIGKILL)
    with suppress(OSError):
        os.kill(child, signal.SIGKILL)
    with suppress(ChildProcessError):
        os.waitpid(child, 0)
        while alone:
            os.waitpid(-1, 0)
