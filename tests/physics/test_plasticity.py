"""Strength against closed forms, laminates, a second formulation, finer elements and energy."""

import numpy as np
import pytest
from scipy.optimize import brentq, fsolve
from scipy.sparse import csr_matrix, hstack
from scipy.sparse.linalg import spsolve
from skfem import Basis, ElementQuad2, MeshQuad

from vae_course.physics import plasticity
from vae_course.physics.j2_law import J2Law
from vae_course.physics.material_law import PAIRS
from vae_course.physics.plasticity import STRAINS, flow_stress, proof_stress, solve, stress_strain

E, NU = 1000.0, 0.3
YIELD, HARDENING = (3.0, 1.0), (10.0, 10.0)
LEVELS = np.array(STRAINS)


def blobs(n: int, seed: int = 0) -> np.ndarray:
    waves = np.random.default_rng(seed).normal(size=(4, 4))
    x = np.pi * (np.arange(n) + 0.5) / n
    cosines = np.cos(np.outer(np.arange(4), x))
    return (np.einsum("mk,mi,kj->ij", waves, cosines, cosines) > 0).astype(np.uint8)


def finer(pattern: np.ndarray, times: int) -> np.ndarray:
    return np.kron(pattern, np.ones((times, times), dtype=int))


class Point:
    """One point of a phase, by 3 × 3 tensors: the oracle of uniform states."""

    def __init__(self, phase: int, nu: float = NU) -> None:
        self.mu, self.lam = E / 2 / (1 + nu), E * nu / (1 + nu) / (1 - 2 * nu)
        self.initial, self.slope = YIELD[phase], HARDENING[phase]
        self.plastic, self.alpha = np.zeros((3, 3)), 0.0

    def stress(self, xx: float, yy: float, keep: bool = False) -> np.ndarray:
        elastic = np.diag([xx, yy, 0.0]) - self.plastic
        trial = 2 * self.mu * elastic + self.lam * np.trace(elastic) * np.eye(3)
        deviator = trial - np.trace(trial) / 3 * np.eye(3)
        q = np.sqrt(1.5 * np.sum(deviator**2))

        def beyond(growth: float) -> float:
            return q - 3 * self.mu * growth - self.initial - self.slope * (self.alpha + growth)

        if beyond(0.0) <= 0:
            return trial
        growth = brentq(beyond, 0, q / self.mu, xtol=1e-16)
        flow = 1.5 * growth * deviator / q
        if keep:
            self.plastic, self.alpha = self.plastic + flow, self.alpha + growth
        return trial - 2 * self.mu * flow


def pulled(shares: tuple[float, float], along: str) -> np.ndarray:
    """The curve of a laminate: phases side by side, or on top of each other."""
    points, curve = (Point(0), Point(1)), []
    # Unknown are ε_xx and ε_yy of both phases; guesses go on from the last strain.
    guess, last = np.array([0.001, 0.001, -0.0004, -0.0004]), LEVELS[0]
    for level in LEVELS:

        def wrong(x: np.ndarray, level: float = level) -> list[float]:
            found = [point.stress(x[k], x[2 + k]) for k, point in enumerate(points)]
            vertical = shares[0] * found[0][1, 1] + shares[1] * found[1][1, 1]
            if along == "x":  # layers on top of each other: all are pulled alike, σ_yy = 0 in each
                apart = [1e3 * (x[k] - level) for k in (0, 1)]
                return [*apart, found[0][1, 1], found[1][1, 1]]
            mean = shares[0] * x[0] + shares[1] * x[1]
            return [
                1e3 * (mean - level),
                found[0][0, 0] - found[1][0, 0],
                1e3 * (x[2] - x[3]),
                vertical,
            ]

        guess = fsolve(wrong, guess * level / last, xtol=1e-13)
        last = level
        kept = [point.stress(guess[k], guess[2 + k], keep=True) for k, point in enumerate(points)]
        curve.append(shares[0] * kept[0][0, 0] + shares[1] * kept[1][0, 0])
    return np.array(curve)


