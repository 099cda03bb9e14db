"""What a model is tried on: how it is asked, how far off each answer is, and all in numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vae_course.arrays import Floats
from vae_course.data.generate import simulate_on
from vae_course.physics import descriptors
from vae_course.suite import scores
from vae_course.suite.data import AHEAD, INTERVAL, TIMES, Suite, energies
from vae_course.suite.models import call
from vae_course.vae.two_sample import two_sample_test

FACTOR: Final = 0.5
"""Ratio of times of the pasts that are asked for."""

SAMPLES: Final = 8
"""Pasts of each present."""

QUANTILES: Final = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Of the strain energies of Case 1: targets of designs."""

EACH: Final = 4
"""Designs of each target."""

Answers = dict[str, Any]
"""What a model answered, and what it was asked for where that is drawn."""

_LEVEL = 1.6449  # of a normal interval that holds nine of ten
_CARRIED, _OF_EACH = 12, 4  # presents and samples that are simulated on
_SOLVED = 150  # samples whose energy is found


@dataclass(frozen=True)
class Track:
    """One of the things that a model may be able to do.

    Attributes:
        method: Of the model, that is asked.
        ask: From a model and a suite to its answers.
        errors: From answers and suite to the error of each answer; none where none is defined.
        numbers: From answers and suite to what is reported.
    """

    method: str
    ask: Callable[[Any, Suite], Answers]
    errors: Callable[[Answers, Suite], Floats] | None
    numbers: Callable[[Answers, Suite], dict[str, Any]]


def forecasts(model: Any, frames: NDArray[Any]) -> Floats:
    """Ask for the fields at `AHEAD` after some series, shape (N, 4, 64, 64)."""
    ahead = INTERVAL * np.array(AHEAD)
    shape = (len(frames), len(AHEAD), *frames.shape[2:])
    return call(model, "forecast", [shape], frames.copy(), TIMES.copy(), ahead)


def _ask_forward(model: Any, suite: Suite) -> Answers:
    return {kind: forecasts(model, suite.series(kind)[0]) for kind in ("grey", "binary")}


def _forward_errors(answers: Answers, suite: Suite) -> Floats:
    _, truth, unchanged = suite.series("grey")
    off = np.mean((answers["grey"] - truth) ** 2, axis=(1, 2, 3))
    return np.asarray(np.sqrt(off / np.mean((unchanged[:, None] - truth) ** 2, axis=(1, 2, 3))))


def _forward(answers: Answers, suite: Suite) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind in ("grey", "binary"):
        _, truth, unchanged = suite.series(kind)
        found[kind] = {
            str(ahead): scores.field_errors(answers[kind][:, k], truth[:, k], unchanged)
            for k, ahead in enumerate(AHEAD)
        }
    return found


def _ask_backward(model: Any, suite: Suite) -> Answers:
    presents = suite.images[suite.pairs[0]]
    shape = (len(presents), SAMPLES, *presents.shape[1:])
    return {"pasts": call(model, "past", [shape], presents, FACTOR, SAMPLES, 0)}


def _backward_errors(answers: Answers, suite: Suite) -> Floats:
    return scores.energy_score(answers["pasts"], suite.images[suite.pairs[1]])


def _backward(answers: Answers, suite: Suite) -> dict[str, Any]:
    now, before = suite.pairs
    present, past = suite.images[now], suite.images[before]
    drawn = (answers["pasts"] > 0.5).astype(np.uint8)
    found: dict[str, Any] = {
        "energy score": float(_backward_errors(answers, suite).mean()),
        "of nothing changes": float(np.sqrt(np.mean(present != past, axis=(1, 2))).mean()),
    }
    for name, describe in (
        ("perimeter", descriptors.perimeter),
        ("domain size", descriptors.domain_size),
    ):
        values = np.asarray(describe(drawn.reshape(-1, *past.shape[1:]))).reshape(drawn.shape[:2])
        counts = scores.ranks(values, np.asarray(describe(past)))
        found[f"ranks of {name}"] = counts.tolist()
        found[f"evenness of {name}"] = scores.evenness(counts)
    return found | {"agreement": _arrived(drawn, suite)}


