"""Wrong and right answers to the exercises of lesson 07."""

import keras
import numpy as np
from answers import Answers
from keras import ops

from vae_course.data.generate import simulate_on
from vae_course.vae.losses import bernoulli_nll, kl_between_gaussians

# 7.1 distance_between_presents(past_a, past_b, elapsed, b, lam)


def subtracted(past_a, past_b, elapsed, b, lam):
    first, second = simulate_on(np.stack([past_a, past_b]), elapsed, b, lam)
    return np.abs(first - second).mean(axis=(1, 2))


def signs_cancel(past_a, past_b, elapsed, b, lam):
    first, second = simulate_on(np.stack([past_a, past_b]), elapsed, b, lam).astype(float)
    return np.abs((first - second).mean(axis=(1, 2)))


def each_with_its_own_past(past_a, past_b, elapsed, b, lam):
    first, _ = simulate_on(np.stack([past_a, past_b]), elapsed, b, lam)
    return np.mean(first != past_a, axis=(1, 2))


def not_simulated(past_a, past_b, elapsed, b, lam):
    return np.full(len(elapsed), np.mean(past_a != past_b))


def one_simulated(past_a, past_b, elapsed, b, lam):
    later = simulate_on(past_a[None], elapsed, b, lam)[0]
    return np.mean(later != past_b, axis=(1, 2))


def averaged_over_times(past_a, past_b, elapsed, b, lam):
    first, second = simulate_on(np.stack([past_a, past_b]), elapsed, b, lam)
    return np.mean(first != second)


def last_time_alone(past_a, past_b, elapsed, b, lam):
    first, second = simulate_on(np.stack([past_a, past_b]), elapsed, b, lam)
    return np.mean(first[-1] != second[-1])


def pixels_counted(past_a, past_b, elapsed, b, lam):
    first, second = simulate_on(np.stack([past_a, past_b]), elapsed, b, lam)
    return np.sum(first != second, axis=(1, 2))


def agreement_instead(past_a, past_b, elapsed, b, lam):
    return 1 - distance_by_two_runs(past_a, past_b, elapsed, b, lam)


def root_of_the_mean_square(past_a, past_b, elapsed, b, lam):
    return np.sqrt(distance_by_two_runs(past_a, past_b, elapsed, b, lam))


def per_cent(past_a, past_b, elapsed, b, lam):
    return 100 * distance_by_two_runs(past_a, past_b, elapsed, b, lam)


def distance_at_once(past_a, past_b, elapsed, b, lam):
    first, second = simulate_on(np.stack([past_a, past_b]), elapsed, b, lam)
    return np.mean(first != second, axis=(1, 2))


def distance_by_two_runs(past_a, past_b, elapsed, b, lam):
    first = simulate_on(past_a[None], elapsed, b, lam)[0].astype(int)
    second = simulate_on(past_b[None], elapsed, b, lam)[0].astype(int)
    return np.abs(first - second).mean(axis=(-2, -1))


def distance_time_by_time(past_a, past_b, elapsed, b, lam):
    later = simulate_on(np.stack([past_a, past_b]), elapsed, b, lam)
    return [float((later[0, k] ^ later[1, k]).mean()) for k in range(len(elapsed))]


# 7.2 PastVAE: the lesson has the small tools


def join(a, b):
    return ops.concatenate([a, b], axis=-1)


def cloud(net, inputs):
    mean, log_variance = ops.split(net(inputs), 2, axis=-1)
    return mean, log_variance


def sample(mean, log_variance, seed):
    return mean + ops.exp(0.5 * log_variance) * keras.random.normal(ops.shape(mean), seed=seed)


class BlankPastVAE(keras.Model):
    """As the lesson hands it out."""

    def __init__(self, encoder, prior, decoder):
        super().__init__()
        self.encoder, self.prior, self.decoder = encoder, prior, decoder
        self.seed_generator = keras.random.SeedGenerator(0)
        self.reconstruction_tracker = keras.metrics.Mean(name="reconstruction")
        self.kl_tracker = keras.metrics.Mean(name="kl")

    def call(self, inputs):
        raise NotImplementedError

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        raise NotImplementedError

    def draw(self, present, seed):
        z = sample(*cloud(self.prior, present), seed)
        return ops.convert_to_numpy(ops.sigmoid(self.decoder(join(z, present))))


