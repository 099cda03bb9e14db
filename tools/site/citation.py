"""CITATION.cff as BibTeX, so that both say the same."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mkdocs.utils.yaml import yaml_load

SOURCE = Path(__file__).parents[2] / "CITATION.cff"
MARKER = "<!-- BibTeX -->"
KINDS = {"article": "article", "software": "software"}


def fill(markdown: str) -> str:
    """Put the entries where a page asks for them."""
    if MARKER not in markdown:
        return markdown
    course = yaml_load(SOURCE.read_text("utf-8"))
    entries = [course, *course["references"]]
    text = "\n\n".join("\n".join(entry(one)) for one in entries)
    return markdown.replace(MARKER, f"```bibtex\n{text}\n```")


def entry(found: Mapping[str, Any]) -> Iterator[str]:
    """Write one entry, line by line."""
    name = found["authors"][0].get("family-names", "vae-course").lower()
    yield f"@{KINDS.get(found['type'], 'misc')}{{{name}{found.get('year', '')}-{found['type']},"
    fields = {
        "author": " and ".join(map(person, found["authors"])),
        "title": f"{{{found['title']}}}",
        **{name: found[name] for name in ("version", "year", "url") if name in found},
    }
    for identifier in found.get("identifiers", []):
        kind, _, value = identifier["value"].partition(":")
        fields |= {"eprint": value, "eprinttype": kind.lower()}
    yield from (f"  {name} = {{{value}}}," for name, value in fields.items())
    yield "}"


def person(found: Mapping[str, str]) -> str:
    """Write the name of an author, or of several who sign as one."""
    if "name" in found:
        return f"{{{found['name']}}}"
    return f"{found['family-names']}, {found['given-names']}"
