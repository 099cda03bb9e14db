"""Checks of lesson 07, Predicting the past."""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_course.arrays import Floats, Images
from vae_course.classroom.check import Student, exercise
from vae_course.classroom.checks.lesson_07.conditional_networks import require_networks
from vae_course.classroom.checks.lesson_07.conditional_reference import ConditionalReference
from vae_course.classroom.checks.lesson_07.conditional_training import (
    require_learning,
    require_loss,
)
from vae_course.classroom.checks.lesson_07.coverage import reference_coverage, require_coverage
from vae_course.classroom.compare import Known, as_array, compare, require
from vae_course.data.generate import simulate_on

B, LAM = 80.0, 0.015
ELAPSED = np.array([1e-4, 3e-4, 8e-4])
FACTOR, TIME = 0.4, 5e-4
SIDE = 32


def _distance(past_a: Any, past_b: Any, elapsed: Any, b: float, lam: float) -> Floats:
    first, second = simulate_on(np.stack([past_a, past_b]), elapsed, b, lam)
    return np.asarray(np.mean(first != second, axis=(1, 2)))


def _ensemble(model: Any, z: Any, samples: int, seed: int) -> NDArray[Any]:
    drawn = model.draw(np.repeat(z, samples, axis=0), seed)
    return np.asarray(drawn).reshape(len(z), samples, -1)


def _agreement(
    pasts: Any, present: Any, factor: float, time: float, b: float, lam: float
) -> Floats:
    arrived = simulate_on(pasts > 0.5, np.array([(1 - factor) * time]), b, lam)[:, 0]
    return np.asarray(np.mean(arrived == present, axis=(1, 2)))


def _pattern(*waves: tuple[float, float, float]) -> Images:
    """A pattern of both phases: where a sum of cosines (cycles along each side, phase) is > 0."""
    y, x = (np.indices((SIDE, SIDE)) + 0.5) / SIDE
    field = sum(np.cos(2 * np.pi * (p * x + q * y) + shift) for p, q, shift in waves)
    return np.asarray(field > 0, dtype=np.uint8)


@cache
def _patterns() -> tuple[Images, Images]:
    first = _pattern((1.5, 1.0, 0.3), (-1.0, 2.0, 1.1), (0.5, 0.0, 2.0))
    second = _pattern((1.5, 1.0, 0.3), (-1.0, 2.0, 1.1), (2.5, 1.5, 0.2))
    return first, second


@exercise(
    "7.1",
    stars=2,
    takes="past_a, past_b, elapsed, b, lam",
    reference=_distance,
    seconds=90,
    gives_array=True,
)
def distance_between_presents(student: Student) -> None:
    """The share of pixels in which two simulated histories differ, at each time."""
    a, b = _patterns()
    first, second = simulate_on(np.stack([a, b]), ELAPSED, B, LAM)
    right = np.mean(first != second, axis=(1, 2))
    wrapped = first - second  # uint8: 0 − 1 is 255
    signed = (first.astype(float) - second).mean(axis=(1, 2))
    uint8 = (
        "The pictures are uint8, whole numbers without a sign, in which 0 − 1 is 255. Compare with "
        "`!=`, or turn them into floats first."
    )
    cancels = (
        "Differences of both signs cancel: both pasts have the same volume fraction, so their mean "
        "hardly differs, whatever the pictures. Count the pixels that differ: `!=`."
    )
    own_past = (
        "You compared a history with its own past. That says how much it has changed. Compare the "
        "first history with the second at the same time."
    )
    mistakes = (
        Known(wrapped.mean(axis=(1, 2)), uint8),
        Known(np.abs(wrapped).mean(axis=(1, 2)), uint8),
        Known(np.square(wrapped.astype(float)).mean(axis=(1, 2)), uint8),
        Known(signed, cancels),
        Known(np.abs(signed), cancels),
        Known(right.mean(), "You averaged over the times, too. Return one share for each time."),
        Known(right[-1], "This is the last time alone. Return the share at each of the k times."),
        Known(
            np.sum(first != second, axis=(1, 2)),
            "This is the number of pixels. Divide by all pixels: take the mean, not the sum.",
        ),
        Known(1 - right, "This is the share of the pixels that agree. Use `!=`, not `==`."),
        Known(np.sqrt(right), "No root is needed: of 0 and 1, the mean of the differences."),
        Known(100 * right, "This is per cent. Return a share between 0 and 1."),
        Known(np.mean(first != a, axis=(1, 2)), own_past),
        Known(np.mean(second != b, axis=(1, 2)), own_past),
        Known(
            np.full(len(ELAPSED), np.mean(a != b)),
            "This is how far the pasts are apart. Simulate them on first, by simulate_on.",
        ),
        Known(
            np.mean(a != b),
            "This is how far the pasts are apart. Simulate them on first, by simulate_on.",
        ),
        Known(
            np.mean(first != b, axis=(1, 2)),
            "You simulated past_a alone and compared it with past_b as it was. Both go on.",
        ),
    )
    compare(
        "distance_between_presents(past_a, past_b, elapsed, b, lam)",
        student(a, b, ELAPSED, B, LAM),
        right,
        mistakes,
        "Simulate both pasts to the same times; then the share of the pixels in which the first "
        "history differs from the second.",
        rtol=0.0,
        atol=2 / SIDE**2,
    )


