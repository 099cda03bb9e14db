"""`vae-course grade`: every student gets the right row, whatever the others handed in."""

import csv
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from grade_submissions import (
    NAME,
    ROOT,
    WITH_KERAS,
    answered,
    cell,
    hand_in,
    notebook,
    save,
)
from typer.testing import CliRunner

from vae_course.cli import app
from vae_course.grading import one_answer
from vae_course.grading.answers import answers_of
from vae_course.grading.grade import Grade, How, grade
from vae_course.grading.lesson_files import Lesson, cells_for, read_lessons
from vae_course.grading.needed import needed
from vae_course.grading.one_answer import Job
from vae_course.grading.run_answers import Limits, Marked, Result, read
from vae_course.grading.sandbox import Bubblewrap, Nowhere, Sandbox, choose
from vae_course.grading.submissions import Submission, read_student

MEMORY = 3.0
NUMBERS = ("1.1", "1.2", "1.3", "1.4", "1.5")
QUESTIONS = ("1.a", "1.b", "1.c", "1.d")  # a point each; those who fill in the solution have them
ALL = "passed passed passed passed passed"


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return read_lessons(ROOT / "lessons", ["01"])[0]


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    """The best that works here; every test holds without one, too."""
    try:
        return choose("auto")
    except ValueError:
        return Nowhere()


def handed_in(folder: Path, lesson: Lesson) -> Submission:
    return read_student(folder, [lesson])[0]


