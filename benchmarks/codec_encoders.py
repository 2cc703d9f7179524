"""Large pictures by the encoders of pillow-heif and imagecodecs."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from benchmarks.textures import tiled
from tests.support.camera_files import LOSSLESS_JPEG, dng_around

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

_GRAIN = 45
_GRAIN_OF_ONE_PIECE = 20  # libde265 refuses slices of more than 16 MiB
_ULTRAFAST = {"preset": "ultrafast"}  # of x265: half the time to encode, the same time to decode


def heic(pixels: int, tile: int = 0, *, mode: str = "RGB", chroma: int = 420) -> bytes:
    """Encode a square HEIC in one piece, or in square tiles as phones do."""
    side = int(pixels**0.5) & ~1
    picture = _drawn(mode, side * side, tile)
    return _heic(mode, picture.size, picture.tobytes(), tile, chroma)


def deep_heic(pixels: int, tile: int = 0, *, mode: str = "RGB", chroma: int = 420) -> bytes:
    """Encode the same in 10 bits, as cameras do for HDR."""
    levels = _deep(_drawn(mode, pixels, tile), 16)
    height, width, _ = levels.shape
    return _heic(f"{mode};16", (width, height), levels.tobytes(), tile, chroma)


def deep_avif(pixels: int) -> bytes:
    """Encode an AVIF of 10 bits in 4:4:4 with alpha."""
    from imagecodecs import avif_encode

    return bytes(
        avif_encode(
            _deep(tiled("RGBA", pixels, _GRAIN), 10),
            level=60,
            speed=10,
            bitspersample=10,
            pixelformat="444",
            numthreads=2,
        )
    )


def lossless_dng(pixels: int) -> bytes:
    """Encode a DNG of 10 bits without a preview, its mosaic as one lossless JPEG."""
    levels = _deep(tiled("L", pixels, 2), 10)
    from imagecodecs import ljpeg_encode

    coded = ljpeg_encode(levels, bitspersample=10)
    height, width = levels.shape
    return dng_around(bytes(coded), (width, height), bits=10, compression=LOSSLESS_JPEG)


def _drawn(mode: str, pixels: int, tile: int) -> Image.Image:
    """Draw a picture with different alpha everywhere, or none."""
    grain = _GRAIN if tile else _GRAIN_OF_ONE_PIECE
    picture = tiled(mode, pixels, grain)
    if mode == "RGBA":
        picture.putalpha(tiled("L", pixels, grain))
    return picture


def _heic(mode: str, size: tuple[int, int], levels: bytes, tile: int, chroma: int) -> bytes:
    import pillow_heif

    pillow_heif.options.SAVE_HDR_TO_12_BIT = False
    file = io.BytesIO()
    picture = pillow_heif.from_bytes(mode, size, levels)
    picture.save(file, quality=50, chroma=chroma, tile_size=tile, enc_params=dict(_ULTRAFAST))
    return file.getvalue()


def _deep(picture: Image.Image, bits: int) -> NDArray[np.uint16]:
    """Scale the levels of a picture from 8 to more bits."""
    import numpy as np

    return np.asarray(picture).astype(np.uint16) * np.uint16(1 << (bits - 8))