@pytest.mark.parametrize(("value", "n"), [(0, 2), (1, 5)])
def test_a_uniform_phase_is_elastic_as_the_closed_form(value, n):
    strains = np.array([2e-4, 5e-4, 9e-4])
    solution = solve(np.full((n, n), value), strains)
    np.testing.assert_allclose(solution.stress, E / (1 - NU**2) * strains, rtol=1e-8)
    np.testing.assert_allclose(solution.contraction, -NU / (1 - NU) * strains, rtol=1e-8)
    assert not solution.plastic_strain.any()
    assert not solution.dissipated.any()


@pytest.mark.parametrize("m", [1.0, 0.3])
@pytest.mark.parametrize("value", [0, 1])
def test_a_uniform_phase_that_keeps_its_volume_flows_as_the_closed_form(value, m):
    nu, initial, slope = 0.5 - 1e-8, YIELD[value], 40.0  # the direction of flow never changes

    def resistance(alpha: float) -> float:
        return initial * (1 + slope * alpha / (m * initial)) ** m

    found = stress_strain(
        np.full((3, 3), value), LEVELS, poisson=nu, hardening=(slope, slope), exponent=m
    )
    for strain, stress in zip(LEVELS, found, strict=True):
        elastic = E / 0.75 * strain
        if elastic <= 2 / 3**0.5 * initial:
            assert stress == pytest.approx(elastic, rel=1e-6)
            continue
        alpha = brentq(
            lambda a, strain=strain: (
                strain - 0.75 / E * 2 / 3**0.5 * resistance(a) - 3**0.5 / 2 * a
            ),
            0,
            0.1,
            xtol=1e-15,
        )
        assert stress == pytest.approx(2 / 3**0.5 * resistance(alpha), rel=1e-6)


@pytest.mark.parametrize("along", ["x", "y"])
def test_a_laminate_has_its_exact_solution(along):
    n = 8
    pattern = np.zeros((n, n), dtype=int)
    pattern[2:5] = 1  # three layers of eight, on top of each other
    if along == "y":
        pattern = pattern.T
    np.testing.assert_allclose(stress_strain(pattern), pulled((5 / 8, 3 / 8), along), rtol=1e-6)


def test_a_mirror_image_is_as_strong():
    pattern = blobs(12)
    curve = stress_strain(pattern, LEVELS[::4])
    for other in (pattern[::-1], pattern[:, ::-1]):
        np.testing.assert_allclose(stress_strain(other, LEVELS[::4]), curve, rtol=1e-6)


def test_no_pattern_is_stronger_than_uniform_flow_and_layers_are_as_strong():
    strains, perfect = np.linspace(0.002, 0.02, 10), {"hardening": (0.0, 0.0)}
    layers = np.indices((8, 8))[0] // 2 % 2
    for pattern in (blobs(12, 3), layers, layers.T):
        bound = 2 / 3**0.5 * np.where(pattern == 0, *YIELD).mean()
        reached = stress_strain(pattern, strains, **perfect)[-1] / bound
        assert reached <= 1 + 1e-6
        assert (reached > 0.999) == (len(pattern) == 8)


def test_soft_layers_across_the_pull_shear_if_they_are_slanted():
    rows, columns = np.indices((16, 16))
    straight, slanted = columns // 4 % 2, (rows + columns) // 4 % 2
    assert stress_strain(slanted)[-1] < 0.8 * stress_strain(straight)[-1]


def test_a_batch_is_its_patterns_and_the_mean_stress_that_of_the_fields():
    patterns = np.stack([blobs(6, 1), blobs(6, 2)])
    curves = stress_strain(patterns, LEVELS[:5])
    solution = solve(patterns[1], LEVELS[:5])
    np.testing.assert_array_equal(curves[1], solution.stress)
    np.testing.assert_allclose(solution.stress_fields[:, 0].mean(axis=(1, 2)), solution.stress)
    np.testing.assert_allclose(solution.stress_fields[:, 1].mean(axis=(1, 2)), 0, atol=1e-6)


