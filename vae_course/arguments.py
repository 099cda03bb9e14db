"""What functions and commands are asked, refused in one place and before Keras is loaded.

Each check names the argument as the function has it; the option of a command has hyphens instead.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from vae_course.files import held_by

LARGEST_FACTOR = 10.0
"""The largest ratio of times that is learned, forward and backward."""

STATE = "state.json"
"""File of a training folder that names the checkpoint to go on from; switched last."""

CHECKPOINT = "checkpoint"
"""Folder in a training folder of what it goes on from."""

Start = Literal["prior", "flow"]
"""Where free designs start from: samples of a VAE's prior, or of a flow."""

SHEET = "pictures.png"
"""File of a training folder that shows which pictures were read, and how."""

_ROUNDING = 1e-6  # relative, of a factor computed from two times


class CheckpointError(ValueError):
    """A training folder cannot be used as asked; the message names the file or the setting."""


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


def check_out(out: Path) -> None:
    """Refuse a folder that cannot be written to, before hours are spent on what belongs there.

    Args:
        out: A folder, which need not exist yet.

    Raises:
        ValueError: If it, or the folder that it would be made in, is a file or read-only.
    """
    nearest = next(path for path in (out, *out.absolute().parents) if path.exists())
    if not nearest.is_dir():
        raise ValueError(f"out must be a folder; {nearest} is a file")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise ValueError(f"out must be a folder that you may write to; {nearest} is read-only")


def check_training_folder(out: Path, resume: bool) -> None:
    """Refuse a folder that cannot be trained into.

    Args:
        out: Folder of the training, which need not exist yet.
        resume: Whether to go on from its checkpoint.

    Raises:
        ValueError: As `check_out` does.
        CheckpointError: If it holds a checkpoint and resume is false, or none and resume is true,
            if it holds other files, or if another process trains into it.
    """
    check_out(out)
    if holder := held_by(out):
        raise CheckpointError(
            f"out is in use: {holder} trains into {out}; wait, or choose another folder"
        )
    if resume and not (out / STATE).is_file():
        raise CheckpointError(f"{out / STATE}: expected a checkpoint to go on from; there is none")
    if resume or not out.exists():
        return
    if (out / STATE).exists():
        raise CheckpointError(
            f"{out} holds a training: go on with --resume (resume=True), or choose a new folder"
        )
    if foreign := [
        p.name for p in out.iterdir() if p.name[0] != "." and p.name not in (CHECKPOINT, SHEET)
    ]:
        raise CheckpointError(f"out must be new or empty; {out} holds {sorted(foreign)[0]}")


def check_budget(minutes: float | None, epochs: int | None) -> None:
    """Refuse a budget of training that is not either a time or a number of epochs.

    Args:
        minutes: Time for training; either this or epochs.
        epochs: Epochs in all; either this or minutes.

    Raises:
        ValueError: If both or none are given, or one is out of range.
    """
    if (minutes is None) == (epochs is None):
        raise ValueError(f"give either minutes or epochs; got {minutes} and {epochs}")
    at_least(1, epochs=epochs)
    positive(minutes=minutes)


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
    check_budget(minutes, epochs)
    at_least(1, batch_size=batch_size)
    positive(learning_rate=learning_rate)
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


def check_phases(images: ArrayLike, names: Sequence[str] = ()) -> None:
    """Refuse images of one phase alone: without an interface nothing evolves.

    Args:
        images: Shape (N, n, n).
        names: What to call each; by default its number.

    Raises:
        ValueError: If an image holds one value; it says which.
    """
    array = np.asarray(images)
    alone = array.max(axis=(1, 2)) == array.min(axis=(1, 2))
    if alone.any():
        first = int(np.argmax(alone))
        name = names[first] if names else f"image {first}"
        raise ValueError(f"images must hold both phases to evolve; {name} holds one")


def check_samples(
    count: int,
    time: ArrayLike | None,
    volume_fraction: ArrayLike | None,
    strain_energy: ArrayLike | None,
    guidance: float = 1.0,
    seed: int = 0,
) -> None:
    """Refuse microstructures that no flow can be asked for.

    Args:
        count: How many.
        time: Age, a number or one for each; None is any.
        volume_fraction: The same of phase 1.
        strain_energy: The same.
        guidance: Strength of the conditions.
        seed: Seed.

    Raises:
        ValueError: If an argument is out of range, or has another shape.
    """
    at_least(1, count=count)
    at_least(0, seed=seed)
    if not 0 <= guidance < float("inf"):
        raise ValueError(f"guidance must be a number of at least 0; got {guidance:g}")
    given = {"time": time, "volume_fraction": volume_fraction, "strain_energy": strain_energy}
    for name, one in given.items():
        if one is None:
            continue
        array = np.asarray(one, dtype=np.float64)
        if array.shape not in ((), (count,)):
            raise ValueError(f"{name} must be a number or have shape ({count},); got {array.shape}")
        high = 1.0 if name == "volume_fraction" else float("inf")
        if not np.all((array > 0) & (array < high)):
            wanted = "lie between 0 and 1, exclusive" if high == 1 else "be positive and finite"
            raise ValueError(f"{name} must {wanted}; got {one}")


def check_design(
    targets: Mapping[str, float],
    near: ArrayLike | None,
    volume_fraction: float | None,
    candidates: int,
    seed: int,
    rounds: int = 1,
) -> float | None:
    """Refuse what no design can be asked, but for what the physics of a property forbids.

    Args:
        targets: What is asked for, by the names of properties.
        near: Microstructure to change as little as possible; None if there is none.
        volume_fraction: Of phase 1; None if it is that of `near`, or free.
        candidates: How many to design.
        seed: Seed.
        rounds: Rounds of optimisation and verification.

    Returns:
        The volume fraction to be met; None if it is free.

    Raises:
        ValueError: If an argument is out of range.
    """
    if near is not None:
        picture = np.asarray(near)
        if picture.shape != (64, 64) or not np.isin(picture, (0, 1)).all():
            raise ValueError(
                "near must have shape (64, 64) with values 0 and 1; "
                f"got {picture.shape} {picture.dtype}"
            )
        if picture.min() == picture.max():
            raise ValueError(
                f"near must have both phases; all its pixels are {picture.flat[0]}, and there is "
                "no interface to move"
            )
        if volume_fraction is None:
            volume_fraction = float(picture.mean())
    positive(**{f"target ({name.replace('-', ' ')})": one for name, one in targets.items()})
    if volume_fraction is not None and not 0 < volume_fraction < 1:
        raise ValueError(
            f"volume_fraction must lie between 0 and 1, exclusive; got {volume_fraction:g}"
        )
    at_least(1, candidates=candidates, rounds=rounds)
    at_least(0, seed=seed)
    return volume_fraction
