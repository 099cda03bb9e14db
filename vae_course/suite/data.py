"""The frozen suite: simulations that nothing may be trained on, and fresh ones beside them.

A series is what a microscope films: ten frames, 2e-4 apart, grey with 2 % noise and 8 bits, or
binary; and the clean fields up to 90 frames later. Patterns are binary frames of other simulations,
at ages of 0.025 / 2^k, with their strain energies. Simulations are drawn as the dataset's, six
series and 28 sets of patterns of each case.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

import vae_course
from vae_course.arrays import Floats, Images
from vae_course.data._workers import run
from vae_course.data.generate import SIZE, coarsen, draw_parameters, mean_of
from vae_course.data.schedule import MEANS, is_separated
from vae_course.files import sha256
from vae_course.physics import cahn_hilliard
from vae_course.physics.hyperelasticity import ConvergenceError, strain_energy
from vae_course.progress import Progress, silent

Kind = Literal["grey", "binary"]

FILE: Final = "suite.npz"
FROZEN: Final = "f63e4e48cf59becfb66469edf29222fd0ae058536c57874e9b09cc2ee985545f"
"""SHA-256 of the file."""

FIRST, INTERVAL, GIVEN = 3e-3, 2e-4, 10
AHEAD: Final = (1, 10, 30, 90)
"""Frames after the last one that is given, at which predictions are judged."""

TIMES: Final[Floats] = INTERVAL * np.arange(GIVEN, dtype=np.float64)
"""Of the frames given, in the dataset's unit; their age is not told."""

AGES: Final[Floats] = 0.025 / np.array([32.0, 16.0, 8.0, 4.0, 2.0, 1.0])
"""Of the patterns, as far as the phases have separated."""

OF_PATTERNS: Final = ("images", "simulation", "case", "time", "b", "lam", "strain_energy")
"""Attributes of a suite with a row for each pattern."""

_NOISE = 0.02
_LOWEST, _HIGHEST = -0.1, 1.1  # of a grey level of 8 bits


