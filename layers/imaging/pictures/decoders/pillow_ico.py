"""Pillow's icon reader, with pictures in BMP read by the project's own reader and their own mask.

After its pixels, a picture in BMP has a mask of one bit each, which says what is transparent.
Programs that know alpha leave the mask empty; programs that know none leave the alpha of a picture
of 32 bits zero everywhere. So alpha counts if any pixel has some, and the mask otherwise.
"""

from __future__ import annotations

import io
import struct
from typing import IO, cast

from PIL import IcoImagePlugin, Image

from pictures import limits
from pictures.decoders import pillow_bmp, pillow_png

_PNG = b"\x89PNG\r\n\x1a\n"
_WITH_COLORS = 40  # the header that icons have; an older one has other fields
_BITFIELDS, _WITH_ALPHA = 3, 32
_LARGEST_BITMAP = 5 * limits.ICO_PIXELS + limits.ICC_BYTES  # pixels and mask, and what follows


class _Icon(IcoImagePlugin.IcoFile):
    def __init__(self, buf: IO[bytes]) -> None:
        super().__init__(buf)
        # Of pictures of the same size, Pillow takes the one of the fewest colors.
        self.entry.sort(key=lambda entry: (entry.square, entry.color_depth), reverse=True)

    def frame(self, idx: int) -> Image.Image:
        """Return a picture of the icon; one in BMP has alpha only if a part is transparent."""
        self.buf.seek(self.entry[idx].offset)
        data = self.buf.read(_LARGEST_BITMAP)
        is_known = len(data) > _WITH_COLORS and int.from_bytes(data[:4], "little") >= _WITH_COLORS
        if data.startswith(_PNG) or not is_known:
            return super().frame(idx)
        return _bitmap(data)


def _bitmap(data: bytes) -> Image.Image:
    """Return a picture in BMP, whose stated height includes the mask.

    Raises:
        OSError: the file ends early.
    """
    length, width, both, _, bits, compression, _, _, _, colors = struct.unpack_from(
        "<IiiHHIIiiI", data
    )
    height = abs(both) // 2
    masks = 12 if compression == _BITFIELDS and length == _WITH_COLORS else 0
    start = length + masks + (4 * (colors or 1 << bits) if bits <= 8 else 0)
    end = start + (width * bits + 31) // 32 * 4 * height
    shown = struct.pack("<i", height if both > 0 else -height)
    head = struct.pack("<2sIHHI", b"BM", 14 + len(data), 0, 0, 14 + start)
    file = b"".join((head, data[:8], shown, memoryview(data)[12:]))
    opened = pillow_bmp.BmpImageFile(io.BytesIO(file), "")
    opened.load()
    size, order = (width, height), -1 if both > 0 else 1
    alpha = None
    if bits == _WITH_ALPHA:
        alpha = Image.frombytes("L", size, data[start + 3 : end : 4], "raw", "L", 0, order)
    if alpha is None or alpha.getbbox() is None:
        alpha = _mask(data[end:], size, order)
    picture = opened.convert("RGBA" if opened.has_transparency_data else "RGB")
    if alpha.getextrema() != (255, 255):
        picture.putalpha(alpha)
    return picture


def _mask(data: bytes, size: tuple[int, int], order: int) -> Image.Image:
    """Return the alpha that a mask says; opaque without a mask."""
    row = (size[0] + 31) // 32 * 4
    if len(data) < row * size[1]:
        return Image.new("L", size, 255)
    return Image.frombytes("1", size, data, "raw", "1;I", row, order).convert("L")


class IcoImageFile(IcoImagePlugin.IcoImageFile):
    """Pillow's picture, of an icon as above."""

    def _open(self) -> None:
        self.ico = _Icon(cast("IO[bytes]", self.fp))
        self.info["sizes"] = self.ico.sizes()
        self.size = self.ico.entry[0].dim
        self.load()


def open_ico(file: IO[bytes], filename: str) -> IcoImageFile:
    """Return the largest picture of an icon."""
    pillow_bmp.install()
    pillow_png.install()
    return IcoImageFile(file, filename)
