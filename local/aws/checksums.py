"""The checksums that S3 knows, by the names that its headers use."""

from __future__ import annotations

import base64
import hashlib
import zlib
from typing import TYPE_CHECKING

import anycrc

if TYPE_CHECKING:
    from collections.abc import Callable

_CRC32C, _CRC64NVME = anycrc.Model("CRC32C"), anycrc.Model("CRC64-NVME")
_ALGORITHMS: dict[str, Callable[[bytes], bytes]] = {
    "CRC32": lambda data: zlib.crc32(data).to_bytes(4, "big"),
    "CRC32C": lambda data: _CRC32C.calc(data).to_bytes(4, "big"),
    "CRC64NVME": lambda data: _CRC64NVME.calc(data).to_bytes(8, "big"),
    "SHA1": lambda data: hashlib.sha1(data, usedforsecurity=False).digest(),
    "SHA256": lambda data: hashlib.sha256(data).digest(),
}
ALGORITHMS = frozenset(_ALGORITHMS)


def checksum(algorithm: str, data: bytes) -> str:
    """Compute a checksum as S3 writes it, in base64.

    Raises:
        KeyError: the algorithm is unknown.
    """
    return base64.b64encode(_ALGORITHMS[algorithm.upper()](data)).decode()
