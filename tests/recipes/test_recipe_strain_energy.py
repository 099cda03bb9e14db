"""How the models of strain energy are made: split, calibration, and what ends up in the files."""

import json

import numpy as np
import pytest

from tools.recipes import strain_energy as build
from tools.recipes.models import LARGEST
from tools.recipes.strain_energy import EnsembleRecipe, Solved
from vae_course.data import load_embedded
from vae_course.files import sha256
from vae_course.latent._property_training import calibrate
from vae_course.latent.properties import Calibration
from vae_course.physics.hyperelasticity import strain_energy

pytestmark = pytest.mark.any_backend
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def frames():
    some = load_embedded(1)
    some = some.select(some.simulation < 20)
    return Solved(some.images, some.strain_energy[:, -1], some.simulation)


def test_no_simulation_is_both_trained_on_and_held_out(frames):
    fitted, held_out = frames.split()
    assert not set(fitted.group) & set(held_out.group)
    assert len(np.unique(held_out.group)) == 2
    assert len(fitted.images) + len(held_out.images) == len(frames.images)


def test_a_calibration_finds_the_noise_and_the_factor_that_made_the_errors():
    spread = RNG.uniform(0.0, 0.05, 20_000)
    true = RNG.normal(1.0, np.sqrt(0.01**2 + (2 * spread) ** 2))
    found = calibrate(np.ones_like(spread), spread, true)
    assert found == pytest.approx((0.01, 2.0, 0.0), rel=0.1)
    fraction = RNG.choice([0.5, 0.65, 0.75], 20_000)
    true = RNG.normal(1.0, Calibration(0.01, 2.0, -8.0)(spread, fraction))
    found = calibrate(np.ones_like(spread), spread, true, fraction)
    assert found == pytest.approx((0.01, 2.0, -8.0), rel=0.1)


def test_energies_are_those_of_finite_elements_and_go_on_where_they_were_stopped(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(build, "CHUNK", 2)
    images = RNG.integers(0, 2, (3, 4, 4)).astype(np.uint8)
    reported = []
    found = build.energies(images, tmp_path, 1, lambda done, total: reported.append((done, total)))
    np.testing.assert_array_equal(found, strain_energy(images, (0.5,))[:, 0])
    assert reported == [(2, 3), (3, 3)]
    np.save(tmp_path / "000000.npy", [7.0, 8.0])
    (tmp_path / "000002.npy").unlink()
    np.testing.assert_array_equal(build.energies(images, tmp_path, 1), [7.0, 8.0, found[2]])


def test_decoded_images_are_binary_and_kept(tmp_path, frames):
    path = tmp_path / "decoded.npy"
    found = build.decoded_images(build.FAMILIES["case1"], frames.images, path, count=6)
    assert found.shape == (6, 64, 64)
    assert set(np.unique(found)) == {0, 1}
    assert np.abs(found.mean(axis=(1, 2)) - 0.5).max() < 0.25
    np.save(path, found[:2])
    np.testing.assert_array_equal(
        build.decoded_images(build.FAMILIES["case1"], frames.images, path), found[:2]
    )


@pytest.mark.slow
def test_a_recipe_ends_in_small_models_with_cards_and_the_manifest(tmp_path, frames):
    decoded = Solved(frames.images[:20], frames.energy[:20], np.arange(20))
    recipe = EnsembleRecipe(members=2, epochs=1, batches=2, batch_size=4)
    cards = [
        build.make(
            kind, recipe, build.FAMILIES["case1"], frames, decoded, tmp_path / "training", tmp_path
        )
        for kind in ("images", "codes")
    ]
    models = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))["models"]
    assert sorted(models) == ["strain-energy-case1", "strain-energy-case1-codes"]
    for name, card in zip(sorted(models), cards, strict=True):
        path = tmp_path / f"{name}.keras"
        assert path.stat().st_size < LARGEST / 2
        assert models[name]["sha256"] == card["model"]["sha256"] == sha256(path)
        kept = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        assert kept == json.loads(json.dumps(card))  # tuples become lists
        assert card["measured"]["embedded"]["images"] == 4800
        assert 0 <= card["measured"]["embedded"]["coverage of the 90 % interval"] <= 1
        assert card["baselines"]["volume fraction"]["r2"] > 0.3


def test_two_epochs_have_the_batches_of_one_that_is_as_long():
    def draw(chosen, rng):
        return np.append(chosen, rng.integers(100))

    def batches(epochs, length):
        recipe = EnsembleRecipe(epochs=epochs, batches=length, members=2)
        made = [build._Batches(draw, np.arange(30.0), recipe, epoch) for epoch in range(epochs)]
        return [one[index] for one in made for index in range(len(one))]

    for (inputs, targets), (expected, energy) in zip(batches(2, 3), batches(1, 6), strict=True):
        np.testing.assert_array_equal(inputs, expected)
        np.testing.assert_array_equal(targets, energy)
