"""`vae-course sync` refuses what makes no sense in one line; both commands show an example."""

import pytest
from typer.testing import CliRunner

from vae_course.cli import app


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sync", "--only", "42"], "only must name lessons"),
        (["sync", "--root", "tests"], "works in the folder of the project"),
        (["sync", "--jobs", "-1"], "jobs must be 0 or more"),
    ],
)
def test_bad_input_to_sync_ends_in_one_line(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert len(result.output.strip().splitlines()) == 1


@pytest.mark.parametrize("command", ["sync", "grade"])
def test_help_shows_an_example(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])
    assert f"Example: vae-course {command}" in result.output
