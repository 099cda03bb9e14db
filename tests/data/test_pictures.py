"""One microstructure by its name: pattern file, picture, or embedded image."""

import numpy as np
import pytest
from skimage.io import imsave

from vae_course.data import PatternFileError, load_embedded
from vae_course.data.pictures import read_microstructure
from vae_course.data.preparation import Preparation

IMAGE = load_embedded(1).images[3]


def test_an_embedded_image_comes_with_its_time_and_parameters():
    known = load_embedded(1)
    found = read_microstructure("embedded:17")
    assert np.array_equal(found.image, known.images[17])
    assert found.time == known.time[17]
    assert (found.b, found.lam) == (known.parameters["b"][17], known.parameters["lam"][17])


@pytest.mark.parametrize("block", [1, 3])
@pytest.mark.parametrize("levels", [(0, 255), (90, 160)])
@pytest.mark.parametrize("channels", [0, 3, 4])
def test_a_picture_is_read_whatever_its_size_contrast_and_channels(
    tmp_path, block, levels, channels
):
    low, high = levels
    grey = np.kron(np.where(IMAGE, high, low), np.ones((block, block))).astype(np.uint8)
    picture = np.repeat(grey[..., None], channels, axis=-1) if channels else grey
    if channels == 4:
        picture[..., 3] = 255
    imsave(tmp_path / "a.png", picture, check_contrast=False)
    found = read_microstructure(str(tmp_path / "a.png"), Preparation(reduce=block))
    assert np.array_equal(found.image, IMAGE)
    assert found.time is None


def test_a_pattern_file_is_read_as_the_dataset_has_it(tmp_path):
    x = np.mgrid[:400, :400][1]
    np.savetxt(tmp_path / "Image1.txt", (x > 200).astype(int), fmt="%d")
    found = read_microstructure(str(tmp_path / "Image1.txt")).image
    assert found[:, :31].max() == 0
    assert found[:, 33:].min() == 1


@pytest.mark.parametrize(
    "name", ["embedded:", "embedded:-1", "embedded:4800", "embedded:x", "embedded:1e2"]
)
def test_an_unknown_embedded_image_is_answered_with_the_known_ones(name):
    with pytest.raises(ValueError, match="expected embedded:0 to embedded:4799"):
        read_microstructure(name)


def test_bad_files_are_named_with_what_was_expected(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.png: expected a file"):
        read_microstructure("none.png")
    (tmp_path / "a.csv").write_text("1")
    with pytest.raises(PatternFileError, match=r"a\.csv: expected \.txt or one of"):
        read_microstructure(str(tmp_path / "a.csv"))
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
    with pytest.raises(PatternFileError, match=r"a\.png: expected a picture"):
        read_microstructure(str(tmp_path / "a.png"))
    imsave(tmp_path / "b.png", np.eye(63, 65, dtype=np.uint8), check_contrast=False)
    with pytest.raises(PatternFileError, match=r"b\.png: .*64 × 64 pixels or more.*got 63 × 65"):
        read_microstructure(str(tmp_path / "b.png"))
