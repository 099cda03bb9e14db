"""The workflow for instructors: its own command, run on what students push."""

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import nbformat
import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / "docs" / "instructors" / "lessons.yml"
NAME = "01_microstructures_as_data.ipynb"  # the quickest: it needs no Keras
TITLES = {
    "1.1": "Exercise 1.1 ★ volume_fraction",
    "1.2": "Exercise 1.2 ★★ bulk_chemical_potential",
    "1.3": "Exercise 1.3 ★ two_point_correlation",
    "1.4": "Exercise 1.4 ★ split_by_simulation",
    "1.5": "Exercise 1.5 ★★★ coarsening_exponent",
}
EXERCISES = list(TITLES)


@pytest.fixture(scope="module")
def steps() -> dict[str, dict[str, Any]]:
    """Steps of the workflow, by name."""
    workflow = yaml.safe_load(WORKFLOW.read_text("utf-8"))
    return {step["name"]: step for step in workflow["jobs"]["check"]["steps"] if "name" in step}


@dataclass(frozen=True)
class Run:
    """What the workflow said about one student's lesson."""

    status: int
    problems: dict[int, str]  # by the number of the cell of code
    cells: int
    checks: dict[str, int]  # cell of the check, by the number of the exercise
    summary: str

    def not_passed(self) -> list[str]:
        return [number for number, cell in self.checks.items() if cell in self.problems]


def answered(solved: list[str]) -> Any:
    """Fill the solutions of some exercises into the lesson, and keep its outputs: they are old."""
    lesson = nbformat.read(ROOT / "lessons" / NAME, 4)
    solution = nbformat.read(ROOT / "solutions" / NAME, 4)
    answers = {cell.id: cell.source for cell in solution.cells}
    wanted = {f"exercise-{number.replace('.', '-')}" for number in solved}
    filled = [cell for cell in lesson.cells if cell.id in wanted]
    assert {cell.id for cell in filled} == wanted
    for cell in lesson.cells:
        if cell.id.startswith("question-"):
            cell.source = answers[cell.id]
    for cell in filled:
        assert "NotImplementedError" in cell.source
        cell.source = answers[cell.id]
    return lesson


def environment(folder: Path, before: str = "0" * 40, lesson: str = "") -> dict[str, str]:
    """Make what the steps of the workflow find around them."""
    return os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "GITHUB_OUTPUT": str(folder / "output"),
        "BEFORE": before,
        "LESSON": lesson,
    }


def push(folder: Path, solved: list[str], steps: dict[str, dict[str, Any]]) -> Run:
    """Do what the workflow does after a student has pushed."""
    lesson = answered(solved)
    (folder / "lessons").mkdir()
    nbformat.write(lesson, folder / "lessons" / NAME)
    run = partial(
        subprocess.run, cwd=folder, env=environment(folder), capture_output=True, text=True
    )
    run([sys.executable, "-c", steps["Choose the notebooks"]["run"]], check=True)
    assert (folder / "output").read_text("utf-8") == "count=1\n"
    run([sys.executable, "-c", steps["Leave saved outputs aside"]["run"]], check=True)
    done = run(["bash", "-e", "-c", steps["Check the exercises"]["run"]], check=False)
    assert (folder / "report.xml").exists(), done.stdout + done.stderr
    run([sys.executable, "-c", steps["List the outcomes"]["run"]], check=True)
    cases = list(ElementTree.parse(folder / "report.xml").iter("testcase"))
    code = [cell for cell in lesson.cells if cell.cell_type == "code"]
    problems = {
        int(case.attrib["name"].removeprefix("Cell ")): ElementTree.tostring(found, "unicode")
        for case in cases
        if (found := case.find("failure")) is not None or (found := case.find("error")) is not None
    }
    ids = [cell.id for cell in code]
    checks = {number: ids.index(f"check-{number.replace('.', '-')}") for number in EXERCISES}
    summary = (folder / "summary.md").read_text("utf-8")
    return Run(done.returncode, problems, len(cases), checks, summary)


@pytest.mark.slow
def test_a_solved_lesson_makes_the_job_green(
    tmp_path: Path, steps: dict[str, dict[str, Any]]
) -> None:
    run = push(tmp_path, EXERCISES, steps)
    assert (run.status, run.problems) == (0, {})
    assert run.cells == sum(cell.cell_type == "code" for cell in answered([]).cells)
    assert "All exercises are passed." in run.summary


