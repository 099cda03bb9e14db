"""Answers that are listed as right carry the rest of their lesson: `python -m tools.answers`."""

from pathlib import Path

import pytest

from tools.answers import answered, broken, right_answers, rounds
from vae_course.authoring.source import Source, read_sources

SOURCES = read_sources(Path(__file__).parents[2])


def test_each_right_answer_is_chosen_in_some_round() -> None:
    answers = {"a": ["a1", "a2", "a3"], "b": ["b1", "b2"]}
    chosen = list(rounds(answers))
    assert len(chosen) == 3
    assert {one["a"] for one in chosen} == set(answers["a"])
    assert {one["b"] for one in chosen} == set(answers["b"])


def test_an_answer_that_does_not_carry_its_lesson_is_found() -> None:
    source = SOURCES[0]
    chosen = list(rounds(right_answers(source)))[-1]
    said = broken(source, chosen | {"volume_fraction": "no_answer_of_this_name"})
    assert "cannot import name 'no_answer_of_this_name'" in said


def test_a_lesson_is_answered_by_what_is_chosen() -> None:
    source = SOURCES[0]
    chosen = list(rounds(right_answers(source)))[-1]
    code = answered(source, chosen)
    for name, answer in chosen.items():
        assert f"from lesson_01 import {answer} as {name}" in code
    assert "### BEGIN SOLUTION" not in code


def carried(source: Source) -> None:
    """The last answers carry their lesson to its end, its trainings cut short.

    `python -m tools.answers NN` trains in full, compares numbers, and runs the other answers, too.
    """
    assert broken(source, list(rounds(right_answers(source)))[-1]) == ""


@pytest.mark.slow
class TestFirstLessons:
    """A class is run by one process: two of them share the minutes that all lessons take."""

    @pytest.mark.parametrize("source", SOURCES[:6], ids=lambda source: source.number)
    def test_the_last_right_answers_carry_their_lesson(self, source: Source) -> None:
        carried(source)


@pytest.mark.slow
class TestLastLessons:
    """The others."""

    @pytest.mark.parametrize("source", SOURCES[6:], ids=lambda source: source.number)
    def test_the_last_right_answers_carry_their_lesson(self, source: Source) -> None:
        carried(source)
