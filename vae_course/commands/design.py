"""`vae-course design`: microstructures for a property, verified by its solver."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vae_course import arguments
from vae_course.commands.pictures import Reading, read_one, reads_pictures
from vae_course.commands.terminal import bad_input, console, loading_keras, say, styled

if TYPE_CHECKING:
    from vae_course.arrays import Images
    from vae_course.physics.material_property import Property


@reads_pictures
def design(
    *,
    targets: Annotated[
        list[str],
        typer.Option(
            "--target",
            "--energy",
            help="Value of the property; or +10%, from that of --near. Once for each --property.",
            show_default=False,
        ),
    ],
    names: Annotated[
        list[str] | None,
        typer.Option(
            "--property",
            help="What is asked for: strain-energy (if not given), proof-stress or flow-stress; "
            "may be repeated.",
            show_default=False,
        ),
    ] = None,
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
    """Design microstructures for a property, and verify each by finite elements.

    Strain energy is that of a unit square stretched by half, with Young's moduli of 10 (phase 0)
    and 1 (phase 1). Proof stress (0.2 % offset) and flow stress (at 2 %) are those of two metals
    pulled along x, of yield stresses 3 (phase 0) and 1 (phase 1). OUT gets a figure, the images and
    a JSON file of numbers.

    Example: [bold]vae-course design --property flow-stress --target 2.35[/bold]
    """
    with bad_input():
        from vae_course.physics.material_property import named_property  # noqa: PLC0415 (slow)

        arguments.check_out(out)
        chosen = [named_property(one) for one in names or ["strain-energy"]]
        if len(chosen) != len(targets) or len({one.name for one in chosen}) != len(chosen):
            raise ValueError(
                f"target must be given once for each property, and these be different; got "
                f"{len(targets)} and {', '.join(one.name for one in chosen)}"
            )
        given = read_one(near, reading, out) if near is not None else None
        image = given.image if given else None
        values = [_target(text, image, one) for text, one in zip(targets, chosen, strict=True)]
        wanted = {one.name: value for one, value in zip(chosen, values, strict=True)}
        fraction = arguments.check_design(wanted, image, volume_fraction, candidates, seed)
        for one, value, text in zip(chosen, values, targets, strict=True):
            one.check(value, fraction)
            if text.endswith("%"):
                say(f"Asked for: {_called(one)} {value:.4f}, {text} from that of {near}.")
    with loading_keras() as progress, bad_input():
        from vae_course.commands import jobs  # noqa: PLC0415 (loads Keras)

        done = jobs.design(
            values if len(values) > 1 else values[0],
            chosen if len(chosen) > 1 else chosen[0],
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
    for one in chosen:
        verified, error, predicted = (
            best[key] if len(chosen) == 1 else best[key][one.name]
            for key in ("verified", "error", "predicted")
        )
        console.print(
            f"The best of {candidates}: {_called(one)} {verified:.4f} by finite elements "
            f"({error:+.2%}), {predicted:.4f} predicted; volume fraction "
            f"{best['volume_fraction']:.3f}.",
            soft_wrap=True,
        )
    say("Look at ", styled(figure), ".")


def _called(wanted: "Property") -> str:
    return wanted.name.replace("-", " ")


def _target(target: str, near: "Images | None", wanted: "Property") -> float:
    """Read the value asked for; one in per cent is solved for by finite elements.

    Raises:
        ValueError: If it is neither a number nor a change in per cent, or of nothing.
    """
    change = re.fullmatch(r"([+-]\d{1,3}(\.\d+)?)%", target, re.ASCII)
    if change is None:
        try:
            return float(target)
        except ValueError:
            raise ValueError(
                f"target must be a number, or a change such as +10% or -5%; got {target}"
            ) from None
    if near is None:
        raise ValueError(f"target must be a number where nothing is near; got {target}")
    return (1 + float(change[1]) / 100) * wanted.solve(near)
