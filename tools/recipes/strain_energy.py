"""Make the models of strain energy anew: `python -m tools.recipes.strain_energy`.

Needs the simulations of `tools.recipes.autoencoders` (two hours on one core); then 26,000
finite-element solves take an hour on one core, and training takes as long.
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
from tools.recipes.energy_errors import measure, measure_baselines
from tools.recipes.models import fit, publish
from tools.recipes.recipe import RUNS, NetworkRecipe, Out, Processes, Work, kept, one_of
from vae_course.arrays import Floats, Floats32, Images
from vae_course.data import load_embedded
from vae_course.data.schedule import ANY_MEAN
from vae_course.latent import property_networks
from vae_course.latent._networks import Trend
from vae_course.latent._property_training import calibrate
from vae_course.latent.dynamics import CODE
from vae_course.latent.properties import Calibration
from vae_course.physics import hyperelasticity
from vae_course.physics.material_property import DISPLACEMENT, YOUNG
from vae_course.progress import Counted, Progress, bars, one_bar, silent, stages
from vae_course.vae import load_pretrained
from vae_course.vae.batches import SeededBatches, random_symmetry
from vae_course.vae.networks import run_in_batches

CHUNK = 500  # solves in a file
DECODED, DECODED_SEED = 2000, 11
SWAP_SEED = 12
HELD_OUT = 10  # one simulation in this many is kept for the calibration

Draw = Callable[[NDArray[np.int64], np.random.Generator], Floats32]
"""Takes the places of images and gives what the network reads of them, drawn at random."""


@dataclass(frozen=True, kw_only=True)
class EnsembleRecipe(NetworkRecipe):
    """How an ensemble is made.

    Attributes:
        members: Networks.
        batches: Batches in an epoch.
        seed: Of weights and batches.
    """

    members: int = 3
    batches: int = 500
    seed: int = 0


@dataclass(frozen=True)
class Family:
    """The data of the models of a case.

    Attributes:
        case: Which.
        first: First frame of the set whose energy is computed.
        every: And how many on the next one is.
        prior: VAE whose samples are solved, too.
        codes: VAE between whose codes pictures are mixed, and whose codes are read.
        tests: Embedded cases that it is tested on.
    """

    case: int
    first: int
    every: int
    prior: str
    codes: str
    tests: tuple[int, ...]


FAMILIES = {
    "case1": Family(1, 1, 4, "case1", "case1-fine", (1,)),
    "all-cases": Family(ANY_MEAN, 1, 3, "all-cases", "all-cases-fine", (1, 2, 3)),
}
RECIPES = {
    "images": EnsembleRecipe(epochs=3),
    "codes": EnsembleRecipe(epochs=2),
    "all-cases-images": EnsembleRecipe(epochs=16, restarts=(6,)),
    "all-cases-codes": EnsembleRecipe(epochs=5),
}


@dataclass(frozen=True)
class Solved:
    """Images with their energies.

    Attributes:
        images: Shape (N, n, n).
        energy: By finite elements, shape (N,).
        group: Images of one group (simulation) are trained on or held out together, shape (N,).
    """

    images: Images
    energy: Floats
    group: NDArray[np.int64]

    def select(self, mask: NDArray[np.bool_]) -> "Solved":
        """Return the images for which mask holds."""
        return Solved(self.images[mask], self.energy[mask], self.group[mask])

    def split(self) -> tuple["Solved", "Solved"]:
        """Return those to train on, and those of every tenth group."""
        held_out = np.unique(self.group, return_inverse=True)[1] % HELD_OUT == 0
        return self.select(~held_out), self.select(held_out)


def main(
    names: Annotated[list[str] | None, one_of(RECIPES)] = None,
    work: Work = RUNS,
    out: Out = Path("vae_course/latent/pretrained"),
    processes: Processes = -1,
) -> None:
    """Simulate, solve, train ensembles that read images or codes, and write their cards.

    Example: python -m tools.recipes.strain_energy --work runs
    """
    for name in names or RECIPES:
        label = "all-cases" if name.startswith("all-cases-") else "case1"
        family = FAMILIES[label]
        frames = solved_frames(family, work, processes)
        others = decoded_images(family, frames.images, work / f"decoded{family.case}.npy")
        with one_bar("Solving decoded patterns") as report:
            folder = work / f"energies{family.case}-decoded"
            energy = energies(others, folder, processes, report)
        decoded = Solved(others, energy, np.arange(len(others)))
        folder = work / f"strain-energy-{label}"
        with bars() as shown:
            make(
                name,
                RECIPES[name],
                family,
                frames,
                decoded,
                folder,
                out,
                stages(shown, f"{name}: "),
            )


def solved_frames(family: Family, work: Path, processes: int) -> Solved:
    """Solve frames of the simulations; with any mean, the negatives of half the simulations."""
    patterns = simulated(f"train{family.case}", work, processes)
    chosen = slice(family.first, None, family.every)
    images, simulation = patterns.images[chosen], patterns.simulation[chosen]
    if family.case == ANY_MEAN:
        images = np.where(swapped(simulation)[:, None, None], 1 - images, images)
    with one_bar("Solving simulated patterns") as report:
        folder = work / f"energies{family.case}"
        return Solved(images, energies(images, folder, processes, report), simulation)


def swapped(simulation: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say of which simulations the negatives are solved: half of them."""
    drawn = np.random.default_rng(SWAP_SEED).random(int(simulation.max()) + 1) < 0.5
    return np.asarray(drawn[simulation])


