"""Models as compiled functions of arrays: for one picture, most of the time is else the call."""

from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakKeyDictionary, ref

import keras
import numpy as np
from numpy.typing import NDArray

Call = Callable[[Sequence[NDArray[Any]]], Any]

_CALLS: "WeakKeyDictionary[keras.Model, Call]" = WeakKeyDictionary()


def compiled(model: keras.Model) -> Call:
    """Return a function from a model's inputs to its outputs, compiled at its first call.

    Args:
        model: A functional model; what is trained later is seen, too.

    Returns:
        Function from a sequence of arrays of equal length to what the model returns.
    """
    if model not in _CALLS:
        make = {"tensorflow": _on_tensorflow, "jax": _on_jax}.get(keras.backend.backend(), _plain)
        _CALLS[model] = make(model)
    return _CALLS[model]


def _inputs(arrays: Sequence[Any]) -> Any:
    return list(arrays) if len(arrays) > 1 else arrays[0]


def _weakly(model: keras.Model) -> Callable[[], keras.Model]:
    """Make a function that returns a model without keeping it alive."""
    kept = ref(model)

    def alive() -> keras.Model:
        found = kept()
        assert found is not None  # whoever calls has it
        return found

    return alive


def _plain(model: keras.Model) -> Call:
    alive = _weakly(model)
    return lambda arrays: alive()(_inputs(arrays), training=False)


def _on_tensorflow(model: keras.Model) -> Call:
    import tensorflow as tf  # noqa: PLC0415 (not there when Keras runs on JAX alone)

    alive = _weakly(model)
    taken = [tf.TensorSpec((None, *one.shape[1:]), one.dtype) for one in model.inputs]

    @tf.function(input_signature=[taken], autograph=False)  # type: ignore[untyped-decorator, unused-ignore]
    def run(tensors: Any) -> Any:
        return alive()(_inputs(tensors), training=False)

    traced = run.get_concrete_function()  # of models traced by calls, several bring a warning
    return lambda arrays: traced(
        [
            tf.convert_to_tensor(np.asarray(array, spec.dtype.as_numpy_dtype))
            for array, spec in zip(arrays, taken, strict=True)
        ]
    )


def _on_jax(model: keras.Model) -> Call:
    import jax  # noqa: PLC0415 (optional)

    alive = _weakly(model)

    @jax.jit
    def run(trained: Any, others: Any, arrays: Any) -> Any:
        return alive().stateless_call(trained, others, _inputs(arrays), training=False)[0]

    def call(arrays: Sequence[NDArray[Any]]) -> Any:
        # Each length would be compiled anew: only powers of two are.
        count = len(arrays[0])
        room = 1 << (count - 1).bit_length()
        padded = [
            np.pad(array, [(0, room - count)] + [(0, 0)] * (array.ndim - 1)) for array in arrays
        ]
        values = [
            [one.value for one in variables]
            for variables in (alive().trainable_variables, alive().non_trainable_variables)
        ]
        found = run(*values, padded)
        return jax.tree_util.tree_map(lambda one: one[:count], found)

    return call
