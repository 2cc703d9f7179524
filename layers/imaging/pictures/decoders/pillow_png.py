"""Pillow's PNG reader, corrected, and protected against three properties of untrusted files.

Pillow compares transparent levels of less than eight bits, and transparent colors of 16 bits, with
what it has decoded instead of what is stored, and it composes animations its own way.

Pillow stores the texts of a file under names that the file chooses, next to its own facts: a text
named `transparency` or `icc_profile` would be treated as one. It refuses a picture with a damaged
animation, which other readers show as a still (PNG specification, third edition, 4.9: "treat as a
static image"). And it refuses a picture with a wrong checksum, or a wrong length, of a chunk that
is not needed to show it, which libpng, and so every browser, skips. Pillow skips chunks that it
does not know, so this reader hides texts, invalid animations and such chunks from it.
"""

from __future__ import annotations

import io
from functools import cache, reduce
from typing import IO, TYPE_CHECKING, Any, cast

from PIL import Image, ImageChops, PngImagePlugin
from PIL.PngImagePlugin import PngImageFile

from pictures import limits
from pictures.colorimetry.stated import LOST_PROFILE
from pictures.containers.png_chunks import exif_chunk, is_sound
from pictures.decoders import apng
from pictures.decoders.composition import ComposedFile
from pictures.preflight.png import has_sound_animation

if TYPE_CHECKING:
    from typing import BinaryIO

    from PIL.ImageFile import ImageFile

_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_ANIMATION = frozenset({b"acTL", b"fcTL", b"fdAT"})
_FACTS = frozenset({b"iCCP", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"pHYs", b"eXIf"})
_BEFORE_PIXELS = _FACTS - {b"eXIf"}
# Pillow's names of stored layouts.
_GRAY_BITS = {"1": 1, "L;2": 2, "L;4": 4, "L": 8}
_COLOR_BYTES = {"1": 2, "L": 2, "I;16": 2, "RGB": 6}  # of a transparent level or color
_RGB_16, _LOW_BYTES = "RGB;16B", "RGB;16L"
_EXACT_COLOR = "transparency of 16 bits"


class _Stream(PngImagePlugin.PngStream):
    """The chunks of a PNG, without those that Pillow must not see."""

    def __init__(self, fp: IO[bytes]) -> None:
        super().__init__(fp)
        start = fp.tell()
        # A file that is still in S3 is not read to its end: only its size and frames matter.
        is_whole = isinstance(fp, io.BytesIO)
        is_sound = has_sound_animation(cast("BinaryIO", fp), header_only=not is_whole)
        self._end = fp.seek(0, io.SEEK_END) if is_whole else None
        self._unknown = _TEXTS if is_sound else _TEXTS | _ANIMATION
        fp.seek(start)

    def read(self) -> tuple[bytes, int, int]:
        """Read the header of the next chunk; one that is not whole after the pixels ends the file.

        Raises:
            SyntaxError: the file ends here, or is damaged.
        """
        cid, pos, length = super().read()
        is_beside = bool(self.im_tile) and cid[:1].islower() and cid not in _ANIMATION
        if is_beside and self._end is not None and pos + length > self._end:
            raise SyntaxError(cid)
        return cid, pos, length

    def call(self, cid: bytes, pos: int, length: int) -> bytes:
        # As libpng: a truncated transparent color has no effect.
        is_void = cid == b"tRNS" and length < _COLOR_BYTES.get(str(self.im_mode), 0)
        file = cast("BinaryIO", self.fp)
        start = file.tell()
        is_damaged = cid in _FACTS and not is_sound(file, cid, start, length)
        file.seek(start)
        if cid in self._unknown or is_void or self._is_misplaced(cid):
            raise AttributeError(cid)  # how Pillow recognizes chunks that it does not know
        if cid == b"iCCP":
            self.im_info["icc_profile"] = LOST_PROFILE
        if is_damaged:
            raise AttributeError(cid)
        try:
            return super().call(cid, pos, length)
        except (ValueError, SyntaxError, IndexError) as error:
            if cid not in _FACTS:
                raise
            file.seek(start)
            raise AttributeError(cid) from error

    def chunk_iCCP(self, pos: int, length: int) -> bytes:  # noqa: N802 - Pillow calls it so
        """Read the profile, which Pillow replaces by nothing if it cannot be inflated."""
        data = super().chunk_iCCP(pos, length)
        self.im_info["icc_profile"] = self.im_info.get("icc_profile") or LOST_PROFILE
        return data

    def _is_misplaced(self, cid: bytes) -> bool:
        """Return whether a chunk comes too late, or too early, to count (chapter 5.6)."""
        has_no_palette = self.im_mode == "P" and self.im_palette is None
        is_too_early = cid == b"tRNS" and has_no_palette
        return is_too_early or (bool(self.im_tile) and cid in _BEFORE_PIXELS)

    def chunk_tRNS(self, pos: int, length: int) -> bytes:  # noqa: N802 - Pillow calls it so
        """Read the transparent level or color: the low bits that a sample has (chapter 11.3.1.1).

        The color of 16 bits is also kept whole, because Pillow decodes its high bytes.
        """
        data = super().chunk_tRNS(pos, length)
        stored = self.im_info.get("transparency")
        bits = _GRAY_BITS.get(str(self.im_rawmode))
        if bits and isinstance(stored, int):
            top = (1 << bits) - 1
            level = int.from_bytes(data[:2], "big") & top
            self.im_info["transparency"] = level * 255 // top
        elif self.im_rawmode == "RGB" and isinstance(stored, tuple):
            self.im_info["transparency"] = tuple(level & 255 for level in stored)
        elif self.im_rawmode == _RGB_16 and isinstance(stored, tuple):
            self.im_info["transparency"] = tuple(level >> 8 for level in stored)
            self.im_info[_EXACT_COLOR] = stored
        return data

    def crc(self, cid: bytes, data: bytes) -> None:
        is_ancillary = cid[:1].islower()  # chapter 5.4
        if is_ancillary and (cid not in _ANIMATION or cid in self._unknown):
            self.crc_skip(cid, data)
        else:
            super().crc(cid, data)


