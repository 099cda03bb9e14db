"""Droplets added to a microstructure: what is kept, and what is refused."""

import numpy as np
import pytest
from scipy.ndimage import label

from vae_course.data import load_embedded
from vae_course.physics.droplets import add_droplets

STRIPES = np.tile(np.arange(64) // 32, (64, 1)).astype(np.uint8)


def test_each_droplet_is_a_domain_of_its_own_in_the_other_phase() -> None:
    image = add_droplets(STRIPES, count=6, radius=2.3, seed=1)
    assert image.dtype == np.uint8
    for phase in (0, 1):
        _, domains = label(image == phase)
        assert domains == 1 + 3
    changed, parts = label(image != STRIPES)
    assert parts == 6
    assert set(np.bincount(changed.ravel())[1:]) == {21}  # pixels within 2.3 of one: all alike


def test_the_volume_fraction_is_kept_and_the_argument_untouched() -> None:
    image = load_embedded(case=1).images[111 * 12 + 4]
    before = image.copy()
    later = add_droplets(image, count=16, radius=2.3, seed=0)
    assert later.mean() == image.mean()
    np.testing.assert_array_equal(image, before)
    np.testing.assert_array_equal(later, add_droplets(image, count=16, radius=2.3, seed=0))
    assert (later != add_droplets(image, count=16, radius=2.3, seed=1)).any()


def test_no_droplets_change_nothing() -> None:
    np.testing.assert_array_equal(add_droplets(STRIPES, count=0, radius=2.0, seed=0), STRIPES)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image": np.full((8, 8), 0.5)}, "values 0 and 1"),
        ({"image": STRIPES[:10]}, r"shape \(n, n\)"),
        ({"count": 3}, "even number"),
        ({"count": -2}, "even number"),
        ({"radius": 0.0}, "radius must be positive"),
        ({"radius": 30.0}, "there is room for 0 droplets"),
    ],
)
def test_what_cannot_be_is_refused_by_name(change: dict[str, object], message: str) -> None:
    arguments: dict[str, object] = {"image": STRIPES, "count": 2, "radius": 2.0, "seed": 0}
    with pytest.raises(ValueError, match=message):
        add_droplets(**{**arguments, **change})  # type: ignore[arg-type]
