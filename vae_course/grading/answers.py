"""The cells in which a student answers, taken out of a notebook without running them."""

import ast
import math
import re
import sys
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vae_course.authoring.cells import ASKED, Cell, Notebook, role
from vae_course.grading.copies import is_copy
from vae_course.grading.lesson_files import Exercise, Lesson
from vae_course.grading.names import imports
from vae_course.grading.suspicious import Finding, scan

LONGEST = 200_000
LONGEST_SHOWN = 20_000
LONGEST_GIVEN = 100  # characters of the answer to a question

HARMLESS = re.compile(
    r"^(\s*)%{1,2}(matplotlib|config|load_ext|reload_ext|autoreload|time|timeit|pylab)\b"
)
STATEMENT = re.compile(r"^(\s*)%time\s+(?=\S)")
COMMAND = re.compile(r"^\s*(?:[\w, ]+=\s*)?[!%]")
CHECKED = re.compile(r"check\.lesson_\d\d\.\w+\(\w+\)")


@dataclass(frozen=True)
class Answer:
    """What a student wrote into the cell of an exercise.

    Args:
        source: The cell's source, without magics and without a check.
        attempted: Whether it differs from what was handed out.
        error: Why it is not Python; empty if it is.
        line: The line in which it is not.
        findings: What in it no answer needs; then it is not run unless asked for.
        runs: Whether it can be run: a shell command cannot.
        written: The cell as the student wrote it.
        given: Of a question, the letter or number itself.
    """

    source: str
    attempted: bool = True
    error: str = ""
    line: str = ""
    findings: tuple[Finding, ...] = ()
    runs: bool = True
    written: str = ""
    given: str | float | None = None


@dataclass(frozen=True)
class Taken:
    """What is taken out of a notebook.

    Args:
        answers: By the numbers of the exercises; those without a cell are missing.
        notes: In sentences.
        remarks: For the instructor alone.
        elsewhere: Names that other cells define: these cells are not taken.
    """

    answers: dict[str, Answer]
    notes: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @classmethod
    def of(cls, said: dict[str, Any]) -> "Taken":
        """Make it of what `dataclasses.asdict` and JSON have made of one."""
        answers = {
            number: Answer(**{**one, "findings": tuple(Finding(**f) for f in one["findings"])})
            for number, one in said["answers"].items()
        }
        return cls(answers, tuple(said["notes"]), tuple(said["elsewhere"]), tuple(said["remarks"]))

    @property
    def attempted(self) -> bool:
        """Whether anything is filled in."""
        return any(answer.attempted for answer in self.answers.values())


def answers_of(lesson: Lesson, notebook: Notebook) -> Taken:
    """Take the answers to a lesson's exercises out of a notebook.

    A cell is known by its id, else by its metadata, else by the function or class that it defines.
    """
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    answers: dict[str, Answer] = {}
    notes, remarks, gone = [], [], []
    taken = {exercise.number: _cells_of(exercise, cells) for exercise in lesson.exercises}
    for exercise in lesson.exercises:
        taken[exercise.number], more = _moved(exercise, taken[exercise.number], cells)
        notes += more
    written = [python(cell.source)[0] for group in taken.values() for cell in group]
    imported = imported_by([*lesson.sources(), *written])
    for exercise in lesson.exercises:
        own = taken[exercise.number]
        if not own:
            gone.append(exercise.number)
            continue
        if len(own) > 1:
            notes.append(f"Exercise {exercise.number} is answered in {len(own)} cells: all taken.")
        text = "\n\n".join(cell.source for cell in own)
        looked = (
            judge(exercise, text, imported) if exercise.asks_for_code else _given(exercise, text)
        )
        answer = replace(looked, written=text[:LONGEST_SHOWN])
        answers[exercise.number] = answer
        if exercise.asks_for_code and is_copy(answer.source, exercise.solution):
            remarks.append(f"The answer to {exercise.number} is a copy of the published solution.")
        if answer.attempted and _never_run(own, cells):
            notes.append(f"The cell of exercise {exercise.number} was never run by the student.")
    if gone:
        notes.append(f"Without a cell for {', '.join(gone)}: another version of the lesson?")
    own = [cell for group in taken.values() for cell in group]
    others = [cell for cell in cells if not any(cell is one for one in own)]
    names = sorted({name for cell in others for name in _names(cell.source)})
    return Taken(answers, tuple(notes), tuple(names), tuple(remarks))


