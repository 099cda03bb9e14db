"""Grade a class of six that nobody is in: `python tools/site/grading_example.py`, for its page.

Writes what an instructor has and gets, from the export of a platform to the tables that it imports,
into docs/instructors/example/, and pictures of the pages into docs/assets/.
"""

import csv
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import ViewportSize, sync_playwright

from vae_course.authoring.cells import parse
from vae_course.commands.doctor import BROWSERS

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "instructors" / "example"
ASSETS = ROOT / "docs" / "assets"
FIRST, THIRD = "01_microstructures_as_data.ipynb", "03_from_autoencoder_to_vae.ipynb"
DEADLINE = "2026-11-20 18:00"
SIZE: ViewportSize = {"width": 1280, "height": 1400}

WHOLE_BATCH = '''def volume_fraction(images):
    """Compute the volume fraction of each: (N, height, width) -> (N,)."""
    return images.mean()'''
SLIP = '''def bulk_chemical_potential(c, b):
    """Compute the derivative of b c²(1 − c)², of the shape of c."""
    return b * c * (1 - c) * (1 - 2 * c)'''
FRAMES = '''def split_by_simulation(simulation, test, seed):
    """Draw whole simulations: True for the frames of the test set, (N,)."""
    return np.random.default_rng(seed).random(len(simulation)) < test'''
NO_HALF = '''def kl_divergence(mean, log_variance):
    """Compute the KL of N(mean, σ²) from N(0, 1): (N, latent) -> (N,)."""
    return ops.sum(mean**2 + ops.exp(log_variance) - 1 - log_variance, axis=-1)'''
VARIANCE = '''def sample(mean, log_variance, seed_generator):
    """Draw a code z = mean + σ ε for each picture: -> (N, latent)."""
    noise = keras.random.normal(ops.shape(mean), seed=seed_generator)
    return mean + ops.exp(log_variance) * noise'''
RENAMED = '''def fraction_of_volume(images):
    """Compute the volume fraction of each: (N, height, width) -> (N,)."""
    return images.mean(axis=(1, 2))'''
ENDLESS = '''def coarsening_exponent(times, lengths):
    """Fit n of L = A tⁿ to the last factor of ten: (k,), (k,) -> number."""
    late = times >= times.max() / 10
    while len(late) > 0:
        exponent = np.polyfit(np.log(times[late]), np.log(lengths[late]), 1)[0]
    return exponent'''
LOOKS = '''import os


def two_point_correlation(image):
    """Compute S₂ for lags up to half a side, with walls: (n, n) -> (n, n)."""
    print(os.listdir("."))
    return image'''

ROSTER = """First name,Last name,ID number,Email address,deadline
Ada,Lovelace,2601,ada@school.example,
Ben,Osei,2602,ben@school.example,
Chloé,Martin,2603,chloe@school.example,
Dário,Silva,2604,dario@school.example,2026-11-23 18:00
Emi,Tanaka,2605,emi@school.example,
Farid,Haddad,2606,farid@school.example,
"""
OVERRIDES = """student,exercise,points,comment
Dário Silva,1.1,1,"Right, under another name: keep the names that are given."
"""
COMMAND = [
    *("vae-course", "grade", "submissions.zip", "--lesson", "01", "--lesson", "03"),
    *("--roster", "roster.csv", "--deadline", DEADLINE, "--late", "10"),
    *("--overrides", "overrides.csv"),
]


