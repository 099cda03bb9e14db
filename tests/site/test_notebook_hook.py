"""What the site makes of notebooks, seen on small ones written for it."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from mkdocs.utils import yaml_load

ROOT = Path(__file__).parents[2]
PIXEL = (  # a picture of one
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)
KERNEL = {"name": "python3", "language": "python", "display_name": "Python 3"}
KEPT = ("site_name", "hooks", "not_in_nav", "validation", "markdown_extensions")
TEXT = """# 11 · Something new

**Does it appear?**

It is $a_1 < b_2$, and $$ \\sum_i x_i^2 $$ stands alone. But `$x$` is code.

<details>
<summary>Hint 1: $x$</summary>

Some *emphasis* and $\\mu$.

</details>

[next](12_b.ipynb), [part](12_b.ipynb#part), [physics](../docs/physics.md#two-phases),
[answers](../solutions/11_a.ipynb), [here](#links), [out](https://example.org), arXiv:1312.6114.

### Exercise 11.1 ★★ `dot`

## Links"""
BROKEN = "Here $f'' = 2b (1\n- 6c + 6c^2)$ is negative."  # the second line begins a list
DEAD = ["12_gone.ipynb", "../docs/gone.md", "../docs/physics.md#three-phases", "#nowhere"]


def small_site(folder: Path) -> Path:
    """Copy what makes the site, with two short pages of its own and without lessons."""
    (folder / "docs").mkdir()
    shutil.copytree(
        ROOT / "tools/site", folder / "tools/site", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("lessons", "solutions"):
        shutil.copytree(ROOT / "docs" / name, folder / "docs" / name)
    (folder / "docs/index.md").write_text("# Home\n\n<!-- the lessons -->\n")
    (folder / "docs/start.md").write_text("# Start here\n")
    (folder / "docs/progress.md").write_text("# Your progress\n")
    (folder / "docs/physics.md").write_text("# Physics\n\n## Two phases\n")
    (folder / "benchmarks").symlink_to(ROOT / "benchmarks")
    config = yaml_load((ROOT / "mkdocs.yml").read_text("utf-8"))
    small = {name: config[name] for name in KEPT} | {
        "use_directory_urls": False,
        "theme": {"name": "material", "font": False, "features": ["navigation.indexes"]},
        "nav": [
            {"Home": "index.md"},
            {"Start here": "start.md"},
            next(section for section in config["nav"] if "Lessons" in section),
            {"Physics": "physics.md"},
        ],
        "plugins": [entry for entry in config["plugins"] if "mkdocs-jupyter" in entry],
    }
    (folder / "mkdocs.yml").write_text(yaml.safe_dump(small))
    return folder


def build(project: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


def write(project: Path, name: str, text: str, alt: str = "A dot.") -> None:
    """Write a notebook of a text, and an answer with a picture below it."""
    hidden = {"jupyter": {"source_hidden": True}}
    metadata = {"image/png": {"alt": alt}}
    data = {"image/png": PIXEL, "text/plain": alt}
    picture = nbformat.v4.new_output("display_data", data, metadata=metadata)
    source = "def dot():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION"
    cells = [
        nbformat.v4.new_markdown_cell(text),
        nbformat.v4.new_code_cell(source, id="exercise-11-1", outputs=[picture]),
        nbformat.v4.new_code_cell("draw()", id="figure", metadata=hidden),
    ]
    path = project / name
    path.parent.mkdir(exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), path)


def read(project: Path, page: str) -> BeautifulSoup:
    return BeautifulSoup((project / "site" / page).read_text("utf-8"), "html.parser")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two lessons with their solutions, and a page that links to one of them."""
    folder = small_site(tmp_path_factory.mktemp("project"))
    write(folder, "lessons/11_a.ipynb", TEXT)
    write(folder, "lessons/12_b.ipynb", "# 12 · B\n\n## Part")
    write(folder, "solutions/11_a.ipynb", "# 11 · Something new")
    write(folder, "solutions/12_b.ipynb", "# 12 · B")
    with (folder / "docs/physics.md").open("a") as page:
        page.write("\n[Lesson](lessons/11_a.ipynb#links)\n")
    done = build(folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def lesson(project: Path) -> BeautifulSoup:
    return read(project, "lessons/11_a.html")


@pytest.mark.slow
def test_a_new_lesson_appears_by_being_there(project: Path) -> None:
    home = read(project, "index.html")
    assert home.select_one(".md-nav a[href='lessons/11_a.html']")
    (entry,) = (item for item in home.select("article li") if "Something" in item.get_text())
    assert entry.get_text() == "Something new: Does it appear?"
    assert entry.select_one("a[href='lessons/11_a.html']")
    assert sorted(path.name for path in (project / "docs/lessons").iterdir()) == ["index.md"]


@pytest.mark.slow
def test_solutions_are_linked_from_their_overview_and_lesson_only(project: Path) -> None:
    assert not read(project, "index.html").select("a[href*='solutions/11']")
    overview = read(project, "solutions/index.html").select("article a[href*='_']")
    assert [link["href"] for link in overview] == ["11_a.html", "12_b.html"]
    assert all(link.find_parent("details") for link in overview)
    assert read(project, "solutions/11_a.html").select("article .warning")


@pytest.mark.slow
def test_links_in_notebooks_lead_to_pages(project: Path, lesson: BeautifulSoup) -> None:
    found = {link.get_text(): link["href"] for link in lesson.select("article p a[href]")}
    assert found["next"] == "12_b.html"
    assert found["part"] == "12_b.html#part"
    assert found["physics"] == "../physics.html#two-phases"
    assert found["answers"] == "../solutions/11_a.html"
    assert found["here"] == "#links"
    assert found["out"] == "https://example.org"
    assert found["arXiv:1312.6114"] == "https://arxiv.org/abs/1312.6114"
    back = {link.get_text(): link["href"] for link in read(project, "physics.html").select("p a")}
    assert back["Lesson"] == "lessons/11_a.html#links"


@pytest.mark.slow
def test_formulas_and_markdown_within_hints_are_set(lesson: BeautifulSoup) -> None:
    formulas = [box.get_text() for box in lesson.select("article .arithmatex")]
    assert formulas == ["\\(a_1 < b_2\\)", "\\[ \\sum_i x_i^2 \\]", "\\(x\\)", "\\(\\mu\\)"]
    (hint,) = lesson.select("details.tip")
    assert hint.select("em")
    assert "But $x$ is code." in lesson.get_text()


@pytest.mark.slow
def test_code_keeps_its_indentation_and_loses_the_marks_of_a_solution(
    lesson: BeautifulSoup,
) -> None:
    (code,) = lesson.select(".nb-exercise code")
    assert code.get_text() == "def dot():\n    return 1\n"


@pytest.mark.slow
def test_code_that_jupyter_hides_is_folded(lesson: BeautifulSoup) -> None:
    (folded,) = lesson.select("details.nb-code")
    assert folded.find_parent(id="figure")
    assert "draw()" in folded.get_text()
    assert not lesson.select(".nb-exercise details")


@pytest.mark.slow
def test_headings_make_the_table_of_contents(lesson: BeautifulSoup) -> None:
    contents = lesson.select(".md-sidebar--secondary .md-nav__link")
    assert [link.get_text(strip=True) for link in contents] == ["Exercise 11.1 ★★ dot", "Links"]
    assert all(lesson.find(id=str(link["href"])[1:]) for link in contents)


def test_a_site_without_an_address_leads_to_no_hosted_notebook(lesson: BeautifulSoup) -> None:
    assert not lesson.select("a[href*='colab']")


@pytest.mark.slow
def test_a_lesson_can_be_opened_in_colab_once_the_site_has_an_address(tmp_path: Path) -> None:
    project = small_site(tmp_path)
    config = project / "mkdocs.yml"
    config.write_text(f"site_url: https://example.org/course/\n{config.read_text('utf-8')}")
    write(project, "lessons/11_a.ipynb", "# 11 · A")
    assert build(project).returncode == 0
    link = read(project, "lessons/11_a.html").select_one("a[href*='colab']")
    assert link
    address = "https%3A%2F%2Fexample.org%2Fcourse%2Flessons%2F11_a.ipynb"
    assert str(link["href"]).endswith(f"#fileId={address}")


@pytest.mark.slow
def test_dead_links_and_pictures_without_a_text_stop_the_build(tmp_path: Path) -> None:
    project = small_site(tmp_path)
    links = " ".join(f"[dead]({link})" for link in DEAD)
    write(project, "lessons/11_a.ipynb", f"# 11 · A\n\n{links}", alt="")
    done = build(project)
    assert done.returncode != 0
    assert [link for link in DEAD if f"'{link}'" not in done.stderr] == []
    assert "a picture below cell exercise-11-1 has no alternative text" in done.stderr


@pytest.mark.slow
def test_a_formula_that_markdown_has_broken_stops_the_build(tmp_path: Path) -> None:
    project = small_site(tmp_path)
    write(project, "lessons/11_a.ipynb", f"# 11 · A\n\n{BROKEN}")
    with (project / "docs/physics.md").open("a") as page:
        page.write("\nThe sum \\\\(a + b\\\\) and `$HOME`.\n")
    done = build(project)
    assert done.returncode != 0
    assert "lessons/11_a.ipynb: a formula is left as it was typed" in done.stderr
    assert "physics.md: a formula is left as it was typed" in done.stderr
    assert "HOME" not in done.stderr
