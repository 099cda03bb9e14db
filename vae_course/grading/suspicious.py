"""Reading a learner's code for what no answer needs; everything else needs a look.

What answers need is listed in `needs`: modules, parts of them, builtins. A dotted name is followed
on the real modules, and whatever leaves those on the list is found. This is a reading of the text,
not a wall: code that somebody else wrote runs in a sandbox all the same.
"""

import ast
import importlib
import symtable
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from vae_course.classroom.outcome import MIME
from vae_course.grading import names, needs

CHECK = "vae_course.classroom.check"

AWAY = "uses what no answer needs"
FILES = "reads or writes files"
TEXTS = "fetches names by texts"
INNARDS = "reaches into Python itself"
HANDS_ON = "hands a module on"
CHANGES = "changes what is not its own"
ENDS = "ends Python"
CHECKS = "touches the checks"
HIDES = "gives another meaning to a name"
COMPARES = "changes how results are compared"
DISPLAYS = "displays a result of its own"
OWN = "is, or calls, the course's own"


@dataclass(frozen=True)
class Finding:
    """Something that no answer needs.

    Args:
        line: Its line in the cell.
        reason: What it does, such as "ends Python".
        what: By what, such as "os._exit".
    """

    line: int
    reason: str
    what: str

    def __str__(self) -> str:
        """Return the finding as half a sentence."""
        return f"line {self.line} {self.reason} ({self.what})"


