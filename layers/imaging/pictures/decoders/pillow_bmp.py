"""Pillow's BMP reader, extended to any bit masks and corrected.

Pillow knows the usual masks for red, green, blue and alpha; a mask may be any run of bits
(Microsoft's BITMAPV4HEADER). It ignores an alpha of a few bits, and shows nothing of a picture
whose alpha is zero everywhere, which many programs write for want of any.
"""

from __future__ import annotations

import io
from functools import cache
from typing import IO, Any, NamedTuple, cast

from PIL import BmpImagePlugin, Image, ImagePalette
from PIL.ImageFile import PyDecoder

from image_pipeline.refusals import unsupported_format
from pictures.decoders import bmp_run_lengths

_FILE_HEADER = 14
_MASKS_AT = 40  # after the fields of the oldest header with masks
_WITH_ALPHA = 56  # the shortest header with an alpha mask
_OLDEST_HEADER = 12
_OS2_HEADER = 64  # whose numbers of compressions differ
_UNCOMPRESSED, _BITFIELDS, _ALPHA_BITFIELDS = 0, 3, 6
_COMPRESSIONS = frozenset({_UNCOMPRESSED, 1, 2, _BITFIELDS, _ALPHA_BITFIELDS})
_BITS_OF_GRAY = {"1": 1, "L": 8}
_BITS = frozenset({1, 2, 4, 8, 16, 24, 32})
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


class _Header(NamedTuple):
    """What is said of the pixels; the masks are of red, green, blue and, if any, alpha."""

    length: int
    width: int
    height: int
    bits: int
    compression: int
    masks: tuple[int, ...]
    start: int

    @property
    def octets(self) -> int:
        """Bytes of a pixel."""
        return self.bits // 8

    @property
    def has_masks(self) -> bool:
        """Whether the pixels are described by masks, each a run of bits."""
        is_masked = self.compression in {_BITFIELDS, _ALPHA_BITFIELDS} and self.bits in {16, 32}
        return is_masked and all(_is_run(mask) for mask in self.masks)


class BmpImageFile(BmpImagePlugin.BmpImageFile):
    """Pillow's picture, whose `load` also decodes masks that Pillow does not know."""

    _masked: _Header | None = None

    def _open(self) -> None:
        header = _header(_read(self.fp, 0, _FILE_HEADER + _WITH_ALPHA))
        _require_readable(header)
        try:
            super()._open()
        except OSError:
            if header.has_masks and header.width > 0 and header.height:
                self._set_masked(header)
                return
            raise
        if header.bits < _BITS_OF_GRAY.get(self.mode, 0) or (self.mode == "1" and header.bits > 1):
            self._set_palette(header.bits)
        is_few_bits = header.bits == 16 and header.has_masks and len(header.masks) > 3
        if is_few_bits:
            self._set_masked(header)
        elif self.mode == "RGBA":
            tile = self.tile[0]
            raw_mode, *others = cast("tuple[str, ...]", tile.args)
            if not self._has_alpha(header, 255 << 8 * raw_mode.index("A")):
                self.tile = [tile._replace(args=(_OPAQUE[raw_mode], *others))]
                self._mode = "RGB"

    def _set_palette(self, bits: int) -> None:
        """Keep a palette of grays, for which Pillow reads the pixels in one or eight bits each."""
        grays = (0, 255) if self.mode == "1" else range(1 << bits)
        tile = self.tile[0]
        _, *others = cast("tuple[str, ...]", tile.args)
        self._mode, raw_mode = BmpImagePlugin.BIT2MODE[bits]
        self.palette = ImagePalette.raw("RGB", bytes(gray for gray in grays for _ in range(3)))
        self.tile = [tile._replace(args=(raw_mode, *others))]

    def _set_masked(self, header: _Header) -> None:
        if len(header.masks) > 3 and not self._has_alpha(header, header.masks[3]):
            header = header._replace(masks=header.masks[:3])
        self._masked, self._size = header, (header.width, abs(header.height))
        self._mode = "RGBA" if len(header.masks) > 3 else "RGB"
        self.tile = []

    def _has_alpha(self, header: _Header, mask: int) -> bool:
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


def _header(head: bytes) -> _Header:
    def number(at: int, *, length: int = 4, signed: bool = False) -> int:
        start = _FILE_HEADER + at
        return int.from_bytes(head[start : start + length], "little", signed=signed)

    length, compression = number(0), number(16)
    has_alpha = length >= _WITH_ALPHA or compression == _ALPHA_BITFIELDS
    bands = 4 if has_alpha and number(_MASKS_AT + 12) else 3
    return _Header(
        length=length,
        width=number(4, signed=True),
        height=number(8, signed=True),
        bits=number(14, length=2),
        compression=compression,
        masks=tuple(number(_MASKS_AT + 4 * band) for band in range(bands)),
        start=int.from_bytes(head[10:14], "little"),
    )


def _require_readable(header: _Header) -> None:
    """Refuse what is whole and not read: pictures in a picture, codings of OS/2, 64 bits.

    Raises:
        ValidationError: `unsupported_format`.
    """
    if header.length == _OLDEST_HEADER:  # which only has a size and a number of bits
        return
    is_of_os2 = header.length == _OS2_HEADER and header.compression > 2
    is_read = header.compression in _COMPRESSIONS and header.bits in _BITS and not is_of_os2
    if header.length < _MASKS_AT or not is_read:
        raise unsupported_format("This kind of BMP is not supported", "save it as PNG")


def _read(file: IO[bytes] | None, position: int, length: int) -> bytes:
    """Return up to `length` bytes from a position."""
    if file is None:
        raise OSError("the file is closed")
    before = file.tell()
    file.seek(position)
    data = file.read(length)
    file.seek(before)
    return data


def _is_run(mask: int) -> bool:
    lowest = mask & -mask
    return mask > 0 and (mask + lowest) & mask == 0


def _selecting(bits: int) -> bytes:
    """Return the table that keeps some bits of a byte."""
    return bytes(byte & bits for byte in range(256))


def _decoded(header: _Header, file: IO[bytes] | None) -> Image.Image:
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
    """Return the level that a mask selects of each pixel, in eight bits."""
    low, length = (mask & -mask).bit_length() - 1, mask.bit_count()
    shift, top = low + max(length - 8, 0), (1 << min(length, 8)) - 1
    levels = 0
    for octet in range(octets):
        part = bytes(((byte << 8 * octet & mask) >> shift) & 255 for byte in range(256))
        levels |= int.from_bytes(data[octet::octets].translate(part), "big")
    scaled = bytes(min(level, top) * 255 // top for level in range(256))
    return levels.to_bytes(len(data) // octets, "big").translate(scaled)
