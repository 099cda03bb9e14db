"""Muon against the singular value decomposition, Keras's Adam, and on a problem it must solve."""

import keras
import numpy as np
import pytest
from keras import ops

from vae_course.vae.optimizers import Muon, orthogonalise

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(8, 8), (5, 12), (12, 5), (64, 1)])
def test_orthogonalise_keeps_singular_vectors_and_levels_singular_values(shape):
    matrix = RNG.normal(size=shape).astype("float32")
    u, s, v = np.linalg.svd(matrix, full_matrices=False)
    found = ops.convert_to_numpy(orthogonalise(ops.convert_to_tensor(matrix)))
    levels = u.T @ found @ v.T
    # Where a singular value is not tiny, it ends near 1; nothing leaks between vectors.
    assert np.all(np.abs(np.diag(levels)[s > 0.05 * s.max()] - 1) < 0.35)
    assert np.abs(levels - np.diag(np.diag(levels))).max() < 1e-3


def test_orthogonalise_refuses_what_is_no_matrix():
    with pytest.raises(ValueError, match=r"shape \(m, n\); got \(2, 3, 4\)"):
        orthogonalise(np.zeros((2, 3, 4), dtype="float32"))


def _trained(optimizer, kernel, bias):
    """Weights after three steps along given gradients."""
    rng = np.random.default_rng(1)
    weights = [keras.Variable(kernel, name="kernel"), keras.Variable(bias, name="bias")]
    optimizer.build(weights)
    for _ in range(3):
        gradients = [ops.convert_to_tensor(rng.normal(size=w.shape).astype("f4")) for w in weights]
        optimizer.apply_gradients(list(zip(gradients, weights, strict=True)))
    return [ops.convert_to_numpy(weight) for weight in weights]


def test_vectors_and_named_weights_move_as_with_adam():
    kernel = RNG.normal(size=(3, 4)).astype("f4")
    bias = RNG.normal(size=4).astype("f4")
    adam = _trained(keras.optimizers.Adam(0.01), kernel, bias)
    muon = _trained(Muon(0.01), kernel, bias)
    named = _trained(Muon(0.01, adam=("kernel",)), kernel, bias)
    np.testing.assert_allclose(muon[1], adam[1], rtol=1e-5)
    np.testing.assert_allclose(named[0], adam[0], rtol=1e-5)
    assert np.abs(muon[0] - adam[0]).max() > 1e-4


def test_a_step_of_a_kernel_has_the_root_mean_square_of_one_of_adam():
    # A random gradient has full rank, so its orthogonalised step has root mean square 0.2 · rate.
    kernel = np.zeros((4, 4, 16, 32), dtype="f4")
    optimizer = Muon(0.01)
    weight = keras.Variable(kernel)
    optimizer.build([weight])
    gradient = RNG.normal(size=kernel.shape).astype("f4")
    optimizer.apply_gradients([(ops.convert_to_tensor(gradient), weight)])
    step = ops.convert_to_numpy(weight)
    assert 0.0014 < np.sqrt(np.mean(step**2)) < 0.0026


def test_a_network_with_convolutions_is_trained_saved_and_goes_on(tmp_path):
    keras.utils.set_random_seed(0)
    images = RNG.normal(size=(64, 8, 8, 1)).astype("f4")
    target = images.mean(axis=(1, 2, 3), keepdims=False)[:, None] * 8
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(8, 3, strides=2, activation="gelu"),
            keras.layers.Flatten(),
            keras.layers.Dense(1),
        ]
    )
    model.compile(optimizer=Muon(5e-3), loss="mse")
    before = model.evaluate(images, target, verbose=0)
    model.fit(images, target, epochs=120, batch_size=64, verbose=0, shuffle=False)
    assert model.evaluate(images, target, verbose=0) < 0.5 * before
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    for one in (model, again):
        one.fit(images, target, epochs=1, verbose=0, shuffle=False)
    for mine, theirs in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(theirs, mine, atol=1e-6)


def test_momentum_out_of_range_is_named():
    with pytest.raises(ValueError, match="momentum must lie between 0 and 1, 1 excluded; got 1"):
        Muon(momentum=1)
