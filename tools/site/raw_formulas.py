"""Formulas that have come through to a page as they were typed."""

import logging
import re

from bs4 import BeautifulSoup

RAW = re.compile(r"\$|\\[(\[]|\\[A-Za-z]+\{")
MEANT = ["code", "pre", "script", "style"]
SHOWN = 30

log = logging.getLogger("mkdocs.plugins.raw_formulas")


def report(html: str, place: str) -> None:
    """Warn of each, so that the strict build stops: Markdown has broken a formula in two.

    Args:
        html: The content of a page, in which formulas that KaTeX will set are marked.
        place: Where the page comes from.
    """
    if not RAW.search(html):
        return
    soup = BeautifulSoup(html, "html.parser")
    for marked in soup.select(f".arithmatex, {', '.join(MEANT)}"):
        marked.decompose()
    text = " ".join(soup.get_text().split())
    for match in RAW.finditer(text):
        around = text[max(match.start() - SHOWN, 0) : match.end() + SHOWN]
        log.warning("%s: a formula is left as it was typed: %r", place, around)
