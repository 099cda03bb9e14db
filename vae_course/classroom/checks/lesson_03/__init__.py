"""Checks of lesson 03, From autoencoder to VAE."""

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from vae_course.arrays import Floats32
from vae_course.classroom.check import Student, exercise
from vae_course.classroom.checks.lesson_03 import sampling, vae_training
from vae_course.classroom.compare import (
    Known,
    MistakeError,
    as_array,
    compare,
    require,
    require_tensors,
)
from vae_course.vae import VAE, losses

DRAWS = 4000  # codes drawn where a spread is estimated: it is then known to about 1 %


def _sample(mean: Any, log_variance: Any, seed_generator: Any) -> Any:
    noise = keras.random.normal(ops.shape(mean), seed=seed_generator)
    return mean + ops.exp(0.5 * log_variance) * noise


def _elbo(x: Any, logits: Any, mean: Any, log_variance: Any) -> Any:
    return -losses.bernoulli_nll(x, logits) - losses.kl_divergence(mean, log_variance)


def _generate(decoder: Any, n: int, latent: int, seed: int) -> NDArray[np.uint8]:
    logits = decoder(keras.random.normal((n, latent), seed=seed))
    return np.asarray(ops.convert_to_numpy(logits)[..., 0] > 0, dtype=np.uint8)


@exercise("3.1", stars=2, takes="mean, log_variance, seed_generator", reference=_sample)
def sample(student: Student) -> None:
    """One code for each image, with noise of the right spread that gradients can pass."""
    what = "sample(mean, log_variance, seed_generator)"
    mean = np.tile(np.array([2.0, -1.0, 0.5], np.float32), (DRAWS, 1))
    log_variance = np.tile(np.array([-2.0, 0.4, 1.5], np.float32), (DRAWS, 1))
    tensors = ops.convert_to_tensor(mean), ops.convert_to_tensor(log_variance)
    generator = keras.random.SeedGenerator(3)
    first = student(*tensors, generator)
    z = as_array(what, first)
    require(
        z.shape == mean.shape,
        f"{what} has the wrong shape.",
        "Draw one code for each row of mean: the noise has the shape of mean.",
        f"shape {mean.shape}, that of mean",
        f"shape {z.shape}",
    )
    require(
        ops.is_tensor(first),
        f"{what} returned a NumPy array.",
        "Through NumPy no gradient passes, so the encoder could not learn. Compute with "
        "keras.ops and keras.random.",
        "a tensor",
        type(first).__name__,
    )
    sampling.spread_over_codes(z, mean)
    sampling.where_the_noise_comes_from(student, tensors, z, generator)
    sampling.spread_of_codes(z, mean, log_variance)
    sampling.gradient_passes(student, mean[:4], log_variance[:4])


def _codes(count: int = 5, latent: int = 3) -> tuple[Floats32, Floats32]:
    rng = np.random.default_rng(0)
    draw = rng.standard_normal((2, count, latent)).astype(np.float32)
    return 1.5 * draw[0], draw[1] - 0.5


