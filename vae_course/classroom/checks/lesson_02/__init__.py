"""Checks of lesson 02, Squeezing a picture."""

from itertools import pairwise
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from sklearn.decomposition import PCA

from vae_course.arrays import Floats
from vae_course.classroom.check import Student, exercise
from vae_course.classroom.checks.lesson_02.architectures import (
    model_of,
    outputs_of,
    require_bent,
    require_free_end,
    require_picture,
)
from vae_course.classroom.compare import Known, as_array, compare, require, require_tensors
from vae_course.vae import losses

LATENT = 7
MOST_WEIGHTS = 400_000
"""Of an encoder: with strides it has 80,000, without them ten million."""


def _pca_reconstruct(train: Any, test: Any, k: int) -> Any:
    fitted = PCA(k, svd_solver="randomized", random_state=0).fit(train.reshape(len(train), -1))
    codes = fitted.transform(test.reshape(len(test), -1))
    return fitted.inverse_transform(codes).reshape(test.shape)


def _build_encoder(latent: int) -> keras.Model:
    image = keras.Input((64, 64, 1))
    h = image
    for width in (8, 16, 32, 64):
        h = layers.Conv2D(width, 4, strides=2, padding="same", activation="leaky_relu")(h)
    return keras.Model(image, layers.Dense(latent)(layers.Flatten()(h)))


def _build_decoder(latent: int) -> keras.Model:
    code = keras.Input((latent,))
    h = layers.Dense(4 * 4 * 64, activation="leaky_relu")(code)
    h = layers.Reshape((4, 4, 64))(h)
    for width in (32, 16, 8):
        h = layers.Conv2DTranspose(width, 4, strides=2, padding="same", activation="leaky_relu")(h)
    return keras.Model(code, layers.Conv2DTranspose(1, 4, strides=2, padding="same")(h))


def _error_by_stage(original: Any, reconstruction: Any, time: Any, edges: Any) -> Floats:
    difference = np.asarray(original, float) - np.asarray(reconstruction, float)
    error = np.mean(difference**2, axis=(1, 2))
    pairs = pairwise(edges)
    return np.array([error[(time >= low) & (time < high)].mean() for low, high in pairs])


@exercise("2.1", stars=2, takes="train, test, k", reference=_pca_reconstruct, gives_array=True)
def pca_reconstruct(student: Student) -> None:
    """Mean and components of the training pictures alone, and k of them."""
    what = "pca_reconstruct(train, test, k)"
    rng = np.random.default_rng(0)
    # Few strong directions, so that every way of computing them finds the same ones.
    directions = rng.standard_normal((6, 100))
    strength = np.array([8.0, 6, 4.5, 3, 0.2, 0.1])
    mean = 5 + rng.standard_normal(100)
    train = (rng.standard_normal((60, 6)) * strength) @ directions / 10 + mean
    test = (rng.standard_normal((9, 6)) * strength[::-1]) @ directions / 10 + mean + 1
    k = 3

    def rebuilt(fitted_on: Floats, used: int = k, centre: bool = True) -> Floats:
        middle = fitted_on.mean(axis=0) if centre else np.zeros(100)
        basis = np.linalg.svd(fitted_on - middle, full_matrices=False)[2][:used]
        return np.asarray((test - middle) @ basis.T @ basis + middle)

    def shaped(flat: Floats) -> Floats:
        return flat.reshape(-1, 10, 10)

    right = shaped(rebuilt(train))
    middle, basis = train.mean(axis=0), np.linalg.svd(train - train.mean(axis=0))[2][:k]
    both = np.concatenate([train, test])
    one_by_one = [np.linalg.svd(picture) for picture in shaped(test)]
    mistakes = (
        Known(
            shaped(rebuilt(test)),
            "PCA was fitted on the test pictures: it has seen the answers. Fit it on `train`, and "
            "only transform `test`.",
        ),
        Known(
            shaped(rebuilt(both)),
            "PCA was fitted on training and test pictures together: it has seen the answers.",
        ),
        Known(
            right - shaped(middle[None]),
            "The mean is not added back: a picture is the mean plus its components.",
        ),
        Known(
            shaped(test @ basis.T @ basis + middle),
            "The mean is added, but was not taken away before the codes were computed.",
        ),
        Known(
            shaped(rebuilt(train, centre=False)),
            "The mean was not taken away before the components were computed.",
        ),
        Known(shaped(rebuilt(train, k + 1)), "You used k + 1 components."),
        Known(shaped(rebuilt(train, k - 1)), "You used k − 1 components."),
        Known(test.reshape(-1, 10, 10), "The pictures come back as they are: was k used?"),
        Known(rebuilt(train), "The pictures are still flat: `.reshape(test.shape)` at the end."),
        Known(
            np.stack([u[:, :k] * s[:k] @ v[:k] for u, s, v in one_by_one]),
            "You took each picture apart by itself. Components are shared by all pictures, and "
            "come from the training set.",
        ),
    )
    found = as_array(what, student(shaped(train), shaped(test), k))
    require(
        found.shape != (len(test), k),
        f"{what} returned codes.",
        "Draw the pictures again from the codes: `inverse_transform`.",
        f"shape {right.shape}",
        f"shape {found.shape}",
    )
    compare(what, found, right, mistakes, "Fit on train, transform test, and back.", rtol=1e-3)