@dataclass(frozen=True, eq=False)
class Suite:
    """Simulations to try models on.

    Attributes:
        given: Noisy grey frames, shape (series, 10, 64, 64).
        fields: Clean fields, the last given one first, then at `AHEAD`, (series, 5, 64, 64).
        images: Binary patterns, shape (N, 64, 64), uint8.
        simulation: Simulation of each pattern, shape (N,).
        case: Case of each, shape (N,).
        time: Age of each, shape (N,).
        b: Barrier of each, shape (N,).
        lam: λ of each, shape (N,).
        strain_energy: Of each at a displacement of 0.5, shape (N,).
    """

    given: Floats
    fields: Floats
    images: Images
    simulation: NDArray[np.int64]
    case: NDArray[np.int64]
    time: Floats
    b: Floats
    lam: Floats
    strain_energy: Floats

    def series(self, kind: Kind) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """What is given, (series, 10, n, n), what comes, (series, 4, n, n), and the last clean."""
        if kind == "grey":
            return self.given, self.fields[:, 1:], self.fields[:, 0]
        phases = (self.fields > 0.5).astype(np.uint8)
        return (self.given > 0.5).astype(np.uint8), phases[:, 1:], phases[:, 0]

    @property
    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows of presents at an age of 0.00625, and of their pasts at half of it."""
        (now,) = np.nonzero(np.isclose(self.time, AGES[3]))
        before = now - 1
        kept = (self.simulation[before] == self.simulation[now]) & (now > 0)
        return now[kept], before[kept]


def folder() -> Path:
    """The folder of the suite in a checkout of the course."""
    return Path(vae_course.__file__).parents[1] / "benchmarks" / "evolution_suite"


def load(path: Path | None = None) -> Suite:
    """Read the suite, and make sure that it is the frozen one.

    Args:
        path: Its folder; by default that of the checkout.

    Returns:
        The suite.

    Raises:
        ValueError: If there is none, or it is another.

    Examples:
        >>> suite = load()
        >>> suite.given.shape, suite.fields.shape
        ((18, 10, 64, 64), (18, 5, 64, 64))
    """
    file = (path or folder()) / FILE
    if not file.is_file():
        raise ValueError(
            f"{file}: there is no suite; it is in benchmarks/evolution_suite of a checkout"
        )
    if (found := sha256(file)) != FROZEN:
        raise ValueError(f"{file}: not the frozen suite: its SHA-256 begins with {found[:12]}")
    with np.load(file, allow_pickle=False) as arrays:
        entry = {name: arrays[name] for name in arrays.files}
    return Suite(
        given=_LOWEST + (_HIGHEST - _LOWEST) * entry.pop("given") / 255,
        fields=entry.pop("fields").astype(np.float64),
        images=np.unpackbits(entry.pop("images"), axis=-1),
        **{
            name: one.astype(int if one.dtype.kind in "iu" else float)
            for name, one in entry.items()
        },
    )


def packed(suite: Suite) -> dict[str, Any]:
    """What is written of a suite: 8 bits of given frames, half precision of fields."""
    levels = 255 * (suite.given - _LOWEST) / (_HIGHEST - _LOWEST)
    return vars(suite) | {
        "given": np.clip(np.rint(levels), 0, 255).astype(np.uint8),
        "fields": suite.fields.astype(np.float16),
        "images": np.packbits(suite.images, axis=-1),
        "simulation": suite.simulation.astype(np.int16),
        "case": suite.case.astype(np.int8),
    }


def simulate(series: int, simulations: int, seed: int, progress: Progress = silent) -> Suite:
    """Simulate a suite that no model can have seen.

    Args:
        series: Number of series of each case.
        simulations: Number of simulations of patterns of each case.
        seed: Seed of all of them.
        progress: Called as the work goes on.

    Returns:
        The suite.

    Examples:
        >>> fresh = simulate(series=0, simulations=1, seed=1)
        >>> fresh.given.shape, len(np.unique(fresh.simulation))
        ((0, 10, 64, 64), 3)
    """
    filmed = [row for case in MEANS for row in _rows(series, case, seed)]
    kept = [row for case in MEANS for row in _rows(simulations, case, seed + 1)]
    films = _in_parallel(_film, filmed, "Series", progress)
    pools = _in_parallel(_patterns, kept, "Patterns", progress)
    images = np.concatenate([np.empty((0, SIZE, SIZE), np.uint8), *(one for one, _ in pools)])
    lengths = np.array([len(one) for one, _ in pools], dtype=int)
    simulation = np.repeat(np.arange(len(kept)), lengths)
    side = (SIZE, SIZE)
    return Suite(
        given=np.array([given for given, _ in films]).reshape(-1, GIVEN, *side),
        fields=np.array([fields for _, fields in films]).reshape(-1, 1 + len(AHEAD), *side),
        images=images,
        simulation=simulation,
        case=np.array([row["case"] for row in kept], dtype=int)[simulation],
        time=np.concatenate([[], *(times for _, times in pools)]),
        b=np.array([row["b"] for row in kept], dtype=float)[simulation],
        lam=np.array([row["lam"] for row in kept], dtype=float)[simulation],
        strain_energy=energies(images, progress),
    )


def film(parameters: np.void, frames: NDArray[np.int64]) -> Floats:
    """Simulate one series without noise.

    Args:
        parameters: One row of dtype `PARAMETERS`.
        frames: Which of its frames, from 0 on, shape (k,).

    Returns:
        Clean fields, shape (k, 64, 64).

    Examples:
        >>> film(draw_parameters(1, case=1, seed=0)[0], np.array([0])).shape
        (1, 64, 64)
    """
    fields = _simulated(parameters, FIRST + INTERVAL * frames.astype(np.float64))
    return np.asarray(fields.reshape(len(fields), SIZE, 2, SIZE, 2).mean(axis=(2, 4)))


def noisy(fields: Floats, seed: int) -> Floats:
    """Add the noise of the frames that are given."""
    return fields + np.random.default_rng([seed, GIVEN]).normal(0, _NOISE, fields.shape)


def _rows(count: int, case: int, seed: int) -> list[np.void]:
    return list(draw_parameters(count, case, seed)) if count else []


def _in_parallel(
    function: Callable[[Any], Any], jobs: list[Any], stage: str, progress: Progress
) -> list[Any]:
    def tell(done: int, total: int) -> None:
        if total:
            progress(stage, done / total, "")

    found: list[Any] = [None] * len(jobs)
    for place, one in run(function, [(job,) for job in jobs], -1, tell):
        found[place] = one
    return found


def _film(parameters: np.void) -> tuple[Floats, Floats]:
    fields = film(parameters, np.r_[:GIVEN, GIVEN - 1 + np.array(AHEAD)])
    return noisy(fields[:GIVEN], int(parameters["seed"])), fields[GIVEN - 1 :]


def _patterns(parameters: np.void) -> tuple[Images, Floats]:
    fields = _simulated(parameters, AGES)
    kept = is_separated(fields)
    return coarsen(fields[kept]), AGES[kept]


def energies(images: Images, progress: Progress = silent) -> Floats:
    """Solve patterns by finite elements; what cannot be solved has no number."""
    return np.array(_in_parallel(_energy, list(images), "Finite elements", progress), dtype=float)


def _energy(image: Images) -> float:
    try:
        return float(strain_energy(image, [0.5])[0])
    except ConvergenceError:
        return float("nan")


def _simulated(parameters: np.void, times: Floats) -> Floats:
    start = cahn_hilliard.initial_condition(
        mean_of(parameters), int(parameters["grid"]), 2 * SIZE, int(parameters["seed"])
    )
    b, lam = float(parameters["b"]), float(parameters["lam"])
    return np.asarray(cahn_hilliard.simulate(start, b, lam, times))
