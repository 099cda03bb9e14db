"""Scores against closed forms."""

import numpy as np
import pytest

from vae_course.suite import scores


def test_the_energy_score_of_one_pixel_is_the_crps_of_a_normal():
    rng = np.random.default_rng(0)
    samples = rng.standard_normal((1, 4000, 1, 1))
    for y in (0.0, 1.0):
        density = np.exp(-(y**2) / 2) / np.sqrt(2 * np.pi)
        below = {0.0: 0.5, 1.0: 0.8413447}[y]
        crps = y * (2 * below - 1) + 2 * density - 1 / np.sqrt(np.pi)
        assert scores.energy_score(samples, np.full((1, 1, 1), y)) == pytest.approx(crps, abs=0.02)


def test_only_honest_samples_score_lowest():
    rng = np.random.default_rng(1)
    truth = rng.standard_normal((4000, 1, 1))
    found = {
        width: scores.energy_score(width * rng.standard_normal((4000, 16, 1, 1)), truth).mean()
        for width in (0.0, 0.5, 1.0, 2.0)
    }
    assert min(found, key=found.get) == 1.0


def test_the_energy_score_of_all_pairs_is_the_sum_written_out():
    rng = np.random.default_rng(2)
    samples, truth = rng.random((3, 5, 4, 4)), rng.random((3, 4, 4))
    for one, samples_of_one, true in zip(
        scores.energy_score(samples, truth), samples, truth, strict=True
    ):
        off = np.mean([np.sqrt(np.mean((x - true) ** 2)) for x in samples_of_one])
        apart = [
            np.sqrt(np.mean((x - z) ** 2))
            for i, x in enumerate(samples_of_one)
            for j, z in enumerate(samples_of_one)
            if i != j
        ]
        assert one == pytest.approx(off - np.mean(apart) / 2)


def test_ranks_of_one_of_them_are_even_also_where_values_tie():
    rng = np.random.default_rng(3)
    for draw in (rng.random, lambda shape: rng.integers(0, 3, shape)):
        together = draw((4000, 9))
        counts = scores.ranks(together[:, 1:], together[:, 0])
        assert counts.sum() == 4000
        assert scores.evenness(counts) > 1e-3
    wide = scores.ranks(3 * rng.standard_normal((4000, 8)), rng.standard_normal(4000))
    assert wide[0] < wide[4]
    assert scores.evenness(wide) < 1e-6


def test_spread_is_the_mean_over_pairs():
    images = np.random.default_rng(4).integers(0, 2, (5, 6, 6))
    pairs = [np.mean(a != b) for k, a in enumerate(images) for b in images[:k]]
    assert scores.spread(images) == pytest.approx(np.mean(pairs))


def test_errors_of_fields_beside_nothing_changes():
    truth = np.zeros((2, 16, 16))
    truth[:, :, :8] = 1
    moved = np.roll(truth, 1, axis=2)
    found = scores.field_errors(moved, truth, 1 - truth)
    assert found["rmse / nothing changes"] == pytest.approx(np.sqrt(2 / 16))
    assert found["accuracy"] == pytest.approx(1 - 2 / 16)
    assert found["drift"] == 0
    assert 0 < found["ssim"] < 1
    assert scores.field_errors(0 * truth, truth, 1 - truth)["domain size"] == 1.0