class RightPastVAE(BlankPastVAE):
    """Right, in pieces that the wrong ones replace."""

    def encoded(self, past, present):
        return cloud(self.encoder, join(past, present))

    def prior_of(self, past, present):
        return cloud(self.prior, present)

    def code(self, q, p):
        return sample(*q, self.seed_generator)

    def decoded(self, z, past, present):
        return self.decoder(join(z, present))

    def call(self, inputs):
        past, present = inputs
        q, p = self.encoded(past, present), self.prior_of(past, present)
        return self.decoded(self.code(q, p), past, present), *q, *p

    def terms(self, past, logits, q, p):
        return ops.mean(bernoulli_nll(past, logits)), ops.mean(kl_between_gaussians(*q, *p))

    def total(self, reconstruction, kl):
        return reconstruction + kl

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        reconstruction, kl = self.terms(x[0], y_pred[0], y_pred[1:3], y_pred[3:])
        self.reconstruction_tracker.update_state(reconstruction)
        self.kl_tracker.update_state(kl)
        return self.total(reconstruction, kl)


class RightByHand(BlankPastVAE):
    """Right, without the tools."""

    def call(self, inputs):
        past, present = inputs
        mean, log_variance = ops.split(self.encoder(ops.hstack([past, present])), 2, axis=-1)
        prior_mean, prior_log_variance = ops.split(self.prior(present), 2, axis=-1)
        noise = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        code = mean + ops.sqrt(ops.exp(log_variance)) * noise
        logits = self.decoder(ops.concatenate([code, present], axis=1))
        return logits, mean, log_variance, prior_mean, prior_log_variance

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        logits, mean, log_variance, m, log_s2 = y_pred
        variance, s2 = ops.exp(log_variance), ops.exp(log_s2)
        kl = 0.5 * ops.sum(ops.log(s2 / variance) + (variance + (mean - m) ** 2) / s2 - 1, axis=-1)
        nll = ops.sum(ops.softplus(logits) - x[0] * logits, axis=-1)
        self.reconstruction_tracker.update_state(ops.mean(nll))
        self.kl_tracker.update_state(ops.mean(kl))
        return ops.mean(nll + kl)


class EncoderWithoutPresent(RightPastVAE):
    def encoded(self, past, present):
        return cloud(self.encoder, past)


class EncoderWithoutPast(RightPastVAE):
    def encoded(self, past, present):
        return cloud(self.encoder, present)


class PriorSeesThePast(RightPastVAE):
    def prior_of(self, past, present):
        return cloud(self.prior, join(past, present))


class PriorNeverAsked(RightPastVAE):
    def prior_of(self, past, present):
        return cloud(lambda inputs: ops.zeros((ops.shape(inputs)[0], 4)), present)


class PriorOfNothing(RightPastVAE):
    def prior_of(self, past, present):
        return cloud(self.prior, ops.zeros_like(present))


class DecoderWithoutPresent(RightPastVAE):
    def decoded(self, z, past, present):
        return self.decoder(z)


class DecoderSeesThePast(RightPastVAE):
    def decoded(self, z, past, present):
        return self.decoder(join(z, join(present, past)))


class DecoderTurnedRound(RightPastVAE):
    def decoded(self, z, past, present):
        return self.decoder(join(present, z))


class CodeOfThePrior(RightPastVAE):
    def code(self, q, p):
        return sample(*p, self.seed_generator)


class CodeWithoutNoise(RightPastVAE):
    def code(self, q, p):
        return q[0]


class VarianceForDeviation(RightPastVAE):
    def code(self, q, p):
        return q[0] + ops.exp(q[1]) * keras.random.normal(ops.shape(q[0]), seed=0)


class PriorNotConditioned(RightPastVAE):
    def terms(self, past, logits, q, p):
        zeros = ops.zeros_like(q[0])
        return ops.mean(bernoulli_nll(past, logits)), ops.mean(
            kl_between_gaussians(*q, zeros, zeros)
        )


class KlTurnedRound(RightPastVAE):
    def terms(self, past, logits, q, p):
        return ops.mean(bernoulli_nll(past, logits)), ops.mean(kl_between_gaussians(*p, *q))


class KlOfThePrior(RightPastVAE):
    def terms(self, past, logits, q, p):
        zeros = ops.zeros_like(q[0])
        return ops.mean(bernoulli_nll(past, logits)), ops.mean(
            kl_between_gaussians(*p, zeros, zeros)
        )


class MeanOverPixels(RightPastVAE):
    def terms(self, past, logits, q, p):
        pixels = keras.losses.binary_crossentropy(past, logits, from_logits=True)
        return ops.mean(pixels), ops.mean(kl_between_gaussians(*q, *p))


