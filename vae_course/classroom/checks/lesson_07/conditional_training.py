"""Whether a conditional VAE that somebody has written has the right loss, and learns."""

import keras
import numpy as np
from keras import layers, ops

from vae_course.arrays import Floats32
from vae_course.classroom.check import Student
from vae_course.classroom.checks.lesson_07.conditional_networks import (
    LATENT,
    MEAN,
    PIXELS,
    SEEN,
    Recorder,
)
from vae_course.classroom.compare import Known, as_array, compare, require


def _clouds() -> tuple[Floats32, Floats32, Floats32, Floats32]:
    rng = np.random.default_rng(4)
    draw = rng.standard_normal((4, 5, LATENT)).astype(np.float32)
    return draw[0], 0.5 * draw[1] - 1, 0.7 * draw[2] + 1, 0.4 * draw[3] + 0.5


def _kl(m: Floats32, v: Floats32, n: Floats32, w: Floats32) -> Floats32:
    return np.asarray(0.5 * (w - v + (np.exp(v) + (m - n) ** 2) / np.exp(w) - 1))


def require_loss(student: Student) -> None:
    """Examine the value of `compute_loss` and of both trackers, for known logits and clouds."""
    rng = np.random.default_rng(1)
    past, present = rng.integers(0, 2, (2, 5, PIXELS)).astype(np.float32)
    logits = rng.standard_normal((5, PIXELS)).astype(np.float32)
    clouds = _clouds()
    model = student(Recorder(MEAN), Recorder(MEAN), Recorder(MEAN))
    tensors = [ops.convert_to_tensor(part) for part in (past, present, logits, *clouds)]
    found = model.compute_loss(x=tuple(tensors[:2]), y=None, y_pred=tuple(tensors[2:]))
    pixels = np.logaddexp(0, logits) - past * logits
    nll, terms = pixels.sum(axis=1), _kl(*clouds)
    kl = terms.sum(axis=1)
    right = nll.mean() + kl.mean()
    mistakes = _of_the_loss(pixels, terms, present, logits, clouds)
    compare(
        "The loss of a batch",
        found,
        right,
        mistakes,
        "It is mean(bernoulli_nll) + mean(kl_between_gaussians), the encoder's cloud first.",
    )
    for name, value in (("reconstruction", nll.mean()), ("kl", kl.mean())):
        tracker = getattr(model, f"{name}_tracker")
        seen = float(as_array(f"The tracker {name!r}", tracker.result()))
        require(
            bool(np.isclose(seen, value, rtol=1e-3)),
            f"The tracker {name!r} does not hold the mean of its term.",
            f"Call self.{name}_tracker.update_state(…) with the mean over the batch, once.",
            f"{value:.4g}",
            f"{seen:.4g}",
        )


