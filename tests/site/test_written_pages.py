"""Pages that the build fills in, and what they say of installing."""

import json
import re
from pathlib import Path

from bs4 import BeautifulSoup

from vae_course.commands import doctor

ROOT = Path(__file__).parents[2]
TOLD_TO_STUDENTS = ("*.md", "docs/**/*.md", "docs/**/*.yml", "vae_course/**/*.py", "solutions/*.py")
BY_NAME = re.compile(r"pip install[^\n`]*[ '\"]vae[-_]course\b(?!/)")


def page(site: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((site / name).read_text("utf-8"), "html.parser")


def test_every_model_of_the_package_has_its_card_on_the_page(site: Path) -> None:
    found = page(site, "models.html")
    models = sorted(ROOT.glob("vae_course/*/pretrained/*.keras"))
    manifests = [json.loads(path.with_name("manifest.json").read_text("utf-8")) for path in models]
    assert {path.stem for path in models} == {name for one in manifests for name in one["models"]}
    headings = {str(heading["id"]) for heading in found.select("article h2")}
    assert headings == {path.stem for path in models}
    text = found.get_text()
    for path in models:
        card = json.loads(path.with_suffix(".json").read_text("utf-8"))
        link = found.select_one(f"article table a[href='#{path.stem}']")
        assert link
        row = link.find_parent("tr")
        assert row
        cells = [cell.get_text() for cell in row.select("td")]
        assert re.search(r"[\d,]{5,} patterns", cells[2]), cells
        assert re.search(r"error 0\.\d+|^results$", cells[3]), cells
        assert card["command"] in text
        assert card["model"]["sha256"] in text
    error = json.loads((ROOT / "vae_course/vae/pretrained/case1.json").read_text("utf-8"))
    value = error["measured"]["fresh"]["all frames"]["squared_error"]
    assert f"squared error {value:.4g}" in text


def test_start_says_what_doctor_says(site: Path) -> None:
    rows = {
        cells[0].get_text(): cells[1].get_text()
        for row in page(site, "start.html").select("table tr")
        if len(cells := row.select("td")) == 2
    }
    for name, advice in doctor.ADVICE.items():
        assert rows[name] == advice.replace("`", "")


def test_doctor_has_advice_for_everything_it_looks_at() -> None:
    assert {finding.name for finding in doctor.examine()} == set(doctor.ADVICE)


def test_nothing_says_to_install_the_course_by_a_name_that_no_index_knows() -> None:
    files = [path for pattern in TOLD_TO_STUDENTS for path in sorted(ROOT.glob(pattern))]
    assert len(files) > 100
    found = {
        path.relative_to(ROOT).as_posix(): match[0]
        for path in files
        if (match := BY_NAME.search(path.read_text("utf-8")))
    }
    assert found == {}
