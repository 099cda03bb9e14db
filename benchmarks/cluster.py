"""What a second process brings: to simulating with Dask, and to training with keras.distribution.

Run with: python benchmarks/cluster.py [--write]. Each process has one core of this machine for
itself and speaks to the others over loopback; between machines there is a network in addition.
"""

import argparse
import csv
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Any

import numpy as np
from results import RESULTS, machine, write_entry
from rich.console import Console

from vae_course.data.generate import generate
from vae_course.progress import one_bar

KEY = "cluster"
BATCHES = (64, 256)
EPOCHS = 4  # the first one compiles and is not counted
SIMULATIONS = 16
COUNTS = (1, 2)


def free_address() -> str:
    """Return a host and a port that nobody uses."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{found.getsockname()[1]}"


def started(core: int, *command: str, **variables: str) -> subprocess.Popen[str]:
    """Start a Python module on one core."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **variables},
    )
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(process.pid, {cores[core % len(cores)]})
    return process


def training(count: int, batch: int) -> dict[str, Any]:
    """Train on some processes.

    Args:
        count: Number of processes.
        batch: Images a batch, over all processes.

    Returns:
        Seconds of an epoch (median), the loss of every epoch, and the held-out error at the end.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "model"
        command = ["vae_course.cli", "train", "--epochs", str(EPOCHS), "--out", str(out)]
        command += ["--batch-size", str(batch), *(["--distributed"] if count > 1 else [])]
        address = free_address()
        processes = [
            started(
                index,
                *command,
                KERAS_BACKEND="jax",
                JAX_PLATFORMS="cpu",
                KERAS_DISTRIBUTION_JOB_ADDRESSES=address if count > 1 else "",
                KERAS_DISTRIBUTION_NUM_PROCESSES=str(count),
                KERAS_DISTRIBUTION_PROCESS_ID=str(index),
            )
            for index in range(count)
        ]
        for process in processes:
            _, errors = process.communicate()
            if process.returncode:
                raise SystemExit(f"training with {count} processes failed:\n{errors}")
        with (out / "history.csv").open() as file:
            rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]
        return {
            "seconds an epoch": round(median(np.diff([row["seconds"] for row in rows])), 3),
            "losses": [round(row["loss"], 4) for row in rows],
            "held-out squared error": round(rows[-1]["squared_error"], 6),
        }


@contextmanager
def dask(count: int) -> Iterator[str]:
    """Run a scheduler with some workers; yield its address."""
    address = free_address()
    port = address.split(":")[1]
    quiet = ["--no-dashboard"]
    running = [started(-1, "dask", "scheduler", "--host", "127.0.0.1", "--port", port, *quiet)]
    try:
        for index in range(count):
            options = ["--nworkers", "1", "--nthreads", "1", "--no-nanny", *quiet]
            running.append(started(index, "dask", "worker", f"tcp://{address}", *options))
        sleep(5)
        yield f"tcp://{address}"
    finally:
        for process in running:
            process.kill()
            process.communicate()


def simulating(count: int) -> tuple[float, bytes]:
    """Simulate on some workers.

    Args:
        count: Number of workers.

    Returns:
        Seconds, and the bytes of all images and energies.
    """
    with dask(count) as scheduler:
        generate(count, seed=1, frames=2, energies=False, scheduler=scheduler)  # wakes the workers
        start = perf_counter()
        found = generate(SIMULATIONS, seed=3, frames=4, scheduler=scheduler)
        seconds = perf_counter() - start
    return seconds, found.images.tobytes() + found.strain_energy.tobytes()


def main() -> None:
    """Measure, print and, if asked, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the numbers into results.json")
    parser.add_argument("--output", type=Path, default=RESULTS, help="JSON file to write into")
    settings = parser.parse_args()
    jobs = [(count, batch) for batch in BATCHES for count in COUNTS]
    entry: dict[str, Any] = {
        "machine": machine("keras", "jax", "distributed", threads=max(COUNTS)),
        "training": {},
    }
    with one_bar("Measuring") as report:
        for done, (count, batch) in enumerate(jobs):
            report(done, len(jobs) + len(COUNTS))
            found = entry["training"].setdefault(f"batch of {batch}", {})
            found[str(count)] = training(count, batch)
        times, results = [], []
        for done, count in enumerate(COUNTS):
            report(len(jobs) + done, len(jobs) + len(COUNTS))
            seconds, result = simulating(count)
            times.append(seconds)
            results.append(result)
        report(len(jobs) + len(COUNTS), len(jobs) + len(COUNTS))
    for found in entry["training"].values():
        one, two = (found[str(count)]["seconds an epoch"] for count in COUNTS)
        found["ratio"] = round(one / two, 2)
    assert results[0] == results[1], "two workers simulated something else than one"
    entry["simulating"] = {
        "simulations": SIMULATIONS,
        **{str(count): round(seconds, 2) for count, seconds in zip(COUNTS, times, strict=True)},
        "ratio": round(times[0] / times[1], 2),
    }
    Console().print_json(json.dumps(entry))
    if settings.write:
        write_entry(settings.output, KEY, entry)


if __name__ == "__main__":
    main()
