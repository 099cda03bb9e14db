"""Training for a fixed time on two cores, against a published architecture and against PCA.

All errors are of the same held-out simulations. Run with: python benchmarks/training.py --write,
as a whole or in parts (--parts ours,published).
"""

import argparse
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import mean, stdev
from time import monotonic
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from published import PublishedVAE
from results import RESULTS, machine, write_entry
from rich.console import Console
from rich.table import Table
from sklearn.decomposition import PCA

from vae_course.data import PatternSet, load_embedded
from vae_course.vae.batches import SymmetricBatches
from vae_course.vae.model import build_vae
from vae_course.vae.schedules import TimeBudget, WarmUp
from vae_course.vae.stage_errors import STAGES

KEY = "training"
CORES = 2
PARTS = ("ours", "published", "pca", "leak")
COMPONENTS = (64, 16)
OLD = 1e-3  # time from which a pattern no longer counts as young
LOOKS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.75, 0.9)  # and at the end
AIMS = {"mse": " (aim: at most 1/6)", "images_per_second": " (aim: at least 5)"}

Reconstruct = Callable[[NDArray[Any]], NDArray[Any]]
Scores = dict[str, float]


@dataclass(frozen=True)
class Recipe:
    """A model with what `fit` is given.

    Attributes:
        model: Compiled.
        data: First arguments of `fit`.
        batch_size: Images a batch.
        reconstruct: Images (N, n, n) to predictions between 0 and 1, same shape.
        callbacks: Of the recipe itself.
    """

    model: keras.Model
    data: dict[str, Any]
    batch_size: int
    reconstruct: Reconstruct
    callbacks: tuple[keras.callbacks.Callback, ...] = ()


class Budget(TimeBudget):
    """A time budget from which pauses can be taken out."""

    def pause(self, seconds: float) -> None:
        """Leave out time that was not spent on training."""
        if self._start is not None:
            self._start += seconds


def ours(images: NDArray[Any], seed: int, seconds: float, augmented: bool = True) -> Recipe:
    """The course's default. Change the recipe here."""
    vae, batch_size = build_vae(seed=seed), 64
    if augmented:
        batches = SymmetricBatches(images, batch_size, seed, swap_phases=True)
        data: dict[str, Any] = {"x": batches}
    else:
        data = {"x": images.astype(np.float32), "batch_size": batch_size}
    callbacks = (WarmUp(300), Budget(seconds, 4e-3))
    return Recipe(vae, data, batch_size, vae.reconstruct, callbacks)


def published(images: NDArray[Any], seed: int, seconds: float) -> Recipe:
    """The published notebook's architecture: Adam 1e-3, batch 64, no augmentation."""
    model = PublishedVAE(seed)
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    data = {"x": images.astype(np.float32), "batch_size": 64}
    return Recipe(model, data, 64, model.reconstruct)


RECIPES: dict[str, Callable[..., Recipe]] = {
    "ours": ours,
    "published": published,
}
LEAKED = ("ours", "published")


class Watch(keras.callbacks.Callback):
    """Stop when the time is over; on the way, measure errors off the clock.

    The clock starts at the end of the first batch, which compiles the model.

    Args:
        seconds: Time of training.
        batch_size: Images a batch.
        measure: Returns the errors now.
        pauses: Called with the seconds that each measurement took.
    """

    def __init__(
        self,
        seconds: float,
        batch_size: int,
        measure: Callable[[], Scores],
        pauses: Iterable[Callable[[float], None]] = (),
    ) -> None:
        super().__init__()
        self.seconds, self.batch_size, self.measure = seconds, batch_size, measure
        self.pauses = tuple(pauses)
        self.curve: list[Scores] = []
        self.images, self.clock = 0, 0.0
        self._start: float | None = None

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Count the batch, look at the clock, and measure where it is time to."""
        if self._start is None:
            self._start = monotonic()
            return
        self.images += self.batch_size
        self.clock = monotonic() - self._start
        passed = sum(part * self.seconds <= self.clock for part in LOOKS)
        if self.clock >= self.seconds:
            self.model.stop_training = True
        elif len(self.curve) < passed:
            self._look()

    def _look(self) -> None:
        before = monotonic()
        self.curve.append({"seconds": round(self.clock, 2), **self.measure()})
        took = monotonic() - before
        assert self._start is not None
        self._start += took
        for pause in self.pauses:
            pause(took)


def scores(reconstruct: Reconstruct, patterns: PatternSet) -> Scores:
    """Mean squared error and pixel accuracy, of all frames and without the young ones."""
    found = reconstruct(patterns.images)
    error = np.mean((found - patterns.images) ** 2, axis=(1, 2))
    right = np.mean((found >= 0.5) == (patterns.images == 1), axis=(1, 2))
    old = patterns.time >= OLD
    values = {
        "mse": error.mean(),
        "mse_old": error[old].mean(),
        "accuracy": right.mean(),
        "accuracy_old": right[old].mean(),
    }
    return {name: round(float(value), 6) for name, value in values.items()}


def train(
    recipe: Recipe, test: PatternSet, seconds: float
) -> dict[str, float | list[Scores] | Scores]:
    """Train for the time and return speed, error against time and final errors."""
    pauses = [part.pause for part in recipe.callbacks if isinstance(part, Budget)]
    watch = Watch(seconds, recipe.batch_size, lambda: scores(recipe.reconstruct, test), pauses)
    # First, so that its pauses are known to the others when they read the clock.
    recipe.model.fit(**recipe.data, epochs=10**6, verbose=0, callbacks=[watch, *recipe.callbacks])
    final = scores(recipe.reconstruct, test)  # after fit, where averaged weights are in place
    return {
        "images_per_second": round(watch.images / watch.clock, 1),
        "curve": [*watch.curve, {"seconds": round(watch.clock, 2), **final}],
        "final": final,
    }


def over_seeds(runs: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Mean and standard deviation over seeds of what each run ends with."""
    ends = [{"images_per_second": run["images_per_second"], **run["final"]} for run in runs]
    return {
        name: {
            "mean": round(mean(end[name] for end in ends), 6),
            "sd": round(stdev(end[name] for end in ends), 6) if len(ends) > 1 else 0.0,
        }
        for name in ends[0]
    }


