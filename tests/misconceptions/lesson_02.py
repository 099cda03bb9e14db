"""Wrong and right answers to the exercises of lesson 02."""

from itertools import pairwise

import keras
import numpy as np
from answers import Answers
from keras import layers, ops
from sklearn.decomposition import PCA

# 2.1 pca_reconstruct(train, test, k)


def flat(images):
    return images.reshape(len(images), -1)


def through(pca, test):
    return pca.inverse_transform(pca.transform(flat(test))).reshape(test.shape)


def fitted_on_test(train, test, k):
    return through(PCA(k).fit(flat(test)), test)


def fitted_on_both(train, test, k):
    return through(PCA(k).fit(flat(np.concatenate([train, test]))), test)


def mean_not_added(train, test, k):
    pca = PCA(k).fit(flat(train))
    return (pca.transform(flat(test)) @ pca.components_).reshape(test.shape)


def mean_not_taken_away(train, test, k):
    pca = PCA(k).fit(flat(train))
    codes = flat(test) @ pca.components_.T
    return (codes @ pca.components_ + pca.mean_).reshape(test.shape)


def never_centred(train, test, k):
    basis = np.linalg.svd(flat(train), full_matrices=False)[2][:k]
    return (flat(test) @ basis.T @ basis).reshape(test.shape)


def one_component_more(train, test, k):
    return through(PCA(k + 1).fit(flat(train)), test)


def still_flat(train, test, k):
    pca = PCA(k).fit(flat(train))
    return pca.inverse_transform(pca.transform(flat(test)))


def codes_returned(train, test, k):
    return PCA(k).fit(flat(train)).transform(flat(test))


def picture_by_picture(train, test, k):
    found = []
    for picture in test:
        u, s, v = np.linalg.svd(picture)
        found.append(u[:, :k] @ np.diag(s[:k]) @ v[:k])
    return np.stack(found)


def pca_by_scikit_learn(train, test, k):
    return through(PCA(k, svd_solver="randomized", random_state=0).fit(flat(train)), test)


def pca_by_svd(train, test, k):
    mean = flat(train).mean(axis=0)
    _, _, components = np.linalg.svd(flat(train) - mean, full_matrices=False)
    codes = (flat(test) - mean) @ components[:k].T
    return (mean + codes @ components[:k]).reshape(test.shape)


def pca_by_eigenvectors(train, test, k):
    mean = flat(train).mean(axis=0)
    _, vectors = np.linalg.eigh(np.cov(flat(train).T))
    basis = vectors[:, -k:]
    rebuilt = [mean + basis @ (basis.T @ (picture.ravel() - mean)) for picture in test]
    return np.array(rebuilt).reshape(test.shape)


# 2.2 bernoulli_nll(x, logits)


def pixels(x, logits):
    return ops.softplus(logits) - x * logits


def axes(x):
    return tuple(range(1, len(x.shape)))


def mean_over_pixels(x, logits):
    return ops.mean(pixels(x, logits), axis=axes(x))


def mean_over_pictures(x, logits):
    return ops.mean(ops.sum(pixels(x, logits), axis=axes(x)))


def sum_over_everything(x, logits):
    return ops.sum(pixels(x, logits))


def mean_over_everything(x, logits):
    return ops.mean(pixels(x, logits))


def not_summed(x, logits):
    return pixels(x, logits)


def last_axis_alone(x, logits):
    return ops.sum(pixels(x, logits), axis=-1)


def sum_over_pictures(x, logits):
    return ops.sum(pixels(x, logits), axis=0)


def sign_turned(x, logits):
    return -ops.sum(pixels(x, logits), axis=axes(x))


def sign_of_the_product(x, logits):
    return ops.sum(ops.softplus(logits) + x * logits, axis=axes(x))


def phases_swapped(x, logits):
    return ops.sum(pixels(1 - x, logits), axis=axes(x))


def logits_as_probabilities(x, logits):
    p = ops.clip(logits, 1e-7, 1 - 1e-7)
    return -ops.sum(x * ops.log(p) + (1 - x) * ops.log(1 - p), axis=axes(x))


def squared_error(x, logits):
    return ops.sum((ops.sigmoid(logits) - x) ** 2, axis=axes(x))


def in_bits(x, logits):
    return ops.sum(pixels(x, logits), axis=axes(x)) / np.log(2)


