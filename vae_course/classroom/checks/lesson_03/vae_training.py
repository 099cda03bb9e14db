"""What a VAE that somebody has written must do: a loss of the right value, and learning."""

from functools import cache

import keras
import numpy as np
from keras import ops

from vae_course.arrays import Floats32
from vae_course.classroom.check import Student
from vae_course.classroom.compare import Known, compare, require
from vae_course.data import load_embedded
from vae_course.vae.networks import build_decoder, build_encoder

EPOCHS = 12
LARGEST_KL = 40.0


def kl_terms(mean: Floats32, log_variance: Floats32) -> Floats32:
    """Compute ½ (μ² + σ² − 1 − log σ²), the KL from N(0, 1), for each axis of a code.

    Args:
        mean: Means μ, any shape.
        log_variance: log σ², of the same shape.

    Returns:
        Nats, of the same shape.
    """
    return np.asarray(0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance))


def require_loss(student: Student) -> None:
    """Examine the value of `compute_loss` and of both trackers, for known codes."""
    # A posterior far narrower than its mean is long: the code drawn is the mean, noise or not.
    mean, log_variance = (
        np.array(numbers, np.float32) for numbers in ([1.5, -2.0, 0.7], [-18.0, -22.0, -20.0])
    )
    encoder, decoder = build_encoder(3, (4,), 8, seed=0), build_decoder(3, (4,), 8, seed=0)
    for name, value in (("mean", mean), ("log_variance", log_variance)):
        kernel, _ = encoder.get_layer(name).get_weights()
        encoder.get_layer(name).set_weights([np.zeros_like(kernel), value])
    x = np.random.default_rng(2).integers(0, 2, (6, 8, 8)).astype(np.float32)
    model = student(encoder, decoder)
    model.compile(optimizer="sgd")
    images = ops.convert_to_tensor(x)
    found = model.compute_loss(x=images, y=None, y_pred=model(images), sample_weight=None)

    logits = ops.convert_to_numpy(decoder(mean[None]))[..., 0]
    pixels = np.logaddexp(0, logits) - x * logits
    nll = pixels.sum(axis=(1, 2))
    terms = kl_terms(mean, log_variance)
    kl = terms.sum()
    right = nll.mean() + kl
    probability = 1 / (1 + np.exp(-logits))
    twice = (np.logaddexp(0, probability) - x * probability).sum(axis=(1, 2)).mean()
    mistakes = (
        Known(nll.mean(), "The KL term is missing: this trains an autoencoder, not a VAE."),
        Known(
            nll.mean() - kl, "The KL term is subtracted: training would make it as large as it can."
        ),
        Known(-right, "This is the bound itself. Keras lowers a loss: return its negative."),
        Known(
            pixels.mean() + kl,
            "The first term is a mean over pixels, the second a sum over axes. The KL then "
            "outweighs the pictures, and the model stops using its code (posterior collapse).",
        ),
        Known(
            nll.mean() + kl / 2,
            "The KL term counts half. The ½ of its formula is in kl_divergence already.",
        ),
        Known(nll.mean() + terms.mean(), "The KL term is a mean over the axes: take the sum."),
        Known(nll + kl, "Keras needs one number for the batch: take the mean over the images."),
        Known(nll.sum() + len(x) * kl, "Take the mean over the images, not their sum."),
        Known(
            twice + kl,
            "The decoder returns logits and bernoulli_nll takes logits: no sigmoid in between.",
        ),
    )
    compare("The loss of a batch", found, right, mistakes, "It is mean(bernoulli_nll) + mean(KL).")
    seen = {metric.name: float(metric.result()) for metric in model.metrics}
    for name, value in (("reconstruction", nll.mean()), ("kl", kl)):
        require(
            bool(np.isclose(seen.get(name, np.nan), value, rtol=1e-3)),
            f"The tracker {name!r} does not hold the mean of its term.",
            f"Call self.{name}_tracker.update_state(…) with the mean over the images, once.",
            f"{value:.4g}",
            f"{seen[name]:.4g}" if name in seen else f"no tracker {name!r}",
        )


@cache
def _small_patterns() -> tuple[Floats32, Floats32]:
    """Late patterns at 16 × 16 pixels, for training and held out, by simulation."""
    train, test = load_embedded(1).split()
    parts = (part.images[part.time > 5e-3].astype(np.float32) for part in (train, test))
    first, second = (part.reshape(-1, 16, 4, 16, 4).mean(axis=(2, 4)) > 0.5 for part in parts)
    return first.astype(np.float32), second.astype(np.float32)


def require_learning(student: Student) -> None:
    """Train a small model for seconds: its gradients must do what the value of its loss says."""
    train, test = _small_patterns()
    latent = 4
    vae = student(
        build_encoder(latent, (16, 32), 16, seed=0), build_decoder(latent, (16, 32), 16, seed=0)
    )
    vae.compile(optimizer=keras.optimizers.Adam(3e-3))
    history = vae.fit(train, batch_size=64, epochs=EPOCHS, verbose=0).history
    mean, _ = vae.encoder(test[..., None])
    rebuilt = ops.convert_to_numpy(ops.sigmoid(vae.decoder(mean)))[..., 0]
    error = float(np.mean((rebuilt - test) ** 2))
    of_the_mean = float(np.mean((train.mean(axis=0) - test) ** 2))
    kl = float(history["kl"][-1])
    require(
        kl > 1.0,
        "Trained for a few seconds, your model stopped using its code: the KL is almost 0.",
        "Does the gradient of the reconstruction reach the decoder and the encoder?",
        "more than 1 nat",
        f"{kl:.2g} nats",
    )
    require(
        error < 0.8 * of_the_mean,
        "Trained for a few seconds, your model is hardly better than the mean image.",
        "Does the gradient of the reconstruction reach the decoder and the encoder?",
        f"mean squared error below {0.8 * of_the_mean:.3f}",
        f"{error:.3f}",
    )
    require(
        kl < LARGEST_KL,
        "Trained for a few seconds, the codes fly apart: the KL term does not hold them.",
        "Does its gradient reach the encoder? Take it as it is, with nothing around it.",
        f"less than {LARGEST_KL:g} nats",
        f"{kl:.3g} nats",
    )
