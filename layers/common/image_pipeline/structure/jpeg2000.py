"""How a JPEG 2000 is built: boxes around a codestream that begins with its size (ISO/IEC 15444-1).

The boxes state a size too, but the decoder goes by that in the codestream.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from image_pipeline import limits
from image_pipeline.structure import read_at, too_complex, too_many_pixels

_CODESTREAM = b"\xff\x4f\xff\x51"  # start of codestream, size (annex A.5.1)
_SIZE = struct.Struct(">8I")
_SIZE_AT = 8  # behind the two markers, the length and the capabilities


def check(file: BinaryIO, max_pixels: int, *, header_only: bool) -> None:  # noqa: ARG001
    """See `check_structure`."""
    head = read_at(file, _codestream(file), _SIZE_AT + _SIZE.size)
    if not head.startswith(_CODESTREAM) or len(head) < _SIZE_AT + _SIZE.size:
        return
    right, bottom, left, top, tile_width, tile_height, tile_left, tile_top = _SIZE.unpack_from(
        head, _SIZE_AT
    )
    width, height = right - left, bottom - top
    if max(width, height) > limits.SIDE or width * height > max_pixels:
        raise too_many_pixels(width, height, 1, max_pixels)
    if not tile_width or not tile_height:
        return
    tiles = -(-(right - tile_left) // tile_width) * -(-(bottom - tile_top) // tile_height)
    if tiles > limits.JPEG2000_TILES:
        raise too_complex("tiles")


def _codestream(file: BinaryIO) -> int:
    """Where the codestream starts."""
    position = 0
    for _ in range(limits.JPEG2000_BOXES):
        head = read_at(file, position, 16)
        if head.startswith(_CODESTREAM) or len(head) < 8:
            return position
        length, content = int.from_bytes(head[:4], "big"), 8
        if length == 1:
            length, content = int.from_bytes(head[8:16], "big"), 16
        if head[4:8] == b"jp2c":
            return position + content
        if length < content:
            return position
        position += length
    raise too_complex("boxes")
