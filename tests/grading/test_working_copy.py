"""A student's copies of the lessons: brought up to date around what is written, never over it."""

import json
import shutil
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from vae_course.classroom.outcome import MIME
from vae_course.cli import app
from vae_course.grading.submissions import LARGEST
from vae_course.grading.working_copy import BEFORE, HANDED_OUT, merge, stand, start

LESSONS = Path(__file__).parents[2] / "lessons"
NAME = "03_from_autoencoder_to_vae.ipynb"
ANSWER = "def sample(mean, log_variance, noise):\n    return mean  # mine"


def notebook(sources: dict[str, str]):
    cells = [nbformat.v4.new_code_cell(text, id=name) for name, text in sources.items()]
    return nbformat.v4.new_notebook(cells=cells)


def sources(path: Path) -> dict[str, str]:
    return {cell.id: cell.source for cell in nbformat.read(path, as_version=4).cells}


def edit(path: Path, change) -> None:
    found = nbformat.read(path, as_version=4)
    change(found.cells)
    nbformat.write(found, path)


def cell_of(cells, name: str):
    return next(cell for cell in cells if cell.id == name)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course of one lesson, that may be changed."""
    folder = tmp_path / "course" / "lessons"
    folder.mkdir(parents=True)
    shutil.copy(LESSONS / NAME, folder)
    return folder


def answered(cells) -> None:
    cell_of(cells, "exercise-3-1").source = ANSWER
    place = cells.index(cell_of(cells, "check-3-1"))
    cells.insert(place + 1, nbformat.v4.new_code_cell("my_own = 1", id="mine"))


def renewed(cells) -> None:
    cells.insert(1, nbformat.v4.new_markdown_cell("A new paragraph.", id="fresh"))
    cell_of(cells, "exercise-3-2").source += "\n# clearer now"


def test_a_newer_course_comes_in_around_what_was_written(course: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    assert [one.how for one in start(course, mine)] == ["copied"]
    assert (mine / NAME).read_bytes() == (course / NAME).read_bytes()
    edit(mine / NAME, answered)
    written = (mine / NAME).read_bytes()
    assert [one.how for one in start(course, mine)] == ["kept"]
    assert (mine / NAME).read_bytes() == written
    edit(course / NAME, renewed)
    [done] = start(course, mine)
    assert (done.how, done.notes) == ("merged", ())
    found = sources(mine / NAME)
    assert found["exercise-3-1"] == ANSWER
    assert found["fresh"] == "A new paragraph."
    assert found["exercise-3-2"].endswith("# clearer now")
    names = list(found)
    assert names[names.index("mine") - 1] == "check-3-1"
    assert names[1] == "fresh"
    assert (mine / HANDED_OUT / BEFORE / NAME).read_bytes() == written
    assert [one.how for one in start(course, mine)] == ["kept"]


def test_where_both_have_changed_a_cell_the_answer_stays_and_the_new_text_stands_below(
    course: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    start(course, mine)
    edit(mine / NAME, lambda cells: cell_of(cells, "exercise-3-2").__setitem__("source", "x = 1"))
    edit(course / NAME, renewed)
    [done] = start(course, mine)
    assert "Exercise 3.2: you and the course changed it" in done.notes[0]
    found = sources(mine / NAME)
    assert found["exercise-3-2"] == "x = 1"
    assert found["exercise-3-2-new"].endswith("# clearer now\n```")


def test_what_is_not_from_here_is_left_alone(course: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    notes = nbformat.writes(notebook({"a": "my notes"}))
    for text, said in ((notes, "not from this command"), ("notes", "no notebook that can be read")):
        (mine / NAME).write_text(text)
        [done] = start(course, mine)
        assert done.how == "left"
        assert said in done.notes[0]
        assert (mine / NAME).read_text() == text


def test_a_copy_that_grading_would_not_read_is_not_read_here_either(
    course: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    start(course, mine)
    (mine / NAME).write_bytes(b" " * (LARGEST + 1))
    [done] = start(course, mine)
    assert (done.how, (mine / NAME).stat().st_size) == ("left", LARGEST + 1)
    assert f"{NAME} has more than 20 MiB" in done.notes[0]


def test_a_copy_that_another_program_has_spoilt_is_left_alone(course: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    start(course, mine)
    edit(course / NAME, renewed)

    def renamed(cells) -> None:
        for k, cell in enumerate(cells):
            cell.id = f"other{k}"

    edit(mine / NAME, renamed)
    before = (mine / NAME).read_bytes()
    [done] = start(course, mine)
    assert done.how == "left"
    assert "has lost the names of its cells" in done.notes[0]
    (mine / NAME).write_text('{"cells": [')
    [broken] = start(course, mine)
    assert "is no notebook that can be read" in broken.notes[0]
    assert len(before) > 1000


def test_a_run_that_was_killed_before_its_last_step_is_gone_on_with(
    course: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    start(course, mine)
    handed_out = (mine / HANDED_OUT / NAME).read_bytes()
    edit(mine / NAME, answered)
    edit(course / NAME, renewed)
    start(course, mine)
    merged = sources(mine / NAME)
    (mine / HANDED_OUT / NAME).write_bytes(handed_out)
    [done] = start(course, mine)
    assert done.notes == ()
    assert sources(mine / NAME) == merged


TEXTS = st.text("abc\n", max_size=6)
BASE = {f"cell{k}": f"course {k}" for k in range(5)}


@st.composite
def edited(draw, author: str) -> dict[str, str]:
    """A course's or a student's changes to `BASE`: cells rewritten, left out and put in."""
    made = {}
    for name, text in BASE.items():
        what = draw(st.sampled_from(["keep", "keep", "change", "leave out", "put in"]))
        if what != "leave out":
            made[name] = f"{author} {draw(TEXTS)}" if what == "change" else text
        if what == "put in":
            made[f"{author}{name}"] = f"{author} new {draw(TEXTS)}"
    return made


@settings(max_examples=60, deadline=None)
@given(edited("student"), edited("course"))
def test_nothing_that_a_student_wrote_is_lost_and_nothing_new_is_missing(mine, new) -> None:
    merged = merge(notebook(BASE), notebook(mine), notebook(new))
    found = {cell.id: cell.source for cell in merged.cells}
    assert len(found) == len(merged.cells)
    for name, text in mine.items():
        if text != BASE.get(name):
            assert found[name] == text
    for name, text in new.items() - BASE.items():
        assert text in found[name] or text in found[f"{name}-new"]
    assert [name for name in found if name in new] == list(new)
    untouched = merge(notebook(BASE), notebook(BASE), notebook(new))
    assert {cell.id: cell.source for cell in untouched.cells} == new
    same_course = merge(notebook(BASE), notebook(mine), notebook(BASE))
    kept = [name for name in mine if name in {cell.id for cell in same_course.cells}]
    assert kept == list(mine)
    assert not same_course.notes


def test_two_cells_of_one_name_both_stay() -> None:
    twice = notebook({"cell0": "course 0", "own": "first"})
    twice.cells.append(nbformat.v4.new_code_cell("second", id="own"))
    merged = merge(notebook(BASE), twice, notebook(BASE))
    assert {"first", "second"} <= {cell.source for cell in merged.cells}


def test_progress_is_what_the_saved_checks_said(course: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    start(course, mine)
    assert {one.kind for one in stand(mine)[NAME]} == {None}

    def passed(cells) -> None:
        answered(cells)
        check = cell_of(cells, "check-3-1")
        check.outputs[0]["data"][MIME]["kind"] = "passed"
        cell_of(cells, "exercise-3-2").source = "kl = 1"

    edit(mine / NAME, passed)
    stands = {one.exercise.number: one.kind for one in stand(mine)[NAME]}
    kinds = {number: stands[number] for number in ("3.1", "3.2", "3.3", "3.a")}
    assert kinds == {"3.1": "passed", "3.2": "not attempted", "3.3": None, "3.a": None}
    said = CliRunner().invoke(app, ["progress", str(mine)])
    assert said.exit_code == 0
    assert "1 of 9 passed, 2 of 14 stars." in said.output
    assert "Next: 3.2" in said.output


def test_the_command_says_what_became_of_each_lesson(course: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    arguments = ["start", str(mine), "--lessons", str(course)]
    first = CliRunner().invoke(app, arguments)
    assert (first.exit_code, "1 copied." in first.output) == (0, True)
    edit(mine / NAME, lambda cells: cell_of(cells, "exercise-3-2").__setitem__("source", "x = 1"))
    edit(course / NAME, renewed)
    second = CliRunner().invoke(app, arguments)
    assert "1 brought up to date around what you have written." in second.output
    assert f"{NAME}: Exercise 3.2: you and the course changed it" in second.output
    (mine / NAME).write_text(json.dumps({"cells": 3}))
    edit(course / NAME, renewed)
    third = CliRunner().invoke(app, arguments)
    assert (third.exit_code, "1 left alone." in third.output) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["start", "mine", "--lessons", "nowhere"], "lessons must be the folder of the course's"),
        (["start", str(LESSONS), "--lessons", str(LESSONS)], "folder must be another than that of"),
        (["progress", "nowhere"], "folder must be one that `vae-course start` has made"),
    ],
)
def test_bad_input_ends_in_one_line(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert len(result.output.strip().splitlines()) == 1
