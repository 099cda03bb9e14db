"""Questions: a wrong answer is told why, the right one passes, a blank and nonsense do neither."""

from collections import Counter
from typing import Any

import numpy as np
import pytest

from vae_course.classroom import check, quiz
from vae_course.classroom.outcome import ExerciseNotPassedError

LESSONS = [name.removeprefix("lesson_") for name in check.lessons()]
ASKED = [asked for lesson in LESSONS for asked in quiz.questions(lesson)]
every_question = pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.number)


def right(asked: quiz.Question) -> Any:
    match asked:
        case quiz.Number():
            return (asked.low + asked.high) / 2
        case quiz.Choice() | quiz.Order():
            return asked.right
    raise AssertionError(asked)


def wrong(asked: quiz.Question) -> dict[Any, str]:
    """Wrong answers, and what each must be told."""
    match asked:
        case quiz.Choice():
            return dict(asked.wrong)
        case quiz.Number():
            middles = {(low + high) / 2: why for (low, high), why in asked.wrong.items()}
            return {**middles, 987654.0: asked.otherwise}
        case quiz.Order():
            pairs = zip(asked.right, asked.right[1:], strict=False)
            swapped = {asked.right.replace(a + b, b + a): asked.wrong[a + b] for a, b in pairs}
            return swapped
    raise AssertionError(asked)


@every_question
def test_the_right_answer_passes_and_says_why(asked: quiz.Question) -> None:
    outcome = asked.outcome(right(asked))
    assert (outcome.kind, outcome.why) == ("passed", asked.because)
    assert len(asked.because) > 20


@every_question
def test_each_wrong_answer_is_told_something_of_its_own(asked: quiz.Question) -> None:
    answers = wrong(asked)
    assert len(answers) >= 2
    assert max(Counter(answers.values()).values()) == 1
    for answer, why in answers.items():
        outcome = asked.outcome(answer)
        assert (outcome.kind, outcome.why) == ("failed", why), answer
        assert len(why) >= 15


@every_question
@pytest.mark.parametrize("nonsense", [None, "", "z", [], float("nan"), True, lambda: 1, "a" * 999])
def test_nonsense_is_told_what_an_answer_is(asked: quiz.Question, nonsense: Any) -> None:
    outcome = asked.outcome(nonsense)
    assert outcome.kind == "error"
    assert asked.form in outcome.message
    assert len(outcome.message) < 140
    assert asked.outcome(...).kind == "not attempted"


def test_an_answer_may_be_written_in_more_than_one_way() -> None:
    assert quiz.find("1.a").outcome(" C ").kind == "passed"
    assert quiz.find("4.d").outcome("b, a, d, c").kind == "passed"
    assert quiz.find("3.a").outcome(np.float32(4096)).kind == "passed"
    assert quiz.find("3.a").outcome(4096).kind == "passed"


def test_every_lesson_has_questions_of_three_kinds_that_are_predicted_first() -> None:
    for lesson in LESSONS:
        kinds = [asked.kind for asked in quiz.questions(lesson)]
        numbers = [asked.number for asked in quiz.questions(lesson)]
        assert numbers == [f"{int(lesson)}.{letter}" for letter in "abcdefgh"[: len(numbers)]]
        assert len(kinds) >= 3
        assert kinds[0] == "predict"
        assert "choose" in kinds
    assert set(kinds_of(ASKED)) == {"choose", "predict", "order", "find the fault"}


def kinds_of(asked: list[quiz.Question]) -> list[str]:
    return [one.kind for one in asked]


def test_the_right_letter_is_not_the_same_everywhere() -> None:
    letters = Counter(asked.right for asked in ASKED if isinstance(asked, quiz.Choice))
    assert len(letters) >= 3
    assert max(letters.values()) <= 0.6 * sum(letters.values())


def test_an_order_has_a_reason_for_each_two_neighbours() -> None:
    for asked in ASKED:
        if isinstance(asked, quiz.Order):
            pairs = {a + b for a, b in zip(asked.right, asked.right[1:], strict=False)}
            assert set(asked.wrong) == pairs


@pytest.mark.parametrize("number", ["3.z", "99.a", "3", "", "a.3", "../3.a"])
def test_a_question_that_is_not_there_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match=r"number must be that of a question, such as"):
        quiz.find(number)


def test_a_question_is_shown_remembered_and_strict(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_COURSE_STRICT", "0")
    check.question("1.b", "c")
    check.question("1.b", "b")
    check.progress("01")
    said = capsys.readouterr().out
    assert "✗ Question 1.b ★ choose: failed. Not so." in said
    assert "1.b ✓" in said
    monkeypatch.setenv("VAE_COURSE_STRICT", "1")
    with pytest.raises(ExerciseNotPassedError):
        check.question("1.b", "c")
