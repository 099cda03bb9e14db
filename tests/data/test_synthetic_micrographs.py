"""Synthetic micrographs have the faults of real ones, and their phases are known."""

import numpy as np
import pytest

from vae_course.data import load_embedded, read_micrographs, synthetic_micrographs
from vae_course.data.micrographs import binarise, micrograph_files, read_grey
from vae_course.data.synthetic_micrographs import HEIGHT, SCALE_BAR, STRIP, WIDTH
from vae_course.physics.descriptors import domain_size

COUNT = 3


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("micrographs") / "new"
    return folder, synthetic_micrographs(folder, COUNT, seed=1)


def test_they_are_grey_pictures_with_a_strip_below(made):
    folder, phases = made
    assert phases.shape == (COUNT, HEIGHT, WIDTH)
    files = micrograph_files(folder)
    assert [path.name for path in files] == [f"micrograph-{k:02d}.png" for k in (1, 2, 3)]
    for path in files:
        grey = read_grey(path)
        assert grey.shape == (HEIGHT + STRIP, WIDTH)
        bar = grey[HEIGHT + 9 : HEIGHT + 14, : SCALE_BAR + 14]
        assert np.array_equal((bar == 255).sum(axis=1), [SCALE_BAR] * 5)
        assert len(np.unique(grey[:HEIGHT])) > 50  # far more than two levels


def test_they_are_read_to_their_true_phases_once_light_and_strip_are_dealt_with(made):
    folder, phases = made
    for path, truth in zip(micrograph_files(folder), phases, strict=True):
        grey = read_grey(path)[:HEIGHT]
        even = np.mean(binarise(grey, background=25) != truth)
        assert even < 0.05
        assert np.mean(binarise(grey) != truth) > even  # one threshold for all is worse


def test_a_micrograph_gives_several_tiles_of_one_group(made):
    found = read_micrographs(made[0], background=25, cut=(0, 0, STRIP, 0))
    assert np.array_equal(np.bincount(found.simulation), [6] * COUNT)


def test_mean_and_domains_are_not_those_of_case_1(made):
    assert 0.58 < made[1].mean() < 0.70
    tiles = made[1][:, :128, :192].reshape(COUNT, 2, 64, 3, 64).swapaxes(2, 3).reshape(-1, 64, 64)
    assert np.mean(domain_size(tiles)) < 0.8 * np.mean(domain_size(load_embedded(1).images))


def test_the_same_seed_gives_the_same_micrographs_whatever_the_count(made, tmp_path):
    folder, phases = made
    again = synthetic_micrographs(tmp_path / "again", 1, seed=1)
    other = synthetic_micrographs(tmp_path / "other", 1, seed=2)
    first = "micrograph-01.png"
    assert np.array_equal(again[0], phases[0])
    assert (tmp_path / "again" / first).read_bytes() == (folder / first).read_bytes()
    assert not np.array_equal(other[0], phases[0])


@pytest.mark.parametrize(("count", "seed"), [(0, 0), (1, -1)])
def test_a_wrong_count_or_seed_is_named(tmp_path, count, seed):
    with pytest.raises(ValueError, match=f"got {count} and {seed}"):
        synthetic_micrographs(tmp_path, count, seed)
