"""Make the pretrained models anew: `python -m tools.recipes.autoencoders`.

Simulating their data takes about two hours on one core, training them a few hours more.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from tools.recipes.models import publish
from tools.recipes.recipe import RUNS, Out, Processes, Recipe, Simulations, Work, one_of
from vae_course.arguments import STATE
from vae_course.data import PatternSet, load_embedded
from vae_course.data.schedule import ANY_MEAN, MEANS
from vae_course.progress import Progress, bars, silent, stages
from vae_course.vae.fidelity import descriptor_errors, sample_statistics
from vae_course.vae.model import VAE
from vae_course.vae.networks import Latent
from vae_course.vae.training import train

ACTIVATION = "gelu"  # slower than the default, and a little better
OLD = 1e-3 * (1 - 1e-9)  # time (simulation units) from which a pattern is not young

SETS = {
    "train1": Simulations(1, 2000, 4001, frames=24),
    "train2": Simulations(2, 500, 4002, frames=24),
    "train3": Simulations(3, 500, 4003, frames=24),
    "train4": Simulations(4, 1200, 4004, frames=24),
    "test1": Simulations(1, 100, 4100),
    "test2": Simulations(2, 40, 4100),
    "test3": Simulations(3, 40, 4100),
    "test4": Simulations(4, 60, 4100),
}


@dataclass(frozen=True, kw_only=True)
class VAERecipe(Recipe):
    """How a VAE is made, by `vae_course.vae.training.train`, whose epochs have 500 batches.

    Attributes:
        cases: Cases that it is trained on.
        latent: Its code; see `build_encoder`.
        channels: Channels of its convolutions.
        young: Part of the young frames (t < 1e-3) that is trained on. A short code cannot hold
            them, and their errors would outweigh all others.
        negatives: Whether it is trained on the negative of each pattern, too.
    """

    batch_size: int = 32
    cases: tuple[int, ...] = (1,)
    latent: Latent = (4, 4, 4)
    channels: tuple[int, ...] = (16, 32, 96, 128)
    young: float = 1.0
    negatives: bool = False

    @property
    def tests(self) -> tuple[int, ...]:
        """Cases that it is tested on."""
        return self.cases if ANY_MEAN not in self.cases else (*MEANS, ANY_MEAN)


RECIPES = {
    "case1": VAERecipe(epochs=110),
    "case1-latent16": VAERecipe(epochs=60, latent=16, young=0.25),
    "case1-fine": VAERecipe(epochs=30, latent=(8, 8, 4), channels=(16, 32, 64)),
    "all-cases": VAERecipe(epochs=32, cases=(1, 2, 3)),
    "all-cases-fine": VAERecipe(
        epochs=40, cases=(ANY_MEAN,), latent=(8, 8, 4), channels=(16, 32, 64), negatives=True
    ),
}


def main(
    names: Annotated[list[str] | None, one_of(RECIPES)] = None,
    work: Work = RUNS,
    out: Out = Path("vae_course/vae/pretrained"),
    processes: Processes = -1,
) -> None:
    """Simulate the data, train the models, measure them and write their cards.

    Example: python -m tools.recipes.autoencoders case1 --work runs
    """
    for name in names or RECIPES:
        recipe = RECIPES[name]
        kinds = [f"train{case}" for case in recipe.cases]
        kinds += [f"test{case}" for case in recipe.tests]
        sets = {kind: simulated(kind, work, processes) for kind in kinds}
        with bars() as shown:
            make(name, recipe, sets, work / name, out, stages(shown, f"{name}: "))


def simulated(name: str, work: Path, processes: int) -> PatternSet:
    """Simulate a set, or load it where that was done before."""
    return SETS[name].patterns(work / f"{name}.npz", processes)


def make(
    name: str,
    recipe: VAERecipe,
    sets: dict[str, PatternSet],
    folder: Path,
    out: Path,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Train a model, measure it on simulations it never saw, and write model, card and manifest."""
    patterns = PatternSet.concatenate([sets[f"train{case}"] for case in recipe.cases])
    if recipe.negatives:
        patterns = with_negatives(patterns)
    if recipe.young < 1:
        drawn = np.random.default_rng(0).random(len(patterns)) < recipe.young
        patterns = patterns.select(drawn | (patterns.time >= OLD))
    trained = train(
        patterns,
        folder,
        source="; ".join(SETS[f"train{case}"].command for case in recipe.cases),
        latent=recipe.latent,
        channels=recipe.channels,
        activation=ACTIVATION,
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        learning_rate=recipe.rate,
        resume=(folder / STATE).exists(),
        progress=progress,
    )
    tests = {
        "fresh": PatternSet.concatenate([sets[f"test{case}"] for case in recipe.tests]),
        "embedded": PatternSet.concatenate(
            [load_embedded(case) for case in recipe.tests if case in MEANS]
        ),
    }
    young = {"part of the young frames (t < 1e-3)": recipe.young}
    card = trained.card | {
        "data": trained.card["data"] | young,
        "measured": {test: measure(trained.vae, one) for test, one in tests.items()},
        "held-out squared error, epoch by epoch": [
            round(row["squared_error"], 6) for row in trained.history
        ],
    }
    command = f"python -m tools.recipes.autoencoders {name}"
    return publish(trained.vae, out / f"{name}.keras", command, card)


def with_negatives(patterns: PatternSet) -> PatternSet:
    """Add the negative of each pattern, as of the same simulation: the equation is the same.

    The strain energy is not: that of a negative is not known.
    """
    unknown = np.full_like(patterns.strain_energy, np.nan)
    negatives = replace(patterns, images=1 - patterns.images, strain_energy=unknown)
    return PatternSet(
        *(
            np.concatenate(both)
            for both in zip(vars(patterns).values(), vars(negatives).values(), strict=True)
        )
    )


def measure(vae: VAE, patterns: PatternSet) -> dict[str, Any]:
    """Errors on simulations never trained on, and samples from the prior beside them."""
    rebuilt = vae.reconstruct(patterns.images)
    error = np.mean((rebuilt - patterns.images) ** 2, axis=(1, 2))
    right = np.mean((rebuilt >= 0.5) == (patterns.images == 1), axis=(1, 2))
    old = patterns.time >= OLD
    parts: dict[str, Any] = {"all frames": np.ones(len(patterns), dtype=bool), "t >= 1e-3": old}
    parts["t < 1e-3"] = ~old
    result: dict[str, Any] = {
        part: {
            "images": int(chosen.sum()),
            "squared_error": float(error[chosen].mean()),
            "accuracy": float(right[chosen].mean()),
            **descriptor_errors(patterns.images[chosen], rebuilt[chosen]).as_dict(),
        }
        for part, chosen in parts.items()
    }
    result["simulations"] = len(np.unique(patterns.simulation))
    result["samples from the prior"] = sample_statistics(vae, patterns.images).as_dict()
    return result


if __name__ == "__main__":
    typer.run(main)
