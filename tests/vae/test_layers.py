"""The sampling layer: its distribution, its seed and its gradient."""

import keras
import numpy as np
import pytest
from keras import ops

from vae_course.vae.layers import Sampling


def draw(mean, log_variance, seed=0) -> np.ndarray:
    return ops.convert_to_numpy(Sampling(seed)((mean, log_variance)))


def test_samples_have_the_mean_and_the_variance_asked_for():
    mean = np.tile(np.array([[2.0, -1.0]], dtype="float32"), (100_000, 1))
    log_variance = np.tile(np.log(np.array([[0.25, 4.0]], dtype="float32")), (100_000, 1))
    z = draw(mean, log_variance)
    np.testing.assert_allclose(z.mean(axis=0), [2.0, -1.0], atol=0.03)
    np.testing.assert_allclose(z.var(axis=0), [0.25, 4.0], rtol=0.03)
    assert abs(np.corrcoef(z.T)[0, 1]) < 0.02


def test_each_image_and_each_call_gets_its_own_noise_and_a_seed_repeats_it():
    zeros = np.zeros((4, 3), dtype="float32")
    layer = Sampling(7)
    first, second = (ops.convert_to_numpy(layer((zeros, zeros))) for _ in range(2))
    assert len(np.unique(np.concatenate([first, second]))) == first.size * 2
    np.testing.assert_array_equal(first, draw(zeros, zeros, seed=7))


def test_the_layer_survives_serialisation():
    copy = keras.layers.deserialize(keras.layers.serialize(Sampling(5)))
    zeros = np.zeros((2, 3), dtype="float32")
    np.testing.assert_array_equal(
        ops.convert_to_numpy(copy((zeros, zeros))), draw(zeros, zeros, seed=5)
    )


@pytest.mark.parametrize("shape", [(2, 4), (2, 1), (3,)])
def test_a_log_variance_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"log_variance must have the shape of mean, \(2, 3\)"):
        Sampling()((np.zeros((2, 3), "float32"), np.zeros(shape, "float32")))
