"""What students handed in: found, read without running it, and matched to lessons."""

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from vae_course.authoring.cells import Notebook, parse, role
from vae_course.grading import bounded
from vae_course.grading.answers import Taken, answers_of
from vae_course.grading.lesson_files import Lesson

LARGEST = 20 * 2**20
MOST_NOTEBOOKS = 100
SECONDS, MEMORY = 20.0, 2.0
"""What reading a notebook may take."""
ANSWER_ID = re.compile(r"(?:exercise|check)-(\d+)-\d+")

Problem = Literal["", "missing", "unreadable", "suspicious"]


class UnreadableError(Exception):
    """Raised where a file is not a notebook that can be read; the message says why."""


class OutsideError(Exception):
    """Raised where a file is a link that leads out of the student's folder."""


@dataclass(frozen=True)
class Submission:
    """What a student handed in for a lesson.

    Args:
        student: Who handed it in.
        lesson: The lesson.
        file: The notebook taken, relative to that folder; empty if there is none.
        problem: What is wrong with the files; empty if nothing.
        notes: What an instructor may want to know, in sentences.
        taken: The answers; None if there is no notebook to take them from.
        written: When the notebook was written, in seconds since 1970; 0 if unknown.
    """

    student: str
    lesson: Lesson
    file: str = ""
    problem: Problem = ""
    notes: tuple[str, ...] = ()
    taken: Taken | None = None
    written: float = 0.0


@dataclass(frozen=True)
class _Found:
    """A notebook in a student's folder: its lesson and answers, or why it is none."""

    name: str
    lesson: str = ""
    taken: Taken | None = None
    problem: Problem = ""
    why: str = ""
    written: float = 0.0


def read_student(folder: Path, lessons: Sequence[Lesson], student: str = "") -> list[Submission]:
    """Read what a student handed in, without running any of it.

    Args:
        folder: What was handed in.
        lessons: Lessons as handed out.
        student: Who handed it in; by default the name of the folder.
    """
    student = student or folder.name
    if not folder.resolve().is_relative_to(folder.parent.resolve()):
        why = "The folder is a link that leads out of the submissions."
        return [_refused(student, lesson, "suspicious", why) for lesson in lessons]
    found = list(_notebooks(folder, lessons))
    bad = [one for one in found if one.problem]
    return [
        _submission(
            student,
            lesson,
            [one for one in found if not one.problem and one.lesson == lesson.number],
            [one for one in bad if len(lessons) == 1 or by_name(one.name, lessons) is lesson],
        )
        for lesson in lessons
    ]


def _refused(student: str, lesson: Lesson, problem: Problem, *notes: str) -> Submission:
    return Submission(student, lesson, "", problem, notes)


def _submission(
    student: str, lesson: Lesson, good: Sequence[_Found], bad: Sequence[_Found]
) -> Submission:
    notes = [f"{one.name}: {one.why}" for one in bad]
    if not good:
        worst = next((one for one in bad if one.problem == "suspicious"), None) or next(
            iter(bad), None
        )
        if worst is None:
            why = f"There is no notebook of lesson {lesson.number}."
            return _refused(student, lesson, "missing", why)
        return Submission(student, lesson, worst.name, worst.problem, tuple(notes))
    # A copy in which something is filled in is meant, rather than one as it was handed out.
    read = [(one, one.taken) for one in good if one.taken is not None]
    one, taken = max(read, key=lambda pair: (pair[1].attempted, _order(pair[0].name)))
    if len(good) > 1:
        others = ", ".join(other.name for other in good if other is not one)
        notes.append(
            f"Of {len(good)} notebooks of this lesson, {one.name} was taken, not {others}."
        )
    problem: Problem = "suspicious" if any(one.problem == "suspicious" for one in bad) else ""
    said = (*notes, *taken.notes)
    return Submission(student, lesson, one.name, problem, said, taken, one.written)


def _notebooks(folder: Path, lessons: Sequence[Lesson]) -> Iterator[_Found]:
    closed: list[OSError] = []
    for count, path in enumerate(_paths(folder, closed)):
        name = path.relative_to(folder).as_posix()
        if count == MOST_NOTEBOOKS:
            why = f"There are more than {MOST_NOTEBOOKS} notebooks; the rest was not looked at."
            yield _Found(name, problem="unreadable", why=why)
            return
        try:
            said = bounded.call(_look, path, folder, lessons, seconds=SECONDS, memory=MEMORY)
        except bounded.TooMuchError as error:
            yield _Found(name, problem="unreadable", why=f"It cannot be read: {error}.")
        else:
            yield _Found(**{**said, "taken": said["taken"] and Taken.of(said["taken"])})
    for shut in closed:
        yield _Found(str(shut.filename), problem="unreadable", why=f"{shut.strerror}.")


