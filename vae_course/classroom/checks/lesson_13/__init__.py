"""Checks of lesson 13, From polymer to alloy."""

from typing import Any

import numpy as np
from keras import ops
from sklearn.linear_model import LinearRegression, Ridge, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from vae_course.arrays import Floats
from vae_course.classroom.check import Student, exercise
from vae_course.classroom.checks.lesson_13.curves import reference_proof_stress, require_proof
from vae_course.classroom.checks.lesson_13.points import reference_mapping, require_mapping
from vae_course.classroom.compare import Known, as_array, compare, require

_STRENGTHS = np.logspace(-2, 5, 15)


def _rising_curve(raw: Any, typical: Any) -> Any:
    return ops.cumsum(ops.softplus(raw) / ops.log(2.0) * typical, axis=-1)


def _transfer(features: Any, strength: Any, features_unseen: Any) -> Any:
    model = make_pipeline(StandardScaler(), RidgeCV(_STRENGTHS))
    return model.fit(features, strength).predict(features_unseen)


def _pareto_front(values: Any) -> Any:
    front = []
    for one in values:
        beats = (values >= one).all(axis=1) & (values > one).any(axis=1)
        front.append(not beats.any())
    return np.array(front)


def _numbers(what: str, found: Any) -> Any:
    """Booleans as 0 and 1, which can be compared with what is no boolean."""
    array = as_array(what, found)
    return array.astype(int) if array.dtype == bool else array


@exercise("13.1", stars=3, takes="strain, plastic, alpha, metal", reference=reference_mapping)
def return_mapping(student: Student) -> None:
    """A point that stays elastic, one that flows, and one that has flowed before."""
    require_mapping(student)


@exercise("13.2", stars=1, takes="strain, stress", reference=reference_proof_stress)
def proof_stress(student: Student) -> None:
    """Where a curve meets its elastic line, moved by 0.002."""
    require_proof(student)


@exercise("13.3", stars=2, takes="raw, typical", reference=_rising_curve)
def rising_curve(student: Student) -> None:
    """Rises above 0, added up along the strains."""
    what = "rising_curve(raw, typical)"
    rng = np.random.default_rng(0)
    raw = rng.normal(0, 2, (5, 7)).astype(np.float32)
    typical = rng.uniform(0.1, 1, 7).astype(np.float32)
    soft = np.logaddexp(0, raw) / np.log(2)
    rises = typical * soft
    by_hand: Floats = np.cumsum(rises, axis=1)
    mistakes = (
        Known(
            rises,
            "These are the rises. Add them up along the strains: ops.cumsum(…, axis=-1).",
        ),
        Known(
            np.cumsum(rises, axis=0),
            "You added up over the patterns. Strains lie along the last axis: axis=-1.",
        ),
        Known(np.cumsum(rises), "You added up over everything. Only along the strains: axis=-1."),
        Known(
            by_hand * np.log(2),
            "The ln 2 is missing: raw numbers of 0 must give the typical rises.",
        ),
        Known(by_hand * np.log(2) ** 2, "You multiplied by ln 2. Divide: softplus(0) is ln 2."),
        Known(
            np.cumsum(soft, axis=1),
            "The typical rises are not used: multiply by them before you add up.",
        ),
        Known(
            np.cumsum(soft, axis=1) * typical,
            "The typical rises come before the sum. After it the curve may fall.",
        ),
        Known(
            np.cumsum(soft, axis=1) * np.cumsum(typical),
            "The typical rises are added up by themselves. Multiply each rise by its own first.",
        ),
        Known(
            np.cumsum(typical * raw, axis=1),
            "The raw numbers have any sign, and so have these rises. Take softplus of them.",
        ),
        Known(
            np.cumsum(typical * np.maximum(raw, 0), axis=1),
            "With relu a rise can be 0, and then no gradient comes back. Take softplus.",
        ),
        Known(
            np.cumsum(typical * np.exp(raw), axis=1),
            "exp is above 0 as well, but it grows without limit: a raw number of 10 would be a "
            "rise of 22,000. Take softplus, over ln 2.",
        ),
        Known(
            np.cumsum(typical * np.abs(raw), axis=1),
            "The absolute value turns the gradient round at 0, and its rise there is 0. Take "
            "softplus.",
        ),
        Known(
            np.cumsum(typical * raw**2, axis=1),
            "A square is 0 at 0, where training begins: no gradient comes back. Take softplus.",
        ),
        Known(
            np.cumsum(typical / (1 + np.exp(-raw.astype(float))), axis=1),
            "The sigmoid is never above 1, so that no rise can be much above the typical one. "
            "Take softplus, over ln 2.",
        ),
        Known(
            np.logaddexp(0, np.cumsum(typical * raw, axis=1)) / np.log(2),
            "softplus comes first, then the sum: rises must be above 0, not the curve alone.",
        ),
        Known(
            np.sort(typical * raw, axis=1),
            "Sorting makes numbers rise, but mixes up which strain is which.",
        ),
        Known(
            np.maximum.accumulate(typical * raw, axis=1),
            "The highest so far never falls, but it stays level, and there no gradient comes back.",
        ),
        Known(
            by_hand[:, ::-1],
            "The curve runs backwards. Add up from the first strain to the last.",
        ),
    )
    result = student(ops.convert_to_tensor(raw), typical)
    compare(
        what,
        result,
        by_hand,
        mistakes,
        "softplus of the raw numbers over ln 2, times the typical rises, added up along the last "
        "axis.",
        rtol=1e-3,
    )
    require(
        ops.is_tensor(result),
        f"{what} returned a NumPy array.",
        "Through NumPy no gradient passes. Use ops.softplus and ops.cumsum.",
        "a tensor",
        type(result).__name__,
    )


