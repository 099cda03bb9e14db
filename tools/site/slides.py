"""Slides of each lesson, made of the lesson: its ideas, formulas, figures, exercises, questions.

The slides are shown by reveal.js, from the site's own copy of it (docs/assets/reveal); the key S
opens the speaker's view, whose notes have the text of the lesson and the answers to its questions.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

import markdown
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File
from notebook_files import LESSONS, ROOT, Notebook, notebooks

from vae_course.authoring import pace
from vae_course.authoring.cells import HEADING, QUESTION
from vae_course.classroom import quiz

FOLDER = "slides"
LEFT_OUT = ("What you will be able to do", "Ask yourself", "Read next")
"""Headings that get no slide of their own."""
MOST_WORDS = 45
"""Of an idea, on a slide; the rest is in the notes."""
MOST_FORMULAS = 2
LONG = 150
"""Words of a slide, a line counting as four, from which on its letters are smaller."""

FORMULA = re.compile(r"\$\$.+?\$\$", re.DOTALL)
HINTS = re.compile(r"<details>.*?</details>", re.DOTALL)
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: slides</title>
<link rel="icon" href="../assets/favicon.svg">
<link rel="stylesheet" href="../assets/reveal/reset.css">
<link rel="stylesheet" href="../assets/reveal/reveal.css">
<link rel="stylesheet" href="../assets/katex/katex.min.css">
<link rel="stylesheet" href="../assets/slides.css">
</head>
<body>
<main class="reveal"><div class="slides">
{slides}
</div></main>
<script src="../assets/katex/katex.min.js"></script>
<script src="../assets/katex/auto-render.min.js"></script>
<script src="../assets/reveal/reveal.js"></script>
<script src="../assets/reveal/notes.js"></script>
<script src="../assets/slides.js"></script>
</body>
</html>
"""


@dataclass(frozen=True)
class Picture:
    """A figure of a lesson, as a file of the site."""

    name: str
    data: bytes
    alt: str


def files(config: MkDocsConfig) -> Iterator[File]:
    """Make the slides of each lesson, and the files of their figures."""
    if not (ROOT / "docs" / "assets" / "reveal").is_dir():
        return
    for lesson in notebooks(LESSONS):
        slides, pictures = deck(lesson)
        page = PAGE.format(title=escape(lesson.title), slides=slides)
        yield File.generated(config, address(lesson), content=page)
        for picture in pictures:
            yield File.generated(config, f"{FOLDER}/{picture.name}", content=picture.data)


def address(lesson: Notebook) -> str:
    """Where the slides of a lesson are on the site."""
    return f"{FOLDER}/{lesson.number}.html"


def deck(lesson: Notebook) -> tuple[str, list[Picture]]:
    """Make the slides of a lesson, as HTML, and its figures."""
    pictures: list[Picture] = []
    columns: list[list[str]] = [[]]
    for cell, below in zip(lesson.cells, [*lesson.cells[1:], None], strict=True):
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            for part in re.split(r"^(?=#{1,3} )", text, flags=re.MULTILINE):
                made = slide_of(part, lesson)
                if re.match(r"##? ", part) and made:
                    columns.append([])
                columns[-1] += made
        elif cell["metadata"].get("vae_course", {}).get("role") == "answer":
            columns[-1].append(section(f"<pre><code>{escape(text)}</code></pre>"))
        for picture in pictures_of(cell, f"{lesson.number}-{len(pictures) + 1}"):
            pictures.append(picture)
            columns[-1].append(figure(picture, below))
    stacks = ("\n".join(column) for column in columns if column)
    return "\n".join(f"<section>\n{stack}\n</section>" for stack in stacks), pictures


