"""Thousands of damaged files of every kind that is read: each gives a result or its own error.

Nothing else may come of them: no other exception, no warning, no hang. A file that broke a reader
once is found again by its seed.
"""

import io
import json
import random
import re
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vae_course.data import load_embedded, read_mechanical_mnist, read_pattern
from vae_course.data.micrographs import read_grey
from vae_course.data.pattern_set import PatternFileError, PatternSet
from vae_course.grading.lesson_files import read_lessons
from vae_course.grading.submissions import read_student
from vae_course.vae._checkpoints import CheckpointError, TrainingState, load, read_state
from vae_course.vae._manifest import sha256
from vae_course.vae.model import build_vae

ROOT = Path(__file__).parents[2]
EXTREMES = [
    b"nan",
    b"inf",
    b"-1",
    b"1e400",
    b"0x1",
    b"9" * 400,
    b"1_0",
    b"",
    b"\xff",
    b"NULL",
    b"1e-9",
]
COUNTS = {
    "pattern": 4000,
    "dataset": 2001,  # a third for each of its files
    "set": 2500,
    "picture": 1500,
    "notebook": 700,
    "state": 2000,
    "weights": 800,
}

pytestmark = pytest.mark.slow


class RefusedError(Exception):
    """A submission was put aside, with a note."""


def damaged(sound: bytes, rng: random.Random) -> bytes:
    """Damage a file in one to three ways, as disks, editors and enemies do."""
    data = bytearray(sound)
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(len(data) + 1)
        other = rng.randrange(len(data) + 1)
        low, high = sorted((place, min(other, place + 400)))
        match rng.randrange(7):
            case 0:
                del data[place:]
            case 1:
                data[low:high] = b""
            case 2:
                data[low:low] = data[low:high]
            case 3:
                data[place:place] = rng.randbytes(rng.randint(1, 40))
            case 4 if data:
                data[place % len(data)] ^= 1 << rng.randrange(8)
            case 5:
                tokens = bytes(data).split(b" ")
                tokens[rng.randrange(len(tokens))] = rng.choice(EXTREMES)
                data = bytearray(b" ".join(tokens))
            case 6:
                lines = bytes(data).split(b"\n")
                rng.shuffle(lines)
                data = bytearray(b"\n".join(lines))
    return bytes(data)


def survives(
    name: str,
    count: int,
    sound: bytes,
    read: Callable[[bytes], Any],
    error: type[Exception],
) -> None:
    """Read damaged copies of a file: each must be read, or refused with one kind of error."""
    read(sound)
    refused = 0
    for seed in range(count):
        data = damaged(sound, random.Random(seed))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                read(data)
        except error:
            refused += 1
        except Exception as wrong:  # to say which file it was
            pytest.fail(f"{name}, seed {seed}: {type(wrong).__name__}: {wrong}")
    assert refused > count / 5, f"{name}: only {refused} of {count} were refused"


def test_the_counts_are_what_the_documentation_says() -> None:
    page = (ROOT / "docs" / "robustness.md").read_text("utf-8")
    rows = [int(found.replace(",", "")) for found in re.findall(r"\| ([\d,]+) \|", page)]
    assert rows == list(COUNTS.values())
    assert sum(rows) >= 10_000


def test_pattern_files(tmp_path: Path) -> None:
    path = tmp_path / "Image1.txt"
    rows = np.random.default_rng(0).integers(0, 2, (16, 16))

    def read(data: bytes) -> None:
        path.write_bytes(data)
        found = read_pattern(path, size=8, source_size=16)
        assert found.shape == (8, 8)
        assert set(np.unique(found)) <= {0, 1}

    sound = "\n".join(" ".join(map(str, row)) for row in rows).encode()
    survives("pattern", COUNTS["pattern"], sound, read, PatternFileError)


