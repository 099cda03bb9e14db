"""A class: what its students handed in, and who they are."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vae_course.grading.exports import Student, find_students
from vae_course.grading.lesson_files import Lesson, import_modules
from vae_course.grading.submissions import Submission, in_order, read_student
from vae_course.grading.tables import (
    Override,
    Person,
    match,
    read_overrides,
    read_roster,
    write_overrides,
)
from vae_course.progress import Counted


@dataclass(frozen=True)
class Class:
    """What a class handed in.

    Args:
        students: Who handed in.
        people: From the roster, by the names of students; those who did not hand in, too.
        has_roster: Whether there is a roster.
    """

    students: Sequence[Student]
    people: Mapping[str, Person]
    has_roster: bool

    @classmethod
    @contextmanager
    def read(cls, given: Path, roster: Path | None) -> Iterator["Class"]:
        """Read what was handed in, and the roster; what is unpacked for it goes at the end.

        Raises:
            ValueError: If there is nothing of any student, or a file cannot be read.
        """
        with tempfile.TemporaryDirectory(prefix="vae-course-") as scratch:
            on_roster = read_roster(roster) if roster else []
            students = find_students(given, Path(scratch))
            people = match(students, on_roster)
            here = {id(person) for person in people.values()}
            taken = {student.name for student in students}
            for person in on_roster:
                if id(person) not in here:
                    name, k = person.name, 1
                    while name in taken:
                        k += 1
                        name = f"{person.name} ({k})"
                    taken.add(name)
                    people[name] = person
            yield cls(students, people, roster is not None)

    @property
    def numbers(self) -> dict[str, str]:
        """By which a platform knows students."""
        return {student.name: student.number for student in self.students}

    def absent(self) -> list[str]:
        """List who is on the roster and did not hand in."""
        here = {student.name for student in self.students}
        return sorted((name for name in self.people if name not in here), key=in_order)

    def unknown(self) -> list[str]:
        """Say, a line each, who handed in and is not on the roster, and who is missing."""
        if not self.has_roster:
            return []
        strangers = [one.name for one in self.students if one.name not in self.people]
        absent = self.absent()
        said = [f"Not on the roster, or like several on it: {', '.join(strangers)}."]
        missing = [f"On the roster, but nothing handed in: {', '.join(absent)}."]
        return [*(said if strangers else []), *(missing if absent else [])]

    def overrides(
        self, given: Path | None, kept: Path, lessons: Sequence[Lesson]
    ) -> list[Override]:
        """Read points given by hand: a new table, else the one that was kept; keep it.

        Raises:
            ValueError: If a line of it cannot be.
        """
        path = given or (kept if kept.exists() else None)
        if path is None:
            return []
        names = [*(student.name for student in self.students), *self.absent()]
        exercises = [one.number for lesson in lessons for one in lesson.exercises]
        found = read_overrides(path, names, exercises)
        if given and given.resolve() != kept.resolve():
            write_overrides(kept, found)
        return found

    def submissions(
        self, lessons: Sequence[Lesson], progress: Counted = lambda done, total: None
    ) -> list[Submission]:
        """Read all notebooks, without running any; who is on the roster alone has none."""
        import_modules(lessons)  # once, for the names that each reading follows
        found: list[Submission] = []
        for k, student in enumerate(self.students):
            progress(k, len(self.students))
            found += read_student(student.folder, lessons, student.name)
        progress(len(self.students), len(self.students))
        why = "On the roster, but nothing was handed in."
        absent = [(name, lesson) for name in self.absent() for lesson in lessons]
        return found + [Submission(name, one, "", "missing", (why,)) for name, one in absent]