def _of_the_loss(
    pixels: Floats32,
    terms: Floats32,
    present: Floats32,
    logits: Floats32,
    clouds: tuple[Floats32, Floats32, Floats32, Floats32],
) -> list[Known]:
    nll, kl = pixels.sum(axis=1), terms.sum(axis=1)
    zeros = np.zeros_like(clouds[0])
    mean, log_variance, prior_mean, prior_log_variance = clouds
    to_standard = _kl(mean, log_variance, zeros, zeros).sum(axis=1).mean()
    turned = _kl(prior_mean, prior_log_variance, mean, log_variance).sum(axis=1).mean()
    of_prior = _kl(prior_mean, prior_log_variance, zeros, zeros).sum(axis=1).mean()
    to_present = (np.logaddexp(0, logits) - present * logits).sum(axis=1).mean()
    probability = 1 / (1 + np.exp(-logits))
    return [
        Known(nll.mean(), "The KL term is missing: codes would be free, and the prior untrained."),
        Known(
            nll.mean() - kl.mean(),
            "The KL term is subtracted: training would make it as large as it can.",
        ),
        Known(-nll.mean() - kl.mean(), "This is the bound. Keras lowers a loss: its negative."),
        Known(
            nll.mean() + to_standard,
            "The prior is not conditioned: you charge the KL from N(0, 1). The network of the "
            "prior then gets no gradient, and draw starts from codes that it never learned. Use "
            "prior_mean and prior_log_variance.",
        ),
        Known(
            nll.mean() + of_prior,
            "This is the KL of the prior's cloud from N(0, 1). The encoder's cloud is compared "
            "with the prior's.",
        ),
        Known(
            nll.mean() + turned,
            "The KL is the wrong way round. It is of the encoder's cloud (first two arguments) "
            "from the prior's: the codes are drawn from the encoder's.",
        ),
        Known(
            pixels.mean() + kl.mean(),
            "The first term is a mean over pixels, the second a sum over axes. The KL then "
            "outweighs the pictures, and the model stops using its code (posterior collapse).",
        ),
        Known(nll.mean() + terms.mean(), "The KL term is a mean over the axes: take the sum."),
        Known(nll + kl, "Keras needs one number for the batch: take the mean over the pairs."),
        Known(nll.sum() + kl.sum(), "Take the mean over the pairs, not their sum."),
        Known(
            to_present + kl.mean(),
            "The logits are compared with the present. They have to rebuild the past.",
        ),
        Known(
            (
                np.logaddexp(0, probability)
                - (np.logaddexp(0, logits) - pixels) / logits * probability
            )
            .sum(axis=1)
            .mean()
            + kl.mean(),
            "The decoder returns logits and bernoulli_nll takes logits: no sigmoid in between.",
        ),
    ]


def require_learning(student: Student) -> None:
    """Train on four pixels, where one present has two pasts and another has one."""
    one, two = np.array([[1, 0, 0, 0], [0, 0, 0, 1]], np.float32), np.array([[0, 1, 1, 0]] * 2)
    past = np.tile(np.concatenate([one, two]), (128, 1)).astype(np.float32)
    present = np.tile([[1, 0], [1, 0], [0, 1], [0, 1]], (128, 1)).astype(np.float32)

    def network(outputs: int, seed: int) -> keras.Model:
        init = [keras.initializers.GlorotUniform(seed=seed + k) for k in range(2)]
        return keras.Sequential(
            [
                layers.Dense(32, activation="tanh", kernel_initializer=init[0]),
                layers.Dense(outputs, kernel_initializer=init[1]),
            ]
        )

    networks = {name: network(4, 10 * place) for place, name in enumerate(SEEN)}
    model = student(*networks.values())
    model.compile(optimizer=keras.optimizers.Adam(0.02))
    model.fit((past, present), batch_size=128, epochs=1, shuffle=False, verbose=0)
    early = {name: made.get_weights() for name, made in networks.items()}
    model.fit((past, present), batch_size=128, epochs=59, shuffle=False, verbose=0)
    for name, made in networks.items():
        require(
            any(
                np.any(before != after)
                for before, after in zip(early[name], made.get_weights(), strict=True)
            ),
            f"The network of the {name} does not learn.",
            "No gradient reaches it. Take clouds and terms as they are, with keras.ops.",
            "weights that change in training",
            "the same weights after 60 epochs as after one",
        )
    drawn = {
        condition: np.asarray(model.draw(np.tile(present[row], (200, 1)), 0))
        for condition, row in (("two", 0), ("one", 2))
    }
    left, right = ((drawn["two"] @ side > 0.7).mean() for side in (one[0], one[1]))
    neither = 1 - np.mean(np.max(drawn["two"] @ one.T, axis=1) > 0.7)
    require(
        bool(left > 0.1 and right > 0.1),
        "Trained on a present with two pasts, your model does not draw both.",
        "Does the gradient of both terms reach encoder, prior and decoder? Take the terms as they "
        "are, with keras.ops.",
        "each of the two pasts in about half of the draws",
        f"{left:.0%} and {right:.0%}, something else {neither:.0%}",
    )
    wrong = np.mean(np.abs(drawn["one"] - two[0]).max(axis=1) > 0.5)
    require(
        bool(wrong < 0.1),
        "Trained on two presents, your model draws pasts that belong to the other one.",
        "Prior and decoder must see the present.",
        "none",
        f"{wrong:.0%}",
    )
