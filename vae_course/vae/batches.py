"""Batches for training: shuffled, and turned, mirrored and swapped at random."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray


def check_images(images: NDArray[Any], size: int | None = None) -> None:
    """Refuse what are no square images with values between 0 and 1.

    Args:
        images: What should be, shape (N, n, n).
        size: Length n of their sides; any if not given.

    Raises:
        ValueError: If images has another shape or other values, or there are none.

    Examples:
        >>> check_images(np.zeros((2, 4, 4)))
        >>> check_images(np.zeros((4, 4)))
        Traceback (most recent call last):
        ValueError: images must have shape (N, n, n) with N >= 1; got (4, 4)
    """
    if images.ndim != 3 or images.shape[1:] != 2 * (size or images.shape[1],) or not images.size:
        n = size or "n"
        raise ValueError(f"images must have shape (N, {n}, {n}) with N >= 1; got {images.shape}")
    if not (images.min() >= 0 and images.max() <= 1):  # False for NaN, too
        raise ValueError(
            f"images must have values between 0 and 1; got {images.min()} to {images.max()}"
        )


def random_symmetry(
    images: NDArray[Any], rng: np.random.Generator, swap_phases: bool = False
) -> NDArray[Any]:
    """Apply to each image one of the eight symmetries of the square, drawn at random.

    The equation and its boundaries are the same after each of them. With a mean of ½ (Case 1)
    they are also the same when the phases are swapped.

    Args:
        images: Shape (N, n, n).
        rng: Source of randomness.
        swap_phases: Whether to swap 0 and 1 in half of the images.

    Returns:
        New array of the same shape.

    Raises:
        ValueError: If images does not have shape (N, n, n) or values outside 0 to 1.

    Examples:
        Whatever the symmetry, the volume fraction stays:

        >>> image = np.array([[[1, 1], [0, 1]]])
        >>> float(random_symmetry(image, np.random.default_rng(0)).mean())
        0.75
    """
    images = np.asarray(images)
    check_images(images)
    return _random_symmetry(images, rng, swap_phases)


def _random_symmetry(
    images: NDArray[Any], rng: np.random.Generator, swap_phases: bool
) -> NDArray[Any]:
    result = images.copy()
    transpose, rows, columns, swap = rng.random((4, len(images))) < 0.5
    result[transpose] = result[transpose].transpose(0, 2, 1)
    result[rows] = result[rows, ::-1]
    result[columns] = result[columns, :, ::-1]
    if swap_phases:
        result[swap] = 1 - result[swap]
    return result


class SeededBatches(keras.utils.PyDataset):
    """Batches that a seed, the epoch and their place in it determine, on every backend of Keras.

    A subclass makes batch `index` with the numbers of `rng(index)`, in NumPy, so that it does not
    matter which batches were asked for before: Keras may look at the first one twice. A model reads
    them in order if its `fit` gets `as_dataset()`, and `shuffle=False`.

    Args:
        seed: Seed of all that is drawn.

    Examples:
        >>> class Noise(SeededBatches):
        ...     def __len__(self):
        ...         return 3
        ...     def __getitem__(self, index):
        ...         return (self.rng(index).random((2, 1), dtype=np.float32),)
        >>> first, second = Noise(seed=0), Noise(seed=0)
        >>> bool((first[2][0] == second[2][0]).all()), bool((first[1][0] == first[2][0]).any())
        (True, False)
    """

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        self._seed, self._epoch = seed, 0

    def rng(self, *place: int) -> np.random.Generator:
        """Return the random numbers of a place in the epoch."""
        return np.random.default_rng((self._seed, self._epoch, *place))

    def on_epoch_end(self) -> None:
        """Go on to the next epoch."""
        self._epoch += 1

    def as_dataset(self) -> Any:
        """Return what `keras.Model.fit` is to read; the models here see to that by themselves.

        Given the batches, Keras on TensorFlow would have tf.data tune how they are read. The thread
        that does so sees only after 10, 20, 40, … milliseconds that the epoch has ended, and until
        then nothing goes on (TensorFlow 2.21). There is nothing to tune. On JAX, Keras would end an
        epoch before the first one begins.

        Returns:
            The same batches in order, each pass the next epoch: on TensorFlow a `tf.data.Dataset`.
        """
        if keras.backend.backend() != "tensorflow":
            return _Passes(self)
        import tensorflow as tf  # noqa: PLC0415 (optional)

        def epoch() -> Iterator[Any]:
            yield from (self[index] for index in range(len(self)))
            self.on_epoch_end()

        signature = tf.nest.map_structure(lambda one: tf.TensorSpec(one.shape, one.dtype), self[0])
        dataset = tf.data.Dataset.from_generator(epoch, output_signature=signature)
        options = tf.data.Options()
        options.autotune.enabled = False
        counted = dataset.apply(tf.data.experimental.assert_cardinality(len(self)))
        return counted.prefetch(2).with_options(options)


class _Passes(keras.utils.PyDataset):
    """Passes over batches, each the next epoch."""

    def __init__(self, batches: SeededBatches) -> None:
        super().__init__()
        self.batches, self.begun = batches, False

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int) -> Any:
        return self.batches[index]

    def on_epoch_end(self) -> None:
        if self.begun:  # Keras calls this once before the first epoch
            self.batches.on_epoch_end()
        self.begun = True


class SymmetricBatches(SeededBatches):
    """Batches of images in random order, each image under a random symmetry.

    Args:
        images: Phase of each pixel, shape (N, n, n).
        batch_size: Images a batch; a last smaller batch is left out.
        seed: Seed of order and symmetries.
        swap_phases: Whether to swap the phases of half of the images.

    Raises:
        ValueError: If images does not have shape (N, n, n) or values outside 0 to 1, or if there
            are fewer of them than batch_size.

    Examples:
        >>> batches = SymmetricBatches(np.zeros((10, 8, 8)), batch_size=4)
        >>> len(batches), batches[0][0].shape  # two images are left out
        (2, (4, 8, 8))
    """

    def __init__(
        self,
        images: NDArray[Any],
        batch_size: int = 64,
        seed: int = 0,
        swap_phases: bool = False,
    ) -> None:
        super().__init__(seed)
        images = np.asarray(images)
        check_images(images)
        if not 1 <= batch_size <= len(images):
            raise ValueError(f"batch_size must lie between 1 and {len(images)}; got {batch_size}")
        self.images, self.batch_size, self.swap_phases = images, batch_size, swap_phases
        self._order = self.rng().permutation(len(images))

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return len(self.images) // self.batch_size

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32]]:
        """Return one batch, shape (batch_size, n, n)."""
        chosen = self._order[index * self.batch_size : (index + 1) * self.batch_size]
        batch = _random_symmetry(self.images[chosen], self.rng(index + 1), self.swap_phases)
        return (batch.astype(np.float32),)

    def on_epoch_end(self) -> None:
        """Draw a new order."""
        super().on_epoch_end()
        self._order = self.rng().permutation(len(self.images))
