"""Exercises and their checks: `check.lesson_03.kl_divergence(kl_divergence)`.

A check examines a learner's function, shows one of four outcomes, and returns a function that
works: the learner's if it passed, else the course's own, so that a lesson always runs to its end.
"""

import copy
import functools
import importlib
import inspect
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from vae_course.classroom import quiz, tracebacks
from vae_course.classroom.compare import MistakeError, as_array
from vae_course.classroom.limits import LimitReachedError, limited, untouched_random_state
from vae_course.classroom.outcome import STRICT, Outcome, report, show
from vae_course.classroom.outcome import progress as collect

LESSONS = "vae_course.classroom.checks."

question = quiz.question  # so that a lesson needs `check` alone


class Student:
    """A learner's function or class, called with copies, so that it cannot change a check's data.

    Args:
        answer: The function or class.
        name: Its name.
        takes: Its parameters, as the exercise names them.

    Examples:
        >>> student = Student(lambda image: 1 - image, name="swap_phases", takes="image")
        >>> student(np.array([0, 1, 1]))
        array([1, 0, 0])
    """

    def __init__(self, answer: Callable[..., Any], name: str, takes: str) -> None:
        self.answer, self.name, self.takes = answer, name, takes

    def __call__(self, *args: Any) -> Any:
        """Call it.

        Args:
            *args: Arguments; arrays among them are copied.

        Returns:
            What it returns.

        Raises:
            MistakeError: If it takes other arguments, or changes an array that it is given.
        """
        try:
            inspect.signature(self.answer).bind(*args)
        except TypeError:
            raise MistakeError(
                f"{self.name} does not take the arguments it is given.",
                "Keep the first line of the function as the lesson has it.",
                f"{self.name}({self.takes})",
                f"{self.name}{inspect.signature(self.answer)}",
            ) from None
        except ValueError:
            pass  # some compiled functions do not say what they take
        copies = [copy.deepcopy(arg) if isinstance(arg, np.ndarray) else arg for arg in args]
        result = self.answer(*copies)
        names = [name.strip() for name in self.takes.split(",")]
        for name, before, after in zip(names, args, copies, strict=False):
            if isinstance(before, np.ndarray) and not np.array_equal(
                before, after, equal_nan=before.dtype.kind in "fc"
            ):
                raise MistakeError(
                    f"{self.name} changes its argument {name} in place.",
                    "Whoever calls the function still needs the old values. Work on a copy "
                    f"(`{name}.copy()`), or write the result to a new array.",
                )
        return result


