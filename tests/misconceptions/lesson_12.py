"""Wrong and right answers to the exercises of lesson 12."""

import numpy as np
from answers import Answers
from scipy.optimize import minimize

# 12.1 misfit(model, constants, frames)


def misfit_right(model, constants, frames):
    predicted = model(constants, frames[0], len(frames) - 1)
    return np.sqrt(np.mean((predicted - frames[1:]) ** 2))


def misfit_by_norm(model, constants, frames):
    first, *rest = frames
    missing = np.stack(rest) - model(constants, first, len(rest))
    return np.linalg.norm(missing) / missing.size**0.5


def misfit_not_asked(model, constants, frames):
    return np.sqrt(np.mean((frames[0] - frames[1:]) ** 2))


def misfit_all_as_first(model, constants, frames):
    return np.sqrt(np.mean((model(constants, frames, len(frames) - 1)[-1] - frames[1:]) ** 2))


def misfit_squared(model, constants, frames):
    return misfit_right(model, constants, frames) ** 2


def misfit_root_of_sum(model, constants, frames):
    return np.linalg.norm(model(constants, frames[0], len(frames) - 1) - frames[1:])


def misfit_sum(model, constants, frames):
    return np.sum((model(constants, frames[0], len(frames) - 1) - frames[1:]) ** 2)


def misfit_absolute(model, constants, frames):
    return np.abs(model(constants, frames[0], len(frames) - 1) - frames[1:]).mean()


def misfit_signed(model, constants, frames):
    return (model(constants, frames[0], len(frames) - 1) - frames[1:]).mean()


def misfit_deviation(model, constants, frames):
    return np.std(model(constants, frames[0], len(frames) - 1) - frames[1:])


def misfit_last(model, constants, frames):
    predicted = model(constants, frames[0], len(frames) - 1)
    return np.sqrt(np.mean((predicted[-1] - frames[-1]) ** 2))


def misfit_of_each(model, constants, frames):
    predicted = model(constants, frames[0], len(frames) - 1)
    return np.sqrt(np.mean((predicted - frames[1:]) ** 2, axis=(1, 2)))


def misfit_root_first(model, constants, frames):
    return misfit_of_each(model, constants, frames).mean()


def misfit_one_late(model, constants, frames):
    predicted = model(constants, frames[0], len(frames) - 1)
    return np.sqrt(np.mean((predicted - frames[:-1]) ** 2))


def misfit_with_the_first(model, constants, frames):
    return np.sqrt(np.mean((model(constants, frames[0], len(frames)) - frames) ** 2))


def misfit_first_as_predicted(model, constants, frames):
    predicted = model(constants, frames[0], len(frames) - 1)
    return np.sqrt(np.mean((np.concatenate([frames[:1], predicted]) - frames) ** 2))


def misfit_from_each(model, constants, frames):
    steps = np.concatenate([model(constants, frame, 1) for frame in frames[:-1]])
    return np.sqrt(np.mean((steps - frames[1:]) ** 2))


def misfit_from_the_last(model, constants, frames):
    return np.sqrt(np.mean((model(constants, frames[-1], len(frames) - 1) - frames[1:]) ** 2))


def misfit_relative(model, constants, frames):
    return misfit_right(model, constants, frames) / np.std(frames[1:])


def misfit_in_a_loop(model, constants, frames):
    off = [
        model(constants, frames[0], len(frames) - 1)[k] - frames[k + 1]
        for k in range(len(frames) - 1)
    ]
    return np.sqrt(np.mean(np.square(off)))


# 12.2 scale_out(b, lam, length, time)


def scale_right(b, lam, length, time):
    return b * time / length**2, lam * time / length**4


def scale_stepwise(b, lam, length, time):
    area = length * length
    return np.array([b / area, lam / area / area]) * time


def scale_one_number(b, lam, length, time):
    return b * time / length**2


def scale_exchanged(b, lam, length, time):
    return lam * time / length**4, b * time / length**2


