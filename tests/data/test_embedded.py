"""The embedded dataset: what it promises, and that its own command makes the same bits."""

import json
from importlib.resources import files

import numpy as np
import pytest

from vae_course.data import PatternFileError, embedded, load_embedded
from vae_course.data.generate import draw_parameters, simulate_images
from vae_course.data.schedule import FRAME_TIMES, MEANS, spread
from vae_course.physics import hyperelasticity

MANIFEST = json.loads(files(embedded).joinpath("manifest.json").read_text())


@pytest.mark.parametrize(("case", "simulations"), [(1, 400), (2, 100), (3, 100)])
def test_each_case_has_enough_simulations_with_young_and_old_frames(case, simulations):
    patterns = load_embedded(case)
    assert len(np.unique(patterns.simulation)) >= simulations
    counts = np.bincount(patterns.simulation)
    assert counts.min() >= 10
    assert counts.max() <= 12
    assert np.isin(patterns.time, FRAME_TIMES).all()
    assert (patterns.time < 1e-3).mean() > 0.1
    assert (patterns.time > 1e-2).mean() > 0.1
    assert set(patterns.parameters["case"]) == {case}
    # Curved interfaces shift c on both sides of them, so the fraction is near the mean, not at it.
    assert patterns.images.mean() == pytest.approx(MEANS[case], abs=0.05)
    assert np.isfinite(patterns.strain_energy).all()


def test_all_of_it_is_under_six_megabytes():
    folder = files(embedded)
    assert sum(len(folder.joinpath(name).read_bytes()) for name in MANIFEST["files"]) < 6e6


def test_strain_energies_lie_between_the_soft_phase_and_uniform_strain():
    patterns = load_embedded(1)
    energy = patterns.strain_energy[:, -1]
    soft = 0.520888316
    fraction = patterns.images.mean(axis=(1, 2))
    assert np.all(energy > soft)
    assert np.all(energy < soft * (fraction + 10 * (1 - fraction)))
    assert 1.05 <= np.median(energy) <= 1.25


@pytest.mark.parametrize("case", [1, 2, 3])
def test_every_embedded_curve_rises_from_the_same_elastic_line(case):
    curves = load_embedded(case).stress_strain
    assert np.isfinite(curves).all()
    assert (np.diff(curves, axis=1) >= 0).all()
    np.testing.assert_allclose(curves[:, 0], 1 / (1 - 0.3**2), atol=6e-4)


@pytest.mark.parametrize(("case", "number"), [(1, 0), (1, 399), (2, 50), (3, 99)])
def test_a_simulation_made_again_is_the_same_bit_by_bit(case, number):
    patterns = load_embedded(case)
    kept = patterns.select(patterns.simulation == number)
    seed = MANIFEST["files"][f"case{case}.npz"]["seed"]
    parameters = draw_parameters(number + 1, case, seed)[number]
    images, times = simulate_images(parameters)
    chosen = spread(times, MANIFEST["frames"])
    np.testing.assert_array_equal(kept.images, images[chosen])
    np.testing.assert_array_equal(kept.time, times[chosen])
    assert kept.parameters[0] == parameters
    np.testing.assert_allclose(
        kept.strain_energy[0], hyperelasticity.strain_energy(images[chosen[0]]), rtol=1e-9
    )


def test_a_changed_file_is_refused_by_its_checksum(tmp_path, monkeypatch):
    for path in files(embedded).iterdir():
        if path.name.endswith((".npz", ".json")):
            (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(embedded, "files", lambda name: tmp_path)
    assert len(load_embedded(3)) > 0
    damaged = bytearray((tmp_path / "case3.npz").read_bytes())
    damaged[1000] ^= 1
    (tmp_path / "case3.npz").write_bytes(damaged)
    with pytest.raises(PatternFileError, match=r"case3\.npz: expected SHA-256"):
        load_embedded(3)


def test_a_case_that_does_not_exist_is_named():
    with pytest.raises(ValueError, match="case must be 1, 2 or 3; got 0"):
        load_embedded(0)
