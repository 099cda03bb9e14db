"""The course to take home, made with the site: its wheel, and a zip that starts by itself.

Where the site's own address is known, the notebooks that can be downloaded from it begin with a
cell that installs the wheel where the course is missing, as in a hosted notebook.
"""

import io
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File
from notebook_files import LESSONS, ROOT

TEMPLATES = Path(__file__).with_name("course")
ZIP, FOLDER = "vae-course.zip", "vae-course"
WRITTEN = (2026, 1, 1, 0, 0, 0)  # the date in the zip: equal contents give equal bytes
EXECUTABLE, PLAIN = 0o100755, 0o100644
INSTALL = """\
# Installs the course where it is missing, as in a hosted notebook.
import importlib.util

if importlib.util.find_spec("vae_course") is None:
    %pip install --quiet {wheel}"""


def files(config: MkDocsConfig) -> Iterator[File]:
    """Make wheel and zip."""
    if not (ROOT / "pyproject.toml").is_file() or not (ROOT / "requirements").is_dir():
        return
    with tempfile.TemporaryDirectory() as folder:
        wheel = built(Path(folder))
        yield File.generated(config, wheel.name, content=wheel.read_bytes())
        yield File.generated(config, ZIP, content=zipped(wheel))


def built(folder: Path) -> Path:
    """Build the wheel into a folder."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise PluginError(f"the wheel could not be built:\n{done.stdout}{done.stderr}")
    (wheel,) = folder.glob("*.whl")
    return wheel


def zipped(wheel: Path) -> bytes:
    """Pack lessons, wheel, lock file and the scripts that start them."""
    parts = {path.name: path.read_bytes() for path in sorted(TEMPLATES.iterdir()) if path.is_file()}
    named = wheel.name.encode()
    parts["start.py"] = parts["start.py"].replace(b"NAME-OF-THE-WHEEL", named)
    parts["start.bat"] = parts["start.bat"].replace(b"\n", b"\r\n")
    parts["start.command"] = parts["start.sh"]
    parts["requirements.txt"] = (ROOT / "requirements/lab.txt").read_bytes()
    parts |= {path.name: path.read_bytes() for path in (ROOT / "LICENSE", wheel)}
    for path in sorted((ROOT / LESSONS).glob("[0-9][0-9]_*.ipynb")):
        parts[f"{LESSONS}/{path.name}"] = path.read_bytes()
    return packed({f"{FOLDER}/{name}": content for name, content in parts.items()})


def packed(parts: Mapping[str, bytes]) -> bytes:
    """Make a zip, in which what is called start can be run."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in parts.items():
            about = zipfile.ZipInfo(name, WRITTEN)
            about.create_system = 3  # Unix, whose permissions these are
            about.external_attr = (EXECUTABLE if "/start." in name else PLAIN) << 16
            archive.writestr(about, content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def in_colab(config: MkDocsConfig, notebook: Path) -> str:
    """Address at which Colab opens a lesson of this site; empty where the site's is not known."""
    if not config.site_url:
        return ""
    address = quote(urljoin(config.site_url, f"{LESSONS}/{notebook.name}"), safe="")
    return f"https://colab.research.google.com/#fileId={address}"


def finish(config: MkDocsConfig) -> None:
    """Have the lessons that are downloaded begin with a cell that installs the course."""
    wheel = next(Path(config.site_dir).glob("*.whl"), None)
    if not config.site_url or wheel is None:
        return
    source = INSTALL.format(wheel=urljoin(config.site_url, wheel.name))
    first: dict[str, Any] = {"cell_type": "code", "id": "install", "metadata": {}}
    first |= {"execution_count": None, "outputs": [], "source": source.splitlines(keepends=True)}
    for path in sorted((Path(config.site_dir) / LESSONS).glob("[0-9][0-9]_*.ipynb")):
        notebook = json.loads(path.read_text("utf-8"))
        notebook["cells"].insert(1, first)  # below the title
        path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", "utf-8")
