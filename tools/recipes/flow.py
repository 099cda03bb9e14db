"""Make the flow that draws microstructures anew: `python -m tools.recipes.flow`.

Needs the simulations of `tools.recipes.autoencoders` and the energies of
`tools.recipes.strain_energy`, then trains for an hour and a half on one core.
"""

from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from tools.recipes.autoencoders import simulated, with_negatives
from tools.recipes.models import fit, publish
from tools.recipes.recipe import RUNS, NetworkRecipe, Out, Processes, Work, one_of
from tools.recipes.strain_energy import FAMILIES, Family, solved_frames, swapped
from vae_course.arrays import Floats
from vae_course.data import PatternSet
from vae_course.latent.dynamics import CODE
from vae_course.latent.flow import Trained
from vae_course.latent.velocity import NoisyCodes, Scales, build_flow
from vae_course.progress import Progress, bars, silent, stages
from vae_course.vae import load_pretrained

SEEN, SEEN_SEED = 1200, 13
"""Conditions that occurred together, kept with the model."""


@dataclass(frozen=True, kw_only=True)
class FlowRecipe(NetworkRecipe):
    """How the network is made.

    Attributes:
        width: Channels of its convolutions.
        blocks: Residual blocks.
        batches: Batches in an epoch.
        solved: Part of the examples whose energies are known.
    """

    batch_size: int = 128
    rate: float = 2e-3
    width: int = 56
    blocks: int = 5
    batches: int = 500
    solved: float = 0.4


RECIPES = {"all-cases": FlowRecipe(epochs=44, restarts=(24,))}


def main(
    names: Annotated[list[str] | None, one_of(RECIPES)] = None,
    work: Work = RUNS,
    out: Out = Path("vae_course/latent/pretrained"),
    processes: Processes = -1,
) -> None:
    """Simulate, solve, train the flow and write its card.

    Example: python -m tools.recipes.flow --work runs
    """
    for name in names or RECIPES:
        family = FAMILIES[name]
        patterns, energy = known(family, work, processes)
        with bars() as shown:
            folder = work / f"flow-{name}"
            make(
                name,
                RECIPES[name],
                family,
                patterns,
                energy,
                folder,
                out,
                stages(shown, f"{name}: "),
            )


def known(family: Family, work: Path, processes: int) -> tuple[PatternSet, Floats]:
    """Return all patterns with their negatives, and the energies of those that are solved."""
    energy = solved_frames(family, work, processes).energy
    patterns = simulated(f"train{family.case}", work, processes)
    half = len(patterns)
    rows = np.arange(half)[family.first :: family.every]
    rows = rows + half * swapped(patterns.simulation[rows])
    energies = np.full(2 * half, np.nan)
    energies[rows] = energy
    return with_negatives(patterns), energies


def make(
    name: str,
    recipe: FlowRecipe,
    family: Family,
    patterns: PatternSet,
    energy: Floats,
    folder: Path,
    out: Path,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Train the flow, and write model, card and manifest."""
    fraction = patterns.images.mean(axis=(1, 2))
    scales = Scales.fit(patterns.time, fraction, energy)
    found = np.isfinite(energy)
    together = np.stack([patterns.time, fraction, energy], axis=1)
    times, fractions, energies = (
        (float(np.nanmin(column)), float(np.nanmax(column))) for column in together.T
    )
    rows = np.random.default_rng(SEEN_SEED).permutation(np.flatnonzero(found))[:SEEN]
    trained = Trained(
        scales,
        times,
        fractions,
        energies,
        [[float(f"{one:.4g}") for one in row] for row in together[rows]],
    )
    network = build_flow(CODE, recipe.width, recipe.blocks)
    batches = partial(
        NoisyCodes,
        load_pretrained(family.codes),
        patterns.images,
        scales.numbers(patterns.time, fraction, energy),
        recipe.batches,
        recipe.batch_size,
        rows=drawn_from(found, recipe.solved),
    )
    losses = fit(network, "mse", batches, recipe, folder, progress)
    card = {
        "model": {"what": network.name, "codes": family.codes, "weights": network.count_params()},
        "training": asdict(recipe),
        "data": {
            "set": f"train{family.case} of tools.recipes.autoencoders, and the negatives",
            "simulations": len(np.unique(patterns.simulation)),
            "images": len(patterns),
            "of them solved": int(found.sum()),
        },
        "trained": trained.as_dict(),
        "loss, epoch by epoch": [round(loss, 6) for loss in losses],
    }
    command = f"python -m tools.recipes.flow {name}"
    return publish(network, out / f"flow-{name}.keras", command, card, half=True)


def drawn_from(known: NDArray[np.bool_], part: float) -> NDArray[np.intp]:
    """List all rows once, and those that are known so often that they make up a part."""
    rows, solved = np.arange(len(known)), np.flatnonzero(known)
    more = round(part / (1 - part) * (len(rows) - len(solved)) / len(solved)) - 1
    return np.concatenate([rows, *([solved] * max(0, more))])


if __name__ == "__main__":
    typer.run(main)
