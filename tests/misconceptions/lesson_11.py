"""Wrong and right answers to the exercises of lesson 11."""

from itertools import pairwise

import keras
import numpy as np
from answers import Answers
from keras import ops
from sklearn.metrics import roc_auc_score

# 11.1 aggregate_gap(means, log_variances)


def gap_in_one(means, log_variances):
    s2 = np.exp(log_variances)
    return s2.mean(0) + means.var(0), np.sqrt((means**2 + s2).sum(1).mean() / means.shape[1])


def gap_by_moments(means, log_variances):
    second = np.mean(means**2 + np.exp(log_variances), axis=0)
    return second - means.mean(axis=0) ** 2, np.sqrt(second.mean())


def one_of_two(means, log_variances):
    return gap_in_one(means, log_variances)[0]


def means_alone(means, log_variances):
    return means.var(axis=0), gap_in_one(means, log_variances)[1]


def clouds_alone(means, log_variances):
    return np.exp(log_variances).mean(axis=0), gap_in_one(means, log_variances)[1]


def deviation(means, log_variances):
    variance, length = gap_in_one(means, log_variances)
    return np.sqrt(variance), length


def logarithms(means, log_variances):
    return log_variances.mean(axis=0) + means.var(axis=0), gap_in_one(means, log_variances)[1]


def half_the_logarithm(means, log_variances):
    s = np.exp(0.5 * log_variances)
    return s.mean(axis=0) + means.var(axis=0), gap_in_one(means, log_variances)[1]


def over_the_axes(means, log_variances):
    variance, length = gap_in_one(means, log_variances)
    return variance.mean(), length


def of_each_picture(means, log_variances):
    s2 = np.exp(log_variances)
    return s2.mean(axis=1) + means.var(axis=1), gap_in_one(means, log_variances)[1]


def from_zero(means, log_variances):
    s2 = np.exp(log_variances)
    return s2.mean(0) + np.mean(means**2, 0), gap_in_one(means, log_variances)[1]


def not_divided(means, log_variances):
    variance, length = gap_in_one(means, log_variances)
    return variance, length * np.sqrt(means.shape[1])


def squared_length(means, log_variances):
    variance, length = gap_in_one(means, log_variances)
    return variance, length**2


def length_of_the_means(means, log_variances):
    length = np.sqrt(np.mean(np.sum(means**2, axis=1)) / means.shape[1])
    return gap_in_one(means, log_variances)[0], length


def divided_by_k(means, log_variances):
    variance, length = gap_in_one(means, log_variances)
    return variance, length / np.sqrt(means.shape[1])


def about_the_mean(means, log_variances):
    variance, _ = gap_in_one(means, log_variances)
    return variance, np.sqrt(variance.mean())


def root_first(means, log_variances):
    squared = np.sum(means**2 + np.exp(log_variances), axis=1)
    return gap_in_one(means, log_variances)[0], np.sqrt(squared / means.shape[1]).mean()


# 11.2 path(noise, code, tau)


def straight(noise, code, tau):
    return (1 - tau) * noise + tau * code, code - noise


def straight_from_noise(noise, code, tau):
    way = code - noise
    return noise + tau * way, way


def points_alone(noise, code, tau):
    return (1 - tau) * noise + tau * code


def turned_round(noise, code, tau):
    return tau * noise + (1 - tau) * code, code - noise


def velocity_first(noise, code, tau):
    return code - noise, (1 - tau) * noise + tau * code


def noise_stays(noise, code, tau):
    return noise + tau * code, code - noise


def bent(noise, code, tau):
    return np.sqrt(1 - tau**2) * noise + tau * code, code - noise


def towards_noise(noise, code, tau):
    return (1 - tau) * noise + tau * code, noise - code


def points_twice(noise, code, tau):
    x = (1 - tau) * noise + tau * code
    return x, x


def what_is_left(noise, code, tau):
    x = (1 - tau) * noise + tau * code
    return x, code - x


def how_far(noise, code, tau):
    return (1 - tau) * noise + tau * code, tau * (code - noise)


def the_end(noise, code, tau):
    return (1 - tau) * noise + tau * code, code


