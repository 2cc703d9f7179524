"""The chunks of a PNG, and what they say besides pixels.

PNG specification, third edition, chapters 5.3 and 11.3.
"""

from __future__ import annotations

import io
import struct
import zlib
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO

from image_pipeline.refusals import too_complex
from pictures.containers import read_at
from pictures.limits import METADATA_TEXT_BYTES, PNG_CHUNKS
from pictures.readable_text import readable

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGNATURE_LENGTH = 8
_FRAME = 12  # bytes around the data of a chunk: length, type, checksum
_LEGACY_EXIF = frozenset({b"Raw profile type exif", b"Raw profile type APP1"})
_LEGACY_IPTC = frozenset({b"Raw profile type iptc", b"Raw profile type 8bim"})
_LEGACY_XMP = frozenset({b"Raw profile type xmp"})
_IDENTIFIER = b"Exif\0\0"
_SOFTWARE = b"Software\0"
_XMP = b"XML:com.adobe.xmp\0"
_TIME_LENGTH = 7
_CHECKSUM_LENGTH = 4


def chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Yield the type, the position and the length of each chunk's data, up to the picture's end.

    Raises:
        ValidationError: there are more than any real file has (`too_complex`).
    """
    position = _SIGNATURE_LENGTH
    for _ in range(PNG_CHUNKS):
        head = read_at(file, position, 8)
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if len(head) < 8 or kind == b"IEND":
            return
        yield kind, position + 8, length
        position += length + _FRAME
    raise too_complex("chunks")


def is_sound(file: BinaryIO, kind: bytes, position: int, length: int) -> bool:
    """Return whether the checksum of a chunk is right."""
    content = read_at(file, position, length + _CHECKSUM_LENGTH)
    checksum = zlib.crc32(content[:length], zlib.crc32(kind))
    return checksum.to_bytes(_CHECKSUM_LENGTH, "big") == content[length:]


def exif_chunk(data: bytes) -> bytes:
    """Return the EXIF of a PNG, before or after the pixels; empty if there is none."""
    return next((bytes(content) for kind, content in _contents(data) if kind == b"eXIf"), b"")


def legacy_exif(data: bytes) -> bytes:
    """Return EXIF in a hexadecimal text, as ImageMagick wrote it before `eXIf` existed."""
    block = _legacy_profile(data, _LEGACY_EXIF)
    return block if block.startswith(_IDENTIFIER) else b""


def legacy_iptc(data: bytes) -> bytes:
    """Return IPTC data in a hexadecimal text, as ImageMagick writes them."""
    return _legacy_profile(data, _LEGACY_IPTC)


def xmp(data: bytes) -> bytes:
    """Return the XMP packet, also if it is in a simple text; empty if there is none."""
    for kind, content in _contents(data):
        if kind in _TEXTS and content[: len(_XMP)] == _XMP:
            return _TEXTS[kind](bytes(content[len(_XMP) :]))
    return _legacy_profile(data, _LEGACY_XMP)


def software(data: bytes) -> str | None:
    """Return the last text named `Software`."""
    named = b""
    for kind, content in _contents(data):
        if kind in {b"tEXt", b"zTXt"} and content[: len(_SOFTWARE)] == _SOFTWARE:
            named = _TEXTS[kind](bytes(content[len(_SOFTWARE) :]))
    return readable(memoryview(named)) or None if named else None


def last_change(data: bytes) -> str | None:
    """Return the time of the last change in ISO 8601, which a PNG states in UTC."""
    for kind, content in _contents(data):
        if kind == b"tIME" and len(content) == _TIME_LENGTH:
            try:
                return datetime(*struct.unpack(">H5B", content)).isoformat() + "Z"
            except ValueError:  # such as month 13
                return None
    return None


def _legacy_profile(data: bytes, names: frozenset[bytes]) -> bytes:
    """Return the profile in the first text with one of these names: kind, length, hexadecimal."""
    for kind, content in _contents(data):
        name, _, text = bytes(content[:80]).partition(b"\0")
        if kind not in {b"zTXt", b"tEXt"} or name not in names:
            continue
        text = bytes(content[len(name) + 1 :])
        if kind == b"zTXt":
            text = _inflated(text[1:])
        try:
            return bytes.fromhex("".join(text.decode("latin-1").split("\n")[3:]))
        except ValueError:
            continue
    return b""


def _international_text(content: bytes) -> bytes:
    """Return the text after compression flag and method, language and translated name."""
    _, _, text = content[2:].partition(b"\0")
    _, _, text = text.partition(b"\0")
    return _inflated(text) if content[:1] == b"\x01" else text


def _simple_text(content: bytes) -> bytes:
    return content


def _compressed_text(content: bytes) -> bytes:
    """Return the text after the compression method, of which there is only one."""
    return _inflated(content[1:])


_TEXTS = {b"tEXt": _simple_text, b"zTXt": _compressed_text, b"iTXt": _international_text}
"""Readers of the content after the name, by type of text chunk."""


def _inflated(packed: bytes) -> bytes:
    """Return the start of a compressed text, up to the limit; empty if it is damaged."""
    try:
        return zlib.decompressobj().decompress(packed, METADATA_TEXT_BYTES)
    except zlib.error:
        return b""


def _contents(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Yield the type and the data of each chunk of a whole file."""
    view = memoryview(data)
    for kind, start, length in chunks(io.BytesIO(data)):
        yield kind, view[start : start + length]
