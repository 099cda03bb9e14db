"""How outcomes are shown: as text, in colour, as a box in a notebook, for programs."""

import json
import re

import pytest

from vae_course.classroom.outcome import COLOURS, MIME, Outcome, Progress

FAILED = Outcome(
    "03",
    "3.2",
    "kl_divergence",
    2,
    "failed",
    "kl_divergence(mean, log_variance) is not right.",
    expected="shape (5,): [1, 2]",
    found="<script>alert(1)</script>",
    why="The factor ½ is lost.",
)


def test_a_failure_reads_as_text() -> None:
    lines = str(FAILED).splitlines()
    assert lines[0].startswith("✗ Exercise 3.2 ★★ kl_divergence: failed.")
    assert "expected" in lines[1]
    assert "The cells below use the course's own kl_divergence" in lines[-1]


def test_what_a_learner_s_code_returned_is_escaped_in_the_box() -> None:
    box = FAILED._repr_html_()
    assert "<script>" not in box
    assert "&lt;script&gt;" in box


def test_a_notebook_keeps_text_box_and_data() -> None:
    bundle = FAILED._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", MIME}
    assert json.loads(json.dumps(bundle[MIME]))["kind"] == "failed"


@pytest.mark.parametrize("colour", COLOURS.values())
def test_white_letters_on_every_badge_have_enough_contrast(colour: str) -> None:
    channels = [int(part, 16) / 255 for part in re.findall("..", colour[1:])]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    assert 1.05 / (luminance + 0.05) >= 4.5


def test_progress_counts_stars_of_what_was_passed() -> None:
    passed = Outcome("03", "3.1", "sample", 2, "passed", "Well done.", fallback=False)
    rows = (("3.1", 2, "sample"), ("3.2", 3, "kl_divergence"))
    line = str(Progress("03", {"3.1": passed}, rows))
    assert line.startswith("Lesson 03: 1 of 2 passed, 2 of 5 stars")
    assert line.endswith("Next: 3.2 ★★★ kl_divergence.")
    assert str(Progress("03", {"3.1": passed}, rows[:1])).endswith("All done.")
