"""Cahn–Hilliard against another package and against the law of coarsening."""

import numpy as np
import pytest

from vae_course.data import load_embedded
from vae_course.physics import cahn_hilliard, descriptors


@pytest.mark.slow
def test_the_difference_from_py_pde_vanishes_with_the_square_of_its_cells():
    b, lam, end = 80.0, 0.05, 2e-4  # an interface of 2.5 and 5 cells; the phases have separated
    coarse, fine = (difference_from_py_pde(n, b, lam, end) for n in (32, 64))
    assert fine < 0.02  # of the contrast; py-pde's differences are of second order
    assert 3.5 < coarse / fine < 5.0


def difference_from_py_pde(n: int, b: float, lam: float, end: float) -> float:
    """Root mean square difference relative to the contrast, from the same values at time 0."""
    pde = pytest.importorskip("pde")
    initial = cahn_hilliard.initial_condition(0.5, 8, n, seed=0)
    field = pde.ScalarField(pde.CartesianGrid([[0, 1], [0, 1]], n, periodic=False), initial)
    equation = pde.PDE(
        {"c": f"laplace(2 * {b} * c * (1 - c) * (1 - 2 * c) - {lam} * laplace(c))"},
        bc={"derivative": 0},  # of c and of the bracket, the chemical potential
    )
    peer = equation.solve(
        field,
        end,
        backend="numpy",  # numba compiles for longer than this runs
        solver="scipy",
        method="RK23",
        rtol=1e-5,
        atol=1e-7,
        tracker=None,
    ).data
    ours = cahn_hilliard.simulate(initial, b, lam, [end], tolerance=1e-6)[0]
    assert ours.std() > 0.25
    return float(np.sqrt(np.mean((ours - peer) ** 2)) / ours.std())


def test_domains_coarsen_with_the_cube_root_of_time():
    case1 = load_embedded(1)
    late = case1.select(case1.time >= 2.5e-3 * (1 - 1e-9))
    assert late.time.max() == pytest.approx(2.5e-2)
    size = np.log(descriptors.domain_size(late.images))
    time = np.log(late.time)
    # L(t) ∝ tⁿ with one n and each simulation's own factor: b, λ and chance set that. Deviations
    # from the simulation's means rid the slope of it, whichever frames were kept.
    _, simulation, frames = np.unique(late.simulation, return_inverse=True, return_counts=True)
    assert len(frames) >= 400
    size -= np.bincount(simulation, size)[simulation] / frames[simulation]
    time -= np.bincount(simulation, time)[simulation] / frames[simulation]
    exponent = float(size @ time / (time @ time))
    # The standard error with this many simulations is 0.003: a miss is not by chance.
    each = np.bincount(simulation, time * (size - exponent * time))
    assert np.sqrt(each @ each) / (time @ time) < 0.01
    assert exponent == pytest.approx(1 / 3, abs=0.05)
