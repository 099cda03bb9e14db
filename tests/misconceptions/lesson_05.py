"""Wrong and right answers to the exercises of lesson 05."""

import numpy as np
from answers import Answers
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import GroupKFold, KFold, cross_val_score

# 5.1 traverse(z, axis, values)


def input_changed(z, axis, values):
    rows = []
    for value in values:
        z[axis] = value
        rows.append(z.copy())
    return np.array(rows)


def values_added(z, axis, values):
    codes = np.tile(z, (len(values), 1)).astype(float)
    codes[:, axis] += values
    return codes


def others_zero(z, axis, values):
    codes = np.zeros((len(values), len(z)))
    codes[:, axis] = values
    return codes


def row_changed(z, axis, values):
    codes = np.tile(z, (len(values), 1)).astype(float)
    codes[axis] = values[0]
    return codes


def last_only(z, axis, values):
    code = z.astype(float)
    for value in values:
        code[axis] = value
    return code


def one_array_for_all(z, axis, values):
    code, rows = z.astype(float), []
    for value in values:
        code[axis] = value
        rows.append(code)
    return np.array(rows)


def transposed(z, axis, values):
    return traverse_by_tile(z, axis, values).T


def counted_from_one(z, axis, values):
    return traverse_by_tile(z, axis - 1, values)


def nothing_changed(z, axis, values):
    return np.tile(z, (len(values), 1))


def traverse_by_the_hint(z, axis, values):
    codes = np.tile(z, (len(values), 1))
    codes[:, axis] = values
    return codes


def traverse_by_tile(z, axis, values):
    codes = np.tile(np.asarray(z, float), (len(values), 1))
    codes[:, axis] = values
    return codes


def traverse_by_loop(z, axis, values):
    rows = []
    for value in values:
        row = [float(number) for number in z]
        row[axis] = float(value)
        rows.append(row)
    return np.array(rows)


def traverse_by_unit(z, axis, values):
    unit = np.eye(len(z))[axis]
    return z * (1 - unit) + np.outer(values, unit)


# 5.2 principal_plane(z)


def directions_of(a):
    return np.linalg.svd(a, full_matrices=False)[2]


def centred(z):
    return z - z.mean(axis=0)


def projected_uncentred(z):
    return z @ directions_of(centred(z))[:2].T


def never_centred(z):
    return z @ directions_of(z)[:2].T


def first_two_numbers(z):
    return centred(z)[:, :2]


def first_two_as_they_are(z):
    return z[:, :2]


def left_vectors(z):
    return np.linalg.svd(centred(z), full_matrices=False)[0][:, :2]


def last_two_directions(z):
    return centred(z) @ directions_of(centred(z))[-2:].T


def columns_of_directions(z):
    return centred(z) @ directions_of(centred(z))[:, :2]


def standardised(z):
    scaled = centred(z) / z.std(axis=0)
    return scaled @ directions_of(scaled)[:2].T


def directions_returned(z):
    return directions_of(centred(z))[:2]


def three_directions(z):
    return centred(z) @ directions_of(centred(z))[:3].T


def plane_transposed(z):
    return plane_by_svd(z).T


def plane_by_svd(z):
    return centred(z) @ directions_of(centred(z))[:2].T


def plane_by_scikit_learn(z):
    return PCA(2).fit_transform(z)


def plane_by_covariance(z):
    _, vectors = np.linalg.eigh(np.cov(z.T))
    return centred(z) @ vectors[:, ::-1][:, :2]


# 5.3 interpolate(z0, z1, n, mode)


def angle_of(z0, z1):
    return np.arccos(z0 @ z1 / np.linalg.norm(z0) / np.linalg.norm(z1))


def weighted(z0, z1, n, mode, first, second):
    s = np.linspace(0, 1, n)[:, None]
    return (1 - s) * z0 + s * z1 if mode == "linear" else first(s) * z0 + second(s) * z1


def backwards(z0, z1, n, mode):
    return path_around(z1, z0, n, mode)


def ends_left_out(z0, z1, n, mode):
    return path_around(z0, z1, n + 2, mode)[1:-1]


def last_left_out(z0, z1, n, mode):
    return path_around(z0, z1, n + 1, mode)[:-1]


def always_around(z0, z1, n, mode):
    return path_around(z0, z1, n, "spherical")


def always_straight(z0, z1, n, mode):
    return path_around(z0, z1, n, "linear")


def weight_does_not_fall(z0, z1, n, mode):
    return z0 + np.linspace(0, 1, n)[:, None] * z1


def not_divided(z0, z1, n, mode):
    w = angle_of(z0, z1)
    return weighted(z0, z1, n, mode, lambda s: np.sin((1 - s) * w), lambda s: np.sin(s * w))


