"""What commands are asked to do, checked at once: before Keras is loaded, which takes seconds."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vae_course.data import PatternSet


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


def check_simulate(out: Path, frames: int, processes: int) -> None:
    """Refuse what cannot be simulated, but for the number, the case and the seed.

    Args:
        out: File to write.
        frames: Frames kept of a simulation; 0 for all.
        processes: Number of processes; -1 for one a core.

    Raises:
        ValueError: If an argument is out of range.
    """
    if out.suffix != ".npz":
        raise ValueError(f"out must end in .npz; got {out}")
    if out.exists():
        raise ValueError(f"out must be new; {out} exists")
    check_out(out.parent)
    if processes == 0 or processes < -1:
        raise ValueError(f"processes must be -1 or at least 1; got {processes}")
    if frames < 0:
        raise ValueError(f"frames must not be negative; got {frames}")


def check_evolve(factors: Sequence[float], samples: int, seed: int, out: Path) -> None:
    """Refuse what `vae_course.jobs.evolve` would refuse.

    Args:
        factors: Ratios of times.
        samples: Pasts for each factor below 1.
        seed: Seed.
        out: Folder to write into.

    Raises:
        ValueError: If an argument is out of range.
    """
    check_out(out)
    for factor in factors:
        if not 0.1 <= factor <= 10 or factor == 1:
            raise ValueError(f"factor must lie between 0.1 and 10, and not be 1; got {factor:g}")
    if samples < 1:
        raise ValueError(f"samples must be at least 1; got {samples}")
    if seed < 0:
        raise ValueError(f"seed must not be negative; got {seed}")


def check_design(
    energy: float, volume_fraction: float | None, candidates: int, seed: int, out: Path
) -> None:
    """Refuse what `vae_course.jobs.design` would refuse, but for what depends on bounds.

    Args:
        energy: The target.
        volume_fraction: Of phase 1, or None.
        candidates: How many to design.
        seed: Seed.
        out: Folder to write into.

    Raises:
        ValueError: If an argument is out of range.
    """
    check_out(out)
    if not 0 < energy < float("inf"):
        raise ValueError(f"energy must be positive; got {energy:g}")
    if volume_fraction is not None and not 0 < volume_fraction < 1:
        raise ValueError(f"volume-fraction must lie between 0 and 1; got {volume_fraction:g}")
    if candidates < 1:
        raise ValueError(f"candidates must be at least 1; got {candidates}")
    if seed < 0:
        raise ValueError(f"seed must not be negative; got {seed}")


def code_shape(text: str) -> int | tuple[int, int, int]:
    """Read the length of a code, or its shape.

    Args:
        text: Such as 32 or 4x4x4.

    Returns:
        A number, or three.

    Raises:
        ValueError: If text is something else.
    """
    if not re.fullmatch(r"[1-9]\d*(x[1-9]\d*x[1-9]\d*)?", text, re.ASCII):
        raise ValueError(
            f"latent must be a number such as 32, or a shape such as 4x4x4; got {text}"
        )
    shape = [int(part) for part in text.split("x")]
    return shape[0] if len(shape) == 1 else (shape[0], shape[1], shape[2])


def check_training(
    minutes: float | None,
    epochs: int | None,
    seed: int,
    batch_size: int,
    learning_rate: float,
    beta: float,
) -> None:
    """Refuse what `vae_course.vae.training.train` would refuse.

    Args:
        minutes: Time for training, or None.
        epochs: Epochs, or None.
        seed: Seed.
        batch_size: Images a batch.
        learning_rate: The highest learning rate.
        beta: Weight of the KL term.

    Raises:
        ValueError: If an argument is out of range.
    """
    if minutes is not None and epochs is not None:
        raise ValueError(f"give either --minutes or --epochs; got {minutes:g} and {epochs}")
    for name, count in (("batch-size", batch_size), ("epochs", epochs)):
        if count is not None and count < 1:
            raise ValueError(f"{name} must be at least 1; got {count}")
    for name, amount in (("minutes", minutes), ("learning-rate", learning_rate)):
        if amount is not None and not 0 < amount < float("inf"):
            raise ValueError(f"{name} must be positive; got {amount}")
    if not (seed >= 0 and 0 <= beta < float("inf")):
        raise ValueError(f"seed and beta must not be negative; got {seed} and {beta}")


def check_training_folder(out: Path, resume: bool) -> None:
    """Refuse the wrong use of --resume.

    Args:
        out: Folder of the training.
        resume: Whether to go on.

    Raises:
        ValueError: If there is nothing to go on with, or something that would be overwritten.
    """
    check_out(out)
    state = out / "state.json"
    if resume and not state.is_file():
        raise ValueError(f"{state}: expected a checkpoint to go on from; there is none")
    if not resume and state.exists():
        raise ValueError(f"{out} holds a training: give --resume, or choose a new folder")


def read_data(data: str, case: str) -> "PatternSet":
    """Read the patterns that --data and --case name.

    Args:
        data: `embedded`, a .npz file, or a folder of them, of the dataset's files or of
            micrographs.
        case: 1, 2, 3 or all; micrographs have no case, and are taken with each.

    Returns:
        The patterns.

    Raises:
        ValueError: If there are none, or a file is damaged or foreign.
    """
    from vae_course.data import (  # noqa: PLC0415 (slow to load)
        PatternSet,
        load_embedded,
        read_mechanical_mnist,
        read_micrographs,
    )
    from vae_course.data.micrographs import SUFFIXES, UNKNOWN_CASE  # noqa: PLC0415

    if case not in ("1", "2", "3", "all"):
        raise ValueError(f"case must be 1, 2, 3 or all; got {case}")
    cases = [1, 2, 3] if case == "all" else [int(case)]
    if data == "embedded":
        return PatternSet.concatenate([load_embedded(one) for one in cases])
    path = Path(data)
    if not path.exists():
        raise ValueError(f"data must be `embedded`, a .npz file or a folder; there is no {data}")
    if path.is_dir():
        if any(path.glob("Case*_input_patterns_64_x_64.txt")):
            return PatternSet.concatenate([read_mechanical_mnist(path, one) for one in cases])
        files = sorted(path.glob("*.npz"))
        if not files and any(file.suffix.lower() in SUFFIXES for file in path.iterdir()):
            return read_micrographs(path)
        if not files:
            raise ValueError(
                f"{path}: expected files of the dataset, .npz files or micrographs; found none"
            )
        patterns = PatternSet.concatenate([PatternSet.load(file) for file in files])
    else:
        patterns = PatternSet.load(path)
    if case == "all":
        return patterns
    found = patterns.parameters["case"]
    chosen = patterns.select((found == cases[0]) | (found == UNKNOWN_CASE))
    if not len(chosen):
        raise ValueError(f"{data} holds no patterns of case {case}; give another --case")
    return chosen