def _arrived(drawn: NDArray[np.uint8], suite: Suite) -> dict[str, float]:
    """Agreement with the present of samples, of the true past and of the present, simulated on."""
    now, before = suite.pairs
    chosen = np.unique(np.linspace(0, len(now) - 1, min(_CARRIED, len(now))).astype(int))
    starts = np.concatenate(
        [
            suite.images[before[chosen], None],
            suite.images[now[chosen], None],
            drawn[chosen, :_OF_EACH],
        ],
        axis=1,
    )
    each, rows = starts.shape[1], now[chosen]
    elapsed = (suite.time[now] - suite.time[before])[chosen]
    ends = simulate_on(
        starts.reshape(-1, *drawn.shape[2:]),
        np.repeat(elapsed, each)[:, None],
        np.repeat(suite.b[rows], each),
        np.repeat(suite.lam[rows], each),
        processes=-1,
    ).reshape(starts.shape)
    agreement = np.mean(ends == suite.images[rows, None], axis=(2, 3))
    return {
        "truth": float(agreement[:, 0].mean()),
        "nothing changes": float(agreement[:, 1].mean()),
        "samples": float(agreement[:, 2:].mean()),
    }


def _ask_property(model: Any, suite: Suite) -> Answers:
    count = len(suite.images)
    return {"energy": call(model, "strain_energy", [(count,), (2, count)], suite.images.copy())}


def _property_errors(answers: Answers, suite: Suite) -> Floats:
    mean = answers["energy"] if answers["energy"].ndim == 1 else answers["energy"][0]
    return np.asarray(np.abs(mean / suite.strain_energy - 1))


def _property(answers: Answers, suite: Suite) -> dict[str, Any]:
    energy, truth = answers["energy"], suite.strain_energy
    mean = energy if energy.ndim == 1 else energy[0]
    found: dict[str, Any] = scores.skill(mean, truth) | {
        f"r2, case {case}": scores.skill(mean[suite.case == case], truth[suite.case == case])["r2"]
        for case in np.unique(suite.case)
    }
    if energy.ndim == 2:
        inside = np.abs(truth - mean) <= _LEVEL * energy[1]
        found["held by intervals of 90 %"] = float(inside.mean())
    return found


def _ask_design(model: Any, suite: Suite) -> Answers:
    aims = np.quantile(suite.strain_energy[suite.case == 1], QUANTILES)
    targets = np.repeat(np.round(aims, 4), EACH)
    shape = (len(targets), *suite.images.shape[1:])
    images = call(model, "design", [shape], targets.copy(), 0)
    if unclear := np.mean((images != 0) & (images != 1)):
        raise ValueError(f"design must return 0 and 1; {unclear:.1%} of the pixels are others")
    return {"targets": targets, "images": images.astype(np.uint8)}


def _design(answers: Answers, suite: Suite) -> dict[str, Any]:
    images, targets = answers["images"], answers["targets"]
    off = np.nan_to_num(np.abs(energies(images) / targets - 1), nan=1.0)
    groups = images.reshape(-1, EACH, *images.shape[1:])
    return {
        "median error": float(np.median(off)),
        "largest error": float(off.max()),
        "pixels that differ": float(np.mean([scores.spread(group) for group in groups])),
        "lowest volume fraction": float(images.mean((1, 2)).min()),
        "highest volume fraction": float(images.mean((1, 2)).max()),
    }


def halves(suite: Suite) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Patterns that samples are compared with, and those whose ages and fractions are asked for."""
    even = suite.simulation % 2 == 0
    return even, ~even


def _ask_generation(model: Any, suite: Suite) -> Answers:
    _, others = halves(suite)
    times, fractions = suite.time[others], suite.images[others].mean(axis=(1, 2))
    shape = (len(times), *suite.images.shape[1:])
    images = (call(model, "sample", [shape], times, fractions, 0) > 0.5).astype(np.uint8)
    alone = images.max(axis=(1, 2)) == images.min(axis=(1, 2))
    if alone.mean() > 0.5:
        raise ValueError(f"sample must return both phases; {alone.mean():.0%} hold one alone")
    return {"images": images}


def _generation(answers: Answers, suite: Suite) -> dict[str, Any]:
    data, others = halves(suite)
    known = [suite.strain_energy[half] for half in (data, others)]
    some = np.linspace(0, len(answers["images"]) - 1, _SOLVED).astype(int)  # of all cases alike
    energy = energies(answers["images"][some]), known[0], known[1]
    found = two_sample_test(
        answers["images"],
        suite.images[data],
        suite.images[others],
        suite.simulation[data],
        measures={"strain energy": energy},
        classifiers=("small",),
        seeds=1,
    )
    return found.as_dict()


TRACKS: Final = {
    "forward": Track("forecast", _ask_forward, _forward_errors, _forward),
    "backward": Track("past", _ask_backward, _backward_errors, _backward),
    "property": Track("strain_energy", _ask_property, _property_errors, _property),
    "design": Track("design", _ask_design, None, _design),
    "generation": Track("sample", _ask_generation, None, _generation),
}
"""By name, in the order in which they are run."""
