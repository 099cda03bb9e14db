"""Full disks, read-only folders and Ctrl-C: said in one line, and nothing is half-written."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest
from typer.testing import CliRunner

from vae_course.cli import app
from vae_course.commands.terminal import quiet_import
from vae_course.data import PatternSet
from vae_course.files import replacing

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "vae_course.cli"]
# A shell's background job ignores Ctrl-C, and all that it starts: these tests may be in one.
HEARING = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from vae_course.cli import app; app()"
)
SIMULATE = ["simulate", "--frames", "12", "--no-energies", "--processes", "1"]
SOURCE = "# %% [markdown]\n# # A lesson\n\n# %%\nprint('x' * 9000)\n"


@contextmanager
def full_disk(free: int = 2000) -> Iterator[None]:
    """Let no file grow beyond a few bytes: the nearest to a full disk that needs no rights."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (free, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def assert_whole(folder: Path) -> None:
    """Check that no file is a remainder, and that every one can be read to its end."""
    for path in folder.rglob("*"):
        assert path.name[0] != "." or path.is_dir(), path
        if path.suffix == ".json":
            json.loads(path.read_text())
        elif path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as file:
                assert all(file[name].size for name in file.files)
        elif path.is_file():
            assert path.stat().st_size, path


@pytest.fixture
def submissions(tmp_path: Path) -> Path:
    student = tmp_path / "class" / "ann"
    student.mkdir(parents=True)
    shutil.copy(next((ROOT / "lessons").glob("01_*.ipynb")), student)
    return student.parent


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([*SIMULATE, "--simulations", "2", "--out", "OUT/x.npz"], "x.npz"),
        (["train", "--epochs", "1", "--out", "OUT"], "last-000000.keras"),
        (["evolve", "embedded:17", "--factor", "2", "--out", "OUT"], "evolution."),
        (["design", "--energy", "1.3", "--candidates", "1", "--out", "OUT"], "design."),
        (["grade", "CLASS", "--lesson", "1", "--lessons", "LESSONS", "--out", "OUT"], "report."),
        (["sync", "--root", "PROJECT"], "01_lesson.ipynb"),
    ],
    ids=lambda one: one[0] if isinstance(one, list) else "",
)
def test_a_full_disk_is_named_and_leaves_no_half_a_file(arguments, named, submissions, tmp_path):
    project = tmp_path / "project"
    (project / "solutions").mkdir(parents=True)
    (project / "solutions" / "01_lesson.py").write_text(SOURCE)
    places = {
        "OUT": tmp_path / "out",
        "CLASS": submissions,
        "LESSONS": ROOT / "lessons",
        "PROJECT": project,
    }
    for name, path in places.items():
        arguments = [one.replace(name, str(path)) for one in arguments]
    with full_disk():
        shown = CliRunner().invoke(app, arguments)
    assert shown.exit_code == 2, shown.output
    (line,) = [one for one in shown.stderr.splitlines() if one.startswith("Error:")]
    assert line.endswith("File too large")
    assert named in line
    assert_whole(tmp_path)


def test_an_error_names_the_file_that_was_to_be_written_and_not_its_temporary_name(tmp_path):
    path = tmp_path / "numbers.txt"
    path.write_text("old")
    with (
        full_disk(100),
        pytest.raises(OSError, match="too large") as caught,
        replacing(path) as temporary,
    ):
        temporary.write_text("x" * 1000)
    assert caught.value.filename == str(path)
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["numbers.txt"]
    with pytest.raises(FileNotFoundError) as other, replacing(path):
        (tmp_path / "missing").read_text()
    assert other.value.filename == str(tmp_path / "missing")


