"""What `vae-course evolve` and `design` do: predict, let physics judge, write what they found."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_course import latent
from vae_course.data.generate import simulate_on
from vae_course.data.pictures import Microstructure
from vae_course.files import write_arrays, write_json
from vae_course.latent import Evolution, resimulate
from vae_course.latent.evolution import TYPICAL_B, TYPICAL_LAM
from vae_course.latent.figures import Row, design_figure, evolution_figure, pasts_row
from vae_course.plotting import save_figure
from vae_course.progress import Progress, silent


@dataclass(frozen=True)
class Written:
    """What was written: the numbers, and where the figure is."""

    numbers: dict[str, Any]
    figure: Path


def evolve(
    known: Microstructure,
    factors: Sequence[float],
    out: Path,
    *,
    name: str = "",
    samples: int = 16,
    seed: int = 0,
    progress: Progress = silent,
) -> Written:
    """Predict a microstructure at other times, and check each prediction by simulation.

    Forward, the prediction is compared with a simulation from the given image on. Backward, each
    sample is simulated to the present and compared with the given image. Time, b and λ that are
    not known are estimated from the domain size, or taken in the middle of the dataset's ranges.

    Args:
        known: The microstructure.
        factors: Ratios of times, below 1 for the past and above for the future.
        out: Folder to write `evolution.png`, `evolution.npz` and `evolution.json` into.
        name: What to call the microstructure in the JSON file.
        samples: How many pasts for each factor.
        seed: Seed of the samples.
        progress: Called as the work goes on.

    Returns:
        The numbers, and where the figure is.

    Raises:
        ValueError: If the image holds one phase alone, or a factor is out of range.
    """
    evolution = Evolution.load_pretrained("case1")
    image = known.image[None]
    stage = "Predicting"
    progress(stage, 0, "")
    predicted = {}
    for done, factor in enumerate(sorted(factors)):
        predicted[factor] = (
            evolution.backward(image, factor, samples, seed)[0]
            if factor < 1
            else evolution.forward(image, factor)[0]
        )
        progress(stage, (done + 1) / len(factors), "")
    time = known.time or float(evolution.clock(image)[0])
    b, lam = known.b or TYPICAL_B, known.lam or TYPICAL_LAM

    stage = "Checking by simulation"
    rows: list[Row] = []
    labels: list[str] = []
    found: list[dict[str, Any]] = []
    arrays: dict[str, NDArray[Any]] = {"given": known.image}
    for done, (factor, images) in enumerate(predicted.items()):
        progress(stage, done / len(factors), f"{factor:g} t")
        arrays[f"predicted_{factor:g}"] = images
        if factor < 1:
            checked = resimulate(images[None], factor, image, time, b, lam, processes=-1)
            agreement, arrived = checked.agreement[0], checked.images[0]
            order = np.argsort(-agreement)
            rows += pasts_row(known.image, images[order], agreement[order], arrived[order])
            labels += [f"{factor:.3g} t", "simulated\nto the present"]
            arrays[f"simulated_{factor:g}"] = arrived
            parts = {"median": np.median(agreement), "best": agreement.max()}
            found.append({"factor": factor, "samples": samples, "agreement": parts})
        else:
            truth = simulate_on(image, [(factor - 1) * time], b, lam)[0, 0]
            agreement = np.mean((images > 0.5) == truth)
            caption = f"{agreement:.1%} as simulated"
            rows.append(([known.image, images, truth], ["given", caption, "simulated"]))
            labels.append(f"{factor:.3g} t")
            arrays[f"simulated_{factor:g}"] = truth
            found.append({"factor": factor, "agreement": agreement})
    progress(stage, 1, "")
    numbers = _plain(
        {
            "image": name,
            "volume_fraction": known.image.mean(),
            "time": {"value": time, "known": known.time is not None},
            "b": b,
            "lam": lam,
            "seed": seed,
            "agreement": "part of the pixels in the same phase as a Cahn-Hilliard simulation has",
            "factors": found,
        }
    )
    figure = out / "evolution.png"
    save_figure(evolution_figure(rows, labels), figure)
    write_arrays(out / "evolution.npz", arrays)
    write_json(out / "evolution.json", numbers)
    return Written(numbers, figure)


def design(
    target: float,
    out: Path,
    *,
    near: Microstructure | None = None,
    name: str = "",
    volume_fraction: float | None = None,
    candidates: int = 8,
    seed: int = 0,
    progress: Progress = silent,
) -> Written:
    """Design microstructures for a strain energy, each verified by finite elements.

    Args:
        target: Strain energy at a displacement of 0.5, for Young's moduli of 10 and 1.
        out: Folder to write `design.png`, `design.npz` and `design.json` into.
        near: A microstructure to change as little as possible.
        name: What to call it in the JSON file.
        volume_fraction: Of phase 1, to be kept within 0.02; free if not given.
        candidates: How many to design.
        seed: Seed of the starting points.
        progress: Called as the work goes on.

    Returns:
        The numbers, and where the figure is.

    Raises:
        ValueError: If the target is out of reach, or an argument is out of range.
    """
    stage = "Designing"
    progress(stage, 0, "")
    image = near.image if near is not None else None
    found = latent.design(
        target,
        image,
        volume_fraction,
        candidates,
        seed,
        progress=progress,
    )
    progress(stage, 1, "")
    distances = found.distance if found.distance is not None else [None] * len(found.images)
    numbers = _plain(
        {
            "target": target,
            "near": name or None,
            "volume_fraction": volume_fraction,
            "seed": seed,
            "designs": [
                {
                    "verified": verified,
                    "error": verified / target - 1,
                    "predicted": predicted,
                    "volume_fraction": fraction,
                    "changed_pixels": changed,
                }
                for verified, predicted, fraction, changed in zip(
                    found.verified, found.predicted, found.volume_fraction, distances, strict=True
                )
            ],
        }
    )
    figure = out / "design.png"
    save_figure(design_figure(found, image), figure)
    arrays = {"images": found.images, **({} if image is None else {"near": image})}
    write_arrays(out / "design.npz", arrays)
    write_json(out / "design.json", numbers)
    return Written(numbers, figure)


def _plain(value: Any) -> Any:
    """Turn NumPy's numbers into Python's, rounded to six digits."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    return float(f"{value:.6g}") if isinstance(value, (float, np.floating)) else value
