"""Figures: the colours, the layout, and files that appear whole."""

import base64

import numpy as np
import pytest
from matplotlib.image import imread

from vae_course import plotting
from vae_course.plotting import PHASES, line_plot, pattern_table, save_figure

IMAGE = np.array([[0.0, 1.0], [0.5, 0.0]])


def test_phase_1_is_light_phase_0_dark_and_lightness_rises_evenly():
    luminance = PHASES(np.linspace(0, 1, 11))[:, :3] @ [0.2126, 0.7152, 0.0722]
    assert luminance[0] < 0.25
    assert luminance[-1] > 0.9
    steps = np.diff(luminance)
    assert steps.min() > 0
    assert steps.max() < 2 * steps.min()


def test_a_table_has_an_image_a_place_and_leaves_gaps():
    figure = pattern_table(
        [[IMAGE, None], [IMAGE, IMAGE]], ["a", "b"], ["x", "y"], [["1", ""], ["2", "3"]]
    )
    assert len(figure.axes) == 3
    shown = figure.axes[0].images[0]
    np.testing.assert_array_equal(shown.get_array(), IMAGE)
    assert shown.get_clim() == (0, 1)
    assert [ax.get_xlabel() for ax in figure.axes] == ["1", "2", "3"]


def test_rows_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="rows must be one or more of one length"):
        pattern_table([[IMAGE], [IMAGE, IMAGE]], ["a", "b"], ["x"])
    with pytest.raises(ValueError, match="rows must be one or more"):
        pattern_table([], [], [])


def test_a_line_plot_names_its_axes_and_lines_and_starts_at_zero():
    figure = line_plot({"a": ([1, 2], [3, 4]), "b": ([1, 2], [5, 6])}, "time", "error", log_x=True)
    ax = figure.axes[0]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time", "error")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]
    assert ax.get_ylim()[0] == 0
    assert [text.get_text() for text in ax.get_xticklabels()] == ["1", "2"]


def test_a_figure_is_saved_as_png_and_equal_figures_give_equal_bytes(tmp_path):
    for name in ("a.png", "b.png"):
        save_figure(pattern_table([[IMAGE]], ["a"], ["x"]), tmp_path / name, dpi=50)
    assert imread(tmp_path / "a.png").ndim == 3
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_histogram_has_an_area_of_one_for_each_sample() -> None:
    rng = np.random.default_rng(0)
    figure = plotting.histogram({"a": rng.normal(size=500), "b": rng.normal(size=50)}, "x")
    (ax,) = figure.axes
    for patch in ax.patches:  # for each sample an area and its outline
        x, y = patch.get_path().vertices.T
        assert abs(np.trapezoid(y, x)) == pytest.approx(1.0, abs=1e-6)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]


def test_clouds_are_drawn_on_equal_scales_around_zero() -> None:
    figure = plotting.scatter({"a": ([0.0, 3.0], [0.0, 1.0])}, "x", "y")
    (ax,) = figure.axes
    assert ax.get_xlim() == ax.get_ylim() == pytest.approx((-3.15, 3.15))


def test_a_figure_is_not_shown_without_words_for_it() -> None:
    figure = plotting.scatter({"a": ([0.0], [1.0])}, "x", "y")
    with pytest.raises(ValueError, match="alt must say what the figure shows"):
        plotting.show(figure, " ")


def test_a_shown_figure_carries_its_words_into_the_notebook(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[object] = []
    monkeypatch.setattr(plotting, "display", shown.append)
    plotting.show(plotting.scatter({"a": ([0.0], [1.0])}, "x", "y"), "One point.", dpi=50)
    data, metadata = shown[0]._repr_mimebundle_()  # type: ignore[attr-defined]
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert metadata["image/png"] == {"alt": "One point.", "width": 310, "height": 195}
