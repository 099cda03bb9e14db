"""The command `generate`: what it writes, and what it refuses at once."""

import json
import subprocess
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from vae_course.cli import app
from vae_course.physics.hyperelasticity import strain_energy

RUNNER = CliRunner()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--count", "0"], "count must be at least 1; got 0"),
        (["--time", "-1"], "time must be positive and finite; got -1"),
        (["--volume-fraction", "1.5"], "--volume-fraction must lie between 0 and 1, exclusive"),
        (["--energy", "nan"], "must be positive and finite; got nan"),
        (["--guidance", "-2"], "guidance must be a number of at least 0; got -2"),
        (["--seed", "-1"], "seed must not be negative; got -1"),
    ],
)
def test_bad_requests_end_with_code_2_and_one_line(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = RUNNER.invoke(app, ["generate", *arguments])
    assert shown.exit_code == 2
    assert message in shown.stderr
    assert shown.stderr.count("\n") == 1
    assert not (tmp_path / "samples").exists()


@pytest.mark.slow
def test_generate_writes_pictures_with_the_energies_of_finite_elements(tmp_path):
    command = [sys.executable, "-m", "vae_course.cli", "generate", "--count", "3"]
    command += ["--volume-fraction", "0.35", "--time", "0.01", "--out", "out"]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Look at out/samples.png" in done.stdout
    numbers = json.loads((tmp_path / "out" / "samples.json").read_text())
    assert numbers["asked"]["volume_fraction"] == 0.35
    with np.load(tmp_path / "out" / "samples.npz", allow_pickle=False) as arrays:
        images = arrays["images"]
    assert images.shape == (3, 64, 64)
    np.testing.assert_array_equal(images.sum(axis=(1, 2)), round(0.35 * 4096))
    found = [one["strain_energy"] for one in numbers["samples"]]
    np.testing.assert_allclose(found, strain_energy(images, (0.5,))[:, 0], rtol=1e-5)
