"""The command `identify`: what it writes, what `evolve` takes of it, and what is refused."""

import json

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from vae_course.cli import app
from vae_course.commands.evolve import _factors
from vae_course.physics import cahn_hilliard
from vae_course.physics.identification import Identified

RUNNER = CliRunner()
TIMES = np.array([2e-3, 3e-3, 4e-3])


@pytest.fixture(scope="module")
def fields() -> np.ndarray:
    start = cahn_hilliard.initial_condition(0.5, 11, 48, 4)
    return cahn_hilliard.simulate(start, 80, 0.05, TIMES)


@pytest.fixture(scope="module")
def done(fields, tmp_path_factory):
    """A folder of pictures, whose names sort as text the other way round, as it was read."""
    folder = tmp_path_factory.mktemp("identify")
    (folder / "frames").mkdir()
    for number, field in zip((8, 9, 10), fields, strict=True):
        grey = np.clip(40 + 160 * field, 0, 255).round().astype(np.uint8)
        Image.fromarray(grey).save(folder / "frames" / f"frame{number}.png")
    arguments = ["identify", str(folder / "frames"), "--times", "0,10,20", "--ahead", "4"]
    return folder, RUNNER.invoke(app, [*arguments, "--out", str(folder / "out")])


def test_a_folder_of_pictures_gives_constants_a_forecast_and_a_clock(done):
    folder, shown = done
    assert shown.exit_code == 0, shown.output
    said = " ".join(shown.output.split())
    assert "Conserved coarsening (Cahn–Hilliard) describes the frames." in said
    assert "M b, in side² per unit of time: 0.00" in said  # 80, a unit being 1e-4
    found = Identified.load(folder / "out" / "identified.json")
    assert found.speed.value == pytest.approx(80e-4, rel=0.03)
    assert found.levels == pytest.approx((40, 200), abs=2)
    with np.load(folder / "out" / "identified.npz", allow_pickle=False) as arrays:
        assert arrays["frames"].shape == arrays["simulated"].shape == (3, 48, 48)
        assert arrays["forecast"].shape == (4, 48, 48)
        np.testing.assert_allclose(arrays["forecast_times"], [30, 40, 50, 60])
        off = np.abs(arrays["simulated"] - arrays["frames"]).mean()
    assert off < 1.0  # grey levels, of 160
    for name in ("identified.png", "pictures.png"):
        assert (folder / "out" / name).stat().st_size > 10_000


def test_dark_is_1_and_a_square_of_a_stack(done, fields, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("series.npy", np.pad(200 - 160 * fields, ((0, 0), (0, 6), (0, 0)), mode="edge"))
    arguments = ["identify", "series.npy", "--dark-is-1", "--cut", "0,0,6,0", "--times", "0,10,20"]
    shown = RUNNER.invoke(app, arguments)
    assert shown.exit_code == 0, shown.output
    found = Identified.load("identified/identified.json")
    assert found.speed.value == pytest.approx(80e-4, rel=0.03)
    assert found.levels[0] < found.levels[1]


def test_one_binary_frame_tells_its_reduced_age_and_is_no_clock(fields, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("one.npy", fields[0])
    shown = RUNNER.invoke(app, ["identify", "one.npy", "--binary"])
    assert shown.exit_code == 0, shown.output
    assert "Reduced age M σ t" in shown.output
    assert json.loads((tmp_path / "identified" / "identified.json").read_text())["rate"] is None
    refused = RUNNER.invoke(app, ["evolve", "embedded:3", "--clock", "identified/identified.json"])
    assert refused.exit_code == 2
    assert "no clock: one frame" in " ".join(refused.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["identify", "nothing"], "nothing: expected a stack, a folder of pictures or a .npy"),
        (["identify", "series.npy", "--times", "0,1"], "times must be as many as frames, 3"),
        (["identify", "series.npy", "--times", "a,b,c"], "times must be numbers with commas"),
        (["identify", "series.npy", "--times", "2,1,0"], "times must be finite and ascending"),
        (["identify", "series.npy", "--boundary", "walls"], "boundary must be no-flux, periodic"),
        (["identify", "series.npy", "--ahead", "0"], "ahead must be at least 1; got 0"),
        (["identify", "series.npy", "--size", "400"], "400 × 400 pixels or more"),
        (["evolve", "embedded:3", "--after", "2"], "after must be given with --clock"),
        (["evolve", "embedded:3", "--clock", "series.npy"], "expected what `vae-course identify`"),
    ],
)
def test_bad_requests_end_with_code_2_and_one_line(
    arguments, message, fields, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    np.save("series.npy", fields)
    shown = RUNNER.invoke(app, arguments)
    assert shown.exit_code == 2, shown.output
    assert message in " ".join(shown.stderr.split())
    assert not (tmp_path / "identified" / "identified.json").exists()


def test_times_after_a_picture_become_ratios_of_its_age():
    assert _factors([10.0, -10.0], 20.0) == [1.5, 0.5]
    for time in (0.0, -19.0, 181.0):
        with pytest.raises(ValueError, match=r"after must lie between -18 and 180, and not be 0"):
            _factors([time], 20.0)
