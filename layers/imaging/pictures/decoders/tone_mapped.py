"""Hides the tone-mapped picture of an AVIF, whose base is shown.

libavif refuses a file whose gain map has parameters that it does not know (ISO 21496-1), although
the base is a picture of its own.
"""

from __future__ import annotations

import io

from pictures.containers.boxes import boxes, find, whole

_FULL_BOX_HEADER = 4
_TONE_MAPPED, _UNKNOWN = b"tmap", b"none"


def without_tone_mapped(data: bytes) -> bytes:
    """Return the file with another type for its tone-mapped items, which readers skip.

    The brand that announces them is hidden too.

    Raises:
        ValidationError: there are more boxes than in any real file (`too_complex`).
    """
    file = io.BytesIO(data)
    meta = find(file, whole(file), b"meta")
    parts = boxes(file, meta.start + _FULL_BOX_HEADER, meta.end) if meta else ()
    items = next((part for part in parts if part.kind == b"iinf"), None)
    if items is None:
        return data
    hidden = bytearray(data)
    count = _FULL_BOX_HEADER + (4 if data[items.start] else 2)
    for entry in boxes(file, items.start + count, items.end):
        number = 4 if data[entry.start] > 2 else 2  # bytes of the item's number
        kind = entry.start + _FULL_BOX_HEADER + number + 2
        if entry.kind == b"infe" and data[kind : kind + 4] == _TONE_MAPPED:
            hidden[kind : kind + 4] = _UNKNOWN
    brands = find(file, whole(file), b"ftyp")
    for brand in range(brands.start, brands.end, 4) if brands else ():
        if data[brand : brand + 4] == _TONE_MAPPED:
            hidden[brand : brand + 4] = _UNKNOWN
    return bytes(hidden)
