"""`vae-course evolve`: past and future of a microstructure, checked by simulation."""

from pathlib import Path
from typing import Annotated

import typer

from vae_course import arguments
from vae_course.commands.pictures import Reading, read_one, reads_pictures
from vae_course.commands.terminal import bad_input, console, loading_keras, say, styled


@reads_pictures
def evolve(
    *,
    image: Annotated[str, typer.Argument(help="A picture, a pattern (.txt), or `embedded:17`.")],
    factor: Annotated[
        list[float] | None,
        typer.Option(help="Ratio of times, 0.1 to 10; can be given several times."),
    ] = None,
    samples: Annotated[int, typer.Option(help="Pasts to draw for each factor below 1.")] = 16,
    seed: Annotated[int, typer.Option(help="Seed of the samples.")] = 0,
    out: Annotated[Path, typer.Option(help="Folder to write into.")] = Path("evolution"),
    reading: Reading,
) -> None:
    """Predict the past and the future of a microstructure, and check both by simulation.

    Below 1, a factor asks for possible pasts; above 1, for the future. OUT gets a figure, the
    arrays and a JSON file of numbers.

    Example: [bold]vae-course evolve embedded:17 --factor 0.5 --factor 2[/bold]
    """
    factors = factor or [0.5, 2.0]
    with bad_input():
        arguments.check_out(out)
        arguments.check_evolution(factors, samples, seed)
        known = read_one(image, reading, out)
        arguments.check_phases(known.image[None])
    with loading_keras() as progress, bad_input():
        from vae_course.commands import jobs  # noqa: PLC0415 (loads Keras)

        done = jobs.evolve(
            known, factors, name=image, samples=samples, seed=seed, progress=progress
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
