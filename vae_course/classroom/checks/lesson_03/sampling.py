"""What the check of 3.1 in lesson 03 asks of codes that are drawn."""

from typing import Any

import keras
import numpy as np
from keras import ops

from vae_course.arrays import Floats32
from vae_course.classroom.check import Student
from vae_course.classroom.compare import Known, MistakeError, as_array, compare, require
from vae_course.latent.gradients import value_and_gradient


def spread_over_codes(z: Floats32, mean: Floats32) -> None:
    """Require noise for each code and axis, normally distributed."""
    deviation = z - mean
    require(
        bool(np.abs(deviation).max() > 1e-4),
        "The codes are the means themselves: there is no noise.",
        "Add noise: that is what makes the code a distribution.",
    )
    require(
        bool((deviation.std(axis=0) > 1e-4 * np.abs(deviation).max()).all()),
        "All images of the batch get the same noise.",
        "Draw the noise with the shape of mean, (N, latent), not with that of one code.",
    )
    unit = deviation / deviation.std(axis=0)
    beyond = float(np.mean(np.abs(unit - unit.mean(axis=0)) > 2))
    require(
        beyond > 0.03,
        "The noise is not normally distributed: none of it lies far out.",
        "Uniform noise is another distribution than the one that the KL term is computed for. Use "
        "keras.random.normal.",
        "5 % of it beyond two standard deviations",
        f"{beyond:.1%}",
    )
    require(
        bool(np.abs(np.corrcoef(unit.T) - np.eye(z.shape[1])).max() < 0.9),
        "All axes of a code get the same noise.",
        "Draw the noise with the shape of mean, (N, latent): one number for each axis.",
    )


def where_the_noise_comes_from(
    student: Student, tensors: tuple[Any, Any], z: Floats32, generator: Any
) -> None:
    """Require noise from the generator that was given."""
    next_draw = as_array("sample", student(*tensors, generator))
    require(
        not np.array_equal(next_draw, z),
        "Two calls in a row draw the very same noise.",
        "The seed is a fixed number, so that each call starts anew. Pass seed=seed_generator on: "
        "it remembers how far it has come.",
    )
    again = as_array("sample", student(*tensors, keras.random.SeedGenerator(3)))
    if np.array_equal(again, z):
        return
    np.random.seed(0)  # noqa: NPY002 (put back by the check)
    one = as_array("sample", student(*tensors, keras.random.SeedGenerator(3)))
    np.random.seed(0)  # noqa: NPY002
    two = as_array("sample", student(*tensors, keras.random.SeedGenerator(3)))
    if np.array_equal(one, two):
        raise MistakeError(
            "The noise comes from NumPy.",
            "Keras turns the training step into a graph once; NumPy's numbers are then part of "
            "it and stay the same at every step. Use keras.random.normal(…, seed=seed_generator).",
        )
    raise MistakeError(
        "Two equal seeds draw different noise: it does not come from seed_generator.",
        "Draw it by keras.random.normal(…, seed=seed_generator); then a run can be repeated.",
    )


def spread_of_codes(z: Floats32, mean: Floats32, log_variance: Floats32) -> None:
    """Require the mean and the standard deviation that were given."""
    right = np.exp(0.5 * log_variance[0])
    found = z.std(axis=0)
    mistakes = (
        Known(
            np.exp(log_variance[0]),
            "exp(log_variance) is the variance; the noise is multiplied by its square root, "
            "exp(0.5 * log_variance).",
        ),
        Known(np.ones(3), "The noise is added as it is. Multiply it by the standard deviation."),
        Known(np.exp(-0.5 * log_variance[0]), "The sign in the exponent is the wrong way round."),
        Known(
            np.abs(log_variance[0]),
            "The noise is multiplied by log_variance itself. Take the logarithm back first: "
            "exp(0.5 * log_variance).",
        ),
    )
    compare(
        "The standard deviation of your codes along the three axes",
        found,
        right,
        mistakes,
        "It should be exp(0.5 * log_variance).",
        rtol=0.08,
        atol=0.0,
    )
    compare(
        "The mean of your codes along the three axes",
        z.mean(axis=0),
        mean[0],
        why="The noise is centred on mean: mean + standard deviation * noise.",
        rtol=0.0,
        atol=0.15,
    )


def gradient_passes(student: Student, mean: Floats32, log_variance: Floats32) -> None:
    """Require the derivatives with respect to both parameters."""
    generator = keras.random.SeedGenerator(0)

    def total(means: Any, log_variances: Any) -> Any:
        return ops.sum(student(means, log_variances, generator), axis=-1)

    evaluate = value_and_gradient(total)
    _, slope = evaluate(mean, log_variance)
    require(
        slope.shape == mean.shape and np.allclose(slope, 1.0),  # TensorFlow: None if there is none
        "The derivative of a code with respect to its mean is not 1.",
        "Gradients must pass from the code to mean: stay with keras.ops all the way.",
    )

    def swapped(log_variances: Any, means: Any) -> Any:
        return total(means, log_variances)

    value, slope = value_and_gradient(swapped)(log_variance, mean)
    require(
        slope.shape == mean.shape
        and np.allclose(2 * slope.sum(axis=1), value - mean.sum(axis=1), rtol=1e-3, atol=1e-4),
        "The derivative of a code with respect to log_variance is not half of σ ε.",
        "Gradients must pass through the standard deviation, too: without them the encoder never "
        "learns how sure it may be. Is there a stop_gradient?",
    )
