"""Reading the dataset Mechanical MNIST Cahn–Hilliard from its own text files.

Source: H. Kobeissi, S. Mohammadzadeh and E. Lejeune (2022), arXiv:2203.04183; the files are at
OpenBU, handle 2144/43971.
"""

import json
import os
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vae_course.data.pattern_set import LEVELS, PARAMETERS, PatternFileError, PatternSet
from vae_course.data.schedule import FRAME_TIMES, times_of_frames
from vae_course.files import write_text
from vae_course.progress import Counted, one_bar

TABLE = "CH_Dataset_Database.csv"
SIDE = 64
FULL_SIDE = 400

_COLUMNS = {
    "image": "Image_Number",
    "case": "Case",
    "b": "Coefficient_'b'",
    "lam": "lambda",
    "grid": "Grid_Size",
    "seed": "Seed",
    "simulation": "Cahn_Hilliard_Simulation_Index",
    "energy_row": "Delta_Psi_Reaction_Force_Result_Index",
}
_LONGEST_NUMBER = 32  # characters, the space after it included
_CACHE_VERSION = 1


def read_pattern(
    path: str | os.PathLike[str], size: int = SIDE, source_size: int = FULL_SIDE
) -> NDArray[np.uint8]:
    """Read one pattern of the dataset (`ImageK.txt`) and sample it at pixel centres.

    Pixel (i, j) of the result is the one of the file that holds the point
    ((i + ½)/size, (j + ½)/size) of the unit square.

    Args:
        path: Text file of source_size rows with source_size values 0 or 1 each.
        size: Pixels along a side of the result.
        source_size: Pixels along a side of the file.

    Returns:
        0 and 1, shape (size, size), uint8.

    Raises:
        FileNotFoundError: If there is no such file.
        PatternFileError: If the file is not such a text; the message names file and line.
        ValueError: If size is not between 1 and source_size.

    Examples:
        >>> np.savetxt("Image7.txt", np.tri(400), fmt="%d")
        >>> print(read_pattern("Image7.txt", size=4).tolist())
        [[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]]
    """
    path = Path(path)
    if not 1 <= size <= source_size:
        raise ValueError(f"size must lie between 1 and {source_size}; got {size}")
    pattern = np.empty((source_size, source_size), dtype=np.uint8)
    count = number = 0
    for number, line in _lines(path, source_size):
        if count == source_size:
            raise PatternFileError(f"{path.name}, line {number}: expected {source_size} rows only")
        pattern[count] = _binary_row(path, number, line, source_size)
        count += 1
    if count < source_size:
        raise PatternFileError(
            f"{path.name}, line {number + 1}: expected {source_size} rows; the file ends after "
            f"{count}"
        )
    chosen = ((np.arange(size) + 0.5) / size * source_size).astype(int)
    return np.asarray(pattern[np.ix_(chosen, chosen)])


