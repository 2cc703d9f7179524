"""Writes IPTC data (IIM) and Photoshop's image resources around them."""

from __future__ import annotations

import struct


def iptc(datasets: dict[int, str | bytes], record: int = 2) -> bytes:
    """Datasets of a record, in their order."""
    encoded = {
        number: text.encode() if isinstance(text, str) else text
        for number, text in datasets.items()
    }
    return b"".join(
        struct.pack(">BBBH", 0x1C, record, number, len(data)) + data
        for number, data in encoded.items()
    )


def resource(number: int, data: bytes, name: bytes = b"") -> bytes:
    """One image resource."""
    named = bytes([len(name)]) + name
    padded = data + b"\0" * (len(data) % 2)
    return (
        b"8BIM" + struct.pack(">H", number) + named + b"\0" * (len(named) % 2)
        + struct.pack(">I", len(data)) + padded
    )  # fmt: skip


def resources(data: bytes) -> bytes:
    """IPTC data among other resources, one of them with a name and of an odd length."""
    return (
        resource(0x03ED, bytes(16)) + resource(0x0BB7, b"odd", b"name") + resource(0x0404, data)
        + resource(0x0425, bytes(16))
    )  # fmt: skip


def in_jpeg(jpeg: bytes, data: bytes, pieces: int = 1) -> bytes:
    """A JPEG with image resources in as many segments."""
    size = -(-len(data) // pieces)
    segments = b""
    for start in range(0, len(data), size):
        content = b"Photoshop 3.0\0" + data[start : start + size]
        segments += b"\xff\xed" + struct.pack(">H", len(content) + 2) + content
    return jpeg[:2] + segments + jpeg[2:]


def with_iptc(jpeg: bytes, datasets: dict[int, str | bytes]) -> bytes:
    """A JPEG with IPTC data."""
    return in_jpeg(jpeg, resources(iptc(datasets)))
