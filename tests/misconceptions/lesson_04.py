"""Wrong and right answers to the exercises of lesson 04."""

import math

import numpy as np
from answers import Answers
from scipy.special import logsumexp

# 4.1 warm_up(step, steps, beta)


def never_level(step, steps, beta):
    return beta * step / steps


def level_at_one(step, steps, beta):
    return min(1.0, step / steps)


def falls(step, steps, beta):
    return beta * (1 - min(1.0, step / steps))


def jumps(step, steps, beta):
    return beta * min(1, step // steps)


def capped_at_beta(step, steps, beta):
    return min(beta, step / steps)


def no_rise(step, steps, beta):
    return beta


def one_after_the_rise(step, steps, beta):
    return beta * step / steps if step < steps else 1.0


def one_step_early(step, steps, beta):
    return beta * min(1.0, (step + 1) / steps)


def curved(step, steps, beta):
    return beta * min(1.0, step / steps) ** 2


def zero_not_looked_at(step, steps, beta):
    return beta * min(1.0, step / steps)


def zero_without_warm_up(step, steps, beta):
    return beta * min(1.0, step / steps) if steps else 0.0


def warm_up_by_min(step, steps, beta):
    return beta * min(1.0, step / steps) if steps else beta


def warm_up_by_if(step, steps, beta):
    if step >= steps:
        return beta
    return beta / steps * step


def warm_up_by_interpolation(step, steps, beta):
    return np.interp(step, [0, steps], [0, beta]) if steps > 0 else beta


# 4.2 beta_in_nats(beta, pixels, reduction)


def by_reduction(beta, mean, total, reduction):
    return beta * (mean if reduction == "mean" else total)


def unchanged(beta, pixels, reduction):
    return beta


def half_lost(beta, pixels, reduction):
    return by_reduction(beta, pixels, 1, reduction)


def turned_round(beta, pixels, reduction):
    return by_reduction(beta, 2 / pixels, 0.5, reduction)


def divided(beta, pixels, reduction):
    return by_reduction(beta, 1 / pixels, 0.5, reduction)


def twice(beta, pixels, reduction):
    return by_reduction(beta, 2 * pixels, 0.5, reduction)


def root_of_the_pixels(beta, pixels, reduction):
    return by_reduction(beta, pixels**0.5 / 2, 0.5, reduction)


def square_of_the_pixels(beta, pixels, reduction):
    return by_reduction(beta, pixels**2 / 2, 0.5, reduction)


def mean_as_sum(beta, pixels, reduction):
    return by_reduction(beta, 0.5, 0.5, reduction)


def reduction_ignored(beta, pixels, reduction):
    return beta * pixels / 2


def half_lost_in_the_sum(beta, pixels, reduction):
    return by_reduction(beta, pixels / 2, 1, reduction)


def doubled_in_the_sum(beta, pixels, reduction):
    return by_reduction(beta, pixels / 2, 2, reduction)


def translated_by_table(beta, pixels, reduction):
    return beta * {"mean": pixels / 2, "sum": 0.5}[reduction]


def translated_by_if(beta, pixels, reduction):
    if reduction == "mean":
        beta = beta * pixels
    return 0.5 * beta


# 4.3 axis_report(mean, log_variance, threshold)


def nats(mean, log_variance):
    return 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance)


def count(mean, threshold):
    return int(np.sum(mean.var(axis=0) > threshold))


def kl_over_axes(mean, log_variance, threshold):
    return nats(mean, log_variance).mean(axis=1), count(mean, threshold)


def kl_summed_over_pictures(mean, log_variance, threshold):
    return nats(mean, log_variance).sum(axis=0), count(mean, threshold)


def kl_summed_over_axes(mean, log_variance, threshold):
    return nats(mean, log_variance).sum(axis=1), count(mean, threshold)


def kl_one_number(mean, log_variance, threshold):
    return nats(mean, log_variance).mean(), count(mean, threshold)


def kl_not_averaged(mean, log_variance, threshold):
    return nats(mean, log_variance), count(mean, threshold)


def kl_without_half(mean, log_variance, threshold):
    return 2 * nats(mean, log_variance).mean(axis=0), count(mean, threshold)


def variances_exchanged(mean, log_variance, threshold):
    wrong = 0.5 * (mean**2 + log_variance - 1 - np.exp(log_variance))
    return wrong.mean(axis=0), count(mean, threshold)


