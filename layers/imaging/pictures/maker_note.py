"""Reads the ISO speed and the lens where cameras state them in their maker note only.

A maker note is a TIFF directory of the maker's own tags (exiftool.org/TagNames: Canon, Nikon,
Casio, Olympus, Panasonic). Software that rewrites EXIF may move the note without adjusting its
offsets, so a value is used only if its field has the layout that the camera writes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pictures.exif import read_directory
from pictures.readable_text import readable

if TYPE_CHECKING:
    from pictures.exif import Directory, Exif, Field

LENS_MODEL = 0xA434
"""The tag of EXIF under which the name of a lens belongs."""

_MAKE, _MAKER_NOTE = 0x010F, 0x927C
_ASCII, _SHORT = 2, 3
_POINTERS = {4, 13}  # LONG and IFD
_SENSITIVITIES = range(6, 204_801)
_CANON_SHOT, _CANON_STEPS = 4, 32  # tag of the shot's settings; steps per doubling
_CANON_SCALE = range(16 * _CANON_STEPS)
# A name is text up to its first NUL, with a focal length or an aperture. Cameras without a lens
# write dashes or a word.
_LENS = re.compile(rb"(?=[ -~]*\d)(?=[ -~]*[A-Za-z])[ -~]{3,128}")


@dataclass(frozen=True)
class _Note:
    """A kind of maker note, recognized by the make and the first bytes.

    The directory starts after `skip` bytes. Its offsets are relative to the start of the EXIF, or
    to that of the note with `has_own_offsets`. With `has_own_header` a TIFF header starts after
    `skip`, and offsets are relative to that. `order` is the byte order, that of the EXIF when left
    out; at `order_at` the note states its own.

    The ISO speed is the number at index `iso_place` of the field `iso`; the name of the lens is in
    the field `lens`, of another directory if `equipment` is the field that points to one.
    """

    make: str
    mark: bytes
    skip: int
    iso: int | None = None
    iso_place: int = 0
    lens: int | None = None
    equipment: int | None = None
    order: str | None = None
    order_at: int | None = None
    has_own_offsets: bool = False
    has_own_header: bool = False


_TIFF_HEADER = 8
_EQUIPMENT, _OLYMPUS_LENS, _PANASONIC_LENS, _LEICA_LENS = 0x2010, 0x0203, 0x0051, 0x0303
_NOTES = (
    _Note("NIKON", b"Nikon\0\2", 10, iso=0x0002, iso_place=1, has_own_header=True),
    _Note("NIKON", b"", 0, iso=0x0002, iso_place=1),
    _Note("CASIO", b"QVC\0\0\0", 6, iso=0x3014, order=">"),
    _Note("CASIO", b"", 0, iso=0x0014),
    _Note("CANON", b"", 0, iso=_CANON_SHOT, iso_place=2, lens=0x0095),
    *(
        _Note(
            make, mark, order_at + 4, lens=_OLYMPUS_LENS, equipment=_EQUIPMENT, order_at=order_at,
            has_own_offsets=True,
        )
        for make in ("OLYMPUS", "OM DIGITAL")
        for mark, order_at in ((b"OLYMPUS\0", 8), (b"OM SYSTEM\0", 12))
    ),
    _Note("OLYMPUS", b"OLYMP\0", 8, lens=_OLYMPUS_LENS, equipment=_EQUIPMENT),
    _Note("PANASONIC", b"Panasonic\0", 12, lens=_PANASONIC_LENS),
    _Note("LEICA", b"Panasonic\0", 12, lens=_PANASONIC_LENS),
    _Note("LEICA", b"LEICA\0\0\0", 8, lens=_PANASONIC_LENS),
    _Note("LEICA", b"LEICA\0", 8, lens=_LEICA_LENS, has_own_offsets=True),
)  # fmt: skip


class _Directory(NamedTuple):
    """The directory of a maker note, and what its offsets are relative to."""

    kind: _Note
    fields: Directory
    block: memoryview
    order: str


def iso(exif: Exif) -> int | None:
    """Return the ISO speed in a maker note of Canon, Nikon or Casio; None if there is none."""
    note = _directory(exif)
    if note is None or note.kind.iso is None:
        return None
    value = _number(note.kind, note.fields.get(note.kind.iso))
    return value if value in _SENSITIVITIES else None


def lens(exif: Exif) -> Field | None:
    """Return the name of the lens in a maker note of Canon, Olympus, Panasonic or Leica.

    Returns:
        A field with text; None if there is none, or if the camera had no lens that it knows.
    """
    note = _directory(exif)
    if note is None or note.kind.lens is None:
        return None
    fields = note.fields
    if note.kind.equipment is not None:
        fields = _equipment(note, fields.get(note.kind.equipment))
    stored = fields.get(note.kind.lens)
    if stored is None or stored.kind != _ASCII:
        return None
    return stored if _LENS.fullmatch(bytes(stored.data).partition(b"\0")[0]) else None


def _directory(exif: Exif) -> _Directory | None:
    note, maker = exif.photo.get(_MAKER_NOTE), exif.image.get(_MAKE) or exif.photo.get(_MAKE)
    if note is None or not note.at or maker is None:
        return None
    make = readable(maker.data).upper()
    head = bytes(note.data[:_LONGEST_MARK])
    for kind in _NOTES:
        if make.startswith(kind.make) and head.startswith(kind.mark):
            return _opened(kind, note, exif.block)
    return None


_LONGEST_MARK = max(len(kind.mark) for kind in _NOTES)


def _opened(kind: _Note, note: Field, block: memoryview) -> _Directory | None:
    start, order = note.at + kind.skip, kind.order or note.order
    if kind.order_at is not None:
        order = "<" if bytes(note.data[kind.order_at : kind.order_at + 2]) == b"II" else ">"
    if kind.has_own_header:
        block, start = note.data[kind.skip :], _TIFF_HEADER
        order = "<" if bytes(block[:2]) == b"II" else ">"
    elif kind.has_own_offsets:
        block, start = note.data, kind.skip
    if start >= len(block):
        return None
    return _Directory(kind, read_directory(block, start, order), block, order)


def _equipment(note: _Directory, pointer: Field | None) -> Directory:
    """Return the directory of the lens: older cameras put it into the field that names it."""
    if pointer is None or not pointer.count:
        return {}
    offset = int(pointer.numbers(1)[0]) if pointer.kind in _POINTERS else pointer.at
    return read_directory(note.block, offset, note.order)


def _number(kind: _Note, stored: Field | None) -> int | None:
    if stored is None or stored.kind != _SHORT or stored.count <= kind.iso_place:
        return None
    numbers = [int(number) for number in stored.numbers()]
    return _canon(numbers, stored.count) if kind.iso == _CANON_SHOT else numbers[kind.iso_place]


def _canon(facts: list[int], count: int) -> int | None:
    """Return the ISO speed from Canon's settings: length in bytes, auto gain, base speed."""
    if facts[0] != 2 * count or facts[1] + facts[2] not in _CANON_SCALE:
        return None
    return round(2 ** ((facts[1] + facts[2]) / _CANON_STEPS) * 100 / _CANON_STEPS)
