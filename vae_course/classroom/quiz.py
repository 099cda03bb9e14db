"""Questions of a lesson that ask for no code: choose, predict, find the fault, put in order.

A wrong answer is a misconception, and is told why it is wrong. What a lesson asks stands in its
source; what is right, and what is said to each wrong answer, in `quizzes/lesson_NN.py`.
"""

import importlib
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from numbers import Real
from typing import Any

from vae_course.classroom.outcome import Outcome, report

QUIZZES = "vae_course.classroom.quizzes.lesson_"
STARS = 1
"""What every question is worth."""
LONGEST = 40
"""Characters that are shown of something that is no answer."""


class NoAnswerError(ValueError):
    """Raised where something is no answer to a question at all; says what would be one."""


@dataclass(frozen=True)
class Question(ABC):
    """A question of a lesson.

    Args:
        number: Lesson and letter, such as "3.a".
        because: Why the right answer is right.
        kind: What is asked for, as the heading of the question says.
    """

    number: str
    _: KW_ONLY
    because: str
    kind: str

    @property
    def lesson(self) -> str:
        """Number of the lesson, two digits."""
        return f"{int(self.number.split('.')[0]):02d}"

    @property
    @abstractmethod
    def form(self) -> str:
        """What an answer looks like."""

    @abstractmethod
    def objection(self, answer: Any) -> str:
        """Say what is wrong with an answer; empty if nothing is.

        Args:
            answer: What a learner gave.

        Returns:
            Why it is wrong, in sentences.

        Raises:
            NoAnswerError: If it is nothing that could be right.
        """

    def outcome(self, answer: Any) -> Outcome:
        """Judge an answer.

        Args:
            answer: What a learner gave; `...` is a blank.

        Returns:
            One of the four outcomes.
        """
        if answer is ...:
            message = f"Put {self.form} in place of the three dots."
            return self._outcome("not attempted", message)
        try:
            why = self.objection(answer)
        except NoAnswerError as error:
            return self._outcome("error", str(error))
        if why:
            return self._outcome("failed", "Not so.", why=why)
        return self._outcome("passed", "Right.", why=self.because)

    def _outcome(self, kind: Any, message: str, why: str = "") -> Outcome:
        about = (self.lesson, self.number, self.kind, STARS)
        return Outcome(*about, kind, message, why=why, fallback=False)


@dataclass(frozen=True, kw_only=True)
class Choice(Question):
    """A question with a few answers, of which one is right.

    Args:
        right: Its letter.
        wrong: What is said to each other letter.

    Examples:
        >>> asked = Choice("0.a", right="b", because="Two.", wrong={"a": "One.", "c": "Three."})
        >>> asked.outcome("b").kind, asked.outcome("c").why
        ('passed', 'Three.')
    """

    right: str
    wrong: Mapping[str, str]
    kind: str = "choose"

    @property
    def letters(self) -> str:
        """The letters to choose from, in order."""
        return "".join(sorted([self.right, *self.wrong]))

    @property
    def form(self) -> str:
        """What an answer looks like: one of the letters."""
        return f"one letter, {' or '.join(repr(one) for one in self.letters)},"

    def objection(self, answer: Any) -> str:
        """Look an answer up."""
        letter = answer.strip().lower() if isinstance(answer, str) else ""
        if letter not in {self.right, *self.wrong}:
            raise NoAnswerError(f"Answer with {self.form} and not {_short(answer)}.")
        return self.wrong.get(letter, "")


@dataclass(frozen=True, kw_only=True)
class Number(Question):
    """A question for a number, before a lesson computes it.

    Args:
        low: From here ...
        high: ... to here an answer is right.
        wrong: Other ranges, low and high, with what is said to a number in each.
        otherwise: What is said to any other number.

    Examples:
        >>> both = {(0.9, 1.1): "Both."}
        >>> asked = Number("0.b", low=0.4, high=0.6, wrong=both, otherwise="", because="")
        >>> asked.outcome(0.5).kind, asked.outcome(1).why
        ('passed', 'Both.')
    """

    low: float
    high: float
    wrong: Mapping[tuple[float, float], str]
    otherwise: str
    kind: str = "predict"

    @property
    def form(self) -> str:
        """What an answer looks like."""
        return "a number"

    def objection(self, answer: Any) -> str:
        """Find the range that a number is in."""
        value = math.nan
        if not isinstance(answer, bool) and isinstance(answer, Real):
            value = float(answer)
        if not math.isfinite(value):
            raise NoAnswerError(f"Answer with {self.form} and not {_short(answer)}.")
        if self.low <= value <= self.high:
            return ""
        fits = (why for (low, high), why in self.wrong.items() if low <= value <= high)
        return next(fits, self.otherwise)


@dataclass(frozen=True, kw_only=True)
class Order(Question):
    """Lines to be put in order.

    Args:
        right: Their letters in the right order.
        wrong: For each two letters that follow each other, why the first comes before the second.

    Examples:
        >>> asked = Order("0.c", right="ba", wrong={"ba": "b makes what a needs."}, because="So.")
        >>> asked.outcome("b, a").kind, asked.outcome("ab").why
        ('passed', 'b makes what a needs.')
    """

    right: str
    wrong: Mapping[str, str]
    kind: str = "order"

    @property
    def letters(self) -> str:
        """The letters to put in order."""
        return "".join(sorted(self.right))

    @property
    def form(self) -> str:
        """What an answer looks like: all the letters in another order."""
        return f"the letters in order, as {self.letters!r} is,"

    def objection(self, answer: Any) -> str:
        """Find the first two neighbours that stand the wrong way round."""
        text = answer if isinstance(answer, str) else ""
        given = "".join(one for one in text.lower() if one.isalnum())
        if sorted(given) != sorted(self.right):
            raise NoAnswerError(f"Answer with {self.form} and not {_short(answer)}.")
        pairs = (
            why for pair, why in self.wrong.items() if given.index(pair[0]) > given.index(pair[1])
        )
        return next(pairs, "")


def _short(answer: Any) -> str:
    text = repr(answer)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def questions(lesson: str) -> tuple[Question, ...]:
    """List the questions of a lesson.

    Args:
        lesson: Number of the lesson, two digits.

    Returns:
        Its questions, in order.

    Raises:
        ModuleNotFoundError: If there is no such lesson.

    Examples:
        >>> [asked.number for asked in questions("03")][:2]
        ['3.a', '3.b']
    """
    found: tuple[Question, ...] = importlib.import_module(f"{QUIZZES}{lesson}").QUESTIONS
    return found


def find(number: str) -> Question:
    """Find a question.

    Args:
        number: Lesson and letter, such as "3.a".

    Returns:
        The question.

    Raises:
        ValueError: If there is no such question.

    Examples:
        >>> find("3.a").lesson
        '03'
    """
    lesson = str(number).partition(".")[0]
    try:
        return {asked.number: asked for asked in questions(lesson.zfill(2))}[number]
    except (ModuleNotFoundError, KeyError):
        raise ValueError(
            f'number must be that of a question, such as "3.a"; got {number}'
        ) from None


def question(number: str, answer: Any = ...) -> None:
    """Answer a question of a lesson, and show what is to be said to it.

    Args:
        number: Lesson and letter, such as "3.a".
        answer: A letter, a number, or letters in order, as the question asks.

    Raises:
        ValueError: If there is no such question.
        ExerciseNotPassedError: In strict mode, if the answer is not right.

    Examples:
        >>> question("3.a")
        ○ Question 3.a ...: not attempted. Put a number in place of the three dots.
    """
    report(find(number).outcome(answer))
