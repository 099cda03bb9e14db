"""Start the course: python3 start.py, or on Windows py start.py.

Installs what the course needs into .venv beside this file, copies the lessons into my-lessons, and
opens JupyterLab there. Run it again whenever you go on: what is installed stays, and what you have
written is never overwritten. With --no-lab it stops before JupyterLab.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
LOCK = HERE / "requirements.txt"
WHEEL = HERE / "NAME-OF-THE-WHEEL"  # an older one may lie beside it


def main() -> None:
    """Install what is missing, copy the lessons, and open them."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        sys.exit(
            f"The course needs Python 3.11, 3.12 or 3.13; this is {sys.version.split()[0]}."
            " Get one from python.org or your system, and start again."
        )
    os.chdir(HERE)
    wanted = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (LOCK, WHEEL)]
    stamp = VENV / "installed.txt"
    known = stamp.read_text().split() if stamp.is_file() else []
    if known != wanted:
        install(afresh=known[:1] != wanted[:1])
        stamp.write_text(" ".join(wanted))
    run(BIN / "vae-course", "start", "my-lessons", "--lessons", "lessons", allowed=(0, 1))
    if "--no-lab" not in sys.argv[1:]:
        run(BIN / "jupyter", "lab", "my-lessons")


def install(afresh: bool) -> None:
    """Make .venv with the packages of the lock file, and install the wheel.

    A newer course that needs the same packages brings only a new wheel.
    """
    if afresh:
        sys.stderr.write(f"Installing into {VENV}: once, some minutes, 3 GiB.\n")
        made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=False)
        if made.returncode:
            sys.exit("Python could not make .venv. On Debian and Ubuntu: apt install python3-venv")
    python = str(BIN / "python")
    pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    if shutil.which("uv"):  # the same packages, sooner
        pip = ["uv", "pip", "install", "--quiet", "--python", python]
    if afresh:
        run(*pip, "--require-hashes", "-r", LOCK)
    run(*pip, "--no-deps", "--force-reinstall", WHEEL)


def run(*command: object, allowed: "tuple[int, ...]" = (0,)) -> None:
    """Run a command; where it fails, stop and say which."""
    typed = [str(part) for part in command]
    done = subprocess.run(typed, check=False)
    if done.returncode not in allowed:
        sys.exit(f"That did not work: {' '.join(typed)}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