# 11.3 flow_matching_loss(velocity, code, seed_generator)


def drawn(code, seeds):
    noise = keras.random.normal(ops.shape(code), seed=seeds)
    tau = keras.random.uniform((ops.shape(code)[0], 1), seed=seeds)
    return noise, tau, (1 - tau) * noise + tau * code


def matching(velocity, code, seed_generator):
    noise, tau, x = drawn(code, seed_generator)
    return ops.mean((velocity(x, tau) - (code - noise)) ** 2)


def matching_tau_first(velocity, code, seed_generator):
    tau = keras.random.uniform((ops.shape(code)[0], 1), seed=seed_generator)
    noise = keras.random.normal(ops.shape(code), seed=seed_generator)
    errors = ops.square(velocity(noise + tau * (code - noise), tau) - code + noise)
    return ops.mean(ops.mean(errors, axis=1))


def never_asked(velocity, code, seed_generator):
    noise, _, x = drawn(code, seed_generator)
    return ops.mean((x - (code - noise)) ** 2)


def not_told(velocity, code, seed_generator):
    noise, _, x = drawn(code, seed_generator)
    return ops.mean((velocity(x) - (code - noise)) ** 2)


def one_tau(velocity, code, seed_generator):
    noise = keras.random.normal(ops.shape(code), seed=seed_generator)
    tau = keras.random.uniform((1, 1), seed=seed_generator)
    x = (1 - tau) * noise + tau * code
    return ops.mean((velocity(x, tau) - (code - noise)) ** 2)


def one_tau_repeated(velocity, code, seed_generator):
    noise = keras.random.normal(ops.shape(code), seed=seed_generator)
    tau = keras.random.uniform((1, 1), seed=seed_generator) + ops.zeros_like(code[:, :1])
    x = (1 - tau) * noise + tau * code
    return ops.mean((velocity(x, tau) - (code - noise)) ** 2)


def tau_for_each_axis(velocity, code, seed_generator):
    noise = keras.random.normal(ops.shape(code), seed=seed_generator)
    tau = keras.random.uniform(ops.shape(code), seed=seed_generator)
    x = (1 - tau) * noise + tau * code
    return ops.mean((velocity(x, tau) - (code - noise)) ** 2)


def normal_tau(velocity, code, seed_generator):
    noise = keras.random.normal(ops.shape(code), seed=seed_generator)
    tau = keras.random.normal((ops.shape(code)[0], 1), seed=seed_generator)
    x = (1 - tau) * noise + tau * code
    return ops.mean((velocity(x, tau) - (code - noise)) ** 2)


def from_code_to_noise(velocity, code, seed_generator):
    noise, tau, _ = drawn(code, seed_generator)
    x = tau * noise + (1 - tau) * code
    return ops.mean((velocity(x, tau) - (code - noise)) ** 2)


def asked_at_the_codes(velocity, code, seed_generator):
    noise, tau, _ = drawn(code, seed_generator)
    return ops.mean((velocity(code, tau) - (code - noise)) ** 2)


def uniform_noise(velocity, code, seed_generator):
    noise = keras.random.uniform(ops.shape(code), seed=seed_generator)
    tau = keras.random.uniform((ops.shape(code)[0], 1), seed=seed_generator)
    x = (1 - tau) * noise + tau * code
    return ops.mean((velocity(x, tau) - (code - noise)) ** 2)


def noise_of_a_row(velocity, code, seed_generator):
    noise = keras.random.normal((ops.shape(code)[0], 1), seed=seed_generator)
    tau = keras.random.uniform((ops.shape(code)[0], 1), seed=seed_generator)
    x = (1 - tau) * noise + tau * code
    return ops.mean((velocity(x, tau) - (code - noise)) ** 2)


def fixed_noise(velocity, code, seed_generator):
    noise = keras.random.normal(ops.shape(code), seed=1)
    tau = keras.random.uniform((ops.shape(code)[0], 1), seed=2)
    x = (1 - tau) * noise + tau * code
    return ops.mean((velocity(x, tau) - (code - noise)) ** 2)


