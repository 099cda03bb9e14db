"""`vae-course sync`, for authors: the notebooks of the lessons, made from their sources."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import psutil
import typer

from vae_course.commands.terminal import (
    INTERRUPTED,
    NEEDS_LOOK,
    bad_input,
    console,
    errors,
    need_packages,
    say,
    styled,
)
from vae_course.progress import bars, stages


def sync(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail where anything has drifted.")
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option(help="Number of a lesson; can be given several times.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Execute unchanged lessons, too.")] = False,
    jobs: Annotated[
        int, typer.Option(help="Notebooks to execute at a time; 0 for one a pair of cores.")
    ] = 0,
    root: Annotated[Path, typer.Option(help="Folder of the project.")] = Path(),
) -> None:
    """Make the notebooks of the lessons from solutions/NN_topic.py, and execute them.

    Lessons whose code is unchanged are not executed again. What a lesson lacks (a check, a hint,
    wrong answers to test the check with, a link that leads somewhere, …) is said, and makes the
    command fail.

    Example: [bold]vae-course sync --only 03[/bold]
    """
    with bad_input():
        need_packages("jupytext", "nbclient", "ipykernel", "markdown")
        from vae_course.authoring import linter, notebooks  # noqa: PLC0415
        from vae_course.authoring.source import read_sources  # noqa: PLC0415

        sources = read_sources(root.resolve(), only or ())
        problems = [problem for source in sources for problem in linter.lint(source)]
        if check:
            drifts = [drift for source in sources for drift in notebooks.drifts(source)]
            drifts += [] if only else notebooks.strays(root.resolve(), sources)
            _fail([*problems, *map(str, drifts)], root, "vae-course sync")
            console.print(f"{_lessons(len(sources))} and their notebooks agree.")
            return
        if jobs < 0:
            raise ValueError(f"jobs must be 0 or more; got {jobs}")
        jobs = jobs or max(1, (psutil.cpu_count() or 1) // 2)
        try:
            with bars(console) as shown:
                draw = stages(shown)
                written, failed = notebooks.sync(
                    sources, force, jobs, lambda done, total: draw("Executing", done / total, "")
                )
        except KeyboardInterrupt:
            errors.print("Stopped. What was finished is written.")
            raise typer.Exit(INTERRUPTED) from None
    for path in written:
        console.print(f"Written: {_relative(str(path), root)}", highlight=False)
    if not written and not failed:
        console.print("Nothing has changed.")
    _fail([*map(str, failed), *problems], root)


def _fail(problems: Iterable[str], root: Path, advice: str = "") -> None:
    found = list(problems)
    for problem in found:
        say(styled("✗", "red"), f" {_relative(problem, root)}", to=errors, highlight=False)
    if found and advice:
        say("Notebooks are written by ", styled(advice), ", from their sources only.", to=errors)
    if found:
        raise typer.Exit(NEEDS_LOOK)


def _relative(text: str, root: Path) -> str:
    return text.replace(f"{root.resolve()}/", "")


def _lessons(count: int) -> str:
    return "1 lesson" if count == 1 else f"{count} lessons"
