"""Limits on a JPEG 2000: boxes around a codestream of tiles (ISO/IEC 15444-1, annex A).

The boxes state a size too, but decoders use the one in the codestream. Besides pixels, the parts of
each tile cost memory and time, allocated before any of them is found: precincts for every
resolution, which hold code-blocks and come once per layer.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from image_pipeline.refusals import (
    too_complex,
    too_many_pixels,
    unsupported_format,
    without_pixels,
)
from pictures import limits
from pictures.containers import read_at
from pictures.containers.boxes import boxes, content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pictures.containers.boxes import Box

_CODESTREAM = b"\xff\x4f\xff\x51"  # start of codestream, size
_SIZE = struct.Struct(">8IH")
_SIZE_AT = 8  # after two markers, the length and the capabilities
_STYLE, _STYLE_OF_COMPONENT, _TILE_PART, _DATA = 0x52, 0x53, 0x90, 0x93
_TILE_PART_LENGTH = 12
_OTHERS = {
    b"mjp2": "The file is a video in Motion JPEG 2000",
    b"jpm ": "The file is a JPM document of several layers",
    b"jpx ": "The file is a JPX without a picture of its own",
}
_FRAGMENTS = b"ftbl"
_CONTENTS = frozenset({b"moov", b"mdat", b"page", b"pcol", b"ftbl", b"jpch", b"comp"})
_HAS_PRECINCTS = 1
_WHOLE = 15  # exponent of a precinct as large as the resolution


@dataclass(frozen=True)
class _Style:
    """Coding style of tiles: sides are exponents of two, of precincts one per resolution."""

    layers: int
    levels: int
    block: tuple[int, int]
    precincts: tuple[tuple[int, int], ...]


def check(file: BinaryIO, max_pixels: int, *, header_only: bool) -> None:
    """See `Format.check`; tiles may have coding styles of their own, anywhere in the file."""
    start = codestream_start(file)
    head = read_at(file, start, _SIZE_AT + _SIZE.size)
    if not head:
        _check_kind(file)
    if not head.startswith(_CODESTREAM) or len(head) < _SIZE_AT + _SIZE.size:
        return
    right, bottom, left, top, tile_width, tile_height, tile_left, tile_top, components = (
        _SIZE.unpack_from(head, _SIZE_AT)
    )
    width, height = right - left, bottom - top
    if width < 1 or height < 1:
        raise without_pixels(max(width, 0), max(height, 0))
    if max(width, height) > limits.SIDE or width * height > max_pixels:
        raise too_many_pixels(width, height, 1, max_pixels, limits.SIDE)
    if components > limits.JPEG2000_COMPONENTS:
        raise too_complex("channels")
    subsampling = read_at(file, start + _SIZE_AT + _SIZE.size + 1, 2)
    if components == 1 and subsampling not in {b"\1\1", b""}:
        what = "JPEG 2000 of a single channel that is subsampled is not supported"
        raise unsupported_format(what, "save it as a PNG")
    if not tile_width or not tile_height:
        return
    tiles = -(-(right - tile_left) // tile_width) * -(-(bottom - tile_top) // tile_height)
    if tiles > limits.JPEG2000_TILES:
        raise too_complex("tiles")
    tile = min(tile_width, width), min(tile_height, height)
    for style in set(_styles(file, start, header_only=header_only)):
        _check_pieces(style, tile, tiles, components)


def _check_kind(file: BinaryIO) -> None:
    """Refuse a whole file of the JPEG 2000 family that has no picture of its own.

    Raises:
        ValidationError: it is one (`unsupported_format`).
    """
    every = list(islice(_boxes(file), limits.JPEG2000_BOXES))
    brands = next((content(file, box, 4) for box in every if box.kind == b"ftyp"), b"")
    kinds = {box.kind for box in every}
    what = _OTHERS.get(brands)
    if _FRAGMENTS in kinds:
        what = "The file is a JPX with its picture in fragments"
    if what and kinds & _CONTENTS:
        raise unsupported_format(what, "save it as a plain JP2 or as a JPEG")


def _check_pieces(style: _Style, tile: tuple[int, int], tiles: int, components: int) -> None:
    precincts = blocks = 0
    for resolution in range(style.levels + 1):
        below = style.levels - resolution
        width, height = (max(1, side >> below) for side in tile)
        across, down = style.precincts[resolution]
        number = -(-width >> across) * -(-height >> down)
        precincts += number
        # A block is at most as large as its precinct, which three of the four bands share.
        block = [min(own, most) for own, most in zip(style.block, (across, down), strict=True)]
        blocks += max(number, -(-width >> block[0]) * -(-height >> block[1]))
    if precincts * components > limits.JPEG2000_PRECINCTS:
        raise too_complex("precincts")
    if blocks * components > limits.JPEG2000_BLOCKS:
        raise too_complex("code-blocks")
    if precincts * components * style.layers * tiles > limits.JPEG2000_PACKETS:
        raise too_complex("layers")


def _styles(file: BinaryIO, start: int, *, header_only: bool) -> Iterator[_Style]:
    """Yield the coding styles in the main header, then in the tile-part headers."""
    position, layers, part, part_length = start + 2, 1, 0, 0
    for _ in range(limits.JPEG2000_SEGMENTS):
        head = read_at(file, position, _TILE_PART_LENGTH)
        if len(head) < 4 or head[0] != 0xFF:
            return
        marker, length = head[1], int.from_bytes(head[2:4], "big")
        if marker == _TILE_PART:
            if header_only:
                return
            part, part_length = position, int.from_bytes(head[6:10], "big")
        elif marker == _DATA:
            if not part_length:  # the tile-part extends to the end
                return
            position = part + part_length
            continue
        elif marker == _STYLE:
            content = read_at(file, position + 4, length)
            layers = int.from_bytes(content[2:4], "big")
            yield from _style(content[0:1], layers, content[5:])
        elif marker == _STYLE_OF_COMPONENT:
            yield from _style(
                read_at(file, position + 5, 1), layers, read_at(file, position + 6, length)
            )
        position += 2 + length
    raise too_complex("segments")


def _style(flags: bytes, layers: int, content: bytes) -> Iterator[_Style]:
    """Yield a style (tables A.15, A.20: levels, block sides and style, wavelet, precincts)."""
    if not flags or len(content) < 5 or content[0] > 32:
        return  # the decoder refuses it
    levels = content[0]
    block = content[1] % 16 + 2, content[2] % 16 + 2
    sides = content[5:] if flags[0] & _HAS_PRECINCTS else b""
    stated = tuple((side % 16, side // 16) for side in sides[: levels + 1])
    precincts = stated + ((_WHOLE, _WHOLE),) * (levels + 1 - len(stated))
    yield _Style(layers, levels, block, precincts)


def codestream_start(file: BinaryIO) -> int:
    """Return where the codestream starts; the end of the file without any."""
    if read_at(file, 0, len(_CODESTREAM)) == _CODESTREAM:
        return 0
    codestreams = (box.start for box in _boxes(file) if box.kind == b"jp2c")
    return next(codestreams, file.seek(0, io.SEEK_END))


def _boxes(file: BinaryIO) -> Iterator[Box]:
    end = file.seek(0, io.SEEK_END)
    return boxes(file, 0, end, most=limits.JPEG2000_BOXES, is_lenient=True)
