"""Phase separation: the Cahn–Hilliard equation on the unit square with no-flux boundaries.

    ∂c/∂t = ∇²μ,   μ = f′(c) − λ∇²c,   f(c) = b c²(1 − c)²,   ∂c/∂n = ∂μ/∂n = 0

c is the fraction of phase 1 (dimensionless, 0 in one phase and 1 in the other), b the height
of the energy barrier times 16, λ the gradient-energy coefficient. Lengths are in units of the
side of the square; the mobility is 1, so that b and λ fix the unit of time.

Fields live at the centres of n × n equal cells, where the cosine transform (DCT-II)
diagonalises the Laplacian with exactly these boundaries.

Source: J. W. Cahn and J. E. Hilliard (1958), doi:10.1063/1.1744102; the parameters are those of
H. Kobeissi, S. Mohammadzadeh and E. Lejeune (2022), arXiv:2203.04183.
"""

import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.fft import dctn

from vae_course.arguments import at_least
from vae_course.arrays import Floats
from vae_course.physics._phase_field import integrate, wave_numbers_squared

_OVERSHOOT = 0.1  # c leaves [0, 1] by the noise, and by curvature in small droplets


def initial_condition(
    mean: float, grid: int, size: int, seed: int, amplitude: float = 0.05
) -> Floats:
    """Draw a uniform mixture with noise, as the simulations of the dataset start from.

    The noise, uniform in mean ± amplitude, is drawn at the (grid + 1)² corners of grid × grid
    cells and interpolated bilinearly; the result holds the means of this interpolant over
    size × size cells. The same seed gives the same noise whatever the size. (Values at the cell
    centres would fold noise finer than the cells into the modes that grow: two sizes would then
    go different ways.)

    Args:
        mean: Mean fraction of phase 1.
        grid: Number of noise cells along a side; 11 to 100 in the dataset.
        size: Number of cells along a side of the result.
        seed: Seed of the noise.
        amplitude: Half the width of the noise.

    Returns:
        Fraction of phase 1, shape (size, size).

    Raises:
        ValueError: If mean is not in [0, 1], amplitude is negative, or grid or size is below 1.

    Examples:
        >>> mixture = initial_condition(mean=0.5, grid=20, size=64, seed=0)
        >>> mixture.shape, round(float(mixture.mean()), 2), bool(np.ptp(mixture) <= 2 * 0.05)
        ((64, 64), 0.5, True)
    """
    if not 0 <= mean <= 1:
        raise ValueError(f"mean must lie between 0 and 1; got {mean}")
    if not 0 <= amplitude <= _OVERSHOOT:
        raise ValueError(f"amplitude must lie between 0 and {_OVERSHOOT}; got {amplitude}")
    at_least(1, grid=grid, size=size)
    noise = np.random.default_rng(seed).uniform(-amplitude, amplitude, (grid + 1, grid + 1))
    edges = np.arange(size + 1) / size * grid
    distance = np.clip(edges[:, None] - np.arange(grid + 1), -1, 1)
    # The integral of the hat function of each corner up to each edge, hence its mean in each cell.
    integral = np.where(distance < 0, (1 + distance) ** 2 / 2, 1 - (1 - distance) ** 2 / 2)
    weights = np.diff(integral, axis=0) * size / grid
    rows = np.einsum("ij,jk->ik", weights, noise)  # not BLAS: the same bits on any threads
    return np.asarray(mean + np.einsum("ij,kj->ik", rows, weights))


def free_energy(c: ArrayLike, b: ArrayLike, lam: ArrayLike) -> float | Floats:
    """Compute the free energy F = ∫ b c²(1 − c)² + (λ/2) |∇c|² over the unit square.

    The gradient is that of the cosine interpolant of c, so that the energy is the one that
    `simulate` lowers.

    Args:
        c: Fraction of phase 1, shape (n, n) or (..., n, n).
        b: Height of the barrier, a number or shape (...).
        lam: Gradient-energy coefficient λ, a number or shape (...).

    Returns:
        A number, or an array of shape (...) for several fields.

    Raises:
        ValueError: If the last two axes of c are not equally long or a value is not finite.

    Examples:
        Pure phases have none, a uniform mixture has b/16:

        >>> free_energy([np.zeros((8, 8)), np.ones((8, 8)), np.full((8, 8), 0.5)], b=80, lam=0.02)
        array([0., 0., 5.])
    """
    c = np.asarray(c, dtype=np.float64)
    if c.ndim < 2 or c.shape[-1] != c.shape[-2]:
        raise ValueError(f"c must have shape (..., n, n); got {c.shape}")
    if not np.isfinite(c).all():
        raise ValueError("c must be finite; it has values that are not")
    coefficients = dctn(c, type=2, norm="ortho", axes=(-2, -1))
    cells = c.shape[-1] ** 2
    bulk = np.asarray(b) * np.mean((c * (1 - c)) ** 2, axis=(-2, -1))
    gradient = np.sum(wave_numbers_squared(c.shape[-1]) * coefficients**2, axis=(-2, -1)) / cells
    energy = bulk + np.asarray(lam) / 2 * gradient
    return float(energy) if energy.ndim == 0 else energy


