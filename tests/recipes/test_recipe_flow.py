"""How the flow is made: what it is told, and what ends up in its file and card."""

import json
import zipfile

import keras
import numpy as np
import pytest

from tools.recipes import flow as build
from tools.recipes.models import publish
from tools.recipes.strain_energy import Family
from vae_course.data import load_embedded
from vae_course.latent.flow import Trained

CASE_1 = Family(1, 1, 4, "case1", "case1-fine", (1,))


@pytest.mark.any_backend
def test_what_is_solved_is_drawn_as_often_as_is_wanted():
    known = np.zeros(1000, dtype=bool)
    known[::10] = True
    rows = build.drawn_from(known, 0.4)
    assert set(rows) == set(range(1000))
    assert np.mean(known[rows]) == pytest.approx(0.4, abs=0.02)


@pytest.mark.slow
@pytest.mark.any_backend
def test_a_recipe_ends_in_a_small_model_whose_card_says_what_it_knows(tmp_path):
    some = load_embedded(1).select(range(120))
    energy = np.where(np.arange(120) % 3 == 0, some.strain_energy[:, -1], np.nan)
    recipe = build.FlowRecipe(epochs=1, batches=2, batch_size=4, width=4, blocks=1)
    card = build.make("small", recipe, CASE_1, some, energy, tmp_path / "training", tmp_path)
    kept = json.loads((tmp_path / "flow-small.json").read_text("utf-8"))
    assert kept == json.loads(json.dumps(card))
    assert card["data"]["of them solved"] == 40
    trained = Trained.of(card["trained"])
    fraction = some.images.mean(axis=(1, 2))
    assert trained.volume_fraction == (fraction.min(), fraction.max())
    assert trained.time == (some.time.min(), some.time.max())
    together = np.stack([some.time, fraction, energy], axis=1)[::3]
    found, right = (np.sort(one, axis=0) for one in (np.array(trained.seen), together))
    np.testing.assert_allclose(found, right, rtol=1e-3)
    assert trained.strain_energy == (np.nanmin(energy), np.nanmax(energy))
    numbers = trained.scales.numbers(some.time, fraction, energy)
    np.testing.assert_allclose(np.nanstd(numbers, axis=0), 1, rtol=0.05)


@pytest.mark.any_backend
def test_a_model_in_half_precision_is_half_as_large_and_loads(tmp_path):
    model = keras.Sequential([keras.Input((40,)), keras.layers.Dense(400)])
    sizes = []
    for half in (False, True):
        path = tmp_path / f"{half}.keras"
        publish(model, path, "a b c", {"model": {"what": "dense"}}, half=half)
        with zipfile.ZipFile(path) as archive:
            sizes.append(len(archive.read("model.weights.h5")))
        loaded = keras.saving.load_model(path, compile=False)
        assert all(one.dtype == "float32" for one in loaded.weights)
        for found, right in zip(loaded.get_weights(), model.get_weights(), strict=True):
            np.testing.assert_allclose(found, right, rtol=1e-3, atol=1e-6)
    assert sizes[1] < 0.7 * sizes[0]
