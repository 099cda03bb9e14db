"""Gradients with respect to codes: those of finite differences, on every backend."""

import keras
import numpy as np
import pytest
from keras import ops

from vae_course.latent.gradients import value_and_gradient
from vae_course.vae.networks import build_decoder

RNG = np.random.default_rng(0)


def test_the_gradient_of_a_known_function_is_exact():
    evaluate = value_and_gradient(lambda z: ops.sum(ops.square(z), axis=1) / 2 + ops.sin(z[:, 0]))
    z = RNG.normal(size=(5, 3)).astype(np.float32)
    values, gradients = evaluate(z)
    np.testing.assert_allclose(values, (z**2).sum(axis=1) / 2 + np.sin(z[:, 0]), rtol=1e-5)
    expected = z.copy()
    expected[:, 0] += np.cos(z[:, 0])
    np.testing.assert_allclose(gradients, expected, rtol=1e-5)


def test_the_gradient_through_a_decoder_is_that_of_finite_differences():
    decoder = build_decoder((2, 2, 2), (4, 4), size=8, seed=0, activation="gelu")
    evaluate = value_and_gradient(lambda z: ops.mean(ops.sigmoid(decoder(z)), axis=(1, 2, 3)))
    z = RNG.normal(size=(3, 8)).astype(np.float32)
    _, gradients = evaluate(z)
    step = 1e-2
    for k in range(8):
        ends = [evaluate(z + sign * step * np.eye(8)[k])[0] for sign in (1, -1)]
        np.testing.assert_allclose(gradients[:, k], (ends[0] - ends[1]) / (2 * step), atol=2e-4)


def test_each_row_has_its_own_gradient_and_the_number_of_rows_may_change():
    evaluate = value_and_gradient(lambda z: ops.prod(z, axis=1))
    z = RNG.normal(size=(4, 2))
    _, together = evaluate(z)
    for k in range(4):
        np.testing.assert_allclose(evaluate(z[k : k + 1])[1][0], together[k], rtol=1e-6)


def test_constants_enter_the_value_and_not_the_gradient():
    evaluate = value_and_gradient(lambda z, a: ops.sum(a * ops.square(z), axis=1))
    z, a = RNG.normal(size=(2, 4, 3))
    values, gradients = evaluate(z, a)
    np.testing.assert_allclose(values, (a * z**2).sum(axis=1), rtol=1e-4)
    np.testing.assert_allclose(gradients, 2 * a * z, rtol=1e-4)


def test_a_single_code_without_its_axis_of_rows_is_refused():
    with pytest.raises(ValueError, match=r"z must have shape \(N, k\); got \(3,\)"):
        value_and_gradient(lambda z: ops.sum(z, axis=1))(np.zeros(3))


def test_another_backend_is_named(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(NotImplementedError, match="tensorflow or jax; got 'torch'"):
        value_and_gradient(lambda z: z)