def simulate(
    initial: ArrayLike,
    b: ArrayLike,
    lam: ArrayLike,
    times: ArrayLike,
    *,
    tolerance: float = 4e-4,
    step: float | None = None,
    progress: Callable[[float], None] | None = None,
) -> Floats:
    """Integrate the Cahn–Hilliard equation and return the field at the given times.

    Time integration is the exponential Runge–Kutta method of fourth order by Krogstad, on the
    splitting L = −λ∇⁴ + a∇², N = ∇²(f′(c) − a c): L is integrated exactly, N explicitly. The
    step follows an error estimate (the difference between the last stage and the new slope) and
    lands on every requested time. The shift a is b/2 while the mixture separates, when accuracy
    limits the step, and b while it coarsens, when stability does. Mass is conserved to rounding.

    Each simulation of a batch takes its own steps: its result does not depend on the others.

    Args:
        initial: Fraction of phase 1 at time 0, shape (n, n), or (m, n, n) for m simulations.
        b: Height of the barrier, a number or shape (m,).
        lam: Gradient-energy coefficient λ, a number or shape (m,).
        times: Times to return, ascending, shape (k,).
        tolerance: Largest local error of a step once the phases have separated, relative to the
            contrast of the field (both as root mean squares over cells, the contrast about the
            mean). Down to a twentieth of it while the contrast is small: there errors grow.
        step: A constant step in place of the adaptive one, for studies of convergence.
        progress: Called with the part that is done, from 0 to 1.

    Returns:
        Fraction of phase 1, shape (k, n, n), or (m, k, n, n) for a batch.

    Raises:
        ValueError: If an argument has the wrong shape or lies outside its range.
        RuntimeError: If the step has shrunk to nothing.

    Source: S. Krogstad (2005), doi:10.1016/j.jcp.2004.08.006.

    Examples:
        The energy falls, and the mass stays:

        >>> start = initial_condition(mean=0.5, grid=20, size=32, seed=0)
        >>> fields = simulate(start, b=80, lam=0.02, times=[0, 1e-3, 2e-3])
        >>> print(free_energy(fields, b=80, lam=0.02).round(2), fields.mean(axis=(1, 2)).round(6))
        [4.99 2.07 1.51] [0.503589 0.503589 0.503589]
    """
    fields = np.asarray(initial, dtype=np.float64)
    if fields.ndim not in (2, 3) or fields.shape[-1] != fields.shape[-2] or fields.shape[-1] < 2:
        raise ValueError(
            f"initial must have shape (n, n) or (m, n, n) with n >= 2; got {fields.shape}"
        )
    if not np.isfinite(fields).all():
        raise ValueError("initial must be finite; it has values that are not")
    if fields.size and (fields.min() < -_OVERSHOOT or fields.max() > 1 + _OVERSHOOT):
        raise ValueError(
            "initial must lie between 0 and 1 (noise of 0.1 beyond is allowed); "
            f"got {fields.min():.3g} to {fields.max():.3g}"
        )
    batch = fields if fields.ndim == 3 else fields[None]
    barriers = _per_simulation("b", b, fields)
    gradients = _per_simulation("lam", lam, fields)
    moments = np.asarray(times, dtype=np.float64)
    if moments.ndim != 1 or moments.size == 0:
        raise ValueError(f"times must have shape (k,) with k >= 1; got {moments.shape}")
    if not np.isfinite(moments).all() or moments[0] < 0 or np.any(np.diff(moments) <= 0):
        raise ValueError("times must be finite, not negative and ascending; got " + str(moments))
    for name, value in (("tolerance", tolerance), ("step", step)):
        if value is not None and not value > 0:
            raise ValueError(f"{name} must be positive; got {value}")
    narrowest = np.sqrt(gradients / (2 * barriers)).min(initial=np.inf) * 4.4 * batch.shape[-1]
    if narrowest < 1.5:
        warnings.warn(
            f"the interface is {narrowest:.2g} cells wide: use more cells (2 or more are needed)",
            stacklevel=2,
        )
    result = np.empty((len(batch), len(moments), *batch.shape[1:]))
    for index, simulation in enumerate(zip(batch, barriers, gradients, strict=True)):
        for k, field in enumerate(integrate(*simulation, moments, tolerance, step)):
            result[index, k] = field
            if progress is not None:
                part = moments[k] / moments[-1] if moments[-1] > 0 else 1.0
                progress((index + part) / len(batch))
    return result if fields.ndim == 3 else result[0]


def _per_simulation(name: str, value: ArrayLike, fields: Floats) -> Floats:
    array = np.asarray(value, dtype=np.float64)
    expected = fields.shape[:1] if fields.ndim == 3 else ()
    if array.shape not in ((), expected):
        raise ValueError(f"{name} must be a number or have shape {expected}; got {array.shape}")
    if not np.all(np.isfinite(array) & (array > 0)):
        raise ValueError(f"{name} must be positive and finite; got {array}")
    return np.broadcast_to(array, expected or (1,))