@exercise(
    "13.4", stars=1, takes="features, strength, features_unseen", reference=_transfer,
    gives_array=True,
)  # fmt: skip
def transfer(student: Student) -> None:
    """Standardised by what is known, and ridge regression."""
    what = "transfer(features, strength, features_unseen)"
    rng = np.random.default_rng(1)
    scales = 10.0 ** rng.uniform(-2, 2, 60)
    hidden = rng.normal(size=(90, 6)) @ rng.normal(size=(6, 60)) + 0.3 * rng.normal(size=(90, 60))
    strength = 2 + hidden[:, :5].sum(axis=1) / 5 + 0.8 * rng.normal(size=90)
    features, unseen = scales * (hidden[:40] + 3), scales * (hidden[40:] + 3.5)
    known = strength[:40]
    right = _transfer(features, known, unseen)

    def ridge(scaler: StandardScaler | None) -> Any:
        model = RidgeCV(_STRENGTHS)
        if scaler is None:
            return model.fit(features, known).predict(unseen)
        model.fit(scaler.transform(features), known)
        return model.predict(scaler.transform(unseen))

    anew = RidgeCV(_STRENGTHS).fit(StandardScaler().fit_transform(features), known)
    loose, plain = LinearRegression(), Ridge()
    both = np.concatenate([features, unseen])
    mistakes = (
        Known(
            _transfer(features, known, features),
            "These are predictions for the patterns that were solved. Predict the unseen ones.",
        ),
        Known(
            ridge(None),
            "The features are not standardised: those with large numbers count most.",
        ),
        Known(
            anew.predict(StandardScaler().fit_transform(unseen)),
            "The scaler is fitted anew to the unseen patterns. Fit it once, to what was solved.",
        ),
        Known(
            ridge(StandardScaler().fit(both)),
            "The scaler has seen the unseen patterns. Fit it to what was solved alone.",
        ),
        Known(
            ridge(StandardScaler().fit(unseen)),
            "The scaler is fitted to the unseen patterns. Fit it to what was solved.",
        ),
        Known(
            loose.fit(features, known).predict(unseen),
            "This is plain least squares. With more features than patterns it learns them by "
            "heart: take RidgeCV.",
        ),
        Known(
            make_pipeline(StandardScaler(), LinearRegression())
            .fit(features, known)
            .predict(unseen),
            "Scaled or not, plain least squares learns by heart where there are more features than "
            "patterns: take RidgeCV.",
        ),
        Known(
            make_pipeline(StandardScaler(), plain).fit(features, known).predict(unseen),
            "How small the weights are kept is fixed here. RidgeCV finds it: "
            "RidgeCV(np.logspace(-2, 5, 15)).",
        ),
        Known(
            make_pipeline(StandardScaler(), RidgeCV()).fit(features, known).predict(unseen),
            "RidgeCV tries three strengths only if it is not told others: np.logspace(-2, 5, 15).",
        ),
        Known(
            right - known.mean(),
            "The mean strength is missing in the predictions.",
        ),
        Known(
            np.full(len(unseen), known.mean()),
            "This is the mean of what was solved, for every pattern. Are the features used?",
        ),
    )
    compare(
        what,
        student(features, known, unseen),
        right,
        mistakes,
        "make_pipeline(StandardScaler(), RidgeCV(np.logspace(-2, 5, 15))), fitted to the first "
        "two, asked for the third.",
        rtol=1e-3,
    )