def read_patterns(folder: str | os.PathLike[str]) -> dict[str, NDArray[np.uint8]]:
    """Read every pattern (`Image*.txt`) of a folder.

    Args:
        folder: Folder with at least one such file.

    Returns:
        The patterns by file name, in the order of the names, each of shape (64, 64), uint8.

    Raises:
        FileNotFoundError: If there is no such folder.
        PatternFileError: If it holds no pattern, or one that cannot be read.

    Examples:
        >>> Path("patterns").mkdir()
        >>> np.savetxt("patterns/Image7.txt", np.tri(400), fmt="%d")
        >>> {name: image.shape for name, image in read_patterns("patterns").items()}
        {'Image7.txt': (64, 64)}
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: expected a folder of patterns; there is none")
    paths = sorted(folder.glob("Image*.txt"))
    if not paths:
        raise PatternFileError(f"{folder}: expected pattern files named Image*.txt; found none")
    return {path.name: read_pattern(path) for path in paths}


def read_mechanical_mnist(
    folder: str | os.PathLike[str], case: int, progress: Counted | None = None
) -> PatternSet:
    """Read one case of the dataset: 64 × 64 patterns, strain energies and simulations.

    The folder must hold `CaseN_input_patterns_64_x_64.txt` (a row a pattern, 4,096 values),
    `CaseN_strain_energy.txt` (a row a pattern, 7 values) and `CH_Dataset_Database.csv`. What was
    read is kept as `CaseN_patterns.npz` beside them, so that the next time takes a second; it is
    read anew when one of the text files changes. In a folder that cannot be written to, nothing
    is kept.

    Frames are dated by the schedule of the dataset, counted back from the last of a simulation.

    Args:
        folder: The folder of the dataset.
        case: 1, 2 or 3.
        progress: Called with the number of bytes read and the size of the file; by default a bar
            is shown.

    Returns:
        The patterns in the order of the file.

    Raises:
        FileNotFoundError: If the folder or a file is missing.
        PatternFileError: If a file is not as expected; the message names file and line.
        ValueError: If case is not 1, 2 or 3.

    Examples:
        Two frames of one simulation, in the form of the dataset:

        >>> Path("dataset").mkdir()
        >>> np.savetxt("dataset/Case1_input_patterns_64_x_64.txt", np.ones((2, 4096)), fmt="%d")
        >>> np.savetxt("dataset/Case1_strain_energy.txt", np.zeros((2, 7)))
        >>> header = "Image_Number Case Coefficient_'b' lambda Grid_Size Seed "
        >>> header += "Cahn_Hilliard_Simulation_Index Delta_Psi_Reaction_Force_Result_Index"
        >>> rows = [header, "1 1 80 0.02 50 7 1 1", "2 1 80 0.02 50 7 1 2"]
        >>> np.savetxt("dataset/CH_Dataset_Database.csv", rows, fmt="%s")
        >>> read_mechanical_mnist("dataset", case=1, progress=lambda done, total: None).time
        array([0.024, 0.025])
    """
    if case not in (1, 2, 3):
        raise ValueError(f"case must be 1, 2 or 3; got {case}")
    folder = Path(folder)
    patterns = folder / f"Case{case}_input_patterns_64_x_64.txt"
    energies = folder / f"Case{case}_strain_energy.txt"
    table = folder / TABLE
    for path in (patterns, energies, table):
        if not path.is_file():
            raise FileNotFoundError(f"{path}: expected a file of the dataset; there is none")
    cache = folder / f"Case{case}_patterns.npz"
    stamp = folder / f"Case{case}_patterns.json"
    state = _state((patterns, energies, table))
    if cache.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == state:
        return PatternSet.load(cache)

    rows = _read_table(table, case)
    energy = _read_energies(energies)
    with nullcontext(progress) if progress else one_bar(f"Reading {patterns.name}") as report:
        images = _read_images(patterns, len(rows["simulation"]), report)
    if len(images) != len(rows["simulation"]):
        raise PatternFileError(
            f"{TABLE}: expected {len(images)} rows of case {case}, one for each row of "
            f"{patterns.name}; found {len(rows['simulation'])}"
        )
    if len(energy) != len(images):
        raise PatternFileError(
            f"{energies.name}, line {len(energy) + 1}: expected {len(images)} rows, one for each "
            f"of {patterns.name}; found {len(energy)}"
        )
    energy_row = rows["energy_row"] - rows["energy_row"].min()
    if not np.array_equal(np.sort(energy_row), np.arange(len(images))):
        raise PatternFileError(
            f"{TABLE}: expected each row of {energies.name} once in {_COLUMNS['energy_row']}"
        )
    parameters = np.empty(len(images), dtype=PARAMETERS)
    for name in ("case", "b", "lam", "grid", "seed"):
        parameters[name] = rows[name]
    result = PatternSet(
        images,
        rows["simulation"].astype(np.int64),
        _times(rows["simulation"]),
        energy[energy_row.astype(int)],
        parameters,
    )
    if os.access(folder, os.W_OK):
        result.save(cache)
        write_text(stamp, state)
    return result


def _state(paths: tuple[Path, ...]) -> str:
    files = {path.name: (path.stat().st_size, path.stat().st_mtime_ns) for path in paths}
    return json.dumps({"version": _CACHE_VERSION, "files": files})


def _lines(path: Path, values: int) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not empty with their numbers; refuse one longer than it can be."""
    longest = values * _LONGEST_NUMBER
    with path.open("rb") as file:
        number = 0
        while line := file.readline(longest + 1):
            number += 1
            if len(line) > longest:
                raise PatternFileError(
                    f"{path.name}, line {number}: expected {values} values; the line is longer "
                    f"than {longest} characters"
                )
            if stripped := line.strip():
                yield number, stripped


