"""Networks in a form that ONNX, a format for other programs, can hold."""

import math
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from vae_course.files import replacing


def onnx_ready(model: keras.Model) -> keras.Model:
    """Copy a network, its activations written with functions that ONNX has.

    TensorFlow computes GELU(x) = x Φ(x), Φ the normal distribution function, by the complementary
    error function. ONNX has none: the export warns, and what it writes cannot be loaded. The copy
    computes the same by the error function, x (1 + erf(x / √2)) / 2. The leaky ReLU becomes
    max(x, a x), of which ONNX has the gradient, too.

    Args:
        model: A functional model, such as the encoder or the decoder of a VAE; it may hold others.

    Returns:
        A model with the same weights and outputs (to rounding). It is not meant to be saved as
        `.keras`.

    Source: D. Hendrycks and K. Gimpel (2016), Gaussian Error Linear Units, arXiv:1606.08415.

    Examples:
        >>> from vae_course.vae.networks import build_decoder
        >>> decoder, codes = build_decoder(2, channels=(4,), size=8), ops.ones((3, 2))
        >>> bool(ops.all(ops.isclose(onnx_ready(decoder)(codes), decoder(codes), atol=1e-5)))
        True
    """
    copy = keras.models.clone_model(model, clone_function=_rewritten, recursive=True)
    copy.set_weights(model.get_weights())
    zeros = [np.zeros((1, *one.shape[1:]), np.float32) for one in copy.inputs]
    copy(zeros if len(zeros) > 1 else zeros[0])  # what was never called is not exported
    return copy


def write_onnx(model: keras.Model, path: str | Path) -> None:
    """Write a network for other programs, such as onnxruntime in a browser.

    Args:
        model: A functional model. Keras must run on TensorFlow, and needs the packages onnx and
            tf2onnx.
        path: File to write; it is replaced in one go.

    Examples:
        >>> from vae_course.vae.networks import build_decoder
        >>> write_onnx(build_decoder(2, channels=(4,), size=8), "decoder.onnx")
        >>> Path("decoder.onnx").exists()
        True
    """
    with replacing(Path(path)) as temporary:
        onnx_ready(model).export(temporary, format="onnx", verbose=False)


def _rewritten(layer: Any) -> Any:
    copy = layer.__class__.from_config(layer.get_config())
    activation = getattr(copy, "activation", None)
    if activation is keras.activations.gelu:
        copy.activation = _gelu_by_erf
    elif activation is keras.activations.leaky_relu:
        copy.activation = _leaky_relu_by_maximum
    return copy


def _gelu_by_erf(x: Any) -> Any:
    return 0.5 * x * (1 + ops.erf(x / math.sqrt(2)))


def _leaky_relu_by_maximum(x: Any) -> Any:
    return ops.maximum(x, 0.2 * x)  # 0.2: of Keras, where no other slope is named