@dataclass(frozen=True)
class Check:
    """The check of one exercise; call it with the learner's function or class.

    Args:
        number: Number of the exercise, such as "3.2".
        name: Name of the function or class that is asked for.
        stars: Difficulty: 1 a line, 2 a function, 3 think first.
        takes: Its parameters, as the exercise names them.
        reference: The course's own version.
        examine: Raises `MistakeError` where an answer is wrong.
        seconds: Time allowed.
        memory: Memory allowed, in GiB.
        gives_array: Whether the cells below get arrays where the answer gives lists or tensors.

    Examples:
        >>> from vae_course.classroom.compare import MistakeError
        >>> def examine(student):
        ...     if student(3) != 6:
        ...         raise MistakeError("Twice 3 is 6.")
        >>> check = Check("0.1", "double", 1, "x", reference=lambda x: 2 * x, examine=examine)
        >>> [check.outcome(answer).kind for answer in (lambda x: x + x, lambda x: x**2)]
        ['passed', 'failed']
    """

    number: str
    name: str
    stars: int
    takes: str
    reference: Any
    examine: Callable[[Student], None]
    seconds: float = 60.0
    memory: float = 4.0
    gives_array: bool = False

    @property
    def lesson(self) -> str:
        """Number of the lesson, two digits."""
        return f"{int(self.number.split('.')[0]):02d}"

    def __call__(self, answer: Any) -> Any:
        """Examine an answer and show what came of it.

        Args:
            answer: The learner's function or class.

        Returns:
            The answer if it passed, else the course's own.

        Raises:
            ExerciseNotPassedError: In strict mode, if it did not pass.
        """
        outcome = self.outcome(answer)
        report(outcome)
        if outcome.kind != "passed":
            return self.reference
        if not self.gives_array:
            return answer

        @functools.wraps(answer)
        def with_arrays(*args: Any, **kwargs: Any) -> Any:
            return _arrays(self.name, answer(*args, **kwargs))

        return with_arrays

    def outcome(self, answer: Any) -> Outcome:
        """Examine an answer.

        Args:
            answer: The learner's function or class.

        Returns:
            One of the four outcomes. Neither the global random state nor the answer is changed.
        """
        if not callable(answer):
            return self._failed(
                MistakeError(
                    f"The check needs {self.name} itself, to call it with values of its own.",
                    f"Give it `{self.name}`, without parentheses behind it.",
                    "a function",
                    type(answer).__name__,
                )
            )
        try:
            with untouched_random_state(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with limited(self.seconds, self.memory):
                    self.examine(Student(answer, self.name, self.takes))
        except MistakeError as mistake:
            return self._failed(mistake)
        except (Exception, LimitReachedError, SystemExit) as error:  # theirs can raise anything
            return self._raised(error)
        return self._outcome("passed", "Well done.", fallback=False)

    def _failed(self, mistake: MistakeError) -> Outcome:
        return self._outcome(
            "failed",
            mistake.message,
            why=mistake.why,
            expected=mistake.expected,
            found=mistake.found,
        )

    def _raised(self, error: BaseException) -> Outcome:
        if isinstance(error, NotImplementedError) and tracebacks.is_blank(error):
            return self._outcome("not attempted", "Nothing is filled in yet.")
        match error:
            case LimitReachedError():
                message = f"Your code was stopped: {error}."
            case MemoryError():
                message = f"Your code asks for more than {self.memory:g} GiB of memory."
            case SystemExit():
                message = "Your code ends Python: take the exit() away."
            case _:
                message = tracebacks.message(error)
        return self._outcome("error", message, code=tracebacks.line(error))

    def _outcome(self, kind: Any, message: str, **details: Any) -> Outcome:
        return Outcome(self.lesson, self.number, self.name, self.stars, kind, message, **details)


def _arrays(name: str, found: Any) -> Any:
    """Make arrays of lists and tensors, one by one in a tuple; leave arrays and numbers."""
    if isinstance(found, tuple):
        return tuple(_arrays(name, one) for one in found)
    if isinstance(found, np.ndarray | np.generic | float | int):
        return found
    return as_array(name, found)


def exercise(
    number: str,
    stars: int,
    takes: str,
    reference: Any,
    seconds: float = 60.0,
    memory: float = 4.0,
    gives_array: bool = False,
) -> Callable[[Callable[[Student], None]], Check]:
    """Make the check of an exercise out of a function that examines an answer.

    The name of the function is the name of what the exercise asks for.

    Args:
        number: Number of the exercise, such as "3.2".
        stars: Difficulty, 1 to 3.
        takes: Parameters of the answer, as the exercise names them: "mean, log_variance".
        reference: The course's own version.
        seconds: Time allowed.
        memory: Memory allowed, in GiB.
        gives_array: Whether the cells below get arrays where the answer gives lists or tensors.

    Returns:
        A decorator.

    Examples:
        >>> from vae_course.classroom.compare import MistakeError
        >>> @exercise("0.1", stars=1, takes="x", reference=lambda x: 2 * x)
        ... def double(student):
        ...     if student(3) != 6:
        ...         raise MistakeError("Twice 3 is 6.")
        >>> double.number, double.name
        ('0.1', 'double')
    """

    def decorate(examine: Callable[[Student], None]) -> Check:
        name = examine.__name__
        bounds = (seconds, memory)
        return Check(number, name, stars, takes, reference, examine, *bounds, gives_array)

    return decorate


def exercises(lesson: str) -> list[Check]:
    """List the checks of a lesson.

    Args:
        lesson: Number of the lesson, two digits.

    Returns:
        Its checks, by the numbers of their exercises.

    Raises:
        ModuleNotFoundError: If there is no such lesson.

    Examples:
        >>> [check.number for check in exercises("01")]
        ['1.1', '1.2', '1.3', '1.4', '1.5']
    """
    module = importlib.import_module(f"{LESSONS}lesson_{lesson}")
    checks = [value for value in vars(module).values() if isinstance(value, Check)]
    return sorted(checks, key=lambda check: [int(part) for part in check.number.split(".")])


def progress(lesson: str) -> None:
    """Show in one line how far a lesson is done, and which exercise or question is next.

    Args:
        lesson: Number of the lesson, two digits.

    Raises:
        ModuleNotFoundError: If there is no such lesson.

    Examples:
        >>> progress("01")
        Lesson 01: ... passed, ... stars ...
    """
    rows = [(check.number, check.stars, check.name) for check in exercises(lesson)]
    rows += [(asked.number, quiz.STARS, asked.kind) for asked in quiz.questions(lesson)]
    show(collect(lesson, rows))


def expect(what: str, value: float, low: float, high: float) -> None:
    """Print a number that a lesson has computed, beside the band that it should lie in.

    Args:
        what: What the number is, with its unit.
        value: The number.
        low: Lower end of the band.
        high: Upper end of the band.

    Raises:
        AssertionError: In strict mode, if the number lies outside.

    Examples:
        >>> expect("volume fraction", 0.4981, 0.45, 0.55)
        volume fraction: 0.4981, expected between 0.45 and 0.55.
    """
    inside = low <= value <= high
    line = f"{what}: {value:.4g}, expected between {low:g} and {high:g}"
    print(f"{line}." if inside else f"{line}. Something above is not as it should be.")  # noqa: T201
    if os.environ.get(STRICT) == "1" and not inside:
        raise AssertionError(line)


def __getattr__(name: str) -> ModuleType:
    """Load the checks of a lesson when they are first asked for: they need Keras."""
    if not name.startswith("lesson_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return importlib.import_module(LESSONS + name)
    except ModuleNotFoundError as error:
        if error.name != LESSONS + name:
            raise
        raise AttributeError(f"there is no {name}; there are {', '.join(lessons())}") from None


def __dir__() -> list[str]:
    return [*globals(), *lessons()]


def lessons() -> list[str]:
    """List the names of the modules with checks: "lesson_03" and so on.

    Examples:
        >>> lessons()[:2]
        ['lesson_01', 'lesson_02']
    """
    folder = Path(__file__).parent / "checks"
    return sorted(path.name for path in folder.glob("lesson_*"))
