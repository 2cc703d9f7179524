"""The picture in the README: the sample and its default renditions, in one row with captions."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFont, ImageOps

from local.sample import jpeg
from tests.docs.pages import ROOT
from tests.template.documents import written
from thumbnail.renditions import Rendition, parse_specs, render

PATH = ROOT / "docs" / "sample.webp"
HEIGHT, GAP, CAPTION = 150, 12, 22  # pixels


def renditions() -> list[Rendition]:
    """Render the sample with the default of the `Renditions` parameter, largest last."""
    default = written()["Parameters"]["Renditions"]["Default"]
    return sorted(render(jpeg(), parse_specs(default)), key=lambda it: it.width * it.height)


def drawn() -> bytes:
    """Draw the strip, as a WebP file."""
    tiles = [(f"{it.name} {it.width}x{it.height}", it.data) for it in renditions()]
    pictures = [(caption, _scaled(data)) for caption, data in tiles]
    width = sum(picture.width + GAP for _, picture in pictures) - GAP
    strip = Image.new("RGB", (width, HEIGHT + CAPTION), "white")
    draw, font, left = ImageDraw.Draw(strip), ImageFont.load_default(13), 0
    for caption, picture in pictures:
        strip.paste(picture, (left, 0))
        draw.text((left, HEIGHT + 4), caption, fill="#333333", font=font)
        left += picture.width + GAP
    file = io.BytesIO()
    strip.save(file, "WEBP", quality=85, method=6)
    return file.getvalue()


def _scaled(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    return ImageOps.contain(picture.convert("RGB"), (picture.width, HEIGHT))
