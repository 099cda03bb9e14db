"""Wrong and right answers to the exercises of lesson 03."""


import keras
import numpy as np
from answers import Answers
from keras import ops

from vae_course.vae import losses

# 3.1 sample(mean, log_variance, seed_generator)


def variance_as_deviation(mean, log_variance, seed_generator):
    noise = keras.random.normal(ops.shape(mean), seed=seed_generator)
    return mean + ops.exp(log_variance) * noise


def log_variance_as_deviation(mean, log_variance, seed_generator):
    return mean + log_variance * keras.random.normal(ops.shape(mean), seed=seed_generator)


def noise_not_scaled(mean, log_variance, seed_generator):
    return mean + keras.random.normal(ops.shape(mean), seed=seed_generator)


def sign_in_the_exponent(mean, log_variance, seed_generator):
    noise = keras.random.normal(ops.shape(mean), seed=seed_generator)
    return mean + ops.exp(-0.5 * log_variance) * noise


def one_noise_for_the_batch(mean, log_variance, seed_generator):
    noise = keras.random.normal((1, mean.shape[-1]), seed=seed_generator)
    return mean + ops.exp(0.5 * log_variance) * noise


def one_noise_for_all_axes(mean, log_variance, seed_generator):
    noise = keras.random.normal((ops.shape(mean)[0], 1), seed=seed_generator)
    return mean + ops.exp(0.5 * log_variance) * noise


def noise_of_numpy(mean, log_variance, seed_generator):
    noise = np.random.normal(size=mean.shape).astype("float32")  # noqa: NPY002
    return mean + ops.exp(0.5 * log_variance) * noise


def all_numpy(mean, log_variance, seed_generator):
    mean, log_variance = np.asarray(mean), np.asarray(log_variance)
    return mean + np.exp(0.5 * log_variance) * np.random.default_rng(0).normal(size=mean.shape)


def seed_not_passed_on(mean, log_variance, seed_generator):
    return mean + ops.exp(0.5 * log_variance) * keras.random.normal(ops.shape(mean))


def seed_is_a_number(mean, log_variance, seed_generator):
    return mean + ops.exp(0.5 * log_variance) * keras.random.normal(ops.shape(mean), seed=0)


def no_noise(mean, log_variance, seed_generator):
    return mean


def noise_alone(mean, log_variance, seed_generator):
    noise = keras.random.normal(ops.shape(mean), seed=seed_generator)
    return ops.exp(0.5 * log_variance) * noise


def uniform_noise_for_one_code(mean, log_variance, seed_generator):
    noise = keras.random.normal((mean.shape[-1],), seed=seed_generator)
    return mean[0] + ops.exp(0.5 * log_variance[0]) * noise


def gradient_stopped(mean, log_variance, seed_generator):
    noise = keras.random.normal(ops.shape(mean), seed=seed_generator)
    return ops.stop_gradient(mean) + ops.exp(0.5 * log_variance) * noise


def deviation_stopped(mean, log_variance, seed_generator):
    noise = keras.random.normal(ops.shape(mean), seed=seed_generator)
    return mean + ops.stop_gradient(ops.exp(0.5 * log_variance)) * noise


def uniform_noise(mean, log_variance, seed_generator):
    noise = keras.random.uniform(ops.shape(mean), -(3**0.5), 3**0.5, seed=seed_generator)
    return mean + ops.exp(0.5 * log_variance) * noise


def sample_as_in_the_lesson(mean, log_variance, seed_generator):
    noise = keras.random.normal(ops.shape(mean), seed=seed_generator)
    return mean + ops.exp(0.5 * log_variance) * noise


def sample_by_the_square_root(mean, log_variance, seed_generator):
    count, latent = mean.shape
    deviation = ops.sqrt(ops.exp(log_variance))
    noise = keras.random.normal((count, latent), 0.0, 1.0, seed=seed_generator)
    return ops.add(mean, ops.multiply(deviation, noise))


