"""The section on time: held-out simulations predicted backward and forward."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from vae_course.arrays import Floats32, Images
from vae_course.commands.demo.page import Picture, Score, Section
from vae_course.commands.jobs import judge
from vae_course.latent import Evolution, extrapolate_images, resimulate
from vae_course.plotting import line_plot, pattern_table
from vae_course.vae import VAE
from vae_course.vae.fidelity import pixel_accuracy, squared_error

PRESENT = 2e-3
KNOWN = 1.25
"""Two frames make a latent velocity. Forward, those at present / 1.25 and present are given;
backward, those at present and present · 1.25. The learned dynamics needs the present alone."""

FORWARD = (1.25, 1.5, 2.0)
BACKWARD = (1 / 1.25, 1 / 1.5, 1 / 2.0)
SAMPLES = 16

TIMES = PRESENT * np.array(sorted({*FORWARD, *BACKWARD, 1.0, KNOWN, 1 / KNOWN}))
"""Times of the frames that `evolution` needs."""


def at(frames: Images, factor: float) -> Images:
    """Frames at a factor of the present, shape (N, n, n), of those at all `TIMES`."""
    return np.asarray(frames[:, int(np.argmin(np.abs(TIMES - factor * PRESENT)))])


def evolution(
    model: Evolution,
    vae: VAE,
    frames: Images,
    parameters: NDArray[np.void],
    chosen: int,
    seed: int,
) -> tuple[dict[str, list[Score]], Section]:
    """Predict held-out simulations backward and forward, and compare with the simulated truth.

    Args:
        model: The pretrained evolution.
        vae: The model trained in the demo, whose latent velocity is a baseline.
        frames: Frames at `TIMES`, shape (N, times, n, n).
        parameters: Of the simulations, dtype `PARAMETERS`, shape (N,).
        chosen: The simulation to show.
        seed: Seed of the samples of the past.

    Returns:
        Scores at each factor, forward and backward, and the section.
    """
    present = at(frames, 1.0)
    drawn = {f: model.backward(present, f, SAMPLES, seed) for f in BACKWARD}
    predicted = {f: samples.mean(axis=1) for f, samples in drawn.items()}
    predicted |= {f: model.forward(present, f) for f in FORWARD}
    scores: dict[str, list[Score]] = {}
    for direction, factors, known in (
        ("forward", FORWARD, 1 / KNOWN),
        ("backward", BACKWARD, KNOWN),
    ):
        times = PRESENT * np.array(factors)
        straight = extrapolate_images(
            vae, at(frames, known), PRESENT * known, present, PRESENT, times
        ).swapaxes(0, 1)
        scores[direction] = [
            _score(predicted[f], line, at(frames, f), present, f)
            for f, line in zip(factors, straight, strict=True)
        ]
    for score, (factor, samples) in zip(scores["backward"], drawn.items(), strict=True):
        errors = squared_error(samples, at(frames, factor)[:, None])
        score["best_mse"] = float(errors.min(axis=1).mean())

    one, now = parameters[chosen], present[chosen]
    setting = PRESENT, float(one["b"]), float(one["lam"])
    earliest = sorted(BACKWARD)[:2]
    judged = judge(
        now,
        *setting,
        {f: drawn[f][chosen] for f in earliest},
        {f: at(frames, f)[chosen] for f in earliest},
    )
    scores["resimulated"] = [
        {
            "factor": round(found["factor"], 4),
            "median_agreement": found["agreement"]["median"],
            "best_agreement": found["agreement"]["best"],
            "persistence_agreement": float(
                resimulate(now[None, None], found["factor"], now[None], *setting).agreement[0, 0]
            ),
        }
        for found in judged.numbers["factors"]
    ]
    ordered = sorted([*scores["forward"], *scores["backward"]], key=lambda score: score["factor"])
    section = Section(
        "Backward and forward in time",
        f"Held-out microstructures of Case 1 at t = {PRESENT:g}, as given. Forward, learned "
        "dynamics carries the code on; the truth is the Cahn–Hilliard simulation. Backward there "
        "is no one answer, because diffusion forgets: the model draws pasts that may have been. "
        "Physics judges them: each is simulated to the present, and the number below it says how "
        "many pixels then agree with the given one. The numbers backward in the table are of the "
        "mean of all samples. The latent velocity, for comparison, carries codes on along a "
        f"straight line through two frames, a factor of {KNOWN} apart.",
        [
            Picture(
                _timeline(frames, predicted, drawn, chosen),
                "evolution.png",
                "One microstructure at seven times: simulated, predicted (of the past, the first "
                "sample), and unchanged.",
            ),
            Picture(
                judged.figure,
                "pasts.png",
                "Pasts of that microstructure, the likeliest by physics first, and where each "
                "leads by simulation.",
            ),
            Picture(
                _errors(ordered),
                "evolution-error.png",
                "Error of the prediction, of the latent velocity, and of the guess that nothing "
                f"changes, over {len(frames)} held-out simulations.",
            ),
        ],
        [
            "time / present",
            "predicted: error",
            "right phase",
            "latent velocity: error",
            "nothing changes: error",
        ],
        [
            [
                f"{score['factor']:.3g}",
                f"{score['mse']:.4f}",
                f"{score['pixel_accuracy']:.1%}",
                f"{score['velocity_mse']:.4f}",
                f"{score['persistence_mse']:.4f}",
            ]
            for score in ordered
        ],
    )
    return scores, section


def _score(
    predicted: NDArray[Any], straight: NDArray[Any], truth: Images, present: Images, factor: float
) -> Score:
    return {
        "factor": round(factor, 4),
        "mse": float(squared_error(predicted, truth).mean()),
        "pixel_accuracy": float(pixel_accuracy(predicted, truth).mean()),
        "velocity_mse": float(squared_error(straight, truth).mean()),
        "persistence_mse": float(squared_error(present, truth).mean()),
    }


def _timeline(
    frames: Images,
    predicted: dict[float, NDArray[Any]],
    drawn: dict[float, Floats32],
    chosen: int,
) -> Figure:
    shown = (*sorted(BACKWARD), 1.0, *FORWARD)
    truth = [at(frames, f)[chosen] for f in shown]
    now = at(frames, 1.0)[chosen]
    guess = [
        None if f == 1 else drawn[f][chosen, 0] if f < 1 else predicted[f][chosen] for f in shown
    ]
    return pattern_table(
        [truth, guess, [now] * len(truth)],
        ["simulated", "predicted", "nothing\nchanges"],
        ["present" if f == 1 else f"{f:.3g} × t" for f in shown],
        [
            [""] * len(truth),
            [
                "" if g is None else f"{pixel_accuracy(g, t):.0%} right"
                for g, t in zip(guess, truth, strict=True)
            ],
            [f"{pixel_accuracy(now, t):.0%} right" for t in truth],
        ],
        highlight=len(BACKWARD),
    )


def _errors(ordered: list[Score]) -> Figure:
    x = [score["factor"] for score in ordered]
    return line_plot(
        {
            "predicted": (x, [score["mse"] for score in ordered]),
            "nothing changes": (x, [score["persistence_mse"] for score in ordered]),
            "latent velocity": (x, [score["velocity_mse"] for score in ordered]),
        },
        "time / present",
        "mean squared error",
        log_x=True,
    )
