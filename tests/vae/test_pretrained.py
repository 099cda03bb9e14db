"""The models that come with the package: whole, small, and as good as their cards say."""

import json
import shutil
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from tools.recipes import autoencoders as build
from vae_course.data import PatternSet, load_embedded
from vae_course.data.schedule import MEANS
from vae_course.files import sha256
from vae_course.vae import VAE, load_pretrained, pretrained
from vae_course.vae import _manifest as manifest
from vae_course.vae._manifest import PretrainedFileError
from vae_course.vae.pretrained import pretrained_card

CODES = {
    "all-cases": 64,
    "all-cases-fine": 256,
    "case1": 64,
    "case1-fine": 256,
    "case1-latent16": 16,
}
NAMES = tuple(CODES)
FOLDER = Path(str(files(pretrained)))


def test_all_models_are_in_the_manifest_and_small():
    manifest = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
    assert sorted(manifest["models"]) == sorted(NAMES) == sorted(build.RECIPES)
    for name in NAMES:
        assert (FOLDER / f"{name}.keras").stat().st_size <= 4_000_000


@pytest.mark.parametrize("name", NAMES)
def test_a_model_loads_and_has_the_code_that_is_promised(name):
    vae = load_pretrained(name)
    assert isinstance(vae, VAE)
    assert (vae.latent, vae.size) == (CODES[name], 64)
    assert vae.likelihood == "bernoulli"


@pytest.mark.slow
@pytest.mark.parametrize(  # one of them says whether another backend computes the same
    "name", [NAMES[0], *(pytest.param(name, marks=pytest.mark.any_backend) for name in NAMES[1:])]
)
def test_errors_on_the_embedded_set_are_those_of_the_card(name):
    card = pretrained_card(name)
    cases = [case for case in build.RECIPES[name].tests if case in MEANS]
    patterns = PatternSet.concatenate([load_embedded(case) for case in cases])
    error = np.mean((load_pretrained(name).reconstruct(patterns.images) - patterns.images) ** 2)
    noted = card["measured"]["embedded"]["all frames"]
    assert noted["images"] == len(patterns)
    assert error == pytest.approx(noted["squared_error"], rel=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_a_card_names_data_split_seed_and_command(name):
    card = pretrained_card(name)
    assert card["split"]["how"] == "by simulation"
    assert card["data"]["simulations"] >= 1200
    assert str(build.SETS[f"train{build.RECIPES[name].cases[0]}"].seed) in card["data"]["source"]
    assert card["command"].endswith(name)
    assert card["model"]["sha256"] == sha256(FOLDER / f"{name}.keras")


def test_no_training_simulation_is_in_a_test_set():
    seeds = {(one.case, one.seed) for name, one in build.SETS.items() if "train" in name}
    tests = {(one.case, one.seed) for name, one in build.SETS.items() if "test" in name}
    assert not seeds & (tests | {(case, 2026) for case in (1, 2, 3)})


@pytest.mark.slow
@pytest.mark.any_backend
def test_a_recipe_ends_in_a_model_with_a_card_that_load_pretrained_takes(tmp_path, monkeypatch):
    embedded = load_embedded(1)
    some = embedded.select(embedded.simulation < 10)
    sets = {"train1": some, "test1": embedded.select(embedded.simulation == 11)}
    recipe = build.VAERecipe(latent=(4, 4, 1), channels=(4, 4, 4, 4), epochs=1, young=0.5)
    card = build.make("case1", recipe, sets, tmp_path / "training", tmp_path)
    young = some.time < 1e-3
    assert card["data"]["images"] < len(some) - 0.3 * young.sum()
    fresh = card["measured"]["fresh"]
    counts = [fresh[part]["images"] for part in ("all frames", "t >= 1e-3", "t < 1e-3")]
    assert counts[0] == sum(counts[1:]) == len(sets["test1"])
    assert "--seed 4001" in card["data"]["source"]
    monkeypatch.setattr(manifest, "files", lambda package: tmp_path)
    assert load_pretrained("case1").latent == 16
    assert pretrained_card("case1") == card


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match=r"one of all-cases, .*fine, case1, .*; got 'case9'"):
        load_pretrained("case9")
    with pytest.raises(ValueError, match="got 'case9'"):
        pretrained_card("case9")


def test_a_damaged_file_is_refused_by_its_checksum(tmp_path, monkeypatch):
    for name in ("manifest.json", "case1.keras"):
        shutil.copyfile(FOLDER / name, tmp_path / name)
    monkeypatch.setattr(manifest, "files", lambda package: tmp_path)
    assert load_pretrained("case1").latent == 64
    path = tmp_path / "case1.keras"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(PretrainedFileError, match=r"case1\.keras: expected SHA-256 .*; found"):
        load_pretrained("case1")
    path.unlink()
    with pytest.raises(PretrainedFileError, match=r"case1\.keras is missing"):
        load_pretrained("case1")


@pytest.mark.any_backend
def test_negatives_are_of_the_same_simulation_and_have_no_energy():
    some = load_embedded(2).select(range(24))
    both = build.with_negatives(some)
    np.testing.assert_array_equal(both.images[24:], 1 - some.images)
    np.testing.assert_array_equal(both.simulation[24:], some.simulation)
    assert np.isnan(both.strain_energy[24:]).all()
    fitted, held_out = both.split(0.5)
    assert not set(fitted.simulation) & set(held_out.simulation)


def test_real_patterns_of_every_case_are_rebuilt_by_the_fine_code(real_patterns):
    vae = load_pretrained("all-cases-fine")
    at = np.floor((np.arange(64) + 0.5) * 400 / 64).astype(int)
    for path in sorted(real_patterns.glob("Image*.txt")):
        image = np.loadtxt(path)[np.ix_(at, at)][None]
        rebuilt = vae.reconstruct(image) >= 0.5
        assert np.mean(rebuilt == image) >= 0.985, path.name
