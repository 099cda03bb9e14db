"""Checks of lesson 09, Inverse design."""

from collections.abc import Callable
from functools import cache
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from vae_course.arrays import Floats
from vae_course.classroom.check import Student, exercise
from vae_course.classroom.checks.lesson_09.searching import (
    pair,
    require_arrival,
    require_correction,
)
from vae_course.classroom.compare import Known, as_array, compare, require
from vae_course.data import load_embedded
from vae_course.latent.gradients import value_and_gradient
from vae_course.latent.surrogate import surrogate_energy, surrogate_models
from vae_course.physics.hyperelasticity import strain_energy

UNIT, FRACTION_UNIT, CHANGE_UNIT = 0.01, 0.003, 0.005
RATE = 0.08


def _design_objective(z: Any, target: float, weight: float) -> Any:
    length = ops.sqrt(ops.sum(ops.square(z), axis=-1))
    miss = (surrogate_energy(z) / target - 1) / UNIT
    return ops.square(miss) / 2 + weight * ops.square(length - z.shape[-1] ** 0.5)


def _optimise(objective: Callable[[Any], Any], z0: Any, steps: int) -> Any:
    evaluate = value_and_gradient(objective)
    z, adam = keras.Variable(z0), keras.optimizers.Adam(RATE)
    for _ in range(steps):
        adam.apply([evaluate(ops.convert_to_numpy(z))[1]], [z])
    return np.array(ops.convert_to_numpy(z))


def _verified_error(images: Any, target: float) -> Floats:
    return np.abs(np.array([_solved(image) for image in images]) / target - 1)


def _solved(image: Any) -> float:
    return float(strain_energy(image, displacements=(0.5,))[0])


def _nearest_neighbour(energies: Any, target: float) -> tuple[int, float]:
    error = np.abs(energies / target - 1)
    index = int(np.argmin(error))
    return index, float(error[index])


def _tailoring_objective(phase: Any, energy: Any, picture: Any, target: float) -> Any:
    x = ops.cast(picture, "float32")
    loss = ops.square((energy / target - 1) / UNIT) / 2
    loss += ops.square((ops.mean(phase, axis=(1, 2)) - ops.mean(x)) / FRACTION_UNIT) / 2
    return loss + ops.mean(ops.abs(phase - x), axis=(1, 2)) / CHANGE_UNIT


def _corrected_design(
    make: Callable[[float], Any], solve: Callable[[Any], float], target: float, solves: int
) -> tuple[Any, float]:
    best, found, aim = None, np.inf, target
    for _ in range(solves):
        image = make(aim)
        energy = solve(image)
        if abs(energy - target) < abs(found - target):
            best, found = image, energy
        aim += target - energy
    return best, found


@exercise("9.1", stars=2, takes="z, target, weight", reference=_design_objective)
def design_objective(student: Student) -> None:
    """Miss of the energy in percent, and distance of the code from the shell."""
    what = "design_objective(z, target, weight)"
    vae, _ = surrogate_models()
    rng = np.random.default_rng(0)
    codes = (rng.standard_normal((4, vae.latent)) * [[0.5], [1], [1.5], [2]]).astype(np.float32)
    z, target, weight = ops.convert_to_tensor(codes), 1.25, 3.0
    energy = np.asarray(ops.convert_to_numpy(surrogate_energy(z)), dtype=np.float64)
    length, radius = np.linalg.norm(codes, axis=1), vae.latent**0.5
    miss = (energy / target - 1) / UNIT
    prior = weight * (length - radius) ** 2
    right = miss**2 / 2 + prior
    mistakes = (
        Known(
            miss**2 / 2,
            "The prior term is missing. Nothing then keeps the code where the decoder was trained, "
            "and what it is decoded to need not be a microstructure.",
        ),
        Known(prior, "The first term is missing: this does not ask for any energy."),
        Known(
            miss**2 / 2 + weight * length**2,
            "This prior term pulls codes to the centre. Draws from the prior lie on a shell of "
            "radius √k: subtract `z.shape[-1] ** 0.5` from the length before you square.",
        ),
        Known(
            miss**2 / 2 + weight * (length**2 - vae.latent) ** 2,
            "The root is missing in the length: ‖z‖ is the root of the sum of squares.",
        ),
        Known(miss**2 / 2 + weight * np.abs(length - radius), "The prior term is not squared yet."),
        Known(miss**2 / 2 - prior, "The prior term is subtracted: it would drive codes away."),
        Known(miss**2 + prior, "The factor ½ of the first term is lost."),
        Known(
            ((energy - target) / UNIT) ** 2 / 2 + prior,
            "The miss is absolute. Divide the energy by the target, then subtract 1.",
        ),
        Known(
            (energy / target - 1) ** 2 / 2 + prior,
            "The unit of one percent is lost: divide the relative error by 0.01. As it is, being "
            "off by 10 % costs next to nothing beside the prior term.",
        ),
        Known(
            np.abs(miss) + prior, "Square the miss: a miss twice as large costs four times as much."
        ),
        Known(miss**2 / 2 + (length - radius) ** 2, "The weight is not used."),
        Known(right.mean(), "You averaged over the codes. Each is a search of its own: (N,)."),
        Known(right.sum(), "You summed over the codes. Each is a search of its own: (N,)."),
    )
    result = student(z, target, weight)
    compare(what, result, right, mistakes, "Write the two terms on a line each.", rtol=1e-3)
    require(
        ops.is_tensor(result),
        f"{what} returned a NumPy array.",
        "Through NumPy no gradient passes. Use ops.square, ops.sum, ops.sqrt.",
        "a tensor",
        type(result).__name__,
    )


