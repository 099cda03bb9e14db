"""Slides and notes are made of the lessons, whole, in any colours, and ask no other host."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page

from vae_course.classroom import check, quiz

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tools/site"))
import slides  # noqa: E402
import teacher_notes  # noqa: E402

NUMBERS = [name.removeprefix("lesson_") for name in check.lessons()]
OVERFULL = """() => {
  const found = []
  for (const slide of document.querySelectorAll(".slides > section > section")) {
    const { h, v } = Reveal.getIndices(slide)
    Reveal.slide(h, v)
    const parts = [...slide.children].filter((part) => !part.matches("aside"))
    const bottom = Math.max(0, ...parts.map((part) => part.offsetTop + part.offsetHeight))
    const wide = [...slide.querySelectorAll("pre, .katex-display, h2")].some(
      (part) => part.scrollWidth > part.clientWidth + 2,
    )
    if (bottom > 680 || wide) found.push(`${h}.${v}: ${slide.innerText.slice(0, 60)}`)
  }
  Reveal.slide(0, 0)
  return found
}"""


COLOUR = "(part, what) => getComputedStyle(part)[what]"


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 1120, "height": 680})
    yield page
    page.close()


@pytest.mark.parametrize("number", NUMBERS)
def test_the_slides_of_a_lesson_are_whole_and_each_fits(
    page: Page, address: str, number: str
) -> None:
    failed, asked, errors = [], [], []
    page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{address}slides/{number}.html", wait_until="load")
    page.wait_for_function("Reveal.isReady() && document.querySelector('.slides .present')")
    page.evaluate("document.fonts.ready")
    assert page.evaluate(OVERFULL) == []
    assert (failed, errors) == ([], [])
    assert all(url.startswith((address, "data:")) for url in asked)
    assert "$" not in page.locator(".slides > section > section > p").all_inner_texts()
    questions = page.locator("h2", has_text=re.compile(r"^Question")).count()
    exercises = page.locator("h2", has_text=re.compile(r"^Exercise")).count()
    assert (questions, exercises) == (len(quiz.questions(number)), len(check.exercises(number)))
    assert all(image.get_attribute("alt") for image in page.locator("img").all())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_slides_are_read_in_any_colours(page: Page, address: str, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(f"{address}slides/03.html#/2")
    page.wait_for_function("Reveal.isReady()")
    ink, paper = (
        max(map(int, re.findall(r"\d+", page.locator(where).evaluate(COLOUR, what))[:3]))
        for where, what in ((".reveal", "color"), ("body", "backgroundColor"))
    )
    assert (ink > 200, paper > 200) == (scheme == "dark", scheme == "light")
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []


def test_an_idea_is_cut_between_sentences() -> None:
    text = "*Core, 3 minutes.*\n\n*Idea.* First one. Second.\n\n$$ a. b $$\n\nAnother paragraph."
    assert slides.idea(text) == "First one. Second."
    long = f"*Idea.* One two. {'word ' * 60}end. More."
    assert slides.idea(long) == "One two."


def test_the_notes_name_every_exercise_its_mistakes_and_every_question(site: Path) -> None:
    text = (site / "instructors/notes.html").read_text("utf-8")
    page = BeautifulSoup(text, "html.parser")
    said = " ".join(page.get_text(" ").split())
    for number in NUMBERS:
        assert page.select_one(f'a[href="../slides/{number}.html"]') is not None
        for asked in quiz.questions(number):
            assert asked.because.split("`")[0] in said, asked.number
        for name, known in teacher_notes.mistakes(number).items():
            assert len(known) >= 3
            assert name in said
            assert f"{known[0]}; {known[1]}" in said
