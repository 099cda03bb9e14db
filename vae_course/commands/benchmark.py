"""`vae-course benchmark`: any model of evolving microstructures, tried on a frozen suite."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vae_course import arguments
from vae_course.commands.terminal import (
    NEEDS_LOOK,
    bad_input,
    console,
    loading_keras,
    say,
    styled,
)

if TYPE_CHECKING:
    from vae_course.suite.report import Report


HEADS = {
    "rmse / nothing changes": "error",
    "mse": "mse",
    "accuracy": "accuracy",
    "ssim": "ssim",
    "drift": "drift",
    "domain size": "size",
    "euler number": "Euler",
}
"""Columns of the table of forecasts."""


def benchmark(
    model: Annotated[
        str, typer.Argument(help="FILE.py, or FILE.py:NAME, or a module: has the methods.")
    ],
    only: Annotated[str, typer.Option(help="Of forward,backward,property,design,generation.")] = "",
    suite: Annotated[
        Path | None, typer.Option(help="Folder of suite.npz; by default that of the checkout.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Of the fresh simulations; by default drawn anew.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder to write into.")] = Path("benchmark"),
) -> None:
    """Try a model on simulations that nothing may be trained on.

    A model is a Python file with the functions that it has (what it has not is left out):
    forecast(frames, times, ahead), past(images, factor, samples, seed), strain_energy(images),
    design(targets, seed), sample(times, fractions, seed). The file is run as it is: try only what
    you trust. Answers are compared with simulations and finite elements, and with those for
    simulations drawn a moment ago, so that a model which has seen the suite is found.

    OUT gets benchmark.json and, of forecasts, a figure.

    Example: [bold]vae-course benchmark my_model.py --only forward[/bold]
    """
    with bad_input():
        arguments.check_out(out)
        arguments.at_least(0, seed=seed)
    with loading_keras() as progress, bad_input():
        from vae_course.files import write_json  # noqa: PLC0415 (loads NumPy)
        from vae_course.plotting import save_figure  # noqa: PLC0415
        from vae_course.suite.data import load  # noqa: PLC0415 (loads SciPy)
        from vae_course.suite.models import load_model  # noqa: PLC0415
        from vae_course.suite.report import chosen, evaluate  # noqa: PLC0415 (loads Keras)

        wanted = [part for part in only.split(",") if part]
        tried = load_model(model)
        chosen(tried, wanted)

        def keep(found: "Report") -> None:
            write_json(out / "benchmark.json", {"model": model} | found.as_dict())

        report = evaluate(tried, load(suite), wanted, seed, keep, progress)
        if "forward" in report.tracks:
            save_figure(report.figure(model.rpartition(":")[2]), out / "forward.png")
    _say(report)
    if "forward" in report.tracks:
        say("Error: root mean square, over that of nothing changes; 1 is no better.")
    say("Numbers: ", styled(out / "benchmark.json"))
    if any(report.suspected.values()):
        raise typer.Exit(NEEDS_LOOK)


def _say(report: "Report") -> None:
    from rich.table import Table  # noqa: PLC0415 (slow to load)

    for name, numbers in report.tracks.items():
        nested = {key: one for key, one in numbers.items() if isinstance(one, dict)}
        if name == "forward":
            for kind, rows in nested.items():
                table = Table("ahead", *HEADS.values(), title=f"{kind.capitalize()} frames")
                for ahead, row in rows.items():
                    table.add_row(ahead, *(f"{row[key]:.3g}" for key in HEADS))
                console.print(table)
        else:
            table = Table(name, "")
            for key, one in numbers.items():
                table.add_row(key, _shown(one))
            console.print(table)
        say(f"{name}: {report.seconds[name]:,.1f} s, {report.memory[name]:,.0f} MiB.")
        for reason in report.suspected[name]:
            say(styled("Suspected:", "yellow"), f" {reason}.")


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(one)}" for key, one in value.items())
    if isinstance(value, (list, tuple)):
        return " ".join(_shown(one) for one in value)
    return str(value)