def sample_axis_by_axis(mean, log_variance, seed_generator):
    axes = [
        keras.random.normal((mean.shape[0],), mean=0.0, stddev=1.0, seed=seed_generator)
        * ops.exp(log_variance[:, k] / 2)
        + mean[:, k]
        for k in range(mean.shape[1])
    ]
    return ops.stack(axes, axis=1)


# 3.2 kl_divergence(mean, log_variance)


def mean_over_axes(mean, log_variance):
    return 0.5 * ops.mean(mean**2 + ops.exp(log_variance) - 1 - log_variance, axis=-1)


def sign_turned(mean, log_variance):
    return -0.5 * ops.sum(mean**2 + ops.exp(log_variance) - 1 - log_variance, axis=-1)


def half_lost(mean, log_variance):
    return ops.sum(mean**2 + ops.exp(log_variance) - 1 - log_variance, axis=-1)


def summed_over_everything(mean, log_variance):
    return 0.5 * ops.sum(mean**2 + ops.exp(log_variance) - 1 - log_variance)


def averaged_over_images(mean, log_variance):
    return ops.mean(0.5 * ops.sum(mean**2 + ops.exp(log_variance) - 1 - log_variance, axis=-1))


def not_summed(mean, log_variance):
    return 0.5 * (mean**2 + ops.exp(log_variance) - 1 - log_variance)


def summed_over_images(mean, log_variance):
    return 0.5 * ops.sum(mean**2 + ops.exp(log_variance) - 1 - log_variance, axis=0)


def deviation_as_variance(mean, log_variance):
    return 0.5 * ops.sum(mean**2 + ops.exp(0.5 * log_variance) - 1 - log_variance, axis=-1)


def one_lost(mean, log_variance):
    return 0.5 * ops.sum(mean**2 + ops.exp(log_variance) - log_variance, axis=-1)


def mean_not_squared(mean, log_variance):
    return 0.5 * ops.sum(mean + ops.exp(log_variance) - 1 - log_variance, axis=-1)


def logarithm_of_the_logarithm(mean, log_variance):
    return 0.5 * ops.sum(mean**2 + log_variance - 1 - ops.log(ops.abs(log_variance)), axis=-1)


def nothing_returned(mean, log_variance):
    0.5 * ops.sum(mean**2 + ops.exp(log_variance) - 1 - log_variance, axis=-1)


def column(mean, log_variance):
    terms = mean**2 + ops.exp(log_variance) - 1 - log_variance
    return 0.5 * ops.sum(terms, axis=-1, keepdims=True)


def kl_with_keras(mean, log_variance):
    return 0.5 * ops.sum(mean**2 + ops.exp(log_variance) - 1 - log_variance, axis=-1)


def kl_with_numpy(mean, log_variance):
    mean, log_variance = np.asarray(mean), np.asarray(log_variance)
    return -0.5 * np.sum(1 + log_variance - mean**2 - np.exp(log_variance), axis=1)


def kl_by_loops(mean, log_variance):
    total = 0
    for k in range(mean.shape[-1]):
        m, v = mean[:, k], log_variance[:, k]
        total = total + 0.5 * (m * m + ops.exp(v) - 1 - v)
    return total


# 3.3 elbo(x, logits, mean, log_variance)


def kl_added(x, logits, mean, log_variance):
    return -losses.bernoulli_nll(x, logits) + losses.kl_divergence(mean, log_variance)


def the_loss(x, logits, mean, log_variance):
    return losses.bernoulli_nll(x, logits) + losses.kl_divergence(mean, log_variance)


def sign_of_the_likelihood(x, logits, mean, log_variance):
    return losses.bernoulli_nll(x, logits) - losses.kl_divergence(mean, log_variance)


def mean_over_pixels(x, logits, mean, log_variance):
    nll = ops.mean(ops.softplus(logits) - x * logits, axis=(1, 2))
    return -nll - losses.kl_divergence(mean, log_variance)


def mean_over_code_axes(x, logits, mean, log_variance):
    kl = ops.mean(losses.kl_per_axis(mean, log_variance), axis=-1)
    return -losses.bernoulli_nll(x, logits) - kl


