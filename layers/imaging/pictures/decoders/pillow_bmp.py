"""Pillow's BMP reader, extended to any bit masks and corrected.

Pillow knows the usual masks for red, green, blue and alpha; a mask may be any run of bits
(Microsoft's BITMAPV4HEADER). It ignores an alpha of a few bits, and shows nothing of a picture
whose alpha is zero everywhere, which many programs write for want of any.
"""

from __future__ import annotations

import io
import struct
from functools import cache
from typing import IO, Any, cast

from PIL import BmpImagePlugin, Image, ImagePalette
from PIL.ImageFile import PyDecoder

from pictures import limits
from pictures.decoders import bmp_run_lengths
from pictures.decoders.bmp_header import (
    FILE_HEADER,
    HEAD_LENGTH,
    Header,
    header_in,
    require_readable,
)

_WITH_PROFILE = 124  # BITMAPV5HEADER
_EMBEDDED = b"DEBM"  # PROFILE_EMBEDDED, a number
_BITS_OF_GRAY = {"1": 1, "L": 8}
_OPAQUE = {"BGRA": "BGRX", "RGBA": "RGBX", "ABGR": "XBGR", "BGAR": "BGXR"}
"""Pillow's names of layouts with alpha, and without."""


class _RunLengthDecoder(PyDecoder):
    """Takes the place of Pillow's decoder."""

    _pulls_fd = True

    def decode(self, buffer: Any) -> tuple[int, int]:  # noqa: ARG002
        """Read the codes, see `PyDecoder.decode`."""
        _, is_rle4, direction = self.args
        codes = cast("IO[bytes]", self.fd).read()
        size, bits = (self.state.xsize, self.state.ysize), 4 if is_rle4 else 8
        pixels = bmp_run_lengths.indices(codes, size, bits=bits)
        self.set_as_raw(pixels, "L" if self.mode in {"1", "L"} else "P", (0, direction))
        return -1, 0


class BmpImageFile(BmpImagePlugin.BmpImageFile):
    """Pillow's picture, whose `load` also decodes masks that Pillow does not know."""

    _masked: Header | None = None

    def _open(self) -> None:
        head = _read(self.fp, 0, HEAD_LENGTH)
        header = header_in(head)
        if len(head) < min(FILE_HEADER + header.length, HEAD_LENGTH):
            raise OSError("the header ends early")
        require_readable(header)
        try:
            super()._open()
        except OSError:
            if header.has_masks and header.width > 0 and header.height:
                self._set_masked(header)
                return
            raise
        self._keep_profile(header)
        if header.bits <= 8:
            self._correct_palette(header.bits)
        elif header.bits == 16 and header.has_masks and len(header.masks) > 3:
            self._set_masked(header)
        elif header.bits == 32:
            self._correct_alpha(header)

    def _correct_alpha(self, header: Header) -> None:
        """Use alpha where browsers do, and ignore it where it is zero everywhere."""
        tile = self.tile[0]
        raw_mode, *others = cast("tuple[str, ...]", tile.args)
        if header.has_plain_alpha:
            raw_mode, self._mode = "BGRA", "RGBA"
            self.tile = [tile._replace(args=(raw_mode, *others))]
        if self.mode == "RGBA" and not self._has_alpha(header, 255 << 8 * raw_mode.index("A")):
            self.tile = [tile._replace(args=(_OPAQUE[raw_mode], *others))]
            self._mode = "RGB"

    def _keep_profile(self, header: Header) -> None:
        """Keep the color profile that a BITMAPV5HEADER may point to."""
        if header.length < _WITH_PROFILE:
            return
        stored = _read(self.fp, FILE_HEADER, _WITH_PROFILE)
        kind, offset, length = stored[56:60], *struct.unpack_from("<2I", stored, 112)
        if kind == _EMBEDDED and length <= limits.ICC_BYTES:
            self.info["icc_profile"] = _read(self.fp, FILE_HEADER + offset, length)

    def _correct_palette(self, bits: int) -> None:
        """Keep a palette of grays, for which Pillow reads the pixels in one or eight bits each.

        Some palettes have more entries than there are indices.
        """
        if self.palette:
            raw_mode, entries = str(self.palette.rawmode), bytes(self.palette.palette)
            self.palette = ImagePalette.raw(raw_mode, entries[: len(raw_mode) << bits])
        elif bits != _BITS_OF_GRAY[self.mode]:
            grays = (0, 255) if self.mode == "1" else range(1 << bits)
            tile = self.tile[0]
            _, *others = cast("tuple[str, ...]", tile.args)
            self._mode, raw_mode = BmpImagePlugin.BIT2MODE[bits]
            self.palette = ImagePalette.raw("RGB", bytes(gray for gray in grays for _ in range(3)))
            self.tile = [tile._replace(args=(raw_mode, *others))]

    def _set_masked(self, header: Header) -> None:
        if len(header.masks) > 3 and not self._has_alpha(header, header.masks[3]):
            header = header._replace(masks=header.masks[:3])
        self._masked, self._size = header, (header.width, abs(header.height))
        self._mode = "RGBA" if len(header.masks) > 3 else "RGB"
        self.tile = []

    def _has_alpha(self, header: Header, mask: int) -> bool:
        """Return whether any pixel has alpha; True for a file that is not at hand as a whole."""
        if not isinstance(self.fp, io.BytesIO):
            return True
        row = (header.width * header.octets + 3) // 4 * 4
        end = header.start + row * abs(header.height)
        data = self.fp.getbuffer()[header.start : end]
        return any(
            bytes(data[octet :: header.octets]).translate(_selecting(part)).strip(b"\0")
            for octet in range(header.octets)
            if (part := mask >> 8 * octet & 255)
        )

    def load(self) -> Any:
        """Decode, see `ImageFile.load`."""
        if self._masked is None:
            return super().load()
        if self._im is None:
            self.im = _decoded(self._masked, self.fp).im
        return Image.Image.load(self)


