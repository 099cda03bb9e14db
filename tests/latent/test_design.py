"""Design: the energy asked for, proved by finite elements, in pictures like the data."""

import importlib
import warnings

import numpy as np
import pytest

from vae_course.data import load_embedded
from vae_course.latent.design import design
from vae_course.physics import descriptors
from vae_course.physics.hyperelasticity import strain_energy

rounds = importlib.import_module("vae_course.latent._design_rounds")


@pytest.fixture(scope="module")
def free():
    heard = []
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        found = design(
            1.2,
            volume_fraction=0.5,
            candidates=3,
            seed=1,
            rounds=2,
            progress=lambda stage, part, note: heard.append(part),
        )
    return found, heard


@pytest.fixture(scope="module")
def picture():
    embedded = load_embedded(1)
    return embedded.images[np.flatnonzero(embedded.time >= 2e-3)[100]]


@pytest.fixture(scope="module")
def near(picture):
    (energy,) = strain_energy(picture, (0.5,))
    return energy, design(1.1 * energy, near=picture, candidates=2, rounds=2)


def test_a_free_design_has_the_energy_and_the_volume_fraction_asked_for(free):
    found, _ = free
    assert found.images.shape == (3, 64, 64)
    assert found.images.dtype == np.uint8
    assert found.error[0] <= 0.02
    assert abs(found.volume_fraction[0] - 0.5) <= 0.02
    assert found.distance is None


def test_verified_energies_are_those_of_finite_elements(free):
    found, _ = free
    np.testing.assert_array_equal(found.verified, strain_energy(found.images, (0.5,))[:, 0])
    np.testing.assert_allclose(found.error, np.abs(found.verified / 1.2 - 1))
    np.testing.assert_allclose(found.volume_fraction, found.images.mean(axis=(1, 2)))
    assert found.solves == 6


def test_predictions_are_close_to_what_is_verified(free):
    found, _ = free
    np.testing.assert_allclose(found.predicted, found.verified, rtol=0.08)


def test_the_best_comes_first_and_progress_ends_at_one(free):
    found, heard = free
    misses = np.abs(found.volume_fraction - 0.5) > 0.02
    assert list(zip(misses, found.error, strict=True)) == sorted(
        zip(misses, found.error, strict=True)
    )
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


def test_designs_look_like_microstructures_and_not_like_noise(free):
    found, _ = free
    data = load_embedded(1).images
    for describe in (descriptors.perimeter, descriptors.euler_number):
        low, high = np.percentile(describe(data), (0, 100))
        assert ((low <= describe(found.images)) & (describe(found.images) <= high)).all()
    assert len(np.unique(found.images, axis=0)) == 3


def test_a_design_near_a_pattern_changes_little_of_it(near, picture):
    energy, found = near
    assert found.target == pytest.approx(1.1 * energy)
    assert found.error[0] <= 0.03
    np.testing.assert_allclose(found.distance, (found.images != picture).mean(axis=(1, 2)))
    assert 0 < found.distance[0] < 0.12
    assert abs(found.volume_fraction[0] - picture.mean()) <= 0.02


@pytest.mark.slow
def test_an_energy_that_is_far_for_its_volume_fraction_is_met_without_leaving_it():
    patterns = load_embedded(1)
    picture, target = patterns.images[1444], 0.85 * patterns.strain_energy[1444, -1]
    heard: list[float] = []
    found = design(
        target, near=picture, candidates=4, progress=lambda _, part, __: heard.append(part)
    )
    assert found.error[0] <= 0.04
    assert np.all(np.abs(found.volume_fraction - picture.mean()) <= 0.02)
    assert found.solves == 4 * (len(heard) - 1)
    assert heard == sorted(heard)


def test_a_pattern_that_has_the_energy_already_is_given_back_nearly_unchanged(picture):
    (energy,) = strain_energy(picture, (0.5,))
    found = design(float(energy), near=picture, candidates=1, rounds=1)
    assert found.distance is not None
    assert found.distance[0] < 0.02
    assert found.error[0] < 0.02


def test_equal_seeds_give_equal_designs():
    first, again, other = (
        design(1.2, volume_fraction=0.5, candidates=1, seed=seed, rounds=1) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first.images, again.images)
    assert (first.images != other.images).any()


@pytest.mark.any_backend
def test_what_the_models_do_not_know_is_answered_with_a_warning(monkeypatch):
    monkeypatch.setattr(rounds, "_STEPS", {False: 1, True: 1})
    with pytest.warns(UserWarning, match=r"target 2 is possible, but the models know energies"):
        design(2.0, volume_fraction=0.5, candidates=1, rounds=1)
    with pytest.warns(UserWarning, match=r"the models know volume fractions from .* got 0\.850"):
        design(0.65, volume_fraction=0.85, candidates=1, rounds=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"target": np.nan}, r"target \(strain energy\) must be positive; got nan"),
        ({"target": -1.0}, r"target \(strain energy\) must be positive; got -1"),
        ({"target": 6.0}, r"between 0\.5209 and 5\.209, the bounds .* both phases.*; got 6"),
        (
            {"target": 3.5, "volume_fraction": 0.5},
            r"between 0\.92\d+ and 2\.959, the bounds .* volume fraction of 0\.5 .*; got 3\.5",
        ),
        ({"target": 1.2, "volume_fraction": 1.0}, "volume_fraction must lie between 0 and 1"),
        ({"target": 1.2, "volume_fraction": np.nan}, "volume_fraction must lie between 0 and 1"),
        ({"target": 1.2, "candidates": 0}, "candidates must be at least 1; got 0"),
        ({"target": 1.2, "near": np.zeros((32, 32))}, r"near must have shape \(64, 64\) .*32, 32"),
        ({"target": 1.2, "near": np.full((64, 64), 0.5)}, "values 0 and 1"),
        ({"target": 1.2, "near": np.ones((64, 64))}, r"near must have both phases.* are 1\.0"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        design(**arguments)


@pytest.mark.slow
@pytest.mark.parametrize("fraction", [0.3, 0.5, 0.7])
def test_designs_that_start_from_the_flow_have_energy_and_volume_fraction(fraction):
    known = np.concatenate([load_embedded(case).images[-1:] for case in (1, 3)])
    target = {0.3: 2.2, 0.5: 1.2, 0.7: 0.74}[fraction]
    found = design(target, volume_fraction=fraction, candidates=2, rounds=2, start="flow")
    assert found.error[0] <= 0.01
    assert abs(found.volume_fraction[0] - fraction) <= 0.02
    assert found.distance is None
    ours, theirs = descriptors.perimeter(found.images), descriptors.perimeter(known)
    assert ours.max() < 4 * theirs.max()  # no dust


@pytest.mark.slow
def test_a_microstructure_of_another_case_is_changed_little():
    embedded = load_embedded(3)
    picture = embedded.images[np.flatnonzero(embedded.time >= 2e-3)[50]]
    (energy,) = strain_energy(picture, (0.5,))
    found = design(1.01 * energy, near=picture, candidates=2, rounds=2)
    assert found.error[0] <= 0.01
    assert found.distance is not None
    assert found.distance[0] < 0.1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start": "noise"}, "start must be 'prior' or 'flow'; got 'noise'"),
        (
            {"start": "prior", "volume_fraction": 0.3, "target": 2.2},
            "start must be 'flow' for a volume fraction of 0.3: the prior knows",
        ),
    ],
)
def test_a_start_that_is_not_known_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        design(**({"target": 1.2} | arguments))
