"""Compiled models: they return what the model does, after a training, too, and let it go."""

import gc
from weakref import ref

import keras
import numpy as np
import pytest

from vae_course.vae._compiled import compiled
from vae_course.vae.networks import run_in_batches

RNG = np.random.default_rng(0)


def two_inputs():
    first, second = keras.Input((3,)), keras.Input((2,))
    joined = keras.layers.Concatenate()([first, second])
    outputs = [keras.layers.Dense(4)(joined), keras.layers.Dense(1)(joined)]
    return keras.Model([first, second], outputs)


@pytest.mark.parametrize("count", [1, 2, 5, 300])
def test_the_results_are_those_of_the_model_for_any_length(count):
    model = two_inputs()
    arrays = [RNG.normal(size=(count, n)).astype(np.float32) for n in (3, 2)]
    expected = [keras.ops.convert_to_numpy(one) for one in model(arrays, training=False)]
    for found, right in zip(run_in_batches(model, *arrays), expected, strict=True):
        np.testing.assert_allclose(found, right, atol=1e-5)


def test_what_is_trained_later_is_seen():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
    x = np.ones((4, 2), np.float32)
    before = run_in_batches(model, x)[0]
    model.set_weights([np.full((2, 1), 3.0), np.zeros(1)])
    np.testing.assert_allclose(before, 2)
    np.testing.assert_allclose(run_in_batches(model, x)[0], 6)


def test_whole_numbers_and_doubles_are_taken():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
    for kind in (np.uint8, np.float64):
        np.testing.assert_allclose(run_in_batches(model, np.ones((2, 2), kind))[0], 2)


def test_a_model_that_is_no_longer_used_is_not_kept():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    compiled(model)([np.ones((1, 2), np.float32)])
    gone = ref(model)
    del model
    gc.collect()
    assert gone() is None


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only TensorFlow warns")
def test_many_models_bring_no_warning(caplog):
    import tensorflow as tf

    tf.get_logger().addHandler(caplog.handler)
    try:
        for _ in range(12):
            model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
            compiled(model)([np.ones((1, 2), np.float32)])
    finally:
        tf.get_logger().removeHandler(caplog.handler)
    assert not caplog.records