@exercise("3.2", stars=2, takes="mean, log_variance", reference=losses.kl_divergence)
def kl_divergence(student: Student) -> None:
    """The divergence in closed form, one number an image."""
    what = "kl_divergence(mean, log_variance)"
    mean, log_variance = _codes()
    terms = vae_training.kl_terms(mean, log_variance)
    right = terms.sum(axis=1)
    variance = np.exp(log_variance)
    mistakes = (
        Known(
            terms.mean(axis=1),
            "You took the mean over the axes of the code. Divergences of independent axes add up: "
            "a mean would weigh the KL term less, the longer the code.",
        ),
        Known(-right, "The sign is the wrong way round: a divergence is never negative."),
        Known(2 * right, "The factor ½ in front of the bracket is lost."),
        Known(right.sum(), "You summed over the images, too. Sum over the axes alone: axis=-1."),
        Known(right.mean(), "You averaged over the images. Return one number for each: axis=-1."),
        Known(terms, "The terms of the axes are not summed yet: axis=-1."),
        Known(terms.sum(axis=0), "You summed over the images, not over the axes: axis=-1."),
        Known(
            0.5 * (mean**2 + np.exp(0.5 * log_variance) - 1 - log_variance).sum(axis=1),
            "exp(0.5 * log_variance) is the standard deviation. The formula has the variance.",
        ),
        Known(
            0.5 * (mean**2 + log_variance - 1 - np.log(np.abs(log_variance))).sum(axis=1),
            "log_variance is already the logarithm of σ². σ² itself is exp(log_variance).",
        ),
        Known(
            0.5 * (mean**2 + variance - log_variance).sum(axis=1),
            "The −1 is lost: at mean 0 and variance 1 the divergence must be 0.",
        ),
        Known(
            0.5 * (mean + variance - 1 - log_variance).sum(axis=1),
            "The mean stands in the formula squared.",
        ),
    )
    compare(
        what,
        student(ops.convert_to_tensor(mean), ops.convert_to_tensor(log_variance)),
        right,
        mistakes,
        "Compare with the formula term by term. At mean 0 and log_variance 0 it must give 0.",
    )
    require_tensors(what, student, mean.shape, mean.shape)


@exercise("3.3", stars=2, takes="x, logits, mean, log_variance", reference=_elbo)
def elbo(student: Student) -> None:
    """The evidence lower bound in nats, one number an image."""
    what = "elbo(x, logits, mean, log_variance)"
    rng = np.random.default_rng(1)
    x = rng.integers(0, 2, (5, 8, 8)).astype(np.float32)
    logits = 2 * rng.standard_normal((5, 8, 8)).astype(np.float32)
    mean, log_variance = _codes()
    pixels = np.logaddexp(0, logits) - x * logits
    nll, terms = pixels.sum(axis=(1, 2)), vae_training.kl_terms(mean, log_variance)
    kl = terms.sum(axis=1)
    right = -nll - kl
    mistakes = (
        Known(-nll + kl, "The KL divergence is a cost: it is subtracted from log p(x | z)."),
        Known(
            nll + kl,
            "This is the loss, the negative of the bound. The ELBO is log p(x | z) − KL, and "
            "log p(x | z) is minus what bernoulli_nll returns.",
        ),
        Known(
            nll - kl,
            "bernoulli_nll returns −log p(x | z): turn its sign round, then subtract the KL.",
        ),
        Known(
            -pixels.mean(axis=(1, 2)) - kl,
            "Reductions are mixed: a mean over the pixels, but a sum over the axes of the code. "
            f"That makes the KL weigh {pixels[0].size} times too much.",
        ),
        Known(
            -nll - terms.mean(axis=1),
            "Reductions are mixed: a sum over the pixels, but a mean over the axes of the code.",
        ),
        Known(right.mean(), "You averaged over the images. Return one number for each."),
        Known(right.sum(), "You summed over the images. Return one number for each."),
        Known(-nll, "The KL divergence is missing."),
    )
    arguments = [ops.convert_to_tensor(part) for part in (x, logits, mean, log_variance)]
    compare(what, student(*arguments), right, mistakes, "It is −bernoulli_nll − kl_divergence.")


@exercise("3.4", stars=3, takes="encoder, decoder", reference=VAE, seconds=180)
def VariationalAutoencoder(student: Student) -> None:  # noqa: N802 (a class is asked for)
    """A model whose loss has the right value, and which learns what it should."""
    vae_training.require_loss(student)
    vae_training.require_learning(student)


