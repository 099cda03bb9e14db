"""The Explorer in a browser: how it is opened, moved, and read."""

import base64
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
from playwright.sync_api import Browser, Page

READY = "#explorer[data-state=ready]"
MOVE = """async ([name, value]) => {
  const slider = document.getElementById(`explorer-${name}`)
  slider.value = value
  const from = performance.now()
  slider.dispatchEvent(new Event("input"))
  const before = document.getElementById("explorer").dataset.drawn
  while (document.getElementById("explorer").dataset.drawn === before)
    await new Promise((resolve) => setTimeout(resolve, 1))
  return performance.now() - from
}"""
# Every channel of a colour grows from the dark phase to the light one.
PIXELS = """(name) => {
  const { data } = document.getElementById(`explorer-${name}`).getContext("2d").getImageData(0, 0, 64, 64)
  return Array.from({ length: 4096 }, (_, i) => data[4 * i])
}"""  # noqa: E501


def opened(chromium: Browser, address: str, fragment: str = "", width: int = 1280) -> Page:
    page = chromium.new_page(viewport={"width": width, "height": 900})
    page.goto(f"{address}explorer.html{fragment}")
    page.wait_for_selector(READY, timeout=60_000)
    return page


def pixels(page: Page, name: str = "prediction") -> np.ndarray:
    return np.array(page.evaluate(PIXELS, name))


def phases(page: Page, name: str = "prediction") -> np.ndarray:
    return (pixels(page, name) > 127).astype(np.uint8).reshape(64, 64)


def text(page: Page, name: str) -> str:
    return page.locator(f"#explorer-{name}").text_content() or ""


def in_page(page: Page, code: str) -> Any:
    script = f"async () => {{ const n = await import('./explorer/networks.js'); {code} }}"
    return page.evaluate(script)


def picture(page: Page) -> np.ndarray:
    """The reader's own picture, as the address of the page holds it."""
    bits = base64.b64decode(parse_qs(urlsplit(page.url).fragment)["p"][0])
    return np.unpackbits(np.frombuffer(bits, np.uint8)).reshape(64, 64)


def filled(page: Page) -> None:
    """Wait until everything is drawn, what is less urgent, too."""
    page.wait_for_function(
        "(({ filled, wishes }) => filled === wishes)(document.getElementById('explorer').dataset)"
    )


def checked(page: Page) -> None:
    """Ask physics, and wait for its answer."""
    page.locator("#explorer-simulate").click()
    page.locator("#explorer-status", has_text="Finite elements, solved here").wait_for()
    page.locator("#explorer-simulate", has_text="Check by physics").wait_for()