def _look(path: Path, folder: Path, lessons: Sequence[Lesson]) -> dict[str, Any]:
    """Read a notebook, find its lesson, and take the answers out of it."""
    return asdict(_found(path, folder, lessons))


def _found(path: Path, folder: Path, lessons: Sequence[Lesson]) -> _Found:
    name = path.relative_to(folder).as_posix()
    try:
        notebook = read_notebook(path, folder)
    except UnreadableError as error:
        return _Found(name, problem="unreadable", why=str(error))
    except OutsideError as error:
        return _Found(name, problem="suspicious", why=str(error))
    lesson = match(notebook, name, lessons)
    if lesson is None:
        return _Found(name)
    taken = answers_of(lesson, notebook)
    return _Found(name, lesson.number, taken, written=path.stat().st_mtime)


def _paths(folder: Path, closed: list[OSError]) -> Iterator[Path]:
    # Links to folders are not followed.
    for place, folders, files in os.walk(folder, onerror=closed.append):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")))
        for name in sorted(files):
            if name.lower().endswith(".ipynb") and not name.startswith("."):
                yield Path(place, name)


def read_notebook(path: Path, folder: Path) -> Notebook:
    """Read a notebook that somebody else wrote.

    Raises:
        UnreadableError: If it is not a notebook, or too large.
        OutsideError: If it is a link that leads out of the folder.
    """
    if not path.resolve().is_relative_to(folder.resolve()):
        raise OutsideError("It is a link that leads out of the student's folder: not followed.")
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise UnreadableError("It is not a file.")
        if about.st_size > LARGEST:
            raise UnreadableError(f"It has {about.st_size / 2**20:.0f} MB; 20 MB are the most.")
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError("It is not text in UTF-8, as a notebook is.") from None
    except OSError as error:
        raise UnreadableError(f"It cannot be read: {error.strerror}.") from None
    try:
        notebook = parse(text)
        sound = all(isinstance(cell.source, str) and role(cell) for cell in notebook.cells)
    except Exception as error:  # nbformat raises nearly anything where the structure is wrong
        raise UnreadableError(f"It is not a notebook: {_short(error)}") from None
    if not sound:
        raise UnreadableError("It is not a notebook: a cell has no source.")
    return notebook


def _short(error: Exception) -> str:
    text = next(iter(str(error).strip().splitlines()), "")[:120].rstrip(".")
    return f"{text or type(error).__name__}."


def match(notebook: Notebook, name: str, lessons: Sequence[Lesson]) -> Lesson | None:
    """Find the lesson that a notebook was made from."""
    about = notebook.metadata.get("vae_course")
    number = about.get("lesson") if isinstance(about, dict) else None
    if isinstance(number, str):
        return next((lesson for lesson in lessons if lesson.number == number), None)
    counts: dict[str, int] = {}
    for cell in notebook.cells:
        by_id = ANSWER_ID.fullmatch(str(cell.get("id", "")))
        first = by_id[1] if by_id else role(cell)[1].split(".")[0]
        if first.isdecimal():
            counts[first.zfill(2)] = counts.get(first.zfill(2), 0) + 1
    if counts:
        most = max(counts, key=lambda key: counts[key])
        return next((lesson for lesson in lessons if lesson.number == most), None)
    return by_name(name, lessons)


def by_name(name: str, lessons: Sequence[Lesson]) -> Lesson | None:
    """Find the lesson that a file's name speaks of."""
    stem = Path(name).stem
    whole = next((lesson for lesson in lessons if lesson.path.stem in stem), None)
    first = re.search(r"\d+", stem)
    if whole is not None or first is None:
        return whole
    return next((one for one in lessons if int(one.number) == int(first[0][:9])), None)


def in_order(text: str) -> list[tuple[int, int, str]]:
    """Order texts as people do: 2 before 10."""
    parts = re.split(r"(\d+)", text.casefold())
    return [(1, int(part[:18]), "") if part.isdecimal() else (0, 0, part) for part in parts]


def _order(name: str) -> tuple[list[tuple[int, int, str]], str]:
    return in_order(name.removesuffix(".ipynb")), name
