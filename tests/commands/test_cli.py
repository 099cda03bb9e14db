"""The command line: help with an example, the version, the doctor, and quick start-up."""

import subprocess
import sys
import time

import numpy as np
import pytest
import typer
from skimage.io import imsave
from typer.testing import CliRunner

import vae_course
from vae_course.cli import app
from vae_course.commands import doctor
from vae_course.commands.doctor import Finding, examine

RUNNER = CliRunner()


def commands(group, *before):
    """Each command of a group as its words, and those of the groups in it."""
    for name, command in group.commands.items():
        yield " ".join([*before, name])
        if hasattr(command, "commands"):
            yield from commands(command, *before, name)


@pytest.mark.parametrize("command", [*commands(typer.main.get_command(app))])
def test_help_shows_a_worked_example(command):
    shown = RUNNER.invoke(app, [*command.split(), "--help"])
    assert shown.exit_code == 0
    assert f"Example: vae-course {command}" in " ".join(shown.output.split())


def test_the_version_is_that_of_the_package():
    assert vae_course.__version__ in RUNNER.invoke(app, ["--version"]).output


def test_an_unknown_option_ends_with_code_2():
    assert RUNNER.invoke(app, ["demo", "--mintues", "1"]).exit_code == 2


def test_importing_the_package_and_its_physics_does_not_import_keras():
    code = (
        "import sys, vae_course.cli, vae_course.physics.cahn_hilliard, vae_course.data; "
        "sys.exit('keras' in sys.modules or 'tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "--case", "2", "--latent", "0"],
        ["train", "--resume"],
        ["evolve", "flat.png"],
        ["evolve", "embedded:1", "--samples", "0"],
        ["design", "--energy", "3.5", "--near", "embedded:1"],
        ["design", "--energy", "1", "--near", "flat.png"],
        ["demo", "--minutes", "0"],
        ["demo", "--patterns", "flat"],
        ["simulate", "--out", "a.npz", "--case", "5"],
    ],
    ids=" ".join,
)
def test_a_bad_request_is_refused_without_loading_keras(arguments, tmp_path):
    imsave(tmp_path / "flat.png", np.full((64, 64), 200, np.uint8), check_contrast=False)
    (tmp_path / "flat").mkdir()
    np.savetxt(tmp_path / "flat" / "Image1.txt", np.ones((400, 400), int), fmt="%d")
    code = (
        "import sys\nfrom vae_course.cli import app\n"
        f"try:\n    app({arguments})\n"
        "except SystemExit as end:\n    sys.exit(end.code if 'keras' not in sys.modules else 9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1


def test_the_doctor_finds_what_these_tests_run_on():
    findings = {finding.name: finding for finding in examine()}
    for name in ("Python", "Keras", "Processor", "Memory", "Disk"):
        assert findings[name].state in ("ok", "optional")
        assert findings[name].found
    assert findings["Python"].state == findings["Keras"].state == "ok"
    assert all(finding.advice for finding in findings.values() if finding.state != "ok")


def test_the_doctor_says_what_to_do_and_ends_with_code_1_where_something_is_missing(monkeypatch):
    broken = [Finding("Keras", "missing", "ImportError: no module", "run `make install`")]
    monkeypatch.setattr(doctor, "examine", lambda: iter(broken))
    shown = RUNNER.invoke(app, ["doctor"])
    assert shown.exit_code == 1
    assert "run `make install`" in shown.output


def test_the_doctor_tells_of_a_backend_that_cannot_be_loaded():
    code = (
        "from vae_course.commands.doctor import examine; "
        "f = {f.name: f for f in examine()}['Keras']; "
        "print(f.state, f.advice)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"KERAS_BACKEND": "nonsense", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("missing run `make install`; if KERAS_BACKEND is set")


SMALL = ("--simulations", "3", "--case", "2", "--frames", "2", "--no-energies", "--processes", "1")


@pytest.mark.slow
def test_a_killed_simulation_goes_on_to_the_same_file_bit_for_bit(tmp_path):
    command = [sys.executable, "-m", "vae_course.cli", "simulate", *SMALL, "--out"]
    subprocess.run([*command, tmp_path / "undisturbed.npz"], check=True, capture_output=True)
    killed = tmp_path / "killed.npz"
    parts = tmp_path / "killed.npz.parts"
    with subprocess.Popen([*command, killed], stdout=subprocess.DEVNULL) as process:
        while not list(parts.glob("[0-9]*.npz")) and process.poll() is None:
            time.sleep(0.01)
        process.kill()
    assert not killed.exists()
    before = {path.name: path.stat().st_mtime_ns for path in parts.glob("[0-9]*.npz")}
    assert before
    again = subprocess.run([*command, killed], check=True, capture_output=True, text=True)
    assert "6 images of 3 simulations" in again.stdout
    assert killed.read_bytes() == (tmp_path / "undisturbed.npz").read_bytes()
    assert not parts.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "a.txt"], "out must end in .npz; got a.txt"),
        (["--out", "here.npz"], "out must be new; here.npz exists"),
        (["--out", "a.npz", "--case", "5"], "case must be 1, 2, 3 or 4; got 5"),
        (["--out", "a.npz", "--simulations", "0"], "simulations must be at least 1; got 0"),
        (["--out", "a.npz", "--processes", "0"], "processes must be -1 or at least 1; got 0"),
        (["--out", "other.npz"], "other.npz.parts must be empty or hold simulations"),
    ],
)
def test_bad_requests_to_simulate_end_with_code_2_and_one_line(
    arguments, message, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here.npz").write_text("mine")
    (tmp_path / "other.npz.parts").mkdir()
    (tmp_path / "other.npz.parts" / "mine.txt").write_text("mine")
    shown = RUNNER.invoke(app, ["simulate", *arguments])
    assert shown.exit_code == 2
    assert message in shown.stderr
    assert shown.stderr.count("\n") == 1
    assert (tmp_path / "here.npz").read_text() == "mine"
