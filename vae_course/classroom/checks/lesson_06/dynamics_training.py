"""What a model of latent dynamics that somebody has built must be: residual, and able to learn."""

from functools import cache
from typing import Any

import keras
import numpy as np
from keras import ops

from vae_course.arrays import Floats32
from vae_course.classroom.check import Student
from vae_course.classroom.compare import as_array, require
from vae_course.data import PatternSet, load_embedded
from vae_course.latent.dynamics import frame_pairs
from vae_course.vae import VAE, load_pretrained

Pairs = tuple[Floats32, Floats32, Floats32]

LATENT = 128
"""Length of the codes for which the formula is examined; the lesson has another."""

EPOCHS, BATCH = 4, 64
LEAST_SKILL = 0.35
"""Of codes on unseen simulations: a convolutional network reaches 0.55, a dense one 0.2."""

LARGEST_SIZE = 3_000_000


def require_shapes(student: Student) -> None:
    """Examine inputs, output and size of a model."""
    model = student(LATENT)
    require(
        isinstance(model, keras.Model),
        "build_dynamics(latent) must return a keras.Model.",
        "Put inputs and output together: `keras.Model([z, log_factor], …)`.",
        "a keras.Model",
        type(model).__name__,
    )
    shapes = [tuple(one.shape[1:]) for one in getattr(model, "inputs", None) or ()]
    require(
        shapes != [(1,), (LATENT,)],
        "The inputs are in the wrong order.",
        "First the codes, then log r: `keras.Model([z, log_factor], …)`.",
    )
    require(
        shapes in ([], [(LATENT,), (1,)]),
        f"The inputs of build_dynamics({LATENT}) have the wrong shapes.",
        "Two inputs: codes (N, latent) and log r (N, 1). Take the length from the argument "
        "latent, not from the example above.",
        f"shapes (N, {LATENT}) and (N, 1)",
        ", ".join(f"(N, {', '.join(map(str, shape))})" for shape in shapes),
    )
    found = _carried(model, _codes(), 0.7)
    require(
        found.shape == (6, LATENT),
        "The model returns another shape than that of the codes.",
        "Flatten the last convolution to (N, latent), and add it to the codes.",
        f"shape (6, {LATENT})",
        f"shape {found.shape}",
    )
    require(
        model.count_params() < LARGEST_SIZE,
        f"The model has {model.count_params():,} weights.",
        "A dense layer on a flattened picture has one weight for each pair of numbers. Use "
        "convolutions: the law is the same at every place.",
    )


def require_residual(student: Student) -> None:
    """Examine the formula z + log r · f(z, log r), whatever the weights."""
    model, z = student(LATENT), _codes()
    _set_weights(model, 0.0)
    nothing = _carried(model, z, 0.7)
    require(
        not np.allclose(nothing, 0.0, atol=1e-5),
        "The code itself is not added to the change.",
        "Without it, the network must learn to copy the whole code. Return z + log_factor * "
        "change: a residual network.",
    )
    require(
        np.allclose(nothing, z, atol=1e-4),
        "With all weights at 0 the code does not stay as it is.",
        "Then f is 0 and the output must be z. Only the change is multiplied by log r, and only "
        "z as it came in is added.",
    )
    _set_weights(model, 1.5)
    now = _carried(model, z, 0.0)
    short, long = ((_carried(model, z, far) - z) / far for far in (0.4, 1.2))
    require(
        bool(np.abs(short).max() > 1e-3),
        "The code never changes, whatever the weights.",
        "Is the output of your convolutions used at all?",
    )
    require(
        np.allclose(now, z, atol=1e-4),
        "At r = 1, where log r is 0, the code changes.",
        "Multiply the change by log_factor before you add it: then no time means no change, "
        "whatever the weights.",
        "a change of 0",
        f"up to {np.abs(now - z).max():.3g}",
    )
    _examine_velocity(model, z, short, long)


