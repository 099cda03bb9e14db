"""The results in ten lines, for whoever reads no further."""

import re

from measured import Measured
from results_tables import duration

AGES = 2.0  # ratio of times in the lines on evolution


def summary(results: Measured) -> str:
    """The numbers that matter most, a line for each section below."""
    parts = (learned(results), moved(results), stretched(results), costs(results))
    return "\n".join(
        f"- **[{title}](#{re.sub(r'[ ,]+', '-', title.lower())})**: {text}"
        for part in parts
        for title, text in part.items()
    )


def learned(results: Measured) -> dict[str, str]:
    """What the VAEs rebuild, and what a leak hides."""
    training, cards = results["training"], results["pretrained"]
    ours, published = (training[name]["mse"]["mean"] for name in ("ours", "published"))
    pca = training["pca"]["components"]["64"]["mse"]
    known, unseen = (
        results["leak"]["ours"][split]["test"]["mse"] for split in ("by_frame", "by_simulation")
    )
    fine = cards["case1-fine"]["measured"]["fresh"]["all frames"]["squared_error"]
    seconds = f"{training['ours']['seconds']:g} seconds on two cores"
    return {
        "Training, in the same time": f"after {seconds} a VAE has an error of {ours:.3f}, a "
        f"published architecture {published:.3f}.",
        "Principal components": f"with as many numbers, {pca:.3f}.",
        "What a leak does": f"tested on frames of simulations that it knows, a model has an error "
        f"of {known:.4f}; on other simulations, of {unseen:.4f}.",
        "Pretrained models": f"the finest code rebuilds patterns with an error of {fine:.4f}.",
    }


def moved(results: Measured) -> dict[str, str]:
    """How well the future and the past are predicted."""
    ahead = at(results["evolution"]["forward"]["factors"], AGES)
    flow = at(results["evolution"]["backward"]["factors"], 1 / AGES)["flow"]
    covered = flow["covered"]["domain_size"]["coverage"]
    return {
        "Forward": f"at twice the age the error is {ahead['model']['mse']:.3f}, and "
        f"{ahead['persistence']['mse']:.3f} if one says that nothing changes.",
        "Backward": "at half the age, intervals of 80 % hold the true domain size in "
        f"{100 * covered:.0f} % of the cases.",
    }


def stretched(results: Measured) -> dict[str, str]:
    """How well energies are predicted, and designed for."""
    energy = results["strain_energy"]["energy"]
    fraction = energy["baselines, from the card"]["volume fraction"]["r2"]
    missed = results["design"]["free"]["error"]["median"]
    return {
        "From structure to energy": f"R² is {energy['from images']['r2']:.3f}; from the volume "
        f"fraction alone, {fraction:.2f}.",
        "From energy to structure": f"half of the designs miss their target by less than "
        f"{100 * missed:.2f} %, by finite elements.",
    }


def costs(results: Measured) -> dict[str, str]:
    """What it saves, and what it costs."""
    times = results["evolution"]["times"]
    single, batch = (times[f"simulation / forward, {how}"] for how in ("single", "batch"))
    whole = results["simulation"]["trajectories"]["mean_seconds"]
    return {
        "Time": f"a forward prediction is {single:.1f} times as fast as a simulation, in a batch "
        f"{batch:.0f} times.",
        "Simulation": f"a whole one takes {duration(whole)} on one core.",
    }


def at(rows: list[Measured], factor: float) -> Measured:
    """The row of one ratio of times."""
    return min(rows, key=lambda row: abs(row["factor"] - factor))
