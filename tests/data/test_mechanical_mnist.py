"""Reading the dataset's own files, whole and broken."""

import json
import os

import numpy as np
import pytest

from vae_course.data import PatternFileError, read_mechanical_mnist, read_pattern, read_patterns
from vae_course.data.mechanical_mnist import TABLE

RNG = np.random.default_rng(0)
HEADER = (
    "Image_Number Case Coefficient_'b' lambda Grid_Size Seed Cahn_Hilliard_Simulation_Index "
    "Displacement_Result_File_Number Displacement_Result_Index "
    "Delta_Psi_Reaction_Force_Result_Index"
)


def write_rows(path, rows, form="{:d}") -> None:
    path.write_text("\n".join(" ".join(form.format(v) for v in row) for row in rows) + "\n")


@pytest.fixture
def pattern(tmp_path):
    array = RNG.integers(0, 2, (400, 400))
    path = tmp_path / "Image7.txt"
    write_rows(path, array)
    return path, array


@pytest.fixture
def dataset(tmp_path):
    """Cases 1 and 2, of 3 simulations in all; the energies of Case 1 stand in reverse order."""
    images = RNG.integers(0, 2, (6, 4096))
    energies = RNG.uniform(0, 2, (6, 7))
    rows = [HEADER]
    for k in range(6):
        case, simulation = (1, 10 + k // 2) if k < 4 else (2, 30)
        energy_row = 4 - k if case == 1 else k - 3
        rows.append(f"{k + 1} {case} {70 + k} 0.01{k} {20 + k} {k} {simulation} 1 1 {energy_row}")
    (tmp_path / TABLE).write_text("\n".join(rows) + "\n")
    write_rows(tmp_path / "Case1_input_patterns_64_x_64.txt", images[:4])
    write_rows(tmp_path / "Case1_strain_energy.txt", energies[:4], "{:.18e}")
    write_rows(tmp_path / "Case2_input_patterns_64_x_64.txt", images[4:], "{:.1f}")
    write_rows(tmp_path / "Case2_strain_energy.txt", energies[4:], "{:.18e}")
    return tmp_path, images.reshape(6, 64, 64), energies


def change_line(path, number, change) -> None:
    lines = path.read_text().splitlines()
    lines[number - 1] = change(lines[number - 1])
    path.write_text("\n".join(lines) + "\n")


def test_a_pattern_is_sampled_at_the_pixel_centres(pattern):
    path, array = pattern
    found = read_pattern(path)
    for i, j in [(0, 0), (63, 63), (10, 50), (31, 32)]:
        row, column = (int((k + 0.5) / 64 * 400) for k in (i, j))
        assert found[i, j] == array[row, column]
    np.testing.assert_array_equal(read_pattern(path, size=400), array)


def test_numbers_may_be_written_as_floats(tmp_path):
    array = RNG.integers(0, 2, (400, 400))
    write_rows(tmp_path / "float.txt", array, "{:.18e}")
    np.testing.assert_array_equal(read_pattern(tmp_path / "float.txt", size=400), array)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda line: line[:-2], "line 17: expected 400 values; found 399"),
        (lambda line: line + " 1", "line 17: expected 400 values; found 401"),
        (lambda line: "7" + line[1:], "line 17: expected 0 or 1; found 7 as value 1"),
        (lambda line: "nan" + line[1:], "line 17: expected 0 or 1; found nan as value 1"),
        (lambda line: "x" + line[1:], "line 17: .* something that is not a number"),
        (lambda line: line * 100, "line 17: .* the line is longer than"),
        (lambda line: "", "line 401: expected 400 rows; the file ends after 399"),
    ],
)
def test_a_broken_pattern_is_named_by_file_and_line(pattern, change, message):
    path, _ = pattern
    change_line(path, 17, change)
    with pytest.raises(PatternFileError, match=r"Image7\.txt, " + message):
        read_pattern(path)


def test_a_truncated_pattern_is_named(pattern):
    path, _ = pattern
    path.write_bytes(path.read_bytes()[: 800 * 100 + 399])
    with pytest.raises(PatternFileError, match="line 101: expected 400 values; found 200"):
        read_pattern(path)


def test_a_row_too_many_is_named(pattern):
    path, _ = pattern
    path.write_text(path.read_text() * 2)
    with pytest.raises(PatternFileError, match="line 401: expected 400 rows only"):
        read_pattern(path)


def test_a_picture_named_txt_and_an_empty_file_are_refused(tmp_path):
    path = tmp_path / "Image1.txt"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10)
    with pytest.raises(PatternFileError, match=r"Image1\.txt, line 1: expected 400"):
        read_pattern(path)
    path.write_bytes(b"")
    with pytest.raises(PatternFileError, match=r"Image1\.txt, line 1: expected 400 rows"):
        read_pattern(path)


def test_a_folder_gives_its_patterns_by_name(pattern):
    path, _ = pattern
    assert list(read_patterns(path.parent)) == ["Image7.txt"]
    with pytest.raises(FileNotFoundError, match="expected a folder of patterns"):
        read_patterns(path.parent / "none")
    path.unlink()
    with pytest.raises(PatternFileError, match=r"expected pattern files named Image\*\.txt"):
        read_patterns(path.parent)


