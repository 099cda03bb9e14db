"""The section on design: from a target property to a structure, verified by finite elements."""

from typing import Any

from matplotlib.figure import Figure
from numpy.typing import NDArray

from vae_course.arrays import Images
from vae_course.commands.demo.page import Picture, Section
from vae_course.commands.demo.scores import Score
from vae_course.latent import Design, design
from vae_course.physics import hyperelasticity
from vae_course.plotting import pattern_table

CHANGE = 0.15  # of the strain energy
_CANDIDATES = 4


def inverse_design(image: Images, seed: int) -> tuple[Score, Section]:
    """Make one microstructure softer and stiffer, and design some afresh.

    Args:
        image: Held-out microstructure, shape (n, n).
        seed: Seed of the starting points.

    Returns:
        Scores, and the section.
    """
    energy = float(hyperelasticity.strain_energy(image, (0.5,))[0])
    fraction = float(image.mean())
    targets = [energy * (1 - CHANGE), energy * (1 + CHANGE)]
    near = [design(target, image, fraction, _CANDIDATES, seed) for target in targets]
    fresh = [design(target, None, fraction, _CANDIDATES, seed) for target in targets]
    rows = []
    for target, changed, new in zip(targets, near, fresh, strict=True):
        for kind, found in (("changed", changed), ("new", new)):
            rows.append(
                {
                    "kind": kind,
                    "target": target,
                    "verified": float(found.verified[0]),
                    "predicted": float(found.predicted[0]),
                    "error": float(abs(found.verified[0] / target - 1)),
                    "volume_fraction": float(found.volume_fraction[0]),
                    "changed_pixels": (
                        None if found.distance is None else float(found.distance[0])
                    ),
                }
            )
    score = {"energy": energy, "volume_fraction": fraction, "designs": rows}
    section = Section(
        "From property to structure",
        "The energy W that it takes to stretch a microstructure by half on both axes depends on "
        f"where the stiff phase (dark) is. The given one, held out, has W = {energy:.3f}. Asked "
        f"for {CHANGE:.0%} less and more, at the same volume fraction (within 0.02), the model "
        "moves along its latent space: once changing as few pixels as it can, once from new "
        "starting points. A network predicts W on the way; the number below each picture is "
        "computed by finite elements.",
        [
            Picture(
                _drawn(image, energy, targets, near, fresh),
                "design.png",
                "Left, the given microstructure. In each row, one target: the given one changed, "
                "and new ones. W by finite elements.",
            )
        ],
        ["", "target W", "finite elements", "error", "pixels changed"],
        [
            [
                str(row["kind"]),
                f"{row['target']:.3f}",
                f"{row['verified']:.3f}",
                f"{row['error']:.2%}",
                "" if row["changed_pixels"] is None else f"{row['changed_pixels']:.1%}",
            ]
            for row in rows
        ],
    )
    return score, section


def _drawn(
    image: Images, energy: float, targets: list[float], near: list[Design], fresh: list[Design]
) -> Figure:
    rows: list[list[NDArray[Any] | None]] = []
    captions = []
    for changed, new in zip(near, fresh, strict=True):
        count = min(3, len(new.images))
        rows.append([image, changed.images[0], *new.images[:count]])
        captions.append(
            [
                f"W = {energy:.3f}",
                f"W = {changed.verified[0]:.3f}",
                *(f"W = {one:.3f}" for one in new.verified[:count]),
            ]
        )
    width = max(map(len, rows))
    heads = ["given", "changed", *["new"] * (width - 2)]
    labels = [f"target\nW = {target:.3f}" for target in targets]
    return pattern_table(rows, labels, heads, captions, highlight=0, side=1.3)
