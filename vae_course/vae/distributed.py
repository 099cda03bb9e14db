"""One training on several processes or devices: each takes its share of every batch."""

import hashlib
import os
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from vae_course.vae.batches import SeededBatches, SymmetricBatches
from vae_course.vae.model import VAE

_BY_HAND = "KERAS_DISTRIBUTION_JOB_ADDRESSES"
_PLACES = (
    ("KERAS_DISTRIBUTION_PROCESS_ID", "KERAS_DISTRIBUTION_NUM_PROCESSES"),
    ("SLURM_PROCID", "SLURM_NTASKS"),
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
)


@dataclass(frozen=True)
class Team:
    """The processes that train together: this one alone, unless `join` has found others.

    Every process trains on its share of each batch, and all have the same weights at every step.
    The first alone writes files. As a context, it waits at the end until all have come there.

    Attributes:
        index: Number of this process, from 0.
        processes: Number of processes.
        devices: Number of devices of all of them.
        distribution: The `keras.distribution.DataParallel` over them; None for one device.

    Examples:
        >>> team = Team()  # this process alone
        >>> team.first, team.processes
        (True, 1)
        >>> Team(processes=2, devices=4).check(batch_size=66, by_time=False)
        Traceback (most recent call last):
        ValueError: batch_size must be a multiple of the number of devices, 4; got 66
    """

    index: int = 0
    processes: int = 1
    devices: int = 1
    distribution: Any = None

    def __enter__(self) -> "Team":
        """Return the team."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Part from the others; after an error, without waiting for them."""
        if self.processes > 1 and kind is None:
            import jax  # noqa: PLC0415 (optional)

            jax.distributed.shutdown()

    @property
    def first(self) -> bool:
        """Whether this is the process that writes files."""
        return self.index == 0

    def spread(self, vae: VAE) -> VAE:
        """Make a copy of a model whose weights lie on all devices.

        Args:
            vae: Model with its optimizer; the same on every process.

        Returns:
            The copy; the model itself for one device.
        """
        if self.distribution is None:
            return vae
        with self.distribution.scope():
            copy = VAE.from_config(vae.get_config())
            copy.compile_from_config(vae.get_compile_config())
            copy.build(None)
            _assign(copy, vae)
        return copy

    def bring_home(self, copy: VAE, vae: VAE) -> None:
        """Give a model the weights, and the state of the optimizer, of its copy on all devices.

        Args:
            copy: What `spread` made of the model.
            vae: The model.
        """
        if copy is not vae:
            _assign(vae, copy)

    def fit(self, copy: VAE, batches: SymmetricBatches, callbacks: list[Any]) -> dict[str, Any]:
        """Train for an epoch, each process on its share of each batch.

        Args:
            copy: What `spread` made of a model.
            batches: Batches over all processes, drawn alike by each.
            callbacks: As Keras takes them.

        Returns:
            The means over the epoch, as `keras.Model.fit` gives them.
        """
        given = batches if self.processes == 1 else _Shares(batches, self.index, self.processes)
        scope = self.distribution.scope() if self.distribution is not None else nullcontext()
        with scope:
            history = copy.fit(given, verbose=0, callbacks=callbacks).history
        return {name: float(values[-1]) for name, values in history.items()}

    def check(self, batch_size: int, by_time: bool) -> None:
        """Refuse settings that cannot be shared out.

        Args:
            batch_size: Images of a batch, over all processes.
            by_time: Whether the training ends after a time.

        Raises:
            ValueError: If batch_size cannot be divided by the number of devices, or if several
                processes were to end after a time: their clocks differ.
        """
        if batch_size % self.devices:
            raise ValueError(
                f"batch_size must be a multiple of the number of devices, {self.devices}; "
                f"got {batch_size}"
            )
        if by_time and self.processes > 1:
            raise ValueError("several processes need epochs in place of minutes: clocks differ")

    def wait(self) -> None:
        """Wait until all processes are here."""
        if self.processes > 1:
            from jax.experimental import multihost_utils  # noqa: PLC0415 (optional)

            multihost_utils.sync_global_devices("vae_course")

    def check_same(self, value: str, message: str) -> None:
        """Check that a value is the same on every process.

        Args:
            value: The value.
            message: What to say if it is not.

        Raises:
            ValueError: On every process, if it is not.
        """
        if self.processes == 1:
            return
        from jax.experimental import multihost_utils  # noqa: PLC0415 (optional)

        own = np.frombuffer(hashlib.sha256(value.encode()).digest(), np.uint8)
        gathered = multihost_utils.process_allgather(own)
        different = (gathered != gathered[0]).any(axis=1)
        if different.any():
            raise ValueError(f"{message}; process {different.argmax()} differs from process 0")