class OneLossAPair(RightPastVAE):
    def terms(self, past, logits, q, p):
        return bernoulli_nll(past, logits), kl_between_gaussians(*q, *p)


class SumOverTheBatch(RightPastVAE):
    def terms(self, past, logits, q, p):
        return ops.sum(bernoulli_nll(past, logits)), ops.sum(kl_between_gaussians(*q, *p))


class SigmoidTooMuch(RightPastVAE):
    def terms(self, past, logits, q, p):
        return super().terms(past, ops.sigmoid(logits), q, p)


class KlForgotten(RightPastVAE):
    def total(self, reconstruction, kl):
        return reconstruction


class KlSubtracted(RightPastVAE):
    def total(self, reconstruction, kl):
        return reconstruction - kl


class TheBound(RightPastVAE):
    def total(self, reconstruction, kl):
        return -(reconstruction + kl)


class PresentRebuilt(RightPastVAE):
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return super().compute_loss((x[1], x[0]), y, y_pred)


class TrackersForgotten(RightPastVAE):
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return self.total(*self.terms(x[0], y_pred[0], y_pred[1:3], y_pred[3:]))


class PriorWithoutGradient(RightPastVAE):
    """The value of the loss is right; the network of the prior does not learn."""

    def prior_of(self, past, present):
        return [ops.stop_gradient(part) for part in cloud(self.prior, present)]


# 7.3 ensemble(model, z, samples, seed)


def one_seed_for_all(model, z, samples, seed):
    return np.stack([model.draw(z, seed) for _ in range(samples)], axis=1)


def averaged(model, z, samples, seed):
    return model.draw(np.repeat(z, samples, axis=0), seed).reshape(len(z), samples, -1).mean(axis=1)


def samples_first(model, z, samples, seed):
    return np.stack([model.draw(z, seed + k) for k in range(samples)])


def one_long_list(model, z, samples, seed):
    return model.draw(np.repeat(z, samples, axis=0), seed)


def tiled(model, z, samples, seed):
    return model.draw(np.tile(z, (samples, 1)), seed).reshape(len(z), samples, -1)


def same_noise_for_all_presents(model, z, samples, seed):
    return np.stack([model.draw(np.repeat(z[i : i + 1], samples, 0), seed) for i in range(len(z))])


def seed_not_used(model, z, samples, seed):
    return model.draw(np.repeat(z, samples, axis=0), 0).reshape(len(z), samples, -1)


def no_seed(model, z, samples, seed):
    return model.draw(np.repeat(z, samples, axis=0), None).reshape(len(z), samples, -1)


def phases(model, z, samples, seed):
    return (model.draw(np.repeat(z, samples, axis=0), seed) > 0.5).reshape(len(z), samples, -1) * 1


def three_samples_always(model, z, samples, seed):
    return model.draw(np.repeat(z, 3, axis=0), seed).reshape(len(z), 3, -1)


def ensemble_at_once(model, z, samples, seed):
    return model.draw(np.repeat(z, samples, axis=0), seed).reshape(len(z), samples, -1)


def ensemble_of_seeds(model, z, samples, seed):
    return np.stack([model.draw(z, 1000 * seed + k) for k in range(samples)], axis=1)


def ensemble_tiled(model, z, samples, seed):
    drawn = model.draw(np.tile(z, (samples, 1)), seed)
    return drawn.reshape(samples, len(z), -1).swapaxes(0, 1)


# 7.4 resimulation_agreement(pasts, present, factor, time, b, lam)


def arrived(pasts, elapsed, b, lam):
    return simulate_on(pasts, np.array([elapsed]), b, lam)[:, 0]


def looks_alike(pasts, present, factor, time, b, lam):
    return np.mean((pasts > 0.5) == present, axis=(1, 2))


def probabilities_compared(pasts, present, factor, time, b, lam):
    return np.mean(pasts == present, axis=(1, 2))


def simulated_grey(pasts, present, factor, time, b, lam):
    return np.mean(arrived(pasts, (1 - factor) * time, b, lam) == present, axis=(1, 2))


def age_of_the_past(pasts, present, factor, time, b, lam):
    return np.mean(arrived(pasts > 0.5, factor * time, b, lam) == present, axis=(1, 2))


def too_long(pasts, present, factor, time, b, lam):
    return np.mean(arrived(pasts > 0.5, time, b, lam) == present, axis=(1, 2))


