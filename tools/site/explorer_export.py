"""Writes what the Explorer runs on: networks as ONNX, compared with Keras, and a gallery.

`python tools/site/explorer_export.py FOLDER` takes about a minute. The build of the site calls it
where something has changed since the last time (explorer_files.py). It needs Keras on TensorFlow.
"""

import base64
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import onnx
import onnxruntime
import tensorflow as tf
import tf2onnx
from onnx import TensorProto, helper, numpy_helper
from rich.console import Console
from scipy.ndimage import label
from sklearn.decomposition import PCA

from vae_course.arguments import LARGEST_FACTOR
from vae_course.arrays import Floats32
from vae_course.data import load_embedded
from vae_course.files import replacing
from vae_course.latent import Evolution, LatentFlow, StrainEnergyModel
from vae_course.latent.evolution import TYPICAL_B, TYPICAL_LAM
from vae_course.latent.velocity import CONDITIONS
from vae_course.plotting import PHASES
from vae_course.vae.onnx_export import onnx_ready, write_onnx

AXES = 8
PRESENT = 4  # the frame of each simulation that is shown first
GALLERY = 12
CLOSE = 1e-3  # absolute, between ONNX and Keras
LARGE = 256  # numbers: what holds fewer stays in single precision
MAP_POINTS = 2000
ISLANDS = 12  # of the dark phase, in the picture whose islands vanish


def main(folder: Path) -> None:
    """Write everything into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    sets = {"case1": (1,), "all-cases": (1, 2, 3)}
    flow = LatentFlow.load_pretrained("all-cases")
    scales = flow.trained.scales
    content = {
        "families": {name: family(name, cases, folder) for name, cases in sets.items()},
        "flow": {
            "log_time": scales.log_time,
            "volume_fraction": scales.volume_fraction,
            "seen": [row[:2] for row in flow.trained.seen],
        },
        "colours": [[round(255 * part) for part in PHASES(k / 255)[:3]] for k in range(256)],
        "largest": LARGEST_FACTOR,
        "typical": {"b": TYPICAL_B, "lam": TYPICAL_LAM},
        "gallery": gallery(load_embedded(case=1).split(test=0.2, seed=0)[1]),
        "islands": islands(load_embedded(case=3).split(test=0.2, seed=0)[1].images),
    }
    rng = np.random.default_rng(0)
    away = rng.standard_normal((8, flow.vae.latent), dtype=np.float32)
    place = rng.random((8, 1 + 2 * len(CONDITIONS)), dtype=np.float32)
    write(flow.network, [away, place], folder / "all-cases-flow.onnx")
    with replacing(folder / "explorer.json") as temporary:
        temporary.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")


def family(name: str, cases: Sequence[int], folder: Path) -> dict[str, Any]:
    """Write the networks of a family, and return what else is to be known of it."""
    evolution = Evolution.load_pretrained(name)
    energies = StrainEnergyModel.load_pretrained(name)
    splits = [load_embedded(case).split(test=0.2, seed=0) for case in cases]
    images = np.concatenate([train.images[:: len(cases)] for train, _ in splits])
    some = np.concatenate([test.images[:16] for _, test in splits])
    codes = evolution.vae.encode(some)
    away = np.random.default_rng(0).standard_normal(codes.shape, dtype=np.float32)
    logs = np.linspace(-1, 2, len(some), dtype=np.float32)[:, None]
    place = np.concatenate([np.full_like(logs, 0.5), logs], axis=1)
    networks = {
        "encoder": (evolution.vae.encoder, [some[..., None].astype(np.float32)]),
        "decoder": (evolution.vae.decoder, [codes]),
        "forward": (evolution.dynamics, [codes, logs]),
        "past": (evolution.past, [away, codes, place]),
        "energy": (energies.image_network, [some.astype(np.float32)]),
    }
    for role, (network, inputs) in networks.items():
        write(network, inputs, folder / f"{name}-{role}.onnx")
    write_slope(energies, folder / f"{name}-slope.onnx")
    for code in codes[:4, None]:
        expected = np.asarray(energies.code_network(code))
        agree(folder / f"{name}-slope.onnx", [code], expected)
    axes = PCA(AXES, random_state=0).fit(evolution.vae.encode(images))
    spread = np.sqrt(axes.explained_variance_)
    seen = np.concatenate([train.images for train, _ in splits])
    few = np.random.default_rng(0).choice(len(seen), MAP_POINTS, replace=False)
    places = axes.transform(evolution.vae.encode(seen[few])) / spread
    energy = np.concatenate([train.strain_energy[:, -1] for train, _ in splits])
    time = np.concatenate([train.time for train, _ in splits])
    return {
        "axes": (axes.components_ * spread[:, None]).round(5).tolist(),
        "centre": (axes.components_ @ axes.mean_ / spread).round(5).tolist(),
        "map": {
            "places": places[:, :2].round(2).tolist(),
            "energy": energy[few].round(3).tolist(),
            "age": np.log(time[few]).round(2).tolist(),
        },
        "share": axes.explained_variance_ratio_.round(4).tolist(),
        "temperature": evolution.temperature,
        "clock": vars(evolution.clock),
        "conservation": vars(evolution.conservation),
        "calibration": vars(energies.image_calibration),
        "energies": energies.trained.values,
    }


def write(network: Any, inputs: list[Floats32], path: Path) -> None:
    """Write a network, and require that it agrees with Keras."""
    write_onnx(network, path)
    given = inputs if len(inputs) > 1 else inputs[0]
    expected = np.asarray(tf.nest.flatten(network(given))[0])
    halve(path, inputs, expected)
    agree(path, inputs, expected)


def halve(
    path: Path,
    inputs: list[Floats32],
    expected: Floats32,
    tolerance: float = CLOSE,
    output: int = 0,
) -> None:
    """Write a network's large arrays in half precision, where what it says stays close."""
    model = onnx.load(path)
    casts = []
    for weights in model.graph.initializer:
        if weights.data_type == TensorProto.FLOAT and np.prod(weights.dims) >= LARGE:
            name, half = weights.name, f"{weights.name}_half"
            values = numpy_helper.to_array(weights).astype(np.float16)
            weights.CopyFrom(numpy_helper.from_array(values, half))
            casts.append(helper.make_node("Cast", [half], [name], to=TensorProto.FLOAT))
    for cast in reversed(casts):
        model.graph.node.insert(0, cast)
    if difference(model.SerializeToString(), inputs, expected, output) <= tolerance:
        with replacing(path) as temporary:
            onnx.save(model, temporary)


