"""The enumerated color space of a JPEG XL (ISO/IEC 18181-1, annex on image metadata)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pictures.colorimetry import code_points
from pictures.colorimetry import transfer_functions as functions
from pictures.colorimetry.stated import ColorSpace, Primaries, Transfer

if TYPE_CHECKING:
    import ctypes

    from pictures.colorimetry.stated import Chromaticity
    from pictures.jxl.library import ColorEncoding

_GRAY = 1
_D65, _CUSTOM, _P3 = 1, 2, 11
_P3_OF_DISPLAYS = 12  # P3 with the white D65
_UNKNOWN, _GAMMA = 2, 65535


def space_of(encoding: ColorEncoding) -> ColorSpace | None:
    """Return the space that decoded levels are in; None if it is none that can be converted.

    White points and primaries have the numbers of H.273 or are given as coordinates; libjxl always
    gives the coordinates. A gamma is the exponent that light was encoded with. The curve of BT.709
    is shown as that of sRGB, as in browsers.
    """
    primaries = encoding.primaries
    if encoding.color_space == _GRAY:
        primaries = _D65
    elif primaries == _P3 and encoding.white_point == _D65:
        primaries = _P3_OF_DISPLAYS
    transfer = encoding.transfer_function
    known = None
    if _CUSTOM not in {primaries, encoding.white_point} and transfer != _GAMMA:
        known = code_points.color_space(primaries, transfer, as_television=False)
    if known and known.primaries.white == tuple(encoding.white_point_xy):
        return known
    curve = _gamma(encoding) if transfer == _GAMMA else _curve(transfer)
    return ColorSpace("custom RGB", _colors(encoding), curve) if curve else None


def _colors(encoding: ColorEncoding) -> Primaries:
    white = _point(encoding.white_point_xy)
    if encoding.color_space == _GRAY:
        return code_points.BT_709._replace(white=white)
    colors = encoding.red_xy, encoding.green_xy, encoding.blue_xy
    red, green, blue = (_point(each) for each in colors)
    return Primaries(red, green, blue, white)


def _point(coordinates: ctypes.Array[ctypes.c_double]) -> Chromaticity:
    x, y = coordinates
    return x, y


def _curve(transfer: int) -> Transfer | None:
    space = (
        None
        if transfer == _UNKNOWN
        else code_points.color_space(_D65, transfer, as_television=False)
    )
    return space.transfer if space else None


def _gamma(encoding: ColorEncoding) -> Transfer | None:
    return functions.power(1 / encoding.gamma) if encoding.gamma > 0 else None
