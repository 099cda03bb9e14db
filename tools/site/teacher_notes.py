"""Notes for the teacher: what each lesson takes, where it is misunderstood, and what to discuss."""

import ast
import posixpath
from collections.abc import Iterator, Sequence

import slides
from notebook_files import LESSONS, ROOT, Notebook, notebooks

from vae_course.authoring import pace
from vae_course.authoring.cells import HEADING, QUESTION
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
        texts = markdown_of(lesson)
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


def markdown_of(lesson: Notebook) -> list[str]:
    """Collect what is written in a lesson, without its code."""
    return ["".join(one["source"]) for one in lesson.cells if one["cell_type"] == "markdown"]


def notes(lesson: Notebook, folder: str) -> Iterator[str]:
    """Write the notes on a lesson, line by line."""
    link = posixpath.relpath(lesson.address, folder)
    deck = posixpath.relpath(slides.address(lesson), folder)
    texts = markdown_of(lesson)
    minutes, words = pace.core(texts)
    yield f"## {lesson.title} {{ #lesson-{lesson.number} }}\n"
    yield f'[The lesson]({link}) · <a href="{deck}">Slides</a> · *{lesson.question}*\n'
    yield f"{lesson.minutes} minutes; the core {minutes}, with {words:,} words to read.\n"
    yield "| Section | Minutes | Exercises and questions |\n|---|---|---|"
    for heading, text in pace.parts(texts):
        if mark := pace.MARK.search(text):
            further = "" if mark[1] == "Core" else " *(further)*"
            found = [*HEADING.findall(text), *QUESTION.findall(text)]
            yield f"| {heading}{further} | {mark[2]} | {', '.join(one[0] for one in found)} |"
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
    tree = ast.parse((ROOT / MISCONCEPTIONS / f"lesson_{number}.py").read_text("utf-8"))
    found: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Dict) and node.keys):
            continue
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(value, ast.Call) and ast.unparse(value.func) == "Answers":
                wrong = next(word.value for word in value.keywords if word.arg == "wrong")
                assert isinstance(key, ast.Constant)
                assert isinstance(wrong, ast.Dict)
                found[str(key.value)] = [
                    ast.unparse(one).replace("_", " ") for one in wrong.keys if one is not None
                ]
    return found
