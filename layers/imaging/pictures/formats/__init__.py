"""The registry of formats: which ones are let in, and all that depends on which one a file has."""

from __future__ import annotations

from typing import BinaryIO

from pictures.formats.definitions import DEFINITIONS
from pictures.formats.format import Format

__all__ = ["FORMATS", "HEAD_LENGTH", "Format", "identify", "sniff"]

HEAD_LENGTH = 512
"""Bytes that `sniff` wants: enough for every signature and for the brands of an HEIF."""

FORMATS = {known.name: known for known in DEFINITIONS}
"""Every format by its name."""


def sniff(head: bytes) -> Format | None:
    """Tell the format from how a file begins; None if it is not one that is let in.

    A camera RAW in a TIFF container looks like any TIFF here; `identify` tells them apart.

    Args:
        head: the first `HEAD_LENGTH` bytes, fewer if the file is shorter.
    """
    return next((known for known in DEFINITIONS if known.begins(head)), None)


def identify(file: BinaryIO, head: bytes) -> Format | None:
    """Tell the format of a whole file, by its content alone.

    Args:
        file: seekable; of a TIFF the directories are read.
        head: as for `sniff`.
    """
    known = sniff(head)
    if known is FORMATS["TIFF"]:
        from pictures.formats.sensor_data import holds_sensor_data

        if holds_sensor_data(file):
            return FORMATS["RAW"]
    return known
