"""Make the models of evolution anew: `python -m tools.recipes.evolution`.

Needs the simulations of `tools.recipes.autoencoders` (two hours on one core) and trains for
about two hours on two cores.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import keras
import numpy as np
import typer

from tools.recipes.autoencoders import simulated
from tools.recipes.models import fit, publish
from tools.recipes.recipe import RUNS, Out, Processes, Recipe, Work, one_of
from vae_course.arguments import LARGEST_FACTOR
from vae_course.arrays import Floats, Images
from vae_course.data import PatternSet
from vae_course.data.generate import draw_parameters, simulate_frames
from vae_course.latent import dynamics
from vae_course.latent.coarsening import Clock, Conservation
from vae_course.latent.dynamics import CODE, FramePairs
from vae_course.latent.evolution import Evolution
from vae_course.physics import descriptors
from vae_course.progress import Progress, bars, silent, stages
from vae_course.vae import VAE, load_pretrained

CODES = "case1-fine"
SET = "train1"
VALIDATED, VALIDATION_SEED = 30, 4200
TEMPERATURES = (1.0, 1.05, 1.1, 1.15, 1.2)
_LATENT = 4  # numbers for each place that tell one past from another


@dataclass(frozen=True, kw_only=True)
class EvolutionRecipe(Recipe):
    """How a network is made, from pairs of frames.

    Attributes:
        width: Channels of its convolutions.
        blocks: Residual blocks.
        batches: Batches in an epoch.
    """

    rate: float = 2e-3
    width: int = 64
    blocks: int = 6
    batches: int = 500


RECIPES = {
    "forward": EvolutionRecipe(epochs=20),
    "past": EvolutionRecipe(epochs=30),
    "past-vae": EvolutionRecipe(epochs=6, width=48),
}


def main(
    names: Annotated[list[str] | None, one_of(RECIPES)] = None,
    work: Work = RUNS,
    out: Out = Path("vae_course/latent/pretrained"),
    processes: Processes = -1,
) -> None:
    """Simulate the data, train the networks and write their cards.

    Example: python -m tools.recipes.evolution forward --work runs
    """
    patterns = simulated(SET, work, processes)
    for name in names or RECIPES:
        folder = work / f"evolution-case1-{name}"
        with bars() as shown:
            make(name, RECIPES[name], patterns, folder, out, stages(shown, f"{name}: "))


def make(
    name: str,
    recipe: EvolutionRecipe,
    patterns: PatternSet,
    folder: Path,
    out: Path,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Train "forward", "past" or "past-vae", and write model, card and manifest."""
    vae = load_pretrained(CODES)
    network, trained, loss, pairs = _parts(name, recipe, vae, patterns)
    losses = fit(trained, loss, pairs, recipe, folder, progress)
    calibrated = {}
    if name == "past":
        chosen = fit_temperature(vae, network, patterns, VALIDATED, progress)
        calibrated["temperature"] = chosen
    card = {
        "model": {"what": network.name, "codes": CODES, "weights": network.count_params()},
        "training": asdict(recipe),
        "data": {
            "set": f"{SET} of tools.recipes.autoencoders",
            "simulations": len(np.unique(patterns.simulation)),
            "images": len(patterns),
            "largest ratio of times": LARGEST_FACTOR,
        },
        "clock": fit_clock(patterns),
        "volume fraction": fit_conservation(patterns),
        **calibrated,
        "loss, epoch by epoch": [round(loss, 6) for loss in losses],
    }
    command = f"python -m tools.recipes.evolution {name}"
    return publish(network, out / f"evolution-case1-{name}.keras", command, card)


def fit_clock(patterns: PatternSet) -> dict[str, float]:
    """Fit log t = offset + slope · log domain size, with the standard deviation about it."""
    sizes, times = np.log(descriptors.domain_size(patterns.images)), np.log(patterns.time)
    slope, offset = np.polyfit(sizes, times, 1)
    error = float(np.std(times - offset - slope * sizes))
    return {"slope": float(slope), "offset": float(offset), "sd": error}


