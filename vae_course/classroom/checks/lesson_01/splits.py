"""What a split by simulation must hold to, whatever lesson asks for it."""

import numpy as np
from numpy.typing import NDArray

from vae_course.classroom.check import Student
from vae_course.classroom.compare import as_array, require


def simulations() -> NDArray[np.int64]:
    """Make frames to be split: numbers have gaps, frames are in any order."""
    rng = np.random.default_rng(5)
    numbers = np.sort(rng.choice(500, 20, replace=False))
    frames = np.repeat(numbers, rng.integers(3, 10, 20))
    return np.asarray(rng.permutation(frames), dtype=np.int64)


def mask_of(student: Student, simulation: NDArray[np.int64], seed: int) -> NDArray[np.bool_]:
    """Let an answer draw a quarter of the simulations.

    Args:
        student: The answer, a function of simulation, test and seed.
        simulation: Simulation of each frame, shape (N,).
        seed: Seed of the draw.

    Returns:
        Whether each frame belongs to the test set, shape (N,).
    """
    what = "split_by_simulation(simulation, test, seed)"
    answer = student(simulation, 0.25, seed)
    require(
        not isinstance(answer, tuple),
        f"{what} returned several things.",
        "Return one, the mask of the test set. That of the training set is its opposite, `~mask`.",
    )
    array = as_array(what, answer)
    numbers = np.unique(simulation)
    require(
        array.shape != numbers.shape,
        f"{what} returned one value for each simulation.",
        "Return one for each frame: `np.isin(simulation, drawn)`.",
        f"shape {simulation.shape}",
        f"shape {array.shape}",
    )
    booleans = array.shape == simulation.shape and np.isin(array, (0, 1)).all()
    require(
        array.dtype.kind == "b" or bool(booleans),
        f"{what} returned numbers of frames or simulations.",
        "Return a mask: for each frame, in order, whether it belongs to the test set. "
        "`np.isin(simulation, drawn)` makes one.",
        f"booleans of shape {simulation.shape}",
        f"{array.dtype} of shape {array.shape}",
    )
    require(
        array.dtype.kind == "b",
        f"{what} returned the numbers 0 and 1, not booleans.",
        "As an index, 0 and 1 are places: `images[mask]` would be the first two frames, over and "
        "over. Return `mask.astype(bool)`, or what a comparison gives.",
        f"booleans of shape {simulation.shape}",
        f"{array.dtype} of shape {array.shape}",
    )
    require(
        array.shape == simulation.shape,
        f"{what} has the wrong shape.",
        "Return one boolean for each frame.",
        f"shape {simulation.shape}",
        f"shape {array.shape}",
    )
    return array.astype(bool)


def require_whole_simulations(mask: NDArray[np.bool_], simulation: NDArray[np.int64]) -> None:
    """Require two sets that share no simulation.

    Args:
        mask: Whether each frame belongs to the test set, shape (N,).
        simulation: Simulation of each frame, shape (N,).
    """
    require(
        bool(mask.any()),
        "The test set is empty.",
        "Are the numbers of simulations taken for places in an array? They need not be 0, 1, 2 and "
        "so on: `np.unique(simulation)` lists them.",
    )
    require(
        not mask.all(),
        "Nothing is left for training.",
        "Did you take a share of the number of frames? Take it of the number of simulations, "
        "`len(np.unique(simulation))`.",
    )
    both = np.intersect1d(simulation[mask], simulation[~mask])
    require(
        both.size == 0,
        "Simulations are on both sides: frames were drawn, not simulations.",
        "Frames of one simulation look alike, so the test set has in effect been seen. Draw among "
        "`np.unique(simulation)`.",
        "no simulation on both sides",
        f"{both.size} of {len(np.unique(simulation))} on both sides",
    )


def require_a_quarter(mask: NDArray[np.bool_], simulation: NDArray[np.int64]) -> None:
    """Require that a quarter of the simulations is in the test set.

    Args:
        mask: Whether each frame belongs to the test set, shape (N,).
        simulation: Simulation of each frame, shape (N,).
    """
    total, count = len(np.unique(simulation)), len(np.unique(simulation[mask]))
    wanted = round(0.25 * total)
    require(
        count != total - wanted,
        "Training set and test set are the wrong way round.",
        "True stands for the frames of the test set.",
        f"{wanted} of {total} simulations in the test set",
        f"{count}",
    )
    require(
        count == wanted,
        "The test set does not hold the right number of simulations.",
        "Draw round(test * number of simulations) of them, each at most once: `permutation`, or "
        "`choice` with `replace=False`. `choice` alone can draw one twice.",
        f"{wanted} of {total} simulations",
        f"{count}",
    )
