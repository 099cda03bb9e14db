"""What holds for every input: splits, descriptors, pattern sets and damage-free round trips."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vae_course.data.pattern_set import LEVELS, PARAMETERS, PatternSet
from vae_course.latent.evolution import conserve
from vae_course.physics import descriptors

SIDE = 16
pictures = arrays(np.uint8, (SIDE, SIDE), elements=st.integers(0, 1))
quick = settings(max_examples=200, deadline=None)
SYMMETRIES = [lambda one, k=k: np.rot90(one, k) for k in range(4)] + [
    lambda one, k=k: np.rot90(one.T, k) for k in range(4)
]


def pattern_set(labels: list[int], images: np.ndarray | None = None) -> PatternSet:
    count = len(labels)
    if images is None:
        images = np.zeros((count, 4, 4), np.uint8)
    return PatternSet(
        images,
        np.array(labels),
        np.arange(count, dtype=float),
        np.zeros((count, LEVELS)),
        np.zeros(count, PARAMETERS),
    )


@quick
@given(
    labels=st.lists(st.integers(0, 9), min_size=2, max_size=60).filter(lambda x: len(set(x)) > 1),
    test=st.floats(0.01, 0.99),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_split_keeps_every_frame_once_and_every_simulation_whole(
    labels: list[int], test: float, seed: int
) -> None:
    patterns = pattern_set(labels)
    train, held_out = patterns.split(test=test, seed=seed)
    assert len(train)
    assert len(held_out)
    assert not set(train.simulation) & set(held_out.simulation)
    assert sorted([*train.time, *held_out.time]) == sorted(patterns.time)
    again, _ = patterns.split(test=test, seed=seed)
    np.testing.assert_array_equal(train.time, again.time)


@quick
@given(image=pictures, symmetry=st.sampled_from(SYMMETRIES))
def test_descriptors_do_not_see_how_a_picture_is_turned(image, symmetry) -> None:
    turned = symmetry(image)
    for describe in (
        descriptors.volume_fraction,
        descriptors.perimeter,
        descriptors.euler_number,
    ):
        np.testing.assert_allclose(describe(turned), describe(image), rtol=1e-9, atol=1e-9)


@quick
@given(image=pictures)
def test_the_phases_can_be_named_the_other_way_round(image) -> None:
    swapped = 1 - image
    np.testing.assert_allclose(
        descriptors.volume_fraction(swapped), 1 - descriptors.volume_fraction(image)
    )
    np.testing.assert_allclose(descriptors.perimeter(swapped), descriptors.perimeter(image))


@quick
@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(1e-3, 30), fraction=st.floats(0.01, 0.99))
def test_conserving_gives_the_volume_fraction_and_keeps_the_order(seed, scale, fraction) -> None:
    logits = scale * np.random.default_rng(seed).standard_normal((SIDE, SIDE))
    (found,) = conserve(logits[None], [fraction])
    assert abs(np.mean(found > 0.5) - fraction) <= 1.01 / logits.size
    order = np.argsort(logits.ravel())
    assert np.all(np.diff(found.ravel()[order]) >= 0)


@quick
@given(
    images=st.integers(1, 5).flatmap(
        lambda n: st.integers(1, 9).flatmap(
            lambda side: arrays(np.uint8, (n, side, side), elements=st.integers(0, 1))
        )
    )
)
def test_a_set_is_read_as_it_was_written_whatever_its_size(images) -> None:
    kept = pattern_set(list(range(len(images))), images)
    with tempfile.TemporaryDirectory() as folder:
        kept.save(Path(folder) / "set.npz")
        read = PatternSet.load(Path(folder) / "set.npz")
    np.testing.assert_array_equal(read.images, images)
    np.testing.assert_array_equal(read.simulation, kept.simulation)
