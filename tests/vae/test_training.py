"""Training: what it leaves in its folder, and that it survives being killed at any time."""

import csv
import hashlib
import json
import random
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from vae_course.data import PatternSet, load_embedded, read_pattern
from vae_course.vae import VAE
from vae_course.vae._checkpoints import CheckpointError
from vae_course.vae.training import train

SMALL = {"latent": 4, "batch_size": 8}


@pytest.fixture(scope="module")
def patterns() -> PatternSet:
    """Images of ten simulations."""
    embedded = load_embedded(1)
    chosen = np.flatnonzero(np.isin(embedded.simulation, np.unique(embedded.simulation)[:10]))
    return embedded.select(chosen)


@pytest.fixture(scope="module")
def trained(patterns, tmp_path_factory):
    out = tmp_path_factory.mktemp("trained") / "model"
    return out, train(patterns, out, epochs=2, source="ten simulations", **SMALL)


def steps_of(out: Path) -> int:
    return json.loads((out / "state.json").read_text())["step"]


def test_training_leaves_a_model_that_loads_and_does_what_its_card_says(patterns, trained):
    out, result = trained
    card = json.loads((out / "card.json").read_text(encoding="utf-8"))
    _, held_out = patterns.split(0.2, seed=0)
    vae = keras.saving.load_model(out / "model.keras")
    assert isinstance(vae, VAE)
    error = np.mean((vae.reconstruct(held_out.images) - held_out.images) ** 2)
    assert card["held-out simulations"]["squared_error"] == pytest.approx(error, rel=1e-5)
    assert card == result.card
    digest = hashlib.sha256((out / "model.keras").read_bytes()).hexdigest()
    assert card["model"]["sha256"] == digest
    assert card["split"]["simulations held out"] == 2
    assert card["training"]["epochs"] == 2
    assert "by simulation" in (out / "card.md").read_text(encoding="utf-8")
    assert (out / "report.png").read_bytes().startswith(b"\x89PNG")


def test_equal_settings_give_equal_histories_whatever_was_drawn_before(patterns, trained, tmp_path):
    random.seed(11)  # Keras shuffles by this, unless it is told not to
    again = train(patterns, tmp_path / "again", epochs=2, **SMALL).history
    for one, two in zip(trained[1].history, again, strict=True):
        for name in ("loss", "kl", "squared_error"):
            assert one[name] == pytest.approx(two[name], rel=1e-4)


def test_mixed_precision_computes_in_bfloat16_and_returns_float32(patterns, trained, tmp_path):
    result = train(patterns, tmp_path / "mixed", epochs=1, mixed_precision=True, **SMALL)
    vae = keras.saving.load_model(tmp_path / "mixed" / "model.keras")
    computing = {layer.compute_dtype for layer in vae.encoder.layers if layer.weights}
    assert computing == {"bfloat16"}
    assert {weight.dtype for weight in vae.trainable_weights} == {"float32"}
    assert vae.encode(patterns.images[:2]).dtype == vae.decode(np.zeros((1, 4))).dtype == np.float32
    assert result.history[0]["loss"] == pytest.approx(trained[1].history[0]["loss"], rel=0.01)
    assert result.card["training"]["precision"] == "mixed_bfloat16"
    assert keras.config.dtype_policy().name == "float32"


@pytest.mark.any_backend
def test_patterns_of_400_pixels_train_at_128_with_nothing_else_said(patterns, tmp_path):
    path = tmp_path / "Image1.txt"
    large = []
    for image in patterns.images[::4]:
        fine = np.kron(image, np.ones((7, 7), np.uint8))[:400, :400]
        path.write_text("\n".join(" ".join(map(str, row)) for row in fine))
        large.append(read_pattern(path, size=128))
    chosen = replace(patterns.select(np.arange(len(patterns))[::4]), images=np.array(large))
    result = train(chosen, tmp_path / "model", epochs=1, batch_size=8)
    assert result.vae.latent == 64
    assert result.vae.reconstruct(chosen.images[:2]).shape == (2, 128, 128)
    assert np.isfinite(result.history[0]["squared_error"])


def test_the_best_model_is_that_of_the_lowest_error_in_the_history(trained):
    out, result = trained
    state = json.loads((out / "state.json").read_text())
    errors = [row["squared_error"] for row in result.history]
    assert state["best_epoch"] == 1 + int(np.argmin(errors))
    assert state["best"] == min(errors)