def test_the_real_patterns_are_read(real_patterns):
    patterns = read_patterns(real_patterns)
    assert len(patterns) == 3
    fractions = [float(p.mean()) for p in patterns.values()]
    np.testing.assert_allclose(fractions, [0.5, 0.63, 0.75], atol=0.06)  # Cases 1, 2, 3


def test_the_dataset_is_read_with_energies_simulations_and_times(dataset):
    folder, images, energies = dataset
    found = read_mechanical_mnist(folder, 1)
    np.testing.assert_array_equal(found.images, images[:4])
    np.testing.assert_array_equal(found.strain_energy, energies[:4][::-1])
    np.testing.assert_array_equal(found.simulation, [10, 10, 11, 11])
    np.testing.assert_allclose(found.time, [0.024, 0.025, 0.024, 0.025])
    np.testing.assert_array_equal(found.parameters["b"], [70, 71, 72, 73])
    np.testing.assert_array_equal(found.parameters["seed"], [0, 1, 2, 3])
    np.testing.assert_array_equal(read_mechanical_mnist(folder, 2).images, images[4:])


def test_a_second_reading_uses_the_binary_copy_until_the_text_changes(dataset):
    folder, images, _ = dataset
    calls: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        calls.append((done, total))

    read_mechanical_mnist(folder, 1, progress)
    assert calls[-1][0] == calls[-1][1] > 0
    calls.clear()
    np.testing.assert_array_equal(read_mechanical_mnist(folder, 1, progress).images, images[:4])
    assert not calls
    path = folder / "Case1_input_patterns_64_x_64.txt"
    change_line(path, 1, lambda line: ("1" if line[0] == "0" else "0") + line[1:])
    os.utime(path, ns=(1, 1))
    assert read_mechanical_mnist(folder, 1, progress).images[0, 0, 0] == 1 - images[0, 0, 0]
    assert calls


def test_a_damaged_binary_copy_is_named(dataset):
    folder, _, _ = dataset
    read_mechanical_mnist(folder, 1)
    copy = folder / "Case1_patterns.npz"
    copy.write_bytes(copy.read_bytes()[:100])
    with pytest.raises(PatternFileError, match=r"Case1_patterns\.npz"):
        read_mechanical_mnist(folder, 1)


PATTERNS, ENERGIES = "Case1_input_patterns_64_x_64.txt", "Case1_strain_energy.txt"


@pytest.mark.parametrize(
    ("name", "line", "change", "message"),
    [
        (PATTERNS, 2, lambda s: s[:-2], "line 2: expected 4096 values; found 4095"),
        (PATTERNS, 3, lambda s: "7" + s[1:], "line 3: expected 0 or 1; found 7 as value 1"),
        (PATTERNS, 4, lambda s: "", r"expected 3 rows of case 1, one for each row"),
        (PATTERNS, 4, lambda s: s + "\n" + s, "line 5: expected 4 rows"),
        (ENERGIES, 2, lambda s: s + " 1", "line 2: expected 7 values; found 8"),
        (ENERGIES, 2, lambda s: "nan" + s[s.index(" ") :], "line 2: expected finite values"),
        (ENERGIES, 4, lambda s: "", "line 4: expected 4 rows, one for each"),
        (TABLE, 1, lambda s: s.replace("lambda", "x"), "line 1: expected a column lambda"),
        (TABLE, 2, lambda s: s.replace("1 1 70", "1 2 70"), "line 4: expected 3 rows"),
        (TABLE, 2, lambda s: s[:-1] + "3", "expected each row of Case1_strain_energy"),
        (TABLE, 2, lambda s: "2" + s[1:], "expected each image once"),
        (TABLE, 3, lambda s: s[:-2], "line 3: expected 10 values; found 9"),
    ],
)
def test_files_that_do_not_fit_are_named_by_file_and_line(dataset, name, line, change, message):
    folder, _, _ = dataset
    change_line(folder / name, line, change)
    with pytest.raises(PatternFileError, match=message):
        read_mechanical_mnist(folder, 1)
    assert not list(folder.glob("*.npz"))


@pytest.mark.parametrize("name", [PATTERNS, ENERGIES, TABLE])
def test_a_missing_file_is_named(dataset, name):
    folder, _, _ = dataset
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError, match=name):
        read_mechanical_mnist(folder, 1)


def test_a_case_that_is_not_there_is_named(dataset):
    with pytest.raises(ValueError, match="case must be 1, 2 or 3; got 4"):
        read_mechanical_mnist(dataset[0], 4)
    with pytest.raises(FileNotFoundError, match="Case3"):
        read_mechanical_mnist(dataset[0], 3)


def test_the_reference_energies_are_for_these_patterns(real_patterns):
    reference = json.loads((real_patterns / "reference_energies.json").read_text())
    assert set(reference["patterns"]) == set(read_patterns(real_patterns))
