"""Make the models of proof and flow stress anew: `python -m tools.recipes.strength`.

Needs the curves of `tools.recipes.plasticity`. Training takes half an hour for each on one core.
"""

from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from tools.recipes.embedded import COUNTS
from tools.recipes.energy_errors import measure, measure_baselines
from tools.recipes.models import fit, publish
from tools.recipes.recipe import RUNS, NetworkRecipe, Out, Work, kept, one_of
from vae_course.arrays import Floats
from vae_course.data import PatternSet, load_embedded
from vae_course.latent._property_training import PropertyBatches, Settings, untrained
from vae_course.latent.properties import PropertyModel, mean_and_spread
from vae_course.latent.property_networks import with_trend
from vae_course.physics.plasticity import STRAINS, flow_stress, proof_stress
from vae_course.progress import Progress, bars, silent, stages

HELD_OUT = 10  # one simulation in this many is kept for the calibration
READ = {"proof-stress": proof_stress, "flow-stress": flow_stress}


@dataclass(frozen=True, kw_only=True)
class StrengthRecipe(NetworkRecipe):
    """How an ensemble is made.

    Attributes:
        batches: Batches in an epoch.
        members: Networks.
        widths: Channels of the first convolutions of each.
        blocks: Residual blocks of each.
        seed: Of weights and batches.
    """

    batches: int = 500
    members: int = 3
    widths: tuple[int, ...] = (16, 32, 64)
    blocks: int = 2
    seed: int = 0

    @property
    def settings(self) -> Settings:
        """What the ensemble is told, an epoch at a time."""
        return Settings(
            members=self.members,
            steps=self.batches,
            batch_size=self.batch_size,
            seed=self.seed,
            widths=self.widths,
            blocks=self.blocks,
        )


RECIPES = {name: StrengthRecipe(epochs=8) for name in READ}


def main(
    names: Annotated[list[str] | None, one_of(RECIPES)] = None,
    work: Work = RUNS,
    out: Out = Path("vae_course/latent/pretrained"),
) -> None:
    """Train ensembles on four fifths of the embedded simulations, and write their cards.

    Example: python -m tools.recipes.strength flow-stress --work runs
    """
    sets = {case: load_embedded(case).split(test=0.2, seed=0) for case in COUNTS}
    train = PatternSet.concatenate([one for one, _ in sets.values()])
    tests = {case: test for case, (_, test) in sets.items()}
    for name in names or RECIPES:
        with bars() as shown:
            progress = stages(shown, f"{name}: ")
            make(name, RECIPES[name], train, tests, work / f"strength-{name}", out, progress)


def values(name: str, patterns: PatternSet) -> Floats:
    """Read a property off the curves of patterns, shape (N,)."""
    return np.array([READ[name](STRAINS, curve) for curve in patterns.stress_strain])


def make(
    name: str,
    recipe: StrengthRecipe,
    train: PatternSet,
    tests: dict[int, PatternSet],
    folder: Path,
    out: Path,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Train an ensemble, and write model, card and manifest."""
    known, held_out = values(name, train), train.simulation % HELD_OUT == 0
    images, wanted = train.images[~held_out], known[~held_out]
    settings = recipe.settings
    network, residual, trend = untrained(images, wanted, settings)

    def batches(epoch: int) -> PropertyBatches:
        return PropertyBatches(images, residual, settings, epoch * recipe.batches)

    fit(network, "huber", batches, recipe, folder, progress)
    if trend is not None:
        network = with_trend(network, trend)
    model = PropertyModel.calibrated(network, train.images, known, held_out)
    measured = {
        f"unseen, case {case}": measure(
            *mean_and_spread(network, test.images.astype(np.float32)),
            values(name, test),
            model.image_calibration,
        )
        for case, test in tests.items()
    }
    first = tests[min(tests)]
    baselines = partial(measure_baselines, images, wanted, (first.images, values(name, first)))
    about = asdict(recipe)
    steps = about.pop("epochs") * about.pop("batches")
    card = {
        "model": {
            "what": f"ensemble of {settings.members} convolutional networks, from images to the "
            f"{name.replace('-', ' ')} of two metals pulled along x",
            "weights": network.count_params(),
        },
        "training": about | {"steps": steps},
        "calibration": asdict(model.image_calibration),
        "measured": measured,
        "data": {
            "set": "embedded, what split(test=0.2, seed=0) gives for training; curves of "
            "tools.recipes.plasticity",
            "images": len(images),
        },
        "split": {
            "how": "by simulation",
            "simulations trained on": len(np.unique(train.simulation[~held_out])),
            "simulations held out": len(np.unique(train.simulation[held_out])),
            "simulations tested on": sum(len(np.unique(one.simulation)) for one in tests.values()),
        },
        "use and limits": "For two equally stiff metals, of which phase 0 flows at three times the "
        "stress of phase 1; volume fractions near 0.50, 0.65 and 0.77. Not for other ratios, nor "
        "for more of the hard phase than of the soft one: solve those.",
        "range": asdict(model.trained),
        "baselines": kept(folder / "baselines.json", lambda: baselines(progress)),
    }
    command = f"python -m tools.recipes.strength {name}"
    return publish(network, out / f"{name}.keras", command, card, half=True)


if __name__ == "__main__":
    typer.run(main)
