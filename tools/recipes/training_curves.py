"""Train the four models whose curves lesson 04 shows: `python -m tools.recipes.training_curves`.

It takes about three minutes on two cores.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import typer

from tools.recipes.recipe import RUNS, Out, Recipe, Work, kept
from vae_course.arrays import Floats32
from vae_course.data import PatternSet, load_embedded
from vae_course.files import write_json
from vae_course.progress import one_bar
from vae_course.vae import VAE
from vae_course.vae.batches import random_symmetry
from vae_course.vae.networks import build_decoder, build_encoder

LATENT = 32
CHANNELS = (8, 16, 32, 64)


@dataclass(frozen=True, kw_only=True)
class CurvesRecipe(Recipe):
    """How a VAE is trained, well or less well; an epoch goes through all pictures.

    Attributes:
        beta: Weight of the KL term.
        seed: Seed of everything drawn at random.
        symmetries: Whether pictures are turned, mirrored and swapped at random in each epoch.
    """

    batch_size: int = 32
    rate: float = 1.5e-3
    beta: float
    seed: int
    symmetries: bool = False


RECIPES = {
    "healthy": CurvesRecipe(epochs=16, beta=1.0, seed=0, symmetries=True),
    "overfits": CurvesRecipe(epochs=60, beta=0.1, seed=1),
    "split by frame": CurvesRecipe(epochs=60, beta=0.1, seed=2),
    "collapsed": CurvesRecipe(epochs=8, beta=150.0, seed=3),
}


def main(work: Work = RUNS, out: Out = Path("vae_course/classroom")) -> None:
    """Train the four, and write their curves.

    Example: python -m tools.recipes.training_curves --work runs
    """
    patterns = load_embedded(1)
    patterns = patterns.select(patterns.time > 1e-3)
    new = simulations(patterns, 360, 40).images.astype("float32")
    many = simulations(patterns, 0, 280).images.astype("float32")
    others = simulations(patterns, 280, 60).images.astype("float32")
    few = simulations(patterns, 0, 25).images.astype("float32")
    few = few[np.random.default_rng(0).permutation(len(few))]
    many = many[np.random.default_rng(1).permutation(len(many))]
    part = len(few) // 5
    pictures = {
        "healthy": (many, others),
        "overfits": (few, others),
        "split by frame": (few[part:], few[:part]),
        "collapsed": (many, others),
    }
    runs = {}
    for name, recipe in RECIPES.items():
        run = partial(train, name, recipe, *pictures[name], new)
        runs[name] = kept(work / "training_curves" / f"{name}.json", run)
    write_json(out / "training_curves.json", runs, indent=1)


def simulations(patterns: PatternSet, first: int, count: int) -> PatternSet:
    """Choose whole simulations by their place in the set: `count` from `first` on."""
    chosen = np.unique(patterns.simulation)[first : first + count]
    return patterns.select(np.isin(patterns.simulation, chosen))


def train(
    name: str, recipe: CurvesRecipe, fitted: Floats32, held_out: Floats32, new: Floats32
) -> dict[str, Any]:
    """Train a VAE and note −ELBO on the three sets and the KL on the second after each epoch.

    The loop is its own: Adam at one rate and the order in which Keras shuffles arrays are what the
    curves of the lesson were made with, and no other recipe looks at three sets after each epoch.
    Of `new`, neither of the other sets has a simulation. All is in nats for each picture.
    """
    keras.utils.set_random_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    vae = VAE(
        build_encoder(LATENT, CHANNELS, seed=recipe.seed),
        build_decoder(LATENT, CHANNELS, seed=recipe.seed),
        beta=recipe.beta,
        seed=recipe.seed,
    )
    vae.compile(optimizer=keras.optimizers.Adam(recipe.rate))
    found: dict[str, list[float]] = {"training": [], "validation": [], "new": [], "kl": []}
    with one_bar(name) as report:
        for epoch in range(recipe.epochs):
            seen = random_symmetry(fitted, rng, swap_phases=True) if recipe.symmetries else fitted
            vae.fit(seen, batch_size=recipe.batch_size, epochs=1, verbose=0)
            for key, images in (("training", fitted[:800]), ("validation", held_out), ("new", new)):
                scores = vae.evaluate(images, batch_size=128, verbose=0, return_dict=True)
                found[key].append(round(scores["reconstruction"] + scores["kl"], 1))
                if key == "validation":
                    found["kl"].append(round(scores["kl"], 2))
            report(epoch + 1, recipe.epochs)
    return found | {"beta": recipe.beta, "pictures": len(fitted)}


if __name__ == "__main__":
    typer.run(main)
