"""`vae-course design`: microstructures for a strain energy, verified by finite elements."""

from pathlib import Path
from typing import Annotated

import typer

from vae_course import arguments
from vae_course.commands.terminal import bad_input, console, loading_keras


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
        from vae_course.physics.energy_bounds import check_energy  # noqa: PLC0415

        arguments.check_out(out)
        given = read_microstructure(near) if near is not None else None
        image = given.image if given else None
        fraction = arguments.check_design(energy, image, volume_fraction, candidates, seed)
        check_energy(energy, fraction)
    with loading_keras() as progress, bad_input():
        from vae_course.commands import jobs  # noqa: PLC0415 (loads Keras)

        done = jobs.design(
            energy,
            near=given,
            name=near or "",
            volume_fraction=volume_fraction,
            candidates=candidates,
            seed=seed,
            progress=progress,
        )
        figure = done.write(out, "design")
    best = done.numbers["designs"][0]
    console.print(
        f"The best of {candidates}: energy {best['verified']:.4f} by finite elements "
        f"({best['error']:+.2%}), {best['predicted']:.4f} predicted; volume fraction "
        f"{best['volume_fraction']:.3f}.",
        soft_wrap=True,
    )
    console.print(f"Look at [bold]{figure}[/].", soft_wrap=True)
