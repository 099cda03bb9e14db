"""What was measured: numbers by name, which say by their whole name which of them are missing."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results.json"
CARDS = ROOT / "vae_course" / "vae" / "pretrained"

Place = tuple[str | int, ...]


class NotMeasuredError(Exception):
    """Something is asked for that is not there."""


class Measured:
    """Numbers by name, and by name again within them.

    Args:
        found: Numbers, lists of them, and mappings, as JSON has them.
        place: Names and indices that lead here.
        taken: Where it is noted which numbers were asked for.
    """

    def __init__(
        self, found: Mapping[str, Any], place: Place = (), taken: set[Place] | None = None
    ) -> None:
        self.found, self.place = found, place
        self.taken = set() if taken is None else taken

    def __getitem__(self, name: str) -> Any:
        """What has this name.

        Raises:
            NotMeasuredError: If nothing has.
        """
        place = (*self.place, name)
        if name not in self.found:
            there = f"{dotted(self.place)} has" if self.place else "there are"
            raise NotMeasuredError(f"{dotted(place)}; {there} {', '.join(self.found)}")
        return self._within(self.found[name], place)

    def __iter__(self) -> Iterator[str]:
        """All names."""
        return iter(self.found)

    def _within(self, value: Any, place: Place) -> Any:
        if isinstance(value, dict):
            return Measured(value, place, self.taken)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return [self._within(one, (*place, k)) for k, one in enumerate(value)]
        self.taken.add(place)
        return value


def dotted(place: Place) -> str:
    """Write a place as `training.ours.runs[0].seed`."""
    return "".join(f"[{k}]" if isinstance(k, int) else f".{k}" for k in place).removeprefix(".")


def load() -> dict[str, Any]:
    """Read results.json, and under "pretrained" the model cards by name."""
    cards = {path.stem: json.loads(path.read_text("utf-8")) for path in CARDS.glob("*.json")}
    cards.pop("manifest", None)
    return {**json.loads(RESULTS.read_text("utf-8")), "pretrained": dict(sorted(cards.items()))}
