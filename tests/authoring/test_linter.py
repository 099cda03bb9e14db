"""The linter names what a lesson lacks."""

import shutil
from pathlib import Path

import pytest

from vae_course.authoring.linter import lint
from vae_course.authoring.source import read_source, read_sources

ROOT = Path(__file__).parents[2]
NAME = "03_from_autoencoder_to_vae.py"
PARTS = (
    f"solutions/{NAME}",
    "vae_course/classroom/checks/lesson_03/__init__.py",
    "tests/misconceptions/lesson_03.py",
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for part in PARTS:
        (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / part, tmp_path / part)
    shutil.copytree(ROOT / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("assets"))
    for path in (ROOT / "solutions").glob("*.py"):
        shutil.copy(path, tmp_path / "solutions" / path.name)
    return tmp_path


def problems(project: Path) -> list[str]:
    return lint(read_source(project / "solutions" / NAME))


@pytest.mark.parametrize("source", read_sources(ROOT), ids=lambda source: source.number)
def test_the_lessons_of_the_course_lack_nothing(source) -> None:
    assert lint(source) == []


@pytest.mark.parametrize(
    ("part", "old", "new", "message"),
    [
        (0, "# # 03 · From", "# # From", 'the first line must be "# 03 · Title"'),
        (0, "**Why add noise on purpose?**", "Why?", "a question in bold"),
        (0, ' jupyter={"source_hidden": true}', "", "a picture must stand before"),
        (0, "## Summary", "## In short", 'a section "## Summary"'),
        (0, 'check.progress("03")', "print()", "the last cell must be check.progress"),
        (0, "### Exercise 3.2 ★★ `kl", "### Exercise 3.2 ★ `kl", "3.2 has 1 stars"),
        (0, "### Exercise 3.2 ★★", "### Aufgabe 3.2 ★★", "3.2 has no heading"),
        (0, '# %% check="3.2"', "# %%", "3.2 must have one cell to answer in and one check"),
        (0, "lesson_03.elbo(elbo)", "lesson_03.elbo(sample)", "3.3: its check must be"),
        (0, '# %% exercise="3.3"', "# %%", "a cell that belongs to no exercise"),
        (0, "<summary>Hint 2</summary>", "<summary>More</summary>", "found Hint 1, More"),
        (0, "formula (3.2", "formula (3.1", "exercise 3.2 tests none of the objectives"),
        (0, "learn from it (3.1", "learn from it (3.99", "an objective must name its exercises"),
        (
            0,
            "# ## Summary",
            "# ## Summary\n# $a\n# - b$",
            'Markdown breaks a formula at its line "- b"',
        ),
        (
            0,
            "import keras\n",
            f"import keras\nx = {'1 + ' * 20}1\n",
            "a line of code has 85 columns, more than 78: x = 1 + 1",
        ),
        (
            0,
            "# ## Summary",
            "# ## Summary\n# noise = keras.random.normal(ops.shape(mean), seed=seed_generator)",
            "a line of the solution of 3.1 stands in the lesson",
        ),
        (0, "# *Core, 4 minutes.*\n", "", 'autoencoder does not know" must stand "*Core, 10 min'),
        (0, "*Core, 4 minutes.*", "*Core, 9 minutes.*", "its sections make 80 minutes (64 for the"),
        (0, "*Core, 4 minutes.*", "*Core, 9 minutes.*", "must fit 60 minutes and 2000 words"),
        (0, "# ## Summary", f"# ## Summary\n# {'word ' * 99}", "it has 59 and 20"),
        (0, "(59 for the core)", "", 'must say "*Time: about 75 minutes (50 for the core)"'),
        (0, "import keras\n", "import keras\nplotting.show(1, '…')\n", "figure must be drawn in"),
        (0, "### Exercise 3.1 ★★ `", "### Exercise 3.1 ★★★ `", "3.1 has 3 stars"),
        (0, "# ## Summary", "# ## Summary\n# [x](07_none.ipynb)", "07_none.ipynb leads nowhere"),
        (0, "# ## Summary", "# ## Summary\n# [x](../docs/none.md)", "none.md leads nowhere"),
        (0, "# ## Summary", "# ## Summary\n# [x](../docs/physics.md#none)", "a heading that"),
        (0, "# ## Summary", "# ## Summary\n# [x](#none)", "a heading that is not there"),
        (0, "# ## Summary", "# ## Summary\n# ![](https://x.org/a.png)", "no alternative text"),
        (
            0,
            '    "Two rows of eight two-phase microstructures, A and B. They look much "\n'
            '    "alike.",\n',
            '    "A",\n',
            "a figure is shown without words",
        ),
        (1, "@exercise(", "@other(", "exercise 3.1 has no check in"),
        (2, '"elbo": Answers(', '"bound": Answers(', "wrong and 2 right answers or more"),
    ],
)  # fmt: skip
def test_what_a_lesson_lacks_is_named(
    project: Path, part: int, old: str, new: str, message: str
) -> None:
    path = project / PARTS[part]
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = problems(project)
    assert any(message in problem for problem in found), found
    assert all(str(project / "solutions" / NAME) in problem for problem in found)


def test_links_to_headings_and_lessons_that_are_there_pass(project: Path) -> None:
    path = project / PARTS[0]
    links = "# [a](../docs/data.md) [b](03_from_autoencoder_to_vae.ipynb) [c](#summary)"
    text = path.read_text(encoding="utf-8").replace("# ## Summary", f"# ## Summary\n{links}", 1)
    path.write_text(text, encoding="utf-8")
    assert problems(project) == []
