"""What functions and commands are asked, refused in one place and before Keras is loaded.

Each check names the argument as the function has it; the option of a command has hyphens instead.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

LARGEST_FACTOR = 10.0
"""The largest ratio of times that is learned, forward and backward."""

_ROUNDING = 1e-6  # relative, of a factor computed from two times


def at_least(least: int, **counts: int | None) -> None:
    """Refuse counts that are too small.

    Args:
        least: The least that each may be.
        **counts: By the names of the arguments; None stands for one that was not given.

    Raises:
        ValueError: If one is less; it says which.
    """
    for name, count in counts.items():
        if count is not None and count < least:
            wanted = "not be negative" if least == 0 else f"be at least {least}"
            raise ValueError(f"{name} must {wanted}; got {count}")


def positive(**amounts: float | None) -> None:
    """Refuse amounts that are not finite and above zero.

    Args:
        **amounts: By the names of the arguments; None stands for one that was not given.

    Raises:
        ValueError: If one is zero, negative, infinite or no number; it says which.
    """
    for name, amount in amounts.items():
        if amount is not None and not 0 < amount < float("inf"):
            raise ValueError(f"{name} must be positive; got {amount:g}")


def check_training(
    minutes: float | None,
    epochs: int | None,
    seed: int,
    batch_size: int,
    learning_rate: float,
    beta: float,
) -> None:
    """Refuse what no training can be asked.

    Args:
        minutes: Time for training; either this or epochs.
        epochs: Epochs in all; either this or minutes.
        seed: Seed.
        batch_size: Images a batch.
        learning_rate: The highest learning rate.
        beta: Weight of the KL term.

    Raises:
        ValueError: If an argument is out of range.
    """
    if (minutes is None) == (epochs is None):
        raise ValueError(f"give either minutes or epochs; got {minutes} and {epochs}")
    at_least(1, batch_size=batch_size, epochs=epochs)
    positive(minutes=minutes, learning_rate=learning_rate)
    at_least(0, seed=seed)
    if not 0 <= beta < float("inf"):
        raise ValueError(f"beta must not be negative; got {beta:g}")


def check_factors(
    factors: ArrayLike, low: float = 1 / LARGEST_FACTOR, high: float = LARGEST_FACTOR
) -> None:
    """Refuse ratios of times, t_new / t_now, that no model carries a microstructure over.

    Args:
        factors: One or more ratios.
        low: The smallest; 1 if time runs forward.
        high: The largest; 1 if time runs backward.

    Raises:
        ValueError: If one is out of range.
    """
    array = np.asarray(factors, dtype=np.float64)
    if not np.all((array >= low * (1 - _ROUNDING)) & (array <= high * (1 + _ROUNDING))):
        way = " backward" if high == 1 else " forward" if low == 1 else ""
        raise ValueError(
            f"factor (t_new / t_now) must lie between {low:g} and {high:g}{way}; got {array}"
        )


def check_evolution(factors: Sequence[float], samples: int, seed: int) -> None:
    """Refuse what no evolution to several times can be asked.

    Args:
        factors: Ratios of times, below 1 for the past and above for the future.
        samples: Pasts for each factor below 1.
        seed: Seed.

    Raises:
        ValueError: If an argument is out of range, or a factor is 1.
    """
    if not factors or any(factor == 1 for factor in factors):
        raise ValueError("factor must be below 1 for the past, or above 1 for the future; got 1")
    for factor in factors:
        check_factors(factor)
    at_least(1, samples=samples)
    at_least(0, seed=seed)


def check_design(
    target: float, volume_fraction: float | None, candidates: int, seed: int, rounds: int = 1
) -> None:
    """Refuse what no design can be asked, but for what the bounds of the energy forbid.

    Args:
        target: Strain energy.
        volume_fraction: Of phase 1; None if it is free.
        candidates: How many to design.
        seed: Seed.
        rounds: Rounds of optimisation and verification.

    Raises:
        ValueError: If an argument is out of range.
    """
    positive(**{"target (strain energy)": target})
    if volume_fraction is not None and not 0 < volume_fraction < 1:
        raise ValueError(
            f"volume_fraction must lie between 0 and 1, exclusive; got {volume_fraction:g}"
        )
    at_least(1, candidates=candidates, rounds=rounds)
    at_least(0, seed=seed)