@exercise("2.2", stars=2, takes="x, logits", reference=losses.bernoulli_nll)
def bernoulli_nll(student: Student) -> None:
    """Nats for each picture, finite for large logits."""
    what = "bernoulli_nll(x, logits)"
    rng = np.random.default_rng(1)
    x = rng.integers(0, 2, (5, 8, 6)).astype(np.float32)
    logits = (2 * rng.standard_normal((5, 8, 6))).astype(np.float32)
    wide = np.asarray(logits, dtype=np.float64)
    pixels = np.logaddexp(0, wide) - x * wide
    right = pixels.sum(axis=(1, 2))
    clipped = np.clip(logits, np.float32(1e-7), np.float32(1 - 1e-7))
    mistakes = (
        Known(pixels.mean(axis=(1, 2)), "You took the mean over the pixels. Take the sum: nats."),
        Known(right.mean(), "You averaged over the pictures. Return one number for each."),
        Known(right.sum(), "You summed over the pictures, too. Return one number for each."),
        Known(pixels.mean(), "This is a mean over everything. Sum over pixels, keep pictures."),
        Known(pixels, "The terms of the pixels are not summed yet."),
        Known(pixels.sum(axis=-1), "You summed over the last axis alone: sum over all but one."),
        Known(pixels.sum(axis=0), "You summed over the pictures, not over the pixels."),
        Known(-right, "The sign is turned: this is the log-likelihood. A loss is its negative."),
        Known(
            (np.logaddexp(0, wide) + x * wide).sum(axis=(1, 2)),
            "The sign of x · logits: phase 1 must become cheaper with a larger logit.",
        ),
        Known(
            (np.logaddexp(0, wide) - (1 - x) * wide).sum(axis=(1, 2)),
            "Phases 0 and 1 are swapped.",
        ),
        Known(
            -(x * np.log(clipped) + (1 - x) * np.log(1 - clipped)).sum(axis=(1, 2)),
            "You took the logits for probabilities. A probability is their sigmoid.",
        ),
        Known(
            ((1 / (1 + np.exp(-wide)) - x) ** 2).sum(axis=(1, 2)),
            "This is a squared error. Asked for is −log p of the picture.",
        ),
        Known((np.logaddexp(0, wide)).sum(axis=(1, 2)), "The term x · logits is missing."),
        Known(right / np.log(2), "This is in bits. Nats come from the natural logarithm."),
    )
    tensors = ops.convert_to_tensor(x), ops.convert_to_tensor(logits)
    compare(what, student(*tensors), right, mistakes, "Sum softplus(logits) − x · logits.")
    flat = as_array(what, student(*(ops.reshape(one, (5, -1)) for one in tensors)))
    require(
        flat.shape == (5,) and bool(np.allclose(flat, right, rtol=1e-4)),
        f"{what} is right for pictures of two axes alone.",
        "Sum over all axes but the first, however many there are.",
        "shape (5,) for flat pictures, shape (5, 48)",
        f"shape {flat.shape}",
    )
    _stays_finite(what, student)
    require_tensors(what, student, (5, 8, 6), (5, 8, 6))


