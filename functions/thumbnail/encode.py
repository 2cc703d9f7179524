"""From pixels to files: the settings of each encoder, with what they were measured to bring."""

from __future__ import annotations

import io
from importlib import import_module
from typing import TYPE_CHECKING, Any

from thumbnail.specs import Format

if TYPE_CHECKING:
    from PIL import Image

    from thumbnail.specs import RenditionSpec

# Only the plugins that are needed: Pillow itself would import every one of its own.
_PLUGINS = {
    Format.WEBP: "PIL.WebPImagePlugin",
    Format.JPEG: "PIL.JpegImagePlugin",
    Format.PNG: "PIL.PngImagePlugin",
    Format.AVIF: "PIL.AvifImagePlugin",
}


def encode(image: Image.Image, spec: RenditionSpec) -> bytes:
    """The file of a rendition: nothing but pixels, no EXIF, profile, XMP or comment.

    Args:
        image: in sRGB, L, LA, RGB or RGBA; no alpha for JPEG.
        spec: format and quality.
    """
    import_module(_PLUGINS[spec.format])
    image.info = {}  # encoders write what they find there
    file = io.BytesIO()
    image.save(file, spec.format.upper(), **_settings(spec))
    return file.getvalue()


def _settings(spec: RenditionSpec) -> dict[str, Any]:
    match spec.format:
        case Format.WEBP:
            # Method 2 one quality step up looks like method 4 for 5 % more bytes and 0.43 times
            # the CPU; method 6 is not worth its time.
            return {"quality": min(spec.quality + 1, 100), "method": 2}
        case Format.JPEG:
            # 5 % fewer bytes for 1.6 ms at 320 px.
            return {"quality": spec.quality, "optimize": True, "progressive": True}
        case Format.PNG:
            return {"compress_level": 6}
        case Format.AVIF:
            return {"quality": spec.quality, "speed": 10, "max_threads": 1}
