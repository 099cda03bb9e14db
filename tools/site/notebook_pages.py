"""Lessons and solutions as pages of the site, cleaned of Jupyter.

mkdocs-jupyter turns a notebook into the markup of JupyterLab, with its styles, its scripts and two
addresses on other hosts. Here the content is taken out of that markup and put into the theme's own,
so that code, formulas, hints and the table of contents are those of every other page.
"""

import json
import logging
import posixpath
import re
from collections.abc import Iterator
from html import escape
from typing import Any
from urllib.parse import unquote, urlsplit

import glossary
import questions
import slides
from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag
from course_files import in_colab
from markdown.extensions.toc import nest_toc_tokens
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import get_toc
from mkdocs.utils import get_relative_url
from notebook_files import LESSONS, SOLUTIONS, Notebook, notebook_of

DOI, ARXIV = r"\bdoi:(10\.\d{4,9}/[-._;()/:\w]*[\w)])", r"\barXiv:(\d{4}\.\d{4,5})"
FORMULA_OR_SOURCE = re.compile(
    rf"\$\$(?P<display>.+?)\$\$|\$(?P<inline>[^$\s](?:[^$]*[^$\s])?)\$|{DOI}|{ARXIV}", re.DOTALL
)
# A line of highlighted code that only says where a solution begins or ends.
MARKER = re.compile(
    r'^[ \t]*(?:<span class="w">\s*</span>)?'
    r'<span class="c1">### (?:BEGIN|END) SOLUTION</span>\n?',
    re.MULTILINE,
)
# In a printed line that has this, words stand below those of other lines.
COLUMNS = re.compile(r"\S {2,}\S")
# The text in these is no text of ours to look for formulas and sources in.
VERBATIM = ["a", "code", "pre", "script", "style"]

SPOILERS = """<div class="admonition warning"><p class="admonition-title">Spoilers</p>
<p>This page has the answers to all exercises.{back}</p></div>"""
TO_SOLUTIONS = """<details class="warning nb-answer"><summary>Solutions (spoilers)</summary>
<p>Have you tried every exercise, with both hints? <a href="{link}">The solutions of this lesson</a>
show one good answer to each. Yours may be another.</p></details>"""

log = logging.getLogger("mkdocs.plugins.notebooks")


def content(html: str, page: Page, files: Files, config: MkDocsConfig) -> str:
    """Rebuild the page of a notebook in the markup of the theme.

    Args:
        html: What mkdocs-jupyter made of the notebook.
        page: The page, whose table of contents and anchors are set.
        files: All files of the site, for links.
        config: Of the site, for its address.

    Returns:
        The content of the page.
    """
    found = notebook_of(page)
    assert found is not None
    soup = BeautifulSoup("", "html.parser")
    pictures, folded = found.pictures(), found.folded()
    # mkdocs-jupyter wraps each cell of code twice; the inner one has the id.
    for cell in BeautifulSoup(html, "html.parser").select(".jp-Notebook-cell[id]"):
        if "jp-MarkdownCell" in cell["class"]:
            rendered = cell.select_one(".jp-RenderedMarkdown")
            soup.extend(list(rendered.contents) if rendered else [])
        else:
            name = str(cell["id"]).removeprefix("cell-id=")
            soup.append(code_cell(cell, name, pictures.get(name, []), name in folded))
    if found.kind == LESSONS:
        questions.set_forms(soup)
    for text in soup.find_all(string=True):
        if not text.find_parent(VERBATIM) and not text.find_parent(class_="nb-output"):
            set_formulas_and_sources(text)
    mark_hints(soup)
    set_links(soup, page, files)
    if terms := files.get_file_from_path(glossary.PAGE):
        glossary.link_terms(soup, get_relative_url(terms.url, page.file.url))
    set_contents(soup, page)
    frame(soup, found, page, files, config)
    return str(soup)


