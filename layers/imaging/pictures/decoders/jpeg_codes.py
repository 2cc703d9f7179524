"""Reads the Huffman codes of JPEG scans, block by block, without decoding pixels.

What no encoder writes counts as damage: an unassigned code, a run past the last coefficient, a
brightness out of range. Bytes that are not picture data show such errors after a few blocks.

ITU-T T.81, annexes C (codes), F.2 (sequential) and G.2 (progressive).
"""

from __future__ import annotations

import sys
from array import array
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_WINDOW = 16  # bits of the longest code
_LENGTH_BITS = 5  # in an entry of a lookup table, below its other number
_LENGTH = (1 << _LENGTH_BITS) - 1
_WORD = 0xFFFFFFFF
_COEFFICIENTS, _ZEROS = 64, 15
_END_OF_BLOCK, _BAD = 128, 256  # places that no coefficient reaches
_MOST_DC_BITS, _MOST_AC_BITS = 11, 10
_BRIGHTEST = 1024  # of the first coefficient, before quantization


class Damaged(ValueError):  # noqa: N818 - never leaves `jpeg_scans`
    """The picture data is damaged or ends early."""


class Block(NamedTuple):
    """How one block of each unit is coded: its component, the definitions of its codes, its step.

    `step` is what the first coefficient is multiplied with.
    """

    component: int
    dc: bytes
    ac: bytes
    step: int


class Bits:
    """Reads bits from picture data between two markers, without its stuffed zeros."""

    def __init__(self, data: bytes) -> None:
        self._available = 8 * len(data)
        self.words = array("I", data + bytes(8 + -len(data) % 4))
        if sys.byteorder == "little":
            self.words.byteswap()
        self.index = self.buffer = self.held = 0

    def used(self) -> int:
        """Return how many bits were read.

        Raises:
            Damaged: more than there are.
        """
        used = 32 * self.index - self.held
        if used > self._available:
            raise Damaged
        return used

    def take(self, count: int) -> int:
        """Return the next bits as a number, at most 32 of them."""
        self._fill()
        self.held -= count
        return self.buffer >> self.held & (1 << count) - 1

    def symbol(self, table: Sequence[int]) -> int:
        """Return the symbol of the next code."""
        self._fill()
        entry = table[self.buffer >> self.held - _WINDOW & 0xFFFF]
        self.held -= entry & _LENGTH
        symbol = entry >> _LENGTH_BITS
        if symbol >= _BAD:
            raise Damaged
        return symbol

    def skip(self, count: int) -> None:
        """Skip any number of bits."""
        self.index, odd = divmod(32 * self.index - self.held + count, 32)
        self.buffer, self.held = self.words[self.index], 32 - odd
        self.index += 1

    def _fill(self) -> None:
        if self.held < 32:
            self.buffer = (self.buffer & _WORD) << 32 | self.words[self.index]
            self.index += 1
            self.held += 32


def read_sequential(bits: Bits, blocks: Sequence[Block], units: int) -> None:
    """Read units of blocks with all coefficients; the loop that nearly every photo runs through."""
    tables = [(each.component, _symbols(each.dc), _steps(each.ac), each.step) for each in blocks]
    levels = dict.fromkeys((each.component for each in blocks), 0)
    words, index, buffer, held = bits.words, bits.index, bits.buffer, bits.held
    for _ in range(units):
        for component, dc, ac, step in tables:
            if held < 32:
                buffer = (buffer & _WORD) << 32 | words[index]
                index += 1
                held += 32
            entry = dc[buffer >> held - _WINDOW & 0xFFFF]
            held -= entry & _LENGTH
            if size := entry >> _LENGTH_BITS:
                if size > _MOST_DC_BITS:
                    raise Damaged
                held -= size
                levels[component] = _checked(
                    levels[component] + _signed(buffer >> held, size), step
                )
            place = 1
            while place < _COEFFICIENTS:
                if held < 32:
                    buffer = (buffer & _WORD) << 32 | words[index]
                    index += 1
                    held += 32
                entry = ac[buffer >> held - _WINDOW & 0xFFFF]
                held -= entry & _LENGTH
                place += entry >> _LENGTH_BITS
            if place > _COEFFICIENTS and not _END_OF_BLOCK <= place < _BAD:
                raise Damaged
    bits.index, bits.buffer, bits.held = index, buffer, held


