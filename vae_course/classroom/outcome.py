"""What came of an exercise, and how a learner sees it: in a notebook, in a terminal, in CI."""

import html
import os
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from vae_course.notebook import display

Kind = Literal["passed", "failed", "error", "not attempted"]

STRICT = "VAE_COURSE_STRICT"
"""Environment variable: at 1, every outcome but "passed" is raised as an error."""

MIME = "application/vnd.vae-course.outcome+json"
"""Type under which a notebook carries an outcome for programs: the grader reads it."""

MARKS: dict[Kind, str] = {"passed": "✓", "failed": "✗", "error": "!", "not attempted": "○"}
# White letters on them have a contrast of 4.5 or more; the text around takes the page's colour.
COLOURS: dict[Kind, str] = {
    "passed": "#1a7f37",
    "failed": "#b3450b",
    "error": "#b0104a",
    "not attempted": "#5b6770",
}


@dataclass(frozen=True)
class Outcome:
    """What a check found.

    Args:
        lesson: Number of the lesson, two digits.
        exercise: Number of the exercise, such as "3.2".
        name: Name of the function or class that was asked for.
        stars: Difficulty, 1 to 3.
        kind: One of the four outcomes.
        message: What happened, in one sentence.
        expected: The value expected, shape first; empty if none.
        found: The value found, shape first; empty if none.
        why: Why that mistake is usually made; empty if not recognised.
        code: The learner's line in which an error arose; empty if none.
        fallback: Whether the cells below use the course's own version.
    """

    lesson: str
    exercise: str
    name: str
    stars: int
    kind: Kind
    message: str
    expected: str = ""
    found: str = ""
    why: str = ""
    code: str = ""
    fallback: bool = True

    def __str__(self) -> str:
        """Return the outcome as lines of text."""
        lines = [f"{MARKS[self.kind]} {self.title}: {self.kind}. {self.message}"]
        lines += [f"    {label:9} {value}" for label, value in self._details()]
        if self.why:
            lines.append(f"    {self.why}")
        if self._note():
            lines.append(f"    {self._note()}")
        return "\n".join(lines)

    @property
    def title(self) -> str:
        """Number, difficulty and name of the exercise or question."""
        what = "Exercise" if self.exercise.rpartition(".")[2].isdigit() else "Question"
        return f"{what} {self.exercise} {'★' * self.stars} {self.name}"

    def _details(self) -> list[tuple[str, str]]:
        rows = (("expected", self.expected), ("found", self.found), ("your line", self.code))
        return [(label, value) for label, value in rows if value]

    def _note(self) -> str:
        if not self.fallback:
            return ""
        if self.kind == "not attempted":
            return f"Until then, the cells below use the course's own {self.name}."
        return (
            f"The cells below use the course's own {self.name}. "
            "Mend yours, and run its cell and this one again."
        )

    def _repr_html_(self) -> str:
        """Return the outcome as a box that reads on a light and on a dark page."""
        colour = COLOURS[self.kind]
        badge = (
            f"display:inline-block;padding:0 .55em;border-radius:.7em;margin-right:.5em;"
            f"background:{colour};color:#fff;font-weight:600"
        )
        lines = [
            f'<div><span style="{badge}">{MARKS[self.kind]} {self.kind}</span>'
            f"<strong>{html.escape(self.title)}</strong></div>",
            f'<div style="margin-top:.35em">{_with_code(self.message)}</div>',
        ]
        if self._details():
            # Spans in a grid, because notebook pages put their own stripes and widths on tables.
            cells = "".join(
                f'<span style="opacity:.8">{label}</span>'
                f'<code style="background:none;color:inherit;padding:0;white-space:pre-wrap;'
                f'overflow-wrap:anywhere">{html.escape(value)}</code>'
                for label, value in self._details()
            )
            lines.append(
                '<div style="display:grid;grid-template-columns:max-content 1fr;gap:.1em .9em;'
                f'margin-top:.35em">{cells}</div>'
            )
        if self.why:
            lines.append(f'<div style="margin-top:.35em">{_with_code(self.why)}</div>')
        if self._note():
            lines.append(
                f'<div style="margin-top:.35em;opacity:.8">{html.escape(self._note())}</div>'
            )
        return (
            f'<div class="vae-course-outcome" role="status" style="border-left:.3em solid {colour};'
            "background:rgba(127,127,127,.1);padding:.5em .8em;border-radius:.2em;margin:.2em 0;"
            f'line-height:1.5;max-width:46em">{"".join(lines)}</div>'
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {"text/plain": str(self), "text/html": self._repr_html_(), MIME: asdict(self)}


class ExerciseNotPassedError(AssertionError):
    """Raised in strict mode where an exercise has not been passed.

    Args:
        outcome: What the check found.

    Attributes:
        outcome: The same.
    """

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(str(outcome))
        self.outcome = outcome


@dataclass(frozen=True)
class Progress:
    """How far a learner has come in a lesson.

    Args:
        lesson: Number of the lesson, two digits.
        outcomes: The last outcome of each exercise checked so far.
        exercises: Number, stars and name of every exercise of the lesson.
    """

    lesson: str
    outcomes: dict[str, Outcome]
    exercises: tuple[tuple[str, int, str], ...]

    def __str__(self) -> str:
        """Return the progress as one line."""
        kinds = {
            number: self.outcomes[number].kind if number in self.outcomes else "not attempted"
            for number, _, _ in self.exercises
        }
        passed = [number for number, kind in kinds.items() if kind == "passed"]
        stars = sum(stars for number, stars, _ in self.exercises if number in passed)
        marks = " ".join(f"{number} {MARKS[kind]}" for number, kind in kinds.items())
        line = (
            f"Lesson {self.lesson}: {len(passed)} of {len(kinds)} passed, "
            f"{stars} of {sum(stars for _, stars, _ in self.exercises)} stars   {marks}"
        )
        left = [row for row in self.exercises if row[0] not in passed]
        if not left:
            return f"{line}   All done."
        number, stars, name = left[0]
        return f"{line}   Next: {number} {'★' * stars} {name}."

    def _repr_html_(self) -> str:
        return (
            '<div class="vae-course-progress" role="status" style="background:'
            'rgba(127,127,127,.1);padding:.5em .8em;border-radius:.2em;line-height:1.5">'
            f"{html.escape(str(self))}</div>"
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {"text/plain": str(self), "text/html": self._repr_html_()}


_seen: dict[str, Outcome] = {}


def _with_code(text: str) -> str:
    """Escape a text for HTML; what stands between backticks is code."""
    style = "background:none;color:inherit;padding:0"
    return re.sub("`(.+?)`", rf'<code style="{style}">\1</code>', html.escape(text))


def report(outcome: Outcome) -> None:
    """Show an outcome and remember it; in strict mode, raise it unless it is "passed".

    Args:
        outcome: What a check found.

    Raises:
        ExerciseNotPassedError: In strict mode, where the exercise is not passed.
    """
    _seen[outcome.exercise] = outcome
    show(outcome)
    if os.environ.get(STRICT) == "1" and outcome.kind != "passed":
        raise ExerciseNotPassedError(outcome)


def progress(lesson: str, exercises: Iterable[tuple[str, int, str]]) -> Progress:
    """Collect what the checks of this session have found in a lesson.

    Args:
        lesson: Number of the lesson, two digits.
        exercises: Number, stars and name of every exercise of the lesson.

    Returns:
        The progress, which shows itself as one line.
    """
    rows = tuple(exercises)
    return Progress(lesson, {row[0]: _seen[row[0]] for row in rows if row[0] in _seen}, rows)


def show(shown: Outcome | Progress) -> None:
    """Show something in a notebook where one is running, otherwise as text, in colour if it can.

    Args:
        shown: What to show.
    """
    if display(shown):
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    text = Text(str(shown))
    if isinstance(shown, Outcome):
        text.stylize(f"bold {COLOURS[shown.kind]}", 0, len(str(shown).partition(".")[0]))
    Console(soft_wrap=True, highlight=False, emoji=False).print(text)
