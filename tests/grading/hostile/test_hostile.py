"""What submissions try, where their code runs: no point unearned, nothing changed, nobody hurt."""

import http.server
import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
import pytest
from tricks import BORROWED, CHEATS, HARM, WRONG

import vae_course
from vae_course.grading.grade import Grade, How, grade
from vae_course.grading.lesson_files import read_lessons
from vae_course.grading.run_answers import Limits
from vae_course.grading.sandbox import Bubblewrap, Container, Nowhere, Sandbox, choose
from vae_course.grading.submissions import read_student

ROOT = Path(__file__).parents[3]
PACKAGE = Path(vae_course.__file__).parent
NAME = "01_microstructures_as_data.ipynb"
SECRET = "a-token-of-the-instructor"
SLEEP = "86399"


@pytest.fixture(scope="module")
def bubblewrap() -> Bubblewrap:
    sandbox = Bubblewrap()
    if why := sandbox.missing():
        if os.environ.get("VAE_COURSE_REQUIRE_SANDBOX") == "1":
            pytest.fail(f"{why}, and VAE_COURSE_REQUIRE_SANDBOX is 1")
        pytest.skip(f"no sandbox: {why}")
    return sandbox


@dataclass(frozen=True)
class Tried:
    grades: dict[str, Grade]
    asked: list[str]
    marker: str
    folder: Path
    before: dict[Path, int]


def submission(source: str):
    book = nbformat.read(ROOT / "lessons" / NAME, as_version=4)
    next(cell for cell in book.cells if cell.id == "exercise-1-1").source = source
    return book


def state_of(package: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in sorted(package.rglob("*.py"))}


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """Serve on this machine, and note who asks."""
    asked: list[str] = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

    server = http.server.HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/asked", asked
    server.shutdown()


def try_out(folder: Path, sandbox: Sandbox, run_suspicious: bool) -> Tried:
    """Grade a class in which everybody but two cheats."""
    marker = f"vae-course-{uuid.uuid4().hex}"
    with listening() as (url, asked):
        words = {
            "{marker}": marker,
            "{url}": url,
            "{root}": str(ROOT),
            "{package}": str(PACKAGE),
            "{neighbour}": str(folder / "class" / "ada"),
            "{parts}": str(folder / "parts"),
            "{name}": NAME,
            "{secret}": SECRET,
            "{sleep}": SLEEP,
        }
        honest = "def volume_fraction(images):\n    return images.mean(axis=(1, 2))"
        sources = {"ada": honest, "zoe": honest, "bob": WRONG}
        for name, trick in {**CHEATS, **HARM}.items():
            for word, meaning in words.items():
                trick = trick.replace(word, meaning)  # noqa: PLW2901
            sources[name] = trick + WRONG
        if not run_suspicious:
            sources |= BORROWED
        for name, source in sources.items():
            path = folder / "class" / name / NAME
            path.parent.mkdir(parents=True)
            nbformat.write(submission(source), path)
        before = state_of(PACKAGE)
        (folder / "parts").mkdir()
        [lesson] = read_lessons(ROOT / "lessons", ["01"])
        submissions = [read_student(folder / "class" / name, [lesson])[0] for name in sources]
        how = How(Limits(minutes=2, cell_seconds=20, memory=3), sandbox, run_suspicious)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CLOUD_TOKEN", SECRET)
            grades = grade(submissions, how, 2, folder / "parts")
    return Tried(dict(zip(sources, grades, strict=True)), asked, marker, folder, before)


@pytest.fixture(scope="module")
def tried(bubblewrap: Bubblewrap, tmp_path_factory: pytest.TempPathFactory) -> Tried:
    """Let all of it run, in the sandbox."""
    return try_out(tmp_path_factory.mktemp("hostile"), bubblewrap, True)


@pytest.fixture(scope="module")
def read_only(tmp_path_factory: pytest.TempPathFactory) -> Tried:
    """Have no sandbox: what the scan finds is all that there is."""
    return try_out(tmp_path_factory.mktemp("hostile"), Nowhere(), False)


