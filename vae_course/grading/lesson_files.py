"""Lessons as they are handed out: what their exercises are, and which cells answer and check."""

import ast
import hashlib
import importlib
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import nbformat

from vae_course.authoring.cells import BLANK, HEADING, Notebook, asked_in, parse, role
from vae_course.grading.needed import made_by, needed, used_by

IMPORT = "from vae_course.classroom import check"


@dataclass(frozen=True)
class Exercise:
    """An exercise or a question of a lesson.

    Args:
        number: Such as "3.2", of a question "3.a".
        stars: Difficulty, 1 to 3, which is also what it is worth in points.
        name: Name of the function or class that is asked for; of a question its kind.
        answer: Id of the cell that is filled in.
        check: Id of the cell that checks it; of a question the same.
        blank: The source of the first as handed out.
        solution: The published answer, where the solutions lie beside the lessons; else empty.
        hint: The first hint.
    """

    number: str
    stars: int
    name: str
    answer: str
    check: str
    blank: str
    solution: str = ""
    hint: str = ""

    @property
    def asks_for_code(self) -> bool:
        """Whether a function or class is asked for, and not a letter or a number."""
        return self.answer != self.check


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


def by_number(exercises: Iterable[Exercise]) -> dict[str, Exercise]:
    """Find exercises by their numbers."""
    return {exercise.number: exercise for exercise in exercises}


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
    solutions = _solutions(path)
    hints = _hints(notebook)
    for number, stars, name in _headings(notebook):
        asked = cells.get(("question", number))
        answer, check = (cells.get((part, number), asked) for part in ("answer", "check"))
        if answer is None or check is None:
            raise ValueError(f"{path}: exercise {number} must have an answer and a check cell")
        if (BLANK if asked is None else "...") not in answer.source:
            raise ValueError(f"{path}: exercise {number} must be blank; it is filled in already")
        known = solutions.get(answer.id, ""), hints.get(number, "")
        exercises.append(Exercise(number, stars, name, answer.id, check.id, answer.source, *known))
    return Lesson(path.name[:2], path, tuple(exercises), notebook, hashlib.sha256(data).hexdigest())


def _headings(notebook: Notebook) -> list[tuple[str, int, str]]:
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    found = [one for text in texts for one in asked_in(text)]
    return [(number, len(stars), name) for number, stars, name in found]


def _solutions(path: Path) -> dict[str, str]:
    """Read the published answers to a lesson, by the ids of their cells, if they are there."""
    try:
        text = (path.parent.parent / "solutions" / path.name).read_text(encoding="utf-8")
        return {
            cell.id: cell.source
            for cell in parse(text).cells
            if role(cell)[0] in {"answer", "question"}
        }
    except (OSError, ValueError, nbformat.ValidationError):
        return {}


def _hints(notebook: Notebook) -> dict[str, str]:
    """Find the first hint to each exercise, by its number."""
    found = {}
    for cell in notebook.cells:
        heading = HEADING.search(cell.source) if cell.cell_type == "markdown" else None
        hint = re.search(r"<summary>Hint 1</summary>\s*(.*?)\s*</details>", cell.source, re.DOTALL)
        if heading and hint:
            found[heading[1]] = hint[1]
    return found


def cells_for(
    lesson: Lesson, exercise: Exercise, answers: Mapping[str, str]
) -> tuple[list[str], int]:
    """List the cells that an answer and its check need, and say which of them is the answer.

    The other exercises are answered by the course, but for cells of the student's that define
    something which this answer uses.
    """
    cells = [cell for cell in lesson.notebook.cells if cell.cell_type == "code"]
    sources = {cell.id: cell.source for cell in cells}
    for other in lesson.exercises:
        if other is exercise or _helps(other, answers, answers[exercise.number]):
            sources[other.answer] = answers[other.number]
    place = {cell.id: k for k, cell in enumerate(cells)}
    roots = {place[exercise.answer]: place[exercise.check]}
    roots |= {place[exercise.check]: place[exercise.check]}
    kept = [k for k in sorted(needed(list(sources.values()), roots)) if k < place[exercise.check]]
    checks = {place[other.check] for other in lesson.exercises}
    sources_kept = [
        f"{IMPORT}\n{sources[cells[k].id]}" if k in checks else sources[cells[k].id] for k in kept
    ]
    return sources_kept, kept.index(place[exercise.answer])


def imported(lesson: Lesson) -> list[str]:
    """List the modules that a lesson as handed out imports."""
    found: dict[str, None] = {}
    for source in lesson.sources():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                found |= dict.fromkeys(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found[node.module] = None
    return list(found)


def import_modules(lessons: Iterable[Lesson]) -> None:
    """Import what lessons import, so that processes that are copied of this one have it."""
    for module in {name for lesson in lessons for name in imported(lesson)}:
        with suppress(ImportError):
            importlib.import_module(module)


def _helps(other: Exercise, answers: Mapping[str, str], answer: str) -> bool:
    """Whether another answer of the student's defines more than asked for, which this one uses."""
    if other.number not in answers:
        return False
    return bool((made_by(answers[other.number]) - {other.name}) & used_by(answer))
