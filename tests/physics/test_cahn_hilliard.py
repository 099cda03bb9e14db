"""Cahn–Hilliard against closed forms, against itself, and against what a user may get wrong."""

import numpy as np
import pytest
from scipy.interpolate import RegularGridInterpolator

from vae_course.physics import cahn_hilliard

B, LAM = 85.0, 0.0175


def cell_centres(n: int) -> np.ndarray:
    return (np.arange(n) + 0.5) / n


def cosine_mode(m: int, k: int, n: int = 128) -> np.ndarray:
    x = cell_centres(n)
    return np.cos(np.pi * m * x)[:, None] * np.cos(np.pi * k * x)[None, :]


def growth_rate(mean: float, q2: float) -> float:
    """σ(q) = q²(−f″(c₀) − λq²), from the equation linearised about c₀."""
    return q2 * (-2 * B * (1 - 6 * mean + 6 * mean**2) - LAM * q2)


@pytest.mark.parametrize("mean", [0.5, 0.63, 0.75])
@pytest.mark.parametrize("relative_wave_number", [0.2, 0.7, 1.0, 1.3, 2.0])
def test_small_cosine_modes_grow_and_decay_at_the_linear_rate(mean, relative_wave_number):
    most_unstable = np.sqrt(B * -(1 - 6 * mean + 6 * mean**2) / LAM) / np.pi
    m = round(relative_wave_number * most_unstable)
    k = round(0.3 * m)
    rate = growth_rate(mean, np.pi**2 * (m**2 + k**2))
    mode = cosine_mode(m, k)
    times = np.array([0.5, 1.0]) * min(1 / abs(rate), 32 * LAM / B**2)
    fields = cahn_hilliard.simulate(mean + 1e-4 * mode, B, LAM, times)
    amplitudes = [(mode * (field - mean)).sum() for field in fields]
    measured = np.log(amplitudes[1] / amplitudes[0]) / (times[1] - times[0])
    assert measured == pytest.approx(rate, rel=0.01)


@pytest.mark.parametrize(("b", "lam"), [(85.0, 0.0175), (100.0, 0.01)])
def test_a_planar_interface_relaxes_to_the_tanh_profile_and_its_energy(b, lam):
    x = cell_centres(128)
    step = np.repeat(np.where(x < 0.5, 0.0, 1.0)[:, None], 128, axis=1)
    relaxed = cahn_hilliard.simulate(step, b, lam, [2e-2])[0]
    exact = 0.5 * (1 + np.tanh((x - 0.5) / (2 * np.sqrt(lam / (2 * b)))))
    assert np.abs(relaxed - exact[:, None]).max() < 1e-3
    energy = cahn_hilliard.free_energy(relaxed, b, lam)
    assert energy == pytest.approx(np.sqrt(2 * lam * b) / 6, rel=0.005)


def test_free_energy_of_a_uniform_field_and_of_a_cosine_is_the_closed_form():
    assert cahn_hilliard.free_energy(np.full((16, 16), 0.3), 80.0, 0.02) == pytest.approx(
        80.0 * 0.3**2 * 0.7**2
    )
    amplitude, m = 1e-3, 3
    c = 0.5 + amplitude * cosine_mode(m, 0, 64)
    gradient_energy = 0.02 / 2 * (np.pi * m * amplitude) ** 2 / 2
    bulk = 80.0 * np.mean((c * (1 - c)) ** 2)
    assert cahn_hilliard.free_energy(c, 80.0, 0.02) == pytest.approx(bulk + gradient_energy)


@pytest.fixture(scope="module")
def run() -> tuple[np.ndarray, np.ndarray]:
    initial = cahn_hilliard.initial_condition(0.63, 40, 64, seed=1)
    times = np.array([0.0, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3])
    return initial, cahn_hilliard.simulate(initial, 75.0, 0.02, times)


def test_mass_is_conserved(run):
    initial, fields = run
    assert np.abs(fields.mean(axis=(1, 2)) - initial.mean()).max() < 1e-10


def test_free_energy_never_rises(run):
    _, fields = run
    assert np.all(np.diff(cahn_hilliard.free_energy(fields, 75.0, 0.02)) < 0)


def test_the_field_at_time_zero_is_the_initial_one(run):
    initial, fields = run
    np.testing.assert_array_equal(fields[0], initial)


def test_the_phases_separate(run):
    _, fields = run
    assert fields[-1].min() < 0.05
    assert fields[-1].max() > 0.95


def test_results_do_not_depend_on_which_other_times_are_asked_for(run):
    initial, fields = run
    alone = cahn_hilliard.simulate(initial, 75.0, 0.02, [1e-3])[0]
    assert np.mean((alone > 0.5) != (fields[5] > 0.5)) < 0.005


def test_a_batch_gives_each_simulation_what_it_gives_alone():
    initial = np.stack([cahn_hilliard.initial_condition(0.5, 20, 32, seed) for seed in (0, 1)])
    b, lam = np.array([70.0, 80.0]), np.array([0.025, 0.03])
    batch = cahn_hilliard.simulate(initial, b, lam, [1e-4, 2e-4])
    assert batch.shape == (2, 2, 32, 32)
    for k in range(2):
        alone = cahn_hilliard.simulate(initial[k], b[k], lam[k], [1e-4, 2e-4])
        np.testing.assert_array_equal(batch[k], alone)