@pytest.mark.parametrize("m", [1.0, 0.4])
def test_work_is_stored_or_becomes_heat(m):
    off = []
    for steps in (20, 80):
        strains = np.linspace(0.02 / steps, 0.02, steps)
        solution = solve(blobs(12), strains, exponent=m)
        work = np.trapezoid(np.append(0, solution.stress), np.append(0, strains))
        off.append((solution.stored[-1] + solution.dissipated[-1]) / work - 1)
        assert (np.diff(solution.dissipated) >= 0).all()
    assert 0 <= off[0] < 3e-3
    assert off[1] < off[0] / 2


def test_pixels_are_fine_enough():
    pattern = blobs(16)
    curves = [stress_strain(finer(pattern, times), LEVELS[1::6]) for times in (1, 2, 4)]
    np.testing.assert_allclose(curves[0], curves[2], rtol=0.02)
    np.testing.assert_allclose(curves[1], curves[2], rtol=0.01)


@pytest.mark.parametrize("pattern", [np.ones((8, 8), dtype=int), blobs(16)])
def test_what_cannot_change_its_volume_does_not_lock(pattern):
    strains = np.linspace(0.002, 0.04, 20)
    perfect = {"yield_stress": (1.2, 1.0), "hardening": (0.0, 0.0)}
    for nu in (0.3, 0.4999):
        stress = stress_strain(pattern, strains, poisson=nu, **perfect)
        assert 2 / 3**0.5 * 0.999 < stress[-1] < 2 / 3**0.5 * 1.2  # bounds of limit analysis
        assert stress[-1] / stress[-5] - 1 < 2e-3


def quadratic(pattern: np.ndarray, strains: np.ndarray) -> list[float]:
    """The same body by biquadratic elements at nine points, whole matrices, another assembly."""
    ticks = np.linspace(0, 1, len(pattern) + 1)
    mesh = MeshQuad.init_tensor(ticks, ticks)
    basis = Basis(mesh, ElementQuad2(), intorder=4)
    x, y = mesh.p[:, mesh.t].mean(axis=1)
    rows = np.floor((1 - y) * len(pattern)).astype(int)
    phase = pattern[rows, np.floor(x * len(pattern)).astype(int)]
    mu, bulk = np.full(phase.size, E / 2 / (1 + NU)), np.full(phase.size, E / 3 / (1 - 2 * NU))
    law = J2Law(bulk, mu, np.take(YIELD, phase), np.take(HARDENING, phase), 1.0)
    slopes = np.array([one[0].grad for one in basis.basis]).swapaxes(2, 3)  # (9, 2, points, …)
    b = np.zeros((9, 2, 4, *slopes.shape[2:]))
    for axis in (0, 1):
        b[:, axis, axis], b[:, axis, 3] = slopes[:, axis], slopes[:, 1 - axis]
    b = b.reshape(18, *b.shape[2:])
    dofs = np.stack([basis.element_dofs, basis.element_dofs + basis.N], axis=1).reshape(18, -1)
    count, (x, y) = 2 * basis.N, basis.doflocs
    still, right = np.append(x == 0, y == 0), np.append(x == 1, 0 * y > 0)
    top = np.append(0 * x > 0, y == 1)
    free = np.flatnonzero(~still & ~right & ~top)
    each = csr_matrix((np.ones(free.size), (free, np.arange(free.size))), (count, free.size))
    spread = hstack([each, csr_matrix(top[:, None].astype(float))]).tocsr()
    shape = b.shape[2:]
    state = np.zeros((4, *shape)), np.zeros(shape)
    u, curve, dx = np.append(strains[0] * x, 0 * y), [], basis.dx.T
    for strain in strains:
        u *= strain / u[right].max()
        for _ in range(30):
            eps = np.einsum("acqe,ae->cqe", b, u[dofs])
            found = law.respond(eps, state)
            local = np.einsum("acqe,cqe,qe->ae", b, found.stress, dx)
            force = np.bincount(dofs.ravel(), local.ravel(), count)
            if np.abs(spread.T @ force).max() < 1e-9 * np.abs(force).max():
                break
            slope = np.zeros((4, 4, *shape))
            slope[PAIRS], slope[PAIRS[::-1]] = (found.tangent(),) * 2
            tangent = np.einsum("acqe,cdqe,bdqe,qe->abe", b, slope, b, dx, optimize=True)
            row, column = np.broadcast_arrays(dofs[:, None], dofs[None])
            places = (row.ravel(), column.ravel())
            whole = csr_matrix((tangent.ravel(), places), (count, count))
            u -= spread @ spsolve((spread.T @ whole @ spread).tocsc(), spread.T @ force)
        state = found.state
        curve.append(float((found.stress[0] * dx).sum()))
    return curve


