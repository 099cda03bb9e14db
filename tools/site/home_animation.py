"""Draw the moving picture of the home page: `python tools/site/home_animation.py`, a minute or so.

Left a simulation of a microstructure, right what the pretrained model predicts from the first
picture alone, in one step to each time.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from vae_course.data import load_embedded
from vae_course.data.generate import simulate_on
from vae_course.files import replacing
from vae_course.latent import Evolution
from vae_course.plotting import PHASES

ASSETS = Path(__file__).parents[2] / "docs" / "assets"
SIMULATION, FRAME = 383, 3
FRAMES, SCALE, GAP = 40, 4, 32
LONGEST = 8.0  # times as old as the first picture


def main() -> None:
    """Write docs/assets/home.webp, and home.png for readers who want nothing to move."""
    patterns = load_embedded(case=1)
    chosen = patterns.select(patterns.simulation == patterns.simulation[12 * SIMULATION])
    first, age = chosen.images[FRAME], float(chosen.time[FRAME])
    ratios = np.geomspace(1, LONGEST, FRAMES)
    b, lam = chosen.parameters["b"][FRAME], chosen.parameters["lam"][FRAME]
    later = simulate_on(first[None], (ratios[1:] - 1) * age, b, lam)[0]
    simulated = np.concatenate([first[None], later])
    evolution = Evolution.load_pretrained()
    predicted = evolution.forward(np.repeat(first[None], FRAMES, axis=0), ratios)
    pictures = [picture(one, two) for one, two in zip(simulated, predicted, strict=True)]
    seconds = [900, *[90] * (FRAMES - 2), 1800]  # of each, in thousandths
    with replacing(ASSETS / "home.webp") as temporary:
        pictures[0].save(
            temporary,
            save_all=True,
            append_images=pictures[1:],
            duration=seconds,
            loop=0,
            lossless=True,
            method=6,
        )
    with replacing(ASSETS / "home.png") as temporary:
        pictures[FRAMES // 2].save(temporary, optimize=True)


def picture(simulated: np.ndarray, predicted: np.ndarray) -> Image.Image:
    """Put two pictures side by side, on a ground that can be seen through."""
    side = SCALE * len(simulated)
    both = Image.new("RGBA", (2 * side + GAP, side))
    for k, one in enumerate((simulated, predicted)):
        colours = Image.fromarray((255 * PHASES(np.asarray(one, dtype=float))).astype(np.uint8))
        both.paste(colours.resize((side, side), Image.Resampling.NEAREST), (k * (side + GAP), 0))
    return both


if __name__ == "__main__":
    main()
