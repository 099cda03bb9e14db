"""The command line: `vae-course …`."""

import warnings
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

import vae_course
from vae_course.classroom.commands import grade, sync
from vae_course.progress import one_bar
from vae_course.requests import (
    check_design,
    check_evolve,
    check_simulate,
    check_training,
    check_training_folder,
    code_shape,
    read_data,
)
from vae_course.terminal import (
    INTERRUPTED,
    Commands,
    bad_input,
    console,
    errors,
    joined,
    keras_loaded,
    quiet_import,
    show_warning,
)

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
    with console.status("Looking at this computer (Keras takes a few seconds) …"), quiet_import():
        for finding in examine():
            missing = missing or finding.state == "missing"
            table.add_row(marks[finding.state], finding.name, finding.found, finding.advice)
    console.print(table)
    console.print("Something is missing: see above." if missing else "All that is needed is there.")
    raise typer.Exit(int(missing))


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
    with bad_input():
        from vae_course.demo.request import prepare  # noqa: PLC0415

        job = prepare(out, seed, minutes, patterns)
    with keras_loaded("vae_course.demo.job") as (module, progress):
        metrics = module.run(job, progress)
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
    scheduler: Annotated[
        str | None,
        typer.Option(help="Dask scheduler, as tcp://10.0.0.1:8786: its workers simulate."),
    ] = None,
) -> None:
    """Simulate a dataset of microstructures; goes on where it was stopped.

    Finished simulations wait in OUT.parts until all are done. Equal settings give equal files, bit
    for bit, whatever the number of processes or machines.

    Example: [bold]vae-course simulate --simulations 200 --case 1 --seed 7 --out patterns.npz[/bold]
    """
    from vae_course.data import PatternFileError, generate  # noqa: PLC0415
    from vae_course.data.generate import discard_parts, draw_parameters  # noqa: PLC0415
    from vae_course.data.workers import ClusterError  # noqa: PLC0415

    parts = out.with_name(out.name + ".parts")
    with bad_input():
        check_simulate(out, frames, processes)
        draw_parameters(simulations, case, seed)
    with bad_input((PatternFileError, ClusterError)), one_bar("Simulating", console) as progress:
        patterns = generate(
            simulations,
            case,
            seed,
            frames=frames or None,
            energies=energies,
            processes=processes,
            scheduler=scheduler,
            folder=parts,
            progress=progress,
        )
    patterns.save(out)
    discard_parts(parts)
    console.print(f"{len(patterns)} images of {simulations} simulations: [bold]{out}[/]")
    console.print(f"Use them: [bold]PatternSet.load({str(out)!r})[/]", soft_wrap=True)


