"""Walkers of the containers that pictures come in: one per kind, which everything else reads."""

from __future__ import annotations

from typing import BinaryIO

from pictures.limits import FILE_BYTES


def read_at(file: BinaryIO, position: int, length: int) -> bytes:
    """Return `length` bytes from a position; fewer where the file ends."""
    if position > FILE_BYTES:
        return b""
    file.seek(position)
    return file.read(min(length, FILE_BYTES))  # a longer one overflows in Python
