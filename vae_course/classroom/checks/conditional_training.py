"""What a conditional VAE that somebody has written must do: see the condition, and learn."""

from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from vae_course.classroom.check import Student
from vae_course.classroom.compare import Known, as_array, compare, describe, require

Floats = NDArray[np.float32]

PAIRS, PIXELS, LATENT = 64, 6, 2
"""Of the batch whose way through the networks is followed."""

MEAN, LOG_VARIANCE = (1.5, -2.0), (-4.0, -5.0)
PRIOR_MEAN, PRIOR_LOG_VARIANCE = (-6.0, 7.0), (-3.0, -2.5)
SEEN = {"encoder": "q(z | x, c)", "prior": "p(z | c)", "decoder": "p(x | z, c)"}


class _Network:
    """Remembers what it is given, and returns the same row for each of its rows."""

    def __init__(self, row: Any) -> None:
        self.row = np.asarray(row, np.float32)
        self.kept = SimpleNamespace(given=None, calls=0)

    def __call__(self, inputs: Any, *_: Any, **__: Any) -> Any:
        self.kept.given, self.kept.calls = inputs, self.kept.calls + 1
        rows = np.shape(inputs)[0]
        return ops.convert_to_tensor(np.tile(self.row, (rows, 1)))

    def given(self) -> Floats:
        return np.asarray(ops.convert_to_numpy(self.kept.given), np.float32)


def require_networks(student: Student) -> None:
    """Follow a batch through `call`: what each network is given, and what is returned.

    Args:
        student: A class of models, made of encoder, prior and decoder.

    Raises:
        MistakeError: If a network sees too little or too much, or the code is from elsewhere.
    """
    rng = np.random.default_rng(0)
    past, present = rng.random((2, PAIRS, PIXELS)).astype(np.float32)
    logits = rng.standard_normal(PIXELS)
    networks = {
        "encoder": _Network([*MEAN, *LOG_VARIANCE]),
        "prior": _Network([*PRIOR_MEAN, *PRIOR_LOG_VARIANCE]),
        "decoder": _Network(logits),
    }
    model = student(*networks.values())
    returned = model.call((ops.convert_to_tensor(past), ops.convert_to_tensor(present)))
    for name, network in networks.items():
        require(
            network.kept.calls > 0,
            f"The {name} is never asked.",
            "The prior of *this* present is what the codes of its pasts are compared with; without "
            "it, draw starts from a network that has learned nothing."
            if name == "prior"
            else f"It is {SEEN[name]}: use self.{name}.",
        )
    _encoder_sees(networks["encoder"].given(), past, present)
    _prior_sees(networks["prior"].given(), past, present)
    _decoder_sees(networks["decoder"].given(), past, present)
    names = ("logits", "mean", "log_variance", "prior_mean", "prior_log_variance")
    right = (logits, MEAN, LOG_VARIANCE, PRIOR_MEAN, PRIOR_LOG_VARIANCE)
    for name, found, row in zip(names, returned, right, strict=True):
        compare(
            f"{name}, as call returns it,",
            found,
            np.tile(np.asarray(row, np.float32), (PAIRS, 1)),
            why="`cloud` returns the mean first, then the log variance; keep the encoder's cloud "
            "and the prior's apart.",
        )


def _holds(given: Floats, part: Floats) -> bool:
    """Whether an array stands somewhere among the columns of what a network was given."""
    width = part.shape[1]
    starts = range(given.shape[1] - width + 1) if given.ndim == 2 else ()
    return any(np.allclose(given[:, k : k + width], part) for k in starts)


def _encoder_sees(given: Floats, past: Floats, present: Floats) -> None:
    require(
        _holds(given, past),
        "The encoder does not see the past.",
        "It has to say which past it was: give it join(past, present).",
    )
    require(
        _holds(given, present),
        "The encoder does not see the present.",
        "What the present already says need not be in the code, but the encoder can leave it out "
        "only if it knows it: give it join(past, present).",
    )


