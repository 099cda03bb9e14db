"""What all recipes share: their options, sets of simulations, and how they go on after a stop.

A step leaves a file in the folder `--work`, a training one after each epoch. A file counts once it
is whole: a recipe that is run again takes those that are there and goes on.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from vae_course.data import PatternSet, generate
from vae_course.data.generate import discard_parts
from vae_course.files import replacing, write_json
from vae_course.progress import one_bar

Work = Annotated[Path, typer.Option(help="Folder of data and trainings; goes on from there.")]
Out = Annotated[Path, typer.Option(help="Folder of the finished files.")]
Processes = Annotated[int, typer.Option(help="Number of processes; -1 for one a core.")]
RUNS = Path("runs")


def one_of(known: Iterable[str]) -> Any:
    """Make the argument that chooses recipes by their names."""
    listed = ", ".join(known)

    def check(names: list[str] | None) -> list[str] | None:
        if unknown := sorted(set(names or ()) - set(known)):
            raise typer.BadParameter(f"there are {listed}; got {', '.join(unknown)}")
        return names

    return typer.Argument(help=f"Of {listed}; all if not given.", callback=check)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a model is trained; each kind of model adds what it is made of.

    Attributes:
        epochs: Epochs.
        batch_size: Examples a batch.
        rate: Highest learning rate.
    """

    epochs: int
    batch_size: int = 64
    rate: float = 4e-3


@dataclass(frozen=True, kw_only=True)
class NetworkRecipe(Recipe):
    """How a network that is no VAE of pictures is trained, by `tools.recipes.models.fit`.

    Attributes:
        restarts: Epochs after which the learning rate begins again at its highest.
    """

    restarts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Simulations:
    """A set of simulations.

    Attributes:
        case: Case of the dataset.
        count: Number of simulations.
        seed: Seed of their parameters.
        frames: Frames kept of each; None is the whole schedule.
        energies: Whether strain energies are computed, too.
    """

    case: int
    count: int
    seed: int
    frames: int | None = None
    energies: bool = False

    @property
    def command(self) -> str:
        """The command that makes the same."""
        return (
            f"vae-course simulate {'--energies' if self.energies else '--no-energies'} --frames "
            f"{self.frames or 0} --simulations {self.count} --case {self.case} --seed {self.seed}"
        )

    def patterns(self, path: Path, processes: int) -> PatternSet:
        """Simulate the set into a file; beside it wait those that are finished until all are."""
        parts = path.with_name(f"{path.name}.parts")
        if not path.exists():
            with one_bar(f"Simulating {path.stem}") as progress:
                generate(
                    self.count,
                    self.case,
                    self.seed,
                    frames=self.frames,
                    energies=self.energies,
                    processes=processes,
                    folder=parts,
                    progress=progress,
                ).save(path)
        discard_parts(parts)
        return PatternSet.load(path)


def kept(path: Path, compute: Callable[[], Any]) -> Any:
    """Return what a file holds, an array (.npy) or JSON; where it is missing, compute it first."""
    array = path.suffix == ".npy"
    if not path.exists():
        found = compute()
        with replacing(path) as temporary:
            if array:
                np.save(temporary, found)
            else:
                write_json(temporary, found)
    return np.load(path, allow_pickle=False) if array else json.loads(path.read_text("utf-8"))


def write_manifest(out: Path, command: str, **content: Any) -> None:
    """Write `manifest.json`, by which the package knows the files of a folder."""
    made = {"command": command, "version": version("vae-course")}
    write_json(out / "manifest.json", made | content)
