"""Tells a camera RAW from an ordinary TIFF: same signature, different directories."""

from __future__ import annotations

from typing import BinaryIO

from pictures import limits
from pictures.containers.tiff_directories import Tiff

# Photometric interpretations that only sensor data has (DNG specification 1.7, chapter 4).
_SENSOR_DATA = {32803, 34892}
_PHOTOMETRIC, _SUB_DIRECTORIES, _DNG_VERSION = 262, 330, 50706


def holds_sensor_data(file: BinaryIO) -> bool:
    """Return whether a TIFF is a DNG, NEF, ARW or another camera's RAW.

    Args:
        file: the TIFF, seekable; only its directories are read.
    """
    tiff = Tiff.in_file(file)
    if tiff.is_big:
        return False  # no camera writes a BigTIFF
    waiting, seen = [tiff.first_offset() or 0], set[int]()
    while waiting and len(seen) < limits.TIFF_DIRECTORIES:
        offset = waiting.pop()
        if not offset or offset in seen:
            continue
        seen.add(offset)
        directory = tiff.directory(offset, limits.TIFF_DIRECTORY_ENTRIES)
        for entry in directory.entries if directory else ():
            if entry.tag == _DNG_VERSION:
                return True
            if entry.tag == _PHOTOMETRIC and tiff.number_in(entry) in _SENSOR_DATA:
                return True
            if entry.tag == _SUB_DIRECTORIES:
                waiting += tiff.offsets_in(entry, limits.TIFF_SUB_DIRECTORIES)
    return False
