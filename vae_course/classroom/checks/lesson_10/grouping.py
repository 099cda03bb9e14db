"""What groups read from the table of the dataset must hold to."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_course.classroom.check import Student
from vae_course.classroom.compare import Known, as_array, compare, require

IMAGE, CASE, SEED = "Image_Number", "Case", "Seed"
INDEX = "Cahn_Hilliard_Simulation_Index"
COLUMNS = (IMAGE, CASE, "Coefficient_'b'", "lambda", "Grid_Size", SEED, INDEX)
MORE = ("Displacement_Result_File_Number", "Displacement_Result_Index")


def groups_from_table(table: str) -> NDArray[np.int64]:
    """Number the simulations of a table of the dataset.

    Args:
        table: The text: a line of column names, a line for each picture.

    Returns:
        A number for each picture, in the order of the pictures, shape (N,).
    """
    names, *rows = [line.split() for line in table.splitlines() if line.strip()]
    values = np.array(rows, dtype=float)
    values = values[np.argsort(values[:, names.index(IMAGE)])]
    pairs = values[:, [names.index(CASE), names.index(INDEX)]]
    return np.asarray(np.unique(pairs, axis=0, return_inverse=True)[1]).reshape(-1)


def _table(columns: Sequence[str], form: str) -> tuple[str, dict[str, NDArray[np.int64]]]:
    """Write a table of 16 pictures, rows in any order; return it, and its columns row by row."""
    images = np.random.default_rng(4).permutation(np.arange(1, 17))
    place = images - 1
    case = np.where(place < 10, 1, 2)
    # It counts anew in each case, and sums such as 1000 case + index are not unique.
    index = np.repeat([11, 1011, 111, 21, 12, 11, 12], [2, 2, 2, 2, 2, 2, 4])[place]
    seed = np.repeat([11, 11, 29, 31, 37, 29, 11], [2, 2, 2, 2, 2, 2, 4])[place]
    values = {
        IMAGE: images,
        CASE: case,
        "Coefficient_'b'": 70 + 5 * index,
        "lambda": np.full(16, 1),
        "Grid_Size": np.full(16, 50),
        SEED: seed,
        INDEX: index,
        "Displacement_Result_File_Number": np.full(16, 1),
        "Displacement_Result_Index": images,
    }
    rows = [" ".join(form.format(values[name][k]) for name in columns) for k in range(16)]
    return "\n".join([" ".join(columns), *rows]) + "\n", values


def _partition(labels: NDArray[Any]) -> NDArray[np.int64]:
    """Number groups in the order in which they first appear."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[inverse])


def require_groups(student: Student) -> None:
    """Require one group for each pair of case and simulation, in the order of the pictures."""
    table, values = _table(COLUMNS, "{}")
    _require_groups(student, table, values, "")
    table, values = _table((MORE[0], INDEX, SEED, *COLUMNS[3:5], CASE, MORE[1], IMAGE), "{:.3e}")
    _require_groups(
        student,
        table,
        values,
        "This table has its columns in another order, and values such as 3.000e+00. Find a column "
        "by its name in the first line.",
    )


def _require_groups(
    student: Student, table: str, values: dict[str, NDArray[np.int64]], why: str
) -> None:
    what = "groups_from_table(table)"
    answer = student(table)
    require(
        not isinstance(answer, (tuple, dict)),
        f"{what} returned several things.",
        "Return one array: with `return_inverse=True` it is the second result of np.unique.",
    )
    found = as_array(what, answer)
    count = len(values[IMAGE])
    require(
        found.shape != (count + 1,),
        "There is one group too many.",
        "The first line holds the names of the columns; it is no picture.",
        f"shape {(count,)}",
        f"shape {found.shape}",
    )
    require(
        found.shape != (count, 2),
        "Each picture has a pair of numbers.",
        "Give each pair one number: `np.unique(pairs, axis=0, return_inverse=True)[1]`.",
        f"shape {(count,)}",
        f"shape {found.shape}",
    )
    require(
        found.shape == (count,),
        f"{what} has the wrong shape.",
        "Return one number for each picture. (If it is one for each simulation: the second result "
        "of np.unique, not the first.)",
        f"shape {(count,)}",
        f"shape {found.shape}",
    )
    order = np.argsort(values[IMAGE])
    pair = 10**6 * values[CASE] + values[INDEX]
    compare(
        f"{what}, renumbered from 0 in the order of first appearance,",
        _partition(found),
        _partition(pair[order]),
        () if why else _wrong_groups(values, pair, order),
        why or "Two pictures share a number exactly if Case and simulation index are the same.",
    )


def _wrong_groups(
    values: dict[str, NDArray[np.int64]], pair: NDArray[np.int64], order: NDArray[np.intp]
) -> Iterable[Known]:
    as_text = np.argsort(values[IMAGE].astype(str))
    known: tuple[tuple[NDArray[np.int64], str], ...] = (
        (
            values[INDEX][order],
            "The index counts anew in each case, so simulations of two cases have got one number. "
            "Take Case and index together.",
        ),
        *(
            (
                (weight * values[CASE] + values[INDEX])[order],
                f"Two simulations have got one number: {weight} · 1 + {weight + 11} is "
                f"{weight} · 2 + 11. Number the pairs themselves, by np.unique(…, axis=0).",
            )
            for weight in (1, 10, 100, 1000)
        ),
        (
            values[SEED][order],
            "You grouped by Seed. Two simulations can share a seed and differ in b and λ.",
        ),
        (
            1000 * values[CASE][order] + values[SEED][order],
            "You grouped by Case and Seed. Two simulations of a case can share a seed.",
        ),
        (values[CASE][order], "You grouped by Case: that is hundreds of simulations in one group."),
        (
            values[IMAGE][order],
            "Each picture is a group of its own. Then a split by group is a split by picture.",
        ),
        (
            pair,
            "The groups are in the order of the rows. Sort the rows by Image_Number: the pictures "
            "are in that order.",
        ),
        (pair[as_text], 'Image numbers are sorted as text, where "10" comes before "2".'),
    )
    return [Known(_partition(labels), why) for labels, why in known]
