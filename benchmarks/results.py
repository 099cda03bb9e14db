"""What the benchmarks share: where they ran, and how an entry gets into results.json."""

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path

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


def write_entry(path: Path, key: str, entry: dict[str, object]) -> None:
    """Merge the entry into the results of the other benchmarks."""
    results = json.loads(path.read_text()) if path.exists() else {}
    results[key] = entry
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n")
    unfinished.replace(path)
