"""Curves of the page of results, drawn as SVG in the colours of the page."""

import math
from collections.abc import Mapping, Sequence
from itertools import count, takewhile

LEFT, TOP, BOTTOM = 64.0, 18.0, 216.0  # of the axes, in units of the plot
RIGHT = {False: 424.0, True: 330.0}  # with the names of the curves below them, or beside them
WIDTH, HEIGHT = 440, 260
LINE = 17.0  # between two names
STYLES = (
    'class="curve" style="stroke-width:2.5"',
    'class="axis" style="stroke-width:2.5" stroke-dasharray="6 4"',
    'class="curve" style="stroke-width:2.5" stroke-dasharray="2 4"',
    'class="axis" style="stroke-width:2"',
)

Points = Sequence[tuple[float, float]]


def plot(
    curves: Mapping[str, Points],
    title: str,
    text: str,
    x_label: str,
    caption: str,
    log_x: bool = False,
) -> str:
    """Draw curves of positive values on a logarithmic scale.

    Args:
        curves: Points (x, y) of each, by name, in ascending x; at most four.
        title: What is drawn, in a few words.
        text: The same for those who cannot see it, with the numbers that matter.
        x_label: What stands below the axis.
        caption: What stands below the figure.
        log_x: Whether the scale of x is logarithmic, too; then its ticks are the points, and the
            names stand at the right ends of the curves.

    Returns:
        A figure in HTML.
    """
    xs = sorted({x for points in curves.values() for x, _ in points})
    ys = [y for points in curves.values() for _, y in points]
    low, high = math.log10(min(ys) / 1.6), math.log10(max(ys) * 1.25)
    right = RIGHT[log_x]

    def across(x: float) -> float:
        part = math.log(x / xs[0]) / math.log(xs[-1] / xs[0]) if log_x else x / xs[-1]
        return LEFT + (right - LEFT) * part

    def up(y: float) -> float:
        return BOTTOM + (TOP - BOTTOM) * (math.log10(y) - low) / (high - low)

    paths, labels = [], []
    for style, points in zip(STYLES, curves.values(), strict=False):
        line = "L".join(f"{across(x):.1f} {up(y):.1f}" for x, y in points)
        paths.append(f'<path {style} d="M{line}"/>')
    if log_x:
        ends = {name: up(points[-1][1]) for name, points in curves.items()}
        for name, height in apart(ends).items():
            labels.append(f'<text x="{right + 8:.0f}" y="{height + 5:.0f}">{name}</text>')
    else:
        for name, points in curves.items():
            x, y = across(points[-1][0]), up(points[-1][1])
            labels.append(f'<text x="{x:.0f}" y="{y + 20:.0f}" text-anchor="end">{name}</text>')
    for step in steps(low, high):
        paths.append(f'<path class="tick" d="M{LEFT - 5:.0f} {up(step):.1f}h5"/>')
        shown = f'<text x="{LEFT - 9:.0f}" y="{up(step) + 5:.0f}" text-anchor="end">{step:g}</text>'
        labels.append(shown)
    for x in xs if log_x else round_steps(xs[-1]):
        paths.append(f'<path class="tick" d="M{across(x):.1f} {BOTTOM:.0f}v5"/>')
        labels.append(
            f'<text x="{across(x):.0f}" y="{BOTTOM + 20:.0f}" text-anchor="middle">{x:,g}</text>'
        )
    name = title.lower().replace(" ", "-")
    kind = "plot plot-wide" if log_x else "plot"
    return "\n".join(
        [
            "<figure>",
            f'<svg class="{kind}" viewBox="0 0 {WIDTH + 130 * log_x} {HEIGHT}" role="img" '
            f'style="max-width:min(100%,{28 + 8 * log_x}rem)" '
            f'aria-labelledby="{name}-title {name}-text">',
            f'<title id="{name}-title">{title}</title>',
            f'<desc id="{name}-text">{text}</desc>',
            f'<path class="axis" d="M{LEFT:.0f} {TOP:.0f}V{BOTTOM:.0f}H{right:.0f}"/>',
            *paths,
            *labels,
            f'<text x="{(LEFT + right) / 2:.0f}" y="{BOTTOM + 40:.0f}" text-anchor="middle">'
            f"{x_label}</text>",
            "</svg>",
            f"<figcaption>{caption}</figcaption>",
            "</figure>",
        ]
    )


def round_steps(high: float) -> list[float]:
    """Choose three to seven round ticks from 0 to a value: multiples of 1, 2 or 5."""
    decade = 10.0 ** math.floor(math.log10(high))
    step = next(one * decade for one in (0.2, 0.5, 1, 2) if high / (one * decade) < 7)
    return [k * step for k in range(math.floor(high / step * (1 + 1e-9)) + 1)]


def steps(low: float, high: float) -> list[float]:
    """Choose ticks: 1, 2 and 5 of each decade, or powers of ten alone where there are many.

    Args:
        low: Logarithm of the lowest value.
        high: Logarithm of the highest.

    Returns:
        The values, ascending.
    """
    factors = (1, 2, 5) if high - low < 2 else (1,)
    decades = takewhile(lambda k: k <= high, count(math.floor(low)))
    found = [float(f"{m}e{k}") for k in decades for m in factors]
    return [value for value in found if low <= math.log10(value) <= high]


def apart(heights: dict[str, float]) -> dict[str, float]:
    """Move names up until they do not touch, the lowest first.

    Args:
        heights: Where each would stand; down is greater.

    Returns:
        Where each stands.
    """
    moved: dict[str, float] = {}
    above = math.inf
    for name, height in sorted(heights.items(), key=lambda item: -item[1]):
        above = moved[name] = min(height, above - LINE)
    return moved
