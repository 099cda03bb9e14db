"""`vae-course sync`: the notebooks of each lesson, made from its source and executed.

Both notebooks carry a digest of the outputs of each cell, and one of each module and data file of
the library that their code can reach. So whatever differs from the source, was changed after
execution, or was made by another library is found without executing anything.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path
from typing import Any, get_args

import nbformat
import psutil
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from vae_course.authoring.cells import Cell, Notebook
from vae_course.authoring.reach import changed, reached
from vae_course.authoring.source import FOLDERS, Edition, Source, build, text_of
from vae_course.classroom.outcome import STRICT
from vae_course.files import write_text
from vae_course.progress import Counted

SHOWN = 3
"""Parts of the library that a message names."""

SECONDS = 300
"""Time that a cell may take."""

ABOUT = "vae_course"


@dataclass(frozen=True)
class Drift:
    """Where a notebook is not what its source says.

    Args:
        path: The notebook.
        what: Which cell, and what is wrong with it.
    """

    path: Path
    what: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.path}: {self.what}"


class ExecutionError(RuntimeError):
    """Raised where a lesson does not run; says which notebook and cell, and what was raised."""


def drifts(source: Source) -> list[Drift]:
    """Find where the notebooks of a lesson differ from its source, without executing them.

    Raises:
        SourceError: If a region with a solution has no end, or no beginning.
    """
    found: list[Drift] = []
    for kind in get_args(Edition):
        path = source.notebook_path(kind)
        found += [Drift(path, what) for what in _drift(path, build(source, kind))]
    return found


def strays(root: Path, sources: Sequence[Source]) -> list[Drift]:
    """Find notebooks that no source makes."""
    made = {source.notebook_path(kind) for source in sources for kind in get_args(Edition)}
    there = {path for folder in FOLDERS.values() for path in (root / folder).glob("*.ipynb")}
    return [Drift(path, "no source in solutions/ makes it") for path in sorted(there - made)]


def _drift(path: Path, expected: Notebook) -> list[str]:
    if not path.exists():
        return ["missing"]
    try:
        text = path.read_bytes().decode("utf-8")  # read as a text, it would lose a \r
        found = nbformat.reads(text, as_version=nbformat.NO_CONVERT)  # type: ignore[no-untyped-call]
        nbformat.validate(found)
    except (ValueError, nbformat.ValidationError) as error:
        return [f"not a notebook that can be read ({type(error).__name__})"]
    differ = [
        f"cell {name}: {what}"
        for there, right in _pairs(found.cells, expected.cells)
        for name, what in _cell_drift(there, right)
    ]
    differ = differ or [f"cell {name}: {what}" for name, what in _output_drift(found)]
    differ = differ or _library_drift(found)
    if differ:
        return differ
    expected.metadata[ABOUT] |= _made_of(found)
    if found.metadata != expected.metadata or found.nbformat_minor != expected.nbformat_minor:
        return ["the notebook's metadata differ from what sync writes"]
    return [] if text == text_of(found) else ["the layout of the file is not the one sync writes"]


def _pairs(
    found: Sequence[Cell], expected: Sequence[Cell]
) -> Iterator[tuple[Cell | None, Cell | None]]:
    """Lay cells side by side by their ids, so that one more moves none of the others."""
    there, right = ([cell.get("id", "") for cell in cells] for cells in (found, expected))
    for _, a, b, c, d in SequenceMatcher(None, there, right, autojunk=False).get_opcodes():
        yield from zip_longest(found[a:b], expected[c:d])


def _cell_drift(there: Cell | None, right: Cell | None) -> list[tuple[str, str]]:
    if there is None or right is None:
        cell = there if right is None else right
        return [(_name(cell), "not in the source" if right is None else "missing")]
    for part in ("cell_type", "source", "id", "metadata"):
        if there.get(part) != right.get(part):
            return [(_name(right), f"its {part.replace('_', ' ')} differs from the source")]
    extra = set(there) - set(right)
    return [(_name(right), f"it has {', '.join(sorted(extra))}")] if extra else []


def _output_drift(notebook: Notebook) -> list[tuple[str, str]]:
    kept = notebook.metadata.get(ABOUT, {}).get("outputs", {})
    found = [
        (_name(cell), "its output was changed after it was executed")
        for cell in notebook.cells
        if kept.get(cell.id) != digests(notebook).get(cell.id)
    ]
    count = 0
    for cell in notebook.cells:
        if cell.cell_type == "code":
            count += 1
            if cell.execution_count != count:
                found.append(
                    (_name(cell), f"executed as number {cell.execution_count}, not {count}")
                )
    return found


def _library_drift(notebook: Notebook) -> list[str]:
    """Say which parts of the library are not those that made the outputs."""
    made_by = notebook.metadata.get(ABOUT, {}).get("library")
    other = changed(made_by, reached(_code(notebook)))
    if not other:
        return []
    if not made_by:
        return ["it does not say which library made its outputs"]
    more = f" and {len(other) - SHOWN} more" if len(other) > SHOWN else ""
    return [f"its outputs were made by another {', '.join(other[:SHOWN])}{more}"]


def _made_of(notebook: Notebook) -> dict[str, dict[str, str]]:
    """Digests that a notebook carries: of its outputs, and of the library that made them."""
    return {"library": reached(_code(notebook)), "outputs": digests(notebook)}


def _code(notebook: Notebook) -> str:
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")


def _name(cell: Cell) -> str:
    first = next((line.strip() for line in cell.source.splitlines() if line.strip()), "")
    return f"{cell.get('id', 'without id')} ({first[:50]})"


def digests(notebook: Notebook) -> dict[str, str]:
    """Compute the digest of the outputs of each cell that has any."""
    return {
        cell.id: hashlib.sha256(json.dumps(cell.outputs, sort_keys=True).encode()).hexdigest()[:16]
        for cell in notebook.cells
        if cell.get("outputs")
    }


def sync(
    sources: Sequence[Source],
    force: bool = False,
    jobs: int = 1,
    progress: Counted = lambda done, total: None,
) -> tuple[list[Path], list[ExecutionError]]:
    """Write the notebooks that differ from their sources; execute those whose code does.

    Raises:
        SourceError: If a region with a solution has no end, or no beginning.
        ValueError: If jobs is less than 1.
    """
    if jobs < 1:
        raise ValueError(f"jobs must be at least 1; got {jobs}")
    execute: list[tuple[Path, Notebook]] = []
    written, errors = list[Path](), list[ExecutionError]()
    for source in sources:
        for kind in get_args(Edition):
            path, notebook = source.notebook_path(kind), build(source, kind)
            if force or not _reuse(path, notebook):
                execute.append((path, notebook))
            elif _drift(path, build(source, kind)):
                _write(path, notebook)
                written.append(path)
    total = sum(cell.cell_type == "code" for _, notebook in execute for cell in notebook.cells)
    done = 0

    def cell_done(**_: Any) -> None:
        nonlocal done
        done += 1
        progress(done, total)

    if total:
        progress(0, total)
    with ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(_execute, *one, cell_done): one for one in execute}
        try:
            for future in as_completed(running):
                path, notebook = running[future]
                try:
                    future.result()
                except ExecutionError as error:
                    errors.append(error)
                else:
                    _write(path, notebook)
                    written.append(path)
        except BaseException:
            _end_kernels()
            pool.shutdown(cancel_futures=True)
            raise
    return sorted(written), errors


def _end_kernels() -> None:
    """End what runs: kernels are processes of their own, which an interrupt does not reach."""
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            process.kill()


def _reuse(path: Path, notebook: Notebook) -> bool:
    """Take over the outputs of the notebook that is there, if its code and library are the same."""
    try:
        found = nbformat.read(path, as_version=nbformat.NO_CONVERT)  # type: ignore[no-untyped-call]
        nbformat.validate(found)
    except (OSError, ValueError, nbformat.ValidationError):
        return False
    old = [cell for cell in found.cells if cell.cell_type == "code"]
    new = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if [cell.source for cell in old] != [cell.source for cell in new]:
        return False
    if _output_drift(found) or _library_drift(found):
        return False
    for cell, before in zip(new, old, strict=True):
        cell.outputs, cell.execution_count = before.outputs, before.execution_count
    return True


def _write(path: Path, notebook: Notebook) -> None:
    notebook.metadata[ABOUT] |= _made_of(notebook)
    write_text(path, text_of(notebook))


class _ThisPython(KernelSpecManager):
    """Finds one kernel: the Python that runs this, whatever kernels are installed."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=command, language="python", display_name="Python 3")


