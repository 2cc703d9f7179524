"""The checksums that S3 knows, by the name that its headers use.

The two CRCs that the standard library lacks are computed with numpy, many stretches of the data at
a time: 50 MB take a second instead of ten.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

_LANES = 4096
_WORTH_LANES = 64 * _LANES  # bytes


def checksum(algorithm: str, data: bytes) -> str:
    """Compute a checksum as S3 writes it, in base64.

    Raises:
        KeyError: the algorithm is unknown.
    """
    return base64.b64encode(_ALGORITHMS[algorithm.upper()](data)).decode()


def crc(data: bytes, polynomial: int, bits: int) -> int:
    """Compute a reflected CRC whose initial value and final XOR are all ones.

    Args:
        data: to be checked.
        polynomial: reflected.
        bits: of the result.
    """
    ones = (1 << bits) - 1
    table = _table(polynomial)
    state, start = ones, 0
    if len(data) >= _WORTH_LANES:
        state, start = _in_lanes(data, polynomial, bits)
    for byte in data[start:]:
        state = table[(state ^ byte) & 0xFF] ^ (state >> 8)
    return state ^ ones


def _in_lanes(data: bytes, polynomial: int, bits: int) -> tuple[int, int]:
    """The state after as much of the data as divides into lanes, and how much that is."""
    length = len(data) // _LANES
    end = length * _LANES
    columns = np.ascontiguousarray(np.frombuffer(data, np.uint8, end).reshape(_LANES, length).T)
    table = np.array(_table(polynomial), np.uint64)
    lanes = np.zeros(_LANES, np.uint64)
    lanes[0] = (1 << bits) - 1
    for column in columns:
        lanes = table[lanes.astype(np.uint8) ^ column] ^ (lanes >> np.uint64(8))
    skip = _zero_bytes(length, polynomial, bits)
    state = 0
    for lane in lanes.tolist():
        state = _times(skip, state) ^ lane
    return state, end


def _zero_bytes(count: int, polynomial: int, bits: int) -> list[int]:
    """The effect of so many zero bytes on a state, as a matrix: the image of each bit."""
    table = _table(polynomial)
    power = [table[(1 << bit) & 0xFF] ^ ((1 << bit) >> 8) for bit in range(bits)]
    result = [1 << bit for bit in range(bits)]
    while count:
        if count & 1:
            result = [_times(power, row) for row in result]
        power = [_times(power, row) for row in power]
        count >>= 1
    return result


def _times(matrix: list[int], state: int) -> int:
    product = 0
    for row in matrix:
        if state & 1:
            product ^= row
        state >>= 1
    return product


@cache
def _table(polynomial: int) -> list[int]:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ (polynomial if value & 1 else 0)
        table.append(value)
    return table


_ALGORITHMS: dict[str, Callable[[bytes], bytes]] = {
    "CRC32": lambda data: zlib.crc32(data).to_bytes(4, "big"),
    "CRC32C": lambda data: crc(data, 0x82F63B78, 32).to_bytes(4, "big"),
    "CRC64NVME": lambda data: crc(data, 0x9A6C9329AC4BC9B5, 64).to_bytes(8, "big"),
    "SHA1": lambda data: hashlib.sha1(data, usedforsecurity=False).digest(),
    "SHA256": lambda data: hashlib.sha256(data).digest(),
}
ALGORITHMS = frozenset(_ALGORITHMS)