@exercise("3.5", stars=1, takes="decoder, n, latent, seed", reference=_generate)
def generate(student: Student) -> None:
    """Binary pictures of codes from N(0, 1)."""
    levels = np.linspace(-6, 6, 64, dtype=np.float32)
    decoder = _ruler(levels)
    n, latent = 500, 4
    what = "generate(decoder, n, latent, seed)"
    pictures = as_array(what, student(decoder, n, latent, 0))
    require(
        pictures.shape != (n, 64, 64, 1),
        f"{what} has the wrong shape.",
        "The decoder returns (n, 64, 64, 1). Take the last axis away: [..., 0].",
        f"shape {(n, 64, 64)}",
        f"shape {pictures.shape}",
    )
    require(
        pictures.shape == (n, 64, 64),
        f"{what} has the wrong shape.",
        "One picture for each of n codes.",
        f"shape {(n, 64, 64)}",
        f"shape {pictures.shape}",
    )
    values = np.unique(pictures)
    require(
        bool(np.isin(values, (0, 1)).all()),
        f"{what} must return phases, 0 or 1.",
        "Compare the logits with a threshold.",
        "values 0 and 1",
        f"{len(values)} values, from {values[0]:.3g} to {values[-1]:.3g}",
    )
    require(
        bool(pictures.min() < pictures.max()),
        f"All pixels are phase {int(pictures.max())}.",
        "Is a probability compared with 0? It is always above. Compare the logit with 0, or the "
        "probability with ½.",
    )
    require(
        bool(pictures[..., 0].mean() > pictures[..., -1].mean()),
        "The phases are swapped.",
        "Phase 1 is where the probability of phase 1 is above ½: where the logit is above 0.",
    )
    _codes_behind(pictures, levels)
    again, other = (as_array(what, student(decoder, n, latent, seed)) for seed in (0, 1))
    require(
        np.array_equal(pictures, again),
        "Two calls with one seed give different pictures.",
        "Pass the seed on: keras.random.normal(…, seed=seed).",
    )
    require(
        not np.array_equal(pictures, other),
        "Two different seeds give the same pictures.",
        "Pass the seed on: keras.random.normal(…, seed=seed).",
    )


def _ruler(levels: Floats32) -> keras.Model:
    """A decoder whose picture shows its code: row r is phase 1 up to where z_r has its value."""
    code = keras.Input((4,))
    rows = keras.layers.UpSampling1D(16)(keras.layers.Reshape((4, 1))(code))  # (N, 64, 1)
    logits = keras.layers.Lambda(lambda z: (z - levels)[..., None])(rows)  # (N, 64, 64, 1)
    return keras.Model(code, logits)


def _codes_behind(pictures: NDArray[Any], levels: Floats32) -> None:
    """Read the codes off the pictures of `_ruler` and compare their spread."""
    step = float(levels[1] - levels[0])
    codes = levels[0] + step * (pictures[:, ::16].sum(axis=2) - 0.5)  # (n, 4)
    require(
        bool((codes.std(axis=0) > 1e-6).all()),
        "All pictures are the same.",
        "Draw a code for each picture: noise of shape (n, latent).",
    )
    mean, deviation = float(codes.mean()), float(codes.std())
    beyond = float(np.mean(np.abs(codes - mean) > 2 * deviation))
    if deviation > 0.8 and abs(mean + 0.5) < 0.15 and beyond > 0.03:
        raise MistakeError(
            "Too few pixels are phase 1.",
            "The decoder returns logits. A probability of ½ is a logit of 0, not of 0.5: "
            "compare with 0.",
            "phase 1 where the logit is above 0",
            "phase 1 where the logit is above 0.5",
        )
    require(
        beyond > 0.03,
        "Your codes are not normally distributed: none lies far out.",
        "Uniform numbers come from another distribution than the one the KL term asked for. "
        "Use keras.random.normal.",
        "5 % of the codes beyond two standard deviations",
        f"{beyond:.1%}",
    )
    compare(
        "The mean and standard deviation of your codes",
        np.array([mean, deviation]),
        np.array([0.0, 1.0]),
        why="Draw from N(0, 1): that is where the KL term keeps the codes of the data.",
        rtol=0.0,
        atol=0.1,
    )
