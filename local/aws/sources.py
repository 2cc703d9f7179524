"""Where the code of functions and layers is: local folders under keys that change with them.

`sam package` uploads each folder under a key made of a hash of its content, and SAM publishes a new
version of a function whose key has changed.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The scheme under which the translator passes on a location: it accepts only s3://.
_BUCKET = "s3://source/"
_NOT_PACKAGED = {"__pycache__"}


def source_uri(root: Path, folder: str, package: str = "") -> str:
    """Build the URI of a folder.

    Args:
        root: of the template.
        folder: relative to it.
        package: in the folder, if it is all that will be deployed.
    """
    content = root / folder.strip("/")
    packaged = content / package
    digest = _digest(packaged if package and packaged.is_dir() else content)
    return f"{_BUCKET}{digest}/{folder.strip('/')}"


def source_folder(key: str) -> str:
    """Return the folder of an S3 key made by `source_uri`, relative to the template."""
    return key.partition("/")[2]


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(_files(folder)):
        digest.update(f"{file.relative_to(folder)}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _files(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir() if folder.is_dir() else ():
        if entry.name in _NOT_PACKAGED:
            continue
        if entry.is_dir():
            yield from _files(entry)
        else:
            yield entry