def _stays_finite(what: str, student: Student) -> None:
    logits = np.array([[1000.0, -1000.0], [-1000.0, 1000.0], [80.0, -80.0]], np.float32)
    x = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    found = as_array(what, student(ops.convert_to_tensor(x), ops.convert_to_tensor(logits)))
    right = np.array([0.0, 2000.0, 160.0])
    require(
        bool(np.isfinite(found).all()),
        f"{what} overflows for large logits.",
        "log(1 + exp(1000)) is infinite on a computer, and log(sigmoid(−1000)) is, too: training "
        "would end there. `ops.softplus` computes log(1 + exp(l)) safely.",
        "finite numbers",
        str(found),
    )
    require(
        bool(np.allclose(found, right, rtol=1e-3, atol=1e-3)),
        f"{what} loses large logits.",
        "Are probabilities clipped before the logarithm? Then being surely wrong costs too "
        "little. Compute with the logits themselves.",
        str(right.tolist()),
        str(found.tolist()),
    )


@exercise("2.3", stars=2, takes="latent", reference=_build_encoder)
def build_encoder(student: Student) -> None:
    """From (64, 64, 1) to (latent,): convolutions with strides, no activation on the code."""
    what = "build_encoder(latent)"
    model = model_of(what, student(LATENT))
    require(
        model.input_shape == (None, 64, 64, 1),
        f"The input of {what} has the wrong shape.",
        "Pictures have an axis for the channel: `keras.Input((64, 64, 1))`.",
        "(None, 64, 64, 1)",
        model.input_shape,
    )
    require(
        model.output_shape == (None, LATENT),
        f"The output of {what} has the wrong shape.",
        "At the end: `layers.Flatten()`, then `layers.Dense(latent)`.",
        f"(None, {LATENT}) for latent = {LATENT}",
        model.output_shape,
    )
    kinds = [type(layer).__name__ for layer in model.layers]
    require(
        any("Conv" in kind for kind in kinds),
        f"The model of {what} has no convolution.",
        "A dense layer on pixels has to learn each place anew. Use `layers.Conv2D`.",
    )
    require(
        model.count_params() < MOST_WEIGHTS,
        f"The model of {what} has too many weights.",
        "Without strides the last picture is as large as the first, and the dense layer needs a "
        "weight for each of its numbers: millions. Give each convolution `strides=2`.",
        f"fewer than {MOST_WEIGHTS:,}",
        f"{model.count_params():,}",
    )
    rng = np.random.default_rng(3)
    pictures = rng.integers(0, 2, (40, 64, 64, 1)).astype(np.float32)
    require_free_end(
        model,
        f"The code of {what} passes an activation.",
        "A number of a code may have any sign and size. Take the activation off the last layer.",
    )
    require_bent(what, model, pictures)
    require(
        "Conv2D" in kinds and kinds.count("Conv2D") + kinds.count("SeparableConv2D") >= 3,
        f"The model of {what} has fewer than three convolutions.",
        "Each one halves the picture: 64, 32, 16, 8, 4. Four are asked for.",
    )


