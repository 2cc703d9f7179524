"""Makes files that claim, or cost, far more than they contain."""

from __future__ import annotations

import struct
import zlib

from tests.support.pictures import plain_file

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
MIB = 1024 * 1024


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    *before: bytes, size: tuple[int, int] = (4, 4), after: bytes = b"", pixels: bytes | None = None
) -> bytes:
    """A gray PNG with chunks before and after its pixels."""
    header = chunk(b"IHDR", struct.pack(">II5B", *size, 8, 0, 0, 0, 0))
    rows = zlib.compress(bytes(5) * 4 if pixels is None else pixels)
    return PNG_SIGNATURE + header + b"".join(before) + chunk(b"IDAT", rows) + after + chunk(b"IEND")


def deflated(length: int) -> bytes:
    """This many zeros, deflated to a thousandth."""
    return zlib.compress(bytes(length), 9)


def tiff(
    fields: dict[int, tuple[int, int, int]] | None = None,
    *,
    next_offset: int = 0,
    tail: bytes = b"",
) -> bytes:
    """A gray TIFF of 4 × 4 pixels; `fields` (type, count, value) join or replace its own."""
    entries = {
        256: (4, 1, 4),
        257: (4, 1, 4),
        258: (3, 1, 8),
        259: (3, 1, 1),
        262: (3, 1, 1),
        273: (4, 1, 8),
        277: (3, 1, 1),
        278: (4, 1, 4),
        279: (4, 1, 16),
        **(fields or {}),
    }
    head = struct.pack("<2sHI", b"II", 42, 24) + bytes(range(16))
    table = b"".join(struct.pack("<HHII", tag, *entries[tag]) for tag in sorted(entries))
    return head + struct.pack("<H", len(entries)) + table + struct.pack("<I", next_offset) + tail


def gif(
    *frames: tuple[int, int, int, int], screen: tuple[int, int] = (10, 10), comment: bytes = b""
) -> bytes:
    """A GIF of frames (left, top, width, height) that hold one pixel each.

    A comment, in blocks that each begin with their length, comes first.
    """
    data = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + bytes((0, 0, 0, 255, 255, 255))
    if comment:
        data += b"\x21\xfe" + comment + b"\0"
    for frame in frames:
        data += b"," + struct.pack("<HHHHB", *frame, 0) + b"\x02\x02\x44\x01\x00"
    return data + b";"


def jpeg_with(*segments: bytes, after: bytes = b"") -> bytes:
    """A JPEG with segments (marker and content) at its start."""
    jpeg = plain_file("JPEG")
    added = b"".join(
        b"\xff" + segment[:1] + struct.pack(">H", len(segment) + 1) + segment[1:]
        for segment in segments
    )
    return jpeg[:2] + added + jpeg[2:] + after


def jpeg_of_scans(count: int, size: tuple[int, int] = (40, 30)) -> bytes:
    """A progressive JPEG with its last scan repeated this many times, without effect."""
    jpeg = plain_file("JPEG", size, progressive=True)
    end = jpeg.rindex(b"\xff\xda")
    return jpeg[:end] + jpeg[end:-2] * count + jpeg[-2:]


def jpeg2000_size(
    jpeg2000: bytes, size: tuple[int, int] | None = None, tile: tuple[int, int] | None = None
) -> bytes:
    """A JPEG 2000 whose codestream claims another size, or other tiles."""
    data, at = bytearray(jpeg2000), jpeg2000.index(b"\xff\x4f\xff\x51") + 8
    if size:
        data[at : at + 8] = struct.pack(">II", *size)
    if tile:
        data[at + 16 : at + 24] = struct.pack(">II", *tile)
    return bytes(data)


def jpeg2000(
    size: tuple[int, int],
    *,
    tile: tuple[int, int] | None = None,
    components: int = 1,
    style: bytes = b"",
    style_of_tiles: bytes = b"",
) -> bytes:
    """A codestream of tiles without data, which are black to a decoder."""
    shape = struct.pack(">H8IH", 0, *size, 0, 0, *(tile or size), 0, 0, components)
    width, height = tile or size
    own = _j2k_segment(0x52, style_of_tiles) if style_of_tiles else b""
    part = struct.pack(">IBB", 15 + len(own), 0, 1)
    return b"".join(
        (
            b"\xff\x4f",
            _j2k_segment(0x51, shape + b"\7\1\1" * components),
            _j2k_segment(0x52, style or jpeg2000_style()),
            _j2k_segment(0x5C, b"\x40" + b"\x48" * 100),
            *(
                _j2k_segment(0x90, struct.pack(">H", number) + part) + own + b"\xff\x93\x80"
                for number in range(-(-size[0] // width) * -(-size[1] // height))
            ),
            b"\xff\xd9",
        )
    )


def jpeg2000_style(
    *, layers: int = 1, levels: int = 5, block: int = 64, precinct: int = 0
) -> bytes:
    """How tiles are divided; a precinct has this many pixels a side, or is a whole resolution."""
    exponent = block.bit_length() - 3
    precincts = bytes([0x11 * (precinct.bit_length() - 1)]) * (levels + 1) if precinct else b""
    head = struct.pack(">BBHB", bool(precinct), 0, layers, 0)
    return head + bytes([levels, exponent, exponent, 0, 1]) + precincts


def _j2k_segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def icon(*pictures: tuple[tuple[int, int], bytes]) -> bytes:
    """An icon of files, each with the size that the list states for it."""
    head, body = struct.pack("<HHH", 0, 1, len(pictures)), b""
    at = len(head) + 16 * len(pictures)
    for (width, height), file in pictures:
        head += struct.pack("<BBBBHHII", width, height, 0, 0, 1, 32, len(file), at + len(body))
        body += file
    return head + body


def icon_of_itself(count: int, length: int) -> bytes:
    """An icon of PNGs each of which contains all later ones, up to the end of the file."""
    start = PNG_SIGNATURE + chunk(b"IHDR", struct.pack(">II5B", 256, 256, 8, 0, 0, 0, 0))
    body = start * count + chunk(b"aaAa", bytes(length))
    head, at = struct.pack("<HHH", 0, 1, count), 6 + 16 * count
    for offset in range(0, count * len(start), len(start)):
        head += struct.pack("<BBBBHHII", 0, 0, 0, 0, 1, 32, len(body) - offset, at + offset)
    return head + body
