"""Progress bars, for anything that takes more than a few seconds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich import progress as rich_progress
from rich.console import Console
from rich.progress import (
    BarColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

Progress = Callable[[str, float, str], None]
"""Called with the name of a stage, the part of it that is done, and a word on how it goes."""

Counted = Callable[[int, int], None]
"""Called with how much is done, and how much there is in all."""


def silent(stage: str, part: float, note: str) -> None:
    """Show nothing: for jobs that nobody watches."""


def bars(console: Console | None = None) -> rich_progress.Progress:
    """Make the bars of this project: what, how far, time taken, time left, and a note.

    Args:
        console: Where to draw; standard output by default.

    Returns:
        Rich's progress display; its tasks have a field `note`.
    """
    return rich_progress.Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.fields[note]}"),
        console=console,
    )


def stages(shown: rich_progress.Progress, prefix: str = "") -> Progress:
    """Make a function that draws a bar for each stage of a job, as it is first heard of.

    Args:
        shown: What `bars` returned.
        prefix: Put before the name of each stage.

    Returns:
        The function to call with a stage, the part of it that is done, and a note.
    """
    tasks: dict[str, TaskID] = {}

    def progress(stage: str, part: float, note: str) -> None:
        if stage not in tasks:
            tasks[stage] = shown.add_task(prefix + stage, total=1.0, note="")
        shown.update(tasks[stage], completed=part, note=note)

    return progress


@contextmanager
def one_bar(description: str, console: Console | None = None) -> Iterator[Counted]:
    """Show a single bar while the block runs.

    Args:
        description: What is being done.
        console: Where to draw; standard output by default.

    Yields:
        The function to call as the work goes on.
    """
    with bars(console) as shown:
        task = shown.add_task(description, total=None, note="")
        yield lambda done, total: shown.update(task, completed=done, total=total)
