"""`vae-course evolve`: past and future of a microstructure, checked by simulation."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vae_course import arguments
from vae_course.commands.pictures import Reading, read_one, reads_pictures
from vae_course.commands.terminal import bad_input, console, loading_keras, say, styled

if TYPE_CHECKING:
    from vae_course.physics.identification import Identified


@reads_pictures
def evolve(
    *,
    image: Annotated[str, typer.Argument(help="A picture, a pattern (.txt), or `embedded:17`.")],
    factor: Annotated[
        list[float] | None,
        typer.Option(help="Ratio of times, 0.1 to 10; can be given several times."),
    ] = None,
    clock: Annotated[
        Path | None,
        typer.Option(help="What `identify` wrote: gives the picture an age, --after a unit."),
    ] = None,
    after: Annotated[
        list[float] | None,
        typer.Option(help="Time after the picture, in the unit of --clock; below 0 is before."),
    ] = None,
    samples: Annotated[int, typer.Option(help="Pasts to draw for each factor below 1.")] = 16,
    seed: Annotated[int, typer.Option(help="Seed of the samples.")] = 0,
    out: Annotated[Path, typer.Option(help="Folder to write into.")] = Path("evolution"),
    reading: Reading,
) -> None:
    """Predict the past and the future of a microstructure, and check both by simulation.

    Below 1, a factor asks for possible pasts; above 1, for the future. With --clock, times can be
    asked for as they were given to `identify`. OUT gets a figure, the arrays and a JSON file of
    numbers.

    Example: [bold]vae-course evolve embedded:17 --factor 0.5 --factor 2[/bold]
    """
    factors = factor or ([] if after else [0.5, 2.0])
    with bad_input():
        arguments.check_out(out)
        if after and clock is None:
            raise ValueError("after must be given with --clock, which says in what unit")
        if factors:
            arguments.check_evolution(factors, samples, seed)
        dated = _clock(clock)
        known = read_one(image, reading, out)
        arguments.check_phases(known.image[None])
        if dated is not None:
            age = dated.age_of(known.image)
            factors += _factors(after or [], age.value)
            arguments.check_evolution(factors, samples, seed)
            say(f"{image}: {age} after the phases separated, in the unit of {clock}.")
    with loading_keras() as progress, bad_input():
        from vae_course.commands import jobs  # noqa: PLC0415 (loads Keras)

        done = jobs.evolve(
            known,
            factors,
            name=image,
            samples=samples,
            seed=seed,
            clock=dated,
            progress=progress,
        )
        figure = done.write(out, "evolution")
    if done.numbers["models"] != "case1":
        fraction = done.numbers["volume_fraction"]
        say(f"Models of all cases were used, as the volume fraction is {fraction:.3f}.")
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
    say("Look at ", styled(figure), ".")


def _clock(path: Path | None) -> "Identified | None":
    if path is None:
        return None
    from vae_course.physics.identification import Identified  # noqa: PLC0415 (slow to load)

    found = Identified.load(path)
    if found.rate is None:
        raise ValueError(f"{path}: no clock: {found.verdict}")
    return found


def _factors(after: list[float], age: float) -> list[float]:
    """Turn times after a picture into ratios of its age."""
    least, most = (1 / arguments.LARGEST_FACTOR - 1) * age, (arguments.LARGEST_FACTOR - 1) * age
    for time in after:
        if not least <= time <= most or not time:
            raise ValueError(
                f"after must lie between {least:.3g} and {most:.3g}, and not be 0: a tenth to ten "
                f"times the age of the picture, {age:.3g}; got {time:g}"
            )
    return [(age + time) / age for time in after]
