"""How the page of results writes numbers: tables, spreads and times."""

from collections.abc import Sequence

from measured import Measured


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a table whose first column is text and whose others are numbers."""
    lines = [head, ["---"] + ["--:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def with_spread(value: Measured, form: str, unit: float = 1.0) -> str:
    """Write mean ± standard deviation, in a unit."""
    return f"{value['mean'] / unit:{form}} ± {value['sd'] / unit:{form}}"


def duration(seconds: float) -> str:
    """Write a time with two digits, or to the second."""
    if seconds >= 100:
        return f"{seconds:,.0f} s"
    return f"{seconds:.2g} s" if seconds >= 0.1 else f"{1000 * seconds:.2g} ms"
