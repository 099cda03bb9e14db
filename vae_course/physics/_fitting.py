"""Fits the constants of simulations to frames, and says how well they are known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import least_squares
from scipy.stats import norm, t

from vae_course.arrays import Floats
from vae_course.physics._phase_field import wave_numbers_squared
from vae_course.physics._shooting import Shots, Trial, cells_for, from_modes, modes

_BLOCKS = 4  # along a side, within which what is left of neighbours and times hangs together


@dataclass(frozen=True)
class Fit:
    """Constants that fit best.

    Attributes:
        trial: The constants.
        names: Those that were fitted.
        covariance: Of them.
        unexplained: Root mean square of what is left by that of what changes, noise taken off.
    """

    trial: Trial
    names: tuple[str, ...]
    covariance: Floats
    unexplained: float


_STEPS = {"width": 0.05, "low": 0.01, "high": 0.01, "excess": 0.01}  # levels: by the contrast
_BOUNDS = {"blur": (0.0, 9.0), "excess": (-0.1, 0.1)}  # pixels squared; c
_REACH = {"speed": (4.0, 1.5), "width": (2.0, 2.0), "low": (0.3, 0.3), "high": (0.3, 0.3)}


def slopes_of(
    shots: Shots,
    trial: Trial,
    names: Sequence[str],
    tolerance: float,
    cells: int,
    seen: Floats,
    slope: Floats,
) -> Floats:
    """Change of what is seen with each constant, shape (values, names): finite differences."""
    side = seen.shape[-1]
    x = trial.numbers(names, side)
    slopes = [slope]
    for place, name in enumerate(names[1:], 1):
        if name == "blur":
            change = -wave_numbers_squared(side) / 2 / side**2 * modes(seen - trial.low)
            slopes.append(from_modes(change))
            continue
        moved = x.copy()
        step = _STEPS[name] * (abs(trial.high - trial.low) if name in ("low", "high") else 1.0)
        moved[place] += step
        other = shots.predict(trial.at(names, moved, side), tolerance, cells)[0]
        slopes.append((other - seen) / step)
    return np.stack([one[:, shots.inside].ravel() for one in slopes], axis=1)


def bootstrapped(
    shots: Shots, found: Fit, draws: int = 12, seed: int = 0, tolerance: float = 4e-3
) -> Floats:
    """Covariance of constants by noise drawn anew, of starts and of ends alike.

    What noise of a start does to what is seen is simulated; the constants follow linearly.

    Source: B. Efron (1979), doi:10.1214/aos/1176344552.
    """
    cells = cells_for(found.trial.width, shots.frames.shape[-1])
    ends = np.concatenate([np.asarray(ends) for _, ends in shots.pairs])
    calm, slope = shots.predict(found.trial, tolerance, cells)
    slopes = slopes_of(shots, found.trial, found.names, tolerance, cells, calm, slope)
    solve = np.linalg.pinv(slopes)
    rng = np.random.default_rng(seed)
    moves = []
    for _ in range(draws):
        added = rng.normal(0, shots.noise, shots.frames.shape)
        seen = replace(shots, added=added).predict(found.trial, tolerance, cells)[0]
        moves.append(-solve @ (seen - calm - added[ends])[:, shots.inside].ravel())
    return np.asarray(_of_few(draws) * np.cov(np.array(moves), rowvar=False))


def fit(
    shots: Shots,
    trial: Trial,
    names: tuple[str, ...],
    *,
    tolerance: float = 4e-4,
    precision: float = 3e-4,
    rounds: int = 12,
    report: Callable[[float], None] = lambda _: None,
) -> Fit:
    """Nonlinear least squares; the slopes are finite differences of simulations.

    Grey levels that are off by more than four times the noise count less (Huber): a droplet that
    should have vanished must not decide alone.
    """
    compared, inside, noise = shots.compared, shots.inside, shots.noise
    side = compared.shape[-1]
    cells = cells_for(trial.width, side)
    known: dict[bytes, tuple[Trial, Floats, Floats]] = {}

    def seen_at(x: Floats) -> tuple[Trial, Floats, Floats]:
        if (key := x.tobytes()) not in known:
            one = trial.at(names, x, side)
            known[key] = (one, *shots.predict(one, tolerance, cells))
            report(min(1.0, len(known) / rounds))
        return known[key]

    def left_at(x: Floats) -> Floats:
        return (seen_at(x)[1] - compared)[:, inside].ravel()

    def slopes_at(x: Floats) -> Floats:
        one, seen, slope = seen_at(x)
        return slopes_of(shots, one, names, tolerance, cells, seen, slope)

    def bounds(name: str, value: float) -> tuple[float, float]:
        if name in _BOUNDS:
            return _BOUNDS[name]
        unit = abs(trial.high - trial.low) if name in ("low", "high") else 1.0
        down, up = _REACH[name]
        return value - down * unit, value + up * unit

    start = trial.numbers(names, side)
    scale = np.inf if shots.binary else 4 * max(noise, 0.01 * abs(trial.high - trial.low))
    found = least_squares(
        left_at,
        start,
        slopes_at,
        bounds=np.transpose(list(map(bounds, names, start))),
        x_scale="jac",
        loss="linear" if shots.binary else "huber",
        f_scale=1.0 if shots.binary else scale,
        xtol=precision,
        ftol=1e-4,
        max_nfev=rounds,
    )
    left = left_at(found.x)
    trust = np.sqrt(np.minimum(1.0, scale / np.maximum(np.abs(left), 1e-12)))
    covariance = _scatter(found.jac, left * trust, shots)
    changed = shots.unchanged[:, inside] - compared[:, inside]
    what_changes = max(float(np.mean(changed**2)) - 2 * noise**2, 1e-12)
    unexplained = np.sqrt(max(float(np.mean(left**2)) - noise**2, 0.0) / what_changes)
    return Fit(seen_at(found.x)[0], names, covariance, float(unexplained))


def _scatter(slopes: Floats, left: Floats, shots: Shots) -> Floats:
    """Covariance by the jackknife: blocks are left out one by one, and constants follow linearly.

    What is left may hang together within a block, and one droplet that vanishes may tell most of a
    constant. White's sandwich takes too little account of such a block.

    Source: J. G. MacKinnon, M. Ø. Nielsen and M. D. Webb (2023),
    doi:10.1016/j.jeconom.2022.04.001.
    """
    rows, columns = np.nonzero(shots.inside)
    side = shots.frames.shape[-1]
    block = rows * _BLOCKS // side * _BLOCKS + columns * _BLOCKS // side
    _, block = np.unique(block, return_inverse=True)
    owners = np.tile(block, len(left) // len(block))
    count, size = int(block.max()) + 1, slopes.shape[1]
    pulls, squares = np.zeros((count, size)), np.zeros((count, size, size))
    np.add.at(pulls, owners, slopes * left[:, None])
    np.add.at(squares, owners, slopes[:, :, None] * slopes[:, None, :])
    rest = np.linalg.pinv(squares.sum(axis=0) - squares, hermitian=True)
    moves = np.einsum("gij,gj->gi", rest, pulls)
    return np.asarray((count - 1) / count * _of_few(count) * moves.T @ moves)


def _of_few(count: int) -> float:
    """By how much a variance is larger whose intervals are Student's and not normal."""
    return float((t.ppf(0.95, max(count - 1, 1)) / norm.ppf(0.95)) ** 2)
