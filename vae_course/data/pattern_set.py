"""A set of microstructures, each with the simulation and the time that it comes from."""

import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_course.files import write_arrays

PARAMETERS = np.dtype([("case", "i4"), ("b", "f8"), ("lam", "f8"), ("grid", "i4"), ("seed", "i8")])
"""Fields of `PatternSet.parameters`: what a simulation was started with."""

LEVELS = 7
"""Displacement levels at which the strain energy of a pattern is known."""

CURVE = 20
"""Strains at which the stress of a pattern is known."""

_LARGEST_FILE = 4 * 2**30


class PatternFileError(ValueError):
    """A file or folder of patterns is not as expected; the message names it, and the line.

    Examples:
        >>> Path("empty.npz").touch()
        >>> PatternSet.load("empty.npz")
        Traceback (most recent call last):
        vae_course.data.pattern_set.PatternFileError: empty.npz: expected a pattern set written ...
    """


@dataclass(frozen=True, eq=False)
class PatternSet:
    """Binary microstructures with their simulation, time, parameters and properties.

    Frames of one simulation resemble each other, so a test set must hold whole simulations: use
    `split`.

    Attributes:
        images: Phase of each pixel, 0 or 1, shape (N, n, n), uint8.
        simulation: Number of the simulation of each image, shape (N,), int64.
        time: Time of each image (simulation units; not a number where unknown), shape (N,).
        strain_energy: Change of strain energy at the displacements of
            `vae_course.physics.hyperelasticity.DISPLACEMENTS` (not a number where unknown),
            shape (N, 7).
        parameters: Parameters of the simulation of each image, shape (N,), dtype `PARAMETERS`.
        stress_strain: Mean stress along x at the strains of `vae_course.physics.plasticity.STRAINS`
            in units of the soft phase's yield stress, in steps of 0.001 where it is embedded (not a
            number where unknown, which is the default), shape (N, 20).

    Raises:
        ValueError: If the arrays do not have these shapes or the images other values.

    Examples:
        >>> from vae_course.data import load_embedded
        >>> patterns = load_embedded(case=2)
        >>> len(patterns), patterns.images.shape, patterns.strain_energy.shape
        (1200, (1200, 64, 64), (1200, 7))
    """

    images: NDArray[np.uint8]
    simulation: NDArray[np.int64]
    time: NDArray[np.float64]
    strain_energy: NDArray[np.float64]
    parameters: NDArray[np.void]
    stress_strain: NDArray[np.float64] = None  # type: ignore[assignment]  # of all unknown

    def __post_init__(self) -> None:
        """Check shapes and values once, so that all users can rely on them."""
        images = np.asarray(self.images)
        if images.ndim != 3 or images.shape[1] != images.shape[2]:
            raise ValueError(f"images must have shape (N, n, n); got {images.shape}")
        if images.size and not _two_phases(images):
            raise ValueError(
                f"images must have values 0 and 1; got {images.min()} to {images.max()}"
            )
        n = len(images)
        curves = np.full((n, CURVE), np.nan) if self.stress_strain is None else self.stress_strain
        parameters = np.asarray(self.parameters)
        if parameters.dtype != PARAMETERS:
            raise ValueError(f"parameters must have dtype {PARAMETERS}; got {parameters.dtype}")
        if np.asarray(self.simulation).dtype.kind not in "iu":
            kind = np.asarray(self.simulation).dtype
            raise ValueError(f"simulation must have whole numbers; got {kind}")
        arrays: dict[str, NDArray[Any]] = {
            "images": images.astype(np.uint8, copy=False),
            "simulation": np.asarray(self.simulation, dtype=np.int64),
            "time": np.asarray(self.time, dtype=np.float64),
            "strain_energy": np.asarray(self.strain_energy, dtype=np.float64),
            "parameters": parameters,
            "stress_strain": np.asarray(curves, dtype=np.float64),
        }
        widths = {"strain_energy": (LEVELS,), "stress_strain": (CURVE,)}
        for name in ("simulation", "time", "parameters", "strain_energy", "stress_strain"):
            shape = (n, *widths.get(name, ()))
            if arrays[name].shape != shape:
                raise ValueError(
                    f"{name} must have shape {shape} for {n} images; got {arrays[name].shape}"
                )
        for name, array in arrays.items():
            object.__setattr__(self, name, array)

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.images)

    def select(self, mask: ArrayLike) -> "PatternSet":
        """Return the images that a boolean mask or an array of indices selects.

        Args:
            mask: Booleans of shape (N,), or indices.

        Returns:
            The selected images with all that belongs to them.

        Raises:
            ValueError: If a boolean mask does not have shape (N,).
            IndexError: If an index is out of range.

        Examples:
            >>> from vae_course.data import load_embedded
            >>> patterns = load_embedded(case=2)
            >>> np.unique(patterns.select(patterns.time > 0.024).time)
            array([0.025])
        """
        chosen = np.asarray(mask)
        if chosen.dtype == bool and chosen.shape != (len(self),):
            raise ValueError(f"mask must have shape ({len(self)},); got {chosen.shape}")
        if chosen.dtype != bool:
            chosen = np.atleast_1d(chosen).astype(np.int64)
        return PatternSet(*(array[chosen] for array in vars(self).values()))

    def split(self, test: float = 0.2, seed: int = 0) -> tuple["PatternSet", "PatternSet"]:
        """Split into two sets that share no simulation.

        Args:
            test: Part of the simulations that goes to the second set.
            seed: Seed of the draw.

        Returns:
            The training set and the test set.

        Raises:
            ValueError: If test is not between 0 and 1, or there are fewer than two simulations.

        Examples:
            >>> from vae_course.data import load_embedded
            >>> training, test = load_embedded(case=2).split(test=0.2, seed=0)
            >>> len(training), len(test), np.intersect1d(training.simulation, test.simulation).size
            (960, 240, 0)
        """
        if not 0 < test < 1:
            raise ValueError(f"test must lie between 0 and 1; got {test}")
        simulations = np.unique(self.simulation)
        if len(simulations) < 2:
            raise ValueError(
                "a split by simulation needs at least 2 simulations, or micrographs, to hold one "
                f"out; got {len(simulations)}"
            )
        count = min(max(1, round(test * len(simulations))), len(simulations) - 1)
        drawn = np.random.default_rng(seed).permutation(simulations)[:count]
        held_out = np.isin(self.simulation, drawn)
        return self.select(~held_out), self.select(held_out)

    @classmethod
    def concatenate(cls, sets: Sequence["PatternSet"]) -> "PatternSet":
        """Join sets; simulations are numbered anew, so that none of two sets share a number.

        Args:
            sets: At least one set; all images of one size.

        Returns:
            All images in order, simulations numbered from 0.

        Raises:
            ValueError: If sets is empty or the images differ in size.

        Examples:
            >>> from vae_course.data import load_embedded
            >>> both = PatternSet.concatenate([load_embedded(case=2), load_embedded(case=3)])
            >>> len(both), np.unique(both.simulation).size
            (2400, 200)
        """
        if not sets:
            raise ValueError("sets must hold at least one PatternSet; got none")
        sizes = {s.images.shape[1:] for s in sets}
        if len(sizes) > 1:
            raise ValueError(f"images must all have one size; got {sorted(sizes)}")
        numbers: list[NDArray[np.int64]] = []
        start = 0
        for one in sets:
            unique, inverse = np.unique(one.simulation, return_inverse=True)
            numbers.append(inverse + start)
            start += len(unique)
        return cls(
            np.concatenate([s.images for s in sets]),
            np.concatenate(numbers),
            np.concatenate([s.time for s in sets]),
            np.concatenate([s.strain_energy for s in sets]),
            np.concatenate([s.parameters for s in sets]),
            np.concatenate([s.stress_strain for s in sets]),
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the set to a compressed .npz file, images a bit a pixel.

        The file appears whole or not at all, and equal sets give equal bytes. Stresses are kept in
        single precision, and only where some are known.

        Args:
            path: Where to write.
        """
        size = self.images.shape[-1]
        arrays = {
            "packed_images": np.packbits(self.images.reshape(-1, size * size), axis=1),
            "size": np.int64(size),
            "simulation": self.simulation,
            "time": self.time,
            "strain_energy": self.strain_energy,
            "parameters": self.parameters,
        }
        if np.isfinite(self.stress_strain).any():
            arrays["stress_strain"] = self.stress_strain.astype(np.float32)
        write_arrays(Path(path), arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "PatternSet":
        """Read a set that `save` wrote.

        Args:
            path: The .npz file.

        Returns:
            The set.

        Raises:
            FileNotFoundError: If there is no such file.
            PatternFileError: If the file is damaged, foreign or too large.

        Examples:
            >>> from vae_course.data import load_embedded
            >>> load_embedded(case=2).select(range(5)).save("five.npz")
            >>> len(PatternSet.load("five.npz"))
            5
        """
        path = Path(path)
        if path.stat().st_size > _LARGEST_FILE:
            raise PatternFileError(f"{path}: larger than {_LARGEST_FILE >> 30} GiB")
        try:
            with zipfile.ZipFile(path) as file:
                if sum(member.file_size for member in file.infolist()) > _LARGEST_FILE:
                    raise ValueError(f"unpacked it is larger than {_LARGEST_FILE >> 30} GiB")
            with np.load(path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            size = int(arrays.pop("size"))
            packed = arrays.pop("packed_images")
            if packed.ndim != 2 or packed.shape[1] != -(-size * size // 8):
                raise ValueError(f"images of {size} × {size} are not of shape {packed.shape}")
            images = np.unpackbits(packed, axis=1, count=size * size)
            return cls(images.reshape(-1, size, size), **arrays)
        except FileNotFoundError:
            raise
        except Exception as error:  # a damaged zip file has errors of many kinds
            why = (str(error) or type(error).__name__).splitlines()[0][:200]
            raise PatternFileError(
                f"{path}: expected a pattern set written by PatternSet.save; {why}"
            ) from error


def _two_phases(images: NDArray[Any]) -> bool:
    """Tell whether all values are 0 or 1; at the dataset's full size, without sorting them."""
    if images.dtype.kind in "bu":
        return bool(images.max() <= 1)
    return bool(np.isin(images, (0, 1)).all())
