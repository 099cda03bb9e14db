"""How pages are looked at: on which screens, and in which colours."""

from typing import Literal

ColorScheme = Literal["light", "dark"]
SCHEMES: dict[ColorScheme, str] = {"light": "default", "dark": "slate"}
"""What the theme calls them."""

SCREENS = {"phone": (390, 844), "desktop": (1280, 900)}
HAS_SCHEME = "name => document.body.getAttribute('data-md-color-scheme') === name"