def scale_one_side(b, lam, length, time):
    return b * time / length, lam * time / length**4


def scale_four_for_b(b, lam, length, time):
    return b * time / length**4, lam * time / length**4


def scale_back(b, lam, length, time):
    return b * length**2 / time, lam * length**4 / time


def scale_times_length(b, lam, length, time):
    return b * time * length**2, lam * time * length**4


def scale_by_time(b, lam, length, time):
    return b / time / length**2, lam / time / length**4


def scale_no_time(b, lam, length, time):
    return b / length**2, lam / length**4


def scale_no_length(b, lam, length, time):
    return b * time, lam * time


def scale_b_kept(b, lam, length, time):
    return b, lam * time / length**4


def scale_two_for_lam(b, lam, length, time):
    return b * time / length**2, lam * time / length**2


def scale_three_for_lam(b, lam, length, time):
    return b * time / length**2, lam * time / length**3


def scale_lam_back(b, lam, length, time):
    return b * time / length**2, lam * length**4 / time


def scale_lam_no_time(b, lam, length, time):
    return b * time / length**2, lam / length**4


def scale_lam_as_width(b, lam, length, time):
    return b * time / length**2, lam / length**2


def scale_time_squared(b, lam, length, time):
    return b * time / length**2, lam * time**2 / length**4


def scale_lam_kept(b, lam, length, time):
    return b * time / length**2, lam


# 12.3 fit(model, frames, start)


def slopes(model, constants, first, count, little=0.02):
    constants = np.asarray(constants, dtype=float)
    predicted = model(constants, first, count)
    columns = []
    for k in range(len(constants)):
        more = constants.copy()
        more[k] *= np.exp(little)
        columns.append((model(more, first, count) - predicted).ravel() / little)
    return predicted.ravel(), np.stack(columns, axis=1)


def change(model, constants, frames):
    predicted, columns = slopes(model, constants, frames[0], len(frames) - 1)
    return np.linalg.lstsq(columns, frames[1:].ravel() - predicted, rcond=None)[0]


def fit_right(model, frames, start):
    constants = np.array(start, dtype=float)
    for _ in range(6):
        constants = constants * np.exp(np.clip(change(model, constants, frames), -0.7, 0.7))
    return constants


def fit_normal_equations(model, frames, start):
    logs = np.log(start)
    for _ in range(6):
        predicted, j = slopes(model, np.exp(logs), frames[0], len(frames) - 1)
        delta = np.linalg.solve(j.T @ j, j.T @ (frames[1:].ravel() - predicted))
        logs = logs + np.clip(delta, -0.7, 0.7)
    return list(np.exp(logs))


def fit_never_moves(model, frames, start):
    constants = np.array(start, dtype=float)
    for _ in range(6):
        change(model, constants, frames)
    return constants


def fit_logarithms(model, frames, start):
    return np.log(fit_right(model, frames, start))


def fit_once(model, frames, start):
    constants = np.array(start, dtype=float)
    return constants * np.exp(np.clip(change(model, constants, frames), -0.7, 0.7))


def fit_away(model, frames, start):
    constants = np.array(start, dtype=float)
    for _ in range(6):
        constants = constants * np.exp(-np.clip(change(model, constants, frames), -0.7, 0.7))
    return constants


def fit_added(model, frames, start):
    constants = np.array(start, dtype=float)
    for _ in range(6):
        constants = constants + np.clip(change(model, constants, frames), -0.7, 0.7)
    return constants


def fit_slopes_of_the_start(model, frames, start):
    constants, count = np.array(start, dtype=float), len(frames) - 1
    _, columns = slopes(model, constants, frames[0], count)
    for _ in range(6):
        missing = frames[1:].ravel() - model(constants, frames[0], count).ravel()
        delta = np.linalg.lstsq(columns, missing, rcond=None)[0]
        constants = constants * np.exp(np.clip(delta, -0.7, 0.7))
    return constants