def obedient() -> list[str]:
    """What to start a command with so that it obeys permissions, which root does not."""
    if os.geteuid():
        return []
    drop = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    try:
        subprocess.run([*drop, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("root obeys no permissions, and setpriv cannot make it")
    return drop


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["simulate", "--out", "OUT/x.npz"],
        ["train", "--out", "OUT/model"],
        ["evolve", "embedded:17", "--out", "OUT/evolution"],
        ["design", "--energy", "1.3", "--out", "OUT"],
        ["demo", "--out", "OUT/report"],
        ["grade", "CLASS", "--lessons", str(ROOT / "lessons"), "--out", "OUT/grades"],
    ],
    ids=lambda one: one[0],
)
def test_a_folder_that_cannot_be_written_to_is_refused_at_once(arguments, submissions, tmp_path):
    out = tmp_path / "readonly"
    out.mkdir(mode=0o555)
    given = [one.replace("OUT", str(out)).replace("CLASS", str(submissions)) for one in arguments]
    done = subprocess.run(
        [*obedient(), *COMMAND, *given], capture_output=True, text=True, timeout=60, check=False
    )
    message = f"Error: out must be a folder that you may write to; {out} is read-only\n"
    assert (done.returncode, done.stderr) == (2, message)


def test_a_file_in_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    shown = CliRunner().invoke(
        app, ["evolve", "embedded:17", "--out", str(tmp_path / "file" / "deep")]
    )
    assert shown.exit_code == 2
    assert "out must be a folder" in shown.stderr


def interrupt(arguments: list[str], ready: Callable[[int], bool]) -> tuple[int, str]:
    """Start a command and press Ctrl-C once something is true of it.

    Args:
        arguments: Of the command.
        ready: Called with its process id.

    Returns:
        Its exit code, and the last line of its errors.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", HEARING, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while not ready(process.pid) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # to the children, too, as a terminal does
    _, errors = process.communicate(timeout=60)
    assert "Traceback" not in errors
    return process.returncode, errors.splitlines()[-1]


def loads_keras(process: int) -> bool:
    """Tell whether a process has begun to load TensorFlow, which takes it seconds more."""
    try:
        maps = psutil.Process(process).memory_maps()
    except psutil.Error:  # it is only just there, or has ended
        return False
    return any("tensorflow" in one.path for one in maps)


@pytest.mark.slow
def test_ctrl_c_ends_a_simulation_which_then_goes_on_where_it_was(tmp_path):
    out = tmp_path / "x.npz"
    arguments = [*SIMULATE, "--simulations", "4", "--out", str(out)]
    parts = tmp_path / "x.npz.parts"
    assert interrupt(arguments, lambda _: any(parts.glob("0*.npz"))) == (130, "Stopped.")
    assert not out.exists()
    assert_whole(tmp_path)
    kept = {path: path.stat().st_mtime_ns for path in parts.glob("0*.npz")}
    assert 0 < len(kept) < 4
    assert interrupt(arguments, lambda _: len(list(parts.glob("0*.npz"))) > len(kept))[0] == 130
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert CliRunner().invoke(app, arguments).exit_code == 0
    assert len(np.unique(PatternSet.load(out).simulation)) == 4


@pytest.mark.slow
def test_ctrl_c_ends_a_training_which_says_how_to_go_on(tmp_path):
    out = tmp_path / "model"
    arguments = ["train", "--latent", "4", "--minutes", "5", "--out", str(out)]
    found = interrupt(arguments, lambda _: (out / "history.csv").exists())
    assert found == (130, "Stopped. To go on, give the same command with --resume.")
    assert_whole(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "--out", "OUT"],
        ["evolve", "embedded:17", "--out", "OUT"],
        ["design", "--energy", "1.3", "--out", "OUT"],
        ["demo", "--out", "OUT"],
    ],
    ids=lambda one: one[0],
)
def test_ctrl_c_while_keras_loads_leaves_nothing(arguments, tmp_path):
    given = [one.replace("OUT", str(tmp_path / "out")) for one in arguments]
    code, line = interrupt(given, loads_keras)
    assert code == 130
    assert line in ("Stopped.", "Stopped. Nothing is written.")
    assert not list(tmp_path.iterdir())


@pytest.fixture
def hearing() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_that_a_library_swallows_while_it_loads_is_not_lost(hearing):
    after = []
    with pytest.raises(KeyboardInterrupt), quiet_import():
        try:
            signal.raise_signal(signal.SIGINT)
        except BaseException:
            after.append("the library goes on")
    assert after
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_command_in_the_background_goes_on_ignoring_ctrl_c(hearing):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with quiet_import():
        signal.raise_signal(signal.SIGINT)