@exercise("9.2", stars=3, takes="objective, z0, steps", reference=_optimise)
def optimise(student: Student) -> None:
    """It arrives at the lowest point of a valley, for each row, in the steps it is given."""
    require_arrival(student)


@cache
def _pictures() -> tuple[NDArray[np.uint8], Floats, Floats]:
    """Three patterns and one that the surrogate has never seen the like of; true, by network."""
    patterns = load_embedded(1)
    dust = np.random.default_rng(1).random((64, 64)) < 0.3
    images = np.stack([*patterns.images[[500, 1500]], dust.astype(np.uint8)])
    _, model = surrogate_models()
    network = np.asarray(ops.convert_to_numpy(model.image_network(images.astype(np.float32))))
    return images, np.array([_solved(image) for image in images]), network.mean(axis=1)


@exercise("9.3", stars=2, takes="images, target", reference=_verified_error, gives_array=True)
def verified_error(student: Student) -> None:
    """Relative error of each picture, by finite elements."""
    what = "verified_error(images, target)"
    images, energy, network = _pictures()
    target = 1.3
    right = np.abs(energy / target - 1)
    all_levels = np.stack([strain_energy(image) for image in images])
    swapped = np.array([strain_energy(i, (0.5,), young=(1.0, 10.0))[0] for i in images])
    mistakes = (
        Known(
            np.abs(network / target - 1),
            "This is what the surrogate says. It was the surrogate that chose the picture, so that "
            "it agrees with the target anyway: solve the picture by `strain_energy`.",
        ),
        Known(
            np.abs(network / energy - 1),
            "This is the error of the surrogate. Asked for is the miss of the target.",
        ),
        Known(energy / target - 1, "Take the absolute value: too stiff and too soft are misses."),
        Known(np.abs(energy - target), "The error is absolute. Divide by the target."),
        Known(
            np.abs(target / energy - 1), "You divided by the energy found. Divide by the target."
        ),
        Known(100 * right, "Return a share, not percent: 0.01 for one percent."),
        Known(right.mean(), "You averaged over the pictures. Return one number for each."),
        Known(right.max(), "Return one number for each picture, not the largest."),
        Known(
            np.abs(all_levels / target - 1),
            "You solved for all displacements. Give `displacements=(0.5,)` and take entry [0].",
        ),
        Known(
            np.abs(all_levels[:, 0] / target - 1),
            "Without `displacements=(0.5,)` the first entry is the energy at no displacement: 0.",
        ),
        Known(right[:, None], "Take entry [0] of what `strain_energy` returns."),
        Known(
            np.abs(swapped / target - 1),
            "The phases are swapped: phase 0 is the stiff one, as it is by default.",
        ),
    )
    result = student(images, target)
    compare(what, result, right, mistakes, "Solve each picture, divide by the target.", rtol=1e-6)


@exercise("9.4", stars=2, takes="energies, target", reference=_nearest_neighbour)
def nearest_neighbour(student: Student) -> None:
    """Index and relative error of the energy nearest to the target, on either side."""
    what = "nearest_neighbour(energies, target)"
    energies = np.array([1.06, 1.21, 1.35, 1.28, 1.12, 1.45])
    for target in (1.24, 1.33, 1.6):
        relative = np.abs(energies / target - 1)
        index = int(relative.argmin())
        found = pair(what, student(energies, target))
        above, below = np.flatnonzero(energies >= target), np.flatnonzero(energies <= target)
        picked = as_array(f"The index that {what} returns", found[0])
        error = as_array(f"The error that {what} returns", found[1])
        mistakes = (
            Known(
                int(np.searchsorted(energies, target)),
                "np.searchsorted takes for granted that the energies are sorted, and returns the "
                "next one above. Take the smallest distance: argmin.",
            ),
            Known(
                int(np.argmin(energies - target)),
                "The differences have a sign, and the smallest of them is the most negative one: "
                "the softest pattern. Take the absolute value first.",
            ),
            Known(energies[index], "This is the energy itself. Return its index."),
            Known(relative[index], "The index comes first, the error second."),
            Known(int(relative.argmax()), "This is the farthest pattern: take argmin."),
            *(
                Known(
                    int(side[np.abs(energies[side] - target).argmin()]),
                    "You looked on one side of the target only. Nearest can be softer or stiffer.",
                )
                for side in (above, below)
                if len(side)
            ),
        )
        compare(f"The index that {what} returns", picked, index, mistakes)
        wrong = (
            Known(energies[index] / target - 1, "Take the absolute value of the error."),
            Known(abs(energies[index] - target), "Divide the error by the target."),
            Known(abs(target / energies[index] - 1), "Divide by the target, not by the energy."),
            Known(energies[index], "This is the energy. Asked for is its relative error."),
            Known(100 * relative[index], "Return a share, not percent."),
            Known(relative, "These are the errors of all patterns: take that of the nearest."),
        )
        compare(f"The error that {what} returns", error, relative[index], wrong, rtol=1e-6)


