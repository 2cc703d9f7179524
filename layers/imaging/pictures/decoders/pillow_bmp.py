"""Pillow's BMP reader, extended to any bit masks and to run-length coding that ends early.

Pillow knows the usual masks for red, green, blue and alpha; a mask may be any run of bits
(Microsoft's BITMAPV4HEADER). Pillow also requires every pixel of a run-length coded picture, which
may state its end earlier ("Bitmap Compression").
"""

from __future__ import annotations

import io
from typing import IO, Any, cast

from PIL import BmpImagePlugin, Image

_FILE_HEADER = 14
_BITFIELDS = 3
_MASKS_AT = 40  # after the fields of the oldest header
_WITH_ALPHA = 56  # the shortest header with an alpha mask
_END_OF_BITMAP = b"\0\1"


class _RunLengthDecoder(BmpImagePlugin.BmpRleDecoder):
    def set_as_raw(
        self, data: bytes | bytearray, rawmode: str | None = None, extra: tuple[Any, ...] = ()
    ) -> None:
        """Set the pixels; those after a stated end get the first color, as in other readers."""
        file = cast("IO[bytes]", self.fd)
        file.seek(-len(_END_OF_BITMAP), io.SEEK_CUR)
        if file.read(len(_END_OF_BITMAP)) == _END_OF_BITMAP:
            data = data.ljust(self.state.xsize * self.state.ysize, b"\0")
        super().set_as_raw(data, rawmode, extra)


class BmpImageFile(BmpImagePlugin.BmpImageFile):
    """Pillow's picture, whose `load` also decodes masks that Pillow does not know."""

    _masks: tuple[int, ...] = ()

    def _open(self) -> None:
        try:
            super()._open()
        except OSError:
            self._open_masked(_read(self.fp, 0, _FILE_HEADER + _WITH_ALPHA))

    def _open_masked(self, head: bytes) -> None:
        """Read the header of a picture with masks.

        Raises:
            OSError: it has no masks, or they are not runs of bits.
        """

        def number(at: int, *, length: int = 4, signed: bool = False) -> int:
            start = _FILE_HEADER + at
            return int.from_bytes(head[start : start + length], "little", signed=signed)

        width, height = number(4, signed=True), number(8, signed=True)
        self._octets, self._is_upside_down = number(14, length=2) // 8, height > 0
        bands = 4 if number(0) >= _WITH_ALPHA and number(_MASKS_AT + 12) else 3
        masks = tuple(number(_MASKS_AT + 4 * band) for band in range(bands))
        is_known = number(16) == _BITFIELDS and self._octets in {2, 4} and width > 0 and height
        if not is_known or not all(_is_run(mask) for mask in masks):
            raise OSError("not a BMP with masks")
        self._start = int.from_bytes(head[10:14], "little")
        self._masks, self._size = masks, (width, abs(height))
        self._mode = "RGBA" if bands == 4 else "RGB"
        self.tile = []

    def load(self) -> Any:
        """Decode, see `ImageFile.load`."""
        if self._masks and self._im is None:
            self.im = self._decoded().im
        return Image.Image.load(self) if self._masks else super().load()

    def _decoded(self) -> Image.Image:
        (width, height), octets = self.size, self._octets
        row = (width * octets + 3) // 4 * 4
        data = _read(self.fp, self._start, row * height)
        size = (row // octets, height)
        bands = [Image.frombytes("L", size, _levels(data, mask, octets)) for mask in self._masks]
        picture = Image.merge(self.mode, bands).crop((0, 0, width, height))
        return (
            picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM) if self._is_upside_down else picture
        )


def open_bmp(file: IO[bytes], filename: str) -> BmpImageFile:
    """Return the picture of a BMP, whose run-length coding may end early."""
    Image.register_decoder("bmp_rle", _RunLengthDecoder)  # by name, in the whole process
    return BmpImageFile(file, filename)


def _read(file: IO[bytes] | None, position: int, length: int) -> bytes:
    """Return `length` bytes from a position; an OSError if there are fewer."""
    if file is None:
        raise OSError("the file is closed")
    file.seek(position)
    data = file.read(length)
    if len(data) < length:
        raise OSError("the file ends early")
    return data


def _is_run(mask: int) -> bool:
    lowest = mask & -mask
    return mask > 0 and (mask + lowest) & mask == 0


def _levels(data: bytes, mask: int, octets: int) -> bytes:
    """Return the level that a mask selects of each pixel, in eight bits."""
    low, length = (mask & -mask).bit_length() - 1, mask.bit_count()
    shift, top = low + max(length - 8, 0), (1 << min(length, 8)) - 1
    levels = 0
    for octet in range(octets):
        part = bytes(((byte << 8 * octet & mask) >> shift) & 255 for byte in range(256))
        levels |= int.from_bytes(data[octet::octets].translate(part), "big")
    scaled = bytes(min(level, top) * 255 // top for level in range(256))
    return levels.to_bytes(len(data) // octets, "big").translate(scaled)
