"""Networks that carry codes through time, and the pairs of frames that they learn from."""

import keras
import numpy as np
import pytest
from keras import tree

from vae_course.data import load_embedded
from vae_course.latent.dynamics import (
    LARGEST_FACTOR,
    ConditionedPasts,
    FramePairs,
    NoisyPasts,
    build_forward,
    build_past,
    build_past_vae,
    frame_pairs,
    through_decoder,
)
from vae_course.vae import load_pretrained
from vae_course.vae.networks import run_in_batches
from vae_course.vae.optimizers import Muon

RNG = np.random.default_rng(0)
CODES = RNG.normal(size=(3, 256)).astype(np.float32)
SMALL = {"width": 8, "blocks": 1}


@pytest.fixture(scope="module")
def vae():
    return load_pretrained("case1-fine")


@pytest.fixture(scope="module")
def patterns():
    whole = load_embedded(1)
    return whole.select(whole.simulation < 6)


def disturb(model: keras.Model) -> None:
    model.set_weights([w + 0.1 * RNG.normal(size=w.shape) for w in model.get_weights()])


def test_pairs_are_of_one_simulation_in_order_of_time_and_within_the_largest_factor(patterns):
    early, late = frame_pairs(patterns)
    ratio = patterns.time[late] / patterns.time[early]
    assert np.array_equal(patterns.simulation[early], patterns.simulation[late])
    assert ratio.min() > 1
    assert ratio.max() <= LARGEST_FACTOR * 1.001
    by_hand = sum(
        1 < patterns.time[j] / patterns.time[i] <= LARGEST_FACTOR
        and patterns.simulation[i] == patterns.simulation[j]
        for i in range(len(patterns))
        for j in range(len(patterns))
    )
    assert len(early) == by_hand


def test_pairs_do_not_depend_on_the_order_of_the_frames(patterns):
    shuffled = patterns.select(RNG.permutation(len(patterns)))
    assert len(frame_pairs(shuffled)[0]) == len(frame_pairs(patterns)[0])


def test_both_frames_of_a_pair_are_turned_alike(patterns):
    pairs = FramePairs(patterns, batches=1, batch_size=32, seed=1)
    ((earlier, _), later) = pairs[0]
    found = {(a.tobytes(), b.tobytes()) for a, b in zip(earlier, later, strict=True)}
    early, late = frame_pairs(patterns)
    known = set()
    for swap in (False, True):
        for turns in range(4):
            for mirror in (False, True):
                for a, b in zip(early, late, strict=True):
                    both = patterns.images[[a, b]].astype(np.float32)
                    both = np.rot90(1 - both if swap else both, turns, (1, 2))
                    both = both[:, :, ::-1] if mirror else both
                    known.add((both[0].tobytes(), both[1].tobytes()))
    assert found <= known


def test_equal_seeds_draw_equal_pairs(patterns):
    first, same, other = (FramePairs(patterns, 1, seed=s)[0][1] for s in (3, 3, 4))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_frames_without_partners_are_refused(patterns):
    _, first = np.unique(patterns.simulation, return_index=True)
    with pytest.raises(ValueError, match="patterns must hold two frames of one simulation"):
        FramePairs(patterns.select(first), batches=1)


def test_dynamics_change_nothing_at_a_ratio_of_one_whatever_the_weights():
    model = build_forward(**SMALL)
    disturb(model)
    still, moved = (
        run_in_batches(model, CODES, np.full((3, 1), log, np.float32))[0] for log in (0.0, 0.7)
    )
    np.testing.assert_allclose(still, CODES, atol=1e-6)
    assert np.abs(moved - CODES).max() > 0.01


def test_dynamics_are_local_before_they_are_deep():
    """One block sees three convolutions: at most 3 places around a change."""
    model = build_forward(**SMALL)
    disturb(model)
    changed = CODES.copy().reshape(3, 8, 8, 4)
    changed[:, 0, 0] += 1
    log = np.ones((3, 1), np.float32)
    a, b = (run_in_batches(model, x.reshape(3, 256), log)[0] for x in (CODES, changed))
    differs = np.abs(a - b).reshape(3, 8, 8, 4).max(axis=(0, 3)) > 1e-6
    assert differs[:4, :4].any()
    assert not differs[5:].any()
    assert not differs[:, 5:].any()


def test_training_through_the_decoder_leaves_the_vae_alone(vae, patterns):
    before = [w.copy() for w in vae.get_weights()]
    forward = build_forward(**SMALL)
    model = through_decoder(vae, forward)
    model.compile(Muon(1e-3), keras.losses.BinaryCrossentropy(from_logits=True))
    model.fit(FramePairs(patterns, 2, 8), verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(before, vae.get_weights(), strict=True))
    assert np.abs(forward.get_weights()[-1]).max() > 0


def test_the_flow_learns_from_a_point_between_noise_and_a_code(vae, patterns):
    (moving, present, place), velocity = NoisyPasts(vae, patterns, 1, 8, seed=0)[0]
    tau = place[:, :1]
    past = moving + (1 - tau) * velocity
    noise = moving - tau * velocity
    assert abs(noise.mean()) < 0.1
    assert abs(noise.std() - 1) < 0.1
    decoded = vae.decode(past)  # a code, so the picture is nearly black and white
    assert np.mean(decoded * (1 - decoded)) < 0.02
    assert present.shape == past.shape
    assert np.all(place[:, 1] < 0)


def test_a_conditional_vae_of_the_past_learns_and_samples(vae, patterns):
    model = build_past_vae(vae, **SMALL)
    model.compile(Muon(2e-3))
    batches = ConditionedPasts(load_pretrained("case1-fine"), patterns, 20, 16)
    losses = [model.fit(batches, verbose=0).history["loss"][0] for _ in range(2)]
    assert losses[1] < losses[0]
    ((earlier, condition),) = batches[0]
    assert condition.shape == (16, 257)
    samples = model.sample(condition, 3, seed=0)
    assert samples.shape == (16, 3, *earlier.shape[1:])
    assert samples.min() >= 0
    assert samples.max() <= 1


@pytest.mark.parametrize("build", [build_forward, build_past])
@pytest.mark.parametrize("name", ["width", "blocks"])
def test_sizes_below_one_are_named(build, name):
    with pytest.raises(ValueError, match=f"{name} must be at least 1; got 0"):
        build(**{name: 0})


@pytest.mark.parametrize("kind", [FramePairs, NoisyPasts, ConditionedPasts])
def test_a_batch_depends_on_seed_epoch_and_place_alone(kind, patterns):
    vae = [] if kind is FramePairs else [load_pretrained("case1-fine")]
    straight, other = (kind(*vae, patterns, 3, 4, seed=2) for _ in range(2))
    for _ in range(2):
        for index in (2, 0, 2, 1):  # in any order, and asked for twice
            other[index]
        for index in range(3):
            for one, same in zip(
                tree.flatten(straight[index]), tree.flatten(other[index]), strict=True
            ):
                np.testing.assert_array_equal(one, same)
        straight.on_epoch_end()
        other.on_epoch_end()
    assert not np.array_equal(tree.flatten(straight[0])[0], tree.flatten(straight[1])[0])
