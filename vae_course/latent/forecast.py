"""One question, three ways to answer it: what comes after these frames?"""

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_course.arguments import at_least
from vae_course.arrays import Floats
from vae_course.latent.evolution import Evolution
from vae_course.physics.identification import Boundary, Identified, identify
from vae_course.progress import Progress, silent

Way = Literal["physics", "network", "past"]

_BACK = 0.7  # ratio of times of the pasts that lead to the present
_DRAWN = 8


@dataclass(frozen=True)
class Forecast:
    """What comes after frames of one evolution, and how that was found.

    Attributes:
        fields: Grey levels as those given; for binary frames, probability of phase 1 or the part of
            each pixel that it covers, shape (k, n, n).
        by: "physics", the identified equation simulated on from the last frame; "network",
            `Evolution` told the age that was identified; or "past": pasts drawn by the network,
            of which the one that leads nearest to the last frame is simulated on.
        errors: Root mean square error of each way that was compared, from the first frame given to
            the last, and of "nothing changes".
        identified: The equation.

    Examples:
        >>> from vae_course.physics.identification import identify
        >>> found = identify(np.tile(np.arange(64) // 8 % 2, (1, 64, 1)))
        >>> Forecast(found.last[None], "physics", {"nothing changes": 0.1}, found).by
        'physics'
    """

    fields: Floats
    by: Way
    errors: dict[str, float]
    identified: Identified


def forecast(
    frames: ArrayLike,
    times: ArrayLike | None = None,
    ahead: int | ArrayLike = 1,
    *,
    by: Way | None = None,
    evolution: Evolution | None = None,
    boundary: Boundary = "no-flux",
    seed: int = 0,
    progress: Progress = silent,
) -> Forecast:
    """Predict what comes after frames of one evolution, grey or binary.

    The equation is identified first: it gives the frames an age, without which the network knows no
    ratio of times. Unless told otherwise, both then predict the last frame from the first, and the
    better one goes on; physics alone where the network does not know such frames.

    Args:
        frames: Grey levels or 0 and 1, shape (k, n, n), k at least 2.
        times: Of the frames, ascending, shape (k,); by default evenly spaced.
        ahead: How many frames, or times after the last one, ascending, shape (m,).
        by: Which way to take; by default the better of "physics" and "network".
        evolution: The network; by default that of all cases.
        boundary: As `identify` takes it.
        seed: Of the pasts that are drawn.
        progress: Called as the work goes on.

    Returns:
        The forecast.

    Raises:
        ValueError: If no conserved coarsening describes the frames, or they cannot be used.

    Examples:
        >>> from vae_course.data.generate import draw_parameters, simulate_images
        >>> times = np.array([2e-3, 3e-3, 4e-3])
        >>> frames, _ = simulate_images(draw_parameters(1, case=1, seed=0)[0], times)
        >>> found = forecast(frames[:2], times[:2], ahead=1)
        >>> found.by, sorted(found.errors)
        ('physics', ['network', 'nothing changes', 'physics'])
        >>> bool(np.mean((found.fields[0] > 0.5) == frames[2]) > 0.98)
        True
    """
    if by not in (None, "physics", "network", "past"):
        raise ValueError(f"by must be physics, network or past; got {by}")
    array = np.asarray(frames, dtype=np.float64)
    if array.ndim != 3 or len(array) < 2:
        raise ValueError(f"frames must have shape (k, n, n), k at least 2; got {array.shape}")
    moments = np.arange(len(array)) if times is None else np.asarray(times, dtype=np.float64)
    found = identify(array, moments, boundary=boundary, progress=progress)
    if found.constants is None or found.age is None:
        raise ValueError(f"nothing can be forecast: {found.verdict}")
    if np.ndim(ahead) == 0:
        at_least(1, ahead=int(np.asarray(ahead)))
        after = found.interval * np.arange(1, int(np.asarray(ahead)) + 1)
    else:
        after = np.asarray(ahead, dtype=np.float64)
    network = _Network(evolution or Evolution.load_pretrained("all-cases"), found)
    span = float(moments[-1] - moments[0])
    errors = {
        "nothing changes": _rms(array[-1] - array[0]),
        "physics": _rms(found.carry(array[0], [span])[0] - array[-1]),
    }
    start, now = found.age.value - span, found.age.value
    if start > 0 and network.knows(array[0]):
        errors["network"] = _rms(network.carry(array[0], start, [span])[0] - array[-1])
    if by is None:
        by = "network" if errors.get("network", np.inf) < errors["physics"] else "physics"
    if by == "physics":
        fields = found.simulate(after)
    elif by == "network":
        fields = network.carry(array[-1], now, after)
    else:
        fields = network.past(array[-1], now, after, seed)
    return Forecast(fields, by, errors, found)


class _Network:
    """`Evolution` for frames with the levels and the clock of an identified equation."""

    def __init__(self, evolution: Evolution, found: Identified) -> None:
        self.evolution, self.found = evolution, found

    def phases(self, frame: Floats) -> NDArray[np.uint8]:
        """Cut a frame half-way between its levels."""
        return np.asarray(frame > sum(self.found.levels) / 2, dtype=np.uint8)

    def levels(self, part: NDArray[np.floating]) -> Floats:
        """Give probabilities the grey levels of the frames."""
        low, high = self.found.levels
        return np.asarray(low + (high - low) * part, dtype=np.float64)

    def knows(self, frame: Floats) -> bool:
        """Whether the network was trained on such frames."""
        size = self.evolution.vae.decode(np.zeros((1, self.evolution.vae.latent))).shape[1]
        return frame.shape == (size, size) and self.evolution.knows(self.phases(frame)[None])

    def carry(self, frame: Floats, age: float, after: ArrayLike) -> Floats:
        """Carry a frame on to times after it."""
        ratios = 1 + np.asarray(after) / age
        images = np.repeat(self.phases(frame)[None], len(ratios), axis=0)
        return self.levels(self.evolution.forward(images, ratios))

    def past(self, frame: Floats, age: float, after: ArrayLike, seed: int) -> Floats:
        """Simulate the past on that leads nearest to a frame."""
        present = self.phases(frame)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of volume fractions: what comes is checked here
            drawn = self.evolution.backward(present[None], _BACK, _DRAWN, seed)[0] > 0.5
        gap = age * (1 - _BACK)
        moments = [gap, *(gap + np.asarray(after))]
        ends = [self.found.carry(self.levels(one.astype(float)), [gap])[0] for one in drawn]
        best = int(np.argmax([np.mean(self.phases(end) == present) for end in ends]))
        return self.found.carry(self.levels(drawn[best].astype(float)), moments)[1:]


def _rms(difference: Floats) -> float:
    return float(np.sqrt(np.mean(difference**2)))
