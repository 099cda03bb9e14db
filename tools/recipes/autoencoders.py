"""Make the pretrained models anew: `python -m tools.recipes.autoencoders`.

Simulating their data takes about two hours on one core, training them a few hours more. All goes on
where it was stopped.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from vae_course.data import PatternSet, generate, load_embedded
from vae_course.data.generate import discard_parts
from vae_course.files import replacing, sha256, write_json
from vae_course.progress import bars, one_bar, stages
from vae_course.vae._checkpoints import STATE
from vae_course.vae._manifest import write_manifest
from vae_course.vae.fidelity import descriptor_errors, sample_statistics
from vae_course.vae.model import VAE
from vae_course.vae.networks import Latent
from vae_course.vae.training import train

HERE = Path(__file__).parent
BATCH = 32
ACTIVATION = "gelu"  # slower than the default, and a little better
OLD = 1e-3 * (1 - 1e-9)  # time (simulation units) from which a pattern is not young

SETS = {
    # name: case, simulations, seed, frames (None: the whole schedule)
    "train1": (1, 2000, 4001, 24),
    "train2": (2, 500, 4002, 24),
    "train3": (3, 500, 4003, 24),
    "test1": (1, 100, 4100, None),
    "test2": (2, 40, 4100, None),
    "test3": (3, 40, 4100, None),
}


@dataclass(frozen=True)
class Recipe:
    """How a model is made.

    Attributes:
        cases: Cases that it is trained on.
        latent: Its code; see `build_encoder`.
        channels: Channels of its convolutions.
        epochs: Epochs of 500 batches.
        young: Part of the young frames (t < 1e-3) that is trained on. A short code cannot hold
            them, and their errors would outweigh all others.
    """

    cases: tuple[int, ...]
    latent: Latent
    channels: tuple[int, ...]
    epochs: int
    young: float = 1.0


RECIPES = {
    "case1": Recipe((1,), (4, 4, 4), (16, 32, 96, 128), 110),
    "case1-latent16": Recipe((1,), 16, (16, 32, 96, 128), 60, young=0.25),
    "case1-fine": Recipe((1,), (8, 8, 4), (16, 32, 64), 30),
    "all-cases": Recipe((1, 2, 3), (4, 4, 4), (16, 32, 96, 128), 32),
}


def main(
    names: Annotated[
        list[str] | None, typer.Argument(help=f"Of {', '.join(RECIPES)}; all if not given.")
    ] = None,
    work: Annotated[Path, typer.Option(help="Folder for data and training.")] = Path("runs"),
    out: Annotated[Path, typer.Option(help="Folder of the models.")] = HERE,
    processes: Annotated[int, typer.Option(help="Processes of simulations; -1: one a core.")] = -1,
) -> None:
    """Simulate the data, train the models, measure them and write their cards.

    Example: python -m tools.recipes.autoencoders case1 --work runs
    """
    chosen = names or list(RECIPES)
    if unknown := sorted(set(chosen) - set(RECIPES)):
        raise typer.BadParameter(f"there are {', '.join(RECIPES)}; got {', '.join(unknown)}")
    for name in chosen:
        recipe = RECIPES[name]
        kinds = [f"{kind}{case}" for kind in ("train", "test") for case in recipe.cases]
        sets = {kind: simulated(kind, work, processes) for kind in kinds}
        make(name, recipe, sets, work / name, out)


def simulated(name: str, work: Path, processes: int) -> PatternSet:
    """Simulate a set, or load it where that was done before."""
    case, simulations, seed, frames = SETS[name]
    path, parts = work / f"{name}.npz", work / f"{name}.npz.parts"
    if not path.exists():
        with one_bar(f"Simulating {name}") as progress:
            generate(
                simulations,
                case,
                seed,
                frames=frames,
                energies=False,
                processes=processes,
                folder=parts,
                progress=progress,
            ).save(path)
        discard_parts(parts)
    return PatternSet.load(path)


def make(
    name: str, recipe: Recipe, sets: dict[str, PatternSet], folder: Path, out: Path
) -> dict[str, Any]:
    """Train a model, measure it on simulations it never saw, and write model, card and manifest."""
    patterns = PatternSet.concatenate([sets[f"train{case}"] for case in recipe.cases])
    if recipe.young < 1:
        drawn = np.random.default_rng(0).random(len(patterns)) < recipe.young
        patterns = patterns.select(drawn | (patterns.time >= OLD))
    with bars() as shown:
        trained = train(
            patterns,
            folder,
            source="; ".join(_command(f"train{case}") for case in recipe.cases),
            latent=recipe.latent,
            channels=recipe.channels,
            activation=ACTIVATION,
            epochs=recipe.epochs,
            batch_size=BATCH,
            resume=(folder / STATE).exists(),
            progress=stages(shown, f"{name}: "),
        )
    model = out / f"{name}.keras"
    with replacing(model) as temporary:
        temporary.write_bytes((folder / "model.keras").read_bytes())
    tests = {
        "fresh": PatternSet.concatenate([sets[f"test{case}"] for case in recipe.cases]),
        "embedded": PatternSet.concatenate([load_embedded(case) for case in recipe.cases]),
    }
    card = {
        **trained.card,
        "command": f"python -m tools.recipes.autoencoders {name}",
        "measured": {test: measure(trained.vae, one) for test, one in tests.items()},
        "held-out squared error, epoch by epoch": [
            round(row["squared_error"], 6) for row in trained.history
        ],
    }
    card["model"] = {**card["model"], "file": model.name, "sha256": sha256(model)}
    card["data"] = {**card["data"], "part of the young frames (t < 1e-3)": recipe.young}
    write_json(out / f"{name}.json", card)
    write_manifest(out, RECIPES, "python -m tools.recipes.autoencoders")
    return card


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


def _command(name: str) -> str:
    """Write the command that makes a set."""
    case, simulations, seed, frames = SETS[name]
    return (
        f"vae-course simulate --no-energies --frames {frames or 0} --simulations {simulations} "
        f"--case {case} --seed {seed}"
    )


if __name__ == "__main__":
    typer.run(main)