def code_cell(cell: Tag, name: str, pictures: list[str], folded: bool) -> Tag:
    """Make a cell of code and its outputs, as the theme shows code."""
    roles = [f"nb-{role}" for role in ("exercise", "check") if name.startswith(f"{role}-")]
    made = new(f'<div class="{" ".join(["nb-cell", *roles])}" id="{name}"></div>')
    if code := cell.select_one(".highlight-ipynb pre"):
        lines = MARKER.sub("", code.decode_contents().removeprefix("<span></span>"))
        box = f'<pre id="{name}-code"><code>{lines}</code></pre>'
        box = f'<div class="language-python highlight">{box}</div>'
        if folded:
            box = f'<details class="nb-code"><summary>Code of the figure</summary>{box}</details>'
        made.append(new(box))
    alternatives = iter(pictures)
    outputs = [
        output_box(output, name, alternatives) for output in cell.select(".jp-OutputArea-output")
    ]
    made.extend(outputs)
    # The theme names each block of code after the nearest element with a name.
    for k, block in enumerate(made.select(".nb-output pre"), 1):
        block["id"] = f"{name}-output-{k}"
    return made


def output_box(output: Tag, name: str, alternatives: Iterator[str]) -> Tag:
    """Make the box of one output: a picture, text, or HTML."""
    if image := output.find("img", recursive=False):
        text = next(alternatives, "")
        if not text:
            log.warning("a picture below cell %s has no alternative text: use plotting.show", name)
        image["alt"] = text
        figure = new('<figure class="nb-output"></figure>')
        figure.append(image)
        return figure
    box = new('<div class="nb-output no-copy"></div>')
    pre = output.find("pre", recursive=False)
    if pre is None:
        box.extend(list(output.contents))
    else:
        block, code = new("<pre></pre>"), new("<code></code>")
        code.extend(list(pre.contents))
        lines = code.get_text().splitlines()
        code["style"] = f"--columns: {max(map(len, lines), default=1)}"
        if sum(bool(COLUMNS.search(line)) for line in lines) > 1:
            block["class"] = "nb-table"
        block.append(code)
        box.append(block)
    return box


def new(markup: str) -> Tag:
    """Make one element."""
    made = BeautifulSoup(markup, "html.parser").contents[0]
    assert isinstance(made, Tag)
    return made


def set_formulas_and_sources(text: NavigableString) -> None:
    """Mark formulas as KaTeX finds them on other pages, and link what a text cites."""
    pieces: list[Any] = []
    end, source = 0, str(text)
    for match in FORMULA_OR_SOURCE.finditer(source):
        pieces += [NavigableString(source[end : match.start()]), piece(match)]
        end = match.end()
    if not pieces:
        return
    parent = text.parent
    text.replace_with(*pieces, NavigableString(source[end:]))
    # A paragraph cannot hold the box of a formula that stands by itself.
    if parent is not None and parent.name == "p" and parent.find("div", recursive=False):
        parent.name = "div"
        parent["class"] = "nb-paragraph"


def piece(match: re.Match[str]) -> Tag:
    """Make the element for one formula or one source."""
    if formula := match["display"]:
        made = new('<div class="arithmatex"></div>')
        made.string = f"\\[{formula}\\]"
    elif formula := match["inline"]:
        made = new('<span class="arithmatex"></span>')
        made.string = f"\\({formula}\\)"
    else:
        doi, arxiv = match.groups()[-2:]
        made = new("<a></a>")
        made["href"] = f"https://doi.org/{doi}" if doi else f"https://arxiv.org/abs/{arxiv}"
        made.string = match[0]
    return made


def mark_hints(soup: BeautifulSoup) -> None:
    """Give hints and questions the theme's own look, and exercises a heading that stands out."""
    for details in soup.select("details:not([class])"):
        summary = details.find("summary")
        hint = summary is not None and summary.get_text().strip().startswith("Hint")
        details["class"] = f"{'tip' if hint else 'question'} nb-answer"
    for heading in soup.find_all("h3"):
        if re.match(r"(Exercise|Question) \d", heading.get_text()):
            heading["class"] = "nb-exercise-heading"