@exercise("13.5", stars=2, takes="values", reference=_pareto_front, gives_array=True)
def pareto_front(student: Student) -> None:
    """What no other one beats; equal ones stay."""
    what = "pareto_front(values)"
    rng = np.random.default_rng(2)
    values = rng.integers(0, 10, (40, 2)).astype(float)
    values[7] = values[30] = [8.0, 12.0]  # two that are equal
    values[11], values[12], values[13] = [14.0, 1.0], [14.0, 0.0], [12.0, 8.0]
    values[20] = [2.0, 14.0]
    at_least: Any = np.all(values[None] >= values[:, None], axis=2)
    more: Any = values[None] > values[:, None]
    right = ~(at_least & more.any(axis=2)).any(axis=1)
    at_most: Any = np.all(values[None] <= values[:, None], axis=2)
    less = at_most & np.any(values[None] < values[:, None], axis=2)
    others = at_least & ~np.eye(len(values), dtype=bool)
    indices = np.flatnonzero(right)
    mistakes = (
        Known(indices, "These are the places of the front. Return booleans, one for each pattern."),
        Known(
            values[right],
            "These are the values of the front. Return booleans, one for each pattern.",
        ),
        Known(~right, "It is the other way round: True is for those on the front."),
        Known(
            ~others.any(axis=1),
            "Of two that are equal in everything neither beats the other; here both do.",
        ),
        Known(
            ~more.all(axis=2).any(axis=1),
            "Only those that are beaten in everything are left out. It is enough to have as much "
            "of all, and more of something.",
        ),
        Known(
            ~more.any(axis=2).any(axis=1),
            "Whoever is beaten in anything is left out here. It takes another one that has at "
            "least as much of all.",
        ),
        Known(~less.any(axis=1), "This is the front of the least. The more the better."),
        Known(
            np.any(values == values.max(axis=0), axis=1),
            "These are the best of each property. The front holds compromises, too.",
        ),
        Known(
            values.sum(axis=1) == values.sum(axis=1).max(),
            "The largest sum is one compromise, and it depends on units. Compare by columns.",
        ),
    )
    found = _numbers(what, student(values))
    if found.shape == right.shape and not found.any():
        compare(
            f"{what} of a single pattern",
            _numbers(what, student(values[:1])),
            [1],
            [
                Known(
                    [0],
                    "Every pattern has at least as much as itself, and so beats itself here. "
                    "More of something is asked, too.",
                )
            ],
            "One pattern alone is on the front: [True].",
        )
    compare(
        what,
        found,
        right.astype(int),
        [Known(np.asarray(one.value).astype(float), one.why) for one in mistakes],
        "For each row: does another have at least as much in all columns, and more in any?",
    )
    three = rng.normal(size=(30, 3))
    compare(
        f"{what} of three properties",
        _numbers(what, student(three)),
        _pareto_front(three).astype(int),
        (),
        "The exercise is for any number of columns: axis=1 takes them all.",
    )
