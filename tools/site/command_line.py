"""Every command with its options, as Typer itself describes them."""

import re
import subprocess
import sys
from pathlib import Path

from mkdocs.exceptions import PluginError

ROOT = Path(__file__).parents[2]
MARKER = "<!-- every command -->"
# The page has a title of its own, and says in full below what the list of commands cuts short.
DROPPED = re.compile(
    r"\A.*?(?=\*\*Usage\*\*)|\*\*Commands\*\*:.*?(?=^##)", re.DOTALL | re.MULTILINE
)


def fill(markdown: str) -> str:
    """Put the commands where the page asks for them."""
    return markdown.replace(MARKER, described()) if MARKER in markdown else markdown


def described() -> str:
    """Ask Typer, in a process of its own."""
    command = [sys.executable, "-m", "typer", "vae_course.cli", "utils", "docs"]
    done = subprocess.run(
        [*command, "--name", "vae-course"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode != 0:
        raise PluginError(f"vae_course/cli.py could not be described:\n{done.stderr}")
    return DROPPED.sub("", done.stdout)
