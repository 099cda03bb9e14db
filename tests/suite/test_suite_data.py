"""The frozen suite is what it says, and no other file passes for it."""

import re

import numpy as np
import pytest

from vae_course.data import load_embedded
from vae_course.data.generate import draw_parameters
from vae_course.physics import descriptors
from vae_course.physics.hyperelasticity import strain_energy
from vae_course.suite import data

SEED = 5300


@pytest.fixture(scope="module")
def suite() -> data.Suite:
    return data.load()


def test_another_file_is_refused(tmp_path):
    with pytest.raises(ValueError, match=re.escape("there is no suite")):
        data.load(tmp_path)
    (tmp_path / data.FILE).write_bytes((data.folder() / data.FILE).read_bytes()[:-1])
    with pytest.raises(ValueError, match="not the frozen suite: its SHA-256 begins with"):
        data.load(tmp_path)


def test_it_is_what_its_seeds_give(suite):
    rows = draw_parameters(28, 2, SEED + 1)
    first = suite.case == 2
    assert set(suite.b[first]) == set(rows["b"])
    again, times = data._patterns(rows[0])
    mine = np.flatnonzero(suite.b == rows[0]["b"])
    np.testing.assert_array_equal(suite.time[mine], times)
    assert np.mean(suite.images[mine] != again) < 1e-3  # other processors round differently
    row = draw_parameters(6, 1, SEED)[0]
    np.testing.assert_allclose(suite.fields[0, :2], data.film(row, np.array([9, 10])), atol=2e-3)


def test_series_are_noisy_frames_and_clean_fields(suite):
    noise = suite.given[:, -1] - suite.fields[:, 0]
    assert noise.std() == pytest.approx(0.02, rel=0.03)
    assert abs(noise.mean()) < 1e-3
    means = suite.fields.mean(axis=(2, 3))
    np.testing.assert_allclose(means, means[:, :1] + 0 * means, atol=1e-3)  # conserved
    given, truth, last = suite.series("binary")
    assert set(np.unique(given)) == set(np.unique(truth)) == set(np.unique(last)) == {0, 1}
    assert truth.shape == (18, 4, 64, 64)


def test_pasts_are_of_the_same_simulation_at_half_the_age(suite):
    now, before = suite.pairs
    assert len(now) > 60
    np.testing.assert_array_equal(suite.simulation[now], suite.simulation[before])
    np.testing.assert_allclose(suite.time[before] / suite.time[now], 0.5)
    assert len(np.unique(suite.simulation[now])) == len(now)
    sizes = [np.mean(descriptors.domain_size(suite.images[rows])) for rows in (now, before)]
    assert sizes[0] / sizes[1] == pytest.approx(2 ** (1 / 3), rel=0.06)


def test_energies_are_those_of_finite_elements(suite):
    for row in (0, len(suite.images) // 2):
        energy = strain_energy(suite.images[row], [0.5])[0]
        assert suite.strain_energy[row] == pytest.approx(energy, rel=1e-6)


def test_no_simulation_is_in_the_data_that_the_course_trains_on(suite):
    embedded = load_embedded()
    images = {one.tobytes() for one in embedded.images}
    assert not images & {one.tobytes() for one in suite.images}
    drawn = {row["b"] for case in (1, 2, 3) for row in draw_parameters(6, case, SEED)}
    assert not drawn & set(suite.b)
    assert not set(embedded.parameters["b"]) & (drawn | set(suite.b))


def test_what_is_written_is_read_again(suite):
    again = data.packed(suite)
    assert again["given"].dtype == np.uint8
    assert again["fields"].dtype == np.float16
    np.testing.assert_array_equal(np.unpackbits(again["images"], axis=-1), suite.images)