def logarithm_of_the_sigmoid(x, logits):
    p = ops.sigmoid(logits)
    return -ops.sum(x * ops.log(p) + (1 - x) * ops.log(1 - p), axis=axes(x))


def clipped_probability(x, logits):
    p = ops.clip(ops.sigmoid(logits), 1e-7, 1 - 1e-7)
    return -ops.sum(x * ops.log(p) + (1 - x) * ops.log(1 - p), axis=axes(x))


def two_axes_always(x, logits):
    return ops.sum(pixels(x, logits), axis=(-2, -1))


def nll_with_softplus(x, logits):
    return ops.sum(ops.softplus(logits) - x * logits, axis=axes(x))


def nll_with_numpy(x, logits):
    x, logits = ops.convert_to_numpy(x), ops.convert_to_numpy(logits)
    return (np.logaddexp(0, logits) - x * logits).reshape(len(x), -1).sum(axis=1)


def nll_by_the_sign(x, logits):
    signed = (1 - 2 * x) * logits
    return ops.sum(ops.reshape(ops.logaddexp(0.0, signed), (ops.shape(x)[0], -1)), axis=1)


# 2.3 build_encoder(latent)

WIDTHS = (8, 16, 32, 64)


def convolutions(image, strides=2, activation="leaky_relu", widths=WIDTHS):
    h = image
    for width in widths:
        h = layers.Conv2D(width, 4, strides=strides, padding="same", activation=activation)(h)
    return h


def encoder_with(latent, last=None, **options):
    image = keras.Input((64, 64, 1))
    h = layers.Flatten()(convolutions(image, **options))
    return keras.Model(image, layers.Dense(latent, activation=last)(h))


def no_stride(latent):
    return encoder_with(latent, strides=1)


def sequence_without_input(latent):
    return keras.Sequential([layers.Conv2D(8, 4, 4), layers.Flatten(), layers.Dense(latent)])


def relu_on_the_code(latent):
    return encoder_with(latent, last="relu")


def no_activation_at_all(latent):
    return encoder_with(latent, activation=None)


def no_convolution(latent):
    image = keras.Input((64, 64, 1))
    h = layers.Dense(32, activation="relu")(layers.Flatten()(image))
    return keras.Model(image, layers.Dense(latent)(h))


def one_convolution(latent):
    image = keras.Input((64, 64, 1))
    h = layers.Conv2D(8, 4, strides=4, padding="same", activation="leaky_relu")(image)
    return keras.Model(image, layers.Dense(latent)(layers.Flatten()(h)))


def not_flattened(latent):
    image = keras.Input((64, 64, 1))
    return keras.Model(image, layers.Dense(latent)(convolutions(image)))


def no_channel(latent):
    image = keras.Input((64, 64))
    h = layers.Flatten()(convolutions(layers.Reshape((64, 64, 1))(image)))
    return keras.Model(image, layers.Dense(latent)(h))


def tensor_returned(latent):
    return layers.Dense(latent)(layers.Flatten()(convolutions(keras.Input((64, 64, 1)))))


def encoder_not_returned(latent):
    encoder_with(latent)


def two_outputs(latent):
    image = keras.Input((64, 64, 1))
    h = layers.Flatten()(convolutions(image))
    return keras.Model(image, [layers.Dense(latent)(h), layers.Dense(latent)(h)])


def encoder_by_functions(latent):
    return encoder_with(latent)


def encoder_in_sequence(latent):
    strided = [
        layers.Conv2D(w, 4, strides=2, padding="same", activation="leaky_relu") for w in WIDTHS
    ]
    return keras.Sequential(
        [keras.Input((64, 64, 1)), *strided, layers.Flatten(), layers.Dense(latent)]
    )


def encoder_with_pooling(latent):
    image = keras.Input((64, 64, 1))
    h = image
    for width in WIDTHS:
        h = layers.Conv2D(width, 3, padding="same", activation="relu")(h)
        h = layers.MaxPooling2D()(h)
    return keras.Model(image, layers.Dense(latent)(layers.Flatten()(h)))


# 2.4 build_decoder(latent)