def variance_over_axes(mean, log_variance, threshold):
    return nats(mean, log_variance).mean(axis=0), np.sum(mean.var(axis=1) > threshold)


def threshold_fixed(mean, log_variance, threshold):
    return report_by_numpy(mean, log_variance, 0.01)


def inactive_counted(mean, log_variance, threshold):
    kl, active = report_by_numpy(mean, log_variance, threshold)
    return kl, mean.shape[1] - active


def deviation_compared(mean, log_variance, threshold):
    return nats(mean, log_variance).mean(axis=0), np.sum(mean.std(axis=0) > threshold)


def mean_square_compared(mean, log_variance, threshold):
    return nats(mean, log_variance).mean(axis=0), np.sum((mean**2).mean(axis=0) > threshold)


def booleans_returned(mean, log_variance, threshold):
    return nats(mean, log_variance).mean(axis=0), mean.var(axis=0) > threshold


def kl_alone(mean, log_variance, threshold):
    return nats(mean, log_variance).mean(axis=0)


def report_by_numpy(mean, log_variance, threshold):
    return nats(mean, log_variance).mean(axis=0), count(mean, threshold)


def report_by_loop(mean, log_variance, threshold):
    kl, active = [], 0
    for axis in range(mean.shape[1]):
        m, v = mean[:, axis], log_variance[:, axis]
        kl.append(float(np.mean((m**2 + np.exp(v) - 1 - v) / 2)))
        active += np.mean((m - m.mean()) ** 2) > threshold
    return kl, active


# 4.4 free_bits(kl, floor)


def floor_on_the_sum(kl, floor):
    return max(kl.mean(axis=0).sum(), floor)


def floor_before_the_mean(kl, floor):
    return np.maximum(kl, floor).mean(axis=0).sum()


def ceiling(kl, floor):
    return np.minimum(kl.mean(axis=0), floor).sum()


def not_summed(kl, floor):
    return np.maximum(kl.mean(axis=0), floor)


def mean_of_axes(kl, floor):
    return np.maximum(kl.mean(axis=0), floor).mean()


def axes_and_pictures_exchanged(kl, floor):
    return np.maximum(kl.mean(axis=1), floor).sum()


def floor_subtracted(kl, floor):
    return np.maximum(kl.mean(axis=0) - floor, 0).sum()


def floor_added(kl, floor):
    return (kl.mean(axis=0) + floor).sum()


def left_out(kl, floor):
    axes = kl.mean(axis=0)
    return axes[axes > floor].sum()


def free_bits_by_numpy(kl, floor):
    return np.maximum(kl.mean(axis=0), floor).sum()


def free_bits_by_loop(kl, floor):
    return sum(max(floor, float(np.mean(column))) for column in kl.T)


# 4.5 diagnose(run)

ANSWERS = {"A": "overfits", "B": "healthy", "C": "split by frame", "D": "collapsed"}


def leak_taken_for_healthy(run):
    return {**ANSWERS, "B": "split by frame", "C": "healthy"}[run]


def collapse_taken_for_healthy(run):
    return {**ANSWERS, "B": "collapsed", "D": "healthy"}[run]


def overfitting_taken_for_healthy(run):
    return {**ANSWERS, "A": "healthy", "B": "overfits"}[run]


def leak_and_overfitting_exchanged(run):
    return {**ANSWERS, "A": "split by frame", "C": "overfits"}[run]


def misspelled(run):
    return {**ANSWERS, "A": "overfitting"}[run]


def diagnosed_by_table(run):
    return ANSWERS[run]


def diagnosed_by_if(run):
    if run == "A":
        return "overfits"
    if run == "D":
        return "collapsed"
    return "split by frame" if run == "C" else "healthy"


# 4.6 log_mean_exp(log_weights)


def mean_of_logs(log_weights):
    return log_weights.mean(axis=0)


def log_of_the_sum(log_weights):
    return logsumexp(log_weights, axis=0)


def over_pictures(log_weights):
    return logsumexp(log_weights, axis=1) - math.log(log_weights.shape[1])


def over_everything(log_weights):
    return logsumexp(log_weights) - math.log(log_weights.size)


def averaged_at_the_end(log_weights):
    return lme_by_logsumexp(log_weights).mean()


def largest_alone(log_weights):
    return log_weights.max(axis=0)


def largest_not_added_back(log_weights):
    return lme_by_logsumexp(log_weights) - log_weights.max(axis=0)


