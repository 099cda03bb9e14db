"""On paper: answers stay folded, nothing is cut, and no page is left half empty."""

import re

import pytest
from every_page import CUT, NOTEBOOK, OPEN
from playwright.sync_api import Browser, Page
from screens import SCREENS


@pytest.fixture
def desktop(chromium: Browser) -> Page:
    width, height = SCREENS["desktop"]
    return chromium.new_page(viewport={"width": width, "height": height})


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
