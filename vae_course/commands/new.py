"""`vae-course new`, for authors: skeletons of exercises and lessons."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from vae_course.commands.terminal import bad_input, console, need_packages, say, styled

new = typer.Typer(rich_markup_mode="rich", no_args_is_help=True)

Name = Annotated[
    str, typer.Argument(help="Name of the function that is asked for; you can choose it later.")
]
Stars = Annotated[int, typer.Option(help="Difficulty: 1 a line, 2 a function, 3 think first.")]
Root = Annotated[Path, typer.Option(help="Folder of the project.")]


@new.callback()
def group() -> None:
    """Write the skeleton of an exercise or of a lesson, for an author to fill in.

    Example: [bold]vae-course new exercise 3.6 effective_axes[/bold]
    """


@new.command()
def exercise(
    number: Annotated[str, typer.Argument(help="The next number of a lesson, such as 3.6.")],
    name: Name = "",
    stars: Stars = 2,
    root: Root = Path(),
) -> None:
    """Add an exercise to a lesson, with its check and with answers to test the check by.

    It works as it is written: it asks to double some values. Then
    `vae-course sync` names each place to fill in, by file and line, until none is left.

    Example: [bold]vae-course new exercise 3.6 effective_axes --stars 1[/bold]
    """
    with bad_input():
        need_packages("jupytext", "nbformat", "markdown")
        from vae_course.authoring.skeletons import new_exercise  # noqa: PLC0415

        _say(new_exercise(root.resolve(), number, name, stars), root, number.partition(".")[0])


@new.command()
def lesson(
    number: Annotated[str, typer.Argument(help="The next number, such as 11.")],
    topic: Annotated[str, typer.Argument(help="For the names of its files, such as some_topic.")],
    name: Name = "",
    stars: Stars = 2,
    root: Root = Path(),
) -> None:
    """Begin a lesson, with a first exercise; add others by `vae-course new exercise`.

    It runs as it is written. Then `vae-course sync` names each place to
    fill in, by file and line, until none is left.

    Example: [bold]vae-course new lesson 14 some_topic critical_radius[/bold]
    """
    with bad_input():
        need_packages("jupytext", "nbformat", "markdown")
        from vae_course.authoring.skeletons import new_lesson  # noqa: PLC0415

        _say(new_lesson(root.resolve(), number, topic, name, stars), root, number)


def _say(paths: Iterable[Path], root: Path, lesson: str) -> None:
    for path in paths:
        shown = path.relative_to(root.resolve())
        console.print(f"Written: {shown}", soft_wrap=True, highlight=False)
    say("What to fill in: ", styled(f"vae-course sync --check --only {lesson}"))
