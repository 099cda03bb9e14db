"""What frames tell of the equation behind them: numbers with intervals, and what follows."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from vae_course.arrays import Floats
from vae_course.files import write_json
from vae_course.physics import descriptors
from vae_course.physics._shooting import Shots, Trial, covered, resample

Boundary = Literal["no-flux", "periodic", "open"]

LEVEL = 0.9
"""Of all intervals."""

_AGE = (-3.927, 3.364, 27.15, -271.4)  # log Mσt of a pattern: 1, log L, u, u², u = (φ − ½)²
_AGE_SD = 0.3  # of it, between simulations of the dataset; a test fits both anew
_Z = float(norm.ppf(0.5 + LEVEL / 2))


@dataclass(frozen=True)
class Estimate:
    """A number, and the interval that holds the truth in nine cases of ten.

    Attributes:
        value: The number.
        low: Lower end.
        high: Upper end.

    Examples:
        >>> Estimate.of_logarithm(np.log(2.0), 0.1)
        Estimate(value=2.0, low=1.697, high=2.358)
    """

    value: float
    low: float
    high: float

    @classmethod
    def of_logarithm(cls, mean: float, sd: float) -> "Estimate":
        """Make the estimate of a number whose logarithm is normal, to four digits."""
        ends = np.exp([mean, mean - _Z * sd, mean + _Z * sd])
        return cls(*(float(f"{one:.4g}") for one in ends))

    @property
    def sd_of_logarithm(self) -> float:
        """Standard deviation of its logarithm."""
        return float(np.log(self.high / self.low) / (2 * _Z))

    def __str__(self) -> str:
        return f"{self.value:.4g} ({self.low:.4g} to {self.high:.4g})"


@dataclass(frozen=True)
class Identified:
    """What frames tell of the equation behind them.

    Attributes:
        kind: "grey" or "binary".
        verdict: In words.
        conserved: Whether conserved coarsening describes the frames; None for one frame.
        unexplained: Root mean square of what the fit leaves, by that of what changes from frame
            to frame, noise taken off: 0 explains all, 1 is no better than "nothing changes".
        unexplained_otherwise: The same of the alternative that conserves nothing.
        speed: M b in side² per unit of time; None for binary frames, as all constants are where
            no conserved coarsening describes the frames.
        width: λ/b in side²; None for binary frames.
        rate: Coarsening rate M σ = M √(2bλ)/6 in side³ per unit of time; None for one frame.
        levels: Grey levels of phase 0 and of phase 1.
        blur: Standard deviation of the blur in pixels; None for binary frames.
        noise: Standard deviation of the noise, in grey levels.
        reduced_age: M σ t of the last frame, in side³: its age as far as a single frame tells.
        age: Time since the phases separated, of the last frame, in the unit of the times.
        interval: Time between the last two frames; 0 for one frame.
        boundary: As it was given.
        constants: What `simulate` takes; None for one frame.
        last: The last frame, shape (n, n).

    Examples:
        >>> from vae_course.data.generate import draw_parameters, simulate_images
        >>> from vae_course.physics.identification import identify
        >>> times = np.array([2e-3, 3e-3, 4e-3])
        >>> frames, _ = simulate_images(draw_parameters(1, case=1, seed=0)[0], times)
        >>> found = identify(frames[:2], times[:2])
        >>> future = found.simulate(1)[0] > 0.5
        >>> bool(np.mean(future == frames[2]) > 0.98), found.age.low < 3e-3 < found.age.high
        (True, True)
        >>> found.save("clock.json")
        >>> Identified.load("clock.json").rate == found.rate
        True
    """

    kind: Literal["grey", "binary"]
    verdict: str
    conserved: bool | None
    unexplained: float | None
    unexplained_otherwise: float | None
    speed: Estimate | None
    width: Estimate | None
    rate: Estimate | None
    levels: tuple[float, float]
    blur: float | None
    noise: float
    reduced_age: Estimate
    age: Estimate | None
    interval: float
    boundary: Boundary
    constants: Trial | None
    last: Floats

    def simulate(self, frames_ahead: int | ArrayLike) -> Floats:
        """Simulate the last frame on, with the constants that were found.

        Args:
            frames_ahead: How many frames, at the interval of the last two; or times after the
                last frame, ascending, shape (k,).

        Returns:
            Grey levels, or for binary frames the part of each pixel that phase 1 covers, shape
            (k, n, n).

        Raises:
            ValueError: If no constants were found, or times are not positive and ascending.
        """
        if np.ndim(frames_ahead) == 0:
            count = int(np.asarray(frames_ahead))
            if count < 1:
                raise ValueError(f"frames_ahead must be at least 1; got {count}")
            times = self.interval * np.arange(1, count + 1)
        else:
            times = np.asarray(frames_ahead, dtype=np.float64)
            if times.ndim != 1 or not len(times) or times[0] <= 0 or np.any(np.diff(times) <= 0):
                raise ValueError(f"times must be positive and ascending; got {times}")
        return self.carry(self.last, times)

    def carry(self, frame: ArrayLike, times: ArrayLike) -> Floats:
        """Simulate another frame of the same process on.

        Args:
            frame: As those that were given, shape (n, n).
            times: After it, ascending, shape (k,).

        Returns:
            As `simulate`.

        Raises:
            ValueError: If no constants were found.
        """
        if self.constants is None:
            raise ValueError(f"no constants are known to simulate with: {self.verdict}")
        array = np.asarray(frame, dtype=np.float64)
        binary = self.kind == "binary"
        periodic = self.boundary == "periodic"
        shots = Shots(array[None], np.zeros(1), [], binary, noise=self.noise, periodic=periodic)
        moments = np.asarray(times, dtype=np.float64)
        fields = shots.simulate(0, moments, self.constants, 4e-4)
        if binary:
            return covered(fields, self.constants.width, len(array))
        low, high = self.levels
        return low + (high - low) * resample(fields, len(array))

    def age_of(self, image: ArrayLike) -> Estimate:
        """Estimate the age of another binary picture of the same process and magnification.

        Args:
            image: 0 and 1, shape (n, n).

        Returns:
            Time since the phases separated, in the unit of the times.

        Raises:
            ValueError: If no constants were found, or the picture holds one phase alone.
        """
        if self.rate is None:
            raise ValueError(f"no rate is known to date pictures by: {self.verdict}")
        reduced = reduced_age(np.asarray(image))
        sd = np.hypot(reduced.sd_of_logarithm, self.rate.sd_of_logarithm)
        return Estimate.of_logarithm(np.log(reduced.value / self.rate.value), float(sd))

    def save(self, path: Path | str) -> None:
        """Write it as JSON."""
        write_json(Path(path), asdict(self) | {"last": self.last.tolist()})

    @classmethod
    def load(cls, path: Path | str) -> "Identified":
        """Read what `save` wrote.

        Raises:
            ValueError: If it is something else.
        """
        try:
            entry = json.loads(Path(path).read_text(encoding="utf-8"))
            entry["constants"] = entry["constants"] and Trial(**entry["constants"])
            for name in ("speed", "width", "rate", "reduced_age", "age"):
                entry[name] = entry[name] and Estimate(*(map(float, entry[name].values())))
            last = np.array(entry["last"], dtype=np.float64)
            low, high = map(float, entry["levels"])
            found = cls(**entry | {"last": last, "levels": (low, high)})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(f"{path}: expected what `vae-course identify` writes") from error
        if found.last.ndim != 2 or found.last.shape[0] != found.last.shape[1]:
            raise ValueError(f"{path}: expected a square last frame; got {found.last.shape}")
        return found


def reduced_age(phases: NDArray[Any]) -> Estimate:
    """Estimate M σ t of a pattern, in side³, from its domain size and how uneven its phases are.

    Args:
        phases: 0 and 1, shape (n, n).

    Returns:
        The estimate; the interval is that of simulations of the dataset.

    Examples:
        Wider stripes are older:

        >>> columns = np.tile(np.arange(64), (64, 1))
        >>> old, young = (reduced_age(columns // width % 2) for width in (16, 8))
        >>> round(old.value / young.value, 1)
        14.2
    """
    size, fraction = float(descriptors.domain_size(phases)), float(np.mean(phases))
    u = (fraction - 0.5) ** 2
    mean = float(_AGE[0] + _AGE[1] * np.log(size) + _AGE[2] * u + _AGE[3] * u * u)
    return Estimate.of_logarithm(mean, _AGE_SD)
