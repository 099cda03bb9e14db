"""Samples of the flow against fresh simulations, case by case, and of the VAE's prior beside them.

Run with: python benchmarks/samples.py --work runs --write. Simulates 84 simulations of each case
first, then solves, trains classifiers, and takes half an hour on two cores.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from results import RESULTS, machine, write_entry
from rich.console import Console
from rich.table import Table

from tools.recipes.autoencoders import simulated
from tools.recipes.recipe import Simulations, kept
from tools.recipes.strain_energy import solve
from vae_course.arrays import Floats, Images
from vae_course.data import PatternSet
from vae_course.latent import LatentFlow
from vae_course.latent.coarsening import cut
from vae_course.progress import bars, stages
from vae_course.vae import load_pretrained
from vae_course.vae.two_sample import CLASSIFIERS, two_sample_auc, two_sample_test

COUNT, SOLVED, SEED = 1000, 200, 4300
SIMULATIONS, FRAMES = 84, 24
QUANTILES, EACH = (0.1, 0.3, 0.5, 0.7, 0.9), 16


def fresh(case: int, work: Path) -> tuple[PatternSet, PatternSet]:
    """Two sets of simulations that nothing was trained on."""
    wanted = Simulations(case, SIMULATIONS, SEED, frames=FRAMES)
    patterns = wanted.patterns(work / f"fresh{case}.npz", -1)
    first = patterns.simulation % 2 == 0
    return patterns.select(first), patterns.select(~first)


def spaced(images: Images, count: int) -> Images:
    """Some images, evenly spaced."""
    return images[np.linspace(0, len(images) - 1, count).astype(int)]


def measure(
    case: int,
    flow: LatentFlow,
    training: Images,
    classifiers: Sequence[str],
    work: Path,
    tell: Any,
) -> dict[str, Any]:
    """Compare samples of a case with fresh simulations, and judge what is asked for."""
    data, others = fresh(case, work)
    rng = np.random.default_rng(case)
    like = others.select(rng.integers(len(others), size=COUNT))  # age and volume fraction asked for
    fractions = like.images.mean(axis=(1, 2))
    samples = flow.sample(COUNT, time=like.time, volume_fraction=fractions, seed=case)
    solved = [spaced(one, SOLVED) for one in (samples, data.images, others.images)]
    measured = tuple(kept(work / f"fresh{case}-{k}.npy", lambda one=one: solve(one, -1))
                     if k else solve(one, -1) for k, one in enumerate(solved))  # fmt: skip
    found = two_sample_test(
        samples,
        data.images,
        others.images,
        data.simulation,
        training=training,
        measures={"strain energy": measured},
        classifiers=classifiers,
        progress=tell,
    )
    vae = flow.vae
    shown = spaced(others.images, COUNT)
    rebuilt = cut(vae.decode_logits(vae.encode(shown)), shown.mean(axis=(1, 2)))
    noise = rng.standard_normal((COUNT, vae.latent), dtype=np.float32)
    beside = {
        "rebuilt": rebuilt,
        "fresh simulations": shown,
        "prior, all-cases-fine": cut(vae.decode_logits(noise), fractions),
        "prior, all-cases": (
            (prior := load_pretrained("all-cases")).decode(noise[:, : prior.latent]) > 0.5
        ).astype(np.uint8),
    }
    auc = {
        name: {
            kind: two_sample_auc(images, data.images, data.simulation, kind) for kind in classifiers
        }
        for name, images in beside.items()
    }
    return {
        **found.as_dict(),
        "auc beside": auc,
        "samples": COUNT,
        "simulations": len(np.unique(data.simulation)),
        "asked for an energy": asked(flow, measured[1], float(np.median(fractions)), case),
    }


def asked(flow: LatentFlow, known: Floats, fraction: float, case: int) -> list[dict[str, float]]:
    """Ask for five energies, and solve what comes."""
    rows = []
    for target in np.quantile(known, QUANTILES):
        images = flow.sample(
            EACH, volume_fraction=fraction, strain_energy=target, guidance=1.5, seed=case
        )
        error = np.abs(solve(images, -1) / target - 1)
        row = {"target": float(target), "median error": float(np.median(error))}
        rows.append(row | {"95th percentile": float(np.quantile(error, 0.95))})
    return rows


def main() -> None:
    """Measure, print and, if asked, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", default="1,2,3", help="which, with commas")
    parser.add_argument("--work", type=Path, default=Path("runs"), help="folder of simulations")
    parser.add_argument("--write", action="store_true", help="merge into the results")
    parser.add_argument("--output", type=Path, default=RESULTS, help="JSON file to write into")
    parser.add_argument("--classifiers", default=",".join(CLASSIFIERS), help="which, with commas")
    settings = parser.parse_args()
    flow = LatentFlow.load_pretrained()
    training = simulated("train4", settings.work, -1).images
    entry: dict[str, Any] = {"what": "1,000 samples of each case against fresh simulations"}
    classifiers = settings.classifiers.split(",")
    entry |= {"machine": machine("keras", "numpy", threads=2), "classifiers": classifiers}
    for case in map(int, settings.cases.split(",")):
        with bars() as shown:
            tell = stages(shown, f"Case {case}: ")
            entry[f"case {case}"] = measure(case, flow, training, classifiers, settings.work, tell)
        table = Table("", "distance", "floor")
        row = entry[f"case {case}"]
        for name in row["distance"]:
            table.add_row(name, f"{row['distance'][name]:.3f}", f"{row['floor'][name]:.3f}")
        Console().print(table)
        Console().print(json.dumps({k: row[k] for k in row if k not in ("distance", "floor")}))
        if settings.write:
            write_entry(settings.output, "samples", entry)


if __name__ == "__main__":
    main()
