"""The command line: `vae-course …`."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    TaskID,
)
from rich.table import Table

import vae_course
from vae_course.progress import bars, one_bar

app = typer.Typer(
    help="Variational autoencoders on evolving microstructures, checked by physics.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
console = Console()
errors = Console(stderr=True, soft_wrap=True)

BAD_INPUT = 2


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


@app.command()
def doctor() -> None:
    """Check this computer and say what to do about what is missing.

    Example: [bold]vae-course doctor[/bold]
    """
    from vae_course.doctor import examine  # noqa: PLC0415

    marks = {"ok": "[green]✓[/]", "optional": "[yellow]–[/]", "missing": "[red]✗[/]"}
    table = Table(box=None, pad_edge=False)
    for heading in ("", "", "found", "what to do"):
        table.add_column(heading, overflow="fold")
    missing = False
    with console.status("Looking at this computer (Keras takes a few seconds) …"), _quiet_import():
        for finding in examine():
            missing = missing or finding.state == "missing"
            table.add_row(marks[finding.state], finding.name, finding.found, finding.advice)
    console.print(table)
    console.print("Something is missing: see above." if missing else "All that is needed is there.")
    if missing:
        raise typer.Exit(1)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("report"),
    minutes: Annotated[float, typer.Option(help="Time for training.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Seed of everything drawn at random.")] = 0,
    patterns: Annotated[
        Path | None, typer.Option(help="Folder with real patterns (Image*.txt) to take in.")
    ] = None,
) -> None:
    """Train a VAE, predict past and future, and write a report with pictures and numbers.

    Example: [bold]vae-course demo --minutes 2 --patterns my_patterns --out report[/bold]
    """
    with _bad_input():
        from vae_course.demo.request import prepare  # noqa: PLC0415

        job = prepare(out, seed, minutes, patterns)
    with bars(console) as shown:
        first = shown.add_task("Loading Keras", total=None, note="")
        with _quiet_import():
            import keras  # noqa: PLC0415

            from vae_course.demo.job import run  # noqa: PLC0415

            keras.ops.ones(1)  # wakes the backend, which speaks once more
        shown.update(first, total=1, completed=1)
        tasks: dict[str, TaskID] = {}

        def progress(stage: str, part: float, note: str) -> None:
            if stage not in tasks:
                tasks[stage] = shown.add_task(stage, total=1.0, note="")
            shown.update(tasks[stage], completed=part, note=note)

        metrics = run(job, progress)
    scores = metrics["reconstruction"]
    console.print(
        f"Held-out mean squared error with {scores['latent']} numbers a picture: VAE "
        f"{scores['vae_mse']:.4f}, PCA {scores['pca_mse']:.4f}."
    )
    console.print(f"Open [bold]{out / 'index.html'}[/] in a browser.", soft_wrap=True)


@app.command()
def simulate(
    out: Annotated[Path, typer.Option(help="File to write (.npz); must be new.")],
    simulations: Annotated[int, typer.Option(help="Number of simulations.")] = 100,
    case: Annotated[int, typer.Option(help="1, 2 or 3: mean of 0.5, 0.63 or 0.75.")] = 1,
    seed: Annotated[int, typer.Option(help="Seed of the parameters.")] = 0,
    frames: Annotated[
        int, typer.Option(help="Frames kept of a simulation; 0 keeps the whole schedule.")
    ] = 12,
    energies: Annotated[bool, typer.Option(help="Compute the strain energies.")] = True,
    processes: Annotated[int, typer.Option(help="Processes; -1 for one a core.")] = -1,
) -> None:
    """Simulate a dataset of microstructures; goes on where it was stopped.

    Finished simulations wait in OUT.parts until all are done. Equal settings give equal files, bit
    for bit, whatever the number of processes.

    Example: [bold]vae-course simulate --simulations 200 --case 1 --seed 7 --out patterns.npz[/bold]
    """
    from vae_course.data import PatternFileError, generate  # noqa: PLC0415
    from vae_course.data.generate import discard_parts, draw_parameters  # noqa: PLC0415

    parts = out.with_name(out.name + ".parts")
    with _bad_input():
        if out.suffix != ".npz":
            raise ValueError(f"out must end in .npz; got {out}")
        if out.exists():
            raise ValueError(f"out must be new; {out} exists")
        if processes == 0 or processes < -1:
            raise ValueError(f"processes must be -1 or at least 1; got {processes}")
        if frames < 0:
            raise ValueError(f"frames must not be negative; got {frames}")
        draw_parameters(simulations, case, seed)
    with _bad_input((PatternFileError,)), one_bar("Simulating", console) as progress:
        patterns = generate(
            simulations,
            case,
            seed,
            frames=frames or None,
            energies=energies,
            processes=processes,
            folder=parts,
            progress=progress,
        )
    patterns.save(out)
    discard_parts(parts)
    console.print(f"{len(patterns)} images of {simulations} simulations: [bold]{out}[/]")
    console.print(f"Use them: [bold]PatternSet.load({str(out)!r})[/]", soft_wrap=True)


@contextlib.contextmanager
def _bad_input(kinds: tuple[type[Exception], ...] = (ValueError, OSError)) -> Iterator[None]:
    """Turn an error of the input into one line and exit code 2."""
    try:
        yield
    except kinds as error:
        errors.print(f"[red]Error:[/] {str(error).splitlines()[0]}", highlight=False)
        raise typer.Exit(BAD_INPUT) from None


@contextlib.contextmanager
def _quiet_import() -> Iterator[None]:
    """Hold back what TensorFlow's libraries print while they load; show it if loading fails."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # errors only, from then on
    with tempfile.TemporaryFile() as kept:
        sys.stderr.flush()
        saved = os.dup(2)
        os.dup2(kept.fileno(), 2)
        try:
            yield
        except BaseException:
            kept.seek(0)
            os.write(saved, kept.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(saved, 2)
            os.close(saved)


if __name__ == "__main__":
    app()
