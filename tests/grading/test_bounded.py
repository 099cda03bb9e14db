"""What others wrote is read within limits, and a notebook that asks for more is unreadable."""

import json
import time
from pathlib import Path

import pytest
from grade_submissions import NAME, ROOT, cell, notebook, save

from vae_course.grading import bounded, submissions
from vae_course.grading.lesson_files import read_lessons
from vae_course.grading.submissions import read_student


def forever() -> None:
    while True:
        pass


def large() -> int:
    return len(bytes(2**34))


def ends() -> None:
    raise SystemExit(3)


def test_a_result_comes_back() -> None:
    assert bounded.call(divmod, 7, 2, seconds=20, memory=4) == [3, 1]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (forever, "more than 0.5 seconds"),
        (large, "more than 2 GiB of memory"),
        (ends, "ended without a result"),
    ],
)
def test_a_call_that_takes_too_much_is_ended(function, message: str) -> None:
    with pytest.raises(bounded.TooMuchError, match=message):
        bounded.call(function, seconds=0.5 if function is forever else 60, memory=2)


def test_what_the_calling_process_holds_is_not_counted() -> None:
    held = bytearray(2**30)
    assert bounded.call(divmod, 7, 2, seconds=20, memory=0.5) == [3, 1]
    assert len(held) == 2**30


def blank_lines(book) -> None:
    cell(book, "exercise-1-1").source = "\n" * 190_000 + "x = 1"


def a_long_f_string(book) -> None:
    cell(book, "exercise-1-1").source = "x = f'" + "{1}" * 60_000 + "'"


def deep_brackets(book) -> None:
    cell(book, "exercise-1-1").source = "x = " + "(" * 90_000 + ")" * 90_000


def many_cells(book) -> None:
    book.cells += [{**dict(cell(book, "exercise-1-1")), "id": f"x{k}"} for k in range(20_000)]


def many_objects(book) -> None:
    book.metadata["x"] = [{}] * 1_000_000


def many_names(book) -> None:
    cell(book, "exercise-1-1").source = "\n".join(f"a{k} = b{k}" for k in range(12_000))


def spaces_and_marks(book) -> None:
    cell(book, "exercise-1-1").source = "\n".join([" " * 900 + "%" + " " * 900] * 100)


@pytest.mark.parametrize(
    "make",
    [
        blank_lines,
        a_long_f_string,
        deep_brackets,
        many_cells,
        many_objects,
        many_names,
        spaces_and_marks,
    ],
)
def test_reading_takes_a_bounded_time(
    make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submissions, "SECONDS", 10.0)
    lessons = read_lessons(ROOT / "lessons", ["01"])
    book = notebook("lessons")
    make(book)
    path = tmp_path / "a" / NAME
    path.parent.mkdir()
    path.write_text(json.dumps(book), encoding="utf-8")
    save(notebook("solutions"), tmp_path / "b" / NAME)
    start = time.monotonic()
    found = read_student(tmp_path / "a", lessons)[0]
    assert time.monotonic() - start < 30
    assert found.problem in {"", "unreadable"}
    after = read_student(tmp_path / "b", lessons)[0]
    assert after.taken is not None
