"""The most demanding picture of each format that is still accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.codec_encoders import deep_avif, deep_heic, heic, lossless_dng
from benchmarks.own_encoders import deep_tiff, interlaced_png
from benchmarks.textures import texture, tiled
from pictures.formats import FORMATS
from pictures.limits import (
    AVIF_PIXELS,
    FRAMES,
    ICO_PIXELS,
    JXL_CHANNEL_PIXELS,
    PIXELS,
    UPLOAD_BYTES,
)
from tests.support.bombs import icon
from tests.support.camera_files import dng_around
from tests.support.jxl_files import Jxl
from tests.support.pictures import animation, file_of

if TYPE_CHECKING:
    from collections.abc import Callable


_RATE: dict[str, Any] = {"quality_mode": "rates", "quality_layers": [20]}


def _most_pixels(name: str) -> int:
    return FORMATS[name].most_pixels(PIXELS) if name in FORMATS else PIXELS


def _saved(name: str, mode: str = "RGB", grain: int = 6, **options: Any) -> Callable[[], bytes]:
    """More grain takes longer to decode and more bytes, which are limited."""
    return lambda: file_of(tiled(mode, _most_pixels(name), grain), name, **options)


def _animation(name: str, side: int, count: int, **options: Any) -> Callable[[], bytes]:
    def make() -> bytes:
        first = texture("RGB", 6).resize((side, side))
        frames = [first.rotate(turn) for turn in range(count)]
        if name == "JXL":
            return animation(frames, name)
        return file_of(first, name, save_all=True, append_images=frames[1:], **options)

    return make


def _bitmap() -> bytes:
    """Make a picture of eight bits that is as large as the limit on bytes allows."""
    return file_of(tiled("P", UPLOAD_BYTES - 100_000, 60), "BMP")


def _plain_dng() -> bytes:
    """Make a picture of eight bits that is as large as the limit on bytes allows."""
    mosaic = tiled("L", UPLOAD_BYTES - 100_000, 6)
    return dng_around(mosaic.tobytes(), mosaic.size, bits=8)


LARGEST: dict[str, Callable[[], bytes]] = {
    "JPEG": _saved("JPEG", grain=120, quality=80),
    "JPEG progressive 4:4:4": _saved("JPEG", grain=90, quality=75, progressive=True, subsampling=0),
    "JPEG CMYK": _saved("JPEG", "CMYK", grain=45, quality=70),
    "PNG RGBA": _saved("PNG", "RGBA", compress_level=1),
    "PNG palette": _saved("PNG", "P", grain=60, compress_level=1),
    "PNG 16-bit RGBA interlaced": lambda: interlaced_png(PIXELS),
    "APNG, 39 frames": _animation("PNG", 1000, 39, compress_level=1),
    "GIF": _saved("GIF", "P", grain=60),
    "GIF, 399 frames": _animation("GIF", 400, 399),
    "GIF, 5,000 frames": _animation("GIF", 100, FRAMES),
    "WebP": _saved("WEBP", grain=120, quality=60, method=0),
    "WebP lossless RGBA": _saved("WEBP", "RGBA", grain=2, lossless=True, quality=0, method=0),
    "WebP, 60 frames": _animation("WEBP", 1000, 60, method=0),
    "TIFF RGBA": _saved("TIFF", "RGBA", grain=0, compression="tiff_adobe_deflate"),
    "TIFF deflate 16-bit": lambda: deep_tiff(PIXELS),
    "TIFF deflate 16-bit, tiles": lambda: deep_tiff(PIXELS, tile=256),
    "TIFF JPEG": _saved("TIFF", grain=45, compression="jpeg"),
    "TIFF CMYK": _saved("TIFF", "CMYK", grain=0, compression="tiff_adobe_deflate"),
    "TIFF G4": _saved("TIFF", "1", compression="group4"),
    "BMP": _bitmap,
    "AVIF": _saved("AVIF", grain=120, speed=10, quality=60),
    "AVIF 10-bit 4:4:4 alpha": lambda: deep_avif(AVIF_PIXELS),
    "AVIF, 60 frames": _animation("AVIF", 1000, 60, speed=10),
    "JPEG XL": _saved("JXL", grain=60, lossless=False),
    "JPEG XL, progressive RGBA": lambda: Jxl(lossless=False, progressive=True).file(
        tiled("RGBA", JXL_CHANNEL_PIXELS, 30)
    ),
    "JPEG XL, progressive lossless": _saved("JXL", grain=1, progressive=True),
    "JPEG XL, 50 frames": _animation("JXL", 1000, 50),
    "JPEG 2000": _saved("JPEG2000", grain=0, irreversible=True, **_RATE),
    "JPEG 2000 RGBA": _saved("JPEG2000", "RGBA", grain=40, irreversible=False, **_RATE),
    "JPEG 2000, lossless": _saved("JPEG2000", grain=6, irreversible=False),
    "ICO": lambda: icon(((0, 0), file_of(tiled("RGBA", ICO_PIXELS, 6), "PNG"))),
    "HEIC": lambda: heic(PIXELS),
    "HEIC, 48 MP in tiles": lambda: heic(48_771_072, tile=512),
    "HEIC, tiles": lambda: heic(PIXELS, tile=512),
    "HEIC alpha": lambda: heic(PIXELS, mode="RGBA"),
    "HEIC 10-bit": lambda: deep_heic(PIXELS),
    "HEIC 10-bit 4:4:4 alpha": lambda: deep_heic(PIXELS, mode="RGBA", chroma=444),
    "HEIC 10-bit 4:4:4, tiles": lambda: deep_heic(PIXELS, tile=512, chroma=444),
    "RAW, lossless DNG": lambda: lossless_dng(PIXELS),
    "RAW, plain DNG": _plain_dng,
}
"""How to make each file, by its name in the table."""
