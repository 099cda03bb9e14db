"""What is examined of pairs of frames and of roll-outs."""

import numpy as np
from numpy.typing import NDArray

from vae_course.arrays import Floats
from vae_course.classroom.compare import Known, MistakeError, compare, require


def frames_of(codes: Floats, z: Floats, name: str) -> NDArray[np.intp]:
    """Find out which frame each row is the code of.

    Args:
        codes: What was returned, shape (P, latent).
        z: Codes of the frames, shape (N, latent).
        name: "now" or "later", for the message.

    Returns:
        Indices of the frames, shape (P,).
    """
    apart = np.abs(codes[:, None, :] - z[None]).max(axis=-1)  # (P, N)
    require(
        bool((apart.min(axis=1) < 1e-5).all()),
        f"A row of the codes {name} is not the code of any frame.",
        "Return the codes as they are, z[now] and z[later], not their difference.",
    )
    return np.asarray(apart.argmin(axis=1))


def require_pairs(
    first: NDArray[np.intp],
    second: NDArray[np.intp],
    time: Floats,
    simulation: NDArray[np.int64],
    factor: float,
) -> None:
    """Compare the pairs that were found with all that there are.

    Args:
        first: Frames now, shape (P,).
        second: Frames later, shape (P,).
        time: Time of each frame, shape (N,).
        simulation: Number of the simulation of each, shape (N,).
        factor: Largest ratio of times asked for.
    """
    pairs = list(zip(first.tolist(), second.tolist(), strict=True))
    log = np.log(time[second] / time[first])
    apart = np.abs(simulation[first] - simulation[second])
    across = int((apart > 0).sum())
    require(
        not (across and bool((apart <= 1).all())),
        "Simulations whose numbers are neighbours are taken for one.",
        "7 and 8 are two simulations. Ask that the numbers are equal, by ==.",
        "0 pairs across simulations",
        f"{across} of {len(pairs)}",
    )
    require(
        across == 0,
        "Some pairs go across simulations.",
        "One simulation says nothing about another. A network trained on such pairs learns to "
        "return the mean of all codes. Ask that both frames have the same simulation.",
        "0 pairs across simulations",
        f"{across} of {len(pairs)}",
    )
    require(
        not bool((first == second).any()),
        "Some frames are paired with themselves.",
        "At r = 1 there is nothing to learn. Ask for a ratio above 1.",
    )
    require(
        not bool((log < 0).all()),
        "All pairs run backward: the first array holds the later codes.",
        "Return the codes now first, then the codes later.",
    )
    require(
        not bool((log < 0).any()),
        "Some pairs run backward in time.",
        "The later frame must be the older one. Ask for a ratio above 1; the frames may come in "
        "any order.",
    )
    require(
        not bool((log > np.log(factor)).any()),
        "Some pairs are further apart than factor.",
        "Ask for a ratio of times, later by now, up to factor.",
        f"ratios up to {factor:g}",
        f"up to {np.exp(log.max()):.3g}",
    )
    require(
        len(set(pairs)) == len(pairs),
        "Some pairs appear more than once.",
        "Each pair of frames once: do two loops visit the same frames?",
    )
    _nothing_missing(set(pairs), log, time, simulation, factor)


def _nothing_missing(
    found: set[tuple[int, int]],
    log: Floats,
    time: Floats,
    simulation: NDArray[np.int64],
    factor: float,
) -> None:
    ratio = time[None, :] / time[:, None]
    same = simulation[None, :] == simulation[:, None]
    table = same & (ratio > 1) & (ratio <= factor)
    every = set(zip(*(part.tolist() for part in np.nonzero(table)), strict=True))
    missing = every - found
    if not missing:
        return
    why = "A pair is any frame with any older one of its simulation, up to factor times as old."
    if all(j > i for i, j in found) and all(j < i for i, j in missing):
        why = (
            "You took for granted that the codes come in the order of time. They may come in any "
            "order: compare times, not positions."
        )
    elif all(ratio[pair] < 1.6 for pair in found):
        why = "You paired neighbouring frames only. Further ones count, too, up to factor."
    elif len({int(simulation[i]) for i, _ in found}) == 1:
        why = "Your pairs are all of one simulation. Go through all of them."
    elif log.min() > 0.5 * np.log(factor):
        why = "factor is the largest ratio, not the only one: smaller ones count, too."
    raise MistakeError("Some pairs are missing.", why, f"{len(every)} pairs", f"{len(found)} pairs")


def compare_paths(what: str, found: Floats, path: list[Floats], beyond: Floats) -> None:
    """Compare a roll-out with the right one."""
    right = np.stack(path, axis=1)
    z, n = path[0], len(path) - 1
    mistakes = (
        Known(right[:, 1:], "The start is missing: it comes first, before any step."),
        Known(right[:, :-1], "The last step is missing: n steps give n + 1 entries."),
        Known(
            np.concatenate([right, beyond[:, None]], axis=1),
            "That is one step too many: n steps, not n + 1.",
        ),
        Known(
            np.concatenate([right[:, 1:], beyond[:, None]], axis=1),
            "The start is missing, and there is one step too many.",
        ),
        Known(right[:, -1], "This is where it ends. Return all that was passed, the start first."),
        Known(
            np.stack(path, axis=0),
            "The steps are on the first axis. Put them on the second: np.stack(path, axis=1).",
        ),
        Known(
            np.stack(path, axis=-1),
            "The steps are on the last axis. Put them on the second: np.stack(path, axis=1).",
        ),
        Known(
            np.concatenate(path, axis=0),
            "The steps are joined on the axis of the codes: use np.stack, which makes a new axis.",
        ),
        Known(
            np.concatenate(path, axis=1),
            "The steps are joined on the axis of the code: use np.stack, which makes a new axis.",
        ),
        Known(
            np.stack([z] + [path[1]] * n, axis=1),
            "Every step starts from z again, so that nothing moves after the first. Start each "
            "from where the last one arrived.",
        ),
        Known(
            np.stack([path[-1]] * (n + 1), axis=1),
            "All entries are the last one: the same array was overwritten. Append a new one.",
        ),
        Known(np.stack([z] * (n + 1), axis=1), "Nothing moves: the result of step is not used."),
        Known(right[:, ::-1], "The order is reversed: the start comes first."),
    )
    compare(what, found, right, mistakes, "Entry k + 1 is step(entry k), and entry 0 is z.")
