"""A folder that a student works in: copies of the lessons, which a newer course does not overwrite.

Beside the notebooks lies, in a hidden folder, what was handed out. It tells what the student has
changed since, cell by cell; when a newer course is merged in, what a student has written stays.
"""

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from vae_course.authoring.cells import Cell, Notebook, parse, role
from vae_course.classroom.outcome import MARKS, MIME, Kind
from vae_course.files import replacing, write_text
from vae_course.grading.lesson_files import Exercise, Lesson, read_lessons
from vae_course.grading.submissions import LARGEST

HANDED_OUT = ".handed-out"
"""Folder, beside the copies, of the lessons as they were handed out."""
BEFORE = "before"
"""Folder in it of each copy as it was before a newer course was merged into it."""


@dataclass(frozen=True)
class Copied:
    """What became of one lesson.

    Args:
        name: File name of the notebook.
        how: "copied", "kept" where nothing is new, "merged", or "left" where that was not possible.
        notes: What the student should know, in sentences.
    """

    name: str
    how: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Merged:
    """A notebook with the cells of a newer course around what its student has written.

    Args:
        cells: In order.
        notes: What could not be merged, in sentences.
    """

    cells: list[Cell]
    notes: tuple[str, ...]


def start(lessons: Path, folder: Path) -> list[Copied]:
    """Copy the lessons to work on; merge what is new into those that are there.

    Args:
        lessons: Folder of the lessons as they are handed out.
        folder: Folder of the copies, made where it is missing.

    Returns:
        What became of each lesson, in order.

    Raises:
        ValueError: If there are no lessons, or the folder is theirs.
        OSError: If a file cannot be written; what a student has written is whole.
    """
    found = read_lessons(lessons)
    if folder.resolve() == lessons.resolve():
        raise ValueError(f"folder must be another than that of the lessons; got {folder}")
    return [_copied(lesson, folder) for lesson in found]


def _copied(lesson: Lesson, folder: Path) -> Copied:
    mine, known = folder / lesson.path.name, folder / HANDED_OUT / lesson.path.name
    if not mine.exists():
        _copy(lesson.path, known)
        _copy(lesson.path, mine)
        return Copied(mine.name, "copied")
    try:
        theirs = _read(mine)
        base = _read(known) if known.exists() else None
    except ValueError as error:
        return Copied(mine.name, "left", (f"{error}; it stays as it is",))
    if base is None and not _same(theirs, lesson.notebook):
        note = f"{mine} is not from this command and stays as it is; rename it to have a copy"
        return Copied(mine.name, "left", (note,))
    if base is None or _same(base, lesson.notebook):
        _copy(lesson.path, known)
        return Copied(mine.name, "kept")
    if len(_sources(base.cells).keys() & _sources(theirs.cells).keys()) < len(base.cells) / 2:
        note = (
            f"{mine} has lost the names of its cells: it stays as it is; rename it to have a copy"
        )
        return Copied(mine.name, "left", (note,))
    merged = merge(base, theirs, lesson.notebook)
    _copy(mine, folder / HANDED_OUT / BEFORE / mine.name)
    made = nbformat.from_dict(  # type: ignore[no-untyped-call]
        {**lesson.notebook, "cells": merged.cells}
    )
    write_text(mine, nbformat.writes(made) + "\n")  # type: ignore[no-untyped-call]
    _copy(lesson.path, known)  # last: killed before, it would merge again
    return Copied(mine.name, "merged", merged.notes)


def _copy(source: Path, target: Path) -> None:
    with replacing(target) as temporary:
        shutil.copyfile(source, temporary)


def _read(path: Path) -> Notebook:
    """Read a notebook.

    Raises:
        ValueError: If it is none; names the file.
    """
    if path.stat().st_size > LARGEST:
        raise ValueError(f"{path} has more than {LARGEST >> 20} MiB")
    try:
        return parse(path.read_text("utf-8"))
    except (ValueError, KeyError, AttributeError, TypeError, nbformat.ValidationError):
        raise ValueError(f"{path} is no notebook that can be read") from None


def _same(one: Notebook, other: Notebook) -> bool:
    return _sources(one.cells) == _sources(other.cells)


