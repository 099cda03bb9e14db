"""Checks of lesson 10, Your own microstructures."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from vae_course.arrays import Floats
from vae_course.classroom.check import Student, exercise
from vae_course.classroom.checks.lesson_10 import fine_tuning, grouping, tiling
from vae_course.classroom.compare import Known, as_array, compare, require
from vae_course.data import PatternSet
from vae_course.vae import VAE
from vae_course.vae.batches import SymmetricBatches

LEAST_LIMITS = 40
"""Characters of a sentence that says something."""


def _domain_shift(descriptors: Floats, reference: Floats) -> Floats:
    difference = descriptors.mean(axis=0) - reference.mean(axis=0)
    return np.asarray(difference / reference.std(axis=0))


def _fine_tune(vae: VAE, patterns: PatternSet, epochs: int, seed: int) -> tuple[float, float]:
    training, held_out = patterns.split(test=0.3, seed=seed)
    before = fine_tuning.squared_error(vae, held_out.images)
    vae.compile(optimizer=keras.optimizers.Adam(1e-3))
    vae.fit(SymmetricBatches(training.images, 16, seed=seed), epochs=epochs, verbose=0)
    return before, fine_tuning.squared_error(vae, held_out.images)


def _model_card(train: PatternSet, test: PatternSet, before: float, after: float) -> dict[str, Any]:
    return {
        "micrographs trained on": len(np.unique(train.simulation)),
        "micrographs held out": len(np.unique(test.simulation)),
        "tiles trained on": len(train),
        "tiles held out": len(test),
        "split": "by micrograph",
        "squared error before": before,
        "squared error after": after,
        "limits": "For this material at this magnification alone; it is worse than before on "
        "labyrinths of equal parts, and it knows no physics.",
    }


@exercise("10.1", stars=2, takes="image, size", reference=tiling.binary_tiles, gives_array=True)
def binary_tiles(student: Student) -> None:
    """Otsu's threshold of the whole image; tiles row by row, what is left over cut off."""
    tiling.require_tiles(student)


@exercise(
    "10.2", stars=2, takes="descriptors, reference", reference=_domain_shift, gives_array=True
)
def domain_shift(student: Student) -> None:
    """The shift of each descriptor, in standard deviations of the training data."""
    what = "domain_shift(descriptors, reference)"
    rng = np.random.default_rng(2)
    reference = rng.normal((0.5, 0.4, 6.0), (0.02, 0.2, 2.5), (80, 3))
    descriptors = rng.normal((0.65, 0.27, 7.5), (0.05, 0.03, 1.0), (25, 3))
    mean, other = descriptors.mean(axis=0), reference.mean(axis=0)
    spread, own = reference.std(axis=0), descriptors.std(axis=0)
    gap = mean - other
    right = gap / spread
    both = np.concatenate([descriptors, reference])
    sure = "This says how sure you are of a difference, and grows with the number of tiles. "
    far = "Asked is how large it is: divide by the standard deviation of the reference."
    error = np.sqrt(own**2 / len(descriptors) + spread**2 / len(reference))
    mistakes = (
        Known(-right, "The sign is the wrong way round: yours minus the reference."),
        Known(np.abs(right), "The sign is lost. It says whether yours is larger or smaller."),
        Known(gap, "Divide by the standard deviation: a difference of 0.15 alone says nothing."),
        Known(
            gap / own,
            "You divided by the standard deviation of your own tiles. How far is far is for the "
            "training data to say: divide by that of the reference.",
        ),
        Known(
            gap / both.std(axis=0),
            "You took the standard deviation of both sets together; the shift itself is in it and "
            "makes it larger. Take that of the reference alone.",
        ),
        Known(
            gap / np.sqrt((own**2 + spread**2) / 2),
            "You divided by the mean spread of both sets. Take that of the reference alone.",
        ),
        Known(gap / spread**2, "You divided by the variance. Take its square root, `std`."),
        Known(gap / other, "You divided by the mean of the reference, not by its spread."),
        Known(gap / error, sure + far),
        Known(gap / spread * np.sqrt(len(descriptors)), sure + far),
        Known(
            (descriptors - other) / spread,
            "These are the shifts of the single tiles. Take their mean over the tiles, axis=0.",
        ),
        Known(right.mean(), "You averaged over the descriptors, too. Return one for each."),
        Known(
            (descriptors.mean() - reference.mean()) / reference.std(),
            "Mean and standard deviation went over everything. Take them for each descriptor: "
            "axis=0.",
        ),
    )
    found = student(descriptors, reference)
    unbiased = gap / reference.std(axis=0, ddof=1)  # as good
    array = as_array(what, found)
    if array.shape == unbiased.shape and np.allclose(array, unbiased, rtol=1e-4):
        return
    compare(what, found, right, mistakes, "Mean of yours minus theirs, by the std of theirs.")


@exercise("10.3", stars=2, takes="table", reference=grouping.groups_from_table, gives_array=True)
def groups_from_table(student: Student) -> None:
    """The simulation of each picture, by case and index, in the order of the pictures."""
    grouping.require_groups(student)


