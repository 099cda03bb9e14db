"""How the models of evolution are made: resumable, and small enough to test whole."""

import json
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from tools.recipes import evolution as build
from tools.recipes.models import fit
from tools.recipes.recipe import NetworkRecipe
from vae_course.data import load_embedded
from vae_course.files import sha256
from vae_course.latent.coarsening import Clock
from vae_course.latent.dynamics import build_past
from vae_course.physics import descriptors
from vae_course.progress import silent
from vae_course.vae import load_pretrained
from vae_course.vae.batches import SeededBatches

pytestmark = pytest.mark.any_backend


@pytest.fixture(scope="module")
def patterns():
    whole = load_embedded(1)
    return whole.select(whole.simulation < 10)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "restarts"), [("forward", (1,)), ("past-vae", ())])
def test_a_training_that_is_gone_on_with_ends_as_one_in_a_single_run(
    name, restarts, patterns, tmp_path
):
    def make(folder: str, stop: float = 2.0) -> dict:
        def progress(stage: str, part: float, note: str) -> None:
            if part > stop:
                raise KeyboardInterrupt

        return build.make(
            name,
            build.EvolutionRecipe(width=8, blocks=1, epochs=2, restarts=restarts, batches=3),
            patterns,
            tmp_path / folder,
            tmp_path / "out",
            progress,
        )

    through = make("through")
    path = tmp_path / "out" / f"evolution-case1-{name}.keras"
    assert through["model"]["sha256"] == sha256(path)
    assert not keras.saving.load_model(path).compiled  # no optimizer in the file
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert f"evolution-case1-{name}" in manifest["models"]
    with pytest.raises(KeyboardInterrupt):
        make("stopped", stop=0.7)  # in the second epoch of two
    assert len(json.loads((tmp_path / "stopped" / "losses.json").read_text())) == 1
    gone_on = make("stopped")
    np.testing.assert_allclose(
        gone_on["loss, epoch by epoch"], through["loss, epoch by epoch"], rtol=1e-3
    )


def test_the_learning_rate_begins_again_where_a_recipe_says_so(tmp_path):
    class Zeros(SeededBatches):
        def __len__(self) -> int:
            return 50

        def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
            return np.ones((2, 1), np.float32), np.zeros((2, 1), np.float32)

    rates = []
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    recipe = NetworkRecipe(epochs=3, restarts=(1,), rate=0.1)

    def progress(stage: str, part: float, note: str) -> None:
        rates.append(float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)))

    fit(model, "mse", Zeros, recipe, tmp_path, progress)
    assert len(rates) == 150
    assert rates[49] < 0.005  # the end of the first cycle
    assert max(rates[50:]) > 0.02
    assert rates[149] < 0.005


def test_the_clock_of_a_cube_law_has_a_slope_of_three(patterns):
    law = build.fit_clock(patterns)
    assert 2.5 < law["slope"] < 3.5
    assert law["sd"] < 0.5


def test_the_clock_of_any_mean_knows_how_uneven_the_phases_are():
    parts = [load_embedded(case).select(range(0, 1200, 40)) for case in (1, 2, 3)]
    images = np.concatenate([one.images for one in parts])
    u = (images.mean(axis=(1, 2)) - 0.5) ** 2
    size = descriptors.domain_size(images)
    parameters = np.concatenate([one.parameters for one in parts])
    parameters["case"] = build.ANY_MEAN
    law = {"slope": 3.0, "offset": -2.0, "uneven": (30.0, -300.0)}
    time = np.exp(-2.0 + 3 * np.log(size) + 30 * u - 300 * u**2)
    some = SimpleNamespace(images=images, time=time, parameters=parameters)
    found = build.fit_clock(some)
    assert found["widest"] == pytest.approx(np.sqrt(u.max()))
    for name, right in law.items():
        assert found[name] == pytest.approx(right, rel=1e-4), name
    np.testing.assert_allclose(Clock(**found)(images), time, rtol=1e-5)


def test_conservation_is_the_spread_of_the_volume_fraction(patterns):
    law = build.fit_conservation(patterns)
    fraction = patterns.images.mean(axis=(1, 2))
    assert law["lowest"] == pytest.approx(fraction.min())
    assert law["highest"] == pytest.approx(fraction.max())
    assert 0 < law["base"] < 0.01
    assert np.isfinite(law["growth"])


@pytest.mark.slow
def test_a_temperature_is_chosen_from_those_that_are_tried(patterns):
    vae, past = load_pretrained("case1-fine"), build_past(build.CODE, 4, 1)
    found = build.fit_temperature(vae, past, patterns, 1, silent, case=1)
    assert found in build.TEMPERATURES
