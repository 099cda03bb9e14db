"""Three networks of the literature, in short, trained on other simulations, ten CPU minutes each.

All are given ten frames and told the logarithm of how many frames lie ahead. The first use trains,
on 90 series of seed 5400 (simulated first, for some minutes); weights are kept in runs/suite, and a
training that is stopped goes on there.
"""

import os
from pathlib import Path
from time import process_time

import keras
import numpy as np
from keras import layers, ops

from vae_course.data._workers import run
from vae_course.data.generate import draw_parameters
from vae_course.files import write_arrays
from vae_course.progress import one_bar
from vae_course.suite.data import AHEAD, GIVEN, film

WORK = Path(os.environ.get("VAE_COURSE_SUITE_WORK", "runs/suite"))
EACH, SEED = 30, 5400  # simulations of each case
BUDGET = 600.0  # seconds of the CPU
SIZE, FARTHEST = 64, AHEAD[-1]
BATCH, RATE, NOISE = 16, 2e-3, 0.02
SAVED_EVERY = 60.0  # seconds of the CPU


def training_series():
    """Clean frames of all training series, shape (90, 100, 64, 64)."""
    path = WORK / "training.npz"
    if not path.exists():
        rows = [row for case in (1, 2, 3) for row in draw_parameters(EACH, case, SEED)]
        frames = np.empty((len(rows), GIVEN + FARTHEST, SIZE, SIZE), dtype=np.float16)
        jobs = [(row, np.arange(GIVEN + FARTHEST)) for row in rows]
        with one_bar("Simulating training series") as progress:
            for place, found in run(film, jobs, -1, progress):
                frames[place] = found
        write_arrays(path, {"frames": frames})
    with np.load(path, allow_pickle=False) as arrays:
        return arrays["frames"]


def batch(series, rng):
    """Frames given, how far ahead, and the frame to be predicted; half of the examples binary."""
    ahead = np.rint(FARTHEST ** rng.random(BATCH)).astype(int)
    rows = rng.integers(len(series), size=BATCH)
    first = rng.integers(0, FARTHEST - ahead + 1)
    steps = np.concatenate([np.tile(np.arange(GIVEN), (BATCH, 1)), GIVEN - 1 + ahead[:, None]], 1)
    frames = series[rows[:, None], first[:, None] + steps].astype(np.float32).clip(0, 1)
    for k, example in enumerate(frames):  # one symmetry for all frames of a series
        moved = np.rot90(example, rng.integers(4), axes=(1, 2))
        moved = moved[:, :, ::-1] if rng.random() < 0.5 else moved
        frames[k] = 1 - moved if rng.random() < 0.5 else moved
    binary = rng.random(BATCH) < 0.5
    frames[binary] = frames[binary] > 0.5
    given, target = frames[:, :-1].copy(), frames[:, -1]
    given[~binary] += rng.normal(0, NOISE, given[~binary].shape).astype(np.float32)
    return given, np.log(ahead)[:, None] / np.log(FARTHEST), target


def told(x, numbers):
    """Add to each channel what a small network makes of the numbers."""
    shift = layers.Dense(x.shape[-1])(layers.Dense(64, activation="gelu")(numbers))
    return x + layers.Reshape((1, 1, x.shape[-1]))(shift)


def convolution(x, width, strides=1):
    """Convolve 3 × 3."""
    return layers.Conv2D(width, 3, strides, padding="same")(x)


def finished(given, numbers, change):
    """Add a change to the last frame."""
    return keras.Model([given, numbers], given[:, -1] + layers.Reshape((SIZE, SIZE))(change))


def inputs():
    """Ten frames, and the logarithm of how many lie ahead."""
    return keras.Input((GIVEN, SIZE, SIZE)), keras.Input((1,))


def unet(width=16):
    """O. Ronneberger et al. (2015), arXiv:1505.04597: frames as channels, three levels."""
    given, numbers = inputs()
    x, kept = ops.transpose(given, (0, 2, 3, 1)), []
    for level in range(3):
        x = layers.Activation("gelu")(told(convolution(x, width << level), numbers))
        x = layers.Activation("gelu")(convolution(x, width << level))
        kept.append(x)
        x = convolution(x, width << level, 2)
    x = layers.Activation("gelu")(told(convolution(x, width << 3), numbers))
    for level in (2, 1, 0):
        x = layers.Concatenate()([layers.UpSampling2D()(x), kept[level]])
        x = layers.Activation("gelu")(told(convolution(x, width << level), numbers))
        x = layers.Activation("gelu")(convolution(x, width << level))
    return finished(given, numbers, convolution(x, 1))