def trained(
    name: str, train_set: PatternSet, test: PatternSet, settings: argparse.Namespace
) -> dict[str, Any]:
    """Train one architecture with each seed."""
    runs = []
    for seed in settings.seeds:
        keras.utils.set_random_seed(seed)
        recipe = RECIPES[name](train_set.images, seed, settings.seconds)
        runs.append({"seed": seed, **train(recipe, test, settings.seconds)})
        print(f"{name}, seed {seed}: {runs[-1]['images_per_second']} images/s, {runs[-1]['final']}")
    return {
        "seconds": settings.seconds,
        "parameters": recipe.model.encoder.count_params() + recipe.model.decoder.count_params(),
        "runs": runs,
        **over_seeds(runs),
    }


def effective_dimension(patterns: PatternSet) -> float:
    """Participation ratio (tr C)² / tr C² of the covariance C of the pixels of Case 1.

    For C with d equal eigenvalues and no others, this is d. The mean is ½ in each pixel, by
    symmetry; tr C² is the mean of (x · x')² over pairs of independent patterns, those of different
    simulations.
    """
    x = patterns.images.reshape(len(patterns), -1) - 0.5
    products = x @ x.T
    independent = patterns.simulation[:, None] != patterns.simulation[None, :]
    return float(np.mean(np.diag(products)) ** 2 / np.mean(products[independent] ** 2))


def principal_components(train_set: PatternSet, test: PatternSet) -> dict[str, Any]:
    """Errors of PCA with as many components as the codes have numbers, and dimensions by age."""
    flat = train_set.images.reshape(len(train_set), -1).astype(np.float32)

    def reconstruct(pca: PCA, images: NDArray[Any]) -> NDArray[Any]:
        codes = pca.transform(images.reshape(len(images), -1).astype(np.float32))
        return pca.inverse_transform(codes).clip(0, 1).reshape(images.shape)

    found: dict[str, Any] = {}
    for count in COMPONENTS:
        pca = PCA(min(count, len(flat)), svd_solver="full").fit(flat)
        found[str(count)] = scores(lambda images, pca=pca: reconstruct(pca, images), test)
        print(f"PCA, {count} components: {found[str(count)]}")
    dimensions = []
    for start, end in pairwise(STAGES):
        stage = train_set.select((train_set.time >= start) & (train_set.time < end))
        dimension = round(effective_dimension(stage), 1)
        dimensions.append({"from": start, "images": len(stage), "effective_dimension": dimension})
        print(f"effective dimension from t = {start:g}: {dimension}")
    return {"components": found, "dimensions": dimensions}


def split_by_frame(patterns: PatternSet, seed: int = 0) -> tuple[PatternSet, PatternSet]:
    """The mistake: a fifth of the frames at random, whatever their simulation."""
    order = np.random.default_rng(seed).permutation(len(patterns))
    held_out = np.isin(np.arange(len(patterns)), order[: round(0.2 * len(patterns))])
    return patterns.select(~held_out), patterns.select(held_out)


def leak(patterns: PatternSet, settings: argparse.Namespace) -> dict[str, Any]:
    """Errors that a split by frame and a split by simulation report for the same model.

    Nothing is augmented: a leak shows where a model can memorise, and the published one is not
    augmented either.
    """
    splits = {"by_frame": split_by_frame(patterns), "by_simulation": patterns.split(0.2, seed=0)}
    seed = settings.seeds[0]
    entry: dict[str, Any] = {
        "what": "test errors of one model on two splits of the same patterns, no augmentation",
        "seconds": settings.leak_seconds,
        "seed": seed,
    }
    for name in LEAKED:
        entry[name] = {}
        for split, (train_set, test) in splits.items():
            keras.utils.set_random_seed(seed)
            plain = {"augmented": False} if name == "ours" else {}
            recipe = RECIPES[name](train_set.images, seed, settings.leak_seconds, **plain)
            final = train(recipe, test, settings.leak_seconds)["final"]
            seen = scores(recipe.reconstruct, train_set)
            entry[name][split] = {"test": final, "train": seen}
            print(f"leak, {name}, {split}: test {final}, train {seen}")
        gap = {split: entry[name][split]["test"]["mse"] for split in splits}
        entry[name]["gap"] = round(gap["by_simulation"] / gap["by_frame"], 3)
    return entry


