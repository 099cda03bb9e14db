"""Running somebody else's code in a process that is watched, and ends when it must."""

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import IO
from uuid import uuid4

import psutil

from vae_course.classroom.limits import GIBIBYTE

MARK = "VAE_COURSE_SUPERVISED"
"""Environment variable by which whatever a run has started is found again."""

MOST_PROCESSES = 64
MOST_SAID = 4 * 2**20
"""Bytes that are kept of what a run writes."""
MOST_TOLD = 400
LOOK_EVERY = 0.5
"""Seconds between looks at what a run takes: a look costs what some of its work does."""
PASSED_ON = (
    *("PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV"),
    *("PYTHONPATH", "SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT", "NUMBER_OF_PROCESSORS"),
)
"""What is passed on of the environment. Anything else, such as an access token, is not."""


def environment(scratch: Path, threads: int) -> dict[str, str]:
    """Make an environment for code of others: a home of its own, no display, few threads."""
    home, temporary = scratch / "home", scratch / "tmp"
    for folder in (home, temporary):
        folder.mkdir(exist_ok=True)
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    folders = dict.fromkeys(("HOME", "USERPROFILE", "APPDATA", "XDG_CACHE_HOME"), str(home))
    folders |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
    return {**kept, **folders, **settings(threads)}


def settings(threads: int) -> dict[str, str]:
    """List what the numerical libraries are told, wherever code of others runs."""
    counts = dict.fromkeys(
        (
            *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
            *("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"),
        ),
        str(threads),
    )
    return {
        **counts,
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",  # a processor gives all students the same conditions
        "MPLBACKEND": "Agg",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
    }


@dataclass(frozen=True)
class Ended:
    """What a run came to.

    Args:
        said: What it wrote to standard output, up to a bound.
        why: Why it was ended; empty if it ended by itself.
        errors: The end of what it wrote to standard error.
        code: Its exit code.
    """

    said: bytes
    why: str
    errors: str
    code: int


def run(
    command: Sequence[str],
    folder: Path,
    variables: Mapping[str, str],
    given: bytes,
    seconds: float,
    memory: float,
    stop: Event,
) -> Ended:
    """Run a command and end it, with all that it has started, at the latest when a limit is met."""
    mark = uuid4().hex
    process = psutil.Popen(
        command,
        cwd=folder,
        env={**variables, MARK: mark},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=sys.platform != "win32",
    )
    said, errors = _Reader(process.stdout, MOST_SAID), _Reader(process.stderr, MOST_SAID)
    giver = Thread(target=_give, args=(process.stdin, given), daemon=True)
    giver.start()
    seen: set[psutil.Process] = {process}
    why = ""
    try:
        why = _watch(process, seen, time.monotonic() + seconds, seconds, memory, stop)
    finally:
        _end(process, seen, mark)
    for thread in (said, errors, giver):
        thread.join(timeout=5)
    told = bytes(errors.text[-MOST_TOLD:]).decode("utf-8", "replace")
    return Ended(bytes(said.text), why, " ".join(told.split()), process.returncode or 0)


class _Reader(Thread):
    """Reads a pipe to its end, and keeps what came first."""

    def __init__(self, pipe: IO[bytes], most: int) -> None:
        super().__init__(daemon=True)
        self.pipe, self.most, self.text = pipe, most, bytearray()
        self.start()

    def run(self) -> None:
        with suppress(OSError, ValueError), self.pipe:
            while more := self.pipe.read1(2**16):  # type: ignore[attr-defined]
                self.text += more[: self.most - len(self.text)]


def _give(pipe: IO[bytes], given: bytes) -> None:
    with suppress(OSError, ValueError), pipe:
        pipe.write(given)


def _watch(
    process: psutil.Popen,
    seen: set[psutil.Process],
    deadline: float,
    seconds: float,
    memory: float,
    stop: Event,
) -> str:
    looked = -math.inf
    while process.poll() is None:
        if stop.wait(0.05):
            return "grading was interrupted"
        if time.monotonic() - looked < LOOK_EVERY:
            continue
        looked = time.monotonic()
        with suppress(psutil.Error):
            seen.update(process.children(recursive=True))
        if time.monotonic() > deadline:
            return f"it was still running after {seconds / 60:.3g} minutes"
        if sum(map(_resident, seen)) > memory * GIBIBYTE:
            return f"it took more than {memory:g} GiB of memory"
        if sum(_running(one) for one in seen) > MOST_PROCESSES:
            return f"it started more than {MOST_PROCESSES} processes"
    return ""


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _running(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running()) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _end(process: psutil.Popen, seen: set[psutil.Process], mark: str) -> None:
    """End a process, what it has started, and what has run away from it."""
    for _ in range(20):
        with suppress(psutil.Error):
            seen.update(process.children(recursive=True))
        left = [one for one in {*seen, *_marked(mark)} if _running(one)]
        if not left:
            break
        if sys.platform != "win32" and process.returncode is None:  # else its number may be reused
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
        for one in left:
            with suppress(psutil.Error):
                one.kill()
        psutil.wait_procs(left, timeout=0.5)
    with suppress(psutil.Error, subprocess.TimeoutExpired):
        process.wait(timeout=5)


def _marked(mark: str) -> list[psutil.Process]:
    """List the processes whose environment has the mark, whoever their parent is by now."""
    found = []
    for one in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if one.environ().get(MARK) == mark:
                found.append(one)
    return found
