"""What a file states about its colors: by an ICC profile, or by naming a color space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

Chromaticity = tuple[float, float]
"""The x and y of CIE 1931."""


LOST_PROFILE = b"lost"
"""Stands for an ICC profile that a file has but not whole, so that its loss is reported."""


class Primaries(NamedTuple):
    """The colors that full red, green, blue and white of an RGB space have."""

    red: Chromaticity
    green: Chromaticity
    blue: Chromaticity
    white: Chromaticity


class Transfer(NamedTuple):
    """A transfer function: `light` is that of a level, both from 0 to 1.

    `hdr` names one that holds brighter light than paper white: its light is the signal's, before
    any mapping to a display.
    """

    light: Callable[[float], float]
    hdr: str | None = None


@dataclass(frozen=True)
class ColorSpace:
    """An RGB space, and its name for the record. Gray pictures have its white."""

    name: str
    primaries: Primaries
    transfer: Transfer
    has_other_colors: bool = True
    """Whether it differs from sRGB."""


@dataclass(frozen=True)
class StatedColor:
    """What a file states about its colors; nothing stated means sRGB.

    Args:
        icc: the embedded ICC profile.
        space: the color space that the file names and that counts, whatever `icc` says.
        source: where it is named, such as `nclx`.
        peak: the brightest light of an HDR picture in cd/m².
    """

    icc: bytes | None = None
    space: ColorSpace | None = None
    source: str | None = None
    peak: float | None = None

    @property
    def color_space(self) -> str | None:
        """The color space that is named by itself, and where, for the record."""
        return f"{self.space.name} ({self.source})" if self.space else None

    @property
    def hdr(self) -> str | None:
        """The kind of HDR that the pixels are in, which is tone-mapped; None for SDR."""
        return self.space.transfer.hdr if self.space else None


def hdr_of(color: StatedColor, gain_map: str | None) -> str | None:
    """Return what the record says of HDR: of the pixels, of a gain map, or of both."""
    return ", ".join(filter(None, (color.hdr, gain_map))) or None


UNSTATED = StatedColor()
"""Of a file that states nothing, which means sRGB."""
