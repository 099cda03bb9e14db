"""From what a platform exports to what it imports: who, when, how many points, on which page."""

import csv
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from grade_submissions import FRACTION, NAME, ROOT, answered, notebook, save
from typer.testing import CliRunner

from vae_course.cli import app
from vae_course.grading.classes import Class
from vae_course.grading.exports import find_students
from vae_course.grading.grade import Grade
from vae_course.grading.gradebook import rows, write
from vae_course.grading.lesson_files import Lesson, read_lessons
from vae_course.grading.pages import statistics, write_pages
from vae_course.grading.run_answers import Result
from vae_course.grading.scoring import Scoring
from vae_course.grading.submissions import Submission, read_student
from vae_course.grading.tables import match, plain, read_overrides, read_roster, time_of

KINDS = ("passed", "failed", "error", "not attempted", "suspicious")


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    whole = read_lessons(ROOT / "lessons", ["01"])[0]
    return replace(whole, exercises=tuple(one for one in whole.exercises if one.asks_for_code))


def graded(lesson: Lesson, student: str, *kinds: Any, written: float = 0.0) -> Grade:
    submission = Submission(student, lesson, NAME, written=written)
    results = tuple(
        Result(exercise, kind, f"It is {kind}.")
        for exercise, kind in zip(lesson.exercises, kinds, strict=True)
    )
    return Grade(submission, "graded", results, ())


# What platforms export


def moodle_folders(folder: Path) -> None:
    for name in ("Ada Lovelace_101", "Grace Hopper_102"):
        save(notebook("lessons"), folder / f"{name}_assignsubmission_file" / NAME)


def moodle_files(folder: Path) -> None:
    for name in ("Ada Lovelace_101", "Grace Hopper_102"):
        save(notebook("lessons"), folder / f"{name}_assignsubmission_file_{NAME}")


def canvas_files(folder: Path) -> None:
    save(notebook("lessons"), folder / f"lovelaceada_101_9001_{NAME}")
    save(notebook("lessons"), folder / f"hoppergrace_LATE_102_9002_{NAME}")


def plain_folders(folder: Path) -> None:
    for name in ("Ada Lovelace", "Grace Hopper"):
        save(notebook("lessons"), folder / name / "deeper" / NAME)


EXPORTS = {one.__name__: one for one in (moodle_folders, moodle_files, canvas_files, plain_folders)}


def zipped(folder: Path, around: str) -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*.ipynb")):
            archive.write(file, around + file.relative_to(folder).as_posix())
    return path


@pytest.mark.parametrize("packed", ["folder", "zip", "zip with a folder around"])
@pytest.mark.parametrize("export", EXPORTS)
def test_exports_are_read_as_they_come(
    tmp_path: Path, lesson: Lesson, export: str, packed: str
) -> None:
    given = tmp_path / "handed in"
    EXPORTS[export](given)
    if packed != "folder":
        given = zipped(given, "" if packed == "zip" else "Lesson 01/")
    roster = tmp_path / "roster.csv"
    roster.write_text(
        "First name,Last name,ID number\nAda,Lovelace,7001\nGrace,Hopper,7002\n", "utf-8"
    )
    with Class.read(given, roster) as found:
        assert len(found.students) == 2
        assert {one.name for one in found.people.values()} == {"Ada Lovelace", "Grace Hopper"}
        assert set(found.people) == {one.name for one in found.students}
        assert {one.number for one in found.students} <= {"101", "102", ""}
        read = found.submissions([lesson])
    assert [(one.problem, one.file.endswith(NAME)) for one in read] == [("", True)] * 2
    assert found.unknown() == []


def test_students_of_the_same_name_stay_two(tmp_path: Path) -> None:
    for number in (1, 2):
        save(notebook("lessons"), tmp_path / f"Kim Lee_{number}_assignsubmission_file_" / NAME)
    found = [one.name for one in find_students(tmp_path, tmp_path / "scratch")]
    assert found == ["Kim Lee (1)", "Kim Lee (2)"]


def hostile_zip(path: Path, name: str, text: bytes = b"{}") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, text)
        archive.writestr("ada/01.ipynb", b"{}")
    return path


@pytest.mark.parametrize(
    "name", ["../outside.ipynb", "/outside.ipynb", "ada/../../outside.ipynb", "..\\outside.ipynb"]
)
def test_a_zip_writes_nothing_outside_its_folder(tmp_path: Path, name: str) -> None:
    path = hostile_zip(tmp_path / "class.zip", name)
    find_students(path, tmp_path / "inner" / "scratch")
    found = [one for one in tmp_path.rglob("outside.ipynb") if "unpacked" not in one.parts]
    assert found == []
    assert not Path("/outside.ipynb").exists()


