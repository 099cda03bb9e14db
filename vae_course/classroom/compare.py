"""Comparing what was found with what was expected, and recognising common mistakes."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


class MistakeError(Exception):
    """Raised by a check where an answer is wrong.

    Args:
        message: What is wrong, in one sentence.
        why: Why this is usually so, and what to look at.
        expected: The value expected, shape first.
        found: The value found, shape first.
    """

    def __init__(self, message: str, why: str = "", expected: str = "", found: str = "") -> None:
        super().__init__(message)
        self.message, self.why, self.expected, self.found = message, why, expected, found


@dataclass(frozen=True)
class Known:
    """The result of a mistake that is often made.

    Args:
        value: What a function with this mistake returns.
        why: What the mistake is, said to the learner.
    """

    value: ArrayLike
    why: str


def compare(
    what: str,
    found: Any,
    expected: ArrayLike,
    mistakes: Iterable[Known] = (),
    why: str = "",
    rtol: float = 1e-4,
    atol: float = 1e-5,
) -> NDArray[Any]:
    """Compare a result with what was expected: first known mistakes, then shape, then values.

    Args:
        what: What the result is, such as "kl_divergence(mean, log_variance)".
        found: What the learner's code returned: numbers, an array, a tensor of any backend.
        expected: The right values.
        mistakes: Results of mistakes that are often made.
        why: What to look at if the values are wrong and no known mistake explains them.
        rtol: Tolerance, relative to the expected values.
        atol: Tolerance, absolute.

    Returns:
        The result as an array.

    Raises:
        MistakeError: If they differ.
    """
    array, right = as_array(what, found), np.asarray(expected)

    def close(values: NDArray[Any]) -> bool:
        return array.shape == values.shape and np.allclose(array, values, rtol, atol)

    if close(right):
        if np.iscomplexobj(array) and not np.iscomplexobj(right):
            raise MistakeError(
                f"{what} has complex values.",
                "After a Fourier transform back, take the real part.",
                describe(right),
                describe(array),
            )
        return array
    for mistake in mistakes:
        if close(np.asarray(mistake.value)):
            raise MistakeError(
                f"{what} is not right.", mistake.why, describe(right, array), describe(array, right)
            )
    if array.shape != right.shape:
        raise MistakeError(
            f"{what} has the wrong shape.",
            _about_shapes(array.shape, right.shape),
            describe(right),
            describe(array),
        )
    if not np.isfinite(array).all() and np.isfinite(right).all():
        raise MistakeError(
            f"{what} is not finite everywhere.",
            why or "A logarithm of 0, a division by 0 or an exponential of a large number?",
            describe(right, array),
            describe(array, right),
        )
    raise MistakeError(
        f"{what} has the right shape but not the right values.",
        why,
        describe(right, array),
        describe(array, right),
    )


def require(
    fact: bool, message: str, why: str = "", expected: object = "", found: object = ""
) -> None:
    """Raise a mistake unless a fact holds.

    Args:
        fact: What must be true.
        message: What is wrong if it is not, in one sentence.
        why: Why this is usually so, and what to look at.
        expected: What was expected.
        found: What was found.

    Raises:
        MistakeError: If the fact does not hold.
    """
    if not fact:
        raise MistakeError(message, why, _short(expected), _short(found))


def as_array(what: str, found: Any) -> NDArray[Any]:
    """Turn what a learner's function returned into an array of numbers.

    Args:
        what: What it is, for the message.
        found: Numbers, an array or a tensor of any backend.

    Returns:
        An array of numbers.

    Raises:
        MistakeError: If it is None, symbolic, or no numbers.
    """
    if found is None:
        raise MistakeError(f"{what} returned None.", "Is a `return` missing at the end?")
    if callable(found):
        raise MistakeError(
            f"{what} returned a function.", "Call it: are there parentheses missing?"
        )
    keras = sys.modules.get("keras")
    if keras is not None and isinstance(found, keras.KerasTensor):
        raise MistakeError(
            f"{what} returned a symbolic tensor, which has no values.",
            "Compute with the arguments, not with a keras.Input.",
        )
    try:
        if keras is not None and keras.ops.is_tensor(found):
            found = keras.ops.convert_to_numpy(found)
        array = np.asarray(found)
    except (TypeError, ValueError) as error:
        raise MistakeError(
            f"{what} returned something that is not an array.", str(error), found=_short(found)
        ) from None
    if array.dtype.kind not in "buifc":
        raise MistakeError(
            f"{what} must return numbers.", "", "an array or a number", _short(found)
        )
    return array


def describe(array: ArrayLike, other: ArrayLike | None = None) -> str:
    """Describe an array in a line: its shape, then values.

    Args:
        array: The array.
        other: Another of the same shape: of a large array, the value shown is the one that
            differs most.

    Returns:
        The line.
    """
    values = np.asarray(array)
    if values.ndim == 0:
        return _number(values[()])
    shape = f"shape {values.shape}"
    if values.size == 0:
        return shape
    if values.size <= 6:
        return f"{shape}: {_numbers(values.tolist())}"
    text = f"{shape}, from {_number(values.min())} to {_number(values.max())}"
    if other is not None and np.shape(other) == values.shape:
        apart = np.abs(np.nan_to_num(values) - np.nan_to_num(np.asarray(other)))
        place = tuple(int(k) for k in np.unravel_index(np.argmax(apart), apart.shape))
        text += f"; at {list(place)} {_number(values[place])}"
    return text


def _numbers(values: Any) -> str:
    if isinstance(values, list):
        return f"[{', '.join(map(_numbers, values))}]"
    return _number(values)


def _number(value: Any) -> str:
    if isinstance(value, (bool, np.bool_, int, np.integer)):
        return str(value)
    return f"{value:.4g}"


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 160 else f"{text[:157]}…"


def require_tensors(what: str, student: Callable[..., Any], *shapes: tuple[int, ...]) -> None:
    """Refuse a function that cannot be a part of training, where values are not there yet.

    Args:
        what: What the result is, such as "kl_divergence(mean, log_variance)".
        student: The learner's function.
        *shapes: Shapes of its arguments.

    Raises:
        MistakeError: If it cannot be called with symbolic tensors of Keras.

    Examples:
        >>> import keras
        >>> require_tensors("double(x)", lambda x: keras.ops.multiply(x, 2), (3,))
        >>> require_tensors("double(x)", lambda x: np.multiply(x, 2), (3,))
        Traceback (most recent call last):
            ...
        vae_course.classroom.compare.MistakeError: double(x) works with numbers alone.
    """
    import keras  # noqa: PLC0415 (only checks of networks need it)

    class Inside(keras.layers.Layer):
        def call(self, *tensors: Any) -> Any:
            return student(*tensors)

    try:
        Inside()(*(keras.Input(batch_shape=shape) for shape in shapes))
    except Exception:
        traced = False
    else:
        traced = True
    require(
        traced,
        f"{what} works with numbers alone.",
        "It becomes a part of the loss: there it gets tensors whose values are not known yet, so "
        "that gradients can be computed. Use `ops.exp`, `ops.sum` and so on, not NumPy's.",
    )


def _about_shapes(found: tuple[int, ...], expected: tuple[int, ...]) -> str:
    more, fewer = len(found) > len(expected), len(found) < len(expected)
    hints = (
        (
            found == () and fewer,
            "It is a single number. Did a sum or a mean go over all axes? Name them: `axis=`.",
        ),
        (
            more and tuple(n for n in found if n != 1) == expected,
            "There is an axis of length 1 too many: `[..., 0]` or `squeeze` takes it away.",
        ),
        (
            fewer and tuple(n for n in expected if n != 1) == found,
            "An axis of length 1 is missing: `[..., None]` or `expand_dims` adds it.",
        ),
        (more, "There are axes too many: is a sum or a mean missing, or was its `axis` another?"),
        (fewer, "There are axes too few: did a sum or a mean go over one too many?"),
        (found == expected[::-1], "The axes are in reverse order: look for a transpose."),
    )
    return next((text for fits, text in hints if fits), "")
