"""Bounds of the strain energy: no pattern lies outside them."""

import numpy as np
import pytest
from scipy.optimize import minimize

from vae_course.data import load_embedded
from vae_course.physics.energy_bounds import energy_bounds
from vae_course.physics.hyperelasticity import strain_energy


def test_a_uniform_square_has_both_bounds_at_its_exact_energy():
    lower, upper = energy_bounds([0.0, 1.0])
    np.testing.assert_allclose(lower, [5.20888316, 0.520888316], rtol=1e-8)
    np.testing.assert_allclose(upper, lower, rtol=1e-14)
    for displacement in (-0.3, 0.2):
        exact = strain_energy(np.ones((4, 4)), (displacement,), poisson=0.2)
        np.testing.assert_allclose(energy_bounds(1.0, displacement, poisson=0.2), exact[0])


def test_equal_phases_leave_no_room_between_the_bounds():
    lower, upper = energy_bounds(0.37, young=(3.0, 3.0))
    np.testing.assert_allclose([lower, upper], 3 * 0.520888316, rtol=1e-8)


@pytest.mark.parametrize("case", [1, 2, 3])
def test_every_embedded_pattern_lies_between_the_bounds(case):
    patterns = load_embedded(case)
    lower, upper = energy_bounds(patterns.images.mean(axis=(1, 2)))
    energy = patterns.strain_energy[:, -1]
    assert (lower < energy).all()
    assert (energy < upper).all()


@pytest.mark.parametrize("displacement", [-0.3, 0.1, 0.5])
def test_patterns_that_are_nearly_layers_or_inclusions_lie_between_them_too(displacement):
    layers = np.tile(np.arange(16) // 4 % 2, (16, 1))
    inclusion = np.zeros((16, 16), dtype=int)
    inclusion[4:12, 4:12] = 1
    random = np.random.default_rng(0).integers(0, 2, (16, 16))
    for pattern in (layers, inclusion, 1 - inclusion, random):
        (energy,) = strain_energy(pattern, (displacement,))
        lower, upper = energy_bounds(pattern.mean(), displacement)
        assert lower < energy < upper


def test_the_lower_bound_is_the_least_energy_of_a_relaxed_problem():
    phi, stretch = 0.3, 1.5
    mu, lam = np.array([10.0, 1.0]) / 2.6, np.array([10.0, 1.0]) * 0.3 / (1.3 * 0.4)
    parts = np.array([1 - phi, phi])

    def energy(first):  # with the largest of all t in place of a fixed one
        a = np.array([first[0], (stretch - parts[0] * first[0]) / parts[1]])
        j = np.array([first[1], (stretch**2 - parts[0] * first[1]) / parts[1]])
        square = 2 * j + 4 * np.maximum(a**2 - j, 0)
        psi = mu / 2 * (square - 2 - 2 * np.log(j)) + lam / 2 * ((j**2 - 1) / 2 - np.log(j))
        return float(parts @ psi)

    starts = [[1.4, 1.9], [1.3, 1.7], [1.45, 2.1]]
    found = min(minimize(energy, one, method="Nelder-Mead", tol=1e-12).fun for one in starts)
    assert energy_bounds(phi)[0] == pytest.approx(found, rel=5e-3)
    assert energy_bounds(phi)[0] <= found


def test_bounds_fall_with_the_part_of_the_soft_phase_and_keep_the_shape_of_the_input():
    phi = np.linspace(0, 1, 21)
    lower, upper = energy_bounds(phi)
    assert (np.diff(lower) < 0).all()
    assert (np.diff(upper) < 0).all()
    assert (lower <= upper).all()
    assert [bound.shape for bound in energy_bounds(phi.reshape(3, 7))] == [(3, 7), (3, 7)]
    assert [bound.shape for bound in energy_bounds(0.5)] == [(), ()]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"volume_fraction": 1.2}, "volume_fraction must lie between 0 and 1; got 1.2"),
        ({"volume_fraction": [0.5, np.nan]}, "volume_fraction must lie between 0 and 1"),
        ({"volume_fraction": 0.5, "displacement": -1.0}, "displacement must be finite and above"),
        ({"volume_fraction": 0.5, "poisson": -0.1}, "poisson must be at least 0"),
        ({"volume_fraction": 0.5, "young": (1.0, 0.0)}, "young must be two finite numbers"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        energy_bounds(**arguments)
