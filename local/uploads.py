"""Which files a command line means, and under which key each of them is uploaded."""

from __future__ import annotations

import hashlib
import mimetypes
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from local.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PREFIX = "uploads/"
_LONGEST_KEY = 1024  # bytes of UTF-8: S3's limit
_DIGEST_LENGTH = 16


@dataclass(frozen=True)
class Upload:
    """A file and the key that it gets."""

    path: Path
    key: str

    @property
    def content_type(self) -> str | None:
        """What `aws s3 cp` would declare: a guess from the name, or nothing."""
        return mimetypes.guess_type(self.path.name)[0]


def find(paths: Iterable[str]) -> list[Upload]:
    """Every file that is meant, once; a folder means all files below it.

    Raises:
        UsageError: something does not exist, cannot be read, or is an empty folder.
    """
    uploads: dict[str, Upload] = {}
    for name in paths:
        found = list(_files(Path(name))) if name else []
        if not found:
            message = f"{printable(name)}: there are no files in this folder"
            raise UsageError(message)
        known = {upload.path.absolute() for upload in uploads.values()}
        for path, relative in found:
            if path.absolute() not in known:
                key = _unique(_key(relative), uploads)
                uploads[key] = Upload(path, key)
    return list(uploads.values())


def printable(text: str) -> str:
    """A file's name so that it stays on one line of a terminal, whatever bytes are in it."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode()
        for char in text
    )


def _files(given: Path) -> Iterator[tuple[Path, str]]:
    """The files meant by one argument, each with its name below that argument."""
    try:
        mode = given.stat().st_mode
        if not stat.S_ISDIR(mode):
            _require_readable(given, mode)
            yield given, given.name
            return
        for path in sorted(_below(given, set()), key=os.fsencode):
            _require_readable(path, path.stat().st_mode)
            yield path, path.relative_to(given).as_posix()
    except OSError as unreadable:
        name = printable(str(unreadable.filename or given))
        message = f"{name}: {unreadable.strerror or unreadable}"
        raise UsageError(message) from unreadable


def _below(folder: Path, visited: set[tuple[int, int]]) -> Iterator[Path]:
    """Every regular file below a folder; links are followed, but into no folder twice."""
    identity = folder.stat()
    if (identity.st_dev, identity.st_ino) in visited:
        return
    visited.add((identity.st_dev, identity.st_ino))
    for path in folder.iterdir():
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            yield from _below(path, visited)
        elif stat.S_ISREG(mode):  # neither a socket nor a pipe
            yield path


def _require_readable(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        message = f"{printable(str(path))}: this is neither a file nor a folder"
        raise UsageError(message)
    with path.open("rb"):
        pass


def _key(relative: str) -> str:
    """The key for a name: valid UTF-8, and not longer than S3 allows."""
    name = os.fsencode(relative).decode(errors="backslashreplace")
    room = _LONGEST_KEY - len(_PREFIX)
    data = name.encode()
    if len(data) <= room:
        return _PREFIX + name
    digest = hashlib.sha256(data).hexdigest()[:_DIGEST_LENGTH]
    ending = Path(name).suffix if len(Path(name).suffix.encode()) < _DIGEST_LENGTH else ""
    kept = data[: room - len(digest) - len(ending.encode()) - 1].decode(errors="ignore")
    return f"{_PREFIX}{kept}-{digest}{ending}"


def _unique(key: str, taken: Iterable[str]) -> str:
    """The key, or the same in a numbered folder if another file has it already."""
    number, unique = 1, key
    while unique in taken:
        number += 1
        unique = _key(f"{number}/{key.removeprefix(_PREFIX)}")
    return unique
