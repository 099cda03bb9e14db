"""What an error in a learner's code says: the message, and which line of theirs raised it."""

import linecache
import re
import sysconfig
import traceback
from pathlib import Path

_PACKAGE = str(Path(__file__).parents[1])
_INSTALLED = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})
# TensorFlow runs a copy of code that is part of a graph, and tells of the original in the message.
_COPY = "__autograph_generated_file"
_ORIGINAL = re.compile(r'^\s*File "([^"]+)", line (\d+), in [^\n]*\n\s*([^\n]+)', re.MULTILINE)


def is_blank(error: BaseException) -> bool:
    """Whether an error was raised by the line that a lesson has in place of an answer.

    Libraries raise a `NotImplementedError`, too, as np.exp does of a tensor in a graph.
    """
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return _theirs(frame.filename) and "raise NotImplementedError" in _source(frame)


def line(error: BaseException) -> str:
    """Return the learner's line that raised an error, with its number; empty if there is none."""
    for name, number, source in reversed(_ORIGINAL.findall(str(error))):
        if _theirs(name):
            return f"{number}: {source.strip()}"
    frames = reversed(traceback.extract_tb(error.__traceback__))
    return next((_source(frame) for frame in frames if _theirs(frame.filename)), "")


def message(error: BaseException) -> str:
    """Return kind and message of an error in one line of at most 300 characters."""
    lines = "".join(traceback.format_exception_only(error)).strip().splitlines()
    # Keras and TensorFlow put the point first and pages of detail below it; but for code in a
    # graph it comes last, below all that called it.
    if _ORIGINAL.search(str(error)):
        lines = [lines[-1].strip()]
    text = lines[0] if len(lines) > 1 and lines[0].rstrip().endswith((".", ":")) else lines[-1]
    if text.rstrip().endswith(":") and len(lines) > 1:
        text = f"{text} {next((line.strip() for line in lines[1:] if line.strip()), '')}"
    return text if len(text) <= 300 else f"{text[:297]}…"


def _theirs(filename: str) -> bool:
    """Whether a file is neither the course's nor an installed package's nor made by one."""
    return not filename.startswith((_PACKAGE, *_INSTALLED, "<frozen", "<__array")) and (
        _COPY not in filename
    )


def _source(frame: traceback.FrameSummary) -> str:
    text = frame.line or linecache.getline(frame.filename, frame.lineno or 0)
    return f"{frame.lineno}: {text.strip()}"
