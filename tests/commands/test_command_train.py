"""The command `train`: bad requests are refused at once, before Keras is loaded."""

import pytest
from typer.testing import CliRunner

from vae_course.cli import app
from vae_course.commands.requests import read_data
from vae_course.data import synthetic_micrographs

RUNNER = CliRunner()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--data", "none.npz"],
            "data must be `embedded`, a .npz file, a picture or a folder; there is no",
        ),
        (["--data", "foreign.npz"], "foreign.npz: expected a pattern set written by"),
        (
            ["--data", "empty"],
            "empty: expected files of the dataset, .npz files or micrographs; found none",
        ),
        (["--case", "4"], "case must be 1, 2, 3 or all; got 4"),
        (["--latent", "0"], "latent must be a number such as 32, or a shape such as 4x4x4; got 0"),
        (
            ["--latent", "4x4"],
            "latent must be a number such as 32, or a shape such as 4x4x4; got 4x4",
        ),
        (["--batch-size", "0"], "--batch-size must be at least 1; got 0"),
        (["--minutes", "1", "--epochs", "2"], "give either minutes or epochs; got 1.0 and 2"),
        (["--minutes", "-1"], "minutes must be positive; got -1"),
        (["--learning-rate", "nan"], "--learning-rate must be positive; got nan"),
        (["--beta", "-1"], "beta must not be negative; got -1"),
        (["--resume"], "model/state.json: expected a checkpoint to go on from; there is none"),
        (["--out", "old"], "old holds a training: go on with --resume (resume=True), or"),
        (["--out", "mine"], "out must be new or empty; mine holds notes.txt"),
    ],
)
def test_bad_requests_to_train_end_with_code_2_and_one_line(
    arguments, message, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "foreign.npz").write_text("mine")
    (tmp_path / "empty").mkdir()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "state.json").write_text("{}")
    shown = RUNNER.invoke(app, ["train", *arguments])
    assert shown.exit_code == 2
    assert message in shown.stderr
    assert shown.stderr.count("\n") == 1
    assert not (tmp_path / "model").exists()


def test_micrographs_are_taken_whole_as_a_folder_and_as_a_set_that_was_saved(tmp_path):
    synthetic_micrographs(tmp_path / "pictures", 2, seed=0)
    folder, pictures = read_data(str(tmp_path / "pictures"), "1")
    assert len(pictures) == 2
    folder.save(tmp_path / "set.npz")
    again, none = read_data(str(tmp_path / "set.npz"), "1")
    assert (len(again), none) == (len(folder), [])
    assert len(folder) > 2


@pytest.mark.parametrize(
    ("micrographs", "arguments", "said"),
    [
        (1, [], "data must come from two micrographs or simulations or more"),
        (2, [], "--batch-size must not exceed the patterns to train on, 6 of 12; got 64"),
        (2, ["--size", "48"], "latent must have a side that is 48 halved, as 6x6x4 (--latent)"),
        (2, ["--size", "33"], "size must be even, to be halved; got 33"),
    ],
)
def test_too_few_or_odd_patterns_name_the_option_to_change(tmp_path, micrographs, arguments, said):
    synthetic_micrographs(tmp_path / "pictures", micrographs, seed=0)
    asked = ["train", "--data", str(tmp_path / "pictures"), "--cut", "0,0,24,0", "--epochs", "1"]
    if arguments:
        asked += ["--batch-size", "4"]
    done = RUNNER.invoke(app, [*asked, *arguments, "--out", str(tmp_path / "model")])
    assert (done.exit_code, said in done.stderr) == (2, True), done.stderr
