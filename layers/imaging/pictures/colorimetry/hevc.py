"""The code points of color in HEVC data: ITU-T H.265, 7.3.2.2 and E.2.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pictures.preflight.coded_size import hevc_parameter_sets

if TYPE_CHECKING:
    from pictures.preflight.coded_size import Bits

_EXTENDED_ASPECT = 255
# As many as the standard allows; more make the data invalid.
_PICTURE_SETS, _PICTURES, _LONG_TERM = 64, 16, 32


def hevc_code_points(configuration: bytes) -> tuple[int, int] | None:
    """Return primaries and transfer characteristics in an `hvcC` box (ITU-T H.273), if any."""
    for layers, bits in hevc_parameter_sets(configuration):
        bits.exp_golomb()  # width
        bits.exp_golomb()  # height
        if codes := _code_points(bits, layers):
            return codes
    return None


def _code_points(bits: Bits, layers: int) -> tuple[int, int] | None:
    """Return the code points after the size of a sequence parameter set."""
    _skip_numbers(bits, 4 * bits.read(1))  # conformance window
    _skip_numbers(bits, 2)  # bit depths
    order_bits = bits.exp_golomb() + 4
    _skip_numbers(bits, 3 * (layers + 1 if bits.read(1) else 1))  # sub-layers
    _skip_numbers(bits, 6)  # blocks and transforms
    if bits.read(1) and bits.read(1):
        _skip_scaling_lists(bits)
    bits.read(2)  # asymmetric partitions, offsets
    if bits.read(1):  # samples without coding
        bits.read(8)
        _skip_numbers(bits, 2)
        bits.read(1)
    if not _skip_picture_sets(bits):
        return None
    if bits.read(1):  # long-term pictures
        count = bits.exp_golomb()
        if count > _LONG_TERM:
            return None
        bits.read(count * (order_bits + 1))
    bits.read(2)  # motion vectors, smoothing
    return _of_display(bits) if bits.read(1) else None


def _of_display(bits: Bits) -> tuple[int, int] | None:
    """Return the code points in the parameters of usability."""
    if bits.read(1) and bits.read(8) == _EXTENDED_ASPECT:
        bits.read(32)
    bits.read(bits.read(1))  # overscan
    if not bits.read(1):
        return None
    bits.read(4)  # format, range
    return (bits.read(8), bits.read(8)) if bits.read(1) else None


def _skip_numbers(bits: Bits, count: int) -> None:
    for _ in range(count):
        bits.exp_golomb()


def _skip_scaling_lists(bits: Bits) -> None:
    """Skip the lists of four sizes (7.3.4); the largest has two."""
    for size in range(4):
        for _ in range(2 if size == 3 else 6):
            if not bits.read(1):
                bits.exp_golomb()
            else:
                _skip_numbers(bits, (size > 1) + min(64, 1 << (4 + 2 * size)))


def _skip_picture_sets(bits: Bits) -> bool:
    """Skip the sets of reference pictures (7.3.7); return whether they are valid."""
    count, before = bits.exp_golomb(), 0
    if count > _PICTURE_SETS:
        return False
    for index in range(count):
        if index and bits.read(1):  # predicted from the set before
            bits.read(1)
            bits.exp_golomb()
            before = sum(bool(bits.read(1) or bits.read(1)) for _ in range(before + 1))
        else:
            before = bits.exp_golomb() + bits.exp_golomb()
            if before > _PICTURES:
                return False
            for _ in range(before):
                bits.exp_golomb()
                bits.read(1)
        if before > _PICTURES:
            return False
    return True
