"""Networks in a form that ONNX, a format for other programs, can hold."""

import math
from typing import Any

import keras
from keras import ops


def onnx_ready(model: keras.Model) -> keras.Model:
    """Copy a network, its activations written with functions that ONNX has.

    TensorFlow computes GELU(x) = x Φ(x), Φ the normal distribution function, by the complementary
    error function. ONNX has none: the export warns, and what it writes cannot be loaded. The copy
    computes the same by the error function, x (1 + erf(x / √2)) / 2.

    Args:
        model: A functional model, such as the encoder or the decoder of a VAE.

    Returns:
        A model with the same weights and outputs (to rounding), to be exported by
        `export(path, format="onnx")`, for which Keras needs the packages onnx and tf2onnx. It is
        not meant to be saved as `.keras`.

    Source: D. Hendrycks and K. Gimpel (2016), Gaussian Error Linear Units, arXiv:1606.08415.
    """
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    for layer in copy.layers:
        if getattr(layer, "activation", None) is keras.activations.gelu:
            layer.activation = _gelu_by_erf
    return copy


def _gelu_by_erf(x: Any) -> Any:
    return 0.5 * x * (1 + ops.erf(x / math.sqrt(2)))
