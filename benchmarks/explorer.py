"""The Explorer in Chromium, beside Python: physics, moves and weight: explorer.py [--write].

Needs the built site (`make site`), and Chromium. It takes two minutes.
"""

import argparse
import base64
import gzip
import json
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright
from results import RESULTS, machine, write_entry
from rich.console import Console
from rich.table import Table

from vae_course.commands.doctor import BROWSERS
from vae_course.data import load_embedded
from vae_course.physics.cahn_hilliard import simulate
from vae_course.physics.hyperelasticity import strain_energy
from vae_course.progress import one_bar

KEY = "explorer"
SITE = Path(__file__).parents[1] / "site"
RANDOM = 20  # patterns of all cases, beside those of the gallery
MOVES = 500
READY = "#explorer[data-state=ready]"
INTEGRATE = """async ([start, b, lam, time]) => {
  const { integrate } = await import("./explorer/coarsening.js")
  const from = performance.now()
  const [field] = [...integrate(start, b, lam, [time])]
  return [Array.from(field), (performance.now() - from) / 1000]
}"""
SOLVE = """async (picture) => {
  const { strainEnergy } = await import("./explorer/elasticity.js")
  const from = performance.now()
  return [strainEnergy(picture), (performance.now() - from) / 1000]
}"""
MOVE = """async (moves) => {
  const page = document.getElementById("explorer")
  const seconds = []
  for (let move = 0; move < moves; move++) {
    const slider = document.getElementById(`explorer-axis-${move % 8}`)
    slider.value = (move % 6) / 2 - 1
    const before = page.dataset.drawn
    const from = performance.now()
    slider.dispatchEvent(new Event("input"))
    while (page.dataset.drawn === before) await new Promise((resolve) => setTimeout(resolve))
    seconds.push((performance.now() - from) / 1000)
  }
  return seconds
}"""
# W by the networks of what is predicted at every stop of one of the gallery, and that picture.
STOPS = """async (gallery) => {
  const lab = await import("./explorer/laboratory.js")
  const { cut } = await import("./explorer/pictures.js")
  const axes = Array(8).fill(0)
  lab.wish({ gallery, picture: null, axes, ratio: 1, seed: 0 })
  await lab.encode()
  const found = []
  for (const ratio of lab.stops()) {
    const picture = cut(await lab.predict(ratio, 0))
    const { mean } = await lab.energy(picture)
    found.push({ ratio, mean, picture: Array.from(picture), truth: lab.frame(ratio).energy })
  }
  return found
}"""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and says nothing."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def chosen(site: Path) -> list[dict[str, Any]]:
    """Pictures of the page's gallery, and random ones of all cases, with time, b and lam."""
    content = json.loads((site / "explorer/networks/explorer.json").read_text("utf-8"))
    found = []
    for one in content["gallery"]:
        bits = np.frombuffer(base64.b64decode(one["frames"][one["present"]]), np.uint8)
        image = np.unpackbits(bits).reshape(64, 64)
        found.append({"image": image, "time": one["times"][one["present"]]} | one)
    rng = np.random.default_rng(0)
    for k in range(RANDOM):
        patterns = load_embedded(case=1 + k % 3)
        one = int(rng.integers(len(patterns)))
        constants = {name: float(patterns.parameters[one][name]) for name in ("b", "lam")}
        found.append({"image": patterns.images[one], "time": float(patterns.time[one])} | constants)
    return found


def physics(page: Page, site: Path, console: Console) -> dict[str, Any]:
    """Both solvers beside those of Python: largest differences, and seconds."""
    off: dict[str, list[float]] = {"coarsening": [], "elements": []}
    seconds: dict[str, list[float]] = {"coarsening": [], "elements": []}
    patterns = chosen(site)
    with one_bar("Solving", console) as report:
        for done, one in enumerate(patterns, 1):
            image, b, lam, time = (one[name] for name in ("image", "b", "lam", "time"))
            start = np.kron(image, np.ones((2, 2)))
            field, spent = page.evaluate(INTEGRATE, [start.ravel().tolist(), b, lam, time])
            right = simulate(start, b, lam, [time])[0].ravel()
            off["coarsening"].append(float(np.linalg.norm(field - right) / np.linalg.norm(right)))
            seconds["coarsening"].append(spent)
            energy, spent = page.evaluate(SOLVE, image.ravel().tolist())
            off["elements"].append(abs(energy / strain_energy(image, (0.5,))[0] - 1))
            seconds["elements"].append(spent)
            report(done, len(patterns))
    return {
        name: {
            "patterns": len(patterns),
            "largest difference": float(f"{max(off[name]):.1e}"),
            "median, seconds": round(float(np.median(seconds[name])), 2),
            "slowest, seconds": round(max(seconds[name]), 2),
        }
        for name in off
    }


