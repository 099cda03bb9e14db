"""What the benchmarks share: times, where they ran, and how an entry gets into results.json."""

import json
import os
import platform
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

RESULTS = Path(__file__).with_name("results.json")


def machine(*packages: str, threads: int = 1) -> dict[str, str | int]:
    """Describe where this ran, with the threads used and the versions of packages that matter."""
    cpu = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        cpu = next((line.split(":")[1].strip() for line in lines if "model name" in line), cpu)
    return {
        "cpu": cpu,
        "cores": os.cpu_count() or 1,
        "threads_used": threads,
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
    }


def fastest(call: Callable[[], Any], repeats: int = 5) -> float:
    """Return the least of some times, in seconds, after a first call that is not counted."""
    call()
    seconds = []
    for _ in range(repeats):
        start = perf_counter()
        call()
        seconds.append(perf_counter() - start)
    return min(seconds)


def write_entry(path: Path, key: str, entry: dict[str, object]) -> None:
    """Merge the entry into the results of the other benchmarks."""
    results = json.loads(path.read_text()) if path.exists() else {}
    results[key] = entry
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n")
    unfinished.replace(path)
