"""What may be wrong with a page: each function says what it found, in words."""

import json
import re
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError
from screens import HAS_SCHEME, SCHEMES, ColorScheme

ROOT = Path(__file__).parents[2]
NOTEBOOK = re.compile(r"(lessons|solutions)/\d")
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
COLUMNS = 78  # of the code of a lesson, as the linter of lessons has it
OPEN = """document.querySelectorAll("details:not([open])").forEach((part) => {
  part.open = true
  part.dataset.was = "folded"
})"""
FOLD = """document.querySelectorAll("details[data-was]").forEach((part) => {
  part.open = false
  delete part.dataset.was
})"""
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
    nothing of its own but what scrolls.
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


def cells(name: str, kind: str) -> list[dict[str, Any]]:
    """Cells of a notebook, by the name of its page."""
    path = (ROOT / name).with_suffix(".ipynb")
    notebook = json.loads(path.read_text("utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def outcomes(name: str) -> int:
    """How many checks have answered in a notebook."""
    return sum(
        OUTCOME in output.get("data", {})
        for cell in cells(name, "code")
        if not is_form(name, cell)
        for output in cell["outputs"]
    )


def is_form(name: str, cell: dict[str, Any]) -> bool:
    """Whether a page has a form in place of a cell: there a question is answered."""
    asked = cell["metadata"].get("vae_course", {}).get("role") == "question"
    return asked and name.startswith("lessons/")


def unseen(page: Page, name: str) -> list[str]:
    """What of a notebook cannot be seen: outcomes, formulas, hints when opened, and wide parts."""
    boxes, text = page.locator(".vae-course-outcome"), page.locator("article .arithmatex")
    hint = page.locator("details.tip").first
    folded = not hint.locator("p").first.is_visible()
    hint.locator("summary").click()
    right = {
        "as many outcomes as in the notebook": boxes.count() == outcomes(name),
        "outcomes are seen": all(box.is_visible() for box in boxes.all()),
        "formulas are set": text.count() == page.locator("article .arithmatex .katex").count(),
        "hints are folded": folded,
        "hints open": hint.locator("p").first.is_visible(),
    }
    wrong = [f"not so: {what}" for what, so in right.items() if not so]
    return wrong + [f"outside the screen: {part}" for part in page.evaluate(OUTSIDE)]


def unread(page: Page) -> list[str]:
    """Whether an outcome has letters of its own: in Jupyter's, a box is not read at night."""
    box, article = page.locator(".vae-course-outcome").first, page.locator("article")
    return [] if box.evaluate(COLOUR) == article.evaluate(COLOUR) else ["letters of an outcome"]


def cut_off(page: Page, name: str) -> list[str]:
    """Lines and tables that are wider than their boxes, folded ones too."""
    if name.startswith("reference/"):  # sources there are folded, and may scroll
        return []
    page.evaluate(OPEN)
    found = page.evaluate(CUT)
    wrong = []
    if NOTEBOOK.match(name):  # the linter of lessons refuses longer lines of code
        if (room := min(page.evaluate(ROOM))) < COLUMNS:
            wrong.append(f"room for {room:.0f} columns of code")
        found = [box for box in found if box[1] or len(box[2]) <= COLUMNS]
    wrong += [f"{cell}: {line}" for cell, _, line in found]
    wrong += [f"table: {text}" for text in page.evaluate(TABLES)]
    page.evaluate(FOLD)
    return wrong


def names_given_twice(page: Page) -> list[str]:
    """Names of more than one part, when all of the page has been seen."""
    page.evaluate(f"scrollTo(0, {1e6}); new Promise((done) => setTimeout(done, 100))")
    names = page.evaluate("[...document.querySelectorAll('[id]')].map((part) => part.id)")
    page.evaluate("scrollTo(0, 0)")
    return sorted({one for one in names if names.count(one) > 1})


def small_letters(page: Page) -> list[str]:
    """Pictures that are drawn so small that their letters cannot be read.

    10 points at 100 dots an inch are 14 pixels high in a picture, and 8 are enough to read.
    """
    return [
        f"{scale:.2f} of {drawn} pixels"
        for scale, drawn in page.evaluate(SCALES, PICTURES)
        if scale < min(0.6, 640 / drawn) - 0.01
    ]


def out_of_reach(page: Page) -> list[str]:
    """What scrolls, and cannot be reached by the keyboard."""
    page.evaluate("() => new Promise((done) => setTimeout(done, 100))")  # boxes are measured
    rule = {"type": "rule", "values": ["scrollable-region-focusable"]}
    options = {"resultTypes": ["violations"], "preload": False, "runOnly": rule}
    found = Axe().run(page, options=options).response["violations"]
    return [node["html"][:120] for one in found for node in one["nodes"]]
