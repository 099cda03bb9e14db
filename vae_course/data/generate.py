"""A dataset made by simulation: random parameters in, binary microstructures out."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_course.arguments import at_least
from vae_course.arrays import Floats, Images
from vae_course.data._workers import run
from vae_course.data.pattern_set import LEVELS, PARAMETERS, PatternFileError, PatternSet
from vae_course.data.schedule import (
    ANY_MEAN,
    FRAME_TIMES,
    MEANS,
    MEANS_DRAWN,
    is_separated,
    spread,
)
from vae_course.files import write_text
from vae_course.physics import cahn_hilliard, hyperelasticity
from vae_course.progress import Counted

SIZE = 64
_SOLVE_SIZE = 128  # the interface is 0.03 to 0.06 wide: 4 to 8 cells


def draw_parameters(simulations: int, case: int, seed: int) -> NDArray[np.void]:
    """Draw the parameters of simulations as the dataset has them.

    b is uniform in [70, 100], λ in [0.01, 0.025], the noise grid in 11 to 100. Simulation k of
    a seed is the same however many are drawn.

    Args:
        simulations: How many.
        case: 1, 2 or 3, which sets the mean, or 4, where each simulation has its own.
        seed: Seed of the draw.

    Returns:
        Structured array of dtype `PARAMETERS`, shape (simulations,).

    Raises:
        ValueError: If simulations is below 1, seed negative, or case not 1, 2, 3 or 4.

    Examples:
        >>> b = draw_parameters(1000, case=1, seed=0)["b"]
        >>> round(float(b.min())), round(float(b.mean())), round(float(b.max()))
        (70, 85, 100)
    """
    at_least(1, simulations=simulations)
    at_least(0, seed=seed)
    if case not in (*MEANS, ANY_MEAN):
        raise ValueError(f"case must be 1, 2, 3 or 4; got {case}")
    result = np.empty(simulations, dtype=PARAMETERS)
    for index in range(simulations):
        rng = np.random.default_rng([seed, case, index])
        result[index] = (
            case,
            rng.uniform(70, 100),
            rng.uniform(0.01, 0.025),
            rng.integers(11, 100, endpoint=True),
            rng.integers(2**31),
        )
    return result


def mean_of(parameters: np.void) -> float:
    """Return the mean fraction of phase 1 of a simulation.

    Args:
        parameters: One row of dtype `PARAMETERS`.

    Returns:
        That of its case; in case `ANY_MEAN` uniform in `MEANS_DRAWN`, drawn by the row's seed.

    Examples:
        >>> mean_of(draw_parameters(1, case=3, seed=0)[0])
        0.75
        >>> means = [mean_of(row) for row in draw_parameters(500, case=4, seed=0)]
        >>> round(min(means), 2), round(max(means), 2)
        (0.5, 0.78)
    """
    if (case := int(parameters["case"])) in MEANS:
        return MEANS[case]
    return float(np.random.default_rng([int(parameters["seed"]), case]).uniform(*MEANS_DRAWN))


def simulate_images(
    parameters: np.void, times: Floats | None = None, size: int = SIZE
) -> tuple[Images, Floats]:
    """Simulate one set of parameters and return its binary frames.

    The equation is solved on 128 × 128 cells (or twice `size`), means of 2 × 2 cells are
    binarised at 0.5.

    Args:
        parameters: One row of dtype `PARAMETERS`.
        times: Times of the frames; by default those of the dataset's schedule at which the
            phases have separated.
        size: Pixels along a side.

    Returns:
        Images of shape (k, size, size), uint8, and their times, shape (k,).

    Examples:
        >>> parameters = draw_parameters(1, case=1, seed=0)[0]
        >>> images, times = simulate_images(parameters, times=np.array([1e-4, 2e-4]))
        >>> images.shape, round(float(images.mean()), 1)
        ((2, 64, 64), 0.5)
    """
    initial = cahn_hilliard.initial_condition(
        mean_of(parameters),
        int(parameters["grid"]),
        max(_SOLVE_SIZE, 2 * size) // size * size,
        int(parameters["seed"]),
    )
    moments = FRAME_TIMES if times is None else np.asarray(times, dtype=np.float64)
    fields = cahn_hilliard.simulate(
        initial, float(parameters["b"]), float(parameters["lam"]), moments
    )
    if times is None:
        separated = is_separated(fields)
        first = int(np.argmax(separated)) if separated.any() else len(fields)
        fields, moments = fields[first:], moments[first:]
    return coarsen(fields, size), moments


def simulate_frames(
    parameters: NDArray[np.void],
    times: Floats,
    *,
    processes: int = -1,
    progress: Counted | None = None,
) -> Images:
    """Simulate several sets of parameters, in parallel, and return frames at the same times.

    Args:
        parameters: Rows of dtype `PARAMETERS`, shape (m,).
        times: Times of the frames, ascending, shape (k,).
        processes: Number of processes; -1 for one a core.
        progress: Called with the number of simulations done and their total.

    Returns:
        0 and 1, shape (m, k, 64, 64), uint8.

    Examples:
        >>> parameters = draw_parameters(2, case=1, seed=0)
        >>> simulate_frames(parameters, np.array([5e-5, 1e-4]), processes=1).shape
        (2, 2, 64, 64)
    """
    frames = np.empty((len(parameters), len(times), SIZE, SIZE), dtype=np.uint8)
    jobs = [(row, times) for row in parameters]
    for index, (images, _) in run(simulate_images, jobs, processes, progress):
        frames[index] = images
    return frames


def simulate_on(
    images: ArrayLike,
    elapsed: ArrayLike,
    b: ArrayLike,
    lam: ArrayLike,
    *,
    processes: int = 1,
    progress: Counted | None = None,
) -> Images:
    """Simulate binary images on, from sharp interfaces, which soon become smooth.

    Args:
        images: 0 and 1, shape (m, n, n); solved on 2n × 2n cells.
        elapsed: Times from then on, ascending, shape (k,), or (m, k): each image its own.
        b: Height of the barrier, a number or shape (m,).
        lam: Gradient-energy coefficient λ, a number or shape (m,).
        processes: Number of processes; -1 for one a core.
        progress: Called with the number of simulations done and their total.

    Returns:
        0 and 1, shape (m, k, n, n), uint8.

    Raises:
        ValueError: If the shapes do not fit.

    Examples:
        A droplet dissolves beside a flat interface, which stays (Gibbs and Thomson):

        >>> image = np.zeros((16, 16))
        >>> image[:, :4] = image[7:9, 8:10] = 1
        >>> print(simulate_on([image], elapsed=[1e-3], b=80, lam=0.02)[0, 0, 7])
        [1 1 1 1 0 0 0 0 0 0 0 0 0 0 0 0]
    """
    starts = np.asarray(images)
    if starts.ndim != 3 or starts.shape[1] != starts.shape[2]:
        raise ValueError(f"images must have shape (m, n, n); got {starts.shape}")
    times = np.asarray(elapsed, dtype=np.float64)
    times = np.broadcast_to(times, (len(starts), times.shape[-1]))
    barriers, gradients = (np.broadcast_to(one, len(starts)) for one in (b, lam))
    frames = np.empty((len(starts), times.shape[1], *starts.shape[1:]), dtype=np.uint8)
    jobs = list(zip(starts, times, barriers, gradients, strict=True))
    for index, found in run(_on, jobs, processes, progress):
        frames[index] = found
    return frames


def _on(image: NDArray[Any], times: Floats, b: float, lam: float) -> Images:
    fine = np.kron(image, np.ones((2, 2)))
    return coarsen(cahn_hilliard.simulate(fine, b, lam, times), len(image))


def coarsen(fields: Floats, size: int = SIZE) -> Images:
    """Reduce fields to size × size by block means, binarised at 0.5.

    Args:
        fields: Fraction of phase 1, shape (..., n, n), n a multiple of size.
        size: Pixels along a side of the result.

    Returns:
        0 and 1, shape (..., size, size), uint8.

    Raises:
        ValueError: If n is not a multiple of size.

    Examples:
        >>> coarsen(np.array([[0.9, 0.7, 0.1, 0.2], [0.8, 0.0, 0.9, 0.0]] * 2), size=2)
        array([[1, 0],
               [1, 0]], dtype=uint8)
    """
    n = fields.shape[-1]
    if n % size:
        raise ValueError(f"fields must have a side that is a multiple of {size}; got {n}")
    block = n // size
    shape = (*fields.shape[:-2], size, block, size, block)
    means = fields.reshape(shape).mean(axis=(-3, -1))
    return np.asarray(means > 0.5, dtype=np.uint8)


def generate(
    simulations: int,
    case: int = 1,
    seed: int = 0,
    *,
    frames: int | None = 12,
    energies: bool = True,
    processes: int = -1,
    scheduler: str | None = None,
    folder: Path | None = None,
    progress: Counted | None = None,
) -> PatternSet:
    """Simulate a dataset.

    The result depends on simulations, case, seed, frames and energies alone, bit for bit,
    whatever the number of processes or machines and however often the run was interrupted.

    Args:
        simulations: Number of simulations.
        case: 1, 2 or 3: mean fraction of phase 1 of 0.5, 0.63 or 0.75; 4: each its own, to 0.78.
        seed: Seed of the parameters.
        frames: Frames kept of a simulation, spread over the logarithm of time; None keeps all.
        energies: Whether to compute the strain energies (0.5 s a frame).
        processes: Number of processes; -1 for one a core. On a cluster it has no meaning.
        scheduler: Address of a Dask scheduler whose workers simulate, instead of this machine.
        folder: Where finished simulations are kept until all are done, so that an interrupted
            run goes on where it stopped; None keeps them in memory.
        progress: Called with the number of simulations done and their total.

    Returns:
        The set; simulations are numbered from 0.

    Raises:
        ValueError: If an argument is out of range.
        PatternFileError: If folder belongs to other settings or holds other files.
        ClusterError: If the cluster cannot be reached, or a simulation fails on it.

    Examples:
        Domains grow with time:

        >>> from vae_course.physics.descriptors import domain_size
        >>> patterns = generate(1, case=2, frames=3, energies=False, processes=1)
        >>> print(patterns.time, domain_size(patterns.images).round(2))
        [0.00015 0.002   0.025  ] [0.16 0.29 0.55]
    """
    at_least(1, frames=frames)
    if processes == 0 or processes < -1:
        raise ValueError(f"processes must be -1 or at least 1; got {processes}")
    drawn = draw_parameters(simulations, case, seed)
    parts: dict[int, PatternSet] = {}
    paths: dict[int, Path] = {}
    if folder is not None:
        _claim(folder, case=case, seed=seed, frames=frames, energies=energies)
        paths = {index: folder / f"{index:06d}.npz" for index in range(simulations)}
        parts = {index: PatternSet.load(path) for index, path in paths.items() if path.exists()}
    missing = [index for index in range(simulations) if index not in parts]
    jobs = [(index, drawn[index], frames, energies) for index in missing]
    for place, part in run(
        _simulation, jobs, processes, progress, scheduler=scheduler, done=len(parts)
    ):
        index = missing[place]
        parts[index] = part
        if folder is not None:
            part.save(paths[index])
    columns = zip(*(vars(parts[index]).values() for index in range(simulations)), strict=True)
    return PatternSet(*map(np.concatenate, columns))


def discard_parts(folder: Path) -> None:
    """Remove the finished simulations that `generate` kept in a folder.

    Args:
        folder: The folder that was given to `generate`; any other is left alone.

    Examples:
        >>> Path("parts").mkdir()
        >>> Path("parts", "settings.json").touch()  # as `generate` does
        >>> discard_parts(Path("parts"))
        >>> Path("parts").exists()
        False
    """
    if (folder / "settings.json").exists():
        shutil.rmtree(folder)


def _simulation(index: int, parameters: np.void, frames: int | None, energies: bool) -> PatternSet:
    images, times = simulate_images(parameters)
    kept = spread(times, len(times) if frames is None else frames)
    images, times = images[kept], times[kept]
    unknown = np.full((len(images), LEVELS), np.nan)
    return PatternSet(
        images,
        np.full(len(images), index),
        times,
        hyperelasticity.strain_energy(images) if energies else unknown,
        np.full(len(images), parameters, dtype=PARAMETERS),
    )


def _claim(folder: Path, **settings: object) -> None:
    path = folder / "settings.json"
    text = json.dumps(settings)
    if path.exists():
        found = path.read_text(encoding="utf-8")
        if found != text:
            raise PatternFileError(
                f"{folder} holds simulations of other settings: {found}; got {text}"
            )
        return
    if folder.exists() and any(folder.iterdir()):
        raise PatternFileError(f"{folder} must be empty or hold simulations to go on with")
    write_text(path, text)
