"""The header of a BMP, of any of its versions (Microsoft's BITMAPCOREHEADER to BITMAPV5HEADER)."""

from __future__ import annotations

from typing import NamedTuple

from image_pipeline.refusals import unsupported_format

FILE_HEADER = 14
"""Bytes before the header."""

HEAD_LENGTH = 70
"""Bytes of a file with all fields that are read here."""

_MASKS_AT = 40  # after the fields of the oldest header with masks
_WITH_ALPHA = 56  # the shortest header with an alpha mask
_WITH_COLORS = 108  # BITMAPV4HEADER
_OLDEST_HEADER = 12
_OS2_HEADER = 64  # whose numbers of compressions differ
_UNCOMPRESSED, _BITFIELDS, _ALPHA_BITFIELDS = 0, 3, 6
_COMPRESSIONS = frozenset({_UNCOMPRESSED, 1, 2, _BITFIELDS, _ALPHA_BITFIELDS})
_BITS = frozenset({1, 2, 4, 8, 16, 24, 32})


class Header(NamedTuple):
    """What is said of the pixels; the masks are of red, green, blue and, if any, alpha."""

    length: int
    width: int
    height: int
    bits: int
    compression: int
    masks: tuple[int, ...]
    start: int

    @property
    def octets(self) -> int:
        """Bytes of a pixel."""
        return self.bits // 8

    @property
    def has_plain_alpha(self) -> bool:
        """Whether the fourth byte is alpha, also without masks: browsers read newer headers so."""
        is_plain = self.compression == _UNCOMPRESSED and self.bits == 32
        return is_plain and self.length >= _WITH_COLORS and self.masks[3:] == (0xFF000000,)

    @property
    def has_masks(self) -> bool:
        """Whether the pixels are described by masks, each a run of bits."""
        is_masked = self.compression in {_BITFIELDS, _ALPHA_BITFIELDS} and self.bits in {16, 32}
        return is_masked and any(self.masks) and all(_is_run(mask) for mask in self.masks)


def header_in(head: bytes) -> Header:
    """Return the header in the first `HEAD_LENGTH` bytes of a file."""

    def number(at: int, *, length: int = 4, signed: bool = False) -> int:
        start = FILE_HEADER + at
        return int.from_bytes(head[start : start + length], "little", signed=signed)

    length, compression = number(0), number(16)
    start = int.from_bytes(head[10:14], "little")
    if length == _OLDEST_HEADER:
        width, height, bits = (number(at, length=2) for at in (4, 6, 10))
        return Header(length, width, height, bits, _UNCOMPRESSED, (), start)
    has_alpha = length >= _WITH_ALPHA or compression == _ALPHA_BITFIELDS
    bands = 4 if has_alpha and number(_MASKS_AT + 12) else 3
    return Header(
        length=length,
        width=number(4, signed=True),
        height=number(8, signed=True),
        bits=number(14, length=2),
        compression=compression,
        masks=tuple(number(_MASKS_AT + 4 * band) for band in range(bands)),
        start=start,
    )


def require_readable(header: Header) -> None:
    """Refuse what is whole and not read: pictures in a picture, codings of OS/2, 64 bits.

    Raises:
        ValidationError: `unsupported_format`.
    """
    is_of_os2 = header.length == _OS2_HEADER and header.compression > 2
    is_read = header.compression in _COMPRESSIONS and header.bits in _BITS and not is_of_os2
    if _OLDEST_HEADER < header.length < _MASKS_AT or not is_read:
        raise unsupported_format("This kind of BMP is not supported", "save it as PNG")


def _is_run(mask: int) -> bool:
    lowest = mask & -mask
    return (mask + lowest) & mask == 0
