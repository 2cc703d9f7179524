"""The decoded picture, halved and halved again: what all renditions are cut from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from thumbnail.crop import Cut

# Halving by averages does not show while Lanczos has twice the output's pixels to work with.
_RESERVE = 2.0
# Colours under transparent pixels must not bleed into the edges, so alpha is multiplied in first.
_PREMULTIPLIED = {"LA": "La", "RGBA": "RGBa"}
_FINISHED = {"La": "LA", "RGBa": "RGBA", "YCbCr": "RGB"}


@dataclass(frozen=True)
class Level:
    """The picture `shrink` times smaller than it is stored."""

    image: Image.Image
    shrink: int

    def resampled(self, cut: Cut, resampling: Image.Resampling) -> Image.Image:
        """What a cut leaves of this level."""
        left, top, right, bottom = (edge / self.shrink for edge in cut.box)
        if (right - left, bottom - top) == cut.size:
            return self.image.crop((int(left), int(top), int(right), int(bottom)))
        return self.image.resize(cut.size, resampling, (left, top, right, bottom))

    def halved(self) -> Level:
        """The next level."""
        return Level(self.image.reduce(2), self.shrink * 2)

    @property
    def has_halved_chroma(self) -> bool:
        """Whether every second pixel's chroma is an interpolation: a 4:2:0 JPEG at full size."""
        return self.image.mode == "YCbCr" and self.shrink == 1


@dataclass(frozen=True)
class Pyramid:
    """A picture as stored: not upright yet, not in sRGB yet; `mode` is the layout of its cuts."""

    levels: tuple[Level, ...]
    mode: str

    def resampled(self, cut: Cut) -> Image.Image:
        """What a cut leaves of the picture, in the layout `mode`."""
        index = sum(level.shrink * _RESERVE <= cut.shrink for level in self.levels[1:])
        level = self.levels[index]
        if level.has_halved_chroma and cut.shrink >= 2:
            image = _resampled_by_planes(level, self.levels[index + 1], cut)
        else:
            image = level.resampled(cut, Image.Resampling.LANCZOS)
        return _converted(image, self.mode)

    def overview(self, side: int) -> Image.Image:
        """The whole picture with a longer side of so many pixels or less, in the layout `mode`."""
        image = self.levels[-1].image
        scale = min(1.0, side / max(image.size))
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        small = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
        return _converted(small, self.mode)


def pyramid_of(image: Image.Image, shrink: int, deepest: float) -> Pyramid:
    """Halve an image until a further level would be of no use.

    Args:
        image: as decoded by `decode_still`.
        shrink: how many times smaller that is than the picture as stored.
        deepest: how many times smaller than stored the smallest output is.
    """
    levels = [Level(_converted(image, _PREMULTIPLIED.get(image.mode, image.mode)), shrink)]
    reserve = 1.0 if levels[0].has_halved_chroma else _RESERVE
    while levels[-1].shrink * 2 * reserve <= deepest:
        levels.append(levels[-1].halved())
    return Pyramid(tuple(levels), _FINISHED.get(levels[0].image.mode, image.mode))


def _resampled_by_planes(full: Level, half: Level, cut: Cut) -> Image.Image:
    """Luma from the full level, chroma from the half one, where all of it still is.

    Lanczos over three full planes is the most expensive step of all; this takes 0.7 times as
    long, with the luma equal to the bit and 50 dB between the pictures.
    """
    luma = Level(full.image.getchannel("Y"), full.shrink)
    _, *chroma = half.resampled(cut, Image.Resampling.BILINEAR).split()
    return Image.merge("YCbCr", (luma.resampled(cut, Image.Resampling.LANCZOS), *chroma))


def _converted(image: Image.Image, mode: str) -> Image.Image:
    return image if image.mode == mode else image.convert(mode)
