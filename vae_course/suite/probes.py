"""Signs that answers do not come from what was asked: seen before, or another sample's."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu

from vae_course.arrays import Floats
from vae_course.suite.data import Suite
from vae_course.suite.tracks import Answers, forecasts
from vae_course.vae.two_sample import nearest_distance

_CHANCE = 1e-3  # of an honest model to be suspected
_RATIO = 1.5  # of medians, at least
_SHUFFLED = 3
_ALIKE = 0.02


def suspects_seen(frozen: Floats, fresh: Floats, what: str = "simulations") -> list[str]:
    """Compare the errors on the suite with those on simulations drawn a moment ago.

    Args:
        frozen: Error of each answer on the suite, shape (N,).
        fresh: The same on fresh simulations, shape (M,).
        what: Of what the errors are.

    Returns:
        What is suspected: one sentence, or none.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> suspects_seen(rng.random(18), rng.random(9))
        []
        >>> len(suspects_seen(np.zeros(18), np.ones(9)))
        1
    """
    chance = float(mannwhitneyu(frozen, fresh, alternative="less").pvalue)
    inside, outside = float(np.median(frozen)), float(np.median(fresh))
    if chance < _CHANCE and outside > _RATIO * inside:
        return [
            f"has seen the {what} of the suite: median error {inside:.3g}, on fresh ones "
            f"{outside:.3g} (p = {chance:.0e})"
        ]
    return []


def suspects_order(model: Any, answers: Answers, suite: Suite) -> list[str]:
    """Ask again in another order, one series twice, and see whether answers come with the frames.

    Args:
        model: It has `forecast`.
        answers: Of the first time.
        suite: That it was asked about.

    Returns:
        What is suspected: one sentence for each reason.
    """
    frames, truth, _ = suite.series("grey")
    count = len(frames)
    rows = np.unique(np.linspace(0, count - 1, min(_SHUFFLED, count)).astype(int))[::-1]
    rows = np.append(rows, rows[0])
    again = forecasts(model, frames[rows])
    moved = _rms(again - answers["grey"][rows])
    own = _rms(answers["grey"][rows] - truth[rows])
    found = []
    if np.mean(moved > 2 * own + _ALIKE) > 0.5:
        found.append(
            "answers depend on the place among the series: asked in another order, they change by "
            f"{np.median(moved):.3g}, and are off by {np.median(own):.3g}"
        )
    return found + suspects_mixed(answers["grey"], truth)


def suspects_mixed(answers: Floats, truth: Floats) -> list[str]:
    """See whether answers are those of other samples.

    Args:
        answers: Shape (N, ...).
        truth: The same shape.

    Returns:
        What is suspected: one sentence, or none.

    Examples:
        >>> truth = np.eye(4)
        >>> suspects_mixed(truth, truth), len(suspects_mixed(np.roll(truth, 1, axis=0), truth))
        ([], 1)
    """
    one, true = answers.reshape(len(answers), -1), truth.reshape(len(truth), -1)
    apart = np.sqrt(np.mean((one[:, None] - true[None]) ** 2, axis=2))
    own = apart.diagonal().copy()
    np.fill_diagonal(apart, np.inf)
    other = int(np.sum(apart.min(axis=1) < own / 2))
    if other > len(one) / 4:
        return [f"answers are those of other samples in {other} of {len(one)} cases"]
    return []


def suspects_copies(samples: NDArray[np.uint8], data: NDArray[np.uint8], others: Any) -> list[str]:
    """See whether samples are copies of the suite's patterns, or of each other.

    Args:
        samples: 0 and 1, shape (K, n, n).
        data: Patterns of the suite, shape (N, n, n).
        others: Patterns of other simulations, shape (M, n, n).

    Returns:
        What is suspected: one sentence for each reason.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> one, two, three = rng.integers(0, 2, (3, 30, 8, 8), dtype=np.uint8)
        >>> suspects_copies(one, two, three), suspects_copies(two, two, three)[0][:30]
        ([], 'has seen the patterns of the su')
    """
    near, usual = nearest_distance(samples, data), nearest_distance(others, data)
    found = suspects_seen(near, usual, "patterns")
    distinct = len(np.unique(samples.reshape(len(samples), -1), axis=0))
    if distinct < len(samples):
        found.append(f"only {distinct} of {len(samples)} samples are distinct")
    return found


def _rms(difference: Floats) -> Floats:
    return np.asarray(np.sqrt(np.mean(difference.reshape(len(difference), -1) ** 2, axis=1)))
