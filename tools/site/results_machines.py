"""Where each benchmark ran, and with what."""

from measured import Measured
from results_tables import table

TRAINING = ("keras", "numpy", "scikit-learn", "tensorflow")
PREDICTING = ("keras", "numpy")
MACHINES = {  # each part that has a machine of its own, and the packages that matter there
    ("training", "ours"): TRAINING,
    ("training", "pca"): TRAINING,
    ("training", "published"): TRAINING,
    ("leak",): TRAINING,
    ("evolution",): ("keras", "numpy", "tensorflow"),
    ("strain_energy", "energy"): PREDICTING,
    ("strain_energy", "times"): PREDICTING,
    ("design", "free"): PREDICTING,
    ("design", "near"): PREDICTING,
    ("strength",): PREDICTING,
    ("beyond",): PREDICTING,
    ("samples",): PREDICTING,
    ("identification",): (),
    ("suite",): PREDICTING,
    ("explorer",): ("numpy",),
    ("hyperelasticity",): ("numpy", "scikit-fem", "scipy"),
    ("plasticity",): ("numpy", "scikit-fem", "scipy"),
    ("simulation",): ("numba", "numpy", "py-pde", "scipy"),
    ("dataset",): ("numpy",),
    ("cluster",): ("distributed", "jax", "keras"),
    ("scaling",): (*TRAINING, "scikit-fem", "scipy"),
}


def machines(results: Measured) -> str:
    """Processor, cores and versions of each part."""
    rows = []
    for place, packages in MACHINES.items():
        found = results
        for name in (*place, "machine"):
            found = found[name]
        versions = (f"{name} {found[name]}" for name in sorted(("python", *packages)))
        cores = f"{found['cpu']}, {found['threads_used']} of {found['cores']} cores"
        rows.append([", ".join(place), cores, ", ".join(versions)])
    return table(["Benchmark", "Processor", "Versions"], rows).replace("--:", "---")
