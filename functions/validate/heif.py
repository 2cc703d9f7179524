"""Reads the header of an HEIF or AVIF: what is around the coded pictures, and what begins them."""

from __future__ import annotations

from typing import BinaryIO

from pictures.containers.heif_items import read_items
from pictures.limits import pixels_for
from pictures.preflight import check_structure
from pictures.preflight.heif import tracks
from validate.header import Header, MalformedHeader


def read_header(file: BinaryIO, name: str, max_pixels: int) -> Header:
    """Displayed size in pixels and number of frames.

    The rotation is part of the size here, so the orientation is always 1.

    Raises:
        MalformedHeader: there is no primary picture with a size.
        ValidationError: it is made of more or larger parts than any real one (`too_complex`,
            `too_many_pixels`).
    """
    check_structure(file, name, pixels_for(name, max_pixels), header_only=True)
    items = read_items(file)
    primary = items.by_number.get(items.primary) if items and items.primary is not None else None
    if primary is None or not all(primary.size):
        raise MalformedHeader("an HEIF whose primary picture has no size")
    width, height = primary.size
    frames = max((track.frames for track in tracks(file)), default=1)
    turns = (primary.property(b"irot") or b"\0")[0] & 3
    return Header(height, width, frames) if turns % 2 else Header(width, height, frames)
