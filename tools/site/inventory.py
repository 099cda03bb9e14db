"""The concept inventory: questions on a page, and files that a learning platform imports.

The order of the choices is drawn once for each question: sheet, key and files agree. GIFT is
Moodle's format; the QTI is version 1.2, which Canvas and most others read.
"""

import random
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from course_files import packed
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File
from notebook_files import ROOT

QUESTIONS = "<!-- the concept inventory -->"
SOURCE = Path(__file__).with_name("inventory.toml")
FOLDER = "instructors/inventory"
LETTERS = "ABCD"


@dataclass(frozen=True)
class Choice:
    """An answer, and what to say to those who choose it; nothing of the right one."""

    text: str
    why: str

    @property
    def right(self) -> bool:
        """Whether it is the answer."""
        return not self.why


@dataclass(frozen=True)
class Question:
    """A question, with its choices in the order in which they are shown."""

    exercise: str
    text: str
    choices: tuple[Choice, ...]

    @property
    def key(self) -> str:
        """Letter of the answer."""
        return LETTERS[[one.right for one in self.choices].index(True)]


@lru_cache(maxsize=1)
def questions() -> tuple[Question, ...]:
    """Read the questions, and put the choices of each into an order of its own."""
    found = []
    for number, one in enumerate(tomllib.loads(SOURCE.read_text("utf-8"))["question"]):
        choices = [Choice(one["right"], ""), *(Choice(*wrong) for wrong in one["wrong"])]
        random.Random(number).shuffle(choices)
        found.append(Question(one["exercise"], one["text"], tuple(choices)))
    return tuple(found)


def fill(markdown: str) -> str:
    """Put the questions where a page asks for them, without their answers."""
    if QUESTIONS not in markdown:
        return markdown
    lines = []
    for number, question in enumerate(questions(), 1):
        lines += [f"**{number}.** {question.text}", ""]
        lines += [f"- {letter}: {one.text}" for letter, one in _lettered(question)]
        lines.append("")
    return markdown.replace(QUESTIONS, "\n".join(lines))


def files(config: MkDocsConfig) -> Iterator[File]:
    """Make what is imported, and the key."""
    if (ROOT / "docs/instructors/inventory.md").is_file():
        yield File.generated(config, f"{FOLDER}/key.txt", content=key())
        yield File.generated(config, f"{FOLDER}/moodle-gift.txt", content=gift())
        yield File.generated(config, f"{FOLDER}/qti.zip", content=qti())


def _lettered(question: Question) -> Iterator[tuple[str, Choice]]:
    return zip(LETTERS, question.choices, strict=True)


def key() -> str:
    """Write the answers, and what to say of each other choice."""
    lines = ["Concept inventory of vae-course: the key. Not for students.", ""]
    for number, question in enumerate(questions(), 1):
        lines.append(f"{number}. {question.key}  (exercise {question.exercise})")
        lines += [f"   not {letter}: {one.why}" for letter, one in _lettered(question) if one.why]
    return "\n".join(lines) + "\n"


def gift() -> str:
    """Write the questions in Moodle's GIFT format."""
    lines = []
    for number, question in enumerate(questions(), 1):
        name = f"{number:02} ({question.exercise})"
        lines.append(f"::{name}::{_escaped(question.text)} {{")
        for one in question.choices:
            said = f"#{_escaped(one.why)}" if one.why else ""
            lines.append(f"  {'=' if one.right else '~'}{_escaped(one.text)}{said}")
        lines += ["}", ""]
    return "\n".join(lines)


def _escaped(text: str) -> str:
    return re.sub(r"([~=#{}:\\])", r"\\\1", text)


def qti() -> bytes:
    """Pack the questions as one assessment of QTI 1.2, with its manifest."""
    root = Element("questestinterop", xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2")
    assessment = SubElement(root, "assessment", ident="vae_course", title="vae-course: concepts")
    section = SubElement(assessment, "section", ident="root_section")
    for number, question in enumerate(questions(), 1):
        section.append(_item(number, question))
    manifest = Element("manifest", identifier="vae_course_inventory")
    resources = SubElement(manifest, "resources")
    resource = SubElement(resources, "resource", identifier="inventory", type="imsqti_xmlv1p2")
    resource.set("href", "inventory.xml")
    SubElement(resource, "file", href="inventory.xml")
    contents = {"imsmanifest.xml": manifest, "inventory.xml": root}
    return packed(
        {
            name: ElementTree.tostring(content, encoding="utf-8", xml_declaration=True)
            for name, content in contents.items()
        }
    )


def _item(number: int, question: Question) -> Element:
    item = Element("item", ident=f"q{number:02}", title=f"{number} ({question.exercise})")
    presentation = SubElement(item, "presentation")
    _text(SubElement(presentation, "material"), question.text)
    response = SubElement(presentation, "response_lid", ident="response", rcardinality="Single")
    choices = SubElement(response, "render_choice")
    for letter, one in _lettered(question):
        label = SubElement(choices, "response_label", ident=letter)
        _text(SubElement(label, "material"), one.text)
    processing = SubElement(item, "resprocessing")
    outcomes = SubElement(processing, "outcomes")
    SubElement(outcomes, "decvar", maxvalue="100", minvalue="0", varname="SCORE", vartype="Decimal")
    for letter, one in _lettered(question):
        condition = SubElement(processing, "respcondition")
        given = SubElement(SubElement(condition, "conditionvar"), "varequal", respident="response")
        given.text = letter
        if one.right:
            SubElement(condition, "setvar", action="Set", varname="SCORE").text = "100"
        else:
            SubElement(condition, "displayfeedback", feedbacktype="Response", linkrefid=letter)
    for letter, one in _lettered(question):
        if one.why:
            feedback = SubElement(item, "itemfeedback", ident=letter)
            _text(SubElement(SubElement(feedback, "flow_mat"), "material"), one.why)
    return item


def _text(material: Element, text: str) -> None:
    SubElement(material, "mattext", texttype="text/plain").text = text
