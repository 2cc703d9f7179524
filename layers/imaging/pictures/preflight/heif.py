"""Limits on HEIF and AVIF: pictures, which may be derived from others, and image sequences."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, BinaryIO

from image_pipeline.refusals import (
    corrupt,
    too_complex,
    too_many_pixels,
    unsupported_format,
    without_pixels,
)
from pictures import limits
from pictures.containers import read_at
from pictures.containers.boxes import Box, boxes, content, find, whole
from pictures.containers.clean_aperture import clean_aperture
from pictures.containers.heif_items import Items, read_items
from pictures.preflight.coded_size import av1_sizes, hevc_sizes, hevc_sizes_within
from pictures.preflight.header import Header

if TYPE_CHECKING:
    from collections.abc import Iterator

    from image_pipeline.errors import ValidationError
    from pictures.containers.heif_items import Item
    from pictures.preflight.coded_size import Size

_DERIVED = frozenset({b"grid", b"iovl", b"iden", b"tmap"})
_SIZES_AT = {b"grid": 4, b"iovl": 10}  # in the data of the item: ISO/IEC 23008-12, 6.6.2


def check(file: BinaryIO, max_pixels: int, *, header_only: bool) -> None:
    """See `Format.check`. Sizes are those that a decoder would make, not the stated ones."""
    if items := read_items(file):
        _Pictures(file, items, max_pixels, header_only).check()
    for track in tracks(file):
        if track.coding == b"av01":  # no other sequence is decoded
            _check_film(file, track, max_pixels, header_only=header_only)


def read_header(file: BinaryIO, name: str, max_pixels: int) -> Header:
    """Return the displayed size and the number of frames: Pillow would read the whole file.

    Crop and rotation are part of the size here, so the orientation is always 1.

    Raises:
        ValidationError: `corrupt` without a primary picture that has a size; `unsupported_format`
            for an HEIF without a still; `too_complex` or `too_many_pixels` where it is made of more
            or larger parts than any real one.
    """
    check(file, max_pixels, header_only=True)
    primary, films = primary_item(file), list(tracks(file))
    frames = max((film.frames for film in films), default=1)
    if primary is None and films:
        film = max(films, key=lambda film: film.width * film.height)
        if name != "AVIF":
            raise no_still()
        return Header(film.width, film.height, frames)
    if primary is None or not primary.property(b"ispe"):
        raise corrupt()
    width, height = primary.size
    if not (width and height):
        raise without_pixels(width, height)
    shown = clean_aperture(primary.property(b"clap"), primary.size)
    if shown and (frames == 1 or name != "AVIF"):  # an AVIF with a sequence is shown by its track
        width, height = shown[2] - shown[0], shown[3] - shown[1]
    turns = (primary.property(b"irot") or b"\0")[0] & 3
    return Header(height, width, frames) if turns % 2 else Header(width, height, frames)


def primary_item(file: BinaryIO) -> Item | None:
    """Return the primary item; None for a pure image sequence, and where the file lacks it."""
    items = read_items(file)
    return items.by_number.get(items.primary) if items and items.primary is not None else None


def no_still() -> ValidationError:
    """Return the refusal of an HEIF that is an image sequence only."""
    return unsupported_format(
        "This HEIF file holds an image sequence without a still picture",
        "save one of its pictures as a HEIC or JPEG",
    )


@dataclass(frozen=True)
class _Pictures:
    """The primary picture and all masks, which a decoder may decode along with it."""

    file: BinaryIO
    items: Items
    max_pixels: int
    header_only: bool

    def check(self) -> None:
        """See `Format.check`."""
        shown = [self.items.primary] if self.items.primary is not None else []
        masks = [number for number, item in self.items.by_number.items() if item.is_auxiliary]
        for number in shown + masks:
            pixels = self._decoded(number, limits.HEIF_DEPTH, {}, closely=True)
            if pixels > self.max_pixels * limits.HEIF_SURPLUS:
                raise too_complex("pixels in the parts of its picture")

    def _decoded(self, number: int, depth: int, known: dict[int, int], *, closely: bool) -> int:
        """Return how many pixels are decoded for an item.

        Args:
            number: of the item.
            depth: how many more levels of derived pictures are allowed.
            known: the results for other items.
            closely: read the coded picture too, one read of the file for each.
        """
        if number in known:
            return known[number]
        if depth < 0:
            raise too_complex("pictures within pictures")
        item = self.items.by_number.get(number)
        if item is None:
            return 0
        own = max(map(self._checked, self._sizes(item, closely=closely)))
        parts = item.parts if item.kind in _DERIVED else []
        of_parts = 0
        for index, part in enumerate(parts):
            # For the header, one tile stands for all, because tiles are spread over the file.
            closely = not (self.header_only and index)
            of_parts += self._decoded(part, depth - 1, known, closely=closely)
        known[number] = max(own, of_parts)
        return known[number]

    def _checked(self, size: Size) -> int:
        width, height = size
        if max(size) > limits.SIDE or width * height > self.max_pixels * limits.HEIF_SURPLUS:
            raise too_many_pixels(width, height, 1, self.max_pixels, limits.SIDE)
        return width * height

    def _sizes(self, item: Item, *, closely: bool) -> Iterator[Size]:
        """Yield the sizes that the items, a derived picture's data and the coded picture state."""
        yield item.size
        # The decoder reports data past the end of the file.
        ends = self._file_length
        if sum(max(0, min(end, ends) - start) for start, end in item.extents) > ends:
            raise too_complex("bytes in the parts of its picture")
        if item.kind in _SIZES_AT and item.extents:
            yield _canvas(read_at(self.file, item.extents[0][0], 32), _SIZES_AT[item.kind])
        yield from hevc_sizes(item.property(b"hvcC"))
        if item.kind == b"av01" and closely:
            yield from av1_sizes(*self._coded(item), header_only=self.header_only)
        elif item.kind in {b"hvc1", b"hev1"} and not self.header_only:
            prefix = (item.property(b"hvcC")[21:22] or b"\3")[0] % 4 + 1
            yield from hevc_sizes_within(*self._coded(item), prefix)

    def _coded(self, item: Item) -> tuple[BinaryIO, int, int]:
        """Return file, start and end of the data of an item; several extents are joined."""
        if len(item.extents) == 1 or self.header_only:
            return self.file, *next(iter(item.extents), (0, 0))
        joined = b"".join(read_at(self.file, start, end - start) for start, end in item.extents)
        return io.BytesIO(joined), 0, len(joined)

    @cached_property
    def _file_length(self) -> int:
        return whole(self.file).end


