"""What the misconceptions of every lesson are written as."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Answers:
    """Answers to one exercise.

    Args:
        wrong: Wrong answers, each with a part of the message that only it must get.
        right: Right answers, written in different ways.
        blank: The class as handed out, where a class is asked for; a function is blank alike.
    """

    wrong: dict[Callable[..., Any], str] = field(default_factory=dict)
    right: list[Callable[..., Any]] = field(default_factory=list)
    blank: Callable[..., Any] | None = None