def test_files_of_the_dataset(tmp_path: Path) -> None:
    patterns = load_embedded(case=1).select(np.arange(3))
    header = (
        "Image_Number Case Coefficient_'b' lambda Grid_Size Seed Cahn_Hilliard_Simulation_Index "
        "Displacement_Result_File_Number Displacement_Result_Index "
        "Delta_Psi_Reaction_Force_Result_Index"
    )
    rows = [f"{k + 1} 1 80 0.015 20 7 3 1 {k} {k + 1}" for k in range(3)]
    files = {
        "Case1_input_patterns_64_x_64.txt": "\n".join(
            " ".join(map(str, one.ravel())) for one in patterns.images
        ),
        "Case1_strain_energy.txt": "\n".join(" ".join(map(str, e)) for e in patterns.strain_energy),
        "CH_Dataset_Database.csv": "\n".join([header, *rows]),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    for name, text in files.items():

        def read(data: bytes, name: str = name) -> None:
            (tmp_path / "Case1_patterns.npz").unlink(missing_ok=True)  # it would be read instead
            (tmp_path / name).write_bytes(data)
            found = read_mechanical_mnist(tmp_path, 1, progress=lambda *_: None)
            assert found.images.shape == (len(found), 64, 64)
            assert np.isfinite(found.strain_energy).all()

        survives(name, COUNTS["dataset"] // len(files), text.encode(), read, PatternFileError)
        (tmp_path / name).write_text(text)


def repacked(sound: bytes, rng: random.Random) -> bytes:
    """Damage one member of a zip file, and pack it anew, so that no checksum tells."""
    with zipfile.ZipFile(io.BytesIO(sound)) as file:
        members = {name: file.read(name) for name in file.namelist()}
    name = rng.choice(sorted(members))
    members[name] = damaged(members[name], rng)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for member, data in members.items():
            file.writestr(member, data)
    return packed.getvalue()


def test_pattern_sets(tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    load_embedded(case=1).select(np.arange(4)).save(path)
    sound = path.read_bytes()

    def read(data: bytes) -> None:
        path.write_bytes(data)
        found = PatternSet.load(path)
        assert found.images.shape == (len(found), 64, 64)
        assert set(np.unique(found.images)) <= {0, 1}

    survives("set", COUNTS["set"] // 2, sound, read, PatternFileError)

    def read_repacked(data: bytes) -> None:
        read(data if data == sound else repacked(sound, random.Random(data)))

    survives("set, packed anew", COUNTS["set"] // 2, sound, read_repacked, PatternFileError)


def test_pictures(tmp_path: Path) -> None:
    grey = np.random.default_rng(0).integers(0, 256, (40, 50)).astype(np.uint8)
    formats = ("png", "tiff", "jpeg", "bmp")
    for name in formats:
        path = tmp_path / f"picture.{name}"
        Image.fromarray(grey).save(path)

        def read(data: bytes, path: Path = path) -> None:
            path.write_bytes(data)
            found = read_grey(path)
            assert found.ndim == 2
            assert np.isfinite(found).all()

        count = COUNTS["picture"] // len(formats)
        survives(path.name, count, path.read_bytes(), read, PatternFileError)


def test_notebooks(tmp_path: Path) -> None:
    lessons = read_lessons(ROOT / "lessons", ["03"])
    notebook = json.loads(lessons_file("03").read_text("utf-8"))
    for cell in notebook["cells"]:  # what is read is the source; pictures only cost time
        cell.pop("outputs", None)
        if cell["cell_type"] == "code":
            cell["outputs"] = []
    folder = tmp_path / "student"
    folder.mkdir()

    def read(data: bytes) -> None:
        (folder / lessons_file("03").name).write_bytes(data)
        (found,) = read_student(folder, lessons)
        if found.problem in ("unreadable", "missing", "suspicious"):
            raise RefusedError(found.problem)
        assert found.taken is not None

    sound = json.dumps(notebook, indent=1).encode()
    survives("notebook", COUNTS["notebook"], sound, read, RefusedError)


def lessons_file(number: str) -> Path:
    (path,) = (ROOT / "lessons").glob(f"{number}_*.ipynb")
    return path


def test_states_of_a_training(tmp_path: Path) -> None:
    state = {
        "format": 1,
        "settings": {"latent": [4, 4, 4], "beta": 1.0},
        "budget": {"minutes": 1.0},
        "files": {role: {"name": f"{role}.keras", "sha256": "0" * 64} for role in ("last", "best")},
        "epoch": 1,
        "step": 10,
        "seconds": 2.5,
        "best_epoch": 1,
        "best": 0.1,
        "history": [{"loss": 1.0}],
    }
    path = tmp_path / "state.json"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        found = read_state(tmp_path, {"latent": [4, 4, 4], "beta": 1.0}, {"minutes": 2.0})
        assert found.budget == {"minutes": 2.0}

    sound = json.dumps(state, indent=1).encode()
    survives("state", COUNTS["state"], sound, read, CheckpointError)


def test_weights_of_a_training(tmp_path: Path) -> None:
    """Checksums refuse a damaged file; here each one is written anew, as a forger would."""
    path = tmp_path / "checkpoint" / "last.keras"
    path.parent.mkdir()
    vae = build_vae(2, size=8, channels=(4,))
    vae.build(None)
    vae.optimizer.build(vae.trainable_variables)
    vae.save(path)
    sound = path.read_bytes()

    def read(data: bytes) -> None:
        path.write_bytes(data)
        named = {"last": {"name": path.name, "sha256": sha256(path)}}
        found = load(tmp_path, TrainingState({}, {}, named), "last")
        assert found.decode(np.zeros((1, 2))).shape == (1, 8, 8)

    survives("weights", COUNTS["weights"] // 2, sound, read, CheckpointError)

    def read_repacked(data: bytes) -> None:
        read(data if data == sound else repacked(sound, random.Random(data)))

    survives("weights, packed anew", COUNTS["weights"] // 2, sound, read_repacked, CheckpointError)
