"""Which equation, and with which constants? Found from frames of one evolution alone.

The frames are described by the Cahn–Hilliard equation, whose time, length and grey levels are
those of the pictures,

    ∂c/∂t = M ∇²(f′(c) − λ∇²c),   f(c) = b c²(1 − c)²,   grey = low + (high − low) c,

and by its like that conserves nothing (Allen–Cahn), ∂c/∂t = −M (f′(c) − λ∇²c). M, b and λ cannot
be told apart: the frames are the same for M, b, λ and for 1, M b, M λ. So what is found is

- **grey frames**: M b (how fast), λ/b (how wide interfaces are), the grey levels of both phases
  and the blur;
- **binary frames**: interfaces alone are seen, and they move as fast as the *coarsening rate*
  M σ lets them, with the interfacial energy σ = √(2bλ)/6; only this product is told;
- **one binary frame**: no time is seen; only M σ t, t the time since the phases separated.

Lengths are in units of the side of a frame. Source: the sharp-interface limit is that of
R. L. Pego (1989), doi:10.1098/rspa.1989.0027.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from vae_course.arrays import Floats
from vae_course.physics import descriptors
from vae_course.physics._fitting import Fit, bootstrapped, fit
from vae_course.physics._shooting import (
    BARRIER,
    TYPICAL_WIDTH,
    Shots,
    Trial,
    cells_for,
    covered,
    modes,
)
from vae_course.physics.identified import Boundary, Estimate, Identified, reduced_age
from vae_course.progress import Progress, silent

__all__ = ["Boundary", "Estimate", "Identified", "identify"]

DESCRIBED = 0.4
"""Largest part of what changes that may be left unexplained by an equation said to hold."""

_WIDTH_SD = 0.28  # of log λ/b in the dataset, from whose middle it is taken if it is not told
_UNSURE = 0.25  # of what is taken off; on 22 simulations between ¾ of it and all of it is best
_MOST_CELLS = 256
_MOST_ENDS = 12  # frames that are compared: more add time and little else
_THIN = 0.05  # thickness of interfaces by domain size, taken for binary frames at most
_CLEAR = 4.0  # change of a frame by noise, from which another is compared with it
_HOPELESS = 0.8  # unexplained by a rough fit, beyond which none is refined
_SOLVER_SD = 0.002  # of M b and λ/b, by the tolerance of simulations
_STILL = 1e-3  # change by contrast, root mean square, of frames that do not change
_WORSE = 1.5  # misfit by the least so far, at which a first simulation is stopped


def identify(
    frames: ArrayLike,
    times: ArrayLike | None = None,
    *,
    boundary: Boundary = "no-flux",
    progress: Progress = silent,
) -> Identified:
    """Find the constants of the equation behind frames of one evolution.

    Grey frames: each is simulated to the next, and M b, λ/b, both grey levels and the blur are
    fitted to what is seen. Binary frames: the first is simulated to all others, M σ and the
    excess of c are fitted; the same is done with frames simulated from what was found, and what
    it is off by there is taken off. Intervals are to hold the truth nine times in ten: they come
    from what is left, a block left out at a time, with noise drawn anew for grey frames, and for
    binary ones with what the range of λ/b in the dataset leaves open.

    Args:
        frames: Grey levels or 0 and 1, shape (k, n, n); k = 1 for one binary frame.
        times: Of the frames, ascending, shape (k,); by default evenly spaced, the unit of time
            being the interval.
        boundary: "no-flux"; "periodic"; or "open", where a frame is cut out of something larger:
            then a tenth of it at each edge is not compared.
        progress: Called as the work goes on.

    Returns:
        What was found.

    Raises:
        ValueError: If the frames or times cannot be used.

    Examples:
        >>> from vae_course.physics import cahn_hilliard
        >>> start = cahn_hilliard.initial_condition(mean=0.5, grid=11, size=48, seed=0)
        >>> times = np.array([4e-3, 6e-3, 8e-3])
        >>> frames = cahn_hilliard.simulate(start, b=80, lam=0.04, times=times)
        >>> found = identify(frames, times)
        >>> found.speed.low < 80 < found.speed.high or abs(found.speed.value / 80 - 1) < 0.02
        True
        >>> found.verdict
        'conserved coarsening (Cahn–Hilliard) describes the frames'
    """
    array, moments, binary = _checked(frames, times, boundary)
    last = array[-1]
    low, high = (0.0, 1.0) if binary else _plateaus(array)
    noise = 0.0 if binary else _noise(array)
    phases = last if binary else last > (low + high) / 2
    reduced = reduced_age(phases)
    found = Identified(
        kind="binary" if binary else "grey",
        verdict="one frame: only its reduced age can be told",
        conserved=None,
        unexplained=None,
        unexplained_otherwise=None,
        speed=None,
        width=None,
        rate=None,
        levels=(low, high),
        blur=None,
        noise=noise,
        reduced_age=reduced,
        age=None,
        interval=0.0,
        boundary=boundary,
        constants=None,
        last=last,
    )
    if len(array) == 1:
        return found
    shots = _shots(array, moments, binary, boundary, noise)
    change = float(np.sqrt(np.mean((array[-1] - array[0])[shots.inside] ** 2)))
    if change <= max(1.2 * np.sqrt(2) * noise, _STILL * abs(high - low)):
        return replace(found, conserved=False, verdict="nothing changes but noise: no law is told")
    progress("Fitting Cahn–Hilliard", 0, "")
    best = _fitted(shots, low, high, lambda part: progress("Fitting Cahn–Hilliard", part, ""))
    progress("Fitting Cahn–Hilliard", 1, "")
    progress("Fitting Allen–Cahn", 0, "")
    other = _fitted(
        replace(shots, conserved=False),
        low,
        high,
        lambda part: progress("Fitting Allen–Cahn", part, ""),
    )
    progress("Fitting Allen–Cahn", 1, "")
    conserved, verdict = _judged(best.unexplained, other.unexplained)
    found = replace(
        found,
        verdict=verdict,
        conserved=conserved,
        unexplained=best.unexplained,
        unexplained_otherwise=other.unexplained,
        interval=float(moments[-1] - moments[-2]),
    )
    if not conserved:
        return found
    found = _of_binary(found, shots, best) if binary else _of_grey(found, shots, best)
    return replace(found, age=found.age_of(phases))


def _checked(
    frames: ArrayLike, times: ArrayLike | None, boundary: str
) -> tuple[Floats, Floats, bool]:
    array = np.asarray(frames, dtype=np.float64)
    if array.ndim != 3 or array.shape[1] != array.shape[2] or array.shape[1] < 16:
        raise ValueError(f"frames must have shape (k, n, n), n >= 16; got {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError("frames must be finite; they have values that are not")
    if boundary not in ("no-flux", "periodic", "open"):
        raise ValueError(f"boundary must be no-flux, periodic or open; got {boundary!r}")
    levels = np.unique(array)
    if len(levels) < 2 or np.any(np.ptp(array, axis=(1, 2)) == 0):
        raise ValueError("frames must hold two phases each; one has a single grey level")
    binary = len(levels) == 2
    if binary:
        array = (array == levels[1]).astype(np.float64)
    elif len(array) == 1:
        raise ValueError("a single frame must be binary: cut it into two phases first")
    if array.shape[1] > _MOST_CELLS:
        raise ValueError(
            f"frames of {array.shape[1]} pixels a side would take hours: reduce them to "
            f"{_MOST_CELLS} or fewer"
        )
    given = np.arange(len(array)) if times is None else times
    moments = np.asarray(given, dtype=np.float64)
    if moments.shape != (len(array),):
        raise ValueError(f"times must be as many as frames, {len(array)}; got {moments.shape}")
    if not np.isfinite(moments).all() or np.any(np.diff(moments) <= 0):
        raise ValueError(f"times must be finite and ascending; got {moments}")
    return array, moments, binary


def _plateaus(frames: Floats) -> tuple[float, float]:
    """Grey levels of both phases to begin with: the commonest on either side of the middle."""
    least, most = np.quantile(frames, [0.01, 0.99])
    middle = (least + most) / 2
    return _commonest(frames[frames < middle]), _commonest(frames[frames > middle])


def _commonest(values: Floats) -> float:
    counts, edges = np.histogram(values, bins=40)
    peak = int(np.argmax(counts))
    near = (values >= edges[max(peak - 1, 0)]) & (values <= edges[min(peak + 2, len(counts))])
    return float(values[near].mean())


def _noise(frames: Floats) -> float:
    """Standard deviation of white noise: that of the finest modes, robustly."""
    side = frames.shape[-1]
    finest = modes(frames)[:, 3 * side // 4 :, 3 * side // 4 :]
    return float(np.median(np.abs(finest)) / norm.ppf(0.75))


def _shots(frames: Floats, times: Floats, binary: bool, boundary: Boundary, noise: float) -> Shots:
    """Choose which frames are simulated to which.

    Binary ones: the first to all. Grey ones: each to the first that differs from it by four times
    the noise, or to the last.
    """
    count = min(len(frames), _MOST_ENDS + 1)
    kept = [int(place) for place in np.linspace(0, len(frames) - 1, count).round()]
    pairs: list[tuple[int, list[int]]] = [(0, kept[1:])]
    if not binary:
        pairs = []
        for place, start in enumerate(kept[:-1]):
            change = np.sqrt(np.mean((frames[kept[place + 1 :]] - frames[start]) ** 2, axis=(1, 2)))
            clear = np.nonzero(change > _CLEAR * noise)[0]
            if len(clear):
                pairs.append((start, [kept[place + 1 + int(clear[0])]]))
        pairs = pairs or [(0, kept[-1:])]
    return Shots(
        frames,
        times,
        pairs,
        binary,
        noise=noise,
        periodic=boundary == "periodic",
        open_edges=boundary == "open",
    )


def _fitted(shots: Shots, low: float, high: float, report: Callable[[float], None]) -> Fit:
    """Fit, from a first guess by the widths of interfaces and one simulation."""
    first = shots.frames[0]
    side = len(first)
    if shots.binary:
        size = float(descriptors.domain_size(first))
        width = min(TYPICAL_WIDTH, 2 * (_THIN * size) ** 2)
        names: tuple[str, ...] = ("speed", "excess")
    else:
        scaled = (shots.frames - low) / (high - low)
        mixed = np.mean(scaled * (1 - scaled)) + (shots.noise / (high - low)) ** 2
        edges = np.mean(descriptors.perimeter(scaled > 0.5))  # mixed: √(λ/2b) times their length
        width = float(np.clip(2 * (mixed / edges) ** 2, 0.5 / side**2, 0.01))
        names = ("speed", "width", "low", "high", "blur")
    trial = Trial(1.0, width, low, high, (0.3 / side) ** 2)
    trial = replace(trial, speed=_first_speed(shots, trial))
    few = names[:1] if shots.binary else names[:4]
    some = replace(shots, pairs=shots.pairs[::3])
    rough = fit(some, trial, few, tolerance=4e-3, precision=5e-3, report=report)
    if not shots.conserved or rough.unexplained > _HOPELESS:
        return rough
    return fit(shots, rough.trial, names, report=report)


def _first_speed(shots: Shots, trial: Trial) -> float:
    """M b by one simulation: the time at which the first frame looks most like the last."""
    cells = cells_for(trial.width, shots.frames.shape[-1])
    times = np.geomspace(1e-6, 0.3, 60)
    run = shots.fields(0, times, replace(trial, speed=BARRIER), 4e-3, cells)
    last = max(end for _, ends in shots.pairs for end in ends)
    target = replace(shots, pairs=[(0, [last])]).compared[0]
    best, found = np.inf, times[0]
    for time, field in zip(times, run, strict=False):
        misfit = float(np.mean((shots.observed(field[None], trial)[0] - target)[shots.inside] ** 2))
        if misfit < best:
            best, found = misfit, time
        elif misfit > _WORSE * best:
            break
    elapsed = shots.times[last] - shots.times[0]
    return float(BARRIER * found / elapsed)


def _judged(unexplained: float, otherwise: float) -> tuple[bool, str]:
    if unexplained > DESCRIBED:
        if otherwise <= DESCRIBED:
            return False, "a law that conserves nothing (Allen–Cahn) describes the frames"
        return False, "neither conserved coarsening (Cahn–Hilliard) nor Allen–Cahn describes them"
    if otherwise < unexplained:
        return False, "a law that conserves nothing (Allen–Cahn) describes the frames better"
    return True, "conserved coarsening (Cahn–Hilliard) describes the frames"


def _of_grey(found: Identified, shots: Shots, best: Fit) -> Identified:
    covariance = best.covariance + bootstrapped(shots, best) + _SOLVER_SD**2
    sd = np.sqrt(np.diag(covariance))
    trial = best.trial
    logs = np.log([trial.speed, trial.width])
    both = covariance[:2, :2]
    slope = np.array([1.0, 0.5])  # of log M σ = log M b + ½ log λ/b + …
    rate = np.log(np.sqrt(2) / 6) + slope @ logs
    return replace(
        found,
        constants=trial,
        speed=Estimate.of_logarithm(logs[0], sd[0]),
        width=Estimate.of_logarithm(logs[1], sd[1]),
        rate=Estimate.of_logarithm(rate, float(np.sqrt(slope @ both @ slope))),
        levels=(trial.low, trial.high),
        blur=float(np.sqrt(trial.blur) * len(found.last)),
    )


def _of_binary(found: Identified, shots: Shots, best: Fit) -> Identified:
    trial = best.trial
    ends = list(shots.pairs[0][1])
    elapsed = shots.times[ends] - shots.times[0]
    side = shots.frames.shape[-1]
    known = shots.simulate(0, elapsed, trial, 4e-4)
    copies = (covered(known, trial.width, side) > 0.5).astype(np.float64)
    again = replace(shots, frames=copies, times=elapsed, pairs=[(0, range(1, len(copies)))])
    off = 0.0
    if len(copies) > 1:
        refit = fit(again, trial, ("speed", "excess"))
        off = float(np.log(refit.trial.speed / trial.speed))
    widths = trial.width * np.exp([-_WIDTH_SD, _WIDTH_SD])
    others = [
        fit(shots, replace(trial, width=float(width)), ("speed", "excess")).trial
        for width in widths
    ]
    rate, low, high = (
        float(np.log(one.speed * np.sqrt(2 * one.width) / 6)) for one in (trial, *others)
    )
    unsure = (_UNSURE * off, (high - low) / 2)
    sd = float(np.sqrt(best.covariance[0, 0] + np.square(unsure).sum()))
    right = replace(trial, speed=trial.speed * float(np.exp(-off)))
    return replace(found, constants=right, rate=Estimate.of_logarithm(rate - off, sd))
