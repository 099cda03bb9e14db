"""Grades as tables to import, and as JSON with every message."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import vae_course
from vae_course.files import write_json, write_text
from vae_course.grading.grade import WORST, Grade, Status
from vae_course.grading.lesson_files import Lesson
from vae_course.grading.run_answers import Result
from vae_course.grading.tables import Person, as_table

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a text that begins so for a formula."""

MAIL = ("email address", "email", "e-mail")
CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
"""The columns by which Canvas knows who is who."""


@dataclass(frozen=True)
class Row:
    """A student's grades in all lessons.

    Args:
        student: Who handed in, or is on the roster.
        grades: One for each lesson.
        person: From the roster; None if there is none, or nobody fits.
        page: File of the student's own page.
        number: By which a platform knows the student; empty if unknown.
    """

    student: str
    grades: tuple[Grade, ...]
    person: Person | None = None
    page: str = ""
    number: str = ""

    @property
    def status(self) -> Status:
        """The worst of its lessons."""
        return min((grade.status for grade in self.grades), key=WORST.index)

    @property
    def files(self) -> str:
        """The notebooks that were taken."""
        return "; ".join(grade.submission.file for grade in self.grades if grade.submission.file)

    @property
    def notes(self) -> list[str]:
        """What there is to say, a sentence once."""
        return list(dict.fromkeys(note for grade in self.grades for note in grade.notes))

    @property
    def remarks(self) -> list[str]:
        """What the instructor alone is told."""
        late = [
            f"Lesson {grade.submission.lesson.number}: {grade.days_late} "
            f"day{'' if grade.days_late == 1 else 's'} late."
            for grade in self.grades
            if grade.days_late
        ]
        return [*late, *dict.fromkeys(one for grade in self.grades for one in grade.remarks)]

    @property
    def results(self) -> list[Result]:
        """Of all exercises of all lessons."""
        return [result for grade in self.grades for result in grade.results]

    @property
    def points(self) -> float:
        """Points reached."""
        return round(sum(grade.points for grade in self.grades), 2)

    @property
    def maximum(self) -> int:
        """The most points."""
        return sum(grade.submission.lesson.points for grade in self.grades)

    @property
    def percent(self) -> float:
        """Points reached in percent of the most, to one decimal."""
        return round(100 * self.points / self.maximum, 1) if self.maximum else 0.0


def rows(
    grades: Sequence[Grade],
    people: Mapping[str, Person] | None = None,
    numbers: Mapping[str, str] | None = None,
) -> list[Row]:
    """Put the grades of each student together.

    Args:
        grades: Of all students and lessons.
        people: From the roster, by student.
        numbers: By which a platform knows students.
    """
    by_student: dict[str, list[Grade]] = {}
    for grade in grades:
        by_student.setdefault(grade.submission.student, []).append(grade)
    pages = _pages(list(by_student))
    people, numbers = people or {}, numbers or {}
    return [
        Row(student, tuple(own), people.get(student), pages[student], numbers.get(student, ""))
        for student, own in by_student.items()
    ]