def fit_gradient_alone(model, frames, start):
    constants = np.array(start, dtype=float)
    for _ in range(6):
        predicted, columns = slopes(model, constants, frames[0], len(frames) - 1)
        delta = columns.T @ (frames[1:].ravel() - predicted)
        constants = constants * np.exp(np.clip(delta, -0.7, 0.7))
    return constants


def fit_not_clipped(model, frames, start):
    constants = np.array(start, dtype=float)
    with np.errstate(all="ignore"):
        for _ in range(6):
            delta = np.nan_to_num(change(model, constants, frames))
            constants = np.clip(constants * np.exp(np.clip(delta, -50, 50)), 1e-30, 1e30)
    return constants


def fit_simplex(model, frames, start):
    def off(logs):
        return misfit_right(model, np.exp(logs), frames)

    options = {"xatol": 1e-6, "fatol": 1e-12}
    return np.exp(minimize(off, np.log(start), method="Nelder-Mead", options=options).x)


def fit_one_constant(model, frames, start):
    return fit_right(model, frames, start)[0]


def fit_first_off(model, frames, start):
    """It is started from the second frame."""
    return fit_right(model, frames[1:], start)


# 12.4 interval(model, constants, frames, draws, seed)


def spread_of(model, constants, frames, draws, rng, first=1.0, later=1.0, noise=None):
    count = len(frames) - 1
    predicted, columns = slopes(model, constants, frames[0], count)
    if noise is None:
        noise = np.std(frames[1:].ravel() - predicted)
    inverse = np.linalg.pinv(columns)
    kept = []
    for _ in range(draws):
        new = noise * rng.standard_normal(frames.shape)
        again = model(constants, frames[0] + first * new[0], count)
        kept.append(inverse @ (predicted + later * new[1:].ravel() - again.ravel()))
    return np.std(kept, axis=0)


def ends(constants, half):
    return np.stack([constants * np.exp(-half), constants * np.exp(half)])


def interval_right(model, constants, frames, draws, seed):
    rng = np.random.default_rng(seed)
    return ends(constants, 1.645 * spread_of(model, constants, frames, draws, rng))


def interval_by_quantiles(model, constants, frames, draws, seed):
    rng, count = np.random.default_rng(seed), len(frames) - 1
    predicted, columns = slopes(model, constants, frames[0], count)
    noise = np.sqrt(np.mean((frames[1:].ravel() - predicted) ** 2))
    kept = []
    for _ in range(draws):
        first = frames[0] + rng.normal(0, noise, frames[0].shape)
        seen = predicted + rng.normal(0, noise, predicted.shape)
        missing = seen - model(constants, first, count).ravel()
        kept.append(np.linalg.lstsq(columns, missing, rcond=None)[0])
    return constants * np.exp(np.quantile(kept, [0.05, 0.95], axis=0))


def interval_one_row(model, constants, frames, draws, seed):
    return interval_right(model, constants, frames, draws, seed)[0]


def interval_of_logarithms(model, constants, frames, draws, seed):
    return np.log(interval_right(model, constants, frames, draws, seed))


def interval_added(model, constants, frames, draws, seed):
    spread = spread_of(model, constants, frames, draws, np.random.default_rng(seed))
    return np.stack([constants - 1.645 * spread, constants + 1.645 * spread])


def interval_upper_first(model, constants, frames, draws, seed):
    return interval_right(model, constants, frames, draws, seed)[::-1]


def interval_transposed(model, constants, frames, draws, seed):
    return interval_right(model, constants, frames, draws, seed).T


def interval_one_sigma(model, constants, frames, draws, seed):
    spread = spread_of(model, constants, frames, draws, np.random.default_rng(seed))
    return ends(constants, spread)


def interval_of_95(model, constants, frames, draws, seed):
    spread = spread_of(model, constants, frames, draws, np.random.default_rng(seed))
    return ends(constants, 1.96 * spread)


