"""One upload of each kind that the cost model knows."""

from __future__ import annotations

import io

import pillow_heif
from PIL import Image

from tests.support.pictures import animation, file_of

_PHOTO, _SMALL, _SCREEN, _FRAME = (4000, 3000), (1600, 1200), (2560, 1440), (640, 480)


def drawn(scale: float = 1.0) -> dict[str, tuple[str, bytes]]:
    """Draw the uploads.

    Args:
        scale: of the sides; less than 1 makes the same kinds faster.

    Returns:
        The name of a file and its bytes by the name of the kind.
    """
    return {
        "photo": ("photo.jpg", file_of(_picture(_PHOTO, scale), quality=90)),
        "small": ("small.jpg", file_of(_picture(_SMALL, scale), quality=85)),
        "heic": ("photo.heic", _heic(_picture(_PHOTO, scale))),
        "png": ("screen.png", file_of(_screen(_SCREEN, scale), "PNG")),
        "animation": ("moving.gif", _moving(scale)),
        "refused": ("note.jpg", b"not a picture"),
    }


def _scaled(size: tuple[int, int], scale: float) -> tuple[int, int]:
    return round(size[0] * scale), round(size[1] * scale)


def _picture(size: tuple[int, int], scale: float) -> Image.Image:
    width, height = _scaled(size, scale)
    noise = Image.effect_noise((width // 4, height // 4), 40).resize((width, height))
    ramp = Image.linear_gradient("L").resize(noise.size)
    return Image.merge("RGB", (noise, ramp, noise))


def _screen(size: tuple[int, int], scale: float) -> Image.Image:
    """Draw areas of one color, as a screenshot has."""
    width, height = _scaled(size, scale)
    tiles = Image.effect_noise((32, 18), 60).resize((width, height), Image.Resampling.NEAREST)
    return Image.merge("RGB", (tiles, tiles.transpose(Image.Transpose.ROTATE_180), tiles))


def _heic(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    pillow_heif.from_pillow(picture).save(file, quality=50)
    return file.getvalue()


def _moving(scale: float) -> bytes:
    size = _scaled(_FRAME, scale)
    frames = [Image.new("RGB", size, (level, 90, 60)) for level in range(20, 250, 20)]
    return animation(frames, "GIF")
