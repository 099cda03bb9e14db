"""The command line: `vae-course …`."""

import warnings
from typing import Annotated

import typer

import vae_course
from vae_course.commands.benchmark import benchmark
from vae_course.commands.demo import demo
from vae_course.commands.design import design
from vae_course.commands.doctor import doctor
from vae_course.commands.evolve import evolve
from vae_course.commands.generate import generate
from vae_course.commands.grade import grade
from vae_course.commands.identify import identify
from vae_course.commands.new import new
from vae_course.commands.simulate import simulate
from vae_course.commands.start import progress, start
from vae_course.commands.sync import sync
from vae_course.commands.terminal import Commands, console, show_warning
from vae_course.commands.train import train

app = typer.Typer(
    cls=Commands,
    help="Variational autoencoders on evolving microstructures, checked by physics.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        console.print(f"vae-course {vae_course.__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Variational autoencoders on evolving microstructures, checked by physics."""
    warnings.showwarning = show_warning


for command in (
    *(doctor, demo, start, progress),
    *(simulate, train, evolve, design, generate, identify, benchmark),
    *(sync, grade),
):
    app.command()(command)
app.add_typer(new, name="new")


if __name__ == "__main__":
    app()
