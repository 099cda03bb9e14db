"""Tests of samples against data, on sets of which it is known if they can be told apart."""

import numpy as np
import pytest

from vae_course.data import load_embedded
from vae_course.vae.two_sample import (
    CLASSIFIERS,
    CURVES,
    DESCRIPTORS,
    nearest_distance,
    two_sample_auc,
    two_sample_test,
)


@pytest.fixture(scope="module")
def thirds():
    whole = load_embedded()
    whole = whole.select(whole.simulation < 120)
    return [whole.select(whole.simulation % 3 == k) for k in range(3)]


@pytest.mark.any_backend
def test_data_of_other_simulations_pass_and_older_ones_do_not(thirds):
    one, data, others = thirds
    found = two_sample_test(
        one.images, data.images, others.images, data.simulation, training=others.images[:50]
    )
    assert set(found.distance) == set(DESCRIPTORS)
    assert all(found.distance[name] < 0.3 for name in found.distance)
    assert all(found.curve[name] <= 1.5 * found.band[name] for name in CURVES)
    assert found.nearest is not None
    assert found.nearest[0] == pytest.approx(found.nearest[1], rel=0.3)
    assert found.diversity[0] < found.diversity[1]  # frames of one simulation are near
    old = one.images[one.time > 5e-3]
    older = two_sample_test(old, data.images, others.images, data.simulation)
    assert not older.passed("domain size")
    assert not older.passed("perimeter")
    assert older.curve["two-point correlation"] > older.band["two-point correlation"]
    assert len(older.figure().axes) == 2 + 16


@pytest.mark.any_backend
def test_copies_of_what_was_trained_on_are_found_whichever_way_they_are_turned(thirds):
    known = thirds[0].images[:20]
    copies = np.rot90(known[:5, ::-1], axes=(1, 2))
    np.testing.assert_array_equal(nearest_distance(copies, known), 0)
    fresh = nearest_distance(thirds[1].images[:20], known)
    assert fresh.min() > 0.02
    brute = min(np.mean(np.rot90(fl, k) != thirds[1].images[0])
                for one in known for fl in (one, one.T) for k in range(4))  # fmt: skip
    assert fresh[0] == pytest.approx(brute)


@pytest.mark.any_backend
def test_more_measures_are_compared_in_the_same_way(thirds):
    one, data, others = (part.select(part.time > 1e-3) for part in thirds)
    energies = tuple(part.strain_energy[:, -1] for part in (one, data, others))
    found = two_sample_test(
        one.images, data.images, others.images, data.simulation, measures={"energy": energies}
    )
    assert 0 < found.distance["energy"] < 0.3
    assert found.as_dict()["floor"]["energy"] == found.floor["energy"]


@pytest.mark.slow
def test_a_network_tells_what_differs_and_cannot_tell_what_does_not(thirds, monkeypatch):
    monkeypatch.setattr("vae_course.vae.two_sample._STEPS", 120)
    one, data, _ = thirds
    same = two_sample_auc(one.images, data.images, data.simulation)
    assert 0.35 < same < 0.65
    speckled = one.images.copy()
    speckled[:, ::5, ::5] ^= 1
    assert two_sample_auc(speckled, data.images, data.simulation) > 0.9


@pytest.mark.any_backend
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"samples": np.zeros((4, 4))}, r"samples must have shape \(N, n, n\)"),
        ({"others": np.zeros((2, 4, 4))}, r"others must have shape \(N, n, n\), the same n"),
        ({"simulation": [1, 2]}, r"simulation must have shape \(480,\)"),
        ({"classifiers": ["huge"]}, "classifiers must be of small, deep, wide"),
    ],
)
def test_what_cannot_be_compared_is_refused(thirds, change, message):
    one, data, others = thirds
    arguments = {
        "samples": one.images,
        "data": data.images,
        "others": others.images,
        "simulation": data.simulation,
    }
    with pytest.raises(ValueError, match=message):
        two_sample_test(**(arguments | change))


@pytest.mark.any_backend
def test_a_classifier_needs_something_to_be_judged_by(thirds):
    data = thirds[0]
    with pytest.raises(ValueError, match="there must be two simulations and two samples"):
        two_sample_auc(data.images, data.images[:3], [1, 1, 1])
    assert all(channels for channels in CLASSIFIERS.values())
