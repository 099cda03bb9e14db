"""Tables that an instructor hands over: who is in the class, and points given by hand."""

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from vae_course.files import write_text
from vae_course.grading.exports import Student

LARGEST = 5 * 2**20

NAMES = ("student", "name", "full name", "fullname", "student name")
FIRST, LAST = ("first name", "firstname", "given name"), ("last name", "surname", "family name")
KEYS = (
    *("id", "id number", "student id", "student number", "number", "identifier", "username"),
    *("login", "sis user id", "sis login id", "email", "e-mail", "email address", "github"),
)
"""Columns by which a student may be identified, beside the name."""

OVERRIDES = ("student", "exercise", "points", "comment")


@dataclass(frozen=True)
class Person:
    """Somebody on the roster.

    Args:
        name: As on the roster.
        columns: What the roster says, by its headings in lower case.
        deadline: Of this student's own; None if it is that of the class.
        submitted: When the student handed in, if the roster says so.
    """

    name: str
    columns: Mapping[str, str] = field(default_factory=dict)
    deadline: datetime | None = None
    submitted: datetime | None = None

    def column(self, *names: str) -> str:
        """Get the first of some columns that says something."""
        return next((self.columns[name] for name in names if self.columns.get(name)), "")

    def known_as(self) -> set[str]:
        """Collect what a folder, a file or an export may call this person."""
        found = {self.name, *(self.column(key) for key in KEYS)}
        found |= {mail.partition("@")[0] for mail in found if "@" in mail}
        first, last = self.column(*FIRST), self.column(*LAST)
        if first and last:
            found |= {f"{first} {last}", f"{last} {first}"}
        family, comma, given = self.name.partition(",")
        if comma:
            found |= {f"{given} {family}"}
        elif " " in self.name:  # Canvas puts the family name first in the names of files
            *given_names, family = self.name.split()
            found |= {f"{family} {' '.join(given_names)}"}
        return {plain(one) for one in found} - {""}


@dataclass(frozen=True)
class Override:
    """Points that an instructor has given by hand.

    Args:
        student: Who gets them.
        exercise: For which exercise.
        points: How many.
        comment: Why; the student reads it.
    """

    student: str
    exercise: str
    points: float
    comment: str = ""


def plain(text: str) -> str:
    """Take case, accents, spaces and punctuation out of a text."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[\W_]+", "", "".join(c for c in letters if not unicodedata.combining(c)))


def read_roster(path: Path) -> list[Person]:
    """Read a roster: CSV with a line of headings, as platforms export it or made by hand.

    Raises:
        ValueError: If it cannot be read, or says neither names nor identifiers; with the line.
    """
    people = []
    for number, row in _rows(path, "roster"):
        column = Person("", row).column
        name = column(*NAMES) or f"{column(*FIRST)} {column(*LAST)}".strip() or column(*KEYS)
        if plain(name) in {"", "pointspossible"}:  # the second line of an export of Canvas
            continue
        times = (_time(path, number, key, column(key)) for key in ("deadline", "submitted"))
        people.append(Person(name, row, *times))
    if not people:
        wanted = ", ".join((*NAMES[:2], *FIRST[:1], *LAST[:1], *KEYS[:2], "email"))
        raise ValueError(f"roster must have columns such as {wanted}; {path} has no student")
    return people


def match(students: Sequence[Student], people: Sequence[Person]) -> dict[str, Person]:
    """Find the person of each student; where not exactly one fits to one, both are left out."""
    found: dict[str, Person] = {}
    known = [(person, person.known_as()) for person in people]
    for student in students:
        called = {plain(student.number), plain(student.name)} - {""}
        fits = [person for person, names in known if names & called]
        if len(fits) == 1:
            found[student.name] = fits[0]
    count = Counter(map(id, found.values()))
    return {name: person for name, person in found.items() if count[id(person)] == 1}


def read_overrides(path: Path, students: Iterable[str], exercises: Iterable[str]) -> list[Override]:
    """Read points given by hand.

    Raises:
        ValueError: If a column is missing, or a student, an exercise or points cannot be; with the
            line.
    """
    by_name, known = {plain(name): name for name in students}, set(exercises)
    found = {}
    for number, row in _rows(path, "overrides"):
        if missing := [key for key in OVERRIDES[:3] if key not in row]:
            raise ValueError(f"overrides must have a column {missing[0]}; {path} has none")
        student = by_name.get(plain(row["student"]))
        if student is None:
            raise _wrong(path, number, "student", "one who handed in", row["student"])
        if row["exercise"] not in known:
            wanted = f"one of {', '.join(sorted(known))}"
            raise _wrong(path, number, "exercise", wanted, row["exercise"])
        try:
            points = float(row["points"].replace(",", "."))
        except ValueError:
            points = -1.0
        if not 0 <= points <= 100:
            raise _wrong(path, number, "points", "a number from 0 to 100", row["points"])
        one = Override(student, row["exercise"], points, row.get("comment", ""))
        found[student, one.exercise] = one
    return list(found.values())


def write_overrides(path: Path, overrides: Iterable[Override]) -> None:
    """Write points given by hand, so that they count when the class is graded again."""
    rows = [(one.student, one.exercise, f"{one.points:g}", one.comment) for one in overrides]
    write_text(path, as_table([OVERRIDES, *rows]))


def as_table(rows: Iterable[Sequence[object]]) -> str:
    """Make the text of a table, separated by commas."""
    table = io.StringIO()
    csv.writer(table).writerows(rows)
    return table.getvalue()


def time_of(text: str) -> datetime:
    """Read a time such as "2026-11-20 18:00"; without a zone it is that of this computer.

    Raises:
        ValueError: If it is none.
    """
    return datetime.fromisoformat(text.strip()).astimezone()


def _time(path: Path, line: int, column: str, text: str) -> datetime | None:
    if not text.strip():
        return None
    try:
        return time_of(text)
    except (ValueError, OverflowError, OSError):
        raise _wrong(path, line, column, "a time such as 2026-11-20 18:00", text) from None


def _wrong(path: Path, line: int, column: str, wanted: str, got: str) -> ValueError:
    return ValueError(f"{path.name}, line {line}: {column} must be {wanted}; got {got[:60]!r}")


def _rows(path: Path, what: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Read the rows of a table, by headings in lower case; comma, semicolon or tab separates."""
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"{what} must have at most {LARGEST // 2**20} MB; got {path}")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ValueError(f"{what} must be a file; {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{what} must be text in UTF-8; {path} is not") from None
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        for row in reader:
            kept = {key: str(value or "").strip() for key, value in row.items() if key}
            yield reader.line_num, {key.strip().casefold(): value for key, value in kept.items()}
    except csv.Error as error:
        raise ValueError(f"{what} must be a table; {path}: {error}") from None
