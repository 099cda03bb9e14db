"""Wrong and right answers to the exercises of lesson 10."""

import csv
import io

import keras
import numpy as np
from answers import Answers
from skimage.filters import threshold_otsu
from skimage.transform import resize

from vae_course.vae.batches import SymmetricBatches
from vae_course.vae.model import build_vae

# 10.1 binary_tiles(image, size)


def cut(image, size):
    rows, columns = image.shape[0] // size, image.shape[1] // size
    return np.array(
        [
            image[i * size : (i + 1) * size, j * size : (j + 1) * size]
            for i in range(rows)
            for j in range(columns)
        ]
    )


def binary(image):
    return (image > threshold_otsu(image)).astype("uint8")


def remainder_stretched(image, size):
    rows, columns = -(-image.shape[0] // size), -(-image.shape[1] // size)
    return cut(binary(resize(image, (rows * size, columns * size))), size)


def remainder_padded(image, size):
    phases = binary(image)
    missing = [(0, -side % size) for side in image.shape]
    return cut(np.pad(phases, missing), size)


def threshold_of_each_tile(image, size):
    return np.array([binary(one) for one in cut(image, size)])


def mean_as_threshold(image, size):
    return cut((image > image.mean()).astype("uint8"), size)


def median_as_threshold(image, size):
    return cut(image > np.median(image), size)


def middle_of_the_range(image, size):
    return cut(image > (image.min() + image.max()) / 2, size)


def fixed_level(image, size):
    return cut(image > 128, size)


def dark_is_one(image, size):
    return cut(image < threshold_otsu(image), size)


def levels_of_a_picture(image, size):
    return 255 * cut(binary(image).astype(int), size)


def still_grey(image, size):
    return cut(image, size)


def reshaped_alone(image, size):
    rows, columns = image.shape[0] // size, image.shape[1] // size
    return binary(image)[: rows * size, : columns * size].reshape(-1, size, size)


def column_by_column(image, size):
    rows, columns = image.shape[0] // size, image.shape[1] // size
    phases = binary(image)
    return np.array(
        [
            phases[i * size : (i + 1) * size, j * size : (j + 1) * size]
            for j in range(columns)
            for i in range(rows)
        ]
    )


def tiles_transposed(image, size):
    return cut(binary(image), size).transpose(0, 2, 1)


def in_rows_and_columns(image, size):
    rows, columns = image.shape[0] // size, image.shape[1] // size
    return cut(binary(image), size).reshape(rows, columns, size, size)


def overlapping(image, size):
    step = size // 2
    phases = binary(image)
    return np.array(
        [
            phases[i : i + size, j : j + size]
            for i in range(0, image.shape[0] - size + 1, step)
            for j in range(0, image.shape[1] - size + 1, step)
        ]
    )


def not_cut(image, size):
    return binary(image)


def last_tile_lost(image, size):
    phases = binary(image)
    return np.array(
        [
            phases[i : i + size, j : j + size]
            for i in range(0, image.shape[0] - size, size)
            for j in range(0, image.shape[1] - size, size)
        ]
    )


def tiles_by_loops(image, size):
    return cut(binary(image), size)


def tiles_by_reshape(image, size):
    rows, columns = image.shape[0] // size, image.shape[1] // size
    phases = image[: rows * size, : columns * size] > threshold_otsu(image)
    return phases.reshape(rows, size, columns, size).swapaxes(1, 2).reshape(-1, size, size)


def tiles_by_searching(image, size):
    def between(t):
        above = image > t
        share = above.mean()
        return share * (1 - share) * (image[above].mean() - image[~above].mean()) ** 2

    levels = np.linspace(np.percentile(image, 2), np.percentile(image, 98), 80)
    return cut((image > max(levels, key=between)).astype(float), size)


# 10.2 domain_shift(descriptors, reference)


def spread_of_mine(descriptors, reference):
    return (descriptors.mean(axis=0) - reference.mean(axis=0)) / descriptors.std(axis=0)


def spread_of_both(descriptors, reference):
    both = np.concatenate([descriptors, reference])
    return (descriptors.mean(axis=0) - reference.mean(axis=0)) / both.std(axis=0)


def pooled_spread(descriptors, reference):
    pooled = np.sqrt((descriptors.var(axis=0) + reference.var(axis=0)) / 2)
    return (descriptors.mean(axis=0) - reference.mean(axis=0)) / pooled


def variance_of_the_reference(descriptors, reference):
    return (descriptors.mean(axis=0) - reference.mean(axis=0)) / reference.var(axis=0)


def theirs_minus_mine(descriptors, reference):
    return (reference.mean(axis=0) - descriptors.mean(axis=0)) / reference.std(axis=0)


def without_sign(descriptors, reference):
    return np.abs(descriptors.mean(axis=0) - reference.mean(axis=0)) / reference.std(axis=0)


def plain_difference(descriptors, reference):
    return descriptors.mean(axis=0) - reference.mean(axis=0)


def relative_difference(descriptors, reference):
    return descriptors.mean(axis=0) / reference.mean(axis=0) - 1


def significance(descriptors, reference):
    error = descriptors.var(axis=0) / len(descriptors) + reference.var(axis=0) / len(reference)
    return (descriptors.mean(axis=0) - reference.mean(axis=0)) / np.sqrt(error)


def shift_of_each_tile(descriptors, reference):
    return (descriptors - reference.mean(axis=0)) / reference.std(axis=0)


def mean_over_descriptors(descriptors, reference):
    return np.mean((descriptors.mean(axis=0) - reference.mean(axis=0)) / reference.std(axis=0))


def over_everything(descriptors, reference):
    return (descriptors.mean() - reference.mean()) / reference.std()


def over_the_wrong_axis(descriptors, reference):
    return (descriptors.mean(axis=1)[:3] - reference.mean(axis=1)[:3]) / reference.std(axis=1)[:3]


def shift_with_numpy(descriptors, reference):
    return (descriptors.mean(axis=0) - reference.mean(axis=0)) / reference.std(axis=0)


def shift_by_standard_scores(descriptors, reference):
    return ((descriptors - reference.mean(axis=0)) / reference.std(axis=0, ddof=1)).mean(axis=0)


def shift_by_loops(descriptors, reference):
    return [
        (np.mean(mine) - np.mean(theirs)) / np.std(theirs)
        for mine, theirs in zip(descriptors.T, reference.T, strict=True)
    ]


# 10.3 groups_from_table(table)

CASE, INDEX, IMAGE = "Case", "Cahn_Hilliard_Simulation_Index", "Image_Number"


def columns_of(table, *wanted, sort=True):
    names, *rows = [line.split() for line in table.strip().splitlines()]
    values = np.array(rows, dtype=float)
    if sort:
        values = values[np.argsort(values[:, names.index(IMAGE)])]
    return values[:, [names.index(name) for name in wanted]]


def numbered(pairs):
    return np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1)


