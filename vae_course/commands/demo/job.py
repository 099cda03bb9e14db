"""What the demo does, in order: simulate, train, predict, and hand over to the report."""

import time
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from vae_course.arrays import Images
from vae_course.commands.demo import sections
from vae_course.commands.demo.design import inverse_design
from vae_course.commands.demo.evolution import TIMES, at, evolution
from vae_course.commands.demo.generation import new_microstructures
from vae_course.commands.demo.page import write
from vae_course.commands.demo.request import Job
from vae_course.data import PatternSet, load_embedded
from vae_course.data.generate import simulate_frames
from vae_course.latent import Evolution, rank_axes
from vae_course.progress import Progress, silent
from vae_course.vae import VAE
from vae_course.vae._model_card import versions
from vae_course.vae.batches import SymmetricBatches
from vae_course.vae.model import build_vae
from vae_course.vae.schedules import StepBudget, TimeBudget, WarmUp

_FOLLOWED = 24  # held-out simulations that are followed through time
_BATCH = 32
_LEARNING_RATE = 4e-3
_WARM_UP = 200


def run(job: Job, progress: Progress = silent) -> dict[str, Any]:
    """Train, evaluate and write `index.html`, its figures and `metrics.json`."""
    stage = "Reading the embedded microstructures"
    progress(stage, 0, "")
    cases = [load_embedded(case) for case in (1, 2, 3)]
    train, test = PatternSet.concatenate(cases).split(test=0.2, seed=job.seed)
    progress(stage, 1, f"{len(train) + len(test)} images")

    parameters, frames = _follow(test, job.seed, progress)
    vae, history = _train(train, job, progress)

    stage = "Predicting and drawing"
    progress(stage, 0, "")
    chosen = int(np.random.default_rng(job.seed).integers(len(frames)))
    codes = vae.encode(train.images)
    spread = codes.std(axis=0)
    around = codes[np.linspace(0, len(codes) - 1, 16).astype(int)]
    strongest = rank_axes(vae, around, spread)
    rebuilt, first = sections.reconstruction(vae, train, test, job.seed)
    progress(stage, 0.4, "")
    second = sections.tailoring(vae, at(frames, 1.0)[chosen], strongest, spread)
    model = Evolution.load_pretrained("case1")
    times, third = evolution(model, vae, frames, parameters, chosen, job.seed)
    progress(stage, 0.6, "")
    designed, fourth = inverse_design(at(frames, 1.0)[chosen], job.seed)
    drawn, new = new_microstructures(job.seed)
    numbers, fifth = sections.real_patterns(
        vae,
        job.real,
        strongest,
        spread,
        job.seed,
        lambda done, total: progress(stage, 0.6 + 0.3 * done / total, "your patterns"),
    )
    progress(stage, 0.9, "")
    metrics = {
        "reconstruction": rebuilt,
        **times,
        "design": designed,
        "generation": drawn,
        "patterns": numbers,
        "seed": job.seed,
        "simulations": {
            "train": len(np.unique(train.simulation)),
            "test": len(np.unique(test.simulation)),
            "followed": len(frames),
        },
        "training": history,
        "versions": versions("scipy", "scikit-learn"),
    }
    write(job.out, metrics, [first, second, third, fourth, new, *fifth])
    progress(stage, 1, "")
    return metrics


def _follow(test: PatternSet, seed: int, progress: Progress) -> tuple[NDArray[np.void], Images]:
    """Simulate held-out simulations of Case 1 again, at the very times that the demo predicts.

    Returns:
        Parameters, shape (simulations,), and frames, shape (simulations, times, n, n).
    """
    _, first = np.unique(test.simulation, return_index=True)
    first = first[test.parameters["case"][first] == 1]
    parameters = test.parameters[np.random.default_rng(seed).permutation(first)[:_FOLLOWED]]
    frames = simulate_frames(
        parameters,
        TIMES,
        progress=lambda done, total: progress(
            "Simulating held-out evolutions", done / total, f"{done} of {total}"
        ),
    )
    return parameters, frames


def _train(train: PatternSet, job: Job, progress: Progress) -> tuple[VAE, dict[str, Any]]:
    stage = "Training the VAE"
    progress(stage, 0, "compiling")
    vae = build_vae(seed=job.seed)
    batches = SymmetricBatches(train.images, _BATCH, job.seed, swap_phases=True)

    def report(part: float, logs: dict[str, float]) -> None:
        progress(stage, part, f"loss {logs.get('loss', float('nan')):.0f} nats")

    budget = (
        TimeBudget(60 * job.minutes, _LEARNING_RATE, progress=report)
        if job.minutes is not None
        else StepBudget((job.epochs or 0) * len(batches), _LEARNING_RATE, progress=report)
    )
    began = time.monotonic()
    history = vae.fit(batches, epochs=100_000, verbose=0, callbacks=[WarmUp(_WARM_UP), budget])
    steps = int(keras.ops.convert_to_numpy(vae.optimizer.iterations))
    return vae, {
        "minutes": job.minutes or round((time.monotonic() - began) / 60, 2),
        "images": steps * _BATCH,
        "loss": [round(float(loss), 2) for loss in history.history["loss"]],
    }
