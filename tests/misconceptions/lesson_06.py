"""Wrong and right answers to the exercises of lesson 06."""

import math

import keras
import numpy as np
from answers import Answers
from keras import layers, ops

from vae_course.latent import baselines
from vae_course.latent.dynamics import build_forward

# 6.1 skill(prediction, truth, baseline)


def accuracy(prediction, truth, baseline):
    return np.mean((prediction > 0.5) == (truth > 0.5))


def never_negative(prediction, truth, baseline):
    return max(0.0, skill_as_in_the_lesson(prediction, truth, baseline))


def no_baseline(prediction, truth, baseline):
    return 1 - np.mean((prediction - truth) ** 2)


def error_alone(prediction, truth, baseline):
    return np.mean((prediction - truth) ** 2)


def ratio_of_errors(prediction, truth, baseline):
    return np.mean((prediction - truth) ** 2) / np.mean((baseline - truth) ** 2)


def sign_of_skill(prediction, truth, baseline):
    return np.mean((prediction - truth) ** 2) / np.mean((baseline - truth) ** 2) - 1


def swapped(prediction, truth, baseline):
    return 1 - np.mean((baseline - truth) ** 2) / np.mean((prediction - truth) ** 2)


def root_mean_square(prediction, truth, baseline):
    return 1 - np.sqrt(np.mean((prediction - truth) ** 2) / np.mean((baseline - truth) ** 2))


def absolute_differences(prediction, truth, baseline):
    return 1 - np.mean(np.abs(prediction - truth)) / np.mean(np.abs(baseline - truth))


def not_squared(prediction, truth, baseline):
    return 1 - np.mean(prediction - truth) / np.mean(baseline - truth)


def skill_of_each_image(prediction, truth, baseline):
    errors = np.mean((prediction - truth) ** 2, axis=(1, 2))
    return 1 - errors / np.mean((baseline - truth) ** 2, axis=(1, 2))


def mean_of_skills(prediction, truth, baseline):
    return np.mean(skill_of_each_image(prediction, truth, baseline))


def r_squared(prediction, truth, baseline):
    return 1 - np.mean((prediction - truth) ** 2) / np.var(truth)


def prediction_against_baseline(prediction, truth, baseline):
    return 1 - np.mean((prediction - baseline) ** 2) / np.mean((baseline - truth) ** 2)


def wrong_denominator(prediction, truth, baseline):
    return 1 - np.mean((prediction - truth) ** 2) / np.mean((prediction - baseline) ** 2)


def difference_of_errors(prediction, truth, baseline):
    return np.mean((baseline - truth) ** 2) - np.mean((prediction - truth) ** 2)


def no_skill_returned(prediction, truth, baseline):
    1 - np.mean((prediction - truth) ** 2) / np.mean((baseline - truth) ** 2)


def skill_as_in_the_lesson(prediction, truth, baseline):
    return 1 - np.mean((prediction - truth) ** 2) / np.mean((baseline - truth) ** 2)


def skill_by_sums(prediction, truth, baseline):
    return 1 - ops.sum((prediction - truth) ** 2) / ops.sum((baseline - truth) ** 2)


def skill_by_loops(prediction, truth, baseline):
    ours = theirs = 0.0
    for p, t, b in zip(prediction.ravel(), truth.ravel(), baseline.ravel(), strict=True):
        ours, theirs = ours + (p - t) ** 2, theirs + (b - t) ** 2
    return (theirs - ours) / theirs


# 6.2 extrapolate(z0, t0, z1, t1, t)


def linear_time(z0, t0, z1, t1, t):
    return z1 + ((t - t1) / (t1 - t0))[:, None] * (z1 - z0)


def from_the_first_code(z0, t0, z1, t1, t):
    return z0 + (np.log(t / t1) / np.log(t1 / t0))[:, None] * (z1 - z0)


def counted_from_t0(z0, t0, z1, t1, t):
    return z1 + (np.log(t / t0) / np.log(t1 / t0))[:, None] * (z1 - z0)


def line_backward(z0, t0, z1, t1, t):
    return z1 + (np.log(t / t1) / np.log(t1 / t0))[:, None] * (z0 - z1)


def not_divided(z0, t0, z1, t1, t):
    return z1 + np.log(t / t1)[:, None] * (z1 - z0)


def upside_down(z0, t0, z1, t1, t):
    return z1 + (np.log(t1 / t0) / np.log(t / t1))[:, None] * (z1 - z0)


