"""Halves the decoded picture repeatedly; all renditions are cut from these levels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from PIL import Image

from pictures.detail import smoothness
from thumbnail.channel import resized_channel
from thumbnail.encode import TINY
from thumbnail.halving import halved_by_lanczos, shows_false_stripes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pictures.cut import Box, Cut
    from pictures.still import Still

# Halving is not visible while Lanczos has 3 times the pixels of the output; a little
# less is allowed, because 12 times smaller may be 11.99 times. For large outputs, where it saves
# 40 ms, 1.75 times are as good; small ones would drop to 46 dB.
_RESERVE, _RESERVE_WHEN_LARGE = 2.9, 1.75
# Chroma has less detail to lose: at least 46 dB. With a smaller reserve, edges between saturated
# colors would lose 3 to 5 dB, so only pictures without such edges get it.
_RESERVE_OF_SMALL_CHROMA, _RESERVE_OF_CHROMA, _RESERVE_OF_SOFT_CHROMA = 1.5, 1.25, 1.0
_SOFT = 38.0  # dB of `smoothness`: at least 39 for photos, 30 to 35 for drawings
_LARGE = 250_000  # pixels of an output whose resampling takes noticeable time
# Premultiplied, so that the colors of transparent pixels do not bleed into edges.
_PREMULTIPLIED = {"LA": "La", "RGBA": "RGBa"}
_FINISHED = {"La": "LA", "RGBa": "RGBA", "YCbCr": "RGB"}


@dataclass(frozen=True)
class Level:
    """The picture, `shrink` times smaller than stored; `is_fine` if averages show false stripes."""

    image: Image.Image
    shrink: int
    is_fine: bool = False

    def halved(self, shrinks: Sequence[float]) -> Level:
        """Return the next level, for outputs of these shrinks."""
        nearest = min(_of_half(self.shrink, shrinks)) / self.shrink
        is_fine = self.is_fine or shows_false_stripes(self.image, nearest)
        image = halved_by_lanczos(self.image) if is_fine else self.image.reduce(2)
        return Level(image, self.shrink * 2, is_fine)

    def resampled(self, cut: Cut) -> Image.Image:
        """Return the output of a cut, made of this level."""
        if self.image.mode == "L":
            return self.channel_resampled(0, cut, Image.Resampling.LANCZOS)
        box = self._box(cut)
        if _is_one_to_one(box, cut.size):
            return self.image.crop(box)
        return self.image.resize(cut.size, Image.Resampling.LANCZOS, box)

    def channel_resampled(self, index: int, cut: Cut, resampling: Image.Resampling) -> Image.Image:
        """Return one channel of the output of a cut."""
        box = self._box(cut)
        if _is_one_to_one(box, cut.size):
            return self.image.crop(box).getchannel(index)
        return resized_channel(self.image, index, cut.size, resampling, box)

    def _box(self, cut: Cut) -> Box:
        left, top, right, bottom = (edge / self.shrink for edge in cut.box)
        return left, top, right, bottom


@dataclass(frozen=True)
class Pyramid:
    """A picture as stored, not upright and not in sRGB yet; `mode` is the layout of the outputs.

    Each level has half the size of the one before. In a picture of luma and chroma the first level
    may be luma alone, because the second has all of the chroma.
    """

    levels: tuple[Level, ...]
    mode: str

    def resampled(self, cut: Cut) -> Image.Image:
        """Return the output of a cut in the layout `mode`."""
        level = self._level(cut, _RESERVE_WHEN_LARGE if _is_large(cut) else _RESERVE)
        if self.levels[-1].image.mode == "YCbCr":
            image = _merged(level, self._chroma_level(cut), cut)
        else:
            image = level.resampled(cut)
        return _converted(image, self.mode)

    def _level(self, cut: Cut, reserve: float) -> Level:
        """Return the smallest level with at least `reserve` times the pixels of the output."""
        enough = (level for level in reversed(self.levels) if level.shrink * reserve <= cut.shrink)
        return next(enough, self.levels[0])

    def _chroma_level(self, cut: Cut) -> Level:
        if _is_tiny(cut):
            level = self._level(cut, _RESERVE)
        elif not _is_large(cut):
            level = self._level(cut, _RESERVE_OF_SMALL_CHROMA)
        else:
            level = self._level(cut, _RESERVE_OF_CHROMA)
            smaller = self._level(cut, _RESERVE_OF_SOFT_CHROMA)
            if smaller is not level and self._has_soft_chroma:
                level = smaller
        return self.levels[1] if level.image.mode == "L" else level

    @cached_property
    def _has_soft_chroma(self) -> bool:
        """Whether chroma has no hard edges; measuring at half its stored size takes 3 ms."""
        image = next((level for level in self.levels if level.shrink == 4), self.levels[-1]).image
        whole = (0.0, 0.0, *image.size)
        return all(smoothness(image, whole, channel) >= _SOFT for channel in (1, 2))

    def overview(self, side: int) -> Image.Image:
        """Return the whole picture in the layout `mode`, its longer side at most `side` pixels."""
        image = self.levels[-1].image
        scale = min(1.0, side / max(image.size))
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        small = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
        return _converted(small, self.mode)


def pyramid_of(still: Still, *shrinks: float) -> Pyramid:
    """Halve an image until a further level would not be used.

    Args:
        still: the decoded picture.
        shrinks: pixels as stored per pixel of each output.
    """
    image = _converted(still.image, _PREMULTIPLIED.get(still.image.mode, still.image.mode))
    levels = [Level(still.luma, 1)] if still.luma else []
    levels.append(_as_decoded(image, still, shrinks))
    while levels[-1].shrink * 2 * _RESERVE_WHEN_LARGE <= max(shrinks):
        levels.append(levels[-1].halved(shrinks))
    return Pyramid(tuple(levels), _FINISHED.get(image.mode, image.mode))


def _of_half(shrink: float, shrinks: Sequence[float]) -> list[float]:
    """Return the shrinks of outputs that can be made of a level after halving."""
    return [each for each in shrinks if each >= shrink * 2 * _RESERVE_WHEN_LARGE]


def _as_decoded(image: Image.Image, still: Still, shrinks: Sequence[float]) -> Level:
    """Return the level that was decoded, with luma of its own if libjpeg's has false stripes."""
    outputs = _of_half(1, shrinks)
    if not still.luma or not outputs or not shows_false_stripes(still.luma, min(outputs)):
        return Level(image, still.scale)
    _, blue, red = image.split()
    luma = halved_by_lanczos(still.luma)
    return Level(Image.merge("YCbCr", (luma, blue, red)), still.scale, is_fine=True)


