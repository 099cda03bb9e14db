"""What the networks of a conditional VAE that somebody has written must see, and return."""

from types import SimpleNamespace
from typing import Any

import numpy as np
from keras import ops

from vae_course.arrays import Floats32
from vae_course.classroom.check import Student
from vae_course.classroom.compare import compare, describe, require

PAIRS, PIXELS, LATENT = 64, 6, 2
"""Of the batch whose way through the networks is followed."""

MEAN, LOG_VARIANCE = (1.5, -2.0), (-4.0, -5.0)
PRIOR_MEAN, PRIOR_LOG_VARIANCE = (-6.0, 7.0), (-3.0, -2.5)
SEEN = {"encoder": "q(z | x, c)", "prior": "p(z | c)", "decoder": "p(x | z, c)"}


class Recorder:
    """Remembers what it is given, and returns the same row for each of its rows."""

    def __init__(self, row: Any) -> None:
        self.row = np.asarray(row, np.float32)
        self.kept = SimpleNamespace(given=None, calls=0)

    def __call__(self, inputs: Any, *_: Any, **__: Any) -> Any:
        """Return the row, once for each row of inputs."""
        self.kept.given, self.kept.calls = inputs, self.kept.calls + 1
        rows = np.shape(inputs)[0]
        return ops.convert_to_tensor(np.tile(self.row, (rows, 1)))

    def given(self) -> Floats32:
        """Return what it was given last."""
        return np.asarray(ops.convert_to_numpy(self.kept.given), np.float32)


def require_networks(student: Student) -> None:
    """Follow a batch through `call`: what each network is given, and what is returned."""
    rng = np.random.default_rng(0)
    past, present = rng.random((2, PAIRS, PIXELS)).astype(np.float32)
    logits = rng.standard_normal(PIXELS)
    networks = {
        "encoder": Recorder([*MEAN, *LOG_VARIANCE]),
        "prior": Recorder([*PRIOR_MEAN, *PRIOR_LOG_VARIANCE]),
        "decoder": Recorder(logits),
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


def _holds(given: Floats32, part: Floats32) -> bool:
    """Whether an array stands somewhere among the columns of what a network was given."""
    width = part.shape[1]
    starts = range(given.shape[1] - width + 1) if given.ndim == 2 else ()
    return any(np.allclose(given[:, k : k + width], part) for k in starts)


def _encoder_sees(given: Floats32, past: Floats32, present: Floats32) -> None:
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


def _prior_sees(given: Floats32, past: Floats32, present: Floats32) -> None:
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


def _decoder_sees(given: Floats32, past: Floats32, present: Floats32) -> None:
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


def _code(z: Floats32) -> None:
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
