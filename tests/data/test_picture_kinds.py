"""Kinds of picture that programs write, each with the right phases, or refused by name."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from vae_course.data import PatternFileError, load_embedded, read_micrographs
from vae_course.data.grey_files import count_pages, read_grey, read_grey_pages
from vae_course.data.micrographs import read_pictures
from vae_course.data.oddities import find_bar, find_strip
from vae_course.data.pictures import unfamiliar
from vae_course.data.preparation import Preparation, prepare

PHASES = load_embedded(1).images[60]
GREY = (30 + 150 * PHASES).astype(np.uint8)
RGB = np.stack([GREY] * 3, axis=-1)
SIGNED = (GREY.astype(np.int16) - 100).astype(np.int8)
TIFF = tifffile.imwrite

KINDS: dict[str, Callable[[Path], object]] = {
    "rgb16.tif": lambda path: TIFF(path, RGB.astype(np.uint16) * 200, photometric="rgb"),
    "planar.tif": lambda path: TIFF(
        path, np.moveaxis(RGB, 2, 0), photometric="rgb", planarconfig="separate"
    ),
    "planar16.tif": lambda path: TIFF(
        path, np.moveaxis(RGB, 2, 0).astype(np.uint16), photometric="rgb", planarconfig="separate"
    ),
    "rgb_float.tif": lambda path: TIFF(path, RGB.astype(np.float32) / 255, photometric="rgb"),
    "int8.tif": lambda path: TIFF(path, SIGNED),
    "int16.tif": lambda path: TIFF(path, SIGNED.astype(np.int16)),
    "int32.tif": lambda path: TIFF(path, SIGNED.astype(np.int32)),
    "uint32.tif": lambda path: TIFF(path, GREY.astype(np.uint32) * 100_000),
    "uint64.tif": lambda path: TIFF(path, GREY.astype(np.uint64)),
    "float16.tif": lambda path: TIFF(path, GREY.astype(np.float16)),
    "float64.tif": lambda path: TIFF(path, GREY.astype(np.float64)),
    "one_bit.tif": lambda path: TIFF(path, PHASES.astype(bool), photometric="minisblack"),
    "one_bit_white.tif": lambda path: TIFF(path, PHASES == 0, photometric="miniswhite"),
    "big_endian.tif": lambda path: TIFF(path, GREY.astype(">u2") * 200, byteorder=">"),
    "big_endian_white.tif": lambda path: TIFF(
        path, 65535 - GREY.astype(">u2") * 200, photometric="miniswhite", byteorder=">"
    ),
    "big.tif": lambda path: TIFF(path, GREY, bigtiff=True),
    "tiled.tif": lambda path: TIFF(path, GREY, tile=(16, 16)),
    "deflate.tif": lambda path: TIFF(
        path, GREY.astype(np.uint16), compression="zlib", predictor=True
    ),
    "lzw.tif": lambda path: Image.fromarray(GREY).save(path, compression="tiff_lzw"),
    "jpeg.tif": lambda path: Image.fromarray(RGB).save(path, compression="jpeg"),
    "cmyk.tif": lambda path: Image.fromarray(RGB).convert("CMYK").save(path),
    "lab.tif": lambda path: Image.fromarray(RGB).convert("LAB").save(path),
    "palette.tif": lambda path: TIFF(
        path,
        255 - GREY,
        photometric="palette",
        colormap=np.stack([np.arange(255, -1, -1) * 256] * 3).astype(np.uint16),
    ),
    "cmyk.jpg": lambda path: Image.fromarray(RGB).convert("CMYK").save(path, quality=98),
    "palette.png": lambda path: Image.fromarray(RGB).quantize(8).save(path),
    "grey_alpha.png": lambda path: Image.fromarray(GREY).convert("LA").save(path),
    "one_bit.png": lambda path: Image.fromarray(PHASES.astype(bool)).save(path),
    "palette.bmp": lambda path: Image.fromarray(RGB).quantize(8).save(path),
    "png_by_another_name.tif": lambda path: Image.fromarray(GREY).save(path, format="PNG"),
    "fortran.npy": lambda path: np.save(path, np.asfortranarray(GREY)),
    "colours.npy": lambda path: np.save(path, RGB),
    "batch_of_one.npy": lambda path: np.save(path, GREY[None, None]),
}


@pytest.mark.parametrize("name", sorted(KINDS))
def test_what_programs_write_is_read_right(tmp_path, name: str) -> None:
    path = tmp_path / name
    KINDS[name](path)
    assert count_pages(path) == 1
    assert np.mean(prepare(read_grey(path), Preparation()).images[0] != PHASES) < 0.002


@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("turn", range(1, 9))
def test_tiff_files_are_turned_upright(tmp_path, turn: int, dtype: type, compression) -> None:
    lying = GREY[:50].astype(dtype)
    more = {"compression": compression} if compression else {}
    Image.fromarray(lying).save(tmp_path / "a.tif", tiffinfo={274: turn}, **more)
    turned = lying.T if turn > 4 else lying
    turned = turned[:, ::-1] if turn in (2, 3, 6, 7) else turned
    turned = turned[::-1] if turn in (3, 4, 7, 8) else turned
    assert np.array_equal(read_grey(tmp_path / "a.tif"), turned)
    orientation = (274, "H", 1, turn, True)
    TIFF(tmp_path / "b.tif", lying.astype(np.uint64), extratags=[orientation])  # not by Pillow
    assert np.array_equal(read_grey(tmp_path / "b.tif"), turned)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint64])
def test_thumbnails_and_labels_are_no_pages(tmp_path, dtype: type) -> None:
    grey = GREY.astype(dtype)
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(grey[::4, ::4])  # not even said to be reduced
        file.write(grey, photometric="minisblack")
        file.write(grey[::2, ::2], subfiletype=1)
        file.write(np.zeros((20, 90), dtype))
    assert count_pages(tmp_path / "a.tif") == 1
    assert np.array_equal(read_grey(tmp_path / "a.tif"), GREY)
    TIFF(tmp_path / "b.tif", np.stack([grey, 255 - grey, grey]), photometric="minisblack")
    pages = list(read_grey_pages(tmp_path / "b.tif"))
    assert np.array_equal(pages, [GREY, 255 - GREY, GREY])


def test_what_is_no_grey_picture_is_refused_with_a_remedy(tmp_path) -> None:
    TIFF(tmp_path / "a.tif", GREY.astype(np.complex64))
    with pytest.raises(PatternFileError, match=r"a\.tif: expected real grey levels; .*complex64"):
        read_grey(tmp_path / "a.tif")
    np.savez(tmp_path / "b.npz", first=GREY, second=GREY)
    with pytest.raises(PatternFileError, match=r"found first, second \(save the one"):
        read_grey(tmp_path / "b.npz")


def test_files_of_other_programs_are_not_passed_over_in_silence(tmp_path) -> None:
    for name in ("a.dm3", "b.czi", "notes.txt"):
        (tmp_path / name).touch()
    with pytest.raises(PatternFileError, match=r"2 of kinds .*\.czi, \.dm3.*: export them as TIFF"):
        read_micrographs(tmp_path)
    Image.fromarray(GREY).save(tmp_path / "c.png")
    with pytest.warns(UserWarning, match=r"passed over 2 of kinds"):
        read_micrographs(tmp_path, progress=lambda *_: None)


# What is drawn into a picture, and what no model knows


def noisy(shape: tuple[int, int] = (200, 260)) -> np.ndarray:
    """A picture of two phases with noise, some pixels of which are saturated."""
    phases = np.kron(PHASES, np.ones((4, 5)))[: shape[0], : shape[1]]
    levels = 60 + 150 * phases + np.random.default_rng(2).normal(0, 25, phases.shape)
    return np.clip(levels, 0, 255).round()


def test_a_scale_bar_within_is_said_with_its_place() -> None:
    assert find_bar(noisy()) is None
    for level, box in ((255, np.s_[180:184, 190:250]), (0, np.s_[10:40, 10:60])):
        grey = noisy()
        grey[box] = level
        y, x, height, width = find_bar(grey)
        rows, columns = box
        assert abs(y - rows.start) <= 1 and abs(x - columns.start) <= 1
        assert abs(height - (rows.stop - rows.start)) <= 2
        assert abs(width - (columns.stop - columns.start)) <= 2
        [said] = prepare(grey, Preparation()).warnings
        assert "a bar or box of one level" in said and "crop" in said


@pytest.mark.parametrize("index", range(0, 4800, 400))
def test_no_bar_is_seen_in_patterns_with_noise(index: int) -> None:
    phases = np.kron(load_embedded(1).images[index], np.ones((3, 3)))
    levels = 60 + 150 * phases + np.random.default_rng(index).normal(0, 20, phases.shape)
    assert find_bar(np.clip(levels, 0, 220).round()) is None  # the light phase half saturated


def test_domains_are_judged_in_the_whole_picture(tmp_path) -> None:
    large = np.kron(np.block([[PHASES] * 4] * 4), np.ones((8, 8)))
    np.save(tmp_path / "a.npy", large)

    def said(**how) -> list[str]:
        [picture] = read_pictures([tmp_path / "a.npy"], Preparation(crop="centre", **how))
        return [one for one in unfamiliar(picture.prepared.images[0], picture) if "domain" in one]

    [first] = said()
    assert "make it smaller (--reduce " in first
    assert said(reduce=float(first.partition("--reduce ")[2].rstrip(")"))) == []
    np.save(tmp_path / "a.npy", np.tile(np.arange(400) // 200, (400, 1)))  # one interface
    [picture] = read_pictures([tmp_path / "a.npy"], Preparation(crop=(170, 0)))
    assert "lower magnification" in next(iter(unfamiliar(picture.prepared.images[0], picture)))


@pytest.mark.parametrize("index", range(0, 4800, 400))
def test_no_strip_is_seen_where_both_phases_are_saturated(index: int) -> None:
    phases = np.kron(load_embedded(1).images[index], np.ones((4, 4)))
    levels = 128 + 400 * (phases - 0.5) + np.random.default_rng(3).normal(0, 50, phases.shape)
    assert find_strip(np.clip(levels, 0, 255).round()) is None
