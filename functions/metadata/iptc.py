"""Reads the dates in IPTC data (IIM 4.2, chapter 6: 2:55, 2:60, 2:62 and 2:63)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pictures.limits import IPTC_DATASETS
from pictures.readable_text import readable

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARK, _APPLICATION_RECORD = 0x1C, 2
_HEAD_LENGTH = 5
_IS_EXTENDED = 0x8000  # the length is that of the length
_CREATED, _DIGITIZED = (55, 60), (62, 63)
"""Datasets of date and time."""


@dataclass(frozen=True)
class IptcDates:
    """When the picture was taken and when it was digitized, as written; empty if unknown."""

    created: str = ""
    digitized: str = ""


def read_iptc(block: bytes | memoryview) -> IptcDates:
    """Return the dates in a block of datasets; it never raises."""
    found: dict[int, str] = {}
    for number, content in _datasets(memoryview(block)):
        if number in {*_CREATED, *_DIGITIZED}:
            found.setdefault(number, readable(content))
    created, digitized = (
        f"{found[date]} {found.get(time, '')}" if date in found else ""
        for date, time in (_CREATED, _DIGITIZED)
    )
    return IptcDates(created, digitized)


def _datasets(block: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Yield number and content of the datasets of the application record."""
    at = 0
    for _ in range(IPTC_DATASETS):
        head = block[at : at + _HEAD_LENGTH]
        if len(head) < _HEAD_LENGTH or head[0] != _MARK:
            return
        length = int.from_bytes(head[3:], "big")
        if length & _IS_EXTENDED:  # larger than any date, and than anything after one
            return
        at += _HEAD_LENGTH
        content = block[at : at + length]
        if len(content) < length:
            return
        if head[1] == _APPLICATION_RECORD:
            yield head[2], content
        at += length
