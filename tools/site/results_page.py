"""Fill the page of results from benchmarks/results.json: every number on it was measured."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from results_plots import plot

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results.json"
CARDS = Path(__file__).parents[2] / "vae_course" / "vae" / "pretrained"
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
MARKER = re.compile(r"<!-- results: ([\w-]+) -->")
NOT_MEASURED = "*Not measured yet.*"
NAMES = {
    "ours": "The course's VAE",
    "published": "Published architecture",
}
ERRORS = ("single", "best", "mean")
DESCRIPTORS = ("volume_fraction", "domain_size", "perimeter")
AGREEMENTS = ("median of samples", "best of samples", "persistence", "truth")
BENCHMARKS = (
    "training",
    "leak",
    "evolution",
    "strain_energy",
    "design",
    "hyperelasticity",
    "simulation",
    "dataset",
    "cluster",
    "scaling",
)
GROWTH = {
    "side": ("Cost against the side of the pictures", "pixels along a side"),
    "code": ("Cost against the length of the code", "numbers in a code"),
    "images": ("Cost against the number of images", "images"),
}

Entry = dict[str, Any]


def fill(markdown: str, results: Entry | None = None) -> str:
    """Replace each marker by what was measured, or by a sentence that it was not.

    Args:
        markdown: Text with markers such as `<!-- results: leak -->`.
        results: What `measured` returns, which is taken if not given.

    Returns:
        The text without markers.

    Raises:
        PluginError: If a marker has an unknown name, or what was measured lacks a number.
    """
    found = measured() if results is None else results

    def section(match: re.Match[str]) -> str:
        name = match[1]
        if name not in SECTIONS:
            raise PluginError(f"results: no section {name!r}; there are {', '.join(SECTIONS)}")
        try:
            return SECTIONS[name](found) or NOT_MEASURED
        except (KeyError, IndexError) as error:
            raise PluginError(f"results: {name!r} lacks {error}") from error

    return MARKER.sub(section, markdown)


def measured() -> Entry:
    """Read results.json, and under "pretrained" the model cards by name."""
    cards = {path.stem: json.loads(path.read_text("utf-8")) for path in CARDS.glob("*.json")}
    cards.pop("manifest", None)
    return {**json.loads(RESULTS.read_text("utf-8")), "pretrained": dict(sorted(cards.items()))}


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a table whose first column is text and whose others are numbers."""
    lines = [head, ["---"] + ["--:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def with_spread(value: dict[str, float], form: str) -> str:
    """Write mean ± standard deviation."""
    return f"{value['mean']:{form}} ± {value['sd']:{form}}"


def compared(results: Entry) -> Entry:
    """What was measured with both architectures in the same time, or nothing."""
    entry: Entry = results.get("training", {})
    return entry if entry.get("ratios") else {}


def trained(entry: Entry) -> dict[str, str]:
    """Names of the architectures that were measured."""
    return {key: name for key, name in NAMES.items() if key in entry}


def training(results: Entry) -> str:
    """Table of both architectures, and the ratios in a sentence."""
    if not (entry := compared(results)):
        return ""
    rows = []
    for key, name in trained(entry).items():
        part = entry[key]
        rows.append(
            [
                name,
                f"{part['parameters']:,}",
                with_spread(part["images_per_second"], ",.0f"),
                with_spread(part["mse"], ".4f"),
                with_spread(part["mse_old"], ".4f"),
                with_spread({k: 100 * v for k, v in part["accuracy_old"].items()}, ".2f") + " %",
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


def curves(results: Entry) -> str:
    """Error against time of both architectures, drawn in the colours of the page."""
    if not (entry := compared(results)):
        return ""
    names = trained(entry)
    drawn = {name: mean_curve(entry[key]["runs"]) for key, name in names.items()}
    ends = "; ".join(f"{name}: {points[-1][1]:.3g}" for name, points in drawn.items())
    return plot(
        drawn,
        "Error against time of training",
        f"Mean squared error on held-out simulations. In the end: {ends}.",
        "seconds of training",
        "Mean squared error on simulations never trained on, against time; mean over seeds. The "
        "scale of the error is logarithmic.",
    )


def mean_curve(runs: Sequence[Entry]) -> list[tuple[float, float]]:
    """Mean over seeds of time and error, look by look; seeds look at nearly the same times."""
    looks = zip(*(run["curve"] for run in runs), strict=False)
    return [
        (
            sum(point["seconds"] for point in look) / len(look),
            sum(point["mse"] for point in look) / len(look),
        )
        for look in looks
    ]


def leak(results: Entry) -> str:
    """The errors of one model on both splits, and what that means."""
    if not (entry := results.get("leak", {})):
        return ""
    rows = []
    for key in ("ours", "published"):
        name = NAMES[key]
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


def pca(results: Entry) -> str:
    """Errors of principal components."""
    if not (entry := results.get("training", {}).get("pca", {})):
        return ""
    rows = [
        [count, f"{found['mse']:.4f}", f"{found['mse_old']:.4f}", f"{found['accuracy_old']:.2%}"]
        for count, found in entry["components"].items()
    ]
    return table(["Components", "Error", "Error, t ≥ 1e-3", "Accuracy, t ≥ 1e-3"], rows)


def dimensions(results: Entry) -> str:
    """Effective dimension of the patterns by age."""
    if not (stages := results.get("training", {}).get("pca", {}).get("dimensions")):
        return ""
    head = ["From t =", *(f"{stage['from']:g}" for stage in stages)]
    row = ["Effective dimension", *(f"{stage['effective_dimension']:.0f}" for stage in stages)]
    return table(head, [row])


def hyperelasticity(results: Entry) -> str:
    """Speed of the finite elements."""
    if not (entry := results.get("hyperelasticity", {})):
        return ""
    runs = {
        "seven_levels_ones_soft": "all seven displacements, phase 1 soft",
        "seven_levels_ones_stiff": "all seven displacements, phase 1 stiff",
        "last_level_only_ones_soft": "d = 0.5 alone, phase 1 soft",
        "last_level_only_ones_stiff": "d = 0.5 alone, phase 1 stiff",
    }
    rows = [
        [
            name,
            f"{entry[key]['patterns_per_second']:.1f}",
            f"{entry[key]['median_seconds']:.2f} s",
            f"{entry[key]['slowest_seconds']:.2f} s",
        ]
        for key, name in runs.items()
    ]
    head = ["", "Patterns a second", "Median", "Slowest"]
    return f"{entry['what'].capitalize()}:\n\n{table(head, rows)}"


def simulation(results: Entry) -> str:
    """Speed and error of the phase-field solver, beside py-pde."""
    if not (entry := results.get("simulation", {})):
        return ""
    rows = []
    for key in ("later", "whole"):
        run = entry["against_py_pde"][key]
        for name in ("py-pde", "ours 128x128", "ours 64x64"):
            found = run[name]
            ratio = f"{found['ratio']:.0f} times" if "ratio" in found else ""
            label = name.replace("x", " × ").replace("ours", "this course,")
            label = "py-pde, 128 × 128" if name == "py-pde" else label
            cells = [f"{found['seconds']:.2f} s", ratio, f"{100 * found['error']:.1f} %"]
            rows.append([label, f"{run['end_time']:g}", *cells])
    whole = entry["trajectories"]["mean_seconds"]
    peer = entry["against_py_pde"]["whole"]["py-pde"]["solver"]
    return (
        f"A whole simulation of Case 1 on 128 × 128 cells takes {whole:.1f} seconds on one core. "
        f"Beside py-pde, with the fastest of its solvers that were tried ({peer}):\n\n"
        f"{table(['Solver', 'Up to t', 'Time', 'Faster', 'Error'], rows)}"
    )


def dataset(results: Entry) -> str:
    """Time and memory of reading the real dataset at its true size."""
    if not (entry := results.get("dataset", {})):
        return ""
    rows = [
        [
            f"Case {case}",
            f"{found['patterns']:,}",
            f"{found['first read, seconds']:.1f} s",
            f"{found['patterns'] / found['first read, seconds']:,.0f}",
            f"{found['first read, peak MiB']:,} MiB",
            f"{found['later read, seconds']:.2f} s",
        ]
        for case, found in sorted(entry["cases"].items())
    ]
    head = ["", "Patterns", "First read", "Rows a second", "Memory", "Later reads"]
    return table(head, rows)


def cluster(results: Entry) -> str:
    """What a second process brings."""
    if not (entry := results.get("cluster", {})):
        return ""
    trainings = dict(sorted(entry["training"].items(), key=lambda item: int(item[0].split()[-1])))
    rows = [
        [
            f"training, {batch}",
            f"{found['1']['seconds an epoch']:.1f} s an epoch",
            f"{found['2']['seconds an epoch']:.1f} s an epoch",
            f"{found['ratio']:.2f} times",
        ]
        for batch, found in trainings.items()
    ]
    found = entry["simulating"]
    name = f"{found['simulations']} simulations with energies"
    rows.append([name, f"{found['1']:.1f} s", f"{found['2']:.1f} s", f"{found['ratio']:.2f} times"])
    side_by_side = []
    for batch, found in trainings.items():
        one, two = found["1"], found["2"]
        for label, epoch in (("first", 0), ("last", -1)):
            losses = [f"{each['losses'][epoch]:.3f}" for each in (one, two)]
            side_by_side.append([f"training, {batch}, {label} epoch", *losses])
        errors = [f"{each['held-out squared error']:.5f}" for each in (one, two)]
        side_by_side.append([f"training, {batch}, held-out error", *errors])
    head = ["One core a process", "One process", "Two processes"]
    return (
        f"{table([*head, 'Faster'], rows)}\n\nThe loss (nats an image) and the held-out error of "
        f"the same trainings, side by side:\n\n{table(['', *head[1:]], side_by_side)}"
    )


def growth(results: Entry) -> str:
    """Curves of cost, and the powers that they follow."""
    if not (entry := results.get("scaling", {})):
        return ""
    parts = []
    for what, (title, label) in GROWTH.items():
        costs, powers = entry["seconds"][what], entry["exponents"][what]
        ends = {name: (points[0], points[-1]) for name, points in costs.items()}
        shown = {
            name: [f"{duration(seconds)} at {size:,}" for size, seconds in both]
            for name, both in ends.items()
        }
        words = "; ".join(f"{name}: {first}, {last}" for name, (first, last) in shown.items())
        caption = f"{title}, in seconds; both scales are logarithmic."
        parts.append(plot(costs, title, f"{words}.", label, caption, log_x=True))
        rows = [[name, *both, f"{powers[name]:.1f}"] for name, both in shown.items()]
        parts.append(table(["", "Smallest", "Largest", "Power"], rows))
    return "\n\n".join(parts)


def duration(seconds: float) -> str:
    """Write a time with two digits."""
    return f"{seconds:.2g} s" if seconds >= 0.1 else f"{1000 * seconds:.2g} ms"


def machines(results: Entry) -> str:
    """Where each benchmark ran, and with what."""
    entries: Entry = {}
    for name in BENCHMARKS:
        entry = results.get(name, {})
        parts = {key: one for key, one in entry.items() if isinstance(one, dict)}
        entries |= {name: entry}
        entries |= {f"{name}, {key}": one for key, one in parts.items()}
    rows = []
    for name, entry in entries.items():
        if "machine" not in entry:
            continue
        described = dict(entry["machine"])
        cpu, cores, threads = (described.pop(key) for key in ("cpu", "cores", "threads_used"))
        versions = ", ".join(f"{package} {version}" for package, version in described.items())
        rows.append([name, f"{cpu}, {threads} of {cores} cores", versions])
    lines = table(["Benchmark", "Processor", "Versions"], rows).replace("--:", "---")
    return lines if rows else ""


def pretrained(results: Entry) -> str:
    """Errors of the pretrained models, from their cards."""
    if not (cards := results.get("pretrained")):
        return ""
    head = ["", "Code", "Error", "Error, t ≥ 1e-3", "Accuracy, t ≥ 1e-3"]
    head += ["Volume fraction", "Two-point correlation", "Perimeter"]
    parts = []
    for test, words in TESTS.items():
        rows = []
        for name, card in cards.items():
            found = card["measured"][test]
            every, old = found["all frames"], found["t >= 1e-3"]
            rows.append(
                [
                    f"`{name}`",
                    code_of(card["training"]["latent"]),
                    f"{every['squared_error']:.4f}",
                    f"{old['squared_error']:.4f}",
                    f"{old['accuracy']:.2%}",
                    f"{old['volume_fraction']:.4f}",
                    f"{old['two_point_correlation']:.4f}",
                    f"{old['perimeter']:.2%}",
                ]
            )
        sets = ", ".join(
            f"`{name}` {card['measured'][test]['all frames']['images']:,} images of "
            f"{card['measured'][test]['simulations']} simulations"
            for name, card in cards.items()
        )
        parts.append(f"{words} ({sets}):\n\n{table(head, rows)}")
    return "\n\n".join(parts)


def aims(results: Entry) -> str:
    """What was aimed at before training, and what came out, on fresh simulations."""
    if not (cards := results.get("pretrained")):
        return ""
    rows = []
    for (name, part, number), aim in AIMS.items():
        if name not in cards:
            continue
        found = cards[name]["measured"]["fresh"][part][number]
        reached = found >= aim if number == "accuracy" else found <= aim
        words = f"`{name}`: {number.replace('_', ' ')}, {part}"
        rows.append([words, f"{aim:g}", f"{found:.4f}", "reached" if reached else "missed"])
    return table(["", "Aim", "Found", ""], rows)


def code_of(latent: int | list[int]) -> str:
    """Write the shape of a code."""
    return str(latent) if isinstance(latent, int) else " × ".join(map(str, latent))


def samples(results: Entry) -> str:
    """How samples from the prior compare with data."""
    if not (card := results.get("pretrained", {}).get("case1")):
        return ""
    found = card["measured"]["fresh"]["samples from the prior"]
    mean, data_mean = found["volume_fraction"]["mean"]
    spread, data_spread = found["volume_fraction"]["sd"]
    apart = found["two_point_correlation"]["mean_absolute_difference"]
    return (
        f"Of {found['samples']:,} samples of `case1`, the volume fraction is {mean:.3f} ± "
        f"{spread:.3f} (mean and standard deviation); of the data, {data_mean:.3f} ± "
        f"{data_spread:.3f}. The mean two-point correlations lie {apart:.3f} apart on average."
    )


def forward(results: Entry) -> str:
    """Errors of predicted futures beside the two baselines."""
    if not (entry := results.get("evolution", {}).get("forward", {})):
        return ""
    rows = [
        [
            f"{row['factor']:g}",
            f"{row['model']['mse']:.4f}",
            f"{row['model']['accuracy']:.1%}",
            f"{row['persistence']['mse']:.4f}",
            f"{row['velocity']['mse']:.4f}",
            f"{row['ratio']:.2f}",
        ]
        for row in entry["factors"]
    ]
    head = ["t_new / t", "Error", "Accuracy", "Nothing changes", "Latent velocity", "Ratio"]
    return (
        f"{table(head, rows)}\n\nThe last column is the error over that of “nothing changes”. What "
        f"the code alone costs: {entry['reconstruction']:.4f} for rebuilding the present."
    )


def rollout(results: Entry) -> str:
    """Descriptors after several steps, each from the prediction before."""
    if not (entry := results.get("evolution", {}).get("rollout", {})):
        return ""
    rows = [
        [
            f"{step['ratio']:.3g}",
            f"{step['accuracy']:.1%}",
            f"{step['drift of the volume fraction']:.4f}",
            f"{step['error of the domain size']:.1%}",
            f"{step['error of the mean domain size']:.1%}",
        ]
        for step in entry["steps"]
    ]
    head = [
        "t_new / t",
        "Accuracy",
        "Volume-fraction drift",
        "Domain size, each",
        "Domain size, mean",
    ]
    return table(head, rows)


def backward(results: Entry) -> str:
    """Errors of drawn pasts, and how they fare when physics carries them on."""
    if not (entry := results.get("evolution", {}).get("backward", {})):
        return ""
    errors, judged, intervals = [], [], []
    for row in entry["factors"]:
        factor = f"1/{1 / row['factor']:.3g}"
        for key, name in {"flow": "flow", "vae": "conditional VAE"}.items():
            found = row[key]
            errors.append([f"{factor}, {name}", *(f"{found[n]:.4f}" for n in ERRORS)])
            again = found["resimulated"]
            judged.append([f"{factor}, {name}", *(f"{again[n]:.1%}" for n in AGREEMENTS)])
            shares = [f"{found['covered'][n]['coverage']:.0%}" for n in DESCRIPTORS]
            intervals.append([f"{factor}, {name}", *shares])
        for key, name in {"persistence": "nothing changes", "nearest": "nearest neighbour"}.items():
            errors.append([f"{factor}, {name}", f"{row[key]['mse']:.4f}", "", ""])
    return "\n\n".join(
        [
            f"Mean squared error of {entry['samples']} samples of the past:",
            table(["t_new / t", "One", "Best", "Mean of all"], errors),
            "Pixels that agree with the known present, once physics has carried a past there:",
            table(
                ["t_new / t", "Median sample", "Best sample", "Present itself", "True past"], judged
            ),
            "How often the 80 % interval of the samples holds the true value:",
            table(["t_new / t", "Volume fraction", "Domain size", "Perimeter"], intervals),
        ]
    )


def prediction_times(results: Entry) -> str:
    """Time of a prediction beside that of a simulation."""
    if not (entry := results.get("evolution", {}).get("times", {})):
        return ""
    names = ("forward", "backward, a sample", "simulation")
    rows = [
        [name, *(f"{1000 * entry[name][how]:.1f} ms" for how in ("single", "batch"))]
        for name in names
    ]
    ratios = (entry[f"simulation / forward, {how}"] for how in ("single", "batch"))
    words = "A forward prediction is {:.1f} times as fast as a simulation, in a batch {:.0f} times."
    return f"{table(['', 'One image', 'Each of many'], rows)}\n\n{words.format(*ratios)}"


def strain_energy(results: Entry) -> str:
    """Errors of predicted energies, and how fast they come."""
    if not (entry := results.get("strain_energy", {}).get("energy")):
        return ""
    known = entry["baselines, from the card"]
    rows = []
    for name in ("from images", "from codes"):
        found = entry[name]
        covered = f"{found['coverage of the 90 % interval']:.0%}"
        rows.append([name, f"{found['r2']:.3f}", f"{found['mean absolute error']:.4f}", covered])
    for name, found in known.items():
        rows.append([name, f"{found['r2']:.3f}", f"{found['mean absolute error']:.4f}", ""])
    head = ["", "R²", "Mean absolute error", "In the 90 % interval"]
    times = results["strain_energy"].get("times")
    words = (
        "\n\nOn the same core, a finite-element solve takes "
        f"{1000 * times['seconds a solve']:.0f} ms, a single prediction "
        f"{1000 * times['seconds a prediction, single']:.0f} ms "
        f"({times['ratio, single']:.1f} times as fast), and one in a batch of 256 "
        f"{1000 * times['seconds a prediction, in a batch of 256']:.1f} ms "
        f"({times['ratio, batch']:.0f} times)."
        if times
        else ""
    )
    return f"{table(head, rows)}{words}"


def designs(results: Entry) -> str:
    """Errors of designs by finite elements, free and near a given microstructure."""
    entry = results.get("design", {})
    if not ("free" in entry and "near" in entry):
        return ""
    rows = [
        [
            f"{label}, {entry[key][count]} targets",
            f"{entry[key]['error']['median']:.2%}",
            f"{entry[key]['error']['95th percentile']:.2%}",
            f"{entry[key]['most off in volume fraction']:.3f}",
            f"{entry[key]['seconds a design, median']:.1f} s",
        ]
        for key, label, count in (
            ("free", "New", "targets"),
            ("near", "Changed by ±15 %", "pairs of pattern and target"),
        )
    ]
    head = ["", "Error, median", "95th percentile", "Volume fraction off by at most", "Time"]
    near = entry["near"]
    return (
        f"{table(head, rows)}\n\nTo change a microstructure, "
        f"{near['pixels changed']['median']:.1%} of its pixels were turned over (median); the "
        "nearest training pattern that meets the same target differs in "
        f"{near['pixels changed, nearest neighbour']['median']:.1%}. The median of their ratio is "
        f"{near['ratio of pixels changed']['median']:.2f}."
    )


SECTIONS: dict[str, Callable[[Entry], str]] = {
    "training": training,
    "curves": curves,
    "leak": leak,
    "pca": pca,
    "dimensions": dimensions,
    "pretrained": pretrained,
    "aims": aims,
    "samples": samples,
    "forward": forward,
    "rollout": rollout,
    "backward": backward,
    "prediction-times": prediction_times,
    "strain-energy": strain_energy,
    "designs": designs,
    "hyperelasticity": hyperelasticity,
    "simulation": simulation,
    "dataset": dataset,
    "cluster": cluster,
    "growth": growth,
    "machines": machines,
}
