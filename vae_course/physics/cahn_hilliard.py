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
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike
from scipy.fft import dctn, idctn

from vae_course.arguments import at_least
from vae_course.arrays import Floats

FIRST_STEP = 2e-7
"""The first time step: a tenth of the fastest growth time, 4λ/b², at b = 100 and λ = 0.01."""

_SMALLEST_STEP = 1e-13
_RUNG = 2**0.25  # steps grow and shrink by this, so that their weights can be kept
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
    gradient = np.sum(_wave_numbers_squared(c.shape[-1]) * coefficients**2, axis=(-2, -1)) / cells
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
        for k, field in enumerate(_integrate(*simulation, moments, tolerance, step)):
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


def _wave_numbers_squared(n: int) -> Floats:
    q = np.pi * np.arange(n)
    return np.asarray(q[:, None] ** 2 + q[None, :] ** 2)


class _Splitting:
    """The split equation û′ = L û − q² ĝ in cosine space, ĝ the transform of f′(c) − a c."""

    def __init__(self, n: int, b: float, lam: float, shift: float) -> None:
        self.n, self.b, self.shift = n, b, shift
        self.q2 = _wave_numbers_squared(n)
        self.linear = -self.q2 * (lam * self.q2 + shift)
        self._weights: dict[float, tuple[Floats, ...]] = {}

    def nonlinear(self, u: Floats) -> Floats:
        """Transform of f′(c) − a c = 2b c(1 − c)(1 − 2c) − a c."""
        c = idctn(u, type=2, norm="ortho")
        g = c - 1.5
        g *= c
        g *= 4 * self.b
        g += 2 * self.b - self.shift  # Horner: 4b c² − 6b c + 2b − a
        g *= c
        return np.asarray(dctn(g, type=2, norm="ortho", overwrite_x=True))

    def weights(self, h: float) -> tuple[Floats, ...]:
        """Weights of Krogstad's scheme for a step h, each times −q²."""
        if h not in self._weights:
            if len(self._weights) >= 16:
                self._weights.clear()
            full, p1, p2, p3 = _phi(self.linear * h)
            half, half1, half2, _ = _phi(self.linear * (h / 2))
            scale = -h * self.q2
            self._weights[h] = (
                half,
                scale / 2 * half1,
                scale * half2,
                full,
                scale * (p1 - 2 * p2),
                scale * 2 * p2,
                scale * (p1 - 3 * p2 + 4 * p3),
                scale * (2 * p2 - 4 * p3),
                scale * (4 * p3 - p2),
            )
        return self._weights[h]

    def step(self, u: Floats, g1: Floats, h: float) -> tuple[Floats, Floats, float]:
        """One step from u, where g1 = nonlinear(u): the new u, its g, its relative local error."""
        half, a1, b2, full, c1, c3, w1, w23, w4 = self.weights(h)
        stage = half * u
        stage += a1 * g1
        g2 = self.nonlinear(stage)
        stage += b2 * (g2 - g1)
        g3 = self.nonlinear(stage)
        decayed = full * u
        stage = c1 * g1
        stage += decayed
        stage += c3 * g3
        g4 = self.nonlinear(stage)
        g2 += g3
        g2 *= w23
        new = decayed
        new += w1 * g1
        new += g2
        new += w4 * g4
        g5 = self.nonlinear(new)
        g4 -= g5
        g4 *= w4
        squares = _sum_of_squares(new) - float(new[0, 0]) ** 2
        contrast = max(np.sqrt(max(squares, 0.0)) / self.n, 1e-14)  # ½ for two pure phases
        strictness = max(0.05, min(1.0, 2 * contrast))
        return new, g5, np.sqrt(_sum_of_squares(g4)) / self.n / (contrast * strictness)


def _sum_of_squares(array: Floats) -> float:
    """Not by BLAS, whose threads wait for each other on a busy machine."""
    return float(np.sum(array * array))


def _phi(z: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """exp(z), φ₁ = (eᶻ − 1)/z, φ₂ = (φ₁ − 1)/z, φ₃ = (φ₂ − ½)/z for z ≤ 0, without cancellation."""
    small = z > -0.5
    divisor = np.where(small, -1.0, z)
    exponential = np.exp(z)
    phi1 = np.expm1(z) / divisor
    phi2 = (phi1 - 1) / divisor
    phi3 = (phi2 - 0.5) / divisor
    near = z[small]
    series3 = np.zeros_like(near)
    for k in range(14, 2, -1):  # φ₃ = Σ zʲ/(j + 3)!, by Horner
        series3 = (series3 * near + 1) / k
    series3 /= 2
    phi3[small] = series3
    phi2[small] = 0.5 + near * series3
    phi1[small] = 1 + near * phi2[small]
    return exponential, phi1, phi2, phi3


def _integrate(
    initial: Floats,
    b: float,
    lam: float,
    times: Floats,
    tolerance: float,
    fixed_step: float | None,
) -> Iterator[Floats]:
    separating = _Splitting(len(initial), b, lam, shift=b / 2)
    coarsening = _Splitting(len(initial), b, lam, shift=b)
    scheme = separating
    u = np.asarray(dctn(initial, type=2, norm="ortho"))
    g = scheme.nonlinear(u)
    time, h = 0.0, FIRST_STEP
    for target in times:
        if fixed_step is not None and target > time:
            count = max(1, round((target - time) / fixed_step))
            for _ in range(count):
                u, g, _ = scheme.step(u, g, (target - time) / count)
            time = target
        while time < target:
            if scheme is separating and h > 2 * lam / b**2:  # half the fastest growth time
                scheme = coarsening
                g = scheme.nonlinear(u)
            left = target - time
            trial = h if left > 2 * h else left if left <= h else left / 2
            new, new_g, error = scheme.step(u, g, trial)
            factor = 0.9 * (tolerance / max(error, 1e-300)) ** 0.25
            if not factor >= 0.9:  # also when the error is not a number
                h = min(h, trial) / 2
                if h < _SMALLEST_STEP:
                    raise RuntimeError(
                        f"the time step has shrunk below {_SMALLEST_STEP} at t = {time:.3g}; "
                        "check b, lam and the resolution"
                    )
                continue
            u, g = new, new_g
            time = target if trial == left else time + trial
            if trial == h and (factor < 1 or factor > _RUNG):
                h *= _RUNG if factor > _RUNG else 1 / _RUNG
        yield initial if target == 0 else idctn(u, type=2, norm="ortho")
