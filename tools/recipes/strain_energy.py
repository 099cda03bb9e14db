"""Make the models of strain energy anew, from simulations, decoded codes and finite elements.

Run with `python -m tools.recipes.strain_energy`. Needs the simulations of
`tools.recipes.autoencoders` (two hours on one core); then 14,000 finite-element solves take
half an hour on one core, and training takes as long. Solves go on where they were stopped.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import joblib
import keras
import numpy as np
import typer
from numpy.typing import NDArray

from tools.recipes.autoencoders import simulated
from tools.recipes.energy_errors import calibrate, measure, measure_baselines
from vae_course.arrays import Floats
from vae_course.data import load_embedded
from vae_course.files import replacing, sha256, write_json
from vae_course.latent.pretrained import COMMANDS, HERE, MODELS
from vae_course.latent.properties import (
    DISPLACEMENT,
    YOUNG,
    build_code_network,
    build_image_network,
)
from vae_course.physics import hyperelasticity
from vae_course.progress import Counted, Progress, bars, one_bar, silent, stages
from vae_course.vae import VAE, load_pretrained
from vae_course.vae._manifest import write_manifest
from vae_course.vae._model_card import versions
from vae_course.vae.batches import random_symmetry
from vae_course.vae.networks import run_in_batches
from vae_course.vae.optimizers import Muon
from vae_course.vae.schedules import StepBudget

SET = "train1"
FIRST, EVERY = 1, 4  # frames of the set whose energies are computed
CHUNK = 500  # solves in a file
DECODED, DECODED_SEED = 2000, 11
CODES = "case1-fine"
CODE = (8, 8, 4)
HELD_OUT = 10  # one simulation in this many is kept for the calibration

Draw = Callable[[NDArray[np.int64], np.random.Generator], NDArray[np.float32]]


@dataclass(frozen=True)
class Recipe:
    """How an ensemble is made.

    Attributes:
        members: Networks.
        steps: Batches.
        batch_size: Images a batch.
        rate: Highest learning rate of Muon.
        seed: Of weights and batches.
    """

    members: int = 3
    steps: int = 1500
    batch_size: int = 64
    rate: float = 4e-3
    seed: int = 0


RECIPES = {"images": Recipe(), "codes": Recipe(steps=1000)}


@dataclass(frozen=True)
class Solved:
    """Images with their energies.

    Attributes:
        images: Shape (N, n, n).
        energy: By finite elements, shape (N,).
        group: Images of one group (simulation) are trained on or held out together, shape (N,).
    """

    images: NDArray[np.uint8]
    energy: Floats
    group: NDArray[np.int64]

    def select(self, mask: NDArray[np.bool_]) -> "Solved":
        """Return the images for which mask holds."""
        return Solved(self.images[mask], self.energy[mask], self.group[mask])

    def split(self) -> tuple["Solved", "Solved"]:
        """Return those to train on, and those of every tenth group."""
        _, rank = np.unique(self.group, return_inverse=True)
        held_out = rank % HELD_OUT == 0
        return self.select(~held_out), self.select(held_out)


def main(
    work: Annotated[Path, typer.Option(help="Folder for data.")] = Path("runs"),
    out: Annotated[Path, typer.Option(help="Folder of the models.")] = HERE,
    processes: Annotated[int, typer.Option(help="Processes of solves; -1: one a core.")] = -1,
) -> None:
    """Simulate, solve, train both ensembles, measure them and write their cards.

    Example: python -m tools.recipes.strain_energy --work runs
    """
    patterns = simulated(SET, work, processes)
    images, simulation = patterns.images[FIRST::EVERY], patterns.simulation[FIRST::EVERY]
    with one_bar("Solving simulated patterns") as report:
        frames = Solved(images, energies(images, work / "energies1", processes, report), simulation)
    others = decoded_images(images, work / "decoded1.npy")
    with one_bar("Solving decoded patterns") as report:
        energy = energies(others, work / "energies1-decoded", processes, report)
    decoded = Solved(others, energy, np.arange(len(others)))
    with bars() as shown:
        make(frames, decoded, RECIPES, out, stages(shown))


def decoded_images(images: NDArray[np.uint8], path: Path, count: int = DECODED) -> NDArray[Any]:
    """Make images that a design may come upon: decoded, thresholded codes.

    Half are drawn from the prior of `case1`; half lie on the way from the code of one image to
    that of another, of `case1-fine`. Their volume fractions vary more than those of simulations.

    Args:
        images: Simulated ones, shape (N, n, n).
        path: File to keep them in: a pixel near the threshold may differ on another computer.
        count: Number of images.

    Returns:
        Values 0 and 1, shape (count, n, n).
    """
    if not path.exists():
        rng = np.random.default_rng(DECODED_SEED)
        prior, fine = load_pretrained("case1"), load_pretrained(CODES)
        drawn = prior.decode(rng.standard_normal((count // 2, prior.latent)))
        rest = count - count // 2
        ends = [fine.encode(images[rng.integers(len(images), size=rest)]) for _ in range(2)]
        angle = rng.uniform(0, np.pi / 2, (rest, 1))
        mixed = fine.decode(np.cos(angle) * ends[0] + np.sin(angle) * ends[1])
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.save(file, (np.concatenate([drawn, mixed]) >= 0.5).astype(np.uint8))
    return np.asarray(np.load(path, allow_pickle=False))


def energies(
    images: NDArray[np.uint8], folder: Path, processes: int, report: Counted | None = None
) -> Floats:
    """Solve images by finite elements, in chunks that are kept.

    Args:
        images: Values 0 and 1, shape (N, n, n).
        folder: Where the chunks are kept, named by the index of their first image.
        processes: Number of processes; −1 is one a core.
        report: Called with images done, and all of them.

    Returns:
        Energies at d = 0.5, shape (N,).
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{start:06d}.npy" for start in range(0, len(images), CHUNK)]
    with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
        for k, path in enumerate(paths):
            if not path.exists():
                chunk = images[k * CHUNK : (k + 1) * CHUNK]
                found = joblib.Parallel(n_jobs=processes)(joblib.delayed(_energy)(i) for i in chunk)
                with replacing(path) as temporary, temporary.open("wb") as file:
                    np.save(file, np.array(found))
            if report:
                report(min((k + 1) * CHUNK, len(images)), len(images))
    return np.concatenate([np.load(path, allow_pickle=False) for path in paths])