def index_alone(table):
    return columns_of(table, INDEX)[:, 0]


def sum_as_key(table):
    return columns_of(table, CASE, INDEX) @ [1000, 1]


def digits_as_key(table):
    return columns_of(table, CASE, INDEX) @ [10, 1]


def by_seed(table):
    return columns_of(table, "Seed")[:, 0]


def by_case_and_seed(table):
    return numbered(columns_of(table, CASE, "Seed"))


def by_case(table):
    return columns_of(table, CASE)[:, 0].astype(int)


def each_picture_a_group(table):
    return columns_of(table, IMAGE)[:, 0]


def in_the_order_of_rows(table):
    return numbered(columns_of(table, CASE, INDEX, sort=False))


def sorted_as_text(table):
    names, *rows = [line.split() for line in table.strip().splitlines()]
    rows.sort(key=lambda row: row[names.index(IMAGE)])
    return numbered([[float(row[names.index(name)]) for name in (CASE, INDEX)] for row in rows])


def columns_by_place(table):
    rows = sorted((line.split() for line in table.splitlines()[1:]), key=lambda row: float(row[0]))
    return numbered([[float(row[1]), float(row[6])] for row in rows])


def header_as_a_row(table):
    rows = [line.split() for line in table.splitlines()]
    return numbered(np.array([[row[1], row[6]] for row in rows]))


def pairs_not_numbered(table):
    return columns_of(table, CASE, INDEX)


def the_simulations_themselves(table):
    return np.arange(len(np.unique(columns_of(table, CASE, INDEX), axis=0)))


def both_results_of_unique(table):
    return np.unique(columns_of(table, CASE, INDEX), axis=0, return_inverse=True)


def groups_with_numpy(table):
    return numbered(columns_of(table, CASE, INDEX))


def groups_by_one_number(table):
    case, index = columns_of(table, CASE, INDEX).T
    return (10_000 * case + index).astype(int)


def groups_by_dictionary(table):
    rows = list(csv.DictReader(io.StringIO(table), delimiter=" "))
    rows.sort(key=lambda row: float(row[IMAGE]))
    known = {}
    return [known.setdefault((float(row[CASE]), float(row[INDEX])), len(known)) for row in rows]


