"""Tries a model on the suite: numbers, time and memory, and what is suspected."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from time import perf_counter
from typing import Any, Final

import numpy as np
import psutil
from matplotlib.figure import Figure

from vae_course.plotting import COLOURS
from vae_course.progress import Progress, silent
from vae_course.suite import data, probes
from vae_course.suite.data import AHEAD, Suite
from vae_course.suite.models import methods
from vae_course.suite.tracks import TRACKS, Track, forecasts, halves

FRESH: Final = {"forward": (2, 0), "backward": (0, 5), "property": (0, 5)}
"""Series and simulations of patterns of each case that are drawn to be compared with the suite."""

_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
_EVERY = 0.2  # seconds between looks at the memory


@dataclass(frozen=True)
class Report:
    """What a model reached.

    Attributes:
        tracks: Numbers of each track that it has a method for.
        seconds: That each of its answers took.
        memory: Most memory in use, in MiB, with the processes that it started.
        suspected: What is suspected, by track.
        seed: Of the fresh simulations.
    """

    tracks: dict[str, dict[str, Any]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)
    suspected: dict[str, list[str]] = field(default_factory=dict)
    seed: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return it all, for JSON."""
        return asdict(self)

    def figure(self, name: str) -> Figure:
        """Draw the errors of forecasts against the frames ahead, beside "nothing changes"."""
        figure = Figure(figsize=(6.4, 3.4), facecolor="white", layout="constrained")
        ax = figure.add_subplot()
        for kind, colour, marker in (("grey", COLOURS[0], "o-"), ("binary", COLOURS[1], "s--")):
            rows = self.tracks["forward"][kind]
            errors = [row["rmse / nothing changes"] for row in rows.values()]
            ax.loglog(AHEAD, errors, marker, color=colour, label=f"{name}, {kind} frames")
        ax.axhline(1.0, color="#222222", lw=1.2, label="nothing changes")
        ax.set_xticks(AHEAD, [str(ahead) for ahead in AHEAD], minor=False)
        ax.minorticks_off()
        low, high = ax.get_ylim()
        shown = [tick for tick in _TICKS if low <= tick <= high]
        ax.set_yticks(shown, [f"{tick:g}" for tick in shown])
        ax.set(xlabel="frames ahead", ylabel="error / nothing changes")
        ax.grid(color="#dddddd", linewidth=0.6)
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(frameon=False)
        return figure


def chosen(model: Any, only: Sequence[str] = ()) -> list[str]:
    """Which tracks a model is tried on.

    Args:
        model: The model.
        only: Tracks to choose among; all of them if empty.

    Returns:
        Those that it has the method for.

    Raises:
        ValueError: If a track is not known, or the model has none of the methods.

    Examples:
        >>> class Model:
        ...     def sample(self, times, fractions, seed): ...
        >>> chosen(Model())
        ['generation']
    """
    if unknown := sorted(set(only) - set(TRACKS)):
        raise ValueError(f"only must be of {', '.join(TRACKS)}; got {', '.join(unknown)}")
    has = methods(model)
    found = [name for name in TRACKS if name in (only or TRACKS) and TRACKS[name].method in has]
    if not found:
        wanted = ", ".join(TRACKS[name].method for name in only or TRACKS)
        raise ValueError(f"the model has none of {wanted}")
    return found


def try_out(model: Any, tracks: Sequence[str], suite: Suite) -> None:
    """Ask for a few answers of each kind, so that a mistake is found within seconds.

    Args:
        model: The model.
        tracks: Names of the tracks.
        suite: The suite; only the first rows of it are asked about.

    Raises:
        ValueError: If an answer is not what was asked for.
    """
    few = _part(suite)
    for name in tracks:
        if name != "design":  # costs most, and is asked once
            TRACKS[name].ask(model, few)


def evaluate(
    model: Any,
    suite: Suite,
    only: Sequence[str] = (),
    seed: int | None = None,
    keep: Callable[["Report"], None] = lambda report: None,
    progress: Progress = silent,
) -> Report:
    """Try a model on all that it has methods for.

    Args:
        model: The model.
        suite: What `load` returns.
        only: Tracks to choose among; all of them if empty.
        seed: Of the fresh simulations; by default drawn anew.
        keep: Called with the report after each track, so that a later mistake loses none.
        progress: Called as the work goes on.

    Returns:
        The report.

    Raises:
        ValueError: If an answer is not what was asked for, or there is no track to run.
    """
    names = chosen(model, only)
    progress("Trying out", 0.0, "")
    try_out(model, names, suite)
    progress("Trying out", 1.0, "")
    drawn = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed
    report, fresh = Report(seed=drawn), dict[tuple[int, int], Suite]()
    for place, name in enumerate(names):
        track = TRACKS[name]
        progress("Tracks", place / len(names), name)
        with _measured() as used:
            answers = track.ask(model, suite)
        report.seconds[name], report.memory[name] = used
        report.tracks[name] = track.numbers(answers, suite)
        found = []
        if name == "forward":
            found += probes.suspects_order(model, answers, suite)
        if name == "generation":
            known, others = (suite.images[half] for half in halves(suite))
            found += probes.suspects_copies(answers["images"], known, others)
        if track.errors is not None:
            count = FRESH[name]
            if count not in fresh:
                fresh[count] = data.simulate(*count, drawn, _named(progress, f"Fresh, {name}: "))
            again = track.errors(_asked_again(model, name, track, fresh[count]), fresh[count])
            found += probes.suspects_seen(track.errors(answers, suite), again)
        report.suspected[name] = found
        keep(report)
    progress("Tracks", 1.0, "")
    return report


def _asked_again(model: Any, name: str, track: Track, fresh: Suite) -> dict[str, Any]:
    """Ask about fresh simulations; of forecasts, about grey frames alone."""
    if name == "forward":
        return {"grey": forecasts(model, fresh.given)}
    return track.ask(model, fresh)


def _part(suite: Suite) -> Suite:
    """The first series, and the patterns of the first three simulations with a past."""
    few = np.isin(suite.simulation, np.unique(suite.simulation[suite.pairs[0]])[:3])
    rows = {name: getattr(suite, name)[few] for name in data.OF_PATTERNS}
    return Suite(given=suite.given[:1], fields=suite.fields[:1], **rows)


def _named(progress: Progress, prefix: str) -> Progress:
    return lambda stage, part, note: progress(prefix + stage.lower(), part, note)


@contextmanager
def _measured() -> Iterator[list[float]]:
    """Yield a list that gets the seconds and MiB that the block took."""
    used: list[float] = []
    own, most, over = psutil.Process(), [0], threading.Event()

    def look() -> None:
        while True:
            held = 0
            for process in (own, *own.children(recursive=True)):
                try:
                    held += process.memory_info().rss
                except psutil.Error:
                    continue
            most[0] = max(most[0], held)
            if over.wait(_EVERY):
                return

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    start = perf_counter()
    try:
        yield used
    finally:
        seconds = perf_counter() - start
        over.set()
        watcher.join()
    used += [round(seconds, 2), round(most[0] / 2**20)]
