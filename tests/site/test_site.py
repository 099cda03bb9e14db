"""The website, built strictly, served from this computer and opened in a real browser."""

import gzip
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError
from screens import HAS_SCHEME, SCHEMES, SCREENS, ColorScheme, like_others

import vae_course

ROOT = Path(__file__).parents[2]

RAW_FORMULAS = r"""() => {
  const copy = document.querySelector("article, main").cloneNode(true)
  copy.querySelectorAll("pre, code, .katex").forEach(element => element.remove())
  if (document.querySelector(".katex-error")) return ["a formula that KaTeX does not understand"]
  return ["$$", "\\(", "\\["].filter(mark => copy.textContent.includes(mark))
}"""
BROKEN_IMAGES = """() => [...document.images]
  .filter(image => !image.complete || image.naturalWidth === 0).map(image => image.src)"""
# The folded source code is most of a reference page, and has the colours of the code that shows.
# Nor has the code of a lesson other colours after its first cells.
DROP_SOURCE = """() => {
  document.querySelectorAll("details.mkdocstrings-source pre").forEach(code => code.remove());
  [...document.querySelectorAll(".nb-cell .highlight")].slice(5).forEach(code => code.remove())
}"""
COLOURS = ["color-contrast", "link-in-text-block"]
TOO_WIDE = "document.documentElement.scrollWidth - window.innerWidth"


def watch(page: Page, address: str) -> list[str]:
    """Everything that a page does wrong while it loads goes into the returned list."""
    wrong: list[str] = []
    page.on("console", lambda line: line.type == "error" and wrong.append(f"console: {line.text}"))
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    page.on("response", lambda got: got.status >= 400 and wrong.append(f"{got.status}: {got.url}"))
    page.on(
        "request",
        lambda asked: (
            asked.url.startswith((address, "data:", "blob:"))
            or wrong.append(f"asked another host: {asked.url}")
        ),
    )
    return wrong


def faults(page: Page, scheme: ColorScheme, screen: str, alike: bool) -> list[str]:
    """Look at the page that is open, in one scheme of colours."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.evaluate("document.fonts.ready")
    wrong = [f"broken image: {source}" for source in page.evaluate(BROKEN_IMAGES)]
    wrong += [f"raw formula: {mark}" for mark in page.evaluate(RAW_FORMULAS)]
    try:  # the theme's script follows the browser a moment later
        page.wait_for_function(HAS_SCHEME, arg=SCHEMES[scheme], timeout=10_000)
    except PlaywrightTimeoutError:
        wrong.append(f"is not {scheme}")
    if (excess := page.evaluate(TOO_WIDE)) > 0:
        wrong.append(f"{excess} pixels wider than the screen")
    return [f"{scheme}: {fault}" for fault in wrong + barriers(page, scheme, screen, alike)]


def barriers(page: Page, scheme: ColorScheme, screen: str, alike: bool) -> list[str]:
    """Find what axe-core calls serious or critical: names, keyboard, contrast.

    Contrast takes most of the time, and a phone has the colours of the desktop. The other scheme
    differs in nothing but colours. A page that is like another one has its colours, and on a phone
    nothing of its own but what scrolls, which `test_reading.py` looks at.
    """
    options: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}
    if (scheme == "dark") + (screen == "phone") + alike > 1:
        return []
    if scheme == "dark":
        options["runOnly"] = {"type": "rule", "values": COLOURS}
    elif screen == "phone" or alike:
        options["rules"] = {"color-contrast": {"enabled": False}}
    page.evaluate(DROP_SOURCE)
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{violation['id']} ({violation['impact']}): {node['html'][:200]}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


@pytest.mark.slow
@pytest.mark.parametrize("screen", list(SCREENS))
def test_every_page_is_whole_fits_the_screen_and_shuts_no_one_out(
    chromium: Browser, address: str, pages: list[str], screen: str
) -> None:
    width, height = SCREENS[screen]
    page = chromium.new_page(viewport={"width": width, "height": height})
    wrong = watch(page, address)
    problems: list[str] = []
    alike = like_others(pages)
    for name in pages:
        page.goto(address + name, wait_until="load")
        if name == "explorer.html":
            page.wait_for_selector("#explorer[data-state=ready]")
        for scheme in SCHEMES:
            wrong += faults(page, scheme, screen, name in alike)
        problems += [f"{name}: {problem}" for problem in wrong]
        wrong.clear()
    page.close()
    assert not problems, "\n".join(problems)


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
