"""Make the model of proof and flow stress anew: `python -m tools.recipes.strength`.

Needs the curves of `tools.recipes.plasticity`. Training takes fifty minutes on one core.

Each member learns the whole curve, and the proof stress beside it: that tells it more of a pattern
than the one number that is asked for, and it knows unseen patterns better. What is shipped are two
of its numbers.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import typer

from tools.recipes.embedded import COUNTS
from tools.recipes.energy_errors import measure, measure_baselines
from tools.recipes.models import fit, publish
from tools.recipes.plasticity import FEWER_STRAINS, FRESH, Pulled, fresh
from tools.recipes.recipe import RUNS, NetworkRecipe, Out, Work, kept
from vae_course.arrays import Floats
from vae_course.data import PatternSet, load_embedded
from vae_course.latent._networks import Trend
from vae_course.latent._property_training import PropertyBatches, Settings
from vae_course.latent.properties import STRENGTH, PropertyModel
from vae_course.latent.property_networks import build_image_network, with_trend
from vae_course.physics.plasticity import STRAINS, flow_stress, proof_stress
from vae_course.progress import Progress, bars, silent, stages

HELD_OUT = 10  # one simulation in this many is kept for the calibration
READ = {"proof-stress": proof_stress, "flow-stress": flow_stress}
PLACES = np.searchsorted(STRAINS, FEWER_STRAINS)
TREND = (2, 1)  # degrees of what the volume fraction says of mean and spread


@dataclass(frozen=True, kw_only=True)
class StrengthRecipe(NetworkRecipe):
    """How the ensemble is made.

    Attributes:
        batches: Batches in an epoch.
        members: Networks.
        widths: Channels of the first convolutions of each.
        blocks: Residual blocks of each.
        seed: Of weights and batches.
        emphasis: Weights of proof stress and flow stress in the loss, from the first restart on;
            every other strain has 1.
    """

    batches: int = 500
    members: int = 3
    widths: tuple[int, ...] = (24, 32, 48)
    blocks: int = 4
    seed: int = 0
    emphasis: tuple[float, float] = (6.0, 3.0)


RECIPE = StrengthRecipe(epochs=28, restarts=(14,))


def main(work: Work = RUNS, out: Out = Path("vae_course/latent/pretrained")) -> None:
    """Train on four fifths of the embedded simulations and on fresh ones; write model and card.

    Example: python -m tools.recipes.strength --work runs
    """
    sets = {case: load_embedded(case).split(test=0.2, seed=0) for case in COUNTS}
    train = PatternSet.concatenate([one for one, _ in sets.values()])
    tests = {case: test for case, (_, test) in sets.items()}
    more = [fresh(case, work) for case in FRESH]
    with bars() as shown:
        told = stages(shown, f"{STRENGTH}: ")
        make(RECIPE, train, tests, more, work / STRENGTH, out, told)


def values(name: str, patterns: PatternSet) -> Floats:
    """Read a property off the curves of patterns, shape (N,)."""
    return np.array([READ[name](STRAINS, curve) for curve in patterns.stress_strain])


def _learned(curves: Floats) -> Floats:
    """What members learn of curves at `FEWER_STRAINS`: proof stress, and all but the first point.

    The last point is the flow stress.
    """
    proof = [proof_stress(FEWER_STRAINS, curve) for curve in curves]
    return np.column_stack([proof, curves[:, 1:]])


def make(
    recipe: StrengthRecipe,
    train: PatternSet,
    tests: dict[int, PatternSet],
    more: list[Pulled],
    folder: Path,
    out: Path,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Train an ensemble, and write model, card and manifest."""
    held_out = train.simulation % HELD_OUT == 0
    fitted = train.select(~held_out)
    images = np.concatenate([fitted.images, *(one.images for one in more)])
    fraction = images.mean(axis=(1, 2))
    curves = [fitted.stress_strain[:, PLACES], *(one.curves for one in more)]
    learned = _learned(np.concatenate(curves))
    trends = [Trend.fit(fraction, one, TREND) for one in learned.T]
    pairs = zip(trends, learned.T, strict=True)
    residuals = np.stack([trend.residual(fraction, one) for trend, one in pairs], axis=1)
    settings = Settings(
        members=recipe.members,
        steps=recipe.batches,
        batch_size=recipe.batch_size,
        seed=recipe.seed,
        widths=recipe.widths,
        blocks=recipe.blocks,
    )
    network = build_image_network(
        recipe.members, recipe.widths, recipe.blocks, seed=recipe.seed, outputs=len(trends)
    )

    def batches(epoch: int) -> PropertyBatches:
        return PropertyBatches(images, residuals, settings, epoch * recipe.batches)

    whole_curve = replace(recipe, epochs=min([*recipe.restarts, recipe.epochs]), restarts=())
    fit(network, "huber", batches, whole_curve, folder, progress)
    fit(network, _emphasised(recipe, len(trends)), batches, recipe, folder, progress)
    places = {"proof-stress": 0, "flow-stress": len(trends) - 1}
    networks = {name: _part(network, k, trends[k]) for name, k in places.items()}
    models = {
        name: PropertyModel.calibrated(one, train.images, values(name, train), held_out)
        for name, one in networks.items()
    }
    baselines = {
        name: kept(folder / f"baselines-{name}.json", partial(_baselines, name, fitted, tests[1]))
        for name in READ
    }
    joined = keras.Model(network.input, [one.output for one in networks.values()])
    about = asdict(recipe)
    steps = about.pop("epochs") * about.pop("batches")
    card = {
        "model": {
            "what": f"ensemble of {recipe.members} convolutional networks, from images to proof "
            "stress and flow stress of two metals pulled along x",
            "weights": joined.count_params(),
        },
        "training": about | {"steps": steps},
        "properties": {
            name: {"calibration": asdict(one.image_calibration), "range": asdict(one.trained)}
            for name, one in models.items()
        },
        "measured": {
            f"{name}, unseen, case {case}": measure(
                *model.predict_with_uncertainty(test.images), values(name, test)
            )
            for name, model in models.items()
            for case, test in tests.items()
        },
        "data": {
            "set": "embedded, what split(test=0.2, seed=0) gives for training; curves of "
            "tools.recipes.plasticity; besides, fresh simulations, made and pulled by the latter, "
            "each pattern also turned by a quarter",
            "images": len(images),
            "of them embedded": len(fitted),
        },
        "split": {
            "how": "by simulation",
            "simulations trained on": len(np.unique(fitted.simulation))
            + sum(one.simulations for one in more),
            "simulations held out": len(np.unique(train.simulation[held_out])),
            "simulations tested on": sum(len(np.unique(one.simulation)) for one in tests.values()),
        },
        "use and limits": "For two equally stiff metals, of which phase 0 flows at three times the "
        "stress of phase 1; volume fractions near 0.50, 0.65 and 0.77. Not for other ratios, nor "
        "for more of the hard phase than of the soft one: solve those.",
        "baselines": baselines,
    }
    command = "python -m tools.recipes.strength"
    return publish(joined, out / f"{STRENGTH}.keras", command, card, half=True)


