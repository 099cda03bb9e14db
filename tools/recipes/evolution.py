"""Make the models of evolution anew: `python -m tools.recipes.evolution`.

Needs the simulations of `tools.recipes.autoencoders` (two hours on one core) and trains for
about two hours on two cores. All goes on where it was stopped.
"""

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import keras
import numpy as np
import typer
from numpy.typing import NDArray

from tools.recipes.autoencoders import simulated
from vae_course.data import PatternSet
from vae_course.data.generate import draw_parameters, simulate_frames
from vae_course.files import replacing, sha256, write_json
from vae_course.latent.dynamics import (
    CODE,
    LARGEST_FACTOR,
    ConditionedPasts,
    FramePairs,
    NoisyPasts,
    build_forward,
    build_past,
    build_past_vae,
    frame_pairs,
    through_decoder,
)
from vae_course.latent.evolution import Clock, Conservation, Evolution
from vae_course.latent.pretrained import COMMANDS, HERE, MODELS
from vae_course.physics import descriptors
from vae_course.progress import Progress, bars, silent, stages
from vae_course.vae import VAE, ConditionalVAE, load_pretrained
from vae_course.vae._manifest import write_manifest
from vae_course.vae._model_card import versions
from vae_course.vae.optimizers import Muon
from vae_course.vae.schedules import StepBudget, WarmUp

CODES = "case1-fine"
SET = "train1"
EPOCH = 500  # batches
BATCH = 64
RATE = 2e-3
VALIDATED, VALIDATION_SEED = 30, 4200
TEMPERATURES = (1.0, 1.05, 1.1, 1.15, 1.2)
_LATENT = 4  # numbers for each place that tell one past from another


@dataclass(frozen=True)
class Recipe:
    """How a network is made.

    Attributes:
        width: Channels of its convolutions.
        blocks: Residual blocks.
        epochs: Of 500 batches of 64 pairs of frames.
    """

    width: int
    blocks: int
    epochs: int


RECIPES = {
    "forward": Recipe(64, 6, 20),
    "past": Recipe(64, 6, 30),
    "past-vae": Recipe(48, 6, 6),
}


def main(
    names: Annotated[
        list[str] | None, typer.Argument(help=f"Of {', '.join(RECIPES)}; all if not given.")
    ] = None,
    work: Annotated[Path, typer.Option(help="Folder for data and training.")] = Path("runs"),
    out: Annotated[Path, typer.Option(help="Folder of the models.")] = HERE,
    processes: Annotated[int, typer.Option(help="Processes of simulations; -1: one a core.")] = -1,
) -> None:
    """Simulate the data, train the networks and write their cards.

    Example: python -m tools.recipes.evolution forward --work runs
    """
    chosen = names or list(RECIPES)
    if unknown := sorted(set(chosen) - set(RECIPES)):
        raise typer.BadParameter(f"there are {', '.join(RECIPES)}; got {', '.join(unknown)}")
    patterns = simulated(SET, work, processes)
    for name in chosen:
        with bars() as shown:
            make(
                name, RECIPES[name], patterns, work / f"evolution-case1-{name}", out, stages(shown)
            )


def make(
    name: str,
    recipe: Recipe,
    patterns: PatternSet,
    folder: Path,
    out: Path,
    progress: Progress = silent,
    epoch: int = EPOCH,
) -> dict[str, Any]:
    """Train a network and write it with its card and the manifest.

    Args:
        name: "forward", "past" or "past-vae".
        recipe: How to make it.
        patterns: Frames to train on.
        folder: Folder of the training.
        out: Folder of the models.
        progress: Called as the work goes on.
        epoch: Batches in an epoch.

    Returns:
        The card.
    """
    vae = load_pretrained(CODES)
    network, trained, pairs = _parts(name, recipe, vae, patterns, epoch)
    losses = _fit(trained, pairs, folder, recipe.epochs, epoch, progress)
    calibrated = {"temperature": fit_temperature(vae, network, patterns)} if name == "past" else {}
    path = out / f"evolution-case1-{name}.keras"
    with replacing(path) as temporary:
        _bare(network).save(temporary)
    card = {
        "model": {
            "what": network.name,
            "file": path.name,
            "sha256": sha256(path),
            "codes": CODES,
            "weights": network.count_params(),
        },
        "training": {**asdict(recipe), "batches": epoch, "batch_size": BATCH, "rate": RATE},
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
        "versions": versions(),
        "command": f"{COMMANDS['evolution']} {name}",
    }
    write_json(path.with_suffix(".json"), card)
    write_manifest(out, MODELS, ", ".join(COMMANDS.values()))
    return card


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
    early, late = frame_pairs(patterns)
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
    vae: VAE, past: keras.Model, patterns: PatternSet, simulations: int = VALIDATED
) -> float:
    """Choose the temperature at which samples cover the truth of new simulations most rightly.

    The 80 % interval of the samples should hold domain size and perimeter of the true past in 80 %
    of the cases. The simulations are neither those trained on nor those of any test.
    """
    presents, factors = np.array([1e-3, 2e-3, 4e-3]), (1 / 1.5, 1 / 2)
    times = np.unique(np.outer(presents, (1.0, *factors)))
    frames = simulate_frames(draw_parameters(simulations, 1, VALIDATION_SEED), times)

    def at(moments: NDArray[np.float64]) -> NDArray[np.uint8]:
        chosen = [int(np.argmin(np.abs(times - moment))) for moment in moments]
        return np.concatenate([frames[:, k] for k in chosen])

    laws = Clock(**fit_clock(patterns)), Conservation(**fit_conservation(patterns))
    unused = build_forward(CODE, 1, 1)  # only the past is asked for
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
    return TEMPERATURES[int(np.argmin(misses))]


