"""Simulations on a real Dask cluster: a scheduler and two worker processes, one of them killed."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from vae_course.cli import app
from vae_course.data import PatternSet
from vae_course.data._workers import ClusterError, run_on_cluster
from vae_course.data.generate import generate

SIMULATIONS = 8
SETTINGS = ["--simulations", str(SIMULATIONS), "--seed", "5", "--frames", "3", "--no-energies"]

pytestmark = pytest.mark.slow


def dask(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "dask", *arguments, "--no-dashboard"]
    log = (folder / f"{arguments[0]}-{time.monotonic_ns()}.log").open("w")
    return subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, text=True)


def worker(folder: Path, address: str) -> subprocess.Popen[str]:
    return dask(folder, "worker", address, "--nworkers", "1", "--nthreads", "1", "--no-nanny")


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("scheduler")
    process = dask(folder, "scheduler", "--host", "127.0.0.1", "--port", "0")
    address = None
    for _ in range(300):
        text = "".join(path.read_text() for path in folder.glob("*.log"))
        if address := re.search(r"tcp://127\.0\.0\.1:\d+", text):
            break
        time.sleep(0.1)
    assert address, text
    yield address[0]
    process.kill()
    process.wait()


def test_a_cluster_gives_the_same_file_though_a_worker_is_killed(
    scheduler: str, tmp_path: Path
) -> None:
    out, parts = tmp_path / "cluster.npz", tmp_path / "cluster.npz.parts"
    workers = [worker(tmp_path, scheduler) for _ in range(2)]
    killed_after: list[int] = []

    def kill_one() -> None:
        while not killed_after:
            done = len(list(parts.glob("[0-9]*.npz")))
            if done >= 2:
                os.kill(workers[0].pid, signal.SIGKILL)
                killed_after.append(done)
            time.sleep(0.02)

    killer = threading.Thread(target=kill_one, daemon=True)
    killer.start()
    try:
        result = CliRunner().invoke(
            app, ["simulate", "--out", str(out), "--scheduler", scheduler, *SETTINGS]
        )
    finally:
        killed_after.append(-1)
        for one in workers:
            one.kill()
            one.wait()
    assert result.exit_code == 0, result.output
    assert 2 <= killed_after[0] < SIMULATIONS
    local = tmp_path / "local.npz"
    generate(SIMULATIONS, seed=5, frames=3, energies=False, processes=2).save(local)
    assert out.read_bytes() == local.read_bytes()
    assert len(PatternSet.load(out)) == 3 * SIMULATIONS


def test_what_fails_on_a_worker_is_told(scheduler: str, tmp_path: Path) -> None:
    one = worker(tmp_path, scheduler)
    try:
        with pytest.raises(ClusterError, match="TypeError"):
            list(run_on_cluster(scheduler, np.add, [("a", None)]))
    finally:
        one.kill()
        one.wait()


def test_a_scheduler_that_does_not_answer_is_one_line(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("vae_course.data._workers._PATIENCE", 1)
    result = CliRunner().invoke(
        app, ["simulate", "--out", str(tmp_path / "a.npz"), "--scheduler", "tcp://127.0.0.1:1"]
    )
    assert result.exit_code == 2
    assert "no Dask scheduler answers at tcp://127.0.0.1:1" in result.output
