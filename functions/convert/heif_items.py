"""What the decoder does not tell about an HEIF, and what would make it crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convert.boxes import boxes, find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convert.boxes import Box

_FULL_BOX_HEADER = 4  # version and flags
_UNKNOWN = ord("?")


def with_readable_items(data: bytes) -> bytes:
    """The same file, with `?` for each byte that is not ASCII in a name that is not UTF-8.

    pi-heif up to its last release (1.4.0) crashes the process on an item whose type or content
    type is not UTF-8 (fixed in pillow-heif 1.8.0, which ships a GPL encoder and so is no
    replacement). Such an item shows no picture: nothing that is decoded changes.
    """
    unreadable = [entry for entry in _item_entries(memoryview(data)) if _is_unreadable(data, entry)]
    if not unreadable:
        return data
    patched = bytearray(data)
    for entry in unreadable:
        for position in range(_type_position(data, entry), entry.end):
            if patched[position] >= 0x80:
                patched[position] = _UNKNOWN
    return bytes(patched)


def has_still_picture(data: bytes) -> bool:
    """Whether there is a list of pictures, not only a film."""
    return find(memoryview(data), 0, len(data), b"meta") is not None


def frame_count(data: bytes) -> int:
    """How many pictures the longest track of an image sequence has; 0 without a track.

    The pictures of a burst or a stereo pair are no frames: each stands for itself.
    """
    view = memoryview(data)
    movie = find(view, 0, len(data), b"moov")
    tracks = boxes(view, movie.start, movie.end) if movie else iter(())
    return max((_samples(view, box) for box in tracks if box.kind == b"trak"), default=0)


def _samples(view: memoryview, track: Box) -> int:
    """The count in the `stsz` box: ISO/IEC 14496-12, 8.7.3."""
    box: Box | None = track
    for kind in (b"mdia", b"minf", b"stbl", b"stsz"):
        box = box and find(view, box.start, box.end, kind)
    return int.from_bytes(view[box.start + 8 : box.start + 12], "big") if box else 0


def _item_entries(data: memoryview) -> Iterator[Box]:
    """The `infe` boxes: ISO/IEC 14496-12, 8.11.6."""
    meta = find(data, 0, len(data), b"meta")
    items = meta and find(data, meta.start + _FULL_BOX_HEADER, meta.end, b"iinf")
    if not items:
        return
    count_length = 2 if bytes(data[items.start : items.start + 1]) == b"\0" else 4
    start = items.start + _FULL_BOX_HEADER + count_length
    yield from (box for box in boxes(data, start, items.end) if box.kind == b"infe")


def _type_position(data: bytes, entry: Box) -> int:
    """Where the item type is: behind the item's number (longer since version 3) and protection."""
    version = data[entry.start] if entry.start < entry.end else 0
    return entry.start + _FULL_BOX_HEADER + (6 if version >= 3 else 4)


def _is_unreadable(data: bytes, entry: Box) -> bool:
    try:
        data[_type_position(data, entry) : entry.end].decode()
    except UnicodeDecodeError:
        return True
    return False
