"""What names in a student's cell stand for: imports, aliases, and what the cell itself binds."""

import ast
from collections.abc import Iterable, Iterator, Mapping

from vae_course.grading import needs

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
Function = ast.FunctionDef | ast.AsyncFunctionDef


def imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """List the names that imports bind."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                whole = alias.asname is not None
                top = alias.name.split(".")[0]
                yield alias.asname or top, alias.name if whole else top
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def full_name(node: ast.AST, bound: Mapping[str, str]) -> str:
    """Say what a dotted name stands for, after imports; empty if its root is not imported."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in bound:
        return ""
    return ".".join([bound[node.id], *reversed(parts)])


def stored(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """List the names that statements bind in their own scope, but for imports."""
    for node in nodes:
        if isinstance(node, Function | ast.ClassDef):
            yield node.name
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name
        if not isinstance(node, ast.Lambda | Comprehension):
            yield from stored(ast.iter_child_nodes(node))


def parameters(arguments: ast.arguments) -> list[str]:
    """List the names of a function's parameters."""
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [one.arg for one in (*every, arguments.vararg, arguments.kwarg) if one is not None]


def made(tree: ast.AST) -> set[str]:
    """Collect names of the student's own objects: functions, classes, and what calls return."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, Function | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign) and _calls(node.value):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


def _calls(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and ast.unparse(value.func) != "type"


def aliases(tree: ast.AST, bound: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """List names that are given to a module on the list, as in `layers = keras.layers`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            module = full_name(node.value, bound)
            if len(node.targets) == 1 and needs.is_listed(module):
                yield node.targets[0].id, module
