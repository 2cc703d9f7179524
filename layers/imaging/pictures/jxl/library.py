"""Declares the structures and functions of libjxl that are used, and loads it."""

from __future__ import annotations

import ctypes
from ctypes import (
    c_char_p,
    c_double,
    c_float,
    c_int,
    c_int32,
    c_int64,
    c_size_t,
    c_ubyte,
    c_uint32,
    c_void_p,
)
from functools import cache
from pathlib import Path
from typing import Any

import PIL

# Each after the libraries that it is linked to, because they do not name their own folder.
_LIBRARIES = ("brotlicommon", "brotlidec", "brotlienc", "jxl_cms", "jxl")
_FOLDERS = ("imagecodecs.libs", "imagecodecs/.dylibs")  # on Linux and on macOS

Handle = c_void_p
UINT8, UINT16, NATIVE_ENDIAN = 2, 3, 0


class BasicInfo(ctypes.Structure):
    """`JxlBasicInfo`; the size is upright, after the orientation."""

    _fields_ = (
        ("have_container", c_int),
        ("xsize", c_uint32),
        ("ysize", c_uint32),
        ("bits_per_sample", c_uint32),
        ("exponent_bits_per_sample", c_uint32),
        ("intensity_target", c_float),
        ("min_nits", c_float),
        ("relative_to_max_display", c_int),
        ("linear_below", c_float),
        ("uses_original_profile", c_int),
        ("have_preview", c_int),
        ("have_animation", c_int),
        ("orientation", c_int),
        ("num_color_channels", c_uint32),
        ("num_extra_channels", c_uint32),
        ("alpha_bits", c_uint32),
        ("alpha_exponent_bits", c_uint32),
        ("alpha_premultiplied", c_int),
        ("preview_size", c_uint32 * 2),
        ("tps_numerator", c_uint32),
        ("tps_denominator", c_uint32),
        ("num_loops", c_uint32),
        ("have_timecodes", c_int),
        ("intrinsic_xsize", c_uint32),
        ("intrinsic_ysize", c_uint32),
        ("padding", c_ubyte * 100),
    )


class ExtraChannelInfo(ctypes.Structure):
    """`JxlExtraChannelInfo`."""

    _fields_ = (
        ("type", c_int),
        ("bits_per_sample", c_uint32),
        ("exponent_bits_per_sample", c_uint32),
        ("dim_shift", c_uint32),
        ("name_length", c_uint32),
        ("alpha_premultiplied", c_int),
        ("spot_color", c_float * 4),
        ("cfa_channel", c_uint32),
    )


class ColorEncoding(ctypes.Structure):
    """`JxlColorEncoding`; where its numbers are those of H.273, so are these."""

    _fields_ = (
        ("color_space", c_int),
        ("white_point", c_int),
        ("white_point_xy", c_double * 2),
        ("primaries", c_int),
        ("red_xy", c_double * 2),
        ("green_xy", c_double * 2),
        ("blue_xy", c_double * 2),
        ("transfer_function", c_int),
        ("gamma", c_double),
        ("rendering_intent", c_int),
    )


class FrameHeader(ctypes.Structure):
    """`JxlFrameHeader`, with the size of a layer if layers are not blended."""

    _fields_ = (
        ("duration", c_uint32),
        ("timecode", c_uint32),
        ("name_length", c_uint32),
        ("is_last", c_int),
        ("have_crop", c_int),
        ("crop_x0", c_int32),
        ("crop_y0", c_int32),
        ("xsize", c_uint32),
        ("ysize", c_uint32),
        ("blend_mode", c_int),
        ("source", c_uint32),
        ("alpha", c_uint32),
        ("clamp", c_int),
        ("save_as_reference", c_uint32),
    )


class PixelFormat(ctypes.Structure):
    """`JxlPixelFormat`."""

    _fields_ = (
        ("num_channels", c_uint32),
        ("data_type", c_int),
        ("endianness", c_int),
        ("align", c_size_t),
    )


Allocate = ctypes.CFUNCTYPE(c_void_p, c_void_p, c_size_t)
Free = ctypes.CFUNCTYPE(None, c_void_p, c_void_p)