def _prior_sees(given: Floats, past: Floats, present: Floats) -> None:
    require(
        not _holds(given, past),
        "The prior sees the past.",
        "When you draw, the past is what you do not know. The prior gets the present alone.",
    )
    require(
        _holds(given, present) and given.shape == present.shape,
        "The prior does not see the present as it is.",
        "Without it, the codes would be the same for every present. Give it the present alone.",
        describe(present),
        describe(given),
    )


def _decoder_sees(given: Floats, past: Floats, present: Floats) -> None:
    require(
        not _holds(given, past),
        "The decoder sees the past.",
        "It could copy the answer, and would need no code. It gets the code and the present.",
    )
    require(
        _holds(given, present),
        "The decoder does not see the present.",
        "If the condition is given to the encoder alone, the code has to carry the whole present, "
        "too. Give the decoder join(z, present).",
        f"shape {(PAIRS, LATENT + PIXELS)}",
        f"shape {given.shape}",
    )
    require(
        given.shape == (PAIRS, LATENT + PIXELS),
        "The decoder is given something else than a code and the present.",
        "Give it join(z, present).",
        f"shape {(PAIRS, LATENT + PIXELS)}",
        f"shape {given.shape}",
    )
    require(
        np.allclose(given[:, LATENT:], present),
        "The decoder is given the present first, then the code.",
        "draw joins them the other way round, and the weights belong to columns: join(z, present).",
    )
    _code(given[:, :LATENT])


def _code(z: Floats) -> None:
    """Require that codes were drawn from the cloud of the encoder."""
    centre, spread = z.mean(axis=0), z.std(axis=0)
    right = np.exp(0.5 * np.array(LOG_VARIANCE))
    require(
        not np.allclose(centre, PRIOR_MEAN, atol=0.5),
        "The code comes from the prior's cloud.",
        "In training the decoder has to rebuild *this* past, and only the encoder's cloud knows "
        "which one it is. The prior's cloud is for draw.",
    )
    require(
        np.allclose(centre, MEAN, atol=0.1),
        "The code does not come from the encoder's cloud.",
        "z = sample(mean, log_variance, self.seed_generator).",
        describe(np.array(MEAN)),
        describe(centre),
    )
    require(
        bool((spread > 1e-5).all()),
        "The code is the mean itself: there is no noise.",
        "Draw it from the cloud: sample(mean, log_variance, self.seed_generator).",
    )
    compare(
        "The spread of your codes",
        spread,
        right,
        why="It must be exp(0.5 * log_variance), as sample makes it.",
        rtol=0.4,
        atol=0.0,
    )


def _clouds() -> tuple[Floats, Floats, Floats, Floats]:
    rng = np.random.default_rng(4)
    draw = rng.standard_normal((4, 5, LATENT)).astype(np.float32)
    return draw[0], 0.5 * draw[1] - 1, 0.7 * draw[2] + 1, 0.4 * draw[3] + 0.5


def _kl(m: Floats, v: Floats, n: Floats, w: Floats) -> Floats:
    return np.asarray(0.5 * (w - v + (np.exp(v) + (m - n) ** 2) / np.exp(w) - 1))


def require_loss(student: Student) -> None:
    """Examine the value of `compute_loss` and of both trackers, for known logits and clouds.

    Args:
        student: A class of models.

    Raises:
        MistakeError: If the loss is not mean(bernoulli_nll) + mean(KL), or a tracker is wrong.
    """
    rng = np.random.default_rng(1)
    past, present = rng.integers(0, 2, (2, 5, PIXELS)).astype(np.float32)
    logits = rng.standard_normal((5, PIXELS)).astype(np.float32)
    clouds = _clouds()
    model = student(_Network(MEAN), _Network(MEAN), _Network(MEAN))
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
    pixels: Floats,
    terms: Floats,
    present: Floats,
    logits: Floats,
    clouds: tuple[Floats, Floats, Floats, Floats],
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
    """Train on four pixels, where one present has two pasts and another has one.

    Args:
        student: A class of models.

    Raises:
        MistakeError: If the pasts drawn are grey, all alike, or not those of their present.
    """
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