def decoder_with(latent, widths=(32, 16, 8), last=None, activation="leaky_relu", kernels=1):
    code = keras.Input((latent,))
    h = layers.Dense(4 * 4 * 64, activation=activation)(code)
    h = layers.Reshape((4, 4, 64))(h)
    for width in widths:
        h = layers.Conv2DTranspose(width, 4, strides=2, padding="same", activation=activation)(h)
    h = layers.Conv2DTranspose(kernels, 4, strides=2, padding="same", activation=last)(h)
    return keras.Model(code, h)


def sigmoid_at_the_end(latent):
    return decoder_with(latent, last="sigmoid")


def leaky_at_the_end(latent):
    return decoder_with(latent, last="leaky_relu")


def too_small(latent):
    return decoder_with(latent, widths=(32, 16))


def too_large(latent):
    return decoder_with(latent, widths=(32, 16, 8, 8))


def eight_channels(latent):
    return decoder_with(latent, kernels=8)


def channel_lost(latent):
    model = decoder_with(latent)
    return keras.Model(model.input, layers.Reshape((64, 64))(model.output))


def linear_decoder(latent):
    return decoder_with(latent, activation=None)


def picture_for_code(latent):
    image = keras.Input((64, 64, 1))
    h = layers.Conv2DTranspose(1, 4, padding="same", activation=None)(image)
    return keras.Model(image, h)


def decoder_not_returned(latent):
    decoder_with(latent)


def decoder_by_functions(latent):
    return decoder_with(latent)


def decoder_in_sequence(latent):
    doubled = [
        layers.Conv2DTranspose(w, 4, strides=2, padding="same", activation="leaky_relu")
        for w in (32, 16, 8)
    ]
    return keras.Sequential(
        [
            keras.Input((latent,)),
            layers.Dense(1024, activation="leaky_relu"),
            layers.Reshape((4, 4, 64)),
            *doubled,
            layers.Conv2DTranspose(1, 4, strides=2, padding="same"),
        ]
    )


def decoder_by_upsampling(latent):
    code = keras.Input((latent,))
    h = layers.Reshape((4, 4, 64))(layers.Dense(1024, activation="gelu")(code))
    for width in (32, 16, 8, 8):
        h = layers.UpSampling2D()(h)
        h = layers.Conv2D(width, 3, padding="same", activation="gelu")(h)
    return keras.Model(code, layers.Conv2D(1, 3, padding="same")(h))


# 2.5 error_by_stage(original, reconstruction, time, edges)


def errors(original, reconstruction):
    return ((original.astype(float) - reconstruction) ** 2).mean(axis=(1, 2))


def staged(values, time, edges):
    return np.array([values[(time >= a) & (time < b)].mean() for a, b in pairwise(edges)])


def one_number(original, reconstruction, time, edges):
    return errors(original, reconstruction).mean()


def all_pictures(original, reconstruction, time, edges):
    return errors(original, reconstruction)


def absolute(original, reconstruction, time, edges):
    return staged(np.abs(original.astype(float) - reconstruction).mean((1, 2)), time, edges)


def signed(original, reconstruction, time, edges):
    return staged((original.astype(float) - reconstruction).mean((1, 2)), time, edges)


def root(original, reconstruction, time, edges):
    return np.sqrt(staged(errors(original, reconstruction), time, edges))


def sum_of_pixels(original, reconstruction, time, edges):
    return staged(((original.astype(float) - reconstruction) ** 2).sum((1, 2)), time, edges)


def sum_of_pictures(original, reconstruction, time, edges):
    return np.histogram(time, edges, weights=errors(original, reconstruction))[0]


def share_of_all(original, reconstruction, time, edges):
    return np.histogram(time, edges, weights=errors(original, reconstruction))[0] / len(time)


def wrong_side_of_the_edge(original, reconstruction, time, edges):
    error = errors(original, reconstruction)
    return np.array([error[(time > a) & (time <= b)].mean() for a, b in pairwise(edges)])


def up_to_the_edge(original, reconstruction, time, edges):
    error = errors(original, reconstruction)
    return np.array([error[time < b].mean() for b in edges[1:]])


def by_place_in_the_list(original, reconstruction, time, edges):
    parts = np.array_split(errors(original, reconstruction), len(edges) - 1)
    return np.array([part.mean() for part in parts])


def wrong_pixels(original, reconstruction, time, edges):
    return staged((original != (reconstruction > 0.5)).mean((1, 2)), time, edges)


