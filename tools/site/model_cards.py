"""The page of model cards, written from the cards that come with the models."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[2] / "vae_course"
MARKER = "<!-- the model cards -->"
ROLES = {
    "forward": "forward dynamics of codes",
    "past": "flow from noise to codes of the past",
    "conditional_vae": "conditional VAE of the past, for comparison",
    "flow": "flow from noise to codes, of a wanted age, volume fraction or energy",
}
COMMON = ", 64 × 64 pixels, Bernoulli likelihood"  # to all VAEs
PLACES = {
    "forward": "forward",
    "past": "backward",
    "conditional_vae": "backward",
    "flow": "from-a-flow",
}
"""Where the page of results shows what a model of evolution is worth."""

LONG = 12  # entries of a list that is left to the whole card
Card = dict[str, Any]


def fill(markdown: str) -> str:
    """Put the cards where the page asks for them."""
    return markdown.replace(MARKER, "\n".join(page())) if MARKER in markdown else markdown


def cards() -> Iterator[tuple[str, Card, int]]:
    """Name, card and size in bytes of every model, those of pictures first."""
    for folder in (PACKAGE / "vae" / "pretrained", PACKAGE / "latent" / "pretrained"):
        for path in sorted(folder.glob("*.json")):
            if path.name != "manifest.json":
                card = json.loads(path.read_text(encoding="utf-8"))
                yield path.stem, card, path.with_suffix(".keras").stat().st_size


def page() -> Iterator[str]:
    """Lines of the page: a table of all models, then each with its whole card."""
    found = list(cards())
    yield "| Model | What it is | Trained on | How far off | File |"
    yield "|---|---|---|---|--:|"
    for name, card, size in found:
        kind = what(card).replace(COMMON, "")
        cells = (kind, trained_on(card), score(card), f"{size / 1e6:.1f}&nbsp;MB")
        yield f"| [`{name}`](#{name}) | {' | '.join(cells)} |"
    for name, card, _ in found:
        yield f"\n## {name} {{ #{name} }}\n"
        yield f"{what(card)[0].upper()}{what(card)[1:]}.\n"
        if limits := card.get("use and limits"):
            yield f"**Use and limits.** {limits}\n"
        yield f"**Made by** `{card['command']}`\n"
        for part in ("data", "split", "training"):
            if part in card:
                yield f"- **{part.capitalize()}**: {listed(card[part])}"
        for title, numbers in measured(card):
            yield f"- **Measured, {title}**: {listed(numbers)}"
        whole = json.dumps(card, indent=2, ensure_ascii=False)
        yield '\n??? abstract "The whole card"\n\n    ```json'
        yield from (f"    {line}" for line in whole.splitlines())
        yield "    ```\n"


def what(card: Card) -> str:
    """One line on what the model is."""
    model = card["model"]
    text = ROLES.get(model["what"], model["what"]).replace("bernoulli", "Bernoulli")
    return f"{text}, {model['weights']:,} weights" if "weights" in model else str(text)


def trained_on(card: Card) -> str:
    """How many patterns it has learned from, and of how many simulations."""
    data = card["data"]
    patterns = f"{data['images']:,} patterns"
    return f"{patterns}, {data['simulations']:,} simulations" if "simulations" in data else patterns


def score(card: Card) -> str:
    """The number that says most: how far it is off where it was not trained."""
    found = card.get("measured", {})
    if "fresh" in found:
        return f"squared error {written(found['fresh']['all frames']['squared_error'])}"
    for unseen in ("held-out simulations", "flow-stress, unseen, case 1"):
        if unseen not in found:
            continue
        energy = found[unseen]
        return f"R² {energy['r2']:.4f}, error {written(energy['mean absolute error'])}"
    return f"[results](results.md#{PLACES[card['model']['what']]})"


def measured(card: Card) -> Iterator[tuple[str, Card]]:
    """What the card holds of errors on simulations that were not trained on."""
    for name, numbers in card.get("measured", {}).items():
        nested = {key: one for key, one in numbers.items() if isinstance(one, dict)}
        plain = {key: one for key, one in numbers.items() if not isinstance(one, dict)}
        if any(isinstance(one, float) for one in plain.values()):
            yield name, plain
        for key, one in nested.items():
            if any(isinstance(value, float) for value in one.values()):
                yield f"{name}, {key}", one


def listed(numbers: Card) -> str:
    """Write names and values in one line."""
    return "; ".join(
        f"{name.replace('_', ' ')} {written(value)}"
        for name, value in numbers.items()
        if not isinstance(value, dict)
        and not (isinstance(value, list) and len(value) > LONG)
        and "sha256" not in name
    )


def written(value: Any) -> str:
    """Write a value as one reads it: numbers with four digits, commands as code."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, list):
        return ", ".join(written(one) for one in value)
    return f"`{value}`" if "--" in str(value) else str(value)
