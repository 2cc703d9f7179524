"""The files that a command line names, and the key under which each is uploaded."""

from __future__ import annotations

import hashlib
import mimetypes
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from image_pipeline.object_keys import UPLOADS_PREFIX
from local.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LONGEST_KEY = 1024  # bytes of UTF-8: S3's limit
_DIGEST_LENGTH = 16
_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a character device"),
    (stat.S_ISBLK, "a block device"),
)


@dataclass(frozen=True)
class Upload:
    """A file and its key."""

    path: Path
    key: str

    @property
    def content_type(self) -> str | None:
        """The type that `aws s3 cp` would declare: a guess from the name, or nothing."""
        return mimetypes.guess_type(self.path.name)[0]


@dataclass(frozen=True)
class NotUploaded:
    """An entry of a folder that is not uploaded.

    Args:
        path: of the entry.
        status: `skipped` for a pipe, socket or device; `unreadable` for anything else.
        explanation: the reason, in a few words.
    """

    path: Path
    status: str
    explanation: str


def find(paths: Iterable[str]) -> list[Upload | NotUploaded]:
    """List each file once; a folder stands for everything below it.

    Raises:
        UsageError: a path does not exist, cannot be read, or is an empty folder.
    """
    found: dict[Path, Upload | NotUploaded] = {}
    taken: set[str] = set()
    for name in paths:
        entries = list(_entries(Path(name))) if name else []
        if not entries:
            message = f"{printable(name)}: there are no files in this folder"
            raise UsageError(message)
        for path, relative, problem in entries:
            if path.absolute() in found:
                continue
            if problem:
                found[path.absolute()] = problem
                continue
            key = _unique(_key(relative), taken)
            taken.add(key)
            found[path.absolute()] = Upload(path, key)
    return list(found.values())


def printable(text: str) -> str:
    """A file name that stays on one line of a terminal, whatever bytes it contains."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode()
        for char in text
    )


def reason(error: OSError) -> str:
    """The reason of an error, without the number and the path that Python adds."""
    return error.strerror or str(error)


def _entries(given: Path) -> Iterator[tuple[Path, str, NotUploaded | None]]:
    """The files named by one argument, each with its name below that argument."""
    try:
        if not given.is_dir():
            if kind := _special(given):
                message = f"{printable(str(given))}: this is {kind}, not a file or folder"
                raise UsageError(message)
            yield given, given.name, None
            return
        entries = sorted(_below(given, set()), key=lambda entry: os.fsencode(entry[0]))
    except OSError as error:
        message = f"{printable(str(error.filename or given))}: {reason(error)}"
        raise UsageError(message) from error
    for path, unlistable in entries:
        yield path, path.relative_to(given).as_posix(), _problem(path, unlistable)


def _below(folder: Path, visited: set[tuple[int, int]]) -> Iterator[tuple[Path, OSError | None]]:
    """Everything below a folder except folders, and the folders that cannot be listed.

    Links are followed, into no folder twice.
    """
    identity = folder.stat()
    if (identity.st_dev, identity.st_ino) in visited:
        return
    visited.add((identity.st_dev, identity.st_ino))
    for path in folder.iterdir():
        inner: list[tuple[Path, OSError | None]]
        try:
            inner = list(_below(path, visited)) if path.is_dir() else [(path, None)]
        except OSError as error:
            inner = [(path, error)]
        yield from inner


def _problem(path: Path, error: OSError | None) -> NotUploaded | None:
    """The reason why an entry of a folder cannot be uploaded; None if it can."""
    try:
        if error:
            raise error
        kind = _special(path)
    except OSError as error:
        return NotUploaded(path, "unreadable", reason(error))
    return NotUploaded(path, "skipped", f"this is {kind}") if kind else None


def _special(path: Path) -> str:
    """Name the kind of a file that is not a regular one; "" for a regular file.

    Raises:
        OSError: a regular file cannot be read.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        return next((kind for test, kind in _KINDS if test(mode)), "a special file")
    with path.open("rb") as file:
        file.read(1)  # some errors show only here
    return ""


def _key(relative: str) -> str:
    """The key for a name: valid UTF-8, at most as long as S3 allows."""
    name = os.fsencode(relative).decode(errors="backslashreplace")
    room = _LONGEST_KEY - len(UPLOADS_PREFIX)
    data = name.encode()
    if len(data) <= room:
        return UPLOADS_PREFIX + name
    digest = hashlib.sha256(data).hexdigest()[:_DIGEST_LENGTH]
    ending = Path(name).suffix if len(Path(name).suffix.encode()) < _DIGEST_LENGTH else ""
    kept = data[: room - len(digest) - len(ending.encode()) - 1].decode(errors="ignore")
    return f"{UPLOADS_PREFIX}{kept}-{digest}{ending}"


def _unique(key: str, taken: Iterable[str]) -> str:
    """The key, or the same in a numbered folder if another file has it already."""
    number, unique = 1, key
    while unique in taken:
        number += 1
        unique = _key(f"{number}/{key.removeprefix(UPLOADS_PREFIX)}")
    return unique
