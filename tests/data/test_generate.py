"""The generator: ranges, schedule, and the same bits whatever the processes or interruptions."""

import numpy as np
import pytest

from vae_course.data import PatternSet, generate
from vae_course.data.generate import (
    coarsen,
    discard_parts,
    draw_parameters,
    simulate_frames,
    simulate_images,
    spread,
)
from vae_course.data.schedule import FRAME_TIMES
from vae_course.physics import hyperelasticity

SETTINGS = {"simulations": 3, "case": 3, "seed": 5, "frames": 3, "energies": False}


def assert_equal(first: PatternSet, second: PatternSet) -> None:
    for name, array in vars(first).items():
        np.testing.assert_array_equal(array, getattr(second, name))


@pytest.fixture(scope="module")
def undisturbed() -> PatternSet:
    return generate(**SETTINGS, processes=1)


def test_parameters_fill_the_ranges_of_the_dataset():
    drawn = draw_parameters(2000, case=2, seed=0)
    for name, low, high in [("b", 70, 100), ("lam", 0.01, 0.025), ("grid", 11, 100)]:
        values = drawn[name].astype(float)
        assert low <= values.min() < low + 0.01 * (high - low)
        assert high - 0.01 * (high - low) < values.max() <= high
        assert values.mean() == pytest.approx((low + high) / 2, rel=0.02)
    assert set(drawn["case"]) == {2}
    assert len(np.unique(drawn["seed"])) == 2000


def test_a_simulation_is_the_same_however_many_are_drawn_and_differs_by_seed_and_case():
    np.testing.assert_array_equal(draw_parameters(9, 1, 0)[:4], draw_parameters(4, 1, 0))
    assert draw_parameters(1, 1, 0)["b"] != draw_parameters(1, 1, 1)["b"]
    assert draw_parameters(1, 1, 0)["b"] != draw_parameters(1, 2, 0)["b"]


def test_frames_are_on_the_schedule_ascending_and_of_the_right_phase_fraction(undisturbed):
    assert np.isin(undisturbed.time, FRAME_TIMES).all()
    for simulation in range(3):
        frames = undisturbed.select(undisturbed.simulation == simulation)
        assert len(frames) == 3
        assert np.all(np.diff(frames.time) > 0)
        assert frames.time[-1] == 0.025
        assert frames.images[-1].mean() == pytest.approx(0.75, abs=0.05)
    assert np.isnan(undisturbed.strain_energy).all()


def test_the_number_of_processes_does_not_change_a_bit(undisturbed):
    assert_equal(generate(**SETTINGS, processes=2), undisturbed)


def test_an_interrupted_run_goes_on_where_it_stopped(undisturbed, tmp_path):
    folder = tmp_path / "parts"

    def stop(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(**SETTINGS, processes=1, folder=folder, progress=stop)
    finished = {path: path.stat().st_mtime_ns for path in folder.glob("*.npz")}
    assert finished
    seen: list[int] = []
    result = generate(
        **SETTINGS, processes=1, folder=folder, progress=lambda done, _: seen.append(done)
    )
    assert seen[0] == len(finished)
    assert seen[-1] == 3
    assert all(path.stat().st_mtime_ns == time for path, time in finished.items())
    assert_equal(result, undisturbed)
    with pytest.raises(ValueError, match="holds simulations of other settings"):
        generate(**{**SETTINGS, "seed": 6}, folder=folder)
    discard_parts(folder)
    assert not folder.exists()


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ValueError, match="must be empty or hold simulations"):
        generate(**SETTINGS, folder=tmp_path)
    discard_parts(tmp_path)
    assert (tmp_path / "mine.txt").exists()


def test_strain_energies_are_those_of_the_images():
    patterns = generate(1, case=1, seed=0, frames=2, processes=1)
    expected = [hyperelasticity.strain_energy(image) for image in patterns.images]
    np.testing.assert_array_equal(patterns.strain_energy, expected)


def test_simulations_at_given_times_are_those_of_each_alone():
    rows = draw_parameters(2, 1, 1)
    times = np.array([1e-4, 3e-4])
    frames = simulate_frames(rows, times, processes=2)
    assert frames.shape == (2, 2, 64, 64)
    for k in range(2):
        np.testing.assert_array_equal(frames[k], simulate_images(rows[k], times)[0])


def test_binarising_takes_means_of_blocks():
    fields = np.array([[0.9, 0.9, 0.1, 0.2], [0.9, 0.0, 0.9, 0.9]] * 2)
    np.testing.assert_array_equal(coarsen(fields, 2), [[1, 1], [1, 1]])
    np.testing.assert_array_equal(coarsen(1 - fields, 2), [[0, 0], [0, 0]])
    with pytest.raises(ValueError, match="multiple of 3; got 4"):
        coarsen(fields, 3)


@pytest.mark.parametrize("frames", [1, 2, 5, 12, 60])
def test_chosen_frames_are_distinct_and_spread_over_log_time(frames):
    chosen = spread(FRAME_TIMES, frames)
    assert len(chosen) == min(frames, len(FRAME_TIMES))
    assert np.all(np.diff(chosen) > 0)
    if frames > 1:
        assert chosen[0] == 0
        assert chosen[-1] == len(FRAME_TIMES) - 1
    if frames == 12:
        assert np.diff(np.log(FRAME_TIMES[chosen])).max() < 0.8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"simulations": 0}, "simulations must be at least 1; got 0"),
        ({"case": 5}, "case must be 1, 2, 3 or 4; got 5"),
        ({"frames": 0}, "frames must be at least 1; got 0"),
    ],
)
def test_bad_calls_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        generate(**{**SETTINGS, **arguments})
