"""Simulates given frames on with trial constants, and compares with the frames that followed."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import KW_ONLY, dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn, idctn

from vae_course.arrays import Floats
from vae_course.physics._phase_field import integrate, wave_numbers_squared

BARRIER = 85.0
"""b of the simulations; M b of the frames is then a matter of the unit of time alone."""

TYPICAL_WIDTH = 2.06e-4
"""λ/b in the middle of the dataset's ranges, in units of the side squared."""

_AHEAD = 1.02  # the slope in log T is taken between T and this much more
_CELLS = 3.5  # of a simulation, from 10 % to 90 % of an interface
_MOST = 256  # cells along a side
_SMOOTHED = 1.0  # pixels by which binary frames are blurred before they are compared
_EDGE = 0.1  # part of the side left out at each edge where nothing is known of what lies beyond


def modes(fields: Floats) -> Floats:
    """Cosine transform over the last two axes."""
    return np.asarray(dctn(fields, type=2, norm="ortho", axes=(-2, -1)))


def from_modes(coefficients: Floats) -> Floats:
    """Invert `modes`."""
    return np.asarray(idctn(coefficients, type=2, norm="ortho", axes=(-2, -1)))


def resample(fields: Floats, side: int) -> Floats:
    """Put fields on side × side cells, by their cosine series."""
    have = fields.shape[-1]
    if have == side:
        return fields
    kept = min(have, side)
    found = np.zeros((*fields.shape[:-2], side, side))
    found[..., :kept, :kept] = modes(fields)[..., :kept, :kept] * (side / have)
    return from_modes(found)


def blurred(fields: Floats, variance: float) -> Floats:
    """Blur fields by a Gaussian, of a variance in side²."""
    return from_modes(
        modes(fields) * np.exp(-wave_numbers_squared(fields.shape[-1]) * variance / 2)
    )


