"""Checks of lesson 01, Microstructures as data."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_course.arrays import Floats
from vae_course.classroom.check import Student, exercise
from vae_course.classroom.checks.lesson_01.splits import (
    mask_of,
    require_a_quarter,
    require_whole_simulations,
    simulations,
)
from vae_course.classroom.compare import Known, as_array, compare, require
from vae_course.physics import descriptors


def _bulk_chemical_potential(c: Any, b: float) -> Any:
    return 2 * b * c * (1 - c) * (1 - 2 * c)


def _split_by_simulation(simulation: Any, test: float, seed: int) -> NDArray[np.bool_]:
    numbers = np.unique(simulation)
    drawn = np.random.default_rng(seed).permutation(numbers)[: round(test * len(numbers))]
    return np.asarray(np.isin(simulation, drawn))


def _coarsening_exponent(times: Any, lengths: Any) -> float:
    late = times >= np.max(times) / 10
    return float(np.polyfit(np.log(times[late]), np.log(lengths[late]), 1)[0])


def _patterns(count: int, height: int, width: int) -> NDArray[np.uint8]:
    """Random pixels, a larger share of phase 1 in each next image."""
    rng = np.random.default_rng(4)
    share = np.linspace(0.2, 0.7, count)[:, None, None]
    return (rng.random((count, height, width)) < share).astype(np.uint8)


@exercise("1.1", stars=1, takes="images", reference=descriptors.volume_fraction, gives_array=True)
def volume_fraction(student: Student) -> None:
    """The share of ones, one number an image."""
    images = _patterns(4, 6, 9)
    right = images.mean(axis=(1, 2))
    counts = images.sum(axis=(1, 2))
    mistakes = (
        Known(
            images.mean(),
            "You averaged over the whole batch. Return one number for each image: say over which "
            "axes, `axis=(1, 2)`.",
        ),
        Known(1 - right, "This is the volume fraction of the other phase, 0. Count the ones."),
        Known(
            images.mean(axis=0),
            "You averaged over the images (axis 0): that is a mean picture. Average over rows and "
            "columns, axes 1 and 2.",
        ),
        Known(images.mean(axis=1), "You averaged over the rows alone. Columns must go, too."),
        Known(images.mean(axis=2), "You averaged over the columns alone. Rows must go, too."),
        Known(counts, "You counted the pixels of phase 1. A fraction is their share of all."),
        Known(
            counts / 4096,
            "You divided by 64 · 64, but images may have another size. Let `mean` count them.",
        ),
        Known(
            counts / images.size,
            "You divided by the pixels of the whole batch. Divide by those of one image.",
        ),
    )
    compare("volume_fraction(images)", student(images), right, mistakes)


@exercise("1.2", stars=2, takes="c, b", reference=_bulk_chemical_potential, gives_array=True)
def bulk_chemical_potential(student: Student) -> None:
    """The derivative of the double well."""
    c = np.array([[-0.02, 0.1, 0.3, 0.45], [0.6, 0.8, 0.95, 1.03]])
    b = 20.0
    right = _bulk_chemical_potential(c, b)
    first, second = 2 * b * c * (1 - c) ** 2, 2 * b * c**2 * (1 - c)
    clipped = np.clip(c, 0, 1)
    mistakes = (
        Known(-right, "The sign is the wrong way round: at a small c the energy rises with c."),
        Known(
            first + second,
            "A factor of the chain rule is lost. The inner derivative of (1 − c) is −1, so the "
            "second term is subtracted. (With u = c(1 − c): the derivative of u² is 2u times that "
            "of u, which is 1 − 2c.)",
        ),
        Known(first, "Half of the product rule is missing: (1 − c)² depends on c as well."),
        Known(-second, "Half of the product rule is missing: c² depends on c as well."),
        Known(
            2 * c * -2 * (1 - c) * b,
            "The derivative of a product is not the product of the derivatives: use the product "
            "rule.",
        ),
        Known(
            2 * c * 2 * (1 - c) * b,
            "You multiplied the derivatives of the two factors (and lost a sign). The product rule "
            "adds two terms.",
        ),
        Known(right / b, "The barrier b is missing: it multiplies the whole function."),
        Known(85 / b * right, "You wrote 85 for the barrier. Use the argument b."),
        Known(right / 2, "The factor 2, from the derivative of a square, is lost."),
        Known(b * (c * (1 - c)) ** 2, "This is the free energy itself. Take its derivative."),
        Known(
            2 * b * (1 - 6 * c + 6 * c**2),
            "This is the second derivative. The chemical potential is the first.",
        ),
        Known(
            _bulk_chemical_potential(clipped, b),
            "You cut c to 0…1 first. The noise may leave this range, and it is the derivative out "
            "there that brings c back.",
        ),
        Known(right.sum(), "You added up all places. Each place has a chemical potential."),
        Known(right.mean(), "You averaged over all places. Each place has a chemical potential."),
    )
    why = "Test it by steps: (f(c + h) − f(c − h)) / 2h. At c = 0, ½ and 1 it must be 0."
    compare("bulk_chemical_potential(c, b)", student(c, b), right, mistakes, why)


def _correlation_mistakes(image: NDArray[np.uint8]) -> list[Known]:
    n = len(image)
    one_way = np.r_[0 : (n + 1) // 2, -(n // 2) : 0]
    lags = np.ix_(one_way, one_way)
    spectrum = np.fft.fft2(image, (2 * n, 2 * n))
    pairs = np.fft.ifft2(np.abs(spectrum) ** 2).real
    possible = np.outer(n - np.abs(one_way), n - np.abs(one_way))
    right = pairs[lags] / possible
    periodic = np.fft.ifft2(np.abs(np.fft.fft2(image)) ** 2).real
    wraps = (
        "Pairs are counted across the edge, from the right side to the left: the walls are not "
        "periodic. Pad with zeros: `np.fft.fft2(image, (2 * n, 2 * n))`."
    )
    fraction = image.mean()
    half_padded = [
        np.fft.ifft2(np.abs(np.fft.fft2(part, (2 * n, n))) ** 2).real[lags]
        for part in (image, np.ones((n, n)))
    ]
    return [
        Known(periodic / n**2, wraps),
        Known(periodic, f"{wraps} And they are not divided by the number of possible pairs."),
        Known(periodic[lags] / possible, wraps),
        Known(
            half_padded[0] / half_padded[1],
            "You padded the rows alone: pairs still wrap along the other axis. Both sides of the "
            "padded image are 2n long.",
        ),
        Known(
            pairs[lags],
            "These are numbers of pairs, not probabilities. Divide by the number of possible "
            "pairs, so that lag zero gives the volume fraction.",
        ),
        Known(
            pairs[lags] / n**2,
            "You divided every lag by n². Fewer pairs fit between the walls at a longer lag: "
            "divide by the pairs possible at each, the same count for an image of ones.",
        ),
        Known(
            pairs[lags] / (2 * n) ** 2,
            "You divided by the pixels of the padded image. Divide by the pairs possible at each "
            "lag, the same count for an image of ones.",
        ),
        Known(
            right / fraction,
            "You scaled it to 1 at lag zero. There it must be the volume fraction.",
        ),
        Known(
            pairs[lags] / pairs[0, 0],
            "You scaled the counts to 1 at lag zero. Divide by the pairs possible at each lag.",
        ),
        Known(
            right - fraction**2,
            "You took φ² away: that is the covariance. S₂ itself starts at φ.",
        ),
        Known(
            np.fft.ifft2(np.abs(spectrum)).real[lags] / possible,
            "The square is missing: pairs come from the *squared* magnitude of the transform.",
        ),
        Known(
            np.fft.ifft2(spectrum**2).real[lags] / possible,
            "You squared the transform itself. Take its magnitude first, `np.abs`: otherwise the "
            "image is compared with its mirror image.",
        ),
        Known(
            np.fft.fftshift(right),
            "Lag zero has moved to the middle. Leave it at [0, 0]: take fftshift away.",
        ),
        Known(
            np.abs(spectrum[lags]) ** 2 / possible,
            "The way back is missing: np.fft.ifft2 turns the spectrum into pairs.",
        ),
    ]


@exercise(
    "1.3", stars=1, takes="image", reference=descriptors.two_point_correlation, gives_array=True
)
def two_point_correlation(student: Student) -> None:
    """Zero-padded, by the pairs possible at each lag, real."""
    for n in (12, 9):
        image = _patterns(3, n, n)[1]
        found = as_array("two_point_correlation(image)", student(image))
        if np.iscomplexobj(found):
            require(
                False,
                "two_point_correlation(image) has complex values.",
                "A probability is real. After the transform back, take the real part: `.real`.",
            )
        require(
            found.shape != (2 * n, 2 * n),
            "two_point_correlation(image) has the shape of the padded array.",
            "Lags longer than half a side have few pairs or none. Pick the others out: `[lags]`.",
            f"shape {(n, n)}",
            f"shape {found.shape}",
        )
        compare(
            "two_point_correlation(image)",
            found,
            descriptors.two_point_correlation(image),
            _correlation_mistakes(image),
            "Try the row of the worked example as an image, and count pairs by hand.",
        )


@exercise(
    "1.4",
    stars=1,
    takes="simulation, test, seed",
    reference=_split_by_simulation,
    gives_array=True,
)
def split_by_simulation(student: Student) -> None:
    """Whole simulations, as many as asked for, drawn by the seed."""
    simulation = simulations()
    numbers = np.unique(simulation)
    masks = [mask_of(student, simulation, seed) for seed in range(6)]
    for mask in masks:
        require_whole_simulations(mask, simulation)
    again = mask_of(student, simulation, 0)
    require(
        np.array_equal(again, masks[0]),
        "Two calls with one seed give different splits.",
        "Nobody could repeat your result. Draw with `np.random.default_rng(seed)`.",
    )
    drawn = [np.unique(simulation[mask]) for mask in masks]
    if all(np.array_equal(one, drawn[0]) for one in drawn):
        last_or_first = any(np.array_equal(drawn[0], part) for part in (numbers[-5:], numbers[:5]))
        require(
            not last_or_first,
            "It is always the last simulations, or the first, that are set aside.",
            "Simulations are often sorted (by date, by parameter), and then the test set is not "
            "like the rest. Draw them at random, by the seed.",
        )
        require(
            False,
            "Every seed gives the same split.",
            "Use the argument: `np.random.default_rng(seed)`, not a number of your own.",
        )
    for mask in masks:
        require_a_quarter(mask, simulation)
    fewer = as_array("split_by_simulation", student(simulation, 0.13, 0)).astype(bool)
    count = len(np.unique(simulation[fewer]))
    right = "3 of 20 simulations for test = 0.13"
    require(
        count != int(0.13 * 20),
        "The number of test simulations is cut off, not rounded.",
        "int(2.6) is 2. Use `round`.",
        right,
        f"{count}",
    )
    require(
        count == round(0.13 * 20),
        "The share of test simulations does not follow the argument test.",
        "Set aside `round(test * number of simulations)` of them.",
        right,
        f"{count}",
    )


def _growth(scatter: float) -> tuple[Floats, Floats]:
    """Flat at first, then a power law of exponent 0.31 that scatters."""
    rng = np.random.default_rng(6)
    times = np.geomspace(3e-5, 0.04, 23)
    lengths = np.maximum(0.6 * times**0.31, 0.11 + 20 * times)
    return times, np.asarray(lengths * np.exp(scatter * rng.standard_normal(23)))


@exercise("1.5", stars=3, takes="times, lengths", reference=_coarsening_exponent)
def coarsening_exponent(student: Student) -> None:
    """The slope of the logarithms over the last factor of ten in time."""
    what = "coarsening_exponent(times, lengths)"
    times, lengths = _growth(0.03)
    t, size = np.log(times), np.log(lengths)
    late, early = times >= times[-1] / 10, times <= times[-1] / 10

    def slope(x: Floats, y: Floats, part: Any = late) -> Floats:
        return np.asarray(np.polyfit(x[part], y[part], 1))

    both = slope(t, size)
    everything = np.ones(23, bool)
    linear = (
        "This is the slope on linear axes. It has a unit, and it is no exponent: take the "
        "logarithm of both, times and lengths."
    )
    mistakes = (
        Known(
            slope(t, size, everything)[0],
            "The early regime is in the fit, when the phases were only coming into being. Use the "
            "times from times.max() / 10 on.",
        ),
        Known(slope(times, lengths)[0], linear),
        Known(slope(times, lengths, everything)[0], f"{linear} And leave the early times out."),
        Known(slope(t, lengths)[0], "The lengths are not in logarithms yet."),
        Known(slope(times, size)[0], "The times are not in logarithms yet."),
        Known(
            slope(t, size, early)[0],
            "You fitted the early times and left the late ones out: turn the comparison round.",
        ),
        Known(slope(size, t)[0], "The axes are swapped: this is log t against log L."),
        Known(
            slope(t, size, times >= 0.0025)[0],
            "You wrote 0.0025, which fits the data of this lesson alone. The limit depends on the "
            "latest time: times.max() / 10.",
        ),
        Known(both[1], "This is the intercept, log A. np.polyfit returns the slope first."),
        Known(both, "Return the slope alone, one number: it is the first that np.polyfit returns."),
        Known(
            slope(t, size, slice(-(len(times) // 10), None))[0],
            "You took the last tenth of the points. The last factor of ten in *time* is asked for.",
        ),
        Known(
            (size[-1] - size[late][0]) / (t[-1] - t[late][0]),
            "You joined two points. They scatter: fit a line to all late points.",
        ),
    )
    why = "Fit log L against log t with np.polyfit(…, 1), over times >= times.max() / 10."
    compare(what, student(times, lengths), both[0], mistakes, why)
    order = np.random.default_rng(7).permutation(23)
    compare(
        f"{what}, times in disorder",
        student(times[order], lengths[order]),
        both[0],
        why="The last time in the array is not always the latest: use times.max().",
    )
