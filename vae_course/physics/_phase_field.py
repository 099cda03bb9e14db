"""Integrates the Cahn–Hilliard and the Allen–Cahn equation, mode by mode.

    ∂c/∂t = ∇²μ  (Cahn–Hilliard),   ∂c/∂t = −μ  (Allen–Cahn),   μ = f′(c) − λ∇²c

with f(c) = b c²(1 − c)², on the unit square. The cosine transform (DCT-II) diagonalises the
Laplacian with no-flux boundaries, the Hartley transform with periodic ones; both are real and
orthonormal.
"""

from collections.abc import Iterator

import numpy as np
from scipy.fft import dctn, fftn, idctn

from vae_course.arrays import Floats

FIRST_STEP = 2e-7
"""The first time step: a tenth of the fastest growth time, 4λ/b², at b = 100 and λ = 0.01."""

_SMALLEST_STEP = 1e-13
_RUNG = 2**0.25  # steps grow and shrink by this, so that their weights can be kept


def wave_numbers_squared(n: int, periodic: bool = False) -> Floats:
    """Return |q|² of each mode of n × n cells."""
    q = 2 * np.pi * np.fft.fftfreq(n, 1 / n) if periodic else np.pi * np.arange(n)
    return np.asarray(q[:, None] ** 2 + q[None, :] ** 2)


def _hartley(field: Floats) -> Floats:
    modes = fftn(field, norm="ortho")
    return np.asarray(modes.real - modes.imag)


class _Splitting:
    """The split equation û′ = L û − K ĝ of modes, ĝ the transform of f′(c) − a c.

    K is q² where the sum of c is conserved, and 1 where it is not.
    """

    def __init__(
        self, n: int, b: float, lam: float, shift: float, conserved: bool, periodic: bool
    ) -> None:
        self.n, self.b, self.shift, self.periodic = n, b, shift, periodic
        q2 = wave_numbers_squared(n, periodic)
        self.mobility = q2 if conserved else np.ones_like(q2)
        self.linear = -self.mobility * (lam * q2 + shift)
        self._weights: dict[float, tuple[Floats, ...]] = {}

    def modes(self, field: Floats) -> Floats:
        """Transform a field, which may be overwritten."""
        if self.periodic:
            return _hartley(field)
        return np.asarray(dctn(field, type=2, norm="ortho", overwrite_x=True))

    def field(self, u: Floats) -> Floats:
        """Transform modes back."""
        return _hartley(u) if self.periodic else np.asarray(idctn(u, type=2, norm="ortho"))

    def nonlinear(self, u: Floats) -> Floats:
        """Transform of f′(c) − a c = 2b c(1 − c)(1 − 2c) − a c."""
        c = self.field(u)
        g = c - 1.5
        g *= c
        g *= 4 * self.b
        g += 2 * self.b - self.shift  # Horner: 4b c² − 6b c + 2b − a
        g *= c
        return self.modes(g)

    def weights(self, h: float) -> tuple[Floats, ...]:
        """Weights of Krogstad's scheme for a step h, each times −K."""
        if h not in self._weights:
            if len(self._weights) >= 16:
                self._weights.clear()
            full, p1, p2, p3 = _phi(self.linear * h)
            half, half1, half2, _ = _phi(self.linear * (h / 2))
            scale = -h * self.mobility
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


def integrate(
    initial: Floats,
    b: float,
    lam: float,
    times: Floats,
    tolerance: float,
    fixed_step: float | None = None,
    *,
    first_step: float = FIRST_STEP,
    conserved: bool = True,
    periodic: bool = False,
) -> Iterator[Floats]:
    """Yield the field at ascending times; see `cahn_hilliard.simulate`."""
    separating = _Splitting(len(initial), b, lam, b / 2, conserved, periodic)
    coarsening = _Splitting(len(initial), b, lam, b, conserved, periodic)
    scheme = separating
    u = scheme.modes(initial.copy())
    g = scheme.nonlinear(u)
    time, h = 0.0, first_step
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
        yield initial if target == 0 else scheme.field(u)
