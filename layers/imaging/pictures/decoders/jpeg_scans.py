"""Finds where the picture data of a JPEG ends, by reading its codes without decoding pixels.

A JPEG without an end marker is whole if every block of every component is there. Pillow cannot
tell: in one file libjpeg waits for more data, and in another it shows appended bytes as blocks.
Only such files are read here, at about 3 MB per second.

ITU-T T.81, annexes A.2 (order of blocks) and B (segments).
"""

from __future__ import annotations

import re
from array import array
from functools import lru_cache
from typing import TYPE_CHECKING

from image_pipeline.refusals import too_complex
from pictures import limits
from pictures.decoders.jpeg_codes import (
    Bits,
    Block,
    Damaged,
    read_first_ac,
    read_first_dc,
    read_next_ac,
    read_sequential,
)
from pictures.decoders.jpeg_headers import (
    Frame,
    Scan,
    completed_by,
    number,
    read_codes,
    read_frame,
    read_scan,
    read_steps,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARKER = re.compile(rb"\xff+([^\x00\xff])")
_BASELINE, _EXTENDED, _PROGRESSIVE = 0xC0, 0xC1, 0xC2
_OTHER_FRAMES = frozenset(range(0xC3, 0xD0)) - {0xC4, 0xC8, 0xCC}
_HUFFMAN, _SCAN, _QUANTIZATION, _INTERVAL = 0xC4, 0xDA, 0xDB, 0xDD
_RESTARTS = range(0xD0, 0xD8)
_ALONE = frozenset({0x01, *range(0xD0, 0xDA)})
_AC = 16  # added to the number of an AC code
_RUN = 8  # bytes on one side of the end
_TEXT = frozenset(b"\t\r\n") | frozenset(range(0x20, 0x7F))


@lru_cache(maxsize=1)
def end_of_picture(data: bytes) -> int | None:
    """Return the position after the last byte of picture data; None if some of it is missing.

    The last answer is kept, because a picture may be decoded twice, at different scales.

    Args:
        data: the file.

    Raises:
        ValidationError: reading it would take too long (`too_complex`).
    """
    file = _File(data)
    try:
        end = file.end()
    except (IndexError, ValueError):  # the data ends early or is damaged
        return None
    return None if end is None or _is_beyond(data, end, file.last_byte) else end


def _is_beyond(data: bytes, end: int, last_byte: int) -> bool:
    """Return whether the codes of a truncated picture seem to go on in what follows it.

    Bytes that were appended to a truncated picture may pass for its last blocks. Then the last of
    them is hardly filled up with ones, as coded data is (F.1.2.3), or the same bytes, or a text, go
    on on both sides.

    Args:
        data: the file.
        end: the position after the codes.
        last_byte: the last one of them, with ones in place of the bits that belong to codes.
    """
    after = data[end : end + _RUN]
    if not after or (after[0] == 0xFF and after[1:2] != b"\0"):
        return False  # nothing follows but a marker
    around = data[end - _RUN : end] + after
    is_text = len(around) == 2 * _RUN and _TEXT.issuperset(around)
    return last_byte != 0xFF or is_text or len(set(around[_RUN - 4 : _RUN + 1])) == 1


class _File:
    """Reads the segments and scans of a JPEG until every coefficient was there."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._codes: dict[int, bytes] = {}
        self._steps: dict[int, int] = {}
        self._interval = 0
        self._frame: Frame | None = None
        self._blocks = 0
        self.last_byte = 0

    def end(self) -> int | None:
        """Return the position after the picture data.

        Raises:
            ValueError: the data is damaged; IndexError: it ends early.
        """
        position, missing = 2, {(0, 0)}
        while missing and (found := _MARKER.search(self._data, position)):
            marker, position = found[1][0], found.end()
            if marker in _ALONE:
                continue
            start, position = position + 2, position + number(self._data, position)
            content = self._data[start:position]
            if marker == _SCAN and self._frame:
                scan = read_scan(content)
                position = self._read_scan(self._frame, scan, position)
                missing -= completed_by(scan, is_progressive=self._frame.is_progressive)
            elif self._read_segment(marker, content) and self._frame:
                missing = self._frame.coefficients()
        return None if missing else position

    def _read_segment(self, marker: int, content: bytes) -> bool:
        """Read a segment that decoding depends on; return whether it is the frame header."""
        if marker in {_BASELINE, _EXTENDED, _PROGRESSIVE}:
            self._frame = read_frame(content, is_progressive=marker == _PROGRESSIVE)
            return True
        if marker in _OTHER_FRAMES:
            raise Damaged
        if marker == _HUFFMAN:
            self._codes |= read_codes(content)
        elif marker == _QUANTIZATION:
            self._steps |= read_steps(content)
        elif marker == _INTERVAL:
            self._interval = number(content, 0)
        return False

    def _read_scan(self, frame: Frame, scan: Scan, start: int) -> int:
        """Read the codes of a scan; return the position after them."""
        blocks, units = self._units(frame, scan)
        self._blocks += units * len(blocks)
        if self._blocks > limits.JPEG_WALKED_BLOCKS:
            raise too_complex("passes over its pixels")
        interval = self._interval or units
        for count, first in enumerate(range(0, units, interval)):
            if count:
                start = _after_restart(self._data, start, (count - 1) % len(_RESTARTS))
            found = _MARKER.search(self._data, start)
            coded = self._data[start : found.start() if found else None]
            plain = coded.replace(b"\xff\0", b"\xff")
            bits = Bits(plain)
            _read_units(bits, frame, scan, blocks, range(first, min(first + interval, units)))
            used = bits.used()
            length = -(-used // 8)
            start += length + plain.count(b"\xff", 0, length)
        self.last_byte = plain[length - 1] | 0xFF << -used % 8 & 0xFF if length else 0
        return start

    def _units(self, frame: Frame, scan: Scan) -> tuple[list[Block], int]:
        """Return the blocks of one unit of a scan, and the number of units."""
        blocks: list[Block] = []
        for component, dc, ac in scan.parts:
            part = frame.components[component]
            codes = self._codes.get(dc, b""), self._codes.get(_AC + ac, b"")
            block = Block(component, *codes, self._steps.get(part.table, 1))
            blocks += [block] * (part.across * part.down)
        if len(scan.parts) > 1:
            return blocks, frame.units
        return blocks[:1], part.columns * part.rows


def _read_units(
    bits: Bits, frame: Frame, scan: Scan, blocks: Sequence[Block], units: range
) -> None:
    """Read the codes of some units of a scan, up to a restart marker or to its end."""
    if not frame.is_progressive:
        read_sequential(bits, blocks, len(units))
    elif not scan.spectrum[0]:
        if scan.is_first:
            read_first_dc(bits, blocks, len(units), scan.shift)
        else:
            bits.skip(len(blocks) * len(units))  # one more bit of each
    else:
        (component, _, code, _), *more = blocks
        if more:
            raise Damaged
        part = frame.components[component]
        empty = array("Q", bytes(8 * part.columns * part.rows))
        masks = frame.masks.setdefault(component, empty)
        read = read_first_ac if scan.is_first else read_next_ac
        read(bits, code, masks, units, scan.spectrum)


def _after_restart(data: bytes, position: int, number: int) -> int:
    """Return the position after the next restart marker, which has to be this one."""
    found = _MARKER.search(data, position)
    if found is None or found[1][0] != _RESTARTS[number]:
        raise Damaged
    return found.end()
