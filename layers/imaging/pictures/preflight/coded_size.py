"""Reads picture sizes and code points of color from coded data.

A decoder allocates memory by the sequence header of AV1 (AV1 bitstream specification, 5.5) and by
the sequence parameter set of HEVC (ITU-T H.265, 7.3.2.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from image_pipeline.refusals import too_complex
from pictures import limits
from pictures.containers import read_at

if TYPE_CHECKING:
    from collections.abc import Iterator

Size = tuple[int, int]
"""Width and height in pixels."""

_SEQUENCE_HEADER, _TEMPORAL_DELIMITER, _METADATA, _PADDING = 1, 2, 5, 15
_BEFORE_PIXELS = frozenset({_SEQUENCE_HEADER, _TEMPORAL_DELIMITER, _METADATA, _PADDING})
_HIGH, _PROFESSIONAL = 1, 2  # profiles of AV1
_PARAMETER_SET, _FULL_CHROMA = 33, 3
_PARAMETER_BYTES = 512  # read; the sizes are within the first hundred
_UNIT_KIND = 0x3F


def av1_sizes(file: BinaryIO, start: int, end: int, *, header_only: bool) -> Iterator[Size]:
    """Yield the sizes that the AV1 data between two positions announces.

    Args:
        file: seekable.
        start: where the data begins.
        end: where it ends.
        header_only: stop at the first coded pixels.

    Raises:
        ValidationError: it has more units than any real picture (`too_complex`).
    """
    for bits in _sequence_headers(file, start, end, header_only=header_only):
        yield _av1_size(bits)


def av1_code_points(file: BinaryIO, start: int, end: int) -> tuple[int, int] | None:
    """Return primaries and transfer characteristics that AV1 data states (ITU-T H.273), if any.

    Raises:
        ValidationError: as for `av1_sizes`.
    """
    bits = next(_sequence_headers(file, start, end, header_only=True), None)
    return _av1_code_points(bits) if bits else None


def _sequence_headers(file: BinaryIO, start: int, end: int, *, header_only: bool) -> Iterator[Bits]:
    for _ in range(limits.AV1_UNITS):
        head = read_at(file, start, 10) if start < end else b""
        if not head:
            return
        kind, has_extension, has_length = head[0] >> 3 & 15, head[0] & 4, head[0] & 2
        used = 2 if has_extension else 1
        length, more = _leb128(head[used:]) if has_length else (end - start - used, 0)
        start += used + more
        if kind == _SEQUENCE_HEADER:
            yield Bits(read_at(file, start, min(length, _PARAMETER_BYTES)))
        if header_only and kind not in _BEFORE_PIXELS:
            return
        start += length
    raise too_complex("pieces of coded data")


def hevc_sizes(configuration: bytes) -> Iterator[Size]:
    """Yield the sizes in an `hvcC` box."""
    for _, bits in hevc_parameter_sets(configuration):
        yield bits.exp_golomb(), bits.exp_golomb()


def hevc_parameter_sets(configuration: bytes) -> Iterator[tuple[int, Bits]]:
    """Yield the sequence parameter sets in an `hvcC` box: ISO/IEC 14496-15, 8.3.3.1.

    Each is the number of layers above the first, and the bits from the size on.
    """
    at = 23
    for _ in range(configuration[22] if len(configuration) > 22 else 0):
        units = int.from_bytes(configuration[at + 1 : at + 3], "big")
        at += 3
        for _ in range(units):
            length = int.from_bytes(configuration[at : at + 2], "big")
            unit = configuration[at + 2 : at + 2 + min(length, _PARAMETER_BYTES)]
            yield from _parameter_set(unit)
            at += 2 + length
            if at >= len(configuration):
                return


def hevc_sizes_within(file: BinaryIO, start: int, end: int, prefix: int) -> Iterator[Size]:
    """Yield the sizes in the HEVC data between two positions: length-prefixed NAL units.

    Args:
        file: seekable.
        start: where the data begins.
        end: where it ends.
        prefix: the number of bytes of each length.

    Raises:
        ValidationError: it has more units than any real picture, or a unit is longer than the
            decoder accepts (`too_complex`).
    """
    for _ in range(limits.HEVC_UNITS):
        if start + prefix >= end:
            return
        head = read_at(file, start, prefix + 1)
        length = int.from_bytes(head[:prefix], "big")
        if start + prefix + length > end:  # the decoder reports that it is truncated
            return
        if length > limits.HEVC_UNIT_BYTES:
            raise too_complex("bytes in a piece of coded data")
        if head[prefix:] and head[prefix] >> 1 & _UNIT_KIND == _PARAMETER_SET:
            unit = read_at(file, start + prefix, min(length, _PARAMETER_BYTES))
            yield from _hevc_size(unit)
        start += prefix + length
    raise too_complex("pieces of coded data")


class Bits:
    """Reads bits from the first on; zeros after the last."""

    def __init__(self, data: bytes) -> None:
        self._number = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def read(self, count: int) -> int:
        """Return the next bits as a number."""
        self._left -= count
        if self._left < 0:
            return 0
        return self._number >> self._left & (1 << count) - 1

    def peek(self, count: int) -> int:
        """Return the next bits without moving."""
        left = self._left
        number = self.read(count)
        self._left = left
        return number

    def exp_golomb(self) -> int:
        """Read an Exp-Golomb code (H.265, 9.2): the leading zeros count the bits after the one."""
        zeros = 0
        while self._left > 0 and not self.read(1):
            zeros += 1
        return (1 << zeros) - 1 + self.read(zeros)


def _av1_size(bits: Bits) -> Size:
    bits.read(4)  # profile, still picture
    if bits.read(1):  # reduced still picture header
        bits.read(5)
    else:
        _skip_operating_points(bits)
    width_bits, height_bits = bits.read(4) + 1, bits.read(4) + 1
    return bits.read(width_bits) + 1, bits.read(height_bits) + 1


def _av1_code_points(bits: Bits) -> tuple[int, int] | None:
    """Return the code points of a sequence header (5.5.1, 5.5.2)."""
    profile, _, is_reduced = bits.peek(3), bits.peek(4), bits.peek(5) & 1
    _av1_size(bits)
    if not is_reduced and bits.read(1):  # frame numbers
        bits.read(7)
    bits.read(3)  # superblocks, intra filter and edges
    if not is_reduced:
        _skip_tools(bits)
    bits.read(3)  # super-resolution, directional enhancement, restoration
    is_deep = bits.read(1)
    if profile == _PROFESSIONAL and is_deep:
        bits.read(1)
    if profile != _HIGH:
        bits.read(1)  # gray
    return (bits.read(8), bits.read(8)) if bits.read(1) else None


def _skip_tools(bits: Bits) -> None:
    bits.read(4)  # inter-intra, masks, warps, dual filter
    has_order = bits.read(1)
    bits.read(2 * has_order)
    chooses_screen_content = bits.read(1)
    if chooses_screen_content or bits.read(1):
        chooses_integers = bits.read(1)
        bits.read(1 - chooses_integers)
    bits.read(3 * has_order)


def _skip_operating_points(bits: Bits) -> None:
    delay_bits = 0
    if bits.read(1):  # timing
        bits.read(64)
        if bits.read(1):
            bits.exp_golomb()
        if bits.read(1):  # decoder model
            delay_bits = bits.read(5) + 1
            bits.read(42)
    has_display_delay = bits.read(1)
    for _ in range(bits.read(5) + 1):
        bits.read(12)
        if bits.read(5) > 7:  # levels above this one have a tier
            bits.read(1)
        if delay_bits and bits.read(1):
            bits.read(2 * delay_bits + 1)
        if has_display_delay and bits.read(1):
            bits.read(4)


def _hevc_size(unit: bytes) -> Iterator[Size]:
    """Yield the size in a NAL unit, if it is a sequence parameter set."""
    for _, bits in _parameter_set(unit):
        yield bits.exp_golomb(), bits.exp_golomb()


def _parameter_set(unit: bytes) -> Iterator[tuple[int, Bits]]:
    """Yield a NAL unit as `hevc_parameter_sets` does, if it is one."""
    if not unit or unit[0] >> 1 & _UNIT_KIND != _PARAMETER_SET:
        return
    bits = Bits(unit[2:].replace(b"\0\0\3", b"\0\0"))  # 7.3.1.1: emulation prevention
    bits.read(4)
    layers = bits.read(3)
    bits.read(1 + 96)  # nesting; profile and level of all
    present = [(bits.read(1), bits.read(1)) for _ in range(layers)]
    bits.read(2 * (8 - layers) if layers else 0)
    for has_profile, has_level in present:
        bits.read(88 * has_profile + 8 * has_level)
    bits.exp_golomb()
    if bits.exp_golomb() == _FULL_CHROMA:
        bits.read(1)
    yield layers, bits


def _leb128(data: bytes) -> tuple[int, int]:
    """Return an AV1 leb128 number (4.10.5) and its length in bytes."""
    number = 0
    for place, byte in enumerate(data[:8]):
        number |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return number, place + 1
    return number, len(data)
