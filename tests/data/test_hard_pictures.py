"""Pictures that are hard to read give the right values, by every way in."""

import itertools
import json
import os
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from typer.testing import CliRunner

from vae_course.cli import app
from vae_course.commands.requests import read_data
from vae_course.data import PatternFileError, load_embedded, read_micrographs
from vae_course.data.grey_files import count_pages, read_grey
from vae_course.data.micrographs import patterns_of, read_pictures
from vae_course.data.oddities import find_strip
from vae_course.data.pictures import read_microstructure
from vae_course.data.preparation import Preparation, prepare

QUIET = lambda *_: None  # noqa: E731


def cases() -> Path:
    """The folder of cases, beside that of the real patterns."""
    real = os.environ.get("VAE_COURSE_REAL_PATTERNS", "")
    folder = Path(real).parent / "cases"
    if not (real and (folder / "cases.json").exists()):
        pytest.skip("no real patterns")
    return folder


def known() -> dict:
    return json.loads((cases() / "cases.json").read_text("utf-8"))


SETTINGS = {
    "uneven_light.png": {"background": 25.0},
    "nan_border.tif": {"cut": (5, 0, 0, 0)},
    "data_bar.png": {"cut": (0, 0, 22, 0)},
}
WITH_VALUE = (
    *("not_square.png", "clean16.tif", "hot_pixel16.tif", "miniswhite8.tif", "miniswhite16.tif"),
    *("data_bar.png", "nan_border.tif", "page_and_thumbnail.tif", "uneven_light.png"),
)


@pytest.mark.parametrize("name", WITH_VALUE)
def test_the_volume_fraction_is_right(name: str) -> None:
    about = known()[name]
    [value] = [number for key, number in about.items() if key.startswith("phi")]
    found = prepare(read_grey(cases() / name), Preparation(**SETTINGS.get(name, {})))
    assert found.volume_fraction == pytest.approx(value, abs=0.02)
    assert found.warnings == ()


def test_a_hot_pixel_moves_nothing() -> None:
    clean, hot = (
        prepare(read_grey(cases() / name), Preparation()).volume_fraction
        for name in ("clean16.tif", "hot_pixel16.tif")
    )
    assert abs(clean - hot) < 0.01


def test_a_rotated_picture_stands_upright() -> None:
    assert (
        list(read_grey(cases() / "exif_rotated.jpg").shape) == known()["exif_rotated.jpg"]["shape"]
    )


def test_a_map_of_labels_is_said_and_can_be_named() -> None:
    grey = read_grey(cases() / "labels_four_levels.png")
    [said] = prepare(grey, Preparation()).warnings
    assert said.startswith("4 grey levels (0, 60, 120, 180), as a map of labels has")
    named = prepare(grey, Preparation(levels={60.0: 1, 120.0: 0}))
    assert named.warnings == ()
    assert named.volume_fraction == pytest.approx(np.mean(grey == 60))
    with pytest.raises(
        ValueError, match=r"levels must be of the picture \(0, 60, 120, 180\); got 7"
    ):
        prepare(grey, Preparation(levels={7.0: 1}))


def test_a_data_bar_is_found_and_what_to_cut_is_said() -> None:
    [said] = prepare(read_grey(cases() / "data_bar.png"), Preparation()).warnings
    assert "--cut 0,0,22,0" in said


def test_numbers_that_are_none_are_named_by_rows() -> None:
    with pytest.raises(ValueError, match=r"640 grey levels .* rows 0 to 4 and columns 0 to 127"):
        prepare(read_grey(cases() / "nan_border.tif"), Preparation())


def test_a_series_of_fields_is_read_by_page() -> None:
    path = cases() / "phase_field_series.npy"
    assert count_pages(path) == 3
    with pytest.raises(PatternFileError, match=r"3 pages; choose one \(page=1, --page 1\) or all"):
        read_grey(path)
    found = patterns_of(read_pictures([path], Preparation(), "all"))
    assert found.images.shape == (3, 64, 64)
    assert set(found.simulation) == {0}  # of one simulation: never split


def test_one_level_is_refused_by_name() -> None:
    with pytest.raises(PatternFileError, match=r"one_level.png: a picture must have two levels"):
        read_pictures([cases() / "one_level.png"], Preparation())


def test_a_hidden_file_is_passed_over() -> None:
    assert (
        len(set(read_micrographs(cases() / "folder_hidden_file", progress=QUIET).simulation)) == 2
    )


def test_tiles_of_one_phase_are_left_out_and_counted() -> None:
    folder = cases() / "folder_one_phase_tiles"
    with pytest.warns(UserWarning, match="a.png: 8 squares of one phase left out"):
        found = read_micrographs(folder, progress=QUIET)
    assert np.bincount(found.simulation).tolist() == [4, 4]
    assert len(read_micrographs(folder, keep_one_phase=True, progress=QUIET)) == 16


def test_brackets_in_a_path_end_no_command(tmp_path, monkeypatch) -> None:
    folder = cases() / "folder [b]with brackets"
    monkeypatch.chdir(tmp_path)
    arguments = ["train", "--data", str(folder), "--epochs", "1", "--batch-size", "4"]
    done = CliRunner().invoke(app, [*arguments, "--out", "m[/b]"])
    assert done.exit_code == 0, done.output
    assert "m[/b]/model.keras" in done.output
    assert (tmp_path / "m[/b]" / "pictures.png").exists()


# The same picture by every way in


