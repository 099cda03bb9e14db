"""`vae-course demo`, the main job from end to end: train, predict, report with numbers."""

from pathlib import Path
from typing import Annotated

import typer

from vae_course.commands.terminal import bad_input, console, loading_keras, say, styled


def demo(
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("report"),
    minutes: Annotated[
        float | None, typer.Option(help="Time for training; 1 if --epochs is not given.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs in all, in place of a time.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything drawn at random.")] = 0,
    patterns: Annotated[
        Path | None, typer.Option(help="Folder with real patterns (Image*.txt) to take in.")
    ] = None,
) -> None:
    """Train a VAE, predict past and future, and write a report with pictures and numbers.

    Example: [bold]vae-course demo --minutes 2 --patterns my_patterns --out report[/bold]
    """
    with bad_input():
        from vae_course.commands.demo.request import prepare  # noqa: PLC0415

        job = prepare(out, seed, minutes, patterns, epochs)
    with loading_keras() as progress:
        from vae_course.commands.demo.job import run  # noqa: PLC0415 (loads Keras)

        metrics = run(job, progress)
    scores = metrics["reconstruction"]
    console.print(
        f"Held-out mean squared error with {scores['latent']} numbers a picture: VAE "
        f"{scores['vae_mse']:.4f}, PCA {scores['pca_mse']:.4f}."
    )
    say("Open ", styled(out / "index.html"), " in a browser.")
