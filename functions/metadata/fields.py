"""Texts and numbers of EXIF fields, by tag, wherever a maker put the field."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pictures.exif import TEXT_KINDS
from pictures.readable_text import readable

if TYPE_CHECKING:
    from pictures.exif import Exif, Field

_PHOTO_TAGS = range(0x829A, 0xA500)  # EXIF 2.32, table 5: what belongs beside the exposure


def find(exif: Exif, tag: int) -> Field | None:
    """The field with a tag in the directory where it belongs, else in the other one.

    TIFF/EP and raw converters write the exposure beside the camera; some phones the reverse.
    """
    first, second = exif.image, exif.photo
    if tag in _PHOTO_TAGS:
        first, second = second, first
    return first.get(tag) or second.get(tag)


def text(field: Field | None) -> str | None:
    """The text of a field, printable and bounded; None if there is none."""
    if field is None or field.kind not in TEXT_KINDS:
        return None
    return readable(field.data) or None


def numbers(field: Field | None) -> tuple[float, ...]:
    """The numbers of a field; not-a-number where a fraction is over zero."""
    return field.numbers() if field is not None else ()


def number(field: Field | None) -> float | None:
    """The first number of a field if it is a finite one."""
    values = numbers(field)
    return values[0] if values and math.isfinite(values[0]) else None