def test_a_zip_bomb_and_what_is_no_zip_are_refused_or_cut(tmp_path: Path, lesson: Lesson) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"ada/{NAME}", b" " * (60 * 2**20))
    [ada] = find_students(bomb, tmp_path / "a")
    [found] = read_student(ada.folder, [lesson], ada.name)
    assert found.problem == "unreadable"
    assert "20 MB are the most" in found.notes[-1]
    text = tmp_path / "text.zip"
    text.write_text("no zip", "utf-8")
    with pytest.raises(ValueError, match=r"a zip that can be read; text.zip"):
        find_students(text, tmp_path / "b")


def test_a_link_among_the_files_of_an_export_is_refused(tmp_path: Path, lesson: Lesson) -> None:
    save(notebook("solutions"), tmp_path / "elsewhere.ipynb")
    flat = tmp_path / "flat"
    flat.mkdir()
    (flat / f"lovelaceada_1_2_{NAME}").symlink_to(tmp_path / "elsewhere.ipynb")
    [ada] = find_students(flat, tmp_path / "scratch")
    [found] = read_student(ada.folder, [lesson], ada.name)
    assert (found.problem, found.taken) == ("suspicious", None)


def test_a_student_s_folder_that_is_a_link_is_not_followed(tmp_path: Path, lesson: Lesson) -> None:
    save(notebook("solutions"), tmp_path / "elsewhere" / NAME)
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "ada").symlink_to(tmp_path / "elsewhere")
    save(notebook("solutions"), tmp_path / "class" / "bob" / NAME)
    with Class.read(tmp_path / "class", None) as found:
        ada, bob = found.submissions([lesson])
    assert (ada.problem, ada.taken) == ("suspicious", None)
    assert ada.notes == ("The folder is a link that leads out of the submissions.",)
    assert bob.taken is not None


# The roster


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ("name,email\nAda Lovelace,ada@school.edu\n", "ada"),
        ('Student,ID,SIS User ID\nPoints Possible,,\n"Lovelace, Ada",55,S1\n', "Ada Lovelace"),
        ("Vorname;student id\nx;1\n", "1"),
        ("first name\tsurname\tgithub\nAda\tLovelace\tcountess\n", "countess"),
        ("\ufeffName,Email\nÁda Lóvelace,x@y.z\n", "Ada_Lovelace"),
    ],
)
def test_a_roster_is_known_by_its_columns(tmp_path: Path, text: str, folder: str) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(text, "utf-8")
    (tmp_path / "in" / folder).mkdir(parents=True)
    people = read_roster(path)
    assert len(people) == 1
    students = find_students(tmp_path / "in", tmp_path / "scratch")
    assert list(match(students, people)) == [folder]


def test_whom_several_fit_is_left_out_and_said(tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("name,id\nKim Lee,1\nKim Lee,2\nNoor,3\n", "utf-8")
    for name in ("Kim Lee", "stranger"):
        save(notebook("lessons"), tmp_path / "in" / name / NAME)
    with Class.read(tmp_path / "in", roster) as found:
        assert found.unknown() == [
            "Not on the roster, or like several on it: Kim Lee, stranger.",
            "On the roster, but nothing handed in: Kim Lee (2), Kim Lee (3), Noor.",
        ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "roster must have columns such as student, name"),
        ("name,deadline\nAda,soon\n", "roster.csv, line 2: deadline must be a time such as"),
        (b"\xff\xfe\x00", "roster must be text in UTF-8"),
    ],
)
def test_a_roster_that_cannot_be_says_why(tmp_path: Path, text: Any, said: str) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=said):
        read_roster(path)


def test_names_are_compared_without_case_accents_and_punctuation() -> None:
    assert plain("Éva O'Neil-Smith") == plain("eva oneil smith")


# Points


def test_effort_gives_half_for_a_try(lesson: Lesson) -> None:
    grade = graded(lesson, "ada", *KINDS)
    stars = [exercise.stars for exercise in lesson.exercises]
    [passed] = Scoring().count([grade])
    [effort] = Scoring("effort").count([grade])
    assert passed.points == stars[0]
    assert effort.points == stars[0] + (stars[1] + stars[2]) / 2


