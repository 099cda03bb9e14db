"""What a lesson must have: found in its source before anybody reads it.

The rules are those of the syllabus: an exercise has a heading with its number, stars and name, two
hints, a cell to answer in and a check, objectives lead to exercises, links lead somewhere, and so
on. Nothing is executed, and Keras is not loaded.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from markdown.extensions.toc import slugify

from vae_course.authoring import pace
from vae_course.authoring.cells import HEADING, Cell
from vae_course.authoring.source import (
    BEGIN,
    CHECK_OUTPUT,
    CHECKS,
    MISCONCEPTIONS,
    REGION,
    Source,
    SourceError,
    build,
)

HINTS = 2
HARDEST = 3
"""Stars of the hardest exercises."""
LEAST_MISTAKES = 3
LEAST_RIGHT = 2
SECTIONS = (
    "What you will be able to do",
    "Common mistakes",
    "Summary",
    "Ask yourself",
    "Read next",
)
LONG_LINE = 24
"""A line of a solution as long as this gives it away where the lesson has it, too."""

MOST_GIVEN = 0.8
"""Part of a solution's names from which on a hint that has them costs the exercise a star."""

TO_FILL = re.compile(r"FILL IN|exercise_\d+_\d+")
"""What `vae-course new` leaves for the author: a note, and the name of a function not named yet."""

WIDEST = 78
"""Columns of code that fit beside the navigation of the website, on a screen 1280 pixels wide."""

BLOCK = re.compile(r"[-+*>#] |[-=]+$|\d+[.)] ")
"""What makes Markdown end a paragraph where a line begins with it."""

FORMULA = re.compile(r"\$\$.+?\$\$|(?<![\\$])\$[^$]+\$(?!\$)", re.DOTALL)

NAMES = re.compile(r"[A-Za-z_][\w.]*")
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
DETAILS = re.compile(r"<details>.*?</details>", re.DOTALL)


def lint(source: Source) -> list[str]:
    """Find what a lesson lacks."""
    problems = [*_frame(source), *_exercises(source), *_objectives(source)]
    problems += [*_leaks(source), *_links(source), *_pictures(source)]
    problems += [*_wide(source), *_broken_formulas(source), *pace.problems(_markdown(source))]
    problems += [*_unfolded(source)]
    return [*(f"{source.path}: {problem}" for problem in problems), *_unfilled(source)]


def _unfilled(source: Source) -> Iterator[str]:
    """Places of a skeleton that still wait for the author."""
    checks = sorted(source.checks.parent.glob("*.py"))
    for path in (source.path, *checks, source.quiz, source.misconceptions):
        for count, line in enumerate(_text(path).split("\n"), 1):
            if TO_FILL.search(line):
                yield f"{path}:{count}: to be filled in: {line.strip()}"


def _markdown(source: Source) -> list[str]:
    return [cell.source for cell in source.cells if cell.cell_type == "markdown"]


def _code(source: Source) -> list[Cell]:
    return [cell for cell in source.cells if cell.cell_type == "code"]


def _frame(source: Source) -> Iterator[str]:
    """Title, question and sections; progress at the end."""
    lines = _markdown(source)[0].splitlines() if source.cells[0].cell_type == "markdown" else [""]
    if not re.match(rf"# {source.number} · \S", lines[0]):
        yield f'the first line must be "# {source.number} · Title"; got "{lines[0]}"'
    if not any(re.fullmatch(r"\*\*.+\?\*\*", line) for line in lines):
        yield "a question in bold must stand under the title"
    headings = re.findall(r"^## (.+)$", "\n".join(_markdown(source)), re.MULTILINE)
    for section in SECTIONS:
        if not any(section in heading for heading in headings):
            yield f'there must be a section "## {section}"'
    if not _opens_with_a_picture(source):
        yield f'a picture must stand before "## {SECTIONS[0]}", with its code folded'
    last = _code(source)[-1]
    if last.source.strip() != f'check.progress("{source.number}")':
        yield f'the last cell must be check.progress("{source.number}")'
    elif CHECK_OUTPUT not in last.metadata.get("tags", []):
        yield f'the last cell must carry tags=["{CHECK_OUTPUT}"]'


def _opens_with_a_picture(source: Source) -> bool:
    for cell in source.cells:
        if f"## {SECTIONS[0]}" in cell.source:
            return False
        if "plotting.show(" in cell.source:
            return _is_folded(cell)
    return False


