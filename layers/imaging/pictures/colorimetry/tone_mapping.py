"""Maps PQ and HLG to SDR as browsers do: the reference white tone mapping of SMPTE ST 2094-50.

Light is relative to the HDR reference white, 203 cd/m² (ITU-R BT.2408). Up to there it is scaled
by one factor; from there to the brightest light of the picture a quadratic curve leads to white.
Each color is scaled as its largest component in BT.2020 demands, which keeps its hue. What is
outside of sRGB then is clipped.

The curve depends on the brightest light that the file states, 1,000 cd/m² by default: full light is
at a half of white for that and more, and unchanged for a picture without any highlights. HLG is
shown as by a display of 1,000 cd/m² (ITU-R BT.2100, table 5).
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from functools import lru_cache
from operator import mul
from typing import TYPE_CHECKING

from pictures.colorimetry.code_points import BT_709, BT_2020
from pictures.colorimetry.named_profile import adapted_to_d50, inverse, product, times, to_xyz
from pictures.colorimetry.transfer_functions import HLG, encoded
from pictures.icc_file import D50, description, fixed, profile_bytes, xyz

if TYPE_CHECKING:
    from pictures.colorimetry.named_profile import Vector
    from pictures.colorimetry.stated import ColorSpace

_REFERENCE_WHITE, _DISPLAY_PEAK, _PQ_PEAK = 203.0, 1_000.0, 10_000.0  # cd/m²
_DARKEST_WHITE = 0.5  # what reference white becomes in a picture with strong highlights
_BEND = 0.65  # where the control point of the curve is between its ends
_HLG_GAMMA = 1.2  # of the system, at the peak above
_LUMINANCE = (0.2627, 0.6780, 0.0593)  # of BT.2020
_NODES = 33  # in each direction of the RGB cube; colors in between are interpolated
_XYZ_UNIT = 32768


@dataclass(frozen=True)
class Curve:
    """Tone curve up to a peak; both axes are relative to white."""

    peak: float
    white: float

    def gain(self, light: float) -> float:
        """Return the factor for a color whose largest component is `light`."""
        if light <= 1:
            return self.white
        if light >= self.peak:
            return 1 / light
        middle = 1 - _BEND + _BEND / self.white, (1 - _BEND) * self.white + _BEND
        a, b = 1 - 2 * middle[0] + self.peak, 2 * (middle[0] - 1)
        c = 1 - light
        place = 2 * -c / (b + math.sqrt(b * b - 4 * a * c))
        rest = 1 - place
        toned = rest * rest * self.white + 2 * rest * place * middle[1] + place * place
        return toned / light


def curve_for(peak: float | None) -> Curve:
    """Return the tone curve for the brightest light of a picture, in cd/m²."""
    ratio = max((peak or _DISPLAY_PEAK) / _REFERENCE_WHITE, 1.0)
    strength = min(math.log(ratio) / math.log(_DISPLAY_PEAK / _REFERENCE_WHITE), 1.0)
    return Curve(ratio, 1 - (1 - _DARKEST_WHITE) * strength)


@lru_cache(maxsize=4)
def gray_levels(space: ColorSpace, peak: float | None) -> bytes:
    """Return the level in sRGB of each level of gray in an HDR space."""
    display = _Display(space, peak)
    lights = (display.shown((space.transfer.light(level / 255),) * 3)[1] for level in range(256))
    return bytes(round(encoded(light) * 255) for light in lights)


@lru_cache(maxsize=4)
def profile_of(space: ColorSpace, peak: float | None) -> bytes:
    """Return an ICC profile that shows RGB in an HDR space as it is in sRGB.

    Args:
        space: with a transfer function for HDR.
        peak: the brightest light of the picture in cd/m², if it is known.
    """
    display, connect = _Display(space, peak), adapted_to_d50(BT_709)
    lights = [space.transfer.light(step / (_NODES - 1)) for step in range(_NODES)]
    nodes: list[float] = []
    for red in lights:
        for green in lights:
            for blue in lights:
                nodes += product(connect, display.shown((red, green, blue)))
    samples = struct.pack(f">{len(nodes)}H", *(round(node * _XYZ_UNIT) for node in nodes))
    ends = struct.pack(">2H", 0, 65535)
    table = b"mft2" + bytes(4) + bytes((3, 3, _NODES, 0)) + fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    table += struct.pack(">2H", 2, 2) + ends * 3 + samples + ends * 3
    tags = {b"desc": description("HDR"), b"wtpt": xyz(*D50), b"A2B0": table}
    return profile_bytes(tags, kind=b"mntr", space=b"RGB ", connection=b"XYZ ")


class _Display:
    """Shows colors of an HDR space on an sRGB display."""

    def __init__(self, space: ColorSpace, peak: float | None) -> None:
        self._is_hlg = space.transfer.hdr == HLG
        self._to_2020 = times(inverse(to_xyz(BT_2020)), to_xyz(space.primaries))
        self._to_srgb = times(inverse(to_xyz(BT_709)), to_xyz(BT_2020))
        self._curve = curve_for(peak)

    def shown(self, signal: Vector) -> Vector:
        """Return the linear sRGB, from 0 to 1, of the linear light of a signal."""
        red, green, blue = product(self._to_2020, signal)
        scale = _PQ_PEAK / _REFERENCE_WHITE
        if self._is_hlg:
            luminance = max(sum(map(mul, _LUMINANCE, (red, green, blue))), 0.0)
            scale = _DISPLAY_PEAK / _REFERENCE_WHITE * luminance ** (_HLG_GAMMA - 1)
        factor = scale * self._curve.gain(scale * max(red, green, blue))
        red, green, blue = product(self._to_srgb, (red * factor, green * factor, blue * factor))
        return _clipped(red), _clipped(green), _clipped(blue)


def _clipped(light: float) -> float:
    return 0.0 if light < 0 else min(light, 1.0)
