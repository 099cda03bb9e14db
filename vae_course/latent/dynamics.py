"""Networks that carry codes through time, and the pairs of frames that they learn from.

Codes are small pictures, (side, side, k) flattened, and evolution is local and the same everywhere:
so the networks are convolutional and take the code as the picture that it is. They are told how far
to go by the logarithm of the ratio of times.
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from vae_course.arguments import LARGEST_FACTOR
from vae_course.arrays import Floats32
from vae_course.data import PatternSet
from vae_course.latent._networks import told_network
from vae_course.vae import VAE, ConditionalVAE
from vae_course.vae.batches import SeededBatches, random_symmetry

CODE = (8, 8, 4)
"""Shape of the codes: that of the pretrained model `case1-fine`."""


def build_forward(
    code: tuple[int, int, int] = CODE, width: int = 64, blocks: int = 6, seed: int = 0
) -> keras.Model:
    """Build the forward dynamics: z(r t) = z(t) + log r · f(z(t), log r), exact at r = 1.

    Args:
        code: Shape of a code, (side, side, k).
        width: Channels of the network f.
        blocks: Its residual blocks.
        seed: Seed of the first weights.

    Returns:
        Model from [code (N, side · side · k), log_factor (N, 1)] to the later code. At first it
        changes nothing.

    Raises:
        ValueError: If a size is below 1.

    Examples:
        >>> model = build_forward(width=8, blocks=1)
        >>> z = np.ones((1, 256), dtype=np.float32)
        >>> bool((np.array(model([z, np.ones((1, 1))])) == z).all())  # at first it changes nothing
        True
    """
    change = told_network({"code": code}, 1, code, width, blocks, seed, "change")
    z, log_factor = (keras.Input(one.shape[1:], name=one.name) for one in change.inputs)
    moved = keras.layers.Multiply()([change([z, log_factor]), log_factor])
    return keras.Model([z, log_factor], keras.layers.Add()([z, moved]), name="forward")


def build_past(
    code: tuple[int, int, int] = CODE, width: int = 64, blocks: int = 6, seed: int = 0
) -> keras.Model:
    """Build the velocity field v(x, τ | z, log r) of a flow from noise to codes of the past.

    Trained by flow matching: for a past code y, noise e ~ N(0, 1) and τ uniform in 0..1, the
    network sees x = (1 − τ) e + τ y and learns y − e by mean squared error. Its best answer is the
    mean velocity of all y that x may be on its way to; following it from τ = 0 to 1 turns noise
    into samples of y given the present code z.

    Args:
        code: Shape of a code, (side, side, k).
        width: Channels of the network.
        blocks: Its residual blocks.
        seed: Seed of the first weights.

    Returns:
        Model from [moving code, code of the present, place (N, 2): τ and log r] to a velocity.

    Raises:
        ValueError: If a size is below 1.

    Source: Y. Lipman et al. (2023), arXiv:2210.02747.

    Examples:
        >>> model = build_past(width=8, blocks=1)
        >>> [one.name for one in model.inputs], model.output_shape
        (['moving', 'code', 'told'], (None, 256))
    """
    return told_network({"moving": code, "code": code}, 2, code, width, blocks, seed, "past")


def build_past_vae(
    vae: VAE,
    code: tuple[int, int, int] = CODE,
    latent: int = 4,
    width: int = 64,
    blocks: int = 6,
    seed: int = 0,
) -> ConditionalVAE:
    """Build a conditional VAE of past images, given the code of the present and log r.

    Images go in and come out through the encoder and the decoder of a trained VAE, which stay as
    they are; what is learned lies between codes.

    Args:
        vae: The trained VAE of images.
        code: Shape of its codes, (side, side, k).
        latent: Numbers for each of the side · side places that tell one past from another.
        width: Channels of the networks.
        blocks: Residual blocks of prior and decoder; the encoder has half of them.
        seed: Seed of the first weights and of the sampling.

    Returns:
        Model whose condition is the code followed by log r, shape (N, side · side · k + 1); not
        compiled.

    Raises:
        ValueError: If a size is below 1.

    Examples:
        >>> from vae_course.vae import load_pretrained
        >>> model = build_past_vae(load_pretrained("case1-fine"), width=8, blocks=1)
        >>> model.sample(np.zeros((1, 257)), samples=2, seed=0).shape
        (1, 2, 64, 64)
    """
    side = code[0]
    flat, size = int(np.prod(code)), vae.size
    for part in (vae.encoder, vae.decoder):
        part.trainable = False
    image = keras.Input((size, size), name="image")
    condition = keras.Input((flat + 1,), name="condition")
    z = keras.Input((side * side * latent,), name="z")
    present, log_factor = condition[:, :flat], condition[:, flat:]
    either, both = (side, side, latent), (side, side, 2 * latent)

    def gaussian(network: keras.Model, codes: Sequence[Any]) -> list[Any]:
        found = keras.layers.Reshape(both)(network([*codes, log_factor]))
        halves = found[..., :latent], found[..., latent:]
        return [keras.layers.Flatten()(half) for half in halves]

    past = vae.encoder(keras.layers.Reshape((size, size, 1))(image))[0]
    half = max(1, blocks // 2)
    encoder = told_network({"past": code, "code": code}, 1, both, width, half, seed, "posterior")
    prior = told_network({"code": code}, 1, both, width, blocks, seed + 1, "prior_network")
    decoder = told_network({"z": either, "code": code}, 1, code, width, blocks, seed + 2, "change")
    logits = vae.decoder(keras.layers.Add()([present, decoder([z, present, log_factor])]))
    return ConditionalVAE(
        keras.Model([image, condition], gaussian(encoder, [past, present]), name="encoder"),
        keras.Model(condition, gaussian(prior, [present]), name="prior"),
        keras.Model([z, condition], keras.layers.Reshape((size, size))(logits), name="decoder"),
        seed=seed,
        likelihood="bernoulli",
    )


def through_decoder(vae: VAE, forward: keras.Model) -> keras.Model:
    """Put forward dynamics between the encoder and the decoder of a VAE, which stay as they are.

    Trained so, the dynamics learns what matters in the picture, not what matters in the code.

    Args:
        vae: The trained VAE.
        forward: What `build_forward` returned.

    Returns:
        Model from [images (N, n, n), log_factor (N, 1)] to logits of the later images, (N, n, n).

    Examples:
        >>> from vae_course.vae import load_pretrained
        >>> model = through_decoder(load_pretrained("case1-fine"), build_forward(width=8, blocks=1))
        >>> model.output_shape
        (None, 64, 64)
    """
    for part in (vae.encoder, vae.decoder):
        part.trainable = False
    image = keras.Input((vae.size, vae.size), name="image")
    log_factor = keras.Input((1,), name="log_factor")
    code = vae.encoder(keras.layers.Reshape((vae.size, vae.size, 1))(image))[0]
    logits = vae.decoder(forward([code, log_factor]))
    return keras.Model((image, log_factor), keras.layers.Reshape((vae.size, vae.size))(logits))


class FramePairs(SeededBatches):
    """Batches of two frames of the same simulation, under the same symmetry: for `build_forward`.

    A batch is ((earlier (N, n, n), log r (N, 1)), later (N, n, n)), r the ratio of their times.

    Args:
        patterns: Frames of at least one simulation, with their times.
        batches: Batches an epoch.
        batch_size: Pairs a batch.
        seed: Seed of the draw.
        swap_phases: Whether to swap the phases in half of the pairs.

    Raises:
        ValueError: If no two frames of a simulation lie within `LARGEST_FACTOR` of each other.

    Examples:
        >>> from vae_course.data import load_embedded
        >>> (earlier, log_ratio), later = FramePairs(load_embedded(), batches=1, batch_size=8)[0]
        >>> earlier.shape, later.shape, bool((log_ratio > 0).all())
        ((8, 64, 64), (8, 64, 64), True)
    """

    def __init__(
        self,
        patterns: PatternSet,
        batches: int,
        batch_size: int = 64,
        seed: int = 0,
        swap_phases: bool = True,
    ) -> None:
        super().__init__(seed)
        self.patterns, self.batches, self.batch_size = patterns, batches, batch_size
        self.swap_phases = swap_phases
        self.early, self.late = frame_pairs(patterns)
        if not len(self.early):
            raise ValueError(
                "patterns must hold two frames of one simulation whose times are within a factor "
                f"of {LARGEST_FACTOR:g}; they hold none"
            )

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return self.batches

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        """Draw one batch."""
        earlier, later, log_factor = self.draw(self.rng(index))
        return (earlier, log_factor), later

    def draw(self, rng: np.random.Generator) -> tuple[Floats32, Floats32, Floats32]:
        """Draw earlier and later images, (N, n, n), and log r, (N, 1)."""
        drawn = rng.integers(len(self.early), size=self.batch_size)
        early, late = self.early[drawn], self.late[drawn]
        symmetry = int(rng.integers(2**32))
        first, second = (
            random_symmetry(
                self.patterns.images[chosen], np.random.default_rng(symmetry), self.swap_phases
            ).astype(np.float32)
            for chosen in (early, late)
        )
        ratio = np.log(self.patterns.time[late] / self.patterns.time[early])
        return first, second, ratio.astype(np.float32)[:, None]


class NoisyPasts(FramePairs):
    """Batches ((moving code, code of the present, place), velocity): for `build_past`.

    Args:
        vae: Encodes the frames. Not the one inside a model that is trained on them: on JAX, Keras
            takes a model's weights away while an epoch runs.
        *args: As for `FramePairs`.
        **kwargs: As for `FramePairs`.

    Examples:
        >>> from vae_course.data import load_embedded
        >>> from vae_course.vae import load_pretrained
        >>> batches = NoisyPasts(load_pretrained("case1-fine"), load_embedded(), 1, batch_size=2)
        >>> (moving, present, place), velocity = batches[0]
        >>> moving.shape, place.shape, velocity.shape
        ((2, 256), (2, 2), (2, 256))
    """

    def __init__(self, vae: VAE, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.vae = vae

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        """Draw one batch."""
        rng = self.rng(index)
        earlier, later, log_factor = self.draw(rng)
        past, present = self.vae.encode(earlier), self.vae.encode(later)
        noise = rng.standard_normal(past.shape, dtype=np.float32)
        tau = rng.random((len(past), 1), dtype=np.float32)
        moving = (1 - tau) * noise + tau * past
        return (moving, present, np.concatenate([tau, -log_factor], axis=1)), past - noise


class ConditionedPasts(NoisyPasts):
    """Batches ((past image, code of the present followed by log r),): for `build_past_vae`.

    Examples:
        >>> from vae_course.data import load_embedded
        >>> from vae_course.vae import load_pretrained
        >>> vae = load_pretrained("case1-fine")
        >>> batches = ConditionedPasts(vae, load_embedded(), 1, batch_size=2)
        >>> [part.shape for part in batches[0][0]]
        [(2, 64, 64), (2, 257)]
    """

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        """Draw one batch."""
        earlier, later, log_factor = self.draw(self.rng(index))
        return ((earlier, np.concatenate([self.vae.encode(later), -log_factor], axis=1)),)


def frame_pairs(
    patterns: PatternSet, largest: float = LARGEST_FACTOR
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Find all pairs of frames of the same simulation whose times differ by a factor up to largest.

    Args:
        patterns: Frames with their times.
        largest: The largest ratio of times.

    Returns:
        Indices of the earlier and of the later frames.

    Examples:
        >>> from vae_course.data import load_embedded
        >>> patterns = load_embedded().select(range(24))
        >>> early, late = frame_pairs(patterns, largest=2.0)
        >>> bool((patterns.time[late] <= 2.0001 * patterns.time[early]).all())
        True
    """
    earlier: list[NDArray[np.intp]] = [np.empty(0, np.intp)]
    later = list(earlier)
    order = np.lexsort((patterns.time, patterns.simulation))
    starts = np.flatnonzero(np.diff(patterns.simulation[order])) + 1
    for frames in np.split(order, starts):
        first, second = (frames[index] for index in np.triu_indices(len(frames), 1))
        ratio = patterns.time[second] / patterns.time[first]
        kept = (ratio > 1) & (ratio <= largest * (1 + 1e-9))
        earlier.append(first[kept])
        later.append(second[kept])
    return np.concatenate(earlier), np.concatenate(later)