def noise_of_the_moment(velocity, code, seed_generator):
    noise = keras.random.normal(ops.shape(code))
    tau = keras.random.uniform((ops.shape(code)[0], 1))
    x = (1 - tau) * noise + tau * code
    return ops.mean((velocity(x, tau) - (code - noise)) ** 2)


def one_for_each(velocity, code, seed_generator):
    noise, tau, x = drawn(code, seed_generator)
    return ops.mean((velocity(x, tau) - (code - noise)) ** 2, axis=1)


def summed_over_axes(velocity, code, seed_generator):
    noise, tau, x = drawn(code, seed_generator)
    return ops.mean(ops.sum((velocity(x, tau) - (code - noise)) ** 2, axis=1))


def summed(velocity, code, seed_generator):
    noise, tau, x = drawn(code, seed_generator)
    return ops.sum((velocity(x, tau) - (code - noise)) ** 2)


def absolute(velocity, code, seed_generator):
    noise, tau, x = drawn(code, seed_generator)
    return ops.mean(ops.abs(velocity(x, tau) - (code - noise)))


def rooted(velocity, code, seed_generator):
    return ops.sqrt(matching(velocity, code, seed_generator))


def target_turned(velocity, code, seed_generator):
    noise, tau, x = drawn(code, seed_generator)
    return ops.mean((velocity(x, tau) - (noise - code)) ** 2)


def target_is_the_code(velocity, code, seed_generator):
    _, tau, x = drawn(code, seed_generator)
    return ops.mean((velocity(x, tau) - code) ** 2)


def target_is_what_is_left(velocity, code, seed_generator):
    _, tau, x = drawn(code, seed_generator)
    return ops.mean((velocity(x, tau) - (code - x)) ** 2)


def target_is_the_noise(velocity, code, seed_generator):
    noise, tau, x = drawn(code, seed_generator)
    return ops.mean((velocity(x, tau) - noise) ** 2)


def in_numpy(velocity, code, seed_generator):
    noise, tau, x = drawn(code, seed_generator)
    errors = np.asarray(velocity(x, tau)) - (np.asarray(code) - np.asarray(noise))
    return np.mean(errors**2)


# 11.4 heun(velocity, noise, steps)


def heun_right(velocity, noise, steps):
    x, h = noise, 1 / steps
    for i in range(steps):
        first = velocity(x, i * h)
        x = x + h / 2 * (first + velocity(x + h * first, (i + 1) * h))
    return x


def heun_by_moments(velocity, noise, steps):
    moments, x = np.linspace(0, 1, steps + 1), np.array(noise)
    for now, then in pairwise(moments):
        first = velocity(x, now)
        guess = x + (then - now) * first
        x = (x + guess + (then - now) * velocity(guess, then)) / 2
    return x


def euler(velocity, noise, steps):
    x = noise
    for i in range(steps):
        x = x + velocity(x, i / steps) / steps
    return x


def late_twice(velocity, noise, steps):
    x, h = noise, 1 / steps
    for i in range(steps):
        first = velocity(x, (i + 1) * h)
        x = x + h / 2 * (first + velocity(x + h * first, (i + 1) * h))
    return x


def early_twice(velocity, noise, steps):
    x, h = noise, 1 / steps
    for i in range(steps):
        first = velocity(x, i * h)
        x = x + h / 2 * (first + velocity(x + h * first, i * h))
    return x


def one_place(velocity, noise, steps):
    x, h = noise, 1 / steps
    for i in range(steps):
        x = x + h / 2 * (velocity(x, i * h) + velocity(x, (i + 1) * h))
    return x


def added(velocity, noise, steps):
    x, h = noise, 1 / steps
    for i in range(steps):
        first = velocity(x, i * h)
        x = x + h * (first + velocity(x + h * first, (i + 1) * h))
    return x


def second_alone(velocity, noise, steps):
    x, h = noise, 1 / steps
    for i in range(steps):
        x = x + h * velocity(x + h * velocity(x, i * h), (i + 1) * h)
    return x


def midpoint(velocity, noise, steps):
    x, h = noise, 1 / steps
    for i in range(steps):
        x = x + h * velocity(x + h / 2 * velocity(x, i * h), (i + 0.5) * h)
    return x