# 10.4 fine_tune(vae, patterns, epochs, seed)


def squared_error(vae, images):
    return float(np.mean((vae.reconstruct(images) - images) ** 2))


def trained(vae, images, epochs, seed, rate=1e-3, **options):
    vae.compile(optimizer=keras.optimizers.Adam(rate))
    vae.fit(SymmetricBatches(images, 16, seed=seed, **options), epochs=epochs, verbose=0)
    return vae


def split_by_tile(vae, patterns, epochs, seed):
    order = np.random.default_rng(seed).permutation(len(patterns))
    held_out, training = (patterns.images[part] for part in np.split(order, [len(order) * 3 // 10]))
    before = squared_error(vae, held_out)
    return before, squared_error(trained(vae, training, epochs, seed), held_out)


def trained_on_everything(vae, patterns, epochs, seed):
    _, held_out = patterns.split(test=0.3, seed=seed)
    before = squared_error(vae, held_out.images)
    return before, squared_error(trained(vae, patterns.images, epochs, seed), held_out.images)


def sides_swapped(vae, patterns, epochs, seed):
    held_out, training = patterns.split(test=0.3, seed=seed)
    before = squared_error(vae, held_out.images)
    return before, squared_error(trained(vae, training.images, epochs, seed), held_out.images)


def another_split(vae, patterns, epochs, seed):
    training, held_out = patterns.split(test=0.3, seed=seed + 1)
    before = squared_error(vae, held_out.images)
    return before, squared_error(trained(vae, training.images, epochs, seed), held_out.images)


def judged_on_training_tiles(vae, patterns, epochs, seed):
    training, _ = patterns.split(test=0.3, seed=seed)
    before = squared_error(vae, training.images)
    return before, squared_error(trained(vae, training.images, epochs, seed), training.images)


def judged_on_everything(vae, patterns, epochs, seed):
    training, _ = patterns.split(test=0.3, seed=seed)
    before = squared_error(vae, patterns.images)
    return before, squared_error(trained(vae, training.images, epochs, seed), patterns.images)


def after_on_training_tiles(vae, patterns, epochs, seed):
    training, held_out = patterns.split(test=0.3, seed=seed)
    before = squared_error(vae, held_out.images)
    return before, squared_error(trained(vae, training.images, epochs, seed), training.images)


def before_computed_after(vae, patterns, epochs, seed):
    training, held_out = patterns.split(test=0.3, seed=seed)
    trained(vae, training.images, epochs, seed)
    return squared_error(vae, held_out.images), squared_error(vae, held_out.images)


def after_before(vae, patterns, epochs, seed):
    return fine_tuned(vae, patterns, epochs, seed)[::-1]


def the_gain(vae, patterns, epochs, seed):
    before, after = fine_tuned(vae, patterns, epochs, seed)
    return before, before - after


def after_alone(vae, patterns, epochs, seed):
    return fine_tuned(vae, patterns, epochs, seed)[1]


def a_new_model(vae, patterns, epochs, seed):
    training, held_out = patterns.split(test=0.3, seed=seed)
    before = squared_error(vae, held_out.images)
    new = build_vae(4, 16, channels=(8, 16), seed=seed)
    return before, squared_error(trained(new, training.images, epochs, seed), held_out.images)


def steps_too_large(vae, patterns, epochs, seed):
    training, held_out = patterns.split(test=0.3, seed=seed)
    before = squared_error(vae, held_out.images)
    trained(vae, training.images, epochs, seed, rate=0.02)
    return before, squared_error(vae, held_out.images)


def phases_swapped(vae, patterns, epochs, seed):
    training, held_out = patterns.split(test=0.3, seed=seed)
    before = squared_error(vae, held_out.images)
    trained(vae, training.images, epochs, seed, swap_phases=True)
    return before, squared_error(vae, held_out.images)


def one_epoch(vae, patterns, epochs, seed):
    return fine_tuned(vae, patterns, 1, seed)


def summed_error(vae, patterns, epochs, seed):
    training, held_out = patterns.split(test=0.3, seed=seed)
    count = held_out.images.size
    before = count * squared_error(vae, held_out.images)
    trained(vae, training.images, epochs, seed)
    return before, count * squared_error(vae, held_out.images)


def cut_before_comparing(vae, patterns, epochs, seed):
    training, held_out = patterns.split(test=0.3, seed=seed)
    before = np.mean((vae.reconstruct(held_out.images) > 0.5) != held_out.images)
    trained(vae, training.images, epochs, seed)
    return before, np.mean((vae.reconstruct(held_out.images) > 0.5) != held_out.images)


def fine_tuned(vae, patterns, epochs, seed):
    training, held_out = patterns.split(test=0.3, seed=seed)
    before = squared_error(vae, held_out.images)
    trained(vae, training.images, epochs, seed)
    return before, squared_error(vae, held_out.images)


def fine_tuned_on_plain_tiles(vae, patterns, epochs, seed):
    training, held_out = patterns.split(0.3, seed)
    truth = held_out.images.astype("float32")
    before = keras.ops.mean((vae.decode(vae.encode(truth)) - truth) ** 2)
    vae.compile(optimizer="adam")
    vae.fit(training.images.astype("float32"), batch_size=16, epochs=epochs, verbose=0)
    return [before, keras.ops.mean((vae.decode(vae.encode(truth)) - truth) ** 2)]


def fine_tuned_epoch_by_epoch(vae, patterns, epochs, seed):
    training, held_out = patterns.split(test=0.3, seed=seed)
    errors = [squared_error(vae, held_out.images)]
    vae.compile(optimizer=keras.optimizers.Adam(1e-3))
    batches = SymmetricBatches(training.images, 16, seed=seed)
    for _ in range(epochs):
        vae.fit(batches, verbose=0)
        errors.append(squared_error(vae, held_out.images))
    return errors[0], errors[-1]


# 10.5 model_card(train, test, before, after)

LIMITS = "Only for this steel at this magnification; it has not seen other volume fractions."


def card(train, test, before, after, **other):
    return {
        "micrographs trained on": len(set(train.simulation.tolist())),
        "micrographs held out": len(set(test.simulation.tolist())),
        "tiles trained on": len(train),
        "tiles held out": len(test),
        "split": "by micrograph",
        "squared error before": before,
        "squared error after": after,
        "limits": LIMITS,
    } | {key.replace("_", " "): value for key, value in other.items()}


def tiles_as_micrographs(train, test, before, after):
    counts = {"micrographs_trained_on": len(train), "micrographs_held_out": len(test)}
    return card(train, test, before, after, **counts)


def tiles_once(train, test, before, after):
    return card(train, test, before, after, micrographs_trained_on=len(train))


def micrographs_as_tiles(train, test, before, after):
    counts = [len(np.unique(one.simulation)) for one in (train, test)]
    return card(train, test, before, after, tiles_trained_on=counts[0], tiles_held_out=counts[1])


def largest_number(train, test, before, after):
    last = {
        "micrographs_trained_on": train.simulation.max() + 1,
        "micrographs_held_out": test.simulation.max() + 1,
    }
    return card(train, test, before, after, **last)


def sets_swapped(train, test, before, after):
    return card(test, train, before, after)


def numbers_typed_in(train, test, before, after):
    typed = {"micrographs_trained_on": 8, "micrographs_held_out": 4}
    return card(train, test, before, after, **typed)


def arrays_of_micrographs(train, test, before, after):
    return card(train, test, before, after, micrographs_trained_on=np.unique(train.simulation))


def errors_swapped(train, test, before, after):
    return card(train, test, after, before)


def gain_as_after(train, test, before, after):
    return card(train, test, before, before - after)


def rounded(train, test, before, after):
    return card(train, test, round(before, 2), round(after, 2))


def before_left_out(train, test, before, after):
    whole = card(train, test, before, after)
    return {key: value for key, value in whole.items() if key != "squared error before"}


def no_limits(train, test, before, after):
    return card(train, test, before, after, limits="none")


def short_limits(train, test, before, after):
    return card(train, test, before, after, limits="do not use it on any other")


def split_at_random(train, test, before, after):
    return card(train, test, before, after, split="70/30")


def as_a_text(train, test, before, after):
    return str(card(train, test, before, after))


def card_with_numpy(train, test, before, after):
    return card(
        train,
        test,
        before,
        after,
        micrographs_trained_on=np.unique(train.simulation).size,
        micrographs_held_out=np.unique(test.simulation).size,
        tiles_held_out=np.int64(test.images.shape[0]),
    )


def card_with_more(train, test, before, after):
    whole = dict(card(train, test, np.float32(before), after), author="me")
    whole["split"] = "By micrograph, 30 % held out"
    return whole


EXERCISES = {
    "binary_tiles": Answers(
        wrong={
            remainder_stretched: "Cut it off. Stretching it changes the width",
            remainder_padded: "filled up to whole tiles",
            threshold_of_each_tile: "Each tile has a threshold of its own",
            mean_as_threshold: "The threshold is the mean grey level",
            median_as_threshold: "The threshold is the median",
            middle_of_the_range: "A single speck of dust moves it",
            fixed_level: "Do not take a fixed level such as 128",
            dark_is_one: "The phases are the wrong way round",
            levels_of_a_picture: "The light phase is 255",
            still_grey: "The tiles are still grey",
            reshaped_alone: "Pixels are in the wrong tiles",
            column_by_column: "The tiles go column by column",
            tiles_transposed: "Each tile is transposed",
            in_rows_and_columns: "The tiles stand in rows and columns",
            overlapping: "The tiles overlap",
            not_cut: "The image is not cut into tiles yet",
            last_tile_lost: "loses some of them",
        },
        right=[tiles_by_loops, tiles_by_reshape, tiles_by_searching],
    ),
    "domain_shift": Answers(
        wrong={
            spread_of_mine: "You divided by the standard deviation of your own tiles",
            spread_of_both: "the shift itself is in it",
            pooled_spread: "You divided by the mean spread of both sets",
            variance_of_the_reference: "You divided by the variance",
            theirs_minus_mine: "The sign is the wrong way round",
            without_sign: "The sign is lost",
            plain_difference: "Divide by the standard deviation: a difference of 0.15 alone",
            relative_difference: "You divided by the mean of the reference",
            significance: "grows with the number of tiles",
            shift_of_each_tile: "These are the shifts of the single tiles",
            mean_over_descriptors: "You averaged over the descriptors, too",
            over_everything: "Mean and standard deviation went over everything",
            over_the_wrong_axis: "Mean of yours minus theirs",
        },
        right=[shift_with_numpy, shift_by_standard_scores, shift_by_loops],
    ),
    "groups_from_table": Answers(
        wrong={
            sum_as_key: "1000 · 1 + 1011 is 1000 · 2 + 11",
            digits_as_key: "10 · 1 + 21 is 10 · 2 + 11",
            index_alone: "The index counts anew in each case",
            by_seed: "You grouped by Seed",
            by_case_and_seed: "You grouped by Case and Seed",
            by_case: "You grouped by Case: that is hundreds",
            each_picture_a_group: "Each picture is a group of its own",
            in_the_order_of_rows: "The groups are in the order of the rows",
            sorted_as_text: "Image numbers are sorted as text",
            columns_by_place: "This table has its columns in another order",
            header_as_a_row: "There is one group too many",
            pairs_not_numbered: "Each picture has a pair of numbers",
            the_simulations_themselves: "Return one number for each picture",
            both_results_of_unique: "Return one array",
        },
        right=[groups_with_numpy, groups_by_one_number, groups_by_dictionary],
    ),
    "fine_tune": Answers(
        wrong={
            split_by_tile: "Tiles of one micrograph are on both sides",
            trained_on_everything: "trained on all tiles, the held-out ones among them",
            sides_swapped: "The model was trained on the held-out tiles",
            another_split: "Other micrographs are held out than by",
            judged_on_training_tiles: "The errors are those on the tiles trained on",
            judged_on_everything: "The errors are those on all tiles",
            after_on_training_tiles: "Take the held-out ones both times",
            before_computed_after: "compute the first one before you call fit",
            after_before: "Before and after are the wrong way round",
            the_gain: "Return the error after, not what was gained",
            after_alone: "must return two numbers",
            a_new_model: "has not changed",
            steps_too_large: "The learning rate is too large",
            phases_swapped: "The phases are swapped in the batches",
            one_epoch: "trained for another number of epochs",
            summed_error: "You took the sum over pixels and tiles",
            cut_before_comparing: "You cut the reconstructions at ½ first",
        },
        right=[fine_tuned, fine_tuned_on_plain_tiles, fine_tuned_epoch_by_epoch],
    ),
    "model_card": Answers(
        wrong={
            tiles_as_micrographs: "You counted tiles as micrographs",
            largest_number: "the others are in the other set",
            sets_swapped: "Trained on and held out are the wrong way round",
            numbers_typed_in: "a number typed in is right for one set alone",
            tiles_once: "One of the numbers counts tiles in place of micrographs",
            micrographs_as_tiles: "You counted micrographs as tiles",
            arrays_of_micrographs: "Give their number, not the tiles or the micrographs themselves",
            errors_swapped: "Before and after are the wrong way round",
            gain_as_after: "Give the error after, not what was gained",
            rounded: "rounded to two decimals",
            before_left_out: "cannot be judged",
            no_limits: "The limits are no sentence",
            short_limits: "too short to be of use",
            split_at_random: "does not say how the data were split",
            as_a_text: "must return a dictionary",
        },
        right=[card_with_numpy, card_with_more],
    ),
}
