"""Wrong and right answers to the exercises of lesson 01."""

import numpy as np
from answers import Answers
from keras import ops
from scipy.signal import correlate

# 1.1 volume_fraction(images)


def one_number_for_the_batch(images):
    return images.mean()


def other_phase(images):
    return (images == 0).mean(axis=(1, 2))


def mean_picture(images):
    return images.mean(axis=0)


def over_rows_alone(images):
    return images.mean(axis=1)


def over_columns_alone(images):
    return images.mean(axis=-1)


def pixels_counted(images):
    return images.sum(axis=(1, 2))


def sixty_four_squared(images):
    return images.sum(axis=(1, 2)) / (64 * 64)


def share_of_the_batch(images):
    return images.sum(axis=(1, 2)) / images.size


def not_returned(images):
    images.mean(axis=(1, 2))


def fraction_by_mean(images):
    return images.mean(axis=(1, 2))


def fraction_by_loop(images):
    return [float(sum(map(sum, image.tolist()))) / image.size for image in images]


def fraction_flattened(images):
    return np.count_nonzero(images.reshape(len(images), -1) == 1, axis=1) / images[0].size


def fraction_with_keras(images):
    return ops.mean(ops.cast(images, "float32"), axis=(-2, -1))


# 1.2 bulk_chemical_potential(c, b)


def sign_turned(c, b):
    return -2 * b * c * (1 - c) * (1 - 2 * c)


def inner_sign_lost(c, b):
    return b * (2 * c * (1 - c) ** 2 + 2 * c**2 * (1 - c))


def inner_derivative_lost(c, b):
    return 2 * b * (c * (1 - c))


def second_factor_constant(c, b):
    return 2 * b * c * (1 - c) ** 2


def first_factor_constant(c, b):
    return -2 * b * c**2 * (1 - c)


def product_of_derivatives(c, b):
    return b * (2 * c) * (-2 * (1 - c))


def product_of_derivatives_without_sign(c, b):
    return b * (2 * c) * (2 * (1 - c))


def barrier_lost(c, b):
    return 2 * c * (1 - c) * (1 - 2 * c)


def barrier_of_the_lesson(c, b):
    return 2 * 85.0 * c * (1 - c) * (1 - 2 * c)


def two_lost(c, b):
    return b * c * (1 - c) * (1 - 2 * c)


def not_differentiated(c, b):
    return b * c**2 * (1 - c) ** 2


def differentiated_twice(c, b):
    return 2 * b * (1 - 6 * c + 6 * c**2)


def clipped_first(c, b):
    return potential_by_factors(np.clip(c, 0, 1), b)


def added_up(c, b):
    return potential_by_factors(c, b).sum()


def averaged(c, b):
    return potential_by_factors(c, b).mean()


def changed_in_place(c, b):
    c *= (1 - c) * (1 - 2 * c)
    return 2 * b * c


def potential_by_factors(c, b):
    return 2 * b * c * (1 - c) * (1 - 2 * c)


def potential_as_polynomial(c, b):
    return b * (4 * c**3 - 6 * c**2 + 2 * c)


def potential_by_steps(c, b):
    def energy(c):
        return b * c**2 * (1 - c) ** 2

    return (energy(c + 1e-5) - energy(c - 1e-5)) / 2e-5


def potential_with_keras(c, b):
    c = ops.convert_to_tensor(c)
    return 2.0 * b * c * (1.0 - c) * (1.0 - 2.0 * c)


# 1.3 two_point_correlation(image)


