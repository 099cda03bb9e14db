"""What the demo is asked to do, checked before anything slow is loaded or started."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vae_course.arguments import at_least, check_budget, check_out, check_phases
from vae_course.arrays import Images
from vae_course.data import read_patterns


@dataclass(frozen=True)
class Job:
    """What the demo is asked to do: made by `prepare`, which checks all of it."""

    out: Path
    seed: int
    minutes: float | None
    epochs: int | None
    real: dict[str, Images]


def prepare(
    out: Path,
    seed: int = 0,
    minutes: float | None = None,
    patterns: Path | None = None,
    epochs: int | None = None,
) -> Job:
    """Check what was asked for and read the real patterns; nothing is written.

    Raises:
        ValueError: If an argument is out of range, a pattern cannot be read or holds one phase
            alone, or `out` holds other files.
        FileNotFoundError: If there is no such folder of patterns.
    """
    if epochs is None and minutes is None:
        minutes = 1.0
    check_budget(minutes, epochs)
    at_least(0, seed=seed)
    check_out(out)
    if out.is_dir() and any(out.iterdir()) and not (out / "metrics.json").exists():
        raise ValueError(f"out must be new, empty or an earlier report; {out} holds other files")
    real = read_patterns(patterns) if patterns is not None else {}
    if real:
        check_phases(np.stack(list(real.values())), list(real))
    return Job(out, seed, minutes, epochs, real)