def about(found: Notebook) -> Tag:
    """Describe a lesson for search engines and catalogues, as schema.org's LearningResource."""
    made = new('<script type="application/ld+json"></script>')
    described: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "LearningResource",
        "name": found.title,
        "description": found.question,
        "learningResourceType": "lesson",
        "position": int(found.number),
        "teaches": found.objectives,
        "timeRequired": f"PT{found.minutes}M" if found.minutes else None,
        "inLanguage": "en",
        "isAccessibleForFree": True,
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "author": {"@type": "Organization", "name": "The vae-course authors"},
        "isPartOf": {"@type": "Course", "name": "vae-course"},
    }
    kept = {name: value for name, value in described.items() if value}
    made.string = json.dumps(kept, ensure_ascii=False).replace("<", "\\u003c")
    return made


def set_links(soup: BeautifulSoup, page: Page, files: Files) -> None:
    """Lead links between notebooks, and from them to docs/, to the pages of the site."""
    folder = posixpath.dirname(page.file.src_uri)
    page.links_to_anchors = {}
    for link in soup.select("a[href]"):
        original = str(link["href"])
        url = urlsplit(original)
        if url.scheme or url.netloc:
            continue
        path = posixpath.normpath(posixpath.join(folder, unquote(url.path))) if url.path else ""
        target = files.get_file_from_path(path.removeprefix("docs/")) if path else page.file
        if target is None:
            log.warning("%s: the link %r leads nowhere", page.file.src_uri, original)
            continue
        if url.fragment:  # MkDocs itself checks these when all pages are there
            anchors = page.links_to_anchors.setdefault(target, {})
            anchors[unquote(url.fragment)] = original
        if url.path:
            relative = get_relative_url(target.url, page.file.url)
            link["href"] = relative + (f"#{url.fragment}" if url.fragment else "")


def set_contents(soup: BeautifulSoup, page: Page) -> None:
    """Make the table of contents from the headings, and the links beside them the theme's."""
    tokens = []
    for heading in soup.find_all(["h1", "h2", "h3"]):
        if link := heading.select_one("a.anchor-link"):
            link["class"], link["title"] = "headerlink", "Permanent link"
            name = escape(heading.get_text().removesuffix(link.get_text()).strip())
            tokens.append({"level": int(heading.name[1]), "id": heading["id"], "name": name})
    page.toc = get_toc(nest_toc_tokens(tokens))
    page.present_anchor_ids = {str(tag["id"]) for tag in soup.select("[id]")}


def frame(
    soup: BeautifulSoup, found: Notebook, page: Page, files: Files, config: MkDocsConfig
) -> None:
    """Say below the title what the page is, and lead on from its end."""
    other = {LESSONS: SOLUTIONS, SOLUTIONS: LESSONS}[found.kind]
    partner = files.get_file_from_path(f"{other}/{found.path.name}")
    link = get_relative_url(partner.url, page.file.url) if partner else ""
    download = f'<a class="md-button" href="{found.path.name}" download>Download this notebook</a>'
    colab = ""
    if found.kind == LESSONS and (address := in_colab(config, found.path)):
        colab = f' <a class="md-button" href="{address}">Open in Colab</a>'
    deck = slides.address(found)
    if found.kind == LESSONS and files.get_file_from_path(deck):
        address = get_relative_url(deck, page.file.url)
        colab += f' <a class="md-button" href="{address}">Slides</a>'
    below = [new(f'<p class="nb-bar">{download}{colab}</p>')]
    if found.kind == SOLUTIONS:
        back = f' Try <a href="{link}">the lesson</a> first.' if link else ""
        below.append(new(SPOILERS.format(back=back)))
    elif link:
        soup.append(new(TO_SOLUTIONS.format(link=link)))
    if found.kind == LESSONS:
        soup.append(about(found))
    if heading := soup.find("h1"):
        question = heading.find_next_sibling()
        if question is not None and question.find("strong"):
            question["class"] = "nb-question"
            heading = question
        for part in reversed(below):
            heading.insert_after(part)
