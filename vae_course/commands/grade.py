"""`vae-course grade`, for instructors: what students handed in."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from vae_course.arguments import check_out
from vae_course.commands.terminal import (
    INTERRUPTED,
    NEEDS_LOOK,
    bad_input,
    console,
    errors,
    need_packages,
    quiet_import,
    say,
    styled,
)
from vae_course.progress import one_bar

if TYPE_CHECKING:
    from vae_course.grading.gradebook import Row


def grade(
    submissions: Annotated[
        Path,
        typer.Argument(help="What was handed in: a folder or a zip, as a platform exports it."),
    ],
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("grades"),
    lesson: Annotated[
        list[str] | None, typer.Option(help="Number of a lesson; can be given several times.")
    ] = None,
    lessons: Annotated[Path, typer.Option(help="The lessons as handed out.")] = Path("lessons"),
    roster: Annotated[
        Path | None, typer.Option(help="CSV of the class: shows who is missing.")
    ] = None,
    points: Annotated[
        str, typer.Option(help="passed, or effort: half the points for a try that is wrong.")
    ] = "passed",
    deadline: Annotated[
        str, typer.Option(help="Such as '2026-11-20 18:00'; a column of the roster goes before.")
    ] = "",
    late: Annotated[float, typer.Option(help="Per cent that a day begun after it costs.")] = 0.0,
    overrides: Annotated[
        Path | None,
        typer.Option(help="CSV of points by hand: student, exercise, points, comment; is kept."),
    ] = None,
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
        bool, typer.Option("--run-suspicious", help="Run code that no answer needs, too.")
    ] = False,
    fail_under: Annotated[
        float, typer.Option(help="Exit with 1 if a student has less than this percentage.")
    ] = 0.0,
) -> None:
    """Grade notebooks that students handed in. This runs their code, each in a sandbox of its own.

    Only the cells of exercises are taken. Each is run with what it needs of the lesson as handed
    out, and checked, in a process of its own, with limits of time and memory. OUT gets
    index.html, a page for each student, report.csv, report.json, and tables for Moodle and
    Canvas. Stopped, it goes on where it was. Exit code 1: some submission needs a look.

    Example: [bold]vae-course grade submissions.zip --lesson 03 --roster class.csv[/bold]
    """
    with bad_input():
        need_packages("nbformat")
        from vae_course.grading import gradebook, lesson_files  # noqa: PLC0415
        from vae_course.grading.classes import Class  # noqa: PLC0415
        from vae_course.grading.grade import How, check_limits  # noqa: PLC0415
        from vae_course.grading.grade import grade as grade_all  # noqa: PLC0415
        from vae_course.grading.pages import write_pages  # noqa: PLC0415
        from vae_course.grading.sandbox import choose  # noqa: PLC0415
        from vae_course.grading.scoring import Scoring, deadline_of  # noqa: PLC0415

        check_out(out)
        limits = check_limits(minutes, memory, cell_seconds, processes, fail_under)
        if out.resolve().is_relative_to(submissions.resolve()):
            raise ValueError(f"out must not lie in the folder of the submissions; got {out}")
        graded = lesson_files.read_lessons(lessons, lesson or ())
        with Class.read(submissions, roster) as the_class:
            by_hand = the_class.overrides(overrides, out / "overrides.csv", graded)
            scoring = Scoring(points, deadline_of(deadline), late, by_hand, the_class.people)
            how = How(limits, choose(sandbox), run_suspicious)
            console.print(f"Sandbox: {how.sandbox.name}.")
            with one_bar("Reading", console) as progress, quiet_import():
                read = the_class.submissions(graded, progress)
        try:
            with one_bar("Grading", console) as progress:
                grades = grade_all(read, how, processes, out / ".parts", progress)
        except (KeyboardInterrupt, InterruptedError):
            errors.print("Stopped. Give the same command again to go on.")
            raise typer.Exit(INTERRUPTED) from None
        book = gradebook.rows(scoring.count(grades), the_class.people, the_class.numbers)
        gradebook.write(out, book, graded)
        write_pages(out, book, graded, scoring, how.sandbox.name)
    _show(book)
    for line in the_class.unknown():
        say(line)
    say("Look at ", styled(out / "index.html"), f"; import {out / 'report.csv'}.")
    below = [row.student for row in book if row.percent < fail_under]
    if below:
        errors.print(f"{len(below)} below {fail_under:g} %: {', '.join(below)}")
    if below or any(row.status != "graded" for row in book):
        raise typer.Exit(NEEDS_LOOK)


def _show(book: Iterable["Row"]) -> None:
    table = Table("student", "status", "points", "percent", box=None, pad_edge=False)
    for row in book:
        table.add_row(row.student, row.status, f"{row.points:g}/{row.maximum}", f"{row.percent:g}")
    console.print(table)
