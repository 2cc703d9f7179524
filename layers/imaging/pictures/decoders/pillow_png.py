"""Pillow's PNG reader, protected against three properties of untrusted files.

Pillow stores the texts of a file under names that the file chooses, next to its own facts: a text
named `transparency` or `icc_profile` would be treated as one. It refuses a picture with a damaged
animation, which other readers show as a still (PNG specification, third edition, 4.9: "treat as a
static image"). And it refuses a picture with a wrong checksum in a chunk that is not needed to show
it, which libpng, and so every browser, skips. Pillow skips chunks that it does not know, so this
reader hides texts, invalid animations and such chunks from it.
"""

from __future__ import annotations

import io
import zlib
from functools import cache
from typing import IO, TYPE_CHECKING, cast

from PIL import PngImagePlugin
from PIL.PngImagePlugin import PngImageFile

from pictures import limits
from pictures.preflight.png import has_sound_animation

if TYPE_CHECKING:
    from typing import BinaryIO

_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_ANIMATION = frozenset({b"acTL", b"fcTL", b"fdAT"})
_FACTS = frozenset({b"iCCP", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"pHYs", b"eXIf"})
_CHECKSUM_LENGTH = 4


class _Stream(PngImagePlugin.PngStream):
    """The chunks of a PNG, without those that Pillow must not see."""

    def __init__(self, fp: IO[bytes]) -> None:
        super().__init__(fp)
        start = fp.tell()
        # A file that is still in S3 is not read to its end: only its size and frames matter.
        is_whole = isinstance(fp, io.BytesIO)
        is_sound = has_sound_animation(cast("BinaryIO", fp), header_only=not is_whole)
        self._unknown = _TEXTS if is_sound else _TEXTS | _ANIMATION
        fp.seek(start)

    def call(self, cid: bytes, pos: int, length: int) -> bytes:
        if cid in self._unknown or (cid in _FACTS and not self._is_sound(cid, length)):
            raise AttributeError(cid)  # how Pillow recognizes chunks that it does not know
        return super().call(cid, pos, length)

    def crc(self, cid: bytes, data: bytes) -> None:
        is_ancillary = cid[:1].islower()  # chapter 5.4
        if is_ancillary and cid not in _ANIMATION:
            self.crc_skip(cid, data)
        else:
            super().crc(cid, data)

    def _is_sound(self, cid: bytes, length: int) -> bool:
        """Return whether the checksum of the next chunk is right."""
        file = cast("IO[bytes]", self.fp)
        start = file.tell()
        checksum = zlib.crc32(file.read(length), zlib.crc32(cid))
        stored = file.read(_CHECKSUM_LENGTH)
        file.seek(start)
        return checksum == int.from_bytes(stored, "big")


def open_png(file: IO[bytes], filename: str) -> PngImageFile:
    """Return Pillow's picture for a PNG, read through the stream above."""
    _install()
    return PngImageFile(file, filename)


@cache
def _install() -> None:
    """Replace Pillow's stream and limit in the whole process: Pillow offers no other way in."""
    PngImagePlugin.PngStream = _Stream  # type: ignore[misc]
    # Its own limit of a megabyte would refuse the color profiles of printers.
    PngImagePlugin.MAX_TEXT_CHUNK = limits.PNG_INFLATED_BYTES
