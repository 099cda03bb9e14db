"""`vae-course new`: the skeletons of an exercise and of a lesson, for an author to fill in.

All is checked first; then all files are written, or none. What is there is only added to.
"""

import ast
import builtins
import keyword
import re
import symtable
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import get_args

from vae_course.authoring.cells import HEADING
from vae_course.authoring.linter import HARDEST, WIDEST, checks_of
from vae_course.authoring.source import (
    CHECKS,
    FOLDERS,
    MISCONCEPTIONS,
    Edition,
    Source,
    SourceError,
    read_source,
    source_paths,
)
from vae_course.files import write_texts

LONGEST_NAME = 26
"""Characters of a name that stands three times in the one line that calls its check."""

LONGEST_TOPIC = 60

_END = re.compile(r"^# %% \[markdown\]\n# ## .*Common mistakes", re.MULTILINE)  # of the exercises
_NEEDED = {"Any", "np", "Student", "exercise", "Known", "compare"}  # by the skeleton of a check


def new_exercise(root: Path, number: str, name: str = "", stars: int = 2) -> list[Path]:
    """Add the skeleton of an exercise to the source, checks and misconceptions of its lesson.

    Raises:
        ValueError: If the exercise is there already, or cannot be the next; nothing is written.
        OSError: If a file cannot be read or written; none is then.
    """
    found = re.fullmatch(r"([1-9][0-9]?)\.([1-9][0-9]?)", number)
    if not found:
        raise ValueError(f"number must be that of an exercise, as 3.6; got {number}")
    paths, lesson = source_paths(root), found[1].zfill(2)
    if lesson not in paths:
        raise ValueError(f"number must be of a lesson ({', '.join(paths)}); got {number}")
    source = read_source(paths[lesson])
    there = {one: named for one, (_, named) in checks_of(source).items()}
    for cell in source.cells:
        there |= {one: named for one, _, named in HEADING.findall(cell.source)}
    if number in there:
        raise ValueError(f"exercise {number} is there already: {there[number]}")
    following = f"{found[1]}.{1 + max([int(one.partition('.')[2]) for one in there], default=0)}"
    if number != following:
        raise ValueError(f"number must be {following}, the next of its lesson; got {number}")
    three = (source.path, source.checks, source.misconceptions)
    texts = {path: path.read_text(encoding="utf-8") for path in three}
    return _write(_with_exercise(source, texts, number, name, stars))


def new_lesson(root: Path, number: str, topic: str, name: str = "", stars: int = 2) -> list[Path]:
    """Write the skeleton of a lesson with one exercise and one question.

    Raises:
        ValueError: If the lesson is there already, or cannot be the next; nothing is written.
        OSError: If a file cannot be written; none is then.
    """
    paths, lesson = source_paths(root), number.zfill(2)
    following = f"{1 + int(max(paths)):02}"
    if lesson in paths:
        raise ValueError(f"lesson {number} is there already: {paths[lesson].name}")
    if lesson != following:
        raise ValueError(f"number must be {int(following)}, the next lesson; got {number}")
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", topic) or len(topic) > LONGEST_TOPIC:
        raise ValueError(f"topic must be a short name in small letters, some_topic; got {topic}")
    if same := [path.name for path in paths.values() if path.stem[3:] == topic]:
        raise ValueError(f"topic must be new; {same[0]} has it already")
    source = Source(root / FOLDERS["solution"] / f"{lesson}_{topic}.py", ())
    for folder in (CHECKS, MISCONCEPTIONS):
        if not (root / folder).is_dir():
            raise ValueError(f"root must be the folder of the project; {root} has no {folder}")
    notebooks = [source.notebook_path(kind) for kind in get_args(Edition)]
    for path in (source.checks.parent, source.quiz, source.misconceptions, *notebooks):
        if path.exists():
            raise ValueError(f"lesson {number} must be new; {path} is there already")
    words = {
        "lesson": lesson,
        "number": f"{int(number)}.1",
        "question": f"{int(number)}.a",
        "title": topic.replace("_", " ").capitalize(),
    }
    texts = {
        source.path: _filled("lesson", words),
        source.checks: _filled("checks", words),
        source.misconceptions: _filled("misconceptions", words),
    }
    made = _with_exercise(source, texts, words["number"], name, stars)
    return _write({**made, source.quiz: _filled("quiz", words)})


