"""Which cells of a lesson its exercises need: the others need not be run to grade them."""

import ast
import symtable
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class _Names:
    """Names that a cell gives a value to, changes the value of, uses, and imports."""

    made: frozenset[str]
    changed: frozenset[str]
    used: frozenset[str]
    imported: frozenset[str]


def needed(sources: Sequence[str], roots: Mapping[int, int]) -> set[int]:
    """Find the cells that some cells need, and those that these need.

    A cell is needed if it comes before and gives a value to a name that is used, or changes what
    such a name stands for, as in `model.compile()`, unless that is a module. A cell that cannot be
    read counts as needed.
    """
    names = [_names(source) for source in sources]
    found = {place for place, one in enumerate(names) if one is None} | set(roots)
    modules = frozenset[str]().union(*(one.imported for one in names if one))
    waiting = list(roots)
    while waiting:
        place = waiting.pop()
        user = names[place]
        for before in range(roots.get(place, place)):
            maker = names[before]
            if before in found or not user or not maker:
                continue
            if user.used & (maker.made | (maker.changed - modules)):
                found.add(before)
                waiting.append(before)
    return found


def made_by(source: str) -> frozenset[str]:
    """Collect the names that a cell gives a value to, but for imports."""
    names = _names(source)
    return names.made - names.imported if names else frozenset()


def used_by(source: str) -> frozenset[str]:
    """Collect the names that a cell uses and does not give a value to."""
    names = _names(source)
    return names.used - names.made if names else frozenset()


def _names(source: str) -> _Names | None:
    try:
        tree = ast.parse(source)
        table = symtable.symtable(source, "cell", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if any(isinstance(n, ast.ImportFrom) and n.names[0].name == "*" for n in ast.walk(tree)):
        return None
    symbols = [one for scope in _scopes(table) for one in scope.get_symbols() if one.is_global()]
    used = {one.get_name() for one in symbols if one.is_referenced()}
    imported = {one.get_name() for one in symbols if one.is_imported()}
    made = {one.get_name() for one in symbols if one.is_assigned()} | imported
    return _Names(*map(frozenset, (made, set(_changed(tree)), used, imported)))


def _scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for inner in table.get_children():
        yield from _scopes(inner)


def _changed(tree: ast.Module) -> Iterator[str]:
    """List names whose objects a cell changes: by an assignment to a part, or a method's call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            yield _root(node)
    for statement in tree.body:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            called = statement.value.func
            if isinstance(called, ast.Attribute):
                yield _root(called)


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
