"""Reading a learner's code for what no answer needs: ending Python, reaching out, tampering.

This is a reading of the text, not a wall: it finds what is written plainly. Code that somebody else
wrote should run in a container all the same.
"""

import ast
import symtable
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vae_course.classroom.outcome import MIME


def _by_name(reasons: dict[str, str]) -> dict[str, str]:
    return {name: reason for reason, names in reasons.items() for name in names.split()}


MODULES = _by_name(
    {
        "starts other programs": "subprocess multiprocessing pty",
        "runs code beside its own": "threading _thread concurrent asyncio",
        "reaches into memory": "ctypes _ctypes cffi mmap numpy.ctypeslib",
        "uses the network": "socket ssl http urllib.request requests httpx aiohttp ftplib "
        "smtplib telnetlib xmlrpc websockets paramiko",
        "changes files": "shutil fcntl tensorflow.io.gfile tensorflow.io.write_file",
        "changes the process": "signal resource faulthandler atexit psutil",
        "runs hidden code": "runpy imp code codeop pickle marshal dill cloudpickle builtins",
        "alters Python": "unittest mock pdb bdb",
        "talks to the notebook": "ipykernel zmq jupyter_client nbformat",
        "touches the checks": "vae_course.classroom vae_course.authoring vae_course.grading "
        "vae_course.commands vae_course.cli",
    }
)
"""Modules that no answer needs, and why."""

ALLOWED = {
    module: set(names.split())
    for module, names in {
        "os": "path getcwd cpu_count sep linesep name listdir getenv environ PathLike fspath",
        "importlib": "metadata resources",
        "sys": "version version_info maxsize float_info byteorder platform stdout stderr getsizeof "
        "getrecursionlimit setrecursionlimit executable",
        "sys.stdout": "write flush encoding isatty",
        "sys.stderr": "write flush encoding isatty",
        "inspect": "signature isfunction isclass getdoc",
        "gc": "collect",
        "IPython": "display",
    }.items()
}
"""What is harmless of modules that also have parts which no answer needs."""

SETTINGS = {"KERAS_BACKEND", "TF_CPP_MIN_LOG_LEVEL", "TF_ENABLE_ONEDNN_OPTS", "OMP_NUM_THREADS"}
CHECK = "vae_course.classroom.check"

BUILTINS = _by_name(
    {
        "runs hidden code": "exec eval compile __import__ __builtins__",
        "ends Python": "exit quit SystemExit",
        "talks to the notebook": "get_ipython",
        "changes names behind the lesson's back": "globals",
        "stops Python": "breakpoint",
    }
)
ATTRIBUTES = _by_name(
    {
        "changes files": "write_text write_bytes unlink rmdir symlink_to hardlink_to chmod",
        "alters Python": "__globals__ __builtins__ __subclasses__ __code__ __closure__ "
        "__getattribute__ __loader__",
        "reads frames of others": "f_back f_globals f_locals f_builtins tb_frame gi_frame cr_frame "
        "ag_frame",
        "displays a result of its own": "_repr_mimebundle_ _ipython_display_",
        "changes how results are compared": "__array_ufunc__ __array_function__",
    }
)


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