def mean_of_the_pasts(pasts, present, factor, time, b, lam):
    return agreement_at_once(pasts.mean(axis=0, keepdims=True), present, factor, time, b, lam)[0]


def average_of_agreements(pasts, present, factor, time, b, lam):
    return agreement_at_once(pasts, present, factor, time, b, lam).mean()


def best_agreement(pasts, present, factor, time, b, lam):
    return agreement_at_once(pasts, present, factor, time, b, lam).max()


def disagreement(pasts, present, factor, time, b, lam):
    return 1 - agreement_at_once(pasts, present, factor, time, b, lam)


def agreement_in_per_cent(pasts, present, factor, time, b, lam):
    return 100 * agreement_at_once(pasts, present, factor, time, b, lam)


def number_of_pixels(pasts, present, factor, time, b, lam):
    return np.sum(arrived(pasts > 0.5, (1 - factor) * time, b, lam) == present, axis=(1, 2))


def with_its_past(pasts, present, factor, time, b, lam):
    cut = pasts > 0.5
    return np.mean(arrived(cut, (1 - factor) * time, b, lam) == cut, axis=(1, 2))


def agreement_at_once(pasts, present, factor, time, b, lam):
    return np.mean(arrived(pasts > 0.5, (1 - factor) * time, b, lam) == present, axis=(1, 2))


def agreement_one_by_one(pasts, present, factor, time, b, lam):
    elapsed = [time - factor * time]
    ends = [simulate_on((past >= 0.5).astype(int)[None], elapsed, b, lam)[0, 0] for past in pasts]
    return [1 - np.abs(end - present.astype(float)).mean() for end in ends]


# 7.5 coverage(ensemble, truth, level)


def held(low, high, truth):
    return np.mean((truth >= low) & (truth <= high))


def quantiles(ensemble, first, last, **options):
    return np.quantile(ensemble, [first, last], **{"axis": 1, "method": "weibull", **options})


def by_default(ensemble, truth, level=0.8):
    tail = (1 - level) / 2
    return held(*np.quantile(ensemble, [tail, 1 - tail], axis=1), truth)


def over_the_presents(ensemble, truth, level=0.8):
    tail = (1 - level) / 2
    return held(*quantiles(ensemble, tail, 1 - tail, axis=0), truth)


def over_everything(ensemble, truth, level=0.8):
    tail = (1 - level) / 2
    return held(*quantiles(ensemble, tail, 1 - tail, axis=None), truth)


def each_present(ensemble, truth, level=0.8):
    tail = (1 - level) / 2
    low, high = quantiles(ensemble, tail, 1 - tail)
    return (truth >= low) & (truth <= high)


def counted(ensemble, truth, level=0.8):
    return each_present(ensemble, truth, level).sum()


def coverage_in_per_cent(ensemble, truth, level=0.8):
    return 100 * each_present(ensemble, truth, level).mean()


def missed(ensemble, truth, level=0.8):
    return 1 - each_present(ensemble, truth, level).mean()


def smallest_to_largest(ensemble, truth, level=0.8):
    return held(ensemble.min(axis=1), ensemble.max(axis=1), truth)


def either_condition(ensemble, truth, level=0.8):
    low, high = quantiles(ensemble, (1 - level) / 2, (1 + level) / 2)
    return np.mean((truth >= low) | (truth <= high))


def all_on_one_side(ensemble, truth, level=0.8):
    return held(*quantiles(ensemble, 0, level), truth)


def too_much_left_out(ensemble, truth, level=0.8):
    return held(*quantiles(ensemble, 1 - level, level), truth)


def level_not_used(ensemble, truth, level=0.8):
    return held(*quantiles(ensemble, 0.1, 0.9), truth)


def normal(ensemble, truth, level=0.8):
    width = {0.8: 1.2816, 0.5: 0.6745}[level] * ensemble.std(axis=1)
    centre = ensemble.mean(axis=1)
    return held(centre - width, centre + width, truth)


def ends_left_out(ensemble, truth, level=0.8):
    low, high = quantiles(ensemble, (1 - level) / 2, (1 + level) / 2)
    return np.mean((truth > low) & (truth < high))


def coverage_at_once(ensemble, truth, level=0.8):
    return held(*quantiles(ensemble, (1 - level) / 2, (1 + level) / 2), truth)


def coverage_by_places(ensemble, truth, level=0.8):
    ordered, count = np.sort(ensemble, axis=1), ensemble.shape[1]

    def at(p):
        place = np.clip(p * (count + 1) - 1, 0, count - 1)
        below = min(int(place), count - 2)
        return ordered[:, below] + (place - below) * (ordered[:, below + 1] - ordered[:, below])

    return held(at((1 - level) / 2), at((1 + level) / 2), truth)


