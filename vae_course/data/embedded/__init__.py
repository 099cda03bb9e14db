"""The dataset that comes with the package: simulated by it, like Mechanical MNIST Cahn–Hilliard.

`manifest.json` names the files, the command and the version that made them, and their SHA-256.
"""

import json
from importlib.resources import files
from pathlib import Path

from vae_course.data.pattern_set import PatternFileError, PatternSet
from vae_course.files import sha256


def load_embedded(case: int = 1) -> PatternSet:
    """Load one case of the embedded dataset.

    Args:
        case: 1, 2 or 3: mean fraction of phase 1 of 0.5, 0.63 or 0.75.

    Returns:
        The set: about 12 frames of each simulation, with strain energies.

    Raises:
        ValueError: If case is not 1, 2 or 3.
        PatternFileError: If the file is not the one that the manifest describes.

    Examples:
        >>> patterns = load_embedded(case=2)
        >>> len(patterns), len(set(patterns.simulation)), round(float(patterns.images.mean()), 2)
        (1200, 100, 0.65)
    """
    if case not in (1, 2, 3):
        raise ValueError(f"case must be 1, 2 or 3; got {case}")
    folder = files(__name__)
    name = f"case{case}.npz"
    manifest = json.loads(folder.joinpath("manifest.json").read_text(encoding="utf-8"))
    expected = manifest["files"][name]["sha256"]
    path = folder.joinpath(name)
    found = sha256(Path(str(path)))
    if found != expected:
        raise PatternFileError(
            f"{name}: expected SHA-256 {expected[:12]}…; found {found[:12]}…: install the package "
            "again"
        )
    return PatternSet.load(str(path))
