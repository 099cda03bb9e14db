"""Pattern sets: the split holds whole simulations, files come back equal, bad input is named."""

import numpy as np
import pytest

from vae_course.data import PatternFileError, PatternSet
from vae_course.data.pattern_set import PARAMETERS


def pattern_set(simulations: int = 10, frames: int = 3, seed: int = 0) -> PatternSet:
    rng = np.random.default_rng(seed)
    n = simulations * frames
    parameters = np.zeros(n, dtype=PARAMETERS)
    parameters["b"] = rng.uniform(70, 100, n)
    return PatternSet(
        rng.integers(0, 2, (n, 9, 9)).astype(np.uint8),  # 81 pixels: not a whole number of bytes
        np.repeat(np.arange(simulations) * 7, frames),
        np.tile(np.arange(1.0, frames + 1), simulations),
        rng.normal(size=(n, 7)),
        parameters,
        rng.normal(size=(n, 20)).round(3).astype(np.float32),
    )


def assert_equal(first: PatternSet, second: PatternSet) -> None:
    for name in ("images", "simulation", "time", "strain_energy", "parameters", "stress_strain"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


@pytest.mark.parametrize("seed", range(20))
def test_a_split_shares_no_simulation_and_loses_no_image(seed):
    patterns = pattern_set()
    train, test = patterns.split(test=0.3, seed=seed)
    assert set(train.simulation).isdisjoint(test.simulation)
    assert len(np.unique(test.simulation)) == 3
    assert len(train) + len(test) == len(patterns)


def test_a_split_repeats_with_its_seed_and_changes_with_another():
    patterns = pattern_set()
    np.testing.assert_array_equal(
        patterns.split(seed=1)[1].simulation, patterns.split(seed=1)[1].simulation
    )
    drawn = {tuple(patterns.split(seed=seed)[1].simulation) for seed in range(10)}
    assert len(drawn) > 5


@pytest.mark.parametrize("test", [0.01, 0.99])
def test_a_split_leaves_neither_side_empty(test):
    assert all(len(part) > 0 for part in pattern_set(simulations=2).split(test=test))


def test_select_takes_all_that_belongs_to_an_image():
    patterns = pattern_set()
    assert_equal(patterns.select(patterns.time == 2), patterns.select(np.arange(1, 30, 3)))
    one = patterns.select(4)
    np.testing.assert_array_equal(one.images[0], patterns.images[4])
    assert one.parameters["b"][0] == patterns.parameters["b"][4]


def test_a_set_without_curves_says_so_and_its_file_does_not_grow(tmp_path):
    known = vars(pattern_set())
    without = PatternSet(**{**known, "stress_strain": None})
    assert np.isnan(without.stress_strain).all()
    assert without.stress_strain.shape == (30, 20)
    without.save(tmp_path / "without.npz")
    with np.load(tmp_path / "without.npz", allow_pickle=False) as file:
        assert "stress_strain" not in file.files
    assert_equal(PatternSet.load(tmp_path / "without.npz"), without)


def test_concatenated_sets_share_no_simulation():
    first, second = pattern_set(seed=0), pattern_set(seed=1)
    joined = PatternSet.concatenate([first, second])
    assert len(np.unique(joined.simulation)) == 20
    np.testing.assert_array_equal(joined.images[len(first) :], second.images)


def test_a_saved_set_comes_back_equal_and_the_same_set_gives_the_same_bytes(tmp_path):
    patterns = pattern_set()
    paths = tmp_path / "a.npz", tmp_path / "new" / "b.npz"
    for path in paths:
        patterns.save(path)
    assert_equal(PatternSet.load(paths[0]), patterns)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_an_empty_set_comes_back(tmp_path):
    patterns = pattern_set().select(np.zeros(30, dtype=bool))
    patterns.save(tmp_path / "empty.npz")
    assert_equal(PatternSet.load(tmp_path / "empty.npz"), patterns)


def test_a_truncated_file_is_refused_by_name(tmp_path):
    path = tmp_path / "patterns.npz"
    pattern_set().save(path)
    whole = path.read_bytes()
    for length in (0, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(PatternFileError, match=r"patterns\.npz: expected a pattern set"):
            PatternSet.load(path)


def test_a_foreign_file_is_refused_and_nothing_is_unpickled(tmp_path):
    path = tmp_path / "foreign.npz"
    np.savez(path, images=np.array([{"code": "that a pickle would run"}], dtype=object))
    with pytest.raises(PatternFileError, match=r"foreign\.npz: expected a pattern set"):
        PatternSet.load(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"images": np.zeros((30, 9))}, r"images must have shape \(N, n, n\); got \(30, 9\)"),
        ({"images": np.full((30, 9, 9), 7)}, "images must have values 0 and 1; got 7 to 7"),
        ({"time": np.zeros(29)}, r"time must have shape \(30,\) for 30 images; got \(29,\)"),
        ({"strain_energy": np.zeros((30, 6))}, r"strain_energy must have shape \(30, 7\)"),
        ({"stress_strain": np.zeros((30, 7))}, r"stress_strain must have shape \(30, 20\)"),
        ({"parameters": np.zeros(30)}, "parameters must have dtype"),
    ],
)
def test_arrays_that_do_not_fit_are_named(changes, message):
    patterns = pattern_set()
    with pytest.raises(ValueError, match=message):
        PatternSet(**{**vars(patterns), **changes})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: p.split(test=0.0), "test must lie between 0 and 1; got 0.0"),
        (
            lambda p: p.select(p.simulation == 0).split(),
            "at least 2 simulations, or micrographs, to hold one out; got 1",
        ),
        (lambda p: p.select(np.ones(3, dtype=bool)), r"mask must have shape \(30,\)"),
        (lambda p: PatternSet.concatenate([]), "sets must hold at least one"),
    ],
)
def test_bad_calls_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(pattern_set())
