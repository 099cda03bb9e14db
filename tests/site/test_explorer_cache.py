"""The files of the Explorer are made anew where something that they are made from has changed."""

import shutil
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def explorer(script) -> ModuleType:
    return script("tools/site", "explorer_files")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("plotting.py", "#12324d", "#12324e"),
        ("latent/dynamics.py", "width: int = 64", "width: int = 65"),
        ("latent/pretrained/evolution-case1-past.json", '"temperature": 1', '"temperature": 2'),
        ("data/embedded/manifest.json", '"simulations": 400', '"simulations": 401'),
        ("vae/pretrained/manifest.json", '"models"', '"modelz"'),
    ],
)
def test_a_change_of_what_is_exported_makes_the_cache_stale(explorer, tmp_path, file, old, new):
    package = shutil.copytree(ROOT / "vae_course", tmp_path / "vae_course")
    assert explorer.digest(package) == explorer.digest()
    text = (package / file).read_text("utf-8")
    assert old in text
    (package / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    assert explorer.digest(package) != explorer.digest()


def test_a_docstring_makes_nothing_stale(explorer, tmp_path):
    package = shutil.copytree(ROOT / "vae_course", tmp_path / "vae_course")
    path = package / "latent" / "dynamics.py"
    path.write_text(path.read_text("utf-8").replace('"""Networks', '"""Small networks', 1), "utf-8")
    assert explorer.digest(package) == explorer.digest()
