"""Descriptors against brute force, closed forms and patterns whose answer is known."""

import numpy as np
import pytest
from scipy import ndimage
from skimage import measure

from vae_course.physics import descriptors

BINARY = [
    descriptors.volume_fraction,
    descriptors.two_point_correlation,
    descriptors.lineal_path,
    descriptors.perimeter,
    descriptors.euler_number,
]
SPECTRAL = [descriptors.domain_size, lambda fields: descriptors.structure_factor(fields)[1]]


def random_image(height: int, width: int, fraction: float = 0.4, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).random((height, width)) < fraction).astype(np.uint8)


def disc(n: int, radius: float) -> np.ndarray:
    x = (np.arange(n) + 0.5) / n - 0.5
    return (np.hypot(x[:, None], x) < radius).astype(np.uint8)


def stripes(n: int, period: int) -> np.ndarray:
    return np.tile(np.arange(n) % period < period // 2, (n, 1)).astype(np.uint8)


def brute_force_correlation(image: np.ndarray, i: int, j: int) -> float:
    height, width = image.shape
    pairs = [
        image[y, x] * image[y + i, x + j]
        for y in range(height)
        for x in range(width)
        if 0 <= y + i < height and 0 <= x + j < width
    ]
    return float(np.mean(pairs))


# --- any of them ---------------------------------------------------------------------------------


@pytest.mark.parametrize("describe", BINARY + SPECTRAL)
@pytest.mark.parametrize("shape", [(12, 12), (9, 14)])
def test_a_batch_gives_what_its_images_give_alone(describe, shape):
    batch = np.array([random_image(*shape, seed=seed) for seed in range(5)])
    np.testing.assert_array_equal(describe(batch), [describe(image) for image in batch])
    assert np.shape(describe(batch[:1]))[0] == 1


@pytest.mark.parametrize("describe", BINARY + SPECTRAL)
def test_large_batches_and_all_types_of_pixel_are_described_alike(describe):
    images = np.array([random_image(6, 6, seed=seed) for seed in range(300)])
    np.testing.assert_array_equal(describe(images)[280], describe(images[280]))
    for kind in (bool, np.int64, np.float32):
        np.testing.assert_array_equal(describe(images[:2].astype(kind)), describe(images[:2]))


@pytest.mark.parametrize("describe", [*BINARY, *SPECTRAL, descriptors.radial_average])
@pytest.mark.parametrize("shape", [(4,), (2, 2, 2, 2), (0, 4, 4)])
def test_other_shapes_are_refused(describe, shape):
    with pytest.raises(ValueError, match=r"must have shape \(N, H, W\) or \(H, W\).*; got \("):
        describe(np.zeros(shape))


@pytest.mark.parametrize("describe", BINARY)
@pytest.mark.parametrize("value", [0.5, 2, -1, np.nan])
def test_values_other_than_0_and_1_are_refused(describe, value):
    message = (
        r"images must have shape \(N, H, W\) or \(H, W\) with values 0 and 1; "
        rf"got \(3, 3\) float64 with values \[{float(value)}\]"
    )
    with pytest.raises(ValueError, match=message):
        describe(np.full((3, 3), float(value)))


@pytest.mark.parametrize("describe", [*SPECTRAL, descriptors.radial_average])
def test_fields_that_are_not_finite_are_refused(describe):
    with pytest.raises(ValueError, match="must be finite"):
        describe(np.full((3, 3), np.nan))


# --- volume fraction -----------------------------------------------------------------------------


def test_the_volume_fraction_is_the_number_of_ones_over_the_number_of_pixels():
    assert descriptors.volume_fraction([[0, 1, 1], [0, 0, 1]]) == 0.5
    assert isinstance(descriptors.volume_fraction(np.ones((4, 4))), float)
    assert descriptors.volume_fraction(disc(200, 0.3)) == pytest.approx(np.pi * 0.09, rel=0.002)


# --- two-point correlation -----------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(7, 7), (8, 8), (6, 9)])
def test_the_two_point_correlation_is_the_fraction_of_pairs_counted_one_by_one(shape):
    image = random_image(*shape)
    correlation = descriptors.two_point_correlation(image)
    assert correlation.shape == shape
    assert correlation.dtype == np.float64
    for i in range(-(shape[0] // 2), (shape[0] + 1) // 2):
        for j in range(-(shape[1] // 2), (shape[1] + 1) // 2):
            assert correlation[i, j] == pytest.approx(brute_force_correlation(image, i, j))


def test_at_lag_zero_the_correlation_is_the_volume_fraction_and_nowhere_more():
    image = random_image(32, 32, 0.37)
    correlation = descriptors.two_point_correlation(image)
    assert correlation[0, 0] == descriptors.volume_fraction(image)
    assert (correlation >= 0).all()
    blob = descriptors.two_point_correlation(ndimage.gaussian_filter(disc(32, 0.3) * 1.0, 1) > 0.5)
    assert blob.max() == blob[0, 0]


def test_walls_are_not_periodic_and_do_not_bias_the_correlation():
    image = np.zeros((16, 16), dtype=int)
    image[:, 0] = image[:, -1] = 1  # neighbours only if the image were periodic
    assert descriptors.two_point_correlation(image)[0, 1] == 0
    np.testing.assert_array_equal(descriptors.two_point_correlation(np.ones((16, 16))), 1)


def test_far_apart_the_correlation_of_random_pixels_is_the_square_of_the_volume_fraction():
    images = np.array([random_image(64, 64, 0.3, seed) for seed in range(50)])
    correlation = descriptors.two_point_correlation(images).mean(axis=0)
    correlation[0, 0] = 0.09
    np.testing.assert_allclose(correlation, 0.09, atol=0.004)


def test_the_correlation_of_stripes_is_a_triangle_wave():
    correlation = descriptors.two_point_correlation(stripes(64, 16))
    np.testing.assert_allclose(correlation[:32, 0], 0.5)
    assert correlation[0, 8] == 0
    assert correlation[0, 16] == 0.5
    assert correlation[5, 4] == pytest.approx(0.25, abs=0.02)  # the window holds no whole period


def test_the_correlation_of_a_checkerboard_alternates():
    correlation = descriptors.two_point_correlation(np.indices((8, 8)).sum(axis=0) % 2)
    i, j = np.indices((8, 8))
    odd = (i + j) % 2 == 1
    np.testing.assert_array_equal(correlation[odd], 0)
    np.testing.assert_allclose(
        correlation[~odd], 0.5, atol=0.021
    )  # odd windows hold 12 or 13 of 25


def test_the_radial_average_is_the_mean_over_lags_of_that_length():
    image = random_image(11, 10)
    correlation = descriptors.two_point_correlation(image)
    by_hand: dict[int, list[float]] = {}
    for i in range(-5, 6):
        for j in range(-5, 5):
            by_hand.setdefault(round(np.hypot(i, j)), []).append(correlation[i, j])
    radial = descriptors.radial_average(correlation)
    np.testing.assert_allclose(radial, [np.mean(by_hand[r]) for r in range(5)])
    assert radial[0] == descriptors.volume_fraction(image)


def test_the_radial_average_falls_from_lag_zero_with_the_interface_over_pi():
    noise = np.random.default_rng(0).normal(size=(8, 256, 256))
    images = ndimage.gaussian_filter(noise, (0, 6, 6), mode="reflect") > 0
    radial = descriptors.radial_average(descriptors.two_point_correlation(images)).mean(axis=0)
    lags = np.fft.fftfreq(256)
    length = descriptors.radial_average(np.hypot(lags[:, None], lags))
    slope = (radial[1] - radial[3]) / (length[3] - length[1])
    assert slope == pytest.approx(descriptors.perimeter(images).mean() / np.pi, rel=0.05)  # Debye


# --- lineal path ---------------------------------------------------------------------------------


def test_the_lineal_path_is_the_fraction_of_segments_counted_one_by_one():
    image = random_image(7, 9, 0.7)
    path = descriptors.lineal_path(image)
    assert path.shape == (7,)
    for k in range(7):
        rows = [image[y, x : x + k + 1].all() for y in range(7) for x in range(9 - k)]
        columns = [image[y : y + k + 1, x].all() for y in range(7 - k) for x in range(9)]
        assert path[k] == pytest.approx((np.mean(rows) + np.mean(columns)) / 2)


def test_the_lineal_path_of_random_pixels_is_a_power_of_the_volume_fraction():
    images = np.array([random_image(64, 64, 0.6, seed) for seed in range(20)])
    path = descriptors.lineal_path(images).mean(axis=0)
    np.testing.assert_allclose(path[:6], 0.6 ** np.arange(1, 7), atol=0.003)


def test_the_lineal_path_falls_and_lies_below_the_two_point_correlation():
    image = ndimage.gaussian_filter(np.random.default_rng(0).normal(size=(40, 40)), 2) > 0
    path = descriptors.lineal_path(image)
    correlation = descriptors.two_point_correlation(image)
    assert path[0] == descriptors.volume_fraction(image)
    assert (np.diff(path) <= 0).all()
    assert (path[:20] <= (correlation[:20, 0] + correlation[0, :20]) / 2 + 1e-12).all()


# --- perimeter and Euler number ------------------------------------------------------------------


@pytest.mark.parametrize("radius", [0.1, 0.25, 0.4])
def test_the_perimeter_of_a_disc_is_its_circumference_from_either_side(radius):
    image = disc(256, radius)
    assert descriptors.perimeter(image) == pytest.approx(2 * np.pi * radius, rel=0.015)
    assert descriptors.perimeter(1 - image) == pytest.approx(descriptors.perimeter(image))


def test_the_perimeter_away_from_walls_is_that_of_scikit_image_in_units_of_the_longer_side():
    image = np.pad(random_image(20, 26), 3)
    assert descriptors.perimeter(image) == pytest.approx(measure.perimeter_crofton(image) / 32)


def test_the_perimeter_is_croftons_sum_of_crossings_counted_one_by_one():
    image = random_image(9, 9).astype(int)
    straight = np.abs(np.diff(image, axis=0)).sum() + np.abs(np.diff(image, axis=1)).sum()
    diagonal = (
        np.abs(image[1:, 1:] - image[:-1, :-1]).sum()
        + np.abs(image[1:, :-1] - image[:-1, 1:]).sum()
    )
    # Lines a pixel apart along the axes, 1/√2 apart along the diagonals; four directions.
    expected = np.pi / 2 * (straight + diagonal / np.sqrt(2)) / 4 / 9
    assert descriptors.perimeter(image) == pytest.approx(expected)


def test_walls_are_no_interface():
    np.testing.assert_allclose(
        descriptors.perimeter(np.array([np.zeros((8, 8)), np.ones((8, 8))])), 0
    )
    half = np.zeros((64, 64))
    half[:, :32] = 1
    assert descriptors.perimeter(half) == pytest.approx(1, rel=0.07)  # exact only over directions


def test_the_perimeter_does_not_depend_on_the_resolution():
    coarse, fine = descriptors.perimeter(disc(64, 0.3)), descriptors.perimeter(disc(512, 0.3))
    assert coarse == pytest.approx(fine, rel=0.02)


def test_the_euler_number_counts_parts_minus_holes():
    ring = disc(32, 0.4) - disc(32, 0.2)
    assert descriptors.euler_number(disc(32, 0.4)) == 1
    assert descriptors.euler_number(ring) == 0
    assert descriptors.euler_number(ring + disc(32, 0.1)) == 1
    assert descriptors.euler_number(stripes(32, 8)) == 4
    assert isinstance(descriptors.euler_number(ring), int)


@pytest.mark.parametrize("connectivity", [1, 2])
def test_the_euler_number_is_that_of_labelled_parts_and_holes(connectivity):
    image = random_image(24, 24, 0.5)
    parts = measure.label(image, connectivity=connectivity).max()
    background = np.pad(1 - image, 1, constant_values=1)
    holes = measure.label(background, connectivity=3 - connectivity).max() - 1
    assert descriptors.euler_number(image, connectivity) == parts - holes


def test_pixels_that_touch_at_a_corner_are_one_part_unless_asked_otherwise():
    assert descriptors.euler_number(np.eye(2)) == 1
    assert descriptors.euler_number(np.eye(2), connectivity=1) == 2
    with pytest.raises(ValueError, match="connectivity must be 1 or 2; got 3"):
        descriptors.euler_number(np.eye(2), connectivity=3)


# --- structure factor and domain size ------------------------------------------------------------


def wave(m: int, k: int, n: int = 64) -> np.ndarray:
    x = (np.arange(n) + 0.5) / n
    return 0.5 + 0.3 * np.cos(np.pi * m * x)[:, None] * np.cos(np.pi * k * x)


def test_the_structure_factor_is_the_mean_power_of_the_waves_summed_one_by_one():
    image = random_image(6, 6)
    wave_numbers, power = descriptors.structure_factor(image)
    np.testing.assert_allclose(wave_numbers, np.pi * np.arange(1, 6))
    x = (np.arange(6) + 0.5) / 6
    by_hand: dict[int, list[float]] = {}
    for m in range(6):
        for k in range(6):
            mode = np.cos(np.pi * m * x)[:, None] * np.cos(np.pi * k * x)
            amplitude = (mode * image).mean() / np.sqrt((mode**2).mean())
            by_hand.setdefault(round(np.hypot(m, k)), []).append(amplitude**2)
    np.testing.assert_allclose(power, [np.mean(by_hand[r]) for r in range(1, 6)])


def test_a_single_wave_has_all_its_power_at_its_wave_number():
    wave_numbers, power = descriptors.structure_factor(wave(3, 4))
    assert wave_numbers[np.argmax(power)] == pytest.approx(5 * np.pi)
    assert power.max() == pytest.approx(power.sum())


def test_the_structure_factor_of_random_pixels_is_flat_and_sums_to_the_variance():
    images = np.array([random_image(32, 32, 0.3, seed) for seed in range(200)])
    power = descriptors.structure_factor(images)[1].mean(axis=0)
    np.testing.assert_allclose(power * 32**2, 0.21, rtol=0.1)


@pytest.mark.parametrize("waves", [2, 3, 8, 16])
def test_the_domain_size_of_a_wave_is_its_period(waves):
    for field in (wave(waves, 0), wave(0, waves)):
        assert descriptors.domain_size(field) == pytest.approx(2 / waves)


@pytest.mark.parametrize("waves", [4, 8, 16])
def test_the_domain_size_of_sharp_stripes_is_close_to_their_period(waves):
    assert 0.8 < descriptors.domain_size(wave(waves, 0) > 0.5) * waves / 2 < 0.9
    # Stripes that are whole at the walls look twice as wide there: the reflection continues them.
    assert 0.8 < descriptors.domain_size(stripes(64, 128 // waves)) * waves / 2 < 1.3


def test_the_domain_size_of_a_wide_image_is_in_units_of_its_longer_side():
    x = (np.arange(64) + 0.5) / 64
    field = np.tile(np.cos(np.pi * 8 * x), (32, 1))
    assert descriptors.domain_size(field) == pytest.approx(2 / 8)
    assert descriptors.domain_size(field.T) == pytest.approx(2 / 8)


def test_the_domain_size_does_not_depend_on_the_phase_resolution_or_symmetry():
    noise = np.random.default_rng(1).normal(size=(64, 64))
    image = (ndimage.gaussian_filter(noise, 3, mode="reflect") > 0).astype(int)
    size = descriptors.domain_size(image)
    assert descriptors.domain_size(1 - image) == pytest.approx(size)
    assert descriptors.domain_size(np.rot90(image).T[::-1]) == pytest.approx(size)
    assert descriptors.domain_size(np.kron(image, np.ones((4, 4)))) == pytest.approx(size, rel=0.1)


def test_the_domain_size_doubles_when_the_pattern_is_enlarged_twofold():
    noise = np.random.default_rng(2).normal(size=(128, 128))
    image = ndimage.gaussian_filter(noise, 2, mode="reflect") > 0
    enlarged = np.kron(image[:64, :64], np.ones((2, 2)))
    assert descriptors.domain_size(enlarged) / descriptors.domain_size(image) == pytest.approx(
        2, rel=0.15
    )


@pytest.mark.filterwarnings("error")
def test_a_uniform_image_has_no_domain_size():
    sizes = descriptors.domain_size(np.array([np.zeros((8, 8)), np.ones((8, 8)), np.eye(8)]))
    assert np.isnan(sizes).tolist() == [True, True, False]
    assert np.isnan(descriptors.domain_size(np.full((8, 8), 0.3)))


def test_an_image_of_one_row_has_no_structure_factor():
    with pytest.raises(ValueError, match=r"at least 2 rows and columns; got \(1, 8\)"):
        descriptors.structure_factor(np.zeros((1, 8)))
