"""What the site makes for itself when it is built: library reference, lessons, links to sources.

The reference has one page for each package and module found directly in vae_course/, so that a new
one appears without a change here. Its text is in the docstrings; only they are ever edited. Lessons
and solutions come from their own folders in the same way: see notebook_files.py and
notebook_pages.py. What the Explorer runs on is made by explorer_files.py.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

import explorer_files
import model_cards
import notebook_files
import notebook_pages
import numpy as np
import results_page
from markdown import Extension, Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.util import AtomicString
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from vae_course.commands import doctor
from vae_course.data import load_embedded
from vae_course.data.schedule import MEANS

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "vae_course"
COMMAND_LINE = "cli"
ORDER = ["physics", "data", "vae", "latent", "classroom", "plotting", "demo", "doctor", "cli"]
TITLES = {"cli": "Command line", "vae": "VAE"}
LIST = "<!-- the parts of the library -->"
DATA = "<!-- the numbers of the embedded dataset -->"
DOCTOR = "<!-- what doctor advises -->"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add reference pages and lessons to the navigation, and the sources to the Markdown."""
    pages = [{title(part): f"reference/{part.stem}.md"} for part in parts()]
    for section in config.nav or []:
        entries = next(iter(section.values()))
        if "reference/index.md" in entries:
            entries.extend(pages)
    notebook_files.configure(config)
    config.markdown_extensions.append(Sources())
    return config


@event_priority(100)  # before mkdocs-jupyter, which renders the notebooks that it finds
def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Write the reference pages; add the notebooks, and what the Explorer runs on."""
    for notebook in notebook_files.files(config):
        files.append(notebook)
    for made in explorer_files.files(config):
        files.append(made)
    for part in parts():
        text = command_line_page() if part.stem == COMMAND_LINE else reference_page(part)
        files.append(File.generated(config, f"reference/{part.stem}.md", content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Fill in parts of the library, lessons, and what was counted or measured, where asked."""
    if notebook := notebook_files.notebook_of(page):
        # Whoever searches for a word should not come upon the answers.
        page.meta["search"] = {"exclude": notebook.kind == notebook_files.SOLUTIONS}
        return markdown
    if LIST in markdown:
        rows = (f"- [{title(part)}]({part.stem}.md): {summary(part)}" for part in parts())
        markdown = markdown.replace(LIST, "\n".join(rows))
    if DATA in markdown:
        markdown = markdown.replace(DATA, embedded_dataset())
    if DOCTOR in markdown:
        advice = (f"| {name} | {what} |" for name, what in doctor.ADVICE.items())
        markdown = markdown.replace(DOCTOR, "\n".join(advice))
    return results_page.fill(model_cards.fill(notebook_files.fill(markdown, page)))


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put the pages of notebooks into the markup of the theme."""
    return notebook_pages.content(html, page, files) if notebook_files.notebook_of(page) else html


def parts() -> list[Path]:
    """Packages and public modules directly in vae_course/, in the order of the course."""
    packages = [path.parent for path in PACKAGE.glob("*/__init__.py")]
    modules = [path for path in PACKAGE.glob("*.py") if not path.stem.startswith("_")]
    known = {name: place for place, name in enumerate(ORDER)}
    return sorted(packages + modules, key=lambda path: (known.get(path.stem, 99), path.stem))


def title(part: Path) -> str:
    """Name of a part as the navigation shows it."""
    return TITLES.get(part.stem, part.stem.capitalize())


def parse(path: Path) -> ast.Module:
    """Syntax tree of a module, or of the `__init__.py` of a package."""
    path = path / "__init__.py" if path.is_dir() else path
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def summary(part: Path) -> str:
    """First line of the docstring of a part."""
    return (ast.get_docstring(parse(part)) or "").partition("\n")[0]


def reference_page(part: Path) -> str:
    """Page of a package with all its modules, or of a single module."""
    name = f"vae_course.{part.stem}"
    lines = [f"# {title(part)}", ""]
    if not part.is_dir():
        return "\n".join([*lines, f"`{name}`", "", f"::: {name}", "    options:"]) + (
            "\n      show_root_heading: false\n      show_root_toc_entry: false\n"
        )
    lines += [ast.get_docstring(parse(part)) or "", ""]
    exported = [
        f'<autoref optional identifier="{target}"><code>{short}</code></autoref>'
        for short, target in exports(part)
    ]
    if exported:
        lines += [f"Imported from `{name}`: {', '.join(exported)}.", ""]
    for module in members(part):
        lines += [f"::: {name}.{module.stem}", ""]
    return "\n".join(lines)


def members(package: Path) -> list[Path]:
    """Public modules of a package, and the packages inside it."""
    modules = [path for path in package.glob("*.py") if not path.stem.startswith("_")]
    return sorted(modules + [path.parent for path in package.glob("*/__init__.py")])


def exports(package: Path) -> Iterator[tuple[str, str]]:
    """Names in the `__all__` of a package that one of its modules defines, and where."""
    homes = {
        name: f"vae_course.{package.stem}.{module.stem}.{name}"
        for module in members(package)
        for node in parse(module).body
        if (name := getattr(node, "name", None))
    }
    for node in parse(package).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names = ast.literal_eval(node.value)
            yield from ((name, homes[name]) for name in names if name in homes)


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


def command_line_page() -> str:
    """Every command with its options, as Typer itself describes them."""
    command = [sys.executable, "-m", "typer", "vae_course.cli", "utils", "docs"]
    done = subprocess.run(
        [*command, "--name", "vae-course", "--title", TITLES["cli"]],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode != 0:
        raise PluginError(f"vae_course/cli.py could not be described:\n{done.stderr}")
    return done.stdout


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