def join() -> Team:
    """Take this process's place among those that train together, on all of their devices.

    It must be called before anything is computed. The place is that which SLURM or Open MPI gave,
    or the variables that `keras.distribution.initialize` reads: KERAS_DISTRIBUTION_JOB_ADDRESSES
    (host and port of the first process), KERAS_DISTRIBUTION_NUM_PROCESSES and
    KERAS_DISTRIBUTION_PROCESS_ID. With none of them, this process trains on all devices of its
    machine.

    Returns:
        The team.

    Raises:
        ValueError: If Keras does not run on JAX, if a variable is missing or wrong, or if there is
            neither another process nor a second device.

    Source: https://keras.io/api/distribution/.

    Examples:
        One process with one device has nobody to join:

        >>> join()
        Traceback (most recent call last):
        ValueError: distributed training needs ...
    """
    if keras.backend.backend() != "jax":
        raise ValueError(
            "distributed training needs Keras on JAX: set KERAS_BACKEND=jax; "
            f"got {keras.backend.backend()}"
        )
    import jax  # noqa: PLC0415 (optional)

    # The processes' CPUs speak to each other through Gloo; GPUs have NCCL, whatever this says.
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    if launched():
        keras.distribution.initialize()
    if jax.device_count() == 1:
        raise ValueError(
            "distributed training needs a second process or device: start the processes with "
            f"srun or mpirun, or set {_BY_HAND}; this process is alone, with one device"
        )
    shared = keras.distribution.DataParallel(auto_shard_dataset=False)
    return Team(jax.process_index(), jax.process_count(), jax.device_count(), shared)


def launched() -> tuple[int, int] | None:
    """Tell which of the processes this one will be, before it has joined them.

    Returns:
        Its number and their count, as the launcher gave them; None if it was started alone.

    Raises:
        ValueError: If a variable of the launcher is missing or wrong.

    Examples:
        >>> print(launched())  # no launcher has started this process
        None
    """
    for index, count in _PLACES:
        if index in os.environ or count in os.environ:
            processes = _number(count, 1, None)
            place = _number(index, 0, processes)
            if processes > 1:
                return place, processes
    if _BY_HAND in os.environ:
        raise ValueError(f"{_BY_HAND} is set: set {_PLACES[0][0]} and {_PLACES[0][1]}, too")
    return None


def _number(name: str, lowest: int, end: int | None) -> int:
    value = os.environ.get(name, "")
    if not value.isdecimal() or int(value) < lowest or (end is not None and int(value) >= end):
        limit = "" if end is None else f" and less than {end}"
        raise ValueError(f"{name} must be a number, {lowest} or more{limit}; got {value!r}")
    return int(value)


class _Shares(SeededBatches):
    """Equal parts of batches, those of one process."""

    def __init__(self, batches: SymmetricBatches, index: int, processes: int) -> None:
        super().__init__()
        part = batches.batch_size // processes
        self._batches, self._part = batches, slice(index * part, (index + 1) * part)

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        return tuple(one[self._part] for one in self._batches[index])

    def on_epoch_end(self) -> None:
        self._batches.on_epoch_end()


def _assign(to: VAE, source: VAE) -> None:
    """Copy the weights of a model, and the state of its optimizer, to another."""
    for one in (to, source):
        one.optimizer.build(one.trainable_variables)  # not before its first step else
    pairs = [
        *zip(to.variables, source.variables, strict=True),
        *zip(to.optimizer.variables, source.optimizer.variables, strict=True),
    ]
    for target, value in pairs:
        target.assign(keras.ops.convert_to_numpy(value))
