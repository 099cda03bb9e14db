"""Checks of the networks that learners build: shapes, activations, and whether they can bend."""

from typing import Any

import keras
import numpy as np
from keras import ops

from vae_course.arrays import Floats
from vae_course.classroom.compare import MistakeError, require


def model_of(what: str, model: Any) -> keras.Model:
    """Take what must be a Keras model with one output."""
    if not isinstance(model, keras.Model):
        raise MistakeError(
            f"{what} must return a keras.Model.",
            "Is a `return` missing at the end?"
            if model is None
            else "Make one of both ends: `keras.Model(input, output)`.",
            "a keras.Model",
            type(model).__name__,
        )
    require(
        model.built,
        f"The model of {what} does not say what its input is.",
        "Put `keras.Input(…)`, with the shape of one picture or code, in front of its layers.",
    )
    require(
        len(model.outputs) == 1,
        f"The model of {what} has several outputs.",
        "One output: the second comes in lesson 03.",
    )
    return model


def outputs_of(model: keras.Model, inputs: Any) -> Floats:
    """Run a model."""
    return np.asarray(ops.convert_to_numpy(model(inputs, training=False)), dtype=np.float64)


def require_bent(what: str, model: keras.Model, inputs: Any) -> None:
    """Refuse a model that is linear: then f(a) + f(b) = f(a + b) + f(0)."""
    half = len(inputs) // 2
    a, b = inputs[:half], inputs[half:]
    bent = outputs_of(model, a) + outputs_of(model, b) - outputs_of(model, a + b)
    bent = bent - outputs_of(model, 0 * a)
    require(
        bool(np.abs(bent).max() > 1e-3 * np.abs(outputs_of(model, a)).max()),
        f"The model of {what} is linear.",
        'Without activations it can do no more than PCA: `activation="leaky_relu"` on each layer '
        "but the last.",
    )


def require_free_end(model: keras.Model, message: str, why: str) -> None:
    """Refuse a model whose last layer with an activation has one that is not linear."""
    ends = [layer.activation for layer in model.layers if hasattr(layer, "activation")]
    name = getattr(ends[-1], "__name__", type(ends[-1]).__name__) if ends else "linear"
    bent = [layer for layer in model.layers[-1:] if isinstance(layer, keras.layers.LeakyReLU)]
    require(
        name == "linear" and not bent,
        message,
        why,
        "no activation",
        type(bent[0]).__name__ if bent else name,
    )


def require_picture(what: str, shape: tuple[int | None, ...]) -> None:
    """Refuse an output that is not a picture of 64 × 64 pixels and one channel.

    Args:
        what: What returned the model, for the message.
        shape: Shape of the model's output, with the axis of the batch.
    """
    message = f"The output of {what} has the wrong shape."
    wanted = "(None, 64, 64, 1)"
    require(
        shape != (None, 32, 32, 1),
        message,
        "One transposed convolution is missing: four of them lead from 4 to 64.",
        wanted,
        shape,
    )
    require(
        shape != (None, 128, 128, 1),
        message,
        "One transposed convolution too many: four of them lead from 4 to 64.",
        wanted,
        shape,
    )
    require(
        shape != (None, 64, 64),
        message,
        "The axis of the channel is missing: the last layer is a `Conv2DTranspose` with 1 kernel.",
        wanted,
        shape,
    )
    require(
        shape[:3] != (None, 64, 64) or shape == (None, 64, 64, 1),
        message,
        "The last layer must have 1 kernel: one logit for each pixel.",
        wanted,
        shape,
    )
    require(shape == (None, 64, 64, 1), message, "From 4 × 4, double it four times.", wanted, shape)
