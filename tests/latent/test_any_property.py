"""Any property: a model of it, designs for it, and two of them at once."""

import warnings

import keras
import numpy as np
import pytest

from tools.recipes.strength import values
from vae_course.data import load_embedded
from vae_course.latent import (
    PropertyModel,
    StrainEnergyModel,
    design,
    design_front,
    non_dominated,
)
from vae_course.latent.design import Design
from vae_course.latent.properties import Calibration, TrainedRange
from vae_course.physics.material_property import (
    FLOW_STRESS,
    PROOF_STRESS,
    PROPERTIES,
    STRAIN_ENERGY,
    Property,
    named_property,
)
from vae_course.physics.plasticity import STRAINS, proof_stress

NAMES = ("proof-stress", "flow-stress")


def upright(images: np.ndarray) -> np.ndarray:
    """Borders between pixels side by side, less those between pixels on top of each other."""
    pictures = np.asarray(images, dtype=float).reshape(-1, *np.shape(images)[-2:])
    across = np.abs(np.diff(pictures, axis=2)).mean(axis=(1, 2))
    return 1 + across - np.abs(np.diff(pictures, axis=1)).mean(axis=(1, 2))


def striped(count: int, seed: int) -> np.ndarray:
    """Noise that is smoothed by any amount along each axis, shape (count, 16, 16)."""
    rng = np.random.default_rng(seed)
    images = rng.normal(size=(count, 16, 16))
    for k in range(count):
        for axis in (0, 1):
            for _ in range(rng.integers(6)):
                images[k] += np.roll(images[k], 1, axis=axis)
    return (images > 0).astype(np.uint8)


def r2(predicted, true):
    return 1 - np.mean((predicted - true) ** 2) / np.var(true)


@pytest.mark.slow
def test_a_model_is_fitted_to_any_number_and_told_which_turns_keep_it():
    images, unseen = striped(400, 0), striped(100, 1)
    heard = []
    fitted = PropertyModel.fit(
        images, upright(images), members=2, steps=400, progress=lambda *said: heard.append(said[1])
    )
    mean, sd = fitted.predict_with_uncertainty(unseen)
    assert r2(mean, upright(unseen)) > 0.8
    assert 0.7 < np.mean(np.abs(mean - upright(unseen)) < 1.645 * sd) <= 1
    assert fitted.trained.values == (upright(images).min(), upright(images).max())
    assert fitted.size == 16
    np.testing.assert_allclose(fitted.predict(unseen[:, ::-1]), mean, rtol=1e-5)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    # A quarter turn takes 1 + x to 1 − x: who is told that it keeps the number can learn nothing.
    blind = PropertyModel.fit(images, upright(images), turns=True, members=2, steps=100)
    assert r2(blind.predict(unseen), upright(unseen)) < 0.2


def test_equal_seeds_fit_equal_models_and_simulations_stay_together():
    images = striped(60, 0)
    groups = np.repeat(np.arange(20), 3)
    made = [
        PropertyModel.fit(images, upright(images), groups, members=2, steps=2, seed=seed)
        for seed in (0, 0, 1)
    ]
    first, again, other = (one.predict(images) for one in made)
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0


@pytest.mark.any_backend
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"values": np.ones(19)}, r"values must be finite and have shape \(20,\)"),
        ({"values": np.full(20, np.nan)}, "with 20 that are not finite"),
        ({"patterns": np.zeros((20, 8))}, "images must have shape"),
        ({"patterns": np.full((20, 8, 8), 2)}, "between 0 and 1"),
        ({"simulation": np.zeros(3)}, r"simulation must have shape \(20,\); got \(3,\)"),
        ({"simulation": np.zeros(20)}, "from more than 10 simulations.*got 20 from 1"),
        ({"members": 1}, "members must be at least 2"),
        ({"steps": 0}, "steps at least 1"),
    ],
)
def test_what_cannot_be_fitted_is_refused(change, said):
    arguments = {"patterns": striped(20, 0)[:, :8, :8], "values": np.ones(20)} | change
    with pytest.raises(ValueError, match=said):
        PropertyModel.fit(**arguments)


@pytest.mark.any_backend
@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("case", [1, 2, 3])
def test_strength_of_unseen_simulations_is_predicted(name, case):
    _, test = load_embedded(case).split(test=0.2, seed=0)
    test = test.select(np.arange(len(test)) % (5 if case == 1 else 2) == 0)
    true = values(name, test)
    model = PropertyModel.load_pretrained(name)
    mean, sd = model.predict_with_uncertainty(test.images)
    assert r2(mean, true) >= LEAST[name][case]
    assert np.mean(np.abs(mean - true) <= 1.645 * sd) == pytest.approx(0.9, abs=0.12)


LEAST = {
    "proof-stress": {1: 0.98, 2: 0.965, 3: 0.96},
    "flow-stress": {1: 0.98, 2: 0.97, 3: 0.985},
}
"""R² case by case; at one volume fraction proof stress hardly varies in Cases 2 and 3."""


@pytest.mark.any_backend
def test_the_embedded_curves_are_those_of_the_solver():
    for case, index in ((1, 17), (3, 1100)):
        patterns = load_embedded(case)
        image, curve = patterns.images[index], patterns.stress_strain[index]
        assert FLOW_STRESS.solve(image) == pytest.approx(curve[-1], abs=6e-4)
        assert PROOF_STRESS.solve(image) == pytest.approx(proof_stress(STRAINS, curve), abs=2e-3)
        assert STRAIN_ENERGY.solve(image) == pytest.approx(patterns.strain_energy[index, -1])


