"""Wrong and right answers to the exercises of lesson 09."""

import keras
import numpy as np
from answers import Answers
from keras import ops

from vae_course.latent.gradients import value_and_gradient
from vae_course.latent.surrogate import surrogate_energy, surrogate_models
from vae_course.physics.hyperelasticity import strain_energy

# 9.1 design_objective(z, target, weight)


def miss(z, target):
    return (surrogate_energy(z) / target - 1) / 0.01


def length(z):
    return ops.sqrt(ops.sum(z**2, axis=-1))


def no_prior_term(z, target, weight):
    return miss(z, target) ** 2 / 2


def prior_alone(z, target, weight):
    return weight * (length(z) - 8.0) ** 2


def towards_the_centre(z, target, weight):
    return miss(z, target) ** 2 / 2 + weight * ops.sum(z**2, axis=-1)


def root_forgotten(z, target, weight):
    return miss(z, target) ** 2 / 2 + weight * (ops.sum(z**2, axis=-1) - 64.0) ** 2


def prior_not_squared(z, target, weight):
    return miss(z, target) ** 2 / 2 + weight * ops.abs(length(z) - 8.0)


def prior_subtracted(z, target, weight):
    return miss(z, target) ** 2 / 2 - weight * (length(z) - 8.0) ** 2


def half_lost(z, target, weight):
    return miss(z, target) ** 2 + weight * (length(z) - 8.0) ** 2


def absolute_miss(z, target, weight):
    off = (surrogate_energy(z) - target) / 0.01
    return off**2 / 2 + weight * (length(z) - 8.0) ** 2


def percent_lost(z, target, weight):
    return (surrogate_energy(z) / target - 1) ** 2 / 2 + weight * (length(z) - 8.0) ** 2


def miss_not_squared(z, target, weight):
    return ops.abs(miss(z, target)) + weight * (length(z) - 8.0) ** 2


def weight_forgotten(z, target, weight):
    return miss(z, target) ** 2 / 2 + (length(z) - 8.0) ** 2


def mean_over_codes(z, target, weight):
    return ops.mean(objective_with_ops(z, target, weight))


def sum_over_codes(z, target, weight):
    return ops.sum(objective_with_ops(z, target, weight))


def by_numpy(z, target, weight):
    return ops.convert_to_numpy(objective_with_ops(z, target, weight))


def objective_with_ops(z, target, weight):
    return miss(z, target) ** 2 / 2 + weight * (length(z) - 8.0) ** 2


def objective_with_norm(z, target, weight):
    off = 100 * (surrogate_energy(z) - target) / target
    return 0.5 * off * off + weight * ops.square(ops.norm(z, axis=1) - ops.sqrt(64.0))


# 9.2 optimise(objective, z0, steps)


def uphill(objective, z0, steps):
    evaluate, z = value_and_gradient(objective), np.array(z0)
    for _ in range(steps):
        z = z + 0.08 * evaluate(z)[1]
    return z


def one_step_only(objective, z0, steps):
    z, adam = keras.Variable(z0), keras.optimizers.Adam(0.08)
    if steps:
        adam.apply([value_and_gradient(objective)(z0)[1]], [z])
    return ops.convert_to_numpy(z)


def first_gradient_for_ever(objective, z0, steps):
    z, adam = keras.Variable(z0), keras.optimizers.Adam(0.08)
    _, gradient = value_and_gradient(objective)(z0)
    for _ in range(steps):
        adam.apply([gradient], [z])
    return ops.convert_to_numpy(z)


def start_returned(objective, z0, steps):
    z, adam = keras.Variable(z0), keras.optimizers.Adam(0.08)
    for _ in range(steps):
        adam.apply([value_and_gradient(objective)(z0)[1]], [z])
    return z0


def values_returned(objective, z0, steps):
    return value_and_gradient(objective)(optimise_with_keras(objective, z0, steps))[0]


def hundred_steps_always(objective, z0, steps):
    return optimise_with_keras(objective, z0, 100)


def far_too_slow(objective, z0, steps):
    evaluate, z = value_and_gradient(objective), np.array(z0)
    for _ in range(steps):
        z = z - 1e-4 * evaluate(z)[1]
    return z


def start_changed(objective, z0, steps):
    evaluate = value_and_gradient(objective)
    for _ in range(steps):
        z0 -= 0.1 * evaluate(z0)[1]
    return z0


def optimise_with_keras(objective, z0, steps):
    evaluate = value_and_gradient(objective)
    z, adam = keras.Variable(z0), keras.optimizers.Adam(0.08)
    for _ in range(steps):
        _, gradient = evaluate(ops.convert_to_numpy(z))
        adam.apply([gradient], [z])
    return ops.convert_to_numpy(z)


