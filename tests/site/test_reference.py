"""The library reference shows what is for users, and every command has a place of its own."""

from pathlib import Path
from types import ModuleType

import pytest
import typer
from bs4 import BeautifulSoup

from vae_course.cli import app

PUBLIC = ("classroom", "data", "diagrams", "latent", "physics", "plotting", "vae")


@pytest.fixture(scope="module")
def reference(script) -> ModuleType:
    return script("tools/site", "reference")


def page(site: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((site / name).read_text("utf-8"), "html.parser")


def test_public_is_what_the_floor_plan_gives_to_users(reference):
    modules = list(reference.public_modules())
    assert {name.split(".")[1] for name in modules} == set(PUBLIC)
    assert [name for name in modules if "._" in name] == []
    assert [name for name in modules if "classroom" in name] == ["vae_course.classroom.check"]
    assert {"vae_course.vae", "vae_course.vae.pretrained", "vae_course.physics.figures"} < {
        *modules
    }


def test_the_reference_has_a_page_for_each_part_and_no_other(site: Path) -> None:
    found = {path.stem for path in (site / "reference").glob("*.html")}
    assert found == {"index", *PUBLIC}
    links = page(site, "reference/index.html").select("article li a[href]")
    assert [link["href"] for link in links] == [
        f"{name}.html"
        for name in ("physics", "data", "vae", "latent", "classroom", "plotting", "diagrams")
    ]


def test_every_public_module_has_its_place_in_the_reference(site: Path, reference) -> None:
    for part in reference.PARTS:
        tree = page(site, reference.address(part).replace(".md", ".html"))
        for module in reference.members(part):
            assert tree.find(id=module), module


def test_every_command_is_described(site: Path) -> None:
    headings = page(site, "commands.html").select("article h2")
    commands = typer.main.get_group(app).commands
    assert [heading["id"] for heading in headings] == [f"vae-course-{name}" for name in commands]
