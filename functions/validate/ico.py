"""Reads the header of an icon, which Pillow would decode to open."""

from __future__ import annotations

from typing import BinaryIO

from pictures.limits import pixels_for
from pictures.preflight import check_structure
from pictures.preflight.ico import largest_size
from validate.header import Header


def read_header(file: BinaryIO, max_pixels: int) -> Header:
    """Size in pixels of the largest picture in an icon, the one that is shown.

    Raises:
        ValidationError: `too_many_pixels` or `too_complex`.
    """
    check_structure(file, "ICO", pixels_for("ICO", max_pixels), header_only=True)
    return Header(*largest_size(file))
