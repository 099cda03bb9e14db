"""The website, built strictly, served from this computer and opened in a real browser."""

import gzip
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup
from playwright.sync_api import Browser

import vae_course

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_formulas_are_set(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.goto(address + "physics.html", wait_until="networkidle")
    fonts = "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)"
    assert page.locator(".katex-display").count() > 5
    assert "KaTeX_Main" in page.evaluate(fonts)
    page.close()


@pytest.mark.slow
def test_the_search_finds_a_function(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.goto(address + "index.html", wait_until="networkidle")
    query = page.locator("[data-md-component=search-query]").first
    query.click()
    query.press_sequentially(
        "free_energy"
    )  # the theme listens to keys, which `fill` does not press
    found = page.locator(".md-search-result__link").first
    found.wait_for()
    assert "reference/physics.html" in str(found.get_attribute("href"))
    page.close()


@pytest.mark.slow
def test_the_search_finds_a_word_that_stands_in_a_lesson_only(
    chromium: Browser, address: str
) -> None:
    page = chromium.new_page()
    page.goto(address + "index.html", wait_until="networkidle")
    query = page.locator("[data-md-component=search-query]").first
    query.click()
    query.press_sequentially("pepper")
    found = page.locator(".md-search-result__link[href*='h=pepper']").first  # not of "p", "pe", …
    found.wait_for()
    assert "lessons/10_your_own_microstructures.html" in str(found.get_attribute("href"))
    page.close()


def test_every_link_leads_somewhere(site: Path, pages: list[str]) -> None:
    trees = {name: BeautifulSoup((site / name).read_text("utf-8"), "html.parser") for name in pages}
    anchors = {
        name: {tag.get("id") or tag.get("name") for tag in tree.select("[id], a[name]")}
        for name, tree in trees.items()
    }
    dead: list[str] = []
    for name, tree in trees.items():
        for tag in tree.select("[href], [src]"):
            target = str(tag.get("href") or tag.get("src") or "")
            url = urlsplit(urljoin(f"http://site/{name}", target))
            if urlsplit(target).scheme or target.startswith("//"):
                continue
            path, anchor = unquote(url.path).lstrip("/"), unquote(url.fragment)
            path = path + "index.html" if path.endswith("/") or not path else path
            if not (site / path).is_file() or (anchor and anchor not in anchors.get(path, set())):
                dead.append(f"{name}: {target}")
    assert not dead, "\n".join(dead)


def test_no_page_weighs_more_than_a_megabyte(site: Path, pages: list[str]) -> None:
    @cache
    def weight(path: Path) -> int:
        return len(gzip.compress(path.read_bytes()))

    weights = {}
    for name in pages:
        tree = BeautifulSoup((site / name).read_text("utf-8"), "html.parser")
        asked = [tag.get("src") for tag in tree.select("script[src], img[src]")]
        asked += [tag.get("href") for tag in tree.select("link[rel=stylesheet]")]
        local = {str(one) for one in asked if one and not str(one).startswith("data:")}
        files = {site / urlsplit(urljoin(f"http://site/{name}", one)).path[1:] for one in local}
        weights[name] = weight(site / name) + sum(map(weight, files))
    assert {name: size for name, size in weights.items() if size > 1e6} == {}


def test_the_citation_names_the_version_of_the_package() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == vae_course.__version__
