"""Random symmetries: each is one of the eight (or sixteen), and all occur."""

import random

import keras
import numpy as np
import pytest

from vae_course.vae.batches import SymmetricBatches, random_symmetry
from vae_course.vae.model import build_vae

IMAGE = np.random.default_rng(0).integers(0, 2, (6, 6)).astype(np.uint8)


def eight(image: np.ndarray) -> list[np.ndarray]:
    return [np.rot90(m, k) for m in (image, image.T) for k in range(4)]


@pytest.mark.parametrize("swap", [False, True])
def test_all_symmetries_occur_and_nothing_else(swap):
    expected = eight(IMAGE) + (eight(1 - IMAGE) if swap else [])
    found = random_symmetry(np.tile(IMAGE, (600, 1, 1)), np.random.default_rng(1), swap)
    seen = {image.tobytes() for image in found}
    assert seen == {np.ascontiguousarray(image).tobytes() for image in expected}


def test_the_images_given_stay_as_they_are():
    images = np.tile(IMAGE, (8, 1, 1))
    before = images.copy()
    random_symmetry(images, np.random.default_rng(0), swap_phases=True)
    np.testing.assert_array_equal(images, before)


def test_an_epoch_shows_each_image_once_and_seeds_repeat():
    images = np.zeros((10, 4, 4), dtype=np.uint8)
    for k in range(10):
        images[k].flat[:k] = 1  # the number of ones names the image

    def epoch(batches):
        return [int(image.sum()) for k in range(len(batches)) for image in batches[k][0]]

    first, second = (SymmetricBatches(images, batch_size=5, seed=3) for _ in range(2))
    order = epoch(first)
    assert sorted(order) == list(range(10))
    assert order == epoch(second)
    first.on_epoch_end()
    assert epoch(first) != order


def test_a_batch_does_not_depend_on_those_asked_for_before():
    images = np.random.default_rng(0).integers(0, 2, (12, 6, 6)).astype(np.uint8)
    straight, other = (SymmetricBatches(images, 4, seed=1, swap_phases=True) for _ in range(2))
    for _ in range(2):
        other[1]  # as Keras does where a model has not yet been built
        for k in range(len(straight)):
            np.testing.assert_array_equal(straight[k][0], other[k][0])
        straight.on_epoch_end()
        other.on_epoch_end()


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"images must have shape \(N, n, n\)"):
        random_symmetry(np.zeros((4, 4)), np.random.default_rng(0))
    with pytest.raises(ValueError, match="batch_size must lie between 1 and 3"):
        SymmetricBatches(np.zeros((3, 4, 4)), batch_size=4)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 3, 4)), r"shape \(N, n, n\) with N >= 1; got \(2, 3, 4\)"),
        (np.zeros((0, 4, 4)), r"got \(0, 4, 4\)"),
        (np.full((2, 4, 4), 255, dtype=np.uint8), "between 0 and 1; got 255 to 255"),
        (np.full((2, 4, 4), np.nan), "between 0 and 1; got nan to nan"),
    ],
)
def test_bad_images_are_refused_before_training(images, message):
    with pytest.raises(ValueError, match=message):
        SymmetricBatches(images, batch_size=1)
    with pytest.raises(ValueError, match=message):
        random_symmetry(images, np.random.default_rng(0))


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="is TensorFlow's")
def test_a_dataset_has_the_same_batches_and_each_pass_is_the_next_epoch():
    images = np.random.default_rng(0).integers(0, 2, (12, 6, 6)).astype(np.uint8)
    straight, other = (SymmetricBatches(images, 5, seed=1, swap_phases=True) for _ in range(2))
    dataset = other.as_dataset()
    assert not dataset.options().autotune.enabled
    assert len(dataset) == 2
    for _ in range(3):
        for (batch,), expected in zip(dataset, (straight[0], straight[1]), strict=True):
            np.testing.assert_array_equal(batch, expected[0])
        straight.on_epoch_end()


def test_models_are_given_batches_in_the_order_of_the_seed():
    asked = []

    class Batches(SymmetricBatches):
        def __getitem__(self, index):
            asked.append((self._epoch, index))
            return super().__getitem__(index)

    images = np.random.default_rng(0).integers(0, 2, (24, 8, 8)).astype(np.uint8)
    batches = Batches(images, batch_size=2)
    random.seed(3)  # Keras would shuffle by this
    build_vae(2, size=8, channels=(4,)).fit(batches, epochs=2, verbose=0)
    assert asked[-24:] == [(epoch, index) for epoch in (0, 1) for index in range(12)]
