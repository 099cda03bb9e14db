"""Results of prediction in time: the future, several steps, the past, and what it costs."""

from measured import Measured
from results_tables import table

METHODS = {"flow": "flow", "vae": "conditional VAE"}
BASELINES = {"persistence": "nothing changes", "nearest": "nearest neighbour"}
ERRORS = ("single", "best", "mean")
DESCRIPTORS = ("volume_fraction", "domain_size", "perimeter")
AGREEMENTS = ("median of samples", "best of samples", "persistence", "truth")
TIMED = ("forward", "backward, a sample", "simulation")


def forward(results: Measured) -> str:
    """Errors of predicted futures beside the two baselines."""
    entry = results["evolution"]["forward"]
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


def rollout(results: Measured) -> str:
    """Descriptors after several steps, each from the prediction before."""
    rows = [
        [
            f"{step['ratio']:.3g}",
            f"{step['accuracy']:.1%}",
            f"{step['drift of the volume fraction']:.4f}",
            f"{step['error of the domain size']:.1%}",
            f"{step['error of the mean domain size']:.1%}",
        ]
        for step in results["evolution"]["rollout"]["steps"]
    ]
    head = ["t_new / t", "Accuracy", "Volume-fraction drift"]
    return table([*head, "Domain size, each", "Domain size, mean"], rows)


def backward(results: Measured) -> str:
    """Errors of drawn pasts, and how they fare when physics carries them on."""
    entry = results["evolution"]["backward"]
    errors, judged, intervals = [], [], []
    for row in entry["factors"]:
        factor = f"1/{1 / row['factor']:.3g}"
        for key, name in METHODS.items():
            found = row[key]
            errors.append([f"{factor}, {name}", *(f"{found[n]:.4f}" for n in ERRORS)])
            again = found["resimulated"]
            judged.append([f"{factor}, {name}", *(f"{again[n]:.1%}" for n in AGREEMENTS)])
            shares = [f"{found['covered'][n]['coverage']:.0%}" for n in DESCRIPTORS]
            intervals.append([f"{factor}, {name}", *shares])
        for key, name in BASELINES.items():
            errors.append([f"{factor}, {name}", f"{row[key]['mse']:.4f}", "", ""])
    kinds = ["Median sample", "Best sample", "Present itself", "True past"]
    return "\n\n".join(
        [
            f"Mean squared error of {entry['samples']} samples of the past:",
            table(["t_new / t", "One", "Best", "Mean of all"], errors),
            "Pixels that agree with the known present, once physics has carried a past there:",
            table(["t_new / t", *kinds], judged),
            "How often the 80 % interval of the samples holds the true value:",
            table(["t_new / t", "Volume fraction", "Domain size", "Perimeter"], intervals),
        ]
    )


def every_case(results: Measured) -> str:
    """The models of all cases, case by case: forward errors, and coverage of the pasts."""
    entry = results["evolution"]["cases"]
    ahead, behind = [], []
    for case in ("case 1", "case 2", "case 3"):
        rows = entry[case]["forward"]
        factors = [row["factor"] for row in rows]  # the same in every case
        found = [f"{row['ratio']:.2f}, {row['accuracy']:.1%}" for row in rows]
        ahead.append([case.capitalize(), *found])
        for row in entry[case]["backward"]:
            shares = [f"{row['covered'][n]['coverage']:.0%}" for n in DESCRIPTORS]
            behind.append([f"{case.capitalize()}, 1/{1 / row['factor']:.3g}", *shares])
    return "\n\n".join(
        [
            "Error over that of “nothing changes”, and accuracy, for each ratio of times:",
            table(["", *(f"× {factor:g}" for factor in factors)], ahead),
            "How often the 80 % interval of the pasts holds the true value:",
            table(["", "Volume fraction", "Domain size", "Perimeter"], behind),
        ]
    )


def prediction_times(results: Measured) -> str:
    """Time of a prediction beside that of a simulation."""
    entry = results["evolution"]["times"]
    rows = [
        [name, *(f"{1000 * entry[name][how]:.1f} ms" for how in ("single", "batch"))]
        for name in TIMED
    ]
    ratios = (entry[f"simulation / forward, {how}"] for how in ("single", "batch"))
    words = "A forward prediction is {:.1f} times as fast as a simulation, in a batch {:.0f} times."
    return f"{table(['', 'One image', 'Each of many'], rows)}\n\n{words.format(*ratios)}"
