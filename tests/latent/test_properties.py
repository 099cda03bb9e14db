"""Strain energy from images and from codes: as accurate as promised, and honest about doubt."""

import json
from importlib.resources import files

import numpy as np
import pytest

from vae_course.data import load_embedded
from vae_course.latent import pretrained
from vae_course.latent._networks import Trend
from vae_course.latent.baselines import two_point_baseline, volume_fraction_baseline
from vae_course.latent.properties import Calibration
from vae_course.latent.property_networks import build_code_network, build_image_network
from vae_course.latent.strain_energy_model import StrainEnergyModel

EVERY = 7  # of the embedded patterns; a simulation has twelve
NAMES = ("strain-energy-case1", "strain-energy-case1-codes")


@pytest.fixture(scope="module")
def model():
    return StrainEnergyModel.load_pretrained("case1")


@pytest.fixture(scope="module")
def patterns():
    embedded = load_embedded(1)
    return embedded.select(np.arange(len(embedded)) % EVERY == 0)


@pytest.fixture(scope="module")
def true(patterns):
    return patterns.strain_energy[:, -1]


def r2(predicted, true):
    return 1 - np.mean((predicted - true) ** 2) / true.var()


def test_energies_from_images_of_unseen_simulations_are_accurate(model, patterns, true):
    assert r2(model.predict(patterns.images), true) >= 0.985


def test_energies_from_codes_of_unseen_simulations_are_accurate(model, patterns, true):
    codes = model.vae.encode(patterns.images)
    assert r2(model.predict_codes(codes), true) >= 0.95


def test_nine_in_ten_unseen_energies_lie_within_the_90_percent_interval(model, patterns, true):
    mean, sd = model.predict_with_uncertainty(patterns.images)
    assert np.mean(np.abs(mean - true) <= 1.645 * sd) == pytest.approx(0.9, abs=0.05)
    mean, sd = model.predict_codes_with_uncertainty(model.vae.encode(patterns.images))
    assert np.mean(np.abs(mean - true) <= 1.645 * sd) == pytest.approx(0.9, abs=0.05)


def test_turned_and_mirrored_patterns_have_nearly_the_same_energy(model, patterns, true):
    some = patterns.images[::20]
    predicted = model.predict(some)
    for turned in (some.transpose(0, 2, 1), some[:, ::-1], np.rot90(some, axes=(1, 2))):
        assert np.abs(model.predict(turned) - predicted).mean() < 0.1 * true.std()


def test_doubt_grows_off_the_data(model, patterns):
    rng = np.random.default_rng(0)
    noise = np.stack([rng.permutation(one.ravel()).reshape(64, 64) for one in patterns.images[:50]])
    _, known = model.predict_with_uncertainty(patterns.images[:50])
    _, unknown = model.predict_with_uncertainty(noise)
    assert np.median(unknown) > 3 * np.median(known)


def test_the_cards_hold_the_targets_the_data_and_the_baselines(model):
    for name, target in zip(NAMES, (0.985, 0.95), strict=True):
        text = files(pretrained).joinpath(f"{name}.json").read_text(encoding="utf-8")
        card = json.loads(text)
        assert card["measured"]["embedded"]["images"] == 4800
        assert card["measured"]["embedded"]["r2"] >= target
        assert max(one["r2"] for one in card["baselines"].values()) < 0.8
        assert card["split"]["how"] == "by simulation"
    assert model.vae.latent == 256


def test_baselines_learn_what_they_are_given(patterns, true):
    fraction, correlation = volume_fraction_baseline(), two_point_baseline(20)
    images = patterns.images[:, 16:48, 16:48]
    made = images.mean(axis=(1, 2)) ** 2
    assert r2(fraction.fit(images, made).predict(images), made) > 0.999
    whole = patterns.images[::2]  # their volume fractions are all near one half
    pairs = (whole[:, 6:] * whole[:, :-6]).mean(axis=(1, 2))  # both of phase 1, six rows apart
    assert r2(correlation.fit(whole, pairs).predict(whole), pairs) > 0.9
    assert r2(fraction.fit(whole, pairs).predict(whole), pairs) < 0.5


