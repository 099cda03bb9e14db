"""Micrographs are drawn in shades of grey, whatever their levels and shape."""

import numpy as np
import pytest

from vae_course import plotting


def test_each_micrograph_has_its_title_and_its_own_range_of_grey():
    images = [np.arange(12.0).reshape(3, 4), 1000 * np.arange(20.0).reshape(5, 4)]
    figure = plotting.micrograph_row(images, ["first", "second"])
    assert [ax.get_title() for ax in figure.axes] == ["first", "second"]
    for ax, image in zip(figure.axes, images, strict=True):
        drawn = ax.images[0]
        np.testing.assert_array_equal(drawn.get_array(), image)
        assert drawn.get_clim() == (image.min(), image.max())
        assert drawn.get_cmap().name == "gray"


def test_a_missing_title_is_an_error():
    with pytest.raises(ValueError, match="shorter"):
        plotting.micrograph_row([np.eye(2), np.eye(2)], ["one"])
