"""How long a lesson takes: what is core and fits an hour, what goes further, and for how long each.

The minutes are an author's estimate. No class has been timed.
"""

import re
from collections.abc import Iterator, Sequence

CORE_MINUTES, CORE_WORDS = 60, 2000
AROUND = 5
"""Minutes that no section has: two for the beginning, three for the questions at the end."""

TIME = re.compile(r"\*Time: about (\d+) minutes \((\d+) for the core\)")
MARK = re.compile(r"^\*(Core|Going further), (\d+) minutes\.\*$", re.MULTILINE)
COUNTED = ("", "What you will be able to do", "Summary")
"""Parts without a number that belong to the core; the first one stands before any heading."""

_NOT_PROSE = re.compile(r"<details>.*?</details>|\$\$.*?\$\$|^```.*?^```", re.DOTALL | re.MULTILINE)
_WORD = re.compile(r"\w[\w'’-]*")


def words(text: str) -> int:
    """Count the words of a text, without hints, formulas that stand alone, and code."""
    return len(_WORD.findall(MARK.sub("", _NOT_PROSE.sub("", text))))


def parts(texts: Sequence[str]) -> list[tuple[str, str]]:
    """Cut the text of a lesson at its headings of the second rank: heading and text of each."""
    whole = re.split(r"^## (.+)$", "\n\n".join(texts), flags=re.MULTILINE)
    return list(zip(["", *whole[1::2]], whole[::2], strict=True))


def core(texts: Sequence[str]) -> tuple[int, int]:
    """Count the minutes and the words of a lesson's core."""
    minutes, count = 2, 0
    for heading, text in parts(texts):
        mark = MARK.search(text)
        if heading in COUNTED or (mark and mark[1] == "Core"):
            count += words(text)
            minutes += int(mark[2]) if mark else 0
    return minutes, count


def problems(texts: Sequence[str]) -> Iterator[str]:
    """Say where a lesson does not say how long it takes, or its core does not fit an hour."""
    total = AROUND
    for heading, text in parts(texts):
        if re.match(r"\d", heading):
            mark = MARK.match(text.lstrip("\n"))
            if mark is None:
                yield f'below "## {heading}" must stand "*Core, 10 minutes.*", or "Going further"'
            total += int(mark[2]) if mark else 0
    said = TIME.search("\n".join(texts))
    if said is None:
        yield 'the first cell must say "*Time: about 75 minutes (50 for the core)"'
        return
    minutes, count = core(texts)
    if (int(said[1]), int(said[2])) != (total, minutes):
        found = f"{total} minutes ({minutes} for the core)"
        yield f"its first cell says {said[1]} and {said[2]}; its sections make {found}"
    if minutes > CORE_MINUTES or count > CORE_WORDS:
        yield (
            f"the core must fit {CORE_MINUTES} minutes and {CORE_WORDS} words; it has {minutes} "
            f"and {count}"
        )