def open_bmp(file: IO[bytes], filename: str) -> BmpImageFile:
    """Return the picture of a BMP."""
    install()
    return BmpImageFile(file, filename)


@cache
def install() -> None:
    """Replace a decoder, and add a number of bits, in the whole process: Pillow offers no more."""
    Image.register_decoder("bmp_rle", _RunLengthDecoder)
    BmpImagePlugin.BIT2MODE[2] = ("P", "P;2")  # as Windows CE writes


def _read(file: IO[bytes] | None, position: int, length: int) -> bytes:
    """Return up to `length` bytes from a position."""
    if file is None:
        raise OSError("the file is closed")
    before = file.tell()
    file.seek(position)
    data = file.read(length)
    file.seek(before)
    return data


def _selecting(bits: int) -> bytes:
    """Return the table that keeps some bits of a byte."""
    return bytes(byte & bits for byte in range(256))


def _decoded(header: Header, file: IO[bytes] | None) -> Image.Image:
    """Return a picture with masks.

    Raises:
        OSError: the file ends early.
    """
    width, height, octets = header.width, abs(header.height), header.octets
    row = (width * octets + 3) // 4 * 4
    data = _read(file, header.start, row * height)
    if len(data) < row * height:
        raise OSError("the file ends early")
    size = (row // octets, height)
    bands = [Image.frombytes("L", size, _levels(data, mask, octets)) for mask in header.masks]
    picture = Image.merge("RGBA"[: len(bands)], bands).crop((0, 0, width, height))
    is_upside_down = header.height > 0
    return picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM) if is_upside_down else picture


def _levels(data: bytes, mask: int, octets: int) -> bytes:
    """Return the level that a mask selects of each pixel, in eight bits; 0 without a mask."""
    if not mask:
        return bytes(len(data) // octets)
    low, length = (mask & -mask).bit_length() - 1, mask.bit_count()
    shift, top = low + max(length - 8, 0), (1 << min(length, 8)) - 1
    levels = 0
    for octet in range(octets):
        part = bytes(((byte << 8 * octet & mask) >> shift) & 255 for byte in range(256))
        levels |= int.from_bytes(data[octet::octets].translate(part), "big")
    scaled = bytes(min(level, top) * 255 // top for level in range(256))
    return levels.to_bytes(len(data) // octets, "big").translate(scaled)