def _pages(students: Sequence[str]) -> dict[str, str]:
    """Name a file for each student's page, so that no two are the same on any system."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for student in students:
        letters = unicodedata.normalize("NFKD", student).encode("ascii", "ignore").decode()
        stem = re.sub(r"[^A-Za-z0-9]+", "-", letters).strip("-")[:80].lower() or "student"
        name, k = stem, 1
        while name in taken:
            k += 1
            name = f"{stem}-{k}"
        taken.add(name)
        found[student] = f"students/{name}.html"
    return found


def write(out: Path, book: Sequence[Row], lessons: Sequence[Lesson]) -> None:
    """Write tables and JSON, each whole or not at all."""
    write_text(out / "report.csv", as_csv(book, lessons))
    write_text(out / "moodle.csv", as_moodle(book, lessons))
    write_text(out / "canvas.csv", as_canvas(book, lessons))
    write_json(out / "report.json", as_json(book, lessons))


def as_csv(book: Sequence[Row], lessons: Sequence[Lesson]) -> str:
    """Make a table that a spreadsheet or a learning-management system can import."""
    numbers = [exercise.number for lesson in lessons for exercise in lesson.exercises]
    columns = [f"{number} {what}" for number in numbers for what in ("points", "outcome")]
    table: list[Sequence[object]] = [
        ["student", "status", "file", *columns, "total", "maximum", "percent"]
    ]
    for row in book:
        cells = [c for result in row.results for c in (f"{result.points:g}", result.kind)]
        start = [_plain(row.student), row.status, _plain(row.files)]
        table.append([*start, *cells, f"{row.points:g}", row.maximum, row.percent])
    return as_table(table)


def _plain(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def as_moodle(book: Sequence[Row], lessons: Sequence[Lesson]) -> str:
    """Make a table as Moodle imports it: students identified, a grade and a feedback a lesson.

    Source: https://docs.moodle.org/en/Grade_import
    """
    columns = [f"Lesson {lesson.number}{part}" for lesson in lessons for part in ("", " feedback")]
    table = [["Full name", "ID number", "Email address", *columns]]
    for row in book:
        person = row.person or Person(row.student)
        mail, identity = person.column(*MAIL), person.column("id number", "student id", "id")
        cells = [cell for grade in row.grades for cell in (f"{grade.points:g}", _feedback(grade))]
        table.append([_plain(person.name), _plain(identity or row.number), _plain(mail), *cells])
    return as_table(table)


def _feedback(grade: Grade) -> str:
    """Say in a line what was not passed."""
    if grade.status in {"missing", "unreadable"}:
        return "Nothing was handed in." if grade.status == "missing" else "It cannot be read."
    open_ones = [f"{one.exercise.number} {one.kind}" for one in grade.results if one.points == 0]
    late = [f"{grade.days_late} d late"] if grade.days_late else []
    return "; ".join([*late, *open_ones]) or "All passed."


def as_canvas(book: Sequence[Row], lessons: Sequence[Lesson]) -> str:
    """Make a table as Canvas imports it, with its five columns of who is who.

    Source: Canvas Instructor Guide, "How do I import grades in the Gradebook?"
    """
    table: list[Sequence[object]] = [
        [*CANVAS, *(f"Lesson {lesson.number}" for lesson in lessons)],
        ["Points Possible", "", "", "", "", *(lesson.points for lesson in lessons)],
    ]
    for row in book:
        person = row.person or Person(row.student)
        columns = [person.column(name.casefold()) for name in CANVAS]
        columns[0] = columns[0] or person.name
        columns[1] = columns[1] or row.number
        points = [f"{grade.points:g}" for grade in row.grades]
        table.append([*map(_plain, columns), *points])
    return as_table(table)


def as_json(book: Sequence[Row], lessons: Sequence[Lesson]) -> dict[str, Any]:
    """Collect everything, messages included."""
    return {
        "vae_course": vae_course.__version__,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "lessons": [
            {
                "lesson": lesson.number,
                "file": lesson.path.name,
                "sha256": lesson.digest,
                "points": lesson.points,
                "exercises": [
                    {"exercise": one.number, "name": one.name, "stars": one.stars}
                    for one in lesson.exercises
                ],
            }
            for lesson in lessons
        ],
        "students": [
            {
                "student": row.student,
                "name": row.person.name if row.person else "",
                "status": row.status,
                "total": row.points,
                "maximum": row.maximum,
                "percent": row.percent,
                "lessons": [_grade(grade) for grade in row.grades],
            }
            for row in book
        ],
    }


def _grade(grade: Grade) -> dict[str, Any]:
    return {
        "lesson": grade.submission.lesson.number,
        "status": grade.status,
        "file": grade.submission.file,
        "notes": [*grade.notes, *grade.remarks],
        "days_late": grade.days_late,
        "points": grade.points,
        "exercises": [
            {
                "exercise": result.exercise.number,
                "name": result.exercise.name,
                "points": result.points,
                "outcome": result.kind,
                "message": result.message,
                **({} if result.given is None else {"given": result.given}),
                **({"comment": result.comment} if result.comment else {}),
                **result.details,
            }
            for result in grade.results
        ],
    }
