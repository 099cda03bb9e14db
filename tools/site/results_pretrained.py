"""Results of the pretrained models, from their cards."""

from measured import Measured
from results_tables import table

TESTS = {
    "fresh": "On simulations made for this test, all frames of the dataset's own schedule",
    "embedded": "On the embedded set",
}
AIMS = {
    ("case1", "all frames", "squared_error"): 0.015,
    ("case1", "t >= 1e-3", "squared_error"): 0.005,
    ("case1", "t >= 1e-3", "accuracy"): 0.992,
    ("case1", "t >= 1e-3", "volume_fraction"): 0.005,
    ("case1", "t >= 1e-3", "two_point_correlation"): 0.005,
    ("case1", "t >= 1e-3", "perimeter"): 0.04,
    ("case1-latent16", "t >= 1e-3", "squared_error"): 0.03,
    ("case1-fine", "all frames", "squared_error"): 0.008,
}


def pretrained(results: Measured) -> str:
    """Errors of all models on both sets of patterns."""
    head = ["", "Code", "Error", "Error, later", "Accuracy", "φ", "S₂", "Perimeter"]
    cards = results["pretrained"]
    parts = []
    for test, words in TESTS.items():
        rows, sets = [], []
        for name in cards:
            found = cards[name]["measured"][test]
            every, old = found["all frames"], found["t >= 1e-3"]
            rows.append(
                [
                    f"`{name}`",
                    code_of(cards[name]["training"]["latent"]),
                    f"{every['squared_error']:.4f}",
                    f"{old['squared_error']:.4f}",
                    f"{old['accuracy']:.2%}",
                    f"{old['volume_fraction']:.4f}",
                    f"{old['two_point_correlation']:.4f}",
                    f"{old['perimeter']:.2%}",
                ]
            )
            counts = f"{every['images']:,} images of {found['simulations']} simulations"
            sets.append(f"`{name}` {counts}")
        parts.append(f"{words} ({', '.join(sets)}):\n\n{table(head, rows)}")
    return "\n\n".join(parts)


def aims(results: Measured) -> str:
    """What was aimed at before training, and what came out, on fresh simulations."""
    rows = []
    for (name, part, number), aim in AIMS.items():
        found = results["pretrained"][name]["measured"]["fresh"][part][number]
        reached = found >= aim if number == "accuracy" else found <= aim
        words = f"`{name}`: {number.replace('_', ' ')}, {part}"
        rows.append([words, f"{aim:g}", f"{found:.4f}", "reached" if reached else "missed"])
    return table(["", "Aim", "Found", ""], rows)


def code_of(latent: int | list[int]) -> str:
    """Write the shape of a code."""
    return str(latent) if isinstance(latent, int) else " × ".join(map(str, latent))


def samples(results: Measured) -> str:
    """How samples from the prior compare with data."""
    found = results["pretrained"]["case1"]["measured"]["fresh"]["samples from the prior"]
    mean, data_mean = found["volume_fraction"]["mean"]
    spread, data_spread = found["volume_fraction"]["sd"]
    apart = found["two_point_correlation"]["mean_absolute_difference"]
    return (
        f"Of {found['samples']:,} samples of `case1`, the volume fraction is {mean:.3f} ± "
        f"{spread:.3f} (mean and standard deviation); of the data, {data_mean:.3f} ± "
        f"{data_spread:.3f}. The mean two-point correlations lie {apart:.3f} apart on average."
    )
