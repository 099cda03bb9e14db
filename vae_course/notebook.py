"""Whether a notebook is running, and showing things in it."""

import sys
from typing import Any


def display(shown: Any) -> bool:
    """Show an object below the cell that is running.

    IPython is not a requirement of the library; where a notebook runs, it has been imported.

    Args:
        shown: Anything that IPython can display.

    Returns:
        False, and nothing is shown, if no notebook is running.
    """
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None or getattr(shell, "kernel", None) is None:
        return False
    sys.modules["IPython"].display.display(shown)
    return True