def in_degrees(z0, z1, n, mode):
    w = np.degrees(angle_of(z0, z1))
    return weighted(
        *(z0, z1, n, mode),
        lambda s: np.sin((1 - s) * w) / np.sin(w),
        lambda s: np.sin(s * w) / np.sin(w),
    )


def lengths_lost(z0, z1, n, mode):
    if mode == "linear":
        return path_around(z0, z1, n, mode)
    return path_around(z0 / np.linalg.norm(z0), z1 / np.linalg.norm(z1), n, mode)


def line_stretched(z0, z1, n, mode):
    line = path_around(z0, z1, n, "linear")
    if mode == "linear":
        return line
    length = (np.linalg.norm(z0) + np.linalg.norm(z1)) / 2
    return line / np.linalg.norm(line, axis=1, keepdims=True) * length


def cosines(z0, z1, n, mode):
    w = angle_of(z0, z1)
    return weighted(
        *(z0, z1, n, mode),
        lambda s: np.cos((1 - s) * w) / np.cos(w),
        lambda s: np.cos(s * w) / np.cos(w),
    )


def cosine_not_normalised(z0, z1, n, mode):
    with np.errstate(invalid="ignore"):
        w = np.arccos(z0 @ z1 * 10)
    return weighted(
        *(z0, z1, n, mode),
        lambda s: np.sin((1 - s) * w) / np.sin(w),
        lambda s: np.sin(s * w) / np.sin(w),
    )


def path_around(z0, z1, n, mode):
    w = angle_of(z0, z1)
    return weighted(
        *(z0, z1, n, mode),
        lambda s: np.sin((1 - s) * w) / np.sin(w),
        lambda s: np.sin(s * w) / np.sin(w),
    )


def path_by_loop(z0, z1, n, mode):
    rows, w = [], angle_of(z0, z1)
    for k in range(n):
        s = k / (n - 1)
        if mode == "spherical":
            rows.append((np.sin((1 - s) * w) * z0 + np.sin(s * w) * z1) / np.sin(w))
        else:
            rows.append(z0 + s * (z1 - z0))
    return np.stack(rows)


# 5.4 rank_axes(vae, z)


def changes(vae, z, measure):
    steps = np.eye(z.shape[1])
    return np.array([measure(vae.decode(z + step) - vae.decode(z - step)) for step in steps])


def absolute_mean(difference):
    return np.abs(difference).mean()


def by_variance(vae, z):
    return np.argsort(-z.var(axis=0))


def weakest_first(vae, z):
    return np.argsort(changes(vae, z, absolute_mean))


def signed_mean(vae, z):
    return np.argsort(-changes(vae, z, np.mean))


def absolute_after_the_mean(vae, z):
    return np.argsort(-np.abs(changes(vae, z, np.mean)))


def changes_returned(vae, z):
    return changes(vae, z, absolute_mean)


def strongest_alone(vae, z):
    return np.argmax(changes(vae, z, absolute_mean))


def ranks_returned(vae, z):
    return np.argsort(np.argsort(-changes(vae, z, absolute_mean)))


def first_code_alone(vae, z):
    return rank_by_loop(vae, z[:1])


def around_zero(vae, z):
    return rank_by_loop(vae, 0 * z[:1])


def axis_set(vae, z):
    found = []
    for axis in range(z.shape[1]):
        up, down = z.copy(), z.copy()
        up[:, axis], down[:, axis] = 1, -1
        found.append(np.abs(vae.decode(up) - vae.decode(down)).mean())
    return np.argsort(-np.array(found))


def squared_change(vae, z):
    return np.argsort(-changes(vae, z, lambda difference: (difference**2).mean()))


def one_direction(vae, z, sign=1):
    steps = sign * np.eye(z.shape[1])
    found = [np.abs(vae.decode(z + step) - vae.decode(z)).mean() for step in steps]
    return np.argsort(-np.array(found))


def step_not_reset(vae, z):
    found, step = [], np.zeros(z.shape[1])
    for axis in range(z.shape[1]):
        step[axis] = 1
        found.append(np.abs(vae.decode(z + step) - vae.decode(z - step)).mean())
    return np.argsort(-np.array(found))


def rank_by_loop(vae, z):
    return np.argsort(-changes(vae, z, absolute_mean))


def rank_by_sorting(vae, z):
    found = changes(vae, z, absolute_mean)
    return sorted(range(z.shape[1]), key=lambda axis: found[axis], reverse=True)


# 5.5 linear_probe(z, descriptor, groups)


def random_folds(z, descriptor, groups):
    folds = KFold(5, shuffle=True, random_state=0)
    return cross_val_score(Ridge(), z, descriptor, cv=folds, scoring="r2").mean()


def groups_ignored(z, descriptor, groups):
    return cross_val_score(Ridge(), z, descriptor, groups=groups, cv=5, scoring="r2").mean()