@exercise("9.5", stars=3, takes="phase, energy, picture, target", reference=_tailoring_objective)
def tailoring_objective(student: Student) -> None:
    """Miss of energy, miss of volume fraction, and change, in their units."""
    what = "tailoring_objective(phase, energy, picture, target)"
    rng = np.random.default_rng(2)
    picture = (rng.random((64, 64)) < 0.44).astype(np.uint8)
    phase = np.clip(picture + rng.normal(0, [[[0.1]], [[0.3]], [[0.6]]], (3, 64, 64)), 0, 1)
    phase[0] = 0.9 * picture  # loses only; the others gain more than they lose
    phase = phase.astype(np.float32)
    energy, target = np.array([1.21, 1.34, 1.29], np.float32), 1.3
    share = phase.mean(axis=(1, 2), dtype=np.float64)
    of_energy = ((energy.astype(np.float64) / target - 1) / UNIT) ** 2 / 2
    of_fraction = ((share - picture.mean()) / FRACTION_UNIT) ** 2 / 2
    apart = np.asarray(phase - picture.astype(np.float32), dtype=np.float64)
    change = np.abs(apart).mean(axis=(1, 2)) / CHANGE_UNIT
    right = of_energy + of_fraction + change
    signed = of_energy + of_fraction + apart.mean(axis=(1, 2)) / CHANGE_UNIT
    mistakes = (
        Known(
            of_energy + change,
            "The volume fraction is missing: more of the stiff phase is the easy way to stiffen.",
        ),
        Known(
            of_energy + of_fraction,
            "The change is missing: any other microstructure of this energy would do.",
        ),
        Known(of_fraction + change, "The energy is missing: the given picture itself is best."),
        Known(
            signed,
            "Gains and losses cancel: take the absolute value before the mean over pixels.",
        ),
        Known(
            of_energy + of_fraction + np.abs(apart.mean(axis=(1, 2))) / CHANGE_UNIT,
            "The absolute value comes after the mean, where gains and losses have cancelled.",
        ),
        Known(
            of_energy + of_fraction + (apart**2).mean(axis=(1, 2)) / CHANGE_UNIT,
            "The change is squared. Then half-grey pixels are cheap, and cutting them changes "
            "more than the objective saw. Take the absolute value.",
        ),
        Known(
            of_energy + of_fraction + np.abs(apart).sum(axis=(1, 2)) / CHANGE_UNIT,
            "You summed the change over the pixels. Take the mean: the share that changes.",
        ),
        Known(
            of_energy + ((share - 0.5) / FRACTION_UNIT) ** 2 / 2 + change,
            "The volume fraction is compared with ½, not with that of the given picture.",
        ),
        Known(
            (energy - target) ** 2 / UNIT**2 / 2 + of_fraction + change,
            "The miss of the energy is absolute. Divide the energy by the target, subtract 1.",
        ),
        Known(2 * of_energy + of_fraction + change, "The ½ of the first term is lost."),
        Known(of_energy + 2 * of_fraction + change, "The ½ of the second term is lost."),
        Known(2 * (of_energy + of_fraction) + change, "Both factors ½ are lost."),
        Known(of_energy + of_fraction + change / 2, "The third term has no factor ½."),
        Known(right.mean(), "You averaged over the pictures. Each is a search of its own: (N,)."),
        Known(right.sum(), "You summed over the pictures. Each is a search of its own: (N,)."),
    )
    tensors = ops.convert_to_tensor(phase), ops.convert_to_tensor(energy)
    result = student(*tensors, picture, target)
    compare(what, result, right, mistakes, "Look at the terms one by one.", rtol=2e-3)
    require(
        ops.is_tensor(result),
        f"{what} returned a NumPy array.",
        "Through NumPy no gradient passes. Use ops.square, ops.mean, ops.abs.",
        "a tensor",
        type(result).__name__,
    )


@exercise("9.6", stars=3, takes="make, solve, target, solves", reference=_corrected_design)
def corrected_design(student: Student) -> None:
    """Each aim is corrected by what the last solve found; the best design is returned."""
    require_correction(student)
