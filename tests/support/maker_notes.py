"""Writes maker notes into EXIF blocks, with offsets as each maker counts them."""

from __future__ import annotations

import struct

from tests.support.exif_blocks import Fields, Value, ascii_text, directory, exif_block


def with_maker_note(
    make: str, fields: Fields, mark: bytes = b"", *, order: str = "<", note_order: str = ""
) -> bytes:
    """An EXIF block with a maker note whose offsets count from where the block starts."""
    note_order = note_order or order
    note = mark + directory(fields, 0, note_order)
    at = _block(make, note, order).index(note)
    return _block(make, mark + directory(fields, at + len(mark), note_order), order)


def with_own_offsets(make: str, mark: bytes, fields: Fields, order: str = "<") -> bytes:
    """An EXIF block with a maker note whose offsets count from where the note starts."""
    return _block(make, mark + directory(fields, len(mark), order), "<")


def olympus(
    make: str, mark: bytes, lens: str, *, order: str = "<", kind: int = 13, is_within: bool = False
) -> bytes:
    """An EXIF block with a note of Olympus: the lens is in a directory of its own.

    Args:
        make: of the camera.
        mark: before the directory; its offsets count from there if it states a byte order.
        lens: its name.
        order: of the note.
        kind: the type of the field that leads to the directory of the lens.
        is_within: whether that directory is the content of the field, as in older cameras.
    """
    equipment = {0x0203: ascii_text(lens)}
    length = len(directory(equipment, 0, order))

    def note(base: int) -> bytes:
        at = base + len(mark) + 18
        pointer = (
            Value(7, length, bytes(length))
            if is_within
            else Value(kind, 1, struct.pack(f"{order}I", at))
        )
        first = directory({0x2010: pointer}, base + len(mark), order)[:18]
        return mark + first + directory(equipment, at, order)

    base = 0
    if mark[-4:-2] not in {b"II", b"MM"}:
        base = _block(make, note(0), order).index(note(0))
    return _block(make, note(base), order)


def _block(make: str, note: bytes, order: str) -> bytes:
    fields = {0x927C: Value(7, len(note), note)}
    return exif_block({0x010F: ascii_text(make)}, fields, order=order, identifier=b"")
