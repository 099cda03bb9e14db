"""The convolutional networks that the models of evolution and of properties are made of."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from vae_course.arrays import Floats


def told_network(
    codes: dict[str, tuple[int, int, int]],
    numbers: int,
    output: tuple[int, int, int],
    width: int,
    blocks: int,
    seed: int,
    name: str,
) -> keras.Model:
    """Convolve over codes laid on each other; every residual block is told the numbers, too.

    Raises:
        ValueError: If width or blocks is below 1.
    """
    for label, size in (("width", width), ("blocks", blocks)):
        if size < 1:
            raise ValueError(f"{label} must be at least 1; got {size}")
    seeds = np.random.default_rng(seed)

    def draw() -> keras.initializers.Initializer:
        return keras.initializers.GlorotUniform(seed=int(seeds.integers(2**31)))

    def dense(x: Any, units: int, activation: str | None = None) -> Any:
        return keras.layers.Dense(units, activation=activation, kernel_initializer=draw())(x)

    def convolution(x: Any, channels: int, first: Any) -> Any:
        layer = keras.layers.Conv2D(channels, 3, padding="same", kernel_initializer=first)
        return layer(x)

    gelu = keras.layers.Activation("gelu")
    flat = [keras.Input((int(np.prod(shape)),), name=label) for label, shape in codes.items()]
    told = keras.Input((numbers,), name="told")
    shapes = zip(flat, codes.values(), strict=True)
    maps = [keras.layers.Reshape(shape)(one) for one, shape in shapes]
    place = dense(dense(told, 2 * width, "gelu"), 2 * width, "gelu")
    x = convolution(keras.layers.Concatenate()(maps) if len(maps) > 1 else maps[0], width, draw())
    for _ in range(blocks):
        shift = keras.layers.Reshape((1, 1, width))(dense(place, width))
        change = gelu(convolution(gelu(keras.layers.Add()([x, shift])), width, draw()))
        x = keras.layers.Add()([x, convolution(change, width, "zeros")])
    found = keras.layers.Flatten()(convolution(gelu(x), output[-1], "zeros"))
    return keras.Model((*flat, told), found, name=name)


@keras.saving.register_keras_serializable(package="vae_course")
class Trend(keras.layers.Layer):
    """Turns residuals r into energies by what the volume fraction φ alone says of them.

    W = exp p(u) + exp s(u) · r with u = (φ − ½) / 0.3. Over all volume fractions the energy varies
    a hundred times as much as at one of them, where a network is to tell it. Any other property
    above 0 may stand for W.

    Args:
        mean: Coefficients of the polynomial p, the highest power first.
        spread: The same of s.
        **kwargs: Passed on to `keras.layers.Layer`.
    """

    def __init__(self, mean: Sequence[float], spread: Sequence[float], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mean, self.spread = list(mean), list(spread)

    @classmethod
    def fit(cls, fraction: Floats, energy: Floats, degrees: tuple[int, int] = (5, 4)) -> "Trend":
        """Fit it to volume fractions and energies, shape (N,), so that residuals vary by 1.

        The degrees are those of p and s; low ones do where volume fractions are few.
        """
        u = (fraction - 0.5) / 0.3
        mean = np.polyfit(u, np.log(energy), degrees[0])
        residual = energy - np.exp(np.polyval(mean, u))
        spread = np.polyfit(u, np.log(np.abs(residual) + 1e-6), degrees[1])
        spread[-1] += np.log(np.std(residual / np.exp(np.polyval(spread, u))))
        return cls(mean.tolist(), spread.tolist())

    def residual(self, fraction: Floats, energy: Floats) -> Floats:
        """Compute the residuals of energies, shape (N,)."""
        u = (fraction - 0.5) / 0.3
        away = energy - np.exp(np.polyval(self.mean, u))
        return np.asarray(away / np.exp(np.polyval(self.spread, u)))

    def call(self, inputs: Any) -> Any:
        """Turn (residuals (N, members), images (N, n, n)) into energies (N, members)."""
        residual, images = inputs
        u = (keras.ops.mean(images, axis=(1, 2))[:, None] - 0.5) / 0.3
        mean, spread = 0.0 * u, 0.0 * u
        for coefficient in self.mean:
            mean = mean * u + coefficient
        for coefficient in self.spread:
            spread = spread * u + coefficient
        return keras.ops.exp(mean) + keras.ops.exp(spread) * residual

    def get_config(self) -> dict[str, Any]:
        """Return what is needed to build the layer again."""
        return {**super().get_config(), "mean": self.mean, "spread": self.spread}


def ensemble(
    inputs: keras.KerasTensor,
    x: keras.KerasTensor,
    members: int,
    widths: tuple[int, ...],
    stride: int,
    blocks: int,
    offset: float,
    scale: float,
    seed: int,
    outputs: int = 1,
) -> keras.Model:
    """Join members that share nothing but their input.

    Args:
        inputs: Input of the model.
        x: What members see of it, shape (N, side, side, k).
        members: How many.
        widths: Channels of the first convolutions; residual blocks have the last of them.
        stride: Of the first convolutions.
        blocks: Residual blocks of each member.
        offset: Added to what the members find, after
        scale: has multiplied it.
        seed: Seed of the first weights.
        outputs: Numbers that each member finds.

    Returns:
        Model from inputs to (N, members · outputs), those of a member side by side.

    Raises:
        ValueError: If there is no member, or a negative number of blocks.
    """
    if members < 1 or blocks < 0:
        raise ValueError(f"there must be a member, and blocks >= 0; got {members} and {blocks}")
    seeds = np.random.default_rng(seed)

    def convolution(width: int, side: int, strides: int = 1) -> keras.layers.Layer:
        start = keras.initializers.HeNormal(seed=int(seeds.integers(2**31)))
        return keras.layers.Conv2D(
            width, side, strides, padding="same", activation="leaky_relu", kernel_initializer=start
        )

    found = []
    for _ in range(members):
        y = x
        for k, width in enumerate(widths):
            y = convolution(width, 5 if stride > 1 and k == 0 else 3, stride)(y)
        for _ in range(blocks):
            change = convolution(widths[-1], 3)(y)
            change = keras.layers.Conv2D(widths[-1], 3, padding="same", kernel_initializer="zeros")(
                change
            )
            y = keras.layers.Add()([y, change])
        y = keras.layers.GlobalAveragePooling2D()(convolution(widths[-1], 3)(y))
        start = keras.initializers.GlorotUniform(seed=int(seeds.integers(2**31)))
        found.append(keras.layers.Dense(outputs, kernel_initializer=start)(y))
    joined = keras.layers.Concatenate()(found) if members > 1 else found[0]
    return keras.Model(inputs, keras.layers.Rescaling(scale, offset)(joined))
