"""Corrects the checksum after the pixels of a PNG, for which Pillow refuses a whole picture.

Browsers and libvips show such a picture: zlib reports the checksum (RFC 1950) after all pixels.
"""

from __future__ import annotations

import io
import struct
import zlib

from pictures.containers.png_chunks import chunks

_HEADER_LENGTH, _CHECKSUM_LENGTH = 2, 4  # around the deflated data
_SIZE_AT = 16  # width and height
_PIXEL_BYTES = 8  # RGBA of 16 bits
_PIECE = 16 * 1024 * 1024


def with_right_checksum(data: bytes) -> bytes | None:
    """Return a PNG with the checksum that its pixels have; None if another thing is wrong."""
    places = [(at, length) for kind, at, length in chunks(io.BytesIO(data)) if kind == b"IDAT"]
    coded = b"".join(data[at : at + length] for at, length in places)
    width, height = struct.unpack(">II", data[_SIZE_AT : _SIZE_AT + 8])
    left = (_PIXEL_BYTES * width + _PIXEL_BYTES) * height * 2
    inflater, rest, checksum = zlib.decompressobj(-zlib.MAX_WBITS), coded[_HEADER_LENGTH:], 1
    try:
        while rest and left > 0 and not inflater.eof:
            pixels = inflater.decompress(rest, _PIECE)
            checksum, left = zlib.adler32(pixels, checksum), left - len(pixels)
            rest = inflater.unconsumed_tail
    except zlib.error:
        return None
    end = len(coded) - len(inflater.unused_data)
    right = checksum.to_bytes(_CHECKSUM_LENGTH, "big")
    if not inflater.eof or coded[end : end + _CHECKSUM_LENGTH] == right:
        return None
    content = b"IDAT" + coded[:end] + right
    chunk = struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))
    (start, _), (last, length) = places[0], places[-1]
    return data[: start - 8] + chunk + data[last + length + _CHECKSUM_LENGTH :]
