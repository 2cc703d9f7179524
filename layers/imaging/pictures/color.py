"""Converts pictures to sRGB, and transparent ones to opaque ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from PIL import Image, ImageChops

from pictures.colorimetry.stated import UNSTATED
from pictures.layouts import eight_bit

if TYPE_CHECKING:
    from pictures.colorimetry.stated import StatedColor

WHITE, BLACK = (255, 255, 255), (0, 0, 0)

DEEP_GRAY = "I;16"


def flatten(image: Image.Image, background: tuple[int, int, int] = WHITE) -> Image.Image:
    """Return an image without alpha; its transparent parts show the background, an sRGB color."""
    if image.mode not in {"LA", "RGBA"}:
        return image
    is_gray = image.mode == "LA" and len(set(background)) == 1
    opaque = Image.new("RGB", image.size, background).convert("L" if is_gray else "RGB")
    opaque.paste(image.convert(opaque.mode), mask=image.getchannel("A"))
    return opaque


class Transform(Protocol):
    """A conversion to sRGB: of gray, of RGB with or without alpha, or of CMYK to RGB."""

    def apply(self, image: Image.Image, /) -> Image.Image:
        """Return an image converted."""


@dataclass(frozen=True)
class SrgbTransform:
    """Converts images of one layout to sRGB; built once, applied to many, from any thread.

    `warning` tells why a profile was ignored, in words for the record.
    """

    transform: Transform | None = None
    warning: str | None = None

    @property
    def changes_nothing(self) -> bool:
        """Whether a reader that ignores what the file states about color shows the same picture."""
        return self.transform is None

    def apply(self, image: Image.Image) -> Image.Image:
        """Return the image in sRGB, without a profile, as L, LA, RGB or RGBA; CMYK becomes RGB."""
        if self.transform is None:
            return image
        if image.mode == "LA":
            opaque = self.transform.apply(image.getchannel("L"))
            return Image.merge(f"{opaque.mode}A", (*opaque.split(), image.getchannel("A")))
        converted = self.transform.apply(image)
        converted.info = {}
        return converted


def srgb_transform(mode: str, color: StatedColor = UNSTATED) -> SrgbTransform:
    """Return the conversion to sRGB for images in a layout of `eight_bit`.

    A profile that is broken, belongs to another color space than the pixels, or turns white into a
    dark color is ignored with a warning. One that changes nothing visible is skipped, which saves
    20 ms per megapixel and rounding. CMYK without a profile is treated as offset print. PQ and HLG
    are tone-mapped.

    Args:
        mode: the layout of the images.
        color: what their file states about colors.
    """
    transform: Transform | None = None
    warning = None
    if color.space and mode != "CMYK":
        if color.space.has_other_colors:
            from pictures.colorimetry import icc_transform

            transform = icc_transform.named(mode, color.space, color.peak)
    elif color.icc:
        from pictures.colorimetry import icc_transform

        transform, warning = icc_transform.embedded(mode, color.icc)
    if transform is None and mode == "CMYK":
        from pictures import offset_print
        from pictures.colorimetry import icc_transform

        transform = icc_transform.built(mode, offset_print.profile())
    return SrgbTransform(transform, warning)


def is_for_gray(color: StatedColor) -> bool:
    """Return whether a file states a profile for gray."""
    return color.icc is not None and color.icc[16:20] == b"GRAY" and not color.space


def in_layout_of(color: StatedColor, image: Image.Image) -> Image.Image:
    """Return an image of `eight_bit` as gray if its profile is for gray and it has no colors.

    Some decoders return gray in RGB: Pillow that of a PNG of 16 bits with alpha.
    """
    if not is_for_gray(color) or image.mode not in {"RGB", "RGBA"}:
        return image
    red, green, blue, *alpha = image.split()
    if any(ImageChops.difference(red, other).getbbox() for other in (green, blue)):
        return image
    return Image.merge("LA", (red, *alpha)) if alpha else red


def with_shown_levels(image: Image.Image, color: StatedColor) -> tuple[Image.Image, StatedColor]:
    """Return an image in a layout of `eight_bit`, and the color that it is still in.

    Gray of 16 bits is converted before it is reduced: eight bits of linear light are not enough for
    dark tones.

    Args:
        image: in a layout of `eight_bit`, or gray of 16 bits.
        color: what its file states about colors.
    """
    if image.mode != DEEP_GRAY:
        return in_layout_of(color, image), color
    if (color.icc or color.space) and "transparency" not in image.info:
        from pictures.colorimetry import icc_transform

        if levels := icc_transform.deep_gray_levels(color):
            return image.convert("I").point(levels, "L"), UNSTATED
    return eight_bit(image), color


def to_srgb(image: Image.Image, color: StatedColor = UNSTATED) -> Image.Image:
    """Return an image of `eight_bit` converted to sRGB; an unusable profile is ignored."""
    image = in_layout_of(color, image)
    return srgb_transform(image.mode, color).apply(image)
