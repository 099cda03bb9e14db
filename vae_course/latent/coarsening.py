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
    """
    array = np.asarray(logits, dtype=np.float64)
    levels = [
        np.quantile(one, 1 - fraction)
        for one, fraction in zip(array, np.asarray(fractions), strict=True)
    ]
    shifted = array - np.array(levels)[:, None, None]
    return np.asarray(0.5 * (1 + np.tanh(0.5 * shifted)))
