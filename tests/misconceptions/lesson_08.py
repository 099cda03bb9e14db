"""Wrong and right answers to the exercises of lesson 08."""

import keras
import numpy as np
from answers import Answers
from keras import layers, ops
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, PowerTransformer, RobustScaler, StandardScaler

from vae_course.physics.hyperelasticity import solve, strain_energy

UNIFORM = 0.520888316  # the lesson computes it in a cell

# 8.1 energy_bounds(volume_fraction)


def phases_exchanged(volume_fraction):
    phi = volume_fraction
    return UNIFORM / (phi / 10 + 1 - phi), UNIFORM * (10 * phi + 1 - phi)


def lower_with_phases_exchanged(volume_fraction):
    phi = volume_fraction
    return UNIFORM / (phi / 10 + 1 - phi), UNIFORM * (10 * (1 - phi) + phi)


def bounds_in_the_wrong_order(volume_fraction):
    phi = volume_fraction
    return UNIFORM * (10 * (1 - phi) + phi), UNIFORM / ((1 - phi) / 10 + phi)


def not_inverted(volume_fraction):
    phi = volume_fraction
    return UNIFORM * ((1 - phi) / 10 + phi), UNIFORM * (10 * (1 - phi) + phi)


def moduli_without_energy(volume_fraction):
    phi = volume_fraction
    return 1 / ((1 - phi) / 10 + phi), 10 * (1 - phi) + phi


def inverse_of_the_average(volume_fraction):
    mean = 10 * (1 - volume_fraction) + volume_fraction
    return UNIFORM / mean, UNIFORM * mean


def geometric_mean_below(volume_fraction):
    phi = volume_fraction
    return UNIFORM * 10 ** (1 - phi), UNIFORM * (10 * (1 - phi) + phi)


def soft_phase_alone(volume_fraction):
    phi = volume_fraction
    return np.full_like(phi, UNIFORM), UNIFORM * (10 * (1 - phi) + phi)


def equal_weights(volume_fraction):
    phi = volume_fraction
    return UNIFORM / ((1 - phi) / 10 + phi), np.full_like(phi, UNIFORM * np.mean([10, 1]))


def upper_alone(volume_fraction):
    return UNIFORM * (10 * (1 - volume_fraction) + volume_fraction)


def bounds_by_weights(volume_fraction):
    weights = np.stack([1 - volume_fraction, volume_fraction], axis=1)
    young = np.array([10.0, 1.0])
    return UNIFORM / (weights @ (1 / young)), UNIFORM * (weights @ young)


def bounds_by_ops(volume_fraction):
    phi = ops.convert_to_tensor(volume_fraction)
    return UNIFORM * 10 / (1 + 9 * phi), UNIFORM * (10 - 9 * phi)


def bounds_in_a_loop(volume_fraction):
    lower, upper = [], []
    for phi in volume_fraction:
        upper.append(UNIFORM * (10 * (1 - phi) + 1 * phi))
        lower.append(1 / ((1 - phi) / (10 * UNIFORM) + phi / (1 * UNIFORM)))
    return np.array([lower, upper])


# 8.2 fit_scaler(train)

_EVERYTHING = np.random.default_rng(9).standard_normal((500, 3)) * [1, 2, 3] + [1, 5, 0]


class _FittedToWhatComes:
    def transform(self, x):
        return PowerTransformer().fit_transform(x)


class _StandardisesWhatComes:
    def transform(self, x):
        return (x - x.mean(axis=0)) / x.std(axis=0)


class _OneMeanForAll:
    def __init__(self, train):
        self.mean, self.spread = train.mean(), train.std()

    def transform(self, x):
        return (x - self.mean) / self.spread


def transformed_features(train):
    return PowerTransformer().fit_transform(train)


def not_fitted(train):
    return PowerTransformer()


def no_power(train):
    return StandardScaler().fit(train)


def box_cox(train):
    return PowerTransformer(method="box-cox").fit(train)


def power_without_scale(train):
    return PowerTransformer(standardize=False).fit(train)


def range_to_one(train):
    return MinMaxScaler().fit(train)


def quartiles(train):
    return RobustScaler().fit(train)


def fitted_to_everything(train):
    return PowerTransformer().fit(_EVERYTHING)


def fitted_to_what_comes(train):
    return _FittedToWhatComes()


