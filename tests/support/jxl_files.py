"""Writes JPEG XL with everything that libjxl can write: frames, channels, boxes, color spaces."""

from __future__ import annotations

import ctypes
import struct
from ctypes import c_char_p, c_int, c_size_t, c_uint32, c_void_p
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PIL import Image

from pictures.containers.jxl_boxes import CODESTREAM, SIGNATURE
from pictures.jxl.library import (
    NATIVE_ENDIAN,
    UINT8,
    UINT16,
    BasicInfo,
    ColorEncoding,
    ExtraChannelInfo,
    FrameHeader,
    PixelFormat,
    libjxl,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

BT_709, LINEAR, SRGB_CURVE, PQ, HLG, GAMMA = 1, 8, 13, 16, 18, 65535
SRGB, P3, BT_2100 = 1, 11, 9
_EFFORT, _PROGRESSIVE = 0, 16
_UPLOAD_BYTES = 52_428_800
_ALPHA, _DEPTH, _BLACK = 0, 1, 4


@dataclass(frozen=True)
class Jxl:
    """A JPEG XL to write.

    Args:
        orientation: of EXIF, in the codestream.
        premultiplied: whether alpha is.
        black: the levels of a fourth ink; the picture has the other three.
        bits: 8 or 16, of lossless pictures; with 16, `file` takes bytes.
        primaries, transfer: an enumerated color space; `gamma` is the exponent of `GAMMA`.
        icc: a profile instead.
        lossless: the default, so that colors can be compared.
        extra: further channels of type `depth`.
        layered: whether further pictures are layers of one, each in front of those before it.
        progressive: whether a lossless picture is coded from coarse to fine.
    """

    orientation: int = 1
    premultiplied: bool = False
    black: Image.Image | None = None
    bits: int = 8
    primaries: int = SRGB
    transfer: int = SRGB_CURVE
    gamma: float = 0.0
    icc: bytes | None = None
    lossless: bool = True
    extra: int = 0
    layered: bool = False
    progressive: bool = False

    def file(
        self, frames: Image.Image | Sequence[Image.Image], samples: bytes | None = None
    ) -> bytes:
        """One frame, or several of 0.1 s each; `samples` are those of 16 bits."""
        pictures = [frames] if isinstance(frames, Image.Image) else list(frames)
        library = _library()
        encoder = library.JxlEncoderCreate(None)
        self._write_header(library, encoder, pictures[0], is_animated=len(pictures) > 1)
        settings = library.JxlEncoderFrameSettingsCreate(encoder, None)
        options = {_EFFORT: 1 + self.progressive, _PROGRESSIVE: int(self.progressive)}
        for option, value in options.items():
            assert library.JxlEncoderFrameSettingsSetOption(settings, option, value) == 0
        assert library.JxlEncoderSetFrameLossless(settings, int(self.lossless)) == 0
        if not self.lossless and pictures[0].mode in {"LA", "RGBA"}:
            assert library.JxlEncoderSetExtraChannelDistance(settings, 0, 1.0) == 0
        for picture in pictures:
            if len(pictures) > 1:
                header = FrameHeader()
                library.JxlEncoderInitFrameHeader(header)
                header.duration = int(not self.layered)
                assert library.JxlEncoderSetFrameHeader(settings, header) == 0
            self._add_frame(library, settings, picture, samples)
        return _finished(library, encoder)

    def _write_header(
        self, library: Any, encoder: int, picture: Image.Image, *, is_animated: bool
    ) -> None:
        has_alpha, is_gray = picture.mode in {"LA", "RGBA"}, picture.mode in {"L", "LA"}
        info = BasicInfo()
        library.JxlEncoderInitBasicInfo(info)
        info.xsize, info.ysize = picture.size
        info.bits_per_sample, info.orientation = self.bits, self.orientation
        info.num_color_channels = 1 if is_gray else 3
        info.alpha_bits, info.alpha_premultiplied = 8 * has_alpha, self.premultiplied
        info.num_extra_channels = has_alpha + (self.black is not None) + self.extra
        info.uses_original_profile = self.lossless
        info.have_animation, info.tps_numerator, info.tps_denominator = is_animated, 10, 1
        assert library.JxlEncoderSetBasicInfo(encoder, info) == 0
        kinds = [_ALPHA] * has_alpha + [_BLACK] * (self.black is not None) + [_DEPTH] * self.extra
        for number, kind in enumerate(kinds):
            channel = ExtraChannelInfo()
            library.JxlEncoderInitExtraChannelInfo(kind, channel)
            channel.bits_per_sample = 8
            channel.alpha_premultiplied = self.premultiplied
            assert library.JxlEncoderSetExtraChannelInfo(encoder, number, channel) == 0
        if self.icc:
            assert library.JxlEncoderSetICCProfile(encoder, self.icc, len(self.icc)) == 0
            return
        colors = ColorEncoding()
        library.JxlColorEncodingSetToSRGB(colors, is_gray)
        colors.primaries, colors.transfer_function = self.primaries, self.transfer
        colors.gamma = self.gamma
        assert library.JxlEncoderSetColorEncoding(encoder, colors) == 0

    def _add_frame(
        self, library: Any, settings: int, picture: Image.Image, samples: bytes | None
    ) -> None:
        pixels = samples or picture.tobytes()
        kind = UINT16 if self.bits > 8 else UINT8
        layout = PixelFormat(len(picture.getbands()), kind, NATIVE_ENDIAN, 0)
        assert library.JxlEncoderAddImageFrame(settings, layout, pixels, len(pixels)) == 0
        has_alpha = picture.mode in {"LA", "RGBA"}
        others = [self.black] if self.black else [picture.convert("L")] * self.extra
        for number, channel in enumerate(others):
            levels, one = channel.tobytes(), PixelFormat(1, UINT8, NATIVE_ENDIAN, 0)
            assert (
                library.JxlEncoderSetExtraChannelBuffer(
                    settings, one, levels, len(levels), number + has_alpha
                )
                == 0
            )


def of_jpeg(jpeg: bytes) -> bytes:
    """A JPEG XL from which the JPEG can be made again, byte by byte."""
    library = _library()
    encoder = library.JxlEncoderCreate(None)
    settings = library.JxlEncoderFrameSettingsCreate(encoder, None)
    assert library.JxlEncoderStoreJPEGMetadata(encoder, 1) == 0
    assert library.JxlEncoderAddJPEGFrame(settings, jpeg, len(jpeg)) == 0
    return _finished(library, encoder)


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def container(*content: bytes) -> bytes:
    """The boxes of a file around others, such as `jxlc` with a codestream."""
    return SIGNATURE + box(b"ftyp", b"jxl \0\0\0\0jxl ") + b"".join(content)


def with_metadata(codestream: bytes, *, exif: bytes = b"", xmp: bytes = b"") -> bytes:
    """A codestream in two parts, in a container with metadata."""
    assert codestream.startswith(CODESTREAM)
    half = len(codestream) // 2
    parts = codestream[:half], codestream[half:]
    return container(
        box(b"jxlp", struct.pack(">I", 0) + parts[0]),
        box(b"Exif", bytes(4) + exif) if exif else b"",
        box(b"xml ", xmp) if xmp else b"",
        box(b"jxlp", struct.pack(">I", 0x80000001) + parts[1]),
    )


def compressed_box(kind: bytes, content: bytes) -> bytes:
    """A metadata box, compressed with Brotli as one meta-block of stored bytes."""
    return box(b"brob", kind + brotli(content))


def brotli(data: bytes) -> bytes:
    """Brotli that stores the data: RFC 7932, 9.2, with a window of 16 bits (the first bit 0)."""
    assert 0 < len(data) <= 65_536
    # ISLAST 0, MNIBBLES 4, MLEN - 1, ISUNCOMPRESSED 1; padding; then an empty last block.
    header = 0 << 1 | 0 << 2 | (len(data) - 1) << 4 | 1 << 20
    return header.to_bytes(3, "little") + data + b"\x03"


def _finished(library: Any, encoder: int) -> bytes:
    library.JxlEncoderCloseInput(encoder)
    chunk = ctypes.create_string_buffer(_UPLOAD_BYTES)
    room, place = c_size_t(len(chunk)), c_void_p(ctypes.addressof(chunk))
    assert library.JxlEncoderProcessOutput(encoder, place, room) == 0
    library.JxlEncoderDestroy(encoder)
    return ctypes.string_at(chunk, len(chunk) - room.value)


def _library() -> Any:
    library = libjxl()
    header, channel = ctypes.POINTER(FrameHeader), ctypes.POINTER(ExtraChannelInfo)
    layout = ctypes.POINTER(PixelFormat)
    declared: dict[str, tuple[Any, ...]] = {
        "InitFrameHeader": (None, header),
        "SetFrameHeader": (c_int, c_void_p, header),
        "SetFrameLossless": (c_int, c_void_p, c_int),
        "InitExtraChannelInfo": (None, c_int, channel),
        "SetExtraChannelInfo": (c_int, c_void_p, c_size_t, channel),
        "SetExtraChannelBuffer": (c_int, c_void_p, layout, c_char_p, c_size_t, c_uint32),
        "StoreJPEGMetadata": (c_int, c_void_p, c_int),
        "AddJPEGFrame": (c_int, c_void_p, c_char_p, c_size_t),
        "SetICCProfile": (c_int, c_void_p, c_char_p, c_size_t),
    }
    for name, (returned, *taken) in declared.items():
        function = getattr(library, f"JxlEncoder{name}")
        function.restype, function.argtypes = returned, taken
    return library
