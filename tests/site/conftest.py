"""The website, built strictly once for all tests of a process, and served from this computer."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from explorer_page import opened
from playwright.sync_api import Browser, Page
from screens import QuietHandler

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if built := os.environ.get("VAE_COURSE_SITE"):  # `make test` has just built it
        return Path(built)
    folder = tmp_path_factory.mktemp("site")
    # Not --quiet: MkDocs counts the warnings that it prints, and --strict would fail at none.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir"]
    done = subprocess.run(
        [*command, str(folder)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"mkdocs build --strict failed:\n{done.stdout}{done.stderr}"
    return folder


@pytest.fixture(scope="session")
def pages(site: Path) -> list[str]:
    found = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    found = [name for name in found if not name.startswith("slides/")]  # test_slides.py has them
    assert "index.html" in found
    return found


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    handler = partial(QuietHandler, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def page(chromium: Browser, address: str) -> Iterator[Page]:
    """Yield the page of the Explorer."""
    page = opened(chromium, address)
    yield page
    page.close()


@pytest.fixture
def fresh(page: Page) -> Page:
    """Give the page of the Explorer back, as it was when it was opened."""
    page.locator("#explorer-gallery button").nth(6).click()
    page.wait_for_function("location.hash === '#g=7'")
    return page


@pytest.fixture(scope="module")
def content(site: Path) -> dict[str, Any]:
    """Read the numbers that the Explorer runs on."""
    return json.loads((site / "explorer/networks/explorer.json").read_text("utf-8"))
