"""The library reference: what of the library is for its users, and a page for each part of that.

The text of the pages is in the docstrings; only they are ever edited.
"""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File

ROOT = Path(__file__).parents[2]
PARTS = {
    "vae_course.physics": "Physics",
    "vae_course.data": "Data",
    "vae_course.vae": "VAE",
    "vae_course.latent": "Latent",
    "vae_course.classroom.check": "Classroom",
    "vae_course.plotting": "Plotting",
    "vae_course.diagrams": "Diagrams",
}
"""What is public, and what its page is called: packages with all in them, and single modules."""

INDEX = "reference/index.md"
LIST = "<!-- the parts of the library -->"
ALONE = "    options:\n      show_root_heading: false\n      show_root_toc_entry: false\n"


def public_modules() -> Iterator[str]:
    """Full names of the modules and packages that the reference shows.

    A module whose name begins with an underscore, or that of a folder above it, is left out.
    """
    for part in PARTS:
        yield part
        yield from members(part)


def members(part: str) -> list[str]:
    """Full names of the public modules and packages within a package; none within a module."""
    paths = ROOT.joinpath(*part.split(".")).rglob("*.py")
    places = (path.relative_to(ROOT).with_suffix("").parts for path in paths)
    names = {".".join(place).removesuffix(".__init__") for place in places} - {part}
    return sorted(name for name in names if "._" not in name)


def address(part: str) -> str:
    """Where the page of a part is, below docs/."""
    return f"reference/{part.split('.')[1]}.md"


def configure(config: MkDocsConfig) -> None:
    """Put the pages into the navigation."""
    for section in config.nav or []:
        entries = next(iter(section.values()))
        if INDEX in entries:
            entries.extend({title: address(part)} for part, title in PARTS.items())


def files(config: MkDocsConfig) -> Iterator[File]:
    """Write the pages, where the site has a reference."""
    if Path(config.docs_dir, INDEX).is_file():
        for part in PARTS:
            yield File.generated(config, address(part), content=page(part))


def fill(markdown: str) -> str:
    """Put a list of the parts where a page asks for it."""
    return markdown.replace(LIST, "\n".join(listed())) if LIST in markdown else markdown


def listed() -> Iterator[str]:
    """List all parts, with links and the first lines of their docstrings."""
    for part, title in PARTS.items():
        summary = docstring(part).partition("\n")[0]
        yield f"- [{title}]({Path(address(part)).name}): {summary}"


def page(part: str) -> str:
    """Page of a package with all its modules, or of a single module."""
    summary = docstring(part).partition("\n")[0].replace("`", "")
    description = json.dumps(f"Library reference, {part}: {summary}", ensure_ascii=False)
    lines = ["---", f"description: {description}", "---", "", f"# {PARTS[part]}", ""]
    if not (modules := members(part)):
        return "\n".join([*lines, f"`{part}`", "", f"::: {part}", ALONE])
    lines += [docstring(part), ""]
    exported = [
        f'<autoref optional identifier="{target}"><code>{short}</code></autoref>'
        for short, target in exports(part)
    ]
    if exported:
        lines += [f"Imported from `{part}`: {', '.join(exported)}.", ""]
    for module in modules:
        lines += [f"::: {module}", ""]
    return "\n".join(lines)


def exports(package: str) -> Iterator[tuple[str, str]]:
    """Names in the `__all__` of a package that one of its modules defines, and where."""
    homes = {
        name: f"{module}.{name}"
        for module in members(package)
        for node in parse(module).body
        if (name := getattr(node, "name", None))
    }
    for node in parse(package).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names = ast.literal_eval(node.value)
            yield from ((name, homes[name]) for name in names if name in homes)


def docstring(name: str) -> str:
    """What a module or package says of itself."""
    return ast.get_docstring(parse(name)) or ""


def parse(name: str) -> ast.Module:
    """Syntax tree of a module, or of the `__init__.py` of a package."""
    path = ROOT.joinpath(*name.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
