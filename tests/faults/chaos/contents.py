"""What the owner of a key uploads: every time a file of another size."""

from __future__ import annotations

import struct
from functools import cache
from typing import TYPE_CHECKING

from local.aws.taxonomy import METADATA
from tests.support.heif_files import heic
from tests.support.pictures import gradient_file

if TYPE_CHECKING:
    from collections.abc import Mapping

_FLAGGED: Mapping[str, str] = {METADATA: "Explicit Nudity=97.5"}


@cache
def _jpeg(width: int) -> bytes:
    return gradient_file(size=(width, 90))


@cache
def _heic() -> bytes:
    return heic()


def made(kind: str, number: int) -> tuple[bytes, Mapping[str, str]]:
    """Make the n-th file, of a kind, with its user metadata."""
    if kind == "refused":
        return b"not a picture".ljust(20 + number), {}
    if kind == "heic":
        free = bytes(1000 + number)
        return _heic() + struct.pack(">I", 8 + len(free)) + b"free" + free, {}
    comment = bytes(number)
    # Other pixels each time: Rekognition's answer to one picture is no answer to another.
    data = _jpeg(100 + number)
    whole = data[:2] + b"\xff\xfe" + struct.pack(">H", 2 + number) + comment + data[2:]
    return whole, _FLAGGED if kind == "flagged" else {}