def optimise_by_hand(objective, z0, steps):
    evaluate, z = value_and_gradient(objective), np.array(z0)
    mean, square = np.zeros_like(z), np.zeros_like(z)
    for k in range(1, steps + 1):
        _, gradient = evaluate(z)
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        z = z - 0.08 * (mean / (1 - 0.9**k)) / (np.sqrt(square / (1 - 0.999**k)) + 1e-8)
    return z


def plain_gradient_descent(objective, z0, steps):
    evaluate, z = value_and_gradient(objective), z0.copy()
    for _ in range(steps):
        z = z - 0.08 * evaluate(z)[1]
    return z


# 9.3 verified_error(images, target)


def network(images):
    _, model = surrogate_models()
    found = model.image_network(np.asarray(images, np.float32), training=False)
    return ops.convert_to_numpy(found).mean(axis=1)


def solve_all(images, **options):
    return np.array([strain_energy(image, (0.5,), **options)[0] for image in images])


def surrogate_reported(images, target):
    return np.abs(network(images) / target - 1)


def error_of_the_surrogate(images, target):
    return np.abs(network(images) / solve_all(images) - 1)


def signed_error(images, target):
    return solve_all(images) / target - 1


def absolute_error(images, target):
    return np.abs(solve_all(images) - target)


def divided_by_the_energy(images, target):
    energies = solve_all(images)
    return np.abs(energies - target) / energies


def in_percent(images, target):
    return 100 * np.abs(solve_all(images) / target - 1)


def mean_over_pictures(images, target):
    return np.mean(verified_in_a_loop(images, target))


def worst_picture(images, target):
    return np.max(verified_in_a_loop(images, target))


def all_displacements(images, target):
    return np.abs(np.array([strain_energy(image) for image in images]) / target - 1)


def at_no_displacement(images, target):
    return np.abs(np.array([strain_energy(image)[0] for image in images]) / target - 1)


def entry_not_taken(images, target):
    return np.abs(np.array([strain_energy(image, (0.5,)) for image in images]) / target - 1)


def phases_swapped(images, target):
    return np.abs(solve_all(images, young=(1.0, 10.0)) / target - 1)


def verified_in_a_loop(images, target):
    errors = []
    for image in images:
        energy = strain_energy(image, displacements=(0.5,))[0]
        errors.append(abs(energy - target) / target)
    return errors


def verified_with_the_last_level(images, target):
    return np.abs(np.stack([strain_energy(image) for image in images])[:, -1] / target - 1)


# 9.4 nearest_neighbour(energies, target)


def signed_difference(energies, target):
    index = np.argmin(energies - target)
    return index, abs(energies[index] / target - 1)


def energy_for_index(energies, target):
    index = np.argmin(np.abs(energies - target))
    return energies[index], abs(energies[index] / target - 1)


def order_turned(energies, target):
    index = np.argmin(np.abs(energies - target))
    return abs(energies[index] / target - 1), index


def farthest(energies, target):
    index = np.argmax(np.abs(energies - target))
    return index, abs(energies[index] / target - 1)


def next_above(energies, target):
    index = int(np.argmin(np.where(energies >= target, energies, np.inf)))
    return index, abs(energies[index] / target - 1)


def error_signed(energies, target):
    index = np.argmin(np.abs(energies - target))
    return index, energies[index] / target - 1


def error_absolute(energies, target):
    index = np.argmin(np.abs(energies - target))
    return index, abs(energies[index] - target)


def energy_for_error(energies, target):
    index = np.argmin(np.abs(energies - target))
    return index, energies[index]


def all_errors(energies, target):
    error = np.abs(energies / target - 1)
    return np.argmin(error), error


def index_alone(energies, target):
    return int(np.argmin(np.abs(energies - target)))


def searched_as_sorted(energies, target):
    index = min(int(np.searchsorted(energies, target)), len(energies) - 1)
    return index, abs(energies[index] / target - 1)


def neighbour_with_numpy(energies, target):
    error = np.abs(energies / target - 1)
    return np.argmin(error), error.min()


def neighbour_by_loop(energies, target):
    best = 0
    for k, energy in enumerate(energies):
        if abs(energy - target) < abs(energies[best] - target):
            best = k
    return [best, abs(energies[best] - target) / target]


# 9.5 tailoring_objective(phase, energy, picture, target)


def terms(phase, energy, picture, target):
    x = ops.cast(picture, "float32")
    fraction = ops.mean(phase, axis=(1, 2)) - ops.mean(x)
    change = ops.mean(ops.abs(phase - x), axis=(1, 2))
    return (
        ops.square((energy / target - 1) / 0.01) / 2,
        ops.square(fraction / 0.003) / 2,
        change / 0.005,
    )