@app.command()
def train(
    data: Annotated[
        str,
        typer.Option(
            help="`embedded`, a .npz file, or a folder of them, of the dataset or of micrographs."
        ),
    ] = "embedded",
    case: Annotated[str, typer.Option(help="Case of the patterns: 1, 2, 3 or all.")] = "1",
    latent: Annotated[
        str, typer.Option(help="Length of the code, as 32, or its shape, as 8x8x4.")
    ] = "4x4x4",
    minutes: Annotated[
        float | None, typer.Option(help="Time for training; 3 if --epochs is not given.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs in all, in place of a time.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything drawn at random.")] = 0,
    batch_size: Annotated[int, typer.Option(help="Images a batch.")] = 64,
    learning_rate: Annotated[float, typer.Option(help="The highest learning rate.")] = 4e-3,
    beta: Annotated[float, typer.Option(help="Weight of the KL term.")] = 1.0,
    mixed_precision: Annotated[
        bool, typer.Option("--mixed-precision", help="Compute in bfloat16: faster on recent GPUs.")
    ] = False,
    distributed: Annotated[
        bool,
        typer.Option("--distributed", help="Share each batch with other processes and devices."),
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last epoch.")] = False,
    out: Annotated[Path, typer.Option(help="Folder of the model.")] = Path("model"),
) -> None:
    """Train a VAE on any patterns; can be stopped and gone on with.

    OUT gets the best model, its history, a model card and a figure. To go on after a stop, give
    the same command with --resume.

    With --distributed, each process that SLURM or Open MPI starts takes its share of each batch;
    it runs on JAX and needs --epochs. The website tells more, under Several machines.

    Example: [bold]vae-course train --data patterns.npz --minutes 10 --out model[/bold]
    """
    with bad_input():
        if distributed and epochs is None:
            raise ValueError("--distributed needs --epochs: the clocks of several machines differ")
        if minutes is None and epochs is None:
            minutes = 3.0
        code = code_shape(latent)
        check_training(minutes, epochs, seed, batch_size, learning_rate, beta)
        check_training_folder(out, resume)
        patterns = read_data(data, case)
    try:
        with (
            joined(distributed) as team,
            keras_loaded("vae_course.vae.training") as (training, progress),
            bad_input((ValueError, OSError, FloatingPointError)),
        ):
            done = training.train(
                patterns,
                out,
                source=f"{data}, case {case}",
                latent=code,
                minutes=minutes,
                epochs=epochs,
                seed=seed,
                batch_size=batch_size,
                learning_rate=learning_rate,
                beta=beta,
                mixed_precision=mixed_precision,
                resume=resume,
                team=team,
                progress=progress,
            )
    except KeyboardInterrupt:
        how = "To go on, give the same command with [bold]--resume[/]."
        errors.print(f"Stopped. {how if (out / 'state.json').exists() else 'Nothing is written.'}")
        raise typer.Exit(INTERRUPTED) from None
    if not done.added:
        console.print("This training was finished before; more minutes or epochs extend it.")
    scores, model = done.card["held-out simulations"], out / "model.keras"
    console.print(
        f"On {scores['images']} images of held-out simulations: mean squared error "
        f"{scores['squared_error']:.4f}, {scores['accuracy']:.1%} of the pixels right.",
        soft_wrap=True,
    )
    console.print(f"The model: [bold]{model}[/], described in {out / 'card.md'}.", soft_wrap=True)
    console.print("Use it in Python:")
    console.print(
        f"  import keras, vae_course.vae; vae = keras.saving.load_model({str(model)!r})",
        soft_wrap=True,
        markup=False,
    )


@app.command()
def evolve(
    image: Annotated[
        str, typer.Argument(help="A pattern (.txt), a square picture, or `embedded:17`.")
    ],
    factor: Annotated[
        list[float] | None,
        typer.Option(help="Ratio of times, 0.1 to 10; can be given several times."),
    ] = None,
    samples: Annotated[int, typer.Option(help="Pasts to draw for each factor below 1.")] = 16,
    seed: Annotated[int, typer.Option(help="Seed of the samples.")] = 0,
    out: Annotated[Path, typer.Option(help="Folder to write into.")] = Path("evolution"),
) -> None:
    """Predict the past and the future of a microstructure, and check both by simulation.

    Below 1, a factor asks for possible pasts; above 1, for the future. OUT gets a figure, the
    arrays and a JSON file of numbers.

    Example: [bold]vae-course evolve embedded:17 --factor 0.5 --factor 2[/bold]
    """
    factors = factor or [0.5, 2.0]
    with bad_input():
        from vae_course.data.pictures import read_microstructure  # noqa: PLC0415

        check_evolve(factors, samples, seed, out)
        known = read_microstructure(image)
    with keras_loaded("vae_course.jobs") as (jobs, progress), bad_input():
        done = jobs.evolve(
            known, factors, out, name=image, samples=samples, seed=seed, progress=progress
        )
    for found in done.numbers["factors"]:
        agreement = found["agreement"]
        if found["factor"] < 1:
            console.print(
                f"{found['factor']:g} t: of {samples} pasts, half lead to the given image in "
                f"{agreement['median']:.1%} of the pixels or more, the best in "
                f"{agreement['best']:.1%}."
            )
        else:
            console.print(f"{found['factor']:g} t: {agreement:.1%} of the pixels as simulated.")
    console.print(f"Look at [bold]{done.figure}[/].", soft_wrap=True)


@app.command()
def design(
    energy: Annotated[float, typer.Option(help="Strain energy at a displacement of 0.5.")],
    near: Annotated[
        str | None, typer.Option(help="Microstructure to change little; as for `evolve`.")
    ] = None,
    volume_fraction: Annotated[
        float | None, typer.Option(help="Volume fraction of phase 1, kept within 0.02.")
    ] = None,
    candidates: Annotated[int, typer.Option(help="How many to design.")] = 8,
    seed: Annotated[int, typer.Option(help="Seed of the starting points.")] = 0,
    out: Annotated[Path, typer.Option(help="Folder to write into.")] = Path("design"),
) -> None:
    """Design microstructures for a strain energy, and verify each by finite elements.

    The energy is that of a unit square stretched by half, with Young's moduli of 10 (phase 0) and
    1 (phase 1). OUT gets a figure, the images and a JSON file of numbers.

    Example: [bold]vae-course design --energy 1.3 --near embedded:17[/bold]
    """
    with bad_input():
        from vae_course.data.pictures import read_microstructure  # noqa: PLC0415

        check_design(energy, volume_fraction, candidates, seed, out)
        given = read_microstructure(near) if near is not None else None
    with keras_loaded("vae_course.jobs") as (jobs, progress), bad_input():
        done = jobs.design(
            energy,
            out,
            near=given,
            name=near or "",
            volume_fraction=volume_fraction,
            candidates=candidates,
            seed=seed,
            progress=progress,
        )
    best = done.numbers["designs"][0]
    console.print(
        f"The best of {candidates}: energy {best['verified']:.4f} by finite elements "
        f"({best['error']:+.2%}), {best['predicted']:.4f} predicted; volume fraction "
        f"{best['volume_fraction']:.3f}.",
        soft_wrap=True,
    )
    console.print(f"Look at [bold]{done.figure}[/].", soft_wrap=True)


app.command()(sync)
app.command()(grade)


if __name__ == "__main__":
    app()
