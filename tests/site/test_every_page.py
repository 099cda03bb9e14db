"""Every page, opened once on each screen: whole, legible, within reach, in light and in dark."""

from collections import defaultdict
from collections.abc import Iterator

import pytest
from every_page import (
    NOTEBOOK,
    cut_off,
    faults,
    names_given_twice,
    out_of_reach,
    small_letters,
    unread,
    unseen,
    watch,
)
from playwright.sync_api import Browser, Page
from screens import SCHEMES, SCREENS, like_others

Found = dict[str, list[str]]
"""Faults by kind; each names its page."""


def looked(page: Page, address: str, pages: list[str], screen: str) -> Found:
    """Open every page, and look at it."""
    found: Found = defaultdict(list)
    loading = watch(page, address)
    alike = like_others(pages)

    def note(kind: str, name: str, faults: list[str]) -> None:
        found[kind] += [f"{name}: {fault}" for fault in faults]

    for name in pages:
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.goto(address + name, wait_until="load")
        if name == "explorer.html":
            page.wait_for_selector("#explorer[data-state=ready]")
        if NOTEBOOK.match(name):
            note("unseen", name, unseen(page, name))
        if screen == "desktop":
            note("cut", name, cut_off(page, name))
            note("twice", name, names_given_twice(page))
        else:
            note("small", name, small_letters(page))
            # Modules have one markup, and solutions the cells of lessons; each lesson is looked at.
            if name not in alike or name.startswith("lessons/"):
                note("out of reach", name, out_of_reach(page))
        for scheme in SCHEMES:
            note("wrong", name, faults(page, scheme, screen, name in alike))
            if NOTEBOOK.match(name):
                note("unread", name, unread(page))
        note("wrong", name, loading)
        loading.clear()
    return found


@pytest.fixture(scope="class")
def found(
    request: pytest.FixtureRequest, chromium: Browser, address: str, pages: list[str]
) -> Iterator[Found]:
    width, height = SCREENS[request.cls.screen]
    page = chromium.new_page(viewport={"width": width, "height": height})
    yield looked(page, address, pages, request.cls.screen)
    page.close()


def assert_none(found: Found, *kinds: str) -> None:
    faults = [fault for kind in kinds for fault in found[kind]]
    assert not faults, "\n".join(faults)


class OnAnyScreen:
    def test_every_page_is_whole_fits_the_screen_and_shuts_no_one_out(self, found: Found) -> None:
        assert_none(found, "wrong")

    def test_outcomes_hints_formulas_and_figures_are_seen(self, found: Found) -> None:
        assert_none(found, "unseen", "unread")


@pytest.mark.slow
class TestDesktop(OnAnyScreen):
    screen = "desktop"

    def test_no_line_is_cut_off(self, found: Found) -> None:
        assert_none(found, "cut")

    def test_no_name_is_given_to_two_parts_of_a_page(self, found: Found) -> None:
        assert_none(found, "twice")


@pytest.mark.slow
class TestPhone(OnAnyScreen):
    screen = "phone"

    def test_letters_of_figures_keep_their_size(self, found: Found) -> None:
        assert_none(found, "small")

    def test_what_scrolls_is_reached_by_the_keyboard(self, found: Found) -> None:
        assert_none(found, "out of reach")