def picture(path: Path) -> Path:
    """Write a grey picture of 150 × 210 pixels, noisy, of known phases."""
    tiles = load_embedded(1).images[[20, 40, 60, 80, 100, 120]]
    phases = np.block([[tiles[0], tiles[1], tiles[2]], [tiles[3], tiles[4], tiles[5]]])
    rng = np.random.default_rng(0)
    grey = 70 + 110 * np.pad(phases, ((0, 22), (0, 18)), mode="edge")
    noisy = np.clip(grey + rng.normal(0, 12, grey.shape), 1, 254)
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(noisy.astype(np.uint8)).save(path)
    return path


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"cut": (3, 1, 4, 2)},
        {"reduce": 2.0},
        {"background": 40.0},
        {"threshold": "40%", "dark_is_1": True},
    ],
)
def test_the_same_picture_gives_the_same_tiles_by_every_way(tmp_path, settings) -> None:
    path = picture(tmp_path / "pictures" / "a.png")
    tiles = read_micrographs(path.parent, progress=QUIET, **settings).images
    how = Preparation(**settings)
    [read] = read_pictures([path], how)
    assert np.array_equal(read.prepared.images, tiles)
    trained, _ = read_data(str(path.parent), "1", None if not settings else reading(how))
    assert np.array_equal(trained.images, tiles)
    for tile, (row, column) in zip(tiles, read.prepared.corners, strict=True):
        corner = Preparation(**settings, crop=(int(column), int(row)))
        assert np.array_equal(read_microstructure(str(path), corner).image, tile)


def reading(how: Preparation):
    from vae_course.commands.pictures import Reading

    return Reading(how, None, False)


# Formats


def write(path: Path, grey: np.ndarray, kind: str, depth: str, pages: int) -> bool:
    """Write a picture with 0 as its darkest and 200 as its lightest level; False if none can be."""
    scale = {"8": 1, "16": 250, "float": 1 / 200}[depth]
    dtype = {"8": np.uint8, "16": np.uint16, "float": np.float32}[depth]
    data = (grey * scale).astype(dtype)
    stack = np.stack([data] * pages) if pages > 1 else data
    match kind:
        case "npy" | "npz":
            np.save(path, stack) if kind == "npy" else np.savez(path, stack)
        case "minisblack":
            tifffile.imwrite(path, stack, photometric="minisblack")
        case "miniswhite" if depth != "float":
            tifffile.imwrite(path, np.iinfo(dtype).max - stack, photometric="miniswhite")
        case "png" if depth != "float" and pages == 1:
            Image.fromarray(data).save(path)
        case "jpg" | "bmp" if depth == "8" and pages == 1:
            Image.fromarray(data).save(path, **({"quality": 98} if kind == "jpg" else {}))
        case _:
            return False
    return True


SUFFIX = {"minisblack": "tif", "miniswhite": "tiff"}
TABLE = list(
    itertools.product(
        ("npy", "npz", "minisblack", "miniswhite", "png", "jpg", "bmp"),
        ("8", "16", "float"),
        (1, 3),
        ("plain", "ä [b] ö"),
    )
)


@pytest.mark.parametrize(("kind", "depth", "pages", "folder"), TABLE)
def test_each_format_is_read_right_or_refused_with_a_remedy(
    tmp_path, kind: str, depth: str, pages: int, folder: str
) -> None:
    phases = load_embedded(1).images[60]
    place = tmp_path / folder
    place.mkdir()
    path = place / f"a.{SUFFIX.get(kind, kind)}"
    if not write(path, 200 * phases, kind, depth, pages):
        path.write_text("there is no such file: it is text", "utf-8")
        with pytest.raises(PatternFileError, match=r"a\.\w+: expected a picture"):
            read_grey(path)
        return
    if pages > 1:
        with pytest.raises(PatternFileError, match=r"a\.\w+: 3 pages; .*--page"):
            read_grey(path)
    found = prepare(read_grey(path, 2 if pages > 1 else None), Preparation())
    assert np.mean(found.images[0] != phases) < (0.002 if kind == "jpg" else 1e-9)


@pytest.mark.parametrize("turn", [1, 2, 3, 4, 5, 6, 7, 8])
def test_every_orientation_of_a_camera_is_turned_upright(tmp_path, turn: int) -> None:
    from PIL import ImageOps

    grey = (200 * load_embedded(1).images[60]).astype(np.uint8)[:50]
    lying = Image.fromarray(grey)
    exif = lying.getexif()
    exif[274] = turn
    lying.save(tmp_path / "a.jpg", exif=exif, quality=98)
    upright = np.asarray(ImageOps.exif_transpose(Image.open(tmp_path / "a.jpg")))
    assert np.array_equal(read_grey(tmp_path / "a.jpg"), upright)


def test_a_strip_is_found_at_each_edge_and_not_in_a_pattern() -> None:
    rng = np.random.default_rng(1)
    plain = rng.normal(120, 30, (96, 120)).round()
    assert find_strip(plain) is None
    for k, (edge, expected) in enumerate(
        [
            (np.s_[:8], (8, 0, 0, 0)),
            (np.s_[:, -9:], (0, 9, 0, 0)),
            (np.s_[-10:], (0, 0, 10, 0)),
            (np.s_[:, :7], (0, 0, 0, 7)),
        ]
    ):
        barred = plain.copy()
        barred[edge] = 255 if k % 2 else 0
        assert find_strip(barred) == expected
