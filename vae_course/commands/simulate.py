"""`vae-course simulate`: a dataset of microstructures."""

from pathlib import Path
from typing import Annotated

import typer

from vae_course.arguments import check_out
from vae_course.commands.terminal import bad_input, console, say, styled
from vae_course.progress import one_bar


def simulate(
    out: Annotated[Path, typer.Option(help="File to write (.npz); must be new.")],
    simulations: Annotated[int, typer.Option(help="Number of simulations.")] = 100,
    case: Annotated[int, typer.Option(help="Mean of 0.5 (1), 0.63 (2), 0.75 (3), or any (4).")] = 1,
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
    from vae_course.data import generate  # noqa: PLC0415
    from vae_course.data._workers import ClusterError  # noqa: PLC0415
    from vae_course.data.generate import discard_parts  # noqa: PLC0415

    parts = out.with_name(out.name + ".parts")
    with bad_input():
        if out.suffix != ".npz":
            raise ValueError(f"out must end in .npz; got {out}")
        if out.exists():
            raise ValueError(f"out must be new; {out} exists")
        check_out(out.parent)
    with bad_input((ValueError, ClusterError)), one_bar("Simulating", console) as progress:
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
    say(f"{len(patterns)} images of {simulations} simulations: ", styled(out))
    say("Use them: ", styled(f"PatternSet.load({str(out)!r})"))