def _canvas(data: bytes, at: int) -> Size:
    """Return width and height, of 16 bits or, by the first flag, of 32."""
    length = 4 if data[1:2] and data[1] & 1 else 2
    width, height = data[at : at + length], data[at + length : at + 2 * length]
    return int.from_bytes(width, "big"), int.from_bytes(height, "big")


@dataclass(frozen=True)
class Track:
    """A track of an image sequence: coding, size in pixels, number of frames, sample tables."""

    coding: bytes
    width: int
    height: int
    frames: int
    tables: Box


def tracks(file: BinaryIO) -> Iterator[Track]:
    """Yield the tracks that have frames, of an image sequence or of a phone's short video."""
    movie = find(file, whole(file), b"moov")
    for box in boxes(file, movie.start, movie.end) if movie else ():
        tables = find(file, box, b"mdia", b"minf", b"stbl") if box.kind == b"trak" else None
        if tables is None:
            continue
        sizes = content(file, find(file, tables, b"stsz"), 12)
        # After version, flags and a count comes the first description.
        entry = content(file, find(file, tables, b"stsd"), 44).ljust(44, b"\0")
        yield Track(
            coding=entry[12:16],
            width=int.from_bytes(entry[40:42], "big"),
            height=int.from_bytes(entry[42:44], "big"),
            frames=int.from_bytes(sizes[8:12], "big"),
            tables=tables,
        )


def _check_film(file: BinaryIO, track: Track, max_pixels: int, *, header_only: bool) -> None:
    if track.frames > limits.FRAMES:
        raise too_complex("frames")
    sizes = [(track.width, track.height)]
    for start, end in _samples(file, track.tables):
        sizes += av1_sizes(file, start, end, header_only=header_only)
        if header_only:
            break
    for width, height in sizes:
        if max(width, height) > limits.SIDE or width * height * track.frames > max_pixels:
            raise too_many_pixels(width, height, track.frames, max_pixels, limits.SIDE)


def _samples(file: BinaryIO, tables: Box) -> Iterator[tuple[int, int]]:
    """Yield start and end of the data of each frame: ISO/IEC 14496-12, 8.7.3 to 8.7.5."""
    of_all, _, *lengths = _table(file, tables, b"stsz", 4, before=0) or (0, 0)
    places = _table(file, tables, b"stco", 4) or _table(file, tables, b"co64", 8)
    runs = _table(file, tables, b"stsc", 4)
    in_chunk = dict(zip(runs[::3], runs[1::3], strict=False))  # up to the next one listed
    frames, count = iter(lengths), 0
    for chunk, start in enumerate(places, start=1):
        count = min(in_chunk.get(chunk, count), limits.FRAMES)
        for _ in range(count):
            length = of_all or next(frames, 0)
            yield start, start + length
            start += length


def _table(
    file: BinaryIO, tables: Box, kind: bytes, length: int, before: int = 4
) -> tuple[int, ...]:
    """Return the numbers of `length` bytes in a box, after version, flags and a count."""
    most = 4 + before + 3 * limits.FRAMES * length
    data = content(file, find(file, tables, kind), most)[4 + before :]
    code = "I" if length == 4 else "Q"
    return struct.unpack_from(f">{len(data) // length}{code}", data)
