"""The course to take home: what is in the zip, and that it starts by itself on a bare machine."""

import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tools.seeds import cut_trainings

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tools/site"))
import course_files  # noqa: E402

LESSONS = sorted(path.name for path in (ROOT / "lessons").glob("[0-9][0-9]_*.ipynb"))
UNFIT = {"BASH_ENV", "VIRTUAL_ENV", "PYTHONPATH", "MPLBACKEND", "VAE_COURSE_STRICT", "IPYTHONDIR"}


@pytest.fixture(scope="module")
def unpacked(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    with zipfile.ZipFile(site / "vae-course.zip") as archive:
        for about in archive.infolist():
            path = Path(archive.extract(about, folder))
            path.chmod(about.external_attr >> 16 & 0o777)
    yield folder / "vae-course"
    shutil.rmtree(folder)  # 3 GiB, which pytest would keep


def test_the_zip_has_what_a_student_needs_and_no_solution(site: Path, unpacked: Path) -> None:
    found = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*.*")}
    (wheel,) = site.glob("*.whl")
    scripts = {"start.py", "start.sh", "start.command", "start.bat"}
    about = {"README.txt", "requirements.txt", wheel.name}
    assert found == scripts | about | {f"lessons/{name}" for name in LESSONS}
    assert (unpacked / "LICENSE").is_file()
    assert all(os.access(unpacked / name, os.X_OK) for name in scripts)
    assert b"\r\n" in (unpacked / "start.bat").read_bytes()
    for name in LESSONS:
        assert (unpacked / "lessons" / name).read_bytes() == (ROOT / "lessons" / name).read_bytes()
    assert f'WHEEL = HERE / "{wheel.name}"' in (unpacked / "start.py").read_text("utf-8")
    assert wheel.stat().st_size < 24e6


def test_what_the_zip_installs_is_what_was_tested() -> None:
    def pins(name: str) -> set[str]:
        text = (ROOT / "requirements" / name).read_text("utf-8")
        return {line.split(" ")[0] for line in text.splitlines() if "==" in line}

    assert pins("run.txt") < pins("lab.txt") < pins("all.txt")


def test_a_downloaded_lesson_installs_the_course_where_the_site_has_an_address(
    tmp_path: Path,
) -> None:
    (tmp_path / "lessons").mkdir()
    shutil.copy(ROOT / "lessons" / LESSONS[2], tmp_path / "lessons")
    (tmp_path / "vae_course-1-py3-none-any.whl").touch()
    config = SimpleNamespace(site_url="https://example.org/c/", site_dir=str(tmp_path))
    course_files.finish(config)
    title, first, *_ = json.loads((tmp_path / "lessons" / LESSONS[2]).read_text("utf-8"))["cells"]
    assert "".join(title["source"]).startswith("# 03")
    code = "".join(first["source"])
    assert "%pip install --quiet https://example.org/c/vae_course-1-py3-none-any.whl" in code
    address = course_files.in_colab(config, Path(LESSONS[2]))
    assert address.endswith(f"#fileId=https%3A%2F%2Fexample.org%2Fc%2Flessons%2F{LESSONS[2]}")
    nowhere = SimpleNamespace(site_url="", site_dir=str(tmp_path))
    assert course_files.in_colab(nowhere, Path(LESSONS[2])) == ""


@pytest.mark.parametrize(
    ("version", "said"), [("3.9.2", "needs Python 3.11, 3.12 or 3.13; this is 3.9.2")]
)
def test_another_python_is_refused(unpacked: Path, version: str, said: str) -> None:
    numbers = tuple(map(int, version.split(".")))
    code = f"import sys; sys.version_info = {numbers}; sys.version = '{version} x'; import start"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; start.main()"],
        cwd=unpacked,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert said in done.stderr
    assert not (unpacked / ".venv").exists()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="starts by start.bat there")
def test_the_zip_starts_by_its_script_and_lesson_03_runs_outside_the_checkout(
    unpacked: Path, tmp_path: Path
) -> None:
    # A Python and uv, whose cache `make` has filled; nothing else of this environment.
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        (programs / name).symlink_to(sys._base_executable)  # type: ignore[attr-defined]
    (programs / "uv").symlink_to(Path(sys.prefix) / "bin/uv")
    ipython = tmp_path / "ipython"
    startup = ipython / "profile_default/startup"
    startup.mkdir(parents=True)
    imports = "import functools, inspect\nfrom typing import Any\n"
    (startup / "cut.py").write_text(f"{imports}{inspect.getsource(cut_trainings)}cut_trainings()")
    kept = {name: value for name, value in os.environ.items() if name not in UNFIT}
    around = kept | {"PATH": f"{programs}:/usr/bin:/bin", "IPYTHONDIR": str(ipython)}

    def run(*command: str) -> str:
        done = subprocess.run(
            command, cwd=unpacked, env=around, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    first = run("sh", "start.sh", "--no-lab")
    assert f"my-lessons: {len(LESSONS)} copied." in first
    # A newer course over an older one, with the same packages: its wheel alone is installed.
    (unpacked / "vae_course-0.0.1-py3-none-any.whl").write_bytes(b"of an older course")
    stamp, packages = unpacked / ".venv/installed.txt", unpacked / ".venv/packages-are-kept"
    stamp.write_text(f"{stamp.read_text().split()[0]} another")
    packages.touch()
    assert f"{len(LESSONS)} as you left them." in run("sh", "start.sh", "--no-lab")
    assert packages.exists()
    program = unpacked / ".venv/bin"
    where = run(str(program / "python"), "-c", "import vae_course; print(vae_course.__file__)")
    assert where.startswith(str(unpacked))
    lesson = "my-lessons/03_from_autoencoder_to_vae.ipynb"
    run(str(program / "jupyter"), "execute", "--inplace", lesson)
    said = run(str(program / "vae-course"), "progress", "my-lessons")
    assert re.search(r"0 of \d{3} passed", said)
