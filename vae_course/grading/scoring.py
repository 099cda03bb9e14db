"""Points: for what was passed or tried, given by hand, taken off for being late."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal, get_args

from vae_course.grading.grade import Grade
from vae_course.grading.run_answers import Result
from vae_course.grading.tables import Override, Person, time_of

For = Literal["passed", "effort"]
"""What points are given for: right answers, or, by half, honest tries as well."""

EFFORT = 0.5
DAY = 86_400.0


def deadline_of(text: str) -> datetime | None:
    """Read the deadline of the class.

    Raises:
        ValueError: If it is no time.
    """
    if not text:
        return None
    try:
        return time_of(text)
    except (ValueError, OverflowError, OSError):
        raise ValueError(
            f"deadline must be a time such as 2026-11-20 18:00; got {text!r}"
        ) from None


@dataclass(frozen=True)
class Scoring:
    """How points are counted.

    Args:
        points: What they are given for.
        deadline: Of the class; None if there is none.
        late: Per cent that each day begun after the deadline costs.
        overrides: Points given by hand.
        people: From the roster, by student.
    """

    points: str = "passed"
    deadline: datetime | None = None
    late: float = 0.0
    overrides: Sequence[Override] = ()
    people: Mapping[str, Person] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if self.points not in get_args(For):
            raise ValueError(f"points must be {' or '.join(get_args(For))}; got {self.points!r}")
        if not 0 <= self.late <= 100:
            raise ValueError(f"late must be from 0 to 100 per cent a day; got {self.late:g}")
        extended = any(person.deadline for person in self.people.values())
        if self.late and not (self.deadline or extended):
            raise ValueError("late needs a deadline: --deadline, or a column of the roster")

    def count(self, grades: Sequence[Grade]) -> list[Grade]:
        """Count the points of grades."""
        given = {(one.student, one.exercise): one for one in self.overrides}
        return [self._count(grade, given) for grade in grades]

    def _count(self, grade: Grade, given: Mapping[tuple[str, str], Override]) -> Grade:
        student = grade.submission.student
        results = tuple(
            self._result(result, given.get((student, result.exercise.number)))
            for result in grade.results
        )
        days = self._days_late(grade)
        kept = max(0.0, 1 - days * self.late / 100)
        return replace(grade, results=results, days_late=days, kept=kept)

    def _result(self, result: Result, given: Override | None) -> Result:
        tried = self.points == "effort" and result.kind in {"failed", "error"}
        credit = EFFORT * result.exercise.stars if tried else 0.0
        if given is None:
            return replace(result, credit=credit)
        return replace(result, credit=credit, given=given.points, comment=given.comment)

    def _days_late(self, grade: Grade) -> int:
        """Count the days begun between the deadline and when it was handed in."""
        person = self.people.get(grade.submission.student)
        deadline = (person.deadline if person else None) or self.deadline
        when = person.submitted if person else None
        if when is None and grade.submission.written:
            when = datetime.fromtimestamp(grade.submission.written, UTC)
        if deadline is None or when is None or when <= deadline:
            return 0
        return math.ceil((when - deadline).total_seconds() / DAY)
