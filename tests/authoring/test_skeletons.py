"""`vae-course new` writes skeletons that work, and that the linter refuses until filled in."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

from vae_course.authoring.linter import lint
from vae_course.authoring.skeletons import LONGEST_NAME, LONGEST_TOPIC, new_exercise, new_lesson
from vae_course.authoring.source import Source, build, read_source, read_sources, source_paths
from vae_course.cli import app

ROOT = Path(__file__).parents[2]
PARTS = (
    "solutions/*.py",
    "solutions/ruff.toml",
    "vae_course/**/*.py",
    "tests/misconceptions/*.py",
    "docs/*.md",
)
PATHS = source_paths(ROOT)
LESSON = f"{len(PATHS) + 1}"
"""Number of the lesson that can be added today."""

NEXT = f"3.{1 + PATHS['03'].read_text('utf-8').count('# ### Exercise ')}"
"""Number of the exercise that can be added to lesson 03 today."""

TO_FILL = re.compile(r"FILL IN|exercise_\d")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Copy the sources of the lessons, the library, the misconceptions, and what they link to."""
    for part in (*PARTS, "pyproject.toml"):
        for path in ROOT.glob(part):
            copy = tmp_path / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    return tmp_path


def contents(project: Path) -> dict[Path, str]:
    return {path: path.read_text("utf-8") for path in project.rglob("*.*") if path.is_file()}


def waiting(paths: list[Path]) -> set[str]:
    """Each line to be filled in, as an editor opens it: file:line."""
    return {
        f"{path}:{count}"
        for path in paths
        for count, line in enumerate(path.read_text("utf-8").split("\n"), 1)
        if TO_FILL.search(line)
    }


def source_in(project: Path, number: str) -> Source:
    return read_sources(project, [number])[0]


def module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"new_{path.parent.name}_{path.stem}", path)
    assert spec
    assert spec.loader
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def fill(paths: list[Path], **words: str) -> None:
    """Do what an author does: keep what a note says, take the mark away, choose names."""
    for path in paths:
        text = path.read_text("utf-8").replace("FILL IN: ", "")
        for old, new in words.items():
            text = text.replace(old, new)
        path.write_text(text, "utf-8")


def test_each_place_of_an_exercise_is_named_by_file_and_line_until_it_is_filled(project):
    source = source_in(project, "3")
    paths = new_exercise(project, NEXT)
    assert set(paths) == {source.path, source.checks, source.misconceptions}
    places = waiting(paths)
    assert len(places) > 30
    found = lint(source_in(project, "3"))
    assert {problem.partition(": ")[0] for problem in found} == {*places, str(source.path)}
    assert f"{source.path}: exercise {NEXT} tests none of the objectives" in found
    fill(paths, **{f"exercise_{NEXT.replace('.', '_')}": "doubled"})
    text = source.path.read_text("utf-8")
    source.path.write_text(
        text.replace("learn from it (3.1", f"learn from it ({NEXT}, 3.1"), "utf-8"
    )
    assert lint(source_in(project, "3")) == []


def test_each_place_of_a_lesson_is_named_by_file_and_line_until_it_is_filled(project):
    paths = new_lesson(project, LESSON, "some_topic", "doubled")
    found = lint(source_in(project, LESSON))
    assert {problem.partition(": ")[0] for problem in found} == waiting(paths)
    new_exercise(project, f"{LESSON}.2", "halved")
    found = lint(source_in(project, LESSON))
    assert found[0].endswith(f"exercise {LESSON}.2 tests none of the objectives")
    assert {problem.partition(": ")[0] for problem in found[1:]} == waiting(paths)
    fill(paths)
    fill(paths[:1], **{f"second objective ({LESSON}.1)": f"second objective ({LESSON}.2)"})
    assert lint(source_in(project, LESSON)) == []


@pytest.mark.parametrize(
    ("number", "stars"), [(NEXT, 1), (f"{LESSON}.1", 2)], ids=["exercise", "lesson"]
)
def test_the_new_check_passes_right_answers_and_tells_wrong_ones_apart(
    project, number, stars, monkeypatch
):
    if number == NEXT:
        _, checks, answers = new_exercise(project, number, "doubled", stars)
    else:
        _, checks, answers, _ = new_lesson(project, LESSON, "some_topic", "doubled", stars)
    monkeypatch.syspath_prepend(ROOT / "tests" / "misconceptions")
    check = module(checks).doubled
    written = module(answers).EXERCISES["doubled"]

    def blank(values):
        raise NotImplementedError

    assert (check.number, check.name, check.stars) == (number, "doubled", stars)
    assert (len(written.wrong), len(written.right)) == (3, 2)
    assert check.outcome(blank).kind == "not attempted"
    for answer in (check.reference, *written.right):
        assert check.outcome(answer).kind == "passed"
    for answer, message in written.wrong.items():
        outcome = check.outcome(answer)
        assert outcome.kind == "failed"
        assert message in outcome.why


def test_the_notebooks_of_a_new_lesson_can_be_made_of_it(project):
    source = read_source(new_lesson(project, LESSON, "some_topic")[0])
    lesson, solution = build(source, "lesson"), build(source, "solution")
    assert lesson.cells[0].source.startswith(f"# {LESSON} · Some topic\n")
    assert [cell.id for cell in lesson.cells[-5:-3]] == [
        f"exercise-{LESSON}-1",
        f"check-{LESSON}-1",
    ]
    assert "raise NotImplementedError" in lesson.cells[-5].source
    assert "return 2 * values" in solution.cells[-5].source


