"""What fine-tuning must hold to: trained on some micrographs, judged on the others."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_course.classroom.check import Student
from vae_course.classroom.compare import Known, as_array, compare, require
from vae_course.data import PatternSet
from vae_course.data.pattern_set import LEVELS, PARAMETERS
from vae_course.vae import VAE
from vae_course.vae.batches import SymmetricBatches
from vae_course.vae.networks import build_decoder, build_encoder

SIZE = 16
EPOCHS, SEED = 3, 2
HELD_OUT = 0.3
LARGEST_RATE = 5e-3


def squared_error(vae: VAE, images: NDArray[Any]) -> float:
    """Return the mean squared error of the reconstructions over all pixels.

    Args:
        vae: The model.
        images: 0 and 1, shape (N, n, n).

    Returns:
        The error.
    """
    return float(np.mean((vae.reconstruct(images) - images) ** 2))


def tiles_of(micrographs: tuple[int, ...], each: int) -> PatternSet:
    """Make small tiles, no two alike under the symmetries of the square."""
    rng = np.random.default_rng(len(micrographs))
    groups = np.repeat(micrographs, each)
    share = 0.5 + 0.45 * groups / max(micrographs)
    count = len(groups)
    images = rng.random((count, SIZE, SIZE)) < share[:, None, None]
    nan = np.full(count, np.nan)
    return PatternSet(
        images.astype(np.uint8),
        groups,
        nan,
        np.full((count, LEVELS), np.nan),
        np.array([(0, np.nan, np.nan, 0, 0)] * count, PARAMETERS),
    )


class WatchedVAE(VAE):
    """A VAE that remembers what it was fitted to.

    Attributes:
        seen: Images of each call of `fit`.
        epochs: Epochs of all calls together.
    """

    def __init__(self) -> None:
        super().__init__(
            build_encoder(4, (8, 16), SIZE, seed=0), build_decoder(4, (8, 16), SIZE, seed=0), seed=0
        )
        *others, bias = self.decoder.get_weights()
        self.decoder.set_weights([*others, bias + 1.5])  # so that errors differ from set to set
        self.seen: list[NDArray[Any]] = []
        self.epochs = 0

    def fit(self, x: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Remember the images, then train."""
        images = _images_of(x)
        if images is not None:
            self.seen.append(images)
        self.epochs += int(args[2] if len(args) > 2 else kwargs.get("epochs", 1))
        return super().fit(x, *args, **kwargs)


def _images_of(x: Any) -> NDArray[Any] | None:
    """The images that a model is fitted to; None if they cannot be had without using them up."""
    if isinstance(x, SymmetricBatches):
        return np.asarray(1 - x.images if x.swap_phases else x.images)
    try:
        array = np.asarray(x)
    except (TypeError, ValueError):
        return None
    if array.ndim == 4 and array.shape[-1] == 1:
        array = array[..., 0]
    return array if array.ndim == 3 else None


def _key(image: NDArray[Any]) -> bytes:
    """The same for an image however it is turned or mirrored."""
    turned = [np.rot90(one, k) for one in (image, image.T) for k in range(4)]
    return min(np.packbits(one > 0.5).tobytes() for one in turned)


def require_fine_tuned(student: Student) -> None:
    """Require a function that fine-tunes a VAE and judges it on held-out micrographs."""
    what = "fine_tune(vae, patterns, epochs, seed)"
    patterns = tiles_of(tuple(range(10)), 8)
    train, test = patterns.split(HELD_OUT, SEED)
    vae = WatchedVAE()
    vae.build(None)
    at_first = _errors(vae, train, test, patterns)
    weights = [np.array(one) for one in vae.get_weights()]
    answer = student(vae, patterns, EPOCHS, SEED)
    found = as_array(what, answer)
    require(
        found.shape == (2,),
        f"{what} must return two numbers.",
        "The squared errors on the held-out micrographs, before and after: `return before, after`.",
        "shape (2,)",
        f"shape {found.shape}",
    )
    changed = any(not np.array_equal(a, b) for a, b in zip(weights, vae.get_weights(), strict=True))
    require(
        changed,
        "The model that you were given has not changed.",
        "Train that one: `vae.fit(…)`. A new model, with random weights, knows nothing of what "
        "the old one has learned.",
    )
    _require_whole_micrographs(vae, patterns, test)
    _require_small_steps(vae)
    _require_errors(vae, found, at_first, (train, test, patterns))