def _emphasised(recipe: StrengthRecipe, outputs: int) -> Callable[[Any, Any], Any]:
    """Loss in which the two numbers that are shipped count for more than the rest of the curve."""
    weights = np.ones(outputs)
    weights[[0, -1]] = recipe.emphasis
    each = np.tile(weights / weights.mean(), recipe.members).astype(np.float32)

    def loss(true: Any, found: Any) -> Any:
        error = keras.ops.abs(true - found)
        huber = keras.ops.where(error < 1, error**2 / 2, error - 0.5)
        return keras.ops.mean(huber * each, axis=-1)

    return loss


def _part(network: keras.Model, place: int, trend: Trend) -> keras.Model:
    """One of the numbers of each member, from residual to value: (N, n, n) -> (N, members)."""
    found = []
    for last in network.layers:
        if isinstance(last, keras.layers.Dense):
            kernel, bias = last.get_weights()
            one = keras.layers.Dense(1)
            found.append(one(last.input))
            one.set_weights([kernel[:, [place]], bias[[place]]])
    return with_trend(keras.Model(network.input, keras.layers.Concatenate()(found)), trend)


def _baselines(name: str, fitted: PatternSet, test: PatternSet) -> dict[str, dict[str, float]]:
    first = fitted.select(np.abs(fitted.images.mean(axis=(1, 2)) - 0.5) < 0.05)
    tested = test.images, values(name, test)
    return measure_baselines(first.images, values(name, first), tested, silent)


if __name__ == "__main__":
    typer.run(main)
