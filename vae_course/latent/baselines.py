"""What learned models have to beat: straight lines in the latent space, neighbours, regressions.

Coarsening is a power law of time, so codes move steadily in the logarithm of time.
"""

from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, PolynomialFeatures, StandardScaler

from vae_course.data import PatternSet
from vae_course.latent.dynamics import frame_pairs
from vae_course.physics import descriptors
from vae_course.vae import VAE

_FADING = 3  # power of the time ratio; of 0 to 6, best on simulations outside the embedded set


def extrapolate(
    z0: ArrayLike, t0: float, z1: ArrayLike, t1: float, t: ArrayLike
) -> NDArray[np.float64]:
    """Extrapolate codes along their latent velocity in log time.

    z(t) = z1 + (z1 − z0) · log(t / t1) / log(t1 / t0)

    Args:
        z0: Codes at time t0, shape (N, latent) or (latent,).
        t0: Time of z0, positive.
        z1: Codes of the same simulations at time t1, the same shape.
        t1: Time of z1, positive and other than t0.
        t: Times to predict, earlier or later, positive, shape (k,).

    Returns:
        Codes, shape (N, k, latent), or (k, latent) for one code.

    Raises:
        ValueError: If the codes differ in shape, or a time is not positive, or t0 equals t1.

    Examples:
        A step for each doubling of the time:

        >>> extrapolate([0.0], 1.0, [1.0], 2.0, [4.0, 0.5]).tolist()
        [[2.0], [-1.0]]
    """
    first, second = np.asarray(z0, dtype=np.float64), np.asarray(z1, dtype=np.float64)
    if first.ndim not in (1, 2) or first.shape != second.shape:
        raise ValueError(
            f"z0 and z1 must have one shape, (latent,) or (N, latent); got {first.shape} and "
            f"{second.shape}"
        )
    times = np.asarray(t, dtype=np.float64)
    if times.ndim != 1:
        raise ValueError(f"t must have shape (k,); got {times.shape}")
    if not (t0 > 0 and t1 > 0 and np.all(times > 0)) or t0 == t1:
        raise ValueError(f"times must be positive, and t0 other than t1; got {t0}, {t1}, {times}")
    steps = np.log(times / t1) / np.log(t1 / t0)
    return np.asarray(second[..., None, :] + steps[:, None] * (second - first)[..., None, :])


def extrapolate_images(
    vae: VAE, images0: ArrayLike, t0: float, images1: ArrayLike, t1: float, t: ArrayLike
) -> NDArray[np.float64]:
    """Predict images from two frames, by extrapolating their codes in log time.

    x(t) = D(z(t)) + r (x1 − D(z1)),   r = min(t / t1, t1 / t)³,   kept within [0, 1],

    with D the decoder and z(t) from `extrapolate`. What the code z1 leaves out of the picture x1
    is still there a little before and after, and is forgotten further away.

    Args:
        vae: The model.
        images0: Frames at time t0, shape (N, n, n).
        t0: Time of images0, positive: before t1 to look forward, after it to look backward.
        images1: Frames of the same simulations at time t1, shape (N, n, n).
        t1: Time of images1, positive and other than t0.
        t: Times to predict, positive, shape (k,).

    Returns:
        Probabilities of phase 1, shape (N, k, n, n).

    Raises:
        ValueError: If the images differ in shape or have other values, or a time is not positive.

    Examples:
        >>> from vae_course.data import load_embedded
        >>> from vae_course.vae import load_pretrained
        >>> early, late = load_embedded().images[4:6, None]
        >>> extrapolate_images(load_pretrained(), early, 1e-3, late, 1.5e-3, [2e-3, 3e-3]).shape
        (1, 2, 64, 64)
    """
    z0, z1 = vae.encode(images0), vae.encode(images1)
    codes = extrapolate(z0, t0, z1, t1, t)
    times = np.asarray(t, dtype=np.float64)
    decoded = vae.decode(codes.reshape(-1, vae.latent))
    decoded = decoded.reshape(*codes.shape[:2], *decoded.shape[1:])
    left_out = np.asarray(images1, dtype=np.float64) - vae.decode(z1)
    weight = np.minimum(times / t1, t1 / times) ** _FADING
    return np.clip(decoded + weight[:, None, None] * left_out[:, None], 0, 1)


