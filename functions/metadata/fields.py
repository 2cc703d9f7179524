"""Reads texts and numbers of EXIF fields by tag, in either directory."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pictures.exif import TEXT_KINDS
from pictures.readable_text import readable

if TYPE_CHECKING:
    from pictures.exif import Exif, Field

_PHOTO_TAGS = range(0x829A, 0xA500)  # EXIF 2.32, table 5


def find(exif: Exif, tag: int) -> Field | None:
    """Return the field with a tag from the directory where it belongs, otherwise from the other.

    TIFF/EP and raw converters write the exposure next to the camera; some phones do the reverse.
    """
    first, second = exif.image, exif.photo
    if tag in _PHOTO_TAGS:
        first, second = second, first
    return first.get(tag) or second.get(tag)


def text(field: Field | None) -> str | None:
    """Return the text of a field, printable and of limited length; None if there is none."""
    if field is None or field.kind not in TEXT_KINDS:
        return None
    return readable(field.data) or None


def numbers(field: Field | None) -> tuple[float, ...]:
    """Return the numbers of a field; NaN for a fraction with denominator zero."""
    return field.numbers() if field is not None else ()


def number(field: Field | None) -> float | None:
    """Return the first number of a field if it is finite."""
    values = numbers(field)
    return values[0] if values and math.isfinite(values[0]) else None
