"""Code on pages and in guides runs; commands are parsed by the real options."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import typer

from vae_course.cli import app
from vae_course.data import load_embedded, synthetic_micrographs

ROOT = Path(__file__).parents[1]
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
BLOCK = re.compile(r"^( *)```(\w+)[^\n]*\n(.*?)^\1```", re.DOTALL | re.MULTILINE)


def blocks(language: str) -> list[tuple[str, str]]:
    """List the blocks of a language: where, and what."""
    found = []
    for page in PAGES:
        text = page.read_text("utf-8")
        for block in BLOCK.finditer(text):
            if block[2] == language:
                line = text[: block.start()].count("\n") + 1
                lines = [one.removeprefix(block[1]) for one in block[3].splitlines()]
                found.append((f"{page.relative_to(ROOT)}:{line}", "\n".join(lines)))
    return found


def dataset(folder: Path) -> None:
    """Write a few patterns as the real dataset has them."""
    few = load_embedded(1).select(range(0, 40, 4))
    folder.mkdir(parents=True)
    rows = few.images.reshape(len(few), -1)
    np.savetxt(folder / "Case1_input_patterns_64_x_64.txt", rows, fmt="%d")
    np.savetxt(folder / "Case1_strain_energy.txt", few.strain_energy, fmt="%.6f")
    from vae_course.data.mechanical_mnist import TABLE

    head = (
        "Image_Number Case Coefficient_'b' lambda Grid_Size Seed Cahn_Hilliard_Simulation_Index "
        "Displacement_Result_File_Number Displacement_Result_Index "
        "Delta_Psi_Reaction_Force_Result_Index"
    )
    lines = [f"{k} 1 74.8 0.0003 400 1 {k // 2 + 1} 1 {k} {k}" for k in range(1, len(few) + 1)]
    (folder / TABLE).write_text("\n".join([head, *lines]) + "\n", "utf-8")


PYTHON = [(place, code) for place, code in blocks("python") if not place.startswith("CONTRIBUTING")]


@pytest.mark.slow
@pytest.mark.parametrize(("place", "code"), PYTHON, ids=[place for place, _ in PYTHON])
def test_python_on_a_page_runs(place: str, code: str, tmp_path: Path, monkeypatch) -> None:
    if code.startswith("%"):
        assert all(line.startswith("%") for line in code.splitlines())  # of a notebook
        return
    monkeypatch.chdir(tmp_path)
    if "Image24" in code:
        np.savetxt("Image24.txt", np.kron(np.eye(8), np.ones((50, 50))), fmt="%d")
    if "FOLDER" in code:
        synthetic_micrographs("FOLDER", 2)
    if "folder/of/the/dataset" in code:
        dataset(Path("folder/of/the/dataset"))
    exec(compile(code, place, "exec"), {"__name__": "__main__"})


SHELL = [
    (place, line)
    for place, code in blocks("sh")
    for line in re.sub(r"\\\n\s*", " ", code).splitlines()
    if re.match(r"\s*(?:\S*/)?vae-course\s", line)
]


@pytest.mark.parametrize(("place", "line"), SHELL, ids=[f"{p} {n[:40]}" for p, n in SHELL])
def test_a_command_on_a_page_has_the_options_that_it_is_given(place: str, line: str) -> None:
    _, name, *arguments = shlex.split(line, comments=True)
    commands = typer.main.get_command(app).commands
    assert name in commands
    if "--help" not in arguments:
        commands[name].make_context(name, arguments)


def test_there_is_something_to_try() -> None:
    assert len(PYTHON) >= 6
    assert len(SHELL) >= 15
