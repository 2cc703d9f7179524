"""The decoded picture, halved and halved again: what all renditions are cut from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from thumbnail.crop import Box, Cut
    from thumbnail.still import Still

# Halving by averages does not show while Lanczos has 3 times the output's pixels to work with.
# For large outputs, where it saves 40 ms, 1.75 times are as good; small ones would drop to 46 dB.
_RESERVE, _RESERVE_WHEN_LARGE = 3.0, 1.75
# With less left of chroma, edges between saturated colours would lose 3 to 5 dB.
_RESERVE_OF_CHROMA = 1.25
_LARGE = 250_000  # pixels of an output, from where its resampling is worth saving time on
# Colours under transparent pixels must not bleed into the edges, so alpha is multiplied in first.
_PREMULTIPLIED = {"LA": "La", "RGBA": "RGBa"}
_TWO_CHANNELS = "La"  # the one layout of two channels that Pillow resamples as they are
_FINISHED = {"La": "LA", "RGBa": "RGBA", "YCbCr": "RGB"}


@dataclass(frozen=True)
class Level:
    """The picture `shrink` times smaller than it is stored."""

    image: Image.Image
    shrink: int

    def halved(self) -> Level:
        """The next level."""
        return Level(self.image.reduce(2), self.shrink * 2)

    def luma(self) -> Level:
        """The level without its chroma."""
        return self if self.image.mode == "L" else Level(self.image.getchannel(0), self.shrink)

    def chroma(self) -> Level:
        """The level without its luma, as an image of two channels."""
        blue_and_red = (self.image.getchannel(1), self.image.getchannel(2))
        return Level(Image.merge(_TWO_CHANNELS, blue_and_red), self.shrink)

    def is_enough_for(self, cut: Cut) -> bool:
        """Whether a cut made from this level looks like one made from the original."""
        reserve = _RESERVE_WHEN_LARGE if _is_large(cut) else _RESERVE
        return self.shrink * reserve <= cut.shrink

    def resampled(self, cut: Cut, resampling: Image.Resampling) -> Image.Image:
        """What a cut leaves of this level."""
        left, top, right, bottom = (edge / self.shrink for edge in cut.box)
        is_whole = left.is_integer() and top.is_integer()
        if is_whole and (right - left, bottom - top) == cut.size:
            return self.image.crop((int(left), int(top), int(right), int(bottom)))
        resize = _resized_plane if self.image.mode == "L" else Image.Image.resize
        return resize(self.image, cut.size, resampling, (left, top, right, bottom))


@dataclass(frozen=True)
class Pyramid:
    """A picture as stored, not upright and not in sRGB yet; `mode` is the layout of its cuts.

    Each level has half the size of the one before. In a picture of luma and chroma, the first
    level may be luma alone, because the second already has all of the chroma.
    """

    levels: tuple[Level, ...]
    mode: str

    def resampled(self, cut: Cut) -> Image.Image:
        """What a cut leaves of the picture, in the layout `mode`."""
        index = sum(level.is_enough_for(cut) for level in self.levels[1:])
        level = self.levels[index]
        chroma = self._chroma_level(index, cut)
        if chroma is None:
            image = level.resampled(cut, Image.Resampling.LANCZOS)
        else:
            image = _merged(level.luma(), chroma, cut)
        return _converted(image, self.mode)

    def _chroma_level(self, index: int, cut: Cut) -> Level | None:
        """The level for the chroma of a cut, where that is another one than its luma's."""
        if self.levels[-1].image.mode != "YCbCr" or index + 1 == len(self.levels):
            return None
        this, smaller = self.levels[index : index + 2]
        if this.image.mode == "L" or (
            _is_large(cut) and smaller.shrink * _RESERVE_OF_CHROMA <= cut.shrink
        ):
            return smaller
        return None

    def overview(self, side: int) -> Image.Image:
        """The whole picture with a longer side of so many pixels or less, in the layout `mode`."""
        image = self.levels[-1].image
        scale = min(1.0, side / max(image.size))
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        small = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
        return _converted(small, self.mode)


def pyramid_of(still: Still, deepest: float) -> Pyramid:
    """Halve an image until a further level would be of no use.

    Args:
        still: the decoded picture.
        deepest: pixels as stored per pixel of the smallest output.
    """
    image = _converted(still.image, _PREMULTIPLIED.get(still.image.mode, still.image.mode))
    levels = [Level(still.luma, 1)] if still.luma else []
    levels.append(Level(image, still.scale))
    while levels[-1].shrink * 2 * _RESERVE_WHEN_LARGE <= deepest:
        levels.append(levels[-1].halved())
    return Pyramid(tuple(levels), _FINISHED.get(image.mode, image.mode))


def _merged(luma: Level, chroma: Level, cut: Cut) -> Image.Image:
    """Luma from one level, chroma from another with half the pixels: what WebP and JPEG keep.

    Lanczos over three full planes is the most expensive step of all; this takes 0.7 times as
    long, with the very same luma, and at least 47 dB between the pictures.
    """
    detail = luma.resampled(cut, Image.Resampling.LANCZOS)
    # The chroma of the file grows as decoders make it grow; what was halved once more is sharpened.
    is_as_stored = luma.shrink == 1
    kernel = Image.Resampling.BILINEAR if is_as_stored else Image.Resampling.BICUBIC
    blue, red = chroma.chroma().resampled(cut, kernel).split()
    return Image.merge("YCbCr", (detail, blue, red))


def _resized_plane(
    plane: Image.Image, size: tuple[int, int], resampling: Image.Resampling, box: Box
) -> Image.Image:
    """`Image.resize` for one channel, in 0.8 times the time.

    Between rows it does not matter what the bytes of a row mean, and Pillow is faster with four as
    one pixel. So the height comes first, where Pillow alone begins with the width.
    """
    left, top, right, bottom = box
    padding = -plane.width % 4
    whole = plane.crop((0, 0, plane.width + padding, plane.height)) if padding else plane
    fours = _reinterpreted(whole, "CMYK", whole.width // 4)
    fours = fours.resize((fours.width, size[1]), resampling, (0, top, fours.width, bottom))
    rows = _reinterpreted(fours, "L", whole.width)
    rows = rows.crop((0, 0, plane.width, rows.height)) if padding else rows
    return rows.resize(size, resampling, (left, 0, right, rows.height))


def _reinterpreted(image: Image.Image, mode: str, width: int) -> Image.Image:
    """The same bytes in each row as pixels of another layout."""
    return Image.frombuffer(mode, (width, image.height), image.tobytes(), "raw", mode, 0, 1)


def _is_large(cut: Cut) -> bool:
    return cut.size[0] * cut.size[1] >= _LARGE


def _converted(image: Image.Image, mode: str) -> Image.Image:
    return image if image.mode == mode else image.convert(mode)
