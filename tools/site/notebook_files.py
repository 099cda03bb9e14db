"""The lessons and solutions that are on disk: files of the site, its navigation and its lists."""

import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure import StructureItem
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
LESSONS, SOLUTIONS = "lessons", "solutions"
LESSON_LIST = "<!-- the lessons -->"
SOLUTION_LIST = "<!-- the solutions -->"


class NotebookFile(File):
    """A notebook outside docs/ that becomes a page."""

    def is_documentation_page(self) -> bool:
        """Tell MkDocs that this is a page, so that links to it lead to HTML."""
        return True


@dataclass(frozen=True)
class Notebook:
    """A notebook of the course.

    Args:
        path: The file, in lessons/ or solutions/.
    """

    path: Path

    @property
    def kind(self) -> str:
        """Name of the folder that it is in."""
        return self.path.parent.name

    @property
    def number(self) -> str:
        """Two digits."""
        return self.path.name[:2]

    @property
    def address(self) -> str:
        """Path from the root of the project."""
        return f"{self.kind}/{self.path.name}"

    @cached_property
    def cells(self) -> list[dict[str, Any]]:
        """Its cells, as the file has them."""
        cells: list[dict[str, Any]] = json.loads(self.path.read_text("utf-8"))["cells"]
        return cells

    @property
    def text(self) -> str:
        """All that is written in it."""
        return "\n\n".join("".join(cell["source"]) for cell in self.cells)

    @property
    def markdown(self) -> list[str]:
        """What is written in its cells that are no code."""
        markdown = (cell for cell in self.cells if cell["cell_type"] == "markdown")
        return ["".join(cell["source"]) for cell in markdown]

    @cached_property
    def title(self) -> str:
        """Its first heading."""
        return self._first(r"^# +(.+?) *$", self.path.stem)

    @property
    def question(self) -> str:
        """The question below the title, in bold."""
        return self._first(r"^\*\*(.+?)\*\* *$", "")

    @property
    def description(self) -> str:
        """What it is, in a sentence, for those who have not opened it."""
        what = {LESSONS: "Lesson", SOLUTIONS: "Solutions to lesson"}[self.kind]
        number, _, name = self.title.partition(" · ")
        return f"{what} {number}, {name}: {self.question}"

    @property
    def minutes(self) -> str:
        """How long it takes, as its first cell says."""
        return self._first(r"\*Time: about (\d+) minutes", "")

    @property
    def objectives(self) -> list[str]:
        """What one will be able to do, without the numbers of exercises."""
        section = self._first(r"(?s)^## What you will be able to do\n(.*?)(?=\n#|\Z)", "")
        items = re.split(r"^- ", section, flags=re.MULTILINE)[1:]
        plain = (re.sub(r"\s*\([\d., and]+\)|[*$`]", "", " ".join(one.split())) for one in items)
        return [one.rstrip(".") for one in plain]

    def _first(self, pattern: str, otherwise: str) -> str:
        for cell in self.cells:
            found = re.search(pattern, "".join(cell["source"]), re.MULTILINE)
            if cell["cell_type"] == "markdown" and found:
                return found[1]
        return otherwise

    def pictures(self) -> dict[str, list[str]]:
        """Alternative texts of the pictures below each cell, by its id."""
        return {
            cell["id"]: [
                output.get("metadata", {}).get(mime, {}).get("alt", "")
                for output in cell.get("outputs", [])
                for mime in output.get("data", {})
                if mime.startswith("image/")
            ]
            for cell in self.cells
        }

    def folded(self) -> set[str]:
        """Ids of the cells whose code JupyterLab hides at first: it only draws a figure."""
        return {
            cell["id"]
            for cell in self.cells
            if cell["metadata"].get("jupyter", {}).get("source_hidden")
        }


def notebooks(folder: str) -> list[Notebook]:
    """Notebooks in lessons/ or solutions/, in the order of their numbers."""
    return [Notebook(path) for path in sorted((ROOT / folder).glob("[0-9][0-9]_*.ipynb"))]


def configure(config: MkDocsConfig) -> None:
    """Put the lessons into the navigation, and watch their folders."""
    for section in config.nav or []:
        entries = next(iter(section.values()))
        if f"{LESSONS}/index.md" in entries:
            entries[1:1] = [{found.title: found.address} for found in notebooks(LESSONS)]
    config.watch.extend(str(ROOT / name) for name in (LESSONS, SOLUTIONS) if (ROOT / name).is_dir())


def files(config: MkDocsConfig) -> Iterator[File]:
    """Make a page from each notebook, and take along the sources, to which pages may link."""
    rest = (str(ROOT), config.site_dir, config.use_directory_urls)
    for found in [*notebooks(LESSONS), *notebooks(SOLUTIONS)]:
        yield NotebookFile(found.address, *rest)
    for path in sorted((ROOT / SOLUTIONS).glob("[0-9][0-9]_*.py")):
        yield File(f"{SOLUTIONS}/{path.name}", *rest, inclusion=InclusionLevel.INCLUDED)


def place_solutions(nav: Navigation, files: Files) -> None:
    """Tell the pages of solutions that they belong to the lessons, and which follow each other."""
    section = next((one for one in nav.items if holds_lessons(one)), None)
    found = [files.get_file_from_path(one.address) for one in notebooks(SOLUTIONS)]
    pages = [file.page for file in found if file and file.page]
    for page in pages:
        page.parent = section
    for before, after in pairwise(pages):
        before.next_page, after.previous_page = after, before


def holds_lessons(item: StructureItem) -> bool:
    """Whether a part of the navigation is that of the lessons."""
    children = item.children or [] if isinstance(item, Section) else []
    pages = (one for one in children if isinstance(one, Page))
    return any(page.file.src_uri == f"{LESSONS}/index.md" for page in pages)


def fill(markdown: str, page: Page) -> str:
    """Replace the markers of a page by lists of lessons and of solutions."""
    folder = posixpath.dirname(page.file.src_uri)
    lists = {LESSON_LIST: lesson_list, SOLUTION_LIST: solution_list}

    def rows(match: re.Match[str]) -> str:
        return "\n".join(f"{match['indent']}{row}" for row in lists[match["list"]](folder))

    return re.sub(
        rf"^(?P<indent> *)(?P<list>{'|'.join(lists)})$", rows, markdown, flags=re.MULTILINE
    )


def lesson_list(folder: str) -> Iterator[str]:
    """List all lessons, with links."""
    for found in notebooks(LESSONS):
        title = re.sub(r"^\d+ · ", "", found.title)
        link = posixpath.relpath(found.address, folder or ".")
        yield f"{int(found.number)}. [{title}]({link}): *{found.question}*"


def solution_list(folder: str) -> Iterator[str]:
    """List all solutions, with links."""
    for found in notebooks(SOLUTIONS):
        yield f"- [{found.title}]({posixpath.relpath(found.address, folder or '.')})"


def notebook_of(page: Page) -> Notebook | None:
    """Return the notebook that a page shows, if it shows one."""
    source = page.file.abs_src_path or ""
    return Notebook(Path(source)) if source.endswith(".ipynb") else None