def _sources(cells: Iterable[Cell]) -> dict[str, str]:
    return {cell.id: cell.source for cell in cells}


def merge(base: Notebook, mine: Notebook, new: Notebook) -> Merged:
    """Merge a newer lesson into a copy, by the ids of cells.

    A cell that the student has changed stays; where the course has changed it, too, its new text
    stands below. Cells of the student's own stay behind the cell that they followed.

    Args:
        base: The lesson as it was handed out.
        mine: What the student made of it.
        new: The newer lesson.

    Returns:
        Cells and notes.
    """
    before, now = _sources(base.cells), _sources(new.cells)
    own_cells = _told_apart(mine.cells)
    theirs = {cell.id: cell for cell in own_cells}
    cells: list[Cell] = []
    notes = []
    for cell in new.cells:
        own = theirs.get(cell.id, cell)
        kept = own.source == cell.source or own.source != before.get(cell.id)
        cells.append(own if kept else cell)
        beside = f"{cell.id}-new"
        if kept and cell.source not in (own.source, before.get(cell.id)) and beside not in theirs:
            notes.append(f"{_name(cell)}: you and the course changed it; the new text stands below")
            cells.append(_quoted(beside, cell))
    for place, own in enumerate(own_cells):
        if own.id in now or own.source == before.get(own.id):
            continue
        if own.id in before:
            notes.append(f"{_name(own)}: the course has it no more; what you changed there stays")
        index = {cell.id: k for k, cell in enumerate(cells)}
        earlier = (index[one.id] for one in reversed(own_cells[:place]) if one.id in index)
        cells.insert(next(earlier, -1) + 1, own)
    return Merged(cells, tuple(notes))


def _told_apart(cells: Iterable[Cell]) -> list[Cell]:
    """Give a cell that has the id of an earlier one another."""
    found: dict[str, Cell] = {}
    for cell in cells:
        while cell.id in found:
            cell.id = f"{cell.id[:62]}-2"
        found[cell.id] = cell
    return list(found.values())


def _name(cell: Cell) -> str:
    number = role(cell)[1]
    return f"Exercise {number}" if number else f"cell {cell.id}"


def _quoted(name: str, cell: Cell) -> Cell:
    text = cell.source if cell.cell_type == "markdown" else f"```python\n{cell.source}\n```"
    made = nbformat.v4.new_markdown_cell(f"**New in the course:**\n\n{text}")  # type: ignore[no-untyped-call]
    made.id = name[:64]
    return made


@dataclass(frozen=True)
class Stand:
    """How far a student has come with an exercise.

    Args:
        exercise: The exercise.
        kind: What its check said when the copy was saved; None where nothing was filled in.
    """

    exercise: Exercise
    kind: Kind | None


def stand(folder: Path) -> dict[str, list[Stand]]:
    """Read off the saved copies what the checks said.

    Args:
        folder: Folder of the copies.

    Returns:
        Exercises of each lesson, by the file name of its copy.

    Raises:
        ValueError: If the folder is not one that `start` has made, or a copy is no notebook.
    """
    if not (folder / HANDED_OUT).is_dir():
        raise ValueError(f"folder must be one that `vae-course start` has made; got {folder}")
    found = {}
    for lesson in read_lessons(folder / HANDED_OUT):
        path = folder / lesson.path.name
        cells = {cell.id: cell for cell in _read(path).cells} if path.exists() else {}
        found[path.name] = [Stand(one, _said(cells, one)) for one in lesson.exercises]
    return found


def _said(cells: dict[str, Cell], exercise: Exercise) -> Kind | None:
    """What the check of an exercise last said, if its answer has been touched or it was run."""
    check, answer = cells.get(exercise.check), cells.get(exercise.answer)
    if check is None or answer is None:
        return None
    for output in check.get("outputs", []):
        about: Any = output.get("data", {}).get(MIME)
        if isinstance(about, str):
            about = json.loads(about)
        if isinstance(about, dict) and about.get("kind") in MARKS:
            kind: Kind = about["kind"]
            untouched = kind == "not attempted" and answer.source == exercise.blank
            return None if untouched else kind
    return None