def _binary_row(path: Path, number: int, line: bytes, values: int) -> NDArray[np.uint8]:
    if len(line) == 2 * values - 1:  # "0 1 1 …", the form of the dataset: 30 times faster
        raw = np.frombuffer(line, dtype=np.uint8)
        row = raw[::2] - ord("0")
        if np.all(row <= 1) and np.all(raw[1::2] == ord(" ")):
            return row
    numbers = _row(path, number, line, values)
    wrong = np.flatnonzero((numbers != 0) & (numbers != 1))
    if wrong.size:
        raise PatternFileError(
            f"{path.name}, line {number}: expected 0 or 1; found {numbers[wrong[0]]:g} as value "
            f"{wrong[0] + 1}"
        )
    return numbers.astype(np.uint8)


def _row(path: Path, number: int, line: bytes, values: int) -> NDArray[np.float64]:
    words = line.split()
    try:
        row = np.array([float(word) for word in words])
    except ValueError:
        raise PatternFileError(
            f"{path.name}, line {number}: expected {values} numbers separated by spaces; found "
            "something that is not a number"
        ) from None
    if len(row) != values:
        raise PatternFileError(
            f"{path.name}, line {number}: expected {values} values; found {len(row)}"
        )
    return row


def _read_images(path: Path, expected: int, report: Counted) -> NDArray[np.uint8]:
    total = path.stat().st_size
    packed = bytearray()
    count = done = 0
    for number, line in _lines(path, SIDE * SIDE):
        packed += np.packbits(_binary_row(path, number, line, SIDE * SIDE)).tobytes()
        count += 1
        done += len(line) + 1
        if count > expected:
            raise PatternFileError(
                f"{path.name}, line {number}: expected {expected} rows, as {TABLE} has; "
                "there are more"
            )
        if count % 200 == 0:
            report(min(done, total), total)
    report(total, total)
    bits = np.frombuffer(packed, dtype=np.uint8).reshape(count, SIDE * SIDE // 8)
    return np.unpackbits(bits, axis=1).reshape(count, SIDE, SIDE)


def _read_energies(path: Path) -> NDArray[np.float64]:
    rows: list[NDArray[np.float64]] = []
    for number, line in _lines(path, LEVELS):
        row = _row(path, number, line, LEVELS)
        if not np.isfinite(row).all():
            raise PatternFileError(f"{path.name}, line {number}: expected finite values")
        rows.append(row)
    return np.array(rows).reshape(-1, LEVELS)


def _read_table(path: Path, case: int) -> dict[str, NDArray[np.float64]]:
    """Read the columns of one case, ordered by image number."""
    lines = _lines(path, 64)
    header = next(lines, (1, b""))[1].decode("utf-8", errors="replace").split()
    missing = [name for name in _COLUMNS.values() if name not in header]
    if missing:
        raise PatternFileError(f"{path.name}, line 1: expected a column {missing[0]}; found none")
    place = {key: header.index(name) for key, name in _COLUMNS.items()}
    rows = []
    for number, line in lines:
        row = _row(path, number, line, len(header))
        if row[place["case"]] == case:
            _check_numbers(path, number, {key: row[index] for key, index in place.items()})
            rows.append([row[index] for index in place.values()])
    if not rows:
        raise PatternFileError(f"{path.name}: expected rows of case {case}; found none")
    table = np.array(rows)
    table = table[np.argsort(table[:, list(place).index("image")], kind="stable")]
    columns = dict(zip(place, table.T, strict=True))
    if np.any(np.diff(columns["image"]) == 0):
        raise PatternFileError(f"{path.name}: expected each image once; one stands twice")
    return columns


def _check_numbers(path: Path, number: int, row: dict[str, float]) -> None:
    for key, value in row.items():
        whole = key not in ("b", "lam")
        largest = 2**31 - 1 if key == "grid" else 2**53
        if not abs(value) <= largest or (whole and value % 1):  # not: NaN is in no order
            kind = "whole number" if whole else "number"
            raise PatternFileError(
                f"{path.name}, line {number}: expected a {kind} in {_COLUMNS[key]}; found {value:g}"
            )


def _times(simulation: NDArray[np.float64]) -> NDArray[np.float64]:
    times = np.empty(len(simulation))
    for one in np.unique(simulation):
        frames = np.flatnonzero(simulation == one)
        if len(frames) > len(FRAME_TIMES):
            raise PatternFileError(
                f"{TABLE}: expected at most {len(FRAME_TIMES)} images of one simulation; "
                f"simulation {one:g} has {len(frames)}"
            )
        times[frames] = times_of_frames(len(frames))
    return times
