"""Notes for the teacher: what each lesson takes, where it is misunderstood, and what to discuss."""

import posixpath
from collections.abc import Iterator, Sequence

import slides
from notebook_files import LESSONS, ROOT, Notebook, notebooks

from vae_course.authoring import pace
from vae_course.authoring.cells import HEADING, asked_in
from vae_course.authoring.linter import listed_answers
from vae_course.authoring.source import MISCONCEPTIONS
from vae_course.classroom import quiz

NOTES = "<!-- the lessons, for the teacher -->"


def fill(markdown: str, folder: str) -> str:
    """Replace the marker by the notes on every lesson."""
    if NOTES not in markdown:
        return markdown
    lessons = notebooks(LESSONS)
    made = (line for lesson in lessons for line in notes(lesson, folder))
    return markdown.replace(NOTES, "\n".join([*overview(lessons), "", *made]))


def overview(lessons: Sequence[Notebook]) -> Iterator[str]:
    """Count exercises and questions of each kind, minutes and words, lesson by lesson."""
    kinds = ("predict", "choose", "order", "find the fault")
    heads = ("Lesson", "Functions", *map(str.capitalize, kinds), "Minutes", "Words")
    yield f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}"
    counts = []
    for lesson in lessons:
        texts = lesson.markdown
        asked = [one.kind for one in quiz.questions(lesson.number)]
        functions = len(HEADING.findall("\n".join(texts)))
        counts.append([functions, *map(asked.count, kinds)])
        minutes, words = pace.core(texts)
        whole = sum(pace.words(text) for _, text in pace.parts(texts))
        numbers = " | ".join(map(str, counts[-1]))
        yield (
            f"| [{lesson.number}](#lesson-{lesson.number}) | {numbers} "
            f"| {lesson.minutes}, core {minutes} | {whole:,}, core {words:,} |"
        )
    total = " | ".join(str(sum(column)) for column in zip(*counts, strict=True))
    yield f"| **All** | {total} | | |"


def notes(lesson: Notebook, folder: str) -> Iterator[str]:
    """Write the notes on a lesson, line by line."""
    link = posixpath.relpath(lesson.address, folder)
    deck = posixpath.relpath(slides.address(lesson), folder)
    texts = lesson.markdown
    minutes, words = pace.core(texts)
    yield f"## {lesson.title} {{ #lesson-{lesson.number} }}\n"
    yield f'[The lesson]({link}) · <a href="{deck}">Slides</a> · *{lesson.question}*\n'
    yield f"{lesson.minutes} minutes; the core {minutes}, with {words:,} words to read.\n"
    yield "| Section | Minutes | Exercises and questions |\n|---|---|---|"
    for heading, text in pace.parts(texts):
        if mark := pace.MARK.search(text):
            further = "" if mark[1] == "Core" else " *(further)*"
            numbers = ", ".join(number for number, _, _ in asked_in(text))
            yield f"| {heading}{further} | {mark[2]} | {numbers} |"
    yield '\n??? note "Mistakes that the checks recognise"\n'
    known = mistakes(lesson.number)
    for number, stars, name in HEADING.findall("\n".join(texts)):
        yield f"    - **{number}** {stars} `{name}`: {'; '.join(known[name])}"
    yield '\n??? question "To discuss, with answers"\n'
    for asked in quiz.questions(lesson.number):
        yield f"    - **{asked.number}** ({asked.kind}): {slides.answer(asked)}"
    yield ""


def mistakes(number: str) -> dict[str, list[str]]:
    """List the wrong answers that the tests try, by the name of the exercise, in words."""
    listed = listed_answers(ROOT / MISCONCEPTIONS / f"lesson_{number}.py")
    return {name: [one.replace("_", " ") for one in wrong] for name, (wrong, _) in listed.items()}