def _examine_velocity(model: keras.Model, z: Floats32, short: Floats32, long: Floats32) -> None:
    size = float(np.abs(short).max())
    require(
        not np.allclose(short, long, atol=1e-3 * size),
        "The network f is not told how far to go.",
        "The change is then a straight line over log t. Lay log r on the code (Concatenate) "
        "before the first convolution.",
    )
    large = _carried(model, 30 * z, 0.4)
    velocity = (large - 30 * z) / 0.4
    lowest, highest = float(velocity.min()), float(velocity.max())
    require(
        lowest < -0.5 or highest < 0.5,
        "The change is never clearly negative.",
        "An activation such as gelu or relu on the last convolution cuts it off. A change may go "
        "either way: leave the activation away there.",
    )
    require(
        max(-lowest, highest) > 1.01,
        "The change is never larger than 1.",
        "An activation such as tanh or a sigmoid on the last convolution bounds it. Leave it away.",
    )
    origin = (_carried(model, 0 * z, 0.4)) / 0.4
    twice = (_carried(model, 2 * z, 0.4) - 2 * z) / 0.4
    require(
        not np.allclose(twice - short, short - origin, atol=1e-3 * size),
        "The network f is linear in the code.",
        "Convolutions without an activation are one linear map, however many. Give the inner "
        'ones activation="gelu".',
    )


def require_learning(student: Student) -> None:
    """Train a model for seconds: it must beat persistence and the straight line by far."""
    (now, later, far), test = _pairs()
    keras.utils.set_random_seed(0)
    model = student(now.shape[1])
    steps = EPOCHS * (len(now) // BATCH + 1)
    schedule = keras.optimizers.schedules.CosineDecay(4e-3, steps)
    model.compile(optimizer=keras.optimizers.Adam(schedule), loss="mse")
    model.fit([now, far], later, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    found = ops.convert_to_numpy(model([test[0], test[2]]))
    gained = 1 - float(np.mean((found - test[1]) ** 2) / np.mean((test[0] - test[1]) ** 2))
    require(
        gained > 0.0,
        "Trained for some seconds, your model is worse than persistence.",
        "Do gradients reach all layers? Compare with the pieces shown before the exercise.",
        f"a skill of codes above {LEAST_SKILL:g} on unseen simulations",
        f"{gained:.2f}",
    )
    require(
        gained > LEAST_SKILL,
        "Trained for some seconds, your model is hardly better than a straight line.",
        "On unseen simulations it must find what is common to all places. Take the code as a "
        'picture of 8 × 8 places, and convolutions 3 places wide with padding="same".',
        f"a skill of codes above {LEAST_SKILL:g} on unseen simulations",
        f"{gained:.2f}",
    )


def _codes() -> Floats32:
    return np.random.default_rng(0).standard_normal((6, LATENT)).astype(np.float32)


def _carried(model: keras.Model, z: Floats32, log_factor: float) -> Floats32:
    far = np.full((len(z), 1), log_factor, np.float32)
    found: Floats32 = as_array(
        "The output of your model", model([ops.convert_to_tensor(z), ops.convert_to_tensor(far)])
    )
    return found


def _set_weights(model: keras.Model, scale: float) -> None:
    """Draw all weights anew, so that no start value hides what the formula is."""
    rng = np.random.default_rng(1)
    for weight in model.trainable_weights:
        fan = max(1, int(np.prod(weight.shape[:-1])))
        weight.assign(scale * rng.standard_normal(weight.shape) / np.sqrt(fan))


@cache
def _pairs() -> tuple[Pairs, Pairs]:
    """Pairs of codes for training and, of other simulations, for testing."""
    vae = load_pretrained("case1-fine")
    train, test = load_embedded(1).split()
    return _pairs_of(vae, train, 90), _pairs_of(vae, test, 25)


def _pairs_of(vae: VAE, patterns: PatternSet, simulations: int) -> Pairs:
    some = np.unique(patterns.simulation)[:simulations]
    chosen = patterns.select(np.isin(patterns.simulation, some) & (patterns.time >= 9e-4))
    early, late = frame_pairs(chosen, 2.5)
    far = np.log(chosen.time[late] / chosen.time[early]).astype(np.float32)[:, None]
    codes: Any = [vae.encode(images) for images in (chosen.images, 1 - chosen.images)]
    now = np.concatenate([z[early] for z in codes])
    return now, np.concatenate([z[late] for z in codes]), np.concatenate([far, far])
