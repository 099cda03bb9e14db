"""The benchmark of evolution measures what it says."""

from types import ModuleType

import numpy as np
import pytest


@pytest.fixture(scope="module")
def evolution(script) -> ModuleType:
    return script("benchmarks", "evolution")


def test_a_truth_that_is_as_one_of_the_samples_is_covered_in_80_percent_of_the_cases(evolution):
    rng = np.random.default_rng(0)
    levels = rng.uniform(0.3, 0.7, (800, 17, 1, 1))
    images = (rng.random((800, 17, 16, 16)) < levels).astype(np.uint8)
    found = evolution.covered(images[:, 1:].astype(np.float32), images[:, 0])["covered"]
    assert set(found) == {"volume_fraction", "domain_size", "perimeter"}
    for one in found.values():
        assert one["coverage"] == pytest.approx(0.8, abs=0.05)


def test_the_best_sample_and_the_mean_of_all_are_scored(evolution):
    past = np.array([[[0, 1], [1, 0]]])
    drawn = np.array([[[[0, 1], [1, 0]], [[1, 1], [1, 0]]]], dtype=float)
    found = evolution.against_truth(drawn, past)
    assert found == pytest.approx({"single": 0.125, "best": 0.0, "mean": 0.25 / 4, "greyness": 0.0})


def test_the_truth_has_a_frame_at_every_time_that_is_asked_for(evolution):
    frames = evolution.Frames(1)
    for now in frames.presents:
        for ratio in (1.0, evolution.EARLIER, *evolution.FORWARD, *evolution.BACKWARD):
            if now * ratio <= evolution.END:
                nearest = frames.times[np.argmin(np.abs(np.log(frames.times / (now * ratio))))]
                assert nearest == pytest.approx(now * ratio)
    assert frames.at(1e-3).shape == (1, 64, 64)