def tested_on_training(z, descriptor, groups):
    return Ridge().fit(z, descriptor).score(z, descriptor)


def five_scores(z, descriptor, groups):
    return scores_of(z, descriptor, groups)


def best_fold(z, descriptor, groups):
    return scores_of(z, descriptor, groups).max()


def error_for_score(z, descriptor, groups):
    return -scores_of(z, descriptor, groups, "neg_mean_squared_error").mean()


def negative_error(z, descriptor, groups):
    return scores_of(z, descriptor, groups, "neg_mean_squared_error").mean()


def one_fold_a_simulation(z, descriptor, groups):
    folds = GroupKFold(len(np.unique(groups)))
    return cross_val_score(Ridge(), z, descriptor, groups=groups, cv=folds, scoring="r2").mean()


def scores_of(z, descriptor, groups, scoring="r2"):
    folds = GroupKFold(5)
    return cross_val_score(Ridge(), z, descriptor, groups=groups, cv=folds, scoring=scoring)


def probe_by_scikit_learn(z, descriptor, groups):
    return scores_of(z, descriptor, groups).mean()


def probe_by_drawn_groups(z, descriptor, groups):
    folds = GroupKFold(5, shuffle=True, random_state=0)
    return cross_val_score(Ridge(), z, descriptor, groups=groups, cv=folds, scoring="r2").mean()


def probe_by_loop(z, descriptor, groups):
    found = []
    for train, test in GroupKFold(5).split(z, descriptor, groups):
        model = Ridge().fit(z[train], descriptor[train])
        found.append(r2_score(descriptor[test], model.predict(z[test])))
    return sum(found) / 5


EXERCISES = {
    "traverse": Answers(
        wrong={
            input_changed: "changes its argument z in place",
            values_added: "You added the values",
            others_zero: "became 0",
            row_changed: "You changed a row",
            last_only: "Only the last value came back",
            one_array_for_all: "All rows are alike",
            transposed: "Rows and columns are exchanged",
            counted_from_one: "Axes are counted from 0",
            nothing_changed: "Nothing has changed",
        },
        right=[traverse_by_tile, traverse_by_the_hint, traverse_by_loop, traverse_by_unit],
    ),
    "principal_plane": Answers(
        wrong={
            projected_uncentred: "you projected the codes as they are",
            never_centred: "The mean was not taken away",
            first_two_numbers: "not principal directions",
            first_two_as_they_are: "the first two numbers of the code as they are",
            left_vectors: "These have equal spread",
            last_two_directions: "These are the last two directions",
            columns_of_directions: "You took columns",
            standardised: "by its standard deviation",
            directions_returned: "These are the directions",
            three_directions: "one too many for a plane",
            plane_transposed: "a row for each code",
        },
        right=[plane_by_svd, plane_by_scikit_learn, plane_by_covariance],
    ),
    "interpolate": Answers(
        wrong={
            backwards: "The path runs from z1 to z0",
            ends_left_out: "Both ends belong to the path",
            last_left_out: "The path must end at z1",
            always_around: "This is the path around the centre",
            always_straight: "is `mode` used",
            weight_does_not_fall: "The weight of z0 must fall",
            not_divided: "The division by sin ω is missing",
            in_degrees: "The angle is in degrees",
            lengths_lost: "The codes have lost their lengths",
            line_stretched: "You stretched the straight line",
            cosines: "The weights are sines",
            cosine_not_normalised: "no angle has such a cosine",
        },
        right=[path_around, path_by_loop],
    ),
    "rank_axes": Answers(
        wrong={
            by_variance: "the spread of the codes",
            weakest_first: "The weakest comes first",
            signed_mean: "Without the absolute value",
            absolute_after_the_mean: "The absolute value comes after",
            changes_returned: "These are the changes",
            strongest_alone: "This is the strongest axis alone",
            ranks_returned: "This is the rank of each axis",
            first_code_alone: "around the first code alone",
            around_zero: "around 0 alone",
            axis_set: "You set the axis to +1 and −1",
            squared_change: "These are squared changes",
            one_direction: "You looked in one direction alone",
            step_not_reset: "The step of one axis is still there",
        },
        right=[rank_by_loop, rank_by_sorting],
    ),
    "linear_probe": Answers(
        wrong={
            random_folds: "the folds are not whole simulations",
            groups_ignored: "Frames of one simulation are in training and test",
            tested_on_training: "tested on the codes that it was trained on",
            five_scores: "returned five numbers",
            best_fold: "This is the best fold",
            error_for_score: "This is a mean squared error",
            negative_error: "This is an error.",
            one_fold_a_simulation: "not one for each simulation",
        },
        right=[probe_by_scikit_learn, probe_by_loop, probe_by_drawn_groups],
    ),
}