def slide_of(part: str, lesson: Notebook) -> list[str]:
    """Make the slide of what stands below one heading; none where there is nothing to show."""
    heading, _, text = part.partition("\n")
    if heading.startswith("# "):
        title, _, name = heading.removeprefix("# ").partition(" · ")
        link = f'<a href="../{LESSONS}/{lesson.path.stem}.html">the lesson</a>'
        shown = f"<h1>{escape(name)}</h1><p>{html(lesson.question)}</p><p><small>{title} · {link}"
        return [section(f"{shown}</small></p>", text)]
    if found := QUESTION.match(part):
        return [asked(found[1], text)]
    if HEADING.match(part):
        return [section(html(f"## {heading.lstrip('# ')}\n{HINTS.sub('', text)}"), text)]
    name = heading.lstrip("# ")
    if not heading.startswith("## ") or name in LEFT_OUT:
        return []
    if name == "Summary":
        return [section(html(f"## {name}\n{text}"))]
    mark = pace.MARK.search(text)
    formulas = FORMULA.findall(text)[:MOST_FORMULAS]
    said = "\n\n".join([idea(text), *formulas])
    small = f"<p><small>{mark[0].strip('*')}</small></p>" if mark else ""
    return [section(html(f"## {name}\n\n{said}") + small, text)]


def idea(text: str) -> str:
    """Take the beginning of a section's first paragraph, in whole sentences."""
    paragraphs = re.split(r"\n\s*\n", FORMULA.sub("", pace.MARK.sub("", text)).strip())
    sentences = re.split(r"(?<=[.!?:])\s+", paragraphs[0].removeprefix("*Idea.* "))
    kept = sentences[:1]
    for sentence in sentences[1:]:
        if len(" ".join([*kept, sentence]).split()) > MOST_WORDS:
            break
        kept.append(sentence)
    return " ".join(kept)


def asked(number: str, text: str) -> str:
    """Make the slide of a question; its answer is in the notes."""
    question = quiz.find(number)
    notes = [answer(question)]
    if isinstance(question, quiz.Choice):
        notes += [f"Not {letter}: {why}" for letter, why in sorted(question.wrong.items())]
    return section(html(f"## Question {number}\n{text}"), "\n\n".join(notes))


def answer(question: quiz.Question) -> str:
    """Say what is right, and why."""
    match question:
        case quiz.Choice() | quiz.Order():
            return f"**{question.right}**. {question.because}"
        case quiz.Number():
            return f"**{question.low:g} to {question.high:g}**. {question.because}"
    raise TypeError(question)


def pictures_of(cell: dict[str, Any], name: str) -> Iterator[Picture]:
    """Take the figures out of the outputs of a cell."""
    for output in cell.get("outputs", []):
        if data := output.get("data", {}).get("image/png"):
            alt = output["metadata"].get("image/png", {}).get("alt", "")
            yield Picture(f"{name}.png", base64.b64decode("".join(data)), alt)


def figure(picture: Picture, below: dict[str, Any] | None) -> str:
    """Make the slide of a figure, with the first sentence of what is said about it."""
    text = "".join(below["source"]) if below and below["cell_type"] == "markdown" else ""
    found = re.match(r"\*\*What you should see\.\*\*\s+(.+?[.!?])(?:\s|$)", text, re.DOTALL)
    caption = f"<figcaption>{html(found[1])}</figcaption>" if found else ""
    image = f'<img src="{picture.name}" alt="{escape(picture.alt)}">'
    return section(f"<figure>{image}{caption}</figure>", picture.alt)


def section(content: str, notes: str = "") -> str:
    """Make one slide."""
    aside = f'\n<aside class="notes">{html(HINTS.sub("", notes))}</aside>' if notes.strip() else ""
    size = len(content.split()) + 4 * content.count("\n")
    start = '<section class="long">' if size > LONG else "<section>"
    return f"{start}{content}{aside}</section>"


def html(text: str) -> str:
    """Render Markdown, its links as words and its formulas for KaTeX."""
    plain = re.sub(r"\[([^\]]+)\]\([^)\s]+\)", r"\1", pace.MARK.sub("", text))
    made: str = markdown.markdown(
        plain,
        extensions=["fenced_code", "tables", "pymdownx.arithmatex"],
        extension_configs={"pymdownx.arithmatex": {"generic": True}},
    )
    return made