@pytest.mark.any_backend
def test_a_finished_training_is_told_from_one_that_is_extended(patterns, trained, tmp_path):
    _, done = trained
    out = tmp_path / "model"
    train(patterns, out, epochs=1, **SMALL)
    assert train(patterns, out, epochs=1, resume=True, **SMALL).added == 0
    longer = train(patterns, out, epochs=2, resume=True, **SMALL)
    assert longer.added == 1
    assert [row["epoch"] for row in longer.history] == [1, 2]
    assert len(done.history) == 2


def test_an_interrupted_training_ends_where_an_undisturbed_one_does(patterns, trained, tmp_path):
    _, undisturbed = trained

    def stop(stage: str, part: float, note: str) -> None:
        if note.startswith("epoch 2, error") and part > 0.6:
            raise KeyboardInterrupt

    out = tmp_path / "model"
    with pytest.raises(KeyboardInterrupt):
        train(patterns, out, epochs=2, progress=stop, **SMALL)
    (last,) = (out / "checkpoint").glob("last-*.keras")
    assert int(keras.saving.load_model(last).optimizer.iterations) == steps_of(out) > 0
    resumed = train(patterns, out, epochs=2, resume=True, **SMALL)
    assert resumed.added == 1
    for found, expected in zip(resumed.history, undisturbed.history, strict=True):
        for name, least in (("loss", 1.0), ("squared_error", 1e-3), ("rate", 0.05)):
            assert found[name] == pytest.approx(expected[name], rel=2e-3, abs=least)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"latent": 5}, "latent must be that of the training in .*, 4; got 5"),
        ({"channels": (8, 16)}, r"channels must be that of .*; got \[8, 16\]"),
        ({"seed": 1}, "seed must be that of"),
        ({"beta": 2.0}, "beta must be that of"),
        ({"epochs": None, "minutes": 1.0}, "was given epochs: go on with --epochs"),
        ({"resume": False}, "holds a training: go on with --resume"),
    ],
)
def test_other_settings_are_refused_by_name(changed, message, patterns, trained):
    out, _ = trained
    with pytest.raises(CheckpointError, match=message):
        train(patterns, out, **{"epochs": 2, "resume": True, **SMALL, **changed})


def test_other_data_are_refused(patterns, trained):
    with pytest.raises(CheckpointError, match="data must be that of"):
        train(patterns.select(np.arange(50)), trained[0], epochs=2, resume=True, **SMALL)


@pytest.mark.any_backend
def test_a_damaged_or_foreign_checkpoint_is_named(patterns, trained, tmp_path):
    out = tmp_path / "model"
    train(patterns, out, epochs=1, **SMALL)
    again = {"epochs": 2, "resume": True, **SMALL}
    (last,) = (out / "checkpoint").glob("last-*.keras")
    last.write_bytes(last.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match=r"last-000001.keras: damaged or replaced"):
        train(patterns, out, **again)
    last.unlink()
    with pytest.raises(CheckpointError, match=r"last-000001.keras: expected a file"):
        train(patterns, out, **again)
    for text in ("{", "[]", "{}", '{"format": 9}'):
        (out / "state.json").write_text(text)
        with pytest.raises(CheckpointError, match=r"state.json: expected the state of a training"):
            train(patterns, out, **again)


def test_a_folder_with_other_files_is_left_alone(patterns, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(CheckpointError, match=r"out must be new or empty; .* holds mine.txt"):
        train(patterns, tmp_path, epochs=1, **SMALL)


@pytest.mark.slow
@pytest.mark.any_backend
def test_a_killed_training_goes_on_and_loses_at_most_one_epoch(patterns, tmp_path):
    patterns.save(tmp_path / "small.npz")
    out = tmp_path / "model"
    command = [sys.executable, "-m", "vae_course.cli", "train", "--data", tmp_path / "small.npz"]
    command += ["--epochs", "3", "--latent", "4", "--batch-size", "8", "--out", out]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while not list(out.glob("checkpoint/last-000001.keras")) and process.poll() is None:
            time.sleep(0.005)
        process.kill()
    before = json.loads((out / "state.json").read_text())["epoch"]
    assert 0 <= before < 3
    subprocess.run([*command, "--resume"], check=True, capture_output=True, timeout=120)
    state = json.loads((out / "state.json").read_text())
    assert state["epoch"] == 3
    with (out / "history.csv").open() as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1", "2", "3"]
    kept = {path.name for path in (out / "checkpoint").iterdir()}
    assert kept == {one["name"] for one in state["files"].values()}
