"""Encodes a picture as JPEG XL, in the calling thread."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

from pictures.jxl.library import (
    NATIVE_ENDIAN,
    UINT8,
    BasicInfo,
    ColorEncoding,
    PixelFormat,
    libjxl,
)

if TYPE_CHECKING:
    from PIL import Image

_EFFORT = 0  # JXL_ENC_FRAME_SETTING_EFFORT
_NEED_MORE_OUTPUT = 2
_CHUNK = 262_144


def encode(image: Image.Image, *, quality: int, effort: int) -> bytes:
    """Return a bare codestream: pixels only.

    Args:
        image: in sRGB, L, LA, RGB or RGBA.
        quality: 1 to 100, like that of libjpeg; alpha is lossless.
        effort: 1 to 10.

    Raises:
        MemoryError: libjxl refuses, for which this is the only reason.
    """
    library = libjxl()
    encoder = library.JxlEncoderCreate(None)
    if not encoder:
        raise MemoryError
    try:
        _check(library.JxlEncoderSetBasicInfo(encoder, _info(library, image)))
        colors = ColorEncoding()
        library.JxlColorEncodingSetToSRGB(colors, image.mode in {"L", "LA"})
        _check(library.JxlEncoderSetColorEncoding(encoder, colors))
        settings = library.JxlEncoderFrameSettingsCreate(encoder, None)
        _check(library.JxlEncoderFrameSettingsSetOption(settings, _EFFORT, effort))
        distance = library.JxlEncoderDistanceFromQuality(quality)
        # Distance 0 would be lossless, which the header would have to say.
        _check(library.JxlEncoderSetFrameDistance(settings, max(distance, 0.1)))
        if image.mode in {"LA", "RGBA"}:
            _check(library.JxlEncoderSetExtraChannelDistance(settings, 0, 0.0))
        layout = PixelFormat(len(image.getbands()), UINT8, NATIVE_ENDIAN, 0)
        pixels = image.tobytes()
        _check(library.JxlEncoderAddImageFrame(settings, layout, pixels, len(pixels)))
        library.JxlEncoderCloseInput(encoder)
        return _output(library, encoder)
    finally:
        library.JxlEncoderDestroy(encoder)


def _info(library: ctypes.CDLL, image: Image.Image) -> BasicInfo:
    info = BasicInfo()
    library.JxlEncoderInitBasicInfo(info)
    info.xsize, info.ysize = image.size
    info.num_color_channels = 1 if image.mode in {"L", "LA"} else 3
    if image.mode in {"LA", "RGBA"}:
        info.num_extra_channels, info.alpha_bits = 1, 8
    return info


def _output(library: ctypes.CDLL, encoder: int) -> bytes:
    output, chunk = bytearray(), ctypes.create_string_buffer(_CHUNK)
    status = _NEED_MORE_OUTPUT
    while status == _NEED_MORE_OUTPUT:
        room, place = ctypes.c_size_t(_CHUNK), ctypes.c_void_p(ctypes.addressof(chunk))
        status = library.JxlEncoderProcessOutput(encoder, place, room)
        output += chunk.raw[: _CHUNK - room.value]
    _check(status)
    return bytes(output)


def _check(status: int) -> None:
    if status:
        raise MemoryError
