"""The main job end to end, as a user runs it: the report, its numbers, and what goes wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from vae_course.commands.demo.evolution import FORWARD, TIMES, at
from vae_course.commands.demo.page import Section, write
from vae_course.commands.demo.request import prepare

COMMAND = (sys.executable, "-m", "vae_course.cli", "demo")


def run(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def write_pattern(path: Path, seed: int = 0) -> None:
    """A disc-shaped inclusion off the centre, in the dataset's own text form."""
    y, x = np.mgrid[:400, :400] / 400
    rng = np.random.default_rng(seed)
    inside = (x - rng.uniform(0.3, 0.7)) ** 2 + (y - rng.uniform(0.3, 0.7)) ** 2 < 0.06
    np.savetxt(path, inside.astype(int), fmt="%d")


@pytest.fixture(scope="module")
def patterns(tmp_path_factory) -> Path:
    named = os.environ.get("VAE_COURSE_REAL_PATTERNS")
    if named:
        return Path(named)
    folder = tmp_path_factory.mktemp("patterns")
    for k in range(2):
        write_pattern(folder / f"Image{k + 1}.txt", seed=k)
    return folder


@pytest.fixture(scope="module")
def report(tmp_path_factory, patterns) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    done = run("--epochs", "2", "--seed", "3", "--patterns", patterns, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "Open report/index.html" in done.stdout
    return folder / "report"


@pytest.fixture(scope="module")
def metrics(report) -> dict:
    return json.loads((report / "metrics.json").read_text())


@pytest.mark.slow
def test_metrics_have_the_promised_keys(metrics, patterns):
    assert {"latent", "vae_mse", "vae_pixel_accuracy", "pca_mse"} <= set(metrics["reconstruction"])
    for direction in ("forward", "backward"):
        assert len(metrics[direction]) == 3
        for score in metrics[direction]:
            assert {"factor", "mse", "pixel_accuracy", "persistence_mse"} <= set(score)
            assert (score["factor"] > 1) == (direction == "forward")
    names = sorted(path.name for path in patterns.glob("Image*.txt"))
    assert [score["file"] for score in metrics["patterns"]] == names
    for score in metrics["patterns"]:
        assert set(score) == {"file", "mse", "pixel_accuracy", "estimated_time"}
        assert score["pixel_accuracy"] > 0.5
        assert score["estimated_time"] > 0
    assert metrics["seed"] == 3
    assert metrics["simulations"]["train"] > metrics["simulations"]["test"] > 0
    assert {"python", "vae-course", "keras", "numpy"} <= set(metrics["versions"])


@pytest.mark.slow
def test_even_two_epochs_of_training_learn_something(metrics):
    assert metrics["reconstruction"]["vae_mse"] < 0.2  # a grey picture has 0.25
    assert metrics["reconstruction"]["pca_mse"] < 0.2


@pytest.mark.slow
def test_the_error_of_nothing_changes_grows_with_the_distance_in_time(metrics):
    for direction in ("forward", "backward"):
        errors = [score["persistence_mse"] for score in metrics[direction]]
        assert errors == sorted(errors)


@pytest.mark.slow
def test_the_future_is_predicted_better_than_by_nothing_changes_and_by_a_straight_line(metrics):
    for score in metrics["forward"]:
        assert score["mse"] < score["persistence_mse"] / 3
        assert score["mse"] < score["velocity_mse"]


@pytest.mark.slow
def test_pasts_lead_by_simulation_to_the_present(metrics):
    for score in metrics["backward"]:
        assert max(score["mse"], score["best_mse"]) < score["persistence_mse"]
    for score in metrics["resimulated"]:
        assert score["median_agreement"] > 0.9
        assert score["best_agreement"] >= score["median_agreement"]


@pytest.mark.slow
def test_designs_have_the_energy_asked_for_by_finite_elements(metrics):
    for one in metrics["design"]["designs"]:
        assert one["error"] < 0.03
        assert abs(one["volume_fraction"] - metrics["design"]["volume_fraction"]) <= 0.02
    changed = [one for one in metrics["design"]["designs"] if one["kind"] == "changed"]
    assert all(0 < one["changed_pixels"] < 0.3 for one in changed)


@pytest.mark.slow
def test_new_microstructures_have_the_volume_fraction_asked_for(metrics):
    for row in metrics["generation"]["samples"]:
        for one in row["drawn"]:
            assert one["volume_fraction"] == pytest.approx(row["asked for"], abs=1 / 4096)
            assert 0.5 < one["strain_energy"] < 3


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_report_opens_in_a_browser_and_every_picture_shows(chromium, report, scheme, width):
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto((report / "index.html").as_uri())
    pictures = page.eval_on_selector_all(
        "img", "images => images.map(i => [i.getAttribute('src'), i.complete && i.naturalWidth])"
    )
    assert len(pictures) >= 5
    assert [name for name, shown in pictures if not shown] == []
    assert {name for name, _ in pictures} == {path.name for path in report.glob("*.png")}
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert problems == []
    page.close()


@pytest.fixture
def broken(tmp_path):
    folder = tmp_path / "patterns"
    folder.mkdir()
    write_pattern(folder / "Image5.txt")
    return folder / "Image5.txt"


def seven(text: str) -> str:
    lines = text.splitlines()
    lines[2] = "7" + lines[2][1:]
    return "\n".join(lines)


@pytest.mark.slow
def test_bad_input_ends_with_code_2_and_one_line_and_writes_nothing(broken, tmp_path):
    good = broken.read_text()
    lines = good.splitlines()
    cases = {
        "line 201: expected 400 values; found": good[: 400 * 400 + 101],
        "line 4: expected 400 values; found 399": "\n".join([*lines[:3], lines[3][:-2]]),
        "line 3: expected 0 or 1; found 7": seven(good),
    }
    for message, text in cases.items():
        broken.write_text(text)
        done = run("--patterns", broken.parent, cwd=tmp_path)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert f"Image5.txt, {message}" in done.stderr
    assert not (tmp_path / "report").exists()


def test_input_is_checked_before_anything_is_done(broken, tmp_path):
    broken.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
    with pytest.raises(ValueError, match=r"Image5\.txt, line 1: expected 400"):
        prepare(tmp_path / "out", patterns=broken.parent)
    broken.unlink()
    with pytest.raises(ValueError, match=r"expected pattern files named Image\*\.txt; found none"):
        prepare(tmp_path / "out", patterns=broken.parent)
    with pytest.raises(FileNotFoundError, match="expected a folder of patterns"):
        prepare(tmp_path / "out", patterns=tmp_path / "none")
    for minutes in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="minutes must be positive"):
            prepare(tmp_path / "out", minutes=minutes)
    with pytest.raises(ValueError, match=r"give either minutes or epochs; got 1\.0 and 2"):
        prepare(tmp_path / "out", minutes=1.0, epochs=2)
    with pytest.raises(ValueError, match="epochs must be at least 1; got 0"):
        prepare(tmp_path / "out", epochs=0)
    with pytest.raises(ValueError, match="seed must not be negative"):
        prepare(tmp_path / "out", seed=-1)
    assert not (tmp_path / "out").exists()


