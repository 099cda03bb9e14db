"""Trains the four models whose curves lesson 04 shows.

`python -m tools.recipes.training_curves` takes about three minutes on two cores, and writes
`training_curves.json` beside this file.
"""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
from rich.console import Console

from vae_course.arrays import Floats32
from vae_course.classroom.curves import FILE
from vae_course.data import PatternSet, load_embedded
from vae_course.files import replacing
from vae_course.progress import one_bar
from vae_course.vae import VAE
from vae_course.vae.batches import random_symmetry
from vae_course.vae.networks import build_decoder, build_encoder

LATENT = 32
CHANNELS = (8, 16, 32, 64)


def simulations(patterns: PatternSet, first: int, count: int) -> PatternSet:
    """Choose whole simulations by their place in the set.

    Args:
        patterns: The set.
        first: Place of the first.
        count: How many.

    Returns:
        Their frames.
    """
    chosen = np.unique(patterns.simulation)[first : first + count]
    return patterns.select(np.isin(patterns.simulation, chosen))


def train(
    name: str,
    fitted: Floats32,
    held_out: Floats32,
    new: Floats32,
    beta: float,
    epochs: int,
    seed: int,
    symmetries: bool = False,
) -> dict[str, Any]:
    """Train a VAE and note its loss after each epoch.

    Args:
        name: What is being trained, for the bar.
        fitted: Pictures to train on.
        held_out: Pictures that it is validated on.
        new: Pictures of simulations of which neither has a frame.
        beta: Weight of the KL term.
        epochs: How often to go through the pictures.
        seed: Seed of everything drawn at random.
        symmetries: Whether pictures are turned, mirrored and swapped at random in each epoch.

    Returns:
        −ELBO (nats for each picture) on the three sets, and the KL on the second, by epoch.
    """
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    vae = VAE(
        build_encoder(LATENT, CHANNELS, seed=seed),
        build_decoder(LATENT, CHANNELS, seed=seed),
        beta=beta,
        seed=seed,
    )
    vae.compile(optimizer=keras.optimizers.Adam(1.5e-3))
    found: dict[str, list[float]] = {"training": [], "validation": [], "new": [], "kl": []}
    with one_bar(name, Console()) as report:
        for epoch in range(epochs):
            seen = random_symmetry(fitted, rng, swap_phases=True) if symmetries else fitted
            vae.fit(seen, batch_size=32, epochs=1, verbose=0)
            for key, images in (("training", fitted[:800]), ("validation", held_out), ("new", new)):
                scores = vae.evaluate(images, batch_size=128, verbose=0, return_dict=True)
                found[key].append(round(scores["reconstruction"] + scores["kl"], 1))
                if key == "validation":
                    found["kl"].append(round(scores["kl"], 2))
            report(epoch + 1, epochs)
    return {**found, "beta": beta, "pictures": len(fitted)}


def main() -> None:
    """Train the four, and write their curves."""
    patterns = load_embedded(1)
    patterns = patterns.select(patterns.time > 1e-3)
    new = simulations(patterns, 360, 40).images.astype("float32")
    many = simulations(patterns, 0, 280).images.astype("float32")
    others = simulations(patterns, 280, 60).images.astype("float32")
    few = simulations(patterns, 0, 25).images.astype("float32")
    frames = np.random.default_rng(0).permutation(len(few))
    part = len(few) // 5
    rng = np.random.default_rng(1)
    many = many[rng.permutation(len(many))]
    runs = {
        "healthy": train("healthy", many, others, new, 1.0, 16, 0, symmetries=True),
        "overfits": train("overfits", few[frames], others, new, 0.1, 60, 1),
        "split by frame": train(
            "split by frame", few[frames[part:]], few[frames[:part]], new, 0.1, 60, 2
        ),
        "collapsed": train("collapsed", many, others, new, 150.0, 8, 3),
    }
    with replacing(Path(FILE)) as temporary:
        temporary.write_text(json.dumps(runs, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