def fit_conservation(patterns: PatternSet) -> dict[str, float]:
    """Fit how much the volume fraction of binary frames differs between times of ratio r.

    The phases are conserved; what is left comes from binarising the fields. Its standard deviation
    is taken as base + growth · |log r|.
    """
    early, late = dynamics.frame_pairs(patterns)
    fraction = patterns.images.mean(axis=(1, 2))
    change, log_ratio = (
        fraction[early] - fraction[late],
        np.log(patterns.time[late] / patterns.time[early]),
    )
    bins = np.minimum((log_ratio * 4).astype(int), int(4 * np.log(LARGEST_FACTOR)))
    found = [k for k in np.unique(bins) if np.sum(bins == k) > 1]
    means = [log_ratio[bins == k].mean() for k in found]
    spreads = [np.sqrt(np.mean(change[bins == k] ** 2)) for k in found]
    growth, base = np.polyfit(means, spreads, 1) if len(found) > 1 else (0.0, spreads[0])
    low, high = fraction.min(), fraction.max()
    return {"base": base, "growth": growth, "lowest": float(low), "highest": float(high)}


def fit_temperature(
    vae: VAE, past: keras.Model, patterns: PatternSet, simulations: int, progress: Progress
) -> float:
    """Choose the temperature at which samples cover the truth of new simulations most rightly.

    The 80 % interval of the samples should hold domain size and perimeter of the true past in 80 %
    of the cases. The simulations are neither those trained on nor those of any test.
    """
    presents, factors = np.array([1e-3, 2e-3, 4e-3]), (1 / 1.5, 1 / 2)
    times = np.unique(np.outer(presents, (1.0, *factors)))
    frames = simulate_frames(draw_parameters(simulations, 1, VALIDATION_SEED), times)

    def at(moments: Floats) -> Images:
        chosen = [int(np.argmin(np.abs(times - moment))) for moment in moments]
        return np.concatenate([frames[:, k] for k in chosen])

    laws = Clock(**fit_clock(patterns)), Conservation(**fit_conservation(patterns))
    unused = dynamics.build_forward(CODE, 1, 1)  # only the past is asked for
    misses = []
    for temperature in TEMPERATURES:
        evolution = Evolution(vae, unused, past, *laws, temperature=temperature)
        shares = []
        for factor in factors:
            drawn = evolution.backward(at(presents), factor) > 0.5
            for describe in (descriptors.domain_size, descriptors.perimeter):
                values = np.asarray(describe(drawn.reshape(-1, *drawn.shape[2:])))
                values = values.reshape(drawn.shape[:2])
                low, high = np.quantile(values, (0.1, 0.9), axis=1, method="weibull")
                truth = describe(at(factor * presents))
                shares.append(np.mean((truth >= low) & (truth <= high)))
        misses.append(abs(np.mean(shares) - 0.8))
        progress("Choosing a temperature", len(misses) / len(TEMPERATURES), f"{temperature:g}")
    return TEMPERATURES[int(np.argmin(misses))]


def _parts(
    name: str, recipe: EvolutionRecipe, vae: VAE, patterns: PatternSet
) -> tuple[keras.Model, keras.Model, Any, Callable[[int], FramePairs]]:
    """Build a network, the model that trains it, its loss, and what makes an epoch's batches."""
    sizes, count = (recipe.width, recipe.blocks), (patterns, recipe.batches, recipe.batch_size)
    if name == "forward":
        network = dynamics.build_forward(CODE, *sizes)
        loss = keras.losses.BinaryCrossentropy(from_logits=True)
        return network, dynamics.through_decoder(vae, network), loss, partial(FramePairs, *count)
    if name == "past":
        network = dynamics.build_past(CODE, *sizes)
        return network, network, "mse", partial(dynamics.NoisyPasts, vae, *count)
    network = dynamics.build_past_vae(vae, CODE, _LATENT, *sizes)
    other = load_pretrained(CODES)  # on JAX, the one inside has no weights while it is trained
    return network, network, None, partial(dynamics.ConditionedPasts, other, *count)


if __name__ == "__main__":
    typer.run(main)
