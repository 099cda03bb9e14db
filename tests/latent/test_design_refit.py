"""What solves teach a design about a network that is wrong."""

import keras
import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge

from vae_course.latent import PropertyModel, design
from vae_course.latent._design_refit import LastLayer, Lessons, with_features
from vae_course.latent.properties import Calibration, TrainedRange
from vae_course.latent.property_networks import build_image_network
from vae_course.physics.material_property import Property

RNG = np.random.default_rng(3)
KNOWN = RNG.normal(size=(200, 5)) * [10, 3, 1, 0.3, 0.1] + 4


def test_features_are_what_the_last_layers_are_told():
    network = build_image_network(members=2, widths=(4, 6), blocks=1, size=16, offset=3, scale=2)
    images = RNG.random((3, 16, 16)).astype(np.float32)
    values, told = (np.asarray(one) for one in with_features(network)(images))
    assert told.shape == (3, 12)
    np.testing.assert_allclose(values, np.asarray(network(images)), rtol=1e-6)
    last = [one for one in network.layers if isinstance(one, keras.layers.Dense)]
    each = zip(last, (told[:, :6], told[:, 6:]), strict=True)
    by_hand = np.concatenate([np.asarray(layer(some)) for layer, some in each], axis=1)
    np.testing.assert_allclose(values, 3 + 2 * by_hand, rtol=1e-5)


def test_features_of_a_network_of_ones_own_are_those_of_its_last_layers_alone():
    layers, maps = keras.layers, keras.Input((8, 8))
    x = layers.Dense(5)(maps)  # on three axes
    for _ in range(40):  # what goes back both ways at each of these does not end
        x = layers.Add()([x, layers.Dense(5)(x)])
    first = layers.Dense(6)(layers.GlobalAveragePooling1D()(x))
    values = layers.Concatenate()([layers.Dense(1)(first), layers.Dense(1)(first)])
    _, told = with_features(keras.Model(maps, values)).output
    assert told.shape == (None, 12)
    blind = keras.Model(maps, x)
    assert [one.shape for one in with_features(blind).output] == [(None, 8, 5)] * 2


@pytest.mark.any_backend
def test_features_that_do_not_vary_teach_a_shift():
    layer = LastLayer(np.full((50, 3), 2.0))
    found = layer.learned(np.full((2, 3), 2.0), np.array([0.1, 0.1]))
    assert found[0] + np.full(3, 2.0) @ found[1:] == pytest.approx(0.1, rel=0.01)


@pytest.mark.any_backend
def test_a_correction_is_what_scikit_learn_finds_with_the_same_kernel():
    layer = LastLayer(KNOWN)
    some, left = RNG.normal(size=(6, 5)) * 3 + 4, RNG.normal(size=6)
    asked = RNG.normal(size=(4, 5)) * 3 + 4

    def kernel(a, b):
        return 1 + (a - layer.mean) @ layer.prior @ (b - layer.mean).T

    oracle = KernelRidge(alpha=0.01, kernel="precomputed").fit(kernel(some, some), left)
    found = layer.learned(some, left)
    np.testing.assert_allclose(
        found[0] + asked @ found[1:], oracle.predict(kernel(asked, some)), rtol=1e-4, atol=1e-5
    )
    # Known features have a kernel of 1 + 1 on average: half is shift, half is slope.
    assert np.mean(np.diag(kernel(KNOWN, KNOWN))) == pytest.approx(2, rel=0.02)


@pytest.mark.any_backend
def test_a_miss_that_grows_is_foreseen_better_than_one_that_is_taken_for_constant():
    lessons = Lessons([LastLayer(KNOWN)])
    path = KNOWN.mean(axis=0) + np.arange(5)[:, None] * [4.0, 3.0, 2.0, 0.0, 0.0]
    missed = 0.02 * np.arange(5.0)[:, None]
    lessons.learn([path[:4]], missed[:4])
    foreseen = float(lessons.corrected(np.zeros((1, 1)), [path[4:]])[0, 0])
    assert abs(foreseen - 0.08) < 0.5 * abs(0.06 - 0.08)


@pytest.mark.any_backend
def test_what_could_not_be_solved_teaches_nothing():
    lessons = Lessons([LastLayer(KNOWN), LastLayer(KNOWN)])
    lessons.learn([KNOWN[:2]] * 2, np.array([[0.1, np.inf], [np.inf, np.nan]]))
    assert len(lessons.missed[0]) == 1
    assert not lessons.corrections[1].any()
    assert lessons.corrections[0].any()


@pytest.mark.slow
def test_a_network_with_a_wrong_slope_still_leads_to_the_target():
    def light(image):
        return float(np.mean(image)) + 0.5

    pixels = keras.Input((64, 64))
    share = keras.layers.Lambda(lambda x: 1.6 * keras.ops.mean(x, axis=(1, 2))[:, None] + 0.3)
    said = share(pixels)  # 1.1 where 1.0 is right, and 1.6 times as steep
    network = keras.Model(pixels, keras.layers.Concatenate()([said, said]))
    model = PropertyModel(network, Calibration(0.01, 1.0), TrainedRange((0.4, 0.6), (0.9, 1.1)))
    wanted = Property("light", light, turns=True)
    found = design(1.03, candidates=2, property=wanted, model=model)
    assert found.error[0] < 0.002
    assert found.solves == 6
