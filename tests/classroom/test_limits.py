"""Time and memory bounds on other people's code."""

import signal
import threading
import time

import pytest

from vae_course.classroom.limits import LimitReachedError, limited


def test_code_within_its_limits_is_left_alone() -> None:
    with limited(seconds=30, memory=1):
        total = sum(range(1000))
    assert total == 499500


def test_a_sleep_is_ended() -> None:
    start = time.monotonic()
    with pytest.raises(LimitReachedError, match=r"0\.3 seconds"), limited(0.3, 1):
        time.sleep(60)
    assert time.monotonic() - start < 10


def test_an_except_that_takes_everything_is_interrupted_again() -> None:
    start = time.monotonic()

    def stubborn() -> None:
        caught = 0
        while caught < 2:
            try:
                while True:
                    pass
            except BaseException:
                caught += 1

    with limited(0.3, 1):
        stubborn()
    assert 1 < time.monotonic() - start < 20


def test_code_in_another_thread_is_stopped() -> None:
    found: list[str] = []

    def run() -> None:
        try:
            with limited(0.3, 1):
                while True:
                    pass
        except LimitReachedError as error:
            found.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    assert found == ["it was still running after 0.3 seconds"]


def test_nothing_is_left_behind() -> None:
    before = signal.getsignal(signal.SIGALRM), threading.active_count()
    for _ in range(20):
        with pytest.raises(LimitReachedError), limited(0.01, 1):
            while True:
                pass
    time.sleep(0.2)
    assert (signal.getsignal(signal.SIGALRM), threading.active_count()) == before


def test_an_allocation_beyond_the_limit_fails_before_memory_is_taken() -> None:
    with pytest.raises((MemoryError, LimitReachedError)), limited(30, 0.25):
        bytearray(2**30)
    assert len(bytearray(2**29)) == 2**29