@pytest.mark.slow
@pytest.mark.parametrize("trick", CHEATS)
def test_a_trick_earns_nothing_even_where_it_runs(tried: Tried, trick: str) -> None:
    found = tried.grades[trick]
    assert found.points == 0, found.results[0]
    assert found.status in {"suspicious", "stopped", "graded"}


@pytest.mark.slow
@pytest.mark.parametrize("trick", HARM)
def test_harm_stays_in_its_sandbox(tried: Tried, trick: str) -> None:
    found = tried.grades[trick]
    assert found.points == 0, found.results[0]
    message = f"{found.results[0].message} {found.notes}"
    assert "AssertionError" not in message, message


@pytest.mark.slow
@pytest.mark.parametrize("where", ["tried", "read_only"])
def test_the_others_get_what_they_have_earned(where: str, request: pytest.FixtureRequest) -> None:
    grades = request.getfixturevalue(where).grades
    assert [grades[name].points for name in ("ada", "zoe", "bob")] == [1, 1, 0]
    assert [grades[name].status for name in ("ada", "zoe", "bob")] == ["graded"] * 3


@pytest.mark.slow
@pytest.mark.parametrize("where", ["tried", "read_only"])
def test_nothing_was_changed_asked_or_left_running(
    where: str, request: pytest.FixtureRequest
) -> None:
    tried = request.getfixturevalue(where)
    assert state_of(PACKAGE) == tried.before
    assert tried.asked == []
    places = [ROOT, PACKAGE, Path(nbformat.__file__).parents[1], tried.folder, Path.home()]
    found = [path for place in places for path in place.glob(f"*{tried.marker}*")]
    found += list(Path("/tmp").glob(f"*{tried.marker}*"))
    found += list(tried.folder.rglob(f"*{tried.marker}*"))
    assert found == []
    assert not [
        one for one in psutil.process_iter(["cmdline"]) if SLEEP in (one.info["cmdline"] or [])
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "trick", sorted({**CHEATS, **HARM, **BORROWED}.keys() - {"a forged print"})
)
def test_without_a_sandbox_a_trick_is_not_run(read_only: Tried, trick: str) -> None:
    found = read_only.grades[trick]
    assert (found.points, found.status) == (0, "suspicious")
    assert found.results[0].message.startswith("Not run: line ")


# The choice of a sandbox


def test_what_is_missing_is_said_and_none_must_be_asked_for(monkeypatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ValueError, match=r"bwrap is not installed.*docker is not.*--sandbox none"):
        choose("auto")
    with pytest.raises(ValueError, match="the program podman is not installed"):
        choose("podman")
    assert choose("none") == Nowhere()
    with pytest.raises(
        ValueError, match="sandbox must be auto, bubblewrap, docker, podman or none"
    ):
        choose("jail")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo works", ""),
        ("echo no daemon >&2; exit 1", "it does not work here (no daemon)"),
        ("exit 0", "it does not work here (it said nothing)"),
    ],
)
def test_a_container_is_tried_before_it_is_used(tmp_path, monkeypatch, script, said) -> None:
    program = tmp_path / "docker"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert Container("docker").missing() == said
    if not said:
        monkeypatch.setattr(Bubblewrap, "missing", lambda self: "it is not here")
        assert choose("auto") == Container("docker")


def test_a_container_has_no_network_and_nothing_to_write_to() -> None:
    command = " ".join(Container("podman").command("run-1", ["-m", "x"], 3.0))
    for part in (
        "podman run --rm --interactive --name run-1 --network none --read-only",
        "--memory 3072m --memory-swap 3072m --pids-limit 256",
        "--cap-drop ALL --security-opt no-new-privileges --user 65534:65534",
    ):
        assert part in command
    assert command.endswith("vae-course-grading python -m x")
    assert "--volume" not in command
    assert "--mount" not in command
