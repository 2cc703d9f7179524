"""Color spaces by code points: ITU-T H.273, tables 2 and 3 (ISO/IEC 23091-2), named CICP."""

from __future__ import annotations

from pictures.colorimetry import transfer_functions as functions
from pictures.colorimetry.stated import ColorSpace, Primaries

_C, _D65, _E, _DCI = (0.310, 0.316), (0.3127, 0.3290), (1 / 3, 1 / 3), (0.314, 0.351)
_BT_601_525 = Primaries((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65)
_P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))

BT_709 = Primaries((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), _D65)
BT_2020 = Primaries((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65)
_PRIMARIES = {
    1: ("BT.709", BT_709),
    4: ("BT.470 M", Primaries((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), _C)),
    5: ("BT.601 625", Primaries((0.64, 0.33), (0.29, 0.60), (0.15, 0.06), _D65)),
    6: ("BT.601 525", _BT_601_525),
    7: ("SMPTE 240M", _BT_601_525),
    8: ("Film", Primaries((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), _C)),
    9: ("BT.2020", BT_2020),
    10: ("XYZ", Primaries((1.0, 0.0), (0.0, 1.0), (0.0, 0.0), _E)),
    11: ("DCI-P3", Primaries(*_P3, _DCI)),
    12: ("P3", Primaries(*_P3, _D65)),
    22: ("EBU 3213", Primaries((0.630, 0.340), (0.295, 0.605), (0.155, 0.077), _D65)),
}
_TRANSFERS = {
    4: ("gamma 2.2", functions.power(2.2)),
    5: ("gamma 2.8", functions.power(2.8)),
    7: ("SMPTE 240M", functions.SMPTE_240M),
    8: ("linear", functions.LINEAR),
    9: ("log 100:1", functions.LOG_100),
    10: ("log 316:1", functions.LOG_316),
    13: ("sRGB", functions.SRGB),
    16: (functions.PQ, functions.ST_2084),
    17: ("SMPTE 428", functions.SMPTE_428),
    18: (functions.HLG, functions.STD_B67),
}
_NAMES = {
    ("BT.709", "sRGB"): "sRGB",
    ("P3", "sRGB"): "Display P3",
    ("BT.2020", functions.PQ): "BT.2100 PQ",
    ("BT.2020", functions.HLG): "BT.2100 HLG",
}
UNSPECIFIED = 2
# The curves of cameras for television, which displays do not invert.
_TELEVISION = frozenset({1, 6, 11, 12, 14, 15})
_SRGB_PRIMARIES = 1

PRIMARIES = frozenset({*_PRIMARIES, UNSPECIFIED})
TRANSFERS = frozenset({*_TRANSFERS, *_TELEVISION, UNSPECIFIED})
MATRICES = frozenset(range(15)) - {3}
"""The code points of each table that are not reserved."""


def color_space(primaries: int, transfer: int, *, as_television: bool) -> ColorSpace | None:
    """Return the space that two code points name; None if one is reserved or both unspecified.

    What one of them leaves unspecified is that of sRGB (ISO/IEC 23000-22, 7.3.6.4).

    Args:
        primaries: code point of table 2.
        transfer: code point of table 3.
        as_television: whether pictures for television are shown as televisions show them, by
            BT.1886; otherwise like those for computers, by sRGB.
    """
    if primaries == transfer == UNSPECIFIED:
        return None
    primaries = _SRGB_PRIMARIES if primaries == UNSPECIFIED else primaries
    curve, function = "sRGB", functions.SRGB
    if transfer in _TELEVISION and as_television:
        curve, function = "BT.1886", functions.BT_1886
    elif transfer not in _TELEVISION | {UNSPECIFIED}:
        if transfer not in _TRANSFERS:
            return None
        curve, function = _TRANSFERS[transfer]
    if primaries not in _PRIMARIES:
        return None
    name, colors = _PRIMARIES[primaries]
    return ColorSpace(
        name=_NAMES.get((name, curve), f"{name}, {curve}"),
        primaries=colors,
        transfer=function,
        has_other_colors=(colors, function) != (BT_709, functions.SRGB),
    )


SRGB = ColorSpace("sRGB", BT_709, functions.SRGB, has_other_colors=False)
