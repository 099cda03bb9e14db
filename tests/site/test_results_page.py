"""The page of results: numbers as measured, and no page where one is missing."""

import re
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest
from mkdocs.exceptions import PluginError

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def page(script) -> ModuleType:
    return script("tools/site", "results_page")


@pytest.fixture(scope="module")
def costs(script) -> ModuleType:
    return script("tools/site", "results_costs")


@pytest.fixture(scope="module")
def evolution(script) -> ModuleType:
    return script("tools/site", "results_evolution")


@pytest.fixture(scope="module")
def machines(script) -> ModuleType:
    return script("tools/site", "results_machines")


@pytest.fixture(scope="module")
def plots(script) -> ModuleType:
    return script("tools/site", "results_plots")


def trained(mse: float, speed: float) -> dict[str, Any]:
    values = {"images_per_second": speed, "mse": mse, "mse_old": mse / 4, "accuracy_old": 0.99}
    curve = [{"seconds": part * 75.0, "mse": mse * (3 - part)} for part in (0, 1, 2)]
    return {
        "seconds": 150.0,
        "parameters": 1234567,
        "runs": [{"curve": curve}, {"curve": curve}],
        **{name: {"mean": value, "sd": 0.0} for name, value in values.items()},
    }


TRAINING = {
    "ours": trained(0.02, 1200.0),
    "published": trained(0.1, 200.0),
    "ratios": {"mse": 0.2, "mse_old": 0.2, "images_per_second": 6.0},
}
MACHINE = {"cpu": "A processor", "cores": 4, "threads_used": 2, "python": "3.11"}


def both_splits(frame: float, simulation: float) -> dict[str, Any]:
    return {
        "by_frame": {"test": {"mse": frame}},
        "by_simulation": {"test": {"mse": simulation}},
        "gap": simulation / frame,
    }


def test_what_was_not_measured_stops_the_build(page):
    for name in page.SECTIONS:
        with pytest.raises(PluginError, match=f"results: the section '{name}' lacks"):
            page.fill(f"<!-- results: {name} -->", {})


def test_the_table_of_training_has_both_architectures_and_their_ratios(page):
    text = page.fill("<!-- results: training -->", {"training": TRAINING})
    assert re.search(r"The course's VAE \| 1,234,567 \| 1,200 ± 0 \| 0.0200 ± 0.0000", text)
    assert "0.1000 ± 0.0000" in text
    assert "0.20 times the error" in text
    assert "6.0 times as many images a second" in text


@pytest.mark.parametrize("section", ["training", "curves"])
def test_one_architecture_alone_is_not_compared(page, section):
    alone = {"training": {"ours": TRAINING["ours"], "ratios": {}}}
    with pytest.raises(PluginError, match=r"lacks training\.published; training has ours, ratios"):
        page.fill(f"<!-- results: {section} -->", alone)


def lines_of(text: str) -> list[list[tuple[float, ...]]]:
    """Points of the curves in a figure."""
    figure = ElementTree.fromstring(text)
    return [
        [tuple(map(float, point.split())) for point in path.attrib["d"][1:].split("L")]
        for path in figure.iter("path")
        if "style" in path.attrib
    ]


def assert_within(plots: ModuleType, points: list[tuple[float, ...]], right: float) -> None:
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert all(plots.LEFT <= x <= right for x, _ in points)
    assert all(plots.TOP <= y <= plots.BOTTOM for _, y in points)


def test_curves_fall_from_left_to_right_within_the_picture(page, plots):
    text = page.fill("<!-- results: curves -->", {"training": TRAINING})
    lines = lines_of(text)
    assert len(lines) == len(("ours", "published"))
    for points in lines:
        assert_within(plots, points, plots.RIGHT[False])
        assert [y for _, y in points] == sorted(y for _, y in points)  # y points down


