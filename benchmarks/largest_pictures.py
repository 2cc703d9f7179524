"""Makes, of each format, the picture that asks most of the functions and is still accepted."""

from __future__ import annotations

import io
import random
from typing import TYPE_CHECKING, Any

from PIL import Image

from image_pipeline.limits import PIXELS, PIXELS_OF, UPLOAD_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

_TILE = 1000


def texture(mode: str, grain: int) -> Image.Image:
    """A tile of soft colours with noise of so many levels on top."""
    noise = random.Random(4)  # noqa: S311 - the same picture every time
    soft = Image.radial_gradient("L").resize((_TILE, _TILE))
    grains = Image.frombytes("L", (_TILE, _TILE), noise.randbytes(_TILE * _TILE))
    rough = Image.blend(soft, grains, grain / 255)
    picture = Image.merge("RGB", (rough, rough.transpose(Image.Transpose.ROTATE_90), soft))
    return picture.convert(mode)


def tiled(mode: str, pixels: int, grain: int) -> Image.Image:
    """A square of so many pixels, or just below."""
    side = int(pixels**0.5)
    picture, tile = Image.new(mode, (side, side)), texture(mode, grain)
    for left in range(0, side, _TILE):
        for top in range(0, side, _TILE):
            picture.paste(tile, (left, top))
    return picture


def _saved(name: str, mode: str = "RGB", grain: int = 6, **options: Any) -> Callable[[], bytes]:
    """The more grain, the longer it takes to decode, up to what the bytes allow."""
    return lambda: _save(tiled(mode, PIXELS_OF.get(name, PIXELS), grain), name, options)


def _save(picture: Image.Image, name: str, options: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    picture.save(file, name, **options)
    return file.getvalue()


def _animation(name: str, side: int, count: int, **options: Any) -> Callable[[], bytes]:
    def make() -> bytes:
        first = texture("RGB", 6).resize((side, side))
        frames = [first.rotate(turn) for turn in range(count)]
        return _save(first, name, {"save_all": True, "append_images": frames[1:], **options})

    return make


def _bitmap() -> bytes:
    """As large as the bytes allow, in eight bits."""
    return _save(tiled("P", UPLOAD_BYTES - 100_000, 60), "BMP", {})


LARGEST: dict[str, Callable[[], bytes]] = {
    "JPEG": _saved("JPEG", grain=120, quality=80),
    "JPEG progressive 4:4:4": _saved("JPEG", grain=90, quality=75, progressive=True, subsampling=0),
    "JPEG CMYK": _saved("JPEG", "CMYK", grain=45, quality=70),
    "PNG RGBA": _saved("PNG", "RGBA", compress_level=1),
    "PNG palette": _saved("PNG", "P", grain=60, compress_level=1),
    "APNG, 39 frames": _animation("PNG", 1000, 39, compress_level=1),
    "GIF": _saved("GIF", "P", grain=60),
    "GIF, 399 frames": _animation("GIF", 500, 399),
    "WebP": _saved("WEBP", grain=120, quality=60, method=0),
    "WebP lossless RGBA": _saved("WEBP", "RGBA", grain=2, lossless=True, quality=0, method=0),
    "TIFF LZW RGBA": _saved("TIFF", "RGBA", grain=0, compression="tiff_lzw"),
    "TIFF JPEG": _saved("TIFF", grain=45, compression="jpeg"),
    "TIFF G4": _saved("TIFF", "1", compression="group4"),
    "BMP": _bitmap,
    "AVIF": _saved("AVIF", grain=120, speed=10, quality=60),
    "JPEG 2000": _saved(
        "JPEG2000", grain=0, irreversible=True, quality_mode="rates", quality_layers=[20]
    ),
    "ICO": lambda: _icon(_save(tiled("RGBA", PIXELS_OF["ICO"], 6), "PNG", {})),
}
"""How to make each file, by its name in the table."""


def _icon(png: bytes) -> bytes:
    from tests.bombs import icon

    return icon(((0, 0), png))
