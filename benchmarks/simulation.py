"""Speed of the phase-field solver on one core, alone and against py-pde.

Run with: python benchmarks/simulation.py [--write]
"""

import argparse
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import mean, median
from time import perf_counter
from typing import Any, NamedTuple

os.environ.update(
    dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
    )
)

import numpy as np
import pde
import scipy.sparse
from numpy.typing import NDArray
from results import RESULTS, machine, write_entry

from vae_course.data.generate import draw_parameters
from vae_course.data.schedule import FRAME_TIMES, MEANS
from vae_course.physics import cahn_hilliard

Field = NDArray[np.float64]
KEY = "simulation"
SIZE = 128
LIMIT = 2.0  # seconds a trajectory, the aim of the design
RATIO = 20.0  # times faster than py-pde at equal accuracy, the aim of the design
EARLY, LATER, WHOLE = 1e-4, 1e-3, float(FRAME_TIMES[-1])  # end times of the comparison
OUR_SIZES = (64, 128)
TOLERANCE = 4e-4  # the default of simulate
COMPARED = 64  # errors are those of means over this many cells a side


class Measured(NamedTuple):
    """A time and what it bought."""

    seconds: float
    error: float

    def entry(self) -> dict[str, float]:
        """Round to what is reported."""
        return {"seconds": round(self.seconds, 4), "error": float(f"{self.error:.3g}")}


class Problem:
    """One simulation of Case 1 and its reference: 256 x 256 cells, a tenth of the tolerance."""

    def __init__(self, parameters: np.void, end: float) -> None:
        self.parameters, self.end = parameters, end
        self.b, self.lam = float(parameters["b"]), float(parameters["lam"])
        self.reference = coarsened(self.ours(256, tolerance=TOLERANCE / 10))

    def initial(self, size: int) -> Field:
        """Take means of the same noise over the cells of a grid."""
        grid, seed = int(self.parameters["grid"]), int(self.parameters["seed"])
        return cahn_hilliard.initial_condition(MEANS[1], grid, size, seed)

    def ours(self, size: int, tolerance: float = TOLERANCE) -> Field:
        """Solve with this package."""
        fields = cahn_hilliard.simulate(
            self.initial(size), self.b, self.lam, [self.end], tolerance=tolerance
        )
        return np.asarray(fields[0])

    def error(self, field: Field) -> float:
        """Root mean square difference from the reference, relative to its contrast."""
        difference = coarsened(field) - self.reference
        return float(np.sqrt(np.mean(difference**2)) / self.reference.std())

    def measure_ours(self, size: int) -> Measured:
        """Time a solve with the default tolerance (median of three: it is short), and its error."""
        seconds = []
        for _ in range(3):
            start = perf_counter()
            field = self.ours(size)
            seconds.append(perf_counter() - start)
        return Measured(median(seconds), self.error(field))


def coarsened(field: Field) -> Field:
    """Means over blocks, so that fields on different grids can be compared."""
    block = len(field) // COMPARED
    return np.asarray(field.reshape(COMPARED, block, COMPARED, block).mean(axis=(1, 3)))


def measure_peer(problem: Problem, solver: Callable[..., Any], euler: bool = False) -> Measured:
    """Time py-pde (numba) on the same grid and initial field, without its compilation.

    The largest stable step of the explicit Euler method is 2 over the fastest decay on the grid,
    with q² at most 8 n² and f″ = 2b in a pure phase.
    """
    b, lam = problem.b, problem.lam
    fastest = 8 * SIZE**2 * (2 * b + lam * 8 * SIZE**2)
    grid = pde.CartesianGrid([[0, 1], [0, 1]], SIZE, periodic=False)
    equation = pde.PDE(
        {"c": f"laplace(2 * {b} * c * (1 - c) * (1 - 2 * c) - {lam} * laplace(c))"},
        bc={"derivative": 0},
    )
    state = pde.ScalarField(grid, problem.initial(SIZE))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numba's, about what it cannot compile away
        step = solver(equation, backend="numba").make_stepper(
            state.copy(), dt=1.94 / fastest if euler else 1e-9
        )
        step(state.copy(), 0.0, problem.end * 1e-6)  # compiles
        start = perf_counter()
        step(state, 0.0, problem.end)
        seconds = perf_counter() - start
    return Measured(seconds, problem.error(state.data))


def sparsity() -> scipy.sparse.csc_matrix:
    """Tell which cells a rate depends on: those of the Laplacian of a Laplacian."""
    line = scipy.sparse.diags([1.0, 1.0, 1.0], [-1, 0, 1], shape=(SIZE, SIZE))
    laplacian = scipy.sparse.kronsum(line, line)
    return scipy.sparse.csc_matrix((laplacian @ laplacian) != 0)


def peers() -> dict[str, Callable[..., Any]]:
    """List the ways in which py-pde can solve it, each at a tolerance that it profits from."""

    def scipy_solver(**settings: Any) -> Callable[..., Any]:
        return lambda equation, **rest: pde.ScipySolver(equation, **settings, **rest)

    def adaptive(kind: Callable[..., Any]) -> Callable[..., Any]:
        return lambda equation, **rest: kind(equation, adaptive=True, tolerance=1e-4, **rest)

    return {
        "Euler, largest stable step": pde.EulerSolver,
        "Euler, adaptive": adaptive(pde.EulerSolver),
        "Runge-Kutta 4(5), adaptive": adaptive(pde.RungeKuttaSolver),
        "SciPy RK23": scipy_solver(method="RK23", rtol=1e-3, atol=1e-4),
        "SciPy BDF, sparse Jacobian": scipy_solver(
            method="BDF", rtol=1e-3, atol=1e-3, jac_sparsity=sparsity()
        ),
    }


