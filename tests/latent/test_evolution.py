"""Evolution: what it predicts of simulations never seen, and what it refuses."""

import json
from importlib.resources import files

import numpy as np
import pytest

from vae_course.data import load_embedded
from vae_course.data.generate import simulate_on
from vae_course.latent import Evolution, resimulate
from vae_course.latent.dynamics import frame_pairs
from vae_course.physics.descriptors import volume_fraction


@pytest.fixture(scope="module")
def evolution():
    return Evolution.load_pretrained("case1")


@pytest.fixture(scope="module")
def patterns():
    return load_embedded(1)  # from none of the simulations that the models were trained on


@pytest.fixture(scope="module")
def pairs(patterns):
    """Frames at t >= 1e-3 with one at about twice the time: early, late, ratio."""
    early, late = frame_pairs(patterns)
    ratio = patterns.time[late] / patterns.time[early]
    chosen = (np.abs(np.log(ratio / 2)) < 0.1) & (patterns.time[early] >= 0.999e-3)
    picks = np.flatnonzero(chosen)[::8][:60]
    return early[picks], late[picks], ratio[picks]


def test_the_future_is_predicted_far_better_than_by_nothing_changes(evolution, patterns, pairs):
    early, late, ratio = pairs
    found = evolution.forward(patterns.images[early], ratio)
    truth = patterns.images[late]
    error = np.mean((found - truth) ** 2)
    assert error < np.mean(patterns.images[early] != truth) / 3
    assert np.mean((found > 0.5) == truth) > 0.95


def test_at_a_ratio_of_one_the_image_is_rebuilt(evolution, patterns):
    images = patterns.images[5:9]
    np.testing.assert_allclose(
        evolution.forward(images, 1), evolution.vae.reconstruct(images), atol=1e-5
    )


def test_two_short_steps_end_where_a_long_one_does(evolution, patterns, pairs):
    images = patterns.images[pairs[0][:20]]
    two = evolution.forward(evolution.forward(images, 1.5), 1.5) > 0.5
    one = evolution.forward(images, 2.25) > 0.5
    assert np.mean(two == one) > 0.96


@pytest.mark.parametrize("method", ["flow", "vae"])
def test_samples_of_the_past_are_microstructures_nearer_to_the_truth_than_the_present(
    evolution, patterns, pairs, method
):
    early, late, ratio = (one[:16] for one in pairs)
    drawn = evolution.backward(patterns.images[late], 1 / ratio, samples=8, method=method)
    assert drawn.shape == (16, 8, 64, 64)
    assert np.mean(drawn * (1 - drawn)) < 0.03  # black and white, not grey
    past, present = patterns.images[early], patterns.images[late]
    best = np.mean((drawn - past[:, None]) ** 2, axis=(2, 3)).min(axis=1).mean()
    mean = np.mean((drawn.mean(axis=1) - past) ** 2)
    assert max(best, mean) < np.mean(past != present)


def test_samples_differ_and_are_those_of_the_seed(evolution, patterns):
    image = patterns.images[20:21]
    first, same, other = (evolution.backward(image, 0.5, 2, seed) for seed in (1, 1, 2))
    assert np.array_equal(first, same)
    assert np.abs(first - other).max() > 0.5
    assert np.abs(first[:, 0] - first[:, 1]).max() > 0.5


def test_the_phases_are_conserved_backward(evolution, patterns):
    images = patterns.images[40:48]
    drawn = evolution.backward(images, 0.6, 16) > 0.5
    change = drawn.mean(axis=(2, 3)) - np.asarray(volume_fraction(images))[:, None]
    rule = evolution.conservation
    expected = rule.base + rule.growth * np.log(1 / 0.6)
    assert abs(change.mean()) < expected / 2
    assert 0.7 < change.std() / expected < 1.4


def test_the_clock_ticks_with_the_cube_of_the_domain_size(evolution, patterns):
    assert abs(evolution.clock.slope - 3) < 0.3
    old = patterns.time >= 1e-3
    found = evolution.clock(patterns.images[old][::10])
    assert np.median(np.abs(np.log(found / patterns.time[old][::10]))) < 0.35


def test_true_pasts_carried_on_by_physics_arrive_at_the_present(patterns, pairs):
    early, late, _ = (one[:2] for one in pairs)
    ratios = patterns.time[early] / patterns.time[late]
    for k in range(2):
        parameters = patterns.parameters[late[k : k + 1]]
        found = resimulate(
            patterns.images[early[k]][None, None],
            ratios[k],
            patterns.images[late[k]][None],
            patterns.time[late[k]],
            parameters["b"],
            parameters["lam"],
        )
        assert found.images.shape == (1, 1, 64, 64)
        assert found.agreement[0, 0] > 0.97


def test_simulating_on_for_no_time_gives_the_image_back(patterns):
    images = patterns.images[:2]
    assert np.array_equal(simulate_on(images, [0.0], 85, 0.0175)[:, 0], images)


def test_what_makes_no_sense_is_refused_by_name(evolution, patterns):
    image = patterns.images[:1]
    for factor in (0.5, 0.0, -2.0, 11.0, float("nan")):
        with pytest.raises(ValueError, match=r"factor .* must lie between 1 and 10 forward"):
            evolution.forward(image, factor)
    for factor in (1.5, 0.0, -0.5, 0.05):
        with pytest.raises(ValueError, match=r"factor .* must lie between 0.1 and 1 backward"):
            evolution.backward(image, factor)
    with pytest.raises(ValueError, match=r"factor must be a number or have shape \(1,\)"):
        evolution.forward(image, [2.0, 3.0])
    with pytest.raises(ValueError, match="samples must be at least 1; got 0"):
        evolution.backward(image, 0.5, samples=0)
    with pytest.raises(ValueError, match="method must be 'flow' or 'vae'"):
        evolution.backward(image, 0.5, method="magic")
    with pytest.raises(ValueError, match=r"images must have shape \(N, 64, 64\)"):
        evolution.forward(image[:, :32, :32], 2)
    with pytest.raises(ValueError, match="both phases to evolve; image 1 holds one"):
        evolution.forward(np.concatenate([image, np.ones_like(image)]), 2)
    with pytest.raises(ValueError, match="values between 0 and 1"):
        evolution.backward(image * 2.0, 0.5)
    with pytest.raises(ValueError, match=r"pasts must have shape"):
        resimulate(image, 0.5, image, 1e-3)
    with pytest.raises(ValueError, match="factor must lie between 0 and 1; got 2"):
        resimulate(image[None], 2, image, 1e-3)


def test_an_unfamiliar_volume_fraction_is_warned_of(evolution):
    image = np.zeros((1, 64, 64), dtype=np.uint8)
    image[:, 20:40, 20:40] = 1
    with pytest.warns(UserWarning, match=r"knows 0.4\d to 0.5\d only"):
        evolution.forward(image, 2)


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match="name must be one of case1, all-cases; got 'case9'"):
        Evolution.load_pretrained("case9")


def test_every_model_of_evolution_has_a_card_and_is_small():
    folder = files("vae_course.latent.pretrained")
    manifest = json.loads(folder.joinpath("manifest.json").read_text("utf-8"))
    for name in ("forward", "past", "past-vae"):
        card = json.loads(folder.joinpath(f"evolution-case1-{name}.json").read_text("utf-8"))
        model = folder.joinpath(f"evolution-case1-{name}.keras").read_bytes()
        entry = manifest["models"][f"evolution-case1-{name}"]
        assert card["model"]["sha256"] == entry["sha256"]
        assert len(model) <= 4_000_000
        assert card["command"].endswith(f"tools.recipes.evolution {name}")
