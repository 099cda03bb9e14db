"""`vae-course train`: a variational autoencoder on any patterns."""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vae_course import arguments
from vae_course.commands.pictures import Reading, reads_pictures, show_pictures
from vae_course.commands.requests import check_patterns, code_shape, read_data
from vae_course.commands.terminal import (
    bad_input,
    console,
    interrupted,
    joined,
    loading_keras,
    say,
    styled,
)

if TYPE_CHECKING:
    from vae_course.vae.training import Training


@reads_pictures
def train(
    *,
    data: Annotated[
        str,
        typer.Option(
            help="`embedded`, a .npz file, a picture, or a folder: of .npz files, of the dataset "
            "or of micrographs."
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
    reading: Reading,
) -> None:
    """Train a VAE on any patterns; can be stopped and gone on with.

    OUT gets the best model, its history, a model card and a figure; pictures.png shows what was
    read of pictures. To go on after a stop, give
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
        arguments.check_training(minutes, epochs, seed, batch_size, learning_rate, beta)
        arguments.check_training_folder(out, resume)
        patterns, pictures = read_data(data, case, reading)
        show_pictures(pictures, out)
        check_patterns(patterns, code, batch_size, seed)
    done: Training | None = None
    with (
        contextlib.suppress(KeyboardInterrupt),
        joined(distributed) as team,
        loading_keras() as progress,
        bad_input((ValueError, OSError, FloatingPointError)),
    ):
        from vae_course.vae import training  # noqa: PLC0415 (loads Keras)

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
    if done is None:
        if not (out / arguments.STATE).exists():
            raise interrupted("Stopped. Nothing is written.")
        how = "To go on, give the same command with "
        raise interrupted(f"Stopped. {how}", styled("--resume"), ".")
    if not done.added:
        console.print("This training was finished before; more minutes or epochs extend it.")
    scores, model = done.card["held-out simulations"], out / "model.keras"
    console.print(
        f"On {scores['images']} images of held-out simulations: mean squared error "
        f"{scores['squared_error']:.4f}, {scores['accuracy']:.1%} of the pixels right.",
        soft_wrap=True,
    )
    say("The model: ", styled(model), f", described in {out / 'card.md'}.")
    console.print("Use it in Python:")
    console.print(
        f"  import keras, vae_course.vae; vae = keras.saving.load_model({str(model)!r})",
        soft_wrap=True,
    )