def test_members_start_apart_and_a_seed_repeats_them():
    images = np.random.default_rng(0).random((2, 16, 16)).astype(np.float32)
    first, again, other = (
        np.asarray(build_image_network(2, (4, 8), 1, size=16, seed=seed)(images))
        for seed in (0, 0, 1)
    )
    assert first.shape == (2, 2)
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-3
    assert np.abs(first[:, 0] - first[:, 1]).max() > 1e-3
    assert build_code_network((4, 4, 2), members=3, width=4, blocks=1).output_shape == (None, 3)
    with pytest.raises(ValueError, match="there must be a member"):
        build_image_network(0)


def test_a_calibration_adds_what_members_share_to_their_spread():
    np.testing.assert_allclose(Calibration(3.0, 2.0)(np.array([0.0, 2.0])), [3.0, 5.0])


def test_an_image_of_one_phase_is_answered_with_a_warning(model):
    with pytest.warns(UserWarning, match=r"images\[1\] has 1\.000 \(one phase only\)"):
        model.predict(np.stack([np.tile(np.arange(64) // 8 % 2, (64, 1)), np.ones((64, 64))]))


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((64, 64)), r"shape \(N, 64, 64\) with N >= 1; got \(64, 64\)"),
        (np.zeros((2, 32, 32)), r"got \(2, 32, 32\)"),
        (np.zeros((0, 64, 64)), r"got \(0, 64, 64\)"),
        (np.full((1, 64, 64), 255), "between 0 and 1; got 255"),
        (np.full((1, 64, 64), np.nan), "between 0 and 1; got nan"),
    ],
)
def test_bad_images_are_named(model, images, message):
    with pytest.raises(ValueError, match=message):
        model.predict(images)


@pytest.mark.parametrize(
    ("z", "message"),
    [
        (np.zeros(256), r"z must have shape \(N, 256\) with N >= 1; got \(256,\)"),
        (np.zeros((1, 64)), r"got \(1, 64\)"),
        (np.full((1, 256), np.inf), "z must be finite"),
    ],
)
def test_bad_codes_are_named(model, z, message):
    with pytest.raises(ValueError, match=message):
        model.predict_codes(z)


@pytest.mark.slow
def test_one_model_knows_every_case():
    model = StrainEnergyModel.load_pretrained("all-cases")
    cases = [load_embedded(case) for case in (1, 2, 3)]
    cases = [one.select(np.arange(len(one)) % 5 == 0) for one in cases]
    true = [one.strain_energy[:, -1] for one in cases]
    # At one volume fraction energies hardly vary in Cases 2 and 3: by one per cent.
    for least, one, right in zip((0.98, 0.95, 0.97), cases, true, strict=True):
        assert r2(model.predict(one.images), right) >= least
    codes = np.concatenate([model.vae.encode(one.images) for one in cases])
    assert r2(model.predict_codes(codes), np.concatenate(true)) >= 0.98
    low, high = model.trained.volume_fraction
    assert low < 0.25
    assert high > 0.75


def test_a_trend_takes_away_what_the_volume_fraction_says_and_gives_it_back():
    rng = np.random.default_rng(0)
    fraction = rng.uniform(0.25, 0.75, 4000)
    spread = 0.1 * np.exp(-4 * (fraction - 0.5))
    energy = np.exp(1 - 2 * fraction) + spread * rng.standard_normal(4000)
    trend = Trend.fit(fraction, energy)
    residual = trend.residual(fraction, energy)
    assert residual.std() == pytest.approx(1, rel=1e-6)
    for low, high in ((0.25, 0.35), (0.65, 0.75)):
        some = residual[(fraction > low) & (fraction < high)]
        assert some.mean() == pytest.approx(0, abs=0.15)
        assert some.std() == pytest.approx(1, abs=0.15)
    images = np.zeros((3, 8, 8), np.float32)
    for image, count in zip(images, (20, 32, 44), strict=True):
        image.flat[:count] = 1
    right = np.exp(1 - 2 * np.array([20, 32, 44]) / 64)
    told = trend.residual(images.mean(axis=(1, 2)), right)
    found = trend([told[:, None].astype(np.float32), images])
    np.testing.assert_allclose(np.asarray(found)[:, 0], right, rtol=1e-4)
