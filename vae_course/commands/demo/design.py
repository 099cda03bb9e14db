"""The section on design: from a target property to a structure, verified by finite elements."""

from typing import Any

from numpy.typing import NDArray

from vae_course.arrays import Images
from vae_course.commands import jobs
from vae_course.commands.demo.page import Picture, Score, Section
from vae_course.data.pictures import Microstructure
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
    designs: list[Score] = []
    drawn: list[list[NDArray[Any] | None]] = []
    captions = []
    for target in targets:
        images, energies = [image], [energy]
        for kind, near, shown in (("changed", Microstructure(image), 1), ("new", None, 3)):
            found = jobs.design(
                target,
                near=near,
                volume_fraction=fraction,
                candidates=_CANDIDATES,
                seed=seed,
            )
            best = found.numbers["designs"][0]
            error = abs(best["error"])
            designs.append({"kind": kind, "target": target, **best, "error": error})
            images += list(found.arrays["images"][:shown])
            energies += [one["verified"] for one in found.numbers["designs"][:shown]]
        drawn.append([*images])
        captions.append([f"W = {one:.3f}" for one in energies])
    figure = pattern_table(
        drawn,
        [f"target\nW = {target:.3f}" for target in targets],
        ["given", "changed", "new", "new", "new"],
        captions,
        highlight=0,
        side=1.3,
    )
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
                figure,
                "design.png",
                "Left, the given microstructure. In each row, one target: the given one changed, "
                "and new ones. W by finite elements.",
            )
        ],
        ["", "target W", "finite elements", "error", "pixels changed"],
        [
            [
                one["kind"],
                f"{one['target']:.3f}",
                f"{one['verified']:.3f}",
                f"{one['error']:.2%}",
                "" if one["changed_pixels"] is None else f"{one['changed_pixels']:.1%}",
            ]
            for one in designs
        ],
    )
    return {"energy": energy, "volume_fraction": fraction, "designs": designs}, section