def read_first_dc(bits: Bits, blocks: Sequence[Block], units: int, shift: int) -> None:
    """Read units of the first coefficient of blocks, without its last `shift` bits."""
    tables = [(each.component, _symbols(each.dc), each.step << shift) for each in blocks]
    levels = dict.fromkeys((each.component for each in blocks), 0)
    for _ in range(units):
        for component, dc, step in tables:
            if size := bits.symbol(dc):
                if size > _MOST_DC_BITS:
                    raise Damaged
                level = levels[component] + _signed(bits.take(size), size)
                levels[component] = _checked(level, step)


def read_first_ac(
    bits: Bits, code: bytes, masks: array[int], blocks: range, spectrum: tuple[int, int]
) -> None:
    """Read the first bits of some coefficients; note in `masks` which of them are not zero."""
    table, number = _symbols(code), blocks.start
    while number < blocks.stop:
        mask, empty = _first_ac(bits, table, *spectrum)
        masks[number] |= mask
        number += 1 + empty
    if number > blocks.stop:
        raise Damaged


def _first_ac(bits: Bits, table: Sequence[int], first: int, last: int) -> tuple[int, int]:
    """Read one block; return its coefficients, and how many empty blocks follow it."""
    place, mask = first, 0
    while place <= last:
        run, size = divmod(bits.symbol(table), 16)
        if not size and run < _ZEROS:
            return mask, (1 << run) - 1 + bits.take(run)
        place += run
        if place > last:
            raise Damaged
        if size:
            bits.take(size)
            mask |= 1 << place
        place += 1
    return mask, 0


def read_next_ac(
    bits: Bits, code: bytes, masks: array[int], blocks: range, spectrum: tuple[int, int]
) -> None:
    """Read one more bit of some coefficients, and the first bit of others."""
    table, empty = _symbols(code), 0
    first, last = spectrum
    band = (2 << last) - (1 << first)
    for number in blocks:
        if empty:
            empty -= 1
            bits.skip((masks[number] & band).bit_count())
        else:
            masks[number], empty = _next_ac(bits, table, masks[number], first, last)
    if empty:
        raise Damaged


def _next_ac(bits: Bits, table: Sequence[int], mask: int, first: int, last: int) -> tuple[int, int]:
    """Read one block; return all its coefficients, and how many blocks get nothing new."""
    place, new = first, 0
    while place <= last:
        run, size = divmod(bits.symbol(table), 16)
        if not size and run < _ZEROS:
            empty = (1 << run) - 1 + bits.take(run)
            bits.skip((mask & (2 << last) - (1 << place)).bit_count())
            return mask | new, empty
        if size > 1:
            raise Damaged
        bits.take(size)
        while place <= last and (run or mask >> place & 1):
            if mask >> place & 1:
                bits.take(1)
            else:
                run -= 1
            place += 1
        if place > last:
            raise Damaged
        new |= size << place
        place += 1
    return mask | new, 0


def _signed(bits: int, size: int) -> int:
    """Return the signed number in the last `size` bits (F.2.2.1)."""
    value = bits & (1 << size) - 1
    return value if value >> size - 1 else value - (1 << size) + 1


def _checked(level: int, step: int) -> int:
    if (abs(level) - 1) * step > _BRIGHTEST:
        raise Damaged
    return level


@lru_cache(maxsize=8)
def _symbols(definition: bytes) -> list[int]:
    """Return the symbol and the length of the code that begins each possible 16 bits."""
    return _table(definition, lambda symbol, length: symbol << _LENGTH_BITS | length)


@lru_cache(maxsize=8)
def _steps(definition: bytes) -> list[int]:
    """Return by how many places, and with how many bits, each possible 16 bits go on (F.2.2.2)."""

    def step(symbol: int, length: int) -> int:
        run, size = divmod(symbol, 16)
        places = run + 1
        if not size and run < _ZEROS:
            places = _END_OF_BLOCK
        elif size > _MOST_AC_BITS:
            places, size = _BAD, 0
        return places << _LENGTH_BITS | length + size

    return _table(definition, step)


def _table(definition: bytes, entry: Callable[[int, int], int]) -> list[int]:
    """Return entries by the next 16 bits; codes of each length are assigned in order (annex C)."""
    table: list[int] = []
    position = _WINDOW
    for length, count in enumerate(definition[:_WINDOW], 1):
        for symbol in definition[position : position + count]:
            table += [entry(symbol, length)] * (1 << _WINDOW - length)
        position += count
    if len(table) > 1 << _WINDOW:
        raise Damaged
    return table + [_BAD << _LENGTH_BITS | _WINDOW] * ((1 << _WINDOW) - len(table))