def _moved(
    exercise: Exercise, own: list[Cell], cells: Sequence[Cell]
) -> tuple[list[Cell], list[str]]:
    """Look for an answer somewhere else where the cell for it is as it was handed out."""
    filled_in = any(cell.source.strip() != exercise.blank.strip() for cell in own)
    if not own or filled_in or not exercise.asks_for_code:
        return own, []
    others = [
        cell
        for cell in cells
        if not any(cell is one for one in own) and exercise.name in _names(cell.source, exercise)
    ]
    if len(others) > 1:
        note = (
            f"Exercise {exercise.number} is blank in its own cell, and {len(others)} other cells "
            f"define {exercise.name}: none was taken."
        )
        return own, [note]
    if not others:
        return own, []
    place = "the cell of its check" if _checks(others[0], exercise) else "a cell of the student's"
    return others, [f"Exercise {exercise.number} is answered in {place}: taken from there."]


def _checks(cell: Cell, exercise: Exercise) -> bool:
    return bool(cell.get("id") == exercise.check or role(cell)[0] == "check")


def _never_run(own: Sequence[Cell], cells: Sequence[Cell]) -> bool:
    """Whether cells have no number of execution, where others of the notebook have one."""
    return any(cell.get("execution_count") for cell in cells) and not any(
        cell.get("execution_count") for cell in own
    )


def _cells_of(exercise: Exercise, cells: Sequence[Cell]) -> list[Cell]:
    """Find the cells with an answer: one, or several where a student has split it."""
    own = [
        cell
        for cell in cells
        if cell.get("id") == exercise.answer
        or (role(cell)[0] in {"answer", "question"} and role(cell)[1] == exercise.number)
    ]
    if own or exercise.asks_for_code:
        return own or [cell for cell in cells if _defines(cell, exercise)]
    asked = ((cell, ASKED.match(cell.source.strip())) for cell in cells)
    return [cell for cell, found in asked if found and found[1] == exercise.number]


def _defines(cell: Cell, exercise: Exercise) -> bool:
    if _checks(cell, exercise):
        return False
    return exercise.name in _names(cell.source, exercise)


def _names(source: str, exercise: Exercise | None = None) -> set[str]:
    """Collect the names that a cell defines, but for those that a check gives back."""
    try:
        cleaned = python(source)[0]
        body = _parse(without_check(cleaned, exercise) if exercise else cleaned).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    names = {getattr(statement, "name", "") for statement in body}
    for statement in body:
        if isinstance(statement, ast.Assign) and not _is_check(statement.value):
            names |= {getattr(target, "id", "") for target in statement.targets}
    names |= {name for statement in body for name, _ in _bound_by(statement)}
    return names - {""}