# The whole of it


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> dict[str, Any]:
    """Grade all submissions once, by the command, and watch what it takes."""
    folder = tmp_path_factory.mktemp("grade")
    hand_in(folder / "submissions")
    before = set(psutil.Process().children(recursive=True))
    seen: set[psutil.Process] = set()
    peak, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            children = psutil.Process().children(recursive=True)
            seen.update(children)
            peak[0] = max(peak[0], sum(map(resident, children)) / 2**30)

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    start = time.monotonic()
    command = [sys.executable, "-m", "vae_course.cli", *command_line(folder, sandbox)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - start
    done.set()
    watching.join()
    left = [one for one in seen - before if one.is_running() and judging(one)]
    assert result.returncode == 1, result.stdout + result.stderr  # some need a look
    with (folder / "report" / "report.csv").open(encoding="utf-8", newline="") as file:
        table = {row["student"]: row for row in csv.DictReader(file)}
    report = json.loads((folder / "report" / "report.json").read_text(encoding="utf-8"))
    return {
        "folder": folder,
        "result": result,
        "seconds": seconds,
        "peak": peak[0],
        "left": left,
        "table": table,
        "report": {one["student"]: one for one in report["students"]},
    }


def command_line(folder: Path, sandbox: Sandbox) -> list[str]:
    return [
        *("grade", str(folder / "submissions"), "--out", str(folder / "report")),
        *("--lesson", "01", "--lessons", str(ROOT / "lessons"), "--processes", "2"),
        *("--memory", str(MEMORY), "--cell-seconds", "90", "--minutes", "6"),
        *("--sandbox", sandbox.name),
    ]


def resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0


def judging(process: psutil.Process) -> bool:
    try:
        return "vae_course.grading.judging" in " ".join(process.cmdline())
    except psutil.Error:
        return False


ROWS = {
    "solved": ("graded", 12, ALL),
    "blank": ("graded", 0, "not-attempted " * 5),
    "wrong": ("graded", 4, "failed " * 5),
    "no-checks": ("graded", 12, ALL),
    "own-checks": ("graded", 4, "failed " * 5),
    "endless": ("graded", 10, "passed error passed passed passed"),
    "endless-cell": ("graded", 11, "passed passed error passed passed"),
    "exit": ("suspicious", 11, "passed passed suspicious passed passed"),
    "large": ("graded", 10, "passed error passed passed passed"),
    "corrupted": ("unreadable", 0, "not-graded " * 5),
    "renamed": ("graded", 12, ALL),
    "older": ("graded", 6, "passed passed passed passed not-attempted"),
    "forged": ("suspicious", 10, "passed suspicious passed passed passed"),
    "other-tool": ("graded", 11, "passed passed error passed passed"),
    "outside": ("suspicious", 0, "not-graded " * 5),
    "'=cmd()|nothing": ("missing", 0, "not-graded " * 5),
}


@pytest.mark.slow
@pytest.mark.parametrize("student", ROWS)
def test_a_student_gets_the_right_row(graded: dict[str, Any], student: str) -> None:
    status, points, outcomes = ROWS[student]
    row = graded["table"][student]
    found = [row[f"{number} outcome"].replace(" ", "-") for number in NUMBERS]
    assert (row["status"], found) == (status, outcomes.split()), graded["report"]
    asked = (*NUMBERS, *QUESTIONS)
    assert int(row["total"]) == points == sum(int(row[f"{number} points"]) for number in asked)
    assert int(row["maximum"]) == 12
    assert float(row["percent"]) == pytest.approx(100 * points / 12, abs=0.05)


@pytest.mark.slow
def test_every_student_has_a_row_and_the_page_one_too(graded: dict[str, Any]) -> None:
    assert set(graded["table"]) == set(ROWS)
    page = (graded["folder"] / "report" / "index.html").read_text(encoding="utf-8")
    assert page.count('<th scope="row">') == len(ROWS) + 1


@pytest.mark.slow
def test_the_exit_code_says_that_some_need_a_look(graded: dict[str, Any]) -> None:
    assert graded["result"].returncode == 1
    assert "suspicious" in graded["result"].stdout


@pytest.mark.slow
def test_grading_stays_within_time_and_memory_and_leaves_no_process(
    graded: dict[str, Any],
) -> None:
    assert graded["seconds"] < 360
    assert graded["peak"] < 2 * MEMORY + 0.5
    assert not graded["left"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("student", "number", "message"),
    [
        ("wrong", "1.1", "You averaged over the whole batch"),
        ("wrong", "1.2", "The factor 2"),
        ("wrong", "1.3", "Pad with zeros"),
        ("wrong", "1.4", "frames were drawn, not simulations"),
        ("wrong", "1.5", "This is the slope on linear axes"),
        ("endless", "1.2", "stopped: it was still running after"),
        ("endless-cell", "1.3", "did not end within 22.5 seconds"),
        ("large", "1.2", "GiB of memory"),
        ("exit", "1.3", "line 4 ends Python (os._exit)"),
        ("forged", "1.2", "Not run: line 2 uses what no answer needs (IPython.display.display)"),
        ("older", "1.5", "no cell for it"),
        ("other-tool", "1.3", "half is defined in another cell"),
        ("corrupted", "1.1", "It is not a notebook"),
        ("outside", "1.1", "leads out of the student's folder"),
        ("=cmd()|nothing", "1.1", "There is no notebook of lesson 01"),
    ],
)
def test_the_report_says_why(
    graded: dict[str, Any], student: str, number: str, message: str
) -> None:
    exercises = graded["report"][student]["lessons"][0]["exercises"]
    said = next(one for one in exercises if one["exercise"] == number)
    assert message in f"{said['message']} {said.get('why', '')}"


@pytest.mark.slow
def test_a_second_run_reads_what_the_first_one_found(
    graded: dict[str, Any], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not sandbox.alone:
        pytest.skip("no sandbox: nothing is kept")
    report = graded["folder"] / "report"
    before = (report / "report.csv").read_bytes()
    monkeypatch.setattr("vae_course.grading.grade.run_answers", None)  # nothing is run
    again = CliRunner().invoke(app, command_line(graded["folder"], sandbox))
    assert again.exit_code == 1, again.output
    assert (report / "report.csv").read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize(
    "forge",
    [
        lambda text: text.replace('"failed"', '"passed"'),
        lambda text: text[: len(text) // 2],
        lambda text: "[]",
        lambda text: '{"marked": {"results": {}, "notes": []}, "signature": ""}',
    ],
    ids=["passed", "half", "list", "empty"],
)
def test_what_was_kept_counts_only_if_it_is_whole_and_signed(
    tmp_path: Path, lesson: Lesson, forge: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[int] = []

    def ones(lesson: Lesson, answers: Any, *_: Any) -> Marked:
        ran.append(1)
        return Marked({"1.1": Result(lesson.exercises[0], "failed", "No.")})

    monkeypatch.setattr("vae_course.grading.grade.run_answers", ones)
    book = notebook("lessons")
    cell(book, "exercise-1-1").source = "def volume_fraction(images):\n    return images.mean()"
    save(book, tmp_path / "a" / NAME)
    how = How(Limits(), Bubblewrap())
    submissions = [handed_in(tmp_path / "a", lesson)]
    for _ in range(2):
        grade(submissions, how, 1, tmp_path / ".parts")
    assert len(ran) == 1
    (part,) = (tmp_path / ".parts").glob("*.json")
    part.write_text(forge(part.read_text(encoding="utf-8")), encoding="utf-8")
    (found,) = grade(submissions, how, 1, tmp_path / ".parts")
    assert (len(ran), found.results[0].kind) == (2, "failed")


@pytest.mark.slow
def test_suspicious_code_runs_if_asked_for_and_costs_only_its_own_points(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    lesson = read_lessons(ROOT / "lessons", ["03"])[0]  # a model in Keras is graded, too
    book = notebook("solutions", WITH_KERAS)
    cell(book, "exercise-3-1").source = "import os\n\ndef sample(*_):\n    os._exit(0)"
    save(book, tmp_path / "exit" / WITH_KERAS)
    found = grade_all(tmp_path, lesson, How(Limits(), sandbox, run_suspicious=True))[0]
    assert [one.kind for one in found.results] == ["error", *["passed"] * 8]
    assert found.results[0].message == "It ended the notebook's Python."
    assert found.status == "suspicious"


@pytest.mark.slow
def test_a_submission_that_takes_too_long_is_stopped_and_not_kept(
    tmp_path: Path, lesson: Lesson, sandbox: Sandbox
) -> None:
    save(notebook("solutions"), tmp_path / "slow" / NAME)
    found = grade_all(tmp_path, lesson, How(Limits(minutes=0.002), sandbox))[0]
    assert found.status == "stopped"
    run = [one.kind for one in found.results if one.exercise.asks_for_code]
    assert set(run) == {"not graded"}
    assert not list((tmp_path / ".parts").glob("*.json"))


@pytest.mark.slow
def test_an_interrupt_ends_what_runs_at_once(
    tmp_path: Path, lesson: Lesson, sandbox: Sandbox
) -> None:
    save(notebook("lessons"), tmp_path / "blank" / NAME)
    save(notebook("solutions"), tmp_path / "solved" / NAME)
    submissions = [handed_in(tmp_path / name, lesson) for name in ("blank", "solved")]

    def interrupt(done: int, total: int) -> None:
        if done:
            until(lambda: bool(descendants()))  # the notebook of the second one is running
            interrupted.append(time.monotonic())
            raise KeyboardInterrupt

    interrupted: list[float] = []
    with pytest.raises(KeyboardInterrupt):
        grade(submissions, How(Limits(), sandbox), 2, tmp_path / ".parts", interrupt)
    assert time.monotonic() - interrupted[0] < 10
    assert not descendants()


def until(fact: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def descendants() -> list[psutil.Process]:
    return [one for one in psutil.Process().children(recursive=True) if judging(one)]


def grade_all(folder: Path, lesson: Lesson, how: How) -> list[Grade]:
    submissions = [handed_in(one, lesson) for one in sorted(folder.iterdir()) if one.name[0] != "."]
    return grade(submissions, how, 1, folder / ".parts")


# Questions


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        ('check.question("1.b", "b")', "passed", "Right."),
        ('# I think\ncheck.question(  "1.b",\n "B" )', "passed", "Right."),
        ('answer = check.question("1.b", "c")', "failed", "Not so."),
        ('check.question("1.b", ...)', "not attempted", "Nothing is filled in yet."),
        ('check.question("1.b", "bcd")', "error", "Answer with one letter"),
        ('check.question("1.b", 2)', "error", "Answer with one letter"),
        ('check.question("1.b", open("key").read())', "error", "Write the answer itself"),
        ('check.question("1.b", "b"', "error", "Write the answer itself"),
        ('check.question("1.a", "c")', "error", "Write the answer itself"),
        ('check.question("1.b")', "error", "Write the answer itself"),
        ("import os; os._exit(0)", "error", "Write the answer itself"),
        ("(" * 100_000, "error", "Write the answer itself"),
        ('check.question("1.b", ' + "[" * 5000 + ")", "error", "Write the answer itself"),
        ('check.question("1.b", 1j)', "error", "Write the answer itself"),
        ('check.question("1.b", {"b"})', "error", "Write the answer itself"),
        ('check.question("1.b", "b" * 9)', "error", "Write the answer itself"),
        (f'check.question("1.b", "{"b" * 99_999}")', "error", "Answer with one letter"),
        ('check.question("1.b",   ...  )', "not attempted", "Nothing is filled in yet."),
    ],
)
def test_a_question_is_read_and_never_run(
    tmp_path: Path, lesson: Lesson, source: str, kind: str, message: str
) -> None:
    book = notebook("lessons")
    cell(book, "question-1-b").source = source
    save(book, tmp_path / "a" / NAME)
    found = grade_all(tmp_path, lesson, How(Limits(), Nowhere()))[0]  # no sandbox is started
    result = next(one for one in found.results if one.exercise.number == "1.b")
    assert (result.kind, found.status) == (kind, "graded")
    assert message in result.message
    assert result.points == (kind == "passed")
    assert not found.remarks


@pytest.mark.parametrize("number", ["1" + "0" * 4000, "-1" + "0" * 400, "1e999", "1" * 5000])
def test_a_number_that_is_too_large_is_no_answer_and_stops_nothing(
    tmp_path: Path, lesson: Lesson, number: str
) -> None:
    book = notebook("lessons")
    cell(book, "question-1-c").source = f'check.question("1.c", {number})'
    save(book, tmp_path / "a" / NAME)
    found = grade_all(tmp_path, lesson, How(Limits(), Nowhere()))[0]
    result = next(one for one in found.results if one.exercise.number == "1.c")
    assert (result.kind, found.status) == ("error", "graded")


# What was handed in


def test_a_copy_that_is_filled_in_is_taken_before_a_blank_one(
    tmp_path: Path, lesson: Lesson
) -> None:
    save(notebook("solutions"), tmp_path / "a" / "01 (1).ipynb")
    save(answered(e1_2="x = 1"), tmp_path / "a" / "01 (10).ipynb")
    save(notebook("lessons"), tmp_path / "a" / "01 (11).ipynb")
    submission = handed_in(tmp_path / "a", lesson)
    assert submission.file == "01 (10).ipynb"
    assert "01 (10).ipynb was taken, not 01 (1).ipynb, 01 (11).ipynb" in submission.notes[0]


def test_an_answer_in_two_cells_is_taken_as_one(lesson: Lesson) -> None:
    book = notebook("solutions")
    whole = cell(book, "exercise-1-2")
    first = nbformat.v4.new_code_cell("def one():\n    return 1", metadata=whole.metadata)
    book.cells.insert(book.cells.index(whole), first)
    taken = answers_of(lesson, book)
    assert taken.answers["1.2"].source == f"{first.source}\n\n{whole.source}"
    assert "1.2 is answered in 2 cells" in taken.notes[0]


def test_a_check_merged_into_an_answer_is_taken_out(lesson: Lesson) -> None:
    book = notebook("solutions")
    answer = cell(book, "exercise-1-2")
    answer.source += "\n" + cell(book, "check-1-2").source + "  # mine"
    taken = answers_of(lesson, book).answers["1.2"]
    assert taken.source.rstrip().endswith("\npass")
    assert "check.lesson" not in taken.source
    assert not taken.findings


RIGHT = "def volume_fraction(images):\n    return images.mean(axis=(1, 2))"
CHECK = "volume_fraction = check.lesson_01.volume_fraction(volume_fraction)"


def test_an_answer_in_a_new_cell_is_taken_while_its_own_is_blank(lesson: Lesson) -> None:
    book = notebook("lessons")
    book.cells.append(nbformat.v4.new_code_cell(RIGHT))
    taken = answers_of(lesson, book)
    assert taken.answers["1.1"].source == RIGHT
    assert "1.1 is answered in a cell of the student's: taken" in " ".join(taken.notes)
    book.cells.append(nbformat.v4.new_code_cell(RIGHT))
    taken = answers_of(lesson, book)
    assert not taken.answers["1.1"].attempted
    assert "2 other cells define volume_fraction: none was taken" in " ".join(taken.notes)


def test_an_answer_in_the_cell_of_its_check_is_taken_while_its_own_is_blank(
    lesson: Lesson,
) -> None:
    book = notebook("lessons")
    cell(book, "check-1-1").source = f"{RIGHT}\n\n{CHECK}"
    taken = answers_of(lesson, book)
    assert taken.answers["1.1"].source.startswith(RIGHT)
    assert "check.lesson" not in taken.answers["1.1"].source
    assert "in the cell of its check" in " ".join(taken.notes)


def test_a_cell_that_was_never_run_is_noted(lesson: Lesson) -> None:
    book = answered(e1_1=RIGHT)
    cell(book, "exercise-1-1").execution_count = None
    assert (
        "The cell of exercise 1.1 was never run by the student." in answers_of(lesson, book).notes
    )
    for one in book.cells:
        if one.cell_type == "code":
            one.execution_count = None
    assert "never run" not in " ".join(answers_of(lesson, book).notes)


def test_the_assignment_of_a_check_defines_nothing_elsewhere(lesson: Lesson) -> None:
    assert "volume_fraction" not in answers_of(lesson, notebook("solutions")).elsewhere


def test_a_misspelt_function_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    job = Job("1.1", "volume_fraction", ["def volume_fractions(x): ..."], 0, 1, 1, 1, 1)
    said: list[Any] = []
    monkeypatch.setattr(one_answer, "lower_limits", lambda *_, **__: None)
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    one_answer.run(job, None, said.append)
    outcome = said[-1]["outcome"]
    assert outcome["message"] == "The cell defines no volume_fraction; it defines volume_fractions."


def test_an_answer_that_is_not_python_says_in_which_line(lesson: Lesson) -> None:
    broken = "def bulk_chemical_potential(c, b):\n    return c +"
    taken = answers_of(lesson, answered(e1_2=broken)).answers["1.2"]
    assert taken.error == "SyntaxError: invalid syntax"
    assert taken.line == "2: return c +"


def test_harmless_magics_are_taken_out_and_commands_are_suspicious(lesson: Lesson) -> None:
    source = (
        "%matplotlib inline\n%time x = 1\nnp.sum?\ndef bulk_chemical_potential(c, b):\n    return c"
    )
    taken = answers_of(lesson, answered(e1_2=source)).answers["1.2"]
    assert taken.source.split("\n")[1] == "x = 1"
    assert not taken.error and not taken.findings
    taken = answers_of(lesson, answered(e1_2=f"!rm -r ~\n{source}")).answers["1.2"]
    assert [str(one) for one in taken.findings] == ["line 1 gives a command (!rm -r ~)"]
    assert not taken.runs


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff\xfe\x00{", "not text in UTF-8"),
        (b"[1, 2, 3]", "not a notebook"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"a": 1}]}', "not a"),
        (b"[" * 100_000, "not a notebook"),
        (b" " * (20 * 2**20 + 1), "20 MB are the most"),
    ],
)
def test_what_is_no_notebook_is_unreadable(
    tmp_path: Path, lesson: Lesson, content: bytes, why: str
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / NAME).write_bytes(content)
    submission = handed_in(tmp_path / "a", lesson)
    assert submission.problem == "unreadable"
    assert why in submission.notes[0]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_named_pipe_does_not_hold_grading_up(tmp_path: Path, lesson: Lesson) -> None:
    (tmp_path / "a").mkdir()
    os.mkfifo(tmp_path / "a" / NAME)
    assert handed_in(tmp_path / "a", lesson).notes[0].endswith("It is not a file.")


def test_only_cells_that_an_answer_needs_are_run(lesson: Lesson) -> None:
    exercise = lesson.exercises[2]
    cells, place = cells_for(lesson, exercise, {"1.3": "def two_point_correlation(image): ..."})
    assert cells[place] == "def two_point_correlation(image): ..."
    assert len(cells) <= 4
    assert "import numpy as np" in cells[0]


def test_an_answer_gets_a_helper_of_another_answer_and_else_the_course_s_own(
    lesson: Lesson,
) -> None:
    answers = {
        "1.1": "def half(x):\n    return x / 2\n\ndef volume_fraction(images):\n    return half(1)",
        "1.2": "def bulk_chemical_potential(c, b):\n    return half(c) + volume_fraction(c)",
    }
    cells, place = cells_for(lesson, lesson.exercises[1], answers)
    assert answers["1.1"] in cells[:place]
    cells, place = cells_for(lesson, lesson.exercises[1], {**answers, "1.2": "volume_fraction(1)"})
    assert answers["1.1"] not in cells
    assert any("check.lesson_01.volume_fraction(" in one for one in cells[:place])


def test_a_cell_is_needed_if_it_gives_or_changes_a_name_that_is_used_later() -> None:
    sources = [
        "import keras\nfrom keras import ops",
        "size = 3",
        "size = size + 1",
        "model = keras.Model()",
        "model.compile()",
        "other = model",
        "keras.utils.set_random_seed(1)",
        "def answer(x):\n    other = x\n    return model(x, size)",
        "late = 1",
        "answer = check(answer)",
        "size = 5",
    ]
    assert needed(sources, {7: 9, 9: 9}) == {0, 1, 2, 3, 4, 7, 9}


# Reading code


# Reading what a sandbox wrote


def line(**more: Any) -> dict[str, Any]:
    said = {"number": "1.2", "kind": "passed", "message": "Well done.", "details": {}}
    return {**said, "changed": "", "own": False, **more}


def marked(lesson: Lesson, *lines: Any) -> Marked:
    return read(lesson.exercises, b"".join(json.dumps(one).encode() + b"\n" for one in lines))


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (line(), "passed"),
        (line(kind="failed"), "failed"),
        (line(again="passed"), "passed"),
        (line(again="failed"), "suspicious"),
        (line(changed="numpy.allclose"), "suspicious"),
        (line(kind="failed", changed="numpy.allclose"), "suspicious"),
    ],
)
def test_a_verdict_counts_if_it_was_given_twice_and_nothing_was_replaced(
    lesson: Lesson, said: dict[str, Any], kind: str
) -> None:
    assert marked(lesson, said).results["1.2"].kind == kind


