"""The formats of renditions, and the settings of each encoder with what they were measured to save.

A format stands here and in the pattern of the parameter `Renditions`.
"""

from __future__ import annotations

import io
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

    from thumbnail.specs import RenditionSpec

_SMALL = 100_000  # pixels, below which the better method costs next to nothing
# Pixels of the longer side, up to which a line is a visible part of a picture, so that chroma at
# half the resolution turns red on blue into purple. In full, photos of 64 pixels take 18 % more
# bytes as JPEG and 3 % more as AVIF. WebP can keep it only without loss: 5.4 instead of 1.1 kB.
TINY = 64
# The slowest that costs no more than WebP twice: 1.3 to 2 times as much; 8 takes 4 times and saves
# 2 % of the bytes, 6 takes 10 times and saves 3 %.
_AVIF_SPEED = 9


class Format(StrEnum):
    """The format of a rendition, under Pillow's name for it."""

    WEBP = "webp"
    JPEG = "jpeg"
    PNG = "png"
    AVIF = "avif"
    JXL = "jxl"

    @property
    def default_quality(self) -> int:
        """The quality where none is given: about equal in look, SSIM 0.965 at 1920 pixels."""
        return _DEFAULT_QUALITY[self]

    @property
    def keeps_alpha(self) -> bool:
        """Whether files of this format can be transparent."""
        return self is not Format.JPEG


# PNG is lossless, whatever quality is asked for.
_DEFAULT_QUALITY = {
    Format.WEBP: 80,
    Format.JPEG: 80,
    Format.PNG: 100,
    Format.AVIF: 65,
    Format.JXL: 76,
}

_FULL_CHROMA: dict[Format, dict[str, Any]] = {
    Format.WEBP: {"lossless": True},
    Format.JPEG: {"subsampling": "4:4:4"},
    Format.AVIF: {"subsampling": "4:4:4"},
}


class _File(io.BytesIO):
    """A file with a name, from which Pillow finds the format: it then imports that plugin alone.

    For a format by name it imports five plugins, which takes 10 ms of the first rendition.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


def encode(image: Image.Image, spec: RenditionSpec) -> bytes:
    """Encode a rendition: pixels only, no EXIF, profile, XMP or comment.

    Args:
        image: in sRGB, L, LA, RGB or RGBA; no alpha for JPEG.
        spec: format and quality.
    """
    settings = _settings(spec, image.width * image.height)
    if max(image.size) <= TINY:
        settings |= _FULL_CHROMA.get(spec.format, {})
    if spec.format is Format.JXL:
        from pictures.jxl.encoder import encode as encode_jxl

        return encode_jxl(image, **settings)
    image.info = {}  # encoders write what they find there
    file = _File(f"rendition.{spec.format}")
    image.save(file, **settings)
    return file.getvalue()


def _settings(spec: RenditionSpec, pixels: int) -> dict[str, Any]:
    match spec.format:
        case Format.WEBP if pixels < _SMALL:
            return {"quality": spec.quality, "method": 4}
        case Format.WEBP:
            # Method 2 takes 0.45 times the CPU of 3 and 4, for 1 to 6 % more bytes and 0.001 to
            # 0.004 less SSIM. More quality for it mostly costs more bytes than it gains in look.
            return {"quality": spec.quality, "method": 2}
        case Format.JPEG:
            # Together 5 % fewer bytes: 0.3 ms at 150 px, 1.6 ms at 320 px, 20 ms at 1920 px.
            return {"quality": spec.quality, "optimize": True, "progressive": True}
        case Format.PNG:
            # Level 6 would save 5 % of a photograph for 2.5 times the CPU.
            return {"compress_level": 4}
        case Format.AVIF:
            # Tuning for SSIM saves 7 % of the bytes at the same SSIM, and 15 % of the CPU.
            return {
                "quality": spec.quality,
                "speed": _AVIF_SPEED,
                "max_threads": 1,
                "advanced": {"tune": "ssim"},
            }
        case Format.JXL:
            # Effort 2 makes 10 % more bytes for the same CPU, 4 makes 3 % more at the same SSIM. 5
            # takes 5 and 7 takes 9 times the CPU, for 6 to 9 % more bytes and 0.004 more SSIM.
            return {"quality": spec.quality, "effort": 3}
