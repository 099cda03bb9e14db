"""What a notebook or script can reach of the library, and what counts as a change of it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from vae_course.authoring.reach import PACKAGE, changed, reached

EVOLVES = "from vae_course.latent import Evolution\nEvolution.load_pretrained()"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package, to be changed."""
    return Path(
        shutil.copytree(
            PACKAGE, tmp_path / "vae_course", ignore=shutil.ignore_patterns("__pycache__")
        )
    )


@pytest.fixture
def after(package: Path) -> Callable[..., list[str]]:
    """Return what some code reaches that has changed, after an edit of a file."""

    def edit(code: str, file: str, old: str, new: str) -> list[str]:
        before = reached(code, package)
        path = package / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return changed(before, reached(code, package))

    return edit


@pytest.mark.parametrize(
    ("code", "file", "old", "new"),
    [
        ("from vae_course import plotting", "plotting.py", "#12324d", "#12324e"),
        ("from vae_course.physics import figures", "plotting.py", "#12324d", "#12324e"),
        (EVOLVES, "latent/dynamics.py", "CODE = (8, 8, 4)", "CODE = (8, 8, 5)"),
        (EVOLVES, "latent/pretrained/evolution-case1-forward.json", '"slope": ', '"slope": 1'),
        (EVOLVES, "vae/pretrained/manifest.json", '"models"', '"modelz"'),
        ("def f():\n    import vae_course.data", "data/schedule.py", "0.5", "0.51"),
        ("from vae_course.data import load_embedded", "data/embedded/manifest.json", "2", "3"),
        ("check.lesson_07.f(f)", "classroom/checks/lesson_07/coverage.py", "0.", "1."),
        ('check.progress("04")', "classroom/checks/lesson_04/__init__.py", "stars=1", "stars=2"),
        (
            "from vae_course.classroom.curves import load_curves",
            "classroom/training_curves.json",
            "1",
            "2",
        ),
    ],
)
def test_a_change_of_what_is_reached_is_found_and_named(code, file, old, new, after):
    assert after(code, file, old, new) == [f"vae_course/{file}"]


@pytest.mark.parametrize(
    ("code", "file", "old", "new"),
    [
        (EVOLVES, "latent/dynamics.py", '"""Networks that', '"""The networks that'),
        (EVOLVES, "latent/dynamics.py", "CODE = ", "# The shape.\nCODE = "),
        (EVOLVES, "latent/dynamics.py", "CODE = (8, 8, 4)", "CODE = (\n    8, 8, 4)"),
        (EVOLVES, "latent/dynamics.py", "width: int = 64", "width: float = 64"),
        (EVOLVES, "vae/training.py", "_VALIDATED = 1000", "_VALIDATED = 999"),
        ("from vae_course.physics import descriptors", "plotting.py", "#12324d", "#12324e"),
        ("check.lesson_03.f(f)", "classroom/checks/lesson_07/coverage.py", "0.", "1."),
        ("import numpy", "plotting.py", "#12324d", "#12324e"),
    ],
)
def test_what_changes_no_output_or_is_not_reached_does_not_count(code, file, old, new, after):
    assert after(code, file, old, new) == []


def test_a_new_file_and_a_lost_one_count(package: Path):
    before = reached(EVOLVES, package)
    (package / "latent" / "pretrained" / "manifest.json").unlink()
    assert "vae_course/latent/pretrained/manifest.json" in changed(
        before, reached(EVOLVES, package)
    )
    assert changed(None, {"a": "1"}) == changed("text", {"a": "1"}) == ["a"]
    assert changed({"a": "1"}, {}) == ["a"]


def test_the_place_of_the_project_does_not_count(package: Path):
    assert reached(EVOLVES, package) == reached(EVOLVES)


def test_lines_for_ipython_are_passed_over():
    assert reached("%matplotlib inline\n!ls\nimport vae_course.notebook") == reached(
        "import vae_course.notebook"
    )
