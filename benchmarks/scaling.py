"""How cost grows with the side of the pictures, the length of the code and the number of images.

Run with: python benchmarks/scaling.py [--write]. The networks have two cores, the physics has one.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import keras
import numpy as np
from results import RESULTS, fastest, machine, write_entry
from rich.console import Console
from rich.table import Table
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits
from training import CORES, use_two_cores

from vae_course.data import PatternSet, load_embedded
from vae_course.data.generate import coarsen
from vae_course.physics import cahn_hilliard, hyperelasticity
from vae_course.progress import one_bar
from vae_course.vae.batches import SymmetricBatches
from vae_course.vae.model import VAE, build_vae

KEY = "scaling"
BATCH = 64
CODES = (4, 16, 64, 256, 1024)
IMAGES = (1_000, 2_000, 4_000, 8_000, 16_000)
LATENT = 64
B, LAM, GRID, SEED = 85.0, 0.0175, 30, 1  # a simulation of Case 1, of the middle of its ranges

Costs = dict[str, list[tuple[int, float]]]


class Clock(keras.callbacks.Callback):
    """Takes the time of every batch but the first ones, which compile the model."""

    def __init__(self, skipped: int = 3) -> None:
        super().__init__()
        self.skipped = skipped
        self.ends: list[float] = []

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Note when a batch ended."""
        self.ends.append(perf_counter())

    def seconds(self) -> float:
        """Return the median of the times between the ends of two batches."""
        return median(np.diff(self.ends[self.skipped :]).tolist())


def pictures(side: int, count: int) -> np.ndarray:
    """Return embedded patterns, made larger or smaller."""
    images = load_embedded(1).images[:count]
    if side < images.shape[1]:
        return coarsen(images.astype(float), side)
    return np.kron(images, np.ones((1, side // images.shape[1], side // images.shape[1]), np.uint8))


def a_batch(latent: int, side: int = 64, batches: int = 30) -> float:
    """Return the seconds of a step of training."""
    vae, clock = build_vae(latent, side), Clock()
    images = pictures(side, batches * BATCH)
    given = SymmetricBatches(images, BATCH, seed=0, swap_phases=True)
    vae.fit(given, verbose=0, callbacks=[clock])
    return clock.seconds()


def an_image(side: int, count: int = 256) -> float:
    """Return the seconds of decoding an image, in a batch."""
    vae = build_vae(LATENT, side)
    codes = np.random.default_rng(0).standard_normal((count, LATENT), np.float32)
    return fastest(lambda: vae.decode(codes), 5) / count


def a_simulation(side: int) -> float:
    """Return the seconds of a simulation, most of its steps being before t = 0.001."""
    start = cahn_hilliard.initial_condition(0.5, GRID, side, SEED)
    with threadpool_limits(1):
        return fastest(lambda: cahn_hilliard.simulate(start, B, LAM, [1e-3]), 2)


def a_solve(side: int) -> float:
    """Return the seconds of a strain energy at all seven displacements."""
    (pattern,) = pictures(side, 1)
    with threadpool_limits(1):
        return fastest(lambda: hyperelasticity.strain_energy(pattern), 2)


def mean_of_three(call: Callable[[], object]) -> float:
    """Return the mean seconds of a call: where some calls wait, the fastest would hide it."""
    start = perf_counter()
    for _ in range(3):
        call()
    return (perf_counter() - start) / 3


def left_to_keras(vae: VAE, given: SymmetricBatches) -> None:
    """Train for an epoch on batches that Keras makes a dataset of, as it does of any others."""
    keras.Model.fit(vae, given, shuffle=False, verbose=0)


def of_images(count: int) -> dict[str, float]:
    """Return the seconds of what is done with all images of a set."""
    embedded = load_embedded(1)
    chosen = embedded.select(np.arange(count) % len(embedded))
    pixels = chosen.images.reshape(count, -1).astype(np.float32)
    vae = build_vae()
    given = SymmetricBatches(chosen.images, BATCH, seed=0, swap_phases=True)
    vae.fit(SymmetricBatches(chosen.images[: 3 * BATCH], BATCH), verbose=0)  # compiles
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(CORES):
        path = Path(folder) / "set.npz"
        chosen.save(path)
        return {
            "training, an epoch": mean_of_three(lambda: vae.fit(given, verbose=0)),
            "training, tuned by tf.data": mean_of_three(lambda: left_to_keras(vae, given)),
            "PCA, 64 components": fastest(lambda: PCA(LATENT, random_state=0).fit(pixels), 1),
            "reading a file": fastest(lambda: PatternSet.load(path), 3),
        }


SIDES: dict[str, tuple[Callable[[int], float], tuple[int, ...]]] = {
    "training, a batch of 64": (lambda side: a_batch(LATENT, side), (16, 32, 64, 128)),
    "decoding, an image": (an_image, (16, 32, 64, 128)),
    "finite elements, a pattern": (a_solve, (16, 32, 64, 128)),
    "simulation to t = 0.001": (a_simulation, (64, 128, 256)),
}


def measure() -> dict[str, Costs]:
    """Measure all costs.

    Returns:
        By what grows and what it costs: pairs of size and seconds.
    """
    jobs: list[tuple[str, str, int]] = [
        ("side", name, side) for name, (_, sides) in SIDES.items() for side in sides
    ]
    jobs += [("code", "training, a batch of 64", code) for code in CODES]
    jobs += [("images", "", count) for count in IMAGES]
    found: dict[str, Costs] = {"side": {}, "code": {}, "images": {}}
    with one_bar("Measuring") as report:
        for done, (what, name, size) in enumerate(jobs):
            report(done, len(jobs))
            if what == "images":
                seconds = of_images(size)
            else:
                seconds = {name: SIDES[name][0](size) if what == "side" else a_batch(size)}
            for each, value in seconds.items():
                found[what].setdefault(each, []).append((size, float(f"{value:.4g}")))
        report(len(jobs), len(jobs))
    return found


def exponent(points: list[tuple[int, float]]) -> float:
    """Return p of seconds ~ size^p, by least squares over the last three points."""
    sizes, seconds = np.log(points[-3:]).T
    return float(np.polyfit(sizes, seconds, 1)[0])


def main() -> None:
    """Measure, print and, if asked, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the numbers into results.json")
    parser.add_argument("--output", type=Path, default=RESULTS, help="JSON file to write into")
    settings = parser.parse_args()
    use_two_cores()
    found = measure()
    table = Table("what grows", "what it costs", "seconds at each size", "exponent")
    growth: dict[str, dict[str, float]] = {}
    for what, costs in found.items():
        growth[what] = {name: round(exponent(points), 2) for name, points in costs.items()}
        for name, points in costs.items():
            shown = ", ".join(f"{size:,}: {seconds:.3g}" for size, seconds in points)
            table.add_row(what, name, shown, f"{growth[what][name]:.2f}")
    Console(width=140).print(table)
    if settings.write:
        packages = ("keras", "tensorflow", "numpy", "scipy", "scikit-learn", "scikit-fem")
        entry = {
            "machine": machine(*packages, threads=CORES),
            "seconds": found,
            "exponents": growth,
        }
        write_entry(settings.output, KEY, entry)


if __name__ == "__main__":
    main()
