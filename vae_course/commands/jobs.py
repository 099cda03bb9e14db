"""What `vae-course evolve`, `design`, `generate` and the demo do, with physics as the judge."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from vae_course import latent
from vae_course.arguments import Start
from vae_course.arrays import Floats32, Images
from vae_course.data.generate import simulate_on
from vae_course.data.pictures import Microstructure
from vae_course.files import write_arrays, write_json
from vae_course.latent import Evolution, LatentFlow, resimulate
from vae_course.latent.evolution import TYPICAL_B, TYPICAL_LAM
from vae_course.latent.figures import (
    Row,
    captioned_figure,
    design_figure,
    evolution_figure,
    pasts_row,
)
from vae_course.physics import descriptors
from vae_course.physics.identified import Identified, reduced_age
from vae_course.physics.material_property import STRAIN_ENERGY, Property
from vae_course.plotting import save_figure
from vae_course.progress import Progress, silent
from vae_course.vae.fidelity import pixel_accuracy


@dataclass(frozen=True)
class Found:
    """What a job found: numbers, arrays by name, and a figure of them."""

    numbers: dict[str, Any]
    arrays: dict[str, NDArray[Any]]
    figure: Figure

    def write(self, out: Path, name: str) -> Path:
        """Write NAME.png, NAME.npz and NAME.json into a folder."""
        path = out / f"{name}.png"
        save_figure(self.figure, path)
        write_arrays(path.with_suffix(".npz"), self.arrays)
        write_json(path.with_suffix(".json"), _rounded(self.numbers))
        return path


def evolve(
    known: Microstructure,
    factors: Sequence[float],
    *,
    name: str = "",
    samples: int = 16,
    seed: int = 0,
    clock: Identified | None = None,
    progress: Progress = silent,
) -> Found:
    """Predict a microstructure at other times, and check each prediction by simulation.

    The models of Case 1 predict what has its volume fraction, those of all cases all else. Time, b
    and λ that are not known are estimated from the domain size, or taken in the middle of the
    dataset's ranges; where `clock` was identified from grey frames, λ/b is that of these.

    Raises:
        ValueError: If the image holds one phase alone, or a factor is out of range.
    """
    stage = "Predicting"
    progress(stage, 0, "")
    image = known.image[None]
    models, evolution = _evolution_of(image)
    predicted = {}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "volume fractions of")  # said where it was read
        for done, factor in enumerate(sorted(factors)):
            predicted[factor] = (
                evolution.backward(image, factor, samples, seed)[0]
                if factor < 1
                else evolution.forward(image, factor)[0]
            )
            progress(stage, (done + 1) / len(factors), "")
    time = known.time or float(evolution.clock(image)[0])
    b, lam = known.b or TYPICAL_B, known.lam or TYPICAL_LAM
    if clock is not None:
        lam = b * clock.width.value if clock.width else lam
        time = 6 * reduced_age(known.image).value / np.sqrt(2 * b * lam)
    found = judge(known.image, time, b, lam, predicted, progress=progress)
    numbers = {
        "image": name,
        "models": models,
        "volume_fraction": known.image.mean(),
        "time": {"value": time, "known": known.time is not None and clock is None},
        "b": b,
        "lam": lam,
        "seed": seed,
        "agreement": "part of the pixels in the same phase as a Cahn-Hilliard simulation has",
    }
    return replace(found, numbers=numbers | found.numbers)


def _evolution_of(image: Images) -> tuple[str, Evolution]:
    case1 = Evolution.load_pretrained("case1")
    if case1.knows(image):
        return "case1", case1
    return "all-cases", Evolution.load_pretrained("all-cases")


def judge(
    given: Images,
    time: float,
    b: float,
    lam: float,
    predicted: Mapping[float, Floats32],
    true_pasts: Mapping[float, Images] | None = None,
    progress: Progress = silent,
) -> Found:
    """Check predictions of the past and the future of a microstructure by simulation.

    Forward, the prediction is compared with a simulation from the given image on. Backward, each
    sample is simulated to the present and compared with the given image.

    Args:
        given: The microstructure, values 0 and 1, shape (n, n).
        time: Its time in simulation units.
        b: Height of the barrier.
        lam: Gradient-energy coefficient λ.
        predicted: By ratio of times: samples of the past, shape (samples, n, n), below 1, the
            future, shape (n, n), above.
        true_pasts: By ratio of times, where they are known: to be shown.
        progress: Called as the work goes on.

    Returns:
        The agreement for each ratio, what was predicted and simulated, and a figure of both.
    """
    stage = "Checking by simulation"
    image = given[None]
    rows: list[Row] = []
    labels: list[str] = []
    factors: list[dict[str, Any]] = []
    arrays: dict[str, NDArray[Any]] = {"given": given}
    for done, (factor, images) in enumerate(predicted.items()):
        progress(stage, done / len(predicted), f"{factor:g} t")
        labels.append(f"{factor:.3g} × t")
        if factor < 1:
            checked = resimulate(images[None], factor, image, time, b, lam, processes=-1)
            agreement, simulated = checked.agreement[0], checked.images[0]
            order = np.argsort(-agreement)
            truth = (true_pasts or {}).get(factor)
            rows += pasts_row(given, images[order], agreement[order], simulated[order], truth=truth)
            labels.append("simulated\nto the present")
            parts = {"median": float(np.median(agreement)), "best": float(agreement.max())}
            factors.append({"factor": factor, "samples": len(images), "agreement": parts})
        else:
            simulated = simulate_on(image, [(factor - 1) * time], b, lam)[0, 0]
            right = float(pixel_accuracy(images, simulated))
            captions = ["given", f"{right:.1%} as simulated", "simulated"]
            rows.append(([given, images, simulated], captions))
            factors.append({"factor": factor, "agreement": right})
        arrays |= {f"predicted_{factor:g}": images, f"simulated_{factor:g}": simulated}
    progress(stage, 1, "")
    return Found({"factors": factors}, arrays, evolution_figure(rows, labels))


def design(
    target: float | Sequence[float],
    wanted: Property | Sequence[Property] = STRAIN_ENERGY,
    *,
    near: Microstructure | None = None,
    name: str = "",
    volume_fraction: float | None = None,
    candidates: int = 8,
    seed: int = 0,
    start: Start | None = None,
    progress: Progress = silent,
) -> Found:
    """Design microstructures for a property, or several, each verified by finite elements.

    Raises:
        ValueError: If a target is out of reach, or an argument is out of range.
    """
    progress("Designing", 0, "")
    image = near.image if near is not None else None
    found = latent.design(
        target,
        image,
        volume_fraction,
        candidates,
        seed,
        progress=progress,
        start=start,
        property=wanted,
    )
    several = [wanted] if isinstance(wanted, Property) else list(wanted)
    names = [one.name for one in several]
    count = len(found.images)

    def listed(values: Any) -> list[Any]:
        """Numbers of each design; of several properties by their names."""
        rows: list[Any] = values.tolist()
        if isinstance(wanted, Property):
            return rows
        return [dict(zip(names, row, strict=True)) for row in rows]

    columns = {
        "verified": listed(found.verified),
        "error": listed(found.verified / np.asarray(target) - 1),
        "predicted": listed(found.predicted),
        "volume_fraction": found.volume_fraction.tolist(),
        "changed_pixels": [None] * count if found.distance is None else found.distance.tolist(),
    }
    numbers = {
        "property": wanted.name if isinstance(wanted, Property) else names,
        "target": np.asarray(target).tolist(),
        "near": name or None,
        "volume_fraction": volume_fraction,
        "seed": seed,
        "designs": [{key: column[k] for key, column in columns.items()} for k in range(count)],
    }
    arrays = {"images": found.images} | ({} if image is None else {"near": image})
    return Found(numbers, arrays, design_figure(found, image, [one.symbol for one in several]))


def generate(
    count: int,
    *,
    time: float | None = None,
    volume_fraction: float | None = None,
    strain_energy: float | None = None,
    guidance: float = 1.0,
    seed: int = 0,
    flow: LatentFlow | None = None,
    progress: Progress = silent,
) -> Found:
    """Draw microstructures, and find the energy of each by finite elements.

    Raises:
        ValueError: If an argument is out of range.
    """
    stage = "Drawing"
    progress(stage, 0, "")
    flow = flow or LatentFlow.load_pretrained()
    images = flow.sample(count, time, volume_fraction, strain_energy, guidance, seed)
    progress(stage, 1, "")
    energies = []
    for done, image in enumerate(images):
        progress("Solving", done / count, "finite elements")
        energies.append(STRAIN_ENERGY.solve(image))
    progress("Solving", 1, "finite elements")
    fractions = images.mean(axis=(1, 2))
    sizes = np.atleast_1d(descriptors.domain_size(images))
    asked = {"time": time, "volume_fraction": volume_fraction, "strain_energy": strain_energy}
    rows = zip(fractions.tolist(), sizes.tolist(), energies, strict=True)
    numbers = {
        "asked": asked | {"guidance": guidance, "seed": seed},
        "samples": [
            {"volume_fraction": phi, "domain_size": size, "strain_energy": energy}
            for phi, size, energy in rows
        ],
    }
    captions = [f"φ = {p:.3f}, W = {e:.3f}" for p, e in zip(fractions, energies, strict=True)]
    return Found(numbers, {"images": images}, captioned_figure([*images], captions))


def _rounded(value: Any) -> Any:
    """Round all numbers of a nested structure to six digits."""
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value
