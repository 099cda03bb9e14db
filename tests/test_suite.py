"""What holds for the tests themselves: no wall clock, and a word on what was skipped."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BY_TIME = re.compile(r"--minutes|\bminutes=|TimeBudget\(")
NOT_BY_TIME = {
    "commands/test_cli.py": "refused before anything is trained",
    "commands/test_command_demo.py": "refused before anything is trained",
    "commands/test_command_train.py": "refused before anything is trained",
    "commands/test_command_hostile.py": "stopped by Ctrl-C, however far it has come",
    "grading/hostile/test_hostile.py": "a limit of submissions",
    "grading/test_grade.py": "a limit of submissions",
    "vae/test_model.py": "a clock of its own",
    "vae/test_schedules.py": "looked at, not trained with",
}
"""Tests that speak of minutes and yet do not train for a time: how far one comes depends on what
else the machine does."""


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_the_last_lines_say_what_was_skipped_and_how_to_have_it(workers):
    variables = {k: v for k, v in os.environ.items() if not k.startswith(("VAE_COURSE", "PYTEST"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/data/test_mechanical_mnist.py", *workers],
        cwd=ROOT,
        env=variables | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout
    (line,) = [one for one in done.stdout.splitlines()[-3:] if one.startswith("Skipped")]
    assert "no real patterns: 2 tests" in line
    assert "VAE_COURSE_REAL_PATTERNS" in line


def test_no_test_trains_for_a_time_of_the_wall_clock():
    tests = ROOT / "tests"
    found = {
        path.relative_to(tests).as_posix()
        for path in tests.rglob("*.py")
        if path != Path(__file__) and BY_TIME.search(path.read_text("utf-8"))
    }
    assert found == set(NOT_BY_TIME)
