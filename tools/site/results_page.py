"""Fill the page of results from benchmarks/results.json: every number on it was measured."""

import re
from collections.abc import Callable
from typing import Any

import results_costs
import results_energy
import results_evolution
import results_explorer
import results_machines
import results_pretrained
import results_samples
import results_suite
import results_summary
import results_training
from measured import Measured, NotMeasuredError, load
from mkdocs.exceptions import PluginError

MARKER = re.compile(r"<!-- results: ([\w-]+) -->")
SECTIONS: dict[str, Callable[[Measured], str]] = {
    "summary": results_summary.summary,
    "training": results_training.training,
    "curves": results_training.curves,
    "leak": results_training.leak,
    "pca": results_training.pca,
    "dimensions": results_training.dimensions,
    "pretrained": results_pretrained.pretrained,
    "aims": results_pretrained.aims,
    "samples": results_pretrained.samples,
    "flow": results_samples.flow,
    "forward": results_evolution.forward,
    "rollout": results_evolution.rollout,
    "backward": results_evolution.backward,
    "every-case": results_evolution.every_case,
    "prediction-times": results_evolution.prediction_times,
    "identification": results_suite.identification,
    "suite": results_suite.suite,
    "explorer": results_explorer.explorer,
    "strain-energy": results_energy.strain_energy,
    "designs": results_energy.designs,
    "strength": results_energy.strength,
    "strong-designs": results_energy.strong_designs,
    "beyond": results_energy.beyond,
    "hyperelasticity": results_costs.hyperelasticity,
    "plasticity": results_costs.plasticity,
    "simulation": results_costs.simulation,
    "dataset": results_costs.dataset,
    "cluster": results_costs.cluster,
    "growth": results_costs.growth,
    "machines": results_machines.machines,
}


def fill(markdown: str, results: dict[str, Any] | None = None) -> str:
    """Replace each marker by what was measured.

    Args:
        markdown: Text with markers such as `<!-- results: leak -->`.
        results: What `measured.load` returns, which is taken if not given.

    Returns:
        The text without markers.

    Raises:
        PluginError: If a marker has an unknown name, or what was measured lacks a number.
    """
    found = Measured(load() if results is None else results)

    def section(match: re.Match[str]) -> str:
        name = match[1]
        if name not in SECTIONS:
            raise PluginError(f"results: no section {name!r}; there are {', '.join(SECTIONS)}")
        try:
            return SECTIONS[name](found)
        except NotMeasuredError as error:
            raise PluginError(f"results: the section {name!r} lacks {error}") from error

    return MARKER.sub(section, markdown)
