"""The questions of lessons, answered in the page, and the page that says what is done.

What is right, and what is said to each wrong answer, comes from the package, as in a notebook;
docs/assets/quiz.js judges by it, and remembers in the reader's browser what is done.
"""

import json
import posixpath
import re
from html import escape
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import Tag
from notebook_files import LESSONS, Notebook, notebooks

from vae_course.authoring.cells import asked_in
from vae_course.classroom import quiz

PROGRESS = "<!-- what there is to do -->"
QUESTION_NUMBER = re.compile(r"\d+\.[a-z]")


def set_forms(soup: BeautifulSoup) -> None:
    """Put a form in place of each cell in which a question is answered."""
    for cell in soup.select(".nb-cell[id^=question-]"):
        asked = quiz.find(str(cell["id"]).removeprefix("question-").replace("-", "."))
        choices = cell.find_previous_sibling("ul") if hasattr(asked, "letters") else None
        items = choices.find_all("li", recursive=False) if isinstance(choices, Tag) else []
        cell.replace_with(form(asked, {letter_of(item): inner(item) for item in items}))
        if isinstance(choices, Tag):
            choices.decompose()


def letter_of(item: Tag) -> str:
    """Take the letter of an answer off its text."""
    strong = item.find("strong")
    assert isinstance(strong, Tag), item
    return strong.get_text()


def inner(item: Tag) -> str:
    """Give the text of an answer, without its letter, as HTML."""
    return re.sub(r"^\s*<strong>\w</strong>:\s*", "", item.decode_contents())


def form(asked: quiz.Question, choices: dict[str, str]) -> Tag:
    """Make the form of a question."""
    name = asked.number.replace(".", "-")
    right: Any
    said: dict[str, Any]
    match asked:
        case quiz.Number():
            kind, right = "number", [asked.low, asked.high]
            wrong = [[low, high, why] for (low, high), why in asked.wrong.items()]
            said = {"wrong": wrong, "otherwise": asked.otherwise}
            field = (
                f'<label for="answer-{name}">Your number</label> <input id="answer-{name}" '
                'inputmode="decimal" autocomplete="off">'
            )
        case quiz.Order():
            kind, right = "order", asked.right
            said = {"wrong": dict(asked.wrong)}
            rows = "".join(movable(letter, text) for letter, text in choices.items())
            field = f'<ol class="nb-lines">{rows}</ol>'
        case quiz.Choice():
            kind, right = "choice", asked.right
            said = {"wrong": dict(asked.wrong)}
            field = "".join(
                f'<label><input type="radio" name="{name}" value="{letter}"> '
                f"<span>{text}</span></label>"
                for letter, text in choices.items()
            )
    about = json.dumps({"right": right, "because": asked.because, **said}, ensure_ascii=False)
    markup = (
        f'<form class="nb-quiz" id="question-{name}" data-number="{asked.number}" '
        f'data-kind="{kind}" data-about="{escape(about)}">'
        f'<fieldset><legend class="nb-unseen">Your answer to question {asked.number}</legend>'
        f'{field}</fieldset><button class="md-button">Check</button>'
        '<p role="status"></p></form>'
    )
    made = BeautifulSoup(markup, "html.parser").contents[0]
    assert isinstance(made, Tag)
    return made


def movable(letter: str, text: str) -> str:
    """Make a line that can be moved up and down."""
    buttons = "".join(
        f'<button type="button" data-by="{by}" aria-label="Move {where}">{sign}</button>'
        for by, where, sign in ((-1, "up", "↑"), (1, "down", "↓"))
    )
    return f'<li data-letter="{letter}"><span>{text}</span>{buttons}</li>'


def fill(markdown: str, folder: str) -> str:
    """Replace the marker by all that there is to do, lesson by lesson."""
    if PROGRESS not in markdown:
        return markdown
    return markdown.replace(PROGRESS, "\n\n".join(to_do(one, folder) for one in notebooks(LESSONS)))


def to_do(lesson: Notebook, folder: str) -> str:
    """List the exercises and questions of a lesson, in order."""
    page = posixpath.relpath(lesson.address, folder or ".").replace(".ipynb", ".html")
    found = asked_in("\n\n".join(lesson.markdown))
    rows = "".join(row(page, *one) for one in found)
    name = f"{lesson.title}: done"
    bar = f'<progress max="{len(found)}" value="0" aria-label="{escape(name)}"></progress>'
    heading = f"## [{lesson.title}]({posixpath.relpath(lesson.address, folder or '.')})"
    return (
        f'{heading} {{ #lesson-{lesson.number} }}\n\n<div class="course-to-do" markdown="0">'
        f"{bar} <span></span><ul>{rows}</ul></div>"
    )


def row(page: str, number: str, stars: str, name: str) -> str:
    """One exercise, which is ticked by hand, or one question, which ticks itself."""
    if QUESTION_NUMBER.fullmatch(number):
        link = f'<a href="{page}#question-{number.replace(".", "-")}">Question {number}</a>'
        return f'<li data-number="{number}"><span role="img"></span> {link} {stars} {name}</li>'
    box = f'<input type="checkbox" id="did-{number.replace(".", "-")}">'
    label = f'<label for="did-{number.replace(".", "-")}">Exercise {number}</label>'
    return f'<li data-number="{number}">{box} {label} {stars} <code>{name}</code></li>'
