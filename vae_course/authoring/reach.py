"""Which modules and data of the library some code can reach, with a digest of each.

What was made by that code is out of date where something that it reaches has another digest today.
Nothing is run: imports are followed through the modules' texts, also those inside functions, and so
are texts that name a module. Reached is a module as a whole: what is too much costs an execution,
what is too little would let a stale output stand.

Comments, docstrings, annotations and layout change no digest, nor do the version of Python and the
folder in which the project lies.
"""

import ast
import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from vae_course.files import sha256

PACKAGE = Path(__file__).parents[1]
DIGITS = 12
"""Hexadecimal digits of a digest."""

_WITHOUT_MEANING = {"annotation", "returns", "ctx", "kind", "type_comment", "type_params"}
_LESSON = re.compile(r"\blesson_(\d\d)\b|\bcheck\.progress\(\s*[\"'](\d\d)[\"']")
_QUESTION = re.compile(r"\bcheck\.(?:question|progress)\(\s*[\"'](\d+)")
_FOR_IPYTHON = re.compile(r"^\s*[%!].*$", re.MULTILINE)


class _Read(NamedTuple):
    """A module as it was read: its digest, the modules and the texts that it names."""

    digest: str
    modules: frozenset[str]
    texts: frozenset[str]


def reached(code: str, package: Path = PACKAGE) -> dict[str, str]:
    """Find what code can reach of the library.

    Raises:
        SyntaxError: If the code or a module of the library is no Python.
    """
    tree = ast.parse(_FOR_IPYTHON.sub("", code))
    wanted = set(_modules(tree, package))
    for numbers in _LESSON.findall(code):
        wanted.add(f"{package.name}.classroom.checks.lesson_{''.join(numbers)}")
    for number in _QUESTION.findall(code):
        wanted.add(f"{package.name}.classroom.quizzes.lesson_{int(number):02d}")
    seen: set[str] = set()
    found: dict[str, str] = {}
    while wanted:
        name = wanted.pop()
        if name in seen or (path := _file(name, package)) is None:
            continue
        seen.add(name)
        wanted.add(name.rpartition(".")[0])  # a module's packages are run before it
        read = _read(path, package, path.stat().st_mtime_ns)
        wanted |= read.modules
        found[_place(path, package)] = read.digest
        for data in _data(path, read.texts):
            found[_place(data, package)] = sha256(data)[:DIGITS]
    return dict(sorted(found.items()))


def changed(before: object, after: dict[str, str]) -> list[str]:
    """List what differs between two answers of `reached`."""
    known = before if isinstance(before, Mapping) else {}
    return sorted(path for path in {*known, *after} if known.get(path) != after.get(path))


@cache
def _read(path: Path, package: Path, stamp: int) -> _Read:
    """Read a module; anew where its file has another time."""
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    texts = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    named = {text.rstrip(".") for text in texts if text.startswith(f"{package.name}.")}
    digest = hashlib.sha256(_meaning(tree).encode()).hexdigest()[:DIGITS]
    return _Read(digest, frozenset({*_modules(tree, package), *named}), frozenset(texts))


def _modules(tree: ast.AST, package: Path) -> Iterator[str]:
    """Full names of all modules of the package that may be imported somewhere in a tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names] + [f"{node.module}"]
        else:
            continue
        yield from (name for name in names if name.partition(".")[0] == package.name)


def _file(name: str, package: Path) -> Path | None:
    """File of a module; None where a name is not that of a module."""
    path = package.parent.joinpath(*name.split("."))
    files = (path.with_suffix(".py"), path / "__init__.py") if name else ()
    return next((file for file in files if file.is_file()), None)


def _data(module: Path, texts: frozenset[str]) -> Iterator[Path]:
    """Data files of a module: all beside a manifest in its folder, and those that it names."""
    folder = module.parent
    whole = module.name == "__init__.py" and (folder / "manifest.json").is_file()
    for path in folder.iterdir():
        if path.is_file() and path.suffix != ".py" and (whole or path.name in texts):
            yield path


def _place(path: Path, package: Path) -> str:
    return path.relative_to(package.parent).as_posix()


def _meaning(node: object) -> str:
    """Write a tree without what changes no result."""
    if isinstance(node, list):
        return f"[{','.join(map(_meaning, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    parts = []
    for name, value in ast.iter_fields(node):
        if name == "body" and isinstance(value, list):
            kept = [one for one in value if not _is_text(one)]
        else:
            kept = value
        if name not in _WITHOUT_MEANING and kept not in (None, []):
            parts.append(f"{name}={_meaning(kept)}")
    return f"{type(node).__name__}({','.join(parts)})"


def _is_text(statement: ast.stmt) -> bool:
    """Whether a statement is a docstring, or a text below a constant that documents it."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
