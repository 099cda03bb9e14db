"""What lessons claim is listed in claims/, with how it was verified, and nothing else is."""

import re
import tomllib
from pathlib import Path

import pytest

from vae_course.authoring.source import Source, read_sources
from vae_course.classroom import quiz

CLAIMS = Path(__file__).parent / "claims"
SOURCES = read_sources(Path(__file__).parents[2])
STRONG = re.compile(
    r"\b(never|always|cannot|impossible|only|exactly|does not depend|no other)\b", re.IGNORECASE
)
"""Words that need a proof or a number: a sentence with one of them is a claim."""

HINT = re.compile(r"<details>\s*<summary>Hint \d.*?</details>", re.DOTALL)
SENTENCE_END = re.compile(r"(?<=[.!?:;])[\"*)]*\s+|\n\s*\n|\n(?=#+ |- |\d+\. )")


def plain(text: str) -> str:
    return " ".join(text.split())


def feedback(source: Source) -> list[str]:
    asked = quiz.questions(source.number)
    return [text for one in asked for text in (one.because, *one.wrong.values())]


def sentences(source: Source) -> list[str]:
    cells = [cell.source for cell in source.cells if cell.cell_type == "markdown"]
    text = "\n\n".join([*cells, *feedback(source)])
    return [plain(part) for part in SENTENCE_END.split(HINT.sub("", text)) if plain(part)]


def claims(source: Source) -> list[dict[str, str]]:
    path = CLAIMS / f"lesson_{source.number}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))["claim"]


def covered(sentence: str, said: list[str]) -> bool:
    return any(claim in sentence or sentence in claim for claim in said)


def test_sentences_are_found_and_a_claim_covers_its_own() -> None:
    text = "Waves can. They *never* do, or so: it is true.\n\n- only one\n- two"
    parts = [plain(part) for part in SENTENCE_END.split(text)]
    assert parts == ["Waves can.", "They *never* do, or so:", "it is true.", "- only one", "- two"]
    assert [part for part in parts if STRONG.search(part)] == [parts[1], parts[3]]
    assert covered(parts[1], ["They *never* do"])
    assert not covered(parts[3], ["They *never* do"])


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.number)
def test_every_claim_stands_in_its_lesson_and_says_how_it_was_verified(source: Source) -> None:
    text = plain(" ".join([*(cell.source for cell in source.cells), *feedback(source)]))
    listed = claims(source)
    assert len(listed) >= 10
    for claim in listed:
        assert set(claim) == {"says", "verified"}
        assert plain(claim["says"]) in text, claim["says"]
        assert len(claim["verified"]) >= 10, claim["says"]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.number)
def test_a_sentence_with_a_strong_word_is_a_claim(source: Source) -> None:
    said = [plain(claim["says"]) for claim in claims(source)]
    strong = [one for one in sentences(source) if STRONG.search(one)]
    assert [one for one in strong if not covered(one, said)] == []
