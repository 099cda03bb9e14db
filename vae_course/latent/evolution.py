"""Predicting how a microstructure goes on, and where it came from, in the latent space.

Coarsening is a power law of time, so codes move steadily in the logarithm of time.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
    """
    z0, z1 = vae.encode(images0), vae.encode(images1)
    codes = extrapolate(z0, t0, z1, t1, t)
    times = np.asarray(t, dtype=np.float64)
    decoded = vae.decode(codes.reshape(-1, vae.latent))
    decoded = decoded.reshape(*codes.shape[:2], *decoded.shape[1:])
    left_out = np.asarray(images1, dtype=np.float64) - vae.decode(z1)
    weight = np.minimum(times / t1, t1 / times) ** _FADING
    return np.clip(decoded + weight[:, None, None] * left_out[:, None], 0, 1)
