"""Reading: nothing is cut off on a screen, on a phone or on paper, and nothing is out of reach."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from screens import SCREENS, like_others

NOTEBOOK = re.compile(r"(lessons|solutions)/\d")
COLUMNS = 78  # of the code of a lesson, as the linter of lessons has it
OPEN = "document.querySelectorAll('details').forEach((part) => { part.open = true })"
# Boxes of code and of printed text whose content is wider than they are, with their longest lines.
CUT = """() => [...document.querySelectorAll("article pre > code")]
  .filter((box) => box.scrollWidth > box.clientWidth || box.parentElement.scrollWidth > box.parentElement.clientWidth)
  .map((box) => [box.closest(".nb-cell")?.id ?? "", Boolean(box.closest(".nb-output")),
    box.textContent.split("\\n").reduce((a, b) => (a.length > b.length ? a : b), "")])"""  # noqa: E501
# Columns that each box of code of a lesson has room for.
ROOM = """() => [...document.querySelectorAll(".nb-cell .highlight pre > code")].map((box) => {
  const probe = document.createElement("span")
  probe.textContent = "x".repeat(100)
  box.append(probe)
  const column = probe.getBoundingClientRect().width / 100
  probe.remove()
  const style = getComputedStyle(box)
  return (box.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)) / column
})"""
TABLES = """() => [...document.querySelectorAll(".md-typeset__scrollwrap")]
  .filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.textContent.slice(0, 80))"""
PICTURES = "article figure:not(.hero) img, article .plot"
SCALES = """(chosen) => [...document.querySelectorAll(chosen)].map((part) => {
  const drawn = part.naturalWidth || part.viewBox.baseVal.width
  return [part.getBoundingClientRect().width / drawn, drawn]
})"""


@pytest.fixture
def desktop(chromium: Browser) -> Page:
    width, height = SCREENS["desktop"]
    return chromium.new_page(viewport={"width": width, "height": height})


@pytest.fixture
def phone(chromium: Browser) -> Page:
    """A screen that is touched: nothing hovers over it."""
    width, height = SCREENS["phone"]
    return chromium.new_page(
        viewport={"width": width, "height": height}, is_mobile=True, has_touch=True
    )


@pytest.mark.slow
def test_no_line_is_cut_off_on_a_desktop(desktop: Page, address: str, pages: list[str]) -> None:
    cut = []
    for name in pages:
        if name.startswith("reference/"):  # sources there are folded, and may scroll
            continue
        desktop.goto(address + name, wait_until="load")
        desktop.evaluate(OPEN)
        found = desktop.evaluate(CUT)
        if NOTEBOOK.match(name):  # the linter of lessons refuses longer lines of code
            assert min(desktop.evaluate(ROOM)) >= COLUMNS, name
            found = [box for box in found if box[1] or len(box[2]) <= COLUMNS]
        cut += [f"{name}, {cell}: {line}" for cell, _, line in found]
        cut += [f"{name}, table: {text}" for text in desktop.evaluate(TABLES)]
    desktop.close()
    assert not cut, "\n".join(cut)


@pytest.mark.slow
def test_what_scrolls_on_a_phone_is_reached_by_the_keyboard(
    phone: Page, address: str, pages: list[str]
) -> None:
    rule = {"type": "rule", "values": ["scrollable-region-focusable"]}
    options = {"resultTypes": ["violations"], "preload": False, "runOnly": rule}
    out_of_reach = []
    # Modules have one markup, and solutions the cells of lessons; each lesson is looked at.
    seen = {name for name in like_others(pages) if not name.startswith("lessons/")}
    for name in pages:
        if name in seen:
            continue
        phone.goto(address + name, wait_until="load")
        phone.evaluate("() => new Promise((done) => setTimeout(done, 100))")  # boxes are measured
        found = Axe().run(phone, options=options).response["violations"]
        out_of_reach += [f"{name}: {node['html'][:120]}" for one in found for node in one["nodes"]]
    phone.close()
    assert not out_of_reach, "\n".join(out_of_reach)


@pytest.mark.slow
def test_letters_of_figures_keep_their_size_on_a_phone(
    phone: Page, address: str, pages: list[str]
) -> None:
    small = []
    for name in pages:
        phone.goto(address + name, wait_until="load")
        # 10 points at 100 dots an inch are 14 pixels high in a picture, and 8 are enough to read.
        small += [
            f"{name}: {scale:.2f} of {drawn} pixels"
            for scale, drawn in phone.evaluate(SCALES, PICTURES)
            if scale < min(0.6, 640 / drawn) - 0.01
        ]
    phone.close()
    assert not small, "\n".join(small)


@pytest.mark.slow
def test_on_paper_answers_stay_folded_and_nothing_is_cut(
    desktop: Page, address: str, pages: list[str]
) -> None:
    lesson = next(name for name in pages if NOTEBOOK.match(name))
    desktop.emulate_media(media="print")
    desktop.set_viewport_size({"width": 700, "height": 1000})
    for name in (lesson, "cluster.html", "reference/physics.html"):
        desktop.goto(address + name, wait_until="load")
        desktop.evaluate(OPEN)  # as the theme does before it prints
        assert desktop.evaluate(CUT) == []
        assert not any(part.is_visible() for part in desktop.locator(".nb-answer > p").all())
    desktop.goto(address + lesson, wait_until="load")
    assert desktop.locator(".nb-answer > summary").first.is_visible()
    desktop.close()


@pytest.mark.slow
def test_on_paper_no_page_is_left_half_empty(desktop: Page, address: str, pages: list[str]) -> None:
    width, height = 605, 936  # of A4 within the theme's margins, in the browser's pixels
    desktop.set_viewport_size({"width": width, "height": height})
    wasteful = []
    for name in ("results.html", "models.html", *filter(NOTEBOOK.match, pages[:16])):
        desktop.emulate_media(media="null")
        desktop.goto(address + name, wait_until="load")
        printed = len(re.findall(rb"/Type */Page\b", desktop.pdf(format="A4")))
        desktop.emulate_media(media="print")
        desktop.evaluate(OPEN)
        needed = desktop.evaluate("document.documentElement.scrollHeight") / height
        if printed > 1.1 * needed + 1:
            wasteful.append(f"{name}: {printed} pages for the content of {needed:.1f}")
    desktop.close()
    assert not wasteful, "\n".join(wasteful)
