"""What instructors get: questions that lead to objectives, files that agree, plans that add up."""

import io
import re
import sys
import zipfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tools/site"))
import inventory  # noqa: E402
from notebook_files import notebooks  # noqa: E402

from vae_course.authoring import pace  # noqa: E402

QUESTIONS = inventory.questions()
SPACE = "{http://www.imsglobal.org/xsd/ims_qtiasiv1p2}"


def test_there_are_24_from_every_lesson_each_with_four_choices_and_one_answer() -> None:
    assert len(QUESTIONS) == 24
    assert {one.exercise.split(".")[0] for one in QUESTIONS} == {str(k) for k in range(1, 14)}
    assert len({one.text for one in QUESTIONS}) == 24
    for one in QUESTIONS:
        assert len({choice.text for choice in one.choices}) == 4
        assert sum(choice.right for choice in one.choices) == 1
        assert all(choice.why.endswith(".") for choice in one.choices if not choice.right)


def test_no_letter_is_the_answer_much_more_often_nor_the_longest_choice() -> None:
    assert max(Counter(one.key for one in QUESTIONS).values()) <= 10
    longest = [max(one.choices, key=lambda choice: len(choice.text)).right for one in QUESTIONS]
    assert sum(longest) <= 8  # a third: the longest choice is no better than a guess


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.exercise)
def test_a_question_belongs_to_an_objective_of_its_lesson(question: inventory.Question) -> None:
    number = int(question.exercise.split(".")[0])
    lesson = notebooks("lessons")[number - 1]
    text = "\n".join("".join(cell["source"]) for cell in lesson.cells)
    section = text[text.index("## What you will be able to do") :].split("\n#")[0]
    assert re.search(rf"\b{re.escape(question.exercise)}\b", section)


def test_the_page_shows_the_questions_and_not_the_key() -> None:
    page = inventory.fill(f"before {inventory.QUESTIONS}")
    for one in QUESTIONS:
        assert one.text in page
        assert not any(choice.why in page for choice in one.choices if choice.why)


def test_gift_says_what_the_key_says() -> None:
    blocks = inventory.gift().strip().split("\n\n")
    key = re.findall(r"^\d+\. ([A-D])", inventory.key(), re.MULTILINE)
    assert len(blocks) == len(key) == 24
    for block, letter in zip(blocks, key, strict=True):
        head, *choices, end = block.splitlines()
        assert head.startswith("::")
        assert head.endswith(" {")
        assert end == "}"
        assert ["ABCD"[k] for k, one in enumerate(choices) if one.startswith("  =")] == [letter]
        assert [one.count("#") - one.count("\\#") for one in choices].count(1) == 3
        for special in "{}":
            assert all(one.count(special) == one.count("\\" + special) for one in choices)


def test_qti_says_what_the_key_says() -> None:
    with zipfile.ZipFile(io.BytesIO(inventory.qti())) as archive:
        manifest = ElementTree.fromstring(archive.read("imsmanifest.xml"))
        root = ElementTree.fromstring(archive.read("inventory.xml"))
    assert [one.get("href") for one in manifest.iter("file")] == ["inventory.xml"]
    items = list(root.iter(f"{SPACE}item"))
    assert len(items) == 24
    for item, question in zip(items, QUESTIONS, strict=True):
        right = [
            one.find(f"{SPACE}conditionvar/{SPACE}varequal").text
            for one in item.iter(f"{SPACE}respcondition")
            if one.find(f"{SPACE}setvar") is not None
        ]
        assert right == [question.key]
        labels = [one.get("ident") for one in item.iter(f"{SPACE}response_label")]
        shown = {one.get("ident") for one in item.iter(f"{SPACE}itemfeedback")}
        assert labels == list("ABCD")
        assert shown == set("ABCD") - {question.key}


def test_the_minutes_of_a_plan_are_those_that_the_lessons_give() -> None:
    plan = (ROOT / "docs/instructors/plans.md").read_text("utf-8")
    two_days = plan[plan.index("## Two days") : plan.index("## A term")]
    rows = re.findall(r"^\| (\d) \| \[(\d\d)\]\(\S+\) \| (\d+) \|", two_days, re.MULTILINE)
    given = {one.number: one.minutes for one in notebooks("lessons")}
    assert len(rows) == 8
    assert all(given[number] == minutes for _, number, minutes in rows)
    half = plan[plan.index("## Half a day") : plan.index("## Two days")]
    assert sum(map(int, re.findall(r"^\| (\d+) \|", half, re.MULTILINE))) == 181
    core = {one.number: pace.TIME.search(one.text) for one in notebooks("lessons")}
    halves = re.findall(r"^\| (\d+) \| \[(\d\d)\]\(\S+\), its core \|", half, re.MULTILINE)
    assert len(halves) == 3
    for minutes, number in halves:
        said = core[number]
        assert said and said[2] == minutes, number
    for day in "12":
        assert sum(int(minutes) for one, _, minutes in rows if one == day) <= 300


def test_a_plan_asks_for_questions_and_exercises_that_are_there() -> None:
    plan = (ROOT / "docs/instructors/plans.md").read_text("utf-8")
    text = "".join(one.text for one in notebooks("lessons"))
    asked = set(re.findall(r"\b\d\.[\da-d]\b", plan))
    assert len(asked) >= 4
    assert all(re.search(f"### (Exercise|Question) {number} ", text) for number in asked)
    assert [QUESTIONS[k - 1].exercise for k in (1, 5, 11)] == ["1.4", "3.1", "6.1"]
