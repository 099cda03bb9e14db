"""Files that are whole or not there: each appears at once under its name, or not at all."""

import hashlib
import json
import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil

LOCK = ".lock"
"""File of a folder that says which process writes into it."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` that replaces it if the block succeeds.

    Args:
        path: The file to write; its folder is made where it is missing.

    Yields:
        The temporary path, on the same file system.

    Raises:
        OSError: If the file cannot be written, such as on a full disk; it names `path`.
    """
    start, temporary = f".{path.name}.", None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=start, suffix=path.suffix, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    except OSError as error:
        if error.filename is None or Path(error.filename).name.startswith(start):
            error.filename = str(path)
        raise
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8, with line ends as they are.

    What is no text, as the name of a file can be, becomes a question mark.

    Args:
        path: The file to write.
        text: What to write.

    Raises:
        OSError: As `replacing` does.
    """
    write_texts({path: text})


def write_texts(texts: Mapping[Path, str]) -> None:
    """Write several texts as `write_text` does, all or none.

    Args:
        texts: What to write, by the file to write it to.

    Raises:
        OSError: As `replacing` does; no file has changed then, and no folder is made.
    """
    missing = [folder for path in texts for folder in path.parents if not folder.exists()]
    try:
        with ExitStack() as stack:
            for path, text in texts.items():
                temporary = stack.enter_context(replacing(path))
                temporary.write_text(text, encoding="utf-8", errors="replace", newline="\n")
    except BaseException:
        for folder in missing:
            with suppress(OSError):
                folder.rmdir()
        raise


def write_json(path: Path, content: Any, indent: int | None = 2) -> None:
    """Write content as JSON, with a line end at the end.

    Args:
        path: The file to write.
        content: What to write: dictionaries, lists, texts and Python's own numbers.
        indent: Spaces by which each level is set in; None puts all on one line.

    Raises:
        OSError: As `replacing` does.
        TypeError: If something in it is of another type; nothing is written.
    """
    write_text(path, json.dumps(content, indent=indent, ensure_ascii=False) + "\n")


def write_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays by name, compressed; equal arrays give equal bytes.

    Args:
        path: The file to write, .npz.
        arrays: What to write.

    Raises:
        OSError: As `replacing` does.
    """
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)


def sha256(path: Path) -> str:
    """Compute the SHA-256 of a file.

    Args:
        path: The file.

    Returns:
        64 hexadecimal digits.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def held_by(folder: Path) -> str:
    """Say which process writes into a folder; empty if none does.

    Args:
        folder: The folder.

    Returns:
        Such as "process 123"; what a process left that has ended does not count.
    """
    try:
        said = json.loads((folder / LOCK).read_text(encoding="utf-8"))
        host, number, since = str(said["host"]), int(said["process"]), float(said["since"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    if host != socket.gethostname():
        return f"process {number} on {host}"
    try:
        alive = abs(psutil.Process(number).create_time() - since) < 1.0
    except psutil.Error:
        alive = False
    return f"process {number}" if alive and number != os.getpid() else ""


@contextmanager
def holding(folder: Path) -> Iterator[None]:
    """Keep other processes from writing into a folder while the block runs.

    Args:
        folder: The folder; it is made where it is missing.

    Raises:
        ValueError: If another process writes into it.
    """
    if holder := held_by(folder):
        raise ValueError(f"out is in use: {holder} writes into {folder}")
    own = psutil.Process()
    about = {"host": socket.gethostname(), "process": own.pid, "since": own.create_time()}
    write_json(folder / LOCK, about)
    try:
        yield
    finally:
        (folder / LOCK).unlink(missing_ok=True)