def _require_whole_micrographs(vae: WatchedVAE, patterns: PatternSet, test: PatternSet) -> None:
    if not vae.seen:
        return  # trained in a way of its own; the errors are compared all the same
    place = {_key(image): k for k, image in enumerate(patterns.images)}
    seen = np.concatenate(vae.seen)
    keys = {_key(image) for image in seen}
    swapped = {_key(1 - image) for image in patterns.images}
    require(
        not keys <= swapped,
        "The phases are swapped in the batches.",
        "That doubles the data where both phases are equally common. Yours are not: pictures with "
        "swapped phases are no microstructures of your material. Leave swap_phases out.",
    )
    used = {place[key] for key in keys if key in place}
    held_out = {place[_key(image)] for image in test.images}
    require(
        used != set(range(len(patterns))),
        "The model was trained on all tiles, the held-out ones among them.",
        "Then the error after says how well it remembers. Fit to the first set of the split alone.",
    )
    require(
        used != held_out,
        "The model was trained on the held-out tiles.",
        "patterns.split returns two sets, in this order: for training, held out.",
    )
    left = set(range(len(patterns))) - used
    groups = patterns.simulation
    both = set(groups[sorted(used)]) & set(groups[sorted(left)])
    require(
        not both,
        "Tiles of one micrograph are on both sides of the split.",
        "They share its light, its noise and its specimen, so the held-out error would be too "
        "low. Split by micrograph: patterns.split(test=0.3, seed=seed).",
        "no micrograph on both sides",
        f"{len(both)} of {len(np.unique(groups))} on both sides",
    )
    require(
        not used & held_out,
        "Other micrographs are held out than by patterns.split(test=0.3, seed=seed).",
        "Pass test=0.3 and the seed on, so that your number can be repeated.",
        f"micrographs {sorted(int(k) for k in set(test.simulation))} held out",
        f"{sorted(int(k) for k in set(groups[sorted(left)]))} held out",
    )


def _require_small_steps(vae: WatchedVAE) -> None:
    require(
        vae.epochs == EPOCHS or not vae.epochs,
        "The model was trained for another number of epochs.",
        "Pass it on: vae.fit(…, epochs=epochs).",
        f"{EPOCHS} epochs",
        f"{vae.epochs}",
    )
    optimizer = getattr(vae, "optimizer", None)  # None where the answer trains by itself
    rate = float(np.asarray(optimizer.learning_rate)) if optimizer else 0.0
    require(
        rate <= LARGEST_RATE,
        "The learning rate is too large for fine-tuning.",
        "A few large steps throw away what the model has learned. Take Adam with 1e-3.",
        "1e-3",
        f"{rate:g}",
    )


Errors = dict[str, float]


def _errors(vae: VAE, train: PatternSet, test: PatternSet, both: PatternSet) -> Errors:
    """Errors on three sets, and on the held-out one as they are often computed wrongly."""
    rebuilt = vae.reconstruct(test.images)
    difference = rebuilt - test.images
    return {
        "test": squared_error(vae, test.images),
        "train": squared_error(vae, train.images),
        "all": squared_error(vae, both.images),
        "sum": float((difference**2).sum()),
        "image": float((difference**2).sum(axis=(1, 2)).mean()),
        "root": float(np.sqrt((difference**2).mean())),
        "absolute": float(np.abs(difference).mean()),
        "binary": float(((rebuilt > 0.5) != test.images).mean()),
    }


_WHY = {
    "train": "The errors are those on the tiles trained on. Asked is how the model does on "
    "micrographs that it has not seen: use the second set of the split.",
    "all": "The errors are those on all tiles, the trained ones among them. Use the held-out set.",
    "sum": "You took the sum over pixels and tiles. Take the mean: then sets of any size compare.",
    "image": "You summed over the pixels of a tile. Take the mean over the pixels, too.",
    "root": "You took the square root. The course reports the mean squared error itself.",
    "absolute": "These are mean absolute differences. Square them before you take the mean.",
    "binary": "You cut the reconstructions at ½ first. Compare the probabilities: the cut hides "
    "how unsure the model is.",
}


def _require_errors(
    vae: VAE,
    found: NDArray[Any],
    first: Errors,
    sets: tuple[PatternSet, PatternSet, PatternSet],
) -> None:
    last = _errors(vae, *sets)
    before, after = first["test"], last["test"]
    mistakes = [Known([first[name], last[name]], why) for name, why in _WHY.items()]
    mistakes += [
        Known([after, before], "Before and after are the wrong way round."),
        Known(
            [after, after],
            "Both errors are those after training: compute the first one before you call fit.",
        ),
        Known(
            [before, before],
            "Both errors are those before training: compute the second one after fit.",
        ),
        Known([before, before - after], "Return the error after, not what was gained."),
        Known(
            [before, last["train"]],
            "The error after is that on the tiles trained on. Take the held-out ones both times.",
        ),
    ]
    compare(
        "fine_tune(…), errors before and after,",
        found,
        [before, after],
        mistakes,
        "Mean over all pixels of (vae.reconstruct(images) − images)², on the held-out tiles. "
        "(vae(images) draws noise; reconstruct does not.)",
        rtol=2e-3,
        atol=0.0,
    )
