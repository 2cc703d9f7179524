"""Draws a sample picture, hills under an evening sun, so that none has to be shipped.

The bytes are the same in every run.
"""

from __future__ import annotations

import io
import math
import struct

from PIL import Image, ImageDraw, ImageFilter
from PIL.ExifTags import GPS as GPS_TAGS
from PIL.ExifTags import IFD, Base

_WIDTH, _HEIGHT, _HORIZON = 1600, 1200, 760
_TOP, _BOTTOM = (38, 70, 122), (247, 178, 103)
_SUN, _SUN_RADIUS, _SUN_COLOR = (1080, 470), 85, (255, 244, 214)
# Each row of hills: height above the bottom edge, (amplitude, wavelength, phase), color.
_HILLS = (
    (560, (60, 310.0, 0.4), (150, 116, 122)),
    (430, (85, 420.0, 2.1), (101, 88, 108)),
    (290, (70, 260.0, 4.0), (58, 66, 82)),
    (140, (55, 520.0, 1.2), (29, 41, 51)),
)
_RAW_SIZE = (640, 480)


def picture() -> Image.Image:
    """Draw the picture in RGB."""
    ramp = Image.new("L", (_WIDTH, _HEIGHT), 255)
    ramp.paste(Image.linear_gradient("L").resize((_WIDTH, _HORIZON)))
    sky = Image.composite(
        Image.new("RGB", ramp.size, _BOTTOM), Image.new("RGB", ramp.size, _TOP), ramp
    )
    glow = Image.new("L", ramp.size, 0)
    _disc(ImageDraw.Draw(glow), _SUN_RADIUS * 2, 190)
    glow = glow.filter(ImageFilter.GaussianBlur(_SUN_RADIUS))
    sky.paste(Image.new("RGB", ramp.size, _SUN_COLOR), mask=glow)
    draw = ImageDraw.Draw(sky)
    _disc(draw, _SUN_RADIUS, _SUN_COLOR)
    for base, (swing, length, phase), color in _HILLS:
        ridge = [
            (x, _HEIGHT - base - swing * math.sin(x / length + phase))
            for x in range(0, _WIDTH + 8, 8)
        ]
        draw.polygon([(0, _HEIGHT), *ridge, (_WIDTH, _HEIGHT)], fill=color)
    return sky


def jpeg() -> bytes:
    """Encode the picture as a camera does: a JPEG with EXIF."""
    exif = Image.Exif()
    exif[Base.Make], exif[Base.Model] = "Image Pipeline", "Sample Camera"
    exif[Base.Software], exif[Base.Orientation] = "sample 1.0", 1
    photo = exif.get_ifd(IFD.Exif)
    photo[Base.DateTimeOriginal], photo[Base.OffsetTimeOriginal] = "2024:06:21 21:14:05", "+02:00"
    photo[Base.ISOSpeedRatings], photo[Base.FNumber] = 100, 8.0
    photo[Base.ExposureTime], photo[Base.FocalLength] = 1 / 250, 35.0
    photo[Base.LensModel] = "Sample 35mm F8"
    place = exif.get_ifd(IFD.GPSInfo)
    place[GPS_TAGS.GPSLatitudeRef], place[GPS_TAGS.GPSLatitude] = "N", (46.0, 34.0, 39.0)
    place[GPS_TAGS.GPSLongitudeRef], place[GPS_TAGS.GPSLongitude] = "E", (8.0, 0.0, 19.0)
    buffer = io.BytesIO()
    picture().save(buffer, "JPEG", quality=90, exif=exif, dpi=(300, 300))
    return buffer.getvalue()


def dng() -> bytes:
    """Encode the picture as a small camera RAW: a DNG with an uncompressed 16-bit mosaic."""
    mosaic = _mosaic(picture().resize(_RAW_SIZE))
    width, height = _RAW_SIZE
    # XYZ to linear sRGB (IEC 61966-2-1): a sensor with the primaries of sRGB.
    matrix = (32406, -15372, -4986, -9689, 18758, 415, 557, -2040, 10570)
    fields: list[tuple[int, str, tuple[int, ...] | bytes]] = [
        (0x00FE, "I", (0,)),
        (0x0100, "I", (width,)),
        (0x0101, "I", (height,)),
        (0x0102, "H", (16,)),
        (0x0103, "H", (1,)),
        (0x0106, "H", (32803,)),  # a color filter array
        (0x010F, "s", b"Image Pipeline\0"),
        (0x0110, "s", b"Sample Camera\0"),
        (0x0111, "I", (0,)),  # offset of the mosaic, set below
        (0x0112, "H", (1,)),
        (0x0115, "H", (1,)),
        (0x0116, "I", (height,)),
        (0x0117, "I", (len(mosaic),)),
        (0x011C, "H", (1,)),
        (0x828D, "H", (2, 2)),
        (0x828E, "B", (0, 1, 1, 2)),  # red, green, green, blue
        (0xC612, "B", (1, 4, 0, 0)),
        (0xC613, "B", (1, 1, 0, 0)),
        (0xC614, "s", b"Image Pipeline Sample Camera\0"),
        (0xC61D, "I", (65535,)),
        (0xC621, "ii", tuple(part for number in matrix for part in (number, 10000))),
        (0xC628, "II", (1, 1) * 3),
        (0xC65A, "H", (21,)),  # daylight: D65
    ]
    start = 8 + len(_directory(fields))
    located = [(tag, kind, (start,) if tag == 0x0111 else value) for tag, kind, value in fields]
    return b"II*\0" + struct.pack("<I", 8) + _directory(located) + mosaic


def text() -> bytes:
    """Make a file that is not a picture, and is rejected."""
    return b"The hills, under an evening sun.\n"


def _disc(draw: ImageDraw.ImageDraw, radius: int, fill: int | tuple[int, int, int]) -> None:
    x, y = _SUN
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


def _directory(fields: list[tuple[int, str, tuple[int, ...] | bytes]]) -> bytes:
    """Encode a TIFF directory at offset 8, followed by the values that do not fit into it."""
    types = {"B": 1, "s": 2, "H": 3, "I": 4, "II": 5, "ii": 10}
    entries, behind = b"", b""
    end = 8 + 2 + 12 * len(fields) + 4
    for tag, kind, value in fields:
        data = value if isinstance(value, bytes) else struct.pack(f"<{len(value)}{kind[0]}", *value)
        count = len(value) // len(kind)
        if len(data) > 4:
            field = struct.pack("<I", end + len(behind))
            behind += data + b"\0" * (len(data) % 2)
        else:
            field = data.ljust(4, b"\0")
        entries += struct.pack("<HHI", tag, types[kind], count) + field
    return struct.pack("<H", len(fields)) + entries + bytes(4) + behind


def _mosaic(rgb: Image.Image) -> bytes:
    """Sample the picture through red, green, green and blue filters, as linear 16-bit values."""
    linear = [round(65535 * _linear(level / 255)) for level in range(256)]
    width, height = rgb.size
    bands = [band.tobytes() for band in rgb.split()]
    samples = bytearray()
    for y in range(height):
        first, second = (0, 1) if y % 2 == 0 else (1, 2)
        row = range(y * width, (y + 1) * width)
        samples += struct.pack(
            f"<{width}H",
            *(linear[bands[first if at % 2 == 0 else second][at]] for at in row),
        )
    return bytes(samples)


def _linear(level: float) -> float:
    """The inverse of the sRGB transfer function."""
    return level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4