@exercise("10.4", stars=3, takes="vae, patterns, epochs, seed", reference=_fine_tune, seconds=180)
def fine_tune(student: Student) -> None:
    """Trained on whole micrographs, judged on the others, before and after."""
    fine_tuning.require_fine_tuned(student)


@exercise("10.5", stars=1, takes="train, test, before, after", reference=_model_card)
def model_card(student: Student) -> None:
    """What it was trained on, how well it does, and its limits."""
    what = "model_card(train, test, before, after)"
    train, test = fine_tuning.tiles_of((4, 9, 17, 30), 5), fine_tuning.tiles_of((2, 21), 3)
    before, after = 0.1234567, 0.0456789
    card = student(train, test, before, after)
    require(card is not None, f"{what} returned None.", "Is a `return` missing at the end?")
    require(
        isinstance(card, Mapping),
        f"{what} must return a dictionary.",
        'Write it in braces: {"split": "by micrograph", …}.',
        "a dictionary",
        type(card).__name__,
    )
    missing = [key for key in _model_card(train, test, before, after) if key not in card]
    require(
        not missing,
        f"The card does not say: {', '.join(missing)}.",
        "Write the keys exactly as in the exercise. A gain without what was there before, or a "
        "number without what it was measured on, cannot be judged.",
    )
    _counts(card, train, test)
    _errors(card, before, after)
    require(
        isinstance(card["split"], str) and "micrograph" in card["split"].lower(),
        'The value of "split" does not say how the data were split.',
        "It tells whether tiles of one micrograph can be on both sides.",
        "by micrograph",
        card["split"],
    )
    limits = card["limits"]
    require(
        isinstance(limits, str) and len(set(limits.lower().split())) >= 6,
        "The limits are no sentence.",
        "Say where the model should not be used: other volume fractions, other magnifications, "
        "what it has forgotten.",
        f"a text of {LEAST_LIMITS} characters or more",
        limits,
    )
    require(
        len(limits) >= LEAST_LIMITS,
        "The limits are too short to be of use.",
        "Who has only the card must learn from it where the model fails.",
        f"{LEAST_LIMITS} characters or more",
        f"{len(limits)}",
    )


def _counts(card: Mapping[str, Any], train: PatternSet, test: PatternSet) -> None:
    trained, held_out = (len(np.unique(one.simulation)) for one in (train, test))
    keys = ("micrographs trained on", "micrographs held out", "tiles trained on", "tiles held out")
    right = np.array([trained, held_out, len(train), len(test)])
    for key in keys:
        array = as_array(f'"{key}"', card[key])
        require(
            array.ndim == 0,
            f'"{key}" is not a number.',
            "Give their number, not the tiles or the micrographs themselves: `len(…)`.",
            "a whole number",
            f"shape {array.shape}",
        )
    largest = [int(one.simulation.max()) for one in (train, test)]
    compare(
        "The numbers of micrographs and of tiles, trained on and held out,",
        [float(np.asarray(card[key])) for key in keys],
        right,
        (
            Known(
                [len(train), len(test), len(train), len(test)],
                "You counted tiles as micrographs. Tiles of one micrograph are one witness: count "
                "the different values of `simulation`.",
            ),
            *(
                Known(
                    counts,
                    "One of the numbers counts tiles in place of micrographs. Count the different "
                    "values of `simulation`, for both sets.",
                )
                for counts in ([len(train), *right[1:]], [trained, len(test), *right[2:]])
            ),
            Known(
                [trained, held_out, trained, held_out],
                "You counted micrographs as tiles. The number of tiles is `len(train)`.",
            ),
            Known(right[[1, 0, 3, 2]], "Trained on and held out are the wrong way round."),
            Known(
                [largest[0] + 1, largest[1] + 1, *right[2:]],
                "The largest number of a micrograph is not how many there are: the others are in "
                "the other set. Count the different values, `np.unique`.",
            ),
            Known(
                [*largest, *right[2:]],
                "The largest number of a micrograph is not how many there are. Count the "
                "different values, `np.unique`.",
            ),
            Known(right[[2, 3, 0, 1]], "Micrographs and tiles are the wrong way round."),
        ),
        "Compute each from `train` or `test`: a number typed in is right for one set alone.",
        rtol=0.0,
        atol=1e-9,
    )


def _errors(card: Mapping[str, Any], before: float, after: float) -> None:
    found = [as_array(f'"squared error {k}"', card[f"squared error {k}"]) for k in _WHEN]
    gain = after - before
    compare(
        "The squared errors before and after",
        [float(one) if one.ndim == 0 else np.nan for one in found],
        [before, after],
        (
            Known([after, before], "Before and after are the wrong way round."),
            Known([after, after], "The error after stands in both places."),
            Known([before, before], "The error before stands in both places."),
            Known([before, gain], "Give the error after, not what was gained."),
            Known([before, -gain], "Give the error after, not what was gained."),
            Known(
                [round(before, 2), round(after, 2)],
                "The errors are rounded to two decimals. Give them as they are; who reads the "
                "card may round.",
            ),
        ),
        "Give them as they came: `before` and `after`.",
        atol=0.0,
    )


_WHEN = ("before", "after")