def bound_of_the_batch(x, logits, mean, log_variance):
    return ops.mean(elbo_from_losses(x, logits, mean, log_variance))


def sum_over_the_batch(x, logits, mean, log_variance):
    return ops.sum(elbo_from_losses(x, logits, mean, log_variance))


def without_kl(x, logits, mean, log_variance):
    return -losses.bernoulli_nll(x, logits)


def elbo_from_losses(x, logits, mean, log_variance):
    return -losses.bernoulli_nll(x, logits) - losses.kl_divergence(mean, log_variance)


def elbo_by_hand(x, logits, mean, log_variance):
    x, logits = np.asarray(x), np.asarray(logits)
    probability = 1 / (1 + np.exp(-logits))
    chosen = np.where(x == 1, probability, 1 - probability)
    return np.log(chosen).sum(axis=(1, 2)) - kl_with_numpy(mean, log_variance)


def elbo_image_by_image(x, logits, mean, log_variance):
    rows = [
        -ops.sum(keras.losses.binary_crossentropy(x[k], logits[k], from_logits=True)) * x.shape[-1]
        - kl_with_keras(mean, log_variance)[k]
        for k in range(x.shape[0])
    ]
    return ops.stack(rows)


# 3.4 VariationalAutoencoder(encoder, decoder)


class Blank(keras.Model):
    """The class as the lesson hands it out."""

    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.seed_generator = keras.random.SeedGenerator(0)
        self.reconstruction_tracker = keras.metrics.Mean(name="reconstruction")
        self.kl_tracker = keras.metrics.Mean(name="kl")

    def call(self, images):
        mean, log_variance = self.encoder(ops.cast(images, "float32")[..., None])
        z = sample_as_in_the_lesson(mean, log_variance, self.seed_generator)
        return self.decoder(z)[..., 0], mean, log_variance

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        raise NotImplementedError


class Right(Blank):
    def terms(self, x, logits, mean, log_variance):
        x = ops.cast(x, "float32")
        nll = losses.bernoulli_nll(x, logits)
        return ops.mean(nll), ops.mean(losses.kl_divergence(mean, log_variance))

    def loss_of(self, reconstruction, kl):
        return reconstruction + kl

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        reconstruction, kl = self.terms(x, *y_pred)
        self.reconstruction_tracker.update_state(reconstruction)
        self.kl_tracker.update_state(kl)
        return self.loss_of(reconstruction, kl)


class RightByTheBound(Blank):
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        logits, mean, log_variance = y_pred
        kl = losses.kl_divergence(mean, log_variance)
        bound = elbo_from_losses(ops.cast(x, "float32"), logits, mean, log_variance)
        self.kl_tracker.update_state(kl)
        self.reconstruction_tracker.update_state(-bound - kl)
        return -ops.mean(bound)


class KlForgotten(Right):
    def loss_of(self, reconstruction, kl):
        return reconstruction


class KlSubtracted(Right):
    def loss_of(self, reconstruction, kl):
        return reconstruction - kl


class BoundAsLoss(Right):
    def loss_of(self, reconstruction, kl):
        return -(reconstruction + kl)


class MeanOverPixels(Right):
    def terms(self, x, logits, mean, log_variance):
        crossentropy = keras.losses.binary_crossentropy(x, logits, from_logits=True)
        return ops.mean(crossentropy), ops.mean(losses.kl_divergence(mean, log_variance))


class MeanOverCodeAxes(Right):
    def terms(self, x, logits, mean, log_variance):
        return (
            ops.mean(losses.bernoulli_nll(x, logits)),
            ops.mean(losses.kl_per_axis(mean, log_variance)),
        )


class KlHalved(Right):
    def loss_of(self, reconstruction, kl):
        return reconstruction + 0.5 * kl


class OneLossAnImage(Right):
    def terms(self, x, logits, mean, log_variance):
        return losses.bernoulli_nll(x, logits), losses.kl_divergence(mean, log_variance)