def _is_check(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and CHECKED.fullmatch(ast.unparse(value)) is not None


def _bound_by(statement: ast.stmt) -> Iterable[tuple[str, str]]:
    return imports(statement) if isinstance(statement, ast.Import | ast.ImportFrom) else ()


def _given(exercise: Exercise, source: str) -> Answer:
    """Look at the answer to a question, which is never run."""
    try:
        given = _literal(source, exercise.number)
    except ValueError as error:
        return Answer(source, error=str(error))
    if given is ...:
        return Answer(source, attempted=False)
    return Answer(source, given=given)


def judge(exercise: Exercise, source: str, imported: Iterable[tuple[str, str]]) -> Answer:
    """Look at an answer, without running it."""
    if source.strip() == exercise.blank.strip():
        return Answer(exercise.blank, attempted=False)
    if len(source) > LONGEST:
        return Answer(exercise.blank, error=f"The cell is longer than {LONGEST} characters.")
    cleaned, commands = python(source)
    try:
        cleaned = without_check(cleaned, exercise)
        findings = scan(cleaned, imported, exercise.name)
        _compiles(cleaned)
    except SyntaxError as error:
        if commands:
            return Answer(exercise.blank, findings=commands, runs=False)
        line = f"{error.lineno}: {(error.text or '').strip()}"
        return Answer(exercise.blank, error=f"{type(error).__name__}: {error.msg}", line=line)
    except (ValueError, RecursionError, MemoryError) as error:
        return Answer(exercise.blank, error=f"{type(error).__name__}: {error}")
    return Answer(cleaned, findings=tuple(findings))


def _literal(source: str, number: str) -> Any:
    """Read the answer to a question off its cell, without running it.

    Raises:
        ValueError: If it is not written there as a letter or a number.
    """
    given: Any = None
    try:
        for node in ast.walk(_parse(python(source)[0])):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "check.question":
                asked, answer = map(ast.literal_eval, node.args)
                given = answer if asked == number else given
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        given = None
    if isinstance(given, int) and abs(given) > sys.float_info.max:
        given = math.inf
    if given is ... or isinstance(given, float | int) or (isinstance(given, str) and given):
        return given[:LONGEST_GIVEN] if isinstance(given, str) else given
    raise ValueError(f'Write the answer itself: check.question("{number}", "a"), or a number.')


def python(source: str) -> tuple[str, tuple[Finding, ...]]:
    """Take IPython's own syntax out of a cell, line by line, so that it is Python."""
    try:
        _parse(source)
    except (ValueError, RecursionError, MemoryError):
        return source, ()
    except SyntaxError:
        pass
    else:
        return source, ()
    lines = source.split("\n")
    for k, line in enumerate(lines):
        if STATEMENT.match(line):
            lines[k] = STATEMENT.sub(r"\1", line)
        elif HARMLESS.match(line):
            lines[k] = HARMLESS.sub(r"\1pass  # \2", line)
        elif re.match(r"^[\w.]+\?{1,2}$", line.strip()):
            lines[k] = f"# {line}"
    found = [k for k, line in enumerate(lines) if COMMAND.match(line)]
    commands = tuple(Finding(k + 1, "gives a command", lines[k].strip()[:60]) for k in found)
    return "\n".join(lines), commands


def without_check(source: str, exercise: Exercise) -> str:
    """Take a lesson's own calls of a check out of an answer: merged cells have them.

    Raises:
        SyntaxError: If it is not Python.
    """
    lines = source.split("\n")
    call = re.compile(rf"check\.lesson_\d\d\.{exercise.name}\({exercise.name}\)")
    for statement in _parse(source).body:
        if not isinstance(statement, ast.Assign | ast.Expr):
            continue
        target = f"{exercise.name} = " if isinstance(statement, ast.Assign) else ""
        text = ast.unparse(statement)
        rest = lines[(statement.end_lineno or 0) - 1].encode()[statement.end_col_offset or 0 :]
        alone = statement.col_offset == 0 and rest.decode().strip()[:1] in {"", "#"}
        if alone and text.startswith(target) and call.fullmatch(text.removeprefix(target)):
            for k in range(statement.lineno - 1, statement.end_lineno or statement.lineno):
                lines[k] = "pass" if k == statement.lineno - 1 else ""
    return "\n".join(lines)


def imported_by(sources: Iterable[str]) -> list[tuple[str, str]]:
    """List the names that cells import, and what they stand for."""
    found: list[tuple[str, str]] = []
    for source in sources:
        try:
            found += imports(_parse(source))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return found


def _compiles(source: str) -> None:
    """Raise a SyntaxError for what only the compiler finds, such as a `return` outside."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compile(source, "answer", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


def _parse(source: str) -> ast.Module:
    if len(source) > LONGEST:
        raise ValueError(f"longer than {LONGEST} characters")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a student's "\d" is no business of ours
        return ast.parse(source)
