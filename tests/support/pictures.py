"""Makes pictures in memory, deterministic, and files of them in every format that Pillow writes."""

from __future__ import annotations

import io
import math
import random
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageChops, ImageDraw, ImageStat

from pictures.containers.jxl_boxes import CODESTREAM, SIGNATURE
from pictures.decoders.jxl_image import JxlImageFile
from tests.support.jxl_files import Jxl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RED, GREEN, BLUE, PALE = (220, 30, 30), (30, 160, 60), (40, 60, 210), (240, 240, 240)

# How a picture is stored so that its EXIF orientation brings it back.
_STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def quarters(size: tuple[int, int] = (96, 64)) -> Image.Image:
    """A quarter each of red, green, blue and pale gray: every turn of it is another picture."""
    picture = Image.new("RGB", size)
    for index, color in enumerate((RED, GREEN, BLUE, PALE)):
        left, top = index % 2 * (size[0] // 2), index // 2 * (size[1] // 2)
        picture.paste(color, (left, top, size[0], size[1]))
    return picture


def grain(size: tuple[int, int], seed: int = 1) -> Image.Image:
    """Gray noise: every level as likely in every pixel, the same for the same seed."""
    return Image.frombytes("L", size, random.Random(seed).randbytes(size[0] * size[1]))


def confetti(size: tuple[int, int], seed: int = 1) -> Image.Image:
    """A drawing: a hundred discs of saturated colors with hard edges."""
    choose = random.Random(seed)
    picture = Image.new("RGB", size, BLUE)
    draw = ImageDraw.Draw(picture)
    for _ in range(100):
        middle, radius = (choose.randrange(size[0]), choose.randrange(size[1])), size[0] // 60
        draw.circle(middle, radius, fill=choose.choice((RED, GREEN, (250, 210, 20), PALE)))
    return picture


def photo(size: tuple[int, int], seed: int = 1) -> Image.Image:
    """Something like a photograph: soft colors, edges of every strength, and fine texture."""
    soft = [
        Image.linear_gradient("L").resize(size),
        Image.radial_gradient("L").resize(size),
        Image.linear_gradient("L").transpose(Image.Transpose.ROTATE_90).resize(size),
    ]
    shapes = grain((size[0] // 24 + 1, size[1] // 24 + 1), seed).resize(size, Image.Resampling.BOX)
    texture = grain((size[0] // 2 + 1, size[1] // 2 + 1), seed + 1).resize(size)
    detail = Image.blend(shapes, texture, 0.25)
    return Image.merge("RGB", [Image.blend(band, detail, 0.35) for band in soft])


def gradient(size: tuple[int, int] = (400, 300)) -> Image.Image:
    """A vertical gradient from black to white, in RGB."""
    return Image.linear_gradient("L").resize(size).convert("RGB")


def file_of(picture: Image.Image, format_name: str = "JPEG", **options: Any) -> bytes:
    """The picture as a file; the options are those of Pillow's encoder."""
    if format_name == "JXL":
        frames = [picture, *options.pop("append_images", ())] if options.pop("save_all", 0) else []
        icc = options.pop("icc_profile", None)
        return Jxl(**({"icc": icc} if icc else {}), **options).file(frames or picture)
    file = io.BytesIO()
    picture.save(file, format_name, **options)
    return file.getvalue()


def gradient_file(
    format_name: str = "JPEG", size: tuple[int, int] = (400, 300), **options: Any
) -> bytes:
    """`gradient` as a file: an ordinary upload."""
    return file_of(gradient(size), format_name, **options)


def plain_file(
    format_name: str, size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: Any
) -> bytes:
    """A file of one color: teal, or black in any mode but RGB."""
    picture = Image.new(mode, size, "teal" if mode == "RGB" else None)
    return file_of(picture, format_name, **options)


def picture_of(data: bytes) -> Image.Image:
    """The decoded picture of a file."""
    file = io.BytesIO(data)
    picture = JxlImageFile(file) if data.startswith((CODESTREAM, SIGNATURE)) else Image.open(file)
    picture.load()
    return picture


def orientation_exif(orientation: int) -> bytes:
    """An EXIF block with the orientation only."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def stored_as(picture: Image.Image, orientation: int) -> Image.Image:
    """The picture as a camera stores it, to be displayed by way of an EXIF orientation."""
    turn = _STORED.get(orientation)
    return picture if turn is None else picture.transpose(turn)


def animation(frames: Sequence[Image.Image], format_name: str) -> bytes:
    """An animated GIF, PNG, WEBP, AVIF or JXL of the frames, 0.1 s each."""
    if format_name == "JXL":
        return Jxl().file(frames)
    options: dict[str, Any] = {"duration": 100}
    if format_name == "WEBP":
        options["lossless"] = True
    if format_name == "AVIF":
        options["quality"] = 95
    first, *others = frames
    return file_of(first, format_name, save_all=True, append_images=others, **options)


def two_sheets(levels: Iterable[int] = range(20, 260, 40)) -> bytes:
    """A GIF that moderation needs two sheets for: its six frames are all large and different."""
    return animation([Image.new("L", (700, 700), level) for level in levels], "GIF")


def psnr(one: Image.Image, other: Image.Image) -> float:
    """PSNR of two pictures of one size, in dB over all channels; infinite if equal."""
    squares = ImageStat.Stat(ImageChops.difference(one, other)).sum2
    error = sum(squares) / (len(squares) * one.width * one.height)
    return 10 * math.log10(255**2 / error) if error else math.inf


def color_at(picture: Image.Image, x: float, y: float) -> tuple[int, ...]:
    """The color at a place given in fractions of width and height."""
    place = (
        min(int(x * picture.width), picture.width - 1),
        min(int(y * picture.height), picture.height - 1),
    )
    color = picture.getpixel(place)
    return color if isinstance(color, tuple) else (int(color or 0),)


def is_near(one: Sequence[int], other: Sequence[int], tolerance: int = 12) -> bool:
    """Whether two colors differ by no more than a lossy encoder changes them."""
    return len(one) == len(other) and all(
        abs(left - right) <= tolerance for left, right in zip(one, other, strict=True)
    )
