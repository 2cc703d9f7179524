"""Tells a camera RAW from an ordinary TIFF: both begin alike, their directories differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from pictures import limits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

# Photometric interpretations that only sensor data has (DNG specification 1.7, chapter 4).
_SENSOR_DATA = {32803, 34892}
_PHOTOMETRIC, _SUB_DIRECTORIES, _DNG_VERSION = 262, 330, 50706
_SHORT = 3


def holds_sensor_data(file: BinaryIO) -> bool:
    """Whether a TIFF is a DNG, NEF, ARW or another camera's RAW.

    Args:
        file: the TIFF, seekable; only its directories are read.
    """
    file.seek(0)
    head = file.read(8)
    order: Literal["little", "big"] = "little" if head[:2] == b"II" else "big"
    if int.from_bytes(head[2:4], order) != 42:
        return False  # a BigTIFF: no camera writes one
    waiting, seen = [int.from_bytes(head[4:8], order)], set[int]()
    while waiting and len(seen) < limits.TIFF_DIRECTORIES:
        offset = waiting.pop()
        if offset in seen:
            continue
        seen.add(offset)
        for tag, kind, count, value in _entries(file, offset, order):
            if tag == _DNG_VERSION:
                return True
            number = int.from_bytes(value[:2] if kind == _SHORT else value, order)
            if tag == _PHOTOMETRIC and number in _SENSOR_DATA:
                return True
            if tag == _SUB_DIRECTORIES:
                waiting += [number] if count == 1 else _offsets(file, number, count, order)
    return False


def _entries(
    file: BinaryIO, offset: int, order: Literal["little", "big"]
) -> Iterator[tuple[int, int, int, bytes]]:
    """Tag, type, count and the four bytes of value or offset of each entry of a directory."""
    file.seek(offset)
    count = min(int.from_bytes(file.read(2), order), limits.TIFF_DIRECTORY_ENTRIES)
    directory = file.read(12 * count)
    for start in range(0, len(directory) - 11, 12):
        entry = directory[start : start + 12]
        tag = int.from_bytes(entry[0:2], order)
        kind = int.from_bytes(entry[2:4], order)
        yield tag, kind, int.from_bytes(entry[4:8], order), entry[8:12]


def _offsets(
    file: BinaryIO, position: int, count: int, order: Literal["little", "big"]
) -> list[int]:
    file.seek(position)
    data = file.read(4 * min(count, limits.TIFF_SUB_DIRECTORIES))
    return [int.from_bytes(data[start : start + 4], order) for start in range(0, len(data) - 3, 4)]