class CosineModes(layers.Layer):
    """Multiply the lowest cosine modes by matrices between channels, as edges reflect."""

    def __init__(self, modes):
        super().__init__()
        self.modes = modes

    def build(self, shape):
        """Make the modes and the matrices."""
        side, width = shape[1], shape[-1]
        place = (np.arange(side) + 0.5) / side
        waves = np.cos(np.pi * np.outer(place, np.arange(self.modes))) * np.sqrt(2 / side)
        waves[:, 0] /= np.sqrt(2)
        self.waves = ops.convert_to_tensor(waves, dtype="float32")
        self.kernel = self.add_weight(
            shape=(self.modes, self.modes, width, width),
            initializer=keras.initializers.RandomNormal(stddev=1 / width),
        )

    def call(self, x):
        """Transform, multiply, and transform back."""
        found = ops.einsum("bxyc,xk,yl->bklc", x, self.waves, self.waves)
        found = ops.einsum("bklc,klcd->bkld", found, self.kernel)
        return ops.einsum("bkld,xk,yl->bxyd", found, self.waves, self.waves)


def fourier_operator(width=24, modes=16, blocks=4):
    """Z. Li et al. (2021), arXiv:2010.08895, with cosine modes."""
    given, numbers = inputs()
    x = layers.Dense(width)(ops.transpose(given, (0, 2, 3, 1)))
    for _ in range(blocks):
        x = told(x, numbers)
        x = layers.Activation("gelu")(CosineModes(modes)(x) + layers.Dense(width)(x))
    x = layers.Dense(64, activation="gelu")(x)
    return finished(given, numbers, layers.Dense(1)(x))


def conv_lstm(width=32):
    """X. Shi et al. (2015), arXiv:1506.04214, on a fourth of the resolution."""
    given, numbers = inputs()
    x = layers.Reshape((GIVEN, SIZE, SIZE, 1))(given)
    x = layers.TimeDistributed(layers.Conv2D(width // 2, 5, 2, "same", activation="gelu"))(x)
    x = layers.TimeDistributed(layers.Conv2D(width, 3, 2, "same", activation="gelu"))(x)
    x = layers.ConvLSTM2D(width, 3, padding="same")(x)
    for size in (width, width // 2):
        x = layers.Activation("gelu")(told(convolution(x, size), numbers))
        x = layers.Conv2DTranspose(size, 4, 2, "same", activation="gelu")(x)
    return finished(given, numbers, convolution(x, 1))


class Trained:
    """A network that is trained when it is first made."""

    build, name = None, ""

    def __init__(self):
        keras.utils.set_random_seed(0)
        self.network = type(self).build()
        kept = WORK / f"{self.name}.npz"
        spent, steps = 0.0, 0
        if kept.exists():
            with np.load(kept, allow_pickle=False) as arrays:
                spent, steps = float(arrays["spent"]), int(arrays["steps"])
                self.network.set_weights([arrays[str(k)] for k in range(len(arrays.files) - 2)])
        if spent >= BUDGET:
            return
        series = training_series()
        optimizer = keras.optimizers.Adam(RATE, clipnorm=1.0)
        self.network.compile(optimizer, "mse")
        rng = np.random.default_rng(steps)
        before, saved = process_time() - spent, spent
        with one_bar(f"Training {self.name}") as progress:
            while spent < BUDGET:
                optimizer.learning_rate = RATE * (0.01 + np.cos(np.pi / 2 * spent / BUDGET) ** 2)
                given, ahead, target = batch(series, rng)
                self.network.train_on_batch([given, ahead], target)
                spent, steps = process_time() - before, steps + 1
                progress(int(min(spent, BUDGET)), int(BUDGET))
                if spent > min(saved + SAVED_EVERY, BUDGET):
                    weights = {str(k): one for k, one in enumerate(self.network.get_weights())}
                    write_arrays(kept, weights | {"spent": spent, "steps": steps})
                    saved = spent

    def forecast(self, frames, times, ahead):
        """Ask the network for each horizon."""
        given = np.asarray(frames, dtype=np.float32)
        interval = times[1] - times[0]
        found = []
        for after in ahead:
            told_ = np.full((len(given), 1), np.log(after / interval) / np.log(FARTHEST))
            found.append(self.network.predict([given, told_], BATCH, verbose=0))
        return np.stack(found, axis=1)


class UNet(Trained):
    """A U-Net."""

    build, name = staticmethod(unet), "unet"


class FourierOperator(Trained):
    """A neural operator."""

    build, name = staticmethod(fourier_operator), "fourier-operator"


class ConvLSTM(Trained):
    """A recurrent network of convolutions."""

    build, name = staticmethod(conv_lstm), "conv-lstm"