@pytest.mark.parametrize("said", [7, [], {}, {"number": "9.9"}, {"number": "1.2"}, None])
def test_a_line_that_is_no_result_ends_the_reading(lesson: Lesson, said: Any) -> None:
    found = marked(lesson, line(), said, line(number="1.3"))
    assert (set(found.results), found.stopped) == ({"1.2"}, True)
    assert found.notes == ["The sandbox wrote a line that is no result."]


def test_an_answer_that_is_the_course_s_own_or_a_copy_is_noted(lesson: Lesson) -> None:
    found = marked(lesson, line(own=True)).results["1.2"]
    assert (found.kind, found.message) == ("suspicious", "It is the course's own function.")
    copied = marked(lesson, line(copied=True))
    assert copied.results["1.2"].kind == "passed"
    assert copied.remarks == ["The answer to 1.2 is a copy of the course's own."]


# What the command refuses


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "submissions must be a folder"),
        (["empty"], "submissions must have a folder, or a file of an export, for each student"),
        (["students", "--lesson", "99"], "lesson must be one of those in"),
        (["students", "--lessons", "nowhere"], "lessons must be the folder"),
        (["students", "--processes", "0"], "processes must be"),
        (["students", "--minutes", "0"], "minutes must be"),
        (["students", "--memory", "0.5"], "memory must be"),
        (["students", "--cell-seconds", "0"], "--cell-seconds must be"),
        (["students", "--fail-under", "101"], "--fail-under must be"),
        (["students", "--out", "students/report"], "out must not lie in"),
    ],
)
def test_bad_input_gives_one_line_and_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    save(notebook("lessons"), tmp_path / "students" / "a" / NAME)
    defaults = [] if "--lessons" in arguments else ["--lessons", str(ROOT / "lessons")]
    result = CliRunner().invoke(app, ["grade", *arguments, *defaults])
    assert result.exit_code == 2
    assert said in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_a_blank_class_is_graded_without_running_and_can_be_too_little(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    save(notebook("lessons"), tmp_path / "students" / "a" / NAME)
    arguments = ["grade", "students", "--lesson", "1", "--lessons", str(ROOT / "lessons")]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    result = CliRunner().invoke(app, [*arguments, "--fail-under", "50"])
    assert result.exit_code == 1
    assert "below 50 %" in result.output


def test_a_lesson_that_is_filled_in_already_is_refused(tmp_path: Path) -> None:
    save(notebook("solutions"), tmp_path / NAME)
    with pytest.raises(ValueError, match=r"exercise 1\.1 must be blank"):
        read_lessons(tmp_path)
