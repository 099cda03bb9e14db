"""How much the numbers of a lesson depend on its seeds: `python -m tools.seeds 06`.

The lesson is run, as its solution, with every seed in its code moved by 1000, 2000 and 3000, and
each number that it compares with a band is printed, for all of them. What stays: the split into
simulations for training and for testing (the shipped models have seen the former), and the
embedded data. Several minutes for a lesson that trains.
"""

import ast
import functools
import inspect
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from vae_course.authoring.source import Source, build, read_source, source_paths
from vae_course.classroom import check
from vae_course.classroom.outcome import Outcome
from vae_course.progress import one_bar

SHIFTS = (1000, 2000, 3000)
NAMED = {"seed", "random_state"}
"""Arguments that are seeds."""
FIRST = {"default_rng", "set_random_seed", "SeedGenerator", "key"}
"""Functions whose first argument is a seed."""
STAYS = {"split", "split_by_simulation"}
"""Functions whose seed decides what is unseen."""
CONSTANT = "SEED"
"""What lessons call a seed that they use in several places."""
LISTEN = "from tools.seeds import listen; listen"
SHORTEN = "from tools.seeds import shorten; shorten()"
LINES_OF_ERROR = 12


class Shifted(ast.NodeTransformer):
    """Moves the whole numbers that are seeds, and loops' numbers that are used as such."""

    def __init__(self, shift: int, stays: set[str] = STAYS) -> None:
        self.shift, self.stays = shift, stays

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Move the seeds among the arguments of a call."""
        self.generic_visit(node)
        name = ast.unparse(node.func).rpartition(".")[2]
        if name not in self.stays:
            for word in node.keywords:
                if word.arg in NAMED:
                    word.value = self._moved(word.value)
            if name in FIRST and node.args:
                node.args[0] = self._moved(node.args[0])
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """Move the seed of the lesson."""
        self.generic_visit(node)
        if isinstance(node.targets[0], ast.Name) and node.targets[0].id == CONSTANT:
            node.value = self._moved(node.value)
        return node

    def _moved(self, value: ast.expr) -> ast.expr:
        whole = isinstance(value, ast.Constant) and isinstance(value.value, int)
        counted = isinstance(value, ast.Name) and len(value.id) == 1
        if not whole and not counted:
            return value
        return ast.BinOp(left=value, op=ast.Add(), right=ast.Constant(self.shift))


def shifted(source: Source, shift: int, splits: bool = False) -> str:
    """Write the code of a lesson with its seeds moved, those of splits only if asked for."""
    cells = [cell.source for cell in build(source, "solution").cells if cell.cell_type == "code"]
    tree = Shifted(shift, set() if splits else STAYS).visit(ast.parse("\n".join(cells)))
    return ast.unparse(ast.fix_missing_locations(tree))


def numbers(code: str, short: bool = False) -> list[tuple[str, float, float, float]]:
    """Run a lesson's code in a process of its own: what it compared, the number, the band.

    With `short`, epochs are of one step each, so that the numbers mean nothing.

    Raises:
        RuntimeError: If the code fails, with the end of what it said.
    """
    with tempfile.TemporaryDirectory() as folder:
        script, found = Path(folder) / "lesson.py", Path(folder) / "numbers.jsonl"
        found.touch()
        before = f"{LISTEN}({str(found)!r})\n" + f"{SHORTEN}\n" * short
        script.write_text(before + code, encoding="utf-8")
        run = subprocess.run(
            [sys.executable, str(script)],
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(map(str, (Path.cwd(), *sys.path))),
                check.STRICT: "1",
                "MPLBACKEND": "Agg",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            said = "\n".join(run.stderr.strip().split("\n")[-LINES_OF_ERROR:])
            raise RuntimeError(f"the lesson failed:\n{said}")
        return [tuple(json.loads(line)) for line in found.read_text("utf-8").splitlines()]


def listen(found: str) -> None:
    """Write down what a lesson compares with bands from now on."""

    def expect(what: str, value: float, low: float, high: float) -> None:
        with Path(found).open("a", encoding="utf-8") as file:
            file.write(json.dumps((what, float(value), low, high)) + "\n")

    check.expect = expect


def shorten() -> None:
    """Cut trainings short, and take every answer without a look at it."""
    cut_trainings()
    check.Check.outcome = _taken  # type: ignore[method-assign]


def cut_trainings() -> None:
    """Let each epoch of a training be one step: what follows runs, and its numbers mean nothing.

    `make test-notebooks` does so with lessons as they are handed out, whose trainings are those of
    the solutions.
    """
    import keras  # noqa: PLC0415 (only lessons that train need it)

    trainer: Any = next(one for one in keras.Model.__mro__ if "fit" in vars(one))
    whole = trainer.fit
    few = 20  # epochs of one step each: to trace a network takes longer than to run it eagerly

    @functools.wraps(whole)
    def fit(*args: Any, **kwargs: Any) -> Any:
        given = inspect.signature(whole).bind(*args, **kwargs)
        given.arguments["steps_per_epoch"] = 1
        if given.arguments.get("validation_data") is not None:
            given.arguments["validation_steps"] = 1
        model = given.args[0]
        model.run_eagerly = given.arguments.get("epochs", 1) <= few
        try:
            return whole(*given.args, **given.kwargs)
        finally:
            model.run_eagerly = False

    trainer.fit = fit


def _taken(self: check.Check, answer: Any) -> Outcome:
    about = (self.lesson, self.number, self.name, self.stars)
    return Outcome(*about, "passed", "Taken without a look.", fallback=False)


def main(
    lesson: Annotated[str, typer.Argument(help="Its number, two digits.")] = "",
    shift: Annotated[list[int], typer.Option(help="By how much seeds are moved.")] = list(SHIFTS),  # noqa: B006
    splits: Annotated[
        bool, typer.Option(help="Move splits, too: no shipped model is used.")
    ] = False,
) -> None:
    """Run a lesson with other seeds, and print its numbers.

    Example: python -m tools.seeds 06
    """
    paths = source_paths(Path())
    if lesson not in paths:
        raise typer.BadParameter(f"must be one of {', '.join(paths)}; got {lesson!r}")
    source = read_source(paths[lesson])
    table = Table("lesson " + lesson, "band", "0", *map(str, shift))
    moves = (0, *shift)
    columns = []
    with one_bar("runs", Console(stderr=True)) as show:
        for done, moved in enumerate(moves, 1):
            columns.append(numbers(shifted(source, moved, splits)))
            show(done, len(moves))
    for same in zip(*columns, strict=True):
        what, _, low, high = same[0]
        cells = [
            f"{value:.4g}" if lowest <= value <= highest else f"[red]{value:.4g} ![/red]"
            for _, value, lowest, highest in same
        ]
        table.add_row(what, f"{low:g} to {high:g}", *cells)
    Console(width=None if sys.stdout.isatty() else 160).print(table)


if __name__ == "__main__":
    typer.run(main)