class SumOverTheBatch(Right):
    def terms(self, x, logits, mean, log_variance):
        return (
            ops.sum(losses.bernoulli_nll(x, logits)),
            ops.sum(losses.kl_divergence(mean, log_variance)),
        )


class SigmoidTooMuch(Right):
    def terms(self, x, logits, mean, log_variance):
        return super().terms(x, ops.sigmoid(logits), mean, log_variance)


class TrackersForgotten(Blank):
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return -ops.mean(elbo_from_losses(ops.cast(x, "float32"), *y_pred))


class KlWithoutGradient(Right):
    def loss_of(self, reconstruction, kl):
        return reconstruction + ops.stop_gradient(kl)


class PicturesWithoutGradient(Right):
    def loss_of(self, reconstruction, kl):
        return ops.stop_gradient(reconstruction) + kl


# 3.5 generate(decoder, n, latent, seed)


def uniform_codes(decoder, n, latent, seed):
    z = np.random.default_rng(seed).uniform(-1, 1, (n, latent)).astype("float32")
    return (ops.convert_to_numpy(decoder(z))[..., 0] > 0).astype("uint8")


def logits_at_one_half(decoder, n, latent, seed):
    z = keras.random.normal((n, latent), seed=seed)
    return (ops.convert_to_numpy(decoder(z))[..., 0] > 0.5).astype("uint8")


def one_code_for_all(decoder, n, latent, seed):
    z = ops.repeat(keras.random.normal((1, latent), seed=seed), n, axis=0)
    return (ops.convert_to_numpy(decoder(z))[..., 0] > 0).astype("uint8")


def seed_ignored(decoder, n, latent, seed):
    z = np.random.default_rng(0).standard_normal((n, latent)).astype("float32")
    return (ops.convert_to_numpy(decoder(z))[..., 0] > 0).astype("uint8")


def no_seed(decoder, n, latent, seed):
    return (ops.convert_to_numpy(decoder(keras.random.normal((n, latent))))[..., 0] > 0) * 1


def logits_returned(decoder, n, latent, seed):
    return decoder(keras.random.normal((n, latent), seed=seed))[..., 0]


def axis_left(decoder, n, latent, seed):
    return ops.convert_to_numpy(decoder(keras.random.normal((n, latent), seed=seed))) > 0


def codes_too_wide(decoder, n, latent, seed):
    z = 2 * keras.random.normal((n, latent), seed=seed)
    return (ops.convert_to_numpy(decoder(z))[..., 0] > 0).astype("uint8")


def phases_swapped(decoder, n, latent, seed):
    z = keras.random.normal((n, latent), seed=seed)
    return (ops.convert_to_numpy(decoder(z))[..., 0] < 0).astype("uint8")


def probability_at_zero(decoder, n, latent, seed):
    z = keras.random.normal((n, latent), seed=seed)
    return ops.convert_to_numpy(ops.sigmoid(decoder(z)) > 0)[..., 0].astype("uint8")


def single_picture(decoder, n, latent, seed):
    z = keras.random.normal((1, latent), seed=seed)
    return (ops.convert_to_numpy(decoder(z))[..., 0] > 0).astype("uint8")


def generate_with_keras(decoder, n, latent, seed):
    logits = decoder(keras.random.normal((n, latent), seed=seed))[..., 0]
    return ops.convert_to_numpy(logits > 0).astype("uint8")


def generate_with_numpy(decoder, n, latent, seed):
    z = np.random.default_rng(seed).standard_normal((n, latent)).astype("float32")
    logits = decoder.predict(z, verbose=0)
    return np.where(np.squeeze(logits, -1) >= 0, 1, 0)


def generate_by_probability(decoder, n, latent, seed):
    z = keras.random.normal((n, latent), seed=keras.random.SeedGenerator(seed))
    return ops.squeeze(ops.sigmoid(decoder(z)), -1) > 0.5