def _merged(luma: Level, chroma: Level, cut: Cut) -> Image.Image:
    """Return luma from one level and chroma from a smaller one, as WebP and JPEG store them.

    Lanczos over three full planes is the most expensive step; this takes half as long, with
    identical luma.
    """
    kernel = _chroma_kernel(luma, chroma, cut)
    detail = luma.channel_resampled(0, cut, Image.Resampling.LANCZOS)
    blue, red = (chroma.channel_resampled(index, cut, kernel) for index in (1, 2))
    return Image.merge("YCbCr", (detail, blue, red))


def _chroma_kernel(luma: Level, chroma: Level, cut: Cut) -> Image.Resampling:
    """Return the cheapest kernel that keeps PSNR ≥ 46 dB at this luma level.

    Stored chroma is interpolated linearly, as decoders do, unless Lanczos is visibly better.
    """
    if _is_tiny(cut):
        return Image.Resampling.LANCZOS
    if chroma.shrink > 2:
        return Image.Resampling.BICUBIC if _is_large(cut) else Image.Resampling.LANCZOS
    pixels = cut.shrink / chroma.shrink
    if luma.shrink == 2 and pixels < _RESERVE_WHEN_LARGE:  # a photo decoded at half its size
        shows_from = 1.3
    else:
        shows_from = 2.0 if _is_large(cut) else 1.75
    return Image.Resampling.BILINEAR if pixels < shows_from else Image.Resampling.LANCZOS


def _is_one_to_one(box: Box, size: tuple[int, int]) -> bool:
    left, top, right, bottom = box
    return left.is_integer() and top.is_integer() and (right - left, bottom - top) == size


def _is_large(cut: Cut) -> bool:
    return cut.size[0] * cut.size[1] >= _LARGE


def _is_tiny(cut: Cut) -> bool:
    return max(cut.size) <= TINY


def _converted(image: Image.Image, mode: str) -> Image.Image:
    return image if image.mode == mode else image.convert(mode)
