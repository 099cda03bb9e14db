"""The glossary: its terms have anchors and lead to their lessons, and lessons lead to the terms."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from bs4 import BeautifulSoup
from mkdocs.exceptions import PluginError
from notebook_files import LESSONS, notebooks

PAGE = "glossary.md"
SOURCE = Path(__file__).parents[2] / "docs" / PAGE
ROW = re.compile(
    r"^\| \*\*(?P<term>.+?)\*\*(?P<symbol>.*?) \| (?P<meaning>.+) \| (?P<lesson>\d\d) \|$",
    re.MULTILINE,
)
UNLINKED = ["a", "h1", "h2", "h3", "summary"]


def names(term: str) -> Iterator[tuple[str, str]]:
    """Split a term of the table into its names, each as it is written and as an anchor.

    `convolution, kernel` has two.
    """
    for part in re.sub(r" *\(.*?\)", "", term).split(", "):
        yield part, re.sub(r"[^\w]+", "-", part.lower().replace("²", "2")).strip("-")


@cache
def anchors() -> dict[str, str]:
    """All names of all terms, in small letters, and the anchor that each has.

    Raises:
        PluginError: If two rows of the table explain the same.
    """
    found: dict[str, str] = {}
    for row in ROW.finditer(SOURCE.read_text("utf-8")):
        written = dict(names(row["term"]))
        first = next(iter(written.values()))
        also = dict.fromkeys(re.findall(r"\(([^()]+)\)", row["term"]), first)
        for name, anchor in (written | also).items():
            if name.lower() in found:
                raise PluginError(f"{PAGE} explains {name!r} twice")
            found[name.lower()] = anchor
    return found


def terms() -> dict[str, list[str]]:
    """Terms by the number of the lesson that explains them."""
    found: dict[str, list[str]] = {}
    for row in ROW.finditer(SOURCE.read_text("utf-8")):
        found.setdefault(row["lesson"], []).append(row["term"])
    return found


def fill(markdown: str, place: str) -> str:
    """Give the terms of the glossary their anchors, and lead from each to its lesson."""
    if place != PAGE:
        return markdown
    lessons = {found.number: found for found in notebooks(LESSONS)}

    def row(match: re.Match[str]) -> str:
        term = match["term"]
        for name, anchor in names(term):
            term = term.replace(name, f'<strong id="{anchor}">{name}</strong>', 1)
        lesson = match["lesson"]
        if found := lessons.get(lesson):
            lesson = f'[{lesson}]({found.address} "{found.title}")'
        return f"| {term}{match['symbol']} | {match['meaning']} | {lesson} |"

    anchors()  # says so if a term is there twice
    return ROW.sub(row, markdown)


def link_terms(soup: BeautifulSoup, address: str) -> None:
    """Lead from each term of a lesson, where it stands in bold for the first time, to the glossary.

    Args:
        soup: The content of the page.
        address: The way from this page to that of the glossary.
    """
    linked: set[str] = set()
    for bold in soup.find_all("strong"):
        said = " ".join(bold.get_text().lower().split()).strip(".,:;")
        anchor = anchors().get(said) or anchors().get(said.removesuffix("s"))
        if anchor and anchor not in linked and not bold.find_parent(UNLINKED):
            linked.add(anchor)
            link = soup.new_tag("a", href=f"{address}#{anchor}", attrs={"class": "nb-term"})
            link.extend(list(bold.contents))
            bold.append(link)
