"""Calling a function on what somebody else wrote, with limits of time and memory."""

import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from vae_course.classroom.limits import GIBIBYTE, private_memory

LARGEST = 64 * 2**20
"""Bytes that a result may have."""


class TooMuchError(Exception):
    """Raised where a call took too long or too much memory; the message says which."""


def call(function: Callable[..., Any], *args: object, seconds: float, memory: float) -> Any:
    """Call a function in a copy of this process that ends when it has taken too much.

    Where processes cannot be copied (Windows), it is called here, without limits.

    Args:
        function: What is called; it returns what JSON can say.
        args: Its arguments.
        seconds: Time allowed.
        memory: Memory allowed on top of what this process holds, in GiB.

    Raises:
        TooMuchError: If it took too long or too much memory (GiB), or ended without a result.
    """
    if not hasattr(os, "fork"):
        return function(*args)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _in_the_child(function, args, reading, writing, seconds, memory)
    os.close(writing)
    try:
        said = json.loads(_all(reading, time.monotonic() + seconds, seconds))
    except ValueError:
        raise TooMuchError("it ended without a result") from None
    finally:
        os.close(reading)
        with suppress(OSError):
            os.kill(child, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(child, 0)
    if "found" not in said:
        raise TooMuchError(f"it took more than {memory:g} GiB of memory")
    return said["found"]


def _in_the_child(
    function: Callable[..., object],
    args: tuple[object, ...],
    reading: int,
    writing: int,
    seconds: float,
    memory: float,
) -> None:
    try:
        os.close(reading)
        # a copy of a large process is as large at once
        allowed = private_memory() + int(memory * GIBIBYTE)
        lower_limits(RLIMIT_DATA=allowed, RLIMIT_CPU=int(seconds) + 1)
        try:
            said = json.dumps({"found": function(*args)})
        except MemoryError:
            said = "{}"
        write_all(writing, said.encode())
    finally:
        os._exit(0)


def lower_limits(**most: int) -> None:
    """Bound what this process may take, by the system's names of limits, where it has them.

    Raises:
        ValueError, OSError: If the system refuses; whoever can go on without must say so.
    """
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 (not on Windows)

    for name, wanted in most.items():
        kind = getattr(resource, name)
        ceiling = resource.getrlimit(kind)[1]
        allowed = wanted if ceiling == resource.RLIM_INFINITY else min(wanted, ceiling)
        resource.setrlimit(kind, (allowed, allowed))


def write_all(pipe: int, text: bytes) -> None:
    """Write a text into a pipe, which takes a part of it at a time."""
    while text:
        text = text[os.write(pipe, text) :]


def _all(pipe: int, deadline: float, seconds: float) -> bytes:
    text = bytearray()
    while True:
        left = max(0.0, deadline - time.monotonic())
        if not select.select([pipe], [], [], left)[0]:
            raise TooMuchError(f"it took more than {seconds:g} seconds")
        more = os.read(pipe, 2**20)
        if not more:
            return bytes(text)
        text += more
        if len(text) > LARGEST:
            raise TooMuchError(f"it came to more than {LARGEST // 2**20} MB")
