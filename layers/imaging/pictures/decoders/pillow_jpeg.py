"""Pillow's JPEG reader, which accepts a picture that is whole and refuses one that is not.

Pillow, like libjpeg, goes by the end marker: a whole picture without one is an error, and a part of
a picture with one is not. Here the picture data decides. What ends as it should, nearly every
file, is decoded as always.

Pillow also refuses a picture for a segment of metadata that is too short, which libjpeg ignores.
"""

from __future__ import annotations

import io
import struct
from functools import cache
from typing import IO, TYPE_CHECKING, Any

from PIL import JpegImagePlugin

from pictures.colorimetry.stated import LOST_PROFILE
from pictures.containers.jpeg_segments import (
    END_MARKER,
    end_of_scans,
    frame_marker,
    last_scan,
    scans,
    usual_end,
)
from pictures.decoders import jpeg_ending

if TYPE_CHECKING:
    from collections.abc import Callable

    _Reader = Callable[[JpegImagePlugin.JpegImageFile, int], None]

_APPLICATION = range(0xFFE0, 0xFFF0)
_ICC = b"ICC_PROFILE\0"
_NUMBER_AT, _ICC_HEADER = 12, 14  # identifier, number and count
_ARITHMETIC = frozenset({0xC9, 0xCA})
_COMPONENTS_AT = 4  # in a scan header, after marker and length
# What libjpeg wants to hold before it decodes the last codes: eight bytes. These are ones, which
# no code consists of, so that they do not pass for blocks.
_LOOK_AHEAD = b"\xff\0" * 8

_READ_AT_LAST = 3 * 65_536  # more than Pillow hands to libjpeg at once, and keeps of it


class JpegImageFile(JpegImagePlugin.JpegImageFile):
    """Pillow's picture, whose `load` looks at how the file ends."""

    _end: int | None = None
    """Where the end marker of a picture with a single scan is, which is withheld from libjpeg."""

    def _open(self) -> None:
        super()._open()
        has_parts = any(content.startswith(_ICC) for _, content in self.applist)
        if has_parts and not self.info.get("icc_profile"):
            self.info["icc_profile"] = LOST_PROFILE

    def load(self) -> Any:
        """Decode, see `ImageFile.load`.

        Raises:
            EOFError: part of the picture is missing.
            OSError: the picture is damaged.
        """
        if not self.tile or not isinstance(self.fp, io.BytesIO):
            return super().load()
        data, start = self.fp.getvalue(), self.fp.tell()
        whole = data
        if frame_marker(data) in _ARITHMETIC:
            # libjpeg reads it in one piece or not at all, and cannot tell where it ends.
            self.decodermaxblock = len(data)
            return super().load()
        end = usual_end(data, start)
        # All components are in one scan of nearly every picture that is not progressive.
        is_progressive = "progressive" in self.info
        is_single = data[last_scan(data, start) + _COMPONENTS_AT] == len(self.layer)
        if end is None or not (is_progressive or is_single):
            data = jpeg_ending.completed(data, start)
            end = len(data) - len(END_MARKER)
        self._end = None if is_progressive or not is_single else end
        try:
            read = self._decode(data)
        except OSError:
            # The end marker was found, but perhaps not the one that ends this picture.
            data, self._end = jpeg_ending.completed(data, start), None
            read = self._decode(data)
        is_one_scan = is_single and not is_progressive
        if is_one_scan and _has_another_scan(whole, start, min(read, len(data))):
            raise EOFError
        if jpeg_ending.lacks_pixels(self, data, start):
            raise EOFError
        return super().load()

    def _decode(self, data: bytes) -> int:
        """Decode a file; return how much of it has been read."""
        self.fp = file = io.BytesIO(data)
        super().load()
        return file.tell()

    def load_read(self, read_bytes: int) -> bytes:
        """Return more of the file; in place of the end marker something that is no picture.

        So libjpeg fails where it would show an incomplete picture, except for the last 50 bits.
        """
        assert self.fp is not None
        if self._end is None:
            return self.fp.read(read_bytes)
        if left := self._end - self.fp.tell():
            return self.fp.read(min(left, read_bytes))
        self.fp.seek(0, io.SEEK_END)
        self._end = None
        return _LOOK_AHEAD


def _has_another_scan(data: bytes, start: int, read: int) -> bool:
    """Return whether the scan of all components, which libjpeg stops after, is not the last.

    Other readers, such as ffmpeg, show the pixels of the last one. What libjpeg has read last holds
    the end of its scan. A file that does not end like a JPEG may be followed by anything.
    """
    within = max(start, read - _READ_AT_LAST)
    if not data.endswith(END_MARKER) or next(scans(data, within, len(data)), None) is None:
        return False
    return next(scans(data, within, end_of_scans(data, within)), None) is not None


def open_jpeg(file: IO[bytes], filename: str) -> JpegImageFile:
    """Return the picture of a JPEG."""
    _install()
    return JpegImageFile(file, filename)


@cache
def _install() -> None:
    """Replace Pillow's reader of metadata in the whole process: Pillow offers no other way in."""
    for marker in _APPLICATION:
        name, description, read = JpegImagePlugin.MARKER[marker]
        safe: Any = _forgiving(read) if read else None
        JpegImagePlugin.MARKER[marker] = (name, description, safe)


def _forgiving(read: _Reader) -> _Reader:
    """Return a reader of segments that ignores one that is too short for what it says it is."""

    def read_segment(picture: JpegImagePlugin.JpegImageFile, marker: int) -> None:
        try:
            read(picture, marker)
        except (struct.error, IndexError):  # raised after the segment has been read
            return
        if picture.icclist and not _is_part(picture.icclist[-1]):
            picture.icclist.pop()

    return read_segment


def _is_part(profile: bytes) -> bool:
    """Return whether a part of a color profile has a number from 1 to their count (ICC.1, B.4)."""
    number, count = profile[_NUMBER_AT:_ICC_HEADER].ljust(2, b"\0")
    return 1 <= number <= count
