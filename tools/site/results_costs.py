"""Results of cost: solvers, the real dataset, a second process, and how cost grows."""

from measured import Measured
from results_plots import plot
from results_tables import duration, table

SOLVES = {
    "seven_levels_ones_soft": "all seven displacements, phase 1 soft",
    "seven_levels_ones_stiff": "all seven displacements, phase 1 stiff",
    "last_level_only_ones_soft": "d = 0.5 alone, phase 1 soft",
    "last_level_only_ones_stiff": "d = 0.5 alone, phase 1 stiff",
}
SOLVERS = {
    "py-pde": "py-pde, 128 × 128",
    "ours 128x128": "this course, 128 × 128",
    "ours 64x64": "this course, 64 × 64",
}
CASES = ("1", "2", "3")
FINER = ("128", "256")
BATCHES = ("batch of 64", "batch of 256")
GROWTH = {  # title, name of the axis, and curves
    "side": (
        "Cost against the side of the pictures",
        "pixels along a side",
        (
            "decoding, an image",
            "finite elements, a pattern",
            "simulation to t = 0.001",
            "training, a batch of 64",
        ),
    ),
    "code": (
        "Cost against the length of the code",
        "numbers in a code",
        ("training, a batch of 64",),
    ),
    "images": (
        "Cost against the number of images",
        "images",
        (
            "PCA, 64 components",
            "reading a file",
            "training, an epoch",
            "training, tuned by tf.data",
        ),
    ),
}


def hyperelasticity(results: Measured) -> str:
    """Speed of the finite elements."""
    entry = results["hyperelasticity"]
    rows = [
        [
            name,
            f"{entry[key]['patterns_per_second']:.1f}",
            f"{entry[key]['median_seconds']:.2f} s",
            f"{entry[key]['slowest_seconds']:.2f} s",
        ]
        for key, name in SOLVES.items()
    ]
    head = ["", "Patterns a second", "Median", "Slowest"]
    return f"{entry['what'].capitalize()}:\n\n{table(head, rows)}"


def plasticity(results: Measured) -> str:
    """Seconds of a curve, and how far finer elements are from it."""
    entry = results["plasticity"]
    times = entry["times"]
    rows = [
        [f"Case {case}", *(f"{100 * entry['meshes'][case][side]:.1f} %" for side in FINER)]
        for case in CASES
    ]
    head = ["", *(f"{side} × {side} elements" for side in FINER)]
    return (
        f"A curve of twenty strains takes {times['median_seconds']:.1f} s on one core (median of "
        f"{times['patterns']} patterns of all cases; slowest {times['slowest_seconds']:.1f} s). "
        "The largest difference of stress between one element a pixel and finer ones, for a "
        f"pattern of each case:\n\n{table(head, rows)}"
    )


def simulation(results: Measured) -> str:
    """Speed and error of the phase-field solver, beside py-pde."""
    entry = results["simulation"]
    rows = []
    for key in ("later", "whole"):
        run = entry["against_py_pde"][key]
        for name, label in SOLVERS.items():
            found = run[name]
            ratio = "" if name == "py-pde" else f"{found['ratio']:.0f} times"
            cells = [f"{found['seconds']:.2f} s", ratio, f"{100 * found['error']:.1f} %"]
            rows.append([label, f"{run['end_time']:g}", *cells])
    whole = entry["trajectories"]["mean_seconds"]
    peer = entry["against_py_pde"]["whole"]["py-pde"]["solver"]
    return (
        f"A whole simulation of Case 1 on 128 × 128 cells takes {whole:.1f} seconds on one core. "
        f"Beside py-pde, with the fastest of its solvers that were tried ({peer}):\n\n"
        f"{table(['Solver', 'Up to t', 'Time', 'Faster', 'Error'], rows)}"
    )


def dataset(results: Measured) -> str:
    """Time and memory of reading the real dataset at its true size."""
    rows = []
    for case in CASES:
        found = results["dataset"]["cases"][case]
        patterns, seconds = found["patterns"], found["first read, seconds"]
        rows.append(
            [
                f"Case {case}",
                f"{patterns:,}",
                f"{seconds:.1f} s",
                f"{patterns / seconds:,.0f}",
                f"{found['first read, peak MiB']:,} MiB",
                f"{found['later read, seconds']:.2f} s",
            ]
        )
    head = ["", "Patterns", "First read", "Rows a second", "Memory", "Later reads"]
    return table(head, rows)


def cluster(results: Measured) -> str:
    """What a second process brings."""
    entry = results["cluster"]
    rows, side_by_side = [], []
    for batch in BATCHES:
        found = entry["training"][batch]
        both = (found["1"], found["2"])
        epochs = [f"{each['seconds an epoch']:.1f} s an epoch" for each in both]
        rows.append([f"training, {batch}", *epochs, f"{found['ratio']:.2f} times"])
        for label, epoch in (("first", 0), ("last", -1)):
            losses = [f"{each['losses'][epoch]:.3f}" for each in both]
            side_by_side.append([f"training, {batch}, {label} epoch", *losses])
        errors = [f"{each['held-out squared error']:.5f}" for each in both]
        side_by_side.append([f"training, {batch}, held-out error", *errors])
    found = entry["simulating"]
    name = f"{found['simulations']} simulations with energies"
    rows.append([name, f"{found['1']:.1f} s", f"{found['2']:.1f} s", f"{found['ratio']:.2f} times"])
    head = ["One core a process", "One process", "Two processes"]
    return (
        f"{table([*head, 'Faster'], rows)}\n\nThe loss (nats an image) and the held-out error of "
        f"the same trainings, side by side:\n\n{table(['', *head[1:]], side_by_side)}"
    )


def growth(results: Measured) -> str:
    """Curves of cost, and the powers that they follow."""
    entry = results["scaling"]
    parts = []
    for what, (title, label, names) in GROWTH.items():
        costs, powers = entry["seconds"][what], entry["exponents"][what]
        curves = {name: costs[name] for name in names}
        shown = {
            name: [f"{duration(seconds)} at {size:,}" for size, seconds in (points[0], points[-1])]
            for name, points in curves.items()
        }
        words = "; ".join(f"{name}: {first}, {last}" for name, (first, last) in shown.items())
        caption = f"{title}, in seconds; both scales are logarithmic."
        parts.append(plot(curves, title, f"{words}.", label, caption, log_x=True))
        rows = [[name, *both, f"{powers[name]:.1f}"] for name, both in shown.items()]
        parts.append(table(["", "Smallest", "Largest", "Power"], rows))
    return "\n\n".join(parts)
