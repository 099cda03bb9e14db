"""A model's file is read, and its answers are looked at, with words that help whoever wrote it."""

import re

import numpy as np
import pytest

from vae_course.suite.models import METHODS, call, load_model, methods


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        (None, "gone.py", "gone.py: there is no such file"),
        ("def other(): ...", "mine.py", "mine.py has none of forecast, past"),
        ("def forecast(:", "mine.py", "reading it failed with SyntaxError"),
        ("1 / 0", "mine.py", "failed with ZeroDivisionError: division by zero (mine.py, line 1)"),
        ("", "mine.py:Model", "mine.py has no 'Model'"),
        ("class Model:\n    def __init__(self, x): ...", "mine.py:Model", "making Model failed"),
        (None, "no_such_module", "no_such_module: no such file or module"),
    ],
)
def test_what_is_no_model_is_refused_by_name(text, name, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if text is not None:
        (tmp_path / "mine.py").write_text(text)
    with pytest.raises(ValueError, match=re.escape(words)):
        load_model(name)


def test_a_file_a_class_and_an_object_are_models(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "beside.py").write_text("K = 2")
    (tmp_path / "mine.py").write_text(
        "from beside import K\ndef strain_energy(images): return K * images.mean((1, 2))\n"
        "class Model:\n    def sample(self, times, fractions, seed): ...\nready = Model()\n"
    )
    assert methods(load_model("mine.py")) == ["strain_energy"]
    assert (
        methods(load_model("mine.py:Model")) == methods(load_model("mine.py:ready")) == ["sample"]
    )
    found = call(load_model("mine.py"), "strain_energy", [(3,)], np.ones((3, 4, 4)))
    np.testing.assert_array_equal(found, 2.0)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (np.zeros((2, 5)), "sample must return shape (2, 4) or (4,); got (2, 5)"),
        (np.full((2, 4), np.nan), "sample must return finite numbers; 100.0% are not"),
        (None, "sample must return numbers, as an array; got NoneType"),
        ("text", "sample must return numbers, as an array; got str"),
        ([[1, 2], [3]], "sample must return numbers, as an array; got list"),
    ],
)
def test_an_answer_that_is_none_is_refused(answer, words):
    class Model:
        def sample(self):
            return answer

    with pytest.raises(ValueError, match=re.escape(words)):
        call(Model(), "sample", [(2, 4), (4,)])


def test_an_error_inside_names_the_method_and_the_line():
    class Model:
        def past(self, images):
            return images + np.ones(3)

    with pytest.raises(
        ValueError, match=r"past failed with ValueError: .*\(test_suite_models.py, "
    ):
        call(Model(), "past", [(2, 4)], np.zeros((2, 4)))


def test_every_method_is_on_the_page():
    from vae_course.suite.data import folder

    page = (folder().parents[1] / "docs" / "benchmark.md").read_text("utf-8")
    for signature in METHODS.values():
        assert f"| `{signature}` |" in page
