"""Converts pictures to sRGB, and transparent ones to opaque ones."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from pictures import offset_print
from pictures.colorimetry.stated import UNSTATED

if TYPE_CHECKING:
    from PIL.ImageCms import ImageCmsTransform

    from pictures.colorimetry.stated import StatedColor

WHITE = (255, 255, 255)

# Layouts that a profile of each color space can describe.
_SPACES = {"GRAY": {"L", "LA"}, "RGB": {"RGB", "RGBA"}, "CMYK": {"CMYK"}}
# Corners, edge centers and face centers of the RGB cube: 27 colors tell profiles apart.
_PROBE = bytes(level for r in (0, 128, 255) for g in (0, 128, 255) for b in (0, 128, 255)
               for level in (r, g, b))  # fmt: skip
_SAME = 2  # levels; rounding makes different sRGB profiles differ by as much


def flatten(image: Image.Image, background: tuple[int, int, int] = WHITE) -> Image.Image:
    """Return an image without alpha; its transparent parts show the background, an sRGB color."""
    if image.mode not in {"LA", "RGBA"}:
        return image
    is_gray = image.mode == "LA" and len(set(background)) == 1
    opaque = Image.new("RGB", image.size, background).convert("L" if is_gray else "RGB")
    opaque.paste(image.convert(opaque.mode), mask=image.getchannel("A"))
    return opaque


@dataclass(frozen=True)
class SrgbTransform:
    """Converts images of one layout to sRGB; built once, applied to many, from any thread.

    `warning` tells why a profile was ignored, in words for the record.
    """

    transform: ImageCmsTransform | None = None
    warning: str | None = None

    def apply(self, image: Image.Image) -> Image.Image:
        """Return the image in sRGB, without a profile, as L, LA, RGB or RGBA; CMYK becomes RGB."""
        if self.transform is None:
            return image
        if image.mode in {"L", "LA"}:
            # Gray in sRGB has three equal channels, so one of them is the gray picture.
            gray = self.transform.apply(image.getchannel("L")).getchannel("G")
            return Image.merge("LA", (gray, image.getchannel("A"))) if image.mode == "LA" else gray
        converted = self.transform.apply(image)
        converted.info = {}
        return converted


def srgb_transform(mode: str, color: StatedColor = UNSTATED) -> SrgbTransform:
    """Return the conversion to sRGB for images in a layout of `eight_bit`.

    A profile that is broken, belongs to another color space than the pixels, or turns white into a
    dark color is ignored with a warning. A profile that is sRGB already is skipped, which saves
    20 ms per megapixel and rounding. CMYK without a profile is treated as offset print.

    Args:
        mode: the layout of the images.
        color: what their file states about colors.
    """
    transform, warning = None, None
    if color.icc:
        transform, warning = _embedded(mode, color.icc)
    elif mode != "CMYK" and color.space and color.space.has_other_colors and not color.hdr:
        from pictures.colorimetry.named_profile import profile_of

        transform = _transform(mode, profile_of(color.space, is_gray=mode in _SPACES["GRAY"]))
    if transform is None and mode == "CMYK":
        transform = _transform(mode, offset_print.profile())
    return SrgbTransform(transform, warning)


def _embedded(mode: str, profile: bytes) -> tuple[ImageCmsTransform | None, str | None]:
    """Return the transform by an embedded profile, or the warning why there is none."""
    from PIL import ImageCms  # imported here: 12 ms that pictures without a profile save

    try:
        space = ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile.xcolor_space.strip()
        if mode not in _SPACES.get(space, ()):
            return None, f"ignored an ICC profile for {space}"
        transform = _transform(mode, profile)
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        return None, f"ignored a broken ICC profile: {error}"
    if not _shows_white(transform):
        return None, "ignored an ICC profile that turns white into a dark color"
    return (None if _is_srgb(transform) else transform), None


def _transform(mode: str, profile: bytes) -> ImageCmsTransform:
    from PIL import ImageCms

    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    modes = ("L", "RGB") if mode == "LA" else (mode, "RGBA" if mode == "RGBA" else "RGB")
    return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), *modes)


def to_srgb(image: Image.Image, color: StatedColor = UNSTATED) -> Image.Image:
    """Return an image of `eight_bit` converted to sRGB; an unusable profile is ignored."""
    return srgb_transform(image.mode, color).apply(image)


def _shows_white(transform: ImageCmsTransform) -> bool:
    white = 0 if transform.input_mode == "CMYK" else "white"
    paper = transform.apply(Image.new(transform.input_mode, (1, 1), white))
    return min(paper.convert("RGB").tobytes()) >= 128


def _is_srgb(transform: ImageCmsTransform) -> bool:
    """Return whether a transform leaves colors unchanged, whatever its profile is called."""
    if transform.input_mode not in _SPACES["RGB"]:
        return False
    probe = Image.frombytes("RGB", (27, 1), _PROBE).convert(transform.input_mode)
    after = transform.apply(probe).convert("RGB").tobytes()
    return all(abs(old - new) <= _SAME for old, new in zip(_PROBE, after, strict=True))