def test_late_days_cost_and_the_roster_goes_before(tmp_path: Path, lesson: Lesson) -> None:
    deadline = datetime(2026, 11, 20, 18, tzinfo=UTC)
    written = (deadline + timedelta(hours=30)).timestamp()
    roster = tmp_path / "roster.csv"
    roster.write_text(
        "name,deadline,submitted\nada,,\ngrace,2026-11-21 18:00+00:00,\n"
        "noor,,2026-11-20 17:59+00:00\n",
        "utf-8",
    )
    people = {person.name: person for person in read_roster(roster)}
    grades = [graded(lesson, name, *["passed"] * 5, written=written) for name in people]
    scoring = Scoring(deadline=deadline, late=10.0, people=people)
    found = scoring.count(grades)
    assert [one.days_late for one in found] == [2, 1, 0]
    assert [one.points for one in found] == [6.4, 7.2, 8.0]
    [much] = Scoring(deadline=deadline, late=80.0).count(grades[:1])
    assert much.points == 0


@pytest.mark.slow
def test_points_by_hand_count_are_marked_and_are_kept(tmp_path: Path) -> None:
    save(answered(e1_1=FRACTION), tmp_path / "in" / "Ada" / NAME)
    table = tmp_path / "by hand.csv"
    table.write_text("student,exercise,points,comment\nada,1.1,0.5,Right idea.\n", "utf-8")
    arguments = ["grade", str(tmp_path / "in"), "--lesson", "01", "--out", str(tmp_path / "out")]
    arguments += ["--lessons", str(ROOT / "lessons"), "--processes", "1", "--sandbox", "none"]
    for more in (["--overrides", str(table)], []):
        done = CliRunner().invoke(app, [*arguments, *more])
        assert done.exit_code == 0, done.output
        report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
        [ada] = report["students"]
        first = ada["lessons"][0]["exercises"][0]
        assert (first["points"], first["outcome"], first["given"]) == (0.5, "failed", 0.5)
        assert ada["total"] == 11.5
        page = (tmp_path / "out" / "students" / "ada.html").read_text("utf-8")
        assert "From your instructor: 0.5 of 1 points. Right idea." in page
        assert "def volume_fraction(images):" in page
        assert "given 0.5" in (tmp_path / "out" / "index.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nobody,1.1,1,", "line 2: student must be one who handed in; got 'nobody'"),
        ("ada,9.9,1,", "line 2: exercise must be one of 1.1"),
        ("ada,1.1,many,", "line 2: points must be a number from 0 to 100; got 'many'"),
        ("ada,1.1,nan,", "line 2: points must be a number from 0 to 100; got 'nan'"),
    ],
)
def test_points_by_hand_that_cannot_be_say_in_which_line(
    tmp_path: Path, line: str, said: str
) -> None:
    path = tmp_path / "overrides.csv"
    path.write_text(f"student,exercise,points,comment\n{line}\n", "utf-8")
    with pytest.raises(ValueError, match=said):
        read_overrides(path, ["ada"], ["1.1"])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Scoring("all"), "points must be passed or effort; got 'all'"),
        (lambda: Scoring(late=120, deadline=time_of("2026-01-01")), "late must be from 0 to 100"),
        (lambda: Scoring(late=5), "late needs a deadline"),
    ],
)
def test_scoring_that_makes_no_sense_is_refused(make: Callable[[], Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make()


# Tables and pages


@pytest.fixture
def page(tmp_path: Path, lesson: Lesson) -> Path:
    name = "<script>alert(1)</script>"
    odd = Submission(name, lesson, "-1+1.ipynb")
    results = tuple(
        Result(one, kind, "A <b>message</b>.", {"why": "Because.", "found": "shape (5,): [1, 2]"})
        for one, kind in zip(lesson.exercises, KINDS, strict=True)
    )
    second = Submission("+ 1", lesson)
    none = tuple(Result(one, "not graded", "Nothing.") for one in lesson.exercises)
    grades = [
        Grade(odd, "suspicious", results, ("A note.",), ("A remark for the instructor.",)),
        Grade(second, "missing", none, ("There is no notebook of lesson 01.",)),
    ]
    book = rows(grades)
    write(tmp_path, book, [lesson])
    write_pages(tmp_path, book, [lesson], Scoring(), "none")
    return tmp_path


def table(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_no_cell_of_a_table_is_a_formula(page: Path) -> None:
    found = table(page / "report.csv")
    assert [len(row) for row in found] == [16] * 3
    assert [row[0] for row in found[1:]] == ["<script>alert(1)</script>", "'+ 1"]
    assert found[1][2] == "'-1+1.ipynb"
    for name in ("report.csv", "moodle.csv", "canvas.csv"):
        cells = [cell for row in table(page / name) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_platforms_get_their_own_columns(tmp_path: Path, lesson: Lesson) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,Email address\n"
        '"Lovelace, Ada",55,S-1,ada,A,ada@school.edu\n',
        "utf-8",
    )
    [ada] = read_roster(roster)
    book = rows([graded(lesson, "lovelaceada", *KINDS)], {"lovelaceada": ada})
    write(tmp_path, book, [lesson])
    assert table(tmp_path / "canvas.csv") == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Lesson 01"],
        ["Points Possible", "", "", "", "", "8"],
        ["Lovelace, Ada", "55", "S-1", "ada", "A", "1"],
    ]
    head, line = table(tmp_path / "moodle.csv")
    assert head[:3] == ["Full name", "ID number", "Email address"]
    assert head[3:] == ["Lesson 01", "Lesson 01 feedback"]
    assert line[:4] == ["Lovelace, Ada", "55", "ada@school.edu", "1"]
    assert line[4] == "1.2 failed; 1.3 error; 1.4 not attempted; 1.5 suspicious"


def test_what_the_class_got_wrong_is_counted_by_message(lesson: Lesson) -> None:
    grades = [graded(lesson, f"s{k}", kind, *["passed"] * 4) for k, kind in enumerate(KINDS)]
    grades.append(graded(lesson, "s9", "failed", *["passed"] * 4))
    first, second, *_ = statistics(rows(grades), [lesson])
    assert (first.passed, first.tried, first.blank) == (1, 5, 1)
    assert first.mistakes == (("It is failed.", 2), ("It is error.", 1))
    assert (second.share, second.mistakes) == (100.0, ())
    known = Result(lesson.exercises[0], "failed", "f is not right.", {"why": "The half is lost."})
    results = (known, *grades[0].results[1:])
    grades[1] = Grade(grades[1].submission, "graded", results, ())
    first, *_ = statistics(rows(grades), [lesson])
    assert ("The half is lost.", 1) in first.mistakes


def test_names_of_students_cannot_put_html_into_the_page(page: Path) -> None:
    for path in [page / "index.html", *(page / "students").iterdir()]:
        html = path.read_text(encoding="utf-8")
        assert "<script" not in html
        assert "A <b>message" not in html


def test_a_student_s_page_says_nothing_of_others_and_nothing_for_the_instructor(
    page: Path,
) -> None:
    own = (page / "students" / "script-alert-1-script.html").read_text("utf-8")
    assert "A note." in own
    assert "remark" not in own
    assert "+ 1" not in own
    other = (page / "students" / "1.html").read_text("utf-8")
    assert "script" not in other.replace("</style>", "")
    whole = (page / "index.html").read_text("utf-8")
    assert "A remark for the instructor." in whole
    assert "Sandbox: none. Students' code could do whatever you can." in whole


def test_names_of_pages_differ_on_every_system(lesson: Lesson) -> None:
    names = ["Ada", "ADA", "ada!", "Ёлка", "../../etc/passwd", "con", "." * 300]
    pages = [row.page for row in rows([graded(lesson, name, *KINDS) for name in names])]
    assert len({page.lower() for page in pages}) == len(names)
    assert all(page.startswith("students/") and ".." not in page for page in pages)


@pytest.fixture(params=["light", "dark"])
def shown(request: pytest.FixtureRequest, chromium: Any, page: Path) -> Iterator[Any]:
    context = chromium.new_context(
        color_scheme=request.param, viewport={"width": 390, "height": 800}
    )
    tab = context.new_page()
    tab.requests = []
    tab.on("request", lambda asked: tab.requests.append(asked.url))
    yield tab
    context.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["index.html", "students/script-alert-1-script.html"])
def test_pages_are_accessible_fit_a_phone_and_ask_nothing_of_a_network(
    shown: Any, page: Path, name: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    shown.goto((page / name).as_uri())
    for summary in shown.locator("summary").all():
        summary.click()
    found = Axe().run(shown).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert [url for url in shown.requests if not url.startswith(("file:", "data:"))] == []


def test_the_time_of_a_file_counts_where_no_roster_says_another(
    tmp_path: Path, lesson: Lesson
) -> None:
    save(notebook("lessons"), tmp_path / "ada" / NAME)
    os.utime(tmp_path / "ada" / NAME, (1_700_000_000, 1_700_000_000))
    [found] = read_student(tmp_path / "ada", [lesson])
    assert found.written == 1_700_000_000
