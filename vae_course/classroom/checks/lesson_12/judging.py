"""Whether a verdict between laws rests on frames that were not fitted, and can be "none"."""

from typing import Any

import numpy as np

from vae_course.arrays import Floats
from vae_course.classroom.check import Student
from vae_course.classroom.checks.lesson_12.fitting import reference_fit
from vae_course.classroom.checks.lesson_12.laws import Watched, fading, noisy, waving
from vae_course.classroom.compare import require

JUDGED, ALLOWED, NONE = 3, 1.25, "none"
WHAT = "verdict(models, frames, noise)"
_NOISE = 0.02
_LENGTH = 11
_MODELS = {"fading": (fading, (25.0, 0.25)), "waving": (waving, (15.0, 0.02))}
_TRUE = {"fading": (30.0, 0.2), "waving": (18.0, 0.015)}


def reference_verdict(models: Any, frames: Any, noise: float) -> str:
    """Name of the model that predicts the last three frames, or "none"."""
    off = {name: _off(one, frames) for name, one in models.items()}
    best = min(off, key=lambda name: off[name])
    return best if off[best] <= ALLOWED * noise else NONE


def _off(one: Any, frames: Any) -> float:
    """Root mean square over the last three frames of a model that was fitted to the others."""
    model, start = one
    constants = reference_fit(model, frames[:-JUDGED], start)
    last = model(constants, frames[0], len(frames) - 1)[-JUDGED:]
    return float(np.sqrt(np.mean((last - frames[-JUDGED:]) ** 2)))


def _frames(name: str, seed: int) -> Floats:
    return noisy(_MODELS[name][0], _TRUE[name], _LENGTH, _NOISE, seed)


def require_verdict(student: Student) -> None:
    """Ask for verdicts on frames whose law is known, and watch what the models are fitted to."""
    frames = _frames("fading", 4)
    watched = {name: (Watched(model), start) for name, (model, start) in _MODELS.items()}
    found = student(watched, frames, _NOISE)
    _require_name(found)
    for model, _ in watched.values():
        _require_fitted(model, frames)
    require(
        found != NONE,
        "A law that fits within the noise is refused.",
        "Its root mean square over the last three frames is compared with 1.25 · noise. Is it a "
        "root, and a mean?",
        "fading",
        found,
    )
    require(
        found == "fading",
        "The worse of the two models is chosen.",
        "The smaller root mean square is the better: min(off, key=off.get).",
        "fading",
        found,
    )
    found = student(_MODELS, _frames("waving", 5), _NOISE)
    require(
        found == "waving",
        "Frames of the second law are given to another.",
        "Compare all models before you choose: keep each one's root mean square in a dictionary.",
        "waving",
        found,
    )
    shuffled = frames[np.random.default_rng(1).permutation(_LENGTH)]
    found = student(_MODELS, shuffled, _NOISE)
    require(
        found == NONE,
        "Frames in a random order get a law.",
        "The better of two bad fits is still bad. Where even the best is off by more than 1.25 · "
        'noise, return "none".',
        NONE,
        found,
    )
    _require_limit(student, 1.45, NONE)
    _require_all_three(student)
    _require_limit(student, 1.15, "fading")


def _require_name(found: Any) -> None:
    require(
        not isinstance(found, int | float | np.number),
        f"{WHAT} returned a number.",
        "Return the name of the model, a key of `models`.",
        "a name",
        found,
    )
    require(
        isinstance(found, str),
        f"{WHAT} did not return a name.",
        'Return a key of `models`, or "none".',
        "a name",
        type(found).__name__,
    )
    require(
        found in {*_MODELS, NONE},
        f"{WHAT} returned another text.",
        'Return a key of `models`, or "none", in small letters.',
        '"fading", "waving" or "none"',
        found,
    )


def _require_fitted(model: Watched, frames: Floats) -> None:
    require(model.calls > 0, "A model is never asked.", "Fit each of `models`, in a loop.")
    counts = set(model.counts)
    everything, early = len(frames) - 1, len(frames) - 1 - JUDGED
    require(
        model.calls > 1,
        "The models are not fitted.",
        "The constants in `models` are where a fit starts: fit(model, frames[:-3], start).",
    )
    require(
        early in counts,
        "The models are fitted to frames that they are judged by.",
        "Fit to frames[:-3], which leaves out the last three.",
        f"fitted to {early + 1} frames",
        f"fitted to {max(counts) + 1} frames",
    )
    first = next(
        (one for one, n in zip(model.firsts[::-1], model.counts[::-1], strict=True) if n != early),
        None,
    )
    require(
        everything in counts,
        "The models are not asked for the last three frames, from the first.",
        "model(constants, frames[0], len(frames) − 1)[-3:]: all pictures, of which the last three "
        "are compared.",
        f"{everything} pictures",
        f"{sorted(counts - {early}) or [early]}",
    )
    require(
        first is not None and np.array_equal(first, frames[0]),
        "A prediction does not start from the first frame.",
        "model(constants, frames[0], len(frames) − 1)[-3:].",
    )


def _require_limit(student: Student, times: float, right: str) -> None:
    """The same frames are good or not, as the noise is said to be larger or smaller."""
    frames = _frames("fading", 6)
    found = student(_MODELS, frames, _off(_MODELS["fading"], frames) / times)
    require(
        found == right,
        f"A law that is off by {times} times the noise is "
        f"{'not refused' if right == NONE else 'refused'}.",
        "The limit is 1.25 · noise, for the root mean square over the last three frames.",
        right,
        found,
    )


def _require_all_three(student: Student) -> None:
    """A frame that is off counts if it is one of the last three, and only then."""
    frames = _frames("fading", 7)
    for place, spoilt_by, right, why in (
        (
            3,
            4,
            "fading",
            'An early frame is spoilt, and the verdict is "none". Judge by the last three frames '
            "alone.",
        ),
        (
            -3,
            2.2,
            NONE,
            "The first of the last three frames is spoilt, and the verdict does not see it. All "
            "three count: [-3:].",
        ),
    ):
        spoilt = frames.copy()
        spoilt[place, ::2] += spoilt_by * _NOISE
        spoilt[place, 1::2] -= spoilt_by * _NOISE
        found = student(_MODELS, spoilt, _NOISE)
        require(found == right, "The wrong frames are judged by.", why, right, found)
