"""Options by which every command that reads pictures is told how; what was read is shown."""

import functools
import inspect
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from vae_course.arguments import SHEET
from vae_course.commands.terminal import bad_input, console, say, styled

if TYPE_CHECKING:
    from vae_course.data.micrographs import Picture
    from vae_course.data.pictures import Microstructure
    from vae_course.data.preparation import Preparation

MOST_LINES = 20
SIDE = 64
PANEL = "How pictures are read"


@dataclass(frozen=True)
class Reading:
    """How pictures are read.

    Args:
        how: How each is prepared.
        page: Which page of stacks; None for the only one.
        skip_unreadable: Whether those that cannot be used are left out.
    """

    how: "Preparation"
    page: int | Literal["all"] | None
    skip_unreadable: bool


def _option(default: Any, kind: Any, text: str, *names: str) -> inspect.Parameter:
    annotation = Annotated[kind, typer.Option(*names, help=text, rich_help_panel=PANEL)]
    return inspect.Parameter(
        "option", inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )


OPTIONS = {
    "cut": _option("", str, "Pixels to cut off: TOP,RIGHT,BOTTOM,LEFT."),
    "background": _option(0.0, float, "Blur in pixels that is taken for uneven light; 0: none."),
    "reduce": _option(1.0, float, "By what factor pictures are made smaller."),
    "pixel_size": _option(
        None, float | None, "Of the pictures, in any unit; with --target-pixel-size."
    ),
    "target_pixel_size": _option(None, float | None, "What --reduce is to come to, in that unit."),
    "size": _option(64, int, "Side of a pattern in pixels."),
    "threshold": _option("otsu", str, "otsu, a grey level, or a percentage such as 40%."),
    "dark_is_1": _option(False, bool, "Dark is phase 1; else light is.", "--dark-is-1"),
    "crop": _option("", str, "tiles, centre, or X,Y of a square's upper left corner."),
    "levels": _option("", str, "Phase of the levels of a map of labels, as 2=1,3=1."),
    "page": _option("", str, "Page of a stack, from 1, or all."),
    "skip_unreadable": _option(
        False, bool, "Leave out pictures that cannot be used.", "--skip-unreadable"
    ),
}


def reads_pictures(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options, in place of its parameter `reading`; its own come first."""
    signature = inspect.signature(command)
    own_names = set(signature.parameters)
    own = [one for name, one in signature.parameters.items() if name != "reading"]
    more = [one.replace(name=name) for name, one in OPTIONS.items() if name not in own_names]

    @functools.wraps(command)
    def with_options(**given: Any) -> None:
        asked = {
            name: one.default if name in own_names else given.pop(name)
            for name, one in OPTIONS.items()
        }
        with bad_input():
            reading = reading_of(**asked)
        command(**given, reading=reading)

    keyword = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own]
    with_options.__signature__ = signature.replace(parameters=[*keyword, *more])  # type: ignore[attr-defined]
    with_options.__annotations__ = {one.name: one.annotation for one in (*own, *more)}
    return with_options


def reading_of(
    cut: str,
    background: float,
    reduce: float,
    pixel_size: float | None,
    target_pixel_size: float | None,
    size: int,
    threshold: str,
    dark_is_1: bool,
    crop: str,
    levels: str,
    page: str,
    skip_unreadable: bool,
) -> Reading:
    """Read the options.

    Raises:
        ValueError: If one is out of range, or not as expected.
    """
    from vae_course.data.preparation import Preparation  # noqa: PLC0415 (slow to load)

    if (pixel_size is None) != (target_pixel_size is None):
        raise ValueError("pixel-size and target-pixel-size must be given together")
    if pixel_size is not None and target_pixel_size is not None:
        if reduce != 1:
            raise ValueError("reduce must not be given beside pixel-size; that says as much")
        if not 0 < pixel_size <= target_pixel_size:
            raise ValueError(
                "target-pixel-size must be pixel-size or larger: pictures are not enlarged; got "
                f"{pixel_size:g} and {target_pixel_size:g}"
            )
        reduce = target_pixel_size / pixel_size
    chosen: Any = crop if crop in ("", "tiles", "centre") else _numbers("crop", crop, 2)
    if not re.fullmatch(r"|all|[1-9]\d{0,8}", page, re.ASCII):
        raise ValueError(f"page must be a number from 1, or all; got {page}")
    how = Preparation(
        size=size,
        threshold=_level(threshold),
        background=background,
        cut=_numbers("cut", cut, 4) if cut else (0, 0, 0, 0),
        reduce=reduce,
        dark_is_1=dark_is_1,
        crop=chosen or "tiles",
        levels=_phases(levels),
    )
    return Reading(how, "all" if page == "all" else int(page) if page else None, skip_unreadable)


def _level(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _numbers(name: str, text: str, count: int) -> Any:
    if not re.fullmatch(r"\d{1,6}(,\d{1,6})*", text, re.ASCII) or text.count(",") != count - 1:
        raise ValueError(f"{name} must be {count} numbers with commas between; got {text}")
    return tuple(int(part) for part in text.split(","))


def _phases(text: str) -> dict[float, int]:
    found = {}
    for part in filter(None, text.split(",")):
        level, _, phase = part.partition("=")
        try:
            found[float(level)] = int(phase)
        except ValueError:
            raise ValueError(f"levels must be such as 2=1,3=1; got {text}") from None
    return found


def show_pictures(pictures: Sequence["Picture"], out: Path) -> None:
    """Say what was read of pictures, a line each, and draw them into a folder."""
    if not pictures:
        return
    from vae_course.data.figures import contact_sheet, described, taken  # noqa: PLC0415
    from vae_course.plotting import save_figure  # noqa: PLC0415

    for one in pictures[:MOST_LINES]:
        say(f"{one.name}: {described(one)}; {taken(one)}.")
    if len(pictures) > MOST_LINES:
        console.print(f"… and {len(pictures) - MOST_LINES} more.")
    save_figure(contact_sheet(pictures), out / SHEET)
    say("What was read: ", styled(out / SHEET))


def read_one(name: str, reading: Reading, out: Path) -> "Microstructure":
    """Read one microstructure, show what was read, and warn where no model knows its like.

    Raises:
        ValueError: If it cannot be read, or the options are not for one of 64 × 64 pixels.
    """
    from vae_course.data.pictures import read_microstructure, unfamiliar  # noqa: PLC0415

    if reading.how.size != SIDE:
        raise ValueError(f"size must be {SIDE}, that of the shipped models; got {reading.how.size}")
    if reading.page == "all":
        raise ValueError("page must be one: a single microstructure is asked for; got all")
    found = read_microstructure(name, reading.how, reading.page)
    if found.picture is not None:
        show_pictures([found.picture], out)
    for said in unfamiliar(found.image, found.picture):
        warnings.warn(f"{name}: {said}", stacklevel=2)
    return found
