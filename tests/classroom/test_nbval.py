"""nbval catches a broken solution, and strict mode every exercise that is not done."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from vae_course.classroom.lesson_files import role
from vae_course.classroom.record_cells import reference_of

ROOT = Path(__file__).parents[2]
LESSONS = sorted(path.name for path in (ROOT / "lessons").glob("*.ipynb"))


def nbval(path: Path, strict: bool) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env", "-q", "-rf"]
    command += ["--nbval-cell-timeout", "300", "-p", "no:cacheprovider", str(path)]
    done = subprocess.run(
        command,
        cwd=path.parent,
        env={**os.environ, "VAE_COURSE_STRICT": str(int(strict)), "KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def read(kind: str, name: str) -> nbformat.NotebookNode:
    return nbformat.read(ROOT / kind / name, as_version=4)


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_a_broken_solution_makes_nbval_fail_at_its_check(name: str, tmp_path: Path) -> None:
    book = read("solutions", name)
    answers = [cell for cell in book.cells if role(cell)[0] == "answer"]
    for cell in answers[1:]:  # the first one alone is broken
        cell.metadata = {}
    broken, count = re.subn(r"( *)return .*(?=\n *### END)", r"\1return None", answers[0].source)
    if not count:
        broken = answers[0].source.replace("### END SOLUTION", "return None")
    answers[0].source = broken
    last = next(k for k, cell in enumerate(book.cells) if role(cell)[0] == "check")
    book.cells = book.cells[: last + 1]
    nbformat.write(book, tmp_path / name)
    code, printed = nbval(tmp_path / name, strict=True)
    assert code == 1
    assert printed.count("FAILED") == 1, printed
    number = role(book.cells[last])[1]
    assert f"Exercise {number}" in printed
    assert ": failed." in printed


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_strict_mode_fails_at_each_exercise_of_a_blank_lesson(name: str, tmp_path: Path) -> None:
    """Each check raises; what follows runs on, because the course's own version is put in then."""
    book = read("lessons", name)
    wanted = [role(cell)[1] for cell in book.cells if role(cell)[0] == "check"]
    code_cells = [cell for cell in book.cells if cell.cell_type == "code"]
    book.cells = code_cells[:1]  # the imports
    for cell in code_cells[1:]:
        if role(cell)[0]:
            book.cells.append(cell)
        if role(cell)[0] == "check":
            book.cells.append(nbformat.v4.new_code_cell(reference_of(cell.source)))
    nbformat.write(book, tmp_path / name)
    code, printed = nbval(tmp_path / name, strict=True)
    assert code == 1
    assert printed.count("FAILED") == len(wanted), printed
    for number in wanted:
        assert re.search(rf"Exercise {re.escape(number)} .*: not attempted", printed), printed
