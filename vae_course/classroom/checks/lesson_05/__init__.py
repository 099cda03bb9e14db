"""Checks of lesson 05, Steering the latent space."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold, KFold, cross_val_score

from vae_course.arrays import Floats
from vae_course.classroom.check import Student, exercise
from vae_course.classroom.checks.lesson_05.painter import Painter
from vae_course.classroom.compare import Known, MistakeError, as_array, compare, require
from vae_course.latent import geometry


def _principal_plane(z: Any) -> Floats:
    centred = z - z.mean(axis=0)
    return np.asarray(centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T)


def _rank_axes(vae: Any, z: Any) -> NDArray[np.intp]:
    changes = [
        np.abs(vae.decode(z + step) - vae.decode(z - step)).mean() for step in np.eye(z.shape[1])
    ]
    return np.argsort(-np.array(changes))


def _linear_probe(z: Any, descriptor: Any, groups: Any) -> float:
    folds = GroupKFold(5)
    scores = cross_val_score(Ridge(), z, descriptor, groups=groups, cv=folds, scoring="r2")
    return float(scores.mean())


@exercise("5.1", stars=1, takes="z, axis, values", reference=geometry.traverse, gives_array=True)
def traverse(student: Student) -> None:
    """Rows of one code, with one number changed."""
    what = "traverse(z, axis, values)"
    z, axis, values = np.array([0.5, -1.0, 2.0, 0.25, 3.0]), 2, np.array([-1.5, 0.0, 4.0])
    right = np.tile(z, (3, 1))
    right[:, axis] = values
    added, row = np.tile(z, (3, 1)), np.tile(z, (3, 1))
    added[:, axis] += values
    row[axis] = values[0]
    zeros = np.zeros_like(right)
    zeros[:, axis] = values
    other = np.tile(z, (3, 1))
    other[:, axis - 1] = values
    mistakes = (
        Known(added, "You added the values. The number shall *have* them."),
        Known(zeros, "The other numbers of the code became 0. They must stay as they are."),
        Known(row, "You changed a row. Rows are codes; the axis is a column: `[:, axis]`."),
        Known(right[-1], "Only the last value came back. Return a row for each."),
        Known(right.T, "Rows and columns are exchanged: a row for each value."),
        Known(np.tile(z, (3, 1)), "Nothing has changed."),
        Known(other, "You changed the axis before. Axes are counted from 0."),
        Known(np.tile(right[-1], (3, 1)), "All rows are alike. Is one array used for all of them?"),
    )
    compare(what, student(z, axis, values), right, mistakes, "Copies of z, then one column.")


@exercise("5.2", stars=2, takes="z", reference=_principal_plane, gives_array=True)
def principal_plane(student: Student) -> None:
    """Centred codes along their first two principal directions, of either sign."""
    what = "principal_plane(z)"
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.standard_normal((5, 5)))[0]
    z = rng.standard_normal((60, 5)) * [3.0, 0.4, 2.0, 0.7, 1.0] @ turn + [2.0, -1, 3, 0.5, 1]
    found = as_array(what, student(z))
    right = _principal_plane(z)
    require(
        found.shape != (2, 60),
        f"{what} has the wrong shape.",
        "Rows and columns are exchanged: a row for each code.",
        "shape (60, 2)",
        "shape (2, 60)",
    )
    centred = z - z.mean(axis=0)
    u, _, directions = np.linalg.svd(centred, full_matrices=False)
    raw = np.linalg.svd(z, full_matrices=False)[2]
    scaled = centred / z.std(axis=0)
    candidates = (
        (
            z @ directions[:2].T,
            "The directions are right, but you projected the codes as they are. Project the "
            "centred codes: the mean shall be the origin.",
        ),
        (
            z @ raw[:2].T,
            "The mean was not taken away. The first direction then points to the mean, and not "
            "along the spread of the codes.",
        ),
        (centred[:, :2], "These are the first two numbers of the code, not principal directions."),
        (z[:, :2], "These are the first two numbers of the code as they are."),
        (u[:, :2], "These have equal spread along both. Multiply the centred codes, not U alone."),
        (centred @ directions[-2:].T, "These are the last two directions. The first are longest."),
        (
            centred @ directions[:, :2],
            "You took columns. The directions are the *rows* of the third array of svd.",
        ),
        (
            scaled @ np.linalg.svd(scaled, full_matrices=False)[2][:2].T,
            "You divided each number by its standard deviation. Only take the mean away.",
        ),
        (directions[:2], "These are the directions. Multiply the centred codes with them."),
        (centred @ directions[:3].T, "Three directions are one too many for a plane."),
        (right[:, ::-1], "The two directions are exchanged: the longest comes first."),
    )
    mistakes = [Known(_signed(value, found), why) for value, why in candidates]
    compare(what, found, _signed(right, found), mistakes, "Centre, directions, project.", 1e-3)


def _signed(value: Floats, found: NDArray[Any]) -> Floats:
    """Give each column the sign of what was found: that of a direction is arbitrary."""
    if value.shape != found.shape or value.ndim != 2:
        return value
    signs = np.sign((value * found).sum(axis=0))
    return value * np.where(signs == 0, 1, signs)


@exercise("5.3", stars=2, takes="z0, z1, n, mode", reference=geometry.interpolate, gives_array=True)
def interpolate(student: Student) -> None:
    """Equal steps on a straight line, and around the centre."""
    z0, z1 = np.array([2.0, 0.5, -1.0, 1.0]), np.array([-0.5, 1.5, 1.0, 2.5])
    n = 6
    s = np.linspace(0, 1, n)[:, None]
    line = (1 - s) * z0 + s * z1
    product = z0 @ z1
    angle = np.arccos(product / (np.linalg.norm(z0) * np.linalg.norm(z1)))
    arc = (np.sin((1 - s) * angle) * z0 + np.sin(s * angle) * z1) / np.sin(angle)
    inner = np.linspace(0, 1, n + 2)[1:-1, None]
    short = np.linspace(0, 1, n, endpoint=False)[:, None]
    linear = (
        Known(line[::-1], "The path runs from z1 to z0."),
        Known((1 - inner) * z0 + inner * z1, "Both ends belong to the path."),
        Known((1 - short) * z0 + short * z1, "The path must end at z1: is `endpoint` left out?"),
        Known(line.T, "Rows and columns are exchanged: a row for each code."),
        Known(arc, 'This is the path around the centre. Mode "linear" is the straight line.'),
        Known(z0 + s * z1, "The weight of z0 must fall: (1 − s) z0 + s z1."),
    )
    what = 'interpolate(z0, z1, n, "linear")'
    compare(what, student(z0, z1, n, "linear"), line, linear, "(1 − s) z0 + s z1.")
    degrees = np.degrees(angle)
    not_normed = np.arccos(np.clip(product / 10, -1, 1))
    lengths = np.linalg.norm(line, axis=1, keepdims=True)
    mean_length = (np.linalg.norm(z0) + np.linalg.norm(z1)) / 2
    units = z0 / np.linalg.norm(z0), z1 / np.linalg.norm(z1)
    spherical = (
        Known(line, 'Mode "spherical" is the same as "linear": is `mode` used?'),
        Known(
            np.sin((1 - s) * angle) * z0 + np.sin(s * angle) * z1,
            "The division by sin ω is missing: the ends are not z0 and z1.",
        ),
        Known(
            (np.sin((1 - s) * degrees) * z0 + np.sin(s * degrees) * z1) / np.sin(degrees),
            "The angle is in degrees. np.sin takes radians, as np.arccos returns them.",
        ),
        Known(
            (np.sin((1 - s) * angle) * units[0] + np.sin(s * angle) * units[1]) / np.sin(angle),
            "The codes have lost their lengths. Divide by them for the angle only.",
        ),
        Known(
            line / lengths * mean_length,
            "You stretched the straight line to one length. The steps are then unequal, and the "
            "ends are not z0 and z1.",
        ),
        Known(arc[::-1], "The path runs from z1 to z0."),
        Known(
            (np.cos((1 - s) * angle) * z0 + np.cos(s * angle) * z1) / np.cos(angle),
            "The weights are sines, not cosines.",
        ),
        Known(
            (np.sin((1 - s) * not_normed) * z0 + np.sin(s * not_normed) * z1) / np.sin(not_normed),
            "The cosine of the angle is z0 · z1 divided by both lengths.",
        ),
    )
    what = 'interpolate(z0, z1, n, "spherical")'
    found = as_array(what, student(z0, z1, n, "spherical"))
    if found.shape == arc.shape and not np.isfinite(found).all():
        raise MistakeError(
            f"{what} is not finite everywhere.",
            "The cosine of the angle is z0 · z1 divided by both lengths. Without that it can be "
            "above 1, and no angle has such a cosine.",
        )
    compare(what, found, arc, spherical, "Look at the angle and at both weights.")


@exercise("5.4", stars=2, takes="vae, z", reference=_rank_axes, gives_array=True)
def rank_axes(student: Student) -> None:
    """Axes by what they change in the picture, the strongest first."""
    what = "rank_axes(vae, z)"
    # With these numbers, each of the mistakes below gives an order of its own.
    vae = Painter(np.array([0.31, 0.8, 1.49, 1.45, 1.38]))
    mean, spread = np.array([1.5, -2.5, -1.5, 2.5, 0]), np.array([0.61, 1.24, 0.69, 1.21, 0.84])
    z = np.random.default_rng(2).standard_normal((50, 5)) * spread + mean
    z[0] = [3.0, 0.0, 0.0, 0.0, 0.0]
    right = _rank_axes(vae, z)
    found = as_array(what, student(vae, z))
    steps = np.eye(5)
    signed = [np.mean(vae.decode(z + step) - vae.decode(z - step)) for step in steps]
    changes = np.array([np.abs(vae.decode(z + s) - vae.decode(z - s)).mean() for s in steps])

    def order(change: Callable[[Floats], Any]) -> NDArray[np.intp]:
        return np.argsort([-float(np.mean(change(step))) for step in steps])

    def until(step: Floats) -> Floats:
        return np.asarray(step[::-1].cumsum()[::-1])

    mistakes = (
        Known(
            np.argsort(-z.var(axis=0)),
            "This is the order of the spread of the codes. A number may vary and do little to the "
            "picture: compare decoded pictures.",
        ),
        Known(right[::-1], "The weakest comes first: np.argsort sorts from the smallest up."),
        Known(
            np.argsort(-np.array(signed)),
            "Without the absolute value, pixels that get lighter and darker cancel.",
        ),
        Known(
            np.argsort(-np.abs(signed)),
            "The absolute value comes after the mean, where lighter and darker have cancelled.",
        ),
        Known(changes, "These are the changes. Return the order of the axes: np.argsort."),
        Known(-changes, "These are the changes, negative. Return the order: np.argsort."),
        Known(right[0], "This is the strongest axis alone. Return all, in order."),
        Known(np.argsort(right), "This is the rank of each axis. Return the axes in order."),
        Known(
            order(lambda s: np.abs(vae.decode(np.where(s, 1, z)) - vae.decode(np.where(s, -1, z)))),
            "You set the axis to +1 and −1, wherever the code was. Add the step to the code.",
        ),
        Known(
            order(lambda s: (vae.decode(z + s) - vae.decode(z - s)) ** 2),
            "These are squared changes, which count a few strong pixels for more than many weak "
            "ones. Asked for is the mean absolute change.",
        ),
        Known(
            order(lambda s: np.abs(vae.decode(z + s) - vae.decode(z))),
            "You looked in one direction alone. Decode z + step and z − step.",
        ),
        Known(
            order(lambda s: np.abs(vae.decode(z - s) - vae.decode(z))),
            "You looked in one direction alone. Decode z + step and z − step.",
        ),
        Known(
            order(lambda s: np.abs(vae.decode(z + until(s)) - vae.decode(z - until(s)))),
            "The step of one axis is still there when the next is looked at. Make a new step, "
            "`np.zeros(k)`, for each axis.",
        ),
        Known(
            _rank_axes(vae, z[:1]),
            "You looked around the first code alone. What an axis does depends on the place: take "
            "the mean over all codes.",
        ),
        Known(
            _rank_axes(vae, np.zeros((1, 5))),
            "You looked around 0 alone. Take the mean over the codes in z.",
        ),
    )
    compare(what, found, right, mistakes, "Decode z + step and z − step for each axis.")


def _drawn_folds(z: Any, descriptor: Any, groups: Any) -> Iterator[float]:
    """Results of folds that are drawn, of whole groups, too: for the seeds that people choose."""
    for seed in (*range(50), 123, 1234, 2024, 2025, 2026):
        folds = GroupKFold(5, shuffle=True, random_state=seed)
        yield cross_val_score(Ridge(), z, descriptor, groups=groups, cv=folds, scoring="r2").mean()


@exercise("5.5", stars=3, takes="z, descriptor, groups", reference=_linear_probe)
def linear_probe(student: Student) -> None:
    """Mean R² over five folds of whole groups."""
    what = "linear_probe(z, descriptor, groups)"
    rng = np.random.default_rng(3)
    groups = rng.permutation(np.repeat(np.arange(30), 8))
    # A signature of each group in the codes, and a property that belongs to the group.
    signature, offset = rng.standard_normal((30, 24)), rng.standard_normal(30)
    z = signature[groups] + 0.05 * rng.standard_normal((240, 24))
    descriptor = 0.7 * z[:, 0] + offset[groups]
    right = _linear_probe(z, descriptor, groups)
    scores = cross_val_score(Ridge(), z, descriptor, groups=groups, cv=GroupKFold(5), scoring="r2")
    errors = cross_val_score(
        Ridge(), z, descriptor, groups=groups, cv=GroupKFold(5), scoring="neg_mean_squared_error"
    )
    found = as_array(what, student(z, descriptor, groups))
    require(
        found.shape != (5,),
        f"{what} returned five numbers.",
        "Return the mean over the folds.",
        "a number",
        "shape (5,)",
    )
    mistakes = (
        Known(
            Ridge().fit(z, descriptor).score(z, descriptor),
            "The probe was tested on the codes that it was trained on.",
        ),
        Known(scores.max(), "This is the best fold. Return the mean of all."),
        Known(errors.mean(), 'This is an error. Asked for is R²: scoring="r2".'),
        Known(-errors.mean(), 'This is a mean squared error. Asked for is R²: scoring="r2".'),
        Known(
            cross_val_score(
                Ridge(), z, descriptor, groups=groups, cv=GroupKFold(30), scoring="r2"
            ).mean(),
            "Take five folds of several simulations each, not one for each simulation.",
        ),
    )
    shuffled = [
        cross_val_score(Ridge(), z, descriptor, cv=KFold(5, shuffle=True, random_state=k)).mean()
        for k in range(5)
    ]
    plain = cross_val_score(Ridge(), z, descriptor, cv=5).mean()
    value = float(found.mean())
    if any(abs(value - one) < 2e-3 for one in _drawn_folds(z, descriptor, groups)):
        return
    leaks = min(*shuffled, plain) - 0.03 < value < 1
    known = any(np.isclose(value, one.value) for one in mistakes)
    require(
        not leaks or known,
        f"{what}: the folds are not whole simulations.",
        "Frames of one simulation are in training and test, so that the probe recognises the "
        "simulation: a leak. `cv=GroupKFold(5)` and `groups=groups` are both needed.",
        f"{right:.3f}",
        f"{value:.3f}",
    )
    compare(what, found, right, mistakes, "Ridge(), GroupKFold(5), R², mean.", rtol=1e-3, atol=2e-3)
