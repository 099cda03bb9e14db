"""The command `design`: what it writes, and what it refuses at once."""

import json
import subprocess
import sys

import numpy as np
import pytest
from skimage.io import imsave
from typer.testing import CliRunner

from vae_course.cli import app
from vae_course.data import load_embedded
from vae_course.physics.hyperelasticity import strain_energy

RUNNER = CliRunner()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--target", "-1"], "target (strain energy) must be positive; got -1"),
        (["--target", "nan"], "target (strain energy) must be positive; got nan"),
        (["--target", "1", "--volume-fraction", "1.5"], "between 0 and 1, exclusive; got 1.5"),
        (["--target", "1", "--candidates", "0"], "candidates must be at least 1; got 0"),
        (["--target", "1", "--seed", "-1"], "seed must not be negative; got -1"),
        (["--target", "10%"], "target must be a number, or a change such as +10% or -5%; got 10%"),
        (["--target", "+10%"], "target must be a number where nothing is near; got +10%"),
        (["--target", "+900%", "--near", "embedded:20"], "target must lie between"),
        (["--target", "99"], "target must lie between 0.5209 and 5.209, the bounds of the strain"),
        (
            ["--target", "3.5", "--near", "embedded:20"],
            "of every pattern with a volume fraction of 0.5 (within 0.02); got 3.5",
        ),
        (["--target", "1", "--property", "colour"], "property must be one of strain-energy, pr"),
        (["--target", "1", "--property", "flow-stress"], "target must lie between 1.404 and 3.685"),
        (["--target", "1", "--target", "2"], "once for each property, and these be different"),
        (
            [*("--target", "2", "--property", "flow-stress") * 2],
            "these be different; got 2 and flow-stress, flow-stress",
        ),
        (["--target", "9", "--volume-fraction", "0.5"], "a volume fraction of 0.5 (within 0.02)"),
        (["--target", "1", "--near", "none.png"], "none.png: expected a file"),
        (
            ["--target", "1", "--near", "flat.png"],
            "flat.png: a picture must have two levels or more; all are 200",
        ),
    ],
)
def test_bad_requests_end_with_code_2_and_one_line(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    imsave("flat.png", np.full((64, 64), 200, np.uint8), check_contrast=False)
    shown = RUNNER.invoke(app, ["design", *arguments])
    assert shown.exit_code == 2
    assert message in shown.stderr
    assert shown.stderr.count("\n") == 1
    assert not (tmp_path / "design").exists()


def run(*arguments: str, cwd) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vae_course.cli", "design", *arguments]
    return subprocess.run(command, cwd=cwd, check=False, capture_output=True, text=True)


@pytest.mark.slow
def test_design_writes_verified_microstructures_near_the_given_one(tmp_path):
    given = load_embedded(1).images[20]
    target = 1.1 * float(strain_energy(given, (0.5,))[0])
    done = run("--target", "+10%", "--near", "embedded:20", "--candidates", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"Asked for: strain energy {target:.4f}, +10% from that of embedded:20." in done.stdout
    assert "Look at design/design.png" in done.stdout
    numbers = json.loads((tmp_path / "design" / "design.json").read_text())
    with np.load(tmp_path / "design" / "design.npz", allow_pickle=False) as arrays:
        images = arrays["images"]
        assert np.array_equal(arrays["near"], given)
    assert numbers["target"] == pytest.approx(target, rel=1e-5)
    best = numbers["designs"][0]
    assert strain_energy(images[0], (0.5,))[0] == pytest.approx(best["verified"], rel=1e-5)
    assert abs(best["error"]) < 0.03
    assert np.mean(images[0] != given) == pytest.approx(best["changed_pixels"], abs=1e-5)
    assert (tmp_path / "design" / "design.png").stat().st_size > 5_000


@pytest.mark.slow
def test_two_properties_at_once_are_named_in_what_is_said_and_written(tmp_path):
    wishes = ("--property", "strain-energy", "--target", "1.2")
    wishes += ("--property", "flow-stress", "--target", "2.3", "--candidates", "1")
    done = run(*wishes, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "strain energy 1." in done.stdout
    assert "flow stress 2." in done.stdout
    numbers = json.loads((tmp_path / "design" / "design.json").read_text())
    assert numbers["property"] == ["strain-energy", "flow-stress"]
    assert numbers["target"] == [1.2, 2.3]
    best = numbers["designs"][0]
    with np.load(tmp_path / "design" / "design.npz", allow_pickle=False) as arrays:
        solved = strain_energy(arrays["images"][0], (0.5,))[0]
    assert best["verified"]["strain-energy"] == pytest.approx(solved, rel=1e-5)
    assert best["verified"]["flow-stress"] / 2.3 - 1 == pytest.approx(
        best["error"]["flow-stress"], abs=1e-5
    )
