"""What was measured and what the pages say of it fit together, name by name."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
PAGES = ("results.md", "benchmark.md")
SECTIONS = [
    name
    for page in PAGES
    for name in re.findall(r"<!-- results: ([\w-]+) -->", (ROOT / "docs" / page).read_text("utf-8"))
]
KEPT = {
    "what was measured, and how": (
        "*.what",
        "dataset.cases.*.text, MB",
        "design.*.candidates",
        "design.*.left out: *",
        "design.*.solves a design",
        "design.free.volume fraction",
        "evolution.*.images",
        "evolution.*.presents",
        "evolution.rollout.from",
        "evolution.times.factor",
        "suite.models.*.model",
        "suite.models.*.seed",
        "leak.seed",
        "samples.*.samples",
        "samples.*.simulations",
        "samples.*.asked for an energy.target",
        "simulation.against_py_pde.error",
        "simulation.against_py_pde.later.py-pde.solver",
        "simulation.*.simulations",
        "strain_energy.energy.baselines, from the card.*.images",
        "strain_energy.energy.images_tested",
        "training.*.runs.seed",
        "training.pca.dimensions.images",
        "training.published.seconds",
    ),
    "what was aimed at": (
        "hyperelasticity.limit_seconds",
        "plasticity.limit_seconds",
        "simulation.against_py_pde.ratio_aim",
        "simulation.trajectories.limit_seconds",
    ),
    "the same by another measure, or of another part": (
        "evolution.*.bias",
        "suite.models.*.memory.*",
        "suite.models.*.seconds.*",
        "suite.models.*.suspected.*",
        "suite.models.*.tracks.backward.*",
        "suite.models.*.tracks.design.*",
        "suite.models.*.tracks.forward.*",
        "suite.models.*.tracks.generation.*",
        "suite.models.*.tracks.property.median error",
        "evolution.*.greyness",
        "evolution.forward.factors.*.accuracy",
        "leak.*.accuracy",
        "leak.*.accuracy_old",
        "leak.*.mse_old",
        "leak.*.train.mse",
        "leak.published.gap",
        "simulation.trajectories.*",
        "training.*.accuracy.*",
        "training.*.runs.curve.*",
        "training.*.runs.final.*",
        "training.*.runs.images_per_second",
        "training.pca.components.*.accuracy",
        "training.ratios.mse_old",
    ),
    "how far designs spread, and what they look like": (
        "design.*.95th percentile",
        "samples.*.asked for an energy.95th percentile",
        "design.*.greatest",
        "design.*.look.*",
        "design.free.error of all candidates.*",
    ),
    "from which the fastest of py-pde's solvers was chosen": ("simulation.against_py_pde.early.*",),
}
"""What is in results.json though no page shows it, by the reason why."""

Place = tuple[str | int, ...]


@pytest.fixture(scope="module")
def page(script) -> ModuleType:
    return script("tools/site", "results_page")


@pytest.fixture(scope="module")
def measured(script) -> ModuleType:
    return script("tools/site", "measured")


def taken(page: ModuleType, measured: ModuleType, sections: list[str]) -> set[Place]:
    """Places of all numbers that sections of the page ask for."""
    found = measured.Measured(measured.load())
    for name in sections:
        page.SECTIONS[name](found)
    return set(found.taken)


def keys(places: set[Place]) -> list[Place]:
    """Every name on the way to these places; the names of model cards are those of files."""
    ways = {place[: k + 1] for place in places for k in range(len(place))}
    names = (way for way in ways if isinstance(way[-1], str))
    return [way for way in names if way[0] != "pretrained" or len(way) > 2]


def numbers(found: Any, place: Place = ()) -> Iterator[Place]:
    """Places of all numbers; a list of numbers is one."""
    if isinstance(found, dict):
        for name, value in found.items():
            yield from numbers(value, (*place, name))
    elif isinstance(found, list) and found and isinstance(found[0], dict):
        for k, value in enumerate(found):
            yield from numbers(value, (*place, k))
    else:
        yield place


@contextmanager
def renamed(found: Any, place: Place, name: str | None) -> Iterator[None]:
    """Give one thing another name, or take it away, for a while."""
    for part in place[:-1]:
        found = found[part]
    value = found.pop(place[-1])
    if name:
        found[name] = value
    yield
    found.pop(name, None)
    found[place[-1]] = value


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_that_is_missing_or_misspelt_is_named_with_the_section(page, measured, section):
    results = measured.load()
    asked = keys(taken(page, measured, [section]))
    assert asked
    for place in asked:
        for name in (None, f"{place[-1]}s"):
            words = f"the section '{section}' lacks {measured.dotted(place)}; "
            with renamed(results, place, name), pytest.raises(PluginError, match=re.escape(words)):
                page.fill(f"<!-- results: {section} -->", results)


def test_every_key_of_the_results_is_shown_or_kept_for_a_reason(page, measured):
    results = measured.load()
    del results["pretrained"]  # the page of model cards shows them whole
    hidden = set(numbers(results)) - taken(page, measured, SECTIONS)
    names = {".".join(part for part in place if isinstance(part, str)) for place in hidden}
    patterns = [pattern for part in KEPT.values() for pattern in part]
    kept = {name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)}
    assert sorted(names - kept) == []
    assert [one for one in patterns if not any(fnmatchcase(name, one) for name in names)] == []


def test_every_section_stands_on_a_page_once(page):
    assert sorted(SECTIONS) == sorted(page.SECTIONS)


def test_no_marker_of_any_page_is_left_over(script):
    hooks = script("tools/site", "hooks")
    config = MkDocsConfig()
    for path in sorted((ROOT / "docs").rglob("*.md")):
        file = File(path.relative_to(ROOT / "docs").as_posix(), str(ROOT / "docs"), "site", False)
        text = path.read_text("utf-8")
        filled = hooks.on_page_markdown(text, Page(None, file, config), config, Files([]))
        assert re.findall("<!--.*?-->", filled) == [], path
