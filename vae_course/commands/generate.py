"""`vae-course generate`: microstructures drawn at random, as a simulation could have made them."""

from pathlib import Path
from typing import Annotated

import typer

from vae_course import arguments
from vae_course.commands.terminal import bad_input, console, loading_keras, say, styled


def generate(
    count: Annotated[int, typer.Option(help="How many to draw.")] = 16,
    time: Annotated[
        float | None, typer.Option(help="Age in simulation units, 5e-5 to 0.025; else any.")
    ] = None,
    volume_fraction: Annotated[
        float | None, typer.Option(help="Of phase 1, 0.22 to 0.78, met to the pixel; else any.")
    ] = None,
    energy: Annotated[
        float | None, typer.Option(help="Strain energy at a displacement of 0.5; else any.")
    ] = None,
    guidance: Annotated[
        float, typer.Option(help="Strength of what is asked for; above 1 exaggerates.")
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="Seed of the draw.")] = 0,
    out: Annotated[Path, typer.Option(help="Folder to write into.")] = Path("samples"),
) -> None:
    """Draw microstructures, of any age, volume fraction and energy or of given ones.

    The energy of each is found by finite elements: of a unit square stretched by half, with
    Young's moduli of 10 (phase 0) and 1 (phase 1). OUT gets a figure, the images and a JSON file
    of numbers.

    Example: [bold]vae-course generate --count 8 --volume-fraction 0.35 --time 0.01[/bold]
    """
    with bad_input():
        arguments.check_out(out)
        arguments.check_samples(count, time, volume_fraction, energy, guidance, seed)
    with loading_keras() as progress, bad_input():
        from vae_course.commands import jobs  # noqa: PLC0415 (loads Keras)

        done = jobs.generate(
            count,
            time=time,
            volume_fraction=volume_fraction,
            strain_energy=energy,
            guidance=guidance,
            seed=seed,
            progress=progress,
        )
        figure = done.write(out, "samples")
    energies = sorted(one["strain_energy"] for one in done.numbers["samples"])
    middle = energies[len(energies) // 2]
    console.print(
        f"{count} drawn; energies by finite elements from {energies[0]:.3f} to "
        f"{energies[-1]:.3f}, half of them up to {middle:.3f}.",
        soft_wrap=True,
    )
    say("Look at ", styled(figure), ".")
