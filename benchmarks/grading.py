"""Time the grading of one submission, and of a class.

Run with: python benchmarks/grading.py

Every answer of every submission is right, and so judged twice: nothing takes longer that ends by
itself. Each has a comment of its own, so that none is graded by what another one's run has kept.
"""

import tempfile
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.table import Table

from vae_course.grading.classes import Class
from vae_course.grading.grade import How, grade
from vae_course.grading.lesson_files import read_lessons
from vae_course.grading.run_answers import Limits
from vae_course.grading.sandbox import choose

ROOT = Path(__file__).parents[1]
LESSONS = ("01", "03", "07")
CLASS = 8
PROCESSES = 2
STUDENTS = 200


def seconds(number: str, students: int, processes: int) -> float:
    """Grade a class whose answers are all right; return what it took."""
    [lesson] = read_lessons(ROOT / "lessons", [number])
    solution = (ROOT / "solutions" / lesson.path.name).read_text(encoding="utf-8")
    how = How(Limits(), choose("auto"))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for k in range(students):
            path = folder / "class" / f"student {k}" / lesson.path.name
            path.parent.mkdir(parents=True)
            own = solution.replace("### BEGIN SOLUTION", f"### student {k}")
            path.write_text(own, encoding="utf-8")
        start = perf_counter()
        with Class.read(folder / "class", None) as handed_in:
            submissions = handed_in.submissions([lesson])
        grades = grade(submissions, how, processes, folder / ".parts")
        took = perf_counter() - start
    if any(one.points != lesson.points for one in grades):
        raise RuntimeError(f"lesson {number}: a right answer was not passed")
    return took


def main() -> None:
    """Print a table."""
    console = Console()
    table = Table("lesson", "one alone", f"each of {CLASS}", f"{STUDENTS} students")
    for number in LESSONS:
        alone = seconds(number, 1, 1)
        each = seconds(number, CLASS, PROCESSES) / CLASS
        whole = f"{STUDENTS * each / 60:.0f} min"
        table.add_row(number, f"{alone:.1f} s", f"{each:.1f} s", whole)
    console.print(table)


if __name__ == "__main__":
    main()
