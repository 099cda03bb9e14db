"""Diagrams of models: parts where they are put, arrows from edge to edge, clear refusals."""

import numpy as np
import pytest
from matplotlib.text import Annotation

from vae_course.diagrams import HALF, LOW, diagram

PICTURE = np.eye(8)
PARTS = {"picture": (0, 0, PICTURE), "encoder": (1, 0), "code": (2, 1, np.linspace(-1, 1, 6))}


def test_numbers_are_shown_as_they_are():
    picture, code = diagram(PARTS, [], {"code": "6 numbers"}).axes[0].child_axes
    np.testing.assert_array_equal(picture.images[0].get_array(), PICTURE)
    np.testing.assert_allclose(code.images[0].get_array().ravel(), np.linspace(-1, 1, 6))
    assert code.images[0].get_array().shape == (2, 3)


def test_a_name_stands_in_its_box_or_below_its_numbers():
    whole = diagram(PARTS, [], {"code": "6 numbers"}).axes[0]
    places = {text.get_text(): text.get_position() for text in whole.texts}
    assert places["encoder"] == (1, 0)
    assert places["picture"][1] > HALF
    assert places["code\n6 numbers"][0] == 2


def test_an_arrow_leads_from_the_edge_of_one_part_to_that_of_the_next():
    whole = diagram(PARTS, ["picture -> encoder -> code"]).axes[0]
    first, second = [text for text in whole.texts if isinstance(text, Annotation)]
    np.testing.assert_allclose([first.xyann, first.xy], [(HALF, 0), (1 - HALF, 0)])
    np.testing.assert_allclose(second.xyann, (1 + LOW, LOW))  # out at the bottom of the box
    np.testing.assert_allclose(second.xy, (2 - HALF, 1 - HALF))


def test_what_is_no_part_or_cannot_be_drawn_is_refused():
    with pytest.raises(ValueError, match="no part is called 'decoder'; expected one of picture"):
        diagram(PARTS, ["picture -> decoder"])
    with pytest.raises(ValueError, match=r"'x' must be a picture .* or a code .*; got \(2, 3\)"):
        diagram({"x": (0, 0, np.ones((2, 3)))}, [])
