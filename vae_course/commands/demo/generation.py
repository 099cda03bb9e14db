"""The section on new microstructures: drawn by a flow, solved by finite elements."""

from vae_course.commands import jobs
from vae_course.commands.demo.page import Picture, Score, Section
from vae_course.latent import LatentFlow
from vae_course.plotting import pattern_table

FRACTIONS = (0.3, 0.5, 0.7)
_COUNT = 6


def new_microstructures(seed: int) -> tuple[Score, Section]:
    """Draw microstructures of three volume fractions.

    Args:
        seed: Seed of the draw.

    Returns:
        Scores, and the section.
    """
    flow = LatentFlow.load_pretrained()
    found = [
        jobs.generate(_COUNT, volume_fraction=fraction, seed=seed, flow=flow)
        for fraction in FRACTIONS
    ]
    samples = [one.numbers["samples"] for one in found]
    figure = pattern_table(
        [list(one.arrays["images"]) for one in found],
        [f"φ = {fraction}" for fraction in FRACTIONS],
        [""] * _COUNT,
        [[f"W = {one['strain_energy']:.3f}" for one in row] for row in samples],
        side=1.3,
    )
    section = Section(
        "New microstructures",
        "A pretrained flow leads from random numbers to codes of microstructures, young and old. "
        "The volume fraction φ of the light phase is met to the pixel. How well such samples can "
        "be told from simulated ones is measured on the site's page of results.",
        [
            Picture(
                figure,
                "samples.png",
                "Microstructures that no simulation has made, a volume fraction a row. W by finite "
                "elements.",
            )
        ],
    )
    rows = zip(FRACTIONS, samples, strict=True)
    return {"samples": [{"asked for": phi, "drawn": row} for phi, row in rows]}, section
