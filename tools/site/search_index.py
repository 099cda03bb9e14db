"""What the search finds, and what it finds first: lessons and glossary before the reference."""

import json
import re
from pathlib import Path

import glossary
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page
from notebook_files import LESSONS, SOLUTIONS, notebooks

RANKS = {  # by how the path of a page begins
    f"{LESSONS}/": 4.0,
    "start.md": 4.0,
    glossary.PAGE: 2.0,
    **dict.fromkeys(
        ("reference/", "contributing", "maintainers", "robustness", "changelog", "commands"), 0.25
    ),
}
LESSON = 12.0
"""Rank of the first entry of a lesson, which has the terms that the glossary sends there."""
SOURCE = '<details class="mkdocstrings-source"'
AMERICAN = {
    **{
        f"{root}is": f"{root}iz"
        for root in (
            *("binar", "character", "discret", "general", "initial", "maxim", "minim", "normal"),
            *("optim", "parameter", "regular", "standard", "summar", "visual"),
        )
    },
    "behaviour": "behavior",
    "centre": "center",
    "colour": "color",
    "favour": "favor",
    "grey": "gray",
    "modelling": "modeling",
    "neighbour": "neighbor",
}
"""Pieces of words as the course spells them, and as other readers type them."""

IMPORTED = re.compile(r"\b(?:from [\w.]+ )?import (?:\([^)]*\)|[\w., ]+)")
"""What the first cells of a lesson load: it is explained elsewhere."""

BRITISH = re.compile(rf"\b\w*(?:{'|'.join(AMERICAN)})\w*", re.IGNORECASE)


def rank(page: Page) -> None:
    """Say how high a page stands among what is found, and keep the answers out of it."""
    place = page.file.src_uri
    if place.startswith(SOLUTIONS):
        page.meta["search"] = {"exclude": True}
        return
    for start, boost in RANKS.items():
        if place.startswith(start):
            page.meta["search"] = {"boost": boost}


def without_sources(html: str) -> str:
    """Leave the source code of functions out of the index; the theme drops the mark again."""
    return html.replace(SOURCE, f'{SOURCE} data-search-exclude="yes"')


def finish(config: MkDocsConfig) -> None:
    """Have lessons found by the terms that they explain, and words by their American spelling."""
    path = Path(config.site_dir, "search", "search_index.json")
    if not path.is_file():
        return
    index = json.loads(path.read_text("utf-8"))
    terms = glossary.terms()
    lessons = {f"{LESSONS}/{one.path.stem}.html": one.number for one in notebooks(LESSONS)}
    for entry in index["docs"]:
        if entry["location"].startswith(f"{LESSONS}/"):
            entry["text"] = IMPORTED.sub("", entry["text"])
        if number := lessons.get(entry["location"]):
            entry["text"] += f"<p>{'; '.join(terms.get(number, []))}</p>"
            entry["boost"] = LESSON
        found = {word.lower() for word in BRITISH.findall(f"{entry['title']} {entry['text']}")}
        if found:
            entry["text"] += f"<p>{' '.join(sorted(map(american, found)))}</p>"
    path.write_text(json.dumps(index, separators=(",", ":")), encoding="utf-8")


def american(word: str) -> str:
    """Spell a word the American way."""
    for ours, theirs in AMERICAN.items():
        word = word.replace(ours, theirs)
    return word
