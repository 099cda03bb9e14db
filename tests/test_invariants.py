"""What holds for every input: splits, descriptors, readers and damage-free round trips."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vae_course.data import read_mechanical_mnist, read_pattern
from vae_course.data.pattern_set import LEVELS, PARAMETERS, PatternSet
from vae_course.latent.coarsening import conserve
from vae_course.physics import descriptors

SIDE = 16
pictures = arrays(np.uint8, (SIDE, SIDE), elements=st.integers(0, 1))
quick = settings(max_examples=200, deadline=None)
SYMMETRIES = [lambda one, k=k: np.rot90(one, k) for k in range(4)] + [
    lambda one, k=k: np.rot90(one.T, k) for k in range(4)
]


def pattern_set(labels: list[int], images: np.ndarray | None = None) -> PatternSet:
    count = len(labels)
    if images is None:
        images = np.zeros((count, 4, 4), np.uint8)
    return PatternSet(
        images,
        np.array(labels),
        np.arange(count, dtype=float),
        np.zeros((count, LEVELS)),
        np.zeros(count, PARAMETERS),
    )


@quick
@given(
    labels=st.lists(st.integers(0, 9), min_size=2, max_size=60).filter(lambda x: len(set(x)) > 1),
    test=st.floats(0.01, 0.99),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_split_keeps_every_frame_once_and_every_simulation_whole(
    labels: list[int], test: float, seed: int
) -> None:
    patterns = pattern_set(labels)
    train, held_out = patterns.split(test=test, seed=seed)
    assert len(train)
    assert len(held_out)
    assert not set(train.simulation) & set(held_out.simulation)
    assert sorted([*train.time, *held_out.time]) == sorted(patterns.time)
    again, _ = patterns.split(test=test, seed=seed)
    np.testing.assert_array_equal(train.time, again.time)


@quick
@given(image=pictures, symmetry=st.sampled_from(SYMMETRIES))
def test_descriptors_do_not_see_how_a_picture_is_turned(image, symmetry) -> None:
    turned = symmetry(image)
    for describe in (
        descriptors.volume_fraction,
        descriptors.perimeter,
        descriptors.euler_number,
    ):
        np.testing.assert_allclose(describe(turned), describe(image), rtol=1e-9, atol=1e-9)


@quick
@given(image=pictures)
def test_the_phases_can_be_named_the_other_way_round(image) -> None:
    swapped = 1 - image
    np.testing.assert_allclose(
        descriptors.volume_fraction(swapped), 1 - descriptors.volume_fraction(image)
    )
    np.testing.assert_allclose(descriptors.perimeter(swapped), descriptors.perimeter(image))


@quick
@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(1e-3, 30), fraction=st.floats(0.01, 0.99))
def test_conserving_gives_the_volume_fraction_and_keeps_the_order(seed, scale, fraction) -> None:
    logits = scale * np.random.default_rng(seed).standard_normal((SIDE, SIDE))
    (found,) = conserve(logits[None], [fraction])
    assert abs(np.mean(found > 0.5) - fraction) <= 1.01 / logits.size
    order = np.argsort(logits.ravel())
    assert np.all(np.diff(found.ravel()[order]) >= 0)


@quick
@given(
    images=st.integers(1, 5).flatmap(
        lambda n: st.integers(1, 9).flatmap(
            lambda side: arrays(np.uint8, (n, side, side), elements=st.integers(0, 1))
        )
    )
)
def test_a_set_is_read_as_it_was_written_whatever_its_size(images) -> None:
    kept = pattern_set(list(range(len(images))), images)
    with tempfile.TemporaryDirectory() as folder:
        kept.save(Path(folder) / "set.npz")
        read = PatternSet.load(Path(folder) / "set.npz")
    np.testing.assert_array_equal(read.images, images)
    np.testing.assert_array_equal(read.simulation, kept.simulation)


ZEROS_AND_ONES = [("0", "1"), ("0.0", "1.0"), ("0.000e+00", "1.000e+00"), ("-0", "+1")]


@quick
@given(
    image=pictures,
    words=st.sampled_from(ZEROS_AND_ONES),
    space=st.sampled_from([" ", "  ", "\t"]),
    end=st.sampled_from(["\n", "\r\n", " \n", "\n\n"]),
)
def test_a_pattern_is_read_as_it_was_written_however_numbers_are_spelt(
    image, words, space, end
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "Image1.txt")
        lines = [space.join(words[value] for value in row) for row in image]
        path.write_bytes(end.join([*lines, ""]).encode())
        np.testing.assert_array_equal(read_pattern(path, SIDE, SIDE), image)


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(6)), energy_rows=st.permutations(range(6)))
def test_rows_of_the_table_may_stand_in_any_order(order, energy_rows) -> None:
    """Images are found by their number, energies by their row, whatever the table's own order."""
    images = np.random.default_rng(0).integers(0, 2, (6, 64 * 64))
    rows = [f"{k + 1} 1 80 0.01 20 7 {k // 2} {energy_rows[k] + 1}" for k in range(6)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.savetxt(folder / "Case1_input_patterns_64_x_64.txt", images, fmt="%d")
        energies = np.arange(6)[:, None] + np.arange(LEVELS) / 10
        np.savetxt(folder / "Case1_strain_energy.txt", energies)
        header = (
            "Image_Number Case Coefficient_'b' lambda Grid_Size Seed "
            "Cahn_Hilliard_Simulation_Index Delta_Psi_Reaction_Force_Result_Index"
        )
        table = [header, *(rows[k] for k in order)]
        (folder / "CH_Dataset_Database.csv").write_text("\n".join(table))
        found = read_mechanical_mnist(folder, 1, progress=lambda *_: None)
    np.testing.assert_array_equal(found.images.reshape(6, -1), images)
    np.testing.assert_array_equal(found.simulation, [0, 0, 1, 1, 2, 2])
    np.testing.assert_allclose(found.strain_energy, energies[list(energy_rows)])
