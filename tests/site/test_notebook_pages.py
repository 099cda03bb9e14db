"""Lessons and solutions on the website: every notebook is a page, whole, legible and linked."""

import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from every_page import cells, is_form, outcomes

ROOT = Path(__file__).parents[2]
NOTEBOOKS = [
    path.relative_to(ROOT).with_suffix("").as_posix()
    for folder in ("lessons", "solutions")
    for path in sorted((ROOT / folder).glob("[0-9][0-9]_*.ipynb"))
]


def read(site: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((site / f"{name}.html").read_text("utf-8"), "html.parser")


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_cell_of_a_notebook_is_on_its_page(site: Path, name: str) -> None:
    page = read(site, name)
    shown = page.select("article .nb-cell")
    code = [cell for cell in cells(name, "code") if not is_form(name, cell)]
    assert [cell["id"] for cell in shown] == [cell["id"] for cell in code]
    forms = [cell["id"] for cell in cells(name, "code") if is_form(name, cell)]
    assert [form["id"] for form in page.select("article form.nb-quiz")] == forms
    for cell, source in zip(shown, code, strict=True):
        lines = [line for line in "".join(source["source"]).split("\n") if "SOLUTION" not in line]
        box = cell.select_one(".highlight code")
        assert box is not None
        assert box.get_text().rstrip("\n") == "\n".join(lines)
    text = "".join("".join(cell["source"]) for cell in cells(name, "markdown"))
    assert len(page.select("article details summary")) >= text.count("<summary>") > 0
    assert len(page.select(".vae-course-outcome")) == outcomes(name) > 0


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_picture_of_a_notebook_says_what_it_shows(site: Path, name: str) -> None:
    expected = [
        output["metadata"]["image/png"]["alt"]
        for cell in cells(name, "code")
        for output in cell["outputs"]
        if "image/png" in output.get("data", {})
    ]
    assert [image["alt"] for image in read(site, name).select("article figure img")] == expected
    assert all(expected)


@pytest.mark.parametrize("name", [name for name in NOTEBOOKS if name.startswith("lessons/")])
def test_a_lesson_is_described_for_catalogues(site: Path, name: str) -> None:
    [script] = read(site, name).select('article script[type="application/ld+json"]')
    found = json.loads(script.get_text())
    assert found["@type"] == "LearningResource"
    assert found["position"] == int(name.split("/")[1][:2])
    assert 3 <= len(found["teaches"]) <= 5
    assert not any(set(one) & set("*$`") or one.endswith(".") for one in found["teaches"])
    assert 60 <= int(found["timeRequired"].strip("PTM")) <= 90


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_notebook_itself_can_be_downloaded(site: Path, name: str) -> None:
    link = read(site, name).select_one("a[download]")
    assert link is not None
    downloaded = (site / name).parent / str(link["href"])
    assert downloaded.read_bytes() == (ROOT / f"{name}.ipynb").read_bytes()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_page_carries_nothing_of_jupyter_along(site: Path, name: str) -> None:
    article = read(site, name).select_one("article")
    assert article is not None
    scripts = "script:not([type='application/ld+json'])"
    assert not article.select(f"{scripts}, style, [class^=jp-], clipboard-copy")


def test_the_way_to_a_solution_leads_past_a_warning(site: Path) -> None:
    for name in NOTEBOOKS:
        for link in read(site, name).select("article a[href*='solutions/']"):
            assert link.find_parent("details", class_="warning")
    overview = read(site, "solutions/index")
    for name in [name for name in NOTEBOOKS if name.startswith("solutions/")]:
        (link,) = overview.select(f"article a[href='{Path(name).name}.html']")
        assert link.find_parent("details")
        assert "Spoilers" in read(site, name).select_one("article .warning").get_text()  # type: ignore[union-attr]


def test_the_search_knows_the_lessons_and_keeps_the_answers(site: Path) -> None:
    index = json.loads((site / "search/search_index.json").read_text("utf-8"))
    found = {entry["location"].partition("#")[0] for entry in index["docs"]}
    for name in NOTEBOOKS:
        assert (f"{name}.html" in found) == name.startswith("lessons/")
