"""Lessons as they are handed out: what their exercises are, and which cells answer and check."""

import copy
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat

from vae_course.authoring.cells import BLANK, HEADING, Notebook, parse, role
from vae_course.grading.needed import needed

IMPORT = "from vae_course.classroom import check"


@dataclass(frozen=True)
class Exercise:
    """An exercise of a lesson.

    Args:
        number: Such as "3.2".
        stars: Difficulty, 1 to 3, which is also what it is worth in points.
        name: Name of the function or class that is asked for.
        answer: Id of the cell that is filled in.
        check: Id of the cell that checks it.
        blank: The source of the first as handed out.
    """

    number: str
    stars: int
    name: str
    answer: str
    check: str
    blank: str


@dataclass(frozen=True)
class Lesson:
    """A lesson as it is handed out.

    Args:
        number: Two digits.
        path: The notebook.
        exercises: Its exercises, in order.
        notebook: What is in it.
        digest: SHA-256 of the file.
    """

    number: str
    path: Path
    exercises: tuple[Exercise, ...]
    notebook: Notebook
    digest: str

    @property
    def points(self) -> int:
        """The most points."""
        return sum(exercise.stars for exercise in self.exercises)

    def sources(self) -> list[str]:
        """List the sources of its code cells."""
        return [cell.source for cell in self.notebook.cells if cell.cell_type == "code"]


def read_lessons(folder: Path, wanted: Iterable[str] = ()) -> list[Lesson]:
    """Read lessons as they are handed out.

    Raises:
        ValueError: If there is no such folder or lesson, or a notebook is not a lesson.
    """
    if not folder.is_dir():
        raise ValueError(
            f"lessons must be the folder of the course's lessons; there is no {folder}"
        )
    paths = {path.name[:2]: path for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))}
    numbers = [number.zfill(2) for number in wanted] or list(paths)
    there = ", ".join(paths) or "none"
    for number in numbers:
        if number not in paths:
            raise ValueError(f"lesson must be one of those in {folder} ({there}); got {number}")
    if not numbers:
        raise ValueError(f"lessons must hold notebooks such as 03_topic.ipynb; {folder} has none")
    lessons = [read_lesson(paths[number]) for number in sorted(set(numbers))]
    return [lesson for lesson in lessons if lesson.exercises or wanted]


def read_lesson(path: Path) -> Lesson:
    """Read a lesson as it is handed out.

    Raises:
        ValueError: If it is not a lesson, or has been filled in.
    """
    data = path.read_bytes()
    try:
        notebook = parse(data.decode("utf-8"))
    except (ValueError, nbformat.ValidationError) as error:
        raise ValueError(f"{path} must be a notebook; {type(error).__name__}") from None
    cells = {role(cell): cell for cell in notebook.cells if cell.cell_type == "code"}
    exercises = []
    for number, stars, name in _headings(notebook):
        answer, check = cells.get(("answer", number)), cells.get(("check", number))
        if answer is None or check is None:
            raise ValueError(f"{path}: exercise {number} must have an answer and a check cell")
        if BLANK not in answer.source:
            raise ValueError(f"{path}: exercise {number} must be blank; it is filled in already")
        exercises.append(Exercise(number, stars, name, answer.id, check.id, answer.source))
    return Lesson(path.name[:2], path, tuple(exercises), notebook, hashlib.sha256(data).hexdigest())


def _headings(notebook: Notebook) -> list[tuple[str, int, str]]:
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    found = [match for text in texts for match in HEADING.findall(text)]
    return [(number, len(stars), name) for number, stars, name in found]


def filled_in(lesson: Lesson, answers: Mapping[str, str], seconds: float) -> Notebook:
    """Put answers into a lesson; all else, its checks above all, stays as it is handed out."""
    notebook = copy.deepcopy(lesson.notebook)
    by_answer = {exercise.answer: exercise.number for exercise in lesson.exercises}
    checks = {exercise.check for exercise in lesson.exercises}
    notebook.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in notebook.cells:
        cell.outputs, cell.execution_count = [], None
        if cell.id in by_answer:
            cell.source = answers.get(by_answer[cell.id], cell.source)
            cell.metadata["vae_course"]["seconds"] = seconds
        elif cell.id in checks:
            cell.source = f"{IMPORT}\n{cell.source}"
    place = {cell.id: k for k, cell in enumerate(notebook.cells)}
    roots = {place[e.answer]: place[e.check] for e in lesson.exercises}
    roots |= {place[e.check]: place[e.check] for e in lesson.exercises}
    kept = needed([cell.source for cell in notebook.cells], roots)
    notebook.cells = [cell for k, cell in enumerate(notebook.cells) if k in kept]
    return notebook