@pytest.mark.any_backend
def test_a_quarter_turn_keeps_the_energy_and_changes_the_strength():
    stripes = np.indices((8, 8))[0] // 2 % 2
    rows = np.array(stripes)
    rows[:3, :3] = 1
    for name, one in PROPERTIES.items():
        same = one.solve(rows) == pytest.approx(one.solve(rows.T), rel=1e-6)
        assert one.turns == same, name


def light(image: np.ndarray) -> float:
    return float(np.mean(image)) + 0.5


@pytest.fixture(scope="module")
def own():
    """The share of phase 1, and a half, as a property; its model is exact."""
    pixels = keras.Input((64, 64))
    share = keras.layers.Lambda(lambda x: keras.ops.mean(x, axis=(1, 2))[:, None] + 0.5)(pixels)
    network = keras.Model(pixels, keras.layers.Concatenate()([share, share]))
    model = PropertyModel(network, Calibration(0.01, 1.0), TrainedRange((0.4, 0.6), (0.9, 1.1)))
    return Property("light", light, turns=True), model


def test_a_property_of_one_s_own_is_designed_and_judged_by_its_own_solver(own):
    wanted, model = own
    found = design(1.03, candidates=2, rounds=1, property=wanted, model=model)
    np.testing.assert_allclose(found.verified, [light(one) for one in found.images])
    np.testing.assert_allclose(found.predicted, found.verified, rtol=1e-5)
    assert found.error[0] < 0.005
    assert found.solves == 2


@pytest.mark.any_backend
def test_several_wishes_are_met_at_once(own):
    wanted, model = own
    energies = StrainEnergyModel.load_pretrained("case1")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = design(
            (1.2, 1.0),
            candidates=2,
            rounds=2,
            property=("strain-energy", wanted),
            model=(energies, model),
        )
    assert found.verified.shape == found.predicted.shape == (2, 2)
    right = [[STRAIN_ENERGY.solve(one), light(one)] for one in found.images]
    np.testing.assert_allclose(found.verified, right)
    assert found.error[0] < 0.01
    np.testing.assert_allclose(found.error, np.abs(right / found.target - 1).max(axis=1))


@pytest.mark.any_backend
@pytest.mark.slow
@pytest.mark.parametrize(("name", "target"), [("flow-stress", 2.35), ("proof-stress", 1.75)])
def test_a_strength_is_designed_and_proved(name, target):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        found = design(target, volume_fraction=0.5, candidates=2, property=name)
    assert found.error[0] <= 0.01
    assert found.verified[0] == pytest.approx(PROPERTIES[name].solve(found.images[0]))
    assert abs(found.volume_fraction[0] - 0.5) <= 0.02


@pytest.mark.any_backend
@pytest.mark.slow
def test_a_stronger_one_near_a_microstructure_stays_near_it():
    picture = load_embedded(1).images[500]
    target = 1.02 * FLOW_STRESS.solve(picture)
    found = design(target, near=picture, candidates=2, rounds=2, property=FLOW_STRESS)
    assert found.error[0] <= 0.01
    assert found.distance is not None
    assert found.distance[0] < 0.12


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"property": "colour"},
            "property must be one of strain-energy, proof-stress, flow-stress",
        ),
        ({"property": "flow-stress", "target": 4.0}, r"between 1\.404 and 3\.685, the flow stress"),
        ({"property": "proof-stress", "target": 1.0}, r"between 1\.179 and 3\.464, the proof"),
        ({"property": "flow-stress", "target": -1.0}, r"target \(flow stress\) must be positive"),
        ({"property": Property("light", light)}, "model must be given for 'light'"),
        ({"property": ("flow-stress", "flow-stress"), "target": (2, 2)}, "different ones"),
        ({"property": ("flow-stress", "proof-stress")}, "one number for each of 2 properties"),
        ({"target": (1.0, 2.0)}, "one number for each of 1 properties"),
    ],
)
def test_bad_wishes_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        design(**({"target": 1.2} | arguments))


def test_the_error_of_several_is_the_largest():
    found = Design(
        np.zeros((1, 2, 2), np.uint8), *np.ones((2, 1, 2)), np.ones(1), None, np.array([0.5, 1]), 1
    )
    assert found.error.tolist() == [1.0]


def test_nothing_on_the_front_is_beaten_and_all_else_is():
    values = np.random.default_rng(0).normal(size=(60, 3))
    front = non_dominated(values)
    for k, one in enumerate(values):
        beaten = any((other >= one).all() and (other > one).any() for other in values)
        assert front[k] == (not beaten)
    assert non_dominated([[1.0, 1.0], [1.0, 1.0]]).tolist() == [True, True]
    with pytest.raises(ValueError, match=r"shape \(N, properties\)"):
        non_dominated([1.0, 2.0])
    with pytest.raises(ValueError, match="be numbers"):
        non_dominated([[1.0, np.nan]])


@pytest.mark.any_backend
def test_a_front_is_made_of_solved_designs(own):
    wanted, model = own
    energies = StrainEnergyModel.load_pretrained("case1")
    heard = []
    front = design_front(
        (wanted, "strain-energy"),
        points=3,
        candidates=1,
        rounds=1,
        model=(model, energies),
        progress=lambda *said: heard.append(said[1]),
    )
    right = [[light(one), STRAIN_ENERGY.solve(one)] for one in front.images]
    np.testing.assert_allclose(front.values, right)
    np.testing.assert_array_equal(front.best, non_dominated(front.values))
    assert (np.diff(front.values[:, 0]) >= 0).all()
    assert 3 <= front.solves <= 6
    assert heard == sorted(heard)
    assert heard[-1] == pytest.approx(1.0)
    with pytest.raises(ValueError, match="property must be two"):
        design_front(("strain-energy",))


def test_a_property_is_found_by_its_name():
    assert named_property("proof-stress") is PROOF_STRESS
    assert named_property(STRAIN_ENERGY) is STRAIN_ENERGY
