"""Files appear whole or not at all, whatever happens while they are written."""

import json

import numpy as np
import pytest

from vae_course.files import replacing, sha256, write_arrays, write_json, write_text, write_texts


def test_a_failed_write_leaves_the_last_good_file(tmp_path):
    path = tmp_path / "kept.txt"
    path.write_text("good")

    def fail() -> None:
        with replacing(path) as temporary:
            temporary.write_text("half of")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_text() == "good"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_json_leaves_the_last_good_file(tmp_path):
    path = tmp_path / "kept.json"
    write_json(path, {"é": [1, 2.5, None]})
    assert json.loads(path.read_text("utf-8")) == {"é": [1, 2.5, None]}
    with pytest.raises(TypeError):
        write_json(path, {"a": object()})
    assert list(tmp_path.iterdir()) == [path]
    assert "é" in path.read_text("utf-8")


def test_of_several_texts_all_are_written_or_none_and_no_folder_is_left(tmp_path):
    old, new = tmp_path / "old.txt", tmp_path / "a" / "b" / "new.txt"
    old.write_text("before")
    with pytest.raises(OSError, match=r"old\.txt"):
        write_texts({old: "after", new: "text", old / "no folder": "text"})
    assert old.read_text() == "before"
    assert list(tmp_path.iterdir()) == [old]
    write_texts({old: "after", new: "text"})
    assert (old.read_text(), new.read_text()) == ("after", "text")


def test_folders_are_made_and_a_name_that_is_no_text_is_written_with_a_question_mark(tmp_path):
    write_text(tmp_path / "new" / "a.txt", "b\udcffc\r\n")
    assert (tmp_path / "new" / "a.txt").read_bytes() == b"b?c\r\n"


def test_equal_arrays_give_equal_bytes(tmp_path):
    for name in ("one", "two"):
        write_arrays(tmp_path / f"{name}.npz", {"a": np.arange(9), "b": np.eye(2)})
    assert sha256(tmp_path / "one.npz") == sha256(tmp_path / "two.npz")
    with np.load(tmp_path / "one.npz", allow_pickle=False) as arrays:
        assert np.array_equal(arrays["a"], np.arange(9))


def test_the_sha_256_of_nothing_is_the_published_one(tmp_path):
    (tmp_path / "empty").touch()
    assert sha256(tmp_path / "empty").startswith("e3b0c44298fc1c14")
