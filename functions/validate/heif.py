"""Reads the header of an HEIF or AVIF: the boxes around the coded pictures, not the pictures.

Format: ISO/IEC 14496-12 (boxes) and 23008-12 (items and their properties).
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from image_pipeline import limits
from image_pipeline.structure import too_complex
from validate.header import Header, MalformedHeader

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}


@dataclass(frozen=True)
class _Box:
    """One box: its type, where its content starts and how long that is, in bytes."""

    kind: bytes
    start: int
    length: int


def read_header(file: BinaryIO) -> Header:
    """Displayed size in pixels and number of frames.

    The rotation is part of the size here, so the orientation is always 1.

    Raises:
        MalformedHeader: there is no primary picture with a size.
        ValidationError: it is made of more parts than any real one (`too_complex`).
    """
    frames, meta = 1, None
    for box in _boxes(file, 0, file.seek(0, io.SEEK_END), descend=True):
        if box.kind == b"meta" and meta is None:
            if box.length > limits.HEIF_META_BYTES:
                raise too_complex("bytes in its list of pictures")
            meta = _content(file, box)[4:]
        elif box.kind == b"stsz":  # one entry per sample, and a picture is a sample
            frames = max(frames, int.from_bytes(_content(file, box)[8:12], "big"))
    if meta is None:
        raise MalformedHeader("an HEIF without a list of pictures")
    width, height, turns = _primary_item(meta)
    return Header(height, width, frames) if turns % 2 else Header(width, height, frames)


def _primary_item(meta: bytes) -> tuple[int, int, int]:
    """Width and height as stored, and the number of quarter turns, of the primary picture."""
    parts = {box.kind: box for box in _boxes(io.BytesIO(meta), 0, len(meta))}
    if not {b"pitm", b"iprp"} <= parts.keys():
        raise MalformedHeader("an HEIF without a primary picture")
    stream = io.BytesIO(meta)
    _check_counts(stream, parts)
    primary = _primary_id(_content(stream, parts[b"pitm"]))
    properties = _content(stream, parts[b"iprp"])
    tables = {
        box.kind: _content(io.BytesIO(properties), box)
        for box in _boxes(io.BytesIO(properties), 0, len(properties))
    }
    known = _properties(tables.get(b"ipco", b""))
    size, turns = (0, 0), 0
    for index in _associations(tables.get(b"ipma", b"")).get(primary, []):
        kind, content = known.get(index, (b"", b""))
        if kind == b"ispe":
            size = int.from_bytes(content[4:8], "big"), int.from_bytes(content[8:12], "big")
        elif kind == b"irot":
            turns = content[0] & 3
    if not all(size):
        raise MalformedHeader("an HEIF whose primary picture has no size")
    return *size, turns


def _check_counts(meta: BinaryIO, parts: dict[bytes, _Box]) -> None:
    """Refuse more items than libheif takes, and more tiles: one item may be many tiles."""
    if b"iinf" in parts:
        content = _content(meta, parts[b"iinf"])
        count = content[4:6] if content[0] == 0 else content[4:8]
        if int.from_bytes(count, "big") > limits.HEIF_ITEMS:
            raise too_complex("parts")
    if b"iref" not in parts:
        return
    references = _content(meta, parts[b"iref"])
    id_length = 2 if references[0] == 0 else 4
    stream = io.BytesIO(references)
    for box in _boxes(stream, 4, len(references)):
        count = _content(stream, box)[id_length : id_length + 2]
        if box.kind == b"dimg" and int.from_bytes(count, "big") > limits.HEIF_TILES:
            raise too_complex("tiles")


def _primary_id(content: bytes) -> int:
    return int.from_bytes(content[4:6] if content[0] == 0 else content[4:8], "big")


def _properties(content: bytes) -> dict[int, tuple[bytes, bytes]]:
    """The shared properties, by the index (from 1) that associations name them by."""
    stream = io.BytesIO(content)
    return {
        index: (box.kind, _content(stream, box))
        for index, box in enumerate(_boxes(stream, 0, len(content)), start=1)
    }


def _associations(content: bytes) -> dict[int, list[int]]:
    """The indices of the properties of each item, by the item's id."""
    if len(content) < 8:
        return {}
    id_length = 2 if content[0] == 0 else 4
    index_length = 2 if content[3] & 1 else 1
    stream = io.BytesIO(content[8:])
    found = {}
    for _ in range(min(int.from_bytes(content[4:8], "big"), limits.HEIF_ITEMS)):
        item = int.from_bytes(stream.read(id_length), "big")
        count = int.from_bytes(stream.read(1), "big")
        essential = 0x80 << 8 * (index_length - 1)
        found[item] = [
            int.from_bytes(stream.read(index_length), "big") & ~essential for _ in range(count)
        ]
    return found


def _boxes(file: BinaryIO, start: int, end: int, *, descend: bool = False) -> Iterator[_Box]:
    """The boxes between two positions; with `descend` also those inside containers."""
    waiting = [(start, end)]
    for _ in range(limits.HEIF_BOXES):
        if not waiting:
            return
        position, end = waiting.pop()
        if position + 8 > end:
            continue
        file.seek(position)
        head = file.read(16)
        length, content = int.from_bytes(head[:4], "big"), position + 8
        if length == 1:
            length, content = int.from_bytes(head[8:16], "big"), position + 16
        after = position + length if length else end
        if after > end or after < content:
            continue  # a box that claims more than there is ends the list
        box = _Box(head[4:8], content, after - content)
        waiting.append((after, end))
        if descend and box.kind in _CONTAINERS:
            waiting.append((content, after))
        yield box
    if waiting:
        raise too_complex("boxes")


def _content(file: BinaryIO, box: _Box) -> bytes:
    file.seek(box.start)
    content = file.read(min(box.length, limits.HEIF_META_BYTES))
    if len(content) < 4:
        return content.ljust(12, b"\0")
    return content