def _exercises(source: Source) -> Iterator[str]:
    """What belongs to an exercise: heading, hints, answer, check, and wrong answers to it."""
    headings: dict[str, tuple[int, int, str]] = {}
    for place, cell in enumerate(source.cells):
        if cell.cell_type == "markdown":
            for number, stars, name in HEADING.findall(cell.source):
                headings[number] = (place, len(stars), name)
                yield from _hints(number, cell.source)
        if BEGIN in cell.source and "exercise" not in cell.metadata:
            yield "a solution stands in a cell that belongs to no exercise"
    checks, answers = checks_of(source), listed_answers(source.misconceptions)
    for number in sorted({*checks, *_numbers(source, "exercise"), *_numbers(source, "check")}):
        if number not in headings:
            yield f'exercise {number} has no heading "### Exercise {number} ★ `name`"'
    for number, (place, stars, name) in headings.items():
        yield from _cells(source, number, place, name)
        if stars == HARDEST and _given(source, number, place) >= MOST_GIVEN:
            yield f"exercise {number}: its second hint is its answer, and that costs it a star"
        if number not in checks:
            yield f"exercise {number} has no check in {CHECKS}/lesson_{source.number}"
        elif checks[number] != (stars, name):
            yield (
                f"exercise {number} has {stars} stars and the name {name}; its check says "
                f"{checks[number][0]} and {checks[number][1]}"
            )
        wrong, right = map(len, answers.get(name, ([], [])))
        if wrong < LEAST_MISTAKES or right < LEAST_RIGHT:
            yield (
                f"exercise {number} must have {LEAST_MISTAKES} wrong and {LEAST_RIGHT} right "
                f"answers or more in {MISCONCEPTIONS}; it has {wrong} and {right}"
            )


def _cells(source: Source, number: str, heading: int, name: str) -> Iterator[str]:
    """One cell to answer in and one with the check, in this order, below the heading."""
    answer, check = _places(source, "exercise", number), _places(source, "check", number)
    if len(answer) != 1 or len(check) != 1:
        yield f"exercise {number} must have one cell to answer in and one check"
        return
    if not heading < answer[0] < check[0]:
        yield f"exercise {number}: heading, answer and check must follow in this order"
    if BEGIN not in source.cells[answer[0]].source:
        yield f"exercise {number}: its cell has no {BEGIN}"
    call, right = source.cells[check[0]].source.strip(), f"check.lesson_{source.number}.{name}"
    if re.sub(r"\s", "", call) != f"{name}={right}({name})":
        yield f'exercise {number}: its check must be "{name} = {right}({name})"; got "{call}"'


def _hints(number: str, text: str) -> Iterator[str]:
    titles = re.findall(r"<details>\s*<summary>(.+?)</summary>\n\n", text)
    wanted = [f"Hint {k}" for k in range(1, HINTS + 1)]
    if titles != wanted:
        found = ", ".join(titles) or "none"
        yield f"exercise {number} must have {' and '.join(wanted)} in <details>; found {found}"


def _given(source: Source, number: str, place: int) -> float:
    """Part of the names in a solution that the code in its second hint has, too."""
    hints = source.cells[place].source.partition("Hint 2</summary>")[2].partition("</details>")[0]
    answer = "".join(source.cells[k].source for k in _places(source, "exercise", number))
    code = "".join(match["solution"] for match in REGION.finditer(answer))
    needed = set(NAMES.findall(re.sub(r'""".*?"""|#.*', "", code)))
    given = set(NAMES.findall(" ".join(re.findall(r"`([^`\n]+)`", hints))))
    return len(needed & given) / max(1, len(needed))


def _places(source: Source, role: str, number: str) -> list[int]:
    return [k for k, cell in enumerate(source.cells) if str(cell.metadata.get(role)) == number]


def _numbers(source: Source, role: str) -> set[str]:
    return {str(cell.metadata[role]) for cell in source.cells if role in cell.metadata}


def checks_of(source: Source) -> dict[str, tuple[int, str]]:
    """Read what the decorators of a lesson's checks say.

    Raises:
        SourceError: If the checks are not Python.
    """
    found: dict[str, tuple[int, str]] = {}
    for function in _parse(source.checks).body:
        if not isinstance(function, ast.FunctionDef):
            continue
        for decorator in function.decorator_list:
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "exercise":
                words = {word.arg: word.value for word in decorator.keywords}
                number, stars = ast.literal_eval(decorator.args[0]), words["stars"]
                found[number] = (ast.literal_eval(stars), function.name)
    return found


def listed_answers(path: Path) -> dict[str, tuple[list[str], list[str]]]:
    """Read which wrong and which right answers the tests of a lesson list, without running them.

    Args:
        path: The module with the misconceptions of a lesson.

    Returns:
        The code of the wrong and of the right answers, by the name of the exercise.

    Raises:
        SourceError: If it is not Python.
    """
    found: dict[str, tuple[list[str], list[str]]] = {}
    for node in ast.walk(_parse(path)):
        if not isinstance(node, ast.Dict):
            continue
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(value, ast.Call) and ast.unparse(value.func) == "Answers":
                words = {word.arg: word.value for word in value.keywords}
                wrong = getattr(words.get("wrong"), "keys", [])
                right = getattr(words.get("right"), "elts", [])
                name = key.value if isinstance(key, ast.Constant) else ""
                found[str(name)] = (list(map(ast.unparse, wrong)), list(map(ast.unparse, right)))
    return found


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _parse(path: Path) -> ast.Module:
    try:
        return ast.parse(_text(path))
    except SyntaxError as error:
        raise SourceError(f"{path}:{error.lineno}: must be Python; {error.msg}") from None