def no_volume_fraction(phase, energy, picture, target):
    of_energy, _, change = terms(phase, energy, picture, target)
    return of_energy + change


def no_change(phase, energy, picture, target):
    of_energy, fraction, _ = terms(phase, energy, picture, target)
    return of_energy + fraction


def no_energy(phase, energy, picture, target):
    _, fraction, change = terms(phase, energy, picture, target)
    return fraction + change


def change_signed(phase, energy, picture, target):
    of_energy, fraction, _ = terms(phase, energy, picture, target)
    x = ops.cast(picture, "float32")
    return of_energy + fraction + ops.mean(phase - x, axis=(1, 2)) / 0.005


def absolute_after_the_mean(phase, energy, picture, target):
    of_energy, fraction, _ = terms(phase, energy, picture, target)
    x = ops.cast(picture, "float32")
    return of_energy + fraction + ops.abs(ops.mean(phase - x, axis=(1, 2))) / 0.005


def change_squared(phase, energy, picture, target):
    of_energy, fraction, _ = terms(phase, energy, picture, target)
    x = ops.cast(picture, "float32")
    return of_energy + fraction + ops.mean((phase - x) ** 2, axis=(1, 2)) / 0.005


def change_summed(phase, energy, picture, target):
    of_energy, fraction, change = terms(phase, energy, picture, target)
    return of_energy + fraction + 4096 * change


def fraction_of_one_half(phase, energy, picture, target):
    of_energy, _, change = terms(phase, energy, picture, target)
    return of_energy + ((ops.mean(phase, axis=(1, 2)) - 0.5) / 0.003) ** 2 / 2 + change


def energy_absolute(phase, energy, picture, target):
    _, fraction, change = terms(phase, energy, picture, target)
    return ((energy - target) / 0.01) ** 2 / 2 + fraction + change


def both_halves_lost(phase, energy, picture, target):
    of_energy, fraction, change = terms(phase, energy, picture, target)
    return 2 * of_energy + 2 * fraction + change


def averaged(phase, energy, picture, target):
    return ops.mean(sum(terms(phase, energy, picture, target)))


def numpy_returned(phase, energy, picture, target):
    return ops.convert_to_numpy(sum(terms(phase, energy, picture, target)))


def tailoring_with_ops(phase, energy, picture, target):
    of_energy, fraction, change = terms(phase, energy, picture, target)
    return of_energy + fraction + change


def tailoring_with_flat_pictures(phase, energy, picture, target):
    rows = ops.reshape(phase, (-1, 64 * 64))
    given = ops.convert_to_tensor(np.asarray(picture, "float32").reshape(1, -1))
    fraction = (ops.mean(rows, axis=1) - float(picture.mean())) / 0.003
    change = 200 * ops.mean(ops.abs(rows - given), axis=1)
    return 0.5 * (100 * energy / target - 100) ** 2 + 0.5 * fraction**2 + change


# 9.6 corrected_design(make, solve, target, solves)


def wrong_direction(make, solve, target, solves):
    return corrected(make, solve, target, solves, lambda aim, energy: aim + energy - target)


def never_corrected(make, solve, target, solves):
    return corrected(make, solve, target, solves, lambda aim, energy: aim)


def correction_forgotten(make, solve, target, solves):
    return corrected(make, solve, target, solves, lambda aim, energy: target + target - energy)


def corrected_by_half(make, solve, target, solves):
    return corrected(make, solve, target, solves, lambda aim, energy: aim + (target - energy) / 2)


def last_returned(make, solve, target, solves):
    aim = target
    for _ in range(solves):
        image = make(aim)
        energy = solve(image)
        aim += target - energy
    return image, energy


def first_returned(make, solve, target, solves):
    found, aim = [], target
    for _ in range(solves):
        image = make(aim)
        found.append((image, solve(image)))
        aim += target - found[-1][1]
    close = [pair for pair in found if abs(pair[1] - target) < 0.009]
    return min(close, key=lambda pair: abs(pair[1] - target)) if close else found[0]


def solved_twice(make, solve, target, solves):
    aim, found = target, []
    for _ in range(solves):
        image = make(aim)
        found.append((image, solve(image)))
        aim += target - solve(image)
    return min(found, key=lambda pair: abs(pair[1] - target))


def never_solved(make, solve, target, solves):
    return make(target), target


def aim_for_energy(make, solve, target, solves):
    image, _ = design_by_addition(make, solve, target, solves)
    return image, target


def design_alone(make, solve, target, solves):
    return design_by_addition(make, solve, target, solves)[0]


def corrected(make, solve, target, solves, correct):
    aim, found = target, []
    for _ in range(solves):
        image = make(aim)
        found.append((image, solve(image)))
        aim = correct(aim, found[-1][1])
    return min(found, key=lambda pair: abs(pair[1] - target))


