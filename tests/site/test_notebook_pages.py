"""Lessons and solutions on the website: every notebook is a page, whole, legible and linked."""

import json
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page
from screens import HAS_SCHEME, SCHEMES, SCREENS

ROOT = Path(__file__).parents[2]
NOTEBOOKS = [
    path.relative_to(ROOT).with_suffix("").as_posix()
    for folder in ("lessons", "solutions")
    for path in sorted((ROOT / folder).glob("[0-9][0-9]_*.ipynb"))
]
OUTCOME = "application/vnd.vae-course.outcome+json"
COLOUR = "element => getComputedStyle(element).color"
OUTSIDE = """() => [
  ...document.querySelectorAll("article img, .vae-course-outcome, pre, .katex-display")]
  .filter(part => {
    // What stands in a box that scrolls by itself is judged by the box.
    const boxes = [];
    for (let box = part.parentElement; box; box = box.parentElement) boxes.push(box);
    const scrolls = boxes.find(box => getComputedStyle(box).overflowX === "auto");
    return (scrolls ?? part).getBoundingClientRect().right > window.innerWidth + 1;
  })
  .map(part => part.outerHTML.slice(0, 100))"""


def read(site: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((site / f"{name}.html").read_text("utf-8"), "html.parser")


def cells(name: str, kind: str) -> list[dict[str, Any]]:
    notebook = json.loads((ROOT / f"{name}.ipynb").read_text("utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def outcomes(name: str) -> int:
    return sum(
        OUTCOME in output.get("data", {})
        for cell in cells(name, "code")
        for output in cell["outputs"]
    )


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_cell_of_a_notebook_is_on_its_page(site: Path, name: str) -> None:
    page = read(site, name)
    shown = page.select("article .nb-cell")
    assert [cell["id"] for cell in shown] == [cell["id"] for cell in cells(name, "code")]
    for cell, source in zip(shown, cells(name, "code"), strict=True):
        lines = [line for line in "".join(source["source"]).split("\n") if "SOLUTION" not in line]
        code = cell.select_one(".highlight code")
        assert code is not None
        assert code.get_text().rstrip("\n") == "\n".join(lines)
    text = "".join("".join(cell["source"]) for cell in cells(name, "markdown"))
    assert len(page.select("article details summary")) >= text.count("<summary>") > 0
    assert len(page.select(".vae-course-outcome")) == outcomes(name) > 0


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_picture_of_a_notebook_says_what_it_shows(site: Path, name: str) -> None:
    expected = [
        output["metadata"]["image/png"]["alt"]
        for cell in cells(name, "code")
        for output in cell["outputs"]
        if "image/png" in output.get("data", {})
    ]
    assert [image["alt"] for image in read(site, name).select("article figure img")] == expected
    assert all(expected)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_notebook_itself_can_be_downloaded(site: Path, name: str) -> None:
    link = read(site, name).select_one("a[download]")
    assert link is not None
    downloaded = (site / name).parent / str(link["href"])
    assert downloaded.read_bytes() == (ROOT / f"{name}.ipynb").read_bytes()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_page_carries_nothing_of_jupyter_along(site: Path, name: str) -> None:
    article = read(site, name).select_one("article")
    assert article is not None
    assert not article.select("script, style, [class^=jp-], clipboard-copy")


def test_the_way_to_a_solution_leads_past_a_warning(site: Path) -> None:
    for name in NOTEBOOKS:
        for link in read(site, name).select("article a[href*='solutions/']"):
            assert link.find_parent("details", class_="warning")
    overview = read(site, "solutions/index")
    for name in [name for name in NOTEBOOKS if name.startswith("solutions/")]:
        (link,) = overview.select(f"article a[href='{Path(name).name}.html']")
        assert link.find_parent("details")
        assert "Spoilers" in read(site, name).select_one("article .warning").get_text()  # type: ignore[union-attr]


def test_the_search_knows_the_lessons_and_keeps_the_answers(site: Path) -> None:
    index = json.loads((site / "search/search_index.json").read_text("utf-8"))
    found = {entry["location"].partition("#")[0] for entry in index["docs"]}
    for name in NOTEBOOKS:
        assert (f"{name}.html" in found) == name.startswith("lessons/")


@pytest.mark.slow
@pytest.mark.parametrize("screen", list(SCREENS))
def test_outcomes_hints_formulas_and_figures_are_seen(
    chromium: Browser, address: str, screen: str
) -> None:
    width, height = SCREENS[screen]
    page = chromium.new_page(viewport={"width": width, "height": height})
    for name in NOTEBOOKS:
        page.emulate_media(color_scheme="light")
        page.goto(f"{address}{name}.html", wait_until="load")
        look_at(page, name)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.wait_for_function(HAS_SCHEME, arg=SCHEMES[scheme])
            # The theme gives letters their colour: in Jupyter's own, a box is not read at night.
            box, article = page.locator(".vae-course-outcome").first, page.locator("article")
            assert box.evaluate(COLOUR) == article.evaluate(COLOUR)
    page.close()


def look_at(page: Page, name: str) -> None:
    boxes = page.locator(".vae-course-outcome")
    assert boxes.count() == outcomes(name)
    assert all(box.is_visible() for box in boxes.all())
    text = page.locator("article .arithmatex")
    assert text.count() == page.locator("article .arithmatex .katex").count()
    hint = page.locator("details.tip").first
    assert not hint.locator("p").first.is_visible()
    hint.locator("summary").click()
    assert hint.locator("p").first.is_visible()
    assert page.evaluate(OUTSIDE) == []
