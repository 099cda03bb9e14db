"""Whether a network reads energies off codes: its shape, and what it learns in some seconds."""

from functools import lru_cache
from typing import Any

import keras
import numpy as np
from sklearn.metrics import r2_score

from vae_course.arrays import Floats32
from vae_course.classroom.compare import MistakeError, require
from vae_course.data import load_embedded
from vae_course.vae import load_pretrained

CODES = 256
"""Numbers in a code of `case1-fine`."""

SHAPE = (8, 8, 4)
"""How they are laid out."""

MOST_WEIGHTS = 100_000

ENOUGH = 0.7
"""R² on unseen simulations that must be reached; two-point correlations reach 0.67."""

_EPOCHS, _BATCH = 8, 64


def require_network(network: Any) -> keras.Model:
    """Require a network of the right shape."""
    what = "build_regressor(shape)"
    require(network is not None, f"{what} returned None.", "Is a `return` missing at the end?")
    require(
        isinstance(network, keras.Model),
        f"{what} must return a keras.Model.",
        "keras.Sequential([…]) makes one of layers; keras.Model(inputs, outputs) of tensors.",
        "a keras.Model",
        type(network).__name__,
    )
    given, made = _shapes(network)
    require(
        given == (None, CODES),
        "The network takes another shape.",
        "Codes are flat, (N, 8 · 8 · 4). Begin with keras.Input((256,)), then Reshape(shape).",
        "shape (N, 256)",
        f"shape {given}",
    )
    require(
        made == (None, 1),
        "The network returns another shape.",
        "One energy a code: average over the places first (GlobalAveragePooling2D), then Dense(1).",
        "shape (N, 1)",
        f"shape {made}",
    )
    require(
        network.count_params() < MOST_WEIGHTS,
        "The network has too many weights.",
        "With 3,840 patterns to learn from it would know them by heart. Convolutions of 32 "
        "channels are enough.",
        f"fewer than {MOST_WEIGHTS:,}",
        f"{network.count_params():,}",
    )
    _require_free_output(network)
    return network


def _shapes(network: keras.Model) -> tuple[Any, Any]:
    if not network.built:
        raise MistakeError(
            "The network does not know what it takes.",
            "Begin with keras.Input((256,)), so that its weights are made at once.",
        )
    try:
        return tuple(network.input_shape), tuple(network.output_shape)
    except (AttributeError, ValueError, TypeError):
        raise MistakeError(
            "The network has more than one input or output.",
            "It takes codes and returns energies, nothing else.",
        ) from None


def _require_free_output(network: keras.Model) -> None:
    """Energies are standardised: a network must be able to return numbers of either sign."""
    activation = getattr(network.layers[-1], "activation", keras.activations.linear)
    name = getattr(activation, "__name__", str(activation))
    if isinstance(network.layers[-1], (keras.layers.ReLU, keras.layers.Softmax)):
        name = type(network.layers[-1]).__name__.lower()
    require(
        name == "linear",
        f"The last layer has the activation {name}.",
        "Standardised energies are negative half of the time and not limited. Leave the last "
        "activation out.",
        "no activation",
        name,
    )


@lru_cache(maxsize=1)
def _codes_and_energies() -> tuple[Floats32, Floats32, Floats32, Floats32]:
    """Codes and standardised energies for training, and of simulations unseen in it."""
    vae = load_pretrained("case1-fine")
    train, test = load_embedded(case=1).split(test=0.2, seed=0)
    energy, unseen = train.strain_energy[:, -1], test.strain_energy[:, -1]
    mean, spread = energy.mean(), energy.std()
    codes, others = (np.asarray(vae.encode(one.images), np.float32) for one in (train, test))
    y, z = ((one - mean) / spread for one in (energy, unseen))
    return codes, y.astype(np.float32), others, z.astype(np.float32)


def require_prediction(network: keras.Model) -> None:
    """Train a network for some seconds, and require that it predicts.

    Args:
        network: From codes (N, 256) to standardised energies (N, 1).
    """
    _require_sight(network)
    codes, energy, others, unseen = _codes_and_energies()
    keras.utils.set_random_seed(0)
    steps = _EPOCHS * (len(codes) // _BATCH)
    rate = keras.optimizers.schedules.CosineDecay(3e-3, steps)
    network.compile(optimizer=keras.optimizers.Adam(rate), loss="mse", jit_compile=False)
    network.fit(codes, energy, batch_size=_BATCH, epochs=_EPOCHS, verbose=0)
    seen = r2_score(energy, _finite(network.predict(codes, batch_size=256, verbose=0)[:, 0]))
    found = r2_score(unseen, _finite(network.predict(others, batch_size=256, verbose=0)[:, 0]))
    if found >= ENOUGH:
        return
    why = "Do three convolutions of 3 × 3 with an activation each lead to an average over places?"
    shapes = [
        tuple(layer.target_shape)
        for layer in network.layers
        if isinstance(layer, keras.layers.Reshape)
    ]
    if shapes and shapes[0] != SHAPE:
        why = (
            f"The code is laid out as {SHAPE}: 8 × 8 places with 4 numbers each. Reshape it to "
            "another shape, and neighbours are torn apart."
        )
    elif not any(isinstance(layer, keras.layers.Conv2D) for layer in network.layers):
        why = (
            "It takes the code for unrelated columns, and has to learn from scratch which of them "
            f"are neighbours (on the patterns it was trained on it reaches {seen:.2f}). Reshape "
            "the code, and use convolutions."
        )
    elif seen > 0.85:
        why = (
            f"On the patterns it was trained on it reaches {seen:.2f}: it knows them by heart. "
            "Make it look at every place in the same way (convolutions), and average over places."
        )
    raise MistakeError(
        f"After {_EPOCHS} epochs R² on unseen simulations is {found:.2f}.",
        why,
        f"at least {ENOUGH}; the two-point correlation reaches 0.67",
        f"{found:.2f}",
    )


def _finite(values: Any) -> Any:
    require(
        bool(np.isfinite(values).all()),
        "The network returns values that are not finite after the training.",
        "Did something divide by 0, or take the logarithm of a negative number?",
    )
    return values


def _require_sight(network: keras.Model) -> None:
    """Find what no training can mend: a network that is linear, or sees no neighbours."""
    rng = np.random.default_rng(0)
    codes = rng.standard_normal((12, 8, 8, 4)).astype(np.float32)
    flat = codes.reshape(12, -1)
    one, two = flat[:6], flat[6:]

    def run(inputs: Any) -> Any:
        return network.predict(inputs, verbose=0)

    zero, bend = run(np.zeros_like(one)), run(one) + run(two) - run(one + two)
    scale = np.abs(run(flat) - zero[0]).max()
    require(
        bool(scale > 0),
        "The network returns the same for all codes.",
        "Is the code used, and is there something between the layers that loses it?",
    )
    require(
        bool(np.abs(bend - zero).max() > 1e-4 * scale),
        "The network is linear in the code.",
        "Without activations between them any number of layers is one weighted sum. A weighted "
        'sum of the code knows no more than the volume fraction: activation="relu".',
    )
    order = rng.permutation(64)
    shuffled = codes.reshape(12, 64, 4)[:, order].reshape(12, -1)
    require(
        bool(np.abs(run(shuffled) - run(flat)).max() > 1e-4 * scale),
        "The network gives the same energy when the places of a code are shuffled.",
        "It looks at each place alone, so it cannot know what hangs together. Convolve over 3 × 3 "
        "places, not over 1 × 1.",
    )