def _parts(
    name: str, recipe: Recipe, vae: VAE, patterns: PatternSet, epoch: int
) -> tuple[keras.Model, keras.Model, Callable[[int], FramePairs]]:
    """Build a network, the compiled model that trains it, and what makes an epoch's batches."""
    sizes, count = (CODE, recipe.width, recipe.blocks), (patterns, epoch, BATCH)
    if name == "forward":
        network = build_forward(*sizes)
        trained = through_decoder(vae, network)
        trained.compile(Muon(RATE), keras.losses.BinaryCrossentropy(from_logits=True))
        return network, trained, lambda seed: FramePairs(*count, seed)
    if name == "past":
        network = build_past(*sizes)
        network.compile(Muon(RATE), "mse")
        return network, network, lambda seed: NoisyPasts(vae, *count, seed)
    network = build_past_vae(vae, CODE, _LATENT, *sizes[1:])
    network.compile(Muon(RATE))
    other = load_pretrained(CODES)
    return network, network, lambda seed: ConditionedPasts(other, *count, seed)


def _bare(network: keras.Model) -> keras.Model:
    """Return the network without its optimizer, which would double the size of the file."""
    if not isinstance(network, ConditionalVAE):
        return keras.Model(network.inputs, network.outputs, name=network.name)
    parts = (network.encoder, network.prior, network.decoder)
    bare = ConditionalVAE(*parts, seed=0, likelihood="bernoulli", name=network.name)
    bare.build(None)
    return bare


def _fit(
    model: keras.Model,
    pairs: Callable[[int], FramePairs],
    folder: Path,
    epochs: int,
    length: int,
    progress: Progress,
) -> list[float]:
    """Train epoch by epoch, each drawn from its number; after a stop, go on with the last one.

    Returns:
        The loss of each epoch.
    """
    state = folder / "losses.json"
    losses: list[float] = json.loads(state.read_text("utf-8")) if state.exists() else []
    budget = StepBudget(
        epochs * length,
        RATE,
        progress=lambda part, logs: progress("Training", part, f"loss {logs['loss']:.4f}"),
    )
    callbacks: list[WarmUp | StepBudget] = [budget]
    if isinstance(model, ConditionalVAE):
        callbacks.append(WarmUp(length))
    if losses:
        model.fit(pairs(0), epochs=1, steps_per_epoch=1, verbose=0)  # makes what is loaded into
        model.load_weights(folder / f"{len(losses)}.weights.h5")
    for callback in callbacks:
        callback.step = len(losses) * length
    for epoch in range(len(losses), epochs):
        logs = model.fit(pairs(epoch), verbose=0, callbacks=callbacks).history
        losses.append(float(logs["loss"][-1]))
        if not math.isfinite(losses[-1]):
            raise FloatingPointError(f"the training diverged in epoch {epoch + 1}")
        folder.mkdir(parents=True, exist_ok=True)
        model.save_weights(folder / f"{epoch + 1}.weights.h5")  # counts once the losses do
        with replacing(state) as temporary:
            temporary.write_text(json.dumps(losses), encoding="utf-8")
        (folder / f"{epoch}.weights.h5").unlink(missing_ok=True)
    return losses


if __name__ == "__main__":
    typer.run(main)
