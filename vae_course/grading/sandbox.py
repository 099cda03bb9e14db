"""Where the code of a submission runs: bubblewrap, a container, or, asked for by name, nowhere."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import vae_course
from vae_course.grading.supervised import settings

DISK = 2**30
"""Bytes that a submission can write, in its own /tmp."""

IMAGE = "vae-course-grading"
PACKAGE = Path(vae_course.__file__).resolve().parent
SYSTEM = ("/usr", "/bin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")
TRIAL = "import os; os.listdir('/tmp'); print('works')"
NOBODY = "65534"


class Sandbox(Protocol):
    """A way of running code so that it can touch nothing."""

    @property
    def name(self) -> str:
        """What it is called in options and reports."""

    @property
    def alone(self) -> bool:
        """Whether all processes that the code sees are its own."""

    def command(self, run: str, python: Sequence[str], memory: float) -> list[str]:
        """Make the command that runs Python with arguments, under a name of the run's own."""

    def end(self, run: str) -> None:
        """End what a run has left that is not among the processes of its command."""

    def missing(self) -> str:
        """Say why it cannot be used here; empty if it can."""


@dataclass(frozen=True)
class Bubblewrap:
    """Namespaces of Linux: its own files, processes and network, all of them nearly empty.

    It sees the system's libraries, Python and the package, read-only, and a /tmp of its own.
    """

    name: str = "bubblewrap"
    alone: bool = True

    def command(self, run: str, python: Sequence[str], memory: float) -> list[str]:
        """Make the command; `run` and `memory` are not needed."""
        shown = [path for path in SYSTEM if Path(path).exists()]
        own = dict.fromkeys(map(str, (sys.prefix, sys.base_prefix, _real_prefix(), PACKAGE)))
        shown += [path for path in own if not path.startswith("/usr/")]
        seen = [word for path in shown for word in ("--ro-bind", path, path)]
        return [
            *("bwrap", "--unshare-all", "--unshare-user", "--as-pid-1", "--die-with-parent"),
            *("--new-session", "--cap-drop", "ALL", "--uid", NOBODY, "--gid", NOBODY),
            *("--size", str(DISK), "--tmpfs", "/tmp", "--proc", "/proc", "--dev", "/dev"),
            *seen,
            *("--dir", "/tmp/home", "--chdir", "/tmp", "--setenv", "HOME", "/tmp/home"),
            *("--setenv", "TMPDIR", "/tmp", "--setenv", "PYTHONPATH", str(PACKAGE.parent)),
            *("--remount-ro", "/", "--", sys.executable, *python),
        ]

    def end(self, run: str) -> None:
        """Do nothing: with its command all has ended."""

    def missing(self) -> str:
        """Try it."""
        if shutil.which("bwrap") is None:
            return "the program bwrap is not installed (Debian, Ubuntu: apt install bubblewrap)"
        return _tried(self)


@dataclass(frozen=True)
class Container:
    """A container of the image that the page on grading says how to build.

    Args:
        name: The engine, "docker" or "podman".
        image: Name of the image.
    """

    name: str
    image: str = IMAGE
    alone: bool = True

    def command(self, run: str, python: Sequence[str], memory: float) -> list[str]:
        """Make the command that starts a container and removes it at its end."""
        bound = f"{int(memory * 1024)}m"
        return [
            *(self.name, "run", "--rm", "--interactive", "--name", run, "--network", "none"),
            *("--read-only", "--tmpfs", f"/tmp:rw,exec,size={DISK}", "--workdir", "/tmp"),
            *("--memory", bound, "--memory-swap", bound, "--pids-limit", "256", "--cpus", "1"),
            *("--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
            *("--user", f"{NOBODY}:{NOBODY}", "--env", "HOME=/tmp", "--env", "TMPDIR=/tmp"),
            *(word for key, value in settings(1).items() for word in ("--env", f"{key}={value}")),
            *(self.image, "python", *python),
        ]

    def end(self, run: str) -> None:
        """End the container: it outlives the command that started it."""
        subprocess.run([self.name, "kill", run], capture_output=True, check=False)

    def missing(self) -> str:
        """Try it."""
        if shutil.which(self.name) is None:
            return f"the program {self.name} is not installed"
        return _tried(self)


@dataclass(frozen=True)
class Nowhere:
    """No sandbox: the code can do whatever the user can."""

    name: str = "none"
    alone: bool = False

    def command(self, run: str, python: Sequence[str], memory: float) -> list[str]:
        """Make the command of an ordinary process."""
        return [sys.executable, *python]

    def end(self, run: str) -> None:
        """Do nothing: its processes are ended by who started them."""

    def missing(self) -> str:
        """Nothing is."""
        return ""


SANDBOXES: tuple[Sandbox, ...] = (Bubblewrap(), Container("docker"), Container("podman"))


def choose(wanted: str) -> Sandbox:
    """Choose the sandbox that is asked for, or the first that works, by trying.

    Raises:
        ValueError: If it does not work, or none does; the message says what is missing.
    """
    known = {one.name: one for one in SANDBOXES}
    if wanted == "none":
        return Nowhere()
    if wanted not in {"auto", *known}:
        raise ValueError(f"sandbox must be auto, {', '.join(known)} or none; got {wanted!r}")
    sandbox, problems = first_of(known.values() if wanted == "auto" else [known[wanted]])
    if sandbox is not None:
        return sandbox
    raise ValueError(
        f"sandbox must be one that works here; {problems}. "
        "Without one, students' code can do whatever you can: that must be asked for, "
        "by --sandbox none"
    )


def first_of(sandboxes: Iterable[Sandbox]) -> tuple[Sandbox | None, str]:
    """Find the first that works, by trying; else say what is missing of each."""
    problems = []
    for one in sandboxes:
        why = one.missing()
        if not why:
            return one, ""
        problems.append(f"{one.name}: {why}")
    return None, "; ".join(problems)


def _tried(sandbox: Sandbox) -> str:
    run = f"vae-course-{uuid4().hex}"
    try:
        said = subprocess.run(
            sandbox.command(run, ["-c", TRIAL], 1.0),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"it could not be tried ({type(error).__name__})"
    if said.stdout.strip() == "works":
        return ""
    lines = said.stderr.strip().splitlines()
    return f"it does not work here ({lines[-1][:200] if lines else 'it said nothing'})"


def _real_prefix() -> str:
    """Folder of the Python that a virtual environment links to."""
    return str(Path(os.path.realpath(sys.executable)).parents[1])