def from_one_to_zero(velocity, noise, steps):
    x, h = noise, 1 / steps
    for i in range(steps):
        first = velocity(x, 1 - i * h)
        x = x - h / 2 * (first + velocity(x - h * first, 1 - (i + 1) * h))
    return x


def tau_falls(velocity, noise, steps):
    return heun_right(lambda x, tau: velocity(x, 1 - tau), noise, steps)


def steps_of_one(velocity, noise, steps):
    x = noise
    for i in range(steps):
        first = velocity(x, i / steps)
        x = x + (first + velocity(x + first, (i + 1) / steps)) / 2
    return x


def asked_three_times(velocity, noise, steps):
    x, h = noise, 1 / steps
    for i in range(steps):
        guess = x + h * velocity(x, i * h)
        x = x + h / 2 * (velocity(x, i * h) + velocity(guess, (i + 1) * h))
    return x


# 11.5 guided(velocity, condition, strength)


def guided_right(velocity, condition, strength):
    def wanted(x, tau):
        nothing = velocity(x, tau, (0, 0))
        return nothing + strength * (velocity(x, tau, condition) - nothing)

    return wanted


def guided_weighted(velocity, condition, strength):
    return lambda x, tau: (
        strength * velocity(x, tau, np.array(condition))
        + (1 - strength) * velocity(x, tau, np.zeros(2))
    )


def no_function(velocity, condition, strength):
    return velocity(np.zeros((1, 2)), 0.0, condition)


def always_conditional(velocity, condition, strength):
    return lambda x, tau: strength * velocity(x, tau, condition)


def made_longer(velocity, condition, strength):
    def wanted(x, tau):
        velocity(x, tau, (0, 0))
        return strength * velocity(x, tau, condition)

    return wanted


def dropped_everywhere(velocity, condition, strength):
    return lambda x, tau: velocity(x, tau, (0, 0))


def from_the_conditional(velocity, condition, strength):
    def wanted(x, tau):
        something = velocity(x, tau, condition)
        return something + strength * (something - velocity(x, tau, (0, 0)))

    return wanted


def away(velocity, condition, strength):
    def wanted(x, tau):
        nothing = velocity(x, tau, (0, 0))
        return nothing - strength * (velocity(x, tau, condition) - nothing)

    return wanted


def exchanged(velocity, condition, strength):
    def wanted(x, tau):
        nothing, something = velocity(x, tau, (0, 0)), velocity(x, tau, condition)
        return something + strength * (nothing - something)

    return wanted


def difference_alone(velocity, condition, strength):
    return lambda x, tau: strength * (velocity(x, tau, condition) - velocity(x, tau, (0, 0)))


def strength_unused(velocity, condition, strength):
    def wanted(x, tau):
        nothing = velocity(x, tau, (0, 0))
        return nothing + (velocity(x, tau, condition) - nothing)

    return wanted


def asked_once(velocity, condition, strength):
    kept = []

    def wanted(x, tau):
        if not kept:
            nothing = velocity(x, tau, (0, 0))
            kept.append(nothing + strength * (velocity(x, tau, condition) - nothing))
        return kept[0]

    return wanted


# 11.6 two_sample_auc(samples, patterns, groups, classifier)


def halves(samples, patterns, groups):
    mine = np.isin(groups, np.unique(groups)[::2])
    first, second = (samples[::2], patterns[mine]), (samples[1::2], patterns[~mine])
    return [
        (np.concatenate(one), np.repeat([1, 0], [len(part) for part in one]))
        for one in (first, second)
    ]


def auc_by_parity(samples, patterns, groups, classifier):
    (x, y), (x_test, y_test) = halves(samples, patterns, groups)
    classifier.fit(x, y)
    return roc_auc_score(y_test, classifier.predict_proba(x_test)[:, 1])


