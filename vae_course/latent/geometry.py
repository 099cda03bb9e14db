"""Moving in the latent space: along one axis, and from one code to another."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_course.vae import VAE


def traverse(z: ArrayLike, axis: int, values: ArrayLike) -> NDArray[np.float64]:
    """Set one axis of a code to each of several values.

    Args:
        z: Code, shape (latent,); left as it is.
        axis: Which axis.
        values: Values of the axis, shape (k,).

    Returns:
        Codes, shape (k, latent).

    Raises:
        ValueError: If z or values does not have one dimension, or there is no such axis.

    Examples:
        >>> traverse([0.5, -1.0], axis=1, values=[-2, 0, 2]).tolist()
        [[0.5, -2.0], [0.5, 0.0], [0.5, 2.0]]
    """
    code, levels = np.asarray(z, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if code.ndim != 1:
        raise ValueError(f"z must have shape (latent,); got {code.shape}")
    if levels.ndim != 1:
        raise ValueError(f"values must have shape (k,); got {levels.shape}")
    if not 0 <= axis < len(code):
        raise ValueError(f"axis must lie between 0 and {len(code) - 1}; got {axis}")
    codes = np.tile(code, (len(levels), 1))
    codes[:, axis] = levels
    return codes


def interpolate(
    z0: ArrayLike, z1: ArrayLike, n: int, mode: Literal["linear", "spherical"] = "linear"
) -> NDArray[np.float64]:
    """Go from one code to another in equal steps.

    Linear: (1 − s) z0 + s z1 for s from 0 to 1. Spherical:
    (sin((1 − s) ω) z0 + sin(s ω) z1) / sin ω with ω the angle between the codes, which keeps to
    lengths that are likely under the prior when both ends are.

    Args:
        z0: First code, shape (latent,).
        z1: Last code, shape (latent,).
        n: Number of codes, both ends included.
        mode: "linear" or "spherical".

    Returns:
        Codes, shape (n, latent); the first is z0 and the last z1.

    Raises:
        ValueError: If the codes differ in shape, n is below 2 or the mode is another.

    Source: K. Shoemake (1985), doi:10.1145/325165.325242 (spherical).

    Examples:
        >>> interpolate([1, 0], [0, 1], 3).tolist()
        [[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]
        >>> interpolate([1, 0], [0, 1], 3, "spherical").round(3).tolist()  # all have a length of 1
        [[1.0, 0.0], [0.707, 0.707], [0.0, 1.0]]
    """
    first, last = np.asarray(z0, dtype=np.float64), np.asarray(z1, dtype=np.float64)
    if first.ndim != 1 or first.shape != last.shape:
        raise ValueError(f"z0 and z1 must have shape (latent,); got {first.shape}, {last.shape}")
    if n < 2:
        raise ValueError(f"n must be at least 2; got {n}")
    if mode not in ("linear", "spherical"):
        raise ValueError(f'mode must be "linear" or "spherical"; got {mode!r}')
    s = np.linspace(0, 1, n)[:, None]
    lengths = np.linalg.norm(first) * np.linalg.norm(last)
    cosine = np.clip(first @ last / lengths, -1, 1) if lengths > 0 else 1.0
    sine = np.sqrt(1 - cosine**2)
    if mode == "linear" or sine < 1e-6:  # parallel codes span no arc: the chord is the path
        return np.asarray((1 - s) * first + s * last)
    angle = np.arccos(cosine)
    codes = (np.sin((1 - s) * angle) * first + np.sin(s * angle) * last) / sine
    codes[0], codes[-1] = first, last
    return np.asarray(codes)


def rank_axes(vae: VAE, z: ArrayLike, scale: ArrayLike = 1.0) -> NDArray[np.intp]:
    """Order the axes of the code by what each changes in the pictures.

    The change of an axis is the mean absolute difference, over pixels and codes, between the
    pictures decoded with the axis one scale above and one scale below its value.

    Args:
        vae: The model.
        z: Codes to look around, shape (N, latent).
        scale: Step along each axis, a number or shape (latent,): for example the standard
            deviation of the codes.

    Returns:
        Axes, the one that changes most first, shape (latent,).

    Raises:
        ValueError: If z does not have shape (N, latent).

    Examples:
        >>> from vae_course.vae import load_pretrained
        >>> axes = rank_axes(load_pretrained("case1-latent16"), np.zeros((1, 16)))
        >>> sorted(axes.tolist()) == list(range(16))
        True
    """
    codes = np.asarray(z, dtype=np.float64)
    if codes.ndim != 2 or codes.shape[1] != vae.latent:
        raise ValueError(f"z must have shape (N, {vae.latent}); got {codes.shape}")
    steps = np.broadcast_to(np.asarray(scale, dtype=np.float64), (vae.latent,))
    moved = codes[:, None, :] + np.diag(steps)[None]
    opposite = codes[:, None, :] - np.diag(steps)[None]
    pictures = vae.decode(np.concatenate([moved, opposite]).reshape(-1, vae.latent))
    above, below = pictures.reshape(2, len(codes), vae.latent, -1)
    return np.asarray(np.argsort(-np.abs(above - below).mean(axis=(0, 2)), kind="stable"))
