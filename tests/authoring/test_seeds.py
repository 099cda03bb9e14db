"""A lesson is run with other seeds, but the same simulations unseen."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tools import seeds
from vae_course.authoring.source import read_source

LESSON = """# %%
import numpy as np
from vae_course.classroom import check
SEED = 4
first = np.random.default_rng(0).random()
table.split(test=0.2, seed=0)
for k in range(2):
    draw(seed=k, random_state=SEED, size=3)

# %%
check.expect("First", first, 0, 1)
"""


@pytest.fixture
def source(tmp_path: Path):
    (tmp_path / "01_x.py").write_text(LESSON, encoding="utf-8")
    return read_source(tmp_path / "01_x.py")


@pytest.mark.parametrize(("splits", "seed"), [(False, "seed=0"), (True, "seed=0 + 7")])
def test_all_seeds_move_and_splits_only_if_asked(source, splits: bool, seed: str) -> None:
    code = seeds.shifted(source, 7, splits)
    assert "default_rng(0 + 7)" in code
    assert "SEED = 4 + 7" in code
    assert "draw(seed=k + 7, random_state=SEED, size=3)" in code
    assert f"split(test=0.2, {seed})" in code


def test_what_a_lesson_compares_is_recorded(tmp_path: Path) -> None:
    code = "from vae_course.classroom import check\ncheck.expect('First', 0.5, 0, 1)"
    assert seeds.numbers(code) == [("First", 0.5, 0, 1)]
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        seeds.numbers("1 / 0")


def test_an_unknown_lesson_is_refused() -> None:
    app = seeds.typer.Typer()
    app.command()(seeds.main)
    answer = CliRunner().invoke(app, ["99"])
    assert answer.exit_code == 2
    assert "must be one of 01, 02" in answer.output