def interval_of_99(model, constants, frames, draws, seed):
    spread = spread_of(model, constants, frames, draws, np.random.default_rng(seed))
    return ends(constants, 2.576 * spread)


def interval_half(model, constants, frames, draws, seed):
    spread = spread_of(model, constants, frames, draws, np.random.default_rng(seed))
    return ends(constants, 1.645 * spread / 2)


def interval_of_the_mean(model, constants, frames, draws, seed):
    spread = spread_of(model, constants, frames, draws, np.random.default_rng(seed))
    return ends(constants, 1.645 * spread / np.sqrt(draws))


def interval_first_without_noise(model, constants, frames, draws, seed):
    rng = np.random.default_rng(seed)
    return ends(constants, 1.645 * spread_of(model, constants, frames, draws, rng, first=0.0))


def interval_later_without_noise(model, constants, frames, draws, seed):
    rng = np.random.default_rng(seed)
    return ends(constants, 1.645 * spread_of(model, constants, frames, draws, rng, later=0.0))


def interval_of_variance(model, constants, frames, draws, seed):
    spread = spread_of(model, constants, frames, draws, np.random.default_rng(seed))
    return ends(constants, 1.645 * spread**2)


def interval_noise_of_one(model, constants, frames, draws, seed):
    rng = np.random.default_rng(seed)
    return ends(constants, 1.645 * spread_of(model, constants, frames, draws, rng, noise=1.0))


class Again:
    """A generator that gives the same noise in each draw."""

    def __init__(self, seed):
        self.seed = seed

    def standard_normal(self, shape):
        return np.random.default_rng(self.seed).standard_normal(shape)


def interval_same_noise(model, constants, frames, draws, seed):
    return ends(constants, 1.645 * spread_of(model, constants, frames, draws, Again(seed)))


def interval_at_the_lower_end(model, constants, frames, draws, seed):
    low, high = interval_right(model, constants, frames, draws, seed)
    return np.stack([constants, constants * high / low])


def interval_seed_of_its_own(model, constants, frames, draws, seed):
    return interval_right(model, constants, frames, draws, 7)


_UNSEEDED = np.random.default_rng(3)


def interval_no_seed(model, constants, frames, draws, seed):
    return ends(constants, 1.645 * spread_of(model, constants, frames, draws, _UNSEEDED))


def interval_with_whole_fits(model, constants, frames, draws, seed):
    rng, count = np.random.default_rng(seed), len(frames) - 1
    predicted = model(constants, frames[0], count)
    noise = np.std(frames[1:] - predicted)
    kept = []
    for _ in range(draws):
        new = noise * rng.standard_normal(frames.shape)
        again = np.concatenate([frames[:1], predicted]) + new
        kept.append(np.log(fit_right(model, again, constants) / constants))
    return ends(constants, 1.645 * np.std(kept, axis=0))


# 12.5 verdict(models, frames, noise)


def verdict_right(models, frames, noise):
    off = {}
    for name, (model, start) in models.items():
        constants = fit_right(model, frames[:-3], start)
        last = model(constants, frames[0], len(frames) - 1)[-3:]
        off[name] = np.sqrt(np.mean((last - frames[-3:]) ** 2))
    best = min(off, key=off.get)
    return best if off[best] <= 1.25 * noise else "none"


def verdict_sorted(models, frames, noise):
    ranked = []
    for name, (model, start) in models.items():
        pictures = model(fit_right(model, frames[:-3], start), frames[0], len(frames) - 1)
        ranked.append((np.mean((pictures[-3:] - frames[-3:]) ** 2), name))
    least, best = sorted(ranked)[0]
    return "none" if least > (1.25 * noise) ** 2 else str(best)


def judged(models, frames, choose, last=3, of=None):
    off = {}
    for name, (model, start) in models.items():
        constants = fit_right(model, frames[:-3], start)
        pictures = model(constants, frames[0], len(frames) - 1)
        kept = slice(-last, None) if of is None else of
        off[name] = np.sqrt(np.mean((pictures[kept] - frames[1:][kept]) ** 2))
    return choose(off)