def auc_by_lot(samples, patterns, groups, classifier):
    rng = np.random.default_rng(0)
    names = rng.permutation(np.unique(groups))
    mine = np.isin(groups, names[: len(names) // 2])
    order = rng.permutation(len(samples))
    first, second = np.array_split(samples[order], 2)
    labels = np.r_[np.zeros(len(first)), np.ones(mine.sum())]  # data are 1 here
    classifier.fit(np.vstack([first, patterns[mine]]), labels)
    truth = np.r_[np.zeros(len(second)), np.ones((~mine).sum())]
    likely = classifier.predict_proba(np.vstack([second, patterns[~mine]]))[:, 1]
    return roc_auc_score(truth, likely)


def not_trained(samples, patterns, groups, classifier):
    return 0.5


def not_asked(samples, patterns, groups, classifier):
    (x, y), _ = halves(samples, patterns, groups)
    classifier.fit(x, y)
    return 0.5


def labels_missing(samples, patterns, groups, classifier):
    (x, y), (x_test, y_test) = halves(samples, patterns, groups)
    classifier.fit(x, y[:-1])
    return roc_auc_score(y_test, classifier.predict_proba(x_test)[:, 1])


def labels_in_another_order(samples, patterns, groups, classifier):
    (x, y), (x_test, y_test) = halves(samples, patterns, groups)
    classifier.fit(x, np.roll(y, 5))
    return roc_auc_score(y_test, classifier.predict_proba(x_test)[:, 1])


def tested_on_the_trained(samples, patterns, groups, classifier):
    (x, y), _ = halves(samples, patterns, groups)
    classifier.fit(x, y)
    return roc_auc_score(y, classifier.predict_proba(x)[:, 1])


def all_samples_trained(samples, patterns, groups, classifier):
    mine = np.isin(groups, np.unique(groups)[::2])
    y = np.repeat([1, 0], [len(samples), mine.sum()])
    classifier.fit(np.concatenate([samples, patterns[mine]]), y)
    y = np.repeat([1, 0], [len(samples), (~mine).sum()])
    likely = classifier.predict_proba(np.concatenate([samples, patterns[~mine]]))[:, 1]
    return roc_auc_score(y, likely)


def no_samples_judged(samples, patterns, groups, classifier):
    mine = np.isin(groups, np.unique(groups)[::2])
    y = np.repeat([1, 0], [len(samples), mine.sum()])
    classifier.fit(np.concatenate([samples, patterns[mine]]), y)
    return classifier.predict_proba(patterns[~mine])[:, 1].mean()


def split_by_picture(samples, patterns, groups, classifier):
    return auc_by_parity(samples, patterns, np.arange(len(patterns)), classifier)


def a_tenth(samples, patterns, groups, classifier):
    mine = np.isin(groups, np.unique(groups)[:2])
    y = np.repeat([1, 0], [len(samples[:6]), mine.sum()])
    classifier.fit(np.concatenate([samples[:6], patterns[mine]]), y)
    y = np.repeat([1, 0], [len(samples[6:]), (~mine).sum()])
    likely = classifier.predict_proba(np.concatenate([samples[6:], patterns[~mine]]))[:, 1]
    return roc_auc_score(y, likely)


def accuracy(samples, patterns, groups, classifier):
    (x, y), (x_test, y_test) = halves(samples, patterns, groups)
    classifier.fit(x, y)
    return np.mean((classifier.predict_proba(x_test)[:, 1] > 0.5) == y_test)


def yes_and_no(samples, patterns, groups, classifier):
    (x, y), (x_test, y_test) = halves(samples, patterns, groups)
    classifier.fit(x, y)
    return roc_auc_score(y_test, classifier.predict(x_test))


def wrong_column(samples, patterns, groups, classifier):
    (x, y), (x_test, y_test) = halves(samples, patterns, groups)
    classifier.fit(x, y)
    return roc_auc_score(y_test, classifier.predict_proba(x_test)[:, 0])


def auc_in_per_cent(samples, patterns, groups, classifier):
    return 100 * auc_by_parity(samples, patterns, groups, classifier)


def gini(samples, patterns, groups, classifier):
    return 2 * auc_by_parity(samples, patterns, groups, classifier) - 1


EXERCISES = {
    "aggregate_gap": Answers(
        wrong={
            one_of_two: "must return two things",
            means_alone: "the variance of the means alone",
            clouds_alone: "the mean variance of the clouds alone",
            deviation: "This is the standard deviation. Leave",
            logarithms: "returns *logarithms* of variances",
            half_the_logarithm: "is the standard deviation. The variance is",
            over_the_axes: "You averaged over the axes, too",
            of_each_picture: "over the axes of each picture",
            from_zero: "the mean square of the means",
            not_divided: "Divide by √k, so that",
            squared_length: "This is the mean square. Take the root",
            length_of_the_means: "the length of the means alone",
            divided_by_k: "Divide by √k, not by k",
            about_the_mean: "about the mean of all codes",
            root_first: "You took the root before the mean",
        },
        right=[gap_in_one, gap_by_moments],
    ),
    "path": Answers(
        wrong={
            points_alone: "must return two things",
            turned_round: "At τ = 0 this is the code",
            velocity_first: "You returned the velocity first",
            noise_stays: "The noise must fade",
            bent: "These paths are bent",
            towards_noise: "This leads from the code to noise",
            points_twice: "You returned the points twice",
            what_is_left: "This is the way that is left",
            how_far: "how far the point has come",
            the_end: "This is the end of the path",
        },
        right=[straight, straight_from_noise],
    ),
    "flow_matching_loss": Answers(
        wrong={
            never_asked: "never asks the velocity",
            not_told: "The velocity is not told τ",
            one_tau: "one number for the whole batch",
            one_tau_repeated: "All codes of the batch have one τ",
            tau_for_each_axis: "τ has the wrong shape",
            normal_tau: "τ is not uniform between 0 and 1",
            from_code_to_noise: "τ runs the wrong way",
            asked_at_the_codes: "at the codes themselves",
            uniform_noise: "begin at is not N(0, 1)",
            noise_of_a_row: "The same noise is used for several numbers",
            fixed_noise: "Noise that is drawn once",
            noise_of_the_moment: "Two equal seed generators",
            one_for_each: "Keras needs one number",
            summed_over_axes: "You summed over the axes",
            summed: "This is the sum. Take the mean",
            absolute: "which learns the median",
            rooted: "Leave the root away",
            target_turned: "The target points from the code to noise",
            target_is_the_code: "You compared the velocity with the code",
            target_is_what_is_left: "You compared with the way that is left",
            target_is_the_noise: "You compared the velocity with the noise",
            in_numpy: "works with numbers alone",
        },
        right=[matching, matching_tau_first],
    ),
    "heun": Answers(
        wrong={
            euler: "This is Euler's method",
            late_twice: "that of the end of the step in both looks",
            early_twice: "that of the start of the step in both looks",
            one_place: "Both looks are at the same x",
            added: "The two velocities are added, not averaged",
            second_alone: "the second velocity alone",
            midpoint: "This is the midpoint method",
            from_one_to_zero: "You went from τ = 1 to 0",
            tau_falls: "τ runs from 1 to 0 while",
            steps_of_one: "Each step has a length of 1",
            asked_three_times: "not asked twice a step",
        },
        right=[heun_right, heun_by_moments],
    ),
    "guided": Answers(
        wrong={
            no_function: "did not return a function",
            always_conditional: "never asked without the condition",
            made_longer: "You made the conditional velocity longer",
            dropped_everywhere: "The condition is never told",
            from_the_conditional: "You began at v_c",
            away: "This goes away from the condition",
            exchanged: "The two are exchanged",
            difference_alone: "This is the difference alone",
            strength_unused: "The strength is not used",
            asked_once: "each time anew",
        },
        right=[guided_right, guided_weighted],
    ),
    "two_sample_auc": Answers(
        wrong={
            not_trained: "The classifier is never trained",
            not_asked: "never asked about pictures",
            labels_missing: "not as many labels as pictures",
            labels_in_another_order: "The labels do not say which",
            tested_on_the_trained: "Some data are both trained on",
            all_samples_trained: "Some samples are both trained on",
            no_samples_judged: "There are no samples among",
            split_by_picture: "Frames of one simulation",
            a_tenth: "The halves are not halves",
            accuracy: "This is the share of right answers",
            yes_and_no: "the AUC of yes and no",
            wrong_column: "labels and probabilities are the wrong way round",
            auc_in_per_cent: "This is per cent",
            gini: "the Gini coefficient",
        },
        right=[auc_by_parity, auc_by_lot],
    ),
}
