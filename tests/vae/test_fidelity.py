"""Descriptors of rebuilt patterns and of samples, against patterns whose descriptors are known."""

import json

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from vae_course.data import load_embedded
from vae_course.physics.descriptors import two_point_correlation
from vae_course.vae.fidelity import (
    descriptor_errors,
    pixel_accuracy,
    sample_statistics,
    squared_error,
)
from vae_course.vae.model import build_vae


def discs(radius: float, count: int = 2, size: int = 64) -> np.ndarray:
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    return np.repeat([(x**2 + y**2 < radius**2).astype(np.uint8)], count, axis=0)


def test_errors_by_pixel_are_those_of_a_hand_count_image_by_image():
    truth = np.array([[[0, 1], [1, 0]], [[1, 1], [1, 1]]], dtype=np.uint8)
    guess = np.array([[[0.2, 0.4], [1.0, 0.0]], [[1.0, 1.0], [1.0, 1.0]]])
    np.testing.assert_allclose(squared_error(guess, truth), [(0.04 + 0.36) / 4, 0])
    np.testing.assert_array_equal(pixel_accuracy(guess, truth), [0.75, 1])


def test_equal_patterns_have_no_errors_even_as_probabilities():
    images = load_embedded(1).images[:20]
    errors = descriptor_errors(images, 0.1 + 0.8 * images)
    assert errors.as_dict() == {"volume_fraction": 0, "two_point_correlation": 0, "perimeter": 0}


def test_a_disc_rebuilt_too_large_has_the_errors_of_its_radius():
    small, large = discs(16), discs(20)
    errors = descriptor_errors(small, large)
    assert errors.volume_fraction == pytest.approx(np.pi * (20**2 - 16**2) / 64**2, rel=0.01)
    assert errors.perimeter == pytest.approx(20 / 16 - 1, rel=0.05)
    change = two_point_correlation(large[0]) - two_point_correlation(small[0])
    assert change[0, 0] == pytest.approx(errors.volume_fraction)  # at lag zero
    assert errors.two_point_correlation == pytest.approx(np.abs(change).mean())


def test_errors_of_different_sign_do_not_cancel():
    pair, swapped = np.concatenate([discs(16, 1), discs(20, 1)]), [1, 0]
    assert descriptor_errors(pair, pair[swapped]).volume_fraction > 0.05


def test_a_pattern_without_an_interface_has_no_relative_error_of_its_perimeter():
    blank = np.zeros((1, 8, 8), dtype=np.uint8)
    assert np.isnan(descriptor_errors(blank, blank).perimeter)


@pytest.mark.parametrize(
    ("images", "rebuilt", "message"),
    [
        (discs(3), discs(3, 1), r"one shape, \(N, n, n\); got \(2, 64, 64\) and \(1, 64, 64\)"),
        (discs(3)[0], discs(3)[0], r"got \(64, 64\) and \(64, 64\)"),
        (discs(3), discs(3) * 2.0, "rebuilt must have values between 0 and 1"),
        (discs(3), np.full((2, 64, 64), np.nan), "rebuilt must have values between 0 and 1"),
        (discs(3, 0), discs(3, 0), "rebuilt must have values between 0 and 1; got others, or none"),
        (discs(3) * 0.5, discs(3), "0 and 1"),
    ],
)
def test_bad_patterns_are_refused(images, rebuilt, message):
    with pytest.raises(ValueError, match=message):
        descriptor_errors(images, rebuilt)


def test_samples_are_compared_with_data():
    vae = build_vae(4, channels=(4, 8), seed=0)
    images = load_embedded(1).images[:50]
    found = sample_statistics(vae, images, count=40, seed=3)
    codes = np.random.default_rng(3).standard_normal((40, 4), dtype=np.float32)
    np.testing.assert_allclose(
        found.sample_fraction, (vae.decode(codes) >= 0.5).mean(axis=(1, 2)), rtol=1e-6
    )
    np.testing.assert_allclose(found.data_fraction, images.mean(axis=(1, 2)))
    np.testing.assert_allclose(found.data_correlation[:, 0], found.data_fraction)
    again = sample_statistics(vae, images, count=40, seed=3)
    assert json.dumps(again.as_dict()) == json.dumps(found.as_dict())
    numbers = found.as_dict()["volume_fraction"]
    assert numbers["wasserstein_distance"] >= abs(np.subtract(*numbers["mean"])) - 1e-9
    FigureCanvasAgg(found.figure()).draw()


def test_data_compared_with_themselves_do_not_differ():
    images = load_embedded(1).images[:30]

    class Copy:
        """Stands where a perfect model would: its samples are the data."""

        size, latent = 64, 2

        def decode(self, codes):
            return images.astype(np.float32)

    numbers = sample_statistics(Copy(), images, count=30).as_dict()
    assert numbers["volume_fraction"]["kolmogorov_smirnov"] == 0
    assert numbers["two_point_correlation"]["largest_difference"] == 0


def test_bad_arguments_of_sampling_are_refused():
    vae = build_vae(4, channels=(4, 8), seed=0)
    with pytest.raises(ValueError, match=r"shape \(N, 64, 64\); got \(2, 16, 16\)"):
        sample_statistics(vae, np.zeros((2, 16, 16)))
    with pytest.raises(ValueError, match="count must be at least 1; got 0"):
        sample_statistics(vae, discs(3), count=0)