def limited(off, limit):
    best = min(off, key=off.get)
    return best if off[best] <= limit else "none"


def verdict_number(models, frames, noise):
    return judged(models, frames, lambda off: min(off.values()))


def verdict_dictionary(models, frames, noise):
    return judged(models, frames, dict)


def verdict_conserved(models, frames, noise):
    return "conserved"


def verdict_of_the_mean(models, frames, noise):
    return next(iter(models)) if abs(frames[-1].mean() - frames[0].mean()) < noise else "none"


def verdict_not_fitted(models, frames, noise):
    off = {}
    for name, (model, start) in models.items():
        last = model(start, frames[0], len(frames) - 1)[-3:]
        off[name] = np.sqrt(np.mean((last - frames[-3:]) ** 2))
    return limited(off, 1.25 * noise)


def verdict_fitted_to_all(models, frames, noise):
    off = {}
    for name, (model, start) in models.items():
        constants = fit_right(model, frames, start)
        last = model(constants, frames[0], len(frames) - 1)[-3:]
        off[name] = np.sqrt(np.mean((last - frames[-3:]) ** 2))
    return limited(off, 1.25 * noise)


def verdict_by_the_fitted(models, frames, noise):
    off = {}
    for name, (model, start) in models.items():
        constants = fit_right(model, frames[:-3], start)
        off[name] = misfit_right(model, constants, frames[:-3])
    return limited(off, 1.25 * noise)


def verdict_from_the_last_fitted(models, frames, noise):
    off = {}
    for name, (model, start) in models.items():
        constants = fit_right(model, frames[:-3], start)
        last = model(constants, frames[-4], len(frames) - 1)[:3]
        off[name] = np.sqrt(np.mean((last - frames[-3:]) ** 2))
    return limited(off, 1.25 * noise)


def verdict_of_the_sum(models, frames, noise):
    return judged(
        models, frames, lambda off: limited({k: v * 13 for k, v in off.items()}, 1.25 * noise)
    )


def verdict_worst(models, frames, noise):
    return judged(models, frames, lambda off: max(off, key=off.get))


def verdict_first_that_is_asked(models, frames, noise):
    off = judged(models, frames, dict)
    name = next(iter(models))
    return name if off[name] < 10 else "none"


def verdict_never_none(models, frames, noise):
    return judged(models, frames, lambda off: min(off, key=off.get))


def verdict_squares(models, frames, noise):
    def choose(off):
        best = min(off, key=off.get)
        return best if off[best] ** 2 <= 1.25 * noise**2 else "none"

    return judged(models, frames, choose)


def verdict_twice(models, frames, noise):
    return judged(models, frames, lambda off: limited(off, 2 * noise))


def verdict_by_the_last(models, frames, noise):
    return judged(models, frames, lambda off: limited(off, 1.25 * noise), last=1)


def verdict_by_all(models, frames, noise):
    return judged(models, frames, lambda off: limited(off, 1.25 * noise), of=slice(None))