def cells_for(width: float, side: int) -> int:
    """How many cells a simulation needs along a side for a λ/b: a multiple of the pixels."""
    least = _CELLS / (4.4 * np.sqrt(width / 2))
    return side * int(np.clip(np.ceil(least / side), 1, max(1, _MOST // side)))


def denoised(frame: Floats, noise: float) -> Floats:
    """Filter white noise by what stands out of it at each wave number (Wiener)."""
    side = len(frame)
    rings = np.hypot(*np.indices((side, side))).round().astype(int)
    coefficients = modes(frame)
    power = np.bincount(rings.ravel(), (coefficients**2).ravel()) / np.bincount(rings.ravel())
    kept = np.clip(1 - noise**2 / np.maximum(power, 1e-300), 0, 1)[rings]
    return from_modes(coefficients * kept)


@dataclass(frozen=True)
class Trial:
    """Constants to be tried.

    Attributes:
        speed: M b, in side² per unit of time (Allen–Cahn: per unit of time).
        width: λ/b, in side².
        low: Grey level of phase 0.
        high: Of phase 1.
        blur: Variance of the blur, in side².
        excess: What binary frames lack in the mean: c of their phases is not quite 0 and 1.
    """

    speed: float
    width: float = TYPICAL_WIDTH
    low: float = 0.0
    high: float = 1.0
    blur: float = 0.0
    excess: float = 0.0

    def numbers(self, names: Sequence[str], side: int) -> Floats:
        """Return constants as they are fitted: logarithms, and the blur in pixels squared."""
        values = {
            "speed": np.log(self.speed),
            "width": np.log(self.width),
            "blur": self.blur * side**2,
        }
        return np.array([values.get(name, getattr(self, name)) for name in names])

    def at(self, names: Sequence[str], numbers: Floats, side: int) -> "Trial":
        """Invert `numbers`."""
        values = dict(zip(names, map(float, numbers), strict=True))
        for name in {"speed", "width"} & set(values):
            values[name] = float(np.exp(np.clip(values[name], -60, 60)))
        if "blur" in values:
            values["blur"] /= side**2
        return replace(self, **values)


@dataclass(frozen=True)
class Shots:
    """Frames, and which of them are simulated on to which.

    Args:
        frames: Grey levels or 0 and 1, shape (k, n, n).
        times: Of the frames, ascending, shape (k,).
        pairs: For each start, the frame that it is and those that it is compared with.
        binary: Whether frames are 0 and 1.
        noise: Standard deviation of the noise, which is filtered out of starts.
        added: Noise that is added to starts, shape (k, n, n), to see what noise does.
        periodic: Whether what leaves at one edge comes in at the other.
        open_edges: Whether a margin is not compared.
        conserved: Cahn–Hilliard, else Allen–Cahn.
    """

    frames: Floats
    times: Floats
    pairs: Sequence[tuple[int, Sequence[int]]]
    binary: bool
    _: KW_ONLY
    noise: float = 0.0
    added: Floats | float = 0.0
    periodic: bool = False
    open_edges: bool = False
    conserved: bool = True

    @property
    def compared(self) -> Floats:
        """What simulations are compared with, shape (ends, n, n)."""
        ends = np.concatenate([self.frames[list(ends)] for _, ends in self.pairs])
        return self._seen(ends) if self.binary else ends

    @property
    def unchanged(self) -> Floats:
        """The prediction that nothing changes."""
        starts = np.concatenate([self.frames[[start] * len(ends)] for start, ends in self.pairs])
        return self._seen(starts) if self.binary else starts

    @property
    def inside(self) -> NDArray[np.bool_]:
        """The pixels that are compared, shape (n, n)."""
        side = self.frames.shape[-1]
        margin = int(np.ceil(_EDGE * side)) if self.open_edges else 0
        inner = np.zeros((side, side), dtype=bool)
        inner[margin : side - margin, margin : side - margin] = True
        return inner

    def predict(self, trial: Trial, tolerance: float, cells: int) -> tuple[Floats, Floats]:
        """Simulate all starts: what would be seen, and its slope in log(M b), (ends, n, n)."""
        with ThreadPoolExecutor(2) as pool:
            found = pool.map(
                lambda pair: self._simulated(pair[0], pair[1], trial, tolerance, cells), self.pairs
            )
            now, later = map(np.concatenate, zip(*found, strict=True))
        seen = self.observed(now, trial)
        return seen, (self.observed(later, trial) - seen) / np.log(_AHEAD)

    def simulate(self, index: int, times: Floats, trial: Trial, tolerance: float) -> Floats:
        """Simulate a frame on: the fields at times after it, on the cells of the simulation."""
        cells = cells_for(trial.width, self.frames.shape[-1])
        return np.array(list(self.fields(index, times, trial, tolerance, cells)))

    def start(self, index: int, trial: Trial, cells: int) -> Floats:
        """The field of a frame."""
        frame = self.frames[index]
        if self.binary:
            return np.kron(frame, np.ones((cells // len(frame),) * 2)) + trial.excess
        more = np.broadcast_to(self.added, self.frames.shape)[index]
        clean = denoised(frame + more, self.noise)
        return resample((clean - trial.low) / (trial.high - trial.low), cells)

    def _simulated(
        self, index: int, ends: Sequence[int], trial: Trial, tolerance: float, cells: int
    ) -> tuple[Floats, Floats]:
        spans = self.times[list(ends)] - self.times[index]
        moments, places = np.unique(np.concatenate([spans, spans * _AHEAD]), return_inverse=True)
        fields = np.array(list(self.fields(index, moments, trial, tolerance, cells)))[places]
        return fields[: len(ends)], fields[len(ends) :]

    def fields(
        self, index: int, times: Floats, trial: Trial, tolerance: float, cells: int
    ) -> Iterator[Floats]:
        """Simulate a frame on, on a number of cells."""
        return integrate(
            self.start(index, trial, cells),
            BARRIER,
            BARRIER * trial.width,
            times * trial.speed / BARRIER,
            tolerance,
            first_step=1e-6,
            conserved=self.conserved,
            periodic=self.periodic,
        )

    def observed(self, fields: Floats, trial: Trial) -> Floats:
        """What a microscope would see of fields."""
        side = self.frames.shape[-1]
        if self.binary:
            return self._seen(covered(fields, trial.width, side))
        return trial.low + (trial.high - trial.low) * blurred(resample(fields, side), trial.blur)

    def _seen(self, frames: Floats) -> Floats:
        return blurred(frames, (_SMOOTHED / frames.shape[-1]) ** 2)


def covered(fields: Floats, width: float, side: int) -> Floats:
    """Part of each of side × side pixels that phase 1 covers: where c > ½, to less than a cell."""
    cells = fields.shape[-1]
    slope = np.sqrt(2 / width) / 4 / cells  # of c across an interface, a cell
    part = np.clip((fields - 0.5) / slope + 0.5, 0, 1)
    block = cells // side
    return np.asarray(part.reshape(*fields.shape[:-2], side, block, side, block).mean((-3, -1)))
