"""The training curves of lesson 04: what they show, and how they are made."""

import numpy as np
import pytest

from tools.recipes.training_curves import CurvesRecipe, simulations, train
from vae_course.classroom.curves import NAMES, curves_figure, load_curves
from vae_course.data import load_embedded


def test_each_run_shows_what_it_is_called() -> None:
    runs = {NAMES[letter]: run for letter, run in load_curves().items()}
    last = {name: {key: run[key][-1] for key in ("training", "validation", "new", "kl")}
            for name, run in runs.items()}  # fmt: skip
    healthy, overfits = last["healthy"], last["overfits"]
    assert abs(healthy["validation"] / healthy["training"] - 1) < 0.1
    assert healthy["kl"] > 20
    assert overfits["validation"] > 1.2 * min(runs["overfits"]["validation"])
    leak = last["split by frame"]
    assert leak["validation"] < 1.05 * min(runs["split by frame"]["validation"])
    assert leak["new"] > 3 * leak["validation"]
    assert last["collapsed"]["kl"] < 1


def test_the_figure_has_a_column_for_each_run_and_a_line_for_new_simulations_if_asked() -> None:
    curves = load_curves()
    without, with_new = curves_figure(curves), curves_figure(curves, new=True)
    assert len(without.axes) == len(with_new.axes) == 8
    assert [len(ax.lines) for ax in without.axes[:4]] == [2] * 4
    assert [len(ax.lines) for ax in with_new.axes[:4]] == [3] * 4
    np.testing.assert_array_equal(with_new.axes[2].lines[2].get_ydata(), curves["C"]["new"])
    assert with_new.axes[1].get_title() == f"B: {curves['B']['pictures']:,} pictures"


def test_simulations_are_chosen_whole() -> None:
    chosen = simulations(load_embedded(case=1), 3, 2)
    assert len(chosen) == 24
    assert len(np.unique(chosen.simulation)) == 2


@pytest.mark.slow
def test_a_run_notes_every_loss_of_every_epoch() -> None:
    images = load_embedded(case=1).images[:48].astype("float32")
    recipe = CurvesRecipe(epochs=2, beta=1.0, seed=0, symmetries=True)
    run = train("a test", recipe, images[:32], images[32:40], images[40:])
    assert {key: len(run[key]) for key in ("training", "validation", "new", "kl")} == {
        "training": 2,
        "validation": 2,
        "new": 2,
        "kl": 2,
    }
    assert run["pictures"] == 32
    assert 0 < run["kl"][0] < run["validation"][0]