EXERCISES = {
    "misfit": Answers(
        wrong={
            misfit_not_asked: "The model is never asked",
            misfit_all_as_first: "not given one picture",
            misfit_squared: "This is the mean square. Take the root",
            misfit_root_of_sum: "You summed the squares",
            misfit_sum: "This is the sum of squares",
            misfit_absolute: "mean of the absolute differences",
            misfit_signed: "Differences of both signs cancel",
            misfit_deviation: "The standard deviation leaves out",
            misfit_last: "This is the last frame alone",
            misfit_of_each: "This is one number for each frame",
            misfit_root_first: "You took the root for each frame",
            misfit_one_late: "with the frame before",
            misfit_with_the_first: "You compared with all frames",
            misfit_first_as_predicted: "as if it had been predicted",
            misfit_from_each: "You predicted each frame from the one before",
            misfit_from_the_last: "You started from the last frame",
            misfit_relative: "You divided by the spread",
            misfit_in_a_loop: "The model is asked more than once",
        },
        right=[misfit_right, misfit_by_norm],
    ),
    "scale_out": Answers(
        wrong={
            scale_one_number: "must return two numbers",
            scale_exchanged: "The two constants are exchanged",
            scale_one_side: "Two derivatives in space stand in front of b",
            scale_four_for_b: "b has two derivatives",
            scale_back: "from our units to the laboratory's",
            scale_times_length: "each derivative gives a 1/ℓ",
            scale_by_time: "1/T stands on the left side",
            scale_no_time: "The unit of time is missing: multiply",
            scale_no_length: "The side of the picture is missing",
            scale_b_kept: "b is left as it was",
            scale_two_for_lam: "λ has ∇² in front of it twice",
            scale_three_for_lam: "Count again",
            scale_lam_back: "This is the way back. Take λ",
            scale_lam_no_time: "The unit of time is missing in λ",
            scale_lam_as_width: "λ is not divided by b here",
            scale_time_squared: "one derivative in time",
            scale_lam_kept: "λ is left as it was",
        },
        right=[scale_right, scale_stepwise],
    ),
    "fit": Answers(
        wrong={
            fit_one_constant: "must return two constants",
            fit_never_moves: "These are the constants of the start",
            fit_logarithms: "These are logarithms",
            fit_once: "This is one step",
            fit_away: "Each step leads away",
            fit_added: "it is not a change of the constant itself",
            fit_slopes_of_the_start: "The slopes are those of the start",
            fit_gradient_alone: "This goes down the gradient",
            fit_not_clipped: "A step is too long",
            fit_simplex: "The model is asked too often",
            fit_first_off: "`delta` by least squares, and constants times",
        },
        right=[fit_right, fit_normal_equations],
    ),
    "interval": Answers(
        wrong={
            interval_one_row: "has the wrong shape",
            interval_of_logarithms: "These are ends of logarithms",
            interval_added: "added the spread of the logarithm",
            interval_upper_first: "The upper ends come first",
            interval_transposed: "Rows and columns are exchanged",
            interval_one_sigma: "which holds 68 %",
            interval_of_95: "holds 95 %",
            interval_of_99: "an interval of 99 %",
            interval_half: "half as wide as it should be",
            interval_of_the_mean: "the root of the number of draws",
            interval_first_without_noise: "This is the textbook's interval",
            interval_later_without_noise: "The noise of the later frames is missing",
            interval_of_variance: "This is the variance",
            interval_noise_of_one: "has a standard deviation of 1",
            interval_same_noise: "All draws give the same change",
            interval_at_the_lower_end: "does not lie about the constants",
            interval_seed_of_its_own: "All seeds give the same interval",
            interval_no_seed: "The same seed gives two different",
            interval_with_whole_fits: "The model is asked too often",
        },
        right=[interval_right, interval_by_quantiles],
    ),
    "verdict": Answers(
        wrong={
            verdict_number: "returned a number",
            verdict_dictionary: "did not return a name",
            verdict_conserved: "returned another text",
            verdict_of_the_mean: "A model is never asked",
            verdict_not_fitted: "The models are not fitted",
            verdict_fitted_to_all: "fitted to frames that they are judged by",
            verdict_by_the_fitted: "not asked for the last three frames",
            verdict_from_the_last_fitted: "does not start from the first frame",
            verdict_of_the_sum: "A law that fits within the noise is refused",
            verdict_worst: "The worse of the two models",
            verdict_first_that_is_asked: "Frames of the second law",
            verdict_never_none: "Frames in a random order get a law",
            verdict_squares: "1.15 times the noise is refused",
            verdict_twice: "1.45 times the noise is not refused",
            verdict_by_the_last: "the verdict does not see it",
            verdict_by_all: "An early frame is spoilt",
        },
        right=[verdict_right, verdict_sorted],
    ),
}
