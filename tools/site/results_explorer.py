"""Results of the Explorer: its physics beside Python's, its speed and its weight."""

from measured import Measured
from results_tables import duration, table

SOLVERS = {
    "coarsening": "Cahn–Hilliard, t → 2t, 128 × 128",
    "elements": "finite elements, W to d = 0.5, 64 × 64",
}
GALLERY = {
    "of what is shown": "of the picture that is shown",
    "of the truth": "of the simulated truth",
}


def explorer(results: Measured) -> str:
    """Both solvers in the page, its moves, what is fetched, and energies of the gallery."""
    entry = results["explorer"]
    rows = []
    for key, name in SOLVERS.items():
        found = entry[key]
        times = [duration(found[f"{which}, seconds"]) for which in ("median", "slowest")]
        off = f"{found['largest difference']:.0e}"
        rows.append([name, f"{found['patterns']}", off, *times])
    head = ["In the page", "Patterns", "Largest difference from Python", "Median", "Slowest"]
    gallery = entry["gallery"]
    errors = [
        [name, *(f"{100 * gallery[key][which]:.2f} %" for which in ("median", "largest"))]
        for key, name in GALLERY.items()
    ]
    moves, weight = entry["moves"], entry["weight"]
    return (
        f"In {entry['browser']}:\n\n{table(head, rows)}\n\n"
        f"A move of a slider is drawn after {moves['median, ms']:.0f} ms (median of "
        f"{moves['moves']}; 95 % within {moves['95 % of them, ms']:.0f} ms), and all together they "
        f"leave {max(0, moves['memory left, MB']):.1f} MB of memory behind. "
        f"{weight['before it starts, MB']:.1f} MB are fetched before the page starts, and "
        f"{weight['for time, MB']:.1f} MB more for predictions in time (compressed).\n\n"
        f"Strain energy by the networks at the {gallery['stops']} stops of the gallery, "
        "beside finite elements:\n\n"
        f"{table(['Off from finite elements', 'Median', 'Largest'], errors)}"
    )
