"""How the model of strength is made: split, what is learned, and what ends up in the files."""

import json

import keras
import numpy as np
import pytest

from tools.recipes import strength as build
from vae_course.data import load_embedded
from vae_course.files import sha256
from vae_course.latent._networks import Trend
from vae_course.latent.property_networks import build_image_network

pytestmark = pytest.mark.any_backend


@pytest.mark.slow
def test_the_recipe_ends_in_one_small_model_with_a_card_and_the_manifest(tmp_path):
    some = load_embedded(1)
    train, test = some.select(some.simulation < 40).split(test=0.2, seed=0)
    recipe = build.StrengthRecipe(
        epochs=2, batches=2, batch_size=4, members=2, widths=(4, 4), blocks=1
    )
    fresh = some.select(some.simulation == 40)
    more = [build.Pulled(fresh.images, fresh.stress_strain[:, build.PLACES], 1)]
    card = build.make(recipe, train, {1: test}, more, tmp_path / "training", tmp_path)
    path = tmp_path / "strength.keras"
    models = json.loads((tmp_path / "manifest.json").read_text("utf-8"))["models"]
    assert models == {"strength": {"sha256": sha256(path)}}
    assert card["model"]["sha256"] == sha256(path)
    assert list(card["properties"]) == ["proof-stress", "flow-stress"]
    low, high = card["properties"]["flow-stress"]["range"]["values"]
    assert low == train.stress_strain[:, -1].min()
    assert high == train.stress_strain[:, -1].max()
    tried = len(np.unique(train.simulation)) + 1
    assert card["split"]["simulations trained on"] + card["split"]["simulations held out"] == tried
    assert card["split"]["simulations tested on"] == 8
    loaded = keras.saving.load_model(path, compile=False, safe_mode=True)
    assert [one.shape for one in loaded.outputs] == [(None, 2), (None, 2)]
    again = build.make(recipe, train, {1: test}, more, tmp_path / "training", tmp_path)
    assert again["measured"] == card["measured"]


def test_a_part_of_each_member_is_what_the_member_said_of_it():
    network = build_image_network(2, (4,), 1, size=8, seed=0, outputs=3)
    images = np.random.default_rng(0).random((5, 8, 8)).astype(np.float32)
    whole = np.asarray(network(images)).reshape(5, 2, 3)
    flat = Trend([0.0], [0.0])  # 1 + r
    for place in (0, 2, -1):
        found = build._part(network, place, flat)(images)
        np.testing.assert_allclose(np.asarray(found), 1 + whole[:, :, place], rtol=1e-5)