def test_what_is_written_is_clean_for_ruff_in_every_lesson_however_long_its_names(project):
    longest = "n" * LONGEST_NAME
    for source in read_sources(project):
        count = len(re.findall(r"^# ### Exercise", source.path.read_text("utf-8"), re.MULTILINE))
        new_exercise(project, f"{int(source.number)}.{count + 1}", longest)
    new_lesson(project, LESSON, "t" * LONGEST_TOPIC)
    new_exercise(project, f"{LESSON}.2", longest, 3)
    for command in (["check"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "."]
        done = subprocess.run(ruff, cwd=project, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("exercise 3.2", "exercise 3.2 is there already: kl_divergence"),
        ("exercise 3.99", f"number must be {NEXT}, the next of its lesson; got 3.99"),
        ("exercise 3", "number must be that of an exercise, as 3.6; got 3"),
        ("exercise 3.06", "number must be that of an exercise, as 3.6; got 3.06"),
        ("exercise 99.1", "number must be of a lesson (01, 02, 03, "),
        (f"exercise {NEXT} elbo", "03_from_autoencoder_to_vae.py has elbo already"),
        (f"exercise {NEXT} train", "03_from_autoencoder_to_vae.py has train already"),
        (f"exercise {NEXT} require", "lesson_03/__init__.py has require already"),
        (f"exercise {NEXT} codes_behind", "lesson_03/__init__.py has codes_behind already"),
        (f"exercise {NEXT} sum", "name must be new; Python itself has sum"),
        (f"exercise {NEXT} lambda", "name must be that of a function"),
        (f"exercise {NEXT} 3d", "name must be that of a function"),
        (f"exercise {NEXT} a-b", "name must be that of a function"),
        (f"exercise {NEXT} {'n' * (LONGEST_NAME + 1)}", "in small letters, 26 at most; got nnn"),
        (f"exercise {NEXT} doubled --stars 4", "stars must be 1 to 3; got 4"),
        (f"exercise {NEXT} --root docs", "works in the folder of the project"),
        ("lesson 3 some_topic", "lesson 3 is there already: 03_from_autoencoder_to_vae.py"),
        ("lesson 99 some_topic", f"number must be {LESSON}, the next lesson; got 99"),
        ("lesson eleven some_topic", f"number must be {LESSON}, the next lesson; got eleven"),
        (
            f"lesson {LESSON} some-topic",
            "topic must be a short name in small letters, some_topic; got",
        ),
        (
            f"lesson {LESSON} ../topic",
            "topic must be a short name in small letters, some_topic; got",
        ),
        (
            f"lesson {LESSON} your_own_microstructures",
            "10_your_own_microstructures.py has it already",
        ),
        (f"lesson {LESSON} some_topic sum", "name must be new; Python itself has sum"),
        (f"lesson {LESSON} some_topic --root docs", "works in the folder of the project"),
    ],
)
def test_what_cannot_be_added_is_refused_in_one_line_and_nothing_is_written(
    project, arguments, message, monkeypatch
):
    monkeypatch.chdir(project)
    before = contents(project)
    shown = CliRunner().invoke(app, ["new", *arguments.split()])
    assert shown.exit_code == 2
    assert message in shown.stderr
    assert shown.stderr.count("\n") == 1
    assert contents(project) == before


@pytest.mark.parametrize(
    ("part", "old", "new", "message"),
    [
        (0, "# ## 7 Common", "# ## 7 Other", 'a cell that begins with "## Common mistakes"'),
        (1, "    compare,\n", "", "must import compare"),
        (
            1,
            '@exercise("3.5"',
            f'@exercise("{NEXT}"',
            f"exercise {NEXT} is there already: generate",
        ),
        (1, "def _sample(", "def _sample", "lesson_03/__init__.py:LINE: must be Python;"),
        (2, "EXERCISES =", "ANSWERS =", "lesson_03.py must have a dictionary EXERCISES"),
        (2, "def noise_alone(", "def noise alone(", "lesson_03.py:LINE: must be Python;"),
    ],
)
def test_a_lesson_that_is_not_in_the_usual_form_is_named_and_left_as_it_is(
    project, part, old, new, message
):
    source = source_in(project, "3")
    path = (source.path, source.checks, source.misconceptions)[part]
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    before = contents(project)
    message = message.replace("LINE", str(1 + text[: text.index(old)].count("\n")))
    with pytest.raises(ValueError, match=re.escape(message)):
        new_exercise(project, NEXT, "doubled")
    assert contents(project) == before


@pytest.mark.parametrize(
    "left",
    [
        f"lessons/{LESSON}_some_topic.ipynb",
        f"solutions/{LESSON}_some_topic.ipynb",
        f"tests/misconceptions/lesson_{LESSON}.py",
        f"vae_course/classroom/checks/lesson_{LESSON}/helper.py",
    ],
)
def test_what_another_lesson_has_left_is_named_and_kept(project, left):
    path = project / left
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine", "utf-8")
    before = contents(project)
    with pytest.raises(ValueError, match="is there already"):
        new_lesson(project, LESSON, "some_topic")
    assert contents(project) == before


def test_the_default_name_waits_for_a_better_one(project):
    paths = new_exercise(project, NEXT)
    fill(paths)
    found = lint(source_in(project, "3"))
    assert [problem for problem in found if "def exercise_3_" in problem]
