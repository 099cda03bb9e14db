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

GIBIBYTE = 2**30
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
        memory: Memory allowed, in GiB.

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
        return json.loads(_all(reading, time.monotonic() + seconds, seconds))
    except ValueError:
        raise TooMuchError(f"it took more than {memory:g} GiB of memory") from None
    finally:
        os.close(reading)
        with suppress(OSError):
            os.kill(child, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(child, 0)


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
        if sys.platform != "win32":
            import resource  # noqa: PLC0415 (not on Windows)

            resource.setrlimit(resource.RLIMIT_DATA, (int(memory * GIBIBYTE),) * 2)
            resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1,) * 2)
        text = json.dumps(function(*args)).encode()
        while text:
            text = text[os.write(writing, text) :]
    finally:
        os._exit(0)


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
