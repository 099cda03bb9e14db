"""Questions on the site: judged as in a notebook, by mouse and keyboard, and remembered."""

import re
from collections.abc import Iterator
from itertools import permutations

import pytest
from playwright.sync_api import Browser, Page, expect

from vae_course.classroom import check, quiz

LESSONS = [name.removeprefix("lesson_") for name in check.lessons()]
ANSWER = """(form, answer) => {
  if (form.dataset.kind === "choice") form.querySelector(`[value=${answer}]`).checked = true
  if (form.dataset.kind === "number") form.querySelector("input").value = answer
  if (form.dataset.kind === "order")
    for (const letter of answer)
      form.querySelector("ol").append(form.querySelector(`[data-letter=${letter}]`))
  form.requestSubmit()
  return form.querySelector("[role=status]").textContent
}"""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    yield page
    page.close()


def lesson_page(pages: list[str], lesson: str) -> str:
    return next(name for name in pages if name.startswith(f"lessons/{lesson}_"))


def answers(asked: quiz.Question) -> list[str]:
    match asked:
        case quiz.Number():
            middles = [(low + high) / 2 for low, high in [(asked.low, asked.high), *asked.wrong]]
            edges = [asked.low, asked.high]
            return [f"{value:.6g}" for value in [*middles, *edges, 1e9, -1e9, 0]]
        case quiz.Order():
            return ["".join(letters) for letters in permutations(asked.letters)]
        case quiz.Choice():
            return list(asked.letters)
    raise AssertionError(asked)


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_page_says_to_every_answer_what_a_notebook_says(
    page: Page, address: str, pages: list[str], lesson: str
) -> None:
    page.goto(address + lesson_page(pages, lesson))
    assert page.locator("form.nb-quiz").count() == len(quiz.questions(lesson))
    for asked in quiz.questions(lesson):
        form = page.locator(f"#question-{asked.number.replace('.', '-')}")
        for answer in answers(asked):
            is_number = isinstance(asked, quiz.Number)
            outcome = asked.outcome(float(answer) if is_number else answer)
            mark = {"passed": "✓", "failed": "✗"}[outcome.kind]
            assert form.evaluate(ANSWER, answer) == f"{mark} {outcome.message} {outcome.why}", (
                answer
            )


def test_a_question_can_be_answered_by_keyboard_alone(
    page: Page, address: str, pages: list[str]
) -> None:
    page.goto(address + lesson_page(pages, "04"))
    form = page.locator("#question-4-b")
    form.locator("input").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(form.get_by_role("status")).to_contain_text("Right.")
    lines = page.locator("#question-4-d li")
    lines.nth(0).get_by_role("button", name="Move down").focus()
    page.keyboard.press("Enter")
    assert lines.evaluate_all("all => all.map(one => one.dataset.letter).join('')") == "bacd"
    expect(page.locator("#question-4-d [role=status]")).to_have_text("Now line 2.")
    expect(lines.nth(1).get_by_role("button", name="Move down")).to_be_focused()


@pytest.mark.parametrize("text", ["", "many", "1 000", "0x"])
def test_no_answer_is_not_a_wrong_one(
    page: Page, address: str, pages: list[str], text: str
) -> None:
    page.goto(address + lesson_page(pages, "03"))
    form = page.locator("#question-3-a")
    form.get_by_label("Your number").fill(text)
    form.get_by_role("button").click()
    expect(form.get_by_role("status")).to_have_text("○ Write a number first, such as 0.5.")
    form = page.locator("#question-3-b")
    form.get_by_role("button").click()
    expect(form.get_by_role("status")).to_have_text("○ Choose an answer first.")


def test_what_is_done_is_remembered_in_this_browser(
    page: Page, address: str, pages: list[str]
) -> None:
    page.goto(address + lesson_page(pages, "01"))
    page.locator("#question-1-b").evaluate(ANSWER, "b")
    page.locator("#question-1-d").evaluate(ANSWER, "a")
    page.reload()
    expect(page.locator("#question-1-b [role=status]")).to_contain_text("answered this one")
    expect(page.locator("#question-1-d [role=status]")).to_have_text("")
    page.goto(address + "progress.html")
    total = sum(len(check.exercises(one)) + len(quiz.questions(one)) for one in LESSONS)
    done = page.locator("#course-done")
    expect(done).to_have_text(f"1 of {total} exercises and questions are done.")
    page.get_by_label("Exercise 1.1").check()
    page.get_by_label("Last line of a notebook").fill("Lesson 03: 2 of 9 passed 3.1 ✓ 3.2 ✗ 3.a ✓")
    page.get_by_role("button", name="Take over").click()
    expect(page.locator("#course-taken")).to_have_text("2 found in it.")
    page.reload()
    expect(done).to_have_text(f"4 of {total} exercises and questions are done.")
    assert page.locator("#did-3-1").is_checked()
    assert page.locator(".course-to-do progress").first.get_attribute("value") is not None
    page.get_by_role("link", name="Question 1.a").click()
    expect(page).to_have_url(re.compile(r"lessons/01_\w+\.html#question-1-a$"))
    page.goto(address + "progress.html")
    page.get_by_role("button", name="Forget all of it").click()
    expect(done).to_have_text(f"0 of {total} exercises and questions are done.")


@pytest.mark.parametrize("kept", ["{", '"text"', "[1, null]", '{"3.a": true}'])
def test_a_memory_that_is_damaged_is_taken_for_none(
    page: Page, address: str, pages: list[str], kept: str
) -> None:
    page.goto(address + "progress.html")
    page.evaluate("kept => localStorage.setItem('vae-course.done', kept)", kept)
    page.reload()
    expect(page.locator("#course-done")).to_contain_text(re.compile(r"^0 of \d+ "))


def test_a_browser_whose_memory_is_full_still_judges(
    page: Page, address: str, pages: list[str]
) -> None:
    page.add_init_script("Storage.prototype.setItem = () => { throw new Error('it is full') }")
    page.goto(address + lesson_page(pages, "01"))
    assert page.locator("#question-1-b").evaluate(ANSWER, "b").startswith("✓ Right.")
