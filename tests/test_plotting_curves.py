"""Figures of smooth curves."""

import numpy as np

from vae_course import plotting


def test_a_curve_plot_shades_a_part_and_keeps_negative_values_in_view() -> None:
    x = np.linspace(-1, 1, 50)
    ax = plotting.curve_plot({"cube": (x, x**3)}, "x", "y", span=(-0.5, 0.5, "middle")).axes[0]
    assert ax.get_ylim()[0] < -1
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["cube", "middle"]
    left, right = ax.patches[0].get_bbox().intervalx
    assert (left, right) == (-0.5, 0.5)


def test_on_logarithmic_axes_a_power_law_is_a_straight_line() -> None:
    t = np.geomspace(1e-4, 1e-2, 7)
    ax = plotting.curve_plot({"law": (t, 2 * t ** (1 / 3))}, "t", "L", log=True).axes[0]
    places = ax.transData.transform(ax.lines[0].get_xydata())
    slopes = np.diff(places[:, 1]) / np.diff(places[:, 0])
    np.testing.assert_allclose(slopes, slopes[0])


def test_labels_of_a_logarithmic_axis_are_plain_numbers() -> None:
    figure = plotting.curve_plot({"law": ([1e-4, 1e-2], [0.1, 0.9])}, "t", "L", log=True)
    figure.draw_without_rendering()
    labels = {text.get_text() for text in figure.axes[0].get_yticklabels(which="both")}
    assert {"0.1", "0.2", "0.5"} <= labels
