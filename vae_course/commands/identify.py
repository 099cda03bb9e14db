"""`vae-course identify`: which equation, and which constants, stand behind a series of pictures."""

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vae_course import arguments
from vae_course.commands.pictures import Reading, reads_pictures, show_pictures
from vae_course.commands.terminal import bad_input, console, say, styled
from vae_course.progress import bars, stages

if TYPE_CHECKING:
    from vae_course.data.micrographs import Picture
    from vae_course.physics.identification import Identified

SHOWN = 6
"""Frames in a row of the figure."""


@reads_pictures
def identify(
    *,
    frames: Annotated[Path, typer.Argument(help="A stack, a folder of pictures in order, a .npy.")],
    times: Annotated[
        str, typer.Option(help="Of the frames, as 0,10,30; else evenly spaced, 1 apart.")
    ] = "",
    binary: Annotated[
        bool, typer.Option("--binary", help="Cut each frame into two phases before.")
    ] = False,
    boundary: Annotated[
        str,
        typer.Option(help="no-flux, periodic, or open where frames are cut out of a larger one."),
    ] = "no-flux",
    ahead: Annotated[int, typer.Option(help="How many frames to forecast.")] = 10,
    size: Annotated[int, typer.Option(help="Side of the square taken; 0: the largest.")] = 0,
    out: Annotated[Path, typer.Option(help="Folder to write into.")] = Path("identified"),
    reading: Reading,
) -> None:
    """Find the constants of the Cahn-Hilliard equation behind frames of one evolution.

    Grey frames tell M b and λ/b; binary ones the coarsening rate M σ alone; a single binary one
    its reduced age M σ t. Frames that no conserved coarsening describes are said to be so. OUT gets
    the numbers (a file for `evolve --clock`), a figure, and what was simulated.

    Example: [bold]vae-course identify series.npy --times 0,10,20,40 --ahead 5[/bold]
    """
    with bad_input():
        arguments.check_out(out)
        arguments.at_least(1, ahead=ahead)
        arguments.at_least(0, size=size)
        moments = _times(times)
        from vae_course.data.preparation import grey_square  # noqa: PLC0415 (slow to load)

        pictures, how = _read(frames, reading, size)
        show_pictures(pictures, out)
        prepared = [one.prepared for one in pictures]
        series = [
            one.images[0] if binary or how.levels else grey_square(one, how) for one in prepared
        ]
        found = _identify(series, moments, boundary)
    _say(found)
    with bad_input():
        _write(found, series, moments, ahead if found.constants else 0, out)
    say("For `vae-course evolve --clock`: ", styled(out / "identified.json"))
    say("Look at ", styled(out / "identified.png"), ".")


def _times(text: str) -> list[float] | None:
    if not text:
        return None
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise ValueError(f"times must be numbers with commas between; got {text}") from None


def _read(path: Path, reading: Reading, size: int) -> tuple[list["Picture"], Any]:
    """Read all pages of a file, or all pictures of a folder in the order of their numbers."""
    from vae_course.data.grey_files import read_grey_pages  # noqa: PLC0415 (slow to load)
    from vae_course.data.micrographs import (  # noqa: PLC0415
        micrograph_files,
        oddities,
        read_pictures,
    )

    if not path.exists():
        raise ValueError(f"{path}: expected a stack, a folder of pictures or a .npy; there is none")
    files = sorted(micrograph_files(path), key=_numbers) if path.is_dir() else [path]
    how = reading.how
    if not size:
        top, right, bottom, left = how.cut
        height, width = next(read_grey_pages(files[0])).shape
        size = int(min(height - top - bottom, width - left - right) / how.reduce)
    crop = "centre" if how.crop == "tiles" else how.crop
    how = replace(how, size=max(size, 1), crop=crop, keep_one_phase=True)
    page = reading.page or (None if path.is_dir() else "all")
    pictures = read_pictures(files, how, page, reading.skip_unreadable)
    for reason in oddities(pictures):
        say(styled("Warning:", "yellow"), f" {reason}")
    return pictures, how


def _numbers(path: Path) -> list[tuple[int, str]]:
    """Sort frame2 before frame10."""
    parts = re.split(r"(\d+)", path.name)
    return [(int(part), "") if part.isdigit() else (0, part) for part in parts]


def _identify(series: list[Any], times: list[float] | None, boundary: Any) -> "Identified":
    import numpy as np  # noqa: PLC0415 (slow to load)

    from vae_course.physics import identification  # noqa: PLC0415

    with bars(console) as shown:
        return identification.identify(
            np.stack(series), times, boundary=boundary, progress=stages(shown)
        )


def _say(found: "Identified") -> None:
    say(styled(found.verdict[0].upper() + found.verdict[1:] + "."))
    for name, estimate in (
        ("M b, in side² per unit of time", found.speed),
        ("λ/b, in side²", found.width),
        ("Coarsening rate M σ, in side³ per unit of time", found.rate),
        ("Reduced age M σ t of the last frame, in side³", found.reduced_age),
        ("Time since the phases separated, of the last frame", found.age),
    ):
        if estimate is not None:
            say(f"{name}: {estimate}.")
    if found.unexplained is not None and found.unexplained_otherwise is not None:
        say(
            f"Left unexplained of what changes: {found.unexplained:.1%} by Cahn-Hilliard, "
            f"{found.unexplained_otherwise:.1%} by Allen-Cahn."
        )


def _write(
    found: "Identified",
    series: list[Any],
    times: list[float] | None,
    ahead: int,
    out: Path,
) -> None:
    """Write the numbers, what was simulated, and a figure of it."""
    import numpy as np  # noqa: PLC0415 (slow to load)

    from vae_course.files import write_arrays  # noqa: PLC0415
    from vae_course.plotting import pattern_table, save_figure  # noqa: PLC0415

    frames = np.stack(series).astype(np.float64)
    moments = np.arange(len(frames)) if times is None else np.asarray(times)
    arrays: dict[str, Any] = {"frames": frames, "times": moments}
    low, high = found.levels

    def spaced(count: int) -> Any:
        return np.linspace(0, count - 1, min(SHOWN, count)).round().astype(int)

    places = spaced(len(frames))
    names = [f"t = {moments[place]:g}" for place in places]
    rows: list[tuple[str, Any, list[str]]] = [("given", frames[places], names)]
    if ahead:
        again = np.concatenate([frames[:1], found.carry(frames[0], moments[1:] - moments[0])])
        future = found.simulate(ahead)
        later = moments[-1] + found.interval * np.arange(1, ahead + 1)
        arrays |= {"simulated": again, "forecast": future, "forecast_times": later}
        off = np.sqrt(np.mean((again - frames) ** 2, axis=(1, 2))) / (high - low)
        rows += [
            ("simulated\nfrom the first", again[places], [f"off by {off[k]:.3f}" for k in places]),
            (
                "difference",
                (again - frames)[places] / 2 + (low + high) / 2,
                [""] * len(places),
            ),
        ]
        shown = spaced(ahead)
        rows.append(("forecast", future[shown], [f"t = {later[k]:g}" for k in shown]))
    width = max(len(images) for _, images, _ in rows)
    images = [
        [*((images - low) / (high - low)).clip(0, 1), *[None] * (width - len(images))]
        for _, images, _ in rows
    ]
    captions = [[*texts, *[""] * (width - len(texts))] for _, _, texts in rows]
    save_figure(
        pattern_table(images, [label for label, _, _ in rows], [""] * width, captions),
        out / "identified.png",
    )
    write_arrays(out / "identified.npz", arrays)
    found.save(out / "identified.json")