def write_slope(energies: StrainEnergyModel, path: Path) -> None:
    """Write the ensemble of energies from one code, with the gradient of its mean.

    Outputs: energies (1, members) and gradient (1, latent).
    """
    network = onnx_ready(energies.code_network)
    signature = [tf.TensorSpec((1, energies.vae.latent), tf.float32, name="code")]

    def value_and_gradient(code: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            tape.watch(code)
            values = network(code)
            mean = tf.reduce_mean(values)
        return values, tape.gradient(mean, code)

    function = tf.function(value_and_gradient, input_signature=signature)
    with replacing(path) as temporary:
        tf2onnx.convert.from_function(function, signature, opset=17, output_path=str(temporary))
    code = energies.vae.encode(load_embedded(case=1).images[:1])
    gradient = np.asarray(value_and_gradient(tf.convert_to_tensor(code))[1])
    tolerance = CLOSE * float(np.abs(gradient).max())
    halve(path, [code], gradient, tolerance, output=1)
    require_close(path.name, difference(path, [code], gradient, output=1), tolerance)


def agree(path: Path, inputs: list[Floats32], expected: Floats32) -> None:
    """Run an exported network, and require that its first output is that of Keras."""
    require_close(path.name, difference(path, inputs, expected), CLOSE)


def difference(
    network: Path | bytes, inputs: list[Floats32], expected: Floats32, output: int = 0
) -> float:
    """Largest difference of an output of an exported network from what is expected."""
    session = onnxruntime.InferenceSession(network)
    names = [one.name for one in session.get_inputs()]
    found = session.run(None, dict(zip(names, inputs, strict=True)))[output]
    return float(np.abs(found - expected).max())


def require_close(name: str, off: float, tolerance: float) -> None:
    """Stop where ONNX and Keras differ."""
    Console().print(f"{name:24} {off:.1e} from Keras", highlight=False)
    if not off <= tolerance:
        sys.exit(f"{name} differs from Keras by {off:.2g}; expected {tolerance:g} at most")


def gallery(patterns: Any) -> list[dict[str, Any]]:
    """Choose simulations of the test set, from soft to stiff, with all their frames as bits."""
    shape = (-1, 12, *patterns.images.shape[1:])
    frames, times = patterns.images.reshape(shape), patterns.time.reshape(-1, 12)
    energy = patterns.strain_energy[:, -1].reshape(-1, 12)
    ranks = np.argsort(energy[:, PRESENT])
    chosen = ranks[np.linspace(0, len(ranks) - 1, GALLERY).round().astype(int)]
    return [
        {
            "simulation": int(patterns.simulation[12 * k]),
            "present": PRESENT,
            "times": times[k].tolist(),
            "b": float(patterns.parameters[12 * k]["b"]),
            "lam": float(patterns.parameters[12 * k]["lam"]),
            "energies": energy[k].round(4).tolist(),
            "frames": [packed(one) for one in frames[k]],
        }
        for k in chosen
    ]


def islands(images: Any) -> str:
    """Choose the first picture with so many islands of the dark phase, as bits."""
    return packed(next(one for one in images if label(1 - one)[1] == ISLANDS))


def packed(image: Any) -> str:
    """Bits of a picture, in base64."""
    return base64.b64encode(np.packbits(image).tobytes()).decode()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
