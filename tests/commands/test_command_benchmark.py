"""The command `benchmark`: a model written from the page alone, and ways to get it wrong."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vae_course.cli import app
from vae_course.suite import data, report

RUNNER = CliRunner()
PAGE = Path(__file__).parents[2] / "docs" / "benchmark.md"


@pytest.fixture
def quick(monkeypatch, tmp_path):
    """Simulate nothing: a part of the suite stands for fresh simulations."""
    part = report._part(data.load())
    monkeypatch.setattr(report.data, "simulate", lambda *given: part)
    monkeypatch.chdir(tmp_path)


def test_the_model_on_the_page_runs_as_it_stands(quick):
    page = PAGE.read_text("utf-8")
    title, code = re.search(r'```python title="([\w.]+)"\n(.*?)```', page, re.DOTALL).groups()
    Path(title).write_text(code)
    command = re.search(r"vae-course (benchmark .*)", page)[1].split()
    shown = RUNNER.invoke(app, command)
    assert shown.exit_code == 0, shown.output
    assert "forward:" in shown.output
    assert "Suspected" not in shown.output
    found = json.loads(Path("benchmark/benchmark.json").read_text())
    assert list(found["tracks"]) == ["forward"]
    row = found["tracks"]["forward"]["binary"]["90"]
    assert row["rmse / nothing changes"] == pytest.approx(1.0, abs=2e-3)
    assert Path("benchmark/forward.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("text", "more", "message"),
    [
        (
            "def forecast(f, t, a): return f[:, -1:]",
            [],
            "forecast must return shape (1, 4, 64, 64)",
        ),
        ("def forecast(f, t): ...", [], "forecast failed with TypeError"),
        ("def predict(f): ...", [], "mine.py has none of forecast, past"),
        (
            "def sample(t, f, s): return 0 * t[:, None, None].repeat(64, 1).repeat(64, 2)",
            [],
            "sample must return both phases; 100% hold one alone",
        ),
        ("def sample(t, f, s): ...", ["--only", "forward"], "the model has none of forecast"),
        ("def sample(t, f, s): ...", ["--only", "all"], "only must be of forward, backward"),
        ("def sample(t, f, s): ...", ["--suite", "."], "there is no suite"),
    ],
)
def test_mistakes_are_named_within_seconds(text, more, message, quick):
    Path("mine.py").write_text(text)
    shown = RUNNER.invoke(app, ["benchmark", "mine.py", *more])
    assert shown.exit_code == 2
    assert message in shown.stderr
    assert not Path("benchmark").exists()


def test_a_later_mistake_loses_no_track(quick):
    Path("mine.py").write_text(
        "import numpy as np\ndef forecast(frames, times, ahead):\n"
        "    return np.repeat(frames[:, -1:], len(ahead), axis=1)\n"
        "def design(targets, seed): return np.zeros(3)\n"
    )
    shown = RUNNER.invoke(app, ["benchmark", "mine.py"])
    assert shown.exit_code == 2
    assert "design must return shape (20, 64, 64); got (3,)" in shown.stderr
    assert list(json.loads(Path("benchmark/benchmark.json").read_text())["tracks"]) == ["forward"]


def test_a_suspected_model_ends_with_code_1(quick):
    Path("mine.py").write_text(
        "from vae_course.suite.data import load\nanswers = load().fields[:, 1:]\n"
        "def forecast(frames, times, ahead):\n    return answers[:len(frames)]\n"
    )
    shown = RUNNER.invoke(app, ["benchmark", "mine.py"])
    assert shown.exit_code == 1, shown.output
    assert "answers depend on the place among the series" in " ".join(shown.output.split())