def scan(source: str, imported: Iterable[tuple[str, str]] = (), asked: str = "") -> list[Finding]:
    """Find what no answer needs in the source of a cell.

    Args:
        source: The cell.
        imported: Names that other cells import, and what they stand for.
        asked: The name that is asked for: the course's own of that name is no answer.

    Raises:
        SyntaxError: If the source is not Python.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(source)
        table = symtable.symtable(source, "answer", "exec")
    bound = dict(imported) | dict(names.imports(tree))
    found = [*_check_touched(tree, table, bound.pop("check", CHECK))]
    found += _Reader(bound, tree, asked).found
    once: dict[str, Finding] = {}
    for finding in sorted(found, key=lambda finding: finding.line):
        once.setdefault(finding.reason, finding)
    return list(once.values())


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for inner in table.get_children():
        yield from _tables(inner)


def _check_touched(tree: ast.AST, table: symtable.SymbolTable, meaning: str) -> Iterator[Finding]:
    """Find uses of the lesson's `check`; a name inside a function is the learner's own."""
    for scope in _tables(table):
        for symbol in scope.get_symbols():
            if symbol.get_name() != "check" or not symbol.is_global():
                continue
            assigned = symbol.is_assigned() and not symbol.is_imported()
            if assigned or meaning != CHECK:
                yield Finding(_line_of(tree, "check"), HIDES, "check")
            elif symbol.is_referenced() and not _harmless(tree):
                yield Finding(_line_of(tree, "check"), CHECKS, "check")


def _harmless(tree: ast.AST) -> bool:
    """Whether `check` is used for nothing but what lessons print with it."""
    used = sum(isinstance(node, ast.Name) and node.id == "check" for node in ast.walk(tree))
    prints = sum(
        isinstance(node, ast.Attribute)
        and node.attr in {"expect", "progress"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "check"
        and isinstance(node.ctx, ast.Load)
        for node in ast.walk(tree)
    )
    return used == prints


def _line_of(tree: ast.AST, name: str) -> int:
    for node in ast.walk(tree):
        if name in {getattr(node, key, "") for key in ("id", "name", "asname")}:
            return int(getattr(node, "lineno", 1))
    return 1


def _stands_for(module: str, part: str) -> Any:
    """Get a part of a module that is on the list; None if there is none, or no such module."""
    try:
        return getattr(importlib.import_module(module), part, None)
    except Exception:  # not installed, or an attribute that cannot be computed
        return None


class _Reader(ast.NodeVisitor):
    """Walks through a parsed cell and collects findings."""

    def __init__(self, bound: Mapping[str, str], tree: ast.Module, asked: str) -> None:
        self.bound, self.made, self.asked = dict(bound), names.made(tree), asked
        self.aliases = dict(names.aliases(tree, self.bound))
        self.bound |= self.aliases
        self.scopes = [set(names.stored(tree.body)) - set(self.bound)]
        self.own = {"self", "cls"}
        self.found: list[Finding] = []
        self.visit(tree)

    def add(self, node: ast.AST, reason: str, what: str) -> None:
        self.found.append(Finding(getattr(node, "lineno", 1), reason, what))

    def is_own(self, name: str) -> bool:
        return any(name in scope for scope in self.scopes)

    def full_name(self, node: ast.AST) -> str:
        """Say what a dotted name stands for; empty if its root is not imported."""
        root = node
        while isinstance(root, ast.Attribute):
            root = root.value
        own = isinstance(root, ast.Name) and self.is_own(root.id)
        return "" if own else names.full_name(node, self.bound)

    # Names that begin with something imported

    def follow(self, node: ast.AST, name: str) -> bool:
        """Judge a dotted name, module by module; say whether it ends in a module."""
        name = name.replace("tensorflow.keras", "keras")
        path, *parts = name.split(".")
        if not needs.is_listed(path):
            self.away(node, name)
            return False
        for part in parts:
            if part.startswith("_") and part not in needs.METHODS and path != "__future__":
                self.add(node, INNARDS, name)
                return False
            if needs.is_listed(f"{path}.{part}"):
                path = f"{path}.{part}"
                continue
            if part == self.asked and path.startswith("vae_course."):
                self.add(node, OWN, f"{path}.{part}")
            value = _stands_for(path, part)
            elsewhere = value is None and part in sys.stdlib_module_names  # in another version
            home = getattr(value, "__module__", None) or "builtins"
            foreign = str(home).partition(".")[0].lstrip("_") not in needs.TOPS
            leads_away = isinstance(value, ModuleType) or foreign or elsewhere
            if not needs.may_use(path, part) or leads_away:
                self.away(node, name, part)
            return False
        return True

    def away(self, node: ast.AST, name: str, part: str = "") -> None:
        """Say why a dotted name is not on the list."""
        rooms = ("classroom", "grading", "authoring", "commands", "cli")
        if name.startswith(tuple(f"vae_course.{room}" for room in rooms)):
            self.add(node, CHECKS, name)
        elif not self.attribute(node, part):
            ends = name in {"os._exit", "os.abort", "os.kill", "sys.exit"}
            self.add(node, ENDS if ends else AWAY, name)

    def attribute(self, node: ast.AST, attr: str) -> bool:
        """Judge a name behind a dot, whatever is before it; say whether it was found."""
        for found, reason in (
            (needs.READ_OR_WRITE, FILES),
            (needs.BY_TEXT, TEXTS),
            (needs.INNARDS, INNARDS),
        ):
            if attr in found:
                self.add(node, reason, attr)
                return True
        return False

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if not self.follow(node, alias.name) and needs.is_listed(alias.name.split(".")[0]):
                self.add(node, AWAY, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            name = f"{node.module}.{alias.name}"
            if name == CHECK and alias.asname is None:
                continue  # a lesson's own first line
            if alias.name == "*" or node.level:
                self.add(node, AWAY, ast.unparse(node))
            else:
                self.follow(node, name)

    def visit_Assign(self, node: ast.Assign) -> None:
        target = node.targets[0]
        if not (isinstance(target, ast.Name) and target.id in self.aliases):
            self.generic_visit(node)
        elif not needs.is_listed(self.full_name(node.value)):
            self.add(node, HIDES, target.id)

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load) or self.is_own(node.id):
            return
        name = self.full_name(node)
        if name:
            if self.follow(node, name):
                self.add(node, HANDS_ON, node.id)
        elif node.id in needs.ENDS:
            self.add(node, ENDS, node.id)
        elif node.id in needs.EVALUATED:
            self.add(node, TEXTS, node.id)
        elif node.id == "open":
            self.add(node, FILES, node.id)
        elif node.id in needs.NOT_NEEDED:
            self.add(node, AWAY, node.id)
        elif node.id.startswith("__") and node.id not in needs.BUILTINS:
            self.add(node, INNARDS, node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        name = self.full_name(node)
        if name and self.follow(node, name):
            self.add(node, HANDS_ON, ast.unparse(node))
        if not isinstance(node.ctx, ast.Load):
            self.set(node, name)
        below: ast.expr = node
        while isinstance(below, ast.Attribute):
            self.behind_a_dot(below)
            below = below.value
        if not (name and isinstance(below, ast.Name)):
            self.visit(below)

    def behind_a_dot(self, node: ast.Attribute) -> None:
        self.attribute(node, node.attr)
        holder = node.value.id if isinstance(node.value, ast.Name) else ""
        private = node.attr.startswith("_") and node.attr not in needs.METHODS
        if private and (holder not in self.own or node.attr.startswith("__")):
            self.add(node, INNARDS, node.attr)

    def set(self, node: ast.Attribute, name: str) -> None:
        """Judge an attribute that is given a value or deleted."""
        root: ast.expr = node
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        holder = root.id if isinstance(root, ast.Name) else ""
        if holder in self.own or (not name and node.attr in needs.ON_PARAMETERS):
            return
        if name or not (self.is_own(holder) and holder in self.made):
            self.add(node, CHANGES, ast.unparse(node)[:60])

    def visit_Subscript(self, node: ast.Subscript) -> None:
        name = self.full_name(node.value)
        if name and not isinstance(node.ctx, ast.Load) and not name.endswith(".rcParams"):
            self.add(node, CHANGES, ast.unparse(node)[:60])
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        if called == "getattr" and not self.is_own(called) and len(node.args) > 1:
            attr = node.args[1]
            if isinstance(attr, ast.Constant) and str(attr.value).isidentifier():
                self.visit(ast.copy_location(_attribute(node.args[0], str(attr.value)), node))
                for more in node.args[2:]:
                    self.visit(more)
                return
        if called == "type" and len(node.args) > 1:
            self.add(node, TEXTS, "type")
        for word in node.keywords:
            if word.arg in needs.FILE_ARGUMENTS:
                self.add(word.value, FILES, word.arg)
        self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for base in node.bases:
            named = isinstance(base, ast.Name) and base.id in needs.NUMBERS
            if named or self.full_name(base).startswith("numpy."):
                self.add(node, COMPARES, ast.unparse(base))
        if node.keywords:
            self.add(node, INNARDS, "metaclass")
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        if node.name.startswith("__") and node.name not in needs.METHODS:
            self.add(node, COMPARES, node.name)
        outside = [*node.decorator_list, *node.args.defaults, *node.args.kw_defaults]
        for one in filter(None, outside):
            self.visit(one)
        declared = {
            name for part in ast.walk(node) if isinstance(part, ast.Global) for name in part.names
        }
        inside = {*names.stored(node.body)} - declared - set(self.aliases)
        inside |= set(names.parameters(node.args))
        self.scopes.append(inside)
        for statement in node.body:
            self.visit(statement)
        self.scopes.pop()

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 (as ast calls it)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for default in filter(None, [*node.args.defaults, *node.args.kw_defaults]):
            self.visit(default)
        self.scopes.append(set(names.parameters(node.args)))
        self.visit(node.body)
        self.scopes.pop()

    def comprehension_of(self, node: names.Comprehension) -> None:
        targets = [generator.target for generator in node.generators]
        self.scopes.append(set(names.stored(targets)))
        self.generic_visit(node)
        self.scopes.pop()

    visit_ListComp = visit_SetComp = comprehension_of  # noqa: N815 (as ast calls them)
    visit_DictComp = visit_GeneratorExp = comprehension_of  # noqa: N815

    def visit_Constant(self, node: ast.Constant) -> None:
        if node.value in (MIME, MIME.encode()):
            self.add(node, DISPLAYS, "outcome")


def _attribute(of: ast.expr, name: str) -> ast.Attribute:
    return ast.Attribute(of, name, ast.Load())
