"""`vae-course doctor`: what this computer has of what the course needs, and what to do if not."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Literal

import psutil
import typer
from rich.table import Table

from vae_course.commands.terminal import console, quiet_import, styled

_PYTHON = ((3, 11), (3, 13))
_MEMORY = 4.0
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
"""Names of programs that are one, the first that is there first."""

ADVICE = {
    "Python": f"install Python 3.{_PYTHON[0][1]} to 3.{_PYTHON[1][1]}, delete .venv, start anew",
    "Keras": "run `make install`; if KERAS_BACKEND is set, unset it or install that backend",
    "Processor": "all works, at half the speed",
    "Memory": f"close other programs: {_MEMORY:g} GiB free is enough",
    "Disk": "make room: 1 GiB is enough",
    "make": "needed for `make demo` and `make test`; without it type the commands that README.md "
    "gives instead",
    "jupyterlab": "needed to work on the lessons: `make lab` installs it",
    "jax": "needed for Keras on JAX: pip install -e '.[jax]' in the folder of the course",
    "Sandbox": "needed to grade what students hand in: install bubblewrap (Linux), or a container "
    "engine and the image that the page on grading describes",
    "Chromium": "needed for the tests of the website only: install it with the package manager of "
    "your system",
}
"""What to do where something is missing, by what was looked at."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: how it stands, and what to do where it does not."""

    name: str
    state: Literal["ok", "optional", "missing"]
    found: str
    advice: str = ""


def doctor() -> None:
    """Check this computer and say what to do about what is missing.

    Example: [bold]vae-course doctor[/bold]
    """
    marks = {
        "ok": styled("✓", "green"),
        "optional": styled("–", "yellow"),
        "missing": styled("✗", "red"),
    }
    table = Table(box=None, pad_edge=False)
    for heading in ("", "", "found", "what to do"):
        table.add_column(heading, overflow="fold")
    missing = False
    with console.status("Looking at this computer (Keras takes a few seconds) …"), quiet_import():
        for finding in examine():
            missing = missing or finding.state == "missing"
            table.add_row(marks[finding.state], finding.name, finding.found, finding.advice)
    console.print(table)
    console.print("Something is missing: see above." if missing else "All that is needed is there.")
    raise typer.Exit(int(missing))


def examine() -> Iterator[Finding]:
    """Look at Python, Keras and its backend, processor, memory, disk and optional tools."""
    yield _python()
    yield _keras()
    yield _threads()
    yield _memory()
    yield _disk()
    yield _tool("make", ("make",))
    yield _package("jupyterlab")
    yield _package("jax")
    yield _sandbox()
    yield _tool("Chromium", BROWSERS)


def _python() -> Finding:
    low, high = _PYTHON
    found = f"{platform.python_version()} ({sys.executable})"
    if low <= sys.version_info[:2] <= high:
        return Finding("Python", "ok", found)
    return Finding("Python", "missing", found, ADVICE["Python"])


def _keras() -> Finding:
    try:
        import keras  # noqa: PLC0415  (slow, and may fail: that is what is looked at)

        backend = str(keras.backend.backend())
        total = float(keras.ops.convert_to_numpy(keras.ops.sum(keras.ops.ones((2, 3)))))
    except Exception as error:  # whatever stops Keras is to be told, not raised
        return Finding("Keras", "missing", f"{type(error).__name__}: {error}", ADVICE["Keras"])
    if total != 6.0:
        return Finding("Keras", "missing", f"the sum of six ones is {total}", ADVICE["Keras"])
    return Finding("Keras", "ok", f"{keras.__version__} on {backend} {version(backend)}")


def _threads() -> Finding:
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if count and count >= 2:
        return Finding("Processor", "ok", f"{count} threads")
    return Finding("Processor", "optional", "1 thread", ADVICE["Processor"])


def _memory() -> Finding:
    free = psutil.virtual_memory().available / 2**30
    if free >= _MEMORY:
        return Finding("Memory", "ok", f"{free:.1f} GiB free")
    return Finding("Memory", "optional", f"{free:.1f} GiB free", ADVICE["Memory"])


def _disk() -> Finding:
    free = shutil.disk_usage(".").free / 2**30
    if free >= 1:
        return Finding("Disk", "ok", f"{free:.0f} GiB free here")
    return Finding("Disk", "optional", f"{free:.2f} GiB free here", ADVICE["Disk"])


def _tool(name: str, commands: tuple[str, ...]) -> Finding:
    path = next(filter(None, map(shutil.which, commands)), None)
    return Finding(name, "ok", path) if path else _missing(name, "not found")


def _sandbox() -> Finding:
    from vae_course.grading.sandbox import SANDBOXES, first_of  # noqa: PLC0415

    sandbox, problems = first_of(SANDBOXES)
    return Finding("Sandbox", "ok", sandbox.name) if sandbox else _missing("Sandbox", problems)


def _package(name: str) -> Finding:
    try:
        if find_spec(name) is not None:
            return Finding(name, "ok", version(name))
    except PackageNotFoundError:
        pass
    return _missing(name, "not installed")


def _missing(name: str, found: str) -> Finding:
    return Finding(name, "optional", found, ADVICE[name])
