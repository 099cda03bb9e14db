"""What is printed is what was meant: no markup, no sign that an output cannot show."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from vae_course.commands import terminal
from vae_course.commands.doctor import ADVICE

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-c", "from vae_course.cli import app; app()")


def test_nothing_that_is_printed_is_taken_for_markup(capsys):
    terminal.say("Look at ", terminal.styled("m[/b]"), " and [bold]this[/bold].")
    terminal.show_warning("a[/b].png: odd", UserWarning, "", 0)
    shown = capsys.readouterr()
    assert shown.out == "Look at m[/b] and [bold]this[/bold].\n"
    assert shown.err == "Warning: a[/b].png: odd\n"


def test_no_command_prints_markup_of_its_own():
    marked = re.compile(r"\[/?(?:bold|red|green|yellow|/)\]")
    for path in (ROOT / "vae_course" / "commands").rglob("*.py"):
        lines = path.read_text("utf-8").splitlines()
        found = [line for line in lines if marked.search(line) and "Example:" not in line]
        assert found == [], path


def test_doctor_names_extras_with_their_brackets():
    done = subprocess.run(
        [*COMMAND, "doctor"],
        env=os.environ | {"COLUMNS": "200", "PATH": "/nowhere"},
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=ROOT,
    )
    assert "[jax]" in ADVICE["jax"]
    assert "Sandbox" in done.stdout
    assert "bwrap is not installed" in " ".join(done.stdout.split())


def test_an_output_without_the_signs_gets_others():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="cp1252", newline="\n")
    terminal.plain_where_needed(stream)
    print("✓ ★★ φ … – × 漢", file=stream)
    stream.flush()
    assert raw.getvalue().decode("cp1252") == "+ ** phi … – × ?\n"


@pytest.mark.parametrize("command", [["evolve", "embedded:17"], ["design", "--energy", "1.3"]])
@pytest.mark.parametrize(
    ("backend", "said"),
    [
        ("torch", "Error: KERAS_BACKEND must be tensorflow or jax; got torch"),
        ("nonsense", "Error: KERAS_BACKEND must be tensorflow or jax; got nonsense"),
    ],
)
def test_a_backend_that_is_none_of_ours_ends_with_one_line(tmp_path, command, backend, said):
    done = subprocess.run(
        [*COMMAND, *command, "--out", str(tmp_path / "x")],
        env=os.environ | {"KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr.strip()) == (2, said)