def standardised_by_what_comes(train):
    return _StandardisesWhatComes()


def one_mean_for_all(train):
    return _OneMeanForAll(train)


def standardised_twice(train):
    return make_pipeline(StandardScaler(), PowerTransformer()).fit(train)


def the_class(train):
    return PowerTransformer


def scaler_not_returned(train):
    PowerTransformer().fit(train)


def scaler_as_in_the_lesson(train):
    return PowerTransformer().fit(train)


def scaler_in_two_steps(train):
    bend = PowerTransformer(method="yeo-johnson", standardize=False)
    return make_pipeline(bend, StandardScaler()).fit(train)


class _ByHand:
    def __init__(self, train):
        self.power = PowerTransformer(standardize=False)
        bent = self.power.fit_transform(train)
        self.mean, self.spread = bent.mean(axis=0), bent.std(axis=0)

    def transform(self, x):
        return (self.power.transform(x) - self.mean) / self.spread


def scaler_by_hand(train):
    return _ByHand(train)


# 8.3 r2_by_group(true, predicted, group)


def _each(true, predicted, group, score):
    return np.array([score(true[group == k], predicted[group == k]) for k in np.unique(group)])


def arguments_exchanged(true, predicted, group):
    return _each(true, predicted, group, lambda t, p: r2_score(p, t))


def squared_correlation(true, predicted, group):
    return _each(true, predicted, group, lambda t, p: np.corrcoef(t, p)[0, 1] ** 2)


def recalibrated_on_the_test_set(true, predicted, group):
    def score(t, p):
        return LinearRegression().fit(p[:, None], t).score(p[:, None], t)

    return _each(true, predicted, group, score)


def correlation(true, predicted, group):
    return _each(true, predicted, group, lambda t, p: np.corrcoef(t, p)[0, 1])


def offset_forgiven(true, predicted, group):
    return _each(true, predicted, group, lambda t, p: 1 - np.var(t - p) / np.var(t))


def spread_of_all(true, predicted, group):
    return _each(true, predicted, group, lambda t, p: 1 - np.mean((t - p) ** 2) / np.var(true))


def mean_of_all(true, predicted, group):
    def score(t, p):
        return 1 - np.sum((t - p) ** 2) / np.sum((t - true.mean()) ** 2)

    return _each(true, predicted, group, score)


def one_for_all_groups(true, predicted, group):
    return r2_score(true, predicted)


def averaged_over_groups(true, predicted, group):
    return _each(true, predicted, group, r2_score).mean()


def order_of_appearance(true, predicted, group):
    numbers = list(dict.fromkeys(group.tolist()))
    return np.array([r2_score(true[group == k], predicted[group == k]) for k in numbers])


def mean_squared_error(true, predicted, group):
    return _each(true, predicted, group, lambda t, p: np.mean((t - p) ** 2))


def unexplained_share(true, predicted, group):
    return _each(true, predicted, group, lambda t, p: np.mean((t - p) ** 2) / np.var(t))


def squares_missing(true, predicted, group):
    def score(t, p):
        return 1 - np.sqrt(np.mean((t - p) ** 2)) / np.std(t)

    return _each(true, predicted, group, score)


def cut_off_at_zero(true, predicted, group):
    return np.maximum(_each(true, predicted, group, r2_score), 0)


def a_dictionary(true, predicted, group):
    return {k: r2_score(true[group == k], predicted[group == k]) for k in np.unique(group)}


def r2_by_sums(true, predicted, group):
    found = []
    for k in np.unique(group):
        t, p = true[group == k], predicted[group == k]
        found.append(1 - np.sum((t - p) ** 2) / np.sum((t - t.mean()) ** 2))
    return np.array(found)


def r2_by_counting(true, predicted, group):
    _, index, count = np.unique(group, return_inverse=True, return_counts=True)
    mean = np.bincount(index, true) / count
    error = np.bincount(index, (true - predicted) ** 2)
    return 1 - error / np.bincount(index, (true - mean[index]) ** 2)


def r2_as_a_list(true, predicted, group):
    numbers = sorted(set(group.tolist()))
    return [r2_score(true[group == k], predicted[group == k]) for k in numbers]


# 8.4 build_regressor(shape)


def _sequence(*some):
    return keras.Sequential([keras.Input((256,)), *some])


def _convolutions(count=3, side=3, activation="relu"):
    return [layers.Conv2D(32, side, padding="same", activation=activation) for _ in range(count)]


