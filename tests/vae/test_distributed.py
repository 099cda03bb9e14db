"""Training on several processes and devices: the same as on one, and refused where it cannot be."""

import csv
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest

from vae_course.data import load_embedded
from vae_course.vae.distributed import Team, join, launched

# Processes run on JAX, whatever these tests run on: once is enough.
on_jax = pytest.mark.skipif(keras.backend.backend() != "jax", reason="runs in `make test-jax`")
ARGUMENTS = ["--latent", "4", "--batch-size", "16", "--epochs", "1"]


@pytest.fixture(autouse=True)
def no_launcher(monkeypatch):
    for name in list(os.environ):
        if name.startswith(("SLURM_", "OMPI_", "KERAS_DISTRIBUTION_")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A file with the images of eight simulations."""
    embedded = load_embedded(1)
    first = np.unique(embedded.simulation)[:8]
    path = tmp_path_factory.mktemp("data") / "patterns.npz"
    embedded.select(np.isin(embedded.simulation, first)).save(path)
    return path


@pytest.fixture(scope="module")
def alone(data):
    """A training by one process on one device, and its folder."""
    out = data.parent / "alone"
    assert ended([start(data, out, {}, distributed=False)]) == [(0, "")]
    return out


def start(data, out, variables, *more, distributed=True) -> subprocess.Popen:
    flags = ["--distributed"] if distributed else []
    command = [sys.executable, "-m", "vae_course.cli", "train", "--data", str(data)]
    return subprocess.Popen(
        [*command, "--out", str(out), *ARGUMENTS, *flags, *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **on_cpus(data.parent), **variables},
    )


def on_cpus(folder: Path) -> dict[str, str]:
    """Let processes run on JAX and keep what it compiles, for those that come after."""
    return {
        "KERAS_BACKEND": "jax",
        "JAX_PLATFORMS": "cpu",
        "JAX_COMPILATION_CACHE_DIR": str(folder / "compiled"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.1",
    }


def by_hand(count: int = 2) -> list[dict[str, str]]:
    """What each of several processes is told: where the first is, and which one it is."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{found.getsockname()[1]}"
    common = {
        "KERAS_DISTRIBUTION_JOB_ADDRESSES": address,
        "KERAS_DISTRIBUTION_NUM_PROCESSES": str(count),
    }
    return [{**common, "KERAS_DISTRIBUTION_PROCESS_ID": str(k)} for k in range(count)]


def ended(processes) -> list[tuple[int, str]]:
    """Wait for processes; return code, and last error, of each."""
    found = []
    for process in processes:
        try:
            _, errors = process.communicate(timeout=240)
        finally:
            process.kill()
        spoken = [line for line in errors.splitlines() if line.startswith("Error:")]
        found.append((process.returncode, spoken[-1] if spoken else ""))
    return found


def history(out: Path) -> list[dict[str, float]]:
    with (out / "history.csv").open() as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def assert_same_training(out: Path, reference: Path, rel: float) -> None:
    for found, expected in zip(history(out), history(reference), strict=True):
        for name in ("loss", "reconstruction", "kl", "squared_error"):
            assert found[name] == pytest.approx(expected[name], rel=rel), name


@pytest.mark.slow
@on_jax
def test_two_processes_train_like_one_with_the_same_batches_and_go_on_after_a_kill(data, alone):
    out = data.parent / "two"
    assert ended([start(data, out, one) for one in by_hand()]) == [(0, ""), (0, "")]
    assert_same_training(out, alone, rel=1e-4)
    card = json.loads((out / "card.json").read_text())
    assert card["machine"]["devices"] == 2
    vae = keras.saving.load_model(out / "model.keras")
    assert vae.decode(np.zeros((1, 4))).shape == (1, 64, 64)

    # One is killed while the second epoch runs: the other does not go on by itself.
    more = ["--epochs", "400", "--resume"]
    running = [start(data, out, one, *more) for one in by_hand()]
    while len(history(out)) < 2 and all(process.poll() is None for process in running):
        time.sleep(0.1)
    running[0].kill()
    assert ended(running)[1][0] != 0
    before = history(out)
    more = ["--epochs", str(len(before) + 1), "--resume"]
    assert ended([start(data, out, one, *more) for one in by_hand()]) == [(0, ""), (0, "")]
    assert history(out)[:-1] == before


@pytest.mark.slow
@on_jax
def test_slurm_tells_processes_their_places_and_different_settings_are_refused(data):
    common = {
        "SLURM_JOB_ID": str(np.random.default_rng().integers(4096)),  # gives the port
        "SLURM_STEP_NODELIST": "localhost",
        "SLURM_NTASKS": "2",
    }
    places = [{**common, "SLURM_PROCID": str(k), "SLURM_LOCALID": str(k)} for k in range(2)]
    out = data.parent / "slurm"
    found = ended([start(data, out, one, "--seed", str(k)) for k, one in enumerate(places)])
    message = (
        "Error: data and settings must be the same on every process; "
        "process 1 differs from process 0"
    )
    assert found == [(2, message), (2, message)]
    assert not out.exists()


@pytest.mark.slow
@on_jax
def test_one_process_uses_all_devices_of_its_machine(data, alone):
    out = data.parent / "devices"
    two = {"XLA_FLAGS": "--xla_force_host_platform_device_count=2"}
    assert ended([start(data, out, two)]) == [(0, "")]
    assert_same_training(out, alone, rel=1e-4)


def test_a_process_without_company_is_told_how_to_find_some(monkeypatch):
    with pytest.raises(ValueError, match=r"needs (Keras on JAX|a second process or device)"):
        join()
    assert launched() is None
    monkeypatch.setenv("SLURM_PROCID", "0")
    monkeypatch.setenv("SLURM_NTASKS", "1")  # as in a notebook that runs under SLURM
    assert launched() is None
    monkeypatch.setenv("SLURM_NTASKS", "4")
    assert launched() == (0, 4)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"JOB_ADDRESSES": "a:1"}, "set KERAS_DISTRIBUTION_PROCESS_ID and"),
        ({"PROCESS_ID": "0"}, "KERAS_DISTRIBUTION_NUM_PROCESSES must be a number, 1 or more; got"),
        (
            {"PROCESS_ID": "2", "NUM_PROCESSES": "2"},
            "PROCESS_ID must be a number, 0 or more and less than 2; got '2'",
        ),
        ({"PROCESS_ID": "one", "NUM_PROCESSES": "2"}, "PROCESS_ID must be a number.*got 'one'"),
    ],
)
def test_a_wrong_place_is_named(variables, message, monkeypatch):
    for name, value in variables.items():
        monkeypatch.setenv(f"KERAS_DISTRIBUTION_{name}", value)
    with pytest.raises(ValueError, match=message):
        launched()


def test_settings_that_cannot_be_shared_out_are_refused():
    team = Team(processes=2, devices=4)
    team.check(batch_size=64, by_time=False)
    with pytest.raises(ValueError, match="batch_size must be a multiple of the number of devices"):
        team.check(batch_size=66, by_time=False)
    with pytest.raises(ValueError, match="several processes need epochs in place of minutes"):
        team.check(batch_size=64, by_time=True)
    Team().check(batch_size=7, by_time=True)


def test_alone_nothing_is_copied_or_waited_for():
    team, model = Team(), object()
    assert team.spread(model) is model
    assert team.first
    team.wait()
    team.check_same("anything", "never said")
