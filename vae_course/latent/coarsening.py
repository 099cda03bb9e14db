"""What physics says of coarsening, without any network: its clock, and what it conserves."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_course.physics import descriptors


@dataclass(frozen=True)
class Clock:
    """The time of a pattern, from its domain size L: log t = offset + slope · log L.

    Attributes:
        slope: 3 where domains grow as the cube root of time.
        offset: log t of L = 1.
        sd: Standard deviation of log t about this line, between simulations.

    Source: I. M. Lifshitz and V. V. Slyozov (1961), doi:10.1016/0022-3697(61)90054-3.

    Examples:
        >>> stripes = np.zeros((1, 64, 64))
        >>> stripes[:, :, 16:32] = stripes[:, :, 48:] = 1
        >>> clock, slow = Clock(3.0, 0.0, 0.1), Clock(3.0, float(np.log(8)), 0.1)
        >>> float((slow(stripes) / clock(stripes)).round(6)[0])
        8.0
    """

    slope: float
    offset: float
    sd: float

    def __call__(self, images: ArrayLike) -> NDArray[np.float64]:
        """Estimate the times of images.

        Args:
            images: Shape (N, n, n).

        Returns:
            Times in simulation units, shape (N,); not a number for an image of one phase alone.
        """
        sizes = np.atleast_1d(descriptors.domain_size(images))
        return np.asarray(np.exp(self.offset + self.slope * np.log(sizes)))


@dataclass(frozen=True)
class Conservation:
    """How far the volume fraction of a binary frame is from that of another: phases are conserved.

    What changes comes from binarising the fields; it is taken as normal, of standard deviation
    base + growth · |log r|.

    Attributes:
        base: Standard deviation at a ratio of times r near 1.
        growth: Its growth with |log r|.
        lowest: The lowest volume fraction trained on.
        highest: The highest.

    Examples:
        >>> law = Conservation(base=0.002, growth=0.001, lowest=0.49, highest=0.51)
        >>> float(round(law.base + law.growth * np.log(2), 4))  # at twice the age
        0.0027
    """

    base: float
    growth: float
    lowest: float
    highest: float


def conserve(logits: ArrayLike, fractions: ArrayLike) -> NDArray[np.float64]:
    """Shift logits, image by image, so that the binarised image has a given volume fraction.

    The shift is the quantile of the logits that leaves the right part of the pixels above zero.

    Args:
        logits: Shape (N, n, n).
        fractions: Volume fractions of phase 1, shape (N,).

    Returns:
        Probabilities of phase 1 after the shift, shape (N, n, n).

    Examples:
        >>> logits = np.linspace(-4, 8, 100).reshape(1, 10, 10)
        >>> float((conserve(logits, [0.5]) > 0.5).mean())
        0.5
    """
    array = np.asarray(logits, dtype=np.float64)
    levels = [
        np.quantile(one, 1 - fraction)
        for one, fraction in zip(array, np.asarray(fractions), strict=True)
    ]
    shifted = array - np.array(levels)[:, None, None]
    return np.asarray(0.5 * (1 + np.tanh(0.5 * shifted)))