@pytest.mark.parametrize(
    ("high", "expected"),
    [
        (150.86, [0, 50, 100, 150]),
        (60.0, [0, 10, 20, 30, 40, 50, 60]),
        (9.0, [0, 2, 4, 6, 8]),
        (1.0, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
    ],
)
def test_ticks_of_time_stand_at_round_numbers(plots, high, expected):
    assert plots.round_steps(high) == pytest.approx(expected)


def test_a_power_law_is_a_straight_line_and_names_do_not_touch(plots):
    sizes = (16, 32, 64, 128)
    curves = {
        f"n^{power:.2f}": [(size, 1e-6 * size**power) for size in sizes]
        for power in (1.0, 1.01, 2.0, 4.0)
    }
    text = plots.plot(curves, "Cost", "Words.", "side", "Words.", log_x=True)
    lines = lines_of(text)
    slopes = []
    for points in lines:
        assert_within(plots, points, plots.RIGHT[True])
        rises = [(y - v) / (u - x) for (x, y), (u, v) in pairwise(points)]
        assert max(rises) - min(rises) < 0.02
        slopes.append(rises[0])
    assert slopes[3] / slopes[2] == pytest.approx(2, rel=0.01)
    names = [
        float(label.attrib["y"])
        for label in ElementTree.fromstring(text).iter("text")
        if (label.text or "").startswith("n^")
    ]
    assert len(names) == 4
    assert min(abs(a - b) for a, b in pairwise(sorted(names))) >= 16


def test_growth_is_shown_with_its_powers_and_two_processes_beside_one(page, costs):
    points = [[16, 0.5], [32, 1.0], [64, 2.0]]
    growth: dict[str, Any] = {"seconds": {}, "exponents": {}}
    for what, (_, _, names) in costs.GROWTH.items():
        growth["seconds"][what] = dict.fromkeys(names, points)
        growth["exponents"][what] = dict.fromkeys(names, 1.0)
    text = page.fill("<!-- results: growth -->", {"scaling": growth})
    assert text.count("| training, a batch of 64 | 0.5 s at 16 | 2 s at 64 | 1.0 |") == 2
    assert text.count("| 0.5 s at 16 | 2 s at 64 | 1.0 |") == 9
    run = {"seconds an epoch": 4.0, "losses": [9.0, 8.0], "held-out squared error": 0.25}
    both = {"1": run, "2": {**run, "seconds an epoch": 2.5}, "ratio": 1.6}
    entry = {
        "training": {"batch of 64": both, "batch of 256": both},
        "simulating": {"simulations": 16, "1": 8.0, "2": 4.1, "ratio": 1.95},
    }
    text = page.fill("<!-- results: cluster -->", {"cluster": entry})
    assert "| training, batch of 64 | 4.0 s an epoch | 2.5 s an epoch | 1.60 times |" in text
    assert "| 16 simulations with energies | 8.0 s | 4.1 s | 1.95 times |" in text
    assert "| training, batch of 64, last epoch | 8.000 | 8.000 |" in text


def test_the_leak_is_told_by_the_numbers_whichever_way_they_fall(page):
    entry = {"seconds": 60.0, "ours": both_splits(0.02, 0.04), "published": both_splits(0.1, 0.1)}
    text = page.fill("<!-- results: leak -->", {"leak": entry})
    assert "| 0.0200 | 0.0400 | 2.00 times |" in text
    assert "50 % smaller" in text
    entry["ours"] = both_splits(0.04, 0.02)
    text = page.fill("<!-- results: leak -->", {"leak": entry})
    assert "did not make the error look smaller" in text


def test_each_part_of_a_benchmark_names_its_machine(page, machines):
    results: dict[str, Any] = {}
    for place, packages in machines.MACHINES.items():
        part = results
        for name in place:
            part = part.setdefault(name, {})
        part["machine"] = {**MACHINE, **dict.fromkeys(packages, "1.0")}
    text = page.fill("<!-- results: machines -->", results)
    assert "| training, ours | A processor, 2 of 4 cores | keras 1.0, numpy 1.0, python" in text
    assert text.count("A processor, 2 of 4 cores") == len(machines.MACHINES)


def test_a_marker_that_no_one_knows_stops_the_build(page):
    with pytest.raises(PluginError, match="no section 'weather'"):
        page.fill("<!-- results: weather -->", {})


def test_a_number_that_is_missing_stops_the_build_and_is_named(page):
    with pytest.raises(PluginError, match=r"'simulation' lacks simulation\.against_py_pde; "):
        page.fill("<!-- results: simulation -->", {"simulation": {"machine": MACHINE}})


def measured(error: float) -> dict[str, Any]:
    descriptors = {"volume_fraction": 0.001, "two_point_correlation": 0.002, "perimeter": 0.03}
    part = {"images": 1234, "squared_error": error, "accuracy": 0.995, **descriptors}
    prior = {
        "samples": 1000,
        "volume_fraction": {"mean": [0.51, 0.5], "sd": [0.02, 0.01]},
        "two_point_correlation": {"mean_absolute_difference": 0.0123},
    }
    parts = {"all frames": part, "t >= 1e-3": {**part, "squared_error": error / 4}}
    return {**parts, "simulations": 56, "samples from the prior": prior}


def test_pretrained_models_are_listed_with_what_their_cards_say(page):
    card = {
        "training": {"latent": [4, 4, 4]},
        "measured": {"fresh": measured(0.012), "embedded": measured(0.016)},
    }
    cards = dict.fromkeys(("case1", "case1-fine", "case1-latent16"), card)
    text = page.fill("<!-- results: pretrained -->", {"pretrained": cards})
    assert "| `case1` | 4 × 4 × 4 | 0.0120 | 0.0030 | 99.50% | 0.0010 | 0.0020 | 3.00% |" in text
    assert "| `case1` | 4 × 4 × 4 | 0.0160 |" in text
    assert "1,234 images of 56 simulations" in text
    text = page.fill("<!-- results: aims -->", {"pretrained": cards})
    assert "| `case1`: squared error, all frames | 0.015 | 0.0120 | reached |" in text
    assert "| `case1`: accuracy, t >= 1e-3 | 0.992 | 0.9950 | reached |" in text
    assert text.count("reached") == 7
    assert "| `case1-fine`: squared error, all frames | 0.008 | 0.0120 | missed |" in text
    text = page.fill("<!-- results: samples -->", {"pretrained": cards})
    assert "0.510 ± 0.020" in text
    assert "0.012 apart" in text
    missed = {**card, "measured": {"fresh": measured(0.02)}}
    text = page.fill("<!-- results: aims -->", {"pretrained": {**cards, "case1": missed}})
    assert "| `case1`: squared error, all frames | 0.015 | 0.0200 | missed |" in text


def test_evolution_is_shown_beside_what_it_has_to_beat(page):
    scores = {
        name: {"mse": mse, "accuracy": 0.9}
        for name, mse in (("model", 0.02), ("persistence", 0.16), ("velocity", 0.08))
    }
    row = {"factor": 2.0, "ratio": 0.125, **scores}
    entry = {"forward": {"factors": [row], "reconstruction": 0.002}}
    text = page.fill("<!-- results: forward -->", {"evolution": entry})
    assert "| 2 | 0.0200 | 90.0% | 0.1600 | 0.0800 | 0.12 |" in text


def test_pasts_are_shown_with_errors_agreement_and_coverage(page, evolution):
    method = {
        "single": 0.09,
        "best": 0.06,
        "mean": 0.05,
        "covered": {
            "domain_size": {"coverage": 0.71},
            "perimeter": {"coverage": 0.82},
            "volume_fraction": {"coverage": 0.9},
        },
        "resimulated": dict.fromkeys(evolution.AGREEMENTS, 0.95),
    }
    others = {"persistence": {"mse": 0.1}, "nearest": {"mse": 0.3}}
    row = {"factor": 1 / 1.5, "flow": method, "vae": method, **others}
    found = {"evolution": {"backward": {"samples": 16, "factors": [row]}}}
    text = page.fill("<!-- results: backward -->", found)
    assert "| 1/1.5, flow | 0.0900 | 0.0600 | 0.0500 |" in text
    assert "| 1/1.5, nearest neighbour | 0.3000 |  |  |" in text
    assert "| t_new / t | Volume fraction | Domain size | Perimeter |" in text
    assert "| 1/1.5, conditional VAE | 90% | 71% | 82% |" in text


def test_a_prediction_is_timed_beside_a_simulation(page):
    times = {"single": 0.01, "batch": 0.001}
    slow = {"single": 0.2, "batch": 0.2}
    entry = {
        "forward": times,
        "backward, a sample": times,
        "simulation": slow,
        "simulation / forward, single": 20.0,
        "simulation / forward, batch": 200.0,
    }
    text = page.fill("<!-- results: prediction-times -->", {"evolution": {"times": entry}})
    assert "| simulation | 200.0 ms | 200.0 ms |" in text
    assert "20.0 times as fast as a simulation, in a batch 200 times" in text


def test_energies_and_designs_are_shown_with_their_errors(page):
    score = {"r2": 0.997, "mean absolute error": 0.0038, "coverage of the 90 % interval": 0.91}
    energy = {
        "from images": score,
        "from codes": score,
        "baselines, from the card": {
            "volume fraction": {"r2": 0.45, "mean absolute error": 0.05},
            "two-point correlation": {"r2": 0.66, "mean absolute error": 0.04},
        },
    }
    times = {
        "seconds a solve": 0.2,
        "seconds a prediction, single": 0.04,
        "seconds a prediction, in a batch of 256": 0.001,
        "ratio, single": 5.0,
        "ratio, batch": 200.0,
    }
    found = {"strain_energy": {"energy": energy, "times": times}}
    text = page.fill("<!-- results: strain-energy -->", found)
    assert "| from images | 0.997 | 0.0038 | 91% |" in text
    assert "| volume fraction | 0.450 | 0.0500 |  |" in text
    assert "200 ms, a single prediction 40 ms (5.0 times as fast)" in text
    error = {"median": 0.002, "95th percentile": 0.01, "greatest": 0.02}
    both = {"error": error, "most off in volume fraction": 0.013, "seconds a design, median": 4.2}
    near = {
        **both,
        "pairs of pattern and target": 40,
        "pixels changed": {"median": 0.07},
        "pixels changed, nearest neighbour": {"median": 0.3},
        "ratio of pixels changed": {"median": 0.25},
    }
    found = {"design": {"free": {**both, "targets": 50}, "near": near}}
    text = page.fill("<!-- results: designs -->", found)
    assert "| New, 50 targets | 0.20% | 1.00% | 0.013 | 4.2 s |" in text
    assert "7.0% of its pixels" in text
    assert "ratio is 0.25" in text


def test_the_page_begins_with_ten_lines_that_lead_to_their_sections(page):
    lines = page.fill("<!-- results: summary -->").splitlines()
    text = (ROOT / "docs/results.md").read_text("utf-8")
    headings = {title.lower() for title in re.findall(r"^##+ (.+)$", text, re.MULTILINE)}
    assert len(lines) == 10
    for line in lines:
        match = re.match(r"- \*\*\[(.+)\]\(#([a-z-]+)\)\*\*: .*\d.*\.$", line)
        assert match, line
        assert match[1].lower() in headings
        assert match[2] == match[1].lower().replace(",", "").replace(" ", "-")
    body = text.partition("# Results\n")[2]
    assert body.index("<!-- results: summary -->") < body.index("<figure") < body.index("\n## ")
