"""Pillow's icon reader, which takes the mask where the alpha of a picture is zero everywhere.

Programs that know no alpha leave it zero in pictures of 32 bits; the mask after the pixels, one bit
each, then says what is transparent, as in pictures of fewer bits.
"""

from __future__ import annotations

from typing import IO, cast

from PIL import IcoImagePlugin, Image

from pictures.decoders import pillow_bmp, pillow_png

_PNG = b"\x89PNG\r\n\x1a\n"
_BITS_AT, _WITH_ALPHA = 14, 32


class _Icon(IcoImagePlugin.IcoFile):
    def __init__(self, buf: IO[bytes]) -> None:
        super().__init__(buf)
        # Of pictures of the same size, Pillow takes the one of the fewest colors.
        self.entry.sort(key=lambda entry: (entry.square, entry.color_depth), reverse=True)

    def frame(self, idx: int) -> Image.Image:
        """Return a picture of the icon, without alpha if it is opaque."""
        offset = self.entry[idx].offset
        self.buf.seek(offset)
        head = self.buf.read(_BITS_AT + 2)
        bits = int.from_bytes(head[_BITS_AT:], "little")
        if head.startswith(_PNG):
            return super().frame(idx)
        # The list of pictures often lacks the number of bits, by which Pillow looks for alpha.
        self.entry[idx] = self.entry[idx]._replace(bpp=bits)
        picture = super().frame(idx)
        if picture.mode != "RGBA":
            return picture
        if bits == _WITH_ALPHA and picture.getchannel("A").getbbox() is None:
            picture.putalpha(self._mask(picture.size, offset))
        is_opaque = picture.getchannel("A").getextrema() == (255, 255)
        return picture.convert("RGB") if is_opaque else picture

    def _mask(self, size: tuple[int, int], offset: int) -> Image.Image:
        """Return the alpha that the mask of a picture of 32 bits says; opaque without a mask."""
        width, height = size
        self.buf.seek(offset)
        header = int.from_bytes(self.buf.read(4), "little")
        row = (width + 31) // 32 * 4
        self.buf.seek(offset + header + 4 * width * height)
        data = self.buf.read(row * height)
        if len(data) < row * height:
            return Image.new("L", size, 255)
        return Image.frombytes("1", size, data, "raw", "1;I", row, -1).convert("L")


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