def test_the_symmetries_of_the_square_carry_over_to_the_solution():
    initial = cahn_hilliard.initial_condition(0.5, 20, 32, seed=3)
    times = [2e-4]
    field = cahn_hilliard.simulate(initial, 80.0, 0.025, times)[0]
    turned = cahn_hilliard.simulate(np.rot90(initial), 80.0, 0.025, times)[0]
    swapped = cahn_hilliard.simulate(1 - initial, 80.0, 0.025, times)[0]
    np.testing.assert_allclose(turned, np.rot90(field), atol=1e-9)
    np.testing.assert_allclose(swapped, 1 - field, atol=1e-9)


def test_the_observed_order_in_time_is_four():
    initial = 0.5 + 0.2 * cosine_mode(2, 1, 32) + 0.1 * cosine_mode(1, 3, 32)
    end = 2e-4

    def solve(step: float) -> np.ndarray:
        return cahn_hilliard.simulate(initial, 80.0, 0.05, [end], step=step)[0]

    reference = solve(end / 1280)
    errors = [np.abs(solve(end / count) - reference).max() for count in (40, 80, 160)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders.min() > 3.5


@pytest.mark.slow
def test_frames_hardly_change_with_a_tenth_of_the_tolerance_or_twice_the_grid():
    rng = np.random.default_rng(0)
    by_tolerance, by_grid = [], []
    for seed in range(8):
        b, lam, grid = rng.uniform(70, 100), rng.uniform(0.01, 0.025), int(rng.integers(11, 101))
        coarse, fine = (cahn_hilliard.initial_condition(0.5, grid, n, seed) for n in (128, 256))
        frame = cahn_hilliard.simulate(coarse, b, lam, [1e-3])[0]
        strict = cahn_hilliard.simulate(coarse, b, lam, [1e-3], tolerance=4e-5)[0]
        refined = cahn_hilliard.simulate(fine, b, lam, [1e-3])[0]
        refined = refined.reshape(128, 2, 128, 2).mean(axis=(1, 3))
        by_tolerance.append(np.mean((frame > 0.5) != (strict > 0.5)))
        by_grid.append(np.mean((frame > 0.5) != (refined > 0.5)))
    assert np.mean(by_tolerance) <= 0.01
    assert np.mean(by_grid) <= 0.03


def test_noise_is_uniform_about_the_mean_and_the_same_at_every_size():
    coarse = cahn_hilliard.initial_condition(0.63, 8, 20, seed=5)
    fine = cahn_hilliard.initial_condition(0.63, 8, 320, seed=5)
    np.testing.assert_allclose(coarse, fine.reshape(20, 16, 20, 16).mean(axis=(1, 3)))
    corners = np.random.default_rng(5).uniform(-0.05, 0.05, (9, 9))
    bilinear = RegularGridInterpolator((np.arange(9), np.arange(9)), corners)
    centres = 8 * cell_centres(320)
    points = np.stack(np.meshgrid(centres, centres, indexing="ij"), axis=-1)
    np.testing.assert_allclose(fine, 0.63 + bilinear(points), atol=1e-3)
    assert np.abs(fine - 0.63).max() <= 0.05
    assert fine.mean() == pytest.approx(0.63, abs=0.01)
    assert not np.array_equal(fine, cahn_hilliard.initial_condition(0.63, 8, 320, seed=6))


def test_progress_rises_to_one():
    seen: list[float] = []
    initial = cahn_hilliard.initial_condition(0.5, 8, 16, seed=0)
    cahn_hilliard.simulate(
        np.stack([initial, initial]), 70.0, 0.1, [1e-5, 2e-5], progress=seen.append
    )
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


GOOD = np.full((16, 16), 0.5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"initial": np.zeros((4, 5))}, r"initial must have shape .* got \(4, 5\)"),
        ({"initial": np.full((4, 4), np.nan)}, "initial must be finite"),
        ({"initial": np.full((4, 4), 2.0)}, "initial must lie between 0 and 1"),
        ({"b": -1.0}, "b must be positive"),
        ({"b": [70.0, 80.0]}, r"b must be a number or have shape \(\)"),
        ({"lam": 0.0}, "lam must be positive"),
        ({"lam": np.nan}, "lam must be positive"),
        ({"times": []}, "times must have shape"),
        ({"times": [2e-4, 1e-4]}, "times must be .* ascending"),
        ({"times": [-1.0]}, "times must be .* not negative"),
        ({"tolerance": 0.0}, "tolerance must be positive"),
        ({"step": -1e-6}, "step must be positive"),
    ],
)
def test_bad_input_is_named(arguments, message):
    call = {"initial": GOOD, "b": 80.0, "lam": 0.1, "times": [1e-5], **arguments}
    with pytest.raises(ValueError, match=message):
        cahn_hilliard.simulate(**call)


def test_an_interface_thinner_than_the_cells_is_warned_of():
    with pytest.warns(UserWarning, match="interface is .* cells wide"):
        cahn_hilliard.simulate(GOOD, 100.0, 0.01, [1e-6])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"mean": 1.5}, "mean must lie"),
        ({"amplitude": -0.1}, "amplitude must lie"),
        ({"grid": 0}, "grid must be at least 1"),
        ({"size": 0}, "size must be at least 1"),
    ],
)
def test_a_bad_initial_condition_is_named(arguments, message):
    call = {"mean": 0.5, "grid": 11, "size": 32, "seed": 0, **arguments}
    with pytest.raises(ValueError, match=message):
        cahn_hilliard.initial_condition(**call)