def make(
    frames: Solved,
    decoded: Solved,
    recipes: dict[str, Recipe],
    out: Path,
    progress: Progress = silent,
) -> dict[str, dict[str, Any]]:
    """Train both ensembles and write them with their cards and the manifest.

    Args:
        frames: Simulated images.
        decoded: Decoded images.
        recipes: Of "images" and of "codes".
        out: Folder of the models.
        progress: Called as the work goes on.

    Returns:
        The cards of both.
    """
    vae = load_pretrained(CODES)
    (fitted, held_out), (more, held_out_decoded) = frames.split(), decoded.split()
    images = np.concatenate([fitted.images, more.images])
    energy = np.concatenate([fitted.energy, more.energy])
    embedded = load_embedded(1)
    tests = {
        "embedded": (embedded.images, embedded.strain_energy[:, -1]),
        "held-out simulations": (held_out.images, held_out.energy),
        "held-out decoded": (held_out_decoded.images, held_out_decoded.energy),
    }
    offset, scale = float(energy.mean()), float(energy.std())
    calibration = np.concatenate([held_out.images, held_out_decoded.images])
    true = np.concatenate([held_out.energy, held_out_decoded.energy])
    cards: dict[str, dict[str, Any]] = {}
    read: Callable[[NDArray[np.uint8]], NDArray[np.float32]]
    draw: Draw
    for kind, recipe in recipes.items():
        sizes: dict[str, Any] = {"members": recipe.members, "seed": recipe.seed}
        sizes |= {"offset": offset, "scale": scale}
        if kind == "images":
            network, read = build_image_network(**sizes), _as_floats
            draw = _ImageDraw(images)
        else:
            network, read = build_code_network(CODE, **sizes), vae.encode
            draw = _CodeDraw(vae, images, progress)
        _fit(network, draw, energy, recipe, partial(progress, f"Training: {kind}"))
        calibrated = calibrate(*_mean_and_spread(network, read(calibration)), true)
        measured = {
            name: measure(*_mean_and_spread(network, read(one)), truth, calibrated)
            for name, (one, truth) in tests.items()
        }
        cards[kind] = {
            "model": {
                "what": f"ensemble of {recipe.members} convolutional networks, from {kind} to the "
                f"strain energy at d = {DISPLACEMENT}, Young's moduli {YOUNG[0]} and {YOUNG[1]}",
                "weights": network.count_params(),
                **({"codes": CODES} if kind == "codes" else {}),
            },
            "training": asdict(recipe),
            "calibration": asdict(calibrated),
            "measured": measured,
        }
        path = out / f"strain-energy-case1{'' if kind == 'images' else '-codes'}.keras"
        with replacing(path) as temporary:  # a model without the state of its optimizer
            keras.Model(network.input, network.output).save(temporary)
        cards[kind]["model"] |= {"file": path.name, "sha256": sha256(path)}
        cards[kind] |= {
            "data": {
                "set": f"{SET} of tools.recipes.autoencoders, every {EVERY}th frame from "
                f"{FIRST}, and decoded codes (seed {DECODED_SEED})",
                "images": len(images),
                "of them decoded": len(more.images),
            },
            "split": {
                "how": "by simulation",
                "simulations trained on": len(np.unique(fitted.group)),
                "simulations held out": len(np.unique(held_out.group)),
            },
            "range": {
                "volume_fraction": np.percentile(more.images.mean(axis=(1, 2)), (1, 99)).tolist(),
                "strain_energy": [float(energy.min()), float(energy.max())],
            },
        }
    baselines = measure_baselines(fitted.images, fitted.energy, tests["embedded"], progress)
    for card in cards.values():
        card |= {"baselines": baselines, "versions": versions()}
        card |= {"command": COMMANDS["strain-energy"]}
        write_json(out / str(card["model"]["file"]).replace(".keras", ".json"), card)
    write_manifest(out, MODELS, ", ".join(COMMANDS.values()))
    return cards


