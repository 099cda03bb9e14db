"""Finding one's way: the search, the glossary, the navigation, and what is said of each page."""

import json
import re
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, expect

ROOT = Path(__file__).parents[2]
GLOSSARY = "glossary.html"


def read(site: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((site / name).read_text("utf-8"), "html.parser")


@pytest.mark.slow
def test_what_is_taught_is_found_in_its_lesson_and_what_is_programmed_in_the_reference(
    chromium: Browser, address: str
) -> None:
    expected = {
        "posterior collapse": "lessons/04",
        "reparameterisation": "lessons/03",
        "reparameterization": "lessons/03",
        "two-point correlation": "lessons/01",
        "coarsening": "lessons/01",
        "KL divergence": "lessons/03",
        "optimizer": "lessons/02",
        "free_energy": "reference/physics",
    }
    page = chromium.new_page()
    page.goto(address + "index.html", wait_until="networkidle")
    query = page.locator("[data-md-component=search-query]").first
    for words, place in expected.items():
        query.click()
        query.fill("")
        query.press_sequentially(words)  # the theme listens to keys, which `fill` does not press
        shown = page.locator(".md-search-result__item > .md-search-result__link").first
        # to the last letter typed: what is found for the first ones comes and goes
        answered = re.compile(f"{re.escape(place)}[^?]*\\?h=([^#]*{words[-3:].lower()})?(#|$)")
        expect(shown).to_have_attribute("href", answered, timeout=60_000)
    page.close()


def test_the_search_does_not_know_the_source_of_a_function(site: Path) -> None:
    index = json.loads((site / "search/search_index.json").read_text("utf-8"))
    reference = [entry for entry in index["docs"] if entry["location"].startswith("reference/")]
    assert len(reference) > 100
    assert read(site, "reference/physics.html").select("details.mkdocstrings-source pre")
    assert [entry["location"] for entry in reference if "return np." in entry["text"]] == []


def test_terms_of_the_glossary_have_anchors_and_lead_to_their_lessons(site: Path) -> None:
    rows = read(site, GLOSSARY).select("article tbody tr")
    assert len(rows) > 100
    lessons = {path.name[:2]: f"lessons/{path.stem}.html" for path in ROOT.glob("lessons/*.ipynb")}
    for row in rows:
        term, _, lesson = row.select("td")
        assert term.select("strong[id]")
        (link,) = lesson.select("a")
        assert link["href"] == lessons[lesson.get_text()]


def test_every_lesson_leads_to_the_terms_that_it_explains(site: Path) -> None:
    for path in sorted((ROOT / "lessons").glob("*.ipynb")):
        links = read(site, f"lessons/{path.stem}.html").select("article a.nb-term")
        assert len(links) >= 5, path.stem
        assert all(str(link["href"]).startswith(f"../{GLOSSARY}#") for link in links)
        targets = [link["href"] for link in links]
        assert len(set(targets)) == len(targets)


def test_every_page_has_a_description_of_its_own(site: Path, pages: list[str]) -> None:
    said: dict[str, str] = {}
    for name in pages:
        description = read(site, name).select_one("meta[name=description]")
        if name != "404.html":  # no one is sent there
            said[name] = str(description["content"]) if description else ""
    assert [name for name, text in said.items() if not 30 <= len(text) <= 200] == []
    assert len(set(said.values())) == len(said)


@pytest.mark.parametrize(
    "name", ["data", "models", "cluster", "solutions/index", "solutions/03_from_autoencoder_to_vae"]
)
def test_pages_of_a_section_show_what_else_is_in_it(site: Path, name: str) -> None:
    sidebar = read(site, f"{name}.html").select_one(".md-sidebar--primary")
    assert sidebar is not None
    assert sidebar.get("hidden") is None
    active = sidebar.select(".md-nav__item--active.md-nav__item--section")
    assert active
    assert len(active[0].select("a.md-nav__link")) >= 3


def test_who_is_lost_is_led_on(site: Path) -> None:
    text = read(site, "404.html").select_one("article")
    assert text is not None
    assert len(text.select("a[href]")) >= 5
    assert "no such page" in text.get_text()


def test_bibtex_says_what_the_citation_file_says(site: Path) -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    (block,) = (
        code.get_text()
        for code in read(site, "cite.html").select("article pre code")
        if code.get_text().startswith("@")
    )
    assert block.count("{") == block.count("}")
    keys = re.findall(r"^@\w+\{([^\s,]+),$", block, re.MULTILINE)
    sources = [citation, *citation["references"]]
    assert len(set(keys)) == len(keys) == len(sources)
    for source in sources:
        assert source["title"] in block
        assert str(source.get("year", "")) in block
        assert source.get("url", "") in block
        assert all(one.get("family-names", "vae-course") in block for one in source["authors"])


@pytest.mark.slow
def test_the_picture_on_home_can_be_stopped(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.goto(address, wait_until="load")
    shown = "document.querySelector('#home-picture img').currentSrc.split('.').pop()"
    button = page.locator("#home-pause")
    assert (page.evaluate(shown), button.text_content()) == ("webp", "Pause")
    button.press("Enter")
    page.wait_for_function(f"{shown} === 'png'")
    assert button.text_content() == "Play"
    button.press("Enter")
    page.wait_for_function(f"{shown} === 'webp'")
    page.emulate_media(reduced_motion="reduce")
    page.reload(wait_until="load")
    assert (page.evaluate(shown), button.text_content()) == ("png", "Play")
    page.close()