def trajectories(count: int) -> dict[str, object]:
    """Time whole trajectories of Case 1, with all frame times of the data set."""
    drawn = draw_parameters(count, 1, seed=0)
    seconds = []
    for index, row in enumerate(drawn):
        initial = cahn_hilliard.initial_condition(
            MEANS[1], int(row["grid"]), SIZE, int(row["seed"])
        )
        start = perf_counter()
        cahn_hilliard.simulate(initial, row["b"], row["lam"], FRAME_TIMES)
        seconds.append(perf_counter() - start)
        print(f"  trajectory {index + 1} of {count}: {seconds[-1]:.2f} s", flush=True)
    result: dict[str, object] = {
        "trajectories_per_second": round(1 / mean(seconds), 2),
        "mean_seconds": round(mean(seconds), 3),
        "median_seconds": round(median(seconds), 3),
        "slowest_seconds": round(max(seconds), 3),
        "limit_seconds": LIMIT,
    }
    print(
        f"Case 1, {SIZE} x {SIZE}, to t = {FRAME_TIMES[-1]:g}: {result['trajectories_per_second']} "
        f"a second; mean {mean(seconds):.2f} s, median {median(seconds):.2f} s, slowest "
        f"{max(seconds):.2f} s (limit {LIMIT} s)"
    )
    return result


def comparison(draws: int) -> dict[str, object]:
    """Compare with py-pde: find its fastest solver early, then run that one to later times."""
    rows = draw_parameters(draws, 1, seed=0)
    entry: dict[str, object] = {}
    print(f"against py-pde, {SIZE} x {SIZE}, to t = {EARLY:g} (compilation not counted):")
    problem = Problem(rows[0], EARLY)
    early: dict[str, Measured] = {}
    for name, solver in peers().items():
        early[name] = measure_peer(problem, solver, euler=name.endswith("stable step"))
        print(f"  py-pde, {name:27}", *described(early[name]), flush=True)
    ours = {f"{n}x{n}": problem.measure_ours(n) for n in OUR_SIZES}
    for name, measured in ours.items():
        print(f"  ours, {name:29}", *described(measured))
    entry["early"] = {
        "end_time": EARLY,
        "py-pde": {name: measured.entry() for name, measured in early.items()},
        "ours": {name: measured.entry() for name, measured in ours.items()},
    }
    best = min(early, key=lambda name: early[name].seconds)
    entry["later"] = later_comparison(rows, LATER, best)
    entry["whole"] = later_comparison(rows[:1], WHOLE, best)
    entry["error"] = (
        "root mean square difference from ours at 256 x 256 and a tenth of the tolerance, as "
        "means of 64 x 64 cells, relative to the contrast; median over simulations"
    )
    entry["ratio_aim"] = RATIO
    return entry


def later_comparison(rows: NDArray[np.void], end: float, best: str) -> dict[str, object]:
    """Compare with py-pde's fastest solver over several simulations."""
    print(f"to t = {end:g}, py-pde with {best} (about {end * 7500:.0f} s a simulation):")
    runs: list[dict[str, Measured]] = []
    for index, row in enumerate(rows):
        problem = Problem(row, end)
        run = {f"ours {n}x{n}": problem.measure_ours(n) for n in OUR_SIZES}
        run["py-pde"] = measure_peer(problem, peers()[best], euler=best.endswith("stable step"))
        runs.append(run)
        print(f"  simulation {index + 1} of {len(rows)}:")
        for name, measured in run.items():
            print(f"    {name:14}", *described(measured), flush=True)
    means = {
        name: Measured(
            mean(run[name].seconds for run in runs), median(run[name].error for run in runs)
        )
        for name in runs[0]
    }
    peer = means.pop("py-pde")
    print(f"mean seconds and median error of {len(rows)} simulations:")
    print(f"  {'py-pde':14}", *described(peer))
    for name, measured in means.items():
        ratio = peer.seconds / measured.seconds
        print(f"  {name:14}", *described(measured), f"{ratio:.0f} times faster", end="")
        print(f" (aim {RATIO:g}), error {measured.error / peer.error:.2f} of py-pde's")
    return {
        "end_time": end,
        "simulations": len(rows),
        "py-pde": {"solver": best, **peer.entry()},
        **{
            name: {**measured.entry(), "ratio": round(peer.seconds / measured.seconds, 1)}
            for name, measured in means.items()
        },
    }


def described(measured: Measured) -> tuple[str, str]:
    """Put a measurement in words."""
    return f"{measured.seconds:8.3f} s,", f"error {measured.error:.4f};"


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trajectories", type=int, default=16, help="how many are timed alone")
    parser.add_argument("--simulations", type=int, default=4, help="how many against py-pde")
    parser.add_argument("--write", action="store_true", help="put the numbers into results.json")
    parser.add_argument("--output", type=Path, default=RESULTS, help="JSON file to write into")
    arguments = parser.parse_args()
    entry: dict[str, object] = {
        "what": f"Cahn-Hilliard of Case 1 on {SIZE} x {SIZE} cells, one core",
        "machine": machine("numpy", "scipy", "py-pde", "numba"),
        "trajectories": trajectories(arguments.trajectories),
        "against_py_pde": comparison(arguments.simulations),
    }
    if arguments.write:
        write_entry(arguments.output, KEY, entry)


if __name__ == "__main__":
    main()
