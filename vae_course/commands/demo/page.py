"""The report as a page: sections of text, figures and a table, filled into `report.html`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import joblib
from matplotlib.figure import Figure

from vae_course.files import write_json, write_text
from vae_course.plotting import save_figure

Score = dict[str, Any]
"""Numbers of the report by their names, as `metrics.json` has them."""


@dataclass(frozen=True)
class Picture:
    """A figure of the report, with the name of its file and the caption below it."""

    figure: Figure
    name: str
    caption: str


@dataclass(frozen=True)
class Section:
    """A section of the report; head and rows are its table, if it has one."""

    title: str
    text: str
    pictures: Sequence[Picture]
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


def write(out: Path, metrics: dict[str, Any], sections: Sequence[Section]) -> None:
    """Write `metrics.json`, the figures and `index.html`, each whole or not at all."""
    template = files(__package__).joinpath("report.html").read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    page = environment.from_string(template).render(
        sections=sections,
        metrics=metrics,
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        cores=joblib.cpu_count(),
    )
    write_json(out / "metrics.json", metrics)
    for section in sections:
        for picture in section.pictures:
            save_figure(picture.figure, out / picture.name)
    write_text(out / "index.html", page)
