"""nbval catches a broken solution, and strict mode every exercise that is not done."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from vae_course.authoring.cells import role

ROOT = Path(__file__).parents[2]
# Options of the outer pytest would change what the inner one prints.
SETTINGS = {"VAE_COURSE_STRICT": "1", "KERAS_BACKEND": "tensorflow", "PYTEST_ADDOPTS": ""}
LESSONS = sorted(path.name for path in (ROOT / "lessons").glob("*.ipynb"))


def nbval(path: Path) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env", "-q", "-rf"]
    command += ["--nbval-cell-timeout", "1800", "-p", "no:cacheprovider", str(path)]
    done = subprocess.run(
        command,
        cwd=path.parent,
        env={**os.environ, **SETTINGS},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def read(kind: str, name: str) -> nbformat.NotebookNode:
    return nbformat.read(ROOT / kind / name, as_version=4)


def reference_of(source: str) -> str:
    """Make, of the source of a check's cell, the statement that takes the course's own version."""
    *_, last = ast.parse(source).body
    assert isinstance(last, ast.Assign)
    assert isinstance(last.value, ast.Call)
    return f"{ast.unparse(last.targets[0])} = {ast.unparse(last.value.func)}.reference"


def broken(answer: str) -> str:
    """Break a solution: it returns nothing any more."""
    without, count = re.subn(
        r"^( +)return .*?(?=\n *### END)", r"\1pass", answer, flags=re.S | re.M
    )
    assert count, answer
    return without


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_strict_mode_fails_at_each_exercise_that_is_blank_or_broken(
    name: str, tmp_path: Path
) -> None:
    """Each check is run on the blank and on a broken solution; then on the course's own version."""
    lesson, solution = read("lessons", name), read("solutions", name)
    solved = {cell.id: cell.source for cell in solution.cells}
    code = [cell for cell in lesson.cells if cell.cell_type == "code"]
    cells = [code[0]]  # the imports
    wanted = []
    for cell in code[1:]:
        kind, number = role(cell)
        if kind == "answer":
            cells.append(cell)
            answer = solved[cell.id]
        elif kind == "check":
            again = nbformat.v4.new_code_cell(cell.source)
            reference = nbformat.v4.new_code_cell(reference_of(cell.source))
            cells += [cell, nbformat.v4.new_code_cell(broken(answer)), again, reference]
            wanted.append(number)
    lesson.cells = cells
    nbformat.write(lesson, tmp_path / name)
    code_of_exit, printed = nbval(tmp_path / name)
    assert code_of_exit == 1
    assert printed.count("FAILED") == 2 * len(wanted), printed
    for number in wanted:
        exercise = rf"Exercise {re.escape(number)} ★+ \w+:"
        assert re.search(f"{exercise} not attempted", printed), printed
        assert re.search(f"{exercise} (failed|error)", printed), printed
