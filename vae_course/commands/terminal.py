"""What the commands share: where they write, and how they speak of errors and warnings."""

import codecs
import contextlib
import gc
import importlib.util
import io
import os
import re
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any, TextIO

import typer
import typer.core
from rich.console import Console
from rich.text import Text

from vae_course.progress import Progress, bars, stages

if TYPE_CHECKING:
    from vae_course.vae.distributed import Team

console = Console(emoji=False, markup=False)
errors = Console(stderr=True, soft_wrap=True, emoji=False, markup=False)
"""Nothing that is printed is taken for markup: what is to be marked goes through `say`."""

LOOKS = {"✓": "+", "✗": "x", "–": "-", "…": "...", "★": "*", "×": "x", "φ": "phi", "λ": "lambda"}
"""What stands for signs that an output cannot show."""

NEEDS_LOOK = 1
BAD_INPUT = 2
INTERRUPTED = 130
BACKENDS = {
    "tensorflow": "run `make install`",
    "jax": "pip install -e '.[jax]' in the folder of the course",
}
"""Backends of Keras that the course runs on, and how to have each."""


def styled(what: object, style: str = "bold") -> Text:
    """Mark a part of what `say` says."""
    return Text(str(what), style)


def say(*parts: str | Text, to: Console = console, highlight: bool | None = None) -> None:
    """Print parts of a line, none of which is taken for markup."""
    line = Text()
    for part in parts:
        line.append(part if isinstance(part, Text) else to.render_str(part, highlight=highlight))
    to.print(line, soft_wrap=True, highlight=False)


def plain_where_needed(*streams: TextIO) -> None:
    """Have other signs stand for those that a stream cannot show, such as ✓ in cp1252."""

    def look(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeEncodeError):
            raise error
        signs = error.object[error.start : error.end]
        return "".join(LOOKS.get(sign, "?") for sign in signs), error.end

    codecs.register_error("vae-course", look)
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper) and "utf" not in stream.encoding.lower():
            stream.reconfigure(errors="vae-course")


def show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Show a warning as a sentence, without the line of code that it comes from."""
    say(styled("Warning:", "yellow"), f" {message}", to=errors, highlight=False)


@contextlib.contextmanager
def bad_input(kinds: tuple[type[Exception], ...] = (ValueError, OSError)) -> Iterator[None]:
    """Turn an error of the input into one line and exit code 2.

    Raises:
        typer.Exit: In place of such an error.
    """
    try:
        yield
    except BrokenPipeError:
        raise  # whoever was reading has gone; Typer knows what to do
    except kinds as error:
        said = str(error)
        if isinstance(error, OSError) and error.strerror and error.filename:
            said = f"{error.filename}: {error.strerror}"  # without its number
        first = as_option(said.splitlines()[0] if said else type(error).__name__)
        say(styled("Error:", "red"), f" {first}", to=errors, highlight=False)
        raise typer.Exit(BAD_INPUT) from None


def as_option(said: str) -> str:
    """Name an option as it is typed where an error begins with the argument that it becomes."""
    return re.sub(
        r"^([a-z]+(?:_[a-z0-9]+)+)(?= must\b)", lambda m: f"--{m[1].replace('_', '-')}", said
    )


def interrupted(*message: str | Text) -> typer.Exit:
    """Say that a command was stopped by Ctrl-C; to be called once the interrupt is handled.

    Then nothing holds what was running, and TensorFlow can end what still read batches; left to
    the end of Python, it would complain of that.
    """
    gc.collect()
    say(*message, to=errors)
    return typer.Exit(INTERRUPTED)


class Commands(typer.core.TyperGroup):
    """Commands that end with one line when stopped, or where a file cannot be written."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command."""
        plain_where_needed(sys.stdout, sys.stderr)
        with contextlib.suppress(KeyboardInterrupt), bad_input((OSError,)):
            return super().invoke(ctx)
        raise interrupted("Stopped.")


@contextlib.contextmanager
def loading_keras() -> Iterator[Progress]:
    """Show bars, and load Keras, so that the block can import modules that need it.

    Raises:
        typer.Exit: If KERAS_BACKEND names a backend that the course does not run on.
    """
    with bad_input():
        check_backend()
    with bars(console) as shown:
        first = shown.add_task("Loading Keras", total=None, note="")
        with quiet_import():
            import keras  # noqa: PLC0415

            keras.ops.ones(1)  # wakes the backend, which speaks once more
        shown.update(first, total=1, completed=1)
        yield stages(shown)


def check_backend() -> None:
    """Refuse a backend that the course does not run on, before Keras fails to load it.

    Raises:
        ValueError: If KERAS_BACKEND is another, or its package is not installed.
    """
    backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
    if backend not in BACKENDS:
        raise ValueError(f"KERAS_BACKEND must be {' or '.join(BACKENDS)}; got {backend}")
    if importlib.util.find_spec(backend) is None:
        raise ValueError(f"KERAS_BACKEND is {backend}, which is not installed: {BACKENDS[backend]}")


@contextlib.contextmanager
def joined(distributed: bool) -> Iterator["Team | None"]:
    """Join the processes that train together, on JAX; only the first one goes on to speak."""
    if not distributed:
        yield None
        return
    with bad_input((ValueError, ImportError)):
        if importlib.util.find_spec("jax") is None:
            raise ImportError(
                "--distributed needs JAX: pip install -e '.[cluster]' in the folder of the course"
            )
        os.environ.setdefault("KERAS_BACKEND", "jax")
        with quiet_import():
            from vae_course.vae.distributed import join, launched  # noqa: PLC0415 (loads Keras)
        place, processes = launched() or (0, 1)
        console.quiet = place > 0
        if processes > 1:
            errors.print(f"Process {place} of 0 to {processes - 1} waits for the others …")
        team = join()
    with team:
        console.print(f"Devices: {team.devices}; processes: {team.processes}.")
        yield team


@contextlib.contextmanager
def quiet_import() -> Iterator[None]:
    """Hold back what TensorFlow's libraries print while they load; show it if loading fails.

    Raises:
        KeyboardInterrupt: At the end, if Ctrl-C came in the block and a library has swallowed it.
    """
    stopped = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True
        raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    main = threading.current_thread() is threading.main_thread()
    watched = main and before is signal.default_int_handler  # not ignored, as in the background
    if watched:
        signal.signal(signal.SIGINT, stop)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # its real errors are exceptions
    with tempfile.TemporaryFile() as kept:
        sys.stderr.flush()
        saved = os.dup(2)
        os.dup2(kept.fileno(), 2)
        try:
            yield
        except Exception:
            kept.seek(0)
            os.write(saved, kept.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(saved, 2)
            os.close(saved)
            if watched:
                signal.signal(signal.SIGINT, before)
    if stopped:
        raise KeyboardInterrupt


def need_packages(*names: str) -> None:
    """Refuse a command whose optional packages are not installed.

    Raises:
        ValueError: If one is missing.
    """
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        raise ValueError(
            f"this command needs {' and '.join(missing)}: pip install {' '.join(missing)}"
        )
