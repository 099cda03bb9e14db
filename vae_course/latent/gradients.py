"""Gradients of a function written with `keras.ops`, on whichever backend Keras runs."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import ArrayLike

from vae_course.arrays import Floats32


def value_and_gradient(
    function: Callable[..., Any],
) -> Callable[..., tuple[Floats32, Floats32]]:
    """Make a function that computes losses and their gradients: f(zᵢ, …) and ∂f(zᵢ, …)/∂zᵢ.

    Each loss depends on its own row alone, so that all gradients come from that of the sum. The
    result is compiled the first time it is called with new shapes.

    Args:
        function: From a tensor (N, k), and any constants, to losses (N,); written with `keras.ops`
            or made of Keras models.

    Returns:
        Function from an array z (N, k), and those constants as arrays, to values (N,) and
        gradients (N, k). It raises a ValueError if z does not have two axes.

    Raises:
        NotImplementedError: If the backend of Keras is neither TensorFlow nor JAX.

    Examples:
        >>> evaluate = value_and_gradient(lambda z: ops.sum(z**2, axis=1))
        >>> values, gradients = evaluate([[1.0, 2.0]])
        >>> values.tolist(), gradients.tolist()  # 2 z
        ([5.0], [[2.0, 4.0]])
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        evaluate = _on_tensorflow(function)
    elif backend == "jax":
        evaluate = _on_jax(function)
    else:
        raise NotImplementedError(
            f"gradients need the backend tensorflow or jax; got {backend!r}: set KERAS_BACKEND"
        )

    def evaluated(z: ArrayLike, *constants: ArrayLike) -> tuple[Floats32, Floats32]:
        rows, *others = (np.asarray(one, dtype=np.float32) for one in (z, *constants))
        if rows.ndim != 2:
            raise ValueError(f"z must have shape (N, k); got {rows.shape}")
        found = evaluate(rows, *others)
        values, gradients = (np.array(ops.convert_to_numpy(one)) for one in found)
        return values, gradients

    return evaluated


def _on_tensorflow(function: Callable[..., Any]) -> Callable[..., tuple[Any, Any]]:
    import tensorflow as tf  # noqa: PLC0415 (not there when Keras runs on JAX alone)

    @tf.function  # type: ignore[untyped-decorator, unused-ignore]
    def compiled(rows: Any, *constants: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            tape.watch(rows)
            values = function(rows, *constants)
            total = ops.sum(values)
        return values, tape.gradient(total, rows)

    return lambda *arrays: compiled(*map(tf.convert_to_tensor, arrays))


def _on_jax(function: Callable[..., Any]) -> Callable[..., tuple[Any, Any]]:
    import jax  # noqa: PLC0415 (optional)

    def total(rows: Any, *constants: Any) -> tuple[Any, Any]:
        values = function(rows, *constants)
        return ops.sum(values), values

    compiled = jax.jit(jax.value_and_grad(total, has_aux=True))

    def evaluate(*arrays: Floats32) -> tuple[Any, Any]:
        (_, values), gradients = compiled(*arrays)
        return values, gradients

    return evaluate
