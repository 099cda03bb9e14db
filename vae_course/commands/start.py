"""`vae-course start` and `vae-course progress`: a folder to work in, and how far one has come."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

import vae_course
from vae_course.commands.terminal import NEEDS_LOOK, bad_input, console, need_packages, say, styled

if TYPE_CHECKING:
    from vae_course.grading.working_copy import Stand

Folder = Annotated[Path, typer.Argument(help="Folder of your copies.")]
MINE = Path("my-lessons")
_SAID = {
    "copied": "copied",
    "merged": "brought up to date around what you have written",
    "kept": "as you left them",
    "left": "left alone",
}
_STYLES = {"passed": "green", "failed": "yellow", "error": "red", "not attempted": "dim"}


def _lessons() -> Path:
    """Folder of the lessons: here, or in the copy of the project that is installed."""
    installed = Path(vae_course.__file__).parents[1] / "lessons"
    here = Path("lessons")
    return installed if installed.is_dir() and not here.is_dir() else here


def start(
    folder: Folder = MINE,
    lessons: Annotated[
        Path | None, typer.Option(help="Folder of the lessons, if not found by itself.")
    ] = None,
) -> None:
    """Copy the lessons into a folder to work in; bring a newer course into copies that are there.

    What you have written is never overwritten: your answers and your own cells stay, new cells of
    the course come in around them, and what cannot be merged is said. To begin a lesson anew,
    rename or delete your copy of it, and start again.

    Example: [bold]vae-course start my-lessons[/bold]
    """
    with bad_input():
        need_packages("nbformat")
        from vae_course.grading import working_copy  # noqa: PLC0415

        done = working_copy.start(lessons or _lessons(), folder)
        for one in done:
            for note in one.notes:
                say(styled(one.name), f": {note}", highlight=False)
        how = [one.how for one in done]
        said = [f"{how.count(name)} {what}" for name, what in _SAID.items() if name in how]
        say(f"{folder}: {', '.join(said)}.")
        say("Open them: ", styled(f"jupyter lab {folder}"))
        if any(one.how == "left" for one in done):
            raise typer.Exit(NEEDS_LOOK)


def progress(folder: Folder = MINE) -> None:
    """Show which exercises you have passed, as your saved notebooks say.

    Example: [bold]vae-course progress my-lessons[/bold]
    """
    with bad_input():
        need_packages("nbformat")
        from vae_course.classroom.outcome import MARKS  # noqa: PLC0415
        from vae_course.grading import working_copy  # noqa: PLC0415

        found = working_copy.stand(folder)
    everything = [one for each in found.values() for one in each]
    table = Table("Lesson", "Exercises and questions", "Passed", "Stars")
    for name, each in found.items():
        marks = [
            styled(MARKS[one.kind], _STYLES[one.kind]) if one.kind else styled("·", "dim")
            for one in each
        ]
        lesson = name.removesuffix(".ipynb").replace("_", " ")
        table.add_row(lesson, styled(" ", "").join(marks), *_passed(each))
    console.print(table)
    exercises, stars = _passed(everything)
    say(f"{exercises} passed, {stars} stars.", highlight=False)
    say("✓ passed, ✗ wrong, ! error, ○ written and not run, · untouched", highlight=False)
    waiting = next((one.exercise for one in everything if one.kind != "passed"), None)
    if waiting:
        say("Next: ", styled(waiting.number), f", {waiting.name}")


def _passed(some: "Sequence[Stand]") -> tuple[str, str]:
    """Exercises and stars, those passed of all."""
    passed = [one.exercise.stars for one in some if one.kind == "passed"]
    stars = [one.exercise.stars for one in some]
    return f"{len(passed)} of {len(some)}", f"{sum(passed)} of {sum(stars)}"
