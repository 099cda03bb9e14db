"""What the cells of a lesson are: how exercises are headed, and which cells answer and check."""

import re
from collections.abc import Mapping
from typing import Any

import nbformat

Notebook = Any  # nbformat ships no types
Cell = Any

HEADING = re.compile(r"^#+\s+Exercise\s+(\d+\.\d+)\s+(★+)\s+`(\w+)`", re.MULTILINE)
"""Heading of an exercise: its number, its stars and the name that it asks for."""

QUESTION = re.compile(r"^#+\s+Question\s+(\d+\.[a-z])\s+(★)\s+([a-z ]+)$", re.MULTILINE)
"""Heading of a question: its number, its star and its kind."""

ASKED = re.compile(r'^check\.question\("(\d+\.[a-z])", ?(.+)\)$', re.DOTALL)
"""The cell below it, in which it is answered."""

BLANK = "raise NotImplementedError"
"""What a lesson has in place of a solution."""


_EITHER = re.compile(f"{HEADING.pattern}|{QUESTION.pattern}", re.MULTILINE)


def asked_in(text: str) -> list[tuple[str, str, str]]:
    """List the exercises and questions that a text has headings of, in order.

    Returns:
        Of each its number, its stars, and the name that it asks for or its kind.
    """
    found = ([part for part in match if part] for match in _EITHER.findall(text))
    return [(number, stars, name) for number, stars, name in found]


def parse(text: str) -> Notebook:
    """Read a notebook in any format, and bring it into the current one.

    Raises:
        Exception: Nearly any, where it is not a notebook.
    """
    return nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]


def role(cell: Cell) -> tuple[str, str]:
    """Say what a cell is for: ("answer", "3.2"), ("check", "3.2"), or two empty texts."""
    about = cell.metadata.get("vae_course")
    if not isinstance(about, Mapping):
        return "", ""
    return str(about.get("role", "")), str(about.get("exercise", ""))
