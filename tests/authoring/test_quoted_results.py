"""What lessons quote from the benchmarks is what benchmarks/results.json holds."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
RESULTS: dict[str, Any] = json.loads((ROOT / "benchmarks" / "results.json").read_text("utf-8"))

FORWARD = {row["factor"]: row for row in RESULTS["evolution"]["forward"]["factors"]}
BACKWARD = {row["factor"]: row for row in RESULTS["evolution"]["backward"]["factors"]}
ROLLOUT = {row["ratio"]: row for row in RESULTS["evolution"]["rollout"]["steps"]}
LEADS = BACKWARD[0.5]["flow"]["resimulated"]
COVERED = {kind: BACKWARD[0.5][kind]["covered"]["domain_size"] for kind in ("flow", "vae")}
ENERGY, DESIGN = RESULTS["strain_energy"]["energy"], RESULTS["design"]

NUMBER = r"(\d+(?:\.\d+)?)"
QUOTED = [
    (
        6,
        f"which found {NUMBER} at",
        [1 - FORWARD[2]["model"]["mse"] / FORWARD[2]["persistence"]["mse"]],
    ),
    (
        6,
        rf"found {NUMBER} at \$r = 1.25\$ and {NUMBER} at \$r = 1.5\$",
        [1 - FORWARD[k]["model"]["mse"] / FORWARD[k]["persistence"]["mse"] for k in (1.25, 1.5)],
    ),
    (6, f"{NUMBER} % after the same decade", [100 * ROLLOUT[10]["accuracy"]]),
    (7, f"on {NUMBER} other presents", [LEADS["presents"]]),
    (
        7,
        rf"has {NUMBER} % \(median of the samples\), {NUMBER} % and {NUMBER} %",
        [100 * LEADS[name] for name in ("median of samples", "truth", "persistence")],
    ),
    (
        7,
        f"{NUMBER} % of the pixels led here by the flow, {NUMBER} % by the VAE",
        [100 * BACKWARD[0.5][kind]["resimulated"]["median of samples"] for kind in COVERED],
    ),
    (
        7,
        f"found {NUMBER} and {NUMBER} with {NUMBER} presents",
        [*(COVERED[kind]["coverage"] for kind in COVERED), BACKWARD[0.5]["images"]],
    ),
    (
        8,
        f"{NUMBER} from codes, {NUMBER} from pictures",
        [ENERGY["from codes"]["r2"], ENERGY["from images"]["r2"]],
    ),
    (
        9,
        rf"On {NUMBER} such tasks the library's own `design` changed {NUMBER} %",
        [
            DESIGN["near"]["pairs of pattern and target"],
            100 * DESIGN["near"]["pixels changed"]["median"],
        ],
    ),
    (
        9,
        f"still differs in {NUMBER} %",
        [100 * DESIGN["near"]["pixels changed, nearest neighbour"]["median"]],
    ),
    (
        9,
        rf"On {NUMBER} targets .* misses by {NUMBER} % \(median\), and by {NUMBER} %",
        [
            DESIGN["free"]["targets"],
            *(100 * DESIGN["free"]["error"][k] for k in ("median", "greatest")),
        ],
    ),
]


@pytest.mark.parametrize(("lesson", "pattern", "values"), QUOTED, ids=lambda one: str(one)[:40])
def test_a_quoted_result_is_the_measured_one(
    lesson: int, pattern: str, values: list[float]
) -> None:
    [source] = (ROOT / "solutions").glob(f"{lesson:02}_*.py")
    text = re.sub(r"\s*\n# ?", " ", source.read_text("utf-8"))
    found = re.search(pattern, text)
    assert found, f"lesson {lesson:02} no longer says this"
    for quoted, value in zip(found.groups(), values, strict=True):
        digits = len(quoted.partition(".")[2])
        assert round(value, digits) == float(quoted), (quoted, value)