class _PngImageFile(PngImageFile):
    """Pillow's picture, with alpha where all 16 bits of a color are those that are transparent."""

    def load(self) -> Any:
        """Decode, see `ImageFile.load`; a wrong checksum of the pixels does not matter."""
        data = self.fp.getvalue() if self.tile and isinstance(self.fp, io.BytesIO) else b""
        try:
            return self._load()
        except OSError:
            from pictures.decoders.png_checksum import with_right_checksum

            corrected = with_right_checksum(data) if data else None
            if corrected is None or getattr(self, "is_animated", False):
                raise
            other = _PngImageFile(io.BytesIO(corrected), "")
            other.load()
            self.im, self._mode, self.palette = other.im, other.mode, other.palette
            self.info, self.tile = other.info, []
            return Image.Image.load(self)

    def _load(self) -> Any:
        color = self.info.get(_EXACT_COLOR)
        if color is None or self._im is not None or getattr(self, "is_animated", False):
            return super().load()
        file = cast("io.BytesIO", self.fp).getvalue()
        super().load()
        low = _PngImageFile(io.BytesIO(file), "")
        low.info.pop(_EXACT_COLOR)
        low.tile = [tile._replace(args=_LOW_BYTES) for tile in low.tile]
        low.load()
        bands = self.split()
        differences = [
            band.point([255 * (level != stored) for level in range(256)])
            for band, stored in zip(
                (*bands, *low.split()),
                (*(level >> 8 for level in color), *(level & 255 for level in color)),
                strict=True,
            )
        ]
        alpha = reduce(ImageChops.lighter, differences)
        del self.info["transparency"], self.info[_EXACT_COLOR]
        self.im, self._mode = Image.merge("RGBA", (*bands, alpha)).im, "RGBA"
        return Image.Image.load(self)


def open_png(file: IO[bytes], filename: str) -> ImageFile:
    """Return the picture of a PNG, read through the stream above."""
    install()
    opened = _PngImageFile(file, filename)
    if not isinstance(file, io.BytesIO) or not _is_animation(opened):
        return opened
    data = file.getvalue()
    frames = apng.frames(data, open_png)
    if not frames or not apng.may_be_misread(frames, opened):
        return opened
    if chunk := exif_chunk(data):  # Pillow reads it with the pixels if it is after them
        opened.info["exif"] = chunk
    return ComposedFile(opened, frames)


def _is_animation(opened: PngImageFile) -> bool:
    return opened.is_animated or bool(opened.default_image)


@cache
def install() -> None:
    """Replace Pillow's stream and limit in the whole process: Pillow offers no other way in."""
    PngImagePlugin.PngStream = _Stream  # type: ignore[misc]
    # Its own limit of a megabyte would refuse the color profiles of printers.
    PngImagePlugin.MAX_TEXT_CHUNK = limits.PNG_INFLATED_BYTES
