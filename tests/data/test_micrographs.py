"""Micrographs become tiles; what cannot be read is named, and nothing else is lost."""

import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from vae_course.commands.requests import read_data
from vae_course.data import PatternFileError, load_embedded, read_micrographs
from vae_course.data.micrographs import binarise, micrograph_files, read_grey, tile

TILES = load_embedded(1).images[[20, 40, 60, 80, 100, 120]]
# Two rows of three tiles: (128, 192).
PHASES = np.concatenate([np.concatenate(TILES[:3], axis=1), np.concatenate(TILES[3:], axis=1)])


def eight_bit(low: int = 60, high: int = 190) -> np.ndarray:
    return np.where(PHASES, high, low).astype(np.uint8)


def save(path, kind: str) -> None:
    grey = eight_bit()
    match kind:
        case "16-bit TIFF":
            Image.fromarray(grey.astype(np.uint16) * 200).save(path.with_suffix(".tif"))
        case "16-bit RGB TIFF":
            tifffile.imwrite(
                path.with_suffix(".tif"), np.repeat(grey[..., None].astype(np.uint16) * 200, 3, -1)
            )
        case "16-bit PNG":
            Image.fromarray(grey.astype(np.uint16) * 200).save(path.with_suffix(".png"))
        case "32-bit float TIFF":
            Image.fromarray(grey.astype(np.float32) / 7).save(path.with_suffix(".tiff"))
        case "RGB PNG":
            rgb = np.stack([grey // 3, grey, grey // 2], axis=-1)
            Image.fromarray(rgb).save(path.with_suffix(".png"))
        case "RGBA PNG":
            Image.fromarray(grey).convert("RGBA").save(path.with_suffix(".PNG"))
        case "palette PNG":
            Image.fromarray(grey).convert("P").save(path.with_suffix(".png"))
        case "black and white PNG":
            Image.fromarray(PHASES * 255).convert("1").save(path.with_suffix(".png"))
        case "JPEG":
            Image.fromarray(grey).save(path.with_suffix(".jpg"), quality=98)
        case "compressed TIFF":
            Image.fromarray(grey).save(path.with_suffix(".tif"), compression="tiff_lzw")


@pytest.mark.parametrize(
    "kind",
    [
        "16-bit TIFF",
        "16-bit RGB TIFF",
        "16-bit PNG",
        "32-bit float TIFF",
        "RGB PNG",
        "RGBA PNG",
        "palette PNG",
        "black and white PNG",
        "JPEG",
        "compressed TIFF",
    ],
)
def test_a_micrograph_of_any_common_kind_gives_its_phases(tmp_path, kind):
    save(tmp_path / "a", kind)
    found = read_micrographs(tmp_path)
    assert np.array_equal(found.images, TILES)
    assert np.array_equal(found.simulation, np.zeros(6))
    assert np.isnan(found.time).all()
    assert np.isnan(found.strain_energy).all()


def test_tiles_of_one_micrograph_stay_on_one_side_of_a_split(tmp_path):
    for name in "abcdef":
        save(tmp_path / name, "RGB PNG")
    found = read_micrographs(tmp_path)
    assert [path.name for path in micrograph_files(tmp_path)] == [f"{k}.png" for k in "abcdef"]
    assert np.array_equal(np.bincount(found.simulation), [6] * 6)
    train, test = found.split(test=0.34, seed=0)
    assert not set(train.simulation) & set(test.simulation)


def test_the_threshold_of_otsu_lies_between_two_noisy_levels():
    rng = np.random.default_rng(0)
    grey = eight_bit() + rng.normal(0, 20, PHASES.shape)
    assert np.mean(binarise(grey) != PHASES) < 0.002
    assert np.mean(binarise(grey, threshold=125) != PHASES) < 0.002


def test_uneven_light_is_divided_out():
    light = np.linspace(0.4, 1.6, PHASES.shape[1])
    grey = eight_bit() * light
    assert np.mean(binarise(grey) != PHASES) > 0.1
    assert np.mean(binarise(grey, background=25) != PHASES) < 0.03


def test_what_does_not_fill_a_tile_is_cut_off_and_nothing_is_stretched():
    image = np.arange(7 * 9).reshape(7, 9)
    tiles = tile(image, 3)
    assert tiles.shape == (6, 3, 3)
    assert np.array_equal(tiles[0], image[:3, :3])
    assert np.array_equal(tiles[-1], image[3:6, 6:])


def test_margins_are_cut_blocks_averaged_and_phases_swapped(tmp_path):
    framed = np.pad(np.kron(eight_bit(), np.ones((2, 2), np.uint8)), ((3, 9), (5, 7)))
    Image.fromarray(framed).save(tmp_path / "a.png")
    found = read_micrographs(tmp_path, cut=(3, 7, 9, 5), reduce=2, dark_is_1=True)
    assert np.array_equal(found.images, 1 - TILES)


def header_bomb(path, side: int) -> None:
    """Write a PNG of a few bytes that says it has side × side pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        sum_ = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", sum_)

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def bad_file(folder, kind: str) -> str:  # noqa: PLR0911 (a table in the form of code)
    """Write a file that cannot be used; return what must be said of it."""
    match kind:
        case "1 × 1":
            Image.fromarray(np.zeros((1, 1), np.uint8)).save(folder / "bad.png")
            return "two levels or more"
        case "too small":
            Image.fromarray(eight_bit()[:40]).save(folder / "bad.png")
            return "must have 64 × 64 pixels or more after cutting and reducing; got 40 × 192"
        case "bomb":
            header_bomb(folder / "bad.png", 20_000)
            return "pixels"
        case "large":
            header_bomb(folder / "bad.png", 9_000)
            return "81,000,000 pixels; 67,108,864 are the most"
        case "text":
            (folder / "bad.png").write_text("this is not a picture")
            return "expected a picture; its format is not known"
        case "truncated":
            Image.fromarray(eight_bit()).save(folder / "whole.bmp")
            text = (folder / "whole.bmp").read_bytes()
            (folder / "whole.bmp").unlink()
            (folder / "bad.png").write_bytes(text[: len(text) // 2])
            return "expected a picture that can be read"
        case "folder":
            (folder / "bad.png").mkdir()
            return "expected a picture that can be read"
        case "broken link":
            (folder / "bad.png").symlink_to(folder / "nowhere.png")
            return "expected a picture that can be read"
        case "stack":
            stack = np.zeros((3, 64, 64), np.uint8)
            tifffile.imwrite(folder / "bad.tif", stack, photometric="minisblack")
            return "3 pages; choose one (page=1, --page 1) or all"
        case "not finite":
            grey = eight_bit().astype(np.float32)
            grey[0, 0] = np.nan
            Image.fromarray(grey).save(folder / "bad.tif")
            return "1 grey levels are no finite numbers, in rows 0 to 0 and columns 0 to 0"
    raise AssertionError(kind)


BAD = (
    *("1 × 1", "too small", "bomb", "large", "text", "truncated", "folder", "broken link", "stack"),
    "not finite",
)


@pytest.mark.parametrize("kind", BAD)
def test_what_cannot_be_used_is_refused_by_name(tmp_path, kind):
    said = bad_file(tmp_path, kind)
    with pytest.raises(PatternFileError) as caught:
        read_micrographs(tmp_path)
    assert said in str(caught.value)
    assert "bad." in str(caught.value)


@pytest.mark.parametrize("kind", BAD)
def test_one_good_file_among_bad_ones_is_read_if_asked_for(tmp_path, kind):
    bad_file(tmp_path, kind)
    save(tmp_path / "good", "RGB PNG")
    with pytest.raises(PatternFileError, match=r"bad\."):
        read_micrographs(tmp_path)
    with pytest.warns(UserWarning, match=r"Left out: .*bad\."):
        found = read_micrographs(tmp_path, skip_unreadable=True)
    assert np.array_equal(found.images, TILES)
    assert set(found.simulation) == {1}


def test_all_bad_files_are_named_at_once(tmp_path):
    for k in range(12):
        (tmp_path / f"{k:02}.png").write_text("no")
    with pytest.raises(PatternFileError, match=r"00\.png.*09\.png.*and 2 more"):
        read_micrographs(tmp_path)


def test_bad_arguments_say_what_was_expected(tmp_path):
    save(tmp_path / "a", "RGB PNG")
    with pytest.raises(ValueError, match="size and reduce must be at least 1"):
        read_micrographs(tmp_path, size=0)
    with pytest.raises(ValueError, match="cut must be four numbers"):
        read_micrographs(tmp_path, cut=(0, 0, -1, 0))
    with pytest.raises(PatternFileError, match="nothing is left"):
        read_micrographs(tmp_path, cut=(100, 0, 100, 0))
    with pytest.raises(FileNotFoundError, match="expected a folder of micrographs"):
        read_micrographs(tmp_path / "none")
    with pytest.raises(PatternFileError, match="found none"):
        (tmp_path / "empty").mkdir()
        read_micrographs(tmp_path / "empty")
    with pytest.raises(ValueError, match="must not be negative"):
        binarise(eight_bit().astype(float), background=-1)
    with pytest.raises(ValueError, match="threshold must be otsu or a percentage"):
        binarise(eight_bit().astype(float), threshold=3, background=2)


def test_grey_levels_are_those_of_the_file(tmp_path):
    save(tmp_path / "a", "16-bit TIFF")
    assert set(np.unique(read_grey(tmp_path / "a.tif"))) == {12_000.0, 38_000.0}


def test_a_folder_of_micrographs_is_data_to_train_on(tmp_path):
    save(tmp_path / "a", "RGB PNG")
    patterns, pictures = read_data(str(tmp_path), "1")
    assert (len(patterns), [one.name for one in pictures]) == (6, ["a.png"])