EXERCISES = {
    "sample": Answers(
        wrong={
            variance_as_deviation: "exp(log_variance) is the variance",
            log_variance_as_deviation: "multiplied by log_variance itself",
            noise_not_scaled: "The noise is added as it is",
            sign_in_the_exponent: "The sign in the exponent",
            one_noise_for_the_batch: "All images of the batch get the same noise",
            one_noise_for_all_axes: "All axes of a code get the same noise",
            noise_of_numpy: "The noise comes from NumPy",
            all_numpy: "Through NumPy no gradient passes",
            seed_not_passed_on: "does not come from seed_generator",
            seed_is_a_number: "The seed is a fixed number",
            no_noise: "there is no noise",
            noise_alone: "The noise is centred on mean",
            uniform_noise_for_one_code: "Draw one code for each row of mean",
            gradient_stopped: "Gradients must pass from the code to mean",
            deviation_stopped: "Gradients must pass through the standard deviation",
            uniform_noise: "The noise is not normally distributed",
        },
        right=[sample_as_in_the_lesson, sample_by_the_square_root, sample_axis_by_axis],
    ),
    "kl_divergence": Answers(
        wrong={
            mean_over_axes: "You took the mean over the axes",
            sign_turned: "a divergence is never negative",
            half_lost: "The factor ½",
            summed_over_everything: "You summed over the images, too",
            averaged_over_images: "You averaged over the images",
            not_summed: "The terms of the axes are not summed yet",
            summed_over_images: "You summed over the images, not over the axes",
            deviation_as_variance: "is the standard deviation. The formula has the variance",
            one_lost: "The −1 is lost",
            mean_not_squared: "The mean stands in the formula squared",
            logarithm_of_the_logarithm: "log_variance is already the logarithm",
            nothing_returned: "Is a `return` missing",
            column: "an axis of length 1 too many",
            kl_with_numpy: "works with numbers alone",
        },
        right=[kl_with_keras, kl_by_loops],
    ),
    "elbo": Answers(
        wrong={
            kl_added: "The KL divergence is a cost",
            the_loss: "This is the loss, the negative of the bound",
            sign_of_the_likelihood: "turn its sign round, then subtract",
            mean_over_pixels: "a mean over the pixels, but a sum over the axes",
            mean_over_code_axes: "a sum over the pixels, but a mean over the axes",
            bound_of_the_batch: "You averaged over the images",
            sum_over_the_batch: "You summed over the images",
            without_kl: "The KL divergence is missing",
        },
        right=[elbo_from_losses, elbo_by_hand, elbo_image_by_image],
    ),
    "VariationalAutoencoder": Answers(
        wrong={
            KlForgotten: "The KL term is missing",
            KlSubtracted: "The KL term is subtracted",
            BoundAsLoss: "This is the bound itself",
            MeanOverPixels: "posterior collapse",
            MeanOverCodeAxes: "The KL term is a mean over the axes",
            KlHalved: "The KL term counts half",
            OneLossAnImage: "Keras needs one number for the batch",
            SumOverTheBatch: "Take the mean over the images, not their sum",
            SigmoidTooMuch: "no sigmoid in between",
            TrackersForgotten: "does not hold the mean of its term",
            KlWithoutGradient: "the codes fly apart",
            PicturesWithoutGradient: "stopped using its code",
        },
        right=[Right, RightByTheBound],
        blank=Blank,
    ),
    "generate": Answers(
        wrong={
            phases_swapped: "The phases are swapped",
            probability_at_zero: "Is a probability compared with 0?",
            uniform_codes: "Uniform numbers come from another distribution",
            logits_at_one_half: "A probability of ½ is a logit of 0",
            one_code_for_all: "All pictures are the same",
            seed_ignored: "Two different seeds give the same pictures",
            no_seed: "Two calls with one seed give different pictures",
            logits_returned: "must return phases, 0 or 1",
            axis_left: "Take the last axis away",
            codes_too_wide: "that is where the KL term keeps the codes",
            single_picture: "One picture for each of n codes",
        },
        right=[generate_with_keras, generate_with_numpy, generate_by_probability],
    ),
}