def dense_network(shape):
    hidden = [layers.Dense(width, activation="relu") for width in (128, 64)]
    return _sequence(*hidden, layers.Dense(1))


def no_activation(shape):
    return _sequence(
        layers.Reshape(shape),
        *_convolutions(activation=None),
        layers.GlobalAveragePooling2D(),
        layers.Dense(1),
    )


def places_alone(shape):
    return _sequence(
        layers.Reshape(shape),
        *_convolutions(side=1),
        layers.GlobalAveragePooling2D(),
        layers.Dense(1),
    )


def channels_first(shape):
    return _sequence(
        layers.Reshape((4, 8, 8)),
        layers.Permute((2, 3, 1)),
        *_convolutions(),
        layers.GlobalAveragePooling2D(),
        layers.Dense(1),
    )


def sigmoid_at_the_end(shape):
    return _sequence(
        layers.Reshape(shape),
        *_convolutions(),
        layers.GlobalAveragePooling2D(),
        layers.Dense(1, activation="sigmoid"),
    )


def relu_at_the_end(shape):
    return _sequence(
        layers.Reshape(shape),
        *_convolutions(),
        layers.GlobalAveragePooling2D(),
        layers.Dense(1, activation="relu"),
    )


def one_energy_a_place(shape):
    return _sequence(layers.Reshape(shape), *_convolutions(), layers.Dense(1))


def takes_small_pictures(shape):
    return keras.Sequential(
        [
            keras.Input(shape),
            *_convolutions(),
            layers.GlobalAveragePooling2D(),
            layers.Dense(1),
        ]
    )


def too_many_weights(shape):
    return _sequence(
        layers.Reshape(shape),
        *_convolutions(),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dense(1),
    )


def input_left_out(shape):
    return keras.Sequential(
        [
            layers.Reshape(shape),
            *_convolutions(),
            layers.GlobalAveragePooling2D(),
            layers.Dense(1),
        ]
    )


def layers_in_a_list(shape):
    return [layers.Reshape(shape), *_convolutions(), layers.Dense(1)]


def one_convolution(shape):
    return _sequence(
        layers.Reshape(shape),
        *_convolutions(1),
        layers.GlobalAveragePooling2D(),
        layers.Dense(1),
    )


def network_by_tensors(shape):
    codes = keras.Input((shape[0] * shape[1] * shape[2],))
    x = layers.Reshape(shape)(codes)
    for width in (32, 32, 48):
        x = layers.Conv2D(width, 3, padding="same", activation="leaky_relu")(x)
    return keras.Model(codes, layers.Dense(1)(layers.GlobalAveragePooling2D()(x)))


def network_with_a_shortcut(shape):
    codes = keras.Input((256,))
    x = layers.Conv2D(32, 3, padding="same", activation="relu")(layers.Reshape(shape)(codes))
    for _ in range(3):
        change = layers.Conv2D(32, 3, padding="same")(x)
        x = layers.Activation("relu")(layers.Add()([x, change]))
    x = layers.Dense(32, activation="relu")(layers.GlobalAveragePooling2D()(x))
    return keras.Model(codes, layers.Dense(1)(x))


# 8.5 finite_element_error(image, predicted)


def absolute(image, predicted):
    return predicted - strain_energy(image, displacements=(0.5,))[0]


def divided_by_the_prediction(image, predicted):
    return 1 - strain_energy(image, displacements=(0.5,))[0] / predicted


def sign_turned(image, predicted):
    return 1 - predicted / strain_energy(image, displacements=(0.5,))[0]


def sign_lost(image, predicted):
    return abs(predicted / strain_energy(image, displacements=(0.5,))[0] - 1)


def all_levels(image, predicted):
    return predicted / strain_energy(image) - 1


def level_before(image, predicted):
    return predicted / strain_energy(image)[-2] - 1


def phases_swapped(image, predicted):
    return predicted / strain_energy(1 - image, displacements=(0.5,))[0] - 1


def upper_bound_for_truth(image, predicted):
    return predicted / (UNIFORM * (10 - 9 * image.mean())) - 1


def ratio(image, predicted):
    return predicted / strain_energy(image, displacements=(0.5,))[0]


def in_percent(image, predicted):
    return 100 * (predicted / strain_energy(image, displacements=(0.5,))[0] - 1)


