"""Examples in docstrings run, and every public function and class has some."""

import doctest
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "vae_course"
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def public_modules() -> list[str]:
    """Names of the modules that the library reference shows."""
    paths = [
        path for room in ("physics", "data", "vae") for path in PACKAGE.glob(f"{room}/**/*.py")
    ]
    paths += [PACKAGE / "plotting.py", PACKAGE / "classroom" / "check.py"]
    names = (path.relative_to(PACKAGE.parent).with_suffix("").parts for path in sorted(paths))
    shown = (
        parts
        for parts in names
        if not any(part.startswith("_") and part != "__init__" for part in parts)
    )
    return [".".join(parts).removesuffix(".__init__") for parts in shown]


def defined(name: str) -> Iterator[tuple[str, object]]:
    """Public functions and classes that a module defines itself."""
    module = importlib.import_module(name)
    for key, value in vars(module).items():
        if key.startswith("_") or getattr(value, "__module__", None) != name:
            continue
        if inspect.isfunction(value) or inspect.isclass(value):
            yield key, value


@pytest.mark.parametrize("name", public_modules())
def test_every_public_function_and_class_has_an_example(name):
    lacking = [
        key for key, value in defined(name) if "\nExamples:\n" not in (inspect.getdoc(value) or "")
    ]
    assert lacking == []


@pytest.mark.parametrize("name", public_modules())
def test_the_examples_of_a_module_give_what_they_say(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # for those that write a file
    found = doctest.testmod(importlib.import_module(name), optionflags=FLAGS)
    assert found.failed == 0
