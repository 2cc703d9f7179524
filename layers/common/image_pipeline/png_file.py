"""Pillow's reader of PNG, kept from two things that strangers can do to it.

It keeps the texts of a file under the names that the file gives them, among its own facts: a text
called `transparency` or `icc_profile` would be taken for one. And it refuses a picture whose
animation is damaged, which everybody else shows as the still that it also is (PNG specification,
third edition, 4.9: "treat as a static image"). What it does not know it skips; so here it does
not know texts, nor animations that make no sense.
"""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING, cast

from PIL import PngImagePlugin
from PIL.PngImagePlugin import PngImageFile

from image_pipeline import limits
from image_pipeline.structure.png import has_sound_animation

if TYPE_CHECKING:
    from typing import BinaryIO

__all__ = ["PngImageFile"]

_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_ANIMATION = frozenset({b"acTL", b"fcTL", b"fdAT"})


class _Stream(PngImagePlugin.PngStream):
    """The chunks of a PNG, without those that shall not be known."""

    def __init__(self, fp: IO[bytes]) -> None:
        super().__init__(fp)
        start = fp.tell()
        # What is still in S3 is not read through: what matters there are the size and the frames.
        is_whole = isinstance(fp, io.BytesIO)
        is_sound = has_sound_animation(cast("BinaryIO", fp), header_only=not is_whole)
        self._unknown = _TEXTS if is_sound else _TEXTS | _ANIMATION
        fp.seek(start)

    def call(self, cid: bytes, pos: int, length: int) -> bytes:
        if cid in self._unknown:
            raise AttributeError(cid)  # by which Pillow tells what it does not know
        return super().call(cid, pos, length)


PngImagePlugin.PngStream = _Stream  # type: ignore[misc]  # Pillow has no other way in
# Its own limit of a megabyte would refuse the colour profiles of printers.
PngImagePlugin.MAX_TEXT_CHUNK = limits.PNG_INFLATED_BYTES