def _objectives(source: Source) -> Iterator[str]:
    """Three to five objectives, each with its exercises, and no exercise without an objective."""
    match = re.search(
        rf"## {SECTIONS[0]}\n(.*?)(?=\n#|\Z)", "\n".join(_markdown(source)), re.DOTALL
    )
    items = re.split(r"^- ", match[1], flags=re.MULTILINE)[1:] if match else []
    numbers = set(checks_of(source))
    if not 3 <= len(items) <= 5:
        yield f"there must be 3 to 5 objectives; found {len(items)}"
    named: set[str] = set()
    for item in items:
        exercises = set(re.findall(r"\b\d+\.\d+\b", " ".join(re.findall(r"\(([^)]*)\)", item))))
        named |= exercises
        if not exercises or exercises - numbers:
            yield f'an objective must name its exercises, as "(3.1)"; got "{item.splitlines()[0]}"'
    for number in sorted(numbers - named):
        yield f"exercise {number} tests none of the objectives"


def _wide(source: Source) -> Iterator[str]:
    """Lines of code that a page or a notebook would cut."""
    for cell in _code(source):
        for line in cell.source.splitlines():
            if len(line) > WIDEST:
                yield f"a line of code has {len(line)} columns, more than {WIDEST}: {line.strip()}"


def _unfolded(source: Source) -> Iterator[str]:
    """Figures among other code: what draws them has a cell of its own, which is folded."""
    for cell in _code(source):
        if "\nplotting.show(" in f"\n{cell.source}" and not _is_folded(cell):
            line = next(one for one in cell.source.splitlines() if one.startswith("plotting.show"))
            yield (
                f'a figure must be drawn in a cell with jupyter={{"source_hidden": true}}: {line}'
            )


def _is_folded(cell: Cell) -> bool:
    return bool(cell.metadata.get("jupyter", {}).get("source_hidden"))


def _broken_formulas(source: Source) -> Iterator[str]:
    """Formulas with a line that Markdown takes for the beginning of a list or a heading."""
    for text in _markdown(source):
        for formula in FORMULA.findall(text):
            for line in formula.strip("$").splitlines()[1:]:
                if BLOCK.match(line.strip()):
                    yield f'Markdown breaks a formula at its line "{line.strip()}"'


def _leaks(source: Source) -> Iterator[str]:
    """Lines of a solution that stand somewhere in the lesson, outside of a hint."""
    lesson = build(source, "lesson")
    shown = {
        line.strip() for cell in lesson.cells for line in DETAILS.sub("", cell.source).splitlines()
    }
    for cell in source.cells:
        for match in REGION.finditer(cell.source):
            for line in match["solution"].splitlines():
                if len(line.strip()) >= LONG_LINE and line.strip() in shown:
                    number = cell.metadata.get("exercise")
                    yield f"a line of the solution of {number} stands in the lesson: {line.strip()}"


def _links(source: Source) -> Iterator[str]:
    """Links that lead nowhere, and pictures without words."""
    own = _anchors("\n".join(_markdown(source)))
    for text in _markdown(source):
        for picture, words, target in LINK.findall(text):
            if picture and not words.strip():
                yield f"the picture {target} has no alternative text"
            if target.startswith("https://"):
                continue
            name, _, anchor = target.partition("#")
            anchors = own
            if name:
                path = (source.notebook_path("lesson").parent / name).resolve()
                if path.suffix == ".ipynb":
                    path = source.path.with_name(path.name).with_suffix(".py")
                if not path.exists():
                    yield f"the link {target} leads nowhere"
                    continue
                anchors = _anchors(path.read_text(encoding="utf-8").replace("\n# ", "\n"))
            if anchor and anchor not in anchors:
                yield f"the link {target} leads to a heading that is not there"


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    given = re.findall(r"\{ *#([\w-]+)", text)
    return {slugify(re.sub(r"[`*]|\{.*\}", "", heading), "-") for heading in headings} | set(given)


def _pictures(source: Source) -> Iterator[str]:
    """Figures that are shown without words for those who cannot see them."""
    for cell in _code(source):
        for node in ast.walk(
            ast.parse(re.sub(r"^(\s*)%", r"\1#", cell.source, flags=re.MULTILINE))
        ):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "plotting.show":
                alt = node.args[1] if len(node.args) > 1 else None
                if alt is None or (isinstance(alt, ast.Constant) and len(str(alt.value)) < 20):
                    yield f"a figure is shown without words for it: {ast.unparse(node)[:60]}"
