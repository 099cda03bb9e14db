"""Strain energy against closed forms, against finer elements, and against the real data set."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq
from threadpoolctl import threadpool_limits

from vae_course.physics import hyperelasticity
from vae_course.physics.hyperelasticity import (
    DISPLACEMENTS,
    SIDES,
    ConvergenceError,
    solve,
    strain_energy,
)

D = np.array(DISPLACEMENTS)


def lame(young: float, poisson: float) -> tuple[float, float]:
    return young / (2 * (1 + poisson)), young * poisson / ((1 + poisson) * (1 - 2 * poisson))


def energy_density(a, b, young=1.0, poisson=0.3):
    """ψ of F = diag(a, b, 1), relative to ψ(1)."""
    mu, lam = lame(young, poisson)
    j = a * b
    return mu / 2 * (a**2 + b**2 - 2 - 2 * np.log(j)) + lam / 2 * ((j**2 - 1) / 2 - np.log(j))


def stress(a, b, young=1.0, poisson=0.3):
    """∂ψ/∂a."""
    mu, lam = lame(young, poisson)
    return mu * (a - 1 / a) + lam / 2 * (a * b**2 - 1 / a)


def random_pattern(n: int, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).random((n, n)) < 0.5).astype(np.uint8)


def blobs(n: int, seed: int = 0) -> np.ndarray:
    waves = np.random.default_rng(seed).normal(size=(4, 4))
    x = np.pi * (np.arange(n) + 0.5) / n
    cosines = np.cos(np.outer(np.arange(4), x))
    return (np.einsum("mk,mi,kj->ij", waves, cosines, cosines) > 0).astype(np.uint8)


@pytest.mark.parametrize(("value", "young"), [(0, 10.0), (1, 1.0)])
@pytest.mark.parametrize("n", [2, 5, 16])
def test_a_uniform_phase_has_the_closed_form_at_every_level(value, young, n):
    energy = strain_energy(np.full((n, n), value))
    np.testing.assert_allclose(energy, energy_density(1 + D, 1 + D, young), rtol=1e-10, atol=1e-15)
    assert energy[0] == 0
    assert energy[-1] == pytest.approx(0.520888316 * young, abs=1e-8 * young)


@pytest.mark.parametrize("poisson", [-0.5, 0.0, 0.3, 0.49])
def test_a_uniform_phase_has_the_closed_form_for_every_poissons_ratio_and_in_compression(poisson):
    levels = np.array([-0.3, -0.1, 0.0, 0.2, 1.0])
    energy = strain_energy(np.zeros((4, 4)), levels, (3.0, 7.0), poisson)
    expected = energy_density(1 + levels, 1 + levels, 3.0, poisson)
    np.testing.assert_allclose(energy, expected, rtol=1e-10, atol=1e-15)


def test_stripes_have_the_energy_forces_and_displacements_of_a_laminate():
    d, young = 0.4, (10.0, 1.0)
    pattern = np.tile([0, 0, 1, 1, 1, 1, 0, 1], (8, 1))  # columns, layered along x
    soft = pattern.mean()
    b = 1 + d

    def stiff_stretch(a_soft):
        return (b - soft * a_soft) / (1 - soft)

    a_soft = brentq(lambda a: stress(a, b, 1.0) - stress(stiff_stretch(a), b, 10.0), 1, 1.7)
    a_stiff = stiff_stretch(a_soft)
    across = stress(a_soft, b, 1.0)
    along = soft * stress(b, a_soft, 1.0) + (1 - soft) * stress(b, a_stiff, 10.0)
    energy = soft * energy_density(a_soft, b) + (1 - soft) * energy_density(a_stiff, b, 10.0)

    solution = solve(pattern, (d,), young)
    assert solution.strain_energy[0] == pytest.approx(energy, rel=1e-9)
    np.testing.assert_allclose(
        solution.reaction_forces[0], [-across, across, along, -along], rtol=1e-8
    )
    stretch = np.where(pattern[0] == 1, a_soft, a_stiff)
    x = np.linspace(0, 1, 9)
    u_x = -d / 2 + np.concatenate([[0], np.cumsum(stretch - 1) / 8])
    u_y = d * (0.5 - x)  # row 0 is at the top
    field = solution.displacement_fields[0]
    np.testing.assert_allclose(field[..., 0], np.broadcast_to(u_x, (9, 9)), atol=1e-8)
    np.testing.assert_allclose(field[..., 1], np.broadcast_to(u_y[:, None], (9, 9)), atol=1e-8)
    turned = solve(pattern.T, (d,), young)  # layered along y
    np.testing.assert_allclose(
        turned.reaction_forces[0], [-along, along, across, -across], rtol=1e-8
    )


@pytest.mark.parametrize("phases", ["ones_soft", "ones_stiff"])
@pytest.mark.parametrize("name", ["Image1459.txt", "Image37524.txt", "Image75240.txt"])
def test_real_patterns_have_their_reference_energy_within_one_percent(
    real_patterns: Path, name, phases
):
    reference = json.loads((real_patterns / "reference_energies.json").read_text())
    assert tuple(reference["displacements"]) == DISPLACEMENTS
    at = np.floor((np.arange(64) + 0.5) * 400 / 64).astype(int)
    pattern = np.loadtxt(real_patterns / name)[np.ix_(at, at)]
    young = {"ones_soft": (10.0, 1.0), "ones_stiff": (1.0, 10.0)}[phases]
    energy = strain_energy(pattern, young=young)
    assert energy[0] == 0
    np.testing.assert_allclose(energy, reference["patterns"][name][phases], rtol=0.01)


def test_pixels_of_one_element_are_within_two_percent_of_the_limit_of_fine_elements():
    for young in ((10.0, 1.0), (1.0, 10.0)):
        pattern = blobs(24)
        coarse, middle, fine = (
            strain_energy(np.kron(pattern, np.ones((m, m))), (0.3,), young)[0] for m in (1, 2, 4)
        )
        assert coarse > middle > fine
        ratio = (coarse - middle) / (middle - fine)
        limit = fine - (middle - fine) / (ratio - 1)
        assert limit < coarse < 1.02 * limit


def test_the_eight_symmetries_of_the_square_leave_the_energy_alone():
    pattern = random_pattern(24)
    images = [np.rot90(p, k) for p in (pattern, pattern.T) for k in range(4)]
    energies = strain_energy(np.array(images))
    np.testing.assert_allclose(energies, np.tile(energies[0], (8, 1)), rtol=1e-8)


def test_a_quarter_turn_turns_the_forces_and_the_displacements():
    pattern = blobs(12)
    plain, turned = solve(pattern, (0.3,)), solve(np.rot90(pattern), (0.3,))
    left, right, top, bottom = plain.reaction_forces[0]
    # Anticlockwise: what was on the right is on top, with its direction.
    np.testing.assert_allclose(turned.reaction_forces[0], [-top, -bottom, right, left], rtol=1e-8)
    u = np.rot90(plain.displacement_fields[0])
    np.testing.assert_allclose(
        turned.displacement_fields[0], np.stack([-u[..., 1], u[..., 0]], axis=-1), atol=1e-8
    )


def test_the_sides_move_outwards_by_half_the_displacement():
    field = solve(blobs(8), (0.1, 0.4)).displacement_fields
    assert field.shape == (2, 9, 9, 2)
    for k, d in enumerate((0.1, 0.4)):
        np.testing.assert_allclose(field[k, :, 0, 0], -d / 2)
        np.testing.assert_allclose(field[k, :, -1, 0], d / 2)
        np.testing.assert_allclose(field[k, 0, :, 1], d / 2)
        np.testing.assert_allclose(field[k, -1, :, 1], -d / 2)


@pytest.mark.parametrize("d", [0.001, 0.3, 0.5])
def test_reaction_forces_balance_and_are_the_derivative_of_the_energy(d):
    h = 1e-4 * d
    solution = solve(random_pattern(16), (d - h, d, d + h))
    left, right, top, bottom = solution.reaction_forces[1]
    assert SIDES == ("left", "right", "top", "bottom")
    assert left + right == pytest.approx(0, abs=1e-9 * right)
    assert top + bottom == pytest.approx(0, abs=1e-9 * top)
    derivative = (solution.strain_energy[2] - solution.strain_energy[0]) / (2 * h)
    assert (right + top - left - bottom) / 2 == pytest.approx(derivative, rel=1e-6)


def test_there_are_28_reaction_forces_and_none_without_displacement():
    forces = solve(random_pattern(4)).reaction_forces
    assert forces.shape == (7, 4)
    np.testing.assert_array_equal(forces[0], 0)


@pytest.mark.parametrize(
    "pattern", [random_pattern(32), blobs(32), np.indices((32, 32)).sum(0) % 2]
)
def test_energy_lies_between_all_soft_and_uniform_strain(pattern):
    energy = strain_energy(pattern)[1:]
    soft = energy_density(1 + D, 1 + D)[1:]
    assert (energy > soft).all()
    assert (energy < soft * (10 - 9 * pattern.mean())).all()


def test_energy_scales_with_the_moduli_and_rises_with_either():
    pattern = blobs(12)
    energy = strain_energy(pattern, young=(10.0, 1.0))
    np.testing.assert_allclose(strain_energy(pattern, young=(2e4, 2e3)), 2e3 * energy, rtol=1e-10)
    assert (strain_energy(pattern, young=(11.0, 1.0))[1:] > energy[1:]).all()
    assert (strain_energy(pattern, young=(10.0, 1.1))[1:] > energy[1:]).all()


def test_swapping_values_and_moduli_changes_nothing():
    pattern = random_pattern(8)
    np.testing.assert_array_equal(
        strain_energy(pattern, young=(10.0, 1.0)), strain_energy(1 - pattern, young=(1.0, 10.0))
    )


def test_the_energy_at_a_level_does_not_depend_on_the_levels_before_it():
    pattern = random_pattern(16)
    assert strain_energy(pattern, (0.5,))[0] == pytest.approx(strain_energy(pattern)[-1], rel=1e-9)
    assert strain_energy(pattern, (0.499, 0.4995, 0.5))[-1] == pytest.approx(
        strain_energy(pattern)[-1], rel=1e-9
    )


def test_compression_and_extension_in_one_call_give_what_two_calls_give():
    pattern = blobs(8)
    both = strain_energy(pattern, (-0.05, -0.01, 0.0, 0.2))
    apart = [*strain_energy(pattern, (-0.05, -0.01)), 0.0, *strain_energy(pattern, (0.2,))]
    np.testing.assert_allclose(both, apart, rtol=1e-10)


def test_small_displacements_give_a_quadratic_energy_free_of_rounding():
    energy = strain_energy(random_pattern(8), (1e-7, 2e-7))
    assert energy[1] / energy[0] == pytest.approx(4, rel=1e-5)


def test_load_steps_find_the_equilibrium_where_newtons_method_fails_at_large_contrast():
    pattern = random_pattern(24)
    solution = solve(pattern, (0.5,), young=(1000.0, 1.0))
    assert solution.load_steps[0] > 1  # the affine guess failed
    left, right, top, bottom = solution.reaction_forces[0]
    assert right > 0
    assert left + right == pytest.approx(0, abs=1e-8 * right)
    assert top + bottom == pytest.approx(0, abs=1e-8 * top)
    steps = strain_energy(pattern, (0.1, 0.2, 0.3, 0.4, 0.5), young=(1000.0, 1.0))
    assert solution.strain_energy[0] == pytest.approx(steps[-1], rel=1e-8)


def test_random_pixels_of_the_datasets_contrast_need_no_load_steps_level_by_level():
    assert solve(random_pattern(32)).load_steps.max() == 1


def test_where_no_equilibrium_is_found_the_error_says_how_far_it_came():
    with pytest.raises(
        ConvergenceError, match=r"no equilibrium found beyond d = 0\.\d+ on the way"
    ):
        strain_energy(random_pattern(32), (0.5,), young=(1e6, 1.0))
    assert issubclass(ConvergenceError, RuntimeError)


def test_a_batch_gives_the_energies_of_its_patterns():
    batch = np.array([random_pattern(8, seed) for seed in range(3)])
    energies = strain_energy(batch, (0.1, 0.5))
    assert energies.shape == (3, 2)
    np.testing.assert_array_equal(energies, [strain_energy(p, (0.1, 0.5)) for p in batch])
    assert strain_energy(batch[:0]).shape == (0, 7)


def test_the_energy_has_the_same_bits_for_any_number_of_threads_and_type_of_pixel():
    pattern = random_pattern(32)
    energies = []
    for threads in (1, 4):
        with threadpool_limits(threads):
            energies.append(strain_energy(pattern))
    np.testing.assert_array_equal(*energies)
    for kind in (bool, np.uint8, np.float32):
        np.testing.assert_array_equal(strain_energy(pattern.astype(kind)), energies[0])
    np.testing.assert_array_equal(strain_energy(pattern.tolist()), energies[0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pattern": np.zeros(4)}, r"pattern must have shape .*; got \(4,\) float64"),
        ({"pattern": np.zeros((4, 5))}, r"pattern must have shape \(n, n\), .*; got \(4, 5\)"),
        ({"pattern": np.zeros((1, 1))}, "n at least 2"),
        ({"pattern": np.full((2, 2), 0.5)}, r"values 0 and 1; got .* with values \[0\.5\]"),
        ({"pattern": np.full((2, 2), np.nan)}, r"values 0 and 1; got .* with values \[nan\]"),
        ({"pattern": np.zeros((2, 2, 2, 2))}, r"got \(2, 2, 2, 2\)"),
        ({"displacements": []}, r"displacements must have shape \(levels,\)"),
        ({"displacements": 0.5}, r"displacements must have shape \(levels,\); got \(\)"),
        ({"displacements": (0.2, 0.1)}, r"ascending; got \[0\.2, 0\.1\]"),
        ({"displacements": (0.1, 0.1)}, "ascending"),
        ({"displacements": (-1.0, 0.1)}, "above -1"),
        ({"displacements": (0.1, np.inf)}, "finite"),
        ({"young": (1.0, 0.0)}, r"young must be two finite numbers above 0; got \(1\.0, 0\.0\)"),
        ({"young": (1.0, 2.0, 3.0)}, "young must be two"),
        ({"young": (np.nan, 1.0)}, "young must be two"),
        ({"poisson": 0.5}, "poisson must lie above -1 and below 0.5; got 0.5"),
        ({"poisson": -1.0}, "poisson must lie"),
        ({"poisson": np.nan}, "poisson must lie"),
    ],
)
def test_wrong_input_is_refused_with_what_was_expected_and_what_came(arguments, message):
    with pytest.raises(ValueError, match=message):
        strain_energy(**{"pattern": np.zeros((2, 2)), **arguments})


def test_solving_a_batch_is_refused():
    with pytest.raises(ValueError, match=r"\(n, n\), n at least 2, .* got \(2, 4, 4\)"):
        hyperelasticity.solve(np.zeros((2, 4, 4)))