def main() -> None:
    """Write the files and the pictures of the page."""
    EXAMPLE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "roster.csv").write_text(ROSTER, encoding="utf-8")
        (folder / "overrides.csv").write_text(OVERRIDES, encoding="utf-8")
        program = str(Path(sys.executable).with_name("vae-course"))
        listing = export(folder / "submissions.zip")
        done = subprocess.run(
            [program, *COMMAND[1:], "--lessons", str(ROOT / "lessons")],
            cwd=folder,
            env=os.environ | {"COLUMNS": "100", "NO_COLOR": "1"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        said = [line.rstrip() for line in done.stdout.splitlines() if "━" not in line]
        (EXAMPLE / "said.txt").write_text("\n".join(said).strip() + "\n", encoding="utf-8")
        (EXAMPLE / "export.txt").write_text(listing, encoding="utf-8")
        for name in ("roster.csv", "overrides.csv"):
            shutil.copyfile(folder / name, EXAMPLE / name)
        for name in ("report", "moodle", "canvas"):
            table = as_table(folder / "grades" / f"{name}.csv")
            (EXAMPLE / f"{name}.txt").write_text(table, encoding="utf-8")
        pictures(folder / "grades")


def export(path: Path) -> str:
    """Write what a platform exports: a zip with a folder for each student; list it."""
    listing = StringIO()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, number, day, books in handed_in():
            for file, book in books.items():
                inside = f"{name}_{number}_assignsubmission_file/{file}"
                about = zipfile.ZipInfo(inside, (2026, 11, day, 16, 30, 0))
                about.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(about, nbformat.writes(book))  # type: ignore[no-untyped-call]
                listing.write(
                    f"{datetime(*about.date_time):%m-%d %H:%M}  {name}_{number}_…/{file}\n"
                )
    return listing.getvalue()


def as_table(path: Path) -> str:
    """Make a table for a page of a table of grades."""
    with path.open(encoding="utf-8", newline="") as file:
        table = list(csv.reader(file))
    # Of two columns for each exercise, those of the first stand for all.
    shown = [k for k, name in enumerate(table[0]) if name[:2].isalpha() or name.startswith("1.1")]
    head, *rows = ([row[k] for k in shown if table[0][k] != "file"] for row in table)
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def handed_in() -> list[tuple[str, int, int, dict[str, Any]]]:
    """Make the notebooks of five who handed in; the sixth did not."""
    in_a_new_cell = answered(FIRST, {"1.1": None})
    right = cell(notebook("solutions", FIRST), "exercise-1-1").source
    in_a_new_cell.cells.insert(6, nbformat.v4.new_code_cell(right))  # type: ignore[no-untyped-call]
    wrong = {"1.1": WHOLE_BATCH, "1.2": SLIP, "1.4": FRAMES}
    return [
        ("Ada Lovelace", 811, 19, {FIRST: answered(FIRST, {}), THIRD: answered(THIRD, {})}),
        (
            "Ben Osei",
            812,
            20,
            {
                FIRST: answered(FIRST, wrong),
                THIRD: answered(THIRD, {"3.1": VARIANCE, "3.2": NO_HALF}),
            },
        ),
        (
            "Chloé Martin",
            813,
            21,
            {FIRST: in_a_new_cell, THIRD: answered(THIRD, {"3.2": NO_HALF, "3.4": None})},
        ),
        (
            "Dário Silva",
            814,
            23,
            {FIRST: answered(FIRST, {"1.1": RENAMED, "1.2": SLIP, "1.5": ENDLESS})},
        ),
        (
            "Emi Tanaka",
            815,
            20,
            {
                FIRST: answered(FIRST, {"1.3": LOOKS, "1.2": SLIP}),
                THIRD: answered(THIRD, {"3.3": None, "3.4": None, "3.5": None}),
            },
        ),
    ]


def notebook(kind: str, name: str) -> Any:
    """Read a lesson or a solution."""
    text = (ROOT / kind / name).read_text(encoding="utf-8")
    return parse(text)


def cell(book: Any, name: str) -> Any:
    """Find a cell by its id."""
    return next(one for one in book.cells if one.get("id") == name)


def answered(name: str, answers: Mapping[str, str | None]) -> Any:
    """Fill in a lesson: as the solution has it, but for some answers; None leaves one blank."""
    book, blank = notebook("solutions", name), notebook("lessons", name)
    for number, source in answers.items():
        own = f"exercise-{number.replace('.', '-')}"
        cell(book, own).source = cell(blank, own).source if source is None else source
    for one in book.cells:
        if one.cell_type == "code":
            one.outputs = []
    return book


def pictures(grades: Path) -> None:
    """Take pictures of the class's page and of a student's, light and dark."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        for scheme in ("light", "dark"):
            page = browser.new_context(color_scheme=scheme, viewport=SIZE).new_page()
            for name, file in (("class", "index.html"), ("student", "students/ben-osei.html")):
                page.goto((grades / file).as_uri())
                page.screenshot(path=ASSETS / f"grading-{name}-{scheme}.png")
        browser.close()


if __name__ == "__main__":
    main()
