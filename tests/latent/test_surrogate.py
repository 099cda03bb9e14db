"""The surrogate is the decoder followed by the energy network, and gradients pass through both."""

import numpy as np
from keras import ops

from vae_course.latent.gradients import value_and_gradient
from vae_course.latent.surrogate import surrogate_energy, surrogate_models


def test_the_surrogate_predicts_what_the_model_predicts_of_the_decoded_picture():
    vae, model = surrogate_models()
    z = np.random.default_rng(0).standard_normal((3, vae.latent)).astype("float32")
    expected = model.predict(vae.decode(z))
    assert np.allclose(ops.convert_to_numpy(surrogate_energy(z)), expected, rtol=1e-4)


def test_its_gradient_is_the_slope_of_a_small_step():
    vae, _ = surrogate_models()
    rng = np.random.default_rng(1)
    z = rng.standard_normal((2, vae.latent)).astype("float32")
    _, gradient = value_and_gradient(surrogate_energy)(z)
    step = 0.05 * gradient / np.linalg.norm(gradient, axis=1, keepdims=True)
    rise = ops.convert_to_numpy(surrogate_energy(z + step) - surrogate_energy(z - step))
    assert np.allclose(rise / 0.1, np.linalg.norm(gradient, axis=1), rtol=0.15)
