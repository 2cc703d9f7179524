"""Pillow as tutorials use it: for each size, decode, convert, resize and save."""

from __future__ import annotations

import io

from PIL import Image, ImageCms, ImageOps

from benchmarks.engines.worker import Rendition, renditions_to_make, serve

Image.MAX_IMAGE_PIXELS = None
RENDITIONS = renditions_to_make()
SRGB = ImageCms.createProfile("sRGB")


def renditions(data: bytes) -> dict[str, bytes]:
    """Make the renditions, by name."""
    return {asked.name: _rendition(data, asked) for asked in RENDITIONS}


def _rendition(data: bytes, asked: Rendition) -> bytes:
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    if profile := image.info.get("icc_profile"):
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        image = ImageCms.profileToProfile(image, source, SRGB, outputMode="RGB") or image
    image = image.convert("RGB")
    if asked.fit == "cover":
        image = ImageOps.fit(image, (asked.width, asked.height), Image.Resampling.LANCZOS)
    else:
        image.thumbnail((asked.width, asked.height), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, asked.encoding, quality=asked.quality)
    return file.getvalue()


if __name__ == "__main__":
    serve(renditions)