def _execute(path: Path, notebook: Notebook, cell_done: Callable[..., None]) -> None:
    """Execute a notebook in place, with a kernel of its own; keep no stderr and no timings."""
    strict = notebook.metadata[ABOUT]["kind"] == "solution"
    variables = {
        **os.environ,
        STRICT: "1" if strict else "0",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "KERAS_BACKEND": "tensorflow",
    }
    folder = path.parent
    folder.mkdir(parents=True, exist_ok=True)
    client = NotebookClient(
        notebook,
        km=AsyncKernelManager(kernel_spec_manager=_ThisPython()),
        timeout=SECONDS,
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
        on_cell_executed=cell_done,
    )
    try:
        client.execute(
            env=variables, cleanup_kc=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise ExecutionError(f"{path}: {_failure(notebook, error)}") from None
    notebook.metadata = nbformat.from_dict(  # type: ignore[no-untyped-call]
        {**notebook.metadata, "language_info": {"name": "python"}}  # without the version
    )
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [out for out in cell.outputs if out.get("name") != "stderr"]


def _failure(notebook: Notebook, error: Exception) -> str:
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in cells:
        for out in cell.outputs:
            if out.output_type == "error":
                return f"cell {_name(cell)} raised {out.ename}: {out.evalue}"
    reached = [cell for cell in cells if cell.execution_count is not None]
    where = f"cell {_name(reached[-1])}" if reached else "the first cell"
    return f"{where}: {type(error).__name__} ({SECONDS} s allowed)"