@exercise(
    "7.2", stars=3, takes="encoder, prior, decoder", reference=ConditionalReference, seconds=120
)
def PastVAE(student: Student) -> None:  # noqa: N802 (a class is asked for)
    """A conditional VAE whose networks see what they should, and which learns two pasts."""
    require_networks(student)
    require_loss(student)
    require_learning(student)


class _Pasts:
    """Draws 'pasts' from which one can read whose they are: present + noise below 1."""

    pixels = 5

    def draw(self, z: Any, seed: Any) -> Floats:
        presents = np.asarray(z, dtype=np.float64)
        noise = np.random.default_rng(None if seed is None else int(seed)).uniform(
            0.1, 0.9, (len(presents), self.pixels)
        )
        return 10 * presents[:, :1] + noise


@exercise("7.3", stars=1, takes="model, z, samples, seed", reference=_ensemble, gives_array=True)
def ensemble(student: Student) -> None:
    """Several pasts for each present, each with noise of its own."""
    what, model = "ensemble(model, z, samples, seed)", _Pasts()
    count, samples = 4, 3
    z = np.stack([np.arange(count, dtype=float), np.ones(count)], axis=1)  # (4, 2)
    found = as_array(what, student(model, z, samples, 0))
    expected = (count, samples, model.pixels)
    require(
        found.shape not in ((count, model.pixels), (count, 1, model.pixels)),
        f"{what} returned one past for each present.",
        "You averaged over the samples, or drew one only. The mean of pasts is none of them: "
        "return them all.",
        f"shape {expected}",
        f"shape {found.shape}",
    )
    require(
        found.shape != (samples, count, model.pixels),
        f"{what} has its axes in another order.",
        "First the presents, then the samples: np.stack(…, axis=1), or np.repeat and a reshape.",
        f"shape {expected}",
        f"shape {found.shape}",
    )
    require(
        found.shape != (count * samples, model.pixels),
        f"{what} is still one long list of pasts.",
        "Put the pasts of one present together: .reshape(len(z), samples, -1).",
        f"shape {expected}",
        f"shape {found.shape}",
    )
    require(
        found.shape == expected,
        f"{what} has the wrong shape.",
        "For each present `samples` pasts: (N, samples, pixels).",
        f"shape {expected}",
        f"shape {found.shape}",
    )
    require(
        not np.isin(found, (0, 1)).all(),
        f"{what} returned phases.",
        "Return what model.draw returns, the probabilities: whoever wants phases can cut them.",
    )
    _whose(what, found, z)
    _noise(student, model, z, found - 10 * z[:, None, :1])


def _whose(what: str, found: NDArray[Any], z: Floats) -> None:
    owner = np.floor(found[..., 0] / 10 + 1e-9)
    require(
        bool((owner == z[:, :1]).all()),
        f"In {what}, pasts of different presents are mixed up.",
        "Entry [i, k] must be a past of present i. np.tile repeats the list as a whole (a, b, a, "
        "b); np.repeat(…, axis=0) repeats each entry (a, a, b, b), and that fits the reshape.",
        "row 0 holds pasts of present 0",
        f"row 0 holds pasts of presents {sorted({int(k) for k in owner[0]})}",
    )


