"""Whether an answer is a copy of another one, but for names, comments and layout."""

import ast
import inspect
import textwrap
from typing import Any

SHORTEST = 60
"""Nodes of syntax that a copy must have: one right line looks like another."""


def is_copy(source: str, other: str) -> bool:
    """Whether two definitions are the same but for the names in them, comments and docstrings."""
    one, two = _shape(source), _shape(other)
    return one is not None and one == two


def source_of(reference: Any) -> str:
    """Get the source of a function or class; empty if there is none."""
    try:
        return textwrap.dedent(inspect.getsource(inspect.unwrap(reference)))
    except (OSError, TypeError, ValueError):
        return ""


def _shape(source: str) -> str | None:
    """Describe the last definition in a source, with its names numbered; None if it is short."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found = [node for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    if not found or sum(1 for _ in ast.walk(found[-1])) < SHORTEST:
        return None
    return ast.dump(_Plain().visit(found[-1]))


class _Plain(ast.NodeTransformer):
    """Takes docstrings and annotations away, and numbers names as they come."""

    def __init__(self) -> None:
        self.numbers: dict[str, str] = {}

    def number(self, name: str) -> str:
        return self.numbers.setdefault(name, f"name{len(self.numbers)}")

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.name, node.returns = self.number(node.name), None
        node.body = _without_docstring(node.body)
        self.generic_visit(node)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        node.name, node.body = self.number(node.name), _without_docstring(node.body)
        self.generic_visit(node)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(self.number(node.arg))

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self.number(node.id), node.ctx)


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0]
    said = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return body[1:] if said and len(body) > 1 else body
