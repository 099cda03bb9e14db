"""What a lesson asks agrees with what the package says to it."""

import ast
import re
from pathlib import Path

import pytest

from vae_course.authoring.cells import ASKED, QUESTION
from vae_course.authoring.source import Source, build, read_sources
from vae_course.classroom import quiz

SOURCES = read_sources(Path(__file__).parents[2])
every_lesson = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.number)


@every_lesson
def test_each_question_has_a_heading_its_letters_and_a_cell_with_the_right_answer(
    source: Source,
) -> None:
    known = {asked.number: asked for asked in quiz.questions(source.number)}
    found = []
    for cell, below in zip(source.cells, source.cells[1:], strict=False):
        if heading := QUESTION.search(cell.source):
            number, _, kind = heading.groups()
            found.append(number)
            asked = known[number]
            assert asked.kind == kind
            letters = re.findall(r"^- \*\*(\w)\*\*: ", cell.source, re.MULTILINE)
            assert "".join(letters) == getattr(asked, "letters", "")
            answered = ASKED.match(below.source)
            assert answered is not None
            assert (answered[1], str(below.metadata["question"])) == (number, number)
            assert asked.outcome(ast.literal_eval(answered[2])).kind == "passed"
    assert found == list(known)


@every_lesson
def test_a_lesson_as_handed_out_gives_no_answer_away(source: Source) -> None:
    asked = [
        cell.source
        for cell in build(source, "lesson").cells
        if cell.metadata.get("vae_course", {}).get("role") == "question"
    ]
    numbers = [one.number for one in quiz.questions(source.number)]
    assert asked == [f'check.question("{number}", ...)' for number in numbers]


def test_the_prediction_comes_before_the_end() -> None:
    for source in SOURCES:
        text = "\n".join(cell.source for cell in source.cells)
        assert text.index("Question") < text.index("## Ask yourself")