def no_logarithm(z0, t0, z1, t1, t):
    return z1 + ((t / t1) / (t1 / t0))[:, None] * (z1 - z0)


def times_of_the_first(z0, t0, z1, t1, t):
    return z1 + np.log(t[0] / t1[0]) / np.log(t1[0] / t0[0]) * (z1 - z0)


def mean_velocity(z0, t0, z1, t1, t):
    return z1 + (np.log(t / t1) / np.log(t1 / t0))[:, None] * (z1 - z0).mean(axis=0)


def along_the_columns(z0, t0, z1, t1, t):
    return z1 + np.log(t / t1) / np.log(t1 / t0) * (z1 - z0)


def persistence(z0, t0, z1, t1, t):
    return z1


def changes_in_place(z0, t0, z1, t1, t):
    z1 += (np.log(t / t1) / np.log(t1 / t0))[:, None] * (z1 - z0)
    return z1


def extrapolate_as_in_the_lesson(z0, t0, z1, t1, t):
    return z1 + (np.log(t / t1) / np.log(t1 / t0))[:, None] * (z1 - z0)


def extrapolate_from_z0(z0, t0, z1, t1, t):
    slope = (z1 - z0) / (ops.log(t1) - ops.log(t0))[:, None]
    return z0 + slope * (ops.log(t) - ops.log(t0))[:, None]


def extrapolate_by_the_library(z0, t0, z1, t1, t):
    rows = zip(z0, t0, z1, t1, t, strict=True)
    return np.stack([baselines.extrapolate(a, b, c, d, [e])[0] for a, b, c, d, e in rows])


# 6.3 training_pairs(z, time, simulation, factor)


def pairs_where(z, time, table):
    now, later = np.nonzero(table)
    return z[now], z[later], np.log(time[later] / time[now])[:, None]


def tables(time, simulation):
    return time[None] / time[:, None], simulation[None] == simulation[:, None]


def across_simulations(z, time, simulation, factor):
    ratio, _ = tables(time, simulation)
    return pairs_where(z, time, (ratio > 1) & (ratio <= factor))


def near_simulations(z, time, simulation, factor):
    ratio, _ = tables(time, simulation)
    same = np.abs(simulation[None] - simulation[:, None]) < 2
    return pairs_where(z, time, same & (ratio > 1) & (ratio <= factor))


def with_themselves(z, time, simulation, factor):
    ratio, same = tables(time, simulation)
    return pairs_where(z, time, same & (ratio >= 1) & (ratio <= factor))


def backward_too(z, time, simulation, factor):
    ratio, same = tables(time, simulation)
    return pairs_where(z, time, same & (ratio != 1) & (ratio <= factor))


def later_first(z, time, simulation, factor):
    now, later, far = pairs_as_in_the_lesson(z, time, simulation, factor)
    return later, now, far


def factor_ignored(z, time, simulation, factor):
    ratio, same = tables(time, simulation)
    return pairs_where(z, time, same & (ratio > 1))


def neighbours_only(z, time, simulation, factor):
    ratio, same = tables(time, simulation)
    return pairs_where(z, time, same & (ratio > 1) & (ratio < 1.6))


def in_the_order_given(z, time, simulation, factor):
    ratio, same = tables(time, simulation)
    return pairs_where(z, time, np.triu(same, 1) & (ratio > 1) & (ratio <= factor))


def largest_only(z, time, simulation, factor):
    ratio, same = tables(time, simulation)
    return pairs_where(z, time, same & (ratio > 0.6 * factor) & (ratio <= factor))


def one_simulation(z, time, simulation, factor):
    ratio, same = tables(time, simulation)
    first = simulation[:, None] == simulation[0]
    return pairs_where(z, time, same & first & (ratio > 1) & (ratio <= factor))


def twice(z, time, simulation, factor):
    parts = pairs_as_in_the_lesson(z, time, simulation, factor)
    return tuple(np.concatenate([part, part]) for part in parts)


def change_as_later(z, time, simulation, factor):
    now, later, far = pairs_as_in_the_lesson(z, time, simulation, factor)
    return now, later - now, far


def two_arrays(z, time, simulation, factor):
    return pairs_as_in_the_lesson(z, time, simulation, factor)[:2]


