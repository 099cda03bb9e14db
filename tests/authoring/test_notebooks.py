"""`vae-course sync` finds whatever differs from the source, names the cell, and mends it."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from vae_course.authoring.notebooks import drifts, strays, sync
from vae_course.authoring.source import SourceError, build, read_source, read_sources, text_of
from vae_course.cli import app

ROOT = Path(__file__).parents[2]
SMALL = '''# %% [markdown]
# # 01 · A small lesson

# %%
import sys
print("to the error output", file=sys.stderr)
number = 20

# %% exercise="1.1"
def double(x):
    """Return 2x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% check="1.1"
try:
    print("checked", double(number))
except NotImplementedError:
    print("not attempted")

# %%
print("another", number)
'''


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one lesson of a few cells, which need no Keras."""
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "01_small.py").write_text(SMALL, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with its notebooks; to be copied, not changed."""
    root = tmp_path_factory.mktemp("executed")
    (root / "solutions").mkdir()
    (root / "solutions" / "01_small.py").write_text(SMALL, encoding="utf-8")
    written, errors = sync(read_sources(root))
    assert (len(written), errors) == (2, [])
    return root


@pytest.fixture
def synced(executed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(executed, tmp_path / "project"))


def found(root: Path) -> list[str]:
    return [str(drift).replace(f"{root}/", "") for drift in drifts(read_sources(root)[0])]


def notebook(root: Path, kind: str = "lessons") -> Path:
    return root / kind / "01_small.ipynb"


def test_the_lesson_has_no_solution_and_the_solution_has(synced: Path) -> None:
    lesson, solution = notebook(synced).read_text(), notebook(synced, "solutions").read_text()
    assert "2 * x" in solution
    assert "2 * x" not in lesson
    assert "raise NotImplementedError" in lesson
    assert "SOLUTION" not in lesson


def test_a_solution_is_executed_strictly_and_a_lesson_as_handed_out(synced: Path) -> None:
    for kind, text in (("solutions", "checked 40\n"), ("lessons", "not attempted\n")):
        cells = nbformat.read(notebook(synced, kind), as_version=4).cells
        assert next(cell for cell in cells if cell.id == "check-1-1").outputs[0].text == text


def test_error_output_and_versions_are_left_out(synced: Path) -> None:
    text = notebook(synced).read_text()
    assert "to the error output" not in text.replace('print(\\"to the error output', "")
    assert json.loads(text)["metadata"]["language_info"] == {"name": "python"}


def test_nothing_has_drifted_after_sync(synced: Path) -> None:
    assert found(synced) == []


def test_an_unchanged_lesson_is_not_executed_again(synced: Path) -> None:
    before = notebook(synced).stat().st_mtime_ns
    start = time.monotonic()
    assert sync(read_sources(synced)) == ([], [])
    assert time.monotonic() - start < 2
    assert notebook(synced).stat().st_mtime_ns == before


def test_a_changed_text_keeps_the_outputs_and_the_ids_of_other_cells(synced: Path) -> None:
    source = synced / "solutions" / "01_small.py"
    source.write_text(SMALL.replace("A small lesson", "A new title"), encoding="utf-8")
    before = nbformat.read(notebook(synced), as_version=4).cells
    start = time.monotonic()
    assert len(sync(read_sources(synced))[0]) == 2
    assert time.monotonic() - start < 2  # no kernel was started
    after = nbformat.read(notebook(synced), as_version=4).cells
    assert before[1:] == after[1:]
    assert found(synced) == []


def places(text: str) -> Iterator[int]:
    """Places to edit: in every line of a notebook that has a letter or a digit, the last one."""
    start = 0
    for line in text.splitlines(keepends=True):
        letters = [k for k, character in enumerate(line) if character.isalnum()]
        if letters:
            yield start + letters[-1]
        start += len(line)


@pytest.mark.parametrize("kind", ["lessons", "solutions"])
def test_one_character_changed_anywhere_in_a_notebook_is_found(synced: Path, kind: str) -> None:
    path = notebook(synced, kind)
    text = path.read_text(encoding="utf-8")
    for place in places(text):
        other = "7" if text[place] != "7" else "8"
        path.write_text(text[:place] + other + text[place + 1 :], encoding="utf-8")
        assert found(synced), f"not found: {text[place - 40 : place + 20]}"
    path.write_text(text.replace("\n", "\r\n"), encoding="utf-8", newline="")
    path.write_text(text + " ", encoding="utf-8")
    assert found(synced)


@pytest.mark.parametrize(
    ("old", "new", "cell", "what"),
    [
        ('"another\\", number', '"another\\",  number', "print", "source differs"),
        ('"not attempted\\n"', '"passed\\n"', "check-1-1", "output was changed"),
        ('"role": "answer"', '"role": "other"', "exercise-1-1", "metadata differs"),
        ('"execution_count": 3', '"execution_count": 7', "check-1-1", "executed as number 7"),
        ('"id": "check-1-1"', '"id": "check-1-2"', "check-1-1", "id differs"),
    ],
)
def test_the_cell_that_was_edited_is_named(
    synced: Path, old: str, new: str, cell: str, what: str
) -> None:
    path = notebook(synced)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    drift = found(synced)
    assert len(drift) == 1
    assert drift[0].startswith("lessons/01_small.ipynb: cell ")
    assert cell in drift[0]
    assert what in drift[0]


def test_an_edited_source_is_found_in_both_notebooks_by_the_cell(synced: Path) -> None:
    source = synced / "solutions" / "01_small.py"
    source.write_text(SMALL.replace("number = 20", "number = 21"), encoding="utf-8")
    first, second = found(synced)
    assert first.startswith("solutions/01_small.ipynb: cell ")
    assert second.startswith("lessons/01_small.ipynb: cell ")
    assert "import sys" in first


def test_a_new_cell_is_the_only_one_that_is_named(synced: Path) -> None:
    source = synced / "solutions" / "01_small.py"
    source.write_text(SMALL.replace("# %%\nimport", "# %%\nfirst = 1\n\n# %%\nimport"), "utf-8")
    drift = found(synced)
    assert len(drift) == 2
    assert all(one.endswith("(first = 1): missing") for one in drift)


def test_a_missing_a_foreign_and_a_broken_notebook_are_named(synced: Path) -> None:
    notebook(synced).unlink()
    notebook(synced, "solutions").write_text("{", encoding="utf-8")
    assert [drift.partition(": ")[2][:14] for drift in found(synced)] == [
        "not a notebook",
        "missing",
    ]
    (synced / "lessons" / "99_old.ipynb").write_text("{}", encoding="utf-8")
    assert "no source" in str(strays(synced, read_sources(synced))[0])


def test_a_lesson_that_fails_is_named_and_the_others_are_written(project: Path) -> None:
    broken = SMALL.replace('print("another", number)', "raise ValueError(number)")
    (project / "solutions" / "02_broken.py").write_text(broken, encoding="utf-8")
    written, errors = sync(read_sources(project), jobs=2)
    assert [path.name for path in written] == ["01_small.ipynb"] * 2
    assert len(errors) == 2
    assert "raise ValueError(number)) raised ValueError: 20" in str(errors[0])
    assert not (project / "lessons" / "02_broken.ipynb").exists()


@pytest.mark.parametrize(
    "line", ["    ### BEGIN SOLUTION\n", "    ### END SOLUTION\n"], ids=["begin", "end"]
)
def test_a_solution_without_beginning_or_end_is_refused(project: Path, line: str) -> None:
    source = project / "solutions" / "01_small.py"
    source.write_text(SMALL.replace(line, ""), encoding="utf-8")
    for kind in ("lesson", "solution"):
        with pytest.raises(SourceError, match=r"exercise-1-1: .* must come in pairs"):
            build(read_source(source), kind)  # type: ignore[arg-type]


def test_the_same_source_gives_the_same_text(project: Path) -> None:
    source = read_sources(project)[0]
    assert text_of(build(source, "lesson")) == text_of(build(source, "lesson"))


def test_the_notebooks_of_the_course_agree_with_their_sources() -> None:
    result = CliRunner().invoke(app, ["sync", "--check", "--root", str(ROOT)])
    assert result.exit_code == 0, result.output


def test_no_output_of_the_course_shows_a_warning_or_an_address_in_memory() -> None:
    found = [
        f"{path.name}: {text[:200]}"
        for path in sorted(ROOT.glob("*/[0-9][0-9]_*.ipynb"))
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", ())
        for text in ("".join(output.get("text", "")),)
        if re.search(r"WARNING|Warning:|\bat 0x[0-9a-f]{6}", text)
    ]
    assert found == []


def test_check_says_what_drifted_and_what_to_do(synced: Path) -> None:
    notebook(synced).unlink()
    result = CliRunner().invoke(app, ["sync", "--check", "--root", str(synced)])
    assert result.exit_code == 1
    assert "lessons/01_small.ipynb: missing" in result.output
    assert "vae-course sync" in result.output


def test_check_loads_neither_keras_nor_a_kernel() -> None:
    code = (
        "import sys\nfrom vae_course.cli import app\n"
        "try:\n    app(['sync', '--check'])\nexcept SystemExit:\n    pass\n"
        "assert 'keras' not in sys.modules and 'tensorflow' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, env=dict(os.environ))


def test_outputs_of_another_library_are_named_and_made_anew(synced: Path) -> None:
    source = synced / "solutions" / "01_small.py"
    code = "from vae_course.physics.droplets import add_droplets"
    source.write_text(f"{SMALL}\n# %%\n{code}\n", encoding="utf-8")
    assert sync(read_sources(synced))[1] == []
    assert found(synced) == []
    book = nbformat.read(notebook(synced), 4)
    digests = book.metadata["vae_course"]["library"]
    assert "vae_course/physics/droplets.py" in digests
    digests["vae_course/physics/droplets.py"] = "0" * 12
    nbformat.write(book, notebook(synced))
    assert found(synced) == [
        "lessons/01_small.ipynb: its outputs were made by another vae_course/physics/droplets.py"
    ]
    assert sync(read_sources(synced)) == ([notebook(synced)], [])
    assert found(synced) == []
