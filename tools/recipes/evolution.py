"""Make the models of evolution anew: `python -m tools.recipes.evolution`.

Needs the simulations of `tools.recipes.autoencoders` (two hours on one core) and trains for
about three hours on two cores.
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
from tools.recipes.recipe import RUNS, NetworkRecipe, Out, Processes, Work, one_of
from vae_course.arguments import LARGEST_FACTOR
from vae_course.arrays import Floats, Images
from vae_course.data import PatternSet
from vae_course.data.generate import draw_parameters, simulate_frames
from vae_course.data.schedule import ANY_MEAN
from vae_course.latent import dynamics
from vae_course.latent.coarsening import Clock, Conservation
from vae_course.latent.dynamics import CODE, FramePairs
from vae_course.latent.evolution import Evolution
from vae_course.physics import descriptors
from vae_course.progress import Progress, bars, silent, stages
from vae_course.vae import VAE, load_pretrained

VALIDATED, VALIDATION_SEED = 30, 4200
PRESENTS = {1: (1e-3, 2e-3, 4e-3), ANY_MEAN: (2.5e-3, 5e-3, 1e-2)}
"""Times from which the past is asked for; uneven phases separate late."""
TEMPERATURES = (1.0, 1.05, 1.1, 1.15, 1.2)
_LATENT = 4  # numbers for each place that tell one past from another


@dataclass(frozen=True, kw_only=True)
class EvolutionRecipe(NetworkRecipe):
    """How a network is made, from pairs of frames.

    Attributes:
        case: Case that is simulated for it.
        codes: VAE on whose codes it works.
        width: Channels of its convolutions.
        blocks: Residual blocks.
        batches: Batches in an epoch.
    """

    rate: float = 2e-3
    case: int = 1
    codes: str = "case1-fine"
    width: int = 64
    blocks: int = 6
    batches: int = 500


RECIPES = {
    "forward": EvolutionRecipe(epochs=20),
    "past": EvolutionRecipe(epochs=30),
    "past-vae": EvolutionRecipe(epochs=6, width=48),
    "all-cases-forward": EvolutionRecipe(epochs=20, case=ANY_MEAN, codes="all-cases-fine"),
    "all-cases-past": EvolutionRecipe(epochs=30, case=ANY_MEAN, codes="all-cases-fine"),
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
    for name in names or RECIPES:
        patterns = simulated(f"train{RECIPES[name].case}", work, processes)
        folder = work / f"evolution-{_whole(name)}"
        with bars() as shown:
            make(name, RECIPES[name], patterns, folder, out, stages(shown, f"{name}: "))


def _whole(name: str) -> str:
    """Name of the model: those of Case 1 came first, and their recipes have no case in theirs."""
    return name if name.startswith("all-cases-") else f"case1-{name}"


def make(
    name: str,
    recipe: EvolutionRecipe,
    patterns: PatternSet,
    folder: Path,
    out: Path,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Train "forward", "past" or "past-vae" of a case, and write model, card and manifest."""
    vae = load_pretrained(recipe.codes)
    kind = name.removeprefix("all-cases-")
    network, trained, loss, pairs = _parts(kind, recipe, vae, patterns)
    losses = fit(trained, loss, pairs, recipe, folder, progress)
    calibrated = {}
    if kind == "past":
        chosen = fit_temperature(vae, network, patterns, VALIDATED, progress, recipe.case)
        calibrated["temperature"] = chosen
    card = {
        "model": {"what": network.name, "codes": recipe.codes, "weights": network.count_params()},
        "training": asdict(recipe),
        "data": {
            "set": f"train{recipe.case} of tools.recipes.autoencoders",
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
    path = out / f"evolution-{_whole(name)}.keras"
    return publish(network, path, command, card, half=recipe.case == ANY_MEAN)


def fit_clock(patterns: PatternSet) -> dict[str, Any]:
    """Fit the `Clock`; the terms of the volume fraction only where any mean was drawn."""
    sizes, times = np.log(descriptors.domain_size(patterns.images)), np.log(patterns.time)
    columns, widest = [np.ones_like(sizes), sizes], 0.5
    if _any_mean(patterns):
        u = (patterns.images.mean(axis=(1, 2)) - 0.5) ** 2
        columns, widest = [*columns, u, u**2], float(np.sqrt(u.max()))
    matrix = np.stack(columns, axis=1)
    found, *_ = np.linalg.lstsq(matrix, times, rcond=None)
    sd = float(np.std(times - matrix @ found))
    offset, slope, *uneven = found.tolist()
    law = {"slope": slope, "offset": offset, "sd": sd}
    return law | ({"uneven": uneven, "widest": widest} if uneven else {})


def _any_mean(patterns: PatternSet) -> bool:
    return bool(np.any(patterns.parameters["case"] == ANY_MEAN))


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
    if _any_mean(patterns):  # phases are swapped in half of the pairs
        low, high = min(low, 1 - high), max(high, 1 - low)
    return {"base": base, "growth": growth, "lowest": float(low), "highest": float(high)}


def fit_temperature(
    vae: VAE,
    past: keras.Model,
    patterns: PatternSet,
    simulations: int,
    progress: Progress,
    case: int,
) -> float:
    """Choose the temperature at which samples cover the truth of new simulations most rightly.

    The 80 % interval of the samples should hold domain size and perimeter of the true past in 80 %
    of the cases. The simulations are neither those trained on nor those of any test.
    """
    presents, factors = np.array(PRESENTS[case]), (1 / 1.5, 1 / 2)
    times = np.unique(np.outer(presents, (1.0, *factors)))
    frames = simulate_frames(draw_parameters(simulations, case, VALIDATION_SEED), times)

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
    # another one: on JAX, that inside the model has no weights while it is trained
    other = load_pretrained(recipe.codes)
    return network, network, None, partial(dynamics.ConditionedPasts, other, *count)


if __name__ == "__main__":
    typer.run(main)
