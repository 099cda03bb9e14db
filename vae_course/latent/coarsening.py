"""What physics says of coarsening, without any network: its clock, and what it conserves."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_course.physics import descriptors


@dataclass(frozen=True)
class Clock:
    """The time of a pattern, from its domain size L and how uneven its phases are, u = (φ − ½)².

    log t = offset + slope · log L + a u + b u².

    Attributes:
        slope: 3 where domains grow as the cube root of time.
        offset: log t of L = 1.
        sd: Standard deviation of log t about this line, between simulations.
        uneven: a and b; 0 for a clock of φ = ½ alone.
        widest: Largest |φ − ½| that it was fitted to; beyond it, that is taken.

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
    uneven: tuple[float, float] = (0.0, 0.0)
    widest: float = 0.5

    def __call__(self, images: ArrayLike) -> NDArray[np.float64]:
        """Estimate the times of images.

        Args:
            images: Shape (N, n, n).

        Returns:
            Times in simulation units, shape (N,); not a number for an image of one phase alone.
        """
        sizes = np.atleast_1d(descriptors.domain_size(images))
        away = np.atleast_1d(descriptors.volume_fraction(images)) - 0.5
        u = np.minimum(away**2, self.widest**2)
        shift = np.polyval([*reversed(self.uneven), 0.0], u)
        return np.asarray(np.exp(self.offset + self.slope * np.log(sizes) + shift))


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
    return np.asarray(0.5 * (1 + np.tanh(0.5 * (array - levels(array, fractions)))))


def levels(logits: ArrayLike, fractions: ArrayLike) -> NDArray[np.float64]:
    """Find the levels above which the right part of the pixels lie.

    Args:
        logits: Shape (N, n, n).
        fractions: Volume fractions of phase 1, shape (N,).

    Returns:
        The quantiles of the logits, image by image, shape (N, 1, 1).

    Examples:
        >>> levels(np.arange(101.0).reshape(1, 1, 101), [0.25]).ravel().tolist()
        [75.0]
    """
    parts = zip(np.asarray(logits), np.asarray(fractions), strict=True)
    found = [np.quantile(one, 1 - fraction) for one, fraction in parts]
    return np.array(found, dtype=np.float64).reshape(-1, 1, 1)


def cut(logits: ArrayLike, fractions: ArrayLike) -> NDArray[np.uint8]:
    """Binarise logits so that each image has the volume fraction given, to the pixel.

    The pixels with the highest logits become phase 1: the same as a shift by a constant.

    Args:
        logits: Shape (N, n, n).
        fractions: Volume fractions of phase 1, shape (N,).

    Returns:
        0 and 1, shape (N, n, n), uint8.

    Examples:
        >>> cut([[[4.0, 1.0], [3.0, 2.0]]], [0.5])
        array([[[1, 0],
                [1, 0]]], dtype=uint8)
    """
    array = np.asarray(logits)
    flat = array.reshape(len(array), -1)
    ranks = np.argsort(np.argsort(-flat, axis=1, kind="stable"), axis=1, kind="stable")
    counts = np.rint(np.asarray(fractions) * flat.shape[1])
    return np.asarray(ranks < counts[:, None], dtype=np.uint8).reshape(array.shape)
