"""Evolution forward and backward, against baselines and against direct simulation.

All numbers are of simulations never trained on, seeds apart from every training set's: of Case 1
and its models; part "cases" measures the models of all cases on each of them.
Run with: python benchmarks/evolution.py --write
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from results import RESULTS, fastest, machine, write_entry
from rich.console import Console
from rich.table import Table

from tools.recipes.autoencoders import simulated
from vae_course.data.generate import draw_parameters, simulate_frames, simulate_on
from vae_course.latent import Evolution, extrapolate_images, nearest_past, resimulate
from vae_course.physics import descriptors
from vae_course.progress import one_bar
from vae_course.vae.fidelity import pixel_accuracy, squared_error

KEY = "evolution"
PARTS = ("forward", "rollout", "backward", "times", "cases")
SEED = 4100  # of the simulations; training had 4001
PRESENTS = (1e-3, 2e-3, 4e-3)
PRESENTS_OF = {1: PRESENTS, 2: PRESENTS, 3: (2.5e-3, 5e-3, 1e-2)}  # Case 3 separates late
FORWARD = (1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
BACKWARD = (1 / 1.5, 1 / 2.0)
EARLIER = 1 / 1.25  # of the second frame that velocity extrapolation is given
END = 0.025
DECADE = 10.0 ** (np.arange(5) / 4)  # a roll-out from 2.5e-3 to 0.025, in four steps
START = 2.5e-3
METHODS = ("flow", "vae")
DESCRIBED: dict[str, Callable[[Any], Any]] = {
    "volume_fraction": descriptors.volume_fraction,
    "domain_size": descriptors.domain_size,
    "perimeter": descriptors.perimeter,
}


class Frames:
    """Test simulations, and their frames at exactly the times that are asked for."""

    def __init__(self, simulations: int, case: int = 1) -> None:
        self.presents = PRESENTS_OF[case]
        self.parameters = draw_parameters(simulations, case, SEED)
        times = {START * step for step in DECADE}
        for now in self.presents:
            ratios = (1.0, EARLIER, *FORWARD, *BACKWARD)
            times |= {now * ratio for ratio in ratios if now * ratio <= END * 1.001}
        self.times = np.array(sorted(times))
        with one_bar(f"Simulating Case {case}") as progress:
            self.images = simulate_frames(self.parameters, self.times, progress=progress)

    def at(self, time: float) -> NDArray[Any]:
        """Frames of all simulations at a time, shape (simulations, n, n)."""
        return np.asarray(self.images[:, int(np.argmin(np.abs(np.log(self.times / time))))])


def rounded(value: Any, digits: int = 5) -> Any:
    """Round all numbers of a nested structure."""
    if isinstance(value, dict):
        return {key: rounded(one, digits) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(one, digits) for one in value]
    return round(float(value), digits) if isinstance(value, (float, np.floating)) else value


def forward(evolution: Evolution, frames: Frames, settings: argparse.Namespace) -> dict[str, Any]:
    """Errors at each factor, beside persistence and the extrapolated latent velocity."""
    rows = []
    for factor in FORWARD:
        found: dict[str, list[NDArray[Any]]] = {"model": [], "velocity": [], "persistence": []}
        truths = []
        for now in frames.presents:
            if now * factor > END * 1.001:
                continue
            present, before = frames.at(now), frames.at(now * EARLIER)
            truths.append(frames.at(now * factor))
            found["model"].append(evolution.forward(present, factor))
            found["persistence"].append(present)
            line = extrapolate_images(
                evolution.vae, before, now * EARLIER, present, now, [now * factor]
            )
            found["velocity"].append(line[:, 0])
        truth = np.concatenate(truths)
        row: dict[str, Any] = {"factor": factor, "images": len(truth)}
        for name, images in found.items():
            predicted = np.concatenate(images)
            row[name] = {
                "mse": squared_error(predicted, truth).mean(),
                "accuracy": pixel_accuracy(predicted, truth).mean(),
            }
        row["ratio"] = row["model"]["mse"] / row["persistence"]["mse"]
        rows.append(row)
    floor = np.concatenate([frames.at(now) for now in frames.presents])
    return {
        "factors": rows,
        "reconstruction": squared_error(evolution.vae.reconstruct(floor), floor).mean(),
    }


def rollout(evolution: Evolution, frames: Frames, settings: argparse.Namespace) -> dict[str, Any]:
    """Go a decade in four steps, each from the binarised prediction before it."""
    images = start = frames.at(START)
    steps = []
    for ratio in DECADE[1:]:
        images = evolution.forward(images, DECADE[1]) > 0.5
        truth = frames.at(START * ratio)
        sizes, true_sizes = descriptors.domain_size(images), descriptors.domain_size(truth)
        drift = descriptors.volume_fraction(images) - descriptors.volume_fraction(start)
        steps.append(
            {
                "ratio": float(ratio),
                "accuracy": pixel_accuracy(images, truth).mean(),
                "drift of the volume fraction": np.abs(drift).mean(),
                "error of the domain size": np.mean(np.abs(sizes / true_sizes - 1)),
                "error of the mean domain size": abs(np.mean(sizes) / np.mean(true_sizes) - 1),
            }
        )
    return {"from": START, "steps": steps}


def backward(evolution: Evolution, frames: Frames, settings: argparse.Namespace) -> dict[str, Any]:
    """Samples of the past against the truth, and carried to the present again by physics."""
    known = simulated("train1", settings.work, -1)
    rows = []
    for factor in BACKWARD:
        present, past = pairs(frames, factor)
        row: dict[str, Any] = {
            "factor": factor,
            "images": len(past),
            "persistence": {"mse": squared_error(present, past).mean()},
            "nearest": {"mse": squared_error(nearest_past(known, present, factor), past).mean()},
        }
        for method in METHODS:
            drawn = evolution.backward(present, factor, settings.samples, seed=0, method=method)
            row[method] = {**against_truth(drawn, past), **covered(drawn, past)}
            row[method]["resimulated"] = arrived(drawn, past, present, factor, frames, settings)
        rows.append(row)
    return {"samples": settings.samples, "factors": rows}


def pairs(frames: Frames, factor: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """All presents, and their pasts."""
    present, past = (
        np.concatenate([frames.at(now * ratio) for now in frames.presents])
        for ratio in (1.0, factor)
    )
    return present, past


def against_truth(drawn: NDArray[Any], past: NDArray[Any]) -> dict[str, float]:
    """Errors of single samples, of the best and of the mean, and how grey samples are."""
    errors = squared_error(drawn, past[:, None])
    return {
        "single": errors.mean(),
        "best": errors.min(axis=1).mean(),
        "mean": squared_error(drawn.mean(axis=1), past).mean(),
        "greyness": float(np.mean(drawn * (1 - drawn))),
    }


def covered(drawn: NDArray[Any], past: NDArray[Any]) -> dict[str, Any]:
    """How often the 80 % interval of the samples holds the descriptor of the true past.

    Bounds at the expected quantiles of (samples + 1) draws ("weibull"): exact if the truth is
    as one of the samples.
    """
    binary = (drawn > 0.5).astype(np.uint8)
    result: dict[str, Any] = {}
    for name, describe in DESCRIBED.items():
        values = np.asarray(describe(binary.reshape(-1, *past.shape[1:]))).reshape(drawn.shape[:2])
        truth = np.asarray(describe(past))
        low, high = np.nanquantile(values, (0.1, 0.9), axis=1, method="weibull")
        result[name] = {
            "coverage": float(np.mean((truth >= low) & (truth <= high))),
            "bias": float(np.nanmean(values.mean(axis=1) / truth - 1)),
        }
    return {"covered": result}


def arrived(
    drawn: NDArray[Any],
    past: NDArray[Any],
    present: NDArray[Any],
    factor: float,
    frames: Frames,
    settings: argparse.Namespace,
) -> dict[str, float]:
    """Agreement with the present of samples, of the true past and of persistence, carried on."""
    count = min(settings.resimulated, len(frames.parameters))
    chosen = np.concatenate(
        [k * len(frames.parameters) + np.arange(count) for k in range(len(frames.presents))]
    )
    parameters = np.tile(frames.parameters[:count], len(frames.presents))
    times = np.repeat(frames.presents, count)
    starts = np.concatenate(
        [past[chosen, None], present[chosen, None], drawn[chosen]], axis=1, dtype=np.float64
    )
    with one_bar("Simulating pasts on") as progress:
        agreement = resimulate(
            starts,
            factor,
            present[chosen],
            times,
            parameters["b"],
            parameters["lam"],
            processes=-1,
            progress=progress,
        ).agreement
    return {
        "presents": len(chosen),
        "truth": agreement[:, 0].mean(),
        "persistence": agreement[:, 1].mean(),
        "median of samples": np.median(agreement[:, 2:], axis=1).mean(),
        "best of samples": agreement[:, 2:].max(axis=1).mean(),
    }


def times(evolution: Evolution, frames: Frames, settings: argparse.Namespace) -> dict[str, Any]:
    """Seconds an image of each prediction and of simulating on, single and in a batch."""
    now = PRESENTS[0]
    present = frames.at(now)
    batch = np.resize(present, (256, *present.shape[1:]))
    one = frames.parameters[0]

    def simulate(images: NDArray[Any]) -> None:
        simulate_on(images, [now], float(one["b"]), float(one["lam"]))

    runs: dict[str, tuple[Callable[[NDArray[Any]], Any], int]] = {
        "forward": (lambda images: evolution.forward(images, 2.0), 256),
        "backward, a sample": (lambda images: evolution.backward(images, 0.5, 1), 256),
        "simulation": (simulate, 8),
    }
    found: dict[str, Any] = {"factor": 2.0}
    for name, (predict, count) in runs.items():
        found[name] = {
            "single": fastest(lambda predict=predict: predict(batch[:1])),
            "batch": fastest(lambda predict=predict, k=count: predict(batch[:k])) / count,
        }
    for how in ("single", "batch"):
        found[f"simulation / forward, {how}"] = found["simulation"][how] / found["forward"][how]
    return found


def cases(evolution: Evolution, frames: Frames, settings: argparse.Namespace) -> dict[str, Any]:
    """The models of all cases, on each: errors forward, and whether pasts cover the truth."""
    whole, found = Evolution.load_pretrained("all-cases"), {}
    for case in PRESENTS_OF:
        some = frames if case == 1 else Frames(settings.simulations, case)
        ahead = forward(whole, some, settings)["factors"]
        behind = []
        for factor in BACKWARD:
            present, past = pairs(some, factor)
            drawn = whole.backward(present, factor, settings.samples, seed=0)
            behind.append({"factor": factor, "images": len(past), **covered(drawn, past)})
        found[f"case {case}"] = {
            "forward": [
                {
                    "factor": row["factor"],
                    "images": row["images"],
                    "ratio": row["ratio"],
                    "accuracy": row["model"]["accuracy"],
                }
                for row in ahead
            ],
            "backward": behind,
        }
    return found


MEASURES: dict[str, Callable[[Evolution, Frames, argparse.Namespace], dict[str, Any]]] = {
    "forward": forward,
    "rollout": rollout,
    "backward": backward,
    "times": times,
    "cases": cases,
}


def show(entry: dict[str, Any]) -> None:
    """Print what was found."""
    if "forward" in entry:
        table = Table(title="Forward, mean squared error (pixel accuracy)")
        for column in ("t_new / t_now", "model", "persistence", "latent velocity", "ratio"):
            table.add_column(column)
        for row in entry["forward"]["factors"]:
            cells = (
                f"{row[name]['mse']:.4f} ({row[name]['accuracy']:.1%})"
                for name in ("model", "persistence", "velocity")
            )
            table.add_row(f"{row['factor']:g}", *cells, f"{row['ratio']:.3f}")
        Console().print(table)
    for part in ("rollout", "backward", "times", "cases"):
        if part in entry:
            print(part, json.dumps(entry[part], indent=1))


def use_one_core() -> None:
    """Let TensorFlow have one thread: what is timed then runs on one core, as a simulation does."""
    import tensorflow as tf  # noqa: PLC0415 (only this knows how to set its threads)

    if keras.backend.backend() != "tensorflow":
        raise SystemExit("run this benchmark with Keras's default backend, TensorFlow")
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def chosen_parts(text: str) -> list[str]:
    """Read a list of parts."""
    parts = text.split(",")
    if unknown := sorted(set(parts) - set(PARTS)):
        raise argparse.ArgumentTypeError(f"parts are {', '.join(PARTS)}; got {', '.join(unknown)}")
    return parts


def main() -> None:
    """Measure, print and, if asked, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=chosen_parts, default=list(PARTS), help=",".join(PARTS))
    parser.add_argument("--simulations", type=int, default=100, help="never trained on")
    parser.add_argument("--samples", type=int, default=16, help="of the past of each pattern")
    parser.add_argument("--resimulated", type=int, default=20, help="simulations to carry on")
    parser.add_argument("--work", type=Path, default=Path("runs"), help="folder of training sets")
    parser.add_argument("--write", action="store_true", help="merge the parts into the results")
    parser.add_argument("--output", type=Path, default=RESULTS, help="JSON file to write into")
    settings = parser.parse_args()
    use_one_core()
    entry: dict[str, Any] = {}
    if settings.write and settings.output.exists():
        entry = json.loads(settings.output.read_text()).get(KEY, {})
    evolution, frames = Evolution.load_pretrained("case1"), Frames(settings.simulations)
    entry |= {
        "what": f"{settings.simulations} simulations, seed {SEED}, never trained on; "
        f"presents at t = {', '.join(f'{now:g}' for now in PRESENTS)} (Case 3: "
        f"{', '.join(f'{now:g}' for now in PRESENTS_OF[3])})",
        "machine": machine("keras", "tensorflow", "numpy", threads=1),
    }
    for part in settings.parts:
        entry[part] = rounded(MEASURES[part](evolution, frames, settings))
        if settings.write:
            write_entry(settings.output, KEY, entry)
    show(entry)


if __name__ == "__main__":
    main()
