"""One answer, in a process of its own: the cells it needs, its check, and whether it meddled."""

import ast
import asyncio
import inspect
import linecache
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from vae_course.classroom import tracebacks
from vae_course.classroom.limits import GIBIBYTE, private_memory
from vae_course.grading.bounded import lower_limits

WATCHED = ("builtins", "math", "random", "numpy", "scipy", "sklearn", "keras", "vae_course")
"""Modules whose functions no answer has a reason to replace."""

LARGEST_FILE = GIBIBYTE
Say = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True)
class Job:
    """An answer to judge.

    Args:
        number: Number of the exercise.
        name: Name of the function or class that is asked for.
        cells: Sources of the lesson's cells that it needs, in order, the answer among them.
        place: Which of them is the answer.
        lesson_seconds: Time for the cells of the lesson, all together.
        answer_seconds: Time for the cell of the answer.
        check_seconds: Time for the check.
        memory: Memory on top of what the lesson's packages take, in GiB.
    """

    number: str
    name: str
    cells: list[str]
    place: int
    lesson_seconds: float
    answer_seconds: float
    check_seconds: float
    memory: float


def run(job: Job, examine: Callable[[Any], Any], say: Say) -> None:
    """Run the cells, have the answer examined, and say what came of it."""
    allowed = private_memory() + int(job.memory * GIBIBYTE)
    most = {"RLIMIT_DATA": allowed, "RLIMIT_FSIZE": LARGEST_FILE}
    for name, value in (most | {"RLIMIT_CORE": 0}).items():
        with suppress(ValueError, OSError):  # a second wall, behind that of the sandbox
            lower_limits(**{name: value})
    module = types.ModuleType("__main__")
    names = module.__dict__
    names["display"] = lambda *_, **__: None
    sys.modules["__main__"] = module
    before: dict[str, Any] = {}
    for place, source in enumerate(job.cells):
        if place != job.place:
            _execute(source, names, f"<lesson, cell {place}>")
            continue
        before = fingerprint()
        say({"event": "ready"})
        try:
            _execute(source, names, f"<exercise {job.number}>")
        except BaseException as error:  # theirs can raise anything
            say(_verdict(_raised(error), before, False))
            return
    say({"event": "defined"})
    answer = names.get(job.name)
    if answer is None:
        texts = dict.fromkeys(("expected", "found", "why", "code"), "")
        said = {"kind": "error", "message": _undefined(job), **texts}
        say(_verdict(said, before, False))
        return
    say(_verdict(asdict(examine(answer)), before, is_the_courses_own(answer)))


def _undefined(job: Job) -> str:
    """Say what a cell defines in place of what is asked for."""
    body = ast.parse(job.cells[job.place]).body
    there = [getattr(statement, "name", "") for statement in body]
    other = ", ".join(name[:40] for name in there if name)
    return f"The cell defines no {job.name}{f'; it defines {other}' if other else ''}."


def _verdict(outcome: Mapping[str, Any], before: Mapping[str, Any], own: bool) -> dict[str, Any]:
    return {"event": "verdict", "outcome": outcome, "changed": changed(before), "own": own}


def _raised(error: BaseException) -> dict[str, Any]:
    """Say what a cell raised, as a check says what a function raised."""
    blank = isinstance(error, NotImplementedError) and tracebacks.is_blank(error)
    message = "Nothing is filled in yet." if blank else tracebacks.message(error)
    if isinstance(error, SystemExit | KeyboardInterrupt):
        message = "It ended the notebook's Python."
    return {
        "kind": "not attempted" if blank else "error",
        "message": message,
        "code": "" if blank else tracebacks.line(error),
        **dict.fromkeys(("expected", "found", "why"), ""),
    }


def _execute(source: str, names: dict[str, Any], filename: str) -> None:
    """Run a cell as a notebook does, so that its lines can be found again."""
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    # A notebook takes `await` at the top of a cell.
    code = compile(source, filename, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    value = eval(code, names)
    if inspect.iscoroutine(value):
        asyncio.run(value)


def is_the_courses_own(answer: Any) -> bool:
    """Whether an answer is a function or class of the course, not one of the student's."""
    home = str(getattr(answer, "__module__", ""))
    return home == "vae_course" or home.startswith("vae_course.")


def fingerprint() -> dict[str, tuple[int, int]]:
    """Note which object each public function and class of the watched modules is."""
    found = {}
    for name, value in _watched():
        found[name] = (id(value), id(getattr(value, "__code__", None)))
    return found


def changed(before: Mapping[str, tuple[int, int]]) -> str:
    """Name the first function that is not what it was; empty if there is none."""
    for name, value in _watched():
        if name in before and before[name] != (id(value), id(getattr(value, "__code__", None))):
            return name
    return ""


def _watched() -> Iterator[tuple[str, Any]]:
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] not in WATCHED or not isinstance(module, types.ModuleType):
            continue
        for key, value in list(vars(module).items()):
            if isinstance(value, type) and name.startswith("vae_course"):
                for inner, part in list(vars(value).items()):
                    if callable(part):
                        yield f"{name}.{key}.{inner}", part
            if callable(value):
                yield f"{name}.{key}", value