def row_of_logarithms(z, time, simulation, factor):
    now, later, far = pairs_as_in_the_lesson(z, time, simulation, factor)
    return now, later, far[:, 0]


def ratio_not_logarithm(z, time, simulation, factor):
    now, later, far = pairs_as_in_the_lesson(z, time, simulation, factor)
    return now, later, np.exp(far)


def sign_of_the_logarithm(z, time, simulation, factor):
    now, later, far = pairs_as_in_the_lesson(z, time, simulation, factor)
    return now, later, -far


def base_ten(z, time, simulation, factor):
    now, later, far = pairs_as_in_the_lesson(z, time, simulation, factor)
    return now, later, far / np.log(10)


def difference_of_times(z, time, simulation, factor):
    ratio, same = tables(time, simulation)
    now, later = np.nonzero(same & (ratio > 1) & (ratio <= factor))
    return z[now], z[later], (time[later] - time[now])[:, None]


def pairs_as_in_the_lesson(z, time, simulation, factor):
    ratio, same = tables(time, simulation)
    return pairs_where(z, time, same & (ratio > 1) & (ratio <= factor))


def pairs_by_loops(z, time, simulation, factor):
    found = [
        (z[i], z[j], [math.log(time[j] / time[i])])
        for i in range(len(z))
        for j in range(len(z))
        if simulation[i] == simulation[j] and 1 < time[j] / time[i] <= factor
    ]
    now, later, far = zip(*found, strict=True)
    return np.array(now), np.array(later), np.array(far)


def pairs_simulation_by_simulation(z, time, simulation, factor):
    now, later, far = [], [], []
    for number in np.unique(simulation):
        frames = np.flatnonzero(simulation == number)
        frames = frames[np.argsort(time[frames])]
        for i, j in zip(*np.triu_indices(len(frames), 1), strict=True):
            ratio = time[frames[j]] / time[frames[i]]
            if ratio <= factor:
                now.append(z[frames[i]])
                later.append(z[frames[j]])
                far.append([np.log(ratio)])
    return [ops.convert_to_tensor(np.array(part)) for part in (now, later, far)]


# 6.4 build_dynamics(latent)


