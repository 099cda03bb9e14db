"""What models reach on the frozen suite, and how well constants are found from frames."""

from measured import Measured
from results_plots import plot
from results_tables import duration, table

AHEAD = ("1", "10", "30", "90")
MODELS = (
    "nothing changes",
    "latent velocity",
    "solver on a coarse grid",
    "U-Net",
    "Fourier operator",
    "ConvLSTM",
    "the course's networks",
    "identified physics",
    "physics from the network's past",
)
DRAWN = ("nothing changes", "Fourier operator", "the course's networks", "identified physics")
CONSTANTS = {"grey": ("speed", "width", "rate", "age"), "binary": ("rate", "age")}


def suite(results: Measured) -> str:
    """Forecasts of all models, and what else they can do."""
    models = results["suite"]["models"]
    parts = []
    for kind in ("grey", "binary"):
        rows = []
        for name in MODELS:
            one = models[name]
            found = one["tracks"]["forward"][kind]
            errors = [f"{found[k]['rmse / nothing changes']:.2f}" for k in AHEAD]
            last = found["90"]
            rows.append(
                [
                    name,
                    *errors,
                    f"{last['accuracy']:.1%}",
                    f"{last['ssim']:.2f}",
                    f"{last['drift']:.3f}",
                    f"{last['domain size']:.1%}",
                    f"{last['euler number']:.1f}",
                ]
            )
        head = [f"{kind.capitalize()} frames", *(f"{k} ahead" for k in AHEAD)]
        head += ["accuracy", "SSIM", "drift of φ", "domain size", "Euler number"]
        parts.append(table(head, rows))
    costs = [
        [
            name,
            duration(models[name]["seconds"]["forward"]),
            f"{models[name]['memory']['forward']:,.0f} MiB",
            "; ".join(models[name]["suspected"]["forward"]) or "nothing",
        ]
        for name in MODELS
    ]
    course = models["the course's networks"]
    curves = {
        name: [
            (float(k), models[name]["tracks"]["forward"]["grey"][k]["rmse / nothing changes"])
            for k in AHEAD
        ]
        for name in DRAWN
    }
    last = ", ".join(f"{name} {points[-1][1]:.2f}" for name, points in curves.items())
    drawn = plot(
        curves,
        "Error of forecasts from ten grey frames",
        f"Error over that of nothing changes, against frames ahead; at 90: {last}.",
        "frames ahead",
        "Grey frames: root mean square error over that of “nothing changes”.",
        log_x=True,
    )
    return (
        "Root mean square error of forecasts over that of “nothing changes”; the other columns are "
        "of 90 frames ahead.\n\n"
        + drawn
        + "\n\n"
        + "\n\n".join(parts)
        + "\n\n"
        + table(["36 series, grey and binary", "time", "memory", "suspected"], costs)
        + "\n\n"
        + _others(models, course)
    )


def _others(models: Measured, course: Measured) -> str:
    """Pasts, energies, designs and samples of the networks of the course."""
    back, same = course["tracks"]["backward"], models["nothing changes"]["tracks"]["backward"]
    energy, design = course["tracks"]["property"], course["tracks"]["design"]
    drawn = course["tracks"]["generation"]
    rows = [
        ["pasts, energy score", f"{back['energy score']:.3f}"],
        ["the present as its own past", f"{same['energy score']:.3f}"],
        ["pasts simulated on agree with the present", f"{back['agreement']['samples']:.1%}"],
        [
            "the true past, simulated on from its binary picture",
            f"{back['agreement']['truth']:.1%}",
        ],
        [
            "evenness of the true past's ranks, perimeter",
            f"p = {back['evenness of perimeter']:.2g}",
        ],
        ["the same, domain size", f"p = {back['evenness of domain size']:.2g}"],
        ["energy, R² (Case 1, 2, 3)", _cases(energy)],
        ["true energies within intervals of 90 %", f"{energy['held by intervals of 90 %']:.1%}"],
        ["designs, median error (largest)", _pair(design)],
        ["designs for one target differ in", f"{design['pixels that differ']:.1%} of the pixels"],
        ["samples told from patterns, area under the curve", f"{drawn['auc']['small']:.2f}"],
    ]
    return table(["The course's networks, otherwise", ""], rows)


def _cases(energy: Measured) -> str:
    each = ", ".join(f"{energy[f'r2, case {case}']:.3f}" for case in (1, 2, 3))
    return f"{energy['r2']:.3f} ({each})"


def _pair(design: Measured) -> str:
    return f"{design['median error']:.2%} ({design['largest error']:.1%})"


def identification(results: Measured) -> str:
    """Errors of the constants, whether intervals hold, and forecasts."""
    found = results["identification"]
    names = {
        "speed": "M b",
        "width": "λ/b",
        "rate": "coarsening rate M σ",
        "age": "age of the last frame",
    }
    rows = []
    for kind in ("grey", "binary"):
        rows += [
            [
                f"{kind} frames: {names[name]}",
                f"{found[kind][name]['median error']:.1%}",
                f"{found[kind][name]['held']:.1%}",
            ]
            for name in CONSTANTS[kind]
        ]
    forecasts = [
        [
            f"{kind} frames",
            f"{found[kind]['forecast / persistence']:.3f}",
            f"{found[kind]['forecast / persistence, 90th percentile']:.3f}",
            f"{found[kind]['said to be conserved']:.0%}",
        ]
        for kind in ("grey", "binary")
    ]
    head = [f"{found['simulations']} simulations", "median error", "intervals of 90 % that hold"]
    second = ["90 frames ahead, error / nothing changes", "median", "90th percentile"]
    return f"{table(head, rows)}\n\n{table([*second, 'found to be conserved'], forecasts)}"
