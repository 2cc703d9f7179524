"""Reads the ISO speed, which older cameras state in their maker note only.

A maker note is a TIFF directory of the maker's own tags (exiftool.org/TagNames: Canon, Nikon,
Casio). Software that rewrites EXIF may move the note without adjusting its offsets, so a value is
used only if its field has the layout that the camera writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metadata.fields import find, text
from pictures.exif import read_directory

if TYPE_CHECKING:
    from pictures.exif import Exif, Field

_MAKE, _MAKER_NOTE = 0x010F, 0x927C
_SHORT = 3
_SENSITIVITIES = range(6, 204_801)
_CANON_SHOT, _CANON_STEPS = 4, 32  # tag of the shot's settings; steps per doubling
_CANON_SCALE = range(16 * _CANON_STEPS)


@dataclass(frozen=True)
class _Note:
    """A kind of maker note, recognized by the make and the first bytes.

    The directory starts after `skip` bytes, and its offsets are relative to the start of the EXIF.
    With `has_own_header` a TIFF header starts there, and offsets are relative to that. `order` is
    the byte order, that of the EXIF when left out. The ISO speed is the number at index `place` of
    the field `tag`.
    """

    make: str
    mark: bytes
    skip: int
    tag: int
    place: int = 0
    order: str | None = None
    has_own_header: bool = False

    def field(self, note: Field, block: memoryview) -> Field | None:
        if not self.has_own_header:
            order = self.order or note.order
            return read_directory(block, note.at + self.skip, order).get(self.tag)
        own = note.data[self.skip :]
        return read_directory(own, _TIFF_HEADER).get(self.tag) if len(own) > _TIFF_HEADER else None


_TIFF_HEADER = 8
_NOTES = (
    _Note("NIKON", b"Nikon\0\2", 10, 0x0002, place=1, has_own_header=True),
    _Note("NIKON", b"", 0, 0x0002, place=1),
    _Note("CASIO", b"QVC\0\0\0", 6, 0x3014, order=">"),
    _Note("CASIO", b"", 0, 0x0014),
    _Note("CANON", b"", 0, _CANON_SHOT, place=2),
)


def iso(exif: Exif) -> int | None:
    """Return the ISO speed in a maker note of Canon, Nikon or Casio; None if there is none."""
    note = exif.photo.get(_MAKER_NOTE)
    make = (text(find(exif, _MAKE)) or "").upper()
    if note is None or not note.at:
        return None
    for kind in _NOTES:
        if make.startswith(kind.make) and bytes(note.data[: len(kind.mark)]) == kind.mark:
            value = _value(kind, kind.field(note, exif.block))
            return value if value in _SENSITIVITIES else None
    return None


def _value(kind: _Note, stored: Field | None) -> int | None:
    if stored is None or stored.kind != _SHORT or stored.count <= kind.place:
        return None
    numbers = [int(number) for number in stored.numbers()]
    return _canon(numbers, stored.count) if kind.tag == _CANON_SHOT else numbers[kind.place]


def _canon(facts: list[int], count: int) -> int | None:
    """Return the ISO speed from Canon's settings: length in bytes, auto gain, base speed."""
    if facts[0] != 2 * count or facts[1] + facts[2] not in _CANON_SCALE:
        return None
    return round(2 ** ((facts[1] + facts[2]) / _CANON_STEPS) * 100 / _CANON_STEPS)