def an_array(image, predicted):
    return predicted / strain_energy(image, displacements=(0.5,)) - 1


def truth_alone(image, predicted):
    return strain_energy(image, displacements=(0.5,))[0]


def error_by_the_last_level(image, predicted):
    true = strain_energy(image)[-1]
    return (predicted - true) / true


def error_by_solve(image, predicted):
    true = float(solve(image, (0.25, 0.5)).strain_energy[-1])
    return predicted / true - 1


EXERCISES = {
    "energy_bounds": Answers(
        wrong={
            phases_exchanged: "E = 10 belongs to 1 − φ",
            lower_with_phases_exchanged: "1/10 belongs to 1 − φ",
            bounds_in_the_wrong_order: "in the wrong order",
            not_inverted: "did not invert the average",
            moduli_without_energy: "This is the mean modulus",
            inverse_of_the_average: "You inverted the average of E",
            geometric_mean_below: "This is a geometric mean. Under",
            soft_phase_alone: "square that is all soft",
            equal_weights: "averaged the moduli with equal weights",
            upper_alone: "must return two arrays",
        },
        right=[bounds_by_weights, bounds_by_ops, bounds_in_a_loop],
    ),
    "fit_scaler": Answers(
        wrong={
            transformed_features: "These are transformed features",
            not_fitted: "is not fitted",
            no_power: "the power transform is missing",
            box_cox: "cannot take negative features",
            power_without_scale: "not brought to mean 0 and spread 1",
            range_to_one: "brings the range to 0",
            quartiles: "scales by median and quartiles",
            fitted_to_everything: "the same scaler for any training set",
            fitted_to_what_comes: "scaled by their own mean and spread",
            standardised_by_what_comes: "mean and spread are not those of train",
            one_mean_for_all: "One mean and one spread for all columns",
            standardised_twice: "standardised before the power transform",
            the_class: "returned a class",
            scaler_not_returned: "without the method `transform`",
        },
        right=[scaler_as_in_the_lesson, scaler_in_two_steps, scaler_by_hand],
    ),
    "r2_by_group": Answers(
        wrong={
            arguments_exchanged: "The arguments are exchanged",
            squared_correlation: "This is the squared correlation",
            recalibrated_on_the_test_set: "recalibrates the prediction by the best line",
            correlation: "This is the correlation",
            offset_forgiven: "recalibrates the offset",
            spread_of_all: "The denominator is the spread of all patterns",
            mean_of_all: "The mean in the denominator is that of all",
            one_for_all_groups: "one number for all",
            averaged_over_groups: "You averaged over the groups",
            order_of_appearance: "not in the order of np.unique",
            mean_squared_error: "This is the mean squared error",
            unexplained_share: "the unexplained share",
            squares_missing: "Squares are missing",
            cut_off_at_zero: "Do not cut it off",
            a_dictionary: "returned a dictionary",
        },
        right=[r2_by_sums, r2_by_counting, r2_as_a_list],
    ),
    "build_regressor": Answers(
        wrong={
            dense_network: "takes the code for unrelated columns",
            no_activation: "linear in the code",
            places_alone: "places of a code are shuffled",
            channels_first: "neighbours are torn apart",
            sigmoid_at_the_end: "the activation sigmoid",
            relu_at_the_end: "the activation relu",
            one_energy_a_place: "returns another shape",
            takes_small_pictures: "takes another shape",
            too_many_weights: "too many weights",
            input_left_out: "does not know what it takes",
            layers_in_a_list: "must return a keras.Model",
            one_convolution: "Do three convolutions of 3 × 3",
        },
        right=[network_by_tensors, network_with_a_shortcut],
    ),
    "finite_element_error": Answers(
        wrong={
            absolute: "This is the absolute error",
            divided_by_the_prediction: "You divided by the prediction",
            sign_turned: "The sign is the wrong way round",
            sign_lost: "The sign is lost",
            all_levels: "at all seven displacements",
            level_before: "the energy at d = 0.4",
            phases_swapped: "The phases are exchanged",
            upper_bound_for_truth: "the upper bound, not a finite-element solution",
            ratio: "This is the ratio",
            in_percent: "This is in percent",
            an_array: "This is an array of shape (1,)",
            truth_alone: "This is the true energy",
        },
        right=[error_by_the_last_level, error_by_solve],
    ),
}
