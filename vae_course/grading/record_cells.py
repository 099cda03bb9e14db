"""A plugin of pytest that writes down what came of each notebook cell that nbval runs.

`pytest --nbval-lax -p vae_course.grading.record_cells`, with the name of a file in the
environment variable `VAE_COURSE_RECORD`. The file gets a line of JSON when a cell starts and
another when it ends, at once, so that a run which is killed leaves what it reached. With the first
cell that breaks the kernel or runs out of time the run ends: the rest would only wait.
"""

import ast
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import Empty
from typing import Any, Literal, TypedDict

import pytest

from vae_course.classroom.outcome import MIME

RECORD = "VAE_COURSE_RECORD"
"""Environment variable: the file to write to. The notebook does not get to see it."""

MEMORY = "VAE_COURSE_MEMORY"
"""Environment variable: memory in GiB that each process may take, where the system can say no."""

MOST_OUTCOMES = 3
LONGEST = 20_000


class Line(TypedDict, total=False):
    """A line of the record.

    `broken` says what ended the run in this cell; empty if it goes on.
    """

    event: Literal["start", "end"]
    cell: str
    passed: bool
    outcomes: list[Any]
    error: str
    broken: str


class KernelDiedError(RuntimeError):
    """Raised where the kernel of a notebook has ended while a cell was running."""


class Recorder:
    """Writes a line as each cell starts and ends.

    Args:
        path: The file.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    def write(self, line: Line) -> None:
        """Append a line, so that it survives if this process is killed right after."""
        with open(self.path, "a", encoding="utf-8") as file:  # noqa: PTH123
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: Any) -> Iterator[None]:
        """Run a cell; write down how it went; after a failed check, go on with the course's own.

        Raises:
            BaseException: What nbval raised, again.
        """
        _notice_death(item.parent.kernel)
        about = item.cell.metadata.get("vae_course", {})
        seconds = item.config.option.nbval_cell_timeout
        item.config.option.nbval_cell_timeout = min(seconds, about.get("seconds", seconds))
        self.write({"event": "start", "cell": item.cell.id})
        try:
            yield
        except BaseException as error:
            broken = _broken(item, error)
            self.write(_line(item, False, str(error), broken))
            if broken:
                item.session.shouldstop = broken
            elif about.get("role") == "check":
                _use_reference(item)
            raise
        else:
            self.write(_line(item, True, "", ""))
        finally:
            item.config.option.nbval_cell_timeout = seconds


def pytest_configure(config: pytest.Config) -> None:
    """Start recording; keep the file's name from the notebook; bound the memory.

    Raises:
        UsageError: If the environment does not name a file.
    """
    path = os.environ.pop(RECORD, "")
    if not path:
        raise pytest.UsageError(f"{RECORD} must name the file to write to; it is empty")
    memory = os.environ.pop(MEMORY, "")
    if memory:
        _bound(float(memory))
    config.pluginmanager.register(Recorder(path), "record_cells_recorder")


def _bound(memory: float) -> None:
    """Bound what this process and all it starts can allocate and write, where the system can."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 (not on Windows)

    size = int(memory * 2**30)
    for kind, most in (
        (resource.RLIMIT_DATA, size),
        (resource.RLIMIT_FSIZE, 2**30),
        (resource.RLIMIT_CORE, 0),
    ):
        ceiling = resource.getrlimit(kind)[1]
        allowed = most if ceiling == resource.RLIM_INFINITY else min(most, ceiling)
        resource.setrlimit(kind, (allowed, allowed))


def _notice_death(kernel: Any) -> None:
    """Have nbval look whether its kernel lives while it waits, not only when time is up."""
    if getattr(kernel, "notices_death", False):
        return
    kernel.get_message = _reader(kernel, kernel.get_message)
    kernel.notices_death = True


def _reader(kernel: Any, read: Callable[..., Any]) -> Callable[..., Any]:
    def get_message(stream: str, timeout: float | None = None) -> Any:
        deadline = time.monotonic() + (float("inf") if timeout is None else timeout)
        while True:
            left = deadline - time.monotonic()
            try:
                return read(stream, timeout=max(0.0, min(1.0, left)))
            except Empty:
                if not kernel.is_alive():
                    raise KernelDiedError("The notebook's Python ended.") from None
                if time.monotonic() >= deadline:
                    raise

    return get_message


def _broken(item: Any, error: BaseException) -> str:
    if isinstance(error, KernelDiedError) or not item.parent.kernel.is_alive():
        if item.parent.timed_out:
            return f"It did not end within {_seconds(item)} seconds, and could not be interrupted."
        return "It ended the notebook's Python."
    if item.parent.timed_out:
        return f"It did not end within {_seconds(item)} seconds."
    return ""


def _seconds(item: Any) -> str:
    return f"{item.config.option.nbval_cell_timeout:g}"


def _line(item: Any, passed: bool, error: str, broken: str) -> Line:
    outputs = item.test_outputs or []
    raised = [out for out in outputs if out.get("output_type") == "error"]
    if raised:
        error = f"{raised[-1].get('ename', '')}: {_first(str(raised[-1].get('evalue', '')))}"
    return {
        "event": "end",
        "cell": item.cell.id,
        "passed": passed,
        "outcomes": _outcomes(outputs),
        "error": error[:500],
        "broken": broken,
    }


def _first(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[0].strip() if lines else ""


def _outcomes(outputs: list[Any]) -> list[Any]:
    """Collect what was displayed as an outcome: a few, none of them huge."""
    found = [out["data"][MIME] for out in outputs if MIME in (out.get("data") or {})]
    return [
        outcome if len(json.dumps(outcome, default=str)) <= LONGEST else None
        for outcome in found[:MOST_OUTCOMES]
    ]


def _use_reference(item: Any) -> None:
    """Do what a lesson does outside of strict mode: go on with the course's own version."""
    statement = reference_of(item.cell.source)
    if not statement:
        return
    kernel = item.parent.kernel
    with suppress(Empty, KernelDiedError):  # then the next cell tells of it
        kernel.await_reply(kernel.execute_cell_input(statement, allow_stdin=False), timeout=60)


def reference_of(source: str) -> str:
    """Make, of the source of a check's cell, the statement that takes the course's own version."""
    statements = ast.parse(source).body
    match statements[-1:]:
        case [ast.Assign(targets=[ast.Name(name)], value=ast.Call(func=ast.Attribute() as called))]:
            return f"{name} = {ast.unparse(called)}.reference"
    return ""