def decoded_images(family: Family, images: Images, path: Path, count: int = DECODED) -> Images:
    """Make images that a design may come upon: decoded, thresholded codes.

    Half are drawn from the prior of a VAE; half lie on the way from the code of one image to that
    of another, of a finer one. Their volume fractions vary more than those of simulations.
    They are kept, as a pixel near the threshold may differ on another computer.
    """

    def decode() -> Images:
        rng = np.random.default_rng(DECODED_SEED)
        prior, fine = load_pretrained(family.prior), load_pretrained(family.codes)
        drawn = prior.decode(rng.standard_normal((count // 2, prior.latent)))
        rest = count - count // 2
        ends = [fine.encode(images[rng.integers(len(images), size=rest)]) for _ in range(2)]
        angle = rng.uniform(0, np.pi / 2, (rest, 1))
        mixed = fine.decode(np.cos(angle) * ends[0] + np.sin(angle) * ends[1])
        return (np.concatenate([drawn, mixed]) >= 0.5).astype(np.uint8)

    return np.asarray(kept(path, decode))


def energies(images: Images, folder: Path, processes: int, report: Counted | None = None) -> Floats:
    """Solve images by finite elements, d = 0.5, in chunks named by the index of their first one."""
    found = []
    for start in range(0, len(images), CHUNK):
        chunk = images[start : start + CHUNK]
        found.append(kept(folder / f"{start:06d}.npy", partial(solve, chunk, processes)))
        if report:
            report(start + len(chunk), len(images))
    return np.concatenate(found)


def make(
    name: str,
    recipe: EnsembleRecipe,
    family: Family,
    frames: Solved,
    decoded: Solved,
    folder: Path,
    out: Path,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Train an ensemble that reads "images" or "codes", and write model, card and manifest."""
    kind = name.removeprefix("all-cases-")
    (fitted, held_out), (more, others) = frames.split(), decoded.split()
    images = np.concatenate([fitted.images, more.images])
    energy = np.concatenate([fitted.energy, more.energy])
    tests = {
        _embedded(case, family): (one.images, one.strain_energy[:, -1])
        for case, one in ((case, load_embedded(case)) for case in family.tests)
    } | {
        "held-out simulations": (held_out.images, held_out.energy),
        "held-out decoded": (others.images, others.energy),
    }
    wanted, trend = energy, None
    if family.case == ANY_MEAN and kind == "images":
        fraction = images.mean(axis=(1, 2))
        trend = Trend.fit(fraction, energy)
        wanted = trend.residual(fraction, energy)
    network, read, draw = _parts(kind, family, recipe, images, wanted, progress)
    loss = "mse" if trend is None else "huber"
    fit(network, loss, partial(_Batches, draw, wanted, recipe), recipe, folder / kind, progress)
    if trend is not None:
        network = property_networks.with_trend(network, trend)

    def predict(*some: Images) -> tuple[Floats, Floats]:
        members = run_in_batches(network, read(np.concatenate(some)))[0].astype(np.float64)
        return members.mean(axis=1), members.std(axis=1)

    true = np.concatenate([held_out.energy, others.energy])
    calibration = Calibration(*calibrate(*predict(held_out.images, others.images), true))
    baselines = partial(measure_baselines, fitted.images, fitted.energy, next(iter(tests.values())))
    settings = asdict(recipe)
    steps = settings.pop("epochs") * settings.pop("batches")
    card = {
        "model": {
            "what": f"ensemble of {recipe.members} convolutional networks, from {kind} to the "
            f"strain energy at d = {DISPLACEMENT}, Young's moduli {YOUNG[0]} and {YOUNG[1]}",
            "weights": network.count_params(),
            **({"codes": family.codes} if kind == "codes" else {}),
        },
        "training": settings | {"steps": steps},
        "calibration": asdict(calibration),
        "measured": {
            name: measure(mean, calibration(spread), truth)
            for name, (some, truth) in tests.items()
            for mean, spread in [predict(some)]
        },
        "data": {
            "set": f"train{family.case} of tools.recipes.autoencoders, one frame in {family.every} "
            f"from number {family.first} on, and decoded codes (seed {DECODED_SEED})",
            "images": len(images),
            "of them decoded": len(more.images),
        },
        "split": {
            "how": "by simulation",
            "simulations trained on": len(np.unique(fitted.group)),
            "simulations held out": len(np.unique(held_out.group)),
        },
        "range": {
            "volume_fraction": np.percentile(
                (images if family.case == ANY_MEAN else more.images).mean(axis=(1, 2)), (1, 99)
            ).tolist(),
            "values": [float(energy.min()), float(energy.max())],
        },
        "baselines": kept(folder / "baselines.json", lambda: baselines(progress)),
    }
    label = "all-cases" if name != kind else "case1"
    path = out / f"strain-energy-{label}{'' if kind == 'images' else '-codes'}.keras"
    command = f"python -m tools.recipes.strain_energy {name}"
    return publish(network, path, command, card, half=True)


def _embedded(case: int, family: Family) -> str:
    return "embedded" if len(family.tests) == 1 else f"embedded case {case}"


def _parts(
    kind: str,
    family: Family,
    recipe: EnsembleRecipe,
    images: Images,
    energy: Floats,
    progress: Progress,
) -> tuple[keras.Model, Callable[[Images], Floats32], Draw]:
    """Build an ensemble, what it reads of images, and what it is trained on of them.

    None of the symmetries swaps the phases. An encoder need not be symmetric itself, so that codes
    are computed of turned images.
    """
    sizes: dict[str, Any] = {"members": recipe.members, "seed": recipe.seed}
    sizes |= {"offset": float(energy.mean()), "scale": float(energy.std())}
    if kind == "images":
        return (
            property_networks.build_image_network(**sizes),
            _as_floats,
            lambda chosen, rng: _as_floats(random_symmetry(images[chosen], rng)),
        )
    vae, turned = load_pretrained(family.codes), []
    for k in range(8):
        some = np.rot90(images, k % 4, axes=(1, 2))
        turned.append(vae.encode(some[:, ::-1] if k >= 4 else some))
        progress("Encoding", (k + 1) / 8, "")
    codes = np.stack(turned)
    return (
        property_networks.build_code_network(CODE, **sizes),
        vae.encode,
        lambda chosen, rng: codes[rng.integers(8, size=len(chosen)), chosen],
    )


def _as_floats(images: Images) -> Floats32:
    return images.astype(np.float32)


class _Batches(SeededBatches):
    """Random batches, each drawn from its number; every member learns the same energies."""

    def __init__(self, draw: Draw, energy: Floats, recipe: EnsembleRecipe, epoch: int) -> None:
        super().__init__()
        self.draw, self.recipe, self.first = draw, recipe, epoch * recipe.batches
        self.energy = np.repeat(energy[:, None], recipe.members, axis=1).astype(np.float32)

    def __len__(self) -> int:
        return self.recipe.batches

    def __getitem__(self, index: int) -> tuple[Floats32, Floats32]:
        rng = np.random.default_rng((self.recipe.seed, self.first + index))
        chosen = rng.integers(len(self.energy), size=self.recipe.batch_size)
        return self.draw(chosen, rng), self.energy[chosen]


def solve(images: Images, processes: int) -> Floats:
    """Solve images by finite elements, d = 0.5, each in one of some processes."""
    with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
        return np.array(joblib.Parallel(n_jobs=processes)(map(joblib.delayed(_energy), images)))


def _energy(image: Images) -> float:
    return float(hyperelasticity.strain_energy(image, (DISPLACEMENT,), YOUNG)[0])


if __name__ == "__main__":
    typer.run(main)
