"""The dataset's schedule of frames, against its own description."""

import numpy as np
import pytest

from vae_course.data.schedule import FRAME_TIMES, is_separated, times_of_frames


def test_the_spacing_of_frames_is_that_of_the_dataset():
    steps = np.round(FRAME_TIMES / 5e-6).astype(int)
    np.testing.assert_allclose(FRAME_TIMES, steps * 5e-6)
    assert steps[0] == 10
    assert steps[-1] == 5000  # t = 0.025
    for start, end, spacing in [
        (10, 100, 10),
        (100, 200, 20),
        (200, 1000, 50),
        (1000, 2000, 100),
        (2000, 5000, 200),
    ]:
        inside = steps[(steps >= start) & (steps <= end)]
        np.testing.assert_array_equal(inside, np.arange(start, end + 1, spacing))


def test_frames_are_dated_back_from_the_end():
    np.testing.assert_allclose(times_of_frames(3), [0.023, 0.024, 0.025])
    assert len(times_of_frames(0)) == 0
    with pytest.raises(ValueError, match="0 to 56 frames; got 57"):
        times_of_frames(57)


def test_separation_is_judged_by_the_20th_and_80th_percentile():
    mixture = np.full((10, 10), 0.5)
    separated = np.where(np.arange(100) < 50, 0.05, 0.95).reshape(10, 10)
    only_high = np.where(np.arange(100) < 50, 0.5, 0.95).reshape(10, 10)
    found = is_separated(np.stack([mixture, separated, only_high]))
    np.testing.assert_array_equal(found, [False, True, False])
