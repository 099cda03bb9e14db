"""The commands for those who teach: `vae-course sync` for authors, `vae-course grade`."""

import importlib.util
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import psutil
import typer
from rich.markup import escape
from rich.table import Table

from vae_course.progress import bars, one_bar, stages
from vae_course.requests import check_out
from vae_course.terminal import INTERRUPTED, bad_input, console, errors

if TYPE_CHECKING:
    from vae_course.classroom.gradebook import Row

NEEDS_LOOK = 1


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
        _need("jupytext", "nbclient", "ipykernel", "markdown")
        from vae_course.classroom import linter, notebooks  # noqa: PLC0415
        from vae_course.classroom.source import read_sources  # noqa: PLC0415

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
        errors.print(f"[red]✗[/] {escape(_relative(problem, root))}", highlight=False)
    if found and advice:
        errors.print(f"Notebooks are written by [bold]{advice}[/], from their sources only.")
    if found:
        raise typer.Exit(NEEDS_LOOK)


def _relative(text: str, root: Path) -> str:
    return text.replace(f"{root.resolve()}/", "")


def _lessons(count: int) -> str:
    return "1 lesson" if count == 1 else f"{count} lessons"


def grade(
    submissions: Annotated[Path, typer.Argument(help="A folder with one for each student.")],
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("grades"),
    lesson: Annotated[
        list[str] | None, typer.Option(help="Number of a lesson; can be given several times.")
    ] = None,
    lessons: Annotated[Path, typer.Option(help="The lessons as handed out.")] = Path("lessons"),
    minutes: Annotated[float, typer.Option(help="Time for a submission in all.")] = 15.0,
    memory: Annotated[float, typer.Option(help="Memory for a submission, in GiB.")] = 6.0,
    cell_seconds: Annotated[float, typer.Option(help="Time for a check.")] = 240.0,
    processes: Annotated[
        int, typer.Option(help="Submissions at a time; -1 for what cores and memory allow.")
    ] = -1,
    run_suspicious: Annotated[
        bool, typer.Option("--run-suspicious", help="Run code that looks harmful, too.")
    ] = False,
    fail_under: Annotated[
        float, typer.Option(help="Exit with 1 if a student has less than this percentage.")
    ] = 0.0,
) -> None:
    """Grade notebooks that students handed in. This runs their code: better in a container.

    Only the cells of exercises are taken, into the lesson as handed out, and run under nbval with
    limits of time and memory. OUT gets report.csv, report.json and index.html. Stopped, it goes on
    where it was. Exit code 1: some submission needs a look.

    Example: [bold]vae-course grade submissions --lesson 03 --out grades[/bold]
    """
    with bad_input():
        _need("nbval", "ipykernel")
        from vae_course.classroom import gradebook, lesson_files  # noqa: PLC0415
        from vae_course.classroom import submissions as handed  # noqa: PLC0415
        from vae_course.classroom.grade import check_limits  # noqa: PLC0415
        from vae_course.classroom.grade import grade as grade_all  # noqa: PLC0415

        check_out(out)
        limits = check_limits(minutes, memory, cell_seconds, processes, fail_under)
        if out.resolve().is_relative_to(submissions.resolve()):
            raise ValueError(f"out must not lie in the folder of the submissions; got {out}")
        graded = lesson_files.read_lessons(lessons, lesson or ())
        students = handed.find_students(submissions)
        read = [one for student in students for one in handed.read_student(student, graded)]
        try:
            with one_bar("Grading", console) as progress:
                grades = grade_all(
                    read, limits, processes, out / ".parts", run_suspicious, progress
                )
        except (KeyboardInterrupt, InterruptedError):
            errors.print("Stopped. Give the same command again to go on.")
            raise typer.Exit(INTERRUPTED) from None
        book = gradebook.rows(grades)
        gradebook.write(out, book, graded)
    _show(book)
    console.print(
        f"Look at [bold]{out / 'index.html'}[/]; import {out / 'report.csv'}.", soft_wrap=True
    )
    below = [row.student for row in book if row.percent < fail_under]
    if below:
        errors.print(f"{len(below)} below {fail_under:g} %: {escape(', '.join(below))}")
    if below or any(row.status != "graded" for row in book):
        raise typer.Exit(NEEDS_LOOK)


def _show(book: Iterable["Row"]) -> None:
    table = Table("student", "status", "points", "percent", box=None, pad_edge=False)
    for row in book:
        table.add_row(
            escape(row.student), row.status, f"{row.points}/{row.maximum}", f"{row.percent:g}"
        )
    console.print(table)


def _need(*names: str) -> None:
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        raise ValueError(
            f"this command needs {' and '.join(missing)}: pip install {' '.join(missing)}"
        )
