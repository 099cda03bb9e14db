"""A model to be tried: a Python object, with the methods that it has."""

import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

METHODS: Final[Mapping[str, str]] = {
    "forecast": "forecast(frames, times, ahead)",
    "past": "past(images, factor, samples, seed)",
    "strain_energy": "strain_energy(images)",
    "design": "design(targets, seed)",
    "sample": "sample(times, fractions, seed)",
}
"""What a model may have, and how each is called."""


def load_model(name: str) -> Any:
    """Load a model by its name.

    Args:
        name: `FILE.py` or `package.module`, whose functions are the methods; or either with
            `:NAME` behind it, an object in it or a class, of which one is made without arguments.

    Returns:
        The object.

    Raises:
        ValueError: If there is no such file, module or name, it cannot be run, or it has none of
            the methods.

    Examples:
        >>> load_model("vae_course.suite.models:METHODS")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        ValueError: vae_course.suite.models:METHODS has none of forecast, past, ...
    """
    place, colon, attribute = name.partition(":")
    model: Any = _module(place)
    if colon:
        if not hasattr(model, attribute):
            raise ValueError(f"{place} has no {attribute!r}")
        model = getattr(model, attribute)
    if inspect.isclass(model):
        model = _run(model, f"making {attribute}", ())
    if not methods(model):
        raise ValueError(f"{name} has none of {', '.join(METHODS)}")
    return model


def methods(model: Any) -> list[str]:
    """Which methods a model has."""
    return [name for name in METHODS if callable(getattr(model, name, None))]


def call(
    model: Any, method: str, shapes: Sequence[tuple[int, ...]], *arguments: Any
) -> NDArray[np.float64]:
    """Call a method, and make sure that its answer is what was asked for.

    Args:
        model: The model.
        method: Name of the method.
        shapes: That the answer may have.
        *arguments: Of the call.

    Returns:
        The answer.

    Raises:
        ValueError: If the method raises, or answers with another shape or with what is not finite.

    Examples:
        >>> class Model:
        ...     def sample(self, times, fractions, seed):
        ...         return np.zeros((len(times), 32, 32))
        >>> call(Model(), "sample", [(1, 64, 64)], [0.01], [0.5], 0)
        Traceback (most recent call last):
        ...
        ValueError: sample must return shape (1, 64, 64); got (1, 32, 32)
    """
    answer = _run(getattr(model, method), method, arguments)
    try:
        array = np.asarray(answer)
    except ValueError:  # rows of several lengths
        array = np.asarray(None)
    if array.dtype.kind not in "biuf":
        kind = type(answer).__name__
        raise ValueError(f"{method} must return numbers, as an array; got {kind}")
    if array.shape not in shapes:
        wanted = " or ".join(map(str, shapes))
        raise ValueError(f"{method} must return shape {wanted}; got {array.shape}")
    if not np.isfinite(array).all():
        bad = np.mean(~np.isfinite(array))
        raise ValueError(f"{method} must return finite numbers; {bad:.1%} are not")
    return array.astype(np.float64)


def _module(place: str) -> ModuleType:
    path = Path(place)
    if path.suffix != ".py":
        try:
            return importlib.import_module(place)
        except ImportError as error:
            raise ValueError(f"{place}: no such file or module, or it lacks one: {error}") from None
    if not path.is_file():
        raise ValueError(f"{place}: there is no such file")
    specification = importlib.util.spec_from_file_location(path.stem, path)
    if specification is None or specification.loader is None:
        raise ValueError(f"{place}: not a Python file")
    module = importlib.util.module_from_spec(specification)
    sys.modules[path.stem] = module
    sys.path.insert(0, str(path.parent.absolute()))  # for what lies beside it
    _run(specification.loader.exec_module, "reading it", (module,))
    return module


def _run(function: Any, doing: str, arguments: Sequence[Any]) -> Any:
    try:
        return function(*arguments)
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        where = f"{Path(frame.filename).name}, line {frame.lineno}"
        raise ValueError(f"{doing} failed with {said} ({where})") from error
