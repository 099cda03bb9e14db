"""What all recipes share: options, files that are made once, and the manifest."""

import json
import shutil
from inspect import signature
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

import vae_course
from tools.recipes import (
    autoencoders,
    embedded,
    evolution,
    flow,
    strain_energy,
    training_curves,
)
from tools.recipes.models import publish, write_models
from tools.recipes.recipe import Simulations, kept

pytestmark = pytest.mark.any_backend
LIBRARY = Path(vae_course.__file__).parent
PROGRAMS = (autoencoders, embedded, evolution, flow, strain_energy, training_curves)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_every_recipe_shows_an_example_and_writes_to_a_folder_of_the_library(program):
    app = typer.Typer()
    app.command()(program.main)
    shown = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).output
    assert f"Example: python -m {program.__name__}" in shown
    assert "--work" in shown
    assert (LIBRARY.parent / signature(program.main).parameters["out"].default).is_dir()


def test_an_unknown_recipe_is_refused_before_anything_is_made(tmp_path):
    app = typer.Typer()
    app.command()(evolution.main)
    done = CliRunner().invoke(app, ["forwards", "--work", str(tmp_path)])
    assert done.exit_code == 2
    assert "got forwards" in done.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "value"), [("a.npy", np.arange(3)), ("a.json", {"b": [1, 2.5]})])
def test_what_is_kept_is_computed_once_and_not_at_all_if_computing_is_stopped(
    tmp_path, name, value
):
    def stop():
        raise KeyboardInterrupt

    path = tmp_path / "folder" / name
    with pytest.raises(KeyboardInterrupt):
        kept(path, stop)
    assert not path.exists()
    for compute in (lambda: value, stop):
        np.testing.assert_equal(kept(path, compute), value)


def test_a_set_is_simulated_once_and_leaves_no_parts(tmp_path):
    simulations = Simulations(case=1, count=2, seed=3, frames=2)
    path = tmp_path / "set.npz"
    whole = simulations.patterns(path, 1)
    assert [one.name for one in tmp_path.iterdir()] == ["set.npz"]
    whole.select(whole.simulation == 1).save(path)
    assert len(simulations.patterns(path, 1)) == len(whole) / 2
    assert simulations.command == (
        "vae-course simulate --no-energies --frames 2 --simulations 2 --case 1 --seed 3"
    )


@pytest.mark.parametrize("folder", ["vae", "latent"])
def test_the_manifest_of_a_folder_follows_from_its_models_and_their_cards(tmp_path, folder):
    shipped = LIBRARY / folder / "pretrained"
    for path in shipped.iterdir():
        if path.suffix in (".keras", ".json") and path.name != "manifest.json":
            shutil.copyfile(path, tmp_path / path.name)
    write_models(tmp_path)
    found, expected = (
        json.loads((one / "manifest.json").read_text("utf-8")) for one in (tmp_path, shipped)
    )
    assert found == expected


def test_a_model_that_is_too_large_is_refused_and_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr("tools.recipes.models.LARGEST", 1000)
    model = evolution.dynamics.build_forward(width=1, blocks=1)
    with pytest.raises(ValueError, match="at most 1,000"):
        publish(model, tmp_path / "model.keras", "a command", {"model": {}})
    assert not list(tmp_path.iterdir())