def one_round_too_few(make, solve, target, solves):
    return design_by_addition(make, solve, target, solves - 1)


def order_exchanged(make, solve, target, solves):
    design, energy = design_by_addition(make, solve, target, solves)
    return energy, design


def design_by_addition(make, solve, target, solves):
    return corrected(make, solve, target, solves, lambda aim, energy: aim + target - energy)


def design_by_ratio(make, solve, target, solves):
    return corrected(make, solve, target, solves, lambda aim, energy: aim * target / energy)


EXERCISES = {
    "design_objective": Answers(
        wrong={
            no_prior_term: "The prior term is missing",
            prior_alone: "does not ask for any energy",
            towards_the_centre: "pulls codes to the centre",
            root_forgotten: "The root is missing in the length",
            prior_not_squared: "The prior term is not squared",
            prior_subtracted: "it would drive codes away",
            half_lost: "The factor ½ of the first term",
            absolute_miss: "The miss is absolute",
            percent_lost: "The unit of one percent is lost",
            miss_not_squared: "Square the miss",
            weight_forgotten: "The weight is not used",
            mean_over_codes: "You averaged over the codes",
            sum_over_codes: "You summed over the codes",
            by_numpy: "Through NumPy no gradient passes",
        },
        right=[objective_with_ops, objective_with_norm],
    ),
    "optimise": Answers(
        wrong={
            plain_gradient_descent: "In a narrow valley the search does not arrive",
            uphill: "A step goes against the gradient",
            one_step_only: "200 steps lead no further than a single one",
            first_gradient_for_ever: "that of the first gradient",
            start_returned: "on the variable that you return",
            values_returned: "not the objective there",
            hundred_steps_always: "The loop must run as often as `steps` says",
            far_too_slow: "has not arrived at the lowest point",
            start_changed: "changes its argument z0 in place",
        },
        right=[optimise_with_keras, optimise_by_hand],
    ),
    "verified_error": Answers(
        wrong={
            surrogate_reported: "This is what the surrogate says",
            error_of_the_surrogate: "This is the error of the surrogate",
            signed_error: "Take the absolute value",
            absolute_error: "The error is absolute",
            divided_by_the_energy: "You divided by the energy found",
            in_percent: "Return a share, not percent",
            mean_over_pictures: "You averaged over the pictures",
            worst_picture: "not the largest",
            all_displacements: "You solved for all displacements",
            at_no_displacement: "the energy at no displacement",
            entry_not_taken: "Take entry [0]",
            phases_swapped: "The phases are swapped",
        },
        right=[verified_in_a_loop, verified_with_the_last_level],
    ),
    "nearest_neighbour": Answers(
        wrong={
            signed_difference: "The differences have a sign",
            energy_for_index: "This is the energy itself",
            order_turned: "The index comes first",
            farthest: "This is the farthest pattern",
            searched_as_sorted: "takes for granted that the energies are sorted",
            next_above: "on one side of the target only",
            error_signed: "Take the absolute value of the error",
            error_absolute: "Divide the error by the target",
            energy_for_error: "This is the energy. Asked for is",
            all_errors: "These are the errors of all patterns",
            index_alone: "must return two things",
        },
        right=[neighbour_with_numpy, neighbour_by_loop],
    ),
    "tailoring_objective": Answers(
        wrong={
            no_volume_fraction: "The volume fraction is missing",
            no_change: "The change is missing",
            no_energy: "The energy is missing",
            change_signed: "take the absolute value before the mean",
            absolute_after_the_mean: "The absolute value comes after the mean",
            change_squared: "The change is squared",
            change_summed: "You summed the change over the pixels",
            fraction_of_one_half: "is compared with ½",
            energy_absolute: "The miss of the energy is absolute",
            both_halves_lost: "Both factors ½ are lost",
            averaged: "You averaged over the pictures",
            numpy_returned: "Through NumPy no gradient passes",
        },
        right=[tailoring_with_ops, tailoring_with_flat_pictures],
    ),
    "corrected_design": Answers(
        wrong={
            wrong_direction: "in the wrong direction",
            never_corrected: "for the same aim as the first",
            correction_forgotten: "forgets the one before",
            corrected_by_half: "the design is still off",
            last_returned: "The last design came back",
            first_returned: "The first design came back",
            one_round_too_few: "fewer than three designs were solved",
            order_exchanged: "The second thing returned is not an energy",
            solved_twice: "three designs are to be made and each solved once",
            never_solved: "does not solve anything",
            aim_for_energy: "is not that of the design returned",
            design_alone: "must return two things",
        },
        right=[design_by_addition, design_by_ratio],
    ),
}