def lags_of(n):
    one_way = np.r_[0 : (n + 1) // 2, -(n // 2) : 0]
    return np.ix_(one_way, one_way)


def counted(image, side, power=2):
    return np.fft.ifft2(np.abs(np.fft.fft2(image, (side, side))) ** power).real


def possible_pairs(n):
    return counted(np.ones((n, n)), 2 * n)[lags_of(n)]


def periodic_wrap(image):
    return counted(image, len(image)) / image.size


def periodic_and_not_normalised(image):
    return counted(image, len(image))


def not_normalised(image):
    return counted(image, 2 * len(image))[lags_of(len(image))]


def every_lag_by_all_pixels(image):
    return not_normalised(image) / image.size


def by_padded_pixels(image):
    return not_normalised(image) / (4 * image.size)


def one_at_lag_zero(image):
    return correlation_by_fft(image) / image.mean()


def counts_scaled_to_one(image):
    pairs = not_normalised(image)
    return pairs / pairs[0, 0]


def covariance(image):
    return correlation_by_fft(image) - image.mean() ** 2


def complex_output(image):
    n = len(image)
    pairs = np.fft.ifft2(np.abs(np.fft.fft2(image, (2 * n, 2 * n))) ** 2)
    return pairs[lags_of(n)] / possible_pairs(n)


def magnitude_not_squared(image):
    n = len(image)
    return counted(image, 2 * n, power=1)[lags_of(n)] / possible_pairs(n)


def spectrum_squared(image):
    n = len(image)
    pairs = np.fft.ifft2(np.fft.fft2(image, (2 * n, 2 * n)) ** 2).real
    return pairs[lags_of(n)] / possible_pairs(n)


def shifted_to_the_middle(image):
    return np.fft.fftshift(correlation_by_fft(image))


def no_way_back(image):
    n = len(image)
    power = np.abs(np.fft.fft2(image, (2 * n, 2 * n))) ** 2
    return power[lags_of(n)] / possible_pairs(n)


def all_lags(image):
    n = len(image)
    possible = counted(np.ones((n, n)), 2 * n)
    return counted(image, 2 * n) / np.maximum(possible, 1)


def one_axis_padded(image):
    n = len(image)
    pairs, possible = (
        np.fft.ifft2(np.abs(np.fft.fft2(part, (2 * n, n))) ** 2).real[lags_of(n)]
        for part in (image, np.ones((n, n)))
    )
    return pairs / possible


def correlation_by_fft(image):
    n = len(image)
    return counted(image, 2 * n)[lags_of(n)] / possible_pairs(n)


def correlation_by_scipy(image):
    n = len(image)
    ones = np.ones((n, n))
    full = correlate(image.astype(float), image.astype(float), method="direct")
    full = np.fft.ifftshift(full / correlate(ones, ones, method="direct"))
    return full[lags_of(n)]


def correlation_by_loops(image):
    n = len(image)
    one_way = [*range((n + 1) // 2), *range(-(n // 2), 0)]
    result = np.zeros((n, n))
    for i in one_way:
        for j in one_way:
            pairs = [
                image[y, x] * image[y + i, x + j]
                for y in range(max(0, -i), n - max(0, i))
                for x in range(max(0, -j), n - max(0, j))
            ]
            result[i, j] = np.mean(pairs)
    return result


# 1.4 split_by_simulation(simulation, test, seed)


def frames_shuffled(simulation, test, seed):
    return np.random.default_rng(seed).random(len(simulation)) < test


def not_reproducible(simulation, test, seed):
    return split_by_permutation(simulation, test, np.random.default_rng().integers(2**31))


def always_the_last(simulation, test, seed):
    numbers = np.unique(simulation)
    return np.isin(simulation, numbers[-round(test * len(numbers)) :])


def seed_not_used(simulation, test, seed):
    return split_by_permutation(simulation, test, 42)


def wrong_way_round(simulation, test, seed):
    return ~split_by_permutation(simulation, test, seed)


def drawn_twice(simulation, test, seed):
    numbers = np.unique(simulation)
    drawn = np.random.default_rng(seed).choice(numbers, round(test * len(numbers)))
    return np.isin(simulation, drawn)


def share_fixed(simulation, test, seed):
    return split_by_permutation(simulation, 0.25, seed)


def one_for_each_simulation(simulation, test, seed):
    numbers = np.unique(simulation)
    return np.isin(numbers, np.random.default_rng(seed).permutation(numbers)[:5])


def indices_of_frames(simulation, test, seed):
    return np.flatnonzero(split_by_permutation(simulation, test, seed))


def both_sides(simulation, test, seed):
    mask = split_by_permutation(simulation, test, seed)
    return np.flatnonzero(~mask), np.flatnonzero(mask)


def numbers_taken_for_places(simulation, test, seed):
    count = len(np.unique(simulation))
    drawn = np.random.default_rng(seed).permutation(count)[: round(test * count)]
    return np.isin(simulation, drawn + 1000)


def share_of_the_frames(simulation, test, seed):
    drawn = np.random.default_rng(seed).permutation(np.unique(simulation))
    return np.isin(simulation, drawn[: round(test * len(simulation))])


def cut_off(simulation, test, seed):
    numbers = np.unique(simulation)
    drawn = np.random.default_rng(seed).permutation(numbers)[: int(test * len(numbers))]
    return np.isin(simulation, drawn)


def split_by_permutation(simulation, test, seed):
    numbers = np.unique(simulation)
    drawn = np.random.default_rng(seed).permutation(numbers)[: round(test * len(numbers))]
    return np.isin(simulation, drawn)


def split_by_choice(simulation, test, seed):
    numbers = sorted(set(simulation.tolist()))
    drawn = np.random.default_rng(seed).choice(numbers, round(test * len(numbers)), replace=False)
    return [number in drawn for number in simulation]


def split_by_shuffle(simulation, test, seed):
    numbers = np.unique(simulation)
    np.random.default_rng(seed).shuffle(numbers)
    mask = np.zeros(len(simulation), bool)
    for number in numbers[: round(test * numbers.size)]:
        mask |= simulation == number
    return mask


def mask_of_whole_numbers(simulation, test, seed):
    return split_by_shuffle(simulation, test, seed).astype(int)


# 1.5 coarsening_exponent(times, lengths)


def slope(x, y):
    return np.polyfit(x, y, 1)[0]


def late_part(times, lengths):
    late = times >= times.max() / 10
    return times[late], lengths[late]


def early_regime_included(times, lengths):
    return slope(np.log(times), np.log(lengths))


def linear_axes(times, lengths):
    return slope(*late_part(times, lengths))


def linear_axes_and_early(times, lengths):
    return slope(times, lengths)


def lengths_not_in_logarithms(times, lengths):
    times, lengths = late_part(times, lengths)
    return slope(np.log(times), lengths)


def times_not_in_logarithms(times, lengths):
    times, lengths = late_part(times, lengths)
    return slope(times, np.log(lengths))


def early_regime_alone(times, lengths):
    early = times < times.max() / 10
    return slope(np.log(times[early]), np.log(lengths[early]))


def limit_of_the_lesson(times, lengths):
    late = times >= 0.0025
    return slope(np.log(times[late]), np.log(lengths[late]))


def last_tenth_of_the_points(times, lengths):
    last = len(times) // 10
    return slope(np.log(times[-last:]), np.log(lengths[-last:]))


def axes_swapped(times, lengths):
    times, lengths = late_part(times, lengths)
    return slope(np.log(lengths), np.log(times))


def intercept(times, lengths):
    times, lengths = late_part(times, lengths)
    return np.polyfit(np.log(times), np.log(lengths), 1)[1]


def slope_and_intercept(times, lengths):
    times, lengths = late_part(times, lengths)
    return np.polyfit(np.log(times), np.log(lengths), 1)


def two_points(times, lengths):
    times, lengths = late_part(times, lengths)
    return np.log(lengths[-1] / lengths[0]) / np.log(times[-1] / times[0])


def last_is_not_latest(times, lengths):
    late = times >= times[-1] / 10
    return slope(np.log(times[late]), np.log(lengths[late]))


def exponent_by_polyfit(times, lengths):
    times, lengths = late_part(times, lengths)
    return slope(np.log(times), np.log(lengths))


def exponent_in_decades(times, lengths):
    x, y = np.log10(times), np.log10(lengths)
    late = x >= x.max() - 1
    return float(np.cov(x[late], y[late])[0, 1] / np.var(x[late], ddof=1))


def exponent_by_least_squares(times, lengths):
    rows = [
        (1.0, np.log(t), np.log(size))
        for t, size in zip(times, lengths, strict=True)
        if t * 10 >= max(times)
    ]
    table = np.array(rows)
    return np.linalg.lstsq(table[:, :2], table[:, 2], rcond=None)[0][1]


EXERCISES = {
    "volume_fraction": Answers(
        wrong={
            one_number_for_the_batch: "You averaged over the whole batch",
            other_phase: "of the other phase",
            mean_picture: "that is a mean picture",
            over_rows_alone: "You averaged over the rows alone",
            over_columns_alone: "You averaged over the columns alone",
            pixels_counted: "You counted the pixels",
            sixty_four_squared: "images may have another size",
            share_of_the_batch: "the pixels of the whole batch",
            not_returned: "Is a `return` missing",
        },
        right=[fraction_by_mean, fraction_by_loop, fraction_flattened, fraction_with_keras],
    ),
    "bulk_chemical_potential": Answers(
        wrong={
            sign_turned: "The sign is the wrong way round",
            inner_sign_lost: "so the second term is subtracted",
            inner_derivative_lost: "the derivative of u² is 2u times that",
            second_factor_constant: "(1 − c)² depends on c as well",
            first_factor_constant: "c² depends on c as well",
            product_of_derivatives: "is not the product of the derivatives",
            product_of_derivatives_without_sign: "(and lost a sign)",
            barrier_lost: "The barrier b is missing",
            barrier_of_the_lesson: "You wrote 85 for the barrier",
            two_lost: "The factor 2",
            not_differentiated: "This is the free energy itself",
            differentiated_twice: "This is the second derivative",
            clipped_first: "You cut c to 0…1 first",
            added_up: "You added up all places",
            averaged: "You averaged over all places",
            changed_in_place: "changes its argument c in place",
        },
        right=[
            potential_by_factors,
            potential_as_polynomial,
            potential_by_steps,
            potential_with_keras,
        ],
    ),
    "two_point_correlation": Answers(
        wrong={
            periodic_wrap: "Pad with zeros",
            periodic_and_not_normalised: "And they are not divided",
            not_normalised: "These are numbers of pairs",
            every_lag_by_all_pixels: "You divided every lag by n²",
            by_padded_pixels: "the pixels of the padded image",
            one_at_lag_zero: "You scaled it to 1 at lag zero. There",
            counts_scaled_to_one: "You scaled the counts to 1",
            covariance: "that is the covariance",
            complex_output: "A probability is real",
            magnitude_not_squared: "The square is missing",
            spectrum_squared: "compared with its mirror image",
            shifted_to_the_middle: "Lag zero has moved to the middle",
            no_way_back: "The way back is missing",
            one_axis_padded: "You padded the rows alone",
            all_lags: "has the shape of the padded array",
        },
        right=[correlation_by_fft, correlation_by_scipy, correlation_by_loops],
    ),
    "split_by_simulation": Answers(
        wrong={
            frames_shuffled: "frames were drawn, not simulations",
            not_reproducible: "Nobody could repeat your result",
            always_the_last: "It is always the last simulations",
            seed_not_used: "Every seed gives the same split",
            wrong_way_round: "the wrong way round",
            drawn_twice: "`choice` alone can draw one twice",
            share_fixed: "does not follow the argument test",
            share_of_the_frames: "Nothing is left for training",
            cut_off: "is cut off, not rounded",
            one_for_each_simulation: "one value for each simulation",
            indices_of_frames: "returned numbers of frames",
            both_sides: "Return one, the mask of the test set",
            numbers_taken_for_places: "The test set is empty",
            mask_of_whole_numbers: "returned the numbers 0 and 1, not booleans",
        },
        right=[split_by_permutation, split_by_choice, split_by_shuffle],
    ),
    "coarsening_exponent": Answers(
        wrong={
            early_regime_included: "The early regime is in the fit",
            linear_axes: "This is the slope on linear axes",
            linear_axes_and_early: "And leave the early times out",
            lengths_not_in_logarithms: "The lengths are not in logarithms",
            times_not_in_logarithms: "The times are not in logarithms",
            early_regime_alone: "You fitted the early times",
            limit_of_the_lesson: "You wrote 0.0025",
            last_tenth_of_the_points: "You took the last tenth of the points",
            axes_swapped: "The axes are swapped",
            intercept: "This is the intercept",
            slope_and_intercept: "Return the slope alone",
            two_points: "You joined two points",
            last_is_not_latest: "is not always the latest",
        },
        right=[exponent_by_polyfit, exponent_in_decades, exponent_by_least_squares],
    ),
}
