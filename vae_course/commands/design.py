"""`vae-course design`: microstructures for a strain energy, verified by finite elements."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vae_course import arguments
from vae_course.commands.pictures import Reading, read_one, reads_pictures
from vae_course.commands.terminal import bad_input, console, loading_keras, say, styled

if TYPE_CHECKING:
    from vae_course.arrays import Images


@reads_pictures
def design(
    *,
    energy: Annotated[
        str,
        typer.Option(help="Strain energy at a displacement of 0.5; or +10%, from that of --near."),
    ],
    near: Annotated[
        str | None, typer.Option(help="Microstructure to change little; as for `evolve`.")
    ] = None,
    volume_fraction: Annotated[
        float | None, typer.Option(help="Volume fraction of phase 1, kept within 0.02.")
    ] = None,
    candidates: Annotated[int, typer.Option(help="How many to design.")] = 8,
    start: Annotated[
        arguments.Start | None,
        typer.Option(help="What new designs start from: samples of the prior, or of the flow."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the starting points.")] = 0,
    out: Annotated[Path, typer.Option(help="Folder to write into.")] = Path("design"),
    reading: Reading,
) -> None:
    """Design microstructures for a strain energy, and verify each by finite elements.

    The energy is that of a unit square stretched by half, with Young's moduli of 10 (phase 0) and
    1 (phase 1). OUT gets a figure, the images and a JSON file of numbers.

    Example: [bold]vae-course design --energy +10% --near embedded:17[/bold]
    """
    with bad_input():
        from vae_course.physics.energy_bounds import check_energy  # noqa: PLC0415

        arguments.check_out(out)
        given = read_one(near, reading, out) if near is not None else None
        image = given.image if given else None
        target = _target(energy, image)
        fraction = arguments.check_design(target, image, volume_fraction, candidates, seed)
        check_energy(target, fraction)
        if energy.endswith("%"):
            say(f"Asked for: energy {target:.4f}, {energy} from that of {near}.")
    with loading_keras() as progress, bad_input():
        from vae_course.commands import jobs  # noqa: PLC0415 (loads Keras)

        done = jobs.design(
            target,
            near=given,
            name=near or "",
            volume_fraction=volume_fraction,
            candidates=candidates,
            seed=seed,
            start=start,
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
    say("Look at ", styled(figure), ".")


def _target(energy: str, near: "Images | None") -> float:
    """Read the energy asked for; one in per cent is solved for by finite elements.

    Raises:
        ValueError: If it is neither a number nor a change in per cent, or of nothing.
    """
    change = re.fullmatch(r"([+-]\d{1,3}(\.\d+)?)%", energy, re.ASCII)
    if change is None:
        try:
            return float(energy)
        except ValueError:
            raise ValueError(
                f"energy must be a number, or a change such as +10% or -5%; got {energy}"
            ) from None
    if near is None:
        raise ValueError(f"energy must be a number where nothing is near; got {energy}")
    from vae_course.physics.hyperelasticity import strain_energy  # noqa: PLC0415 (slow to load)

    return float((1 + float(change[1]) / 100) * strain_energy(near, (0.5,))[0])