def test_biquadratic_elements_agree():
    pattern, strains = blobs(8), LEVELS[:6]
    ours = stress_strain(finer(pattern, 4), strains)
    np.testing.assert_allclose(quadratic(finer(pattern, 4), strains), ours, rtol=0.01)


GETFEM = {
    0.002: 1.45537,
    0.003: 1.72355,
    0.006: 1.94178,
    0.01: 2.06693,
    0.015: 2.183,
    0.02: 2.28219,
}
"""Stress at strains by GetFEM 5.4.2, biquadratic elements, eight along a pixel: getfem_peer.py."""


def test_another_package_finds_the_same_curve():
    ours = stress_strain(finer(blobs(8), 4))
    read = [flow_stress(STRAINS, ours, strain) for strain in GETFEM]
    np.testing.assert_allclose(read, list(GETFEM.values()), rtol=0.01)


def test_a_curve_is_read_where_it_is_asked():
    strains = np.array([0.001, 0.002, 0.004, 0.02])
    stress = np.array([1.0, 1.5, 1.7, 2.5])
    # σ = 1000 (ε − 0.002) meets 1.7 + 50 (ε − 0.004) at ε = 3.5 / 950 …, before the third point
    assert proof_stress(strains, stress) == pytest.approx(1.5 + 100 * (3.3 / 900 - 0.002))
    assert proof_stress(strains, stress, 0.1) != proof_stress(strains, stress, 0.1)  # nan
    assert flow_stress(strains, stress) == 2.5
    assert flow_stress(strains, stress, 0.003) == pytest.approx(1.6)


def test_proof_stress_does_not_depend_on_the_steps():
    coarse, fine = (
        proof_stress(strains, stress_strain(blobs(8), strains))
        for strains in (LEVELS, np.linspace(0.0005, 0.02, 40))
    )
    assert coarse == pytest.approx(fine, rel=0.01)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"pattern": np.ones((2, 3))}, r"pattern must have shape \(n, n\)"),
        ({"strains": [0.0, 0.1]}, "strains must be finite, above 0 and ascending"),
        ({"strains": []}, r"strains must have shape"),
        ({"yield_stress": (1.0, 0.0)}, "yield_stress must be two finite numbers above 0"),
        ({"hardening": (-1.0, 0.0)}, "hardening must be two finite numbers 0 or more"),
        ({"hardening": (1.0,)}, "hardening must be two finite numbers 0 or more"),
        ({"exponent": 1.5}, "exponent must be above 0 and 1 at most; got 1.5"),
        ({"young": (0.0, 1.0)}, "young must be two finite numbers above 0"),
        ({"poisson": 0.5}, "poisson must lie"),
    ],
)
def test_bad_input_is_named(change, said):
    arguments = {"pattern": np.eye(2), "strains": [0.01]} | change
    with pytest.raises(ValueError, match=said):
        stress_strain(**arguments)


def test_curves_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="one shape"):
        proof_stress([0.1, 0.2], [1.0])
    with pytest.raises(ValueError, match="offset must be above 0"):
        proof_stress([0.1], [1.0], 0.0)
    with pytest.raises(ValueError, match=r"strain must lie between 0.1 and 0.2; got 0.3"):
        flow_stress([0.1, 0.2], [1.0, 2.0], 0.3)
    with pytest.raises(ValueError, match="one shape"):
        flow_stress([0.1, 0.2], [1.0])


def test_no_equilibrium_says_how_far_it_came(monkeypatch):
    monkeypatch.setattr("vae_course.physics._pulled_body._NEWTON_STEPS", 1)
    with pytest.raises(
        plasticity.ConvergenceError, match="no equilibrium found beyond a strain of"
    ):
        stress_strain(blobs(4), [0.01])