class _ImageDraw:
    """Images under random symmetries; none of them swaps the phases."""

    def __init__(self, images: NDArray[np.uint8]) -> None:
        self.images = images

    def __call__(self, chosen: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float32]:
        return random_symmetry(self.images[chosen], rng).astype(np.float32)


class _CodeDraw:
    """Codes of images under random symmetries: an encoder need not be symmetric itself."""

    def __init__(self, vae: VAE, images: NDArray[np.uint8], progress: Progress) -> None:
        codes = []
        for k in range(8):
            turned = np.rot90(images, k % 4, axes=(1, 2))
            codes.append(vae.encode(turned[:, ::-1] if k >= 4 else turned))
            progress("Encoding", (k + 1) / 8, "")
        self.codes = np.stack(codes)

    def __call__(self, chosen: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float32]:
        return np.asarray(self.codes[rng.integers(8, size=len(chosen)), chosen])


class _Batches(keras.utils.PyDataset):
    """Random batches, each drawn from its number; every member learns the same energies."""

    def __init__(self, draw: Draw, energy: Floats, recipe: Recipe) -> None:
        super().__init__()
        self.draw, self.recipe = draw, recipe
        self.energy = np.repeat(energy[:, None], recipe.members, axis=1).astype(np.float32)

    def __len__(self) -> int:
        return self.recipe.steps

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        rng = np.random.default_rng((self.recipe.seed, index))
        chosen = rng.integers(len(self.energy), size=self.recipe.batch_size)
        return self.draw(chosen, rng), self.energy[chosen]


def _fit(
    network: keras.Model,
    draw: Draw,
    energy: Floats,
    recipe: Recipe,
    progress: Callable[[float, str], None],
) -> None:
    network.compile(Muon(recipe.rate), "mse")
    budget = StepBudget(
        recipe.steps,
        recipe.rate,
        progress=lambda part, logs: progress(part, f"loss {logs['loss']:.2e}"),
    )
    network.fit(_Batches(draw, energy, recipe), shuffle=False, verbose=0, callbacks=[budget])


def _energy(image: NDArray[np.uint8]) -> float:
    return float(hyperelasticity.strain_energy(image, (DISPLACEMENT,), YOUNG)[0])


def _as_floats(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return images.astype(np.float32)


def _mean_and_spread(network: keras.Model, inputs: NDArray[np.float32]) -> tuple[Floats, Floats]:
    members = run_in_batches(network, inputs)[0].astype(np.float64)
    return members.mean(axis=1), members.std(axis=1)


if __name__ == "__main__":
    typer.run(main)
