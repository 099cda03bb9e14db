"""What learning platforms export of an assignment, as a folder for each student.

Known are folders such as `Ada Lovelace_123456_assignsubmission_file` (Moodle), files such as
`lovelaceada_123456_7890_03_lesson.ipynb` in one folder (Canvas, Moodle without folders), folders of
any other name, and a zip of any of these.
"""

import re
import shutil
import stat
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from os import utime
from pathlib import Path, PurePosixPath

from vae_course.grading.submissions import LARGEST, in_order

MOST_FILES = 20_000
MOST_BYTES = 4 * 2**30

MOODLE = re.compile(r"(?P<name>[^_].*?)_(?P<number>\d+)_assignsubmission_\w+?_?")
MOODLE_FILE = re.compile(r"(?P<name>[^_].*?)_(?P<number>\d+)_assignsubmission_file_(?P<file>.+)")
CANVAS_FILE = re.compile(
    r"(?P<name>[^_\W]+?)_(?:LATE_)?(?P<number>\d+)_(?P<submission>\d+)_(?P<file>.+)"
)


@dataclass(frozen=True)
class Student:
    """Who handed in.

    Args:
        name: As the platform or the folder says it; no two students have the same.
        folder: What was handed in.
        number: By which the platform knows the student; empty if unknown.
    """

    name: str
    folder: Path
    number: str = ""


def find_students(given: Path, scratch: Path) -> list[Student]:
    """Find what each student handed in; what has no folder of its own gets one in `scratch`.

    Raises:
        ValueError: If there is nothing of any student, or the file is not a zip that can be read.
    """
    folder = given
    if given.is_file():
        folder = scratch / "unpacked"
        _unpack(given, folder)
    if not folder.is_dir():
        raise ValueError(
            f"submissions must be a folder with one for each student, or a zip; got {given}"
        )
    shown = [path for path in folder.iterdir() if not path.name.startswith((".", "__"))]
    folders = [path for path in shown if path.is_dir()]
    if given.is_file() and len(folders) == 1 and len(shown) == 1 and not _is_students(folders[0]):
        return find_students(folders[0], scratch)
    found = [_of_folder(path) for path in folders]
    found += _of_files([path for path in shown if not path.is_dir()], scratch / "sorted")
    if not found:
        raise ValueError(
            "submissions must have a folder, or a file of an export, for each student; "
            f"{given} has none"
        )
    return sorted(_apart(found), key=lambda student: in_order(student.name))


def _is_students(folder: Path) -> bool:
    """Whether the only folder in a zip is one of a student, and not one around all."""
    return MOODLE.fullmatch(folder.name) is not None or not any(
        path.is_dir() or CANVAS_FILE.fullmatch(path.name) or MOODLE_FILE.fullmatch(path.name)
        for path in folder.iterdir()
    )


def _of_folder(path: Path) -> Student:
    known = MOODLE.fullmatch(path.name)
    return Student(known["name"], path, known["number"]) if known else Student(path.name, path)


def _of_files(paths: Sequence[Path], place: Path) -> Iterator[Student]:
    """Sort files that lie side by side into a folder for each student."""
    by_student: dict[tuple[str, str], list[tuple[Path, str]]] = {}
    for path in sorted(paths):
        known = MOODLE_FILE.fullmatch(path.name) or CANVAS_FILE.fullmatch(path.name)
        if known and path.suffix.lower() == ".ipynb":
            key = (known["name"], known["number"])
            by_student.setdefault(key, []).append((path, known["file"]))
    for k, ((name, number), files) in enumerate(by_student.items()):
        own = place / str(k)
        own.mkdir(parents=True)
        for path, file in files:
            if path.is_symlink():
                (own / file).symlink_to(path.resolve())  # refused, by name, when it is read
            else:
                shutil.copy2(path, own / file)
        yield Student(name, own, number)


def _apart(students: Sequence[Student]) -> Iterator[Student]:
    """Tell students of the same name apart."""
    names = [student.name for student in students]
    for student in students:
        if names.count(student.name) == 1:
            yield student
        else:
            other = student.number or student.folder.name
            yield Student(f"{student.name} ({other})", student.folder, student.number)


def _unpack(path: Path, folder: Path) -> None:
    """Unpack the notebooks of a zip that somebody else made, within limits.

    Raises:
        ValueError: If it is not a zip, is encrypted, or is too large.
    """
    folder.mkdir(parents=True)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            size = sum(min(member.file_size, LARGEST + 1) for member in members)
            if len(members) > MOST_FILES or size > MOST_BYTES:
                raise ValueError(
                    f"submissions must be a zip of up to {MOST_FILES} files and "
                    f"{MOST_BYTES // 2**30} GiB; {path.name} has {len(members)} files and "
                    f"{size / 2**30:.1f} GiB"
                )
            for member in members:
                _unpack_one(archive, member, folder)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as error:
        raise ValueError(
            f"submissions must be a folder or a zip that can be read; {path.name}: {error}"
        ) from None


def _unpack_one(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    name = PurePosixPath(member.filename.replace("\\", "/"))
    parts = [part for part in name.parts if part not in {"/", "."}]
    outside = ".." in parts or any(":" in part or "\0" in part for part in parts)
    if not parts or outside or any(part.startswith("__MACOSX") for part in parts):
        return
    target = folder.joinpath(*parts)
    if member.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return
    linked = stat.S_ISLNK(member.external_attr >> 16)
    if not parts[-1].lower().endswith(".ipynb") or linked:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as source, target.open("wb") as file:
        file.write(source.read(LARGEST + 1))  # one that is larger is refused when it is read
    with suppress(ValueError, OverflowError, OSError):
        when = datetime(*member.date_time).timestamp()  # a zip has local time
        utime(target, (when, when))