EXERCISES = {
    "distance_between_presents": Answers(
        wrong={
            subtracted: "0 − 1 is 255",
            signs_cancel: "Differences of both signs cancel",
            each_with_its_own_past: "a history with its own past",
            not_simulated: "Simulate them on first, by simulate_on",
            one_simulated: "You simulated past_a alone",
            averaged_over_times: "You averaged over the times, too",
            last_time_alone: "the last time alone",
            pixels_counted: "This is the number of pixels",
            agreement_instead: "Use `!=`, not `==`",
            root_of_the_mean_square: "No root is needed",
            per_cent: "This is per cent",
        },
        right=[distance_at_once, distance_by_two_runs, distance_time_by_time],
    ),
    "PastVAE": Answers(
        wrong={
            EncoderWithoutPresent: "The encoder does not see the present",
            EncoderWithoutPast: "The encoder does not see the past",
            PriorSeesThePast: "The prior sees the past",
            PriorNeverAsked: "The prior is never asked",
            PriorOfNothing: "The prior does not see the present as it is",
            DecoderWithoutPresent: "condition is given to the encoder alone",
            DecoderSeesThePast: "The decoder sees the past",
            DecoderTurnedRound: "the present first, then the code",
            CodeOfThePrior: "The code comes from the prior's cloud",
            CodeWithoutNoise: "The code is the mean itself",
            VarianceForDeviation: "It must be exp(0.5 * log_variance)",
            PriorNotConditioned: "The prior is not conditioned",
            KlTurnedRound: "The KL is the wrong way round",
            KlOfThePrior: "the KL of the prior's cloud from N(0, 1)",
            MeanOverPixels: "posterior collapse",
            OneLossAPair: "Keras needs one number for the batch",
            SumOverTheBatch: "Take the mean over the pairs, not their sum",
            SigmoidTooMuch: "no sigmoid in between",
            KlForgotten: "The KL term is missing",
            KlSubtracted: "The KL term is subtracted",
            TheBound: "This is the bound",
            PresentRebuilt: "compared with the present",
            TrackersForgotten: "does not hold the mean of its term",
            PriorWithoutGradient: "The network of the prior does not learn",
        },
        right=[RightPastVAE, RightByHand],
        blank=BlankPastVAE,
    ),
    "ensemble": Answers(
        wrong={
            one_seed_for_all: "All samples of a present are the same past",
            averaged: "one past for each present",
            samples_first: "its axes in another order",
            one_long_list: "still one long list",
            tiled: "pasts of different presents are mixed up",
            same_noise_for_all_presents: "All presents get the same noise",
            seed_not_used: "Two different seeds give the same ensemble",
            no_seed: "Two calls with one seed give different ensembles",
            phases: "returned phases",
            three_samples_always: "The number of samples is not the one asked for",
        },
        right=[ensemble_at_once, ensemble_of_seeds, ensemble_tiled],
    ),
    "resimulation_agreement": Answers(
        wrong={
            looks_alike: "how similar they look",
            probabilities_compared: "You compared probabilities with the present",
            simulated_grey: "The pasts were simulated as probabilities",
            age_of_the_past: "is the age of the past",
            too_long: "The simulation runs too long",
            mean_of_the_pasts: "You averaged the pasts before the simulation",
            average_of_agreements: "You averaged over the pasts",
            best_agreement: "the best past alone",
            disagreement: "Use `==`",
            agreement_in_per_cent: "This is per cent",
            number_of_pixels: "a number of pixels",
            with_its_past: "where each past leads with that past",
        },
        right=[agreement_at_once, agreement_one_by_one],
    ),
    "coverage": Answers(
        wrong={
            by_default: "the default of np.quantile",
            over_the_presents: "taken over the presents",
            over_everything: "taken over everything",
            each_present: "for each present whether",
            counted: "a number of presents",
            coverage_in_per_cent: "This is per cent",
            missed: "whose interval misses the truth",
            smallest_to_largest: "From the smallest to the largest sample",
            either_condition: "not by `|`",
            all_on_one_side: "as much below as above",
            too_much_left_out: "on *either* side",
            level_not_used: "that of level 0.8, whatever level",
            normal: "Mean and standard deviation give",
            ends_left_out: "Both ends belong to the interval",
        },
        right=[coverage_at_once, coverage_by_places],
    ),
}