def energies(page: Page, console: Console) -> dict[str, Any]:
    """W by the networks at every stop of the gallery, beside finite elements: printed whole."""
    table = Table("Microstructure", "Time", "Network", "Elements", "Off, %", "Truth", "Off, %")
    errors, from_truth = [], []
    for gallery in range(12):
        for stop in page.evaluate(STOPS, gallery):
            solved = float(strain_energy(np.reshape(stop["picture"], (64, 64)), (0.5,))[0])
            errors.append(stop["mean"] / solved - 1)
            from_truth.append(stop["mean"] / stop["truth"] - 1)
            numbers = (stop["mean"], solved, 100 * errors[-1], stop["truth"], 100 * from_truth[-1])
            table.add_row(
                str(gallery + 1), f"{stop['ratio']:.2f}", *(f"{one:.3f}" for one in numbers)
            )
    console.print(table)
    return {
        "stops": len(errors),
        "of what is shown": sizes(errors),
        "of the truth": sizes(from_truth),
    }


def sizes(errors: list[float]) -> dict[str, float]:
    """Median and largest of relative errors."""
    found = np.abs(errors)
    return {
        "median": round(float(np.median(found)), 5),
        "largest": round(float(found.max()), 4),
    }


def moves(page: Page) -> dict[str, Any]:
    """Move sliders, and say how long until the picture is drawn, and what memory is left behind."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def heap() -> float:
        session.send("HeapProfiler.collectGarbage")
        found = session.send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in found if one["name"] == "JSHeapUsedSize"))

    page.evaluate(MOVE, 50)
    before = heap()
    seconds = page.evaluate(MOVE, MOVES)
    return {
        "moves": MOVES,
        "median, ms": round(1000 * float(np.median(seconds)), 1),
        "95 % of them, ms": round(1000 * float(np.quantile(seconds, 0.95)), 1),
        "memory left, MB": round((heap() - before) / 1e6, 2),
    }


def weight(page: Page, address: str, site: Path) -> dict[str, float]:
    """Megabytes that are fetched before the Explorer starts, and until all is drawn; compressed."""
    fetched: list[str] = []
    page.on("requestfinished", lambda request: fetched.append(request.url))
    page.goto(f"{address}explorer.html")
    page.wait_for_selector(READY)
    filled = "document.getElementById('explorer').dataset.filled !== undefined"
    page.wait_for_function(filled)
    names = {url.removeprefix(address) for url in fetched}
    sizes = {name: len(gzip.compress((site / name).read_bytes())) / 1e6 for name in names}
    time = sum(size for name, size in sizes.items() if name.endswith(("past.onnx", "forward.onnx")))
    return {
        "before it starts, MB": round(sum(sizes.values()) - time, 1),
        "for time, MB": round(time, 1),
    }


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", type=Path, default=SITE, help="the built site")
    parser.add_argument("--write", action="store_true", help="put the numbers into results.json")
    parser.add_argument("--output", type=Path, default=RESULTS, help="JSON file to write into")
    arguments = parser.parse_args()
    if not (arguments.site / "explorer.html").is_file():
        parser.error(f"{arguments.site} holds no site; `make site` builds one")
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        parser.error(f"no browser: none of {', '.join(BROWSERS)} is installed")
    console = Console()
    handler = partial(Quiet, directory=str(arguments.site))
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), handler) as server,
        sync_playwright() as playwright,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        entry: dict[str, object] = {"weight": weight(page, address, arguments.site)}
        entry["browser"] = f"Chromium {browser.version}"
        entry["moves"] = moves(page)
        entry |= physics(page, arguments.site, console)
        entry["gallery"] = energies(page, console)
        browser.close()
        server.shutdown()
    entry["machine"] = machine("numpy", threads=2)
    console.print_json(data=entry)
    if arguments.write:
        write_entry(arguments.output, KEY, entry)


if __name__ == "__main__":
    main()