def _write(texts: Mapping[Path, str]) -> list[Path]:
    write_texts(texts)
    return list(texts)


def _with_exercise(
    source: Source, texts: Mapping[Path, str], number: str, name: str, stars: int
) -> dict[Path, str]:
    """Add an exercise to the three texts of a lesson."""
    if not 1 <= stars <= HARDEST:
        raise ValueError(f"stars must be 1 to {HARDEST}; got {stars}")
    name = name or f"exercise_{number.replace('.', '_')}"
    words = {
        "lesson": source.number,
        "number": number,
        "name": name,
        "stars": stars * "★",
        "count": str(stars),
        "argument": name,
    }
    if len(f"{name} = check.lesson_{source.number}.{name}({name})") > WIDEST:
        words["argument"] = f"\n    {name}\n"
    lesson, checks, answers = texts.values()
    _check_name(name, texts)
    if missing := sorted(_NEEDED - _bound(source.checks, checks)):
        raise ValueError(f"{source.checks} must import {', '.join(missing)}")
    end = _END.search(lesson)
    if not end:
        raise ValueError(f'{source.path} must have a cell that begins with "## Common mistakes"')
    return {
        source.path: lesson[: end.start()] + _filled("exercise", words) + lesson[end.start() :],
        source.checks: checks + _filled("check", words),
        source.misconceptions: _with_answers(source.misconceptions, answers, words),
    }


def _filled(name: str, words: Mapping[str, str]) -> str:
    """Fill a text of the folder `templates`; the linter looks for the notes in it."""
    text = files(__package__).joinpath("templates", f"{name}.txt").read_text(encoding="utf-8")
    return Template(text).substitute(words)


def _check_name(name: str, texts: Mapping[Path, str]) -> None:
    """Refuse a name that no function can have, or that something else has."""
    if not re.fullmatch(rf"[a-z][a-z0-9_]{{,{LONGEST_NAME - 1}}}", name) or keyword.iskeyword(name):
        raise ValueError(
            f"name must be that of a function, in small letters, {LONGEST_NAME} at most; got {name}"
        )
    if hasattr(builtins, name):
        raise ValueError(f"name must be new; Python itself has {name}")
    for path, text in texts.items():
        if {name, f"_{name}", f"{name}_wrong_1"} & _bound(path, text):
            raise ValueError(f"name must be new; {path} has {name} already")


def _bound(path: Path, text: str) -> set[str]:
    """Names that a module defines, assigns or imports, outside of functions."""
    try:
        table = symtable.symtable(text, str(path), "exec")
    except SyntaxError as error:
        raise SourceError(f"{path}:{error.lineno}: must be Python; {error.msg}") from None
    symbols = table.get_symbols()
    return {one.get_name() for one in symbols if one.is_assigned() or one.is_imported()}


def _with_answers(path: Path, text: str, words: Mapping[str, str]) -> str:
    """Put functions before `EXERCISES`, and an entry at its end."""
    lines = text.split("\n")
    for node in ast.parse(text).body:
        match node:
            case ast.Assign(targets=[ast.Name("EXERCISES")], value=ast.Dict(end_lineno=int(end))):
                lines.insert(end - 1, _filled("entry", words).removesuffix("\n"))
                lines.insert(node.lineno - 1, _filled("answers", words).removesuffix("\n"))
                return "\n".join(lines)
    raise ValueError(f"{path} must have a dictionary EXERCISES")
