"""`vae-course grade`, for instructors: what students handed in."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from vae_course.arguments import check_out
from vae_course.commands.terminal import (
    INTERRUPTED,
    NEEDS_LOOK,
    bad_input,
    console,
    errors,
    need_packages,
)
from vae_course.progress import one_bar

if TYPE_CHECKING:
    from vae_course.grading.gradebook import Row


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
    sandbox: Annotated[
        str, typer.Option(help="bubblewrap, docker, podman, or none; auto: the first that works.")
    ] = "auto",
    run_suspicious: Annotated[
        bool, typer.Option("--run-suspicious", help="Run code that looks harmful, too.")
    ] = False,
    fail_under: Annotated[
        float, typer.Option(help="Exit with 1 if a student has less than this percentage.")
    ] = 0.0,
) -> None:
    """Grade notebooks that students handed in. This runs their code, each in a sandbox of its own.

    Only the cells of exercises are taken. Each is run with what it needs of the lesson as handed
    out, and checked, in a process of its own, with limits of time and memory. OUT gets
    report.csv, report.json and index.html. Stopped, it goes on where it was. Exit code 1: some
    submission needs a look.

    Example: [bold]vae-course grade submissions --lesson 03 --out grades[/bold]
    """
    with bad_input():
        need_packages("nbformat")
        from vae_course.grading import gradebook, lesson_files  # noqa: PLC0415
        from vae_course.grading import submissions as handed  # noqa: PLC0415
        from vae_course.grading.grade import How, check_limits  # noqa: PLC0415
        from vae_course.grading.grade import grade as grade_all  # noqa: PLC0415
        from vae_course.grading.sandbox import choose  # noqa: PLC0415

        check_out(out)
        limits = check_limits(minutes, memory, cell_seconds, processes, fail_under)
        if out.resolve().is_relative_to(submissions.resolve()):
            raise ValueError(f"out must not lie in the folder of the submissions; got {out}")
        graded = lesson_files.read_lessons(lessons, lesson or ())
        students = handed.find_students(submissions)
        how = How(limits, choose(sandbox), run_suspicious)
        console.print(f"Sandbox: {how.sandbox.name}.")
        read = [one for student in students for one in handed.read_student(student, graded)]
        try:
            with one_bar("Grading", console) as progress:
                grades = grade_all(read, how, processes, out / ".parts", progress)
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
