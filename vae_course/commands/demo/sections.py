"""The sections of the report: each computes its numbers and draws its figures."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from vae_course.arrays import Floats32, Images
from vae_course.commands.demo.page import Picture, Score, Section
from vae_course.commands.jobs import evolve
from vae_course.data import PatternSet
from vae_course.data.pictures import Microstructure
from vae_course.latent import traverse
from vae_course.latent.evolution import TYPICAL_B, TYPICAL_LAM
from vae_course.plotting import pattern_table
from vae_course.progress import Counted
from vae_course.vae import VAE
from vae_course.vae.batches import random_symmetry
from vae_course.vae.fidelity import pixel_accuracy, squared_error


def reconstruction(
    vae: VAE, train: PatternSet, test: PatternSet, seed: int
) -> tuple[Score, Section]:
    """Compare what the VAE and principal components rebuild of held-out images."""
    rebuilt = vae.reconstruct(test.images)
    linear = _by_principal_components(train.images, test.images, vae.latent, seed)
    scores: Score = {"latent": vae.latent}
    errors = {}
    for name, images in (("vae", rebuilt), ("pca", linear)):
        errors[name] = squared_error(images, test.images)
        scores[f"{name}_mse"] = float(errors[name].mean())
        scores[f"{name}_pixel_accuracy"] = float(pixel_accuracy(images, test.images).mean())
    order = np.argsort(test.time, kind="stable")
    shown = order[np.linspace(0, len(order) - 1, 8).astype(int)]
    captions = [[f"error {one[k]:.3f}" for k in shown] for one in errors.values()]
    figure = pattern_table(
        [[images[k] for k in shown] for images in (test.images, rebuilt, linear)],
        ["held-out\nmicrostructure", f"VAE\n{vae.latent} numbers", f"PCA\n{vae.latent} numbers"],
        [f"t = {test.time[k]:.1e}" for k in shown],
        [[""] * len(shown), *captions],
    )
    section = Section(
        "Reconstruction",
        f"Each picture has 4,096 pixels. The VAE keeps {vae.latent} numbers, its code, and draws "
        "the picture again from them. Principal components (PCA) are the best linear way to do "
        "so. All pictures come from simulations that neither has seen; young microstructures, "
        "left, are the hard ones. Grey means that the model is not sure.",
        [
            Picture(
                figure,
                "reconstruction.png",
                "Held-out microstructures from young to old, rebuilt by the VAE and by PCA. The "
                "error is the mean squared one.",
            )
        ],
        ["", "mean squared error", "pixels with the right phase"],
        [
            [
                name.upper(),
                f"{scores[f'{name}_mse']:.4f}",
                f"{scores[f'{name}_pixel_accuracy']:.1%}",
            ]
            for name in errors
        ],
    )
    return scores, section


def _by_principal_components(train: Images, test: Images, components: int, seed: int) -> Floats32:
    """Rebuild images by PCA fitted to what the network saw: images and symmetric copies."""
    copies = random_symmetry(train, np.random.default_rng(seed), swap_phases=True)
    seen = np.concatenate([train, copies]).reshape(2 * len(train), -1).astype(np.float32)
    pca = PCA(components, svd_solver="randomized", random_state=seed).fit(seen)
    flat = test.reshape(len(test), -1).astype(np.float32)
    return np.asarray(pca.inverse_transform(pca.transform(flat)).reshape(test.shape))


def tailoring(vae: VAE, image: Images, strongest: NDArray[np.intp], spread: Floats32) -> Section:
    """Show what the strongest axes of the code change in one image."""
    return Section(
        "Tailoring the latent axes",
        "One held-out microstructure, chosen at random (framed). In each row one axis of its code "
        "changes, in steps of the standard deviation σ of that axis over the training set; all "
        "other numbers stay. The six axes that change the picture most are shown, the strongest "
        "first.",
        [
            Picture(
                _tailored(vae, image, strongest[:6], spread),
                "axes.png",
                "A row for each latent axis, a column for each value of it.",
            )
        ],
    )


def _tailored(
    vae: VAE, image: Images, axes: NDArray[np.intp], spread: Floats32, above: bool = False
) -> Figure:
    """Draw a row for each axis; above them, if asked for, the image itself."""
    steps = np.linspace(-3, 3, 7)
    code = vae.encode(image[None])[0]
    rows: list[list[NDArray[Any] | None]] = [[None] * 3 + [image] + [None] * 3] * above
    rows += [
        list(vae.decode(traverse(code, int(axis), code[axis] + steps * spread[axis])))
        for axis in axes
    ]
    return pattern_table(
        rows,
        ["given"] * above + [f"axis {axis}" for axis in axes],
        [f"{step:+.0f} σ" if step else "as it is" for step in steps],
        highlight=3,
        side=0.95,
    )


def real_patterns(
    vae: VAE,
    real: dict[str, Images],
    strongest: NDArray[np.intp],
    spread: Floats32,
    seed: int,
    progress: Counted,
) -> tuple[list[Score], list[Section]]:
    """Rebuild, tailor and evolve real patterns; no section where there are none."""
    if not real:
        return [], []
    scores: list[Score] = []
    pictures = []
    for done, (name, image) in enumerate(real.items()):
        progress(done, len(real))
        stem, again = Path(name).stem, vae.reconstruct(image[None])[0]
        found = evolve(Microstructure(image), [0.5, 2.0], seed=seed)
        accuracy = float(pixel_accuracy(again, image))
        scores.append(
            {
                "file": name,
                "mse": float(squared_error(again, image)),
                "pixel_accuracy": accuracy,
                "estimated_time": found.numbers["time"]["value"],
            }
        )
        pictures += [
            Picture(
                _tailored(vae, image, strongest[:4], spread, above=True),
                f"{stem}-axes.png",
                f"{name}, and below it as the VAE rebuilds it, {accuracy:.0%} of the pixels right, "
                "with its four strongest latent axes, one a row.",
            ),
            Picture(
                found.figure,
                f"{stem}-evolution.png",
                f"Pasts of {name}, the likeliest by physics first, and where each leads by "
                "simulation, and its future.",
            ),
        ]
    section = Section(
        "Real patterns",
        "Patterns that you handed in, which no model has seen: rebuilt, tailored, and carried to "
        "half their time t and to twice, as the command vae-course evolve does. Physics judges "
        "each prediction: pasts are simulated to the present, and the future is simulated from "
        f"it, with b = {TYPICAL_B:g} and λ = {TYPICAL_LAM:g}, the middle of the ranges of "
        "Mechanical MNIST Cahn–Hilliard. The time of a pattern is estimated from its domain size. "
        "Where the volume fraction is not that of Case 1, the models of all cases predict, which "
        "know 0.2 to 0.8; beyond, they guess.",
        pictures,
        ["file", "mean squared error", "pixels with the right phase", "estimated time"],
        [
            [
                score["file"],
                f"{score['mse']:.4f}",
                f"{score['pixel_accuracy']:.1%}",
                f"{score['estimated_time']:.1e}",
            ]
            for score in scores
        ],
    )
    return scores, [section]
