"""Whether a scaler bends, centres and scales features by what the training set says, alone."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import PowerTransformer

from vae_course.arrays import Floats
from vae_course.classroom.check import Student
from vae_course.classroom.compare import Known, MistakeError, as_array, compare, require

_SCALED = "Fit a PowerTransformer to train, and return it."


def require_scaler(student: Student) -> None:
    """Require that features are scaled as the training set says."""
    rng = np.random.default_rng(0)
    train, other = _features(rng, 400), _features(rng, 150, shift=1.0)
    scaler, another = _fitted(student, train), _fitted(student, other)
    what = "fit_scaler(train).transform(other)"
    found, alone = _apply(scaler, other), _apply(scaler, other[:1])
    elsewhere = Known(
        _apply(another, other),
        "It is the same scaler for any training set. Is it fitted to something outside the "
        "function, such as all data? That is a leak. Fit it to its argument, train.",
    )
    mistakes = [*_scalings(train, other), elsewhere]
    compare(what, found, PowerTransformer().fit(train).transform(other), mistakes, _SCALED, 0, 0.02)
    require(
        np.allclose(alone, found[:1], atol=1e-6),
        "A pattern is scaled otherwise when it is asked about alone.",
        "transform must use what `fit` measured on the training set, and nothing of the patterns "
        "that it is given.",
    )


def _features(rng: np.random.Generator, count: int, shift: float = 0.0) -> Floats:
    """Features like those of the lesson: one narrow, one skewed, one that may be negative."""
    columns = [
        0.5 + 0.003 * (rng.standard_normal(count) + shift),
        np.exp(1 + 0.6 * rng.standard_normal(count) + 0.5 * shift),
        rng.standard_normal(count) * 20 - 5 + 10 * shift,
    ]
    return np.stack(columns, axis=1)


def _fitted(student: Student, train: Floats) -> Any:
    """Have a scaler fitted, and see that it is one."""
    try:
        scaler = student(train)
    except ValueError as error:
        if "Box-Cox" not in str(error):
            raise
        raise MistakeError(
            "fit_scaler(train) cannot take negative features.",
            "The method of Box and Cox is for positive numbers only. That of Yeo and Johnson "
            "takes any; it is the default.",
        ) from None
    require(
        not isinstance(scaler, (np.ndarray, list, tuple)),
        "fit_scaler(train) returned numbers.",
        "These are transformed features. Return the fitted scaler itself: the test set must be "
        "transformed by it, too.",
        "an object with the method transform",
        type(scaler).__name__,
    )
    require(
        not isinstance(scaler, type),
        "fit_scaler(train) returned a class.",
        "Make a scaler, with parentheses, and fit it to train.",
    )
    require(
        callable(getattr(scaler, "transform", None)),
        "fit_scaler(train) returned something without the method `transform`.",
        "Is a `return` missing at the end? Return the fitted scaler.",
        "an object with the method transform",
        type(scaler).__name__,
    )
    return scaler


def _apply(scaler: Any, features: Floats) -> NDArray[Any]:
    """Have features transformed, if the scaler is fitted."""
    try:
        return as_array("fit_scaler(train).transform(other)", scaler.transform(features.copy()))
    except NotFittedError:
        raise MistakeError(
            "The scaler that fit_scaler(train) returned is not fitted.",
            "It has to measure the training set: call its method `fit(train)`.",
        ) from None


def _scalings(train: Floats, other: Floats) -> list[Known]:
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        power = PowerTransformer(standardize=False).fit(train)
        low, high = train.min(axis=0), train.max(axis=0)
        first = PowerTransformer().fit((train - mean) / deviation)
        own, both = PowerTransformer().fit(other), PowerTransformer().fit(np.r_[train, other])
    middle = np.median(train, axis=0)
    quartiles = np.percentile(train, [25, 75], axis=0)
    return [
        Known(
            own.transform(other),
            "These features were scaled by their own mean and spread: fitted to what `transform` "
            "is given. Fit to train, once; a shifted test set must stay shifted.",
        ),
        Known(
            both.transform(other),
            "Fitted to everything, the test set included: a leak. Fit to train alone.",
        ),
        Known(
            (other - mean) / deviation,
            "Mean and spread are right, but nothing was bent: the power transform is missing.",
        ),
        Known(
            (other - other.mean(axis=0)) / other.std(axis=0),
            "The power transform is missing, and mean and spread are not those of train.",
        ),
        Known(
            power.transform(other),
            "Bent, but not brought to mean 0 and spread 1: `standardize` must stay True.",
        ),
        Known(
            (other - low) / (high - low),
            "This brings the range to 0 … 1. Asked for is a power transform with mean 0 and "
            "spread 1.",
        ),
        Known(
            (other - middle) / (quartiles[1] - quartiles[0]),
            "This scales by median and quartiles. Asked for is a power transform with mean 0 and "
            "spread 1.",
        ),
        Known(
            first.transform((other - mean) / deviation),
            "The features were standardised before the power transform. It then bends other "
            "numbers. Once is enough: it standardises by itself, afterwards.",
        ),
        Known(
            (other - train.mean()) / train.std(),
            "One mean and one spread for all columns. Each column has its own: axis=0.",
        ),
        Known(other, "Nothing was scaled."),
    ]
