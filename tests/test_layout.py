"""The floor plan: imports point one way, and no room loads what it does not need.

`python tests/test_layout.py` prints which folder imports which.
"""

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "vae_course"
BASE = ("arguments", "arrays", "diagrams", "files", "notebook", "plotting", "progress")
"""Modules of the ground floor: they import nothing of the package but each other."""

FLOORS = (
    *("physics", "data", "vae", "latent", "suite"),
    *("classroom", "authoring", "grading"),
    *("commands", "cli"),
)
"""From the ground up: each imports only those before it, and the ground floor."""

HEIGHT = dict.fromkeys(BASE, -1) | {room: height for height, room in enumerate(FLOORS)}


def imported(path: Path) -> Iterator[str]:
    """Full names of what a file imports of the package, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports by a relative name"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] == "vae_course")


def room(name: str) -> str:
    """Folder or module directly in the package; empty for the package itself."""
    part = name.removeprefix("vae_course").lstrip(".").partition(".")[0]
    return part if part in HEIGHT else ""


def arrows() -> dict[str, set[str]]:
    """Which rooms each room imports."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in PACKAGE.rglob("*.py"):
        own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if own != "__init__":
            found[own] |= {room(name) for name in imported(path)} - {own, ""}
    return dict(found)


def test_every_room_has_its_place_in_the_plan():
    assert set(arrows()) == set(HEIGHT)


@pytest.mark.parametrize("name", HEIGHT)
def test_no_arrow_runs_back(name):
    allowed = {other for other, height in HEIGHT.items() if height < max(0, HEIGHT[name])}
    assert arrows()[name] <= allowed


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("vae_course", ("numpy", "keras", "matplotlib", "scipy")),
        ("vae_course.plotting", ("vae_course.data", "vae_course.physics", "scipy", "keras")),
        ("vae_course.physics.figures", ("vae_course.data", "keras")),
        ("vae_course.physics.hyperelasticity", ("vae_course.data", "keras", "tensorflow")),
        ("vae_course.data", ("keras", "tensorflow", "skimage", "distributed")),
        ("vae_course.cli", ("keras", "tensorflow", "nbformat", "matplotlib", "vae_course.data")),
        ("vae_course.classroom.check", ("keras", "tensorflow", "vae_course.grading")),
    ],
)
def test_a_module_loads_nothing_that_it_does_not_need(module, absent):
    code = f"import sys, {module}; print(*(name for name in {absent!r} if name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, encoding="utf-8"
    )
    assert done.stdout.split() == []


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
def test_no_module_has_more_than_350_lines(path):
    assert len(path.read_text("utf-8").splitlines()) <= 350


def test_nothing_that_a_program_wrote_lies_in_the_top_folder():
    written = {".json", ".npz", ".npy", ".keras", ".png", ".html", ".csv", ".log"}
    assert [path.name for path in ROOT.iterdir() if path.suffix in written] == []


def test_contributing_names_only_files_and_targets_that_are_there():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    folders = "benchmarks|docs|lessons|requirements|solutions|tests|tools|vae_course"
    paths = re.findall(rf"\b((?:{folders})/[\w./*-]*[\w/*])", text)
    known = {path.replace("NN_topic", "03_*").replace("NN", "03") for path in paths}
    assert len(known) > 30
    assert [path for path in known if "its_name" not in path and not any(ROOT.glob(path))] == []
    targets = set(re.findall(r"`make ([\w-]+)", text))
    assert targets <= set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))


if __name__ == "__main__":
    for name, others in sorted(arrows().items(), key=lambda arrow: HEIGHT[arrow[0]]):
        below = sorted(others, key=lambda other: HEIGHT[other])
        print(f"{name:10} → {', '.join(below)}")  # noqa: T201
