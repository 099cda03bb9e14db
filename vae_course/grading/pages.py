"""Pages of grades: one of the class, and one of each student, without a classmate on it."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import jinja2
from markupsafe import Markup, escape

import vae_course
from vae_course.files import write_text
from vae_course.grading.grade import Status
from vae_course.grading.gradebook import Row
from vae_course.grading.lesson_files import Lesson
from vae_course.grading.run_answers import Result
from vae_course.grading.scoring import Scoring

MOST_MISTAKES = 5

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
class Statistics:
    """What a class made of an exercise.

    Args:
        number: Number of the exercise.
        name: What it asks for.
        passed: How many passed it.
        tried: How many filled something in.
        blank: How many handed in, but filled in nothing.
        mistakes: The likely mistakes, and how many made each, the commonest first.
    """

    number: str
    name: str
    passed: int
    tried: int
    blank: int
    mistakes: tuple[tuple[str, int], ...]

    @property
    def share(self) -> float:
        """Who passed, in per cent of those who tried."""
        return round(100 * self.passed / self.tried, 1) if self.tried else 0.0


def statistics(book: Sequence[Row], lessons: Sequence[Lesson]) -> list[Statistics]:
    """Count, for each exercise, who passed and which mistakes were made most often."""
    found = []
    for k, exercise in enumerate(one for lesson in lessons for one in lesson.exercises):
        results = [row.results[k] for row in book]
        kinds = Counter(result.kind for result in results)
        wrong = Counter(_mistake(one) for one in results if one.kind in {"failed", "error"})
        tried = kinds["passed"] + kinds["failed"] + kinds["error"] + kinds["suspicious"]
        most = tuple(wrong.most_common(MOST_MISTAKES))
        counts = (kinds["passed"], tried, kinds["not attempted"])
        found.append(Statistics(exercise.number, exercise.name, *counts, most))
    return found


def _mistake(result: Result) -> str:
    """Say which mistake it was: what the check suspects, else what happened."""
    return result.details.get("why") or result.message


def write_pages(
    out: Path, book: Sequence[Row], lessons: Sequence[Lesson], scoring: Scoring, sandbox: str
) -> None:
    """Write `index.html`, and a page for each student; none asks anything of a network."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("vae_course.grading", "pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"plain": _plain, "readable": _readable}
    environment.globals |= {
        "marks": MARKS,
        "statuses": STATUSES,
        "labels": LABELS,
        "rule": rule(scoring),
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "version": vae_course.__version__,
    }
    counts = {status: sum(row.status == status for row in book) for status in STATUSES}
    found = statistics(book, lessons)
    whole = environment.get_template("class.html").render(
        rows=book,
        lessons=lessons,
        sandbox=sandbox,
        exercises=[exercise for lesson in lessons for exercise in lesson.exercises],
        passed=[one.passed for one in found],
        statistics=found,
        counts={status: count for status, count in counts.items() if count},
    )
    write_text(out / "index.html", whole)
    page = environment.get_template("student.html")
    for row in book:
        write_text(out / row.page, page.render(row=row))


def rule(scoring: Scoring) -> str:
    """Say how points are counted, in a sentence or two."""
    said = "An exercise that is passed counts as many points as it has stars"
    said += (
        ", one that was tried half of them."
        if scoring.points == "effort"
        else "; others count none."
    )
    if scoring.late:
        said += f" Each day begun after the deadline costs {scoring.late:g} %."
    return said


def _plain(text: str) -> Markup:
    """Show Markdown as text, with its code marked and its simple formulas in italics."""
    safe = str(escape(" ".join(text.split())))
    marked = re.sub(r"`([^`]+)`", r"<code>\1</code>", safe)
    return Markup(re.sub(r"\$([^$]+)\$", r"<i>\1</i>", marked))


def _readable(hint: str) -> str:
    """Get a hint if it can be read as text: formulas with commands of LaTeX cannot."""
    if "\\" in hint:
        return "see the first hint below the exercise in the lesson."
    return hint
