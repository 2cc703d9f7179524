"""Decodes the run-length coding of BMP, RLE8 and RLE4 (Microsoft's "Bitmap Compression").

Pillow ends every run at the end of its row, and loses the last pixel of an odd number in RLE4.
Other readers continue a run in the next row, until a code for the end of a row says where the row
after the last such code begins.
"""

from __future__ import annotations

_END_OF_ROW, _END_OF_BITMAP, _MOVE = 0, 1, 2
_HALVES = tuple(bytes((byte >> 4, byte & 15)) for byte in range(256))


def indices(data: bytes | memoryview, size: tuple[int, int], *, bits: int) -> bytes:
    """Return the palette index of each pixel, in the order of the file.

    Pixels that no code sets are 0, as in other readers.

    Args:
        data: the codes.
        size: width and height in pixels.
        bits: of an index, 4 or 8.

    Raises:
        EOFError: the codes end without an end code, before the last row is complete.
    """
    width, height = size
    pixels = bytearray(width * height)
    total, end = len(pixels), len(data) - 1
    at = row = position = 0
    while at < total and position < end:
        count, code = data[position], data[position + 1]
        position += 2
        if count:
            run = _HALVES[code] * ((count + 1) // 2) if bits == 4 else bytes((code,)) * count
            pixels[at : at + count] = run[: min(count, total - at)]
            at += count
        elif code == _END_OF_ROW:
            row += 1
            at = row * width
        elif code == _END_OF_BITMAP:
            return bytes(pixels)
        elif code == _MOVE:
            right, up = bytes(data[position : position + 2]).ljust(2, b"\0")
            position += 2
            at += right + up * width
            row += up
        else:
            length = (code + 1) // 2 if bits == 4 else code
            stored = bytes(data[position : position + length])
            position += length + length % 2  # padded to 16 bits
            literal = b"".join(_HALVES[byte] for byte in stored) if bits == 4 else stored
            literal = literal[: min(code, total - at)]
            pixels[at : at + len(literal)] = literal
            at += code
    if at < total:
        raise EOFError("the run-length codes end early")
    return bytes(pixels)