def ratios(entry: dict[str, Any]) -> dict[str, float]:
    """Compare ours with the published architecture, where both had the same time."""
    mine, theirs = entry.get("ours", {}), entry.get("published", {})
    if not mine or mine["seconds"] != theirs.get("seconds"):
        return {}
    names = ("mse", "mse_old", "images_per_second")
    return {name: round(mine[name]["mean"] / theirs[name]["mean"], 3) for name in names}


def table(entry: dict[str, Any]) -> Table:
    """Lay out what the parts of the entry found."""
    found = Table(title="Held-out simulations of Case 1, mean ± standard deviation over seeds")
    columns = ("seconds", "images/s", "MSE", f"MSE, t ≥ {OLD:g}", f"accuracy, t ≥ {OLD:g}")
    for column in ("", *columns):
        found.add_column(column, justify="right" if column else "left")
    names = ("images_per_second", "mse", "mse_old", "accuracy_old")
    for part in RECIPES:
        if part in entry:
            values = (entry[part][name] for name in names)
            cells = (f"{value['mean']:.4g} ± {value['sd']:.2g}" for value in values)
            found.add_row(part, f"{entry[part]['seconds']:g}", *cells)
    for count, value in entry.get("pca", {}).get("components", {}).items():
        found.add_row(f"PCA, {count}", "", "", *(f"{value[name]:.4g}" for name in names[1:]))
    return found


def described_machine() -> dict[str, str | int]:
    """The machine, with the packages that matter here."""
    return machine("keras", "tensorflow", "numpy", "scikit-learn", threads=CORES)


def use_two_cores() -> None:
    """Hold the process to two cores, and TensorFlow to as many threads."""
    import tensorflow as tf  # noqa: PLC0415 (only this knows how to set its threads)

    if keras.backend.backend() != "tensorflow":
        raise SystemExit("run this benchmark with Keras's default backend, TensorFlow")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    tf.config.threading.set_intra_op_parallelism_threads(CORES)
    tf.config.threading.set_inter_op_parallelism_threads(CORES)


def numbers(text: str) -> list[int]:
    """Read a list such as 0,1,2."""
    return [int(part) for part in text.split(",")]


def chosen_parts(text: str) -> list[str]:
    """Read a list of parts."""
    parts = text.split(",")
    if unknown := sorted(set(parts) - set(PARTS)):
        raise argparse.ArgumentTypeError(f"parts are {', '.join(PARTS)}; got {', '.join(unknown)}")
    return parts


def measured(part: str, settings: argparse.Namespace) -> dict[str, Any]:
    """Measure one part."""
    patterns = load_embedded(1)
    train_set, test = patterns.split(0.2, seed=0)
    if part == "leak":
        return leak(patterns, settings)
    if part == "pca":
        return principal_components(train_set, test)
    return trained(part, train_set, test, settings)


def main() -> None:
    """Measure, print and, if asked, write each part as soon as it is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=chosen_parts, default=list(PARTS), help=",".join(PARTS))
    parser.add_argument("--seconds", type=float, default=150.0, help="of training, for each seed")
    parser.add_argument("--leak-seconds", type=float, default=150.0, help="of training, each time")
    parser.add_argument("--seeds", type=numbers, default=[0, 1, 2], help="the leak uses the first")
    parser.add_argument("--write", action="store_true", help="merge the parts into the results")
    parser.add_argument("--output", type=Path, default=RESULTS, help="JSON file to write into")
    settings = parser.parse_args()
    use_two_cores()
    results: dict[str, Any] = {}
    if settings.write and settings.output.exists():
        results = json.loads(settings.output.read_text())
    entry = results.get(KEY, {})
    entry["what"] = "Case 1 of the embedded set, errors on held-out simulations, two cores"
    for part in settings.parts:
        found = {"machine": described_machine(), **measured(part, settings)}
        if part == "leak":
            key, value = "leak", found
        else:
            entry = {**entry, part: found}
            entry["ratios"] = ratios(entry)
            key, value = KEY, entry
        if settings.write:
            write_entry(settings.output, key, value)
            print(f"written to {settings.output} under {key!r}")
    Console().print(table(entry))
    for name, ratio in entry.get("ratios", {}).items():
        print(f"ours / published, {name}: {ratio:.3g}{AIMS.get(name, '')}")


if __name__ == "__main__":
    main()
