"""Results of the strain energy: predicted from a structure, and designed for."""

from measured import Measured
from results_tables import table

BASELINES = ("two-point correlation", "volume fraction")
WAYS = (
    "as it is",
    "without trust region",
    "without trust region and refit",
    "topology optimisation",
)
STRENGTHS = ("proof-stress", "flow-stress")


def strain_energy(results: Measured) -> str:
    """Errors of predicted energies, and how fast they come."""
    entry, times = results["strain_energy"]["energy"], results["strain_energy"]["times"]
    rows = []
    for name in ("from images", "from codes"):
        covered = f"{entry[name]['coverage of the 90 % interval']:.0%}"
        rows.append([name, *scores(entry[name]), covered])
    for name in BASELINES:
        rows.append([name, *scores(entry["baselines, from the card"][name]), ""])
    head = ["", "R²", "Mean absolute error", "In the 90 % interval"]
    return (
        f"{table(head, rows)}\n\nOn the same core, a finite-element solve takes "
        f"{1000 * times['seconds a solve']:.0f} ms, a single prediction "
        f"{1000 * times['seconds a prediction, single']:.0f} ms "
        f"({times['ratio, single']:.1f} times as fast), and one in a batch of 256 "
        f"{1000 * times['seconds a prediction, in a batch of 256']:.1f} ms "
        f"({times['ratio, batch']:.0f} times)."
    )


def scores(found: Measured) -> list[str]:
    """Write how much is explained, and the error."""
    return [f"{found['r2']:.3f}", f"{found['mean absolute error']:.4f}"]


def designs(results: Measured) -> str:
    """Errors of designs by finite elements, free and near a given microstructure."""
    entry = results["design"]
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


def strength(results: Measured) -> str:
    """Errors of predicted strength, case by case, beside what simple regressions reach."""
    entry = results["strength"]["models"]
    rows = []
    for name in STRENGTHS:
        called = name.replace("-", " ")
        for case in ("case 1", "case 2", "case 3"):
            found = entry[name][case]
            covered = f"{found['coverage of the 90 % interval']:.0%}"
            rows.append([f"{called}, {case}", f"{found['images']:,}", *scores(found), covered])
        for baseline in BASELINES:
            found = entry[name]["baselines, from the card"][baseline]
            rows.append(
                [f"{called}, case 1, by {baseline}", f"{found['images']:,}", *scores(found), ""]
            )
    head = ["", "Patterns", "R²", "Mean absolute error", "In the 90 % interval"]
    return table(head, rows)


def strong_designs(results: Measured) -> str:
    """Errors of designs for strength by the solver, and a front."""
    entry, front = results["strength"]["designs"], results["strength"]["front"]
    rows = [
        [
            f"{name.replace('-', ' ')}, {entry[name]['targets']} targets",
            f"{entry[name]['error']['median']:.2%}",
            f"{entry[name]['error']['worst']:.2%}",
            f"{entry[name]['solves']:.0f}",
            f"{entry[name]['seconds']:.0f} s",
        ]
        for name in STRENGTHS
    ]
    head = ["", "Error, median", "Worst", "Solves", "Time"]
    points = front["points"]
    ends = [f"({one['strain energy']:.3f}, {one['flow stress']:.3f})" for one in points]
    return (
        f"{table(head, rows)}\n\nBoth at once, strain energy and flow stress: of "
        f"{front['designs']} designs ({front['solves']} solves) {front['on the front']} lie on the "
        f"front: no other one has more of both. Of these {front['of them beaten by data']} are "
        f"beaten by one of the {front['patterns of the data']:,} patterns of Case 1. The front, "
        f"from the softest to the stiffest: {', '.join(ends)}."
    )


def beyond(results: Measured) -> str:
    """Designs for more than the data have, solve by solve, beside topology optimisation."""
    entry = results["beyond"]
    _, few, many = entry["solves after the first four"]
    rows = []
    for name in ("strain-energy", "flow-stress"):
        found = entry["properties"][name]
        low, high = found["data"]
        for row in found["targets"]:
            cells = ["\u00a0→\u00a0".join(f"{100 * one:.1f}" for one in row[way]) for way in WAYS]
            what = f"{name.replace('-', ' ')} {row['target']:.2f} ({low:.2f} to {high:.2f})"
            rows.append([what, *cells, f"{row['reached by a long run']:.3f}"])
    head = [
        "Target (data)",
        "Design",
        "without trust region",
        "without both",
        "Topology optimisation",
        "80 solves of it reach",
    ]
    return (
        f"{table(head, rows)}\n\nError of the best in per cent, after 4 solves, after {few} more "
        f"and after {many} more; median of {entry['seeds']} seeds."
    )