def stages_by_masks(original, reconstruction, time, edges):
    return staged(errors(original, reconstruction), time, edges)


def stages_by_histogram(original, reconstruction, time, edges):
    total, _ = np.histogram(time, edges, weights=errors(original, reconstruction))
    return total / np.histogram(time, edges)[0]


def stages_by_loops(original, reconstruction, time, edges):
    found = []
    for k in range(len(edges) - 1):
        own = [
            float(np.mean((original[i].astype(float) - reconstruction[i]) ** 2))
            for i in range(len(time))
            if edges[k] <= time[i] < edges[k + 1]
        ]
        found.append(sum(own) / len(own))
    return found


EXERCISES = {
    "pca_reconstruct": Answers(
        wrong={
            fitted_on_test: "fitted on the test pictures",
            fitted_on_both: "training and test pictures together",
            mean_not_added: "The mean is not added back",
            mean_not_taken_away: "was not taken away before the codes",
            never_centred: "before the components were computed",
            one_component_more: "You used k + 1 components",
            still_flat: "The pictures are still flat",
            codes_returned: "again from the codes",
            picture_by_picture: "each picture apart by itself",
        },
        right=[pca_by_eigenvectors, pca_by_svd, pca_by_scikit_learn],
    ),
    "bernoulli_nll": Answers(
        wrong={
            mean_over_pixels: "You took the mean over the pixels",
            mean_over_pictures: "You averaged over the pictures",
            sum_over_everything: "You summed over the pictures, too",
            mean_over_everything: "This is a mean over everything",
            not_summed: "are not summed yet",
            last_axis_alone: "the last axis alone",
            sum_over_pictures: "not over the pixels",
            sign_turned: "The sign is turned",
            sign_of_the_product: "The sign of x · logits",
            phases_swapped: "Phases 0 and 1 are swapped",
            logits_as_probabilities: "You took the logits for probabilities",
            squared_error: "This is a squared error",
            in_bits: "This is in bits",
            logarithm_of_the_sigmoid: "overflows for large logits",
            clipped_probability: "loses large logits",
            two_axes_always: "pictures of two axes alone",
            nll_with_numpy: "works with numbers alone",
        },
        right=[nll_with_softplus, nll_by_the_sign],
    ),
    "build_encoder": Answers(
        wrong={
            sequence_without_input: "does not say what its input is",
            no_stride: "has too many weights",
            relu_on_the_code: "passes an activation",
            no_activation_at_all: "is linear",
            no_convolution: "has no convolution",
            one_convolution: "fewer than three convolutions",
            not_flattened: "`layers.Flatten()`, then",
            no_channel: "an axis for the channel",
            tensor_returned: "Make one of both ends",
            encoder_not_returned: "Is a `return` missing",
            two_outputs: "has several outputs",
        },
        right=[encoder_by_functions, encoder_in_sequence, encoder_with_pooling],
    ),
    "build_decoder": Answers(
        wrong={
            sigmoid_at_the_end: "ends with a sigmoid",
            leaky_at_the_end: "pass an activation",
            too_small: "One transposed convolution is missing",
            too_large: "One transposed convolution too many",
            eight_channels: "must have 1 kernel",
            channel_lost: "The axis of the channel is missing",
            linear_decoder: "is linear",
            picture_for_code: "A code is a row of numbers",
            decoder_not_returned: "must return a keras.Model",
        },
        right=[decoder_by_functions, decoder_in_sequence, decoder_by_upsampling],
    ),
    "error_by_stage": Answers(
        wrong={
            one_number: "This is one number for all",
            all_pictures: "These are the errors of the pictures",
            absolute: "Square the difference.",
            signed: "signs cancel",
            root: "This is the root of the error",
            sum_of_pixels: "Take the mean over pixels",
            sum_of_pictures: "You summed over the pictures of a stage",
            share_of_all: "Divide by the number of pictures of the stage",
            wrong_side_of_the_edge: "A picture on an edge belongs",
            up_to_the_edge: "Each stage begins at its lower edge",
            by_place_in_the_list: "You cut the list of pictures",
            wrong_pixels: "This is the share of wrong pixels",
        },
        right=[stages_by_masks, stages_by_histogram, stages_by_loops],
    ),
}