@pytest.mark.slow
def test_a_half_solved_lesson_fails_at_the_exercises_that_are_left(
    tmp_path: Path, steps: dict[str, dict[str, Any]]
) -> None:
    run = push(tmp_path, ["1.1", "1.2", "1.5"], steps)
    assert run.status == 1
    assert run.not_passed() == ["1.3", "1.4"]
    for number in ("1.3", "1.4"):
        assert f"{TITLES[number]}: not attempted" in run.problems[run.checks[number]]
    listed = [
        number for number in EXERCISES if f"| {TITLES[number]} | not attempted |" in run.summary
    ]
    assert listed == ["1.3", "1.4"]


@pytest.mark.slow
def test_a_blank_lesson_fails_at_every_exercise(
    tmp_path: Path, steps: dict[str, dict[str, Any]]
) -> None:
    run = push(tmp_path, [], steps)
    assert run.status == 1
    assert run.not_passed() == EXERCISES
    for number in EXERCISES:
        assert f"| {TITLES[number]} | not attempted |" in run.summary


@pytest.fixture
def repository(tmp_path: Path) -> tuple[Path, str]:
    """Make a class repository with two commits, the second of which changes lesson 03."""
    (tmp_path / "lessons").mkdir()
    for name in ("01_a.ipynb", "03_b c.ipynb", "10_ü.ipynb"):
        (tmp_path / "lessons" / name).write_text("{}", "utf-8")
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@school.example"]
    run = partial(subprocess.run, cwd=tmp_path, check=True, capture_output=True, text=True)
    run(["git", "init", "--quiet"])
    for text in ("{}", "{ }"):
        (tmp_path / "lessons" / "03_b c.ipynb").write_text(text, "utf-8")
        run([*git, "add", "lessons"])
        run([*git, "commit", "--quiet", "--message", "work"])
    return tmp_path, run(["git", "rev-parse", "HEAD~1"]).stdout.strip()


@pytest.mark.parametrize(
    ("since", "lesson", "chosen"),
    [
        ("before", "", ["03_b c.ipynb"]),
        ("before", "3", ["03_b c.ipynb"]),
        ("before", "01", []),
        ("HEAD", "", []),
        ("", "", ["01_a.ipynb", "03_b c.ipynb", "10_ü.ipynb"]),
        ("0" * 40, "10", ["10_ü.ipynb"]),
    ],
)
def test_only_notebooks_that_changed_are_checked_and_of_one_lesson_if_asked(
    repository: tuple[Path, str],
    steps: dict[str, dict[str, Any]],
    since: str,
    lesson: str,
    chosen: list[str],
) -> None:
    folder, before = repository
    step = [sys.executable, "-c", steps["Choose the notebooks"]["run"]]
    variables = environment(folder, before if since == "before" else since, lesson)
    subprocess.run(step, cwd=folder, env=variables, check=True)
    found = (folder / "notebooks.txt").read_text("utf-8").splitlines()
    assert found == [f"lessons/{name}" for name in chosen]
    assert (folder / "output").read_text("utf-8") == f"count={len(chosen)}\n"
    if not chosen:
        subprocess.run(
            [sys.executable, "-c", steps["List the outcomes"]["run"]],
            cwd=folder,
            env=variables,
            check=True,
        )
        assert "No notebook of these lessons" in (folder / "summary.md").read_text("utf-8")


def test_the_workflow_has_no_more_rights_than_it_needs() -> None:
    workflow = yaml.safe_load(WORKFLOW.read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    checkouts = [
        step["with"]
        for step in workflow["jobs"]["check"]["steps"]
        if step.get("uses", "").startswith("actions/checkout")
    ]
    assert len(checkouts) == 2
    assert all(options["persist-credentials"] is False for options in checkouts)


def test_the_page_shows_the_command_of_the_workflow(steps: dict[str, dict[str, Any]]) -> None:
    command = steps["Check the exercises"]["run"]
    for part in ("VAE_COURSE_STRICT=1", "--nbval-lax", "--junitxml=report.xml", "@notebooks.txt"):
        assert part in command.split()
    page = (WORKFLOW.parent / "ci.md").read_text("utf-8")
    assert '--8<-- "docs/instructors/lessons.yml:check"' in page
