"""Networks are made ready for ONNX without a change of what they compute."""

import keras
import numpy as np
import pytest
from keras import ops

from vae_course.vae import load_pretrained
from vae_course.vae.onnx_export import onnx_ready


def outputs(model: keras.Model, x: np.ndarray) -> list[np.ndarray]:
    return [ops.convert_to_numpy(part) for part in keras.tree.flatten(model(x))]


def operations(model: keras.Model) -> set[str]:
    """Names of the operations of the graph that would be exported."""
    import tensorflow as tf

    shape = (1, *model.input_shape[1:])
    graph = tf.function(model).get_concrete_function(tf.TensorSpec(shape, tf.float32)).graph
    return {operation.type for operation in graph.get_operations()}


@pytest.mark.parametrize("part", ["encoder", "decoder"])
def test_the_copy_computes_the_same_and_leaves_the_network_alone(part):
    model = getattr(load_pretrained("case1"), part)
    x = np.random.default_rng(0).random((5, *model.input_shape[1:])).astype(np.float32)
    before = outputs(model, x)
    copy = onnx_ready(model)
    for one, two in zip(outputs(copy, x), before, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-4)
    for one, two in zip(outputs(model, x), before, strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="asks TensorFlow's graph")
@pytest.mark.parametrize("part", ["encoder", "decoder"])
def test_no_operation_is_left_that_onnx_does_not_have(part):
    model = getattr(load_pretrained("case1"), part)
    assert "Erfc" in operations(model)  # else the copy is not needed any more
    assert "Erfc" not in operations(onnx_ready(model))
