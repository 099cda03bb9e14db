"""How pages are served and looked at: on which screens, and in which colours."""

import re
from collections.abc import Sequence
from http.server import SimpleHTTPRequestHandler
from typing import Literal

ColorScheme = Literal["light", "dark"]
SCHEMES: dict[ColorScheme, str] = {"light": "default", "dark": "slate"}
"""What the theme calls them."""

SCREENS = {"phone": (390, 844), "desktop": (1280, 900)}
HAS_SCHEME = "name => document.body.getAttribute('data-md-color-scheme') === name"

PHYSICS = "reference/physics.html"


class QuietHandler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # one connection for all files of a page

    def log_message(self, format: str, *args: object) -> None:
        """Keep requests out of the output of the tests."""


def like_others(pages: Sequence[str]) -> set[str]:
    """Find the pages that another one stands for: those of notebooks, and those of modules."""
    kinds = [name for name in pages if re.match(r"(lessons|solutions|reference)/(?!index)", name)]
    first = {name.split("/")[0]: name for name in reversed(kinds)} | {"reference": PHYSICS}
    return set(kinds) - set(first.values())
