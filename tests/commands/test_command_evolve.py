"""The command `evolve`: what it writes, and what it refuses at once."""

import json
import subprocess
import sys

import numpy as np
import pytest
from skimage.io import imsave
from typer.testing import CliRunner

from vae_course.cli import app
from vae_course.data import load_embedded

RUNNER = CliRunner()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["embedded:x"], "embedded:x: expected embedded:0 to embedded:4799"),
        (["none.png"], "none.png: expected a file, or embedded:NUMBER; there is none"),
        (["small.png"], "must have 64 × 64 pixels or more after cutting and reducing; got 32 × 32"),
        (["flat.png"], "flat.png: a picture must have two levels or more; all are 200"),
        (
            ["embedded:1", "--factor", "0"],
            "factor (t_new / t_now) must lie between 0.1 and 10; got 0",
        ),
        (["embedded:1", "--factor", "-2"], "between 0.1 and 10; got -2"),
        (["embedded:1", "--factor", "1"], "or above 1 for the future; got 1"),
        (["embedded:1", "--factor", "2", "--factor", "20"], "between 0.1 and 10; got 20"),
        (["embedded:1", "--factor", "nan"], "between 0.1 and 10; got nan"),
        (["embedded:1", "--samples", "0"], "samples must be at least 1; got 0"),
        (["embedded:1", "--seed", "-1"], "seed must not be negative; got -1"),
    ],
)
def test_bad_requests_end_with_code_2_and_one_line(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    imsave("small.png", np.eye(32, dtype=np.uint8), check_contrast=False)
    imsave("flat.png", np.full((64, 64), 200, np.uint8), check_contrast=False)
    shown = RUNNER.invoke(app, ["evolve", *arguments])
    assert shown.exit_code == 2
    assert message in shown.stderr
    assert shown.stderr.count("\n") == 1
    assert not (tmp_path / "evolution").exists()


@pytest.mark.slow
def test_evolve_writes_a_figure_arrays_and_numbers_that_agree(tmp_path):
    command = [sys.executable, "-m", "vae_course.cli", "evolve", "embedded:22"]
    command += ["--factor", "0.67", "--factor", "2", "--samples", "4", "--out", "out"]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Look at out/evolution.png" in done.stdout
    numbers = json.loads((tmp_path / "out" / "evolution.json").read_text())
    known = load_embedded(1)
    assert numbers["time"] == {"value": pytest.approx(known.time[22], rel=1e-5), "known": True}
    past, future = numbers["factors"]
    with np.load(tmp_path / "out" / "evolution.npz", allow_pickle=False) as arrays:
        assert np.array_equal(arrays["given"], known.images[22])
        assert arrays["predicted_0.67"].shape == (4, 64, 64)
        arrived = arrays["simulated_0.67"] == known.images[22]
        assert past["agreement"]["best"] == pytest.approx(arrived.mean(axis=(1, 2)).max(), abs=1e-5)
        same = (arrays["predicted_2"] > 0.5) == arrays["simulated_2"]
        assert future["agreement"] == pytest.approx(same.mean(), abs=1e-5)
    assert future["agreement"] > 0.9
    assert past["agreement"]["median"] > 0.85
    assert (tmp_path / "out" / "evolution.png").stat().st_size > 10_000


@pytest.mark.slow
def test_other_volume_fractions_are_for_the_models_of_all_cases(tmp_path):
    patterns = load_embedded(3)
    index = int(np.argmin(np.abs(patterns.time - 5e-3)))
    picture = tmp_path / "one.png"
    imsave(picture, 255 * patterns.images[index], check_contrast=False)
    shown = RUNNER.invoke(
        app, ["evolve", str(picture), "--out", str(tmp_path / "out"), "--samples", "4"]
    )
    assert shown.exit_code == 0, shown.output
    assert "Models of all cases were used" in shown.stdout
    assert "a guess" not in shown.stderr
    numbers = json.loads((tmp_path / "out" / "evolution.json").read_text())
    assert numbers["models"] == "all-cases"
    past, future = numbers["factors"]
    assert past["agreement"]["best"] > 0.9
    assert future["agreement"] > 0.9
    assert 0.2 < numbers["time"]["value"] / patterns.time[index] < 5  # by the clock
