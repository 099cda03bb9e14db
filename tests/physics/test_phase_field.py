"""The integrator with periodic boundaries, and without a conserved sum, against closed forms."""

import numpy as np
import pytest

from vae_course.physics import cahn_hilliard
from vae_course.physics._phase_field import integrate, wave_numbers_squared

B, LAM = 85.0, 0.0175


@pytest.mark.parametrize("conserved", [True, False])
def test_small_waves_around_a_torus_grow_at_the_linear_rate(conserved):
    n, mean = 64, 0.5
    x = (np.arange(n) + 0.5) / n
    wave = np.cos(2 * np.pi * (3 * x[:, None] + 2 * x) + 0.4)  # runs askew: no mirror makes it
    q2 = (2 * np.pi) ** 2 * (3**2 + 2**2)
    rate = (B - LAM * q2) * (q2 if conserved else 1.0)  # −f″(½) = b
    times = np.array([0.5, 1.0]) / rate
    fields = list(
        integrate(mean + 1e-4 * wave, B, LAM, times, 4e-4, conserved=conserved, periodic=True)
    )
    first, second = ((field - mean).ravel() @ wave.ravel() for field in fields)
    assert np.log(second / first) / (times[1] - times[0]) == pytest.approx(rate, rel=0.01)


def test_on_a_torus_the_sum_stays_and_a_shifted_start_ends_shifted():
    start = cahn_hilliard.initial_condition(0.4, 9, 48, seed=2)
    [end] = integrate(start, B, 0.05, np.array([2e-3]), 4e-4, periodic=True)
    [moved] = integrate(np.roll(start, 17, axis=1), B, 0.05, np.array([2e-3]), 4e-4, periodic=True)
    assert end.mean() == pytest.approx(start.mean(), abs=1e-12)
    np.testing.assert_allclose(np.roll(end, 17, axis=1), moved, atol=1e-9)


def test_without_a_conserved_sum_a_disc_shrinks_by_its_curvature():
    """dR²/dt = −2 λ (Allen and Cahn), with the velocity λ κ of an interface."""
    n, lam, radius = 96, 0.02, 0.35
    x = (np.arange(n) + 0.5) / n - 0.5
    away = np.hypot(x[:, None], x) - radius
    start = 0.5 * (1 - np.tanh(away / (2 * np.sqrt(lam / (2 * B)))))
    times = np.array([0.2, 0.8]) * radius**2 / (2 * lam)
    fields = integrate(start, B, lam, times, 4e-4, conserved=False)
    areas = [np.mean(field > 0.5) for field in fields]
    shrinks = (areas[0] - areas[1]) / np.pi / (times[1] - times[0])
    assert shrinks == pytest.approx(2 * lam, rel=0.03)


def test_the_energy_of_an_allen_cahn_field_falls():
    start = cahn_hilliard.initial_condition(0.5, 11, 48, seed=3)
    times = np.array([0.01, 0.03, 0.1, 0.3])
    fields = np.array(list(integrate(start, B, 0.05, times, 4e-4, conserved=False)))
    assert np.all(np.diff(cahn_hilliard.free_energy(fields, B, 0.05)) < 0)


def test_wave_numbers_of_a_torus_are_those_of_its_waves():
    n = 8
    x = (np.arange(n) + 0.5) / n
    mode = np.fft.fftn(np.cos(2 * np.pi * (2 * x[:, None] - x)))
    strongest = np.abs(mode) > 1
    np.testing.assert_allclose(
        wave_numbers_squared(n, periodic=True)[strongest], (2 * np.pi) ** 2 * 5
    )
