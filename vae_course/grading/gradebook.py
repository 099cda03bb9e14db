"""Grades as a table to import, as JSON with every message, and as a page to look at."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2

import vae_course
from vae_course.files import write_json, write_text
from vae_course.grading.grade import WORST, Grade, Status
from vae_course.grading.lesson_files import Lesson
from vae_course.grading.run_answers import Result

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a text that begins so for a formula."""

MARKS = {
    "passed": "✓",
    "failed": "✗",
    "error": "!",
    "not attempted": "○",
    "suspicious": "⚠",
    "not graded": "–",
}
STATUSES: dict[Status, str] = {
    "graded": "Everything handed in was graded.",
    "suspicious": "Something needs your look: code was not run, or a result was not genuine.",
    "stopped": "Grading was stopped by the limits of time; not every exercise was reached.",
    "unreadable": "The file is not a notebook that can be read.",
    "missing": "No notebook of the lesson was handed in.",
}
LABELS = {"expected": "expected", "found": "found", "code": "their line"}


@dataclass(frozen=True)
class Row:
    """A student's grades in all lessons.

    Args:
        student: Name of the student's folder.
        grades: One for each lesson.
    """

    student: str
    grades: tuple[Grade, ...]

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
    def results(self) -> list[Result]:
        """Of all exercises of all lessons."""
        return [result for grade in self.grades for result in grade.results]

    @property
    def points(self) -> int:
        """Points reached."""
        return sum(grade.points for grade in self.grades)

    @property
    def maximum(self) -> int:
        """The most points."""
        return sum(grade.submission.lesson.points for grade in self.grades)

    @property
    def percent(self) -> float:
        """Points reached in percent of the most, to one decimal."""
        return round(100 * self.points / self.maximum, 1) if self.maximum else 0.0


def rows(grades: Sequence[Grade]) -> list[Row]:
    """Put the grades of each student together."""
    by_student: dict[str, list[Grade]] = {}
    for grade in grades:
        by_student.setdefault(grade.submission.student, []).append(grade)
    return [Row(student, tuple(own)) for student, own in by_student.items()]


def write(out: Path, book: Sequence[Row], lessons: Sequence[Lesson]) -> None:
    """Write `report.csv`, `report.json` and `index.html`, each whole or not at all."""
    write_text(out / "report.csv", as_csv(book, lessons))
    write_json(out / "report.json", as_json(book, lessons))
    write_text(out / "index.html", as_page(book, lessons))


def as_csv(book: Sequence[Row], lessons: Sequence[Lesson]) -> str:
    """Make a table that a spreadsheet or a learning-management system can import."""
    numbers = [exercise.number for lesson in lessons for exercise in lesson.exercises]
    columns = [f"{number} {what}" for number in numbers for what in ("points", "outcome")]
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["student", "status", "file", *columns, "total", "maximum", "percent"])
    for row in book:
        cells = [cell for result in row.results for cell in (result.points, result.kind)]
        start = [_plain(row.student), row.status, _plain(row.files)]
        writer.writerow([*start, *cells, row.points, row.maximum, row.percent])
    return table.getvalue()


def _plain(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


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
        "notes": list(grade.notes),
        "points": grade.points,
        "exercises": [
            {
                "exercise": result.exercise.number,
                "name": result.exercise.name,
                "points": result.points,
                "outcome": result.kind,
                "message": result.message,
                **result.details,
            }
            for result in grade.results
        ],
    }


def as_page(book: Sequence[Row], lessons: Sequence[Lesson]) -> str:
    """Make a page of its own, which asks nothing of a network."""
    template = files(__package__).joinpath("gradebook.html").read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.globals |= {"marks": MARKS, "statuses": STATUSES, "labels": LABELS}
    counts = {status: sum(row.status == status for row in book) for status in STATUSES}
    return environment.from_string(template).render(
        rows=book,
        lessons=lessons,
        exercises=[exercise for lesson in lessons for exercise in lesson.exercises],
        passed=[
            sum(row.results[k].kind == "passed" for row in book)
            for k in range(sum(len(lesson.exercises) for lesson in lessons))
        ],
        counts={status: count for status, count in counts.items() if count},
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        version=vae_course.__version__,
    )