@exercise("2.4", stars=2, takes="latent", reference=_build_decoder)
def build_decoder(student: Student) -> None:
    """From (latent,) to logits, (64, 64, 1), of any sign and size."""
    what = "build_decoder(latent)"
    model = model_of(what, student(LATENT))
    require(
        model.input_shape == (None, LATENT),
        f"The input of {what} has the wrong shape.",
        "A code is a row of numbers: `keras.Input((latent,))`.",
        f"(None, {LATENT}) for latent = {LATENT}",
        model.input_shape,
    )
    require_picture(what, model.output_shape)
    rng = np.random.default_rng(4)
    codes = rng.standard_normal((40, LATENT)).astype(np.float32)
    strong = outputs_of(model, 1000 * codes)
    require(
        not (strong.min() >= 0 and strong.max() <= 1),
        f"The model of {what} ends with a sigmoid.",
        "It must return logits: `bernoulli_nll` applies the sigmoid by itself. Twice, it could "
        "never be sure of the dark phase.",
        "numbers of both signs, without limit",
        f"from {strong.min():.3g} to {strong.max():.3g} for strong codes",
    )
    require_free_end(
        model,
        f"The logits of {what} pass an activation.",
        "A logit may have any sign and size. Take the activation off the last layer.",
    )
    require_bent(what, model, codes)


@exercise(
    "2.5",
    stars=3,
    takes="original, reconstruction, time, edges",
    reference=_error_by_stage,
    gives_array=True,
)
def error_by_stage(student: Student) -> None:
    """Mean squared error of the pictures of each stage."""
    what = "error_by_stage(original, reconstruction, time, edges)"
    rng = np.random.default_rng(5)
    original = rng.integers(0, 2, (60, 8, 8)).astype(np.uint8)
    time = rng.permutation(np.linspace(0.5, 3.9, 60))
    edges = np.array([0.0, 1.0, 2.5, 4.0])
    time[7], time[20] = 1.0, 2.5  # on the edge: in the stage that begins there
    reconstruction = np.clip(original + rng.normal(0, 0.1 + 0.2 / time[:, None, None]), 0, 1)
    difference = original.astype(float) - reconstruction
    right = _error_by_stage(original, reconstruction, time, edges)

    def by_stage(values: Floats) -> Floats:
        stage = np.digitize(time, edges) - 1
        return np.array([values[stage == k].mean() for k in range(3)])

    error = (difference**2).mean(axis=(1, 2))
    late = np.digitize(time, edges, right=True) - 1
    counts = np.bincount(np.digitize(time, edges) - 1)
    binary = (original != (reconstruction > 0.5)).mean(axis=(1, 2))
    up_to = np.array([error[time < high].mean() for high in edges[1:]])
    order = np.array_split(error, 3)
    mistakes = (
        Known(error.mean(), "This is one number for all. Average in each stage."),
        Known(error, "These are the errors of the pictures. Average them in each stage."),
        Known(by_stage(np.abs(difference).mean(axis=(1, 2))), "Square the difference."),
        Known(by_stage(difference.mean(axis=(1, 2))), "Square the difference: signs cancel."),
        Known(np.sqrt(right), "This is the root of the error. Asked for is the mean square."),
        Known(by_stage((difference**2).sum(axis=(1, 2))), "Take the mean over pixels, not a sum."),
        Known(right * counts, "You summed over the pictures of a stage. Take their mean."),
        Known(right * counts / len(time), "Divide by the number of pictures of the stage."),
        Known(
            np.array([error[late == k].mean() for k in range(3)]),
            "A picture on an edge belongs to the stage that begins there: low <= t < high.",
        ),
        Known(up_to, "Each stage begins at its lower edge: you took all pictures up to the upper."),
        Known(
            np.array([part.mean() for part in order]),
            "You cut the list of pictures in parts. Their order is not that of time: use `time`.",
        ),
        Known(by_stage(binary), "This is the share of wrong pixels. Asked for is a squared error."),
    )
    found = student(original, reconstruction, time, edges)
    compare(what, found, right, mistakes, "Error of each picture, then a mean in each stage.")
