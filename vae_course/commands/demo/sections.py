"""The sections of the report: each computes its numbers and draws its figures."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from vae_course.arrays import Images
from vae_course.commands.demo.evolution import BACKWARD, FORWARD, KNOWN
from vae_course.commands.demo.page import Picture, Section
from vae_course.commands.demo.scores import Score, mean_squared_error, pixel_accuracy
from vae_course.data import PatternSet
from vae_course.data.generate import simulate_on
from vae_course.latent import extrapolate_images, traverse
from vae_course.latent.evolution import TYPICAL_B, TYPICAL_LAM
from vae_course.physics import descriptors
from vae_course.plotting import pattern_table
from vae_course.vae import VAE
from vae_course.vae.batches import random_symmetry


def reconstruction(
    vae: VAE, train: PatternSet, test: PatternSet, seed: int
) -> tuple[Score, Section]:
    """Compare what the VAE and principal components rebuild of held-out images."""
    rebuilt = vae.reconstruct(test.images)
    linear = _by_principal_components(train.images, test.images, vae.latent, seed)
    scores = {
        "latent": vae.latent,
        "vae_mse": mean_squared_error(rebuilt, test.images),
        "vae_pixel_accuracy": pixel_accuracy(rebuilt, test.images),
        "pca_mse": mean_squared_error(linear, test.images),
        "pca_pixel_accuracy": pixel_accuracy(linear, test.images),
    }
    order = np.argsort(test.time, kind="stable")
    shown = order[np.linspace(0, len(order) - 1, 8).astype(int)]
    captions = [
        [f"error {mean_squared_error(images[k], test.images[k]):.3f}" for k in shown]
        for images in (rebuilt, linear)
    ]
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
            ["VAE", f"{scores['vae_mse']:.4f}", f"{scores['vae_pixel_accuracy']:.1%}"],
            ["PCA", f"{scores['pca_mse']:.4f}", f"{scores['pca_pixel_accuracy']:.1%}"],
        ],
    )
    return scores, section


def _by_principal_components(
    train: Images, test: Images, components: int, seed: int
) -> NDArray[np.float32]:
    """Rebuild images by PCA fitted to what the network saw: images and symmetric copies."""
    copies = random_symmetry(train, np.random.default_rng(seed), swap_phases=True)
    seen = np.concatenate([train, copies]).reshape(2 * len(train), -1).astype(np.float32)
    pca = PCA(components, svd_solver="randomized", random_state=seed).fit(seen)
    flat = test.reshape(len(test), -1).astype(np.float32)
    return np.asarray(pca.inverse_transform(pca.transform(flat)).reshape(test.shape))


def tailoring(
    vae: VAE, image: Images, strongest: NDArray[np.intp], spread: NDArray[np.float32]
) -> Section:
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
    vae: VAE, image: Images, axes: NDArray[np.intp], spread: NDArray[np.float32]
) -> Figure:
    steps = np.linspace(-3, 3, 7)
    code = vae.encode(image[None])[0]
    return pattern_table(
        [
            list(vae.decode(traverse(code, int(axis), code[axis] + steps * spread[axis])))
            for axis in axes
        ],
        [f"axis {axis}" for axis in axes],
        [f"{step:+.0f} σ" if step else "as it is" for step in steps],
        highlight=3,
        side=0.95,
    )


def real_patterns(
    vae: VAE,
    train: PatternSet,
    real: dict[str, Images],
    strongest: NDArray[np.intp],
    spread: NDArray[np.float32],
) -> tuple[list[Score], list[Section]]:
    """Rebuild, tailor and extrapolate real patterns; no section where there are none."""
    if not real:
        return [], []
    images = np.stack(list(real.values()))
    rebuilt, times = vae.reconstruct(images), _estimated_times(train, images)
    scores: list[Score] = []
    rows: list[list[NDArray[Any] | None]] = []
    captions, labels, tailored = [], [], []
    for name, image, again, time in zip(real, images, rebuilt, times, strict=True):
        future = _simulated_future(image, time)
        past = extrapolate_images(
            vae, future[:1], KNOWN * time, image[None], time, time * np.sort(BACKWARD)
        )[0]
        ahead = extrapolate_images(
            vae, image[None], time, future[:1], KNOWN * time, time * np.array(FORWARD[1:])
        )[0]
        score = {
            "file": name,
            "mse": mean_squared_error(again, image),
            "pixel_accuracy": pixel_accuracy(again, image),
            "estimated_time": float(time),
        }
        scores.append(score)
        rows += [[image, again, *past, None, *ahead], [None] * (2 + len(past)) + list(future)]
        agreement = [
            f"{pixel_accuracy(a, f):.0%} as below" for a, f in zip(ahead, future[1:], strict=True)
        ]
        captions += [
            ["", f"{score['pixel_accuracy']:.0%} right", *[""] * (len(past) + 1), *agreement],
            [""] * (2 + len(past)) + ["given", *[""] * len(ahead)],
        ]
        stem = Path(name).stem
        labels += [f"{stem}\npredicted", "simulated on"]
        tailored.append(
            Picture(
                _tailored(vae, image, strongest[:4], spread),
                f"{stem}-axes.png",
                f"{name}: its four strongest latent axes, one a row.",
            )
        )
    columns = ["pattern", "rebuilt", *(f"{f:.3g} × t" for f in (*sorted(BACKWARD), *FORWARD))]
    table = pattern_table(rows, labels, columns, captions, highlight=0, side=1.0)
    section = Section(
        "Real patterns",
        "Patterns that you handed in, which the model has never seen: rebuilt, carried backward "
        "and forward, and tailored. A file holds one frame, so physics supplies the second: a "
        f"short simulation from the pattern on, with b = {TYPICAL_B:g} and λ = {TYPICAL_LAM:g}, "
        "the middle of the ranges of Mechanical MNIST Cahn–Hilliard. The time t of a pattern is "
        "estimated from its domain size. No simulation can run backward: the past has no truth "
        "beside it.",
        [
            Picture(
                table,
                "patterns.png",
                "Each pattern rebuilt, with its predicted past and future; below, the simulated "
                "future, of which the first frame is given to the model.",
            ),
            *tailored,
        ],
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


def _simulated_future(image: Images, time: float) -> Images:
    """Simulate a pattern on to the factors in `FORWARD` of its time, shape (factors, n, n)."""
    elapsed = time * (np.array(FORWARD) - 1)
    return np.asarray(simulate_on(image[None], elapsed, TYPICAL_B, TYPICAL_LAM)[0])


def _estimated_times(train: PatternSet, images: Images) -> NDArray[np.float64]:
    """Date images by their domain size: log t is fitted linearly to log L on the training set.

    An image of one phase alone has no domains: it gets the latest time.
    """
    sizes = np.log(descriptors.domain_size(train.images))
    slope, offset = np.polyfit(sizes, np.log(train.time), 1)
    times = np.exp(offset + slope * np.log(descriptors.domain_size(images)))
    earliest, latest = train.time.min(), train.time.max()
    return np.asarray(np.nan_to_num(np.clip(times, earliest, latest), nan=latest))
