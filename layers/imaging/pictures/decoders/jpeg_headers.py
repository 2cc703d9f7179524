"""The headers that tell how the scans of a JPEG are coded (ITU-T T.81, annex B).

What is cut short raises an `IndexError` or a `ValueError`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from pictures.decoders.jpeg_codes import Damaged

if TYPE_CHECKING:
    from array import array

_COEFFICIENTS = 64  # of a block


class Component(NamedTuple):
    """A component: its sampling factors, its quantization table, its size in blocks."""

    across: int
    down: int
    table: int
    columns: int
    rows: int


@dataclass
class Frame:
    """A frame header: its components by identifier, and its size in units of several blocks."""

    is_progressive: bool
    components: dict[int, Component]
    units: int
    masks: dict[int, array[int]] = field(default_factory=dict)
    """The coefficients of each block that are not zero, as bits; of a progressive frame."""

    def coefficients(self) -> set[tuple[int, int]]:
        """Return what has to be there: pairs of a component and a place in its blocks."""
        places = range(_COEFFICIENTS) if self.is_progressive else range(1)
        return {(each, place) for each in self.components for place in places}


class Scan(NamedTuple):
    """A scan header: component, DC code and AC code of each part, and the coefficients."""

    parts: tuple[tuple[int, int, int], ...]
    spectrum: tuple[int, int]
    is_first: bool
    shift: int


def read_frame(content: bytes, *, is_progressive: bool) -> Frame:
    """Return a frame header (B.2.2)."""
    height, width, count = number(content, 1), number(content, 3), content[5]
    if content[0] != 8 or not height or not width or not 1 <= count <= 4:
        raise Damaged
    parts = [content[start : start + 3] for start in range(6, 6 + 3 * count, 3)]
    factors = [(part[1] >> 4, part[1] & 15) for part in parts]
    if not all(1 <= each <= 4 for factor in factors for each in factor):
        raise Damaged
    across, down = max(each[0] for each in factors), max(each[1] for each in factors)
    components = {
        part[0]: Component(*factor, part[2], -(-width * factor[0] // (8 * across)),
                            -(-height * factor[1] // (8 * down)))
        for part, factor in zip(parts, factors, strict=True)
    }  # fmt: skip
    units = -(-width // (8 * across)) * -(-height // (8 * down))
    return Frame(is_progressive, components, units)


def read_scan(content: bytes) -> Scan:
    """Return a scan header (B.2.3)."""
    after = 1 + 2 * content[0]
    parts = tuple(
        (content[start], content[start + 1] >> 4, content[start + 1] & 15)
        for start in range(1, after, 2)
    )
    first, last, bits = content[after : after + 3]
    if not parts or not first <= last < _COEFFICIENTS:
        raise Damaged
    return Scan(parts, (first, last), bits >> 4 == 0, bits & 15)


def completed_by(scan: Scan, *, is_progressive: bool) -> set[tuple[int, int]]:
    """Return the coefficients that need no further scan."""
    first, last = scan.spectrum if is_progressive else (0, 0)
    places = range(first, last + 1) if not is_progressive or not scan.shift else ()
    return {(component, place) for component, _, _ in scan.parts for place in places}


def read_codes(content: bytes) -> dict[int, bytes]:
    """Return the definitions of Huffman codes by class and number (B.2.4.2)."""
    codes, position = {}, 0
    while position < len(content):
        end = position + 17 + sum(content[position + 1 : position + 17])
        codes[content[position]] = content[position + 1 : end]
        position = end
    return codes


def read_steps(content: bytes) -> dict[int, int]:
    """Return the first step of quantization tables by their number (B.2.4.1)."""
    steps, position = {}, 0
    while position < len(content):
        octets = 2 if content[position] >> 4 else 1
        step = int.from_bytes(content[position + 1 : position + 1 + octets], "big")
        steps[content[position] & 15] = step
        position += 1 + octets * _COEFFICIENTS
    return steps


def number(data: bytes, position: int) -> int:
    """Return a number of two bytes, fewer where the data ends."""
    return int.from_bytes(data[position : position + 2], "big")
