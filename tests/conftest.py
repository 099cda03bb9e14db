"""Fixtures for every test: a real browser, and real patterns of the data set."""

import importlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import Browser, sync_playwright

from vae_course.commands.doctor import BROWSERS

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
]


# A module's, not the session's: while it is open, Playwright keeps an asyncio loop running in this
# thread, and a test of another module that calls asyncio.run (running a notebook does) would fail.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Yield the system's Chromium, started without a window."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        reason = f"no browser: none of {', '.join(BROWSERS)} is installed"
        if os.environ.get("VAE_COURSE_REQUIRE_BROWSER") == "1":
            pytest.fail(f"{reason}, and VAE_COURSE_REQUIRE_BROWSER is 1")
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def real_patterns() -> Path:
    """Folder with patterns of the real data set."""
    name = os.environ.get("VAE_COURSE_REAL_PATTERNS")
    if not name:
        pytest.skip("no real patterns: VAE_COURSE_REAL_PATTERNS names no folder")
    folder = Path(name)
    if not folder.is_dir():
        pytest.fail(f"VAE_COURSE_REAL_PATTERNS names a folder that does not exist: {folder}")
    return folder


@pytest.fixture(scope="module")
def script() -> Iterator[Callable[[str, str], ModuleType]]:
    """Yield a function that imports a script of the project, by its folder and name."""
    folders = set()
    with pytest.MonkeyPatch.context() as patch:

        def load(folder: str, name: str) -> ModuleType:
            folders.add(Path(__file__).parents[1] / folder)
            patch.syspath_prepend(Path(__file__).parents[1] / folder)
            return importlib.import_module(name)

        yield load
    for name, module in list(sys.modules.items()):
        if Path(getattr(module, "__file__", None) or "").parent in folders:
            del sys.modules[name]


HOW_TO_HAVE = {
    "no browser": "install Chromium, as apt-get install chromium does",
    "no Firefox": "install Firefox, as apt-get install firefox-esr does",
    "no sandbox": "install bubblewrap, as apt-get install bubblewrap does",
    "no real patterns": "name the folder of their ImageK.txt in VAE_COURSE_REAL_PATTERNS",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take minutes each: at the end, one process would wait for them."""
    items.sort(key=lambda item: "test_right_answers" not in item.nodeid)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Say at the very end what was skipped for want of something, and how to have it."""
    yield
    reasons = [str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", ())]
    for missing, how in HOW_TO_HAVE.items():
        if count := sum(missing in reason for reason in reasons):
            terminalreporter.write_line(f"Skipped, {missing}: {count} tests. To run them, {how}.")