def _noise(student: Student, model: _Pasts, z: Floats, noise: Floats) -> None:
    require(
        bool((np.ptp(noise, axis=1) > 1e-6).all()),
        "All samples of a present are the same past.",
        "Equal seeds give equal draws. Draw all samples in one call, from repeated presents, or "
        "give each call a seed of its own.",
    )
    require(
        bool((np.ptp(noise, axis=0) > 1e-6).all()),
        "All presents get the same noise.",
        "Then their pasts are not drawn independently. Draw for all presents in one call: "
        "np.repeat(z, samples, axis=0).",
    )
    require(
        bool(noise.min() > 0 and noise.max() < 1),
        "The pasts are not those that model.draw returns.",
        "Return them as they are.",
    )
    again, other = (as_array("ensemble", student(model, z, 3, seed)) for seed in (0, 1))
    start = 10 * z[:, None, :1]
    require(
        np.allclose(again - start, noise),
        "Two calls with one seed give different ensembles.",
        "Pass the seed on to model.draw; then a result can be repeated.",
    )
    require(
        not np.allclose(other - start, noise),
        "Two different seeds give the same ensemble.",
        "Pass the seed on to model.draw.",
    )
    many = as_array("ensemble", student(model, z, 6, 0))
    require(
        many.shape[:2] == (len(z), 6),
        "The number of samples is not the one asked for.",
        "Take it from the argument samples.",
        "6",
        many.shape[1] if many.ndim > 1 else many.shape,
    )


@cache
def _pasts() -> tuple[Floats, Images]:
    """Three soft pasts, and a present that is none of those they lead to."""
    a, b = _patterns()
    c = _pattern((1.0, -1.5, 0.4), (2.0, 1.0, 0.9))
    soft = np.stack([0.35 + 0.3 * a, 0.1 + 0.55 * b, 0.4 + 0.5 * c])
    return soft, simulate_on(a[None], np.array([3e-4]), B, LAM)[0, 0]


@exercise(
    "7.4",
    stars=2,
    takes="pasts, present, factor, time, b, lam",
    reference=_agreement,
    seconds=90,
    gives_array=True,
)
def resimulation_agreement(student: Student) -> None:
    """The share of the pixels of the present that each past leads to."""
    pasts, present = _pasts()
    cut = pasts > 0.5

    def lead(starts: NDArray[Any], elapsed: float) -> Floats:
        arrived = simulate_on(starts, np.array([elapsed]), B, LAM)[:, 0]
        return np.asarray(np.mean(arrived == present, axis=(1, 2)))

    right = lead(cut, (1 - FACTOR) * TIME)
    not_simulated = np.mean(cut == present, axis=(1, 2))
    own = simulate_on(cut, np.array([(1 - FACTOR) * TIME]), B, LAM)[:, 0]
    how_long = "from past to present it takes t_now − t_past = (1 − factor) · time."
    mistakes = (
        Known(
            not_simulated,
            "You compared the pasts with the present as they are. That says how similar they look. "
            "Simulate them on first: where they lead is the question.",
        ),
        Known(
            np.mean(pasts == present, axis=(1, 2)),
            "You compared probabilities with the present. Cut the pasts, simulate them on, and "
            "compare what comes out.",
        ),
        Known(
            lead(pasts, (1 - FACTOR) * TIME),
            "The pasts were simulated as probabilities. Grey is a mixture, which separates anew "
            "and goes its own way. Cut them first: pasts > 0.5.",
        ),
        Known(lead(cut, FACTOR * TIME), f"factor · time is the age of the past; {how_long}"),
        Known(lead(cut, TIME), f"The simulation runs too long: {how_long}"),
        Known(right.mean(), "You averaged over the pasts. Return one number for each."),
        Known(right.max(), "This is the best past alone. Return one number for each."),
        Known(1 - right, "This is the share of the pixels that differ. Use `==`."),
        Known(100 * right, "This is per cent. Return shares between 0 and 1."),
        Known(
            np.sum(own == present, axis=(1, 2)),
            "This is a number of pixels. Take the mean, not the sum.",
        ),
        Known(
            np.mean(own == cut, axis=(1, 2)),
            "You compared where each past leads with that past. Compare with the present.",
        ),
        Known(
            lead(pasts.mean(axis=0, keepdims=True) > 0.5, (1 - FACTOR) * TIME),
            "You averaged the pasts before the simulation. Each one is judged by itself.",
        ),
        Known(
            lead(pasts.mean(axis=0, keepdims=True) > 0.5, (1 - FACTOR) * TIME)[0],
            "You averaged the pasts before the simulation. Each one is judged by itself.",
        ),
    )
    compare(
        "resimulation_agreement(pasts, present, factor, time, b, lam)",
        student(pasts, present, FACTOR, TIME, B, LAM),
        right,
        mistakes,
        "Cut the pasts at ½, simulate them on for (1 − factor) · time, and take the share of the "
        "pixels that equal the present.",
        rtol=0.0,
        atol=2 / SIDE**2,
    )


@exercise("7.5", stars=3, takes="ensemble, truth, level", reference=reference_coverage)
def coverage(student: Student) -> None:
    """How often the interval of an ensemble holds the truth."""
    require_coverage(student)
