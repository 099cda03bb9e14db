"""The second hint of every exercise, typed as it stands, passes."""

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hints import EXPLAINED, TYPED

from vae_course.authoring.cells import HEADING
from vae_course.authoring.source import read_sources
from vae_course.classroom import check

HINT = re.compile(r"<summary>Hint 2</summary>\n\n(.*?)</details>", re.DOTALL)


def hints() -> dict[str, str]:
    found = {}
    for source in read_sources(Path(__file__).parents[2]):
        for cell in source.cells:
            for part in re.split(r"^(?=#+ Exercise )", cell.source, flags=re.MULTILINE):
                if heading := HEADING.match(part):
                    found[heading[1]] = HINT.search(part)[1]
    return found


HINTS = hints()


def code_of(hint: str) -> list[str]:
    """What a hint gives to be typed: more than a name."""
    return [
        " ".join(part.split())
        for part in re.findall(r"`([^`]+)`", hint)
        if re.search(r"[(=\[]", part)
    ]


def typed_in(code: str, answer: Callable[..., Any]) -> bool:
    def bare(text: str) -> str:
        return re.sub(r"\s|,(?=\s*[)\]])", "", text)

    parts = [re.escape(bare(part)) for part in re.split("…|\\.\\.\\.", code)]
    return re.search(".*".join(parts), bare(inspect.getsource(answer))) is not None


def test_what_is_typed_is_told_from_what_is_not() -> None:
    assert code_of("`x` is `np.exp(y)`, and `z[\n0]`") == ["np.exp(y)", "z[ 0]"]
    assert typed_in("re.findall(…, hint)", code_of)
    assert not typed_in("re.findall(hint)", code_of)


def test_every_exercise_has_its_second_hint_typed() -> None:
    assert set(TYPED) == set(HINTS)


@pytest.mark.parametrize("number", TYPED)
def test_what_is_typed_is_what_the_hint_says(number: str) -> None:
    wanted = [one for one in code_of(HINTS[number]) if one not in EXPLAINED.get(number, ())]
    assert [one for one in wanted if not typed_in(one, TYPED[number])] == []


@pytest.mark.parametrize("number", TYPED)
def test_a_second_hint_typed_as_it_stands_passes(number: str) -> None:
    lesson, _, _ = number.partition(".")
    [one] = [one for one in check.exercises(lesson.zfill(2)) if one.number == number]
    outcome = one.outcome(TYPED[number])
    assert outcome.kind == "passed", outcome