def scan(source: str, imported: Iterable[tuple[str, str]] = ()) -> list[Finding]:
    """Find what no answer needs in the source of a cell.

    Raises:
        SyntaxError: If the source is not Python.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(source)
        table = symtable.symtable(source, "answer", "exec")
    bound = dict(imported) | dict(imports(tree))
    found = [*_check_touched(tree, table, bound.pop("check", CHECK))]
    found += _Reader(bound, _own_names(table)).read(tree)
    once: dict[str, Finding] = {}
    for finding in sorted(found, key=lambda finding: finding.line):
        once.setdefault(finding.reason, finding)
    return list(once.values())


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


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for inner in table.get_children():
        yield from _tables(inner)


def _own_names(table: symtable.SymbolTable) -> set[str]:
    """Collect names that the source itself binds without an import: they hide builtins."""
    return {
        symbol.get_name()
        for scope in _tables(table)
        for symbol in scope.get_symbols()
        if (symbol.is_assigned() or symbol.is_parameter()) and not symbol.is_imported()
    }


def _check_touched(tree: ast.AST, table: symtable.SymbolTable, meaning: str) -> Iterator[Finding]:
    """Find uses of the lesson's `check`; a name inside a function is the learner's own."""
    for scope in _tables(table):
        for symbol in scope.get_symbols():
            if symbol.get_name() != "check" or not symbol.is_global():
                continue
            assigned = symbol.is_assigned() and not symbol.is_imported()
            if assigned or meaning != CHECK:
                yield Finding(_line_of(tree, "check"), "gives another meaning to a name", "check")
            elif symbol.is_referenced() and not _harmless(tree):
                yield Finding(_line_of(tree, "check"), "touches the checks", "check")


def _harmless(tree: ast.AST) -> bool:
    """Whether `check` is used for nothing but what lessons print with it."""
    uses = sum(isinstance(node, ast.Name) and node.id == "check" for node in ast.walk(tree))
    prints = sum(
        isinstance(node, ast.Attribute)
        and node.attr in {"expect", "progress"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "check"
        and isinstance(node.ctx, ast.Load)
        for node in ast.walk(tree)
    )
    return uses == prints


def _line_of(tree: ast.AST, name: str) -> int:
    for node in ast.walk(tree):
        names = {getattr(node, "id", ""), getattr(node, "name", ""), getattr(node, "asname", "")}
        if name in names:
            return int(getattr(node, "lineno", 1))
    return 1


class _Reader(ast.NodeVisitor):
    """Walks through a parsed cell and collects findings."""

    def __init__(self, bound: dict[str, str], own: set[str]) -> None:
        self.bound, self.own = bound, own
        self.found: list[Finding] = []

    def read(self, tree: ast.AST) -> list[Finding]:
        self.visit(tree)
        return self.found

    def add(self, node: ast.AST, reason: str, what: str) -> None:
        self.found.append(Finding(getattr(node, "lineno", 1), reason, what))

    def full_name(self, node: ast.AST) -> str:
        """Say what a dotted name stands for, after imports: "np.sum" is "numpy.sum"."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        if node.id in self.bound:
            return ".".join([self.bound[node.id], *reversed(parts)])
        return "" if parts or node.id in self.own else node.id  # else a builtin

    def module(self, node: ast.AST, name: str) -> None:
        """Judge a dotted name that begins with a module."""
        for module, reason in MODULES.items():
            if name == module or name.startswith(f"{module}."):
                self.add(node, reason, name)
                return
        for module, parts in ALLOWED.items():
            part = name.removeprefix(f"{module}.").split(".")[0]
            if name.startswith(f"{module}.") and part not in parts:
                ends = name in {"os._exit", "os.abort", "os.kill", "sys.exit"}
                self.add(node, "ends Python" if ends else "reaches around the lesson", name)
                return

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.module(node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        names = {alias.name for alias in node.names}
        if node.module == "vae_course.classroom" and names == {"check"}:
            return  # a lesson's own first line
        for name in sorted(names):
            self.module(node, f"{node.module}.{name}")

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in BUILTINS and node.id not in self.own:
            self.add(node, BUILTINS[node.id], node.id)
        elif node.id in self.bound:
            self.module(node, self.bound[node.id])

    def visit_Attribute(self, node: ast.Attribute) -> None:
        name = self.full_name(node)
        if name:
            self.module(node, name)
        self.attribute(node, node.attr)
        changed = isinstance(node.ctx, ast.Store | ast.Del)
        if name and (changed or node.attr == "__dict__"):
            self.add(node, "changes a module or a class of it", ast.unparse(node))
        self.generic_visit(node)

    def attribute(self, node: ast.AST, attr: str) -> None:
        if attr in ATTRIBUTES:
            self.add(node, ATTRIBUTES[attr], attr)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        held = self.full_name(node.value)
        if isinstance(node.ctx, ast.Store | ast.Del):
            key = node.slice.value if isinstance(node.slice, ast.Constant) else None
            if held == "os.environ" and key not in SETTINGS:
                self.add(node, "changes the environment", "os.environ")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = self.full_name(node.func)
        if name in {"open", "io.open", "codecs.open"} and _writes(node, 1):
            self.add(node, "writes to a file", name)
        elif isinstance(node.func, ast.Attribute) and node.func.attr == "open" and not name:
            if _writes(node, 0):
                self.add(node, "writes to a file", "open")
        elif name.startswith("os.environ.") and name.split(".")[2] not in {"get", "keys", "items"}:
            self.add(node, "changes the environment", name)
        elif name in {"getattr", "setattr", "delattr"} and len(node.args) > 1:
            self.by_name(node, name)
        elif name in {"vars", "locals"} and (not node.args or self.full_name(node.args[0])):
            self.add(node, "changes names behind the lesson's back", name)
        self.generic_visit(node)

    def by_name(self, node: ast.Call, name: str) -> None:
        """Judge an access to an attribute by its name as a text."""
        target, attr = node.args[0], node.args[1]
        of_module = isinstance(target, ast.Name) and target.id in self.bound
        if isinstance(attr, ast.Constant) and isinstance(attr.value, str):
            self.attribute(node, attr.value)
            if of_module:
                self.module(node, f"{self.full_name(target)}.{attr.value}")
        elif of_module and self.full_name(target) in ALLOWED:
            self.add(node, "reaches around the lesson", f"{name} of {self.full_name(target)}")
        if of_module and name != "getattr":
            self.add(node, "changes a module or a class of it", name)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.attribute(node, node.name)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if node.value in (MIME, MIME.encode()):
            self.add(node, "displays a result of its own", "outcome")


def _writes(node: ast.Call, position: int) -> bool:
    """Whether a call of open asks for more than reading."""
    modes = [word.value for word in node.keywords if word.arg == "mode"]
    modes += node.args[position : position + 1]
    if not modes:
        return False
    mode = modes[0]
    return not (isinstance(mode, ast.Constant) and set(str(mode.value)) <= set("rbtU"))