class MemoryManager(ctypes.Structure):
    """`JxlMemoryManager`."""

    _fields_ = (("opaque", c_void_p), ("allocate", Allocate), ("free", Free))


_INFO, _ENCODING = ctypes.POINTER(BasicInfo), ctypes.POINTER(ColorEncoding)
_LAYOUT, _SIZE = ctypes.POINTER(PixelFormat), ctypes.POINTER(c_size_t)
# What each function returns and takes; most return a status.
_FUNCTIONS: dict[str, tuple[Any, ...]] = {
    "JxlDecoderCreate": (Handle, ctypes.POINTER(MemoryManager)),
    "JxlDecoderDestroy": (None, Handle),
    "JxlDecoderSubscribeEvents": (c_int, Handle, c_int),
    "JxlDecoderSetUnpremultiplyAlpha": (c_int, Handle, c_int),
    "JxlDecoderSetInput": (c_int, Handle, c_char_p, c_size_t),
    "JxlDecoderCloseInput": (None, Handle),
    "JxlDecoderProcessInput": (c_int, Handle),
    "JxlDecoderSetCoalescing": (c_int, Handle, c_int),
    "JxlDecoderGetFrameHeader": (c_int, Handle, ctypes.POINTER(FrameHeader)),
    "JxlDecoderSkipFrames": (None, Handle, c_size_t),
    "JxlDecoderGetBasicInfo": (c_int, Handle, _INFO),
    "JxlDecoderGetExtraChannelInfo": (c_int, Handle, c_size_t, ctypes.POINTER(ExtraChannelInfo)),
    "JxlDecoderGetColorAsEncodedProfile": (c_int, Handle, c_int, _ENCODING),
    "JxlDecoderGetICCProfileSize": (c_int, Handle, c_int, _SIZE),
    "JxlDecoderGetColorAsICCProfile": (c_int, Handle, c_int, c_void_p, c_size_t),
    "JxlDecoderSetOutputColorProfile": (c_int, Handle, _ENCODING, c_void_p, c_size_t),
    "JxlDecoderSetImageOutBuffer": (c_int, Handle, _LAYOUT, c_void_p, c_size_t),
    "JxlDecoderSetExtraChannelBuffer": (c_int, Handle, _LAYOUT, c_void_p, c_size_t, c_uint32),
    "JxlEncoderCreate": (Handle, ctypes.POINTER(MemoryManager)),
    "JxlEncoderDestroy": (None, Handle),
    "JxlEncoderInitBasicInfo": (None, _INFO),
    "JxlEncoderSetBasicInfo": (c_int, Handle, _INFO),
    "JxlColorEncodingSetToSRGB": (None, _ENCODING, c_int),
    "JxlEncoderSetColorEncoding": (c_int, Handle, _ENCODING),
    "JxlEncoderFrameSettingsCreate": (Handle, Handle, Handle),
    "JxlEncoderFrameSettingsSetOption": (c_int, Handle, c_int, c_int64),
    "JxlEncoderDistanceFromQuality": (c_float, c_float),
    "JxlEncoderSetFrameDistance": (c_int, Handle, c_float),
    "JxlEncoderSetExtraChannelDistance": (c_int, Handle, c_size_t, c_float),
    "JxlEncoderAddImageFrame": (c_int, Handle, _LAYOUT, c_char_p, c_size_t),
    "JxlEncoderCloseInput": (None, Handle),
    "JxlEncoderProcessOutput": (c_int, Handle, ctypes.POINTER(c_void_p), _SIZE),
}


@cache
def libjxl() -> ctypes.CDLL:
    """Return the library; loading it takes 3 ms."""
    library = _loaded()["jxl"]
    for name, (returned, *taken) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = returned, taken
    return library


def libbrotlidec() -> ctypes.CDLL:
    """Return the decompressor of Brotli, which metadata in a JPEG XL may need."""
    return _loaded()["brotlidec"]


@cache
def _loaded() -> dict[str, ctypes.CDLL]:
    folder = Path(PIL.__file__).parent.parent
    libraries = {}
    for name in _LIBRARIES:
        found = [path for each in _FOLDERS for path in (folder / each).glob(f"lib{name}[-.]*")]
        libraries[name] = ctypes.CDLL(str(found[0]))
    return libraries
