"""Models of evolution and of properties that come with the package, and how they were made.

`manifest.json` names the files with their SHA-256; beside each model lies its model card.
"""

from pathlib import Path

HERE = Path(__file__).parent

COMMANDS = {
    "evolution": "python -m tools.recipes.evolution",
    "strain-energy": "python -m tools.recipes.strain_energy",
}

MODELS = (
    "evolution-case1-forward",
    "evolution-case1-past",
    "evolution-case1-past-vae",
    "strain-energy-case1",
    "strain-energy-case1-codes",
)
