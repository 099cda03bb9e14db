"""What holds for every lesson that is written, and for whatever students do to a notebook."""

import copy
import tempfile
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vae_course.authoring.notebooks import digests, drifts
from vae_course.authoring.source import BEGIN, END, build, read_source, text_of
from vae_course.grading.answers import answers_of
from vae_course.grading.lesson_files import BLANK, parse, read_lesson

ROOT = Path(__file__).parents[2]
SECRET = "what_only_the_solution_says"
quick = settings(max_examples=100, deadline=None)

words = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20)
statements = st.lists(words.map(lambda text: f"x = {text!r}"), min_size=1, max_size=4)
CELLS = st.one_of(
    words.map(lambda text: f"# %% [markdown]\n# {text}\n"),
    statements.map(lambda lines: "# %%\n" + "\n".join(lines) + "\n"),
    st.tuples(statements, statements).map(
        lambda both: "\n".join(
            [
                "# %%",
                *both[0],
                "if x:",
                f"    {BEGIN}",
                *(f"    {SECRET} = {line[4:]}" for line in both[1]),
                f"    {END}",
                "",
            ]
        )
    ),
)


@quick
@given(cells=st.lists(CELLS, min_size=1, max_size=6))
def test_a_lesson_has_no_solution_and_both_notebooks_are_made_alike_each_time(cells) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "01_topic.py")
        path.write_text("\n".join(cells), encoding="utf-8")
        source = read_source(path)
        lesson, solution = build(source, "lesson"), build(source, "solution")
        again = build(read_source(path), "lesson")
    solved = sum(SECRET in one for one in cells)
    assert SECRET not in text_of(lesson)
    assert sum(SECRET in cell.source for cell in solution.cells) == solved
    assert sum(BLANK in cell.source for cell in lesson.cells) == solved
    assert len(lesson.cells) == len(solution.cells) == len(cells)
    for notebook in (lesson, solution):
        nbformat.validate(notebook)
        assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
        assert text_of(parse(text_of(notebook))) == text_of(notebook)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                compile(cell.source, "cell", "exec")
    assert text_of(again) == text_of(lesson)


@pytest.fixture(scope="module")
def synced(tmp_path_factory):
    """A small lesson with its notebooks, as sync leaves them."""
    root = tmp_path_factory.mktemp("project")
    path = root / "solutions" / "01_topic.py"
    path.parent.mkdir()
    path.write_text(
        f'# %% [markdown]\n# # Topic\n\n# %% exercise="1.1"\ndef f(x):\n    {BEGIN}\n'
        f'    return x\n    {END}\n\n\n# %% check="1.1"\nprint(f(2))\n'
    )
    source = read_source(path)
    for kind in ("lesson", "solution"):
        notebook = build(source, kind)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        for count, cell in enumerate(code, 1):
            cell.execution_count = count
        code[-1].outputs = [nbformat.v4.new_output("stream", text="2\n")]
        notebook.metadata["vae_course"] |= {"library": {}, "outputs": digests(notebook)}
        target = source.notebook_path(kind)
        target.parent.mkdir(exist_ok=True)
        target.write_text(text_of(notebook), encoding="utf-8", newline="\n")
    assert drifts(source) == []
    return source


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_changed_character_of_a_notebook_is_found(synced, data) -> None:
    path = synced.notebook_path(data.draw(st.sampled_from(["lesson", "solution"])))
    sound = path.read_text(encoding="utf-8")
    place = data.draw(st.integers(0, len(sound) - 1))
    changed = data.draw(st.sampled_from([sound[:place], sound[:place] + sound[place + 1 :]]))
    added = data.draw(st.text(st.characters(codec="utf-8"), min_size=1, max_size=3))
    changed = data.draw(st.sampled_from([changed, sound[:place] + added + sound[place:]]))
    try:
        path.write_text(changed, encoding="utf-8", newline="\n")
        found = drifts(synced)
    finally:
        path.write_text(sound, encoding="utf-8", newline="\n")
    assert found
    assert {one.path for one in found} == {path}


LESSON = read_lesson(next((ROOT / "lessons").glob("03_*.ipynb")))
ANSWERS = {exercise.answer: exercise for exercise in LESSON.exercises}
others = st.one_of(
    words.map(nbformat.v4.new_markdown_cell),
    st.lists(words.map(lambda text: f"note = {text!r}"), min_size=1, max_size=3).map(
        lambda lines: nbformat.v4.new_code_cell("\n".join(lines))
    ),
    words.map(lambda text: nbformat.v4.new_code_cell(f"def broken({text}:")),
)


letters = st.sampled_from("abc")


@quick
@given(data=st.data())
def test_answers_are_taken_whatever_is_done_to_the_other_cells(data) -> None:
    notebook = copy.deepcopy(LESSON.notebook)
    written = {}
    for cell in notebook.cells:
        if cell.id in ANSWERS and data.draw(st.booleans()):
            number = ANSWERS[cell.id].number
            cell.source = f"def g():\n    return {data.draw(words)!r}"
            if not ANSWERS[cell.id].asks_for_code:
                cell.source = f'check.question("{number}", {data.draw(letters)!r})'
            written[number] = cell.source
    kept = [one for one in notebook.cells if one.id in ANSWERS or data.draw(st.booleans())]
    kept += data.draw(st.lists(others, max_size=5))
    order = data.draw(st.permutations(range(len(kept))))
    notebook.cells = [kept[place] for place in order]
    if data.draw(st.booleans()):  # as editors that know no ids, or that throw metadata away, do
        for cell in notebook.cells:
            cell.id = nbformat.corpus.words.generate_corpus_id()
    elif data.draw(st.booleans()):
        for cell in notebook.cells:
            cell.metadata = nbformat.from_dict({})
    taken = answers_of(LESSON, parse(nbformat.writes(notebook)))
    assert set(taken.answers) == {exercise.number for exercise in LESSON.exercises}
    for number, answer in taken.answers.items():
        assert answer.attempted == (number in written)
        if number in written:
            assert answer.source == written[number]
            assert not answer.error
            assert not answer.findings
