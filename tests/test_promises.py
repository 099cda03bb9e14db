"""The tests that pages and guides name are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
TESTS = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.py"))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_page_names_only_tests_that_there_are(page: Path) -> None:
    text = page.read_text("utf-8")
    paths = re.findall(r"\btests/[\w/]+\.py\b", text)
    stands_for = ("its_name", "NN", "14")
    named = [path for path in paths if not any(part in path for part in stands_for)]
    assert [path for path in named if not (ROOT / path).exists()] == []
    names = set(re.findall(r"`(test_\w+)`", text))
    assert [name for name in names if f"def {name}(" not in TESTS] == []
