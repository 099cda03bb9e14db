"""Results of training: the course's VAE beside a published one and PCA, and what a leak does."""

from measured import Measured
from results_plots import plot
from results_tables import table, with_spread

NAMES = {
    "ours": "The course's VAE",
    "published": "Published architecture",
}
COMPONENTS = ("16", "64")


def training(results: Measured) -> str:
    """Table of both architectures, and the ratios in a sentence."""
    entry = results["training"]
    rows = []
    for key, name in NAMES.items():
        part = entry[key]
        rows.append(
            [
                name,
                f"{part['parameters']:,}",
                with_spread(part["images_per_second"], ",.0f"),
                with_spread(part["mse"], ".4f"),
                with_spread(part["mse_old"], ".4f"),
                with_spread(part["accuracy_old"], ".2f", 0.01) + " %",
            ]
        )
    head = ["", "Weights", "Images a second", "Error", "Error, t ≥ 1e-3", "Accuracy, t ≥ 1e-3"]
    error, speed = (entry["ratios"][name] for name in ("mse", "images_per_second"))
    seeds, seconds = len(entry["ours"]["runs"]), entry["ours"]["seconds"]
    return (
        f"Mean and standard deviation of {seeds} seeds, {seconds:g} seconds of training each:\n\n"
        f"{table(head, rows)}\n\n"
        f"The course's VAE has {error:.2f} times the error of the published architecture, "
        f"and trains on {speed:.1f} times as many images a second."
    )


def curves(results: Measured) -> str:
    """Error against time of both architectures, drawn in the colours of the page."""
    drawn = {name: mean_curve(results["training"][key]["runs"]) for key, name in NAMES.items()}
    ends = "; ".join(f"{name}: {points[-1][1]:.3g}" for name, points in drawn.items())
    return plot(
        drawn,
        "Error against time of training",
        f"Mean squared error on held-out simulations. In the end: {ends}.",
        "seconds of training",
        "Mean squared error on simulations never trained on, against time; mean over seeds. The "
        "scale of the error is logarithmic.",
    )


def mean_curve(runs: list[Measured]) -> list[tuple[float, float]]:
    """Mean over seeds of time and error, look by look; seeds look at nearly the same times."""
    looks = zip(*(run["curve"] for run in runs), strict=False)
    return [
        (
            sum(point["seconds"] for point in look) / len(look),
            sum(point["mse"] for point in look) / len(look),
        )
        for look in looks
    ]


def leak(results: Measured) -> str:
    """The errors of one model on both splits, and what that means."""
    entry = results["leak"]
    rows = []
    for key, name in NAMES.items():
        frame, simulation = (entry[key][split] for split in ("by_frame", "by_simulation"))
        tested, true = frame["test"]["mse"], simulation["test"]["mse"]
        rows.append([name, f"{tested:.4f}", f"{true:.4f}", f"{true / tested:.2f} times"])
    gap = entry["ours"]["gap"]
    verdict = (
        f"The split by frame makes the error look {100 * (1 - 1 / gap):.0f} % smaller than it is."
        if gap > 1
        else "In this run the split by frame did not make the error look smaller."
    )
    head = ["", "Tested on frames", "Tested on simulations", "Gap"]
    return (
        f"Mean squared error after {entry['seconds']:g} seconds of training:\n\n"
        f"{table(head, rows)}\n\n{verdict}"
    )


def pca(results: Measured) -> str:
    """Errors of principal components."""
    rows = []
    for count in COMPONENTS:
        found = results["training"]["pca"]["components"][count]
        errors = (f"{found['mse']:.4f}", f"{found['mse_old']:.4f}", f"{found['accuracy_old']:.2%}")
        rows.append([count, *errors])
    return table(["Components", "Error", "Error, t ≥ 1e-3", "Accuracy, t ≥ 1e-3"], rows)


def dimensions(results: Measured) -> str:
    """Effective dimension of the patterns by age."""
    stages = results["training"]["pca"]["dimensions"]
    head = ["From t =", *(f"{stage['from']:g}" for stage in stages)]
    row = ["Effective dimension", *(f"{stage['effective_dimension']:.0f}" for stage in stages)]
    return table(head, [row])
