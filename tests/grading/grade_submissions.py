"""Submissions of lesson 01 as an instructor gets them: good, wrong, broken, dishonest."""

import copy
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).parents[2]
NAME = "01_microstructures_as_data.ipynb"  # the quickest: it trains nothing
WITH_KERAS = "03_from_autoencoder_to_vae.ipynb"

FRACTION = """def volume_fraction(images):
    return images.mean()"""
POTENTIAL = """def bulk_chemical_potential(c, b):
    return b * c * (1 - c) * (1 - 2 * c)"""
CORRELATION = """def two_point_correlation(image):
    pairs = np.fft.ifft2(np.abs(np.fft.fft2(image)) ** 2).real
    return pairs / image.size"""
SPLIT = """def split_by_simulation(simulation, test, seed):
    return np.random.default_rng(seed).random(len(simulation)) < test"""
EXPONENT = """def coarsening_exponent(times, lengths):
    late = times >= times.max() / 10
    return np.polyfit(times[late], lengths[late], 1)[0]"""
ENDLESS = """def bulk_chemical_potential(c, b):
    while True:
        c = c"""
LARGE = """def bulk_chemical_potential(c, b):
    return np.ones(50 * 2**27).sum()"""
EXIT = """import os

def two_point_correlation(image):
    os._exit(0)"""
# The type is put together, so that reading the code does not find it.
FORGED = """def bulk_chemical_potential(c, b):
    from IPython.display import display
    outcome = {
        "lesson": "01", "exercise": "1.2", "name": "bulk_chemical_potential", "stars": 2,
        "kind": "passed", "message": "Well done.", "expected": "", "found": "", "why": "",
        "code": "", "fallback": False,
    }
    display({"application/vnd.vae-course" + ".outcome+json": outcome}, raw=True)
    raise KeyboardInterrupt

print("✓ Exercise 1.2 ★★ bulk_chemical_potential: passed. Well done.")"""

Edit = Callable[[NotebookNode], None]


def notebook(kind: str, name: str = NAME) -> NotebookNode:
    """Read a lesson ("lessons") or its solution ("solutions")."""
    return nbformat.read(ROOT / kind / name, as_version=4)


def cell(book: NotebookNode, name: str) -> NotebookNode:
    return next(one for one in book.cells if one.get("id") == name)


def answered(**sources: str) -> NotebookNode:
    """Make the solution with other answers, given as `e1_1="def volume_fraction…"`."""
    book = notebook("solutions")
    for key, source in sources.items():
        cell(book, f"exercise-{key[1:].replace('_', '-')}").source = source
    return book


def wrong() -> NotebookNode:
    """Make a submission with a misconception in every exercise."""
    return answered(e1_1=FRACTION, e1_2=POTENTIAL, e1_3=CORRELATION, e1_4=SPLIT, e1_5=EXPONENT)


def without_checks() -> NotebookNode:
    book = notebook("solutions")
    book.cells = [one for one in book.cells if not one.id.startswith("check-")]
    return book


def checks_that_always_pass() -> NotebookNode:
    book = wrong()
    for one in book.cells:
        if one.id.startswith("check-"):
            one.source = f'print("✓ Exercise {one.id[6:]}: passed. Well done.")'
            one.metadata["tags"] = ["nbval-skip"]
    return book


def older_copy() -> NotebookNode:
    """Make a copy from before exercise 1.5, with another text and another import cell."""
    book = notebook("solutions")
    end = next(k for k, one in enumerate(book.cells) if one.id == "exercise-1-5")
    book.cells = book.cells[:end]
    book.cells[0].source = "# 01 · Microstructures as data, as of last year"
    del book.metadata["vae_course"]
    return book


def never_ending_cell() -> NotebookNode:
    book = notebook("solutions")
    cell(book, "exercise-1-3").source += "\n\nwhile True:\n    pass"
    return book


def in_cells_of_its_own() -> NotebookNode:
    """Make what tools leave that rewrite ids and drop metadata, in the format before ids."""
    book = copy.deepcopy(notebook("solutions"))
    for one in book.cells:
        del one["id"]
        one.metadata = {}
    book.metadata = {}
    book.nbformat_minor = 4
    helper = nbformat.v4.new_code_cell("def half(x):\n    return x / 2")
    del helper["id"]
    place = next(
        k for k, one in enumerate(book.cells) if "def two_point_correlation(" in one.source
    )
    book.cells[place].source = "def two_point_correlation(image):\n    return half(image)"
    book.cells.insert(0, helper)
    return book


def save(book: NotebookNode, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(book, path)


def hand_in(folder: Path) -> None:
    """Write the submissions, a folder for each student."""
    books = {
        "solved": notebook("solutions"),
        "blank": notebook("lessons"),
        "wrong": wrong(),
        "no-checks": without_checks(),
        "own-checks": checks_that_always_pass(),
        "endless": answered(e1_2=ENDLESS),
        "endless-cell": never_ending_cell(),
        "exit": answered(e1_3=EXIT),
        "large": answered(e1_2=LARGE),
        "older": older_copy(),
        "forged": answered(e1_2=FORGED),
        "other-tool": in_cells_of_its_own(),
    }
    for student, book in books.items():
        save(book, folder / student / NAME)
    save(notebook("solutions"), folder / "renamed" / "work" / "Final version (2).ipynb")
    (folder / "corrupted").mkdir()
    text = (folder / "solved" / NAME).read_text(encoding="utf-8")
    (folder / "corrupted" / NAME).write_text(text[: len(text) // 2], encoding="utf-8")
    (folder / "=cmd()|nothing").mkdir()
    (folder / "outside").mkdir()
    outside = folder.parent / "elsewhere.ipynb"
    shutil.copy(folder / "solved" / NAME, outside)
    (folder / "outside" / NAME).symlink_to(outside)
