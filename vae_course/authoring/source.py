"""The one source of a lesson, `solutions/NN_topic.py`, and the two notebooks made from it."""

import copy
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import jupytext
import nbformat

from vae_course.authoring.cells import ASKED, BLANK, Cell, Notebook

Edition = Literal["solution", "lesson"]

FOLDERS: dict[Edition, str] = {"solution": "solutions", "lesson": "lessons"}
CHECKS = "vae_course/classroom/checks"
QUIZZES = "vae_course/classroom/quizzes"
MISCONCEPTIONS = "tests/misconceptions"
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
CHECK_OUTPUT = "nbval-check-output"
REGION = re.compile(
    rf"^(?P<indent>[ \t]*){BEGIN}[ \t]*\n(?P<solution>.*?)^[ \t]*{END}[ \t]*$",
    re.DOTALL | re.MULTILINE,
)
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


class SourceError(ValueError):
    """Raised where a source is not that of a lesson; says which file and cell, and why."""


@dataclass(frozen=True)
class Source:
    """A lesson as it is written.

    Args:
        path: The script, `NN_topic.py`.
        cells: Its cells, as jupytext reads them.
    """

    path: Path
    cells: tuple[Cell, ...]

    @property
    def number(self) -> str:
        """Number of the lesson, two digits."""
        return self.path.name[:2]

    @property
    def checks(self) -> Path:
        """The module with the checks of its exercises; helpers lie beside it."""
        return self.path.parents[1] / CHECKS / f"lesson_{self.number}" / "__init__.py"

    @property
    def quiz(self) -> Path:
        """The module with what is said to answers to its questions."""
        return self.path.parents[1] / QUIZZES / f"lesson_{self.number}.py"

    @property
    def misconceptions(self) -> Path:
        """The module with wrong and right answers to its exercises."""
        return self.path.parents[1] / MISCONCEPTIONS / f"lesson_{self.number}.py"

    def notebook_path(self, kind: Edition) -> Path:
        """Say where a notebook of the lesson is."""
        return self.path.parents[1] / FOLDERS[kind] / f"{self.path.stem}.ipynb"


def source_paths(root: Path) -> dict[str, Path]:
    """Find the sources of the lessons.

    Raises:
        ValueError: If there is no such folder or none in it.
    """
    folder = root / FOLDERS["solution"]
    paths = {path.name[:2]: path for path in sorted(folder.glob("[0-9][0-9]_*.py"))}
    if not paths:
        raise ValueError(
            f"this works in the folder of the project, on solutions/NN_topic.py; {folder} has none"
        )
    return paths


def read_sources(root: Path, only: Sequence[str] = ()) -> list[Source]:
    """Read the sources of the lessons.

    Raises:
        ValueError: If there is no such folder or lesson.
        SourceError: If a source cannot be read.
    """
    paths = source_paths(root)
    numbers = sorted({number.zfill(2) for number in only}) or list(paths)
    for number in numbers:
        if number not in paths:
            raise ValueError(f"only must name lessons ({', '.join(paths)}); got {number}")
    return [read_source(paths[number]) for number in numbers]


def read_source(path: Path) -> Source:
    """Read the source of a lesson.

    Raises:
        SourceError: If it is not such a script.
    """
    try:
        notebook = jupytext.read(path, fmt="py:percent")
    except (ValueError, UnicodeDecodeError) as error:
        raise SourceError(f"{path} must be a script in the percent format; {error}") from None
    return Source(path, tuple(notebook.cells))


def build(source: Source, kind: Edition) -> Notebook:
    """Make a notebook of a lesson, not executed yet.

    Raises:
        SourceError: If a region with a solution has no end, or no beginning.
    """
    seen: dict[str, int] = {}
    cells = []
    for written in source.cells:
        text = written.source
        if kind == "lesson":
            text = REGION.sub(rf"\g<indent>{BLANK}", text)
            text = ASKED.sub(r'check.question("\1", ...)', text)
        name = _id(written, text, seen)
        if (BEGIN in text or END in text) and (kind == "lesson" or not _regions_are_whole(text)):
            raise SourceError(f"{source.path}, cell {name}: {BEGIN} and {END} must come in pairs")
        cells.append(_cell(written, text, name))
    notebook = nbformat.v4.new_notebook(cells=cells)  # type: ignore[no-untyped-call]
    notebook.nbformat_minor = 5
    notebook.metadata = nbformat.from_dict(  # type: ignore[no-untyped-call]
        {
            "kernelspec": KERNEL,
            "language_info": {"name": "python"},
            "vae_course": {"lesson": source.number, "kind": kind},
        }
    )
    return notebook


def _regions_are_whole(text: str) -> bool:
    return BEGIN not in (rest := REGION.sub("", text)) and END not in rest


def _id(written: Cell, text: str, seen: dict[str, int]) -> str:
    """Name a cell by its exercise, else by what is in it: then the others keep their names."""
    name = ""
    for role in ("exercise", "check", "question"):
        if role in written.metadata:
            name = f"{role}-{str(written.metadata[role]).replace('.', '-')}"
    if not name:
        name = hashlib.sha256(f"{written.cell_type}\n{text}".encode()).hexdigest()[:8]
    seen[name] = seen.get(name, 0) + 1
    return name if seen[name] == 1 else f"{name}-{seen[name]}"


def _cell(written: Cell, text: str, name: str) -> Cell:
    # A cell with jupyter={"source_hidden": true} shows its output and folds its code.
    metadata = {"jupyter": written.metadata["jupyter"]} if "jupyter" in written.metadata else {}
    if tags := list(written.metadata.get("tags", [])):
        metadata["tags"] = tags
    if exercise := written.metadata.get("exercise"):
        metadata["vae_course"] = {"exercise": str(exercise), "role": "answer"}
    elif exercise := written.metadata.get("check"):
        metadata["tags"] = [*tags, CHECK_OUTPUT]
        metadata["vae_course"] = {"exercise": str(exercise), "role": "check"}
    elif number := written.metadata.get("question"):
        metadata["tags"] = [*tags, CHECK_OUTPUT]
        metadata["vae_course"] = {"exercise": str(number), "role": "question"}
    fields = {
        "cell_type": written.cell_type,
        "id": name,
        "metadata": metadata,
        "source": text,
    }
    if written.cell_type == "code":
        fields |= {"execution_count": None, "outputs": []}
    return nbformat.from_dict(fields)  # type: ignore[no-untyped-call]


def text_of(notebook: Notebook) -> str:
    """Write a notebook as the text of its file."""
    written: str = nbformat.writes(copy.deepcopy(notebook))  # type: ignore[no-untyped-call]
    return written if written.endswith("\n") else written + "\n"