def test_a_pattern_of_one_phase_is_named(broken, tmp_path):
    np.savetxt(broken.parent / "Image6.txt", np.ones((400, 400), int), fmt="%d")
    with pytest.raises(ValueError, match=r"both phases to evolve; Image6\.txt holds one"):
        prepare(tmp_path / "out", patterns=broken.parent)


def test_a_folder_with_other_files_is_not_written_to(tmp_path):
    (tmp_path / "index.html").write_text("mine")
    with pytest.raises(ValueError, match="out must be new, empty or an earlier report"):
        prepare(tmp_path)
    with pytest.raises(ValueError, match="out must be a folder"):
        prepare(tmp_path / "index.html")


def test_an_interrupted_report_can_be_written_again(tmp_path):
    (tmp_path / "metrics.json").write_text("{}")  # the first file that is written
    assert prepare(tmp_path).out == tmp_path


def test_markup_in_a_file_name_is_shown_and_not_run(tmp_path):
    metrics = {
        "reconstruction": {"vae_pixel_accuracy": 1, "pca_mse": 1, "vae_mse": 1, "latent": 1},
        "forward": [{"factor": 2.0, "mse": 1, "persistence_mse": 1}],
        "simulations": {"train": 1, "test": 1},
        "training": {"minutes": 1, "images": 1},
        "seed": 0,
        "versions": {"python": "3"},
    }
    write(tmp_path, metrics, [Section("T", "text", [], ["file"], [["<script>x</script>"]])])
    assert "<script>x" not in (tmp_path / "index.html").read_text()


def test_frames_are_found_by_their_factor_of_the_present():
    frames = np.arange(len(TIMES))[None, :]
    factors = TIMES / TIMES[at(frames, 1.0)[0]]
    for factor in FORWARD:
        assert factors[at(frames, factor)[0]] == pytest.approx(factor)