def parts(latent, told=True):
    """Inputs, and the code as a picture with log r on it."""
    z, log_factor = keras.Input((latent,)), keras.Input((1,))
    x = layers.Reshape((8, 8, latent // 64))(z)
    if told:
        everywhere = layers.Reshape((8, 8, 1))(layers.RepeatVector(64)(log_factor))
        x = layers.Concatenate()([x, everywhere])
    return z, log_factor, x


def velocity(x, latent, inner="gelu", last=None):
    """The network f."""
    x = layers.Conv2D(32, 3, padding="same", activation=inner)(x)
    for _ in range(3):
        x = x + layers.Conv2D(32, 3, padding="same", activation=inner)(x)
    x = layers.Conv2D(latent // 64, 3, padding="same", activation=last, kernel_initializer="zeros")(
        x
    )
    return layers.Flatten()(x)


def no_residual(latent):
    z, log_factor, x = parts(latent)
    return keras.Model([z, log_factor], velocity(x, latent))


def no_log_factor(latent):
    z, log_factor, x = parts(latent)
    return keras.Model([z, log_factor], z + velocity(x, latent))


def code_multiplied(latent):
    z, log_factor, x = parts(latent)
    return keras.Model([z, log_factor], log_factor * (z + velocity(x, latent)))


def not_told_how_far(latent):
    z, log_factor, x = parts(latent, told=False)
    return keras.Model([z, log_factor], z + log_factor * velocity(x, latent))


def activation_at_the_end(latent):
    z, log_factor, x = parts(latent)
    return keras.Model([z, log_factor], z + log_factor * velocity(x, latent, last="gelu"))


def bounded_at_the_end(latent):
    z, log_factor, x = parts(latent)
    return keras.Model([z, log_factor], z + log_factor * velocity(x, latent, last="tanh"))


def no_activation(latent):
    z, log_factor, x = parts(latent)
    return keras.Model([z, log_factor], z + log_factor * velocity(x, latent, inner=None))


def inputs_in_reverse(latent):
    z, log_factor, x = parts(latent)
    return keras.Model([log_factor, z], z + log_factor * velocity(x, latent))


def length_as_in_the_example(latent):
    return right_model(256)


def not_a_model(latent):
    z, log_factor, x = parts(latent)
    return z + log_factor * velocity(x, latent)


def left_as_a_picture(latent):
    z, log_factor, x = parts(latent)
    x = layers.Reshape((8, 8, latent // 64))(velocity(x, latent))
    picture = layers.Reshape((8, 8, latent // 64))(z)
    far = layers.Reshape((1, 1, 1))(log_factor)
    return keras.Model([z, log_factor], picture + far * x)


def dense(latent, width=256):
    z, log_factor = keras.Input((latent,)), keras.Input((1,))
    x = layers.Concatenate()([z, log_factor])
    for _ in range(2):
        x = layers.Dense(width, activation="gelu")(x)
    change = layers.Dense(latent, kernel_initializer="zeros")(x)
    return keras.Model([z, log_factor], z + log_factor * change)


def huge_and_dense(latent):
    return dense(latent, width=4096)


def right_model(latent):
    z, log_factor, x = parts(latent)
    return keras.Model([z, log_factor], z + log_factor * velocity(x, latent))


def library_model(latent):
    return build_forward((8, 8, latent // 64), width=32, blocks=2)


def relu_and_add_layers(latent):
    z, log_factor, x = parts(latent)
    x = layers.Conv2D(48, 3, padding="same", activation="relu")(x)
    for _ in range(2):
        y = layers.Conv2D(48, 3, padding="same", activation="relu")(x)
        x = layers.Add()([x, y])
    change = layers.Flatten()(layers.Conv2D(latent // 64, 3, padding="same")(x))
    moved = layers.Multiply()([change, log_factor])
    return keras.Model(inputs=(z, log_factor), outputs=layers.Add()([z, moved]))


# 6.5 roll_out(step, z, n)


def start_missing(step, z, n):
    path = []
    for _ in range(n):
        z = step(z)
        path.append(z)
    return np.stack(path, axis=1) if path else np.zeros((len(z), 0, *z.shape[1:]))


def last_missing(step, z, n):
    return right_roll_out(step, z, n)[:, :-1]


def one_too_many(step, z, n):
    return right_roll_out(step, z, n + 1)


def shifted(step, z, n):
    return right_roll_out(step, z, n + 1)[:, 1:]


def end_only(step, z, n):
    return right_roll_out(step, z, n)[:, -1]


def steps_first(step, z, n):
    return np.moveaxis(right_roll_out(step, z, n), 1, 0)


def steps_last(step, z, n):
    return np.moveaxis(right_roll_out(step, z, n), 1, -1)


def joined(step, z, n):
    path = right_roll_out(step, z, n)
    return np.concatenate([path[:, k] for k in range(n + 1)], axis=1)


def always_from_the_start(step, z, n):
    return np.stack([z] + [step(z) for _ in range(n)], axis=1)


def overwritten(step, z, n):
    path, state = [], z.copy()
    path.append(state)
    for _ in range(n):
        state[...] = step(state)
        path.append(state)
    return np.stack(path, axis=1)


def result_unused(step, z, n):
    path = [z]
    for _ in range(n):
        step(path[-1])
        path.append(path[-1])
    return np.stack(path, axis=1)


def code_by_code(step, z, n):
    return np.stack([right_roll_out(step, one, n) for one in z])


def from_scratch(step, z, n):
    path = [z]
    for k in range(1, n + 1):
        state = z
        for _ in range(k):
            state = step(state)
        path.append(state)
    return np.stack(path, axis=1)


def codes_only(step, z, n):
    path = np.zeros((len(z), n + 1, z.shape[1]))
    path[:, 0] = z if z.ndim == 2 else z[:, 0]
    for k in range(n):
        path[:, k + 1] = step(path[:, k])
    return path


def four_steps(step, z, n):
    return right_roll_out(step, z, 4)


def right_roll_out(step, z, n):
    path = [z]
    for _ in range(n):
        path.append(step(path[-1]))
    return np.stack(path, axis=1)


def filled_in(step, z, n):
    path = np.empty((len(z), n + 1, *z.shape[1:]))
    path[:, 0] = z
    for k in range(n):
        path[:, k + 1] = step(path[:, k])
    return path


def recursive(step, z, n):
    first = z[:, None]
    return first if n == 0 else np.concatenate([first, recursive(step, step(z), n - 1)], axis=1)


def by_tensors(step, z, n):
    path = [ops.convert_to_tensor(z)]
    for _ in range(n):
        path.append(ops.convert_to_tensor(step(path[-1])))
    return ops.stack(path, axis=1)


EXERCISES = {
    "skill": Answers(
        wrong={
            accuracy: "This is an accuracy",
            never_negative: "You cut negative skill off",
            no_baseline: "The baseline is missing",
            error_alone: "the MSE of the prediction alone",
            ratio_of_errors: "the ratio of the errors",
            sign_of_skill: "a perfect prediction has the skill 1",
            swapped: "Prediction and baseline are swapped",
            root_mean_square: "the roots of the errors",
            absolute_differences: "mean absolute differences",
            not_squared: "positive and negative ones cancel",
            skill_of_each_image: "one skill for each image. Average both",
            mean_of_skills: "You averaged one skill for each image",
            r_squared: "(that is R²)",
            prediction_against_baseline: "The prediction is compared with the baseline",
            wrong_denominator: "The denominator compares baseline and prediction",
            difference_of_errors: "depends on how much changes",
            no_skill_returned: "Is a `return` missing",
        },
        right=[skill_as_in_the_lesson, skill_by_sums, skill_by_loops],
    ),
    "extrapolate": Answers(
        wrong={
            linear_time: "straight over t. Coarsening slows down",
            from_the_first_code: "The line starts at z0",
            counted_from_t0: "count the time from t0",
            line_backward: "This goes backward",
            not_divided: "took a time of its own",
            upside_down: "upside down",
            no_logarithm: "The logarithms are missing",
            times_of_the_first: "by the times of the first",
            mean_velocity: "the same mean velocity",
            along_the_columns: "multiply the columns",
            persistence: "This is persistence",
            changes_in_place: "changes its argument z1 in place",
        },
        right=[
            extrapolate_as_in_the_lesson,
            extrapolate_from_z0,
            extrapolate_by_the_library,
        ],
    ),
    "training_pairs": Answers(
        wrong={
            across_simulations: "go across simulations",
            near_simulations: "whose numbers are neighbours",
            with_themselves: "paired with themselves",
            backward_too: "Some pairs run backward",
            later_first: "All pairs run backward",
            factor_ignored: "further apart than factor",
            neighbours_only: "neighbouring frames only",
            in_the_order_given: "come in the order of time",
            largest_only: "not the only one",
            one_simulation: "all of one simulation",
            twice: "appear more than once",
            change_as_later: "not the code of any frame",
            two_arrays: "must return three arrays",
            row_of_logarithms: "The shape must be (P, 1), for a network",
            ratio_not_logarithm: "the ratio of times itself",
            sign_of_the_logarithm: "positive where later is later",
            base_ten: "to base 10",
            difference_of_times: "the difference of times",
        },
        right=[pairs_as_in_the_lesson, pairs_by_loops, pairs_simulation_by_simulation],
    ),
    "build_dynamics": Answers(
        wrong={
            no_residual: "The code itself is not added",
            no_log_factor: "At r = 1, where log r is 0, the code changes",
            code_multiplied: "Only the change is multiplied by log r",
            not_told_how_far: "not told how far to go",
            activation_at_the_end: "never clearly negative",
            bounded_at_the_end: "never larger than 1",
            no_activation: "linear in the code",
            inputs_in_reverse: "inputs are in the wrong order",
            length_as_in_the_example: "Take the length from the argument",
            not_a_model: "must return a keras.Model",
            left_as_a_picture: "another shape than that of the codes",
            dense: "hardly better than a straight line",
            huge_and_dense: "one weight for each pair of numbers",
        },
        right=[right_model, library_model, relu_and_add_layers],
    ),
    "roll_out": Answers(
        wrong={
            start_missing: "it comes first, before any step",
            last_missing: "The last step is missing",
            one_too_many: "one step too many: n steps, not n + 1",
            shifted: "The start is missing, and there is one step too many",
            end_only: "This is where it ends",
            steps_first: "The steps are on the first axis",
            steps_last: "The steps are on the last axis",
            joined: "joined on the axis of the code:",
            always_from_the_start: "Every step starts from z again",
            overwritten: "the same array was overwritten",
            result_unused: "the result of step is not used",
            code_by_code: "array of another shape than z",
            from_scratch: "a step may take long",
            codes_only: "works for any shape",
            by_tensors: "returned a tensor",
            four_steps: "The number of steps must come from n",
        },
        right=[right_roll_out, filled_in, recursive],
    ),
}
