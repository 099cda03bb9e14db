"""The benchmark of training: what it compares, and how it counts time."""

import argparse
from types import ModuleType

import keras
import numpy as np
import pytest

from vae_course.data import PatternSet, load_embedded

SMALL = np.random.default_rng(0).integers(0, 2, (70, 64, 64)).astype(np.uint8)


@pytest.fixture(scope="module")
def training(script) -> ModuleType:
    return script("benchmarks", "training")


def test_the_published_architecture_rebuilds_images_of_64_pixels_a_side(training):
    recipe = training.published(SMALL, seed=0, seconds=1.0)
    convolutions = [
        [layer.filters for layer in network.layers if isinstance(layer, kind)]
        for network, kind in (
            (recipe.model.encoder, keras.layers.Conv2D),
            (recipe.model.decoder, keras.layers.Conv2DTranspose),
        )
    ]
    assert convolutions == [[64, 128, 128, 64], [128, 128, 64, 32, 1]]
    assert recipe.model.decoder.input_shape == (None, 16)
    found = recipe.reconstruct(SMALL[:3])
    assert found.shape == (3, 64, 64)
    assert found.min() >= 0
    assert found.max() <= 1


def test_the_published_loss_is_the_squared_error_a_pixel_and_a_ten_thousandth_of_the_kl(training):
    model = training.PublishedVAE(seed=0)
    images = np.ones((2, 64, 64), "float32")
    mean, log_variance = np.full((2, 16), 2.0, "float32"), np.zeros((2, 16), "float32")
    loss = model.compute_loss(images, None, (0.5 * images, mean, log_variance))
    assert float(loss) == pytest.approx(0.25 + 1e-4 * 16 * 2.0**2 / 2)


def test_time_spent_on_measuring_is_not_counted(training, monkeypatch):
    now = 0.0

    def tick() -> float:
        nonlocal now
        now += 0.004
        return now

    def measure() -> dict[str, float]:
        nonlocal now
        now += 0.3
        return {"mse": 1.0}

    monkeypatch.setattr(training, "monotonic", tick)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    inputs = np.zeros((64, 4), "float32")
    pauses: list[float] = []
    watch = training.Watch(1.0, 8, measure, [pauses.append])
    model.fit(inputs, inputs[:, :1], batch_size=8, epochs=10**6, verbose=0, callbacks=[watch])
    assert 1.0 <= watch.clock < 1.01
    assert len(watch.curve) == len(pauses) == len(training.LOOKS)
    assert all(pause >= 0.3 for pause in pauses)
    assert now > watch.clock + sum(pauses)
    seconds = [look["seconds"] for look in watch.curve]
    assert seconds == sorted(seconds)
    assert watch.images == pytest.approx(8 * 1.0 / 0.004, rel=0.1)


def test_only_the_split_by_frame_has_a_simulation_on_both_sides(training):
    patterns = load_embedded(1)
    train, test = training.split_by_frame(patterns)
    assert len(test) == round(0.2 * len(patterns))
    assert len(train) + len(test) == len(patterns)
    assert set(train.simulation) & set(test.simulation)
    train, test = patterns.split(0.2, seed=0)
    assert not set(train.simulation) & set(test.simulation)


def test_scores_of_a_perfect_and_of_a_grey_reconstruction(training):
    patterns = load_embedded(1).split(0.2, seed=0)[1]
    perfect = training.scores(lambda images: images.astype(float), patterns)
    assert (perfect["mse"], perfect["accuracy"]) == (0.0, 1.0)
    grey = training.scores(lambda images: np.full(images.shape, 0.5), patterns)
    assert (grey["mse"], grey["mse_old"]) == (0.25, 0.25)


def test_ratios_need_both_architectures_at_the_same_time(training):
    names = ("mse", "mse_old", "images_per_second")
    mine = {"seconds": 150.0, **{name: {"mean": 1.0} for name in names}}
    theirs = {"seconds": 150.0, **{name: {"mean": 4.0} for name in names}}
    found = training.ratios({"ours": mine, "published": theirs})
    assert found == dict.fromkeys(names, 0.25)
    assert training.ratios({"ours": mine}) == {}
    assert training.ratios({"ours": mine, "published": {**theirs, "seconds": 60.0}}) == {}


def test_an_unknown_part_is_named(training):
    with pytest.raises(argparse.ArgumentTypeError, match="got theirs"):
        training.chosen_parts("ours,theirs")


def test_the_effective_dimension_of_patterns_with_d_equal_directions_is_d(training):
    # Each pattern: 16 blocks, each 0 or 1 at random. The covariance has 16 equal eigenvalues.
    rng = np.random.default_rng(0)
    blocks = rng.integers(0, 2, (400, 4, 4)).astype(np.uint8)
    embedded = load_embedded(1).select(np.arange(400))
    patterns = PatternSet(
        blocks.repeat(16, axis=1).repeat(16, axis=2),
        np.arange(400) // 2,
        embedded.time,
        embedded.strain_energy,
        embedded.parameters,
    )
    assert training.effective_dimension(patterns) == pytest.approx(16, rel=0.05)
