"""Each wrong answer fails with its own message, right ones pass, the blank is not attempted."""

import importlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from answers import Answers

from vae_course.classroom import check

LESSONS = sorted(path.stem for path in Path(__file__).parent.glob("lesson_*.py"))


def exercises(lesson: str) -> dict[str, Answers]:
    return importlib.import_module(lesson).EXERCISES


def cases(kind: str) -> list[Any]:
    return [
        pytest.param(lesson, name, answer, id=f"{lesson}-{name}-{answer.__name__}")
        for lesson in LESSONS
        for name, answers in exercises(lesson).items()
        for answer in getattr(answers, kind)
    ]


def the_check(lesson: str, name: str) -> check.Check:
    return getattr(getattr(check, lesson), name)


@pytest.mark.parametrize(("lesson", "name", "answer"), cases("wrong"))
def test_a_wrong_answer_fails_with_its_own_message(
    lesson: str, name: str, answer: Callable[..., Any]
) -> None:
    outcome = the_check(lesson, name).outcome(answer)
    assert outcome.kind == "failed", outcome
    assert exercises(lesson)[name].wrong[answer] in f"{outcome.message} {outcome.why}"


@pytest.mark.parametrize(("lesson", "name", "answer"), cases("right"))
def test_a_right_answer_passes(lesson: str, name: str, answer: Callable[..., Any]) -> None:
    outcome = the_check(lesson, name).outcome(answer)
    assert outcome.kind == "passed", outcome


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_exercise_has_three_wrong_answers_and_two_right_ones(lesson: str) -> None:
    names = {one.name for one in check.exercises(lesson.removeprefix("lesson_"))}
    assert set(exercises(lesson)) == names
    for name, answers in exercises(lesson).items():
        assert len(answers.wrong) >= 3, name
        assert len(answers.right) >= 2, name
        messages = Counter(answers.wrong.values())
        assert not [message for message, count in messages.items() if count > 1], name


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_course_s_own_versions_pass(lesson: str) -> None:
    for one in check.exercises(lesson.removeprefix("lesson_")):
        outcome = one.outcome(one.reference)
        assert outcome.kind == "passed", outcome


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_blank_answer_is_not_attempted(lesson: str) -> None:
    def blank(*args: object) -> None:
        raise NotImplementedError

    for one in check.exercises(lesson.removeprefix("lesson_")):
        answer: Any = blank
        if isinstance(one.reference, type):
            answer = exercises(lesson)[one.name].blank
        assert one.outcome(answer).kind == "not attempted", one.name
