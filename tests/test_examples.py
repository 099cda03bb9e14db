"""Examples in docstrings run, and every public function and class has some."""

import doctest
import importlib
import inspect
from collections.abc import Iterator

import pytest

from tools.site.reference import public_modules

MODULES = sorted(public_modules())
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def defined(name: str) -> Iterator[tuple[str, object]]:
    """Public functions and classes that a module defines itself."""
    module = importlib.import_module(name)
    for key, value in vars(module).items():
        if key.startswith("_") or getattr(value, "__module__", None) != name or not callable(value):
            continue
        if inspect.isfunction(inspect.unwrap(value)) or inspect.isclass(value):
            yield key, value


@pytest.mark.parametrize("name", MODULES)
def test_every_public_function_and_class_has_an_example(name):
    lacking = [
        key for key, value in defined(name) if "\nExamples:\n" not in (inspect.getdoc(value) or "")
    ]
    assert lacking == []


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_give_what_they_say(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # for those that write a file
    found = doctest.testmod(importlib.import_module(name), optionflags=FLAGS)
    assert found.failed == 0
