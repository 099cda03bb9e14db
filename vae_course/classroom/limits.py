"""Bounds for code that somebody else wrote: on time, on memory, and on what it leaves changed."""

import ctypes
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np
import psutil

GIBIBYTE = 2**30


class LimitReachedError(BaseException):
    """Raised inside code that takes too long or too much memory.

    Not an `Exception`, so that `except Exception` in that code does not swallow it.
    """


@contextmanager
def limited(seconds: float, memory: float) -> Iterator[None]:
    """Stop what runs inside after a time, or where it takes too much memory.

    A thread looks at both twenty times a second and raises the error in the code that runs inside,
    once more each second if it is swallowed. Python code is stopped wherever it is; a single long
    call into a compiled library only when it returns. On Linux, an allocation beyond the limit
    fails at once, as a `MemoryError` or in the library's own way, before memory is taken.

    Args:
        seconds: Time allowed.
        memory: Memory allowed on top of what the process uses already, in GiB.

    Raises:
        LimitReachedError: If a limit is reached; the message says which.
    """
    watch = _Watch(seconds, memory)
    with watch.listening(), _allocation_limit(memory):
        try:
            watch.start()
            yield
        finally:
            watch.stop()


@contextmanager
def untouched_random_state() -> Iterator[None]:
    """Put the global random state of Python, NumPy, Keras and TensorFlow back at the end."""
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 (theirs, not ours)
    restore: list[Callable[[], object]] = []
    if "keras" in sys.modules:
        from keras.src.backend.common import global_state  # noqa: PLC0415 (nothing public)

        name = "global_seed_generator"  # made from Python's state when first asked for
        seeds = global_state.get_global_attribute(name)
        if seeds is not None:
            seed = sys.modules["keras"].ops.convert_to_numpy(seeds.state)
            restore.append(lambda: seeds.state.assign(seed))
        restore.append(lambda: global_state.set_global_attribute(name, seeds))
    if context := sys.modules.get("tensorflow.python.eager.context"):
        # What tf.random.normal and its like draw their seeds from; there is no public way to it.
        generator = getattr(context.context(), "_rng", None)
        if generator is not None:
            drawn = generator.getstate()
            restore.append(lambda: generator.setstate(drawn))
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002
        for put_back in restore:
            put_back()


class _Watch:
    """A thread that raises an error in the thread that made it."""

    def __init__(self, seconds: float, memory: float) -> None:
        self.seconds, self.memory = seconds, memory
        self.process = psutil.Process()
        self.deadline = time.monotonic() + seconds
        self.most = self.process.memory_info().rss + memory * GIBIBYTE
        self.target = threading.get_ident()
        self.over = threading.Event()
        self.reason = ""
        self.thread = threading.Thread(target=self._run, daemon=True)
        # A signal also ends a sleep; it reaches the main thread only, and not on Windows.
        self.by_signal = (
            hasattr(signal, "SIGALRM") and threading.current_thread() is threading.main_thread()
        )

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        while True:
            try:
                self.over.set()
                self.thread.join()
            except LimitReachedError:
                continue  # reached in this very moment: the code inside has ended all the same
            break
        if not self.by_signal:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.target), None)

    @contextmanager
    def listening(self) -> Iterator[None]:
        if not self.by_signal:
            yield
            return
        before = signal.signal(signal.SIGALRM, self._raise)
        try:
            yield
        finally:
            signal.signal(signal.SIGALRM, before)

    def _raise(self, number: int, frame: FrameType | None) -> None:
        if not self.over.is_set():
            raise LimitReachedError(self.reason)

    def _run(self) -> None:
        while not self.over.wait(0.05):
            if time.monotonic() > self.deadline:
                self.reason = f"it was still running after {self.seconds:g} seconds"
            elif self.process.memory_info().rss > self.most:
                self.reason = f"it took more than {self.memory:g} GiB of memory"
            else:
                continue
            if self.over.is_set():
                return
            self._interrupt()
            self.over.wait(1.0)

    def _interrupt(self) -> None:
        if self.by_signal:
            signal.pthread_kill(self.target, signal.SIGALRM)
            return
        kind: Any = type("Reached", (LimitReachedError,), {"__str__": lambda _: self.reason})
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(self.target), ctypes.py_object(kind)
        )


@contextmanager
def _allocation_limit(memory: float) -> Iterator[None]:
    """On Linux, let allocations fail that go beyond what is used now by so many GiB."""
    if not sys.platform.startswith("linux"):
        yield
        return
    import resource  # noqa: PLC0415 (not on Windows)

    before = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = private_memory() + int(memory * GIBIBYTE)
    ceilings = [limit for limit in before if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min([wanted, *ceilings]), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def private_memory() -> int:
    """Memory of this process that counts towards RLIMIT_DATA, in bytes; 0 where Linux is not.

    Examples:
        >>> before, held = private_memory(), bytearray(2**28)
        >>> private_memory() - before >= 2**28 or not sys.platform.startswith("linux")
        True
    """
    if not sys.platform.startswith("linux"):
        return 0
    with open(f"/proc/{os.getpid()}/status", encoding="ascii", errors="replace") as status:  # noqa: PTH123
        rows = dict(line.split(":", 1) for line in status if ":" in line)
    return int(rows["VmData"].split()[0]) * 1024
