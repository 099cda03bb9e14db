"""Figures of stretched patterns and energies: what they show stands where it should."""

import numpy as np
import pytest

from vae_course.physics.figures import against_truth, points_and_curves, stretched_patterns
from vae_course.physics.hyperelasticity import solve


def test_a_stretched_pattern_is_drawn_where_its_corners_have_moved() -> None:
    image = np.array([[0, 1], [1, 1]])
    fields = solve(image, (0.0, 0.5)).displacement_fields
    figure = stretched_patterns(image, list(fields), ["at rest", "stretched"])
    corners = [ax.collections[0].get_coordinates() for ax in figure.axes]
    np.testing.assert_allclose(corners[0][0, 0], (0, 1), atol=1e-12)  # the upper left corner
    np.testing.assert_allclose(corners[1][0, 0], (-0.25, 1.25), atol=1e-9)
    np.testing.assert_allclose(corners[1][-1, -1], (1.25, -0.25), atol=1e-9)
    assert [ax.get_title() for ax in figure.axes] == ["at rest", "stretched"]
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim()
    np.testing.assert_array_equal(figure.axes[1].collections[0].get_array(), image)


def test_a_title_is_needed_for_each_field() -> None:
    with pytest.raises(ValueError, match="zip"):
        stretched_patterns(np.eye(2), [np.zeros((3, 3, 2))], ["one", "two"])


def test_points_and_curves_carry_their_labels() -> None:
    figure = points_and_curves({"a": ([1, 2], [3, 4])}, {"b": ([0, 1], [1, 2])}, "x (m)", "y (s)")
    ax = figure.axes[0]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x (m)", "y (s)")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["b", "a"]
    assert ax.lines[1].get_linestyle() == "None"
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), [3, 4])


def test_predictions_stand_against_the_truth_with_the_line_of_agreement() -> None:
    true, predicted = np.array([1.0, 2.0, 3.0]), np.array([1.5, 2.0, 4.0])
    figure = against_truth(true, {"first": predicted, "second": true}, "W")
    assert [ax.get_title() for ax in figure.axes] == ["first", "second"]
    line, dots = figure.axes[0].lines
    np.testing.assert_array_equal(line.get_xdata(), line.get_ydata())
    np.testing.assert_array_equal(line.get_xdata(), [1, 4])
    np.testing.assert_array_equal(dots.get_xdata(), true)
    np.testing.assert_array_equal(dots.get_ydata(), predicted)
    assert figure.axes[0].get_ylabel() == "W, predicted"
