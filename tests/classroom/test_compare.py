"""Comparing results: which difference is named, and how."""

import numpy as np
import pytest

from vae_course.classroom.compare import Known, MistakeError, compare, describe, require


def mistake(found: object, expected: object, **options: object) -> MistakeError:
    with pytest.raises(MistakeError) as caught:
        compare("f(x)", found, expected, **options)  # type: ignore[arg-type]
    return caught.value


def test_a_known_mistake_is_named_before_its_shape() -> None:
    found = mistake(3.0, [1.0, 2.0], mistakes=[Known(3.0, "You summed over the images.")])
    assert found.why == "You summed over the images."


def test_a_right_answer_that_looks_like_a_mistake_is_right() -> None:
    compare("f(x)", [1.0, 2.0], [1.0, 2.0], [Known([1.0, 2.0], "never said")])


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (np.zeros((3, 1)), "an axis of length 1 too many"),
        (np.zeros(()), "a single number"),
        (np.zeros((3, 4)), "axes too many"),
    ],
)
def test_a_wrong_shape_is_explained(found: np.ndarray, why: str) -> None:
    assert why in mistake(found, np.zeros(3)).why


def test_axes_in_reverse_order_are_noticed() -> None:
    assert "transpose" in mistake(np.zeros((2, 3)), np.zeros((3, 2))).why


def test_complex_values_with_the_right_real_part_are_named() -> None:
    assert "real part" in mistake(np.array([1 + 0j]), [1.0]).why


@pytest.mark.parametrize("found", [np.nan, np.inf])
def test_values_that_are_not_finite_are_named(found: float) -> None:
    assert "not finite" in mistake([found], [1.0]).message


@pytest.mark.parametrize("found", [None, "text", {"a": 1}, [[1], [1, 2]], len])
def test_things_that_are_no_numbers_are_refused(found: object) -> None:
    assert mistake(found, [1.0]).message


def test_a_large_array_shows_the_value_that_differs_most() -> None:
    right, wrong = np.zeros((9, 9)), np.zeros((9, 9))
    wrong[2, 5] = 7
    assert describe(wrong, right) == "shape (9, 9), from 0 to 7; at [2, 5] 7"


def test_require_says_nothing_where_the_fact_holds() -> None:
    require(True, "never raised")
    with pytest.raises(MistakeError, match="raised"):
        require(False, "raised")
