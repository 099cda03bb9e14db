"""What the site makes for itself when it is built, and where each part of that is found.

The library reference comes from the docstrings (reference.py), lessons and solutions from their own
folders (notebook_files.py, notebook_pages.py), the commands from Typer (command_line.py), numbers
from what was measured (results_page.py, model_cards.py), BibTeX from CITATION.cff (citation.py),
questions for a class from inventory.toml (inventory.py), those of the lessons from the package
(questions.py), slides and notes from the lessons (slides.py,
teacher_notes.py). course_files.py makes what is taken home,
glossary.py links terms, search_index.py says what is found first, and explorer_files.py makes what
the Explorer runs on.
"""

import posixpath
import re
from xml.etree.ElementTree import Element

import citation
import command_line
import course_files
import explorer_files
import glossary
import inventory
import model_cards
import notebook_files
import notebook_pages
import numpy as np
import questions
import raw_formulas
import reference
import results_page
import search_index
import slides
import teacher_notes
from markdown import Extension, Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.util import AtomicString
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from vae_course.commands import doctor
from vae_course.data import load_embedded
from vae_course.data.schedule import MEANS

DATA = "<!-- the numbers of the embedded dataset -->"
DOCTOR = "<!-- what doctor advises -->"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add reference pages and lessons to the navigation, and the sources to the Markdown."""
    reference.configure(config)
    notebook_files.configure(config)
    config.markdown_extensions.append(Sources())
    return config


@event_priority(100)  # before mkdocs-jupyter, which renders the notebooks that it finds
def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the reference pages, the notebooks, what the Explorer runs on, and the downloads."""
    for part in (reference, notebook_files, explorer_files, course_files, inventory, slides):
        for file in part.files(config):
            files.append(file)
    return files


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
    """Show the lessons beside each solution, though the navigation leads to none."""
    notebook_files.place_solutions(nav, files)
    return nav


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Fill in parts of the library, lessons, and what was counted or measured, where asked."""
    search_index.rank(page)
    if notebook := notebook_files.notebook_of(page):
        page.meta["description"] = notebook.description
        return markdown
    if DATA in markdown:
        markdown = markdown.replace(DATA, embedded_dataset())
    if DOCTOR in markdown:
        advice = (f"| {name} | {what} |" for name, what in doctor.ADVICE.items())
        markdown = markdown.replace(DOCTOR, "\n".join(advice))
    markdown = glossary.fill(notebook_files.fill(markdown, page), page.file.src_uri)
    folder = posixpath.dirname(page.file.src_uri)
    markdown = teacher_notes.fill(questions.fill(markdown, folder), folder)
    for part in (reference, command_line, model_cards, results_page, citation, inventory):
        markdown = part.fill(markdown)
    return markdown


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put notebooks into the markup of the theme, and pass no formula that is not set."""
    if notebook_files.notebook_of(page):
        html = notebook_pages.content(html, page, files, config)
    raw_formulas.report(html, page.file.src_uri)
    return search_index.without_sources(html)


@event_priority(-100)  # after the search, which writes its index then
def on_post_build(config: MkDocsConfig) -> None:
    """Have the search find lessons by their terms, and downloaded ones install the course."""
    course_files.finish(config)
    search_index.finish(config)


def embedded_dataset() -> str:
    """Numbers of the embedded dataset, counted when the site is built."""
    rows: dict[str, list[str]] = {}
    for case in (1, 2, 3):
        patterns = load_embedded(case)
        fraction = patterns.images.mean(axis=(1, 2))
        energy = patterns.strain_energy[:, -1]
        first = [patterns.time[patterns.simulation == k].min() for k in set(patterns.simulation)]
        for name, value in {
            "Mean fraction of phase 1 at the start": f"{MEANS[case]}",
            "Simulations": f"{len(first)}",
            "Images": f"{len(patterns):,}",
            "Time of the first frame": f"{min(first):.1e} to {max(first):.1e}",
            "Images younger than 1e-3": f"{np.mean(patterns.time < 1e-3):.0%}",
            "Fraction of phase 1, 5 to 95 %": span(fraction),
            "Strain energy at d = 0.5, median": f"{np.median(energy):.3f}",
            "Strain energy at d = 0.5, 5 to 95 %": span(energy),
        }.items():
            rows.setdefault(name, []).append(value)
    lines = ["| | Case 1 | Case 2 | Case 3 |", "|---|---|---|---|"]
    lines += [f"| {name} | {' | '.join(values)} |" for name, values in rows.items()]
    return "\n".join(lines)


def span(values: np.ndarray) -> str:
    """The range that holds nine values of ten."""
    low, high = np.percentile(values, (5, 95))
    return f"{low:.3f} to {high:.3f}"


class Source(InlineProcessor):
    """One kind of identifier, linked to where it leads."""

    def __init__(self, pattern: str, address: str) -> None:
        super().__init__(pattern)
        self.address = address

    def handleMatch(  # noqa: N802 (the name is Markdown's)
        self, m: re.Match[str], data: str
    ) -> tuple[Element, int, int]:
        """Make the link."""
        link = Element("a", href=self.address + m[1])
        link.text = AtomicString(m[0])
        return link, m.start(0), m.end(0)


class Sources(Extension):
    """Link `doi:10.1063/1.1744102` and `arXiv:2203.04183`, as docstrings and pages write them."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name is Markdown's)
        """Register the two patterns, below code and links in priority."""
        doi = Source(notebook_pages.DOI, "https://doi.org/")
        arxiv = Source(notebook_pages.ARXIV, "https://arxiv.org/abs/")
        md.inlinePatterns.register(doi, "doi", 115)
        md.inlinePatterns.register(arxiv, "arxiv", 114)