def logarithm_missing(log_weights):
    return np.exp(log_weights).mean(axis=0)


def naive(log_weights):
    with np.errstate(all="ignore"):
        return np.log(np.mean(np.exp(log_weights), axis=0))


def one_maximum_for_all(log_weights):
    top = log_weights.max()
    with np.errstate(all="ignore"):
        return top + np.log(np.mean(np.exp(log_weights - top), axis=0) + 1e-300)


def lme_by_logsumexp(log_weights):
    return logsumexp(log_weights, axis=0) - math.log(len(log_weights))


def lme_by_hand(log_weights):
    top = np.max(log_weights, axis=0, keepdims=True)
    return (top + np.log(np.exp(log_weights - top).mean(axis=0, keepdims=True)))[0]


EXERCISES = {
    "warm_up": Answers(
        wrong={
            never_level: "β never stops rising",
            level_at_one: "The final value is 1",
            falls: "β falls",
            jumps: "β jumps",
            capped_at_beta: "The rise ends early or late",
            no_rise: "There is no rise",
            one_after_the_rise: "After the warm-up β is beta, not 1",
            one_step_early: "At step 0 β must be 0",
            curved: "The rise is curved",
            zero_not_looked_at: "divides by zero",
            zero_without_warm_up: "With steps = 0 there is no warm-up",
        },
        right=[warm_up_by_min, warm_up_by_if, warm_up_by_interpolation],
    ),
    "beta_in_nats": Answers(
        wrong={
            unchanged: "The weight is unchanged",
            half_lost: "it is ½ of the squared error",
            turned_round: "so is the KL",
            divided: "You divided by the pixels",
            twice: "A factor of four",
            root_of_the_pixels: "is the number of all pixels already.",
            square_of_the_pixels: "no square",
            mean_as_sum: "That is right for a sum",
            reduction_ignored: "Is `reduction` used",
            half_lost_in_the_sum: "a sum is multiplied by ½",
            doubled_in_the_sum: "do not divide by it",
        },
        right=[translated_by_table, translated_by_if],
    ),
    "axis_report": Answers(
        wrong={
            kl_over_axes: "You averaged over the axes",
            kl_summed_over_pictures: "You summed over the pictures",
            kl_summed_over_axes: "You summed over the axes",
            kl_one_number: "You averaged over everything",
            kl_not_averaged: "The mean over the pictures is missing",
            kl_without_half: "The ½ of the KL is lost",
            variances_exchanged: "are exchanged",
            variance_over_axes: "You took the variance over the axes",
            deviation_compared: "You compared the standard deviation",
            threshold_fixed: "You wrote a threshold of 0.01",
            inactive_counted: "These are the inactive ones",
            mean_square_compared: "You took the mean square",
            booleans_returned: "These are booleans",
            kl_alone: "must return two things",
        },
        right=[report_by_numpy, report_by_loop],
    ),
    "free_bits": Answers(
        wrong={
            floor_on_the_sum: "it is on the sum",
            floor_before_the_mean: "The floor comes before the mean",
            ceiling: "This is a ceiling",
            not_summed: "The sum over the axes is missing",
            mean_of_axes: "You averaged over the axes. Sum",
            axes_and_pictures_exchanged: "the other way round",
            floor_subtracted: "You subtracted the floor",
            floor_added: "You added the floor",
            left_out: "Axes below the floor are left out",
        },
        right=[free_bits_by_numpy, free_bits_by_loop],
    ),
    "diagnose": Answers(
        wrong={
            leak_taken_for_healthy: "Too good to be true",
            collapse_taken_for_healthy: "Is a KL of zero healthy",
            overfitting_taken_for_healthy: "in one run it turns and rises",
            leak_and_overfitting_exchanged: "once more",
            misspelled: "Mind the spelling",
        },
        right=[diagnosed_by_table, diagnosed_by_if],
    ),
    "log_mean_exp": Answers(
        wrong={
            mean_of_logs: "the mean of the logarithms",
            log_of_the_sum: "the logarithm of the sum",
            over_pictures: "Draws are the first axis",
            over_everything: "You averaged over everything",
            averaged_at_the_end: "Return one number for each",
            largest_alone: "This is the largest weight alone",
            largest_not_added_back: "not added back",
            logarithm_missing: "The logarithm is missing",
            naive: "overflows",
            one_maximum_for_all: "Is one maximum taken for all pictures",
        },
        right=[lme_by_logsumexp, lme_by_hand],
    ),
}
