"""`make bench`: runs the benchmarks one after the other, and goes on where it was."""

from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture(scope="module")
def run(script) -> ModuleType:
    return script("benchmarks", "run")


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """Two benchmarks that count how often they ran; the second fails until a file is there."""
    body = (
        "import sys, pathlib\n"
        "here = pathlib.Path(__file__)\n"
        "assert sys.argv[1:] == ['--write']\n"
        "with here.with_suffix('.count').open('a') as file:\n"
        "    file.write('x')\n"
        "print('said by', here.stem)\n"
    )
    (tmp_path / "one.py").write_text(body)
    needs = "assert here.with_name('there').exists(), 'no data'\n"
    (tmp_path / "two.py").write_text(body + needs)
    return tmp_path


def test_a_benchmark_that_failed_is_run_again_and_those_that_are_done_are_not(run, scripts):
    work = scripts / "work"
    found = run.run(["two", "one"], work, scripts)
    assert found["two"] == -1
    assert found["one"] >= 0
    assert "no data" in (work / "two.log").read_text()
    assert (work / "one.log").read_text() == "said by one\n"
    (scripts / "there").touch()
    found = run.run(["two", "one"], work, scripts)
    assert min(found.values()) >= 0
    assert (scripts / "one.count").read_text() == "x"
    assert (scripts / "two.count").read_text() == "xx"
    run.run(["one"], work, scripts)  # all were done: the next run measures anew
    assert (scripts / "one.count").read_text() == "xx"


def test_every_benchmark_that_writes_results_is_run_and_takes_write(run):
    writing = {
        path.stem
        for path in BENCHMARKS.glob("*.py")
        if "write_entry(" in path.read_text("utf-8") and path.stem != "results"
    }
    assert writing == set(run.BENCHMARKS)
    for name in writing:
        assert '"--write"' in (BENCHMARKS / f"{name}.py").read_text("utf-8")


def test_an_unknown_benchmark_is_named(run):
    with pytest.raises(Exception, match="got weather"):
        run.chosen("dataset,weather")