def nearest_past(
    patterns: PatternSet,
    images: ArrayLike,
    factor: float,
    tolerance: float = 0.05,
    swap_phases: bool = True,
) -> NDArray[np.uint8]:
    """Look up the past of the known pattern that resembles an image most.

    Of all frames that have an earlier one at the ratio of times, the frame with the fewest pixels
    that differ from the image, under any symmetry of the square (and of the phases), is taken.

    Args:
        patterns: Frames to look among, with their times.
        images: Values 0 and 1, shape (N, n, n).
        factor: Ratio of times, t_new / t_now, below 1.
        tolerance: Largest difference of log r allowed.
        swap_phases: Whether to look at swapped phases, too.

    Returns:
        The earlier frames, turned as the images are, shape (N, n, n).

    Raises:
        ValueError: If factor is not between 0 and 1, the images differ in size from the patterns,
            or no two frames have such a ratio.

    Examples:
        >>> from vae_course.data import load_embedded
        >>> known = load_embedded().select(range(120))
        >>> past = nearest_past(known, known.images[8:9], known.time[7] / known.time[8])
        >>> bool((past[0] == known.images[7]).all())  # it finds the frame itself
        True
    """
    if not 0 < factor < 1:
        raise ValueError(f"factor must lie between 0 and 1; got {factor}")
    array = np.asarray(images)
    if array.ndim != 3 or array.shape[1:] != patterns.images.shape[1:]:
        raise ValueError(f"images must have shape (N, n, n) as patterns; got {array.shape}")
    early, late = frame_pairs(patterns, 1 / factor * np.exp(tolerance))
    ratio = np.log(patterns.time[early] / patterns.time[late])
    fitting = np.abs(ratio - np.log(factor)) <= tolerance
    if not fitting.any():
        raise ValueError(f"patterns hold no two frames of a simulation at a ratio of {factor:g}")
    early, late = early[fitting], late[fitting]
    late, first = np.unique(late, return_index=True)
    early = early[first]
    known = patterns.images[late].reshape(len(late), -1).astype(np.float32) - 0.5
    best = np.full(len(array), -np.inf)
    result = np.empty(array.shape, dtype=np.uint8)
    for turns, mirror, swap in product(range(4), (False, True), (False, True)[: 1 + swap_phases]):
        seen = np.rot90(array, turns, (1, 2))
        seen = seen[:, :, ::-1] if mirror else seen
        seen = 1 - seen if swap else seen
        alike = (seen.reshape(len(seen), -1).astype(np.float32) - 0.5) @ known.T
        chosen = alike.argmax(axis=1)
        score = alike[np.arange(len(alike)), chosen]
        better = score > best
        best[better] = score[better]
        past = patterns.images[early[chosen[better]]]
        past = 1 - past if swap else past
        past = past[:, :, ::-1] if mirror else past
        result[better] = np.rot90(past, -turns, (1, 2))
    return result


def volume_fraction_baseline() -> Pipeline:
    """Make the baseline that knows the volume fraction alone: a cubic.

    Returns:
        Pipeline of scikit-learn, from images (N, n, n) to energies (N,).

    Examples:
        >>> from vae_course.data import load_embedded
        >>> some = load_embedded().select(range(600))
        >>> model = volume_fraction_baseline().fit(some.images, some.strain_energy[:, -1])
        >>> model.predict(some.images[:2]).shape
        (2,)
    """
    cubic = PolynomialFeatures(3, include_bias=False)
    return make_pipeline(
        FunctionTransformer(_fraction_column), StandardScaler(), cubic, RidgeCV(_PENALTIES)
    )


def two_point_baseline(components: int = 100) -> Pipeline:
    """Make the baseline of materials informatics: ridge regression on two-point statistics.

    The features are the volume fraction and the principal components of the two-point correlation
    of phase 1.

    Args:
        components: Number of principal components.

    Returns:
        Pipeline of scikit-learn, from images (N, n, n) to energies (N,).

    Source: S. R. Kalidindi (2015), Hierarchical Materials Informatics,
    doi:10.1016/C2012-0-07337-6.

    Examples:
        >>> from vae_course.data import load_embedded
        >>> some = load_embedded().select(range(240))
        >>> model = two_point_baseline(components=20).fit(some.images, some.strain_energy[:, -1])
        >>> model.predict(some.images[:2]).shape
        (2,)
    """
    correlation = make_pipeline(
        FunctionTransformer(_correlation_rows),
        PCA(components, svd_solver="randomized", random_state=0),
    )
    features = make_union(FunctionTransformer(_fraction_column), correlation)
    return make_pipeline(features, StandardScaler(), RidgeCV(_PENALTIES))


_PENALTIES = np.logspace(-4, 4, 17)


def _fraction_column(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    return np.atleast_1d(descriptors.volume_fraction(images))[:, None]


def _correlation_rows(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    parts = [images[start : start + 500] for start in range(0, len(images), 500)]
    rows = [descriptors.two_point_correlation(one).astype(np.float32) for one in parts]
    return np.concatenate(rows).reshape(len(images), -1)
